//! Calls of processors: arguments are found or converted, kernels run, rule N is applied.
//!
//! Rule N: a NaN in an input makes all float outputs of that lane NaN and its counts 0. Constants that vary from event to event
//! bind the kernel again for each value; it then runs over the whole block, and only the lanes of that value are kept.

use super::elementwise::Source;
use super::layout::{Layout, Place, rows_of};
use super::memory::{LaneSet, Memory, Room, Samples, Unusual};
use super::store::{Store, note_unfit};
use super::{FirstFault, Problem};
use crate::element::Element;
use crate::graph::{Graph, Node, Operand, Operation, VariableId};
use crate::lanes::{LANES, Lane};
use crate::processor::{Argument, Call, Fault, Given, Io, Kernel, Processor, Role, Scratch};
use std::collections::VecDeque;

/// Arguments that a processor can have at most.
const MOST: usize = 24;

/// Kernels for values of varying constants that are kept.
const KEPT: usize = 64;

/// A call with its kernel and the room it needs.
#[derive(Debug)]
pub(super) struct BoundProcessor {
    processor: &'static Processor,
    wide: bool,
    given: Vec<Given>,
    init: Vec<Given>,
    lengths: Vec<usize>,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    /// the kernel, if all constants are known
    kernel: Option<Box<dyn Kernel>>,
    /// arguments of constants that vary
    varying: Vec<(usize, VariableId)>,
    bound: VecDeque<(Vec<u64>, Box<dyn Kernel>)>,
    /// lanes that are NaN because a constant argument is
    nan: LaneSet,
    held: Vec<Room>,
    scratch: Scratch,
}

/// How an argument that goes in is found.
#[derive(Debug)]
enum Input {
    /// an output, or known to the kernel
    None,
    /// a number
    Number(f64),
    /// a number for each lane
    Scalar(VariableId),
    /// samples as they are held
    Samples(VariableId),
    /// samples in the type of the call, made before each run from the variable, or once from a constant
    Converted(Option<VariableId>, Room),
}

/// How an output is written.
#[derive(Debug)]
struct Output {
    id: VariableId,
    count: bool,
    /// room in the type of the call, where the variable is held otherwise or must be checked
    staged: Option<Room>,
}

