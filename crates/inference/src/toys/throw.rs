//! Throwing toys at a point of the model and evaluating a statistic in each.

use std::ops::Range;
use std::sync::OnceLock;

use germane_models::Experiment;
use germane_numerics::Executor;

use super::sample::{Failure, Sample};
use crate::hypothesis::Statistic;
use crate::minimise::uncorrected;
use crate::nearby::{Anchor, Near, nearby};
use crate::point::Problem;
use crate::search::{End, Limits, search};

/// Toys that one task works on: enough that copying the model is nothing.
const TOGETHER: u64 = 64;

/// Toys of one point of a model.
pub(super) struct Thrower<'a, M: Experiment> {
    model: &'a M,
    ensemble: M::Toys,
    /// The point, where fits start.
    x: Vec<f64>,
    /// Expected second derivatives there; none where they do not determine all parameters.
    anchor: Option<Anchor>,
    limits: Limits,
}

impl<'a, M: Experiment> Thrower<'a, M> {
    /// # Errors
    /// In words, if the expectation of a bin at `x` is negative or not finite.
    pub(super) fn new(model: &'a M, x: &[f64], seed: u64, hypothesis: u32, limits: Limits) -> Result<Self, String> {
        let ensemble = model.toys(x, seed, hypothesis)?;
        let anchor = Anchor::expected(&Problem::new(model), x);
        Ok(Self { model, ensemble, x: x.to_vec(), anchor, limits })
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
        let value = statistic.tested(value);
        let held = self.anchor.as_ref().and_then(|anchor| anchor.holding(poi));
        let mut start = self.x.clone();
        start[poi] = value;
        self.each(toys, executor, |model| {
            let (all, others) = (Problem::new(model), Problem::new(model).holding(poi));
            let best = minimum(&all, self.x.clone(), self.anchor.as_ref(), self.limits)?;
            if statistic.is_one_sided(best.x[poi], value) {
                return Ok(0.0);
            }
            let mut start = best.x;
            start[poi] = value;
            let profiled = minimum(&others, start, held.as_ref(), self.limits)?;
            let mut lowest = best.value;
            if profiled.value < lowest - ROUNDING * (1.0 + lowest.abs()) {
                // The best point was not the lowest one.
                lowest = thorough(&all, &profiled.x, self.limits)?.value;
            }
            Ok((2.0 * (profiled.value - lowest)).max(0.0))
        })
    }

    /// Twice the distance of the minimum to the saturated model in each toy of a range.
    pub(super) fn saturated(&self, toys: Range<u64>, executor: &dyn Executor) -> Sample {
        self.each(toys, executor, |model| {
            let best = minimum(&Problem::new(model), self.x.clone(), self.anchor.as_ref(), self.limits)?;
            let lowest = uncorrected(model, &best.x, best.value);
            let saturated = model.saturated().map_or(f64::NAN, |saturated| saturated.nll);
            Ok((2.0 * (lowest - saturated)).max(0.0))
        })
    }

    fn each(&self, toys: Range<u64>, executor: &dyn Executor, evaluate: impl Fn(&M) -> Result<f64, Failure> + Sync) -> Sample {
        let tasks = toys.end.saturating_sub(toys.start).div_ceil(TOGETHER);
        let done: Vec<OnceLock<Vec<Result<f64, Failure>>>> = (0..tasks).map(|_| OnceLock::new()).collect();
        executor.run(done.len(), &|task| {
            let first = toys.start + task as u64 * TOGETHER;
            let mut model = self.model.clone();
            let evaluated = (first..(first + TOGETHER).min(toys.end)).map(|number| {
                model.take(&self.ensemble, number).map_err(|_| Failure::NotFinite)?;
                evaluate(&model)
            });
            let _ = done[task].set(evaluated.collect());
        });
        Sample { first: toys.start, toys: done.into_iter().filter_map(OnceLock::into_inner).flatten().collect() }
    }
}

/// A difference of two minima that is less than this below 0 is rounding.
const ROUNDING: f64 = 1e-9;

fn minimum(problem: &Problem<'_>, x: Vec<f64>, anchor: Option<&Anchor>, limits: Limits) -> Result<Near, Failure> {
    match anchor.and_then(|anchor| nearby(problem, x.clone(), anchor, limits.edm)) {
        Some(near) => Ok(near),
        None => thorough(problem, &x, limits),
    }
}

fn thorough(problem: &Problem<'_>, start: &[f64], limits: Limits) -> Result<Near, Failure> {
    let found = search(problem, start, limits);
    match found.end {
        End::Stationary => {}
        End::Stuck if found.edm < 1e-7 => {}
        End::NotFinite => return Err(Failure::NotFinite),
        End::Stuck => return Err(Failure::NoMinimum),
        End::Limit => return Err(Failure::Iterations),
    }
    Ok(Near { value: found.point.value, x: found.point.x })
}
