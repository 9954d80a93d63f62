//! Names: what nodes make, columns, units, words of Python.

use super::builder::{Extent, Handle, Making};
use super::constant::Constant;
use super::{Language, Value};
use crate::chain::Place;
use crate::element::Element;
use crate::graph::{ColumnShape, Grid, Kind, Offset, Operand, Operation, Part, Shape, TableColumn, WaveformColumn};
use germane_columns::Unit;
use germane_expressions::syntax::{Syntax, SyntaxId, Tree};
use germane_texts::nearest_of_groups;

/// Units of the language.
pub(crate) const UNITS: [&str; 22] = [
    "s", "ms", "us", "µs", "ns", "ps", "min", "h", "d", "Hz", "kHz", "MHz", "GHz", "ADC", "eV", "keV", "MeV", "V", "mV", "uV",
    "pF", "C",
];

/// The unit of a name.
pub(crate) fn unit(name: &str) -> Option<Unit> {
    UNITS.contains(&name).then(|| Unit::named(name)).flatten()
}

/// Names in a text that may be variables: not those of functions, fields and keywords.
pub(crate) fn names(tree: &Tree, root: SyntaxId) -> Vec<(String, std::ops::Range<usize>)> {
    let mut out = Vec::new();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        if let Syntax::Name(name) = tree.get(id) {
            out.push((name.clone(), tree.place(id)));
        }
        open.extend(tree.children(id));
    }
    out
}

impl Language<'_> {
    /// Whether a name is a variable or a column.
    pub(crate) fn is_variable(&self, name: &str) -> bool {
        self.values.contains_key(name) || self.table.column(name).is_some()
    }

    pub(crate) fn name(&mut self, name: &str, place: Place) -> Value {
        if let Some(value) = self.values.get(name) {
            return value.clone();
        }
        let table = self.table;
        if let Some(column) = table.column(name) {
            return self.column(column, place);
        }
        if let Some(unit) = unit(name) {
            return Value::Number(Constant::one(unit));
        }
        match name {
            "True" | "true" => return Value::Number(Constant::bool(true)),
            "False" | "false" => return Value::Number(Constant::bool(false)),
            "nan" | "NaN" => return Value::Number(Constant::float(f64::NAN)),
            "inf" => return Value::Number(Constant::float(f64::INFINITY)),
            "np" | "numpy" => return self.wrong("name", format!("`{name}` is a module, not a value"), place),
            _ => {}
        }
        let made: Vec<&str> = self.chain.nodes().iter().flat_map(|node| &node.names).map(|word| word.text.as_str()).collect();
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let mut problem = self.chain.problem("name", format!("no variable, column or unit `{name}`"), place);
        if let Some(found) = nearest_of_groups(name, [made, columns, UNITS.to_vec()]) {
            problem = problem.nearest(found);
        }
        self.report(problem)
    }

    /// The variable of a column.
    pub(crate) fn column(&mut self, column: &TableColumn, place: Place) -> Value {
        let name = &column.name;
        self.come_from(place);
        let part = if column.waveform.is_some() { Part::Values } else { Part::All };
        let plain = |shape| vec![Making::new(name.clone(), column.element, shape)];
        let makings = match column.shape {
            ColumnShape::Scalar => plain(Shape::Scalar),
            ColumnShape::Samples(length) => plain(Shape::Samples(length)),
            ColumnShape::Ragged(capacity) => vec![
                Making { name: name.clone(), element: column.element, extent: Extent::Counted { capacity, by: 1 } },
                Making::new(format!("len({name})"), Element::U32, Shape::Scalar),
            ],
            ColumnShape::Other => {
                let message = format!("column `{name}` can be copied, but not computed with");
                return self.wrong("kind", message, place);
            }
        };
        let id = self.builder.input(name, part, makings)[0];
        let shape = self.builder.variables[id.0].shape;
        let kind = match &column.waveform {
            Some(waveform) => Kind::Waveform(self.sampling(name, waveform)),
            None => Kind::Plain,
        };
        let handle = Handle { id, element: column.element, shape, kind, label: column.units.clone() };
        self.describe(&handle);
        Value::Variable(handle)
    }

    fn sampling(&mut self, name: &str, waveform: &WaveformColumn) -> Grid {
        let title = format!("{name}.offset");
        let makings = vec![Making::new(title.clone(), Element::F64, Shape::Scalar)];
        let mut variable = self.builder.input(name, Part::T0, makings)[0];
        let units = waveform.t0_units.as_deref().and_then(|text| Unit::parse(text).ok());
        let factor = units.and_then(|unit| unit.factor_to(&waveform.period.unit)).unwrap_or(1.0);
        if factor != 1.0 {
            let operation =
                Operation::Binary(crate::graph::Binary::Multiply, Operand::Variable(variable), Operand::Number(factor));
            variable = self.builder.one(operation, Making::new(title, Element::F64, Shape::Scalar)).id;
        }
        Grid { period: waveform.period.clone(), offset: Offset { variable: Some(variable), constant: 0.0 } }
    }

    /// Notes in the graph what a new variable means.
    pub(crate) fn describe(&mut self, handle: &Handle) {
        if self.builder.written.contains(&handle.id) {
            return;
        }
        let variable = &mut self.builder.variables[handle.id.0];
        if variable.kind == Kind::Plain && variable.label.is_none() {
            variable.kind = handle.kind.clone();
            variable.label.clone_from(&handle.label);
        }
    }
}
