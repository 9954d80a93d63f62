//! Running a lowered graph over blocks of events.

use super::axes::{self, Axis};
use super::column::{Column, Operand};
use super::input::{Texts, View};
use super::kernels;
use super::lists;
use super::lower::{Arg, Instruction, Lowered, lower};
use super::output::{Collected, Lists};
use super::positions;
use crate::functions::reductions;
use crate::graph::{Graph, Input, NodeId, Op, Storage};
use germane_columns::Array;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Elements that the longest axis of an inner block should have, so that its buffers stay in L2.
const TARGET: usize = 2048;

/// Why a block could not be evaluated.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EvaluateError {
    /// another number of arrays than [`Program::inputs`] has
    WrongCount {
        /// how many are needed
        needed: usize,
    },
    /// an array of another shape or kind than the schema says
    WrongInput {
        /// which
        input: Input,
        /// what was expected
        expected: String,
    },
    /// two fields of one collection with lists of different lengths
    DifferentLengths {
        /// one
        first: Input,
        /// the other
        second: Input,
    },
    /// one event with more combinations than fit into memory
    TooManyItems,
}

impl fmt::Display for EvaluateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |input: &Input| match &input.collection {
            Some(collection) => format!("{collection}.{}", input.field),
            None => input.field.clone(),
        };
        match self {
            Self::WrongCount { needed } => write!(f, "{needed} arrays are needed"),
            Self::WrongInput { input, expected } => write!(f, "`{}`: expected {expected}", name(input)),
            Self::DifferentLengths { first, second } => {
                write!(f, "`{}` and `{}` have lists of different lengths in the same event", name(first), name(second))
            }
            Self::TooManyItems => write!(f, "one event has more than {} items or combinations", 1 << 26),
        }
    }
}

impl std::error::Error for EvaluateError {}

/// Nodes of a graph made ready to run. Independent of the graph, and the same for all threads.
///
/// ```
/// use germane_columns::Array;
/// use germane_expressions::{ColumnType, Graph, Kind, Program, Schema};
/// let mut schema = Schema::default();
/// let fields = [("pt".to_owned(), ColumnType::new(Kind::Float))];
/// schema.collections.insert("Jet".to_owned(), fields.into_iter().collect());
/// let mut graph = Graph::new(schema);
/// let environment = graph.environment(&[("jets", "Jet[pt > 30]")], &[]).unwrap();
/// let ht = graph.compile(environment, "sum(jets.pt)").unwrap();
/// let program = Program::new(&graph, &[ht]);
/// assert_eq!(program.inputs()[0].field, "pt");
/// let pt = Array::list(&[2, 0, 1], Array::from(vec![41.0, 32.5, 27.0]));
/// let results = program.evaluate(&[pt], 3).unwrap();
/// assert_eq!(results[0].as_f64().unwrap(), [73.5, 0.0, 0.0]);
/// ```
#[derive(Debug)]
pub struct Program {
    lowered: Lowered,
    inputs: Vec<Input>,
    idle: Mutex<Vec<Scratch>>,
}

/// Buffers of one thread.
#[derive(Debug)]
struct Scratch {
    columns: Vec<Column>,
    axes: Vec<Axis>,
    texts: Texts,
    step: usize,
}

/// A program with buffers of its own, for a thread that evaluates block after block.
#[derive(Debug)]
pub struct Evaluator<'p> {
    program: &'p Program,
    scratch: Scratch,
}

impl Evaluator<'_> {
    /// As [`Program::evaluate`].
    ///
    /// # Errors
    /// As [`Program::evaluate`].
    pub fn evaluate(&mut self, arrays: &[Array], entries: usize) -> Result<Vec<Array>, EvaluateError> {
        self.program.run(&mut self.scratch, arrays, entries)
    }
}

impl Program {
    /// The program that computes `outputs`, reading only what they need.
    pub fn new(graph: &Graph, outputs: &[NodeId]) -> Self {
        let lowered = lower(graph, outputs);
        let inputs = lowered.sources.iter().map(|source| source.input.clone()).collect();
        Self { lowered, inputs, idle: Mutex::new(Vec::new()) }
    }

    /// Columns to hand in, in this order: event columns and fields of objects flat, fields of collections as lists.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Number of operations a block.
    pub fn operations(&self) -> usize {
        self.lowered.instructions.len()
    }

