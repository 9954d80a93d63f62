//! Random data of a model: a function of seed, name, toy and draw, of nothing else.

use germane_numerics::maths;
use germane_numerics::random::Philox4x32;
use germane_numerics::special;
use sha2::{Digest, Sha256};

use crate::likelihood::{Constraint, Parameter};
use crate::poisson;

/// The stream of a channel or parameter: Philox4x32-10, key = first 8 bytes of SHA-256 of `seed`, `toys` and the name.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    generator: Philox4x32,
    /// Last word of the counter: which of several ensembles of one seed this is.
    hypothesis: u32,
}

impl Stream {
    pub(crate) fn new(seed: u64, name: &str, hypothesis: u32) -> Self {
        let digest = Sha256::digest(format!("{seed}\ntoys\n{name}"));
        let mut key = [0; 8];
        key.copy_from_slice(&digest[..8]);
        Self { generator: Philox4x32::from_bytes(key), hypothesis }
    }

    /// Uniform in (0, 1] for a bin or draw of toy `number`.
    pub(crate) fn uniform(&self, draw: usize, number: u64) -> f64 {
        self.generator.uniform([draw as u32, number as u32, (number >> 32) as u32, self.hypothesis])
    }
}

/// Poisson counts of one mean from uniform numbers.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    mean: f64,
    /// Smallest tabulated count.
    first: f64,
    /// P(N <= n) from `first` on.
    cumulated: Vec<f64>,
}

/// Part of the draws that a table leaves out on either side.
const TAIL: f64 = 1e-5;

/// Means above have no table.
const LARGEST: f64 = 1e6;

impl Counts {
    /// For a few draws.
    pub(crate) fn new(mean: f64) -> Self {
        Self { mean, first: 0.0, cumulated: Vec::new() }
    }

    /// For many draws: the probabilities of the likely counts are worked out once.
    pub(crate) fn tabulated(mean: f64) -> Self {
        if !(mean > 0.0 && mean <= LARGEST) {
            return Self::new(mean);
        }
        let (first, last) = (poisson::quantile(TAIL, mean), poisson::quantile(1.0 - TAIL, mean));
        let cumulated = (0..=(last - first) as usize).map(|k| poisson::cumulated(first + k as f64, mean)).collect();
        Self { mean, first, cumulated }
    }

    /// The smallest count whose cumulated probability is not below `probability`; NaN if the mean is negative or not finite.
    pub(crate) fn at(&self, probability: f64) -> f64 {
        match (self.cumulated.first(), self.cumulated.last()) {
            (Some(first), Some(last)) if *first < probability && probability <= *last => {
                self.first + self.cumulated.partition_point(|reached| *reached < probability) as f64
            }
            _ => poisson::quantile(probability, self.mean),
        }
    }
}

/// Auxiliary data of one constraint from uniform numbers.
#[derive(Clone, Debug)]
pub(crate) enum Auxiliary {
    /// A fixed parameter: its auxiliary datum decides nothing and stays.
    Kept(f64),
    /// Around the value of the parameter.
    Normal { centre: f64, width: f64 },
    /// Around the expectation at the parameter.
    Poisson(Counts),
    /// Around the value of the parameter, with the widths of its two sides.
    Bifurcated { centre: f64, below: f64, above: f64 },
}

impl Auxiliary {
    /// The auxiliary data of a parameter at `x`.
    pub(crate) fn new(constraint: Constraint, fixed: bool, x: f64, counts: impl Fn(f64) -> Counts) -> Self {
        match constraint {
            _ if fixed => Self::Kept(constraint.datum()),
            Constraint::Normal { width, .. } => Self::Normal { centre: x, width },
            Constraint::Poisson { rate, .. } => Self::Poisson(counts(rate * x)),
            Constraint::LogNormal { width, .. } => Self::Normal { centre: maths::ln(x), width },
            Constraint::Bifurcated { below, above, .. } => Self::Bifurcated { centre: x, below, above },
        }
    }

    /// The datum of a uniform number.
    pub(crate) fn at(&self, uniform: f64) -> f64 {
        match self {
            Self::Kept(datum) => *datum,
            Self::Normal { centre, width } => centre + width * special::normal_quantile(uniform.min(1.0 - f64::EPSILON)),
            Self::Poisson(counts) => counts.at(uniform),
            Self::Bifurcated { centre, below, above } => centre + bifurcated_quantile(uniform, *below, *above),
        }
    }
}

/// Auxiliary data of all constrained parameters at one point, by number.
#[derive(Clone, Debug)]
pub(crate) struct AuxiliaryToys(Vec<(usize, Stream, Auxiliary)>);

impl AuxiliaryToys {
    pub(crate) fn new(parameters: &[Parameter], x: &[f64], seed: u64, hypothesis: u32) -> Self {
        let one = |(index, parameter): (usize, &Parameter)| {
            let auxiliary = Auxiliary::new(parameter.constraint?, parameter.fixed, x[index], Counts::new);
            Some((index, Stream::new(seed, &parameter.name, hypothesis), auxiliary))
        };
        Self(parameters.iter().enumerate().filter_map(one).collect())
    }

    /// Puts the data of a toy into the constraints.
    pub(crate) fn take(&self, number: u64, parameters: &mut [Parameter]) {
        for (index, stream, auxiliary) in &self.0 {
            let datum = auxiliary.at(stream.uniform(0, number));
            if let Some(constraint) = &mut parameters[*index].constraint {
                *constraint = constraint.with_datum(datum);
            }
        }
    }
}

/// Puts the auxiliary data that are expected at `x` into the constraints.
pub(crate) fn expect_auxiliary(parameters: &mut [Parameter], x: &[f64]) {
    for (parameter, &value) in parameters.iter_mut().zip(x) {
        if let Some(constraint) = &mut parameter.constraint {
            *constraint = constraint.with_datum(constraint.expected(value));
        }
    }
}

/// Quantile of centre - parameter of a bifurcated constraint: the parameter is below its datum with the width `below`.
fn bifurcated_quantile(uniform: f64, below: f64, above: f64) -> f64 {
    let under = above / (below + above);
    if uniform < under {
        above * special::normal_quantile((0.5 * uniform / under).max(f64::MIN_POSITIVE))
    } else {
        below * special::normal_survival_quantile((0.5 * (1.0 - uniform) / (1.0 - under)).max(0.5 * f64::EPSILON))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_gives_the_counts_of_the_search() {
        for mean in [1e-3, 0.4, 3.0, 77.7, 2500.0] {
            let (table, search) = (Counts::tabulated(mean), Counts::new(mean));
            let stream = Stream::new(1, "bins", 0);
            for draw in 0..2000 {
                let uniform = stream.uniform(draw, 3);
                assert_eq!(table.at(uniform), search.at(uniform), "{mean} {uniform}");
            }
            for edge in [f64::MIN_POSITIVE, TAIL, 1.0 - TAIL, 1.0] {
                assert_eq!(table.at(edge), search.at(edge), "{mean} {edge}");
            }
        }
    }

    #[test]
    fn hypotheses_of_one_seed_are_independent() {
        let (one, other) = (Stream::new(1, "bins", 0), Stream::new(1, "bins", 1));
        assert!((0..100).all(|draw| one.uniform(draw, 0) != other.uniform(draw, 0)));
    }
}
