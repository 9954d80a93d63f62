//! A likelihood whose parts see functions of the parameters: sums of parts with the chain rule.
//!
//! Each part has its own parameters, the quantities q. With J = ∂q/∂x the gradient is Jᵀg and the Hessian JᵀHJ + Σ g_k ∂²q_k.

use germane_numerics::dense::Matrix;

use super::graph::Quantity;
use super::joint_constraint::JointConstraint;
use crate::choice::Choices;
use crate::density::{DensityModel, JointDensity};
use crate::formula::Stack;
use crate::likelihood::{Curvature, Likelihood, Parameter, Saturated};
use crate::pairwise;

/// The likelihood of an analysis that is not made of bins alone, or has functions of parameters.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) parameters: Vec<Parameter>,
    pub(super) poi: Option<usize>,
    pub(super) parts: Vec<Part>,
    /// Constraints of several parameters together.
    pub(super) joint: Vec<JointConstraint>,
    /// Choices between functions.
    pub(super) choices: Option<Choices>,
    /// What every event adds in RooFit: ln(number of channels); else 0.
    pub(super) categories: f64,
}

/// A likelihood of quantities.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) likelihood: PartLikelihood,
    pub(super) quantities: Vec<Quantity>,
}

#[derive(Clone, Debug)]
pub(super) enum PartLikelihood {
    Binned(Box<crate::Model>),
    Density(Box<DensityModel>),
    /// Of several observables together.
    Joint(Box<JointDensity>),
}

impl PartLikelihood {
    pub(super) fn get(&self) -> &dyn Likelihood {
        match self {
            Self::Binned(model) => &**model,
            Self::Density(model) => &**model,
            Self::Joint(model) => &**model,
        }
    }
}

/// A quantity at a point: its value, and derivatives in a few parameters (lower triangle of the second ones).
struct Expanded {
    value: f64,
    of: Vec<usize>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Quantity {
    pub(super) fn value(&self, x: &[f64], stack: &mut Stack) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Parameter(index) => x[*index],
            Self::Formula { formula, of } => {
                let arguments: Vec<f64> = of.iter().map(|index| x[*index]).collect();
                formula.value(&arguments, stack)
            }
        }
    }

    fn expand(&self, x: &[f64], stack: &mut Stack) -> Expanded {
        match self {
            Self::Constant(value) => Expanded { value: *value, of: vec![], first: vec![], second: vec![] },
            Self::Parameter(index) => Expanded { value: x[*index], of: vec![*index], first: vec![1.0], second: vec![0.0] },
            Self::Formula { formula, of } => {
                let arguments: Vec<f64> = of.iter().map(|index| x[*index]).collect();
                let found = formula.evaluate(&arguments, stack);
                Expanded { value: found.value, of: of.clone(), first: found.gradient.to_vec(), second: found.hessian.to_vec() }
            }
        }
    }
}

impl Model {
    /// Starting values of all parameters.
    pub fn start(&self) -> Vec<f64> {
        self.parameters.iter().map(|parameter| parameter.start).collect()
    }

    /// Index of the parameter of interest.
    pub fn poi(&self) -> Option<usize> {
        self.poi
    }

    /// Index of a parameter.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|parameter| parameter.name == name)
    }

    /// Names of the channels; numbers of bins of those that have some; counts or events in the range.
    pub fn channels(&self) -> Vec<(String, Option<usize>, f64)> {
        let mut all = Vec::new();
        for part in &self.parts {
            match &part.likelihood {
                PartLikelihood::Binned(model) => all.extend(
                    model
                        .channels()
                        .map(|(name, range)| (name.to_owned(), Some(range.len()), model.observed()[range].iter().sum())),
                ),
                PartLikelihood::Joint(model) => all.push((model.name().to_owned(), None, model.entries().unwrap_or(0.0))),
                PartLikelihood::Density(model) => {
                    all.extend(model.channel_contents().map(|(name, bins, entries)| (name.to_owned(), bins, entries)));
                }
            }
        }
        all
    }

    /// The same model with a parameter held at a value.
    ///
    /// # Errors
    /// The name, if there is no such parameter.
    pub fn fix(mut self, name: &str, value: f64) -> Result<Self, String> {
        let index = self.index(name).ok_or_else(|| name.to_owned())?;
        self.parameters[index].start = value;
        self.parameters[index].fixed = true;
        Ok(self)
    }

    /// What -ln L has for the free parameters of chosen functions.
    fn correction(&self, x: &[f64]) -> f64 {
        self.choices.as_ref().map_or(0.0, |choices| choices.penalty(x, &self.parameters))
    }

    fn constant(&self) -> f64 {
        if self.categories == 0.0 { 0.0 } else { self.categories * self.entries().unwrap_or(0.0) }
    }
}

impl Part {
    /// Its parameters at a point.
    pub(super) fn inner(&self, x: &[f64], stack: &mut Stack) -> Vec<f64> {
        self.quantities.iter().map(|quantity| quantity.value(x, stack)).collect()
    }

    /// Its score products at a point: Jᵀ K J, where it has weighted events, else its curvature.
    fn add_score_products(&self, x: &[f64], stack: &mut Stack, out: &mut Matrix) {
        let Some(inner) = self.likelihood.get().score_products(&self.inner(x, stack)) else {
            self.add(x, Curvature::Fisher, stack, &mut vec![0.0; x.len()], out);
            return;
        };
        let expanded: Vec<Expanded> = self.quantities.iter().map(|quantity| quantity.expand(x, stack)).collect();
        for (a, one) in expanded.iter().enumerate() {
            for (b, other) in expanded.iter().enumerate() {
                for (&row, first) in one.of.iter().zip(&one.first) {
                    for (&column, second) in other.of.iter().zip(&other.first) {
                        out[(row, column)] += inner[(a, b)] * first * second;
                    }
                }
            }
        }
    }

