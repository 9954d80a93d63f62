//! Impacts of nuisance parameters on the parameter of interest.

use germane_models::{Likelihood, Model};

use crate::fit::Fit;
use crate::minimise::{Options, errors_at};
use crate::minimum::{NoResult, minimum};
use crate::point::Problem;

/// How an impact is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Fits with the parameter held at its best value plus and minus an error.
    Refit,
    /// From the covariance at the minimum.
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
    /// Shifts for the error before the fit, up and down; none without constraint.
    pub prefit: Option<[f64; 2]>,
    /// Shifts for the error after the fit, up and down.
    pub postfit: [f64; 2],
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
    /// Parameters whose refits ended without a minimum, with the reason.
    pub failed: Vec<(String, String)>,
}

/// Impacts of all free parameters on the parameter with index `poi`, around a fit of `model`.
///
/// # Errors
/// If the fit is not valid, or `poi` is fixed or at a bound, where impacts have no meaning for [`Kind::Covariance`].
pub fn ranking(model: &Model, poi: usize, fit: &Fit, kind: Kind, options: &Options) -> Result<Ranking, NoResult> {
    if !fit.is_valid() {
        return Err(NoResult(format!("the fit is not valid ({}): {}", fit.state.word(), fit.reason)));
    }
    let problem = Problem::new(model);
    let best = problem.at(fit.values());
    let errors = errors_at(&problem, &best);
    let name = &model.parameters()[poi].name;
    if kind == Kind::Covariance && errors.place(poi).is_none() {
        return Err(NoResult(format!("{name} is fixed or at a bound: the covariance does not know how it would move")));
    }
    let mut ranking = Ranking {
        poi: name.clone(),
        value: best.x[poi],
        error: fit.parameter(name).and_then(|parameter| parameter.error),
        rows: Vec::new(),
        failed: Vec::new(),
    };
    for &index in problem.moving.iter().filter(|&&index| index != poi) {
        let parameter = &model.parameters()[index];
        let Some(place) = errors.place(index) else {
            ranking.failed.push((parameter.name.clone(), "at a bound".to_owned()));
            continue;
        };
        let error = errors.variance(place).sqrt();
        let width = parameter.constraint.map(|constraint| constraint.width());
        let column = errors.covariances(place);
        let per_sigma = errors.place(poi).map(|other| column[other] / error);
        let shifts = |size: f64| -> Result<[f64; 2], String> {
            if kind == Kind::Covariance {
                let shift = per_sigma.unwrap_or(0.0) * size / error;
                return Ok([shift, -shift]);
            }
            let others = problem.holding(index);
            let mut result = [0.0; 2];
            for (shift, sign) in result.iter_mut().zip([1.0, -1.0]) {
                let moved = (best.x[index] + sign * size).clamp(parameter.lower, parameter.upper);
                let mut start = best.x.clone();
                for (other, &at) in errors.free.iter().enumerate() {
                    let bounds = problem.parameter(at);
                    let slope = column[other] / (error * error);
                    start[at] = (start[at] + slope * (moved - best.x[index])).clamp(bounds.lower, bounds.upper);
                }
                start[index] = moved;
                let point = minimum(&others, &start, options.limits());
                let point = point.map_err(|reason| format!("with it held at {moved}: {reason}"))?;
                *shift = point.x[poi] - best.x[poi];
            }
            Ok(result)
        };
        let both = shifts(error).and_then(|postfit| Ok((postfit, width.map(&shifts).transpose()?)));
        match both {
            Ok((postfit, prefit)) => ranking.rows.push(Impact {
                name: parameter.name.clone(),
                value: best.x[index],
                error,
                pull: fit.parameters[index].pull,
                prefit,
                postfit,
            }),
            Err(reason) => ranking.failed.push((parameter.name.clone(), reason)),
        }
    }
    let size = |impact: &Impact| impact.postfit[0].abs().max(impact.postfit[1].abs());
    ranking.rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
    Ok(ranking)
}
