//! Memory of one evaluation, and the expected contents of a channel.

use germane_numerics::arrow::Arrow;
use germane_numerics::dense::Matrix;

use super::card::CardScratch;
use super::plan::{ChannelPlan, Contents, Row};
use crate::interpolation::template_weights;

/// Memory for the largest channel; what it holds belongs to the channel that was last worked on.
///
/// Blocks of the Hessian are kept apart: `scalar` between parameters that touch several bins, `cross` between a bin's own
/// parameters and those, `own` between a bin's own parameters. A solver may eliminate the bins' own parameters from them.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// Expected contents by bin.
    pub(crate) expected: Vec<f64>,
    /// Terms of -ln L of the whole model.
    pub(crate) terms: Vec<f64>,
    /// nominal + Σ changes, row after row.
    pub(super) base: Vec<f64>,
    /// Product of the bin's own factors, row after row.
    pub(super) gamma: Vec<f64>,
    /// Product of the factors of each row.
    pub(super) factor: Vec<f64>,
    /// Value and derivatives of each factor, row after row.
    pub(super) factors: Vec<[f64; 3]>,
    /// Weights of each move of the channel.
    pub(super) weights: Vec<[[f64; 2]; 3]>,
    /// dν/d scalar: bins times scalars.
    pub(super) jacobian: Vec<f64>,
    /// The same times the root of the bin's weight.
    pub(super) rooted: Vec<f64>,
    /// dν/d own: vectors times leaves.
    pub(super) own_jacobian: Vec<f64>,
    /// scalars times scalars, lower triangle.
    pub(super) scalar: Vec<f64>,
    /// vectors times leaves times scalars.
    pub(super) cross: Vec<f64>,
    /// vectors times vectors times leaves.
    pub(super) own: Vec<f64>,
    /// d(-ln L)/dν and d²(-ln L)/dν² by bin.
    pub(super) slope: Vec<f64>,
    pub(super) curve: Vec<f64>,
    /// Sums of the changes of one row.
    pub(super) sums: Vec<f64>,
    /// What channels of datacards need.
    pub(super) card: CardScratch,
}

impl Scratch {
    pub(crate) fn new(channels: &[ChannelPlan]) -> Self {
        let most = |size: fn(&ChannelPlan) -> usize| channels.iter().map(size).max().unwrap_or(0);
        let zeros = |size: fn(&ChannelPlan) -> usize| vec![0.0; most(size)];
        Self {
            expected: zeros(|c| c.bins),
            terms: Vec::new(),
            base: zeros(|c| c.rows().len() * c.bins),
            gamma: zeros(|c| c.rows().len() * c.bins),
            factor: zeros(|c| c.rows().len()),
            factors: vec![[0.0; 3]; most(|c| c.rows().iter().map(|row| row.factors.len()).sum())],
            weights: vec![[[0.0; 2]; 3]; most(|c| c.moves.len())],
            jacobian: zeros(|c| c.bins * c.scalars.len()),
            rooted: zeros(|c| c.bins * c.scalars.len()),
            own_jacobian: zeros(|c| c.vectors.len() * c.leaves.len()),
            scalar: zeros(|c| c.scalars.len() * c.scalars.len()),
            cross: zeros(|c| c.vectors.len() * c.leaves.len() * c.scalars.len()),
            own: zeros(|c| c.vectors.len() * c.vectors.len() * c.leaves.len()),
            slope: zeros(|c| c.bins),
            curve: zeros(|c| c.bins),
            sums: zeros(|c| c.rows().iter().map(|row| row.changes.len()).max().unwrap_or(0)),
            card: CardScratch::new(channels),
        }
    }