impl BoundProcessor {
    /// Binds the call of a node, if it is one.
    pub(super) fn new(graph: &Graph, layout: &Layout, node: &Node) -> Result<Option<Self>, Problem> {
        let Operation::Process { processor, arguments, given, init, lengths, wide } = &node.operation else { return Ok(None) };
        let refuse =
            |message: String| Problem { entry: None, name: processor.name.to_owned(), message, origin: Some(node.origin) };
        let count = processor.parameters.len();
        if arguments.len() != count || given.len() != count || lengths.len() != count || count > MOST {
            return Err(refuse(format!("expected {count} arguments, planned {}", arguments.len())));
        }
        let mut bound = Self {
            processor,
            wide: *wide,
            given: given.clone(),
            init: init.clone(),
            lengths: lengths.clone(),
            inputs: Vec::with_capacity(count),
            outputs: Vec::new(),
            kernel: None,
            varying: Vec::new(),
            bound: VecDeque::new(),
            nan: 0,
            held: Vec::new(),
            scratch: Scratch::default(),
        };
        let mut makes = node.makes.iter();
        for (k, parameter) in processor.parameters.iter().enumerate() {
            if parameter.role.is_output() {
                let id = *makes.next().ok_or_else(|| refuse(format!("no variable for output {}", parameter.name)))?;
                bound.outputs.push(Output { id, count: parameter.role == Role::CountOut, staged: None });
                bound.inputs.push(Input::None);
                continue;
            }
            let operand = arguments[k].as_ref();
            let room = |wide: bool, rows: usize| {
                if wide { Room::Wide(vec![[0.0; LANES]; rows]) } else { Room::Narrow(vec![[0.0; LANES]; rows]) }
            };
            let input = match (parameter.role, operand, &given[k]) {
                (role, Some(Operand::Variable(id)), Given::Varying) if role.is_constant() => {
                    bound.varying.push((k, *id));
                    Input::None
                }
                (role, ..) if role.is_constant() => Input::None,
                (Role::Scalar, Some(Operand::Variable(id)), _) => Input::Scalar(*id),
                (Role::Scalar, Some(Operand::Number(value)), _) | (Role::Scalar, _, Given::Number(value)) => {
                    Input::Number(*value)
                }
                (Role::Samples(_) | Role::ComplexSamples(_) | Role::IntegerSamples(_), operand, given) => {
                    let wide = *wide || matches!(parameter.role, Role::IntegerSamples(_));
                    let parts = if matches!(parameter.role, Role::ComplexSamples(_)) { 2 } else { 1 };
                    match operand {
                        Some(Operand::Variable(id)) => match layout.place(*id) {
                            Place::Narrow { .. } if !wide => Input::Samples(*id),
                            Place::Wide { .. } if wide => Input::Samples(*id),
                            Place::Scalar => Input::Converted(Some(*id), room(wide, parts * lengths[k])),
                            place => Input::Converted(Some(*id), room(wide, place.rows())),
                        },
                        _ => {
                            let mut room = room(wide, parts * lengths[k]);
                            let single;
                            let values: &[f64] = match (operand, given) {
                                (Some(Operand::Array(values)), _) | (_, Given::Array(values)) => values,
                                (Some(Operand::Number(value)), _) | (_, Given::Number(value)) => {
                                    single = vec![*value; parts * lengths[k]];
                                    &single
                                }
                                _ => return Err(refuse(format!("no value for {}", parameter.name))),
                            };
                            if values.len() != parts * lengths[k] {
                                return Err(refuse(format!(
                                    "{} has {} values, planned {}",
                                    parameter.name,
                                    values.len(),
                                    lengths[k]
                                )));
                            }
                            convert(Source::Array(values), &mut room);
                            Input::Converted(None, room)
                        }
                    }
                }
                _ => return Err(refuse(format!("no value for {}", parameter.name))),
            };
            let constant_nan = match &given[k] {
                Given::Number(value) => value.is_nan(),
                Given::Array(values) => values.iter().any(|value| value.is_nan()),
                _ => false,
            };
            if constant_nan && !parameter.nan_ok {
                bound.nan = LaneSet::MAX;
            }
            bound.inputs.push(input);
        }
        for output in &mut bound.outputs {
            let element = graph.variable(output.id).element;
            let direct = match layout.place(output.id) {
                Place::Scalar => true,
                Place::Narrow { .. } => !wide && matches!(element, Element::F32 | Element::C64),
                Place::Wide { .. } => *wide && matches!(element, Element::F64 | Element::C128),
            };
            if !direct || !bound.varying.is_empty() {
                let rows = rows_of(graph, output.id);
                output.staged = Some(match layout.place(output.id) {
                    Place::Scalar => Room::Scalar([0.0; LANES]),
                    _ if *wide => Room::Wide(vec![[0.0; LANES]; rows]),
                    _ => Room::Narrow(vec![[0.0; LANES]; rows]),
                });
            }
        }
        if bound.varying.is_empty() && bound.nan == 0 {
            let kernel = bound.bind(&bound.given).map_err(|fault| refuse(bound.explain(&fault)))?;
            bound.kernel = Some(kernel);
        }
        Ok(Some(bound))
    }

    fn bind(&self, given: &[Given]) -> Result<Box<dyn Kernel>, Fault> {
        (self.processor.bind)(&Call { wide: self.wide, given, init: &self.init, lengths: &self.lengths })
    }

    fn explain(&self, fault: &Fault) -> String {
        match fault.argument.and_then(|k| self.processor.parameters.iter().chain(self.processor.init).nth(k)) {
            Some(parameter) => format!("{}: {}", parameter.name, fault.message),
            None => fault.message.clone(),
        }
    }

    /// Runs over the block in memory.
    pub(super) fn run(&mut self, graph: &Graph, layout: &Layout, memory: &mut Memory, node: &Node, fault: &mut FirstFault) {
        let mut seen = Unusual { nan: self.nan, large: 0 };
        for (k, input) in self.inputs.iter_mut().enumerate() {
            let found = match input {
                Input::Scalar(id) | Input::Samples(id) => memory.unusual(*id),
                Input::Converted(Some(id), room) => {
                    convert(Source::of(layout, memory, &Operand::Variable(*id)), room);
                    memory.unusual(*id)
                }
                Input::Number(_) | Input::Converted(None, _) | Input::None => continue,
            };
            // NaN that is a value like others can still be found in what comes out.
            seen = seen.or(if self.processor.parameters[k].nan_ok {
                Unusual { nan: 0, large: found.nan | found.large }
            } else {
                found
            });
        }
        for (k, id) in &self.varying {
            if !self.processor.parameters[*k].nan_ok {
                seen.nan |= memory.unusual(*id).nan;
            }
        }
        // All outputs are taken first, so that the inputs can be borrowed from the memory.
        let mut held = std::mem::take(&mut self.held);
        for output in &mut self.outputs {
            held.push(match &mut output.staged {
                Some(room) => std::mem::replace(room, Room::Scalar([0.0; LANES])),
                None => memory.take(layout, output.id),
            });
        }
        if self.varying.is_empty() {
            if let Some(kernel) = &self.kernel {
                let result =
                    call(self.processor, &self.inputs, layout, memory, &self.outputs, &mut held, &mut self.scratch, &**kernel);
                if let Err(found) = result {
                    note(self.processor, node, found.lane, found.message, fault);
                }
            }
            for (output, room) in self.outputs.iter_mut().zip(held.drain(..)) {
                match &mut output.staged {
                    Some(staged) => {
                        *staged = room;
                        let mut target = memory.take(layout, output.id);
                        copy_lanes(staged, &mut target, LaneSet::MAX);
                        memory.put(layout, output.id, target);
                    }
                    None => memory.put(layout, output.id, room),
                }
            }
        } else {
            self.run_for_each_value(layout, memory, node, &mut held, seen.nan, fault);
            for (output, room) in self.outputs.iter_mut().zip(held.drain(..)) {
                output.staged = Some(room);
            }
        }
        self.held = held;
        for output in &self.outputs {
            let mut bad = 0;
            finish(graph, layout, memory, output, seen, self.processor.keeps_finite, &mut bad);
            note_unfit(graph, node, output.id, bad, fault);
        }
    }

