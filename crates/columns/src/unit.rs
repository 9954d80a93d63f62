//! Units of measurement: parsing, dimensions, conversion factors.

use std::fmt;

/// A unit: a text and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    text: String,
}

/// A text that is no unit.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitError {
    /// The part that is unknown.
    pub text: String,
}

impl Unit {
    /// Parses `GeV`, `mm/ns`, `GeV**2`.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        Ok(Self { text: text.to_owned() })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
