//! What Minuit says, as the document of a fit with the flags of iminuit.

use serde::Serialize;

use super::coordinates::Coordinates;
use super::matrix::Status;
use super::migrad::Minimum;
use super::minos::End;
use super::objective::UP;
use super::{Settings, Slopes};
use crate::certificate::Certificate;
use crate::fit::{Bound, Covariance, Fit, FittedParameter, State, number};
use crate::minimise::goodness;
use crate::point::Problem;

/// The part `minuit` of the document of a fit; names as in iminuit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// 0, 1 or 2.
    pub strategy: u8,
    /// Tolerance.
    pub tolerance: f64,
    /// Distance to the minimum below which MIGRAD ends.
    pub edm_goal: f64,
    /// Whether the gradient was the exact one.
    pub exact_gradient: bool,
    /// How often -ln L was evaluated, by HESSE and MINOS as well.
    pub nfcn: usize,
    /// How often MIGRAD may evaluate it.
    pub call_limit: usize,
    /// The minimum can be used: there is a matrix, the distance is below ten times the goal, the calls sufficed.
    pub is_valid: bool,
    /// All values are numbers.
    pub has_valid_parameters: bool,
    /// The last updates have changed less than a tenth of the covariance, or HESSE has found it.
    pub has_accurate_covar: bool,
    /// The matrix was positive definite as it was found.
    pub has_posdef_covar: bool,
    /// It was made so.
    pub has_made_posdef_covar: bool,
    /// HESSE has not found the second derivatives.
    pub hesse_failed: bool,
    /// There is a matrix.
    pub has_covariance: bool,
    /// The distance is above ten times the goal.
    pub is_above_max_edm: bool,
    /// The calls did not suffice.
    pub has_reached_call_limit: bool,
    /// A parameter is nearer to a bound than half its error.
    pub has_parameters_at_limit: bool,
    /// What MINOS says, by parameter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub minos: Vec<MinosInterval>,
}

/// An interval of MINOS; at a bound its end is the bound.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MinosInterval {
    /// Parameter.
    pub name: String,
    /// Signed distance from the minimum below.
    #[serde(serialize_with = "number")]
    pub lower: f64,
    /// Above.
    #[serde(serialize_with = "number")]
    pub upper: f64,
    /// Both ends were found, or are bounds.
    pub is_valid: bool,
    /// The profile does not rise by 1/2 above the lower bound.
    pub at_lower_limit: bool,
    /// Nor below the upper one.
    pub at_upper_limit: bool,
    /// A lower minimum was found on the way.
    pub new_minimum: bool,
}

/// What the document says beside the minimum.
pub(super) struct Extras<'a> {
    pub(super) intervals: Vec<(usize, [End; 2])>,
    pub(super) calls: usize,
    pub(super) limit: usize,
    pub(super) settings: &'a Settings,
}

