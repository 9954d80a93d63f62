//! The search for a minimum: Newton steps on exact derivatives inside bounds and a trust radius.

use germane_models::Curvature;
use germane_numerics::dense::{add_scaled, dot, symmetric_eigen};

use std::sync::Arc;

use crate::curved::Factored;
use crate::functions;
use crate::nearby::{Anchor, nearby};
use crate::point::{Point, Problem, Scaled, Solved};
use crate::step::Model;

/// Eigenvalues below this part of the largest one count as flat.
pub(crate) const FLAT: f64 = 1e-10;

/// How a search ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// The gradient vanishes as far as it can be told, in all directions that are not flat.
    Stationary,
    /// -ln L is not finite at the start.
    NotFinite,
    /// Too many iterations.
    Limit,
    /// No step lowers -ln L, but the gradient does not vanish (a kink, or rounding).
    Stuck,
}

/// Estimated distance from which on gradients alone lead to the minimum, or so it is tried once.
const NEAR: f64 = 0.5;

/// Of more parameters than this the exact second derivatives at the start are hardly ever positive: the search begins with the
/// expected ones.
const MANY: usize = 20;

/// While a step with expected second derivatives is to lower -ln L by more, the next one takes them as well.
const FAR: f64 = 25.0;

/// Nothing is gained below this estimated distance: it is 1e-9 of an error.
const ROUNDING: f64 = 1e-18;

#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) point: Point,
    pub(crate) end: End,
    pub(crate) edm: f64,
    pub(crate) iterations: usize,
    /// What was found with each combination of functions, where there is a choice.
    pub(crate) combinations: Vec<Found>,
}

impl Found {
    /// Whether it is a minimum, or so near that nothing is lost.
    pub(crate) fn is_minimum(&self) -> bool {
        self.end == End::Stationary || (self.end == End::Stuck && self.edm < 1e-7)
    }
}

/// Limits of a search.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) iterations: usize,
    pub(crate) edm: f64,
}

/// Distance to the minimum of the quadratic model, and whether the Hessian is positive definite.
struct Estimate {
    edm: f64,
    definite: bool,
    /// Lowest direction of negative curvature, in parameters.
    descent: Option<Vec<f64>>,
}

/// Searches from `start`, which is clipped into the bounds; where there is a choice between functions, with all combinations.
pub(crate) fn search(problem: &Problem<'_>, start: &[f64], limits: Limits) -> Found {
    if problem.choosing { functions::search(problem, start, limits) } else { descend(problem, start, limits) }
}

