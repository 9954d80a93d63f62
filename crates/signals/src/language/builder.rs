//! Graphs as they grow: equal operations on equal operands are one node.

use crate::element::Element;
use crate::graph::{Grid, Input, Kind, Node, Offset, Operand, Operation, Part, Period, Shape, Variable, VariableId};
use crate::processor::Given;
use germane_columns::Unit;
use std::collections::{BTreeSet, HashMap};

/// A variable as the language sees it: what its numbers mean may differ from place to place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Handle {
    pub(crate) id: VariableId,
    pub(crate) element: Element,
    pub(crate) shape: Shape,
    pub(crate) kind: Kind,
    pub(crate) label: Option<String>,
}

impl Handle {
    pub(crate) fn operand(&self) -> Operand {
        Operand::Variable(self.id)
    }

    /// Grid of a waveform.
    pub(crate) fn waveform_grid(&self) -> Option<&Grid> {
        match &self.kind {
            Kind::Waveform(grid) => Some(grid),
            _ => None,
        }
    }

    /// Elements of an event; the most of ragged ones, 1 of scalars.
    pub(crate) fn length(&self) -> usize {
        match self.shape {
            Shape::Scalar => 1,
            Shape::Samples(length) => length,
            Shape::Ragged { capacity, .. } => capacity,
        }
    }
}

/// How long a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    Of(Shape),
    /// up to as many; how many says another result of the same node
    Counted {
        capacity: usize,
        by: usize,
    },
}

/// What a node makes.
#[derive(Clone, Debug)]
pub(crate) struct Making {
    pub(crate) name: String,
    pub(crate) element: Element,
    pub(crate) extent: Extent,
}

impl Making {
    pub(crate) fn new(name: impl Into<String>, element: Element, shape: Shape) -> Self {
        Self { name: name.into(), element, extent: Extent::Of(shape) }
    }
}

/// A growing graph.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    pub(crate) variables: Vec<Variable>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) inputs: Vec<Input>,
    known: HashMap<Vec<u64>, Vec<VariableId>>,
    /// Variables that outputs name, whose meaning is fixed.
    pub(crate) written: BTreeSet<VariableId>,
    /// Place of the text that is read now.
    pub(crate) origin: usize,
}

impl Builder {
    /// Variables of an operation; those of an equal one if there is one.
    pub(crate) fn make(&mut self, operation: Operation, makings: Vec<Making>) -> Vec<VariableId> {
        let mut key = Vec::new();
        write_operation(&operation, &mut key);
        for making in &makings {
            key.extend([making.element as u64]);
            match making.extent {
                Extent::Of(Shape::Scalar) => key.push(0),
                Extent::Of(Shape::Samples(length)) => key.extend([1, length as u64]),
                Extent::Of(Shape::Ragged { capacity, length }) => key.extend([2, capacity as u64, length.0 as u64]),
                Extent::Counted { capacity, by } => key.extend([3, capacity as u64, by as u64]),
            }
        }
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let first = self.variables.len();
        let makes: Vec<VariableId> = (first..first + makings.len()).map(VariableId).collect();
        for making in makings {
            let shape = match making.extent {
                Extent::Of(shape) => shape,
                Extent::Counted { capacity, by } => Shape::Ragged { capacity, length: makes[by] },
            };
            let variable = Variable { name: making.name, element: making.element, shape, kind: Kind::Plain, label: None };
            self.variables.push(variable);
        }
        self.nodes.push(Node { operation, makes: makes.clone(), origin: self.origin });
        self.known.insert(key, makes.clone());
        makes
    }

    /// A further variable of an operation, although an equal one is there.
    pub(crate) fn another(&mut self, operation: Operation, variable: Variable) -> VariableId {
        let id = VariableId(self.variables.len());
        self.variables.push(variable);
        self.nodes.push(Node { operation, makes: vec![id], origin: self.origin });
        id
    }

    /// One variable of an operation, as plain numbers.
    pub(crate) fn one(&mut self, operation: Operation, making: Making) -> Handle {
        let (element, extent) = (making.element, making.extent);
        let id = self.make(operation, vec![making])[0];
        let shape = match extent {
            Extent::Of(shape) => shape,
            Extent::Counted { .. } => self.variables[id.0].shape,
        };
        Handle { id, element, shape, kind: Kind::Plain, label: None }
    }