    /// Binds and runs for each value of the varying constants among the lanes that are not NaN.
    fn run_for_each_value(
        &mut self,
        layout: &Layout,
        memory: &mut Memory,
        node: &Node,
        held: &mut [Room],
        nan: LaneSet,
        fault: &mut FirstFault,
    ) {
        let mut left: LaneSet = !nan;
        while left != 0 {
            let lane = left.trailing_zeros() as usize;
            let values = |lane: usize| -> Vec<u64> {
                let mut found = Vec::new();
                for (_, id) in &self.varying {
                    match memory.samples(layout, *id) {
                        None => found.push(memory.scalar(*id)[lane].to_bits()),
                        Some(Samples::Narrow(rows)) => found.extend(rows.iter().map(|row| f64::from(row[lane]).to_bits())),
                        Some(Samples::Wide(rows)) => found.extend(rows.iter().map(|row| row[lane].to_bits())),
                    }
                }
                found
            };
            let wanted = values(lane);
            let same = (lane..LANES).filter(|other| left & (1 << other) != 0 && values(*other) == wanted);
            let lanes = same.fold(0, |set: LaneSet, other| set | 1 << other);
            left &= !lanes;
            if !self.bound.iter().any(|(key, _)| *key == wanted) {
                let mut given = self.given.clone();
                let mut next = wanted.iter().map(|bits| f64::from_bits(*bits));
                for (k, id) in &self.varying {
                    given[*k] = match layout.place(*id) {
                        Place::Scalar => Given::Number(match self.processor.parameters[*k].role {
                            Role::Integer => next.next().unwrap_or(f64::NAN).round_ties_even(),
                            _ => next.next().unwrap_or(f64::NAN),
                        }),
                        place => Given::Array(next.by_ref().take(place.rows()).collect()),
                    };
                }
                match self.bind(&given) {
                    Ok(kernel) => {
                        if self.bound.len() == KEPT {
                            self.bound.pop_front();
                        }
                        self.bound.push_back((wanted.clone(), kernel));
                    }
                    Err(found) => {
                        note(self.processor, node, lane, self.explain(&found), fault);
                        continue;
                    }
                }
            }
            let Some((_, kernel)) = self.bound.iter().find(|(key, _)| *key == wanted) else { continue };
            let result = call(self.processor, &self.inputs, layout, memory, &self.outputs, held, &mut self.scratch, &**kernel);
            if let Err(found) = result {
                // Faults of lanes with other values are none.
                let at = if lanes & (1 << found.lane) != 0 { found.lane } else { lane };
                if at == found.lane {
                    note(self.processor, node, at, found.message, fault);
                }
            }
            for (output, room) in self.outputs.iter().zip(held.iter()) {
                let mut target = match layout.place(output.id) {
                    Place::Scalar => Room::Scalar(*memory.scalar(output.id)),
                    _ => memory.take(layout, output.id),
                };
                copy_lanes(room, &mut target, lanes);
                memory.put(layout, output.id, target);
            }
        }
    }
}

fn note(processor: &Processor, node: &Node, lane: usize, message: String, fault: &mut FirstFault) {
    fault.note(lane, || Problem { entry: None, name: processor.name.to_owned(), message, origin: Some(node.origin) });
}

