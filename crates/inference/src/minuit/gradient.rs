//! First and second derivatives along each internal coordinate, by differences whose steps are refined.
//!
//! A step lifts -ln L by some 8·2·√(precision) of its value: far above its rounding, so that second derivatives can be seen.

use super::objective::{Objective, UP};
use super::precision::{EPS, EPS2};
use super::strategy::Strategy;

/// Derivatives at a point.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gradient {
    pub(super) slopes: Vec<f64>,
    /// Second derivatives along each coordinate.
    pub(super) curves: Vec<f64>,
    /// Steps with which both were found.
    pub(super) steps: Vec<f64>,
}

/// Longest step in a coordinate that stands for a parameter with bounds.
pub(super) const LONGEST: f64 = 0.5;

/// A guess from the steps of the parameters, as if each were an error.
pub(super) fn guess(objective: &Objective<'_>, u: &[f64], errors: &[f64]) -> Gradient {
    let coordinates = &objective.coordinates;
    let mut gradient = Gradient { slopes: Vec::new(), curves: Vec::new(), steps: Vec::new() };
    for (place, &here) in u.iter().enumerate() {
        let x = coordinates.external(place, here);
        let [low, high] = {
            let parameter = &objective.likelihood.parameters()[coordinates.moving[place]];
            [(x - errors[place]).max(parameter.lower), (x + errors[place]).min(parameter.upper)]
        };
        let [below, above] = [low, high].map(|end| (coordinates.internal(place, end) - here).abs());
        let shortest = 8.0 * EPS2 * (here.abs() + EPS2);
        let width = (0.5 * (below + above)).max(shortest);
        let curve = 2.0 * UP / (width * width);
        let step = (0.1 * width).max(shortest);
        gradient.curves.push(curve);
        gradient.slopes.push(curve * width);
        gradient.steps.push(if coordinates.has_bounds(place) { step.min(LONGEST) } else { step });
    }
    gradient
}

/// The numerical gradient, whose steps begin where those of `before` ended.
pub(super) fn numerical(objective: &Objective<'_>, u: &[f64], value: f64, before: &Gradient, strategy: Strategy) -> Gradient {
    let refinement = strategy.gradient();
    let lift = 8.0 * EPS2 * (value.abs() + UP);
    let mut x = u.to_vec();
    let mut gradient = before.clone();
    for (place, &here) in u.iter().enumerate() {
        let floor = EPS2 + (gradient.slopes[place] * EPS2).abs();
        let mut last = 0.0;
        for _ in 0..refinement.cycles {
            let best = (lift / (gradient.curves[place].abs() + floor)).sqrt();
            let known = gradient.steps[place].abs();
            let mut step = best.max(0.1 * known);
            if objective.coordinates.has_bounds(place) {
                step = step.min(LONGEST);
            }
            step = step.min(10.0 * known).max((8.0 * EPS * EPS).max(8.0 * (EPS2 * here).abs()));
            if ((step - last) / step).abs() < refinement.step {
                break;
            }
            gradient.steps[place] = step;
            last = step;
            x[place] = here + step;
            let above = objective.value(&x);
            x[place] = here - step;
            let below = objective.value(&x);
            x[place] = here;
            let slope = gradient.slopes[place];
            gradient.slopes[place] = 0.5 * (above - below) / step;
            gradient.curves[place] = (above + below - 2.0 * value) / (step * step);
            let change = (slope - gradient.slopes[place]).abs();
            if change / (gradient.slopes[place].abs() + lift / step) < refinement.derivative {
                break;
            }
        }
    }
    gradient
}
