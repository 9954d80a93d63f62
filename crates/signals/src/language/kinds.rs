//! What results of arithmetic mean: labels, shapes.

use super::builder::Handle;
use super::{Language, Value};
use crate::chain::Place;
use crate::graph::{Binary, Shape};
use germane_columns::Unit;

/// Label of a sum or of a choice: the common one.
pub(crate) fn common_label(a: Option<&String>, b: Option<&String>) -> Option<String> {
    a.or(b).cloned()
}

/// Label of a product or quotient: units are multiplied, other texts are written together.
pub(crate) fn combined_label(operation: Binary, a: Option<&String>, b: Option<&String>) -> Option<String> {
    let (Some(a), Some(b)) = (a, b) else { return common_label(a, b) };
    let unit = |text: &str| (!text.contains("ADC")).then(|| Unit::parse(text).ok()).flatten();
    if let (Some(x), Some(y)) = (unit(a), unit(b)) {
        let unit = if operation == Binary::Multiply { x.times(&y) } else { x.over(&y) };
        return (!unit.is_one()).then(|| unit.to_string());
    }
    Some(format!("{a}{}{b}", if operation == Binary::Multiply { "*" } else { "/" }))
}

impl Language<'_> {
    /// Shape of a result of both; scalars stand beside every sample.
    pub(crate) fn joined(&mut self, a: Shape, b: Shape, place: Place) -> Option<Shape> {
        match (a, b) {
            (a, b) if a == b => Some(a),
            (a, Shape::Scalar) => Some(a),
            (Shape::Scalar, b) => Some(b),
            (Shape::Samples(x), Shape::Samples(y)) => {
                let message = format!("{x} samples and {y} samples do not fit together");
                self.wrong_do("shape", message, place, "cut them to the same length");
                None
            }
            _ => {
                self.wrong("shape", "vectors of varying length do not fit together", place);
                None
            }
        }
    }

    /// Shapes of values, arrays among them.
    pub(crate) fn shape_of(value: &Value) -> Shape {
        match value {
            Value::Variable(Handle { shape, .. }) => *shape,
            Value::Array(array) => Shape::Samples(array.values.len()),
            _ => Shape::Scalar,
        }
    }
}
