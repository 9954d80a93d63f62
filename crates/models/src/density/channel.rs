//! One channel of a density model: its expectation at events and in bins, and the derivatives of its part of -ln L.

use germane_numerics::dense::Matrix;
use germane_numerics::maths;

use super::jet::{Jet, MOST, pair};
use super::shape::Shape;
use crate::likelihood::Curvature;
use crate::poisson;

/// A channel with its data.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) name: String,
    pub(super) components: Vec<Component>,
    pub(super) range: (f64, f64),
    pub(super) data: Data,
}

/// Data, with what their constants need.
#[derive(Clone, Debug)]
pub(super) enum Data {
    Events { values: Vec<f64>, outside: usize, constant: f64 },
    Counts { edges: Vec<f64>, counts: Vec<f64>, least: Vec<f64> },
}

/// A component with its arguments resolved.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) yields: Slot,
    pub(super) shape: Shape,
    pub(super) arguments: Vec<Slot>,
}

/// Where a number comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    Parameter(usize),
    Constant(f64),
}

impl Slot {
    fn value(self, x: &[f64]) -> f64 {
        match self {
            Self::Parameter(index) => x[index],
            Self::Constant(value) => value,
        }
    }

    fn index(self) -> Option<usize> {
        match self {
            Self::Parameter(index) => Some(index),
            Self::Constant(_) => None,
        }
    }
}

/// Memory of one evaluation.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) terms: Vec<f64>,
    arguments: Vec<[f64; MOST]>,
    yields: Vec<f64>,
    norms: Vec<Jet>,
    points: Vec<Jet>,
    slopes: Vec<f64>,
}

impl Component {
    /// Values of the arguments, and the integral over the range.
    pub(super) fn norm(&self, range: (f64, f64), x: &[f64]) -> ([f64; MOST], Jet) {
        let mut arguments = [0.0; MOST];
        for (argument, slot) in arguments.iter_mut().zip(&self.arguments) {
            *argument = slot.value(x);
        }
        let mut norm = Jet::ZERO;
        self.shape.integral(range.0, range.1, range, &arguments, &mut norm);
        (arguments, norm)
    }
}

/// A component at fixed values of the parameters.
pub(super) struct Prepared {
    shape: Shape,
    range: (f64, f64),
    arguments: [f64; MOST],
    /// Yield over the integral on the range.
    scale: f64,
}

impl Prepared {
    /// Expected events per unit of x.
    pub(super) fn density(&self, x: f64) -> f64 {
        let mut jet = Jet::ZERO;
        self.shape.density(x, self.range, &self.arguments, &mut jet);
        self.scale * jet.value
    }

    /// Expected events between two points.
    pub(super) fn integral(&self, low: f64, high: f64) -> f64 {
        let mut jet = Jet::ZERO;
        self.shape.integral(low, high, self.range, &self.arguments, &mut jet);
        self.scale * jet.value
    }
}

impl Channel {
    /// One component or all at the parameter values `x`.
    pub(super) fn prepared(&self, wanted: Option<usize>, x: &[f64]) -> Vec<Prepared> {
        let chosen = self.components.iter().enumerate().filter(|(index, _)| wanted.is_none_or(|wanted| wanted == *index));
        let prepared = chosen.map(|(_, part)| {
            let (arguments, norm) = part.norm(self.range, x);
            Prepared { shape: part.shape, range: self.range, arguments, scale: part.yields.value(x) / norm.value }
        });
        prepared.collect()
    }

    pub(super) fn prepare(&self, x: &[f64], scratch: &mut Scratch) {
        scratch.arguments.clear();
        scratch.norms.clear();
        scratch.yields.clear();
        for component in &self.components {
            let (arguments, norm) = component.norm(self.range, x);
            scratch.arguments.push(arguments);
            scratch.norms.push(norm);
            scratch.yields.push(component.yields.value(x));
        }
        scratch.points.resize(self.components.len(), Jet::ZERO);
        scratch.slopes.resize(x.len(), 0.0);
    }

