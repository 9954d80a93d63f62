//! Whether chains tell the same, and how many independent draws they are worth.
//!
//! A. Vehtari, A. Gelman, D. Simpson, B. Carpenter and P.-C. Bürkner, Bayesian Analysis 16 (2021) 667; C. J. Geyer, Statistical
//! Science 7 (1992) 473.

use germane_numerics::{maths, special};

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre) * (value - centre)).sum::<f64>() / (values.len() as f64 - 1.0)
}

/// Each chain as two.
fn halves(chains: &[Vec<f64>]) -> Vec<&[f64]> {
    chains
        .iter()
        .flat_map(|chain| {
            let half = chain.len() / 2;
            [&chain[..half], &chain[chain.len() - half..]]
        })
        .collect()
}

/// √ of the variance of all over that within: 1 where all chains tell the same.
fn scale_reduction(chains: &[&[f64]]) -> f64 {
    let draws = chains.first().map_or(0, |chain| chain.len()) as f64;
    let within = mean(&chains.iter().map(|chain| variance(chain)).collect::<Vec<_>>());
    let between = variance(&chains.iter().map(|chain| mean(chain)).collect::<Vec<_>>());
    if within == 0.0 && between == 0.0 { 1.0 } else { (((draws - 1.0) / draws * within + between) / within).sqrt() }
}

/// Normal scores of the ranks among all draws.
fn ranked(chains: &[&[f64]]) -> Vec<Vec<f64>> {
    let all: Vec<f64> = chains.iter().flat_map(|chain| chain.iter().copied()).collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&a, &b| all[a].total_cmp(&all[b]).then(a.cmp(&b)));
    let mut scores = vec![0.0; all.len()];
    let mut first = 0;
    while first < order.len() {
        let mut last = first;
        while last + 1 < order.len() && all[order[last + 1]] == all[order[first]] {
            last += 1;
        }
        // Draws that are equal share the middle of their ranks.
        let rank = 0.5 * (first + last) as f64 + 1.0;
        let score = special::normal_quantile((rank - 0.375) / (all.len() as f64 + 0.25));
        for &place in &order[first..=last] {
            scores[place] = score;
        }
        first = last + 1;
    }
    let mut rest = scores.as_slice();
    chains
        .iter()
        .map(|chain| {
            let (own, others) = rest.split_at(chain.len());
            rest = others;
            own.to_vec()
        })
        .collect()
}

/// R-hat of the draws of one quantity (`chains` of equal length, at least four draws each): the larger of that of the ranks and
/// that of the ranks of the distances from the median. Below 1.01 is good.
pub fn r_hat(chains: &[Vec<f64>]) -> f64 {
    let split = halves(chains);
    let bulk = scaled(&split);
    let mut all: Vec<f64> = chains.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let median = all.get(all.len() / 2).copied().unwrap_or(f64::NAN);
    let folded: Vec<Vec<f64>> = split.iter().map(|chain| chain.iter().map(|value| (value - median).abs()).collect()).collect();
    bulk.max(scaled(&folded.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

fn scaled(chains: &[&[f64]]) -> f64 {
    let scores = ranked(chains);
    scale_reduction(&scores.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Effective number of draws for the mean of one quantity, from the autocorrelation in split chains.
pub fn effective_draws(chains: &[Vec<f64>]) -> f64 {
    let split = halves(chains);
    let draws = split.first().map_or(0, |chain| chain.len());
    let total = (draws * split.len()) as f64;
    let centres: Vec<f64> = split.iter().map(|chain| mean(chain)).collect();
    let within = mean(&split.iter().map(|chain| variance(chain)).collect::<Vec<_>>());
    let between = if split.len() > 1 { variance(&centres) } else { 0.0 };
    let whole = (draws as f64 - 1.0) / draws as f64 * within + between;
    if !(whole > 0.0) {
        return total;
    }
    let correlation = |lag: usize| {
        let products = split.iter().zip(&centres).map(|(chain, centre)| {
            let pairs = chain[..draws - lag].iter().zip(&chain[lag..]);
            pairs.map(|(a, b)| (a - centre) * (b - centre)).sum::<f64>() / draws as f64
        });
        1.0 - (within - products.sum::<f64>() / split.len() as f64) / whole
    };
    // Sums of neighbouring correlations are positive and fall; the first that is not ends the series.
    let mut time = -1.0;
    let mut last = f64::INFINITY;
    for pair in 0..draws / 2 {
        let even = if pair == 0 { 1.0 } else { correlation(2 * pair) };
        let sum = even + correlation(2 * pair + 1);
        if sum <= 0.0 {
            break;
        }
        last = sum.min(last);
        time += 2.0 * last;
    }
    total / time.max(1.0 / maths::log10(total).max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use germane_numerics::random::Philox4x32;

    /// Four chains x' = ρ x + √(1 - ρ²) ε of standard normal draws.
    fn chains(correlation: f64, shift: f64) -> Vec<Vec<f64>> {
        let generator = Philox4x32::new([3, 1]);
        let chain = |number: u32| {
            let mut x = generator.normal([0, number, 1, 0]);
            let step = (1.0 - correlation * correlation).sqrt();
            let mut next = |draw: u32| {
                x = correlation * x + step * generator.normal([draw, number, 0, 0]);
                x + if number == 0 { shift } else { 0.0 }
            };
            (0..20_000).map(&mut next).collect()
        };
        (0..4).map(chain).collect()
    }

    #[test]
    fn effective_draws_are_those_of_the_autocorrelation() {
        // The mean of a first-order process is worth n (1 - ρ) / (1 + ρ) draws.
        for correlation in [0.0, 0.5, 0.9] {
            let found = effective_draws(&chains(correlation, 0.0));
            let truth = 80_000.0 * (1.0 - correlation) / (1.0 + correlation);
            assert!((found / truth - 1.0).abs() < 0.12, "{correlation} {found} {truth}");
        }
    }

    #[test]
    fn a_chain_elsewhere_is_seen() {
        assert!(r_hat(&chains(0.5, 0.0)) < 1.005);
        // One of four chains one error aside: the means vary by 1/4 of the variance within.
        let shifted = r_hat(&chains(0.0, 1.0));
        assert!((1.05..1.2).contains(&shifted), "{shifted}");
    }
}
