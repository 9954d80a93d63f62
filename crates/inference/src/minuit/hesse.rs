//! HESSE: second derivatives by finite differences of -ln L, and their inverse.
//!
//! F. James, MINUIT reference manual, HESSE.

use germane_numerics::dense::Matrix;

use super::gradient::{Gradient, LONGEST};
use super::matrix::{ErrorMatrix, Status, inverse, made_positive};
use super::objective::{Objective, UP};
use super::precision::{EPS, EPS2};
use super::state::State;
use super::strategy::Strategy;

/// The state with the matrix of exact second derivatives; if they cannot be found, with one of the diagonal alone.
pub(super) fn hesse(objective: &Objective<'_>, state: &State, strategy: Strategy, calls: usize) -> State {
    let size = state.u.len();
    let limit = objective.calls() + if calls == 0 { super::call_limit(size) } else { calls };
    let mut hessian = Matrix::zeros(size, size);
    let mut diagonal = Diagonal { gradient: state.gradient.clone(), above: vec![0.0; size] };
    for place in 0..size {
        let found = diagonal.find(objective, state, place, strategy);
        if !found || objective.calls() > limit {
            return failed(state, diagonal.gradient, Status::HesseFailed);
        }
        hessian[(place, place)] = diagonal.gradient.curves[place];
    }
    let mut gradient = diagonal.gradient.clone();
    if strategy != Strategy::Fast {
        refine(objective, state, &mut gradient, strategy);
    }
    let steps = &diagonal.gradient.steps;
    let mut u = state.u.clone();
    for i in 0..size {
        u[i] += steps[i];
        for j in i + 1..size {
            u[j] += steps[j];
            let mixed = objective.value(&u) + state.value - diagonal.above[i] - diagonal.above[j];
            hessian[(i, j)] = mixed / (steps[i] * steps[j]);
            hessian[(j, i)] = hessian[(i, j)];
            u[j] = state.u[j];
        }
        u[i] = state.u[i];
    }
    let made = made_positive(&hessian);
    let status = if made.is_some() { Status::MadePositive } else { Status::Found };
    let Some(inverse) = inverse(made.as_ref().unwrap_or(&hessian)) else {
        return failed(state, gradient, Status::NotInverted);
    };
    let matrix = ErrorMatrix { inverse, inaccuracy: if status == Status::Found { 0.0 } else { 1.0 }, status };
    State { edm: matrix.edm(&gradient.slopes), matrix, gradient, ..state.clone() }
}

fn failed(state: &State, gradient: Gradient, status: Status) -> State {
    let matrix = ErrorMatrix { status, ..ErrorMatrix::diagonal(&gradient) };
    State { gradient, matrix, ..state.clone() }
}

/// The second derivatives along the coordinates.
struct Diagonal {
    gradient: Gradient,
    /// -ln L one step above, along each coordinate.
    above: Vec<f64>,
}

impl Diagonal {
    /// Finds that of one coordinate with a step that lifts -ln L above its rounding; false if it is 0 for every step.
    fn find(&mut self, objective: &Objective<'_>, state: &State, place: usize, strategy: Strategy) -> bool {
        let refinement = strategy.hessian();
        let bounded = objective.coordinates.has_bounds(place);
        let wanted = EPS2.sqrt() * (state.value.abs() + UP);
        let here = state.u[place];
        let shortest = 8.0 * EPS2 * (here.abs() + EPS2);
        let mut step = self.gradient.steps[place].abs().max(shortest);
        for _ in 0..refinement.cycles {
            let Some((above, below, used)) = lifted(objective, state, place, step, bounded) else { return false };
            step = used;
            let before = self.gradient.curves[place];
            let sag = 0.5 * (above + below - 2.0 * state.value);
            let curve = 2.0 * sag / (step * step);
            self.gradient.curves[place] = curve;
            self.gradient.slopes[place] = (above - below) / (2.0 * step);
            self.gradient.steps[place] = step;
            self.above[place] = above;
            let mut next = (2.0 * wanted / curve.abs()).sqrt();
            if bounded {
                next = next.min(LONGEST);
            }
            next = next.max(shortest);
            if ((next - step) / next).abs() < refinement.step || ((curve - before) / curve).abs() < refinement.derivative {
                break;
            }
            step = next.clamp(0.1 * step, 10.0 * step);
        }
        true
    }
}

/// -ln L above and below by a step that is large enough to see it bend, and that step.
fn lifted(objective: &Objective<'_>, state: &State, place: usize, mut step: f64, bounded: bool) -> Option<(f64, f64, f64)> {
    let mut u = state.u.clone();
    for _ in 0..5 {
        u[place] = state.u[place] + step;
        let above = objective.value(&u);
        u[place] = state.u[place] - step;
        let below = objective.value(&u);
        if above + below != 2.0 * state.value {
            return Some((above, below, step));
        }
        if bounded && step > LONGEST {
            return None;
        }
        step *= 10.0;
        if bounded && step > LONGEST {
            step = LONGEST + 0.01;
        }
    }
    None
}

/// The slopes with smaller steps than those of the second derivatives.
fn refine(objective: &Objective<'_>, state: &State, gradient: &mut Gradient, strategy: Strategy) {
    let lift = 4.0 * EPS2 * (state.value.abs() + UP);
    let mut u = state.u.clone();
    for (place, &here) in state.u.iter().enumerate() {
        let shortest = 4.0 * EPS2 * (here.abs() + EPS2);
        let floor = EPS2 + (gradient.slopes[place] * EPS2).abs();
        let best = (lift / (gradient.curves[place].abs() + floor)).sqrt();
        let mut step = (0.2 * gradient.steps[place].abs()).min(best).max(shortest);
        let mut last_change = 1e4;
        for cycle in 0..strategy.refined_gradient_cycles() {
            u[place] = here + step;
            let above = objective.value(&u);
            u[place] = here - step;
            let below = objective.value(&u);
            u[place] = here;
            let (old, new) = (gradient.slopes[place], (above - below) / (2.0 * step));
            if new == 0.0 {
                break;
            }
            let change = ((old - new) / new).abs();
            if change > last_change && cycle > 1 {
                break;
            }
            last_change = change;
            gradient.slopes[place] = new;
            gradient.steps[place] = step;
            let visible = EPS * (above.abs() + below.abs()) / step;
            if change < 0.05 || (old - new).abs() < visible || step < shortest {
                break;
            }
            step *= 0.2;
        }
    }
}
