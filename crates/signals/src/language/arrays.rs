//! Arrays that are known while planning: `[1, 2, 3]`, kernels, what a file holds.

use super::constant::{Constant, ConstantArray};
use super::kinds::{combined_label, common_label};
use super::promotion::{promoted, real, with_constant};
use super::{Language, MOST_SAMPLES, Value};
use crate::chain::Place;
use crate::element::Element;
use crate::graph::{Binary, Unary};
use germane_numerics::maths;

/// Numbers rounded to a type.
pub(crate) fn rounded_to(element: Element, values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let narrow = matches!(element, Element::F32 | Element::C64);
    values.into_iter().map(|value| if narrow { f64::from(value as f32) } else { value }).collect()
}

impl Language<'_> {
    /// Items of a list as an array.
    pub(crate) fn list(&mut self, items: &[Value], place: Place) -> Value {
        let rows: Vec<&ConstantArray> = items
            .iter()
            .filter_map(|item| match item {
                Value::Array(row) if row.rows.is_none() => Some(row),
                _ => None,
            })
            .collect();
        if items.iter().any(|item| matches!(item, Value::Failed)) {
            return Value::Failed;
        }
        if !rows.is_empty() {
            let columns = rows[0].values.len();
            if rows.len() != items.len() || rows.iter().any(|row| row.values.len() != columns) {
                return self.wrong("kind", "the rows of a matrix are equally long", place);
            }
            let element = rows.iter().map(|row| row.element).reduce(promoted).unwrap_or(Element::F64);
            let values: Vec<f64> = rows.iter().flat_map(|row| row.values.iter().copied()).collect();
            return Value::Array(ConstantArray { values: values.into(), rows: Some(rows.len()), element, label: None });
        }
        let mut numbers = Vec::new();
        for item in items {
            match item {
                Value::Number(constant) if constant.unit.is_none() => numbers.push(constant),
                Value::Number(constant) => {
                    let message = format!("expected plain numbers in a list, this is `{}`", constant.shown());
                    return self.wrong_do("unit", message, place, "divide it by a period");
                }
                _ => return self.wrong("kind", "a list holds numbers that are known while planning", place),
            }
        }
        let element = numbers.iter().map(|number| number.element()).reduce(promoted).unwrap_or(Element::F64);
        let values: Vec<f64> = numbers.iter().map(|number| number.value).collect();
        Value::Array(ConstantArray { values: values.into(), rows: None, element, label: None })
    }

    pub(crate) fn folded_arrays(&mut self, operation: Binary, left: &Value, right: &Value, place: Place) -> Value {
        let function: fn(f64, f64) -> f64 = match operation {
            Binary::Add => |a, b| a + b,
            Binary::Subtract => |a, b| a - b,
            Binary::Multiply => |a, b| a * b,
            Binary::Divide => |a, b| a / b,
            Binary::FloorDivide => |a, b| (a / b).floor(),
            Binary::Power => maths::pow,
            Binary::Minimum => f64::min,
            Binary::Maximum => f64::max,
            _ => return self.wrong("kind", "this is not defined for constant arrays", place),
        };
        let side = |value: &Value| match value {
            Value::Array(array) => Some((array.values.clone(), array.rows)),
            Value::Number(constant) if constant.unit.is_none() => Some((vec![constant.value].into(), None)),
            _ => None,
        };
        let (Some((a, rows_a)), Some((b, rows_b))) = (side(left), side(right)) else {
            return self.wrong("unit", "expected plain numbers beside a constant array", place);
        };
        let length = a.len().max(b.len());
        let fits = |values: &[f64]| values.len() == length || values.len() == 1;
        if !fits(&a) || !fits(&b) || (rows_a.is_some() && rows_b.is_some() && rows_a != rows_b) {
            let message = format!("arrays of {} and {} do not fit together", a.len(), b.len());
            return self.wrong("shape", message, place);
        }
        let (element, label) = match (left, right) {
            (Value::Array(a), Value::Array(b)) => {
                let label = match operation {
                    Binary::Multiply | Binary::Divide => combined_label(operation, a.label.as_ref(), b.label.as_ref()),
                    _ => common_label(a.label.as_ref(), b.label.as_ref()),
                };
                (promoted(a.element, b.element), label)
            }
            (Value::Array(array), Value::Number(constant)) | (Value::Number(constant), Value::Array(array)) => {
                (with_constant(array.element, constant), array.label.clone())
            }
            _ => (Element::F64, None),
        };
        let element = if operation == Binary::Divide { real(element) } else { element };
        let at = |values: &[f64], k: usize| values[if values.len() == 1 { 0 } else { k }];
        let values = rounded_to(element, (0..length).map(|k| function(at(&a, k), at(&b, k))));
        Value::Array(ConstantArray { values: values.into(), rows: rows_a.or(rows_b), element, label })
    }

    pub(crate) fn folded_array(&mut self, function: Unary, of: &ConstantArray, place: Place) -> Value {
        let apply: fn(f64) -> f64 = match function {
            Unary::Negate => |value| -value,
            Unary::Abs => f64::abs,
            Unary::Sqrt => f64::sqrt,
            Unary::Exp => maths::exp,
            Unary::Log => maths::ln,
            Unary::Log10 => maths::log10,
            Unary::Sin => maths::sin,
            Unary::Cos => maths::cos,
            _ => return self.wrong("kind", "this is not defined for constant arrays", place),
        };
        let element = if matches!(function, Unary::Negate | Unary::Abs) { of.element } else { real(of.element) };
        let values = rounded_to(element, of.values.iter().map(|value| apply(*value)));
        Value::Array(ConstantArray { values: values.into(), element, ..of.clone() })
    }

    /// `loadlh5(file, path)`.
    pub(crate) fn load(&mut self, file: &str, path: &str, place: Place) -> Value {
        let Some(load) = self.options.load else {
            return self.wrong("file", "files cannot be read here", place);
        };
        match load.load(file, path) {
            Ok((element, shape, values)) => {
                let rows = match shape[..] {
                    [] | [_] => None,
                    [rows, _] => Some(rows),
                    _ => return self.wrong("shape", format!("`{path}` of {file} has {} axes", shape.len()), place),
                };
                if values.len() > MOST_SAMPLES {
                    return self.wrong("shape", format!("`{path}` of {file} has {} numbers", values.len()), place);
                }
                if shape.is_empty() && values.len() == 1 {
                    return Value::Number(Constant::float(values[0]));
                }
                Value::Array(ConstantArray { values: values.into(), rows, element, label: None })
            }
            Err(message) => self.wrong("file", message, place),
        }
    }
}
