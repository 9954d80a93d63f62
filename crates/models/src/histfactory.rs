//! The binned model of HistFactory and of datacards, compiled: flat templates, -ln L with exact gradient and Hessian.
//!
//! ν of a bin is Σ over samples of (nominal + Σ additive changes) · Π factors · Π per-bin factors; channels of datacards have
//! another sum ([`card`]). Derivatives are those of the products, written by hand; nothing is allocated once the scratch memory
//! exists.

use germane_numerics::arrow::{Arrow, Group, Shape};
use germane_numerics::dense::Matrix;
use std::sync::Arc;

use crate::likelihood::{Constraint, Curvature, Hessian, Likelihood, Parameter, Saturated};
use crate::pool::Pool;
use crate::{pairwise, poisson};

pub(crate) mod assembly;
mod by_channel;
pub(crate) mod card;
pub(crate) mod compile;
mod data;
pub(crate) mod derivatives;
mod gradient;
mod inputs;
pub(crate) mod normalisation;
pub(crate) mod plan;
mod predictions;
pub(crate) mod scratch;
mod sensitivity;
mod structure;
mod width;

pub use by_channel::OfChannel;
pub use data::{Data, Ensemble};
pub use inputs::{Input, InputKind};
pub use predictions::Prediction;
pub use structure::SampleStructure;

use normalisation::Normalisation;
use plan::ChannelPlan;
use scratch::Scratch;
use width::Width;

/// A compiled measurement of a [`crate::workspace::Workspace`], or a [`crate::datacard::Card`], with its data.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) poi: Option<usize>,
    pyhf_order: Vec<usize>,
    /// Channels in the order of the data: of their names, or of the card.
    channels: Vec<ChannelPlan>,
    /// Nominal contents and differences of templates, which the rows of the channels point into.
    templates: Vec<f64>,
    observed: Vec<f64>,
    /// Smallest -ln of the probability of each count.
    least: Vec<f64>,
    /// Constraints whose widths follow from templates.
    widths: Vec<Width>,
    /// Ranges over which RooFit normalises auxiliary data, by parameter; none but in models that reproduce ROOT.
    normalisations: Vec<(usize, Normalisation)>,
    /// ln of the number of channels, which RooFit adds for every event; 0 but in models that reproduce ROOT.
    categories: f64,
    /// How its second derivatives are coupled, where that is worth more than a dense matrix.
    shape: Option<Arc<Shape>>,
    pool: Pool<Scratch>,
}

/// Models of fewer parameters have dense second derivatives.
const DENSE: usize = 200;

/// The shape of the second derivatives of a model; the channels' parameters are put into its order.
fn shape(parameters: usize, channels: &mut [ChannelPlan]) -> Option<Arc<Shape>> {
    if parameters < DENSE {
        return None;
    }
    let group = |channel: &ChannelPlan| Group {
        members: channel.vectors.iter().flatten().copied().collect(),
        width: channel.vectors.len(),
        leaves: channel.leaves.len(),
        locals: channel.scalars.clone(),
    };
    let shape = Shape::new(parameters, channels.iter().map(group).collect())?;
    for (channel, group) in channels.iter_mut().zip(shape.groups()) {
        channel.reorder(&group.locals);
    }
    Some(Arc::new(shape))
}

impl Model {
    /// A model of compiled channels, whose bins follow each other in `observed`.
    pub(crate) fn of_channels(
        parameters: Vec<Parameter>,
        poi: Option<usize>,
        mut channels: Vec<ChannelPlan>,
        templates: Vec<f64>,
        observed: Vec<f64>,
    ) -> Self {
        let least = observed.iter().map(|count| poisson::least(*count)).collect();
        let shape = shape(parameters.len(), &mut channels);
        let pyhf_order = (0..parameters.len()).collect();
        Self {
            parameters,
            poi,
            pyhf_order,
            channels,
            templates,
            observed,
            least,
            widths: Vec::new(),
            normalisations: Vec::new(),
            categories: 0.0,
            shape,
            pool: Pool::new(),
        }
    }

    /// Starting values of all parameters.
    pub fn start(&self) -> Vec<f64> {
        self.parameters.iter().map(|parameter| parameter.start).collect()
    }

    /// Index of the parameter of interest.
    pub fn poi(&self) -> Option<usize> {
        self.poi
    }

    /// Indices of the parameters in pyhf's order; of a datacard in their own.
    pub fn pyhf_order(&self) -> &[usize] {
        &self.pyhf_order
    }