/// Runs a kernel with the inputs from memory and the outputs into `held`.
fn call(
    processor: &Processor,
    inputs: &[Input],
    layout: &Layout,
    memory: &Memory,
    outputs: &[Output],
    held: &mut [Room],
    scratch: &mut Scratch,
    kernel: &dyn Kernel,
) -> Result<(), crate::processor::LaneFault> {
    let mut arguments: [Argument<'_>; MOST] = std::array::from_fn(|_| Argument::Gone);
    let mut next = held.iter_mut().zip(outputs);
    for (k, input) in inputs.iter().enumerate() {
        arguments[k] = match input {
            Input::None if processor.parameters[k].role.is_output() => match next.next() {
                Some((Room::Scalar(lanes), _)) => Argument::ScalarOut(lanes),
                Some((Room::Narrow(rows), output)) => Argument::F32Out(&mut rows[..layout.place(output.id).rows()]),
                Some((Room::Wide(rows), output)) => Argument::F64Out(&mut rows[..layout.place(output.id).rows()]),
                None => Argument::Gone,
            },
            Input::None => Argument::Gone,
            Input::Number(value) => Argument::Scalar([*value; LANES]),
            Input::Scalar(id) => Argument::Scalar(*memory.scalar(*id)),
            Input::Samples(id) => match memory.samples(layout, *id) {
                Some(Samples::Narrow(rows)) => Argument::F32(rows),
                Some(Samples::Wide(rows)) => Argument::F64(rows),
                None => Argument::Gone,
            },
            Input::Converted(_, Room::Narrow(rows)) => Argument::F32(rows),
            Input::Converted(_, Room::Wide(rows)) => Argument::F64(rows),
            Input::Converted(_, Room::Scalar(_)) => Argument::Gone,
        };
    }
    kernel.run(&mut Io { arguments: &mut arguments[..inputs.len()], scratch })
}

/// Writes a source in the type of the room.
fn convert(source: Source<'_>, room: &mut Room) {
    match room {
        Room::Scalar(lanes) => *lanes = source.at(0),
        Room::Narrow(rows) => rows.iter_mut().enumerate().for_each(|(i, row)| *row = source.at(i).map(|x| x as f32)),
        Room::Wide(rows) => rows.iter_mut().enumerate().for_each(|(i, row)| *row = source.at(i)),
    }
}

/// Copies some lanes into a room of another type.
fn copy_lanes(from: &Room, to: &mut Room, lanes: LaneSet) {
    let pick = |old: &mut Lane<f64>, new: &Lane<f64>| {
        for lane in 0..LANES {
            if lanes & (1 << lane) != 0 {
                old[lane] = new[lane];
            }
        }
    };
    let rows = match from {
        Room::Scalar(_) => 1,
        Room::Narrow(rows) => rows.len(),
        Room::Wide(rows) => rows.len(),
    };
    for i in 0..rows {
        let new = match from {
            Room::Scalar(lanes) => *lanes,
            Room::Narrow(rows) => rows[i].map(f64::from),
            Room::Wide(rows) => rows[i],
        };
        match to {
            Room::Scalar(lanes) => pick(lanes, &new),
            Room::Narrow(rows) => {
                let mut old = rows[i].map(f64::from);
                pick(&mut old, &new);
                // Numbers that `f32` cannot hold were stored from one: integers beyond are refused before.
                rows[i] = old.map(|x| x as f32);
            }
            Room::Wide(rows) => pick(&mut rows[i], &new),
        }
    }
}

/// Rule N and the type of the variable.
fn finish(graph: &Graph, layout: &Layout, memory: &mut Memory, output: &Output, seen: Unusual, keeps: bool, bad: &mut LaneSet) {
    let store = Store::of(graph.variable(output.id).element);
    let fill = if output.count { 0.0 } else { f64::NAN };
    if layout.place(output.id) == Place::Scalar {
        let mut lanes = *memory.scalar(output.id);
        for lane in 0..LANES {
            if seen.nan & (1 << lane) != 0 {
                lanes[lane] = fill;
            }
        }
        store.store(&mut lanes, bad);
        memory.set_scalar(output.id, lanes);
        return;
    }
    if seen.nan == 0 && store.is_float() {
        // What comes out of finite numbers need not be searched.
        if keeps && seen.large == 0 {
            memory.set_unusual(output.id, Unusual::default());
        } else {
            memory.search(layout, output.id);
        }
        return;
    }
    let rows = layout.place(output.id).rows();
    let mut room = memory.take(layout, output.id);
    for i in 0..rows {
        let mut lanes = match &room {
            Room::Scalar(lanes) => *lanes,
            Room::Narrow(rows) => rows[i].map(f64::from),
            Room::Wide(rows) => rows[i],
        };
        for lane in 0..LANES {
            if seen.nan & (1 << lane) != 0 {
                lanes[lane] = fill;
            }
        }
        store.store(&mut lanes, bad);
        match &mut room {
            Room::Scalar(out) => *out = lanes,
            Room::Narrow(rows) => rows[i] = lanes.map(|x| x as f32),
            Room::Wide(rows) => rows[i] = lanes,
        }
    }
    memory.put(layout, output.id, room);
    memory.search(layout, output.id);
}
