//! First and second derivatives of a channel of a datacard.
//!
//! With v = N c of a process, c = f γ + a: ∂²v = c ∂²N + ∂N ∂c + N ∂²c, each weighted with d(-ln L)/dν and summed over bins
//! before it is multiplied out. Fractions f = B/S: ∂f = (∂B - f ∂S)/S. Of E = √(Σ e² N²): E ∂E = Σ e² N ∂N.

use std::ops::Range;

use super::normalisation::NormScratch;
use super::plan::{CardPlan, Morph, OwnEffect, ProcessPlan};
use super::scratch::CardScratch;
use crate::histfactory::derivatives::pair;
use crate::histfactory::plan::ChannelPlan;
use crate::histfactory::scratch::Scratch;
use crate::interpolation::vertical_weights;

impl CardPlan {
    /// Adds the derivatives of the sum of some processes, after [`CardPlan::expect`] at the same point; the error of the sum
    /// of the templates belongs to all processes together.
    pub(crate) fn derive(
        &self,
        channel: &ChannelPlan,
        processes: Range<usize>,
        templates: &[f64],
        x: &[f64],
        second: bool,
        scratch: &mut Scratch,
    ) {
        let vector = channel.vectors.first().filter(|_| processes == (0..self.processes.len()));
        let leaves = channel.leaves.len();
        scratch.card.spread_slopes[..leaves * channel.scalars.len()].fill(0.0);
        for p in processes {
            let process = &self.processes[p];
            process.norm_derivatives(x, &mut scratch.card.norm);
            process.by_normalisation(channel, p, second, scratch);
            process.by_interference(channel, p, templates, x, second, scratch);
            if let Some(morph) = &process.morph {
                morph.slopes(channel, p, templates, x, scratch);
                process.by_morph(morph, channel, p, second, scratch);
            }
            process.by_own_bins(channel, p, second, scratch);
            if second {
                process.own_bins_by_interference(channel, p, scratch);
            }
            if let Some(vector) = vector {
                process.spread(channel, p, templates, x, vector, second, scratch);
            }
        }
        if let Some(vector) = vector {
            spread_of_all(channel, x, vector, second, scratch);
        }
    }
}

impl ProcessPlan {
    /// c ∂N and c ∂²N.
    fn by_normalisation(&self, channel: &ChannelPlan, p: usize, second: bool, scratch: &mut Scratch) {
        let (bins, scalars) = (channel.bins, channel.scalars.len());
        let content = &scratch.card.content[p * bins..(p + 1) * bins];
        let mut sum = 0.0;
        for bin in 0..bins {
            sum += scratch.slope[bin] * content[bin];
            let row = &mut scratch.jacobian[bin * scalars..(bin + 1) * scalars];
            for (&local, slope) in self.norm.iter().zip(&scratch.card.norm.gradient) {
                row[local] += slope * content[bin];
            }
        }
        if second {
            self.add_norm_hessian(sum, &scratch.card, &mut scratch.scalar, scalars);
        }
    }

    /// Adds a multiple of ∂²N.
    fn add_norm_hessian(&self, factor: f64, card: &CardScratch, scalar: &mut [f64], scalars: usize) {
        let size = self.norm.len();
        for i in 0..size {
            for j in 0..=i {
                let (row, column) = (self.norm[i].max(self.norm[j]), self.norm[i].min(self.norm[j]));
                scalar[row * scalars + column] += factor * card.norm.hessian[i * size + j];
            }
        }
    }

    /// Adds ∂N times something to the pairs with one local scalar.
    pub(super) fn pair_norm(&self, local: usize, factor: f64, norm: &NormScratch, scalar: &mut [f64], scalars: usize) {
        for (&other, slope) in self.norm.iter().zip(&norm.gradient) {
            pair(scalar, scalars, other, local, factor * slope);
        }
    }

