//! What a channel needs for its evaluation, with indices instead of names.

use crate::interpolation::{Factor, TemplateCode};

/// One channel.
#[derive(Clone, Debug)]
pub(crate) struct ChannelPlan {
    pub(crate) name: String,
    /// First bin in the data.
    pub(crate) first: usize,
    pub(crate) bins: usize,
    pub(crate) rows: Vec<Row>,
    /// Parameters that touch several bins: index in the model of each local one.
    pub(crate) scalars: Vec<usize>,
    /// Vectors of parameters that touch one bin each: index in the model, bin by bin.
    pub(crate) vectors: Vec<Vec<usize>>,
}

impl ChannelPlan {
    /// Puts the parameters that touch several bins into another order.
    pub(crate) fn reorder(&mut self, scalars: &[usize]) {
        let place = |old: usize| {
            let parameter = self.scalars[old];
            scalars.iter().position(|&known| known == parameter).expect("invariant: the same parameters")
        };
        let places: Vec<usize> = (0..self.scalars.len()).map(place).collect();
        for row in &mut self.rows {
            row.changes.iter_mut().for_each(|change| change.local = places[change.local]);
            row.factors.iter_mut().for_each(|factor| factor.local = places[factor.local]);
        }
        self.scalars = scalars.to_vec();
    }
}

/// One sample of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) sample: String,
    /// Where its nominal contents begin in the templates.
    pub(crate) nominal: usize,
    pub(crate) changes: Vec<Change>,
    pub(crate) factors: Vec<FactorOf>,
    /// Local vectors that multiply its bins.
    pub(crate) vectors: Vec<usize>,
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
