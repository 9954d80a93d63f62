//! A binned model in parts, its parameters by number: what readers of formats with their own names and constraints fill in.

use germane_numerics::maths;

use super::Model;
use super::compile::{local, place};
use super::normalisation::Normalisation;
use super::plan::{Change, ChannelPlan, Contents, FactorOf, Move, Row};
use crate::interpolation::{Factor, TemplateCode};
use crate::likelihood::Parameter;
use crate::poisson;
use crate::pool::Pool;

/// Channels over parameters.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) poi: Option<usize>,
    pub(crate) channels: Vec<AssembledChannel>,
    /// Ranges over which RooFit normalises auxiliary data, by parameter.
    pub(crate) normalisations: Vec<(usize, Normalisation)>,
    /// Whether every event adds ln(number of channels) to -ln L, as RooFit's simultaneous densities do.
    pub(crate) counts_categories: bool,
}

/// Bins with samples and observed counts.
#[derive(Debug)]
pub(crate) struct AssembledChannel {
    pub(crate) name: String,
    pub(crate) observed: Vec<f64>,
    pub(crate) samples: Vec<AssembledSample>,
}

/// One contribution to a channel.
#[derive(Debug)]
pub(crate) struct AssembledSample {
    pub(crate) name: String,
    pub(crate) nominal: Vec<f64>,
    pub(crate) terms: Vec<Term>,
}

/// How parameters change a sample.
#[derive(Debug)]
pub(crate) enum Term {
    /// A parameter as a factor.
    Free { parameter: usize },
    /// A factor that depends on a parameter.
    Scale { parameter: usize, factor: Factor },
    /// Contents at one standard deviation up and down.
    Morph { parameter: usize, code: TemplateCode, high: Vec<f64>, low: Vec<f64> },
    /// A parameter for each bin, as a factor.
    PerBin { parameters: Vec<usize> },
}

impl Assembly {
    /// Gives the parameters of all terms other numbers.
    pub(crate) fn renumber(&mut self, number: impl Fn(usize) -> usize) {
        let samples = self.channels.iter_mut().flat_map(|channel| &mut channel.samples);
        for term in samples.flat_map(|sample| &mut sample.terms) {
            match term {
                Term::Free { parameter } | Term::Scale { parameter, .. } | Term::Morph { parameter, .. } => {
                    *parameter = number(*parameter);
                }
                Term::PerBin { parameters } => parameters.iter_mut().for_each(|parameter| *parameter = number(*parameter)),
            }
        }
    }

    /// Compiles it. All lists of a channel have as many entries as it has bins.
    pub(crate) fn model(mut self) -> Model {
        self.channels.sort_by(|a, b| a.name.cmp(&b.name));
        let (mut templates, mut observed, mut plans) = (Vec::new(), Vec::new(), Vec::new());
        for channel in &self.channels {
            plans.push(plan(channel, observed.len(), &mut templates));
            observed.extend_from_slice(&channel.observed);
        }
        let least = observed.iter().map(|count| poisson::least(*count)).collect();
        let shape = super::shape(self.parameters.len(), &mut plans);
        let categories = if self.counts_categories { maths::ln(plans.len() as f64) } else { 0.0 };
        Model {
            pyhf_order: (0..self.parameters.len()).collect(),
            parameters: self.parameters,
            poi: self.poi,
            channels: plans,
            templates,
            observed,
            least,
            normalisations: self.normalisations,
            categories,
            widths: Vec::new(),
            shape,
            pool: Pool::new(),
        }
    }
}

fn plan(channel: &AssembledChannel, first: usize, templates: &mut Vec<f64>) -> ChannelPlan {
    let bins = channel.observed.len();
    let (mut rows, mut scalars, mut vectors, mut moves) = (Vec::new(), Vec::new(), Vec::<Vec<usize>>::new(), Vec::new());
    for sample in &channel.samples {
        let mut row = Row { sample: sample.name.clone(), nominal: templates.len(), ..Row::default() };
        templates.extend_from_slice(&sample.nominal);
        for term in &sample.terms {
            match term {
                Term::Free { parameter } => {
                    row.factors.push(FactorOf { local: local(&mut scalars, *parameter), parameter: *parameter, factor: None });
                }
                Term::Scale { parameter, factor } => {
                    let factor = Some(factor.clone());
                    row.factors.push(FactorOf { local: local(&mut scalars, *parameter), parameter: *parameter, factor });
                }
                Term::Morph { parameter, code, high, low } => {
                    let template = templates.len();
                    templates.extend(high.iter().zip(&sample.nominal).map(|(high, nominal)| high - nominal));
                    templates.extend(sample.nominal.iter().zip(low).map(|(nominal, low)| nominal - low));
                    let (parameter, code) = (*parameter, *code);
                    let by = place(&mut moves, Move { parameter, code });
                    row.changes.push(Change { local: local(&mut scalars, parameter), parameter, template, by });
                }
                Term::PerBin { parameters } => {
                    row.vectors.push(place(&mut vectors, parameters.clone()));
                }
            }
        }
        rows.push(row);
    }
    let (leaves, contents) = ((0..bins).collect(), Contents::Samples(rows));
    ChannelPlan { name: channel.name.clone(), first, bins, scalars, vectors, moves, leaves, contents }
}
