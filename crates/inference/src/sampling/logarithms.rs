//! Sums of numbers that are known by their logarithms.

use germane_numerics::maths;

/// ln(eᵃ + eᵇ).
pub(super) fn ln_add(a: f64, b: f64) -> f64 {
    let (most, least) = if a > b { (a, b) } else { (b, a) };
    if most == f64::NEG_INFINITY { most } else { most + maths::log1p(maths::exp(least - most)) }
}
