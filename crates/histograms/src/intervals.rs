//! Confidence intervals of counts and efficiencies.

use germane_numerics::special::{beta_i_inverse, beta_i_inverse_complement, gamma_p_inverse, gamma_q_inverse};

/// erf(1/√2): the probability within one standard deviation of a normal distribution.
pub const ONE_SIGMA: f64 = 0.682_689_492_137_085_9;

/// Central interval of a Poisson mean when n were observed (Garwood, Biometrika 28, 1936): lower limit (1 - level)/2 quantile
/// of the gamma distribution of shape n, upper limit (1 + level)/2 quantile of shape n + 1. NaN for negative n.
pub fn garwood(n: f64, level: f64) -> (f64, f64) {
    let tail = 0.5 * (1.0 - level);
    let lower = if n == 0.0 { 0.0 } else { gamma_p_inverse(n, tail) };
    let upper = if n >= 0.0 { gamma_q_inverse(n + 1.0, tail) } else { f64::NAN };
    (lower, upper)
}

/// Interval of a sum of weights: with the scale s = Σw²/Σw, s times Garwood's interval of (Σw)²/Σw² entries. An empty bin has
/// no scale of its own: `empty_scale` is used there, usually Σw²/Σw of the whole histogram. For negative sums, where Garwood
/// has no meaning, Σw ± √Σw².
pub fn garwood_weighted(sum: f64, sum_of_squares: f64, empty_scale: f64, level: f64) -> (f64, f64) {
    if sum == 0.0 && sum_of_squares == 0.0 {
        let (lower, upper) = garwood(0.0, level);
        return (empty_scale * lower, empty_scale * upper);
    }
    if sum <= 0.0 {
        let error = sum_of_squares.sqrt();
        return (sum - error, sum + error);
    }
    let scale = sum_of_squares / sum;
    let (lower, upper) = garwood(sum / sum_of_squares * sum, level);
    (scale * lower, scale * upper)
}

/// Central interval of an efficiency when k of n passed (Clopper and Pearson, Biometrika 26, 1934). NaN unless 0 <= k <= n.
pub fn clopper_pearson(k: f64, n: f64, level: f64) -> (f64, f64) {
    if !(k >= 0.0 && k <= n) {
        return (f64::NAN, f64::NAN);
    }
    let tail = 0.5 * (1.0 - level);
    let lower = if k == 0.0 { 0.0 } else { beta_i_inverse(k, n - k + 1.0, tail) };
    let upper = if k == n { 1.0 } else { beta_i_inverse_complement(k + 1.0, n - k, tail) };
    (lower, upper)
}
