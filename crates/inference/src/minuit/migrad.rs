//! MIGRAD: a variable-metric search with an inexact search along each line.
//!
//! F. James and M. Roos, Comput. Phys. Commun. 10 (1975) 343. Its rule for the end: the estimated distance to the minimum,
//! enlarged by what is not known of the matrix, is below 0.002 · tolerance · 0.5; ten times that is still good.

use germane_numerics::dense::dot;

use super::Slopes;
use super::hesse::hesse;
use super::line;
use super::matrix::ErrorMatrix;
use super::objective::Objective;
use super::precision::{EPS, EPS2};
use super::state::{State, derivatives};
use super::strategy::Strategy;

/// What a search ended in.
#[derive(Clone, Debug)]
pub(super) struct Minimum {
    pub(super) state: State,
    pub(super) above_max_edm: bool,
    pub(super) reached_call_limit: bool,
    /// Steps of the search.
    pub(super) iterations: usize,
}

impl Minimum {
    pub(super) fn is_valid(&self) -> bool {
        !self.above_max_edm && !self.reached_call_limit && self.state.is_usable()
    }
}

/// Searches from a state until the distance is below `goal`, or after about `limit` calls.
pub(super) fn migrad(objective: &Objective<'_>, seed: State, how: (Strategy, Slopes), goal: f64, limit: usize) -> Minimum {
    let mut state = seed;
    let mut iterations = 0;
    let (mut limit, mut first) = (limit, true);
    loop {
        let mut minimum = descend(objective, state, how, goal, limit);
        iterations += minimum.iterations;
        minimum.iterations = iterations;
        if minimum.reached_call_limit || (!first && !minimum.is_valid()) {
            return minimum;
        }
        state = minimum.state;
        let mut again = false;
        if how.0.verifies(state.matrix.inaccuracy) {
            state = hesse(objective, &state, how.0, limit);
            again = state.edm > goal && state.edm >= (EPS2 * state.value).abs();
        }
        if !again {
            return Minimum { above_max_edm: state.edm > 10.0 * goal, state, reached_call_limit: false, iterations };
        }
        if first {
            limit += 3 * limit / 10;
        }
        first = false;
    }
}

/// Steps along lines, each followed by an update of the matrix.
fn descend(objective: &Objective<'_>, mut state: State, how: (Strategy, Slopes), goal: f64, limit: usize) -> Minimum {
    let mut iterations = 0;
    let end = |state: State, above_max_edm: bool, reached_call_limit: bool, iterations: usize| Minimum {
        state,
        above_max_edm,
        reached_call_limit,
        iterations,
    };
    let mut distance = state.edm;
    loop {
        let mut step = state.matrix.step(&state.gradient.slopes);
        let mut slope = dot(&step, &state.gradient.slopes);
        if dot(&step, &step) == 0.0 {
            break;
        }
        if slope > 0.0 {
            state.matrix = state.matrix.positive();
            step = state.matrix.step(&state.gradient.slopes);
            slope = dot(&step, &state.gradient.slopes);
            if slope > 0.0 {
                break;
            }
        }
        let along = line::lowest(objective, &state.u, state.value, &step, slope);
        if (along.value - state.value).abs() <= state.value.abs() * EPS {
            state.value = state.value.min(along.value);
            break;
        }
        iterations += 1;
        let moved: Vec<f64> = step.iter().map(|value| along.length * value).collect();
        let u: Vec<f64> = state.u.iter().zip(&moved).map(|(u, step)| u + step).collect();
        let gradient = derivatives(objective, &u, along.value, &state.gradient, how);
        let mut edm = state.matrix.edm(&gradient.slopes);
        if edm < 0.0 {
            state.matrix = state.matrix.positive();
            edm = state.matrix.edm(&gradient.slopes);
        }
        if !(edm >= 0.0) {
            break;
        }
        let change: Vec<f64> = gradient.slopes.iter().zip(&state.gradient.slopes).map(|(new, old)| new - old).collect();
        let matrix: ErrorMatrix = state.matrix.updated(&moved, &change);
        distance = edm * (1.0 + 3.0 * matrix.inaccuracy);
        state = State { u, value: along.value, gradient, matrix, edm };
        if distance <= goal || objective.calls() >= limit {
            break;
        }
    }
    if objective.calls() >= limit {
        return end(state, false, true, iterations);
    }
    let blind = distance < (EPS2 * state.value).abs();
    let above = distance > goal && !blind && distance >= 10.0 * goal;
    end(state, above, false, iterations)
}
