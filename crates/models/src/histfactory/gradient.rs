//! The gradient alone: sums over the bins of each change and factor, without the derivatives of single bins.

use super::Model;
use super::derivatives::{Rest, own_product};
use super::plan::ChannelPlan;
use super::scratch::{Scratch, first_factor};
use crate::poisson;

impl Model {
    /// -ln L; its gradient is written to `gradient`.
    pub(super) fn first_order(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let value = self.visit(x, |scratch, number, observed| {
            scratch.add_gradient(&self.channels[number], &self.templates, x, observed, gradient);
        });
        self.add_constraint_slopes(x, gradient);
        value
    }
}

impl Scratch {
    /// Adds a channel's part to the gradient, after [`Scratch::expect`] at the same point.
    fn add_gradient(&mut self, channel: &ChannelPlan, templates: &[f64], x: &[f64], observed: &[f64], gradient: &mut [f64]) {
        let bins = channel.bins;
        if channel.card().is_some() {
            self.first_derivatives(channel, 0..channel.samples_count(), templates, x);
        }
        for (bin, &count) in observed.iter().enumerate() {
            self.slope[bin] = poisson::slopes(count, self.expected[bin])[0];
        }
        if channel.card().is_some() {
            return self.scatter_gradient(channel, gradient);
        }
        let slope = &self.slope[..bins];
        for (index, row) in channel.rows().iter().enumerate() {
            let first_factor = first_factor(channel.rows(), index);
            let rest = Rest::new(&self.factors[first_factor..first_factor + row.factors.len()]);
            let factor = self.factor[index];
            let range = index * bins..(index + 1) * bins;
            let (base, gamma) = (&self.base[range.clone()], &self.gamma[range]);
            // w1 G of each bin, in memory that only second derivatives use.
            let weight = &mut self.curve[..bins];
            let mut content = 0.0;
            for bin in 0..bins {
                weight[bin] = slope[bin] * gamma[bin];
                content += weight[bin] * base[bin];
            }
            for change in &row.changes {
                let [_, first, _] = self.weights[change.by];
                let (up, down) = templates[change.template..change.template + 2 * bins].split_at(bins);
                let mut sum = 0.0;
                for bin in 0..bins {
                    sum += weight[bin] * (first[0] * up[bin] + first[1] * down[bin]);
                }
                gradient[change.parameter] += factor * sum;
            }
            for (m, of) in row.factors.iter().enumerate() {
                gradient[of.parameter] += content * rest.without(&[m]) * rest.slope(m);
            }
            for (t, &vector) in row.vectors.iter().enumerate() {
                for bin in 0..bins {
                    let others = own_product(channel, row, bin, x, &[t]);
                    gradient[channel.vectors[vector][bin]] += slope[bin] * base[bin] * factor * others;
                }
            }
        }
    }
}
