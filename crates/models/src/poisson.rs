//! The Poisson probability as -ln L, with all constants.

use germane_numerics::{maths, special};

/// ν - n ln ν + ln Γ(n+1) for real n >= 0; 0 ln 0 is 0; infinite where the probability is 0 or ν is negative or NaN.
pub(crate) fn nll(count: f64, mean: f64) -> f64 {
    nll_with(count, mean, special::ln_gamma(count + 1.0))
}

/// The same with ln Γ(n+1) given.
pub(crate) fn nll_with(count: f64, mean: f64, ln_factorial: f64) -> f64 {
    if count == 0.0 {
        return if mean >= 0.0 { mean } else { f64::INFINITY };
    }
    if mean > 0.0 { mean - count * maths::ln(mean) + ln_factorial } else { f64::INFINITY }
}

/// First and second derivative of [`nll`] in ν.
pub(crate) fn slopes(count: f64, mean: f64) -> [f64; 2] {
    if count == 0.0 {
        return [1.0, 0.0];
    }
    let ratio = count / mean;
    [1.0 - ratio, ratio / mean]
}

/// Smallest n with P(N <= n) >= `probability` for the given mean: a Poisson count from a uniform number.
pub(crate) fn quantile(probability: f64, mean: f64) -> f64 {
    if !(mean > 0.0 && mean.is_finite()) {
        return if mean == 0.0 { 0.0 } else { f64::NAN };
    }
    // P(N <= n) = Q(n + 1, mean); the normal approximation with its first correction is a few counts off at most.
    let z = special::normal_quantile(probability.clamp(f64::MIN_POSITIVE, 1.0 - 0.5 * f64::EPSILON));
    let mut n = (mean + z * mean.sqrt() + (z * z - 1.0) / 6.0).floor().max(0.0);
    let reached = |n: f64| special::gamma_q(n + 1.0, mean) >= probability;
    while !reached(n) && n < 9_007_199_254_740_992.0 {
        n += 1.0;
    }
    while n > 0.0 && reached(n - 1.0) {
        n -= 1.0;
    }
    n
}
