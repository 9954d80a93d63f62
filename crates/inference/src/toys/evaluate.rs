//! A statistic of one set of data, by fits that start at the point around which data are thrown.

use germane_models::Likelihood;

use super::sample::Failure;
use crate::hypothesis::Statistic;
use crate::nearby::{Anchor, Near, nearby};
use crate::point::Problem;
use crate::search::{End, Limits, search};

/// A point, and how fits near it are done.
pub(super) struct Around {
    /// Where fits start.
    pub(super) x: Vec<f64>,
    /// Expected second derivatives there; none where they do not determine all parameters.
    pub(super) anchor: Option<Anchor>,
    pub(super) limits: Limits,
}

impl Around {
    pub(super) fn new(model: &dyn Likelihood, x: &[f64], limits: Limits) -> Self {
        Self { x: x.to_vec(), anchor: Anchor::expected(&Problem::new(model), x), limits }
    }

    /// The lowest -ln L of a model whose parameters are those of the point.
    pub(super) fn lowest(&self, model: &dyn Likelihood) -> Result<f64, Failure> {
        self.best(model).map(|near| near.value)
    }

    /// The best point of such a model.
    pub(super) fn best(&self, model: &dyn Likelihood) -> Result<Near, Failure> {
        minimum(&Problem::new(model), self.x.clone(), self.anchor.as_ref(), self.limits)
    }

    /// A test of the parameter of interest at a value.
    pub(super) fn test(&self, statistic: Statistic, poi: usize, value: f64) -> Evaluation<'_> {
        let held = self.anchor.as_ref().and_then(|anchor| anchor.holding(poi));
        Evaluation { around: self, statistic, poi, value: statistic.tested(value), held }
    }
}

/// A statistic, tested at one value.
pub(super) struct Evaluation<'a> {
    around: &'a Around,
    statistic: Statistic,
    poi: usize,
    value: f64,
    /// The anchor with the parameter of interest held.
    held: Option<Anchor>,
}

/// A difference of two minima that is less than this below 0 is rounding.
const ROUNDING: f64 = 1e-9;

impl Evaluation<'_> {
    /// The statistic of the data of a model.
    pub(super) fn of(&self, model: &dyn Likelihood) -> Result<f64, Failure> {
        let limits = self.around.limits;
        let (all, others) = (Problem::new(model), Problem::new(model).holding(self.poi));
        let best = minimum(&all, self.around.x.clone(), self.around.anchor.as_ref(), limits)?;
        if self.statistic.is_one_sided(best.x[self.poi], self.value) {
            return Ok(0.0);
        }
        let mut start = best.x;
        start[self.poi] = self.value;
        let profiled = minimum(&others, start, self.held.as_ref(), limits)?;
        let mut lowest = best.value;
        if profiled.value < lowest - ROUNDING * (1.0 + lowest.abs()) {
            // The best point was not the lowest one.
            lowest = thorough(&all, &profiled.x, limits)?.value;
        }
        Ok((2.0 * (profiled.value - lowest)).max(0.0))
    }
}

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
