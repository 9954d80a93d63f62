//! What draws say of each parameter: the document `germane_sample`.

use germane_models::Parameter;
use germane_numerics::maths;
use serde::Serialize;

use super::diagnostics::{effective_draws, r_hat};
use crate::fit::number;

/// Draws of a posterior. Serialises to the document `germane_sample: 1`, without the draws.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Posterior {
    /// Version of the document.
    pub germane_sample: u32,
    /// `nuts` or `nested`.
    pub method: &'static str,
    /// Whether the draws can be trusted: chains agree and none diverged.
    pub valid: bool,
    /// Why not; empty if there is nothing to say.
    pub reason: String,
    /// The parameters that were sampled, in the order of the model.
    pub parameters: Vec<Marginal>,
    /// ln of the evidence with a prior that is flat within the bounds, and its error; of nested sampling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ln_evidence: Option<[f64; 2]>,
    /// Chains, or runs of nested sampling.
    pub chains: usize,
    /// Draws of each chain, or weighted points of all runs.
    pub draws: usize,
    /// Draws whose trajectories diverged.
    pub divergences: usize,
    /// Evaluations of the likelihood.
    pub evaluations: usize,
    /// Seed.
    pub seed: u64,
    /// The draws: chain, draw, parameter.
    #[serde(skip)]
    pub values: Vec<Vec<Vec<f64>>>,
    /// Weight of each draw, their sum is 1; none where all are equal.
    #[serde(skip)]
    pub weights: Option<Vec<Vec<f64>>>,
}

/// The marginal posterior of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Marginal {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: Option<String>,
    /// Mean.
    #[serde(serialize_with = "number")]
    pub mean: f64,
    /// Standard deviation.
    #[serde(serialize_with = "number")]
    pub deviation: f64,
    /// Quantiles 0.025, 0.16, 0.5, 0.84, 0.95 and 0.975.
    pub quantiles: [f64; 6],
    /// Standard error of the mean, from the effective draws.
    #[serde(serialize_with = "number")]
    pub mean_error: f64,
    /// Effective number of draws for the mean.
    #[serde(serialize_with = "number")]
    pub effective: f64,
    /// R-hat; of nested sampling none.
    pub r_hat: Option<f64>,
}

/// Probabilities of [`Marginal::quantiles`].
pub const QUANTILES: [f64; 6] = [0.025, 0.16, 0.5, 0.84, 0.95, 0.975];

impl Posterior {
    /// A parameter by name.
    pub fn parameter(&self, name: &str) -> Option<&Marginal> {
        self.parameters.iter().find(|marginal| marginal.name == name)
    }

    /// Draws of the parameter at a place of [`Posterior::parameters`], chain by chain.
    pub fn chains_of(&self, place: usize) -> Vec<Vec<f64>> {
        self.values.iter().map(|chain| chain.iter().map(|draw| draw[place]).collect()).collect()
    }
}

/// The marginal of equally weighted chains.
pub(super) fn of_chains(parameter: &Parameter, chains: &[Vec<f64>]) -> Marginal {
    let all: Vec<(f64, f64)> = chains.iter().flatten().map(|&value| (value, 1.0)).collect();
    let effective = effective_draws(chains);
    marginal(parameter, all, effective, Some(r_hat(chains)))
}

/// The marginal of weighted values.
pub(super) fn of_weights(parameter: &Parameter, all: Vec<(f64, f64)>) -> Marginal {
    let (sum, squares) = all.iter().fold((0.0, 0.0), |(sum, squares), (_, weight)| (sum + weight, squares + weight * weight));
    marginal(parameter, all, sum * sum / squares, None)
}

fn marginal(parameter: &Parameter, mut all: Vec<(f64, f64)>, effective: f64, r_hat: Option<f64>) -> Marginal {
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let sum: f64 = all.iter().map(|(_, weight)| weight).sum();
    let mean = all.iter().map(|(value, weight)| value * weight).sum::<f64>() / sum;
    let variance = all.iter().map(|(value, weight)| weight * (value - mean) * (value - mean)).sum::<f64>() / sum;
    let quantile = |probability: f64| {
        let mut below = 0.0;
        let reached = all.iter().find(|(_, weight)| {
            below += weight;
            below >= probability * sum
        });
        reached.or(all.last()).map_or(f64::NAN, |(value, _)| *value)
    };
    Marginal {
        name: parameter.name.clone(),
        unit: parameter.unit.clone(),
        mean,
        deviation: variance.sqrt(),
        quantiles: QUANTILES.map(quantile),
        mean_error: (variance / effective).sqrt(),
        effective,
        r_hat,
    }
}

/// Weights from their logarithms, so that their sum is 1.
pub(super) fn normalised(logarithms: &[f64]) -> Vec<f64> {
    let most = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logarithms.iter().map(|ln| maths::exp(ln - most)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}
