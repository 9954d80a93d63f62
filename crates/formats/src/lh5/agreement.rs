//! What files must agree in to be read as one, and what is converted.

use super::Attributes;
use super::leaf::differ;
use super::opened::Opened;
use crate::hdf5::Attribute;
use crate::{Error, Kind};
use germane_columns::Unit;

/// What the same object of several files has in common.
pub(super) struct Agreed {
    /// attributes of the first file
    pub(super) attributes: Attributes,
    /// by which values of each file are multiplied
    pub(super) factors: Vec<f64>,
    /// what was converted
    pub(super) notes: Vec<String>,
}

/// Compares attributes with the first file's; units of the same dimension may differ.
///
/// # Errors
/// [`Kind::Unsupported`] naming both files.
pub(super) fn agreed(of: &[&Opened]) -> Result<Agreed, Error> {
    let first = of.first().ok_or_else(|| Error::new("memory", Kind::Unknown, "no files to read"))?;
    let mut made = Agreed { attributes: first.attributes.clone(), factors: vec![1.0], notes: Vec::new() };
    for other in &of[1..] {
        made.factors.push(compare(first, other, &mut made.notes)?);
    }
    Ok(made)
}

fn compare(first: &Opened, other: &Opened, notes: &mut Vec<String>) -> Result<f64, Error> {
    for name in first.attributes.keys().chain(other.attributes.keys()) {
        let (a, b) = (first.attributes.get(name), other.attributes.get(name));
        if name != "units" && a != b && !same_shift(name, a, b) {
            return Err(differ(first, other, &format!("attributes `{name}`"), &show(a), &show(b)));
        }
    }
    let unit = |of: &Opened| match of.attributes.get("units") {
        Some(Attribute::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let (a, b) = match (unit(first), unit(other)) {
        (a, b) if a == b => return Ok(1.0),
        (a, b) => (a.unwrap_or_default(), b.unwrap_or_default()),
    };
    let factor = Unit::parse(&b).ok().zip(Unit::parse(&a).ok()).and_then(|(b, a)| b.factor_to(&a));
    let factor = factor.ok_or_else(|| differ(first, other, "units", &format!("`{a}`"), &format!("`{b}`")))?;
    if factor != 1.0 {
        notes.push(format!("values of {} were converted from {b} to {a}, the unit in {}", other.file, first.file));
    }
    Ok(factor)
}

/// Shifts are written as integers or floats.
fn same_shift(name: &str, a: Option<&Attribute>, b: Option<&Attribute>) -> bool {
    name == "codec_shift"
        && a.and_then(super::codec::whole_number).is_some_and(|a| b.and_then(super::codec::whole_number) == Some(a))
}

fn show(attribute: Option<&Attribute>) -> String {
    match attribute {
        None => "none".to_owned(),
        Some(Attribute::Text(text)) => format!("`{text}`"),
        Some(Attribute::Empty) => "an empty one".to_owned(),
        Some(Attribute::Values(values)) => match super::memory::integers(values).as_deref() {
            Some([one]) => one.to_string(),
            _ => format!("{} of the shape {:?}", super::leaf::name(&values.element), values.shape),
        },
    }
}
