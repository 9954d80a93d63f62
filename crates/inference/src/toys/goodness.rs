//! Goodness of fit against the saturated model, with its distribution from toys.

use std::ops::Range;

use germane_models::Experiment;
use germane_numerics::Executor;

use super::p_value::PValue;
use super::sample::Sample;
use super::throw::Thrower;
use crate::minimise::{Options, minimise};
use crate::minimum::NoResult;

/// The saturated statistic of the data and of toys thrown at the best point.
#[derive(Clone, Debug, PartialEq)]
pub struct ToyGoodness {
    /// 2 [L(θ̂) - L_saturated].
    pub statistic: f64,
    /// Bins minus free parameters without constraint.
    pub ndof: i64,
    /// Probability of a larger statistic by χ²; none without degrees of freedom.
    pub asymptotic: Option<f64>,
    /// The statistic of toys.
    pub toys: Sample,
}

impl ToyGoodness {
    /// p-value by toys.
    pub fn p(&self) -> PValue {
        self.toys.p_value(self.statistic)
    }
}

/// Fits the data, throws toys at the best point, and fits each.
///
/// # Errors
/// If the data have no minimum.
pub fn toy_goodness<M: Experiment>(
    model: &M,
    seed: u64,
    toys: Range<u64>,
    options: &Options,
    executor: &dyn Executor,
) -> Result<ToyGoodness, NoResult> {
    let fit = minimise(model, options);
    let goodness = match &fit.goodness {
        Some(goodness) if fit.is_valid() => goodness,
        _ => return Err(NoResult(fit.reason)),
    };
    // The auxiliary data of fixed parameters are no data: their terms are the same in all toys.
    let thrower = Thrower::new(model, &fit.values(), seed, 0, options.limits()).map_err(NoResult)?;
    Ok(ToyGoodness {
        statistic: goodness.statistic,
        ndof: goodness.ndof,
        asymptotic: goodness.p,
        toys: thrower.saturated(toys, executor),
    })
}
