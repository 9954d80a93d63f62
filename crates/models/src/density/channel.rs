//! One channel of a density model: its expectation at events and in bins, and the derivatives of its part of -ln L.

use germane_numerics::dense::Matrix;
use germane_numerics::maths;

use super::jet::{Jet, MOST, pair};
use super::shape::Shape;
use crate::likelihood::Curvature;
use crate::{pairwise, poisson};

/// A channel with its data.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) name: String,
    pub(super) components: Vec<Component>,
    /// Components of which an argument is a column of the events.
    pub(super) conditional: Vec<usize>,
    pub(super) range: (f64, f64),
    pub(super) data: Data,
    /// Whether the number of events is a datum, too.
    pub(super) extended: bool,
}

/// Data, with what their constants need.
#[derive(Clone, Debug)]
pub(super) enum Data {
    /// With numbers of each event, column by column.
    Events {
        values: Vec<f64>,
        columns: Vec<Vec<f64>>,
        weights: Weights,
        outside: usize,
        constant: f64,
    },
    Counts {
        edges: Vec<f64>,
        counts: Vec<f64>,
        least: Vec<f64>,
    },
}

/// How often each event counts.
#[derive(Clone, Debug)]
pub(super) enum Weights {
    /// Once.
    One,
    /// By its weight, whose square is its variance.
    Of(Vec<f64>),
    /// As often as events are expected there.
    Expected(Vec<f64>),
}

impl Weights {
    fn iter(&self) -> std::slice::Iter<'_, f64> {
        match self {
            Self::One => [].iter(),
            Self::Of(weights) | Self::Expected(weights) => weights.iter(),
        }
    }
}

impl Data {
    /// Number of events, or sum of their weights or counts.
    pub(super) fn entries(&self) -> f64 {
        match self {
            Self::Events { values, weights: Weights::One, .. } => values.len() as f64,
            Self::Events { weights: Weights::Of(weights) | Weights::Expected(weights), .. } => pairwise::sum(weights),
            Self::Counts { counts, .. } => pairwise::sum(counts),
        }
    }
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
    /// The index and its value with which the component is there; none if it always is.
    pub(super) when: Option<(usize, usize)>,
}

/// Where a number comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    Parameter(usize),
    Constant(f64),
    /// A column of the events, times a parameter or 1.
    Column {
        column: usize,
        scale: Option<usize>,
    },
}

impl Slot {
    /// The number; what multiplies a column.
    pub(super) fn value(self, x: &[f64]) -> f64 {
        match self {
            Self::Parameter(index) => x[index],
            Self::Constant(value) => value,
            Self::Column { scale, .. } => scale.map_or(1.0, |index| x[index]),
        }
    }

    pub(super) fn index(self) -> Option<usize> {
        match self {
            Self::Parameter(index) => Some(index),
            Self::Constant(_) => None,
            Self::Column { scale, .. } => scale,
        }
    }
}

/// Memory of one evaluation.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) terms: Vec<f64>,
    /// Whether each component is there; the jets of the others are 0.
    there: Vec<bool>,
    arguments: Vec<[f64; MOST]>,
    /// Of arguments that are columns, what multiplies them; and what all arguments are multiplied by at an event.
    scales: Vec<[f64; MOST]>,
    factors: Vec<[f64; MOST]>,
    yields: Vec<f64>,
    norms: Vec<Jet>,
    shares: Vec<Jet>,
    points: Vec<Jet>,
    /// Derivatives of the expectation at one event or in one bin.
    slopes: Vec<f64>,
    /// Sums over events or bins of the jets times the first weight of the chain rule.
    weighted: Vec<Jet>,
    /// The same of the products of slopes times the second weight, lower triangle.
    products: Vec<f64>,
}

impl Component {
    /// Whether it is there at the parameter values `x`.
    pub(super) fn is_there(&self, x: &[f64]) -> bool {
        self.when.is_none_or(|(index, function)| x[index] == function as f64)
    }

    /// Whether an argument is a column of the events.
    pub(super) fn is_conditional(&self) -> bool {
        self.arguments.iter().any(|slot| matches!(slot, Slot::Column { .. }))
    }

    /// What the arguments are multiplied by at an event: columns, or 1.
    fn factors(&self, columns: &[Vec<f64>], event: usize) -> [f64; MOST] {
        let mut factors = [1.0; MOST];
        for (factor, slot) in factors.iter_mut().zip(&self.arguments) {
            if let Slot::Column { column, .. } = slot {
                *factor = columns[*column][event];
            }
        }
        factors
    }

