//! First and second derivatives of a channel.
//!
//! With v = B·F·G of a row (B the sum of nominal and changes, F the product of factors, G the product of the bin's own
//! factors): ∂v/∂change = B' F G, ∂v/∂factor = B F' G, ∂v/∂own = B F G'; mixed ones by leaving out what is derived. The
//! Hessian is Σ w1 ∂²ν + w2 ∂ν ∂ν with w1 = 1 - n/ν, w2 = n/ν². Parts are left out by multiplying the others, not by
//! division, wherever a factor is 0.

use super::plan::{ChannelPlan, Contents, Row};
use super::scratch::{Scratch, first_factor};
use crate::likelihood::Curvature;
use crate::poisson;
use germane_numerics::dense::{Block, add_gram};
use std::ops::Range;

impl Scratch {
    /// Derivatives of a channel's part of -ln L, after [`Scratch::expect`] at the same point.
    pub(crate) fn derive(&mut self, channel: &ChannelPlan, templates: &[f64], x: &[f64], observed: &[f64], curvature: Curvature) {
        let (bins, scalars, vectors) = (channel.bins, channel.scalars.len(), channel.vectors.len());
        let leaves = channel.leaves.len();
        self.jacobian[..bins * scalars].fill(0.0);
        self.own_jacobian[..vectors * leaves].fill(0.0);
        self.scalar[..scalars * scalars].fill(0.0);
        self.cross[..vectors * leaves * scalars].fill(0.0);
        self.own[..vectors * vectors * leaves].fill(0.0);
        for (bin, &count) in observed.iter().enumerate() {
            [self.slope[bin], self.curve[bin]] = poisson::slopes(count, self.expected[bin]);
            if curvature == Curvature::Fisher {
                // A bound keeps empty bins from becoming the only thing that counts.
                self.curve[bin] = 1.0 / self.expected[bin].max(1e-6);
            }
        }
        self.rows(channel, 0..channel.samples_count(), templates, x, curvature == Curvature::Exact);
        // The part of the first derivatives: w2 ∂ν ∂ν. The weights are never negative.
        for bin in 0..bins {
            let root = self.curve[bin].sqrt();
            let derivatives = &self.jacobian[bin * scalars..(bin + 1) * scalars];
            for (scaled, derivative) in self.rooted[bin * scalars..(bin + 1) * scalars].iter_mut().zip(derivatives) {
                *scaled = root * derivative;
            }
        }
        add_gram(&mut self.scalar, scalars, scalars, Block { data: &self.rooted, stride: scalars }, bins, 1.0);
        for (leaf, &bin) in channel.leaves.iter().enumerate() {
            let weight = self.curve[bin];
            let derivatives = &self.jacobian[bin * scalars..(bin + 1) * scalars];
            for v in 0..vectors {
                let scaled = weight * self.own_jacobian[v * leaves + leaf];
                let start = (v * leaves + leaf) * scalars;
                for (entry, derivative) in self.cross[start..start + scalars].iter_mut().zip(derivatives) {
                    *entry += scaled * derivative;
                }
                for w in 0..=v {
                    let value = scaled * self.own_jacobian[w * leaves + leaf];
                    self.own[(v * vectors + w) * leaves + leaf] += value;
                    if w != v {
                        self.own[(w * vectors + v) * leaves + leaf] += value;
                    }
                }
            }
        }
    }

    /// First derivatives of the sum of some rows, after [`Scratch::expect`] at the same point.
    pub(super) fn first_derivatives(&mut self, channel: &ChannelPlan, rows: Range<usize>, templates: &[f64], x: &[f64]) {
        let (bins, scalars, vectors) = (channel.bins, channel.scalars.len(), channel.vectors.len());
        self.jacobian[..bins * scalars].fill(0.0);
        self.own_jacobian[..vectors * channel.leaves.len()].fill(0.0);
        self.slope[..bins].fill(0.0);
        self.rows(channel, rows, templates, x, false);
    }

    /// Adds the derivatives of the sum of some rows.
    fn rows(&mut self, channel: &ChannelPlan, rows: Range<usize>, templates: &[f64], x: &[f64], second: bool) {
        if let Contents::Card(card) = &channel.contents {
            return card.derive(channel, rows, templates, x, second, self);
        }
        for index in rows {
            self.row(channel, index, templates, x, second);
        }
    }