    /// N γ ∂f, ∂N γ ∂f and N γ ∂²f.
    fn by_morph(&self, morph: &Morph, channel: &ChannelPlan, p: usize, second: bool, scratch: &mut Scratch) {
        let (bins, scalars) = (channel.bins, channel.scalars.len());
        let Scratch { card, jacobian, scalar, slope, .. } = scratch;
        let norm = card.norms[p];
        let gamma = &card.gamma[p * bins..(p + 1) * bins];
        for (k, change) in morph.changes.iter().enumerate() {
            let slopes = &card.slopes[k * bins..(k + 1) * bins];
            let mut weighted = 0.0;
            for bin in 0..bins {
                let derivative = gamma[bin] * slopes[bin];
                jacobian[bin * scalars + change.local] += norm * derivative;
                weighted += slope[bin] * derivative;
            }
            card.change_sums[k][1] = weighted;
        }
        if !second {
            return;
        }
        let fraction: f64 = (0..bins).map(|bin| slope[bin] * gamma[bin] * card.fractions[p * bins + bin]).sum();
        let total = card.sums[p];
        for (k, change) in morph.changes.iter().enumerate() {
            let [sum, weighted, own, own_sum] = card.change_sums[k];
            self.pair_norm(change.local, weighted, &card.norm, scalar, scalars);
            for (l, other) in morph.changes[..=k].iter().enumerate() {
                let [other_sum, other_weighted, ..] = card.change_sums[l];
                let (mut weighted_raw, mut raw) = if k == l { (own, own_sum) } else { (0.0, 0.0) };
                if morph.log {
                    // ∂²B = ∂B ∂B / B beside its own second derivatives.
                    for bin in 0..bins {
                        let both = card.raw_slopes[k * bins + bin] * card.raw_slopes[l * bins + bin];
                        let entry = both / card.raw[p * bins + bin];
                        weighted_raw += slope[bin] * gamma[bin] * entry;
                        raw += entry;
                    }
                }
                let mut entry = weighted_raw;
                if morph.normalised {
                    let mixed = weighted * other_sum + other_weighted * sum;
                    entry = (weighted_raw - fraction * raw - mixed) / total;
                }
                if k == l {
                    scalar[change.local * scalars + change.local] += norm * entry;
                } else {
                    pair(scalar, scalars, change.local, other.local, norm * entry);
                }
            }
        }
    }

    /// Derivatives by the process' own parameters of bins.
    fn by_own_bins(&self, channel: &ChannelPlan, p: usize, second: bool, scratch: &mut Scratch) {
        let (bins, scalars) = (channel.bins, channel.scalars.len());
        let Scratch { card, jacobian, scalar, slope, .. } = scratch;
        let norm = card.norms[p];
        for own in &self.own {
            let effect = match own.effect {
                OwnEffect::Times(factor) => factor * card.fractions[p * bins + own.bin],
                OwnEffect::Plus(size) => size,
            };
            jacobian[own.bin * scalars + own.local] += norm * effect;
            if !second {
                continue;
            }
            self.pair_norm(own.local, slope[own.bin] * effect, &card.norm, scalar, scalars);
            if let (OwnEffect::Times(factor), Some(morph)) = (own.effect, &self.morph) {
                for (k, change) in morph.changes.iter().enumerate() {
                    let derivative = card.slopes[k * bins + own.bin];
                    pair(scalar, scalars, own.local, change.local, slope[own.bin] * factor * norm * derivative);
                }
            }
        }
    }

    /// e² N ∂N / E, and of the second derivatives of E what is of one process.
    fn spread(
        &self,
        channel: &ChannelPlan,
        p: usize,
        templates: &[f64],
        x: &[f64],
        vector: &[usize],
        second: bool,
        scratch: &mut Scratch,
    ) {
        let scalars = channel.scalars.len();
        let Scratch { card, scalar, slope, .. } = scratch;
        let norm = card.norms[p];
        let mut sum = 0.0;
        for (leaf, &bin) in channel.leaves.iter().enumerate() {
            let (error, spread) = (templates[self.errors + bin], card.spread[leaf]);
            // Without any error E has no derivative; it moves nothing there.
            if error == 0.0 || spread == 0.0 {
                continue;
            }
            let weight = error * error / spread;
            let row = &mut card.spread_slopes[leaf * scalars..(leaf + 1) * scalars];
            for (&local, derivative) in self.norm.iter().zip(&card.norm.gradient) {
                row[local] += weight * norm * derivative;
            }
            sum += slope[bin] * x[vector[leaf]] * weight;
        }
        if !second || sum == 0.0 {
            return;
        }
        self.add_norm_hessian(sum * norm, card, scalar, scalars);
        for (i, &one) in self.norm.iter().enumerate() {
            for (j, &other) in self.norm[..=i].iter().enumerate() {
                let both = sum * card.norm.gradient[i] * card.norm.gradient[j];
                let (row, column) = (one.max(other), one.min(other));
                scalar[row * scalars + column] += both;
            }
        }
    }
}

