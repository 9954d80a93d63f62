//! The regularised incomplete beta function and its inverse (DiDonato and Morris, TOMS 18, 1992).

use super::gamma::{ln_gamma, log_minus, stirling_rest};
use super::inverse::{Tail, invert, smaller};
use super::normal::normal_quantile;
use crate::maths;
use std::f64::consts::PI;

/// ln B(a, b), a, b > 0.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if small >= 8.0 {
        let sum = a + b;
        return 0.5 * maths::ln(2.0 * PI) - 0.5 * maths::ln(large) + (small - 0.5) * maths::ln(small / sum)
            - large * maths::log1p(small / large)
            + stirling_rest(a)
            + stirling_rest(b)
            - stirling_rest(sum);
    }
    if large >= 8.0 {
        return ln_gamma(small) + stirling_rest(large) - stirling_rest(small + large) + small
            - small * maths::ln(small + large)
            - (large - 0.5) * maths::log1p(small / large);
    }
    ln_gamma(small) + (ln_gamma(large) - ln_gamma(small + large))
}

/// I_x(a, b), the probability of a beta variate below x; a, b > 0, 0 <= x <= 1, NaN outside.
pub fn beta_i(a: f64, b: f64, x: f64) -> f64 {
    both(a, b, x, 1.0 - x).0
}

/// 1 - I_x(a, b), without loss where it is small.
pub fn beta_i_complement(a: f64, b: f64, x: f64) -> f64 {
    both(a, b, x, 1.0 - x).1
}

/// x with I_x(a, b) = p.
pub fn beta_i_inverse(a: f64, b: f64, p: f64) -> f64 {
    inverse(a, b, p, Tail::Lower)
}

/// x with 1 - I_x(a, b) = q, without loss for small q.
pub fn beta_i_inverse_complement(a: f64, b: f64, q: f64) -> f64 {
    inverse(a, b, q, Tail::Upper)
}

/// I_x and its complement, with y = 1 - x.
fn both(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    if !(a > 0.0 && b > 0.0 && x >= 0.0 && y >= 0.0) || a.is_infinite() || b.is_infinite() {
        return (f64::NAN, f64::NAN);
    }
    if x == 0.0 {
        return (0.0, 1.0);
    }
    if y == 0.0 {
        return (1.0, 0.0);
    }
    // The fraction converges fast below the mean.
    if x <= a / (a + b) {
        let p = lower(a, b, x, y).min(1.0);
        (p, 1.0 - p)
    } else {
        let q = lower(b, a, y, x).min(1.0);
        (1.0 - q, q)
    }
}

/// x^a y^b / B(a, b).
fn prefactor(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if a >= 8.0 && b >= 8.0 {
        let sum = a + b;
        // a ln(x/x0) + b ln(y/y0), x0 = a/(a + b): each logarithm to second order, the first orders cancel.
        let distance = x * b - y * a;
        let exponent = a * log_minus(x * sum / a, distance / a) + b * log_minus(y * sum / b, -distance / b);
        let rest = stirling_rest(sum) - stirling_rest(a) - stirling_rest(b);
        return (a * b / (sum * 2.0 * PI)).sqrt() * maths::exp(exponent + rest);
    }
    let logs = a * ln_of(x, y) + b * ln_of(y, x);
    maths::exp(logs - ln_beta(a, b))
}

/// ln x, from y = 1 - x where x is near 1.
fn ln_of(x: f64, y: f64) -> f64 {
    if x > 0.5 { maths::log1p(-y) } else { maths::ln(x) }
}

/// I_x(a, b) below the mean.
fn lower(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if b * x <= 0.7 && x <= 0.7 {
        return power_series(a, b, x, y);
    }
    prefactor(a, b, x, y) / fraction(a, b, x, y)
}

/// x^a/(a B) (1 + a Σ (1 - b)(2 - b)…(n - b)/(n! (a + n)) x^n).
fn power_series(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 0.0);
    for n in 1..10_000 {
        let n = f64::from(n);
        term *= (n - b) / n * x;
        let part = term / (a + n);
        sum += part;
        if part.abs() <= 1e-18 * (sum.abs() + 1.0 / a) {
            break;
        }
    }
    // The prefactor has y^b inside, which this series does not want.
    let front = if a >= 8.0 && b >= 8.0 {
        prefactor(a, b, x, y) / maths::exp(b * ln_of(y, x))
    } else {
        maths::exp(a * ln_of(x, y) - ln_beta(a, b))
    };
    front * (1.0 / a + sum)
}

/// DiDonato and Morris' continued fraction: I_x = x^a y^b/B / (β0 + α1/(β1 + α2/(β2 + …))).
fn fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let lambda = a * y - b * x;
    let beta = |n: f64| {
        let twice = a + 2.0 * n;
        let left = n * (b - n) * x / (twice - 1.0);
        let right = (a + n) * (lambda + 1.0 + n * (2.0 - x)) / (twice + 1.0);
        n + left + right
    };
    let alpha = |n: f64| {
        let twice = a + 2.0 * n - 1.0;
        (a + n - 1.0) * (a + b + n - 1.0) * n * (b - n) * x * x / (twice * twice)
    };
    let mut f = beta(0.0);
    let mut c = f;
    let mut d = 0.0;
    for n in 1..1_000_000 {
        let n = n as f64;
        let (alpha, beta) = (alpha(n), beta(n));
        d = beta + alpha * d;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = beta + alpha / c;
        if c.abs() < TINY {
            c = TINY;
        }
        let factor = c * d;
        f *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    f
}

fn inverse(a: f64, b: f64, value: f64, tail: Tail) -> f64 {
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&value)) || a.is_infinite() || b.is_infinite() {
        return f64::NAN;
    }
    let (zero, one) = match tail {
        Tail::Lower => (0.0, 1.0),
        Tail::Upper => (1.0, 0.0),
    };
    if value == 0.0 {
        return zero;
    }
    if value == 1.0 {
        return one;
    }
    let (value, tail) = smaller(value, tail);
    let mean = a / (a + b);
    let deviate = match tail {
        Tail::Lower => normal_quantile(value),
        Tail::Upper => -normal_quantile(value),
    };
    let mut start = mean + deviate * (mean * (1.0 - mean) / (a + b + 1.0)).sqrt();
    if !(start > 0.1 * mean && start < 1.0 - 0.1 * (1.0 - mean)) {
        let (p, q) = match tail {
            Tail::Lower => (value, 1.0 - value),
            Tail::Upper => (1.0 - value, value),
        };
        // Leading powers at the ends: I_x ≈ x^a/(a B), 1 - I_x ≈ y^b/(b B).
        start = if p < q {
            maths::exp((maths::ln(p * a) + ln_beta(a, b)) / a).min(mean)
        } else {
            1.0 - maths::exp((maths::ln(q * b) + ln_beta(a, b)) / b).min(1.0 - mean)
        };
    }
    let density = |x: f64| prefactor(a, b, x, 1.0 - x) / (x * (1.0 - x));
    invert(start, 0.0, 1.0, value, tail, |x| both(a, b, x, 1.0 - x), density)
}
