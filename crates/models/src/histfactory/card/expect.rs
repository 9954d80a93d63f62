//! Expected contents of a channel of a datacard.

use germane_numerics::maths;

use super::plan::{CardPlan, Morph, OwnEffect, ProcessPlan};
use super::scratch::CardScratch;
use crate::histfactory::plan::ChannelPlan;
use crate::histfactory::scratch::add;
use crate::interpolation::vertical_weights;

/// The least fraction of a bin that was morphed.
const FLOOR: f64 = 1e-9;

impl CardPlan {
    /// Expected contents at `x`, with the parts that the derivatives need.
    pub(crate) fn expect(
        &self,
        channel: &ChannelPlan,
        templates: &[f64],
        x: &[f64],
        scratch: &mut CardScratch,
        expected: &mut [f64],
    ) {
        let bins = channel.bins;
        let expected = &mut expected[..bins];
        expected.fill(0.0);
        scratch.spread.fill(0.0);
        for (p, process) in self.processes.iter().enumerate() {
            let range = p * bins..(p + 1) * bins;
            let norm = process.normalisation(x, &mut scratch.norm);
            scratch.norms[p] = norm;
            let raw = &mut scratch.raw[range.clone()];
            raw.copy_from_slice(&templates[process.nominal..process.nominal + bins]);
            if let Some(interference) = &process.interference {
                interference.scale(raw, x, &mut scratch.interference);
            }
            if let Some(morph) = &process.morph {
                morph.shift(raw, templates, x);
            }
            let free = &mut scratch.free[range.clone()];
            scratch.sums[p] = process.floor(raw, free);
            let fractions = &mut scratch.fractions[range.clone()];
            for (fraction, raw) in fractions.iter_mut().zip(raw.iter()) {
                *fraction = raw / scratch.sums[p];
            }
            let content = &mut scratch.content[range.clone()];
            content.copy_from_slice(fractions);
            let gamma = &mut scratch.gamma[range];
            gamma.fill(1.0);
            for own in &process.own {
                match own.effect {
                    OwnEffect::Times(factor) => {
                        gamma[own.bin] = factor * x[own.parameter];
                        content[own.bin] *= gamma[own.bin];
                    }
                    OwnEffect::Plus(size) => content[own.bin] += size * x[own.parameter],
                }
            }
            for (sum, content) in expected.iter_mut().zip(content.iter()) {
                *sum += norm * *content;
            }
            for (spread, &bin) in scratch.spread.iter_mut().zip(&channel.leaves) {
                let error = templates[process.errors + bin] * norm;
                *spread += error * error;
            }
        }
        let Some(vector) = channel.vectors.first() else { return };
        for ((spread, &bin), &parameter) in scratch.spread.iter_mut().zip(&channel.leaves).zip(vector) {
            *spread = spread.sqrt();
            expected[bin] += x[parameter] * *spread;
        }
    }
}

impl ProcessPlan {
    /// Lifts fractions that were moved to their floor, and returns what they are to be divided by.
    fn floor(&self, bins: &mut [f64], free: &mut [bool]) -> f64 {
        free.fill(true);
        if self.morph.is_none() && self.interference.is_none() {
            return 1.0;
        }
        // A form that is 0 leaves 0 by its curvature, which a fit that begins there needs.
        let form = self.interference.is_some();
        for (bin, free) in bins.iter_mut().zip(free) {
            *free = if form { *bin >= 0.0 } else { *bin > FLOOR };
            *bin = bin.max(FLOOR);
        }
        if self.morph.as_ref().is_some_and(|morph| morph.normalised) { bins.iter().sum() } else { 1.0 }
    }
}

impl Morph {
    /// Moves the fractions, which are nominal before.
    fn shift(&self, bins: &mut [f64], templates: &[f64], x: &[f64]) {
        if self.log {
            bins.iter_mut().for_each(|bin| *bin = if *bin > 0.0 { maths::ln(*bin) } else { f64::NEG_INFINITY });
        }
        for change in &self.changes {
            let weights = vertical_weights(self.region, change.scale * x[change.parameter]);
            add(bins, weights[0], templates, change.template);
        }
        if self.log {
            bins.iter_mut().for_each(|bin| *bin = maths::exp(*bin));
        }
    }
}
