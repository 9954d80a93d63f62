//! Tests of the strength of a signal: test statistics, CLs, upper limits, discovery.
//!
//! -ln L profiled over the other parameters is L(μ). The best μ lies within the bounds of its parameter, so that with the
//! usual bound of 0 the statistic is q~:
//! ```text
//! q~(μ) = 2 [L(μ) - L(μ̂)]  if μ̂ <= μ, else 0        q0 = 2 [L(0) - L(μ̂)]  if μ̂ >= 0, else 0
//! ```

pub mod asymptotic;
mod limit;
mod limit_gradient;
mod statistic;

pub use limit::{UpperLimit, upper_limit};
pub use limit_gradient::{LimitGradient, limit_gradient};
pub use statistic::Statistic;

use germane_models::{Experiment, Likelihood};

use crate::errors::Errors;
use crate::minimise::{Options, errors_at};
use crate::minimum::{NoResult, minimum};
use crate::point::{Point, Problem};
use crate::search::Limits;
use asymptotic::PValues;

/// A difference of two minima that is less than this below 0 is rounding.
const ROUNDING: f64 = 1e-9;

/// One tested value of the parameter of interest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// The tested value.
    pub value: f64,
    /// q~ of the data.
    pub statistic: f64,
    /// q~ of the Asimov data without signal.
    pub asimov: f64,
    /// p-values of the data.
    pub p: PValues,
    /// CLs expected for background at -2 … +2 standard deviations.
    pub expected: [f64; 5],
}

/// Evidence for a signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Discovery {
    /// q0 of the data.
    pub statistic: f64,
    /// Its p-value.
    pub p: f64,
    /// Its significance in standard deviations, never negative.
    pub significance: f64,
    /// q0 of the Asimov data with the signal at 1.
    pub expected_statistic: f64,
    /// Median p-value with the signal at 1.
    pub expected_p: f64,
    /// Median significance with the signal at 1.
    pub expected_significance: f64,
}

/// Data with everything that was fitted to them; fits start where the ones before ended.
pub(crate) struct Profiled<'a> {
    problem: Problem<'a>,
    others: Problem<'a>,
    poi: usize,
    best: Point,
    errors: Errors,
    /// Profiled points, by value of the parameter of interest.
    known: Vec<Point>,
    limits: Limits,
}

impl<'a> Profiled<'a> {
    /// Fits all parameters.
    pub(crate) fn new(model: &'a dyn Likelihood, poi: usize, start: &[f64], limits: Limits) -> Result<Self, NoResult> {
        let problem = Problem::new(model);
        let best = minimum(&problem, start, limits)?;
        let errors = errors_at(&problem, &best);
        let others = problem.holding(poi);
        Ok(Self { problem, others, poi, best, errors, known: Vec::new(), limits })
    }

    /// Best value of the parameter of interest.
    pub(crate) fn best(&self) -> f64 {
        self.best.x[self.poi]
    }

    /// -ln L at the best point.
    pub(crate) fn lowest(&self) -> f64 {
        self.best.value
    }

    /// Error of the parameter of interest, where it has one.
    pub(crate) fn error(&self) -> Option<f64> {
        let place = self.errors.place(self.poi)?;
        Some(self.errors.variance(place).sqrt()).filter(|error| *error > 0.0 && error.is_finite())
    }

    /// The point with the parameter of interest held at `value` and all others at their best.
    pub(crate) fn at(&mut self, value: f64) -> Result<Point, NoResult> {
        if let Some(point) = self.known.iter().find(|point| point.x[self.poi] == value) {
            return Ok(point.clone());
        }
        let mut point = minimum(&self.others, &self.start(value), self.limits)?;
        if point.value < self.best.value - ROUNDING * (1.0 + self.best.value.abs()) {
            // The first minimum was not the lowest one: the search goes on from the lower point.
            let lower = minimum(&self.problem, &point.x, self.limits)?;
            self.errors = errors_at(&self.problem, &lower);
            self.best = lower;
            point = minimum(&self.others, &self.start(value), self.limits)?;
        }
        let point = point.bare();
        self.known.push(point.clone());
        Ok(point)
    }

    /// 2 [L(value) - L(best)], and its derivative (the others are at their best, so only the explicit one counts).
    pub(crate) fn rise(&mut self, value: f64) -> Result<(f64, f64), NoResult> {
        let point = self.at(value)?;
        Ok(((2.0 * (point.value - self.best.value)).max(0.0), 2.0 * point.gradient[self.poi]))
    }

    /// q~ and its derivative.
    pub(crate) fn statistic(&mut self, value: f64) -> Result<(f64, f64), NoResult> {
        if self.best() > value { Ok((0.0, 0.0)) } else { self.rise(value) }
    }

