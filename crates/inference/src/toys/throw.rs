//! Throwing toys at a point of the model and evaluating a statistic in each.

use std::ops::Range;
use std::sync::OnceLock;

use germane_models::Experiment;
use germane_numerics::Executor;

use super::evaluate::Around;
use super::sample::{Failure, Sample};
use crate::hypothesis::Statistic;
use crate::minimise::uncorrected;
use crate::search::Limits;

/// Toys that one task works on: enough that copying the model is nothing.
const TOGETHER: u64 = 64;

/// Toys of one point of a model.
pub(super) struct Thrower<'a, M: Experiment> {
    model: &'a M,
    ensemble: M::Toys,
    around: Around,
}

impl<'a, M: Experiment> Thrower<'a, M> {
    /// # Errors
    /// In words, if the expectation of a bin at `x` is negative or not finite.
    pub(super) fn new(model: &'a M, x: &[f64], seed: u64, hypothesis: u32, limits: Limits) -> Result<Self, String> {
        let ensemble = model.toys(x, seed, hypothesis)?;
        Ok(Self { model, ensemble, around: Around::new(model, x, limits) })
    }

    /// A statistic of the parameter of interest `poi`, tested at `value`, in each toy of a range.
    pub(super) fn statistic(
        &self,
        statistic: Statistic,
        poi: usize,
        value: f64,
        toys: Range<u64>,
        executor: &dyn Executor,
    ) -> Sample {
        let evaluation = self.around.test(statistic, poi, value);
        self.each(toys, executor, |model| evaluation.of(model))
    }

    /// Twice the distance of the minimum to the saturated model in each toy of a range.
    pub(super) fn saturated(&self, toys: Range<u64>, executor: &dyn Executor) -> Sample {
        self.each(toys, executor, |model| {
            let best = self.around.best(model)?;
            let lowest = uncorrected(model, &best.x, best.value);
            let saturated = model.saturated().map_or(f64::NAN, |saturated| saturated.nll);
            Ok((2.0 * (lowest - saturated)).max(0.0))
        })
    }

    /// What `evaluate` gives for the data and the best point of each toy of a range.
    pub(super) fn at_best(
        &self,
        toys: Range<u64>,
        executor: &dyn Executor,
        evaluate: impl Fn(&M, &[f64]) -> f64 + Sync,
    ) -> Sample {
        self.each(toys, executor, |model| Ok(evaluate(model, &self.around.best(model)?.x)))
    }

    fn each(&self, toys: Range<u64>, executor: &dyn Executor, evaluate: impl Fn(&M) -> Result<f64, Failure> + Sync) -> Sample {
        each(
            toys,
            executor,
            || self.model.clone(),
            |model, number| {
                model.take(&self.ensemble, number).map_err(|_| Failure::NotFinite)?;
                evaluate(model)
            },
        )
    }
}

/// What `evaluate` gives for each toy of a range; `prepare` makes what it works on, once for some toys.
pub(super) fn each<T>(
    toys: Range<u64>,
    executor: &dyn Executor,
    prepare: impl Fn() -> T + Sync,
    evaluate: impl Fn(&mut T, u64) -> Result<f64, Failure> + Sync,
) -> Sample {
    let tasks = toys.end.saturating_sub(toys.start).div_ceil(TOGETHER);
    let done: Vec<OnceLock<Vec<Result<f64, Failure>>>> = (0..tasks).map(|_| OnceLock::new()).collect();
    executor.run(done.len(), &|task| {
        let first = toys.start + task as u64 * TOGETHER;
        let mut prepared = prepare();
        let evaluated = (first..(first + TOGETHER).min(toys.end)).map(|number| evaluate(&mut prepared, number));
        let _ = done[task].set(evaluated.collect());
    });
    Sample { first: toys.start, toys: done.into_iter().filter_map(OnceLock::into_inner).flatten().collect() }
}
