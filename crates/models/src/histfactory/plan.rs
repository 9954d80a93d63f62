//! What a channel needs for its evaluation, with indices instead of names.

use super::card::CardPlan;
use crate::interpolation::{Factor, TemplateCode};

/// One channel.
#[derive(Clone, Debug)]
pub(crate) struct ChannelPlan {
    pub(crate) name: String,
    /// First bin in the data.
    pub(crate) first: usize,
    pub(crate) bins: usize,
    /// Shared parameters: index in the model of each local one.
    pub(crate) scalars: Vec<usize>,
    /// Vectors of parameters that touch one bin each: index in the model, one for each of the leaves.
    pub(crate) vectors: Vec<Vec<usize>>,
    /// Parameters that move templates, each once with a code: all samples share what follows from it.
    pub(crate) moves: Vec<Move>,
    /// The bins that have parameters of their own, ascending.
    pub(crate) leaves: Vec<usize>,
    pub(crate) contents: Contents,
}

/// How the expectation of a channel is made.
#[derive(Clone, Debug)]
pub(crate) enum Contents {
    /// By HistFactory: sums of templates times factors.
    Samples(Vec<Row>),
    /// By a datacard: normalisations times fractions.
    Card(CardPlan),
}

impl ChannelPlan {
    /// Samples of HistFactory; none in a channel of a datacard.
    pub(crate) fn rows(&self) -> &[Row] {
        match &self.contents {
            Contents::Samples(rows) => rows,
            Contents::Card(_) => &[],
        }
    }

    /// Names of the samples.
    pub(crate) fn samples(&self) -> Vec<&str> {
        match &self.contents {
            Contents::Samples(rows) => rows.iter().map(|row| row.sample.as_str()).collect(),
            Contents::Card(card) => card.processes.iter().map(|process| process.name.as_str()).collect(),
        }
    }

    /// Number of samples.
    pub(crate) fn samples_count(&self) -> usize {
        match &self.contents {
            Contents::Samples(rows) => rows.len(),
            Contents::Card(card) => card.processes.len(),
        }
    }

    pub(crate) fn card(&self) -> Option<&CardPlan> {
        match &self.contents {
            Contents::Samples(_) => None,
            Contents::Card(card) => Some(card),
        }
    }

    /// Puts the parameters that touch several bins into another order.
    pub(crate) fn reorder(&mut self, scalars: &[usize]) {
        let place = |old: usize| {
            let parameter = self.scalars[old];
            scalars.iter().position(|&known| known == parameter).expect("invariant: the same parameters")
        };
        let places: Vec<usize> = (0..self.scalars.len()).map(place).collect();
        match &mut self.contents {
            Contents::Samples(rows) => {
                for row in rows {
                    row.changes.iter_mut().for_each(|change| change.local = places[change.local]);
                    row.factors.iter_mut().for_each(|factor| factor.local = places[factor.local]);
                }
            }
            Contents::Card(card) => card.reorder(&places),
        }
        self.scalars = scalars.to_vec();
    }
}

/// One sample of a channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) sample: String,
    /// Where its nominal contents begin in the templates.
    pub(crate) nominal: usize,
    pub(crate) changes: Vec<Change>,
    pub(crate) factors: Vec<FactorOf>,
    /// Local vectors that multiply its bins.
    pub(crate) vectors: Vec<usize>,
    /// Absolute uncertainties of the bins, from which constraints get their widths: local vector, and where they begin in the
    /// templates.
    pub(crate) uncertainties: Vec<(usize, usize)>,
}

/// An additive change of the bins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    /// Local scalar.
    pub(crate) local: usize,
    /// Index in the model.
    pub(crate) parameter: usize,
    /// Where high - nominal begins in the templates; nominal - low follows it.
    pub(crate) template: usize,
    /// Index among the moves of the channel.
    pub(crate) by: usize,
}

/// How a parameter moves templates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Move {
    /// Index in the model.
    pub(crate) parameter: usize,
    pub(crate) code: TemplateCode,
}

/// A factor on all bins.
#[derive(Clone, Debug)]
pub(crate) struct FactorOf {
    pub(crate) local: usize,
    pub(crate) parameter: usize,
    /// How it depends on the parameter; it is the parameter itself if absent.
    pub(crate) factor: Option<Factor>,
}
