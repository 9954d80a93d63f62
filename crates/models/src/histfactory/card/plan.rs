//! What a channel of a datacard needs for its evaluation, with indices instead of names.

use super::interference::Interference;
use crate::formula::Formula;

/// A channel.
#[derive(Clone, Debug)]
pub(crate) struct CardPlan {
    pub(crate) processes: Vec<ProcessPlan>,
}

/// A process in a channel.
#[derive(Clone, Debug)]
pub(crate) struct ProcessPlan {
    pub(crate) name: String,
    /// Where the fractions of its bins begin in the templates.
    pub(crate) nominal: usize,
    /// Where the errors of the bins begin, divided by the rate.
    pub(crate) errors: usize,
    pub(crate) rate: f64,
    /// Local scalars on which its normalisation depends, each once.
    pub(crate) norm: Vec<usize>,
    pub(crate) powers: Vec<Power>,
    pub(crate) factors: Vec<CardFactor>,
    /// What multiplies the nominal fractions.
    pub(crate) interference: Option<Interference>,
    pub(crate) morph: Option<Morph>,
    pub(crate) own: Vec<OwnBin>,
}

/// A term of the exponent of a normalisation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Power {
    /// Position in [`ProcessPlan::norm`].
    pub(crate) place: usize,
    /// Index in the model.
    pub(crate) parameter: usize,
    /// Logarithms of the factors at -1 and +1.
    pub(crate) ln_low: f64,
    pub(crate) ln_high: f64,
}

/// A factor of a normalisation.
#[derive(Clone, Debug)]
pub(crate) enum CardFactor {
    /// constant + slope · parameter
    Linear { place: usize, parameter: usize, constant: f64, slope: f64 },
    /// A formula of several parameters.
    Formula { places: Vec<usize>, parameters: Vec<usize>, formula: Formula },
}

/// How the fractions of a process move.
#[derive(Clone, Debug)]
pub(crate) struct Morph {
    pub(crate) changes: Vec<MorphChange>,
    /// Beyond ± this scaled parameter the change is linear.
    pub(crate) region: f64,
    /// Whether logarithms move.
    pub(crate) log: bool,
    /// Whether the fractions are divided by their sum.
    pub(crate) normalised: bool,
}

/// A change of the fractions, or of their logarithms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MorphChange {
    /// Local scalar.
    pub(crate) local: usize,
    /// Index in the model.
    pub(crate) parameter: usize,
    /// The parameter is multiplied by this.
    pub(crate) scale: f64,
    /// Where high - nominal begins in the templates; nominal - low follows it.
    pub(crate) template: usize,
}

/// A parameter of one process in one bin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnBin {
    pub(crate) bin: usize,
    /// Local scalar.
    pub(crate) local: usize,
    /// Index in the model.
    pub(crate) parameter: usize,
    pub(crate) effect: OwnEffect,
}

/// What it does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OwnEffect {
    /// Multiplies the fraction by itself times this.
    Times(f64),
    /// Adds itself times this to the fraction.
    Plus(f64),
}

impl CardPlan {
    /// Puts the local scalars into another order.
    pub(crate) fn reorder(&mut self, places: &[usize]) {
        for process in &mut self.processes {
            process.norm.iter_mut().for_each(|local| *local = places[*local]);
            process.own.iter_mut().for_each(|own| own.local = places[own.local]);
            let amplitudes = process.interference.iter_mut().flat_map(|interference| &mut interference.locals);
            amplitudes.for_each(|local| *local = places[*local]);
            let changes = process.morph.iter_mut().flat_map(|morph| &mut morph.changes);
            changes.for_each(|change| change.local = places[change.local]);
        }
    }
}