/// Searches with the functions that are chosen at `start`.
pub(crate) fn descend(problem: &Problem<'_>, start: &[f64], limits: Limits) -> Found {
    let mut x = start.to_vec();
    problem.clip(&mut x);
    let mut curvature = if problem.moving.len() > MANY { Curvature::Fisher } else { Curvature::Exact };
    let mut point = problem.derived(x, curvature);
    if !point.value.is_finite() {
        return Found { point, end: End::NotFinite, edm: f64::INFINITY, iterations: 0, combinations: Vec::new() };
    }
    let wide = 5.0 + 2.0 * (problem.moving.len() as f64).sqrt();
    let mut radius = wide;
    let (mut known, mut tried) = (None, false);
    for iteration in 0..limits.iterations {
        let found = |point: Point, end: End, edm: f64| Found { point, end, edm, iterations: iteration, combinations: Vec::new() };
        let free = problem.free(&point);
        let mut solved = point.solved(&free);
        let mut estimate = known.take().unwrap_or_else(|| self::estimate(&solved, point.x.len(), limits.edm));
        if curvature == Curvature::Fisher && !(estimate.definite && estimate.edm >= limits.edm) {
            // What the expected second derivatives leave open, the exact ones decide.
            curvature = Curvature::Exact;
            point = problem.at(point.x);
            solved = point.solved(&free);
            estimate = self::estimate(&solved, point.x.len(), limits.edm);
        }
        if estimate.edm < limits.edm {
            let escape = estimate.descent.as_ref().and_then(|direction| escape(problem, &point, direction));
            let Some(next) = escape else {
                let (point, edm) = polished(problem, point, estimate.edm, limits.edm);
                return found(point, End::Stationary, edm);
            };
            point = next;
            continue;
        }
        let exact = curvature == Curvature::Exact;
        // Near to the minimum gradients are enough, and second derivatives are what costs.
        if exact && !tried && estimate.definite && estimate.edm < NEAR {
            tried = true;
            let anchor = Anchor::new(Arc::clone(&solved));
            if let Some(near) = anchor.and_then(|anchor| nearby(problem, point.x.clone(), &anchor, 0.1 * ROUNDING)) {
                point = problem.at(near.x);
                continue;
            }
        }
        // Where the Hessian is not positive, the Fisher matrix is: it leads out of the region.
        let fisher = if estimate.definite { None } else { Some(problem.fisher(&point.x)) };
        let fisher =
            fisher.map(|fisher| Scaled::new(&point.gradient, &fisher, &free)).filter(|scaled| scaled.hessian.is_finite());
        let (scaled, factor) = match &fisher {
            Some(scaled) => (scaled, None),
            None => (&solved.scaled, solved.factor.as_ref()),
        };
        let bound = |value: fn(&germane_models::Parameter) -> f64| -> Vec<f64> {
            let distance = |(&index, unit): (&usize, &f64)| (value(problem.parameter(index)) - point.x[index]) / unit;
            free.iter().zip(&scaled.units).map(distance).collect()
        };
        let (lower, upper) = (bound(|parameter| parameter.lower), bound(|parameter| parameter.upper));
        let model = Model { gradient: &scaled.gradient, hessian: &scaled.hessian, lower: &lower, upper: &upper, factor };
        let stuck = loop {
            let step = model.step(radius);
            let predicted = -model.change(&step);
            let length = dot(&step, &step).sqrt();
            if !(predicted > 0.0) || length < 1e-14 {
                break true;
            }
            let mut x = point.x.clone();
            for ((&index, value), unit) in free.iter().zip(&step).zip(&scaled.units) {
                let parameter = problem.parameter(index);
                x[index] = (x[index] + value * unit).clamp(parameter.lower, parameter.upper);
                // A step onto a bound ends on it exactly.
                for edge in [parameter.lower, parameter.upper] {
                    if (x[index] - edge).abs() < 1e-12 * unit {
                        x[index] = edge;
                    }
                }
            }
            let value = problem.likelihood.nll(&x);
            let ratio = if value.is_finite() { (point.value - value) / predicted } else { -1.0 };
            let mut accepted = ratio > 1e-4;
            // So near to the minimum -ln L itself is rounding; the gradient is not.
            let rounding = predicted < 1e-6 * (1.0 + point.value.abs()) && value.is_finite();
            if accepted || rounding {
                let expected = fisher.is_some() || !exact;
                let after = if expected && predicted > FAR { Curvature::Fisher } else { Curvature::Exact };
                let next = problem.derived(x, after);
                let free = problem.free(&next);
                let other = self::estimate(&next.solved(&free), next.x.len(), limits.edm);
                accepted |= rounding && (value - point.value).abs() < 1e-6 && other.edm < 0.5 * estimate.edm;
                if accepted {
                    curvature = after;
                    if ratio > 0.75 && length > 0.8 * radius {
                        radius = (2.0 * radius).min(1e6);
                    } else if ratio < 0.25 && !rounding {
                        radius = 0.5 * length;
                    }
                    known = Some(other);
                    point = next;
                    break false;
                }
            }
            radius = 0.25 * length;
            if radius < 1e-13 {
                break true;
            }
        };
        if stuck && exact {
            return found(point, End::Stuck, estimate.edm);
        }
        if stuck {
            (curvature, point, radius) = (Curvature::Exact, problem.at(point.x), wide);
        }
    }
    if curvature == Curvature::Fisher {
        point = problem.at(point.x);
    }
    let free = problem.free(&point);
    let edm = estimate(&point.solved(&free), point.x.len(), limits.edm).edm;
    let end = if edm < limits.edm { End::Stationary } else { End::Limit };
    Found { point, end, edm, iterations: limits.iterations, combinations: Vec::new() }
}