    /// Buffers for one thread.
    pub fn evaluator(&self) -> Evaluator<'_> {
        Evaluator { program: self, scratch: self.scratch() }
    }

    fn scratch(&self) -> Scratch {
        Scratch {
            columns: std::iter::repeat_with(Column::default).take(self.lowered.columns).collect(),
            axes: std::iter::repeat_with(Axis::default).take(self.lowered.axes).collect(),
            texts: Texts::new(&self.lowered.texts),
            step: 256,
        }
    }

    /// One array for each output: values of the event flat, others as lists; items as their place in the list of the event
    /// (of a union with `kind`, of tuples as a record of items), four-vectors as records. The result does not depend on how
    /// events are cut into blocks.
    ///
    /// # Errors
    /// [`EvaluateError`] where an array is not what the schema says, or an event has too many combinations.
    pub fn evaluate(&self, arrays: &[Array], entries: usize) -> Result<Vec<Array>, EvaluateError> {
        let held = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = held.unwrap_or_else(|| self.scratch());
        let result = self.run(&mut scratch, arrays, entries);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        result
    }

    fn run(&self, scratch: &mut Scratch, arrays: &[Array], entries: usize) -> Result<Vec<Array>, EvaluateError> {
        let sources = &self.lowered.sources;
        if arrays.len() != sources.len() {
            return Err(EvaluateError::WrongCount { needed: sources.len() });
        }
        let mut views = Vec::with_capacity(arrays.len());
        for (source, array) in sources.iter().zip(arrays) {
            views.push(View::new(&source.input, array, source.depth, source.storage, entries)?);
        }
        self.check_lengths(&views)?;
        let outputs = &self.lowered.outputs;
        let mut collected: Vec<(Collected, Lists)> =
            outputs.iter().map(|(output, levels, _)| (Collected::new(output), Lists::new(levels.len()))).collect();
        let mut start = 0;
        while start < entries {
            let mut step = scratch.step.min(entries - start);
            loop {
                match self.block(scratch, &views, start..start + step) {
                    Err(EvaluateError::TooManyItems) if step > 1 => step = step.div_ceil(16),
                    result => break result?,
                }
            }
            for ((values, lists), (output, levels, axis)) in collected.iter_mut().zip(outputs) {
                for (k, level) in levels.iter().enumerate() {
                    lists.append(k, &scratch.axes[*level]);
                }
                let columns = &scratch.columns;
                values.append(output, &|arg| operand(columns, arg), scratch.axes[*axis].len, &scratch.texts);
            }
            let longest = scratch.axes.iter().map(|axis| axis.len).max().unwrap_or(0).max(1);
            scratch.step = (TARGET * step / longest).clamp(1, TARGET);
            start += step;
        }
        scratch.texts.reset();
        Ok(collected.into_iter().zip(outputs).map(|((values, lists), (output, ..))| lists.wrap(values.finish(output))).collect())
    }

    fn check_lengths(&self, views: &[View<'_>]) -> Result<(), EvaluateError> {
        let sources = &self.lowered.sources;
        for (k, source) in sources.iter().enumerate() {
            let Some(collection) = &source.input.collection else { continue };
            let first = sources.iter().position(|other| other.input.collection.as_ref() == Some(collection)).unwrap_or(k);
            if first < k && !views[first].same_lists(&views[k]) {
                let (first, second) = (sources[first].input.clone(), source.input.clone());
                return Err(EvaluateError::DifferentLengths { first, second });
            }
        }
        Ok(())
    }

    fn block(&self, scratch: &mut Scratch, views: &[View<'_>], events: Range<usize>) -> Result<(), EvaluateError> {
        for instruction in &self.lowered.instructions {
            if instruction.storage == Storage::Axis {
                let mut axis = std::mem::take(&mut scratch.axes[instruction.out]);
                let result = build(instruction, scratch, views, &events, &mut axis);
                scratch.axes[instruction.out] = axis;
                result?;
            } else {
                let mut column = std::mem::take(&mut scratch.columns[instruction.out]);
                compute(instruction, scratch, views, &events, &mut column);
                scratch.columns[instruction.out] = column;
            }
        }
        Ok(())
    }
}

fn operand<'a>(columns: &'a [Column], arg: &'a Arg) -> Operand<'a> {
    match arg {
        Arg::Column(number) => Operand::Column(&columns[*number]),
        Arg::Constant(constant) => Operand::Constant(constant),
        Arg::Code(code) => Operand::Code(*code),
        Arg::Gathered { value, index } => Operand::Gathered(&columns[*value], &columns[*index].codes),
    }
}

/// More arguments than any operation on fixed places has; unions and tuples of more are put on the heap.
const PLACES: usize = 8;

/// Hands the arguments of an instruction to `f` without allocation.
fn with_operands<R>(instruction: &Instruction, columns: &[Column], f: impl FnOnce(&[Operand<'_>]) -> R) -> R {
    let values = &instruction.values;
    if values.len() > PLACES {
        let operands: Vec<Operand<'_>> = values.iter().map(|arg| operand(columns, arg)).collect();
        return f(&operands);
    }
    let mut places = [Operand::Code(0); PLACES];
    for (place, arg) in places.iter_mut().zip(values) {
        *place = operand(columns, arg);
    }
    f(&places[..values.len()])
}

fn with_axes<R>(instruction: &Instruction, axes: &[Axis], f: impl FnOnce(&[&Axis]) -> R) -> R {
    let numbers = &instruction.axes;
    if numbers.len() > PLACES || axes.is_empty() {
        let found: Vec<&Axis> = numbers.iter().map(|number| &axes[*number]).collect();
        return f(&found);
    }
    let mut places = [&axes[0]; PLACES];
    for (place, number) in places.iter_mut().zip(numbers) {
        *place = &axes[*number];
    }
    f(&places[..numbers.len()])
}

fn build(
    instruction: &Instruction,
    scratch: &Scratch,
    views: &[View<'_>],
    events: &Range<usize>,
    out: &mut Axis,
) -> Result<(), EvaluateError> {
    match (&instruction.op, instruction.input) {
        (Op::Event, _) => {
            out.len = events.len();
            Ok(())
        }
        (Op::Collection(_) | Op::InnerLists(_), Some((input, depth))) => views[input].lists(events, depth, out),
        (Op::Collection(_) | Op::InnerLists(_), None) => {
            out.offsets.clear();
            out.offsets.resize(scratch.axes[instruction.axis].len + 1, 0);
            out.len = 0;
            Ok(())
        }
        (op, _) => with_axes(instruction, &scratch.axes, |axes| {
            with_operands(instruction, &scratch.columns, |values| axes::build(op, axes, values, out))
        }),
    }
}

fn compute(instruction: &Instruction, scratch: &mut Scratch, views: &[View<'_>], events: &Range<usize>, out: &mut Column) {
    let n = scratch.axes[instruction.axis].len;
    let storage = instruction.storage;
    if let (Op::Input(_), Some((input, _))) = (&instruction.op, instruction.input) {
        views[input].values(events, storage, &mut scratch.texts, out);
        return;
    }
    if let Op::Origin(k) = &instruction.op {
        // Each list of origins has one node: its buffer is taken over.
        std::mem::swap(&mut out.codes, &mut scratch.axes[instruction.axes[0]].origins[usize::from(*k)]);
        out.nulls = false;
        return;
    }
    let (columns, axes) = (&scratch.columns, &scratch.axes);
    if instruction.values.iter().any(|arg| matches!(arg, Arg::Gathered { value, .. } if columns[*value].nulls)) {
        return with_missing(instruction, columns, n, out);
    }
    with_operands(instruction, columns, |values| {
        with_axes(instruction, axes, |of| match &instruction.op {
            Op::Gather => {
                let Operand::Column(index) = values[1] else { return };
                positions::gather(values[0], index, storage, out);
            }
            Op::Repeat => positions::repeat(values[0], storage, n, out),
            Op::ToParent | Op::Own | Op::Align | Op::Pick { .. } | Op::End { .. } | Op::Best { .. } => {
                positions::positions(&instruction.op, of, values, n, out);
            }
            Op::LocalIndex if values.is_empty() => {}
            Op::LocalIndex => positions::local(values[0], of[0], instruction.axes[0] == 0, n, out),
            Op::Count => lists::count(of[0], None, n, out),
            Op::CountTrue => lists::count(of[0], Some(values[0]), n, out),
            Op::Reduce(name) => {
                if let Some(reduction) = reductions::find(name) {
                    lists::reduce(reduction, of[0], values[0], instruction.kinds[0], n, out);
                }
            }
            Op::Concat => lists::concat(of, values, storage, out),
            op => kernels::run(op, values, &instruction.kinds, storage, n, out),
        });
    });
}

/// An operation with arguments that are gathered on the way, some of which are missing: gathered first. Rare.
fn with_missing(instruction: &Instruction, columns: &[Column], n: usize, out: &mut Column) {
    let mut gathered: Vec<Column> = Vec::new();
    for arg in &instruction.values {
        if let Arg::Gathered { value, index } = arg {
            let mut column = Column::default();
            positions::gather(Operand::Column(&columns[*value]), &columns[*index], Storage::Float, &mut column);
            gathered.push(column);
        }
    }
    let mut next = gathered.iter();
    let operands: Vec<Operand<'_>> = instruction
        .values
        .iter()
        .filter_map(|arg| match arg {
            Arg::Gathered { .. } => next.next().map(Operand::Column),
            arg => Some(operand(columns, arg)),
        })
        .collect();
    kernels::run(&instruction.op, &operands, &instruction.kinds, instruction.storage, n, out);
}
