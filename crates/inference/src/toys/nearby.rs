//! Minima near a known point: steps with a factor that is already there, by gradients alone (chord method).
//!
//! Where toys are thrown, the expected second derivatives are those of each toy up to its fluctuations, so that every step with
//! their factor leaves a small part of the distance. If that part is not small, the second derivatives of the toy itself take
//! their place once. Whatever does not go well is left to the search with all its precautions.

use std::sync::Arc;

use germane_numerics::dense::dot;

use crate::point::{Point, Problem, Solved};
use crate::search::is_sure;

/// Distances are compared with those of the step before: a step that leaves more is slow.
const SLOW: f64 = 0.08;

/// Most steps.
const STEPS: usize = 40;

/// How an attempt ended.
pub(super) enum Arrival {
    /// At a minimum.
    Minimum { x: Vec<f64>, value: f64, gradient: Vec<f64> },
    /// A step would cross a bound of this parameter.
    Bound(usize),
    /// Anything else.
    Lost,
}

/// Goes from `x` to the minimum of the moving parameters.
pub(super) fn nearby(problem: &Problem<'_>, mut x: Vec<f64>, anchor: &Arc<Solved>, tolerance: f64) -> Arrival {
    let mut gradient = vec![0.0; x.len()];
    let mut value = problem.likelihood.gradient(&x, &mut gradient);
    if !value.is_finite() {
        return Arrival::Lost;
    }
    let mut solved = Arc::clone(anchor);
    let mut last = f64::INFINITY;
    let mut renewed = 0;
    for _ in 0..STEPS {
        let Some((mut edm, mut step)) = step(&solved, &gradient) else { return Arrival::Lost };
        if edm < tolerance {
            return Arrival::Minimum { x, value, gradient };
        }
        if edm > SLOW * last {
            if renewed == 2 {
                return Arrival::Lost;
            }
            renewed += 1;
            let point = problem.at(std::mem::take(&mut x));
            solved = point.solved(&problem.moving);
            x = point.x;
            if !solved.factor.as_ref().is_some_and(is_sure) {
                return Arrival::Lost;
            }
            let Some(renewed) = self::step(&solved, &gradient) else { return Arrival::Lost };
            (edm, step) = renewed;
        }
        last = edm;
        for (&index, move_by) in solved.free.iter().zip(&step) {
            let parameter = problem.parameter(index);
            x[index] += move_by;
            if !(x[index] >= parameter.lower && x[index] <= parameter.upper) {
                return Arrival::Bound(index);
            }
        }
        let next = problem.likelihood.gradient(&x, &mut gradient);
        // Near to the minimum the difference is rounding.
        if !(next <= value + 1e-9 * (1.0 + value.abs())) {
            return Arrival::Lost;
        }
        value = next;
    }
    Arrival::Lost
}

/// Estimated distance to the minimum and the step to it, in the order of `solved.free`.
fn step(solved: &Solved, gradient: &[f64]) -> Option<(f64, Vec<f64>)> {
    let factor = solved.factor.as_ref()?;
    let scaled: Vec<f64> = solved.free.iter().zip(&solved.scaled.units).map(|(&index, unit)| gradient[index] * unit).collect();
    let mut step = factor.solve(&scaled);
    let edm = 0.5 * dot(&scaled, &step);
    for (value, unit) in step.iter_mut().zip(&solved.scaled.units) {
        *value *= -unit;
    }
    (edm >= 0.0 && edm.is_finite()).then_some((edm, step))
}

/// The factor of the expected second derivatives at a point, for the moving parameters of a problem.
pub(super) fn anchor(problem: &Problem<'_>, x: &[f64]) -> Arc<Solved> {
    let hessian = problem.fisher(x);
    Point::new(x.to_vec(), 0.0, vec![0.0; x.len()], hessian).solved(&problem.moving)
}
