//! The quantile of a distribution from its two tails and its density: Newton steps on the logarithm of the given tail,
//! kept in a bracket.

use crate::maths;

/// Which tail a probability is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    Lower,
    Upper,
}

/// The smaller of both tails: 1 - p is exact for p of at least one half.
pub(crate) fn smaller(value: f64, tail: Tail) -> (f64, Tail) {
    match tail {
        Tail::Lower if value > 0.5 => (1.0 - value, Tail::Upper),
        Tail::Upper if value > 0.5 => (1.0 - value, Tail::Lower),
        _ => (value, tail),
    }
}

/// x in (low, high) at which the tail is `value`; `tails` gives both tails at x, `density` the derivative of the lower.
pub(crate) fn invert(
    start: f64,
    low: f64,
    high: f64,
    value: f64,
    tail: Tail,
    tails: impl Fn(f64) -> (f64, f64),
    density: impl Fn(f64) -> f64,
) -> f64 {
    let (mut low, mut high) = (low, high);
    let mut x = start;
    if !(x > low && x < high) {
        x = if high.is_finite() { 0.5 * (low + high) } else { 1.0 };
    }
    let mut steps_left = 4;
    for _ in 0..200 {
        let (p, q) = tails(x);
        let here = if tail == Tail::Lower { p } else { q };
        // Above the target when the lower tail is too large.
        let too_far = if tail == Tail::Lower { here > value } else { here < value };
        if here == value {
            return x;
        }
        if too_far {
            high = x;
        } else {
            low = x;
        }
        let slope = density(x);
        // Newton on ln(tail), except near the middle, where the plain difference loses nothing.
        let difference = if here > 0.0 && (here / value > 1.5 || here / value < 0.5) {
            here * (maths::ln(here) - maths::ln(value))
        } else {
            here - value
        };
        let step = if tail == Tail::Lower { -difference / slope } else { difference / slope };
        let mut next = x + step;
        if !(next > low && next < high && step.is_finite()) {
            next = if high.is_infinite() {
                2.0 * x + 1.0
            } else if low > 0.0 && high / low > 4.0 {
                (low * high).sqrt()
            } else if low == 0.0 && high > 1e-300 && x > 0.0 {
                // Quantiles near zero are found by their exponent.
                high * 0.0625
            } else {
                0.5 * (low + high)
            };
        }
        let small = (next - x).abs() <= 4.0 * f64::EPSILON * x.abs();
        if next == x {
            return x;
        }
        x = next;
        if small {
            steps_left -= 1;
            if steps_left == 0 {
                return x;
            }
        }
    }
    x
}
