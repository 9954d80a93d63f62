//! Where MIGRAD is, with what it knows there.

use super::coordinates::Coordinates;
use super::gradient::{self, Gradient};
use super::line;
use super::matrix::{ErrorMatrix, Status};
use super::objective::{Objective, UP};
use super::strategy::Strategy;
use super::{Slopes, hesse};

#[derive(Clone, Debug)]
pub(super) struct State {
    /// Internal coordinates.
    pub(super) u: Vec<f64>,
    pub(super) value: f64,
    pub(super) gradient: Gradient,
    pub(super) matrix: ErrorMatrix,
    /// Estimated distance of -ln L to its minimum.
    pub(super) edm: f64,
}

/// The derivatives at a point, in the way that was asked for. Exact slopes keep the second derivatives of before.
pub(super) fn derivatives(
    objective: &Objective<'_>,
    u: &[f64],
    value: f64,
    before: &Gradient,
    (strategy, slopes): (Strategy, Slopes),
) -> Gradient {
    match slopes {
        Slopes::Numerical => gradient::numerical(objective, u, value, before, strategy),
        Slopes::Exact => Gradient { slopes: objective.slopes(u), ..before.clone() },
    }
}

impl State {
    /// Whether its matrix gives errors.
    pub(super) fn is_usable(&self) -> bool {
        matches!(self.matrix.status, Status::Found | Status::MadePositive) && self.u.iter().all(|value| value.is_finite())
    }

    /// Errors of the moving parameters.
    pub(super) fn errors(&self, coordinates: &Coordinates) -> Vec<f64> {
        let error = |place: usize| {
            let du = (2.0 * UP * self.matrix.inverse[(place, place)]).sqrt();
            coordinates.error(place, self.u[place], du)
        };
        (0..self.u.len()).map(error).collect()
    }

    /// The state from which MIGRAD starts; `errors` are guesses of the errors of the moving parameters.
    pub(super) fn seed(
        objective: &Objective<'_>,
        mut u: Vec<f64>,
        errors: &[f64],
        (strategy, slopes): (Strategy, Slopes),
    ) -> Self {
        let mut value = objective.value(&u);
        let guess = gradient::guess(objective, &u, errors);
        // The second derivatives of the seed are numerical ones also beside exact slopes.
        let numerical = gradient::numerical(objective, &u, value, &guess, strategy);
        let mut gradient = match slopes {
            Slopes::Numerical => numerical,
            Slopes::Exact => Gradient { slopes: objective.slopes(&u), ..numerical },
        };
        // Where -ln L bends down, its lowest point along that coordinate is looked for first.
        for _ in 0..=2 * u.len() {
            let falls = |&place: &usize| gradient.curves[place] <= 0.0 && gradient.slopes[place] != 0.0;
            let Some(place) = (0..u.len()).find(falls) else { break };
            let mut step = vec![0.0; u.len()];
            // The line search reaches no further than so many steps: about as far as -ln L bends.
            let (slope, curve) = (gradient.slopes[place], gradient.curves[place]);
            let length = gradient.steps[place].max(if curve < 0.0 { 0.1 * (slope / curve).abs() } else { 0.0 });
            let length = if objective.coordinates.has_bounds(place) { length.min(gradient::LONGEST) } else { length };
            step[place] = -length.copysign(slope);
            let along = line::lowest(objective, &u, value, &step, step[place] * gradient.slopes[place]);
            u[place] += along.length * step[place];
            value = along.value;
            gradient = gradient::numerical(objective, &u, value, &gradient, strategy);
        }
        let matrix = ErrorMatrix::diagonal(&gradient);
        let state = Self { edm: matrix.edm(&gradient.slopes), u, value, gradient, matrix };
        if strategy == Strategy::Careful { hesse::hesse(objective, &state, strategy, 0) } else { state }
    }
}