    /// The variable of part of a column.
    pub(crate) fn input(&mut self, column: &str, part: Part, makings: Vec<Making>) -> Vec<VariableId> {
        let found = self.inputs.iter().position(|input| input.column == column && input.part == part);
        let position = found.unwrap_or(self.inputs.len());
        let made = self.make(Operation::Column(position), makings);
        if found.is_none() {
            self.inputs.push(Input { column: column.to_owned(), part, variable: made[0] });
        }
        made
    }
}

fn write_float(value: f64, key: &mut Vec<u64>) {
    key.push(value.to_bits());
}

fn write_operand(operand: &Operand, key: &mut Vec<u64>) {
    match operand {
        Operand::Variable(id) => key.extend([0, id.0 as u64]),
        Operand::Number(value) => key.extend([1, value.to_bits()]),
        Operand::Array(values) => {
            key.extend([2, values.len() as u64]);
            key.extend(values.iter().map(|value| value.to_bits()));
        }
    }
}

fn write_offset(offset: &(Offset, f64), key: &mut Vec<u64>) {
    key.push(offset.0.variable.map_or(u64::MAX, |id| id.0 as u64));
    write_float(offset.0.constant, key);
    write_float(offset.1, key);
}

fn write_given(given: &Given, key: &mut Vec<u64>) {
    match given {
        Given::Number(value) => key.extend([1, value.to_bits()]),
        Given::Array(values) => write_operand(&Operand::Array(values.clone()), key),
        Given::Text(text) => {
            key.extend([3, text.len() as u64]);
            key.extend(text.bytes().map(u64::from));
        }
        Given::Varying => key.push(4),
    }
}

/// Words that are equal for equal operations.
fn write_operation(operation: &Operation, key: &mut Vec<u64>) {
    match operation {
        Operation::Column(position) => key.extend([0, *position as u64]),
        Operation::Process { processor, arguments, given, init, lengths, wide } => {
            key.extend([1, std::ptr::from_ref(*processor) as usize as u64, u64::from(*wide)]);
            for argument in arguments {
                match argument {
                    Some(operand) => write_operand(operand, key),
                    None => key.push(9),
                }
            }
            given.iter().chain(init).for_each(|given| write_given(given, key));
            key.extend(lengths.iter().map(|length| *length as u64));
        }
        Operation::Unary(function, of) => {
            key.extend([2, *function as u64]);
            write_operand(of, key);
        }
        Operation::Binary(function, left, right) => {
            key.extend([3, *function as u64]);
            write_operand(left, key);
            write_operand(right, key);
        }
        Operation::Where(operands) => {
            key.push(4);
            operands.iter().for_each(|operand| write_operand(operand, key));
        }
        Operation::Cast(of) => {
            key.push(5);
            write_operand(of, key);
        }
        Operation::Round(rounding, of, step) => {
            key.extend([6, *rounding as u64]);
            write_operand(of, key);
            write_float(*step, key);
        }
        Operation::Slice { of, start, step } => key.extend([7, of.0 as u64, *start as u64, *step as u64]),
        Operation::Element { of, index } => key.extend([8, of.0 as u64, *index as u64]),
        Operation::ElementAt { of, index, default } => {
            key.extend([9, of.0 as u64]);
            write_operand(index, key);
            key.push(u64::from(default.is_some()));
            write_float(default.unwrap_or(0.0), key);
        }
        Operation::Regrid { of, from, to, round } => {
            key.push(10);
            write_operand(of, key);
            write_offset(from, key);
            write_offset(to, key);
            key.push(round.map_or(u64::MAX, |round| round as u64));
        }
        Operation::Reduce(reduction, of) => key.extend([11, *reduction as u64, of.0 as u64]),
    }
}

/// Whether both are the same time.
pub(crate) fn same_period(a: &Period, b: &Period) -> bool {
    in_unit_of(b, &a.unit).is_some_and(|value| value == a.value)
}

/// The period as a number of `unit`.
pub(crate) fn in_unit_of(period: &Period, unit: &Unit) -> Option<f64> {
    let constant = super::constant::Constant::of_file(period.value, Some(period.unit.clone()));
    constant.in_unit(unit).map(|constant| constant.value)
}