/// What the parameters of the sums of templates do, once ∂E is known.
fn spread_of_all(channel: &ChannelPlan, x: &[f64], vector: &[usize], second: bool, scratch: &mut Scratch) {
    let scalars = channel.scalars.len();
    let Scratch { card, jacobian, own_jacobian, scalar, cross, slope, .. } = scratch;
    for (leaf, &bin) in channel.leaves.iter().enumerate() {
        let spread = card.spread[leaf];
        own_jacobian[leaf] += spread;
        let theta = x[vector[leaf]];
        let slopes = &card.spread_slopes[leaf * scalars..(leaf + 1) * scalars];
        let row = &mut jacobian[bin * scalars..(bin + 1) * scalars];
        row.iter_mut().zip(slopes).for_each(|(entry, derivative)| *entry += theta * derivative);
        if !second {
            continue;
        }
        let entries = &mut cross[leaf * scalars..(leaf + 1) * scalars];
        entries.iter_mut().zip(slopes).for_each(|(entry, derivative)| *entry += slope[bin] * derivative);
        let weight = slope[bin] * theta / spread;
        if spread == 0.0 || weight == 0.0 {
            continue;
        }
        for i in 0..scalars {
            let scaled = weight * slopes[i];
            if scaled != 0.0 {
                for j in 0..=i {
                    scalar[i * scalars + j] -= scaled * slopes[j];
                }
            }
        }
    }
}

impl Morph {
    /// ∂B and ∂f of all changes, and the sums of ∂B and of the own second derivatives of B.
    fn slopes(&self, channel: &ChannelPlan, p: usize, templates: &[f64], x: &[f64], scratch: &mut Scratch) {
        let bins = channel.bins;
        let Scratch { card, slope, .. } = scratch;
        let CardScratch { raw, free, fractions, sums, gamma, raw_slopes, slopes, change_sums, .. } = card;
        let range = p * bins..(p + 1) * bins;
        let (raw, free) = (&raw[range.clone()], &free[range.clone()]);
        let (fractions, gamma) = (&fractions[range.clone()], &gamma[range]);
        for (k, change) in self.changes.iter().enumerate() {
            let [_, first, curved] = vertical_weights(self.region, change.scale * x[change.parameter]);
            let (first, curved) = (first.map(|w| w * change.scale), curved.map(|w| w * change.scale * change.scale));
            let (up, down) = templates[change.template..change.template + 2 * bins].split_at(bins);
            let own = &mut raw_slopes[k * bins..(k + 1) * bins];
            let (mut sum, mut weighted, mut plain) = (0.0, 0.0, 0.0);
            for bin in 0..bins {
                // A bin at the floor stays there.
                if !free[bin] {
                    own[bin] = 0.0;
                    continue;
                }
                let scale = if self.log { raw[bin] } else { 1.0 };
                own[bin] = scale * (first[0] * up[bin] + first[1] * down[bin]);
                let second = scale * (curved[0] * up[bin] + curved[1] * down[bin]);
                sum += own[bin];
                plain += second;
                weighted += slope[bin] * gamma[bin] * second;
            }
            change_sums[k] = [sum, 0.0, weighted, plain];
            let out = &mut slopes[k * bins..(k + 1) * bins];
            for bin in 0..bins {
                out[bin] = if self.normalised { (own[bin] - fractions[bin] * sum) / sums[p] } else { own[bin] };
            }
        }
    }
}