    /// The nearest profiled point, moved as its neighbour or the covariance expects.
    fn start(&self, value: f64) -> Vec<f64> {
        let distance = |point: &&Point| (point.x[self.poi] - value).abs();
        let nearest = self.known.iter().chain([&self.best]).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let mut x = nearest.expect("invariant: the minimum is there").x.clone();
        let offset = value - x[self.poi];
        if let Some(place) = self.errors.place(self.poi) {
            let (variance, column) = (self.errors.variance(place), self.errors.covariances(place));
            for (other, &index) in self.errors.free.iter().enumerate() {
                let parameter = self.problem.parameter(index);
                let moved = x[index] + column[other] / variance * offset;
                if moved.is_finite() {
                    x[index] = moved.clamp(parameter.lower, parameter.upper);
                }
            }
        }
        x[self.poi] = value;
        if self.problem.likelihood.nll(&x).is_finite() {
            return x;
        }
        let mut x = self.best.x.clone();
        x[self.poi] = value;
        x
    }
}

/// Tests of one parameter of a model on its data and on the Asimov data without signal.
pub struct Tests<'a> {
    poi: usize,
    data: Profiled<'a>,
    asimov: Profiled<'a>,
}

impl std::fmt::Debug for Tests<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tests(best {})", self.data.best())
    }
}

/// The Asimov data of a model without signal: expectations, main and auxiliary, at the profiled point of `poi` = 0.
///
/// # Errors
/// If the profile has no minimum.
pub fn without_signal<M: Experiment>(model: &M, poi: usize, options: &Options) -> Result<M, NoResult> {
    with_signal(model, poi, 0.0, options)
}

fn with_signal<M: Experiment>(model: &M, poi: usize, strength: f64, options: &Options) -> Result<M, NoResult> {
    let others = Problem::new(model).holding(poi);
    let mut start = crate::minimise::start(model.parameters(), options);
    start[poi] = strength;
    let point = minimum(&others, &start, options.limits())?;
    let asimov = model.expecting(&point.x).map_err(NoResult)?;
    Ok(asimov.starting_at(&point.x))
}

/// Where the fits of a likelihood start.
fn starts(likelihood: &dyn Likelihood) -> Vec<f64> {
    likelihood.parameters().iter().map(|parameter| parameter.start).collect()
}

impl<'a> Tests<'a> {
    /// Fits `model` and `asimov` (see [`without_signal`]) once.
    ///
    /// # Errors
    /// If one of them has no minimum.
    pub fn new(model: &'a dyn Likelihood, asimov: &'a dyn Likelihood, poi: usize, options: &Options) -> Result<Self, NoResult> {
        let start = crate::minimise::start(model.parameters(), options);
        let data = Profiled::new(model, poi, &start, options.limits())?;
        let asimov = Profiled::new(asimov, poi, &starts(asimov), options.limits())?;
        Ok(Self { poi, data, asimov })
    }

    /// Index of the parameter of interest.
    pub fn poi(&self) -> usize {
        self.poi
    }

    /// Its best value.
    pub fn best(&self) -> f64 {
        self.data.best()
    }

    /// Tests one value.
    ///
    /// # Errors
    /// If a profile has no minimum.
    pub fn test(&mut self, value: f64) -> Result<Tested, NoResult> {
        let (statistic, _) = self.data.statistic(value)?;
        let (asimov, _) = self.asimov.rise(value)?;
        Ok(Tested {
            value,
            statistic,
            asimov,
            p: asymptotic::p_values(statistic, asimov),
            expected: asymptotic::expected_cls(asimov),
        })
    }
}

/// Evidence for a signal in the data, and what is expected with the signal at 1.
///
/// # Errors
/// If a fit has no minimum.
pub fn discovery<M: Experiment>(model: &M, poi: usize, options: &Options) -> Result<Discovery, NoResult> {
    let start = crate::minimise::start(model.parameters(), options);
    let mut data = Profiled::new(model, poi, &start, options.limits())?;
    let q0 = |data: &mut Profiled<'_>| if data.best() < 0.0 { Ok(0.0) } else { data.rise(0.0).map(|(rise, _)| rise) };
    let statistic = q0(&mut data)?;
    let asimov = with_signal(model, poi, 1.0, options)?;
    let expected_statistic = q0(&mut Profiled::new(&asimov, poi, &starts(&asimov), options.limits())?)?;
    let (p, expected_p) = (asymptotic::discovery_p_value(statistic), asymptotic::discovery_p_value(expected_statistic));
    Ok(Discovery {
        statistic,
        p,
        significance: statistic.sqrt(),
        expected_statistic,
        expected_p,
        expected_significance: expected_statistic.sqrt(),
    })
}