    /// First derivatives of a row, and w1 ∂²v.
    fn row(&mut self, channel: &ChannelPlan, index: usize, templates: &[f64], x: &[f64], second: bool) {
        let row = &channel.rows()[index];
        let first_factor = first_factor(channel.rows(), index);
        let (bins, scalars) = (channel.bins, channel.scalars.len());
        let rest = Rest::new(&self.factors[first_factor..first_factor + row.factors.len()]);
        let factor = self.factor[index];
        let range = index * bins..(index + 1) * bins;
        let (base, gamma) = (&self.base[range.clone()], &self.gamma[range]);

        for (k, change) in row.changes.iter().enumerate() {
            let [_, first, curved] = self.weights[change.by];
            let (up, down) = templates[change.template..change.template + 2 * bins].split_at(bins);
            let (mut slopes, mut curves) = (0.0, 0.0);
            for bin in 0..bins {
                let derivative = (first[0] * up[bin] + first[1] * down[bin]) * gamma[bin];
                self.jacobian[bin * scalars + change.local] += derivative * factor;
                slopes += self.slope[bin] * derivative;
                curves += self.slope[bin] * (curved[0] * up[bin] + curved[1] * down[bin]) * gamma[bin];
            }
            self.sums[k] = slopes;
            if second {
                self.scalar[change.local * scalars + change.local] += curves * factor;
            }
        }
        let mut content = 0.0;
        for bin in 0..bins {
            content += self.slope[bin] * base[bin] * gamma[bin];
        }
        for (m, factor) in row.factors.iter().enumerate() {
            let [_, first, curved] = self.factors[first_factor + m];
            let without = rest.without(&[m]);
            for bin in 0..bins {
                self.jacobian[bin * scalars + factor.local] += base[bin] * gamma[bin] * without * first;
            }
            if second {
                self.scalar[factor.local * scalars + factor.local] += content * without * curved;
            }
        }
        if second {
            for (m, factor) in row.factors.iter().enumerate() {
                let slope = rest.parts[m][1];
                let without = rest.without(&[m]) * slope;
                for (k, change) in row.changes.iter().enumerate() {
                    pair(&mut self.scalar, scalars, factor.local, change.local, self.sums[k] * without);
                }
                if rest.zeros == 0 {
                    let weight = content * without;
                    for (other, part) in row.factors[..m].iter().zip(rest.parts) {
                        pair(&mut self.scalar, scalars, factor.local, other.local, weight * part[1] / part[0]);
                    }
                    continue;
                }
                for (n, other) in row.factors[..m].iter().enumerate() {
                    let both = rest.without(&[m, n]) * slope * rest.parts[n][1];
                    pair(&mut self.scalar, scalars, factor.local, other.local, content * both);
                }
            }
        }
        for (t, &vector) in row.vectors.iter().enumerate() {
            for bin in 0..bins {
                let others = own_product(channel, row, bin, x, &[t]);
                self.own_jacobian[vector * bins + bin] += base[bin] * factor * others;
                if !second {
                    continue;
                }
                let slope = self.slope[bin];
                let start = (vector * bins + bin) * scalars;
                for change in &row.changes {
                    let [_, first, _] = self.weights[change.by];
                    let at = change.template + bin;
                    let derivative = first[0] * templates[at] + first[1] * templates[at + bins];
                    self.cross[start + change.local] += slope * derivative * factor * others;
                }
                for (m, of) in row.factors.iter().enumerate() {
                    self.cross[start + of.local] += slope * base[bin] * rest.without(&[m]) * rest.parts[m][1] * others;
                }
                for (u, &other) in row.vectors.iter().enumerate() {
                    if u != t {
                        let rest = own_product(channel, row, bin, x, &[t, u]);
                        self.own[(vector * channel.vectors.len() + other) * bins + bin] += slope * base[bin] * factor * rest;
                    }
                }
            }
        }
    }
}

/// Adds to an entry off the diagonal of a symmetric matrix of which the lower triangle is kept; equal indices count twice.
pub(super) fn pair(matrix: &mut [f64], size: usize, i: usize, j: usize, value: f64) {
    let (row, column) = (i.max(j), i.min(j));
    matrix[row * size + column] += if i == j { 2.0 * value } else { value };
}

/// Product of the bin's own factors of a row but those at the positions `left_out`.
pub(super) fn own_product(channel: &ChannelPlan, row: &Row, bin: usize, x: &[f64], left_out: &[usize]) -> f64 {
    let mut product = 1.0;
    for (t, &vector) in row.vectors.iter().enumerate() {
        if !left_out.contains(&t) {
            product *= x[channel.vectors[vector][bin]];
        }
    }
    product
}

/// The factors of a row, for products that leave some out.
pub(super) struct Rest<'a> {
    parts: &'a [[f64; 3]],
    /// Product of those that are not 0.
    product: f64,
    zeros: usize,
}

impl<'a> Rest<'a> {
    pub(super) fn new(parts: &'a [[f64; 3]]) -> Self {
        let zeros = parts.iter().filter(|part| part[0] == 0.0).count();
        let product = parts.iter().map(|part| part[0]).filter(|value| *value != 0.0).product();
        Self { parts, product, zeros }
    }

    /// First derivative of a factor.
    pub(super) fn slope(&self, index: usize) -> f64 {
        self.parts[index][1]
    }

    pub(super) fn without(&self, left_out: &[usize]) -> f64 {
        let (mut product, mut zeros) = (self.product, self.zeros);
        for &index in left_out {
            match self.parts[index][0] {
                0.0 => zeros -= 1,
                value => product /= value,
            }
        }
        if zeros > 0 { 0.0 } else { product }
    }
}
