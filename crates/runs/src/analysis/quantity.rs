//! A number with a unit as the analysis file writes it: `30 GeV`, `138 /fb`, `2 percent`.

use germane_columns::Unit;
use germane_texts::{Node, Value};

/// Why a text is no quantity, with the characters to underline.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantityError {
    /// a sentence
    pub message: String,
    /// the unit that was probably meant
    pub nearest: Option<String>,
    /// first character
    pub start: usize,
    /// behind the last character
    pub end: usize,
}

impl QuantityError {
    fn new(message: String, start: usize, end: usize) -> Self {
        Self { message, nearest: None, start, end }
    }
}

/// A number and its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// the number as written
    pub value: f64,
    /// the unit, where one was written
    pub unit: Option<Unit>,
}

impl Quantity {
    /// Reads a number, or a text of number and unit.
    ///
    /// # Errors
    /// A [`QuantityError`] that says what is wrong and where.
    pub fn read(node: &Node) -> Result<Self, QuantityError> {
        if let Some(value) = node.as_f64() {
            return Ok(Self { value, unit: None });
        }
        let Value::Text(text) = &node.value else {
            return Err(QuantityError::new(format!("expected a number with a unit, got {}", node.kind()), 0, 1));
        };
        let length = text.chars().count();
        // The longest beginning that is a number: `2e3 eV` has the exponent in it, `3eV` has not.
        let split =
            text.char_indices().map(|(i, _)| i).chain([text.len()]).rev().find(|&i| text[..i].trim().parse::<f64>().is_ok());
        let Some(split) = split.filter(|_| text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))) else {
            return Err(QuantityError::new(format!("`{text}` does not begin with a number"), 0, length));
        };
        let (number, unit) = (text[..split].trim(), text[split..].trim());
        let value = number.parse::<f64>().map_err(|_| QuantityError::new(format!("`{number}` is no number"), 0, number.len()))?;
        if unit.is_empty() {
            return Ok(Self { value, unit: None });
        }
        match Unit::parse(unit) {
            Ok(parsed) => Ok(Self { value, unit: Some(parsed) }),
            Err(error) => {
                let start = text.chars().count() - text[split..].trim_start().chars().count();
                Err(QuantityError { message: format!("no unit `{unit}`"), nearest: error.nearest, start, end: length })
            }
        }
    }
}
