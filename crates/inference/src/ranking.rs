//! Impacts of nuisance parameters on the parameter of interest: single ones and groups.

mod group;
mod profile;
mod shifted;

use std::sync::OnceLock;

use germane_models::{Constraint, Likelihood};
use germane_numerics::Executor;

pub use group::GroupImpact;

use crate::errors::Errors;
use crate::fit::Fit;
use crate::minimise::{Options, errors_at};
use crate::minimum::{NoResult, minimum};
use crate::nearby::{Anchor, nearby};
use crate::point::{Point, Problem};
use profile::Profile;

/// How impacts are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In every way: fits with parameters held and with shifted measurements, and the covariance.
    Refit,
    /// From the covariance at the minimum alone.
    Covariance,
}

/// Impact of one parameter: shifts of the parameter of interest.
#[derive(Clone, Debug, PartialEq)]
pub struct Impact {
    /// Name of the parameter.
    pub name: String,
    /// Its best value.
    pub value: f64,
    /// Its error after the fit.
    pub error: f64,
    /// Distance from its auxiliary measurement in units of that one's width.
    pub pull: Option<f64>,
    /// Shifts when it is held an error of its constraint up and down; none without constraint.
    pub prefit: Option<[f64; 2]>,
    /// Shifts when it is held an error of the fit up and down.
    pub postfit: [f64; 2],
    /// Shift for an error of the fit in linear approximation, from the covariance.
    pub covariance: f64,
    /// Shifts when its auxiliary measurement is a standard deviation higher and lower; none without constraint.
    pub auxiliary: Option<[f64; 2]>,
}

/// All impacts, the largest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// Name of the parameter of interest.
    pub poi: String,
    /// Its best value.
    pub value: f64,
    /// Its error.
    pub error: Option<f64>,
    /// One a nuisance parameter.
    pub rows: Vec<Impact>,
    /// One a group, in the order in which they were asked for; none where the parameter of interest has no error.
    pub groups: Vec<GroupImpact>,
    /// Parameters whose refits ended without a minimum, with the reason.
    pub failed: Vec<(String, String)>,
}

/// A named set of parameters, by their indices.
pub type Group = (String, Vec<usize>);

/// Parameters that one task works on.
const TOGETHER: usize = 8;

/// Refits near to the minimum go so far that shifts are right to 1e-7 of an error: the last step is not checked any more.
const EDM: f64 = 1e-12;

/// Impacts of all free parameters and of `groups` of them on the parameter with index `poi`, around a fit of `likelihood`. The
/// numbers do not depend on the threads of `executor`.
///
/// # Errors
/// If the fit is not valid, or `poi` is fixed or at a bound, where impacts have no meaning for [`Kind::Covariance`].
pub fn ranking(
    likelihood: &dyn Likelihood,
    poi: usize,
    fit: &Fit,
    kind: Kind,
    groups: &[Group],
    options: &Options,
    executor: &dyn Executor,
) -> Result<Ranking, NoResult> {
    if !fit.is_valid() {
        return Err(NoResult(format!("the fit is not valid ({}): {}", fit.state.word(), fit.reason)));
    }
    let centre = Centre::new(likelihood, poi, fit, kind, options);
    let name = &likelihood.parameters()[poi].name;
    if kind == Kind::Covariance && centre.errors.place(poi).is_none() {
        return Err(NoResult(format!("{name} is fixed or at a bound: the covariance does not know how it would move")));
    }
    let moving = centre.problem.settled(&centre.best.x).moving;
    let nuisances: Vec<usize> = moving.into_iter().filter(|&index| index != poi).collect();
    let tasks: Vec<&[usize]> = nuisances.chunks(TOGETHER).collect();
    let done: Vec<OnceLock<Vec<Result<Impact, String>>>> = tasks.iter().map(|_| OnceLock::new()).collect();
    executor.run(tasks.len(), &|task| {
        let _ = done[task].set(tasks[task].iter().map(|&index| centre.impact(index)).collect());
    });
    let impacts = done.into_iter().filter_map(OnceLock::into_inner).flatten();
    let (mut rows, mut failed) = (Vec::new(), Vec::new());
    for (&index, impact) in nuisances.iter().zip(impacts) {
        match impact {
            Ok(impact) => rows.push(impact),
            Err(reason) => failed.push((likelihood.parameters()[index].name.clone(), reason)),
        }
    }
    let size = |impact: &Impact| impact.postfit[0].abs().max(impact.postfit[1].abs());
    rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
    Ok(Ranking {
        poi: name.clone(),
        value: centre.best.x[poi],
        error: fit.parameter(name).and_then(|parameter| parameter.error),
        rows,
        groups: group::impacts(&centre.errors, likelihood.parameters(), poi, groups),
        failed,
    })
}

/// The minimum, from which everything is measured.
struct Centre<'a> {
    problem: Problem<'a>,
    poi: usize,
    fit: &'a Fit,
    kind: Kind,
    options: &'a Options,
    best: Point,
    errors: Errors,
    anchor: Option<Anchor>,
}

impl<'a> Centre<'a> {
    fn new(likelihood: &'a dyn Likelihood, poi: usize, fit: &'a Fit, kind: Kind, options: &'a Options) -> Self {
        let problem = Problem::new(likelihood);
        let best = problem.at(fit.values());
        let errors = errors_at(&problem, &best);
        let anchor = Anchor::new(best.solved(&errors.free));
        Self { problem, poi, fit, kind, options, best, errors, anchor }
    }

    fn impact(&self, index: usize) -> Result<Impact, String> {
        let parameter = self.problem.parameter(index);
        let place = self.errors.place(index).ok_or("at a bound")?;
        let error = self.errors.variance(place).sqrt();
        let width = parameter.constraint.map(|constraint| constraint.width());
        // Without a place of its own the parameter of interest is at a bound and stays there.
        let covariance = self.errors.place(self.poi).map_or(0.0, |other| self.errors.covariances(place)[other] / error);
        let linear = |size: f64| [covariance * size / error, -covariance * size / error];
        let (postfit, prefit, auxiliary) = match self.kind {
            Kind::Covariance => (linear(error), width.map(linear), width.map(|width| linear(error * error / width))),
            Kind::Refit => {
                let mut profile = Profile::new(self, index);
                let mut both = |size: f64| -> Result<[f64; 2], String> { Ok([profile.held(size)?, profile.held(-size)?]) };
                let (postfit, prefit) = (both(error)?, width.map(&mut both).transpose()?);
                let shifts = |constraint: Constraint| {
                    // In linear approximation the parameter itself moves by a part of its measurement.
                    let by = error * error / constraint.width();
                    Ok::<_, String>([profile.remeasured(constraint, 1.0, by)?, profile.remeasured(constraint, -1.0, -by)?])
                };
                (postfit, prefit, parameter.constraint.map(shifts).transpose()?)
            }
        };
        Ok(Impact {
            name: parameter.name.clone(),
            value: self.best.x[index],
            error,
            pull: self.fit.parameters[index].pull,
            prefit,
            postfit,
            covariance,
            auxiliary,
        })
    }

    /// The minimum of a fit beside the best one.
    fn refit(&self, problem: &Problem<'_>, anchor: Option<&Anchor>, start: Vec<f64>) -> Result<Vec<f64>, NoResult> {
        match anchor.and_then(|anchor| nearby(problem, start.clone(), anchor, EDM)) {
            Some(near) => Ok(near.x),
            None => Ok(minimum(problem, &start, self.options.limits())?.x),
        }
    }
}