    /// Index of a parameter.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|parameter| parameter.name == name)
    }

    /// The same model with another start, bounds or fixing of its parameters.
    ///
    /// # Errors
    /// The name, if there is no such parameter.
    pub fn fix(mut self, name: &str, value: f64) -> Result<Self, String> {
        let index = self.index(name).ok_or_else(|| name.to_owned())?;
        self.parameters[index].start = value;
        self.parameters[index].fixed = true;
        Ok(self)
    }

    /// The same model with those parameters held for which `fixed` is true, and no others.
    #[must_use]
    pub fn holding(mut self, fixed: &[bool]) -> Self {
        for (parameter, &fixed) in self.parameters.iter_mut().zip(fixed) {
            parameter.fixed = fixed;
        }
        self
    }

    /// Names of the channels and the range of each in the data, in the order of the data (by name, or as in the card).
    pub fn channels(&self) -> impl Iterator<Item = (&str, std::ops::Range<usize>)> {
        self.channels.iter().map(|channel| (channel.name.as_str(), channel.first..channel.first + channel.bins))
    }

    /// Observed counts of all bins.
    pub fn observed(&self) -> &[f64] {
        &self.observed
    }

    /// Expected counts of all bins.
    pub fn expected(&self, x: &[f64]) -> Vec<f64> {
        let mut expected = vec![0.0; self.observed.len()];
        self.pool.with(
            || Scratch::new(&self.channels),
            |scratch| {
                for channel in &self.channels {
                    scratch.expect(channel, &self.templates, x);
                    expected[channel.first..channel.first + channel.bins].copy_from_slice(&scratch.expected[..channel.bins]);
                }
            },
        );
        expected
    }

    /// Expected counts of each sample, as (channel, sample, bins).
    pub fn expected_by_sample(&self, x: &[f64]) -> Vec<(String, String, Vec<f64>)> {
        let mut all = Vec::new();
        self.pool.with(
            || Scratch::new(&self.channels),
            |scratch| {
                for channel in &self.channels {
                    scratch.expect(channel, &self.templates, x);
                    for (index, sample) in channel.samples().into_iter().enumerate() {
                        all.push((channel.name.clone(), sample.to_owned(), scratch.contents(channel, index)));
                    }
                }
            },
        );
        all
    }

    /// -ln L; `visit` is called for each channel after [`Scratch::expect`], with its number and observed counts. Channels that
    /// share a block of second derivatives come one after the other.
    fn visit(&self, x: &[f64], mut visit: impl FnMut(&mut Scratch, usize, &[f64])) -> f64 {
        self.pool.with(
            || Scratch::new(&self.channels),
            |scratch| {
                let mut terms = std::mem::take(&mut scratch.terms);
                terms.clear();
                terms.resize(self.observed.len(), 0.0);
                let order = self.shape.as_ref().map(|shape| shape.order());
                for place in 0..self.channels.len() {
                    let number = order.map_or(place, |order| order[place]);
                    let channel = &self.channels[number];
                    scratch.expect(channel, &self.templates, x);
                    let range = channel.first..channel.first + channel.bins;
                    terms[range.clone()].copy_from_slice(&scratch.expected[..channel.bins]);
                    visit(scratch, number, &self.observed[range]);
                }
                let value = self.value(x, &mut terms);
                scratch.terms = terms;
                value
            },
        )
    }

    /// -ln L and its gradient; `take` gets the second derivatives of each channel, whose number it is told.
    fn derive(
        &self,
        x: &[f64],
        curvature: Curvature,
        gradient: &mut [f64],
        mut take: impl FnMut(&Scratch, usize, &ChannelPlan),
    ) -> f64 {
        gradient.fill(0.0);
        let value = self.visit(x, |scratch, number, observed| {
            let channel = &self.channels[number];
            scratch.derive(channel, &self.templates, x, observed, curvature);
            scratch.scatter_gradient(channel, gradient);
            take(scratch, number, channel);
        });
        self.add_constraint_slopes(x, gradient);
        value
    }

    fn constraints(&self) -> impl Iterator<Item = (usize, Constraint)> {
        let constraint = |(index, parameter): (usize, &Parameter)| parameter.constraint.map(|constraint| (index, constraint));
        self.parameters.iter().enumerate().filter_map(constraint)
    }

    /// Adds what the auxiliary data contribute to the gradient.
    fn add_constraint_slopes(&self, x: &[f64], gradient: &mut [f64]) {
        for (index, constraint) in self.constraints() {
            gradient[index] += constraint.slopes(x[index])[0];
        }
        for (index, [_, slope, _]) in self.ln_integrals(x) {
            gradient[index] += slope;
        }
    }

    /// What RooFit's normalisation of auxiliary data adds: value, slope and curvature by parameter.
    fn ln_integrals(&self, x: &[f64]) -> impl Iterator<Item = (usize, [f64; 3])> {
        let of = |&(index, range): &(usize, Normalisation)| {
            let constraint = self.parameters[index].constraint?;
            Some((index, range.ln_integral(&constraint, x[index])))
        };
        self.normalisations.iter().filter_map(of)
    }

    /// The terms of -ln L that RooFit has beyond the counts and constraints.
    fn extra_terms(&self, x: &[f64], terms: &mut Vec<f64>) {
        terms.extend(self.ln_integrals(x).map(|(_, [value, ..])| value));
        if self.categories != 0.0 {
            terms.push(self.categories * pairwise::sum(&self.observed));
        }
    }

    /// -ln L from the expected counts in `terms`, which become the terms of the sum.
    fn value(&self, x: &[f64], terms: &mut Vec<f64>) -> f64 {
        for (bin, term) in terms.iter_mut().enumerate() {
            let (count, mean) = (self.observed[bin], *term);
            *term = poisson::nll_with(count, mean, self.least[bin]);
        }
        for (index, constraint) in self.constraints() {
            terms.push(constraint.penalty(x[index]));
        }
        self.extra_terms(x, terms);
        let value = pairwise::sum(terms);
        if value.is_nan() { f64::INFINITY } else { value }
    }
}