    /// Expected contents of a channel, with the parts that the derivatives need.
    pub(crate) fn expect(&mut self, channel: &ChannelPlan, templates: &[f64], x: &[f64]) {
        let bins = channel.bins;
        self.expected[..bins].fill(0.0);
        let rows = match &channel.contents {
            Contents::Samples(rows) => rows,
            Contents::Card(card) => return card.expect(channel, templates, x, &mut self.card, &mut self.expected),
        };
        for (weights, by) in self.weights.iter_mut().zip(&channel.moves) {
            *weights = template_weights(by.code, x[by.parameter]);
        }
        let mut next_factor = 0;
        for (index, row) in rows.iter().enumerate() {
            let base = &mut self.base[index * bins..(index + 1) * bins];
            base.copy_from_slice(&templates[row.nominal..row.nominal + bins]);
            for change in &row.changes {
                add(base, self.weights[change.by][0], templates, change.template);
            }
            let mut product = 1.0;
            for factor in &row.factors {
                let value = x[factor.parameter];
                let parts = factor.factor.as_ref().map_or([value, 1.0, 0.0], |factor| factor.at(value));
                self.factors[next_factor] = parts;
                next_factor += 1;
                product *= parts[0];
            }
            self.factor[index] = product;
            let gamma = &mut self.gamma[index * bins..(index + 1) * bins];
            gamma.fill(1.0);
            for &vector in &row.vectors {
                for (gamma, &parameter) in gamma.iter_mut().zip(&channel.vectors[vector]) {
                    *gamma *= x[parameter];
                }
            }
            for (expected, (base, gamma)) in self.expected.iter_mut().zip(base.iter().zip(gamma.iter())) {
                *expected += base * product * gamma;
            }
        }
    }

    /// Contents of one row after [`Scratch::expect`].
    pub(crate) fn contents(&self, channel: &ChannelPlan, row: usize) -> Vec<f64> {
        if channel.card().is_some() {
            return self.card.contents(channel.bins, row);
        }
        let range = row * channel.bins..(row + 1) * channel.bins;
        self.base[range.clone()].iter().zip(&self.gamma[range]).map(|(base, gamma)| base * self.factor[row] * gamma).collect()
    }

    /// Adds a channel's part to the gradient of the model.
    pub(crate) fn scatter_gradient(&self, channel: &ChannelPlan, gradient: &mut [f64]) {
        let (bins, scalars) = (channel.bins, channel.scalars.len());
        for bin in 0..bins {
            let slope = self.slope[bin];
            for (&parameter, derivative) in channel.scalars.iter().zip(&self.jacobian[bin * scalars..(bin + 1) * scalars]) {
                gradient[parameter] += slope * derivative;
            }
        }
        let leaves = channel.leaves.len();
        for (leaf, &bin) in channel.leaves.iter().enumerate() {
            for (index, vector) in channel.vectors.iter().enumerate() {
                gradient[vector[leaf]] += self.slope[bin] * self.own_jacobian[index * leaves + leaf];
            }
        }
    }

    /// Adds the blocks of a channel to an arrow matrix, in which it is the group `number`.
    pub(crate) fn scatter_arrow(&self, channel: &ChannelPlan, number: usize, arrow: &mut Arrow) {
        let (leaves, scalars, vectors) = (channel.leaves.len(), channel.scalars.len(), channel.vectors.len());
        let own = &self.own[..vectors * vectors * leaves];
        let cross = &self.cross[..vectors * leaves * scalars];
        arrow.add_group(number, own, cross, &self.scalar[..scalars * scalars]);
    }

    /// Adds the blocks of a channel to the Hessian of the model.
    pub(crate) fn scatter_dense(&self, channel: &ChannelPlan, hessian: &mut Matrix) {
        let (leaves, scalars) = (channel.leaves.len(), channel.scalars.len());
        for (i, &row) in channel.scalars.iter().enumerate() {
            for (j, &column) in channel.scalars[..=i].iter().enumerate() {
                let value = self.scalar[i * scalars + j];
                hessian[(row, column)] += value;
                if row != column {
                    hessian[(column, row)] += value;
                }
            }
        }
        for (v, vector) in channel.vectors.iter().enumerate() {
            for (leaf, &own) in vector.iter().enumerate() {
                let start = (v * leaves + leaf) * scalars;
                for (&parameter, &value) in channel.scalars.iter().zip(&self.cross[start..start + scalars]) {
                    hessian[(own, parameter)] += value;
                    hessian[(parameter, own)] += value;
                }
                for (w, other) in channel.vectors.iter().enumerate() {
                    hessian[(own, other[leaf])] += self.own[(v * channel.vectors.len() + w) * leaves + leaf];
                }
            }
        }
    }
}

/// Adds the weighted differences of a template to the bins.
pub(super) fn add(bins: &mut [f64], weights: [f64; 2], templates: &[f64], template: usize) {
    let length = bins.len();
    let (up, down) = templates[template..template + 2 * length].split_at(length);
    for (bin, (up, down)) in bins.iter_mut().zip(up.iter().zip(down)) {
        *bin += weights[0] * up + weights[1] * down;
    }
}

/// Where the factors of a row begin in the scratch memory.
pub(super) fn first_factor(rows: &[Row], row: usize) -> usize {
    rows[..row].iter().map(|row| row.factors.len()).sum()
}
