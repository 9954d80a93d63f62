//! Densities of several observables together: mixtures of products, fitted to events.
//!
//! ν(x, y, …) = Σ over components of yield · p(x) q(y) …, each factor normalised on the range of its observable.
//! -ln L = Σ yields - Σ ln ν + ln N!, or of a given number of events N ln Σ yields - Σ ln ν.

use germane_numerics::dense::Matrix;
use germane_numerics::{maths, special};
use germane_texts::Diagnostic;

use super::alternatives::Alternatives;
use super::channel::{Component, Slot};
use super::compile::Compiler;
use super::jet::{Jet, pair};
use super::spec::{Argument, ComponentSpec, ShapeSpec};
use crate::likelihood::{Curvature, Likelihood, Parameter};
use crate::pairwise;

/// What a component is made of, before names are resolved.
#[derive(Clone, Debug)]
pub(crate) struct ProductSpec {
    pub(crate) name: String,
    pub(crate) yields: Argument,
    /// Number of the observable of each factor, and its shape.
    pub(crate) factors: Vec<(usize, ShapeSpec)>,
    /// Index and its value with which it is there.
    pub(crate) when: Option<(usize, usize)>,
}

/// Events with a value of each observable.
#[derive(Clone, Debug)]
pub(crate) struct JointEvents {
    /// Range of each observable.
    pub(crate) ranges: Vec<(f64, f64)>,
    /// Values, observable by observable.
    pub(crate) columns: Vec<Vec<f64>>,
    /// How often each event is expected; empty for events that were seen.
    pub(crate) expected: Vec<f64>,
}

/// The likelihood of events of several observables.
#[derive(Clone, Debug)]
pub(crate) struct JointDensity {
    pub(super) name: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) products: Vec<Product>,
    pub(super) events: JointEvents,
    pub(super) extended: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Product {
    pub(super) yields: Slot,
    pub(super) factors: Vec<(usize, Component)>,
    when: Option<(usize, usize)>,
}

/// A factor at some parameter values: its arguments and its integral.
type Normed = ([f64; super::jet::MOST], Jet);

impl Product {
    pub(super) fn is_there(&self, x: &[f64]) -> bool {
        self.when.is_none_or(|(index, function)| x[index] == function as f64)
    }

    fn normed(&self, ranges: &[(f64, f64)], x: &[f64]) -> Vec<Normed> {
        self.factors.iter().map(|(axis, factor)| factor.norm(ranges[*axis], x)).collect()
    }
}