    /// Arguments and norm at an event.
    fn norm_at(&self, range: (f64, f64), x: &[f64], columns: &[Vec<f64>], event: usize) -> ([f64; MOST], [f64; MOST], Jet) {
        let factors = self.factors(columns, event);
        let mut arguments = [0.0; MOST];
        for ((argument, slot), factor) in arguments.iter_mut().zip(&self.arguments).zip(factors) {
            *argument = slot.value(x) * factor;
        }
        let (mut norm, range) = (Jet::ZERO, self.home(range));
        self.shape.integral(range.0, range.1, range, &arguments, &mut norm);
        (arguments, factors, norm)
    }

    /// The component on a range at the parameter values `x`.
    pub(super) fn prepared(&self, range: (f64, f64), x: &[f64]) -> Prepared {
        let (arguments, norm) = self.norm(range, x);
        self.scaled(range, x, arguments, norm.value)
    }

    fn scaled(&self, range: (f64, f64), x: &[f64], arguments: [f64; MOST], norm: f64) -> Prepared {
        Prepared { shape: self.shape.clone(), range: self.home(range), arguments, scale: self.yields.value(x) / norm }
    }

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
#[derive(Debug)]
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
    /// One component or all, if they are there.
    fn wanted<'a>(&'a self, wanted: Option<usize>, x: &'a [f64]) -> impl Iterator<Item = &'a Component> {
        let all = self.components.iter().enumerate();
        all.filter(move |(index, part)| wanted.is_none_or(|wanted| wanted == *index) && part.is_there(x)).map(|(_, part)| part)
    }

    /// One component or all at the parameter values `x`.
    pub(super) fn prepared(&self, wanted: Option<usize>, x: &[f64]) -> Vec<Prepared> {
        let mut prepared = Vec::new();
        for part in self.wanted(wanted, x) {
            match &self.data {
                // The mean over the events.
                Data::Events { values, columns, .. } if part.is_conditional() => {
                    for event in 0..values.len() {
                        let (arguments, _, norm) = part.norm_at(self.range, x, columns, event);
                        prepared.push(part.scaled(self.range, x, arguments, norm.value * values.len() as f64));
                    }
                }
                _ => prepared.push(part.prepared(self.range, x)),
            }
        }
        prepared
    }

    /// The expectation at each event.
    pub(super) fn heights(&self, x: &[f64], scratch: &mut Scratch) -> Vec<f64> {
        let Data::Events { values, columns, .. } = &self.data else { return Vec::new() };
        self.prepare(x, scratch);
        let mut heights = Vec::with_capacity(values.len());
        for (event, &value) in values.iter().enumerate() {
            self.condition(columns, event, scratch);
            heights.push(self.height(value, scratch));
        }
        heights
    }

    /// Sets arguments and norms of conditional components to those of an event.
    fn condition(&self, columns: &[Vec<f64>], event: usize, scratch: &mut Scratch) {
        for &index in self.conditional.iter().filter(|index| scratch.there[**index]) {
            let component = &self.components[index];
            let factors = component.factors(columns, event);
            let arguments = &mut scratch.arguments[index];
            for ((argument, scale), factor) in arguments.iter_mut().zip(&scratch.scales[index]).zip(factors) {
                *argument = scale * factor;
            }
            let range = component.home(self.range);
            component.shape.integral(range.0, range.1, range, arguments, &mut scratch.norms[index]);
            scratch.factors[index] = factors;
        }
    }

    /// Derivatives in the parameters of the expected events per unit of x, at one point.
    pub(super) fn curve_gradient(&self, wanted: Option<usize>, at: f64, x: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; x.len()];
        for component in self.wanted(wanted, x) {
            let size = component.arguments.len();
            let mut jet = Jet::ZERO;
            match &self.data {
                Data::Events { values, columns, .. } if component.is_conditional() => {
                    let mut one = Jet::ZERO;
                    for event in 0..values.len() {
                        let (arguments, factors, norm) = component.norm_at(self.range, x, columns, event);
                        component.shape.density(at, component.home(self.range), &arguments, &mut one);
                        one.divide(&norm, size);
                        one.rescale(&factors, size);
                        jet.add_scaled(1.0 / values.len() as f64, &one, size);
                    }
                }
                _ => {
                    let (arguments, norm) = component.norm(self.range, x);
                    component.shape.density(at, component.home(self.range), &arguments, &mut jet);
                    jet.divide(&norm, size);
                }
            }
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
        scratch.scales.clear();
        scratch.factors.clear();
        scratch.norms.clear();
        scratch.shares.clear();
        scratch.yields.clear();
        scratch.there.clear();
        for component in &self.components {
            let there = component.is_there(x);
            scratch.there.push(there);
            if !there {
                scratch.arguments.push([0.0; MOST]);
                scratch.scales.push([0.0; MOST]);
                scratch.factors.push([1.0; MOST]);
                scratch.norms.push(Jet::ZERO);
                scratch.shares.push(Jet::ZERO);
                scratch.yields.push(0.0);
                continue;
            }
            let (arguments, norm) = component.norm(self.range, x);
            // The part of the yield that is inside the range.
            let mut share = Jet { value: 1.0, ..Jet::ZERO };
            if component.whole {
                let (low, high) = self.range;
                component.shape.integral(low, high, component.home(self.range), &arguments, &mut share);
                share.divide(&norm, component.arguments.len());
            }
            scratch.arguments.push(arguments);
            scratch.scales.push(arguments);
            scratch.factors.push([1.0; MOST]);
            scratch.norms.push(norm);
            scratch.shares.push(share);
            scratch.yields.push(component.yields.value(x));
        }
        scratch.points.clear();
        scratch.points.resize(self.components.len(), Jet::ZERO);
        scratch.slopes.resize(x.len(), 0.0);
        scratch.weighted.clear();
        scratch.weighted.resize(self.components.len(), Jet::ZERO);
        scratch.products.clear();
        scratch.products.resize(x.len() * (x.len() + 1) / 2, 0.0);
    }