/// g·H⁻¹·g/2 on the free parameters; directions that are flat, or fall away, count by their gradient alone.
fn estimate(solved: &Solved, size: usize, tolerance: f64) -> Estimate {
    let (scaled, free) = (&solved.scaled, &solved.free);
    if free.is_empty() {
        return Estimate { edm: 0.0, definite: true, descent: None };
    }
    if let Some(factor) = &solved.factor {
        let y = factor.forward(&scaled.gradient);
        let edm = 0.5 * dot(&y, &y);
        // A pivot of rounding size makes any edm; then the eigenvalues decide.
        if edm.is_finite() && is_sure(factor) {
            return Estimate { edm, definite: true, descent: None };
        }
    }
    // No eigenvalue of a matrix with unit diagonal is above its size: far from the minimum that is all that needs to be known.
    let square = dot(&scaled.gradient, &scaled.gradient);
    if !(0.5 * square / (free.len() as f64) < 1e3 * tolerance) {
        let edm = if square.is_nan() { f64::INFINITY } else { 0.5 * square };
        return Estimate { edm, definite: false, descent: None };
    }
    let (values, vectors) = symmetric_eigen(&scaled.hessian.dense());
    let largest = values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    let mut edm = 0.0;
    for (k, &value) in values.iter().enumerate() {
        let slope = dot(vectors.row(k), &scaled.gradient);
        let curve = if value.abs() > FLAT * largest { value.abs() } else { 1.0 };
        edm += 0.5 * slope * slope / curve;
    }
    let lowest = values.first().copied().unwrap_or(0.0);
    let falls = lowest < -1e-8 * largest;
    let descent = (falls && edm < tolerance).then(|| {
        let mut direction = vec![0.0; size];
        for ((&index, component), unit) in free.iter().zip(vectors.row(0)).zip(&scaled.units) {
            direction[index] = component * unit;
        }
        direction
    });
    let edm = if edm.is_nan() { f64::INFINITY } else { edm };
    Estimate { edm, definite: lowest > FLAT * largest, descent }
}

/// Newton steps more, kept as long as the gradient becomes smaller: what is left is rounding. Along flat directions nothing
/// moves.
fn polished(problem: &Problem<'_>, mut point: Point, mut edm: f64, tolerance: f64) -> (Point, f64) {
    for _ in 0..3 {
        if edm < ROUNDING {
            break;
        }
        let free = problem.free(&point);
        let solved = point.solved(&free);
        let scaled = &solved.scaled;
        let step = match &solved.factor {
            Some(factor) if is_sure(factor) => factor.solve(&scaled.gradient),
            _ => {
                let (values, vectors) = symmetric_eigen(&scaled.hessian.dense());
                let largest = values.last().copied().unwrap_or(0.0);
                let mut step = vec![0.0; free.len()];
                for (k, &value) in values.iter().enumerate().filter(|(_, value)| **value > 1e-6 * largest) {
                    add_scaled(&mut step, dot(vectors.row(k), &scaled.gradient) / value, vectors.row(k));
                }
                step
            }
        };
        let mut x = point.x.clone();
        for ((&index, value), unit) in free.iter().zip(&step).zip(&scaled.units) {
            let parameter = problem.parameter(index);
            x[index] = (x[index] - value * unit).clamp(parameter.lower, parameter.upper);
        }
        let next = problem.at(x);
        let free = problem.free(&next);
        let after = estimate(&next.solved(&free), next.x.len(), tolerance).edm;
        if !(next.value.is_finite() && after < edm) {
            break;
        }
        (point, edm) = (next, after);
    }
    (point, edm)
}

/// Whether no pivot of a scaled matrix is of rounding size.
pub(crate) fn is_sure(factor: &Factored) -> bool {
    factor.smallest_pivot() > 1e-9
}

/// A lower point along a direction of negative curvature, on either side.
fn escape(problem: &Problem<'_>, point: &Point, direction: &[f64]) -> Option<Point> {
    for length in [1.0, 0.3, 0.1, 0.03, 0.01, 1e-3] {
        for sign in [1.0, -1.0] {
            let mut x = point.x.clone();
            for &index in &problem.moving {
                let parameter = problem.parameter(index);
                x[index] = (x[index] + sign * length * direction[index]).clamp(parameter.lower, parameter.upper);
            }
            let value = problem.likelihood.nll(&x);
            if value < point.value - 1e-12 * (1.0 + point.value.abs()) {
                return Some(problem.at(x));
            }
        }
    }
    None
}