/// ν at an event with its derivatives, lower triangle.
struct Sum {
    value: f64,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl JointDensity {
    /// Resolves the names.
    ///
    /// # Errors
    /// All mistakes: unknown parameters, shapes and arguments.
    pub(crate) fn new(
        name: String,
        parameters: Vec<Parameter>,
        specs: Vec<ProductSpec>,
        events: JointEvents,
        extended: bool,
    ) -> Result<Self, Vec<Diagnostic>> {
        let (used, problems) = (vec![false; parameters.len()], Vec::new());
        let alternatives = Alternatives::default();
        let mut compiler = Compiler { used, parameters: &parameters, alternatives, columns: Vec::new(), problems };
        let mut products = Vec::new();
        for spec in specs {
            let mut yields = None;
            let mut factors = Vec::new();
            for (axis, shape) in spec.factors {
                let component = compiler.component(&ComponentSpec::new(spec.name.clone(), spec.yields.clone(), shape));
                let Some(component) = component else { continue };
                yields = Some(component.yields);
                factors.push((axis, component));
            }
            products.extend(yields.map(|yields| Product { yields, factors, when: spec.when }));
        }
        if compiler.problems.is_empty() {
            Ok(Self { name, parameters, products, events, extended })
        } else {
            Err(compiler.problems)
        }
    }

    /// Name of the channel.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Number of events that lie outside of the range of an observable.
    pub(crate) fn outside(&self) -> usize {
        let inside = |event: &usize| {
            let ranges = self.events.ranges.iter().zip(&self.events.columns);
            ranges.into_iter().all(|((low, high), column)| *low <= column[*event] && column[*event] <= *high)
        };
        (0..self.count()).filter(|event| !inside(event)).count()
    }

    fn count(&self) -> usize {
        self.events.columns.first().map_or(0, Vec::len)
    }

    /// Number of events, or of those that are expected.
    pub(super) fn entries_sum(&self) -> f64 {
        if self.events.expected.is_empty() { self.count() as f64 } else { pairwise::sum(&self.events.expected) }
    }

    /// ν at a point, in the order of the observables.
    pub(crate) fn height(&self, at: &[f64], x: &[f64]) -> f64 {
        let there = self.products.iter().filter(|product| product.is_there(x));
        there.map(|product| self.part(product, &product.normed(&self.events.ranges, x), at, x)).sum()
    }

    /// Sum of the yields.
    pub(crate) fn total(&self, x: &[f64]) -> f64 {
        self.products.iter().filter(|product| product.is_there(x)).map(|product| product.yields.value(x)).sum()
    }

    fn part(&self, product: &Product, normed: &[Normed], at: &[f64], x: &[f64]) -> f64 {
        let mut value = product.yields.value(x);
        for ((axis, factor), (arguments, norm)) in product.factors.iter().zip(normed) {
            value *= factor.shape.value(at[*axis], self.events.ranges[*axis], arguments) / norm.value;
        }
        value
    }

    /// ν and its derivatives.
    fn sum(&self, normed: &[Vec<Normed>], at: &[f64], x: &[f64], curvature: Curvature, out: &mut Sum) {
        out.value = 0.0;
        out.first.fill(0.0);
        out.second.fill(0.0);
        let exact = curvature == Curvature::Exact;
        for (product, normed) in self.products.iter().zip(normed).filter(|(product, _)| product.is_there(x)) {
            let yields = product.yields.value(x);
            let jets: Vec<Jet> = product
                .factors
                .iter()
                .zip(normed)
                .map(|((axis, factor), (arguments, norm))| {
                    let mut jet = Jet::ZERO;
                    factor.shape.density(at[*axis], self.events.ranges[*axis], arguments, &mut jet);
                    jet.divide(norm, factor.arguments.len());
                    jet
                })
                .collect();
            // The product of all factors but some.
            let others = |without: &[usize]| -> f64 {
                jets.iter().enumerate().filter(|(k, _)| !without.contains(k)).map(|(_, jet)| jet.value).product()
            };
            let whole = others(&[]);
            out.value += yields * whole;
            if let Some(index) = product.yields.index() {
                out.first[index] += whole;
            }
            for (d, (_, factor)) in product.factors.iter().enumerate() {
                let rest = others(&[d]);
                for (a, slot) in factor.arguments.iter().enumerate() {
                    let Some(row) = slot.index() else { continue };
                    let slope = rest * jets[d].first[a];
                    out.first[row] += yields * slope;
                    if !exact {
                        continue;
                    }
                    if let Some(index) = product.yields.index() {
                        add(&mut out.second, row, index, if row == index { 2.0 * slope } else { slope });
                    }
                    for (b, slot) in factor.arguments[..=a].iter().enumerate() {
                        let Some(column) = slot.index() else { continue };
                        // Two arguments may be one parameter: both orders count then.
                        let value = yields * rest * jets[d].second[pair(a, b)];
                        add(&mut out.second, row, column, if a != b && row == column { 2.0 * value } else { value });
                    }
                    for (e, (_, other)) in product.factors.iter().enumerate().take(d) {
                        let rest = others(&[d, e]);
                        for (b, slot) in other.arguments.iter().enumerate() {
                            let Some(column) = slot.index() else { continue };
                            let value = yields * rest * jets[d].first[a] * jets[e].first[b];
                            add(&mut out.second, row, column, if row == column { 2.0 * value } else { value });
                        }
                    }
                }
            }
        }
    }

    fn at(&self, event: usize) -> Vec<f64> {
        self.events.columns.iter().map(|column| column[event]).collect()
    }

    fn weight(&self, event: usize) -> f64 {
        self.events.expected.get(event).copied().unwrap_or(1.0)
    }

    fn normed(&self, x: &[f64]) -> Vec<Vec<Normed>> {
        let normed = |product: &Product| if product.is_there(x) { product.normed(&self.events.ranges, x) } else { Vec::new() };
        self.products.iter().map(normed).collect()
    }

    /// The term of the number of events.
    fn number(&self, total: f64) -> f64 {
        let count = self.entries_sum();
        if self.extended { total + special::ln_gamma(count + 1.0) } else { count * maths::ln(total) }
    }
}

/// Adds to an entry of a lower triangle.
fn add(triangle: &mut [f64], i: usize, j: usize, value: f64) {
    triangle[pair(i.max(j), i.min(j))] += value;
}

impl Likelihood for JointDensity {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn nll(&self, x: &[f64]) -> f64 {
        let normed = self.normed(x);
        let mut terms = vec![self.number(self.total(x))];
        for event in 0..self.count() {
            let at = self.at(event);
            let there = self.products.iter().zip(&normed).filter(|(product, _)| product.is_there(x));
            let height: f64 = there.map(|(product, normed)| self.part(product, normed, &at, x)).sum();
            terms.push(if height > 0.0 { -self.weight(event) * maths::ln(height) } else { f64::INFINITY });
        }
        let value = pairwise::sum(&terms);
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn evaluate(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        gradient.fill(0.0);
        hessian.fill(0.0);
        let (size, total, count) = (x.len(), self.total(x), self.entries_sum());
        let mut terms = vec![self.number(total)];
        let of_yields: Vec<usize> =
            self.products.iter().filter(|product| product.is_there(x)).filter_map(|product| product.yields.index()).collect();
        for &index in &of_yields {
            gradient[index] += if self.extended { 1.0 } else { count / total };
            // Fisher's part leaves out what would be negative.
            if !self.extended && curvature == Curvature::Exact {
                of_yields.iter().for_each(|&other| hessian[(index, other)] -= count / (total * total));
            }
        }
        let normed = self.normed(x);
        let mut sum = Sum { value: 0.0, first: vec![0.0; size], second: vec![0.0; size * (size + 1) / 2] };
        let mut triangle = vec![0.0; sum.second.len()];
        for event in 0..self.count() {
            self.sum(&normed, &self.at(event), x, curvature, &mut sum);
            let (weight, height) = (self.weight(event), sum.value);
            terms.push(if height > 0.0 { -weight * maths::ln(height) } else { f64::INFINITY });
            for (i, &slope) in sum.first.iter().enumerate() {
                gradient[i] -= weight * slope / height;
                for (j, &other) in sum.first[..=i].iter().enumerate() {
                    let k = pair(i, j);
                    triangle[k] += weight * (slope * other / (height * height) - sum.second[k] / height);
                }
            }
        }
        for i in 0..size {
            for j in 0..=i {
                let value = triangle[pair(i, j)];
                hessian[(i, j)] += value;
                if i != j {
                    hessian[(j, i)] += value;
                }
            }
        }
        let value = pairwise::sum(&terms);
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn complaint(&self, x: &[f64]) -> Option<String> {
        if let Some(index) = x.iter().position(|value| !value.is_finite()) {
            return Some(format!("parameter {} is {}", self.parameters[index].name, x[index]));
        }
        for event in 0..self.count() {
            let (at, height) = (self.at(event), self.height(&self.at(event), x));
            if !(height > 0.0 && height.is_finite()) {
                let at: Vec<String> = at.iter().map(f64::to_string).collect();
                return Some(format!("channel {}: the density of the event at ({}) is {height}", self.name, at.join(", ")));
            }
        }
        if self.nll(x).is_finite() { None } else { Some(format!("channel {}: the yields are {}", self.name, self.total(x))) }
    }

    fn entries(&self) -> Option<f64> {
        Some(self.entries_sum())
    }
}