    /// Adds the terms of this channel, and the derivatives if they are wanted.
    pub(super) fn add(&self, scratch: &mut Scratch, derivatives: Option<&mut (Curvature, &mut [f64], &mut Matrix)>) {
        let detailed = derivatives.is_some();
        let fisher = matches!(&derivatives, Some((Curvature::Fisher, ..)));
        match &self.data {
            Data::Events { values, columns, weights, constant, .. } => {
                let total: f64 = scratch.yields.iter().zip(&scratch.shares).map(|(yields, share)| yields * share.value).sum();
                let count = self.data.entries();
                scratch.terms.push(if self.extended { total + constant } else { count * maths::ln(total) });
                if detailed {
                    scratch.points.copy_from_slice(&scratch.shares);
                    // Fisher's part of a given number leaves out what would be negative.
                    let second = if fisher { 0.0 } else { -count / (total * total) };
                    self.gather(scratch, if self.extended { [1.0, 0.0] } else { [count / total, second] });
                }
                let mut weights = weights.iter();
                for (event, &value) in values.iter().enumerate() {
                    let weight = weights.next().copied().unwrap_or(1.0);
                    self.condition(columns, event, scratch);
                    let mean = if detailed {
                        self.expect(scratch, |shape, range, arguments, jet| shape.density(value, range, arguments, jet))
                    } else {
                        self.height(value, scratch)
                    };
                    let positive = mean > 0.0;
                    scratch.terms.push(if positive { -weight * maths::ln(mean) } else { f64::INFINITY });
                    if detailed {
                        self.gather(scratch, [-weight / mean, weight / (mean * mean)]);
                    }
                }
            }
            Data::Counts { edges, counts, least } => {
                for (bin, (&count, &constant)) in edges.windows(2).zip(counts.iter().zip(least)) {
                    let mean = self.expect(scratch, |shape, range, arguments, jet| {
                        shape.integral(bin[0], bin[1], range, arguments, jet);
                    });
                    scratch.terms.push(poisson::nll_with(count, mean, constant));
                    if detailed {
                        let [slope, mut curve] = poisson::slopes(count, mean);
                        if fisher {
                            curve = 1.0 / mean.max(1e-6);
                        }
                        self.gather(scratch, [slope, curve]);
                    }
                }
            }
        }
        if let Some((curvature, gradient, hessian)) = derivatives {
            self.settle(scratch, *curvature, gradient, hessian);
        }
    }

    /// Adds the sum of w² s sᵀ, with s the slopes of ln of the density at an event, or of a bin's count times its curvature.
    pub(super) fn add_score_products(&self, x: &[f64], scratch: &mut Scratch, out: &mut Matrix) {
        self.prepare(x, scratch);
        let mut squares = 0.0;
        let mut leaning = vec![0.0; x.len()];
        match &self.data {
            Data::Events { values, columns, weights, .. } => {
                let counted = matches!(weights, Weights::Expected(_));
                let mut weights = weights.iter();
                for (event, &value) in values.iter().enumerate() {
                    let weight = weights.next().copied().unwrap_or(1.0);
                    self.condition(columns, event, scratch);
                    let mean = self.expect(scratch, |shape, range, arguments, jet| shape.density(value, range, arguments, jet));
                    let square = if counted { weight } else { weight * weight };
                    self.gather(scratch, [0.0, square / (mean * mean)]);
                    squares += square;
                    for (sum, slope) in leaning.iter_mut().zip(&scratch.slopes) {
                        *sum += square * slope / mean;
                    }
                }
            }
            Data::Counts { edges, counts, .. } => {
                for (bin, &count) in edges.windows(2).zip(counts) {
                    let mean = self.expect(scratch, |shape, range, arguments, jet| {
                        shape.integral(bin[0], bin[1], range, arguments, jet);
                    });
                    self.gather(scratch, [0.0, count / (mean * mean)]);
                }
            }
        }
        // Of a given number of events, the slopes are those of ln of the proportion.
        let mut whole = vec![0.0; x.len()];
        if !self.extended && matches!(self.data, Data::Events { .. }) {
            let total: f64 = scratch.yields.iter().zip(&scratch.shares).map(|(yields, share)| yields * share.value).sum();
            scratch.points.copy_from_slice(&scratch.shares);
            self.gather(scratch, [0.0, 0.0]);
            whole.iter_mut().zip(&scratch.slopes).for_each(|(own, slope)| *own = slope / total);
        }
        let mut products = scratch.products.iter();
        for i in 0..x.len() {
            for (j, product) in products.by_ref().take(i + 1).enumerate() {
                let value = product - leaning[i] * whole[j] - whole[i] * leaning[j] + squares * whole[i] * whole[j];
                out[(i, j)] += value;
                if i != j {
                    out[(j, i)] += value;
                }
            }
        }
    }

