//! What a model expects, sample by sample, with first derivatives: the input of error propagation.

use super::Model;
use super::plan::ChannelPlan;
use super::scratch::Scratch;

/// Expected contents of one sample of a channel, or of all of them together, with their derivatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Name of the channel.
    pub channel: String,
    /// Name of the sample; `None` for the sum of all.
    pub sample: Option<String>,
    /// Contents of each bin.
    pub contents: Vec<f64>,
    /// For each bin the parameters (indices in the model, ascending) that change it, and the derivatives by them.
    pub derivatives: Vec<Vec<(usize, f64)>>,
}

impl Model {
    /// Calls `take` with the prediction of each sample and then of the sum, channel after channel, at `x`.
    pub fn predict(&self, x: &[f64], mut take: impl FnMut(Prediction)) {
        self.pool.with(
            || Scratch::new(&self.channels),
            |scratch| {
                for channel in &self.channels {
                    scratch.expect(channel, &self.templates, x);
                    for (index, sample) in channel.samples().into_iter().enumerate() {
                        scratch.first_derivatives(channel, index..index + 1, &self.templates, x);
                        let contents = scratch.contents(channel, index);
                        take(scratch.prediction(channel, Some(sample.to_owned()), contents));
                    }
                    scratch.first_derivatives(channel, 0..channel.samples_count(), &self.templates, x);
                    let contents = scratch.expected[..channel.bins].to_vec();
                    take(scratch.prediction(channel, None, contents));
                }
            },
        );
    }
}

impl Model {
    /// Indices of the parameters that multiply one bin of a channel, linearly; ascending.
    pub fn bin_parameters(&self) -> Vec<usize> {
        let mut indices: Vec<usize> =
            self.channels.iter().flat_map(|channel| channel.vectors.iter().flatten().copied()).collect();
        indices.sort_unstable();
        indices.dedup();
        indices
    }
}

impl Scratch {
    fn prediction(&self, channel: &ChannelPlan, sample: Option<String>, contents: Vec<f64>) -> Prediction {
        let (bins, scalars, leaves) = (channel.bins, channel.scalars.len(), channel.leaves.len());
        let bin = |bin: usize| {
            let shared = channel.scalars.iter().copied().zip(self.jacobian[bin * scalars..(bin + 1) * scalars].iter().copied());
            let leaf = channel.leaves.binary_search(&bin).ok();
            let vectors = channel.vectors.iter().enumerate().zip(std::iter::repeat(leaf));
            let own = vectors.filter_map(|((v, vector), leaf)| Some((vector[leaf?], self.own_jacobian[v * leaves + leaf?])));
            let mut derivatives: Vec<(usize, f64)> = shared.chain(own).filter(|(_, value)| *value != 0.0).collect();
            derivatives.sort_unstable_by_key(|(parameter, _)| *parameter);
            derivatives
        };
        Prediction { channel: channel.name.clone(), sample, contents, derivatives: (0..bins).map(bin).collect() }
    }
}