impl Likelihood for Model {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn nll(&self, x: &[f64]) -> f64 {
        self.visit(x, |_, _, _| {})
    }

    fn evaluate(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        hessian.fill(0.0);
        let value = self.derive(x, curvature, gradient, |scratch, _, channel| scratch.scatter_dense(channel, hessian));
        for (index, constraint) in self.constraints() {
            hessian[(index, index)] += constraint.slopes(x[index])[1];
        }
        for (index, [_, _, curve]) in self.ln_integrals(x) {
            hessian[(index, index)] += curve;
        }
        value
    }

    fn new_hessian(&self) -> Hessian {
        let size = self.parameters.len();
        self.shape.as_ref().map_or_else(|| Hessian::Dense(Matrix::zeros(size, size)), |shape| Hessian::Arrow(Arrow::zeros(shape)))
    }

    fn evaluate_into(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        let arrow = match hessian {
            Hessian::Dense(matrix) => return self.evaluate(x, curvature, gradient, matrix),
            Hessian::Arrow(arrow) => arrow,
        };
        arrow.clear_shared();
        let value = self.derive(x, curvature, gradient, |scratch, number, channel| scratch.scatter_arrow(channel, number, arrow));
        for (index, constraint) in self.constraints() {
            arrow.add_diagonal(index, constraint.slopes(x[index])[1]);
        }
        for (index, [_, _, curve]) in self.ln_integrals(x) {
            arrow.add_diagonal(index, curve);
        }
        value
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) -> f64 {
        self.first_order(x, out)
    }

    fn complaint(&self, x: &[f64]) -> Option<String> {
        if let Some(index) = x.iter().position(|value| !value.is_finite()) {
            return Some(format!("parameter {} is {}", self.parameters[index].name, x[index]));
        }
        let expected = self.expected(x);
        for channel in &self.channels {
            for bin in 0..channel.bins {
                let (mean, count) = (expected[channel.first + bin], self.observed[channel.first + bin]);
                let place = format!("bin {bin} of channel {}", channel.name);
                if !mean.is_finite() {
                    return Some(format!("{place}: the expectation is {mean}"));
                }
                if mean < 0.0 {
                    return Some(format!("{place}: the expectation is negative ({mean})"));
                }
                if mean == 0.0 && count > 0.0 {
                    return Some(format!("{place}: {count} observed, but nothing is expected"));
                }
            }
        }
        let broken = |(index, constraint): &(usize, Constraint)| !constraint.penalty(x[*index]).is_finite();
        self.constraints().find(broken).map(|(index, _)| {
            format!("the constraint of parameter {} is not defined at {}", self.parameters[index].name, x[index])
        })
    }

    fn saturated(&self) -> Option<Saturated> {
        let bins = self.observed.iter().zip(&self.least).map(|(&n, &constant)| poisson::nll_with(n, n, constant));
        let constraints = self.constraints().map(|(_, constraint)| constraint.penalty(constraint.best()));
        let mut terms: Vec<f64> = bins.chain(constraints).collect();
        let mut best = self.start();
        for (index, constraint) in self.constraints() {
            best[index] = constraint.best();
        }
        self.extra_terms(&best, &mut terms);
        Some(Saturated { nll: pairwise::sum(&terms), bins: self.observed.len() })
    }

    fn entries(&self) -> Option<f64> {
        Some(pairwise::sum(&self.observed))
    }
}