    /// Expectation at an event or in a bin; leaves the normalised jet of each component in `scratch.points`.
    fn expect(&self, scratch: &mut Scratch, part: impl Fn(&Shape, (f64, f64), &[f64], &mut Jet)) -> f64 {
        let mut mean = 0.0;
        for (index, component) in self.components.iter().enumerate().filter(|(index, _)| scratch.there[*index]) {
            let norm = &scratch.norms[index];
            let point = &mut scratch.points[index];
            part(&component.shape, component.home(self.range), &scratch.arguments[index], point);
            point.divide(norm, component.arguments.len());
            if self.conditional.contains(&index) {
                point.rescale(&scratch.factors[index], component.arguments.len());
            }
            mean += scratch.yields[index] * point.value;
        }
        mean
    }

    /// Expectation at an event.
    fn height(&self, value: f64, scratch: &Scratch) -> f64 {
        let mut mean = 0.0;
        for (index, component) in self.components.iter().enumerate().filter(|(index, _)| scratch.there[*index]) {
            let part = component.shape.value(value, component.home(self.range), &scratch.arguments[index]);
            mean += scratch.yields[index] * (part / scratch.norms[index].value);
        }
        mean
    }

    /// Chain rule: takes up a function of the expectation with first and second derivative `weights`.
    fn gather(&self, scratch: &mut Scratch, weights: [f64; 2]) {
        let Scratch { slopes, points, yields, weighted, products, .. } = scratch;
        slopes.fill(0.0);
        for (index, component) in self.components.iter().enumerate() {
            let (point, size) = (&points[index], component.arguments.len());
            weighted[index].add_scaled(weights[0], point, size);
            if let Some(own) = component.yields.index() {
                slopes[own] += point.value;
            }
            for (slot, first) in component.arguments.iter().zip(&point.first) {
                if let Some(row) = slot.index() {
                    slopes[row] += yields[index] * first;
                }
            }
        }
        if weights[1] == 0.0 {
            return;
        }
        let mut start = 0;
        for (i, &slope) in slopes.iter().enumerate() {
            let row = &mut products[start..=start + i];
            start += i + 1;
            let scaled = weights[1] * slope;
            if scaled != 0.0 {
                for (entry, other) in row.iter_mut().zip(slopes.iter()) {
                    *entry += scaled * other;
                }
            }
        }
    }

    /// Adds what was taken up to the derivatives.
    fn settle(&self, scratch: &Scratch, curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) {
        for ((component, sums), &yields) in self.components.iter().zip(&scratch.weighted).zip(&scratch.yields) {
            let own = component.yields.index();
            if let Some(index) = own {
                gradient[index] += sums.value;
            }
            for (a, slot) in component.arguments.iter().enumerate() {
                let Some(row) = slot.index() else { continue };
                gradient[row] += yields * sums.first[a];
                if curvature == Curvature::Fisher {
                    continue;
                }
                if let Some(index) = own {
                    hessian[(index, row)] += sums.first[a];
                    hessian[(row, index)] += sums.first[a];
                }
                for (b, slot) in component.arguments[..=a].iter().enumerate() {
                    let Some(column) = slot.index() else { continue };
                    let value = yields * sums.second[pair(a, b)];
                    hessian[(row, column)] += value;
                    if a != b {
                        hessian[(column, row)] += value;
                    }
                }
            }
        }
        let mut products = scratch.products.iter();
        for i in 0..scratch.slopes.len() {
            for (j, value) in products.by_ref().take(i + 1).enumerate() {
                hessian[(i, j)] += value;
                if i != j {
                    hessian[(j, i)] += value;
                }
            }
        }
    }
}
