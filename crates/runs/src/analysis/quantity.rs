//! A number with a unit as the analysis file writes it: `30 GeV`, `138 /fb`, `2 percent`.

use germane_columns::Unit;
use germane_texts::{Node, Value};

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
    /// A sentence that says what is wrong, with characters of the text to underline.
    pub fn read(node: &Node) -> Result<Self, (String, usize, usize)> {
        if let Some(value) = node.as_f64() {
            return Ok(Self { value, unit: None });
        }
        let Value::Text(text) = &node.value else {
            return Err((format!("expected a number with a unit, got {}", node.kind()), 0, 1));
        };
        let length = text.chars().count();
        // The longest beginning that is a number: `2e3 eV` has the exponent in it, `3eV` has not.
        let split = text.char_indices().map(|(i, _)| i).chain([text.len()]).rev().find(|&i| text[..i].trim().parse::<f64>().is_ok());
        let Some(split) = split.filter(|_| text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))) else {
            return Err((format!("`{text}` does not begin with a number"), 0, length));
        };
        let (number, unit) = (text[..split].trim(), text[split..].trim());
        let value = number.parse::<f64>().map_err(|_| (format!("`{number}` is no number"), 0, number.len()))?;
        if unit.is_empty() {
            return Ok(Self { value, unit: None });
        }
        match Unit::parse(unit) {
            Ok(parsed) => Ok(Self { value, unit: Some(parsed) }),
            Err(error) => {
                let start = text.chars().count() - text[split..].trim_start().chars().count();
                Err((error.to_string(), start, length))
            }
        }
    }
}
