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
    /// Normalised on the whole line, not on the range of the channel.
    pub(super) whole: bool,
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
    shares: Vec<Jet>,
    points: Vec<Jet>,
    slopes: Vec<f64>,
}

impl Component {
    /// Where the shape is normalised.
    fn home(&self, range: (f64, f64)) -> (f64, f64) {
        if self.whole { (f64::NEG_INFINITY, f64::INFINITY) } else { range }
    }

    /// Values of the arguments, and the integral over where the shape is normalised.
    pub(super) fn norm(&self, range: (f64, f64), x: &[f64]) -> ([f64; MOST], Jet) {
        let range = self.home(range);
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
        self.scale * self.shape.value(x, self.range, &self.arguments)
    }

    /// Expected events below a point.
    pub(super) fn below(&self, x: f64) -> f64 {
        let (low, high) = self.range;
        let x = x.clamp(low, high);
        if x > low { self.integral(low, x) } else { 0.0 }
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
            Prepared { shape: part.shape, range: part.home(self.range), arguments, scale: part.yields.value(x) / norm.value }
        });
        prepared.collect()
    }

    /// Derivatives in the parameters of the expected events per unit of x, at one point.
    pub(super) fn curve_gradient(&self, wanted: Option<usize>, at: f64, x: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; x.len()];
        let chosen = self.components.iter().enumerate().filter(|(index, _)| wanted.is_none_or(|wanted| wanted == *index));
        for (_, component) in chosen {
            let (arguments, norm) = component.norm(self.range, x);
            let mut jet = Jet::ZERO;
            component.shape.density(at, component.home(self.range), &arguments, &mut jet);
            let jet = jet.quotient(&norm, component.arguments.len());
            if let Some(index) = component.yields.index() {
                out[index] += jet.value;
            }
            for (slot, slope) in component.arguments.iter().zip(jet.first) {
                if let Some(index) = slot.index() {
                    out[index] += component.yields.value(x) * slope;
                }
            }
        }
        out
    }

    pub(super) fn prepare(&self, x: &[f64], scratch: &mut Scratch) {
        scratch.arguments.clear();
        scratch.norms.clear();
        scratch.shares.clear();
        scratch.yields.clear();
        for component in &self.components {
            let (arguments, norm) = component.norm(self.range, x);
            // The part of the yield that is inside the range.
            let mut share = Jet { value: 1.0, ..Jet::ZERO };
            if component.whole {
                let (low, high) = self.range;
                component.shape.integral(low, high, component.home(self.range), &arguments, &mut share);
                share = share.quotient(&norm, component.arguments.len());
            }
            scratch.arguments.push(arguments);
            scratch.norms.push(norm);
            scratch.shares.push(share);
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
                let total: f64 = scratch.yields.iter().zip(&scratch.shares).map(|(yields, share)| yields * share.value).sum();
                scratch.terms.push(total + constant);
                if let Some((curvature, gradient, hessian)) = &mut derivatives {
                    scratch.points.copy_from_slice(&scratch.shares);
                    self.chain(x, scratch, [1.0, 0.0], *curvature, gradient, hessian);
                }
                for &value in values {
                    let mean = if detailed {
                        self.expect(scratch, |shape, range, arguments, jet| shape.density(value, range, arguments, jet))
                    } else {
                        self.height(value, scratch)
                    };
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
                    let mean = self.expect(scratch, |shape, range, arguments, jet| {
                        shape.integral(bin[0], bin[1], range, arguments, jet);
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
    fn expect(&self, scratch: &mut Scratch, part: impl Fn(Shape, (f64, f64), &[f64], &mut Jet)) -> f64 {
        let mut mean = 0.0;
        for (index, component) in self.components.iter().enumerate() {
            let norm = &scratch.norms[index];
            let point = &mut scratch.points[index];
            part(component.shape, component.home(self.range), &scratch.arguments[index], point);
            *point = point.quotient(norm, component.arguments.len());
            mean += scratch.yields[index] * point.value;
        }
        mean
    }

    /// Expectation at an event.
    fn height(&self, value: f64, scratch: &Scratch) -> f64 {
        let mut mean = 0.0;
        for (index, component) in self.components.iter().enumerate() {
            let part = component.shape.value(value, component.home(self.range), &scratch.arguments[index]);
            mean += scratch.yields[index] * (part / scratch.norms[index].value);
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