    /// -ln L of this part; its derivatives in the parameters are added.
    fn add(&self, x: &[f64], curvature: Curvature, stack: &mut Stack, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        let expanded: Vec<Expanded> = self.quantities.iter().map(|quantity| quantity.expand(x, stack)).collect();
        let inner: Vec<f64> = expanded.iter().map(|quantity| quantity.value).collect();
        let size = inner.len();
        let (mut slopes, mut curves) = (vec![0.0; size], Matrix::zeros(size, size));
        let value = self.likelihood.get().evaluate(&inner, curvature, &mut slopes, &mut curves);
        for (a, one) in expanded.iter().enumerate() {
            for (i, &row) in one.of.iter().enumerate() {
                gradient[row] += slopes[a] * one.first[i];
                for (b, other) in expanded.iter().enumerate() {
                    let weight = curves[(a, b)] * one.first[i];
                    if weight != 0.0 {
                        for (&column, first) in other.of.iter().zip(&other.first) {
                            hessian[(row, column)] += weight * first;
                        }
                    }
                }
                // Fisher's part has no second derivatives of what is inside.
                if curvature == Curvature::Fisher {
                    continue;
                }
                for (j, &column) in one.of[..=i].iter().enumerate() {
                    let value = slopes[a] * one.second[i * (i + 1) / 2 + j];
                    hessian[(row, column)] += value;
                    if row != column {
                        hessian[(column, row)] += value;
                    }
                }
            }
        }
        value
    }
}

impl Likelihood for Model {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn nll(&self, x: &[f64]) -> f64 {
        let mut stack = Stack::default();
        let mut terms = vec![self.constant() + self.correction(x)];
        for part in &self.parts {
            let inner: Vec<f64> = part.quantities.iter().map(|quantity| quantity.value(x, &mut stack)).collect();
            terms.push(part.likelihood.get().nll(&inner));
        }
        for (parameter, &value) in self.parameters.iter().zip(x) {
            terms.extend(parameter.constraint.map(|constraint| constraint.penalty(value)));
        }
        terms.extend(self.joint.iter().map(|joint| joint.penalty(x)));
        let value = pairwise::sum(&terms);
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn evaluate(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        gradient.fill(0.0);
        hessian.fill(0.0);
        let mut stack = Stack::default();
        let mut terms = vec![self.constant() + self.correction(x)];
        for part in &self.parts {
            terms.push(part.add(x, curvature, &mut stack, gradient, hessian));
        }
        for (index, parameter) in self.parameters.iter().enumerate() {
            let Some(constraint) = parameter.constraint else { continue };
            terms.push(constraint.penalty(x[index]));
            let [slope, curve] = constraint.slopes(x[index]);
            gradient[index] += slope;
            hessian[(index, index)] += curve;
        }
        terms.extend(self.joint.iter().map(|joint| joint.add(x, gradient, hessian)));
        let value = pairwise::sum(&terms);
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn complaint(&self, x: &[f64]) -> Option<String> {
        if let Some(index) = x.iter().position(|value| !value.is_finite()) {
            return Some(format!("parameter {} is {}", self.parameters[index].name, x[index]));
        }
        if let Some(choices) = self.choices.as_ref().filter(|choices| !choices.penalty(x, &self.parameters).is_finite()) {
            return Some(choices.complaint(x, &self.parameters));
        }
        let mut stack = Stack::default();
        for part in &self.parts {
            let inner: Vec<f64> = part.quantities.iter().map(|quantity| quantity.value(x, &mut stack)).collect();
            if let Some(complaint) = part.likelihood.get().complaint(&inner) {
                return Some(complaint);
            }
        }
        if self.nll(x).is_finite() { None } else { Some("a constraint is not defined".to_owned()) }
    }

    fn choices(&self) -> Option<&Choices> {
        self.choices.as_ref()
    }

    fn saturated(&self) -> Option<Saturated> {
        let parts: Option<Vec<Saturated>> = self.parts.iter().map(|part| part.likelihood.get().saturated()).collect();
        let parts = parts?;
        let mut terms: Vec<f64> = parts.iter().map(|part| part.nll).collect();
        let constraints = self.parameters.iter().filter_map(|parameter| parameter.constraint);
        terms.extend(constraints.map(|constraint| constraint.penalty(constraint.best())));
        terms.extend(self.joint.iter().map(JointConstraint::least));
        terms.push(self.constant());
        Some(Saturated { nll: pairwise::sum(&terms), bins: parts.iter().map(|part| part.bins).sum() })
    }

    fn score_products(&self, x: &[f64]) -> Option<Matrix> {
        let mut stack = Stack::default();
        let weighted = |part: &Part, stack: &mut Stack| part.likelihood.get().score_products(&part.inner(x, stack)).is_some();
        if !self.parts.iter().any(|part| weighted(part, &mut stack)) {
            return None;
        }
        let mut products = Matrix::zeros(x.len(), x.len());
        for part in &self.parts {
            part.add_score_products(x, &mut stack, &mut products);
        }
        for (index, parameter) in self.parameters.iter().enumerate() {
            products[(index, index)] += parameter.constraint.map_or(0.0, |constraint| constraint.slopes(x[index])[1]);
        }
        for joint in &self.joint {
            joint.add(x, &mut vec![0.0; x.len()], &mut products);
        }
        Some(products)
    }

    fn entries(&self) -> Option<f64> {
        self.parts.iter().map(|part| part.likelihood.get().entries()).sum()
    }
}
