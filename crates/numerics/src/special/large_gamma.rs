//! The incomplete gamma functions of shapes of a million and more: Temme's uniform expansion (SIAM J. Math. Anal. 10, 1979) and
//! its inversion (Math. Comp. 58, 1992), with as many terms as shapes from [`LARGE`] on need.

use super::error_function::erfc;
use super::gamma::log1p_minus;
use crate::maths;
use std::f64::consts::PI;

/// Shapes from here on.
pub(super) const LARGE: f64 = 1e6;

/// P(a, x) and Q(a, x).
pub(super) fn both(a: f64, x: f64) -> (f64, f64) {
    let mu = (x - a) / a;
    // η²/2 = μ - ln(1 + μ), with the sign of μ.
    let half_square = -log1p_minus(mu.min(1e3));
    let eta = (2.0 * half_square).sqrt().copysign(mu);
    if eta.abs() > 0.06 {
        // More than sixty standard deviations away.
        return if mu > 0.0 { (1.0, 0.0) } else { (0.0, 1.0) };
    }
    const C0: [f64; 7] = [-1.0 / 3.0, 1.0 / 12.0, -2.0 / 135.0, 1.0 / 864.0, 1.0 / 2835.0, -139.0 / 777_600.0, 1.0 / 25_515.0];
    const C1: [f64; 3] = [-1.0 / 540.0, -1.0 / 288.0, 1.0 / 378.0];
    let polynomial = |c: &[f64]| c.iter().rev().fold(0.0, |sum, &c| sum * eta + c);
    let rest = maths::exp(-a * half_square) / (2.0 * PI * a).sqrt() * (polynomial(&C0) + polynomial(&C1) / a);
    let deviate = eta * (0.5 * a).sqrt();
    (0.5 * erfc(-deviate) - rest, 0.5 * erfc(deviate) + rest)
}

/// x at which P(a, x) is the probability of a normal variate below `deviate`.
pub(super) fn quantile(a: f64, deviate: f64) -> f64 {
    let eta0 = deviate / a.sqrt();
    let first = -1.0 / 3.0 + eta0 * (1.0 / 36.0 + eta0 * (1.0 / 1620.0 - eta0 * (7.0 / 6480.0)));
    let second = -7.0 / 405.0 - eta0 * (7.0 / 2592.0);
    let eta = eta0 + (first + second / a) / a;
    // λ - 1 with η²/2 = λ - 1 - ln λ.
    const LAMBDA: [f64; 6] = [1.0, 1.0 / 3.0, 1.0 / 36.0, -1.0 / 270.0, 1.0 / 4320.0, 1.0 / 17_010.0];
    a + a * eta * LAMBDA.iter().rev().fold(0.0, |sum, &c| sum * eta + c)
}
