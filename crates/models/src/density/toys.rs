//! Toys of densities: counts of bins, or events by inverting the cumulated density.

use super::channel::{Data, Prepared};
use super::model::DensityModel;
use crate::likelihood::Likelihood;
use crate::poisson;
use crate::toys::{Auxiliary, Counts, Stream};

/// Cells of the range in which the cumulated density is tabulated before it is inverted.
const CELLS: usize = 128;

/// Most events of a toy, so that a wrong yield does not fill the memory.
const MOST: f64 = 1e8;

impl DensityModel {
    /// The same model with random data at `x`: toy `number` of a seed, auxiliary data included. Counts of bins are Poisson; the
    /// number of events is Poisson too, and draw k of a channel's stream places event k.
    ///
    /// # Errors
    /// In words, if the expectation at `x` is negative or not finite somewhere.
    pub fn toy(&self, x: &[f64], seed: u64, number: u64) -> Result<Self, String> {
        let mut model = self.clone();
        for index in 0..self.channels().len() {
            let name = self.channels()[index].name.clone();
            let stream = Stream::new(seed, &name, 0);
            let (low, high) = self.range(index);
            match &mut model.channels_mut()[index].data {
                Data::Counts { edges, counts, least } => {
                    let expected = self.bin_integrals(index, None, edges, x);
                    for (bin, (count, mean)) in counts.iter_mut().zip(expected).enumerate() {
                        *count = poisson::quantile(stream.uniform(bin, number), mean);
                        if count.is_nan() {
                            return Err(format!("bin {bin} of channel {name}: the expectation is {mean}"));
                        }
                    }
                    *least = counts.iter().map(|count| poisson::least(*count)).collect();
                }
                Data::Events { values, outside, constant } => {
                    let table =
                        Table::new(self, index, x).ok_or_else(|| format!("channel {name}: the density is not positive"))?;
                    let total = poisson::quantile(stream.uniform(0, number), table.total());
                    if !(total <= MOST) {
                        return Err(format!("channel {name}: {total} events are too many for a toy"));
                    }
                    *values = (1..=total as usize).map(|draw| table.place(stream.uniform(draw, number))).collect();
                    // A draw of exactly 1 ends on the upper edge, which does not belong to the range.
                    values.retain(|value| (low..high).contains(value));
                    *outside = 0;
                    *constant = germane_numerics::special::ln_gamma(values.len() as f64 + 1.0);
                }
            }
        }
        for (index, parameter) in self.parameters().iter().enumerate() {
            let Some(constraint) = parameter.constraint else { continue };
            let uniform = Stream::new(seed, &parameter.name, 0).uniform(0, number);
            let drawn = Auxiliary::new(constraint, parameter.fixed, x[index], Counts::new).at(uniform);
            model.parameters_mut()[index].constraint = Some(constraint.with_datum(drawn));
        }
        Ok(model)
    }
}

/// The cumulated expectation at the edges of equal cells.
struct Table {
    parts: Vec<Prepared>,
    edges: Vec<f64>,
    cumulated: Vec<f64>,
}

impl Table {
    fn new(model: &DensityModel, channel: usize, x: &[f64]) -> Option<Self> {
        let (low, high) = model.range(channel);
        let edge = |k: usize| if k == CELLS { high } else { low + (high - low) * (k as f64 / CELLS as f64) };
        let edges: Vec<f64> = (0..=CELLS).map(edge).collect();
        let mut cumulated = vec![0.0];
        let mut sum = 0.0;
        for content in model.bin_integrals(channel, None, &edges, x) {
            if !(content >= 0.0 && content.is_finite()) {
                return None;
            }
            sum += content;
            cumulated.push(sum);
        }
        Some(Self { parts: model.channels()[channel].prepared(None, x), edges, cumulated })
    }

    fn total(&self) -> f64 {
        self.cumulated[CELLS]
    }

    /// Where the cumulated expectation reaches a part of its total: bisection inside the cell, sped up by the density.
    fn place(&self, part: f64) -> f64 {
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
