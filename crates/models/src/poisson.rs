//! The Poisson probability as -ln L, with all constants.
//!
//! ν - n ln ν + ln Γ(n+1) is summed as the distance from its minimum at ν = n plus the value there: for large counts the
//! three terms cancel, and a minimiser needs the small differences.

use germane_numerics::{maths, special};

/// -ln of the probability of `count` (real, not negative) for `mean`; 0 ln 0 is 0; infinite where the probability is 0 or the
/// mean is negative or NaN.
pub(crate) fn nll(count: f64, mean: f64) -> f64 {
    nll_with(count, mean, least(count))
}

/// The same with its smallest value, [`least`], given.
pub(crate) fn nll_with(count: f64, mean: f64, least: f64) -> f64 {
    if count == 0.0 {
        return if mean >= 0.0 { mean } else { f64::INFINITY };
    }
    if !(mean > 0.0) {
        return f64::INFINITY;
    }
    let distance = mean - count;
    let ratio = distance / count;
    let log = if ratio.abs() < 0.5 { maths::log1p(ratio) } else { maths::ln(mean / count) };
    (distance - count * log) + least
}

/// The value at mean = count: n - n ln n + ln Γ(n+1), which is ln(2πn)/2 + 1/(12n) - … for large n.
pub(crate) fn least(count: f64) -> f64 {
    if count == 0.0 {
        return 0.0;
    }
    if count < 32.0 {
        return special::ln_gamma(count + 1.0) - count * maths::ln(count) + count;
    }
    let inverse = 1.0 / count;
    let square = inverse * inverse;
    // Stirling's series; the next term is below 1e-19 from 32 on.
    let series = 1.0 / 1188.0 - square * (691.0 / 360_360.0);
    let series = 1.0 / 1260.0 - square * (1.0 / 1680.0 - square * series);
    let series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * series));
    0.5 * maths::ln(std::f64::consts::TAU * count) + series
}

/// First and second derivative of [`nll`] in ν.
pub(crate) fn slopes(count: f64, mean: f64) -> [f64; 2] {
    if count == 0.0 {
        return [1.0, 0.0];
    }
    // (ν - n)/ν keeps its digits near the minimum.
    [(mean - count) / mean, count / (mean * mean)]
}

/// P(N <= n) for the given mean.
pub(crate) fn cumulated(n: f64, mean: f64) -> f64 {
    special::gamma_q(n + 1.0, mean)
}

/// Smallest n with P(N <= n) >= `probability` for the given mean: a Poisson count from a uniform number.
pub(crate) fn quantile(probability: f64, mean: f64) -> f64 {
    if !(mean > 0.0 && mean.is_finite()) {
        return if mean == 0.0 { 0.0 } else { f64::NAN };
    }
    // The normal approximation with its first correction is a few counts off at most.
    let z = special::normal_quantile(probability.clamp(f64::MIN_POSITIVE, 1.0 - 0.5 * f64::EPSILON));
    let mut n = (mean + z * mean.sqrt() + (z * z - 1.0) / 6.0).floor().max(0.0);
    let reached = |n: f64| cumulated(n, mean) >= probability;
    while !reached(n) && n < 9_007_199_254_740_992.0 {
        n += 1.0;
    }
    while n > 0.0 && reached(n - 1.0) {
        n -= 1.0;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_counts_keep_their_digits() {
        // mpmath 1.3, 50 digits.
        for (count, mean, truth) in [
            (5e6, 5e6, 8.63141278507052665),
            (5e6, 5_000_123.4, 8.63293551601657834),
            (40.0, 43.5, 2.91020219097185906),
            (31.5, 20.25, 5.31430941670909502),
            (3.0, 0.5, 4.37120101090789093),
        ] {
            let ours = nll(count, mean);
            assert!((ours - truth).abs() < 2e-14 * count.sqrt().max(1.0), "{count} {mean}: {ours}");
        }
    }

    #[test]
    fn the_quantile_is_the_smallest_count_that_reaches_the_probability() {
        // Exact counting: e^-2 (1, 2, 2, 4/3 …).
        let cumulated = [0.135335283236613, 0.406005849709838, 0.676676416183064, 0.857123460498547];
        for (n, probability) in cumulated.into_iter().enumerate() {
            assert_eq!(quantile(probability - 1e-12, 2.0), n as f64);
            assert_eq!(quantile(probability + 1e-12, 2.0), n as f64 + 1.0);
        }
        assert_eq!(quantile(0.5, 0.0), 0.0);
        assert!(quantile(0.5, f64::NAN).is_nan());
    }
}
