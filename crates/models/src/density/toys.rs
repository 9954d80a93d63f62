//! Toys and Asimov data of densities: counts of bins, or events by inverting the cumulated density.

use germane_numerics::special;

use super::channel::{Channel, Data, Prepared, Weights};
use super::model::DensityModel;
use crate::experiment::Experiment;
use crate::likelihood::{Likelihood, Parameter};
use crate::toys::{AuxiliaryToys, Counts, Stream, expect_auxiliary};
use crate::{pairwise, poisson};

/// Cells of the range in which the cumulated density is tabulated before it is inverted.
const CELLS: usize = 128;

/// Part of all expected events below which a place has none.
const NEGLIGIBLE: f64 = 1e-25;

/// Most events of a toy, so that a wrong yield does not fill the memory.
pub(super) const MOST: f64 = 1e8;

/// Places and weights of Gauss and Legendre's rule of five points on [0, 1] (Abramowitz and Stegun, table 25.4).
pub(super) const RULE: [(f64, f64); 5] = [
    (0.046_910_077_030_668, 0.118_463_442_528_094_55),
    (0.230_765_344_947_158_46, 0.239_314_335_249_683_23),
    (0.5, 0.284_444_444_444_444_43),
    (0.769_234_655_052_841_5, 0.239_314_335_249_683_23),
    (0.953_089_922_969_332, 0.118_463_442_528_094_55),
];

/// Random data of densities at one point, by number.
#[derive(Debug)]
pub struct DensityToys {
    channels: Vec<(Stream, Throw)>,
    auxiliary: AuxiliaryToys,
}

/// Random data of a channel.
#[derive(Debug)]
enum Throw {
    Counts(Vec<Counts>),
    /// So many events, or a Poisson number of them.
    Events {
        table: Table,
        given: Option<f64>,
    },
}

impl DensityModel {
    /// The same model with random data at `x`: toy `number` of a seed, auxiliary data included. Counts of bins are Poisson; the
    /// number of events is Poisson, too, if it is not given, and draw k of a channel's stream places event k.
    ///
    /// # Errors
    /// In words, if the expectation at `x` is negative or not finite somewhere.
    pub fn toy(&self, x: &[f64], seed: u64, number: u64) -> Result<Self, String> {
        let mut model = self.clone();
        model.take(&self.toys(x, seed, 0)?, number)?;
        Ok(model)
    }

    /// What the columns of conditional densities are in other data is not known.
    fn unconditional(&self) -> Result<(), String> {
        let conditional = |channel: &&Channel| !channel.conditional.is_empty();
        self.channels().iter().find(conditional).map_or(Ok(()), |channel| {
            Err(format!("channel {} has a density given other numbers of each event, of which no density is known", channel.name))
        })
    }

    /// Expected counts of the bins of a channel.
    fn means(&self, channel: usize, edges: &[f64], x: &[f64]) -> Result<Vec<f64>, String> {
        let expected = self.bin_integrals(channel, None, edges, x);
        match expected.iter().position(|mean| !(*mean >= 0.0 && mean.is_finite())) {
            None => Ok(expected),
            Some(bin) => {
                Err(format!("bin {bin} of channel {}: the expectation is {}", self.channels()[channel].name, expected[bin]))
            }
        }
    }
}

impl Experiment for DensityModel {
    type Toys = DensityToys;

    /// Expected counts in bins. Events become weighted ones at the points of a quadrature, so that sums over them are the integrals
    /// of the expectation.
    fn expecting(&self, x: &[f64]) -> Result<Self, String> {
        self.unconditional()?;
        let mut model = self.clone();
        for index in 0..self.channels().len() {
            let name = &self.channels()[index].name;
            let observed = self.channels()[index].data.entries();
            let (given, (low, high)) = (!self.channels()[index].extended, self.range(index));
            match &mut model.channels_mut()[index].data {
                Data::Counts { edges, counts, least } => {
                    *counts = self.means(index, edges, x)?;
                    *least = counts.iter().map(|count| poisson::least(*count)).collect();
                }
                Data::Events { values, weights, outside, constant, .. } => {
                    let cell = (high - low) / CELLS as f64;
                    let points = (0..CELLS).flat_map(|k| RULE.map(|(at, weight)| (low + cell * (k as f64 + at), cell * weight)));
                    let (places, sizes): (Vec<f64>, Vec<f64>) = points.unzip();
                    let density = self.curve(index, None, &places, x);
                    if let Some(bad) = density.iter().position(|value| !(*value >= 0.0 && value.is_finite())) {
                        return Err(format!("channel {name}: the density at {} is {}", places[bad], density[bad]));
                    }
                    let mut expected: Vec<f64> = density.iter().zip(&sizes).map(|(density, size)| density * size).collect();
                    if given {
                        let scale = observed / pairwise::sum(&expected);
                        expected.iter_mut().for_each(|weight| *weight *= scale);
                    }
                    // A weight of next to nothing would meet the logarithm of 0 where the density is 0 at another point.
                    let least = NEGLIGIBLE * pairwise::sum(&expected);
                    let events = places.into_iter().zip(expected).filter(|(_, weight)| *weight > least);
                    let (at, counts): (Vec<f64>, Vec<f64>) = events.unzip();
                    *outside = 0;
                    *constant = special::ln_gamma(pairwise::sum(&counts) + 1.0);
                    (*values, *weights) = (at, Weights::Expected(counts));
                }
            }
        }
        expect_auxiliary(DensityModel::parameters_mut(&mut model), x);
        Ok(model)
    }