    /// Adds the terms of this channel, and the derivatives if they are wanted.
    pub(super) fn add(
        &self,
        x: &[f64],
        scratch: &mut Scratch,
        mut derivatives: Option<&mut (Curvature, &mut [f64], &mut Matrix)>,
    ) {
        let detailed = derivatives.is_some();
        match &self.data {
            Data::Events { values, constant, .. } => {
                let total: f64 = scratch.yields.iter().sum();
                scratch.terms.push(total + constant);
                if let Some((_, gradient, _)) = &mut derivatives {
                    for component in &self.components {
                        if let Some(index) = component.yields.index() {
                            gradient[index] += 1.0;
                        }
                    }
                }
                for &value in values {
                    let mean = self.expect(scratch, detailed, |shape, arguments, jet| {
                        shape.density(value, self.range, arguments, jet);
                    });
                    let positive = mean > 0.0;
                    scratch.terms.push(if positive { -maths::ln(mean) } else { f64::INFINITY });
                    if let Some((curvature, gradient, hessian)) = &mut derivatives {
                        let weights = [-1.0 / mean, 1.0 / (mean * mean)];
                        self.chain(x, scratch, weights, *curvature, gradient, hessian);
                    }
                }
            }
            Data::Counts { edges, counts, least } => {
                for (bin, (&count, &constant)) in edges.windows(2).zip(counts.iter().zip(least)) {
                    let mean = self.expect(scratch, detailed, |shape, arguments, jet| {
                        shape.integral(bin[0], bin[1], self.range, arguments, jet);
                    });
                    scratch.terms.push(poisson::nll_with(count, mean, constant));
                    if let Some((curvature, gradient, hessian)) = &mut derivatives {
                        let [slope, mut curve] = poisson::slopes(count, mean);
                        if *curvature == Curvature::Fisher {
                            curve = 1.0 / mean.max(1e-6);
                        }
                        self.chain(x, scratch, [slope, curve], *curvature, gradient, hessian);
                    }
                }
            }
        }
    }

    /// Expectation at an event or in a bin; leaves the normalised jet of each component in `scratch.points`.
    fn expect(&self, scratch: &mut Scratch, detailed: bool, part: impl Fn(Shape, &[f64], &mut Jet)) -> f64 {
        let mut mean = 0.0;
        for (index, component) in self.components.iter().enumerate() {
            let norm = &scratch.norms[index];
            let point = &mut scratch.points[index];
            part(component.shape, &scratch.arguments[index], point);
            if detailed {
                *point = point.quotient(norm, component.arguments.len());
            } else {
                point.value /= norm.value;
            }
            mean += scratch.yields[index] * point.value;
        }
        mean
    }

    /// Chain rule: derivatives of a function of the expectation with first and second derivative `weights`.
    fn chain(
        &self,
        x: &[f64],
        scratch: &mut Scratch,
        weights: [f64; 2],
        curvature: Curvature,
        gradient: &mut [f64],
        hessian: &mut Matrix,
    ) {
        let slopes = &mut scratch.slopes[..x.len()];
        slopes.fill(0.0);
        for ((component, point), &yields) in self.components.iter().zip(&scratch.points).zip(&scratch.yields) {
            let own = component.yields.index();
            if let Some(index) = own {
                slopes[index] += point.value;
            }
            for (a, slot) in component.arguments.iter().enumerate() {
                let Some(row) = slot.index() else { continue };
                slopes[row] += yields * point.first[a];
                if curvature == Curvature::Fisher {
                    continue;
                }
                if let Some(index) = own {
                    let value = weights[0] * point.first[a];
                    hessian[(index, row)] += value;
                    hessian[(row, index)] += value;
                }
                for (b, slot) in component.arguments[..=a].iter().enumerate() {
                    let Some(column) = slot.index() else { continue };
                    let value = weights[0] * yields * point.second[pair(a, b)];
                    hessian[(row, column)] += value;
                    if a != b {
                        hessian[(column, row)] += value;
                    }
                }
            }
        }
        for (i, &slope) in slopes.iter().enumerate() {
            gradient[i] += weights[0] * slope;
            let scaled = weights[1] * slope;
            if scaled != 0.0 {
                for (entry, other) in hessian.row_mut(i).iter_mut().zip(slopes.iter()) {
                    *entry += scaled * other;
                }
            }
        }
    }
}
