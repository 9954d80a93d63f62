//! Goodness of fit with its distribution from toys: against the saturated model, or by the distance of cumulated distributions.
//!
//! Of a channel with n events, E is the cumulated part of the data up to the upper edge of a bin, F that of the expectation and f
//! the part of the bin. Channels without events have no distance.
//!
//! | test | statistic | several channels |
//! |---|---|---|
//! | Kolmogorov-Smirnov | max over bins of abs(E - F) | the largest |
//! | Anderson-Darling | n times the sum over bins but the last of (E - F)² f/(F (1 - F)) | the sum |
//!
//! These tell shapes, not sizes; both are those of binned data, whose distribution depends on the bins: the p-value is that of toys.

use std::ops::Range;

use germane_models::{Experiment, Model};
use germane_numerics::Executor;

use super::p_value::PValue;
use super::sample::Sample;
use super::throw::Thrower;
use crate::minimise::{Options, minimise};
use crate::minimum::NoResult;

/// What tells how far data are from a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GoodnessTest {
    /// 2 [L(θ̂) - L_saturated].
    Saturated,
    /// The largest distance of the cumulated distributions.
    KolmogorovSmirnov,
    /// Their squared distance with more weight in the tails.
    AndersonDarling,
}

impl GoodnessTest {
    /// All, as the command and combine's `--algo` name them.
    pub const NAMES: [(&'static str, Self); 3] =
        [("saturated", Self::Saturated), ("ks", Self::KolmogorovSmirnov), ("ad", Self::AndersonDarling)];

    /// The name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, test)| *test == self).map_or("", |(name, _)| name)
    }
}

/// A statistic of the data and of toys thrown at the best point.
#[derive(Clone, Debug, PartialEq)]
pub struct ToyGoodness {
    /// Which one.
    pub test: GoodnessTest,
    /// Its value in the data.
    pub statistic: f64,
    /// Bins minus free parameters without constraint.
    pub ndof: i64,
    /// Probability of a larger statistic by χ²; none without degrees of freedom, and of distances.
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

/// Fits the data, throws toys at the best point, and fits each; against the saturated model.
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
        _ if fit.is_valid() => return Err(NoResult("the data are not binned: there is no saturated model".to_owned())),
        _ => return Err(NoResult(fit.reason)),
    };
    // The auxiliary data of fixed parameters are no data: their terms are the same in all toys.
    let thrower = Thrower::new(model, &fit.values(), seed, 0, options.limits()).map_err(NoResult)?;
    Ok(ToyGoodness {
        test: GoodnessTest::Saturated,
        statistic: goodness.statistic,
        ndof: goodness.ndof,
        asymptotic: goodness.p,
        toys: thrower.saturated(toys, executor),
    })
}

/// The same by the distance of cumulated distributions, or against the saturated model.
///
/// # Errors
/// If the data have no minimum.
pub fn toy_distance(
    model: &Model,
    test: GoodnessTest,
    seed: u64,
    toys: Range<u64>,
    options: &Options,
    executor: &dyn Executor,
) -> Result<ToyGoodness, NoResult> {
    if test == GoodnessTest::Saturated {
        return toy_goodness(model, seed, toys, options, executor);
    }
    let saturated = toy_goodness(model, seed, 0..0, options, executor)?;
    let x = minimise(model, options).values();
    let thrower = Thrower::new(model, &x, seed, 0, options.limits()).map_err(NoResult)?;
    Ok(ToyGoodness {
        test,
        statistic: distance(model, &x, test),
        asymptotic: None,
        toys: thrower.at_best(toys, executor, |model, x| distance(model, x, test)),
        ..saturated
    })
}

fn distance(model: &Model, x: &[f64], test: GoodnessTest) -> f64 {
    let expected = model.expected(x);
    let of_channels = model.channels().map(|(_, range)| of_channel(&model.observed()[range.clone()], &expected[range], test));
    if test == GoodnessTest::AndersonDarling { of_channels.sum() } else { of_channels.fold(0.0, f64::max) }
}

fn of_channel(observed: &[f64], expected: &[f64], test: GoodnessTest) -> f64 {
    let (count, mean) = (observed.iter().sum::<f64>(), expected.iter().sum::<f64>());
    if !(count > 0.0 && mean > 0.0) {
        return 0.0;
    }
    let (mut data, mut model, mut distance) = (0.0, 0.0, 0.0f64);
    // Behind the last bin both are 1.
    for (n, nu) in observed.iter().zip(expected).take(observed.len() - 1) {
        data += n / count;
        model += nu / mean;
        let apart = data - model;
        if test == GoodnessTest::KolmogorovSmirnov {
            distance = distance.max(apart.abs());
        } else if model > 0.0 && model < 1.0 {
            distance += count * apart * apart * (nu / mean) / (model * (1.0 - model));
        }
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::*;
    use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
    use germane_numerics::Inline;

    /// A flat expectation of four bins, and a channel of one bin, with a free scale.
    fn model(counts: [f64; 4]) -> Model {
        let flat = |bins: usize| Sample::new("s", vec![10.0; bins]).with(Modifier::norm_factor("scale"));
        Workspace::new()
            .channel(Channel::new("A").sample(flat(4)), counts.to_vec())
            .channel(Channel::new("B").sample(flat(1)), vec![9.0])
            .measurement(Measurement::new("main", None))
            .model(None)
            .unwrap()
    }

    #[test]
    fn distances_are_those_of_a_calculation_by_hand() {
        let model = model([4.0, 10.0, 14.0, 12.0]);
        let at = |test| toy_distance(&model, test, 0, 0..0, &Options::default(), &Inline).unwrap();
        // E = 0.1, 0.35, 0.7; F = 0.25, 0.5, 0.75.
        let ks = at(GoodnessTest::KolmogorovSmirnov);
        assert!((ks.statistic - 0.15).abs() < 1e-12 && ks.asymptotic.is_none());
        let by_hand = 40.0 * 0.25 * (0.0225 / 0.1875 + 0.0225 / 0.25 + 0.0025 / 0.1875);
        assert!((at(GoodnessTest::AndersonDarling).statistic - by_hand).abs() < 1e-12);
        assert_eq!(at(GoodnessTest::Saturated).test, GoodnessTest::Saturated);
    }

    #[test]
    fn p_values_of_data_thrown_at_the_model_are_even() {
        // Each toy of one seed as data, with toys of another: the p-values of 40 have mean 1/2 within four deviations.
        let start = model([10.0; 4]);
        let ensemble = start.toys(&[1.0], 77, 0).unwrap();
        for test in [GoodnessTest::KolmogorovSmirnov, GoodnessTest::AndersonDarling] {
            let p = |number: u64| {
                let mut model = start.clone();
                model.take(&ensemble, number).unwrap();
                let found = toy_distance(&model, test, 5, 0..200, &Options::default(), &Inline).unwrap();
                assert!(found.toys.failures().is_empty());
                // Half of the ties.
                let equal = found.toys.values().filter(|value| (value - found.statistic).abs() < 1e-9).count();
                found.p().ratio() - 0.5 * equal as f64 / 200.0
            };
            let mean = (0..40).map(p).sum::<f64>() / 40.0;
            assert!((mean - 0.5).abs() < 4.0 / (12.0f64 * 40.0).sqrt(), "{test:?} {mean}");
        }
    }
}