    fn toys(&self, x: &[f64], seed: u64, hypothesis: u32) -> Result<DensityToys, String> {
        self.unconditional()?;
        let mut channels = Vec::new();
        for (index, channel) in self.channels().iter().enumerate() {
            let throw = match &channel.data {
                Data::Counts { edges, .. } => {
                    Throw::Counts(self.means(index, edges, x)?.into_iter().map(Counts::tabulated).collect())
                }
                Data::Events { .. } => {
                    let table = Table::new(channel.prepared(None, x), self.range(index));
                    let table = table.ok_or_else(|| format!("channel {}: the density is not positive", channel.name))?;
                    let given = (!channel.extended).then(|| channel.data.entries().round());
                    Throw::Events { table, given }
                }
            };
            channels.push((Stream::new(seed, &channel.name, hypothesis), throw));
        }
        Ok(DensityToys { channels, auxiliary: AuxiliaryToys::new(self.parameters(), x, seed, hypothesis) })
    }

    fn take(&mut self, toys: &DensityToys, number: u64) -> Result<(), String> {
        for (index, (stream, throw)) in toys.channels.iter().enumerate() {
            let (low, high) = self.range(index);
            let name = self.channels()[index].name.clone();
            match (&mut self.channels_mut()[index].data, throw) {
                (Data::Counts { counts, least, .. }, Throw::Counts(means)) => {
                    for (bin, (count, mean)) in counts.iter_mut().zip(means).enumerate() {
                        *count = mean.at(stream.uniform(bin, number));
                    }
                    *least = counts.iter().map(|count| poisson::least(*count)).collect();
                }
                (Data::Events { values, weights, outside, constant, .. }, Throw::Events { table, given }) => {
                    let total = given.unwrap_or_else(|| poisson::quantile(stream.uniform(0, number), table.total()));
                    if !(total <= MOST) {
                        return Err(format!("channel {name}: {total} events are too many for a toy"));
                    }
                    *values = (1..=total as usize).map(|draw| table.place(stream.uniform(draw, number))).collect();
                    // A draw of exactly 1 ends on the upper edge, which does not belong to the range.
                    values.retain(|value| (low..high).contains(value));
                    *weights = Weights::One;
                    *outside = 0;
                    *constant = special::ln_gamma(values.len() as f64 + 1.0);
                }
                _ => return Err(format!("channel {name}: the toys are of other data")),
            }
        }
        toys.auxiliary.take(number, DensityModel::parameters_mut(self));
        Ok(())
    }

    fn parameters_mut(&mut self) -> &mut [Parameter] {
        DensityModel::parameters_mut(self)
    }
}

/// The cumulated expectation at the edges of equal cells.
#[derive(Debug)]
pub(super) struct Table {
    parts: Vec<Prepared>,
    edges: Vec<f64>,
    cumulated: Vec<f64>,
}

impl Table {
    pub(super) fn new(parts: Vec<Prepared>, (low, high): (f64, f64)) -> Option<Self> {
        let edge = |k: usize| if k == CELLS { high } else { low + (high - low) * (k as f64 / CELLS as f64) };
        let edges: Vec<f64> = (0..=CELLS).map(edge).collect();
        let mut cumulated = vec![0.0];
        let mut sum = 0.0;
        for bin in edges.windows(2) {
            let content: f64 = parts.iter().map(|part| part.integral(bin[0], bin[1])).sum();
            if !(content >= 0.0 && content.is_finite()) {
                return None;
            }
            sum += content;
            cumulated.push(sum);
        }
        Some(Self { parts, edges, cumulated })
    }

    fn total(&self) -> f64 {
        self.cumulated[CELLS]
    }

    /// Where the cumulated expectation reaches a part of its total: bisection inside the cell, sped up by the density.
    pub(super) fn place(&self, part: f64) -> f64 {
        let wanted = part * self.total();
        let cell = self.cumulated.partition_point(|sum| *sum < wanted).clamp(1, CELLS) - 1;
        let (start, missing) = (self.edges[cell], wanted - self.cumulated[cell]);
        let (mut low, mut high) = (start, self.edges[cell + 1]);
        let content = self.cumulated[cell + 1] - self.cumulated[cell];
        let mut at = if content > 0.0 { start + (high - start) * (missing / content) } else { start };
        for _ in 0..60 {
            let reached = self.parts.iter().map(|part| part.integral(start, at)).sum::<f64>() - missing;
            if reached < 0.0 {
                low = low.max(at);
            } else {
                high = high.min(at);
            }
            let slope: f64 = self.parts.iter().map(|part| part.density(at)).sum();
            let newton = at - reached / slope;
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            if (next - at).abs() <= 1e-14 * at.abs() || next == at {
                return next;
            }
            at = next;
        }
        at
    }
}
