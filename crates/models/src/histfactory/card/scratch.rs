//! Memory of one evaluation of a channel of a datacard.

use super::interference::InterferenceScratch;
use super::normalisation::NormScratch;
use super::plan::{CardPlan, ProcessPlan};
use crate::histfactory::plan::ChannelPlan;

/// Memory for the largest channel; what it holds belongs to the channel that was last worked on.
#[derive(Debug)]
pub(crate) struct CardScratch {
    pub(super) norm: NormScratch,
    pub(super) interference: InterferenceScratch,
    /// Normalisation of each process.
    pub(super) norms: Vec<f64>,
    /// Fractions before and after they are divided by their sum, and the sums: process after process.
    pub(super) raw: Vec<f64>,
    pub(super) fractions: Vec<f64>,
    pub(super) sums: Vec<f64>,
    /// Whether the fraction of a bin is above its floor, so that it moves.
    pub(super) free: Vec<bool>,
    /// What the parameters of a bin multiply the fractions by, and f γ + a.
    pub(super) gamma: Vec<f64>,
    pub(super) content: Vec<f64>,
    /// Errors of the sum of the templates, by leaf.
    pub(super) spread: Vec<f64>,
    /// Derivatives of the fractions of one process before and after the division, change after change.
    pub(super) raw_slopes: Vec<f64>,
    pub(super) slopes: Vec<f64>,
    /// For each change of one process: sum of its raw slopes, weighted sum of its slopes, weighted and plain sum of its own
    /// second derivatives.
    pub(super) change_sums: Vec<[f64; 4]>,
    /// dE/d scalar: leaves times scalars.
    pub(super) spread_slopes: Vec<f64>,
}

impl CardScratch {
    pub(crate) fn new(channels: &[ChannelPlan]) -> Self {
        let cards = || channels.iter().filter_map(|channel| Some((channel, channel.card()?)));
        let most =
            |size: fn(&ChannelPlan, &CardPlan) -> usize| cards().map(|(channel, card)| size(channel, card)).max().unwrap_or(0);
        let changes = |process: &ProcessPlan| process.morph.as_ref().map_or(0, |morph| morph.changes.len());
        let most_changes = cards().flat_map(|(_, card)| &card.processes).map(changes).max().unwrap_or(0);
        let most_norm = cards().flat_map(|(_, card)| &card.processes).map(|process| process.norm.len()).max().unwrap_or(0);
        let bins = most(|channel, _| channel.bins);
        let all = most(|channel, card| channel.bins * card.processes.len());
        let processes = most(|_, card| card.processes.len());
        Self {
            norm: NormScratch::new(most_norm),
            interference: InterferenceScratch::new(
                cards().flat_map(|(_, card)| &card.processes).filter_map(|p| p.interference.as_ref()),
            ),
            norms: vec![0.0; processes],
            raw: vec![0.0; all],
            fractions: vec![0.0; all],
            sums: vec![0.0; processes],
            free: vec![true; all],
            gamma: vec![0.0; all],
            content: vec![0.0; all],
            spread: vec![0.0; bins],
            raw_slopes: vec![0.0; most_changes * bins],
            slopes: vec![0.0; most_changes * bins],
            change_sums: vec![[0.0; 4]; most_changes],
            spread_slopes: vec![0.0; most(|channel, _| channel.leaves.len() * channel.scalars.len())],
        }
    }

    /// Expected contents of one process after [`CardPlan::expect`], without the error of the sum.
    pub(crate) fn contents(&self, bins: usize, process: usize) -> Vec<f64> {
        self.content[process * bins..(process + 1) * bins].iter().map(|content| content * self.norms[process]).collect()
    }
}
