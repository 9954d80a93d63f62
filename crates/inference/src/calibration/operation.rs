//! A scale as a hit operation of the LEGEND chain: expression and parameters.

use serde::Serialize;

use super::document::Scale;

/// `a + b * param`, with its parameters by name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Operation {
    /// The expression.
    pub expression: String,
    /// Values of its names.
    pub parameters: std::collections::BTreeMap<String, f64>,
    /// Unit of what it gives.
    pub unit: &'static str,
}

impl Operation {
    pub(super) fn of(scale: &Scale, parameter: &str) -> Self {
        let names = ["a", "b", "c", "d", "e"];
        let term = |k: usize| match k {
            0 => names[0].to_owned(),
            1 => format!("{} * {parameter}", names[1]),
            k => format!("{} * {parameter}**{k}", names[k]),
        };
        let expression = (0..scale.coefficients.len()).map(term).collect::<Vec<_>>().join(" + ");
        let parameters = names.iter().zip(&scale.coefficients).map(|(name, value)| ((*name).to_owned(), *value)).collect();
        Self { expression, parameters, unit: "keV" }
    }
}