pub(super) fn document(
    problem: &Problem<'_>,
    coordinates: &Coordinates,
    minimum: &Minimum,
    start: &[f64],
    extras: Extras<'_>,
) -> Fit {
    let state = &minimum.state;
    let x = coordinates.all(&state.u);
    let errors = state.errors(coordinates);
    let place = |index: usize| coordinates.moving.iter().position(|&known| known == index);
    let bound = |index: usize| {
        let (parameter, error) = (problem.parameter(index), errors[place(index)?]);
        let [below, above] = [x[index] - parameter.lower, parameter.upper - x[index]];
        (below.min(above) < 0.5 * error).then_some(if below <= above { Bound::Lower } else { Bound::Upper })
    };
    let at_limit: Vec<usize> = problem.moving.iter().copied().filter(|&index| bound(index).is_some()).collect();
    let status = state.matrix.status;
    let report = Report {
        strategy: extras.settings.strategy.number(),
        tolerance: extras.settings.tolerance,
        edm_goal: extras.settings.goal(),
        exact_gradient: extras.settings.slopes == Slopes::Exact,
        nfcn: extras.calls,
        call_limit: extras.limit,
        is_valid: minimum.is_valid(),
        has_valid_parameters: x.iter().all(|value| value.is_finite()),
        has_accurate_covar: status == Status::Found && state.matrix.inaccuracy < 0.1,
        has_posdef_covar: status == Status::Found,
        has_made_posdef_covar: status == Status::MadePositive,
        hesse_failed: status == Status::HesseFailed,
        has_covariance: true,
        is_above_max_edm: minimum.above_max_edm,
        has_reached_call_limit: minimum.reached_call_limit,
        has_parameters_at_limit: !at_limit.is_empty(),
        minos: extras.intervals.iter().map(|(index, ends)| interval(problem, *index, ends)).collect(),
    };
    let minos = |index: usize| {
        let (_, ends) = extras.intervals.iter().find(|(known, _)| *known == index)?;
        Some(ends.map(|end| (end.is_valid && !end.at_limit).then_some(end.distance)))
    };
    let parameters = (0..x.len()).map(|index| FittedParameter {
        value: x[index],
        error: place(index).map(|place| errors[place]).filter(|error| error.is_finite()),
        minos: minos(index),
        at_bound: bound(index),
        ..FittedParameter::unfitted(problem.parameter(index), x[index], start[index], place(index).is_none())
    });
    let point = problem.at(x.clone());
    // What a bound holds says nothing of the rest.
    let outwards = |index: usize, side: Bound| (point.gradient[index] > 0.0) == (side == Bound::Lower);
    let held: Vec<(usize, Bound)> = at_limit
        .iter()
        .filter_map(|&index| Some((index, bound(index)?)))
        .filter(|&(index, side)| outwards(index, side))
        .collect();
    let (certificate, _) = Certificate::new(problem, &point, &held, minimum.iterations);
    let names = |list: &[usize]| list.iter().map(|&index| problem.parameter(index).name.as_str()).collect::<Vec<_>>().join(", ");
    let (verdict, reason) = if report.is_valid && report.has_parameters_at_limit {
        (State::ValidAtBound, format!("{} nearer to a bound than half the error", names(&at_limit)))
    } else if report.is_valid {
        (State::Valid, String::new())
    } else if report.has_reached_call_limit {
        (State::LimitReached, format!("MIGRAD found no minimum within {} evaluations (edm {:.1e})", extras.limit, state.edm))
    } else if report.is_above_max_edm {
        (State::LimitReached, format!("MIGRAD ended at an edm of {:.1e}, above ten times {:.1e}", state.edm, report.edm_goal))
    } else {
        (State::LimitReached, "HESSE found no second derivatives that can be inverted".to_owned())
    };
    Fit {
        germane_fit: 1,
        state: verdict,
        reason,
        nll: state.value,
        edm: state.edm,
        entries: problem.likelihood.entries(),
        parameters: parameters.collect(),
        covariance: covariance(problem, coordinates, minimum),
        goodness: report.is_valid.then(|| goodness(problem, &x, state.value)).flatten(),
        certificate,
        chosen: None,
        minuit: Some(report),
    }
}

/// The document of a fit whose start has no likelihood.
pub(super) fn undefined(problem: &Problem<'_>, start: &[f64]) -> Fit {
    // The other minimiser refuses it with the same words.
    let options = crate::Options { start: Some(start.to_vec()), ..crate::Options::default() };
    crate::minimise(problem.likelihood, &options)
}

fn interval(problem: &Problem<'_>, index: usize, [low, high]: &[End; 2]) -> MinosInterval {
    MinosInterval {
        name: problem.parameter(index).name.clone(),
        lower: low.distance,
        upper: high.distance,
        is_valid: low.is_valid && high.is_valid,
        at_lower_limit: low.at_limit,
        at_upper_limit: high.at_limit,
        new_minimum: low.new_minimum || high.new_minimum,
    }
}

/// The covariance of the values, from that of the internal coordinates and the slopes there.
fn covariance(problem: &Problem<'_>, coordinates: &Coordinates, minimum: &Minimum) -> Covariance {
    let state = &minimum.state;
    let slopes: Vec<f64> = state.u.iter().enumerate().map(|(place, &u)| coordinates.slope(place, u)).collect();
    let size = slopes.len();
    let entry = |i: usize, j: usize| 2.0 * UP * slopes[i] * state.matrix.inverse[(i, j)] * slopes[j];
    Covariance {
        names: coordinates.moving.iter().map(|&index| problem.parameter(index).name.clone()).collect(),
        values: (0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect(),
        complete: true,
    }
}
