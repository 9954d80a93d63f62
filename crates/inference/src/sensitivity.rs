//! How a fitted parameter changes with the numbers that a model is made of, by the implicit function theorem:
//! dθ̂/dφ = -H⁻¹ ∂²(-ln L)/∂θ∂φ on the parameters that are free and not at a bound.

use germane_models::{Likelihood, Model};

use crate::errors::Errors;
use crate::fit::Fit;
use crate::minimise::errors_at;
use crate::minimum::NoResult;
use crate::point::Problem;

/// Derivatives of the fitted value of a parameter by the inputs of the model ([`Model::input_values`]), in their order.
///
/// A parameter that is fixed or at a bound stays where it is: its derivatives are 0.
///
/// # Errors
/// If the fit is not valid, or the model has no such inputs.
pub fn fitted_gradient(model: &Model, fit: &Fit, parameter: usize) -> Result<Vec<f64>, NoResult> {
    if !fit.is_valid() {
        return Err(NoResult(format!("the fit is not valid ({}): {}", fit.state.word(), fit.reason)));
    }
    let problem = Problem::new(model);
    let best = problem.at(fit.values());
    let errors = errors_at(&problem, &best);
    let column = errors.place(parameter).map(|place| errors.covariances(place));
    let direction = spread(&errors, column.as_deref().unwrap_or_default(), model.parameters().len());
    let along = model.input_gradient_along(&best.x, &direction).map_err(NoResult)?;
    Ok(along.into_iter().map(|value| -value).collect())
}

/// Values of the parameters with errors as a vector of all parameters.
pub(crate) fn spread(errors: &Errors, values: &[f64], size: usize) -> Vec<f64> {
    let mut all = vec![0.0; size];
    for (&index, value) in errors.free.iter().zip(values) {
        all[index] = *value;
    }
    all
}
