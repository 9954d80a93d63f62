//! Binning as written, and the unit of what is filled → an axis of the histogram.

use crate::analysis::{Binning, Quantity};
use germane_columns::Unit;
use germane_expressions::{Kind, ValueType};
use germane_histograms::Axis;

/// An axis and the factor that brings filled values into its unit.
///
/// # Errors
/// A sentence: what does not go together.
pub(super) fn axis(binning: &Binning, name: &str, label: Option<&str>, filled: &ValueType) -> Result<(Axis, f64), String> {
    let text = filled.kind == Kind::Text;
    if text != matches!(binning, Binning::Categories(_)) {
        return Err(if text {
            "a text is filled into `categories`".into()
        } else {
            "a number cannot be filled into categories".into()
        });
    }
    let (axis, unit, factor) = match binning {
        Binning::Regular { bins, low, high } => {
            let (unit, factor) = common_unit([low, high], None, filled)?;
            let (low, high) = (in_unit(low, unit.as_ref())?, in_unit(high, unit.as_ref())?);
            if !(low.is_finite() && high.is_finite() && low < high) {
                return Err(format!("the axis goes from {low} to {high}"));
            }
            (Axis::regular(*bins as usize, low, high).map_err(|e| e.to_string())?, unit, factor)
        }
        Binning::Variable { edges, unit } => {
            let declared = unit.as_ref().map(|u| Unit::parse(&u.text)).transpose().map_err(|e| e.to_string())?;
            let (unit, factor) = common_unit(edges, declared, filled)?;
            let edges = edges.iter().map(|e| in_unit(e, unit.as_ref())).collect::<Result<Vec<_>, _>>()?;
            (Axis::variable(edges).map_err(|e| e.to_string())?, unit, factor)
        }
        Binning::Integer { low, high } => {
            if filled.kind != Kind::Int {
                return Err("an `integer` axis takes whole numbers".into());
            }
            (Axis::integer(*low, *high).map_err(|e| e.to_string())?, None, 1.0)
        }
        Binning::Categories(labels) => (Axis::category(labels.clone(), false).map_err(|e| e.to_string())?, None, 1.0),
    };
    let unit = unit.map(|u| u.to_string()).unwrap_or_default();
    Ok((axis.named(name, label.unwrap_or(name), &unit), factor))
}

/// The axis' unit, and the factor from the filled values' unit. A bare number takes the unit of what is filled.
fn common_unit<'a>(
    ends: impl IntoIterator<Item = &'a Quantity>,
    declared: Option<Unit>,
    filled: &ValueType,
) -> Result<(Option<Unit>, f64), String> {
    let unit = declared.or_else(|| ends.into_iter().find_map(|q| q.unit.clone()));
    let Some(axis) = unit else {
        return Ok((Some(filled.unit.clone()).filter(Unit::has_dimension), 1.0));
    };
    match filled.unit.factor_to(&axis) {
        Some(factor) => Ok((Some(axis), factor)),
        None if filled.unit.has_dimension() => Err(format!("the axis is in {axis}, what is filled is in {}", filled.unit)),
        None => Err(format!("the axis is in {axis}, what is filled has no unit (declare it with `units:`)")),
    }
}

/// A quantity as a number of units; a bare number is one already.
pub(crate) fn in_unit(quantity: &Quantity, unit: Option<&Unit>) -> Result<f64, String> {
    match (&quantity.unit, unit) {
        (None, _) => Ok(quantity.value),
        (Some(own), Some(unit)) => match own.factor_to(unit) {
            Some(factor) => Ok(quantity.value * factor),
            None => Err(format!("{own} is no {unit}")),
        },
        (Some(own), None) => Err(format!("{own} where a bare number is expected")),
    }
}
