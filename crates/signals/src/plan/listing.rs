//! A plan as text and as JSON.

use super::Plan;
use crate::graph::{Graph, Kind, Node, Offset, Operand, Operation, Period, Shape, Variable, VariableId, Written};
use crate::processor::Given;
use std::fmt::Write as _;

impl Plan {
    /// The graph, a line a node: what is made, its type and length, what it means, how it is made.
    pub fn listing(&self) -> String {
        let mut out = String::new();
        for node in &self.graph.nodes {
            let made: Vec<String> = node.makes.iter().map(|id| described(&self.graph, *id)).collect();
            let _ = writeln!(out, "{} = {}", made.join(", "), operation(&self.graph, node));
        }
        out.push_str("outputs:\n");
        for output in &self.graph.outputs {
            let _ = match &output.what {
                Written::Copy(column) => writeln!(out, "  {}: column {column}, copied", output.name),
                Written::Variable(id) => writeln!(out, "  {}: {}", output.name, described(&self.graph, *id)),
            };
        }
        if !self.parameters.is_empty() {
            out.push_str("parameters:\n");
            for (name, value) in &self.parameters {
                let origin = if self.defaults.contains(name) { " (default of the chain)" } else { "" };
                let _ = writeln!(out, "  {name}: {value}{origin}");
            }
        }
        if !self.pruned.is_empty() {
            out.push_str("not needed, not looked at:\n");
            for names in &self.pruned {
                let _ = writeln!(out, "  {names}");
            }
        }
        out
    }
}

fn described(graph: &Graph, id: VariableId) -> String {
    let Variable { name, element, shape, kind, label } = graph.variable(id);
    let length = match shape {
        Shape::Scalar => String::new(),
        Shape::Samples(length) => format!("[{length}]"),
        Shape::Ragged { capacity, .. } => format!("[≤{capacity}]"),
    };
    let mut out = format!("{name}: {element}{length}");
    let _ = match kind {
        Kind::Plain => Ok(()),
        Kind::Waveform(grid) => write!(out, ", every {}{}", period(&grid.period), offset(graph, &grid.offset)),
        Kind::Point { grid, unit } => {
            write!(out, ", time in {unit} on {}{}", period(&grid.period), offset(graph, &grid.offset))
        }
        Kind::Duration { period: of, unit } => write!(out, ", duration in {unit} counted in {}", period(of)),
    };
    if let Some(label) = label {
        let _ = write!(out, ", {label}");
    }
    out
}

pub(super) fn period(period: &Period) -> String {
    format!("{} {}", period.value, period.unit)
}

fn offset(graph: &Graph, offset: &Offset) -> String {
    match (offset.variable, offset.constant) {
        (None, 0.0) => String::new(),
        (None, constant) => format!(" from {constant}"),
        (Some(id), 0.0) => format!(" from {}", graph.variable(id).name),
        (Some(id), constant) => format!(" from {} + {constant}", graph.variable(id).name),
    }
}

fn operand(graph: &Graph, operand: &Operand) -> String {
    match operand {
        Operand::Variable(id) => graph.variable(*id).name.clone(),
        Operand::Number(value) => value.to_string(),
        Operand::Array(values) => format!("array of {}", values.len()),
    }
}

pub(super) fn operation(graph: &Graph, node: &Node) -> String {
    let name = |id: &VariableId| graph.variable(*id).name.clone();
    let show = |of: &Operand| operand(graph, of);
    match &node.operation {
        Operation::Column(position) => {
            let input = &graph.inputs[*position];
            match input.part {
                crate::graph::Part::T0 => format!("column {}, t0", input.column),
                _ => format!("column {}", input.column),
            }
        }
        Operation::Process { processor, arguments, given, init, wide, .. } => {
            let mut words: Vec<String> = Vec::new();
            for (argument, given) in arguments.iter().zip(given) {
                match (argument, given) {
                    (None, _) => {}
                    (Some(_), Given::Text(text)) => words.push(format!("'{text}'")),
                    (Some(argument), _) => words.push(show(argument)),
                }
            }
            for value in init {
                match value {
                    Given::Number(value) => words.push(format!("init {value}")),
                    Given::Text(text) => words.push(format!("init '{text}'")),
                    Given::Array(values) => words.push(format!("init array of {}", values.len())),
                    Given::Varying => {}
                }
            }
            format!("{}({}) in {}", processor.name, words.join(", "), if *wide { "float64" } else { "float32" })
        }
        Operation::Unary(function, of) => format!("{function:?}({})", show(of)).to_lowercase_first(),
        Operation::Binary(function, a, b) => format!("{function:?}({}, {})", show(a), show(b)).to_lowercase_first(),
        Operation::Where([condition, a, b]) => format!("where({}, {}, {})", show(condition), show(a), show(b)),
        Operation::Cast(of) => format!("cast({})", show(of)),
        Operation::Round(rounding, of, step) => format!("round({}, {step}, {rounding:?})", show(of)),
        Operation::Slice { of, start, step } => format!("slice({}, from {start}, step {step})", name(of)),
        Operation::Element { of, index } => format!("{}[{index}]", name(of)),
        Operation::ElementAt { of, index, .. } => format!("{}[{}]", name(of), show(index)),
        Operation::Regrid { of, from, to, round } => {
            let rounded = round.map_or(String::new(), |rounding| format!(", {rounding:?}"));
            format!("regrid({}, {}{} to {}{}{rounded})", show(of), from.1, offset(graph, &from.0), to.1, offset(graph, &to.0))
        }
        Operation::Reduce(reduction, of) => format!("{reduction:?}({})", name(of)).to_lowercase_first(),
    }
}

trait LowercaseFirst {
    fn to_lowercase_first(self) -> String;
}

impl LowercaseFirst for String {
    fn to_lowercase_first(mut self) -> String {
        if let Some(first) = self.get_mut(0..1) {
            first.make_ascii_lowercase();
        }
        self
    }
}
