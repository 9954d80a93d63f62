//! One step: the minimum of a quadratic model inside the bounds and the trust radius.
//!
//! J. J. Moré and D. C. Sorensen, "Computing a trust region step", SIAM J. Sci. Stat. Comput. 4 (1983) 553; bounds by
//! holding what would leave them, checked against the step along the projected gradient.

use std::borrow::Cow;

use germane_numerics::dense::dot;

use crate::curved::{Curved, Factored};

/// A quadratic model g·y + y·H·y/2 in scaled parameters with bounds on y around 0.
pub(crate) struct Model<'a> {
    pub(crate) gradient: &'a [f64],
    pub(crate) hessian: &'a Curved,
    /// Factor of the Hessian, where it is known.
    pub(crate) factor: Option<&'a Factored>,
    pub(crate) lower: &'a [f64],
    pub(crate) upper: &'a [f64],
}

impl Model<'_> {
    /// Change of the model.
    pub(crate) fn change(&self, y: &[f64]) -> f64 {
        dot(self.gradient, y) + 0.5 * self.hessian.form(y)
    }

    /// A step that is at least as good as the one along the projected gradient.
    pub(crate) fn step(&self, radius: f64) -> Vec<f64> {
        self.newton(radius).unwrap_or_else(|| {
            let held = self.held(radius);
            let gradient = self.along_gradient(radius);
            if self.change(&held) <= self.change(&gradient) { held } else { gradient }
        })
    }

    /// The minimum of the model, if it has one and that lies inside the bounds and the radius: no other step is better.
    fn newton(&self, radius: f64) -> Option<Vec<f64>> {
        let factor = match self.factor {
            Some(factor) => Cow::Borrowed(factor),
            None => Cow::Owned(self.hessian.factor(0.0)?),
        };
        let step: Vec<f64> = factor.solve(self.gradient).iter().map(|value| -value).collect();
        let inside = step.iter().zip(self.lower.iter().zip(self.upper)).all(|(y, (lower, upper))| lower <= y && y <= upper);
        (inside && dot(&step, &step).sqrt() <= 1.05 * radius).then_some(step)
    }

    /// Solves for the parameters that stay inside; those that would leave are held at their bound.
    fn held(&self, radius: f64) -> Vec<f64> {
        let size = self.gradient.len();
        let mut y = vec![0.0; size];
        let mut held = vec![false; size];
        for _ in 0..=size.min(60) {
            let inside: Vec<usize> = (0..size).filter(|&index| !held[index]).collect();
            if inside.is_empty() {
                break;
            }
            // Gradient of the model at the held values.
            let fixed: Vec<f64> = y.iter().zip(&held).map(|(value, held)| if *held { *value } else { 0.0 }).collect();
            let moved = self.hessian.times(&fixed);
            let gradient: Vec<f64> = inside.iter().map(|&index| self.gradient[index] + moved[index]).collect();
            let left = (radius * radius - dot(&fixed, &fixed)).max(1e-4 * radius * radius).sqrt();
            let solution = if inside.len() == size {
                trusted(&gradient, self.hessian, left, self.factor)
            } else {
                trusted(&gradient, &self.hessian.select(&inside), left, None)
            };
            let mut left_the_box = false;
            for (&index, &value) in inside.iter().zip(&solution) {
                y[index] = value.clamp(self.lower[index], self.upper[index]);
                if y[index] != value {
                    held[index] = true;
                    left_the_box = true;
                }
            }
            if !left_the_box {
                break;
            }
        }
        y
    }

    /// The best point on the projected path against the gradient, of a few lengths.
    fn along_gradient(&self, radius: f64) -> Vec<f64> {
        let norm = dot(self.gradient, self.gradient).sqrt();
        let mut best = vec![0.0; self.gradient.len()];
        if norm == 0.0 || !norm.is_finite() {
            return best;
        }
        let mut least = 0.0;
        let mut length = radius / norm;
        for _ in 0..24 {
            let towards = self.gradient.iter().zip(self.lower.iter().zip(self.upper));
            let y: Vec<f64> = towards.map(|(g, (lower, upper))| (-length * g).clamp(*lower, *upper)).collect();
            let change = self.change(&y);
            if change < least {
                (least, best) = (change, y);
            } else if least < 0.0 {
                break;
            }
            length *= 0.5;
        }
        best
    }
}

/// The minimum of the model within the radius, without bounds.
fn trusted(gradient: &[f64], hessian: &Curved, radius: f64, known: Option<&Factored>) -> Vec<f64> {
    let solve = |shift: f64| -> Option<(Vec<f64>, Cow<'_, Factored>)> {
        let factor = match known {
            Some(factor) if shift == 0.0 => Cow::Borrowed(factor),
            _ => Cow::Owned(hessian.factor(shift)?),
        };
        let mut step = factor.solve(gradient);
        for value in &mut step {
            *value = -*value;
        }
        step.iter().all(|value| value.is_finite()).then_some((step, factor))
    };
    let norm = |step: &[f64]| dot(step, step).sqrt();
    let size = hessian.norm();
    let (mut low, mut high) = (0.0f64, norm(gradient) / radius + size);
    let mut shift = 0.0;
    let mut best: Option<Vec<f64>> = None;
    for _ in 0..40 {
        match solve(shift) {
            Some((step, factor)) => {
                let length = norm(&step);
                if length <= radius * 1.05 && (shift == 0.0 || length >= 0.8 * radius) {
                    return step;
                }
                // Newton on 1/|y| for the shift at which the step ends on the radius.
                let along = factor.forward(&step);
                let next = shift + (length * length / dot(&along, &along)) * (length - radius) / radius;
                if length <= radius {
                    high = high.min(shift);
                    best = Some(step);
                } else {
                    low = low.max(shift);
                }
                shift = if next > low && next < high { next } else { 0.5 * (low + high) };
            }
            None => {
                low = low.max(shift);
                shift = (low * high).sqrt().max(low + 0.01 * (high - low));
            }
        }
        if high - low <= 1e-12 * high {
            break;
        }
    }
    best.or_else(|| solve(high * 1.01 + f64::MIN_POSITIVE).map(|(step, _)| step)).unwrap_or_else(|| vec![0.0; gradient.len()])
}
