//! The regularised incomplete gamma functions P(a, x), Q(a, x) = 1 - P and their inverses.
//!
//! Below the middle a series, above it a continued fraction (Gautschi; DiDonato and Morris, TOMS 12, 1986), both times a
//! prefactor that is evaluated through Stirling's rest, so that it keeps its accuracy for large a.

use super::gamma::{ln_gamma, ln_gamma_1p, log_minus, stirling_rest};
use super::inverse::{Tail, invert, smaller};
use super::large_gamma::{self, LARGE};
use super::normal::normal_quantile;
use crate::maths;
use std::f64::consts::PI;

/// Terms after which series and fraction give up: enough for the largest shapes that are summed, in the middle.
const TERMS: usize = 100_000;

/// P(a, x) = γ(a, x)/Γ(a), a > 0, x >= 0; NaN outside.
pub fn gamma_p(a: f64, x: f64) -> f64 {
    both(a, x).0
}

/// Q(a, x) = Γ(a, x)/Γ(a), a > 0, x >= 0; NaN outside.
pub fn gamma_q(a: f64, x: f64) -> f64 {
    both(a, x).1
}

/// Probability of a χ² above `x` with `degrees` degrees of freedom.
pub fn chi2_survival(x: f64, degrees: f64) -> f64 {
    gamma_q(0.5 * degrees, 0.5 * x)
}

/// χ² above which the probability is q.
pub fn chi2_survival_inverse(q: f64, degrees: f64) -> f64 {
    2.0 * gamma_q_inverse(0.5 * degrees, q)
}

/// x with P(a, x) = p.
pub fn gamma_p_inverse(a: f64, p: f64) -> f64 {
    inverse(a, p, Tail::Lower)
}

/// x with Q(a, x) = q, without loss for small q.
pub fn gamma_q_inverse(a: f64, q: f64) -> f64 {
    inverse(a, q, Tail::Upper)
}

fn both(a: f64, x: f64) -> (f64, f64) {
    if !(a > 0.0 && x >= 0.0) || a.is_infinite() {
        return (f64::NAN, f64::NAN);
    }
    if x == 0.0 {
        return (0.0, 1.0);
    }
    if x.is_infinite() {
        return (1.0, 0.0);
    }
    if a >= LARGE {
        return large_gamma::both(a, x);
    }
    if x < 1.0 && a < 1.0 {
        return small(a, x);
    }
    if x < a + 1.0 {
        let p = (prefactor(a, x) * series(a, x) / a).min(1.0);
        (p, 1.0 - p)
    } else {
        let q = (prefactor(a, x) * fraction(a, x)).min(1.0);
        (1.0 - q, q)
    }
}

/// x^a e^-x / Γ(a).
fn prefactor(a: f64, x: f64) -> f64 {
    if a >= 8.0 {
        let u = (x - a) / a;
        // a (ln(1 + u) - u) = a ln(x/a) - (x - a).
        return (a / (2.0 * PI)).sqrt() * maths::exp(a * log_minus(x / a, u) - stirling_rest(a));
    }
    if a < 1.0 {
        return a * maths::exp(a * maths::ln(x) - x) / libm::tgamma(a + 1.0);
    }
    maths::pow(x, a) * maths::exp(-x) / libm::tgamma(a)
}

/// Σ x^n / ((a + 1) … (a + n)).
fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut denominator) = (1.0, 1.0, a);
    for _ in 0..TERMS {
        denominator += 1.0;
        term *= x / denominator;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// The continued fraction of Γ(a, x) e^x x^-a, by the modified method of Lentz.
fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for n in 1..TERMS {
        let n = n as f64;
        let an = -n * (n - a);
        b += 2.0;
        d = an * d + b;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = b + an / c;
        if c.abs() < TINY {
            c = TINY;
        }
        let factor = d * c;
        h *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    h
}

/// a < 1, x < 1: P by its alternating series, Q from it without cancellation (DiDonato and Morris, 3).
fn small(a: f64, x: f64) -> (f64, f64) {
    // P = x^a/Γ(a + 1) (1 - J), J = -a Σ (-x)^n / ((a + n) n!), n >= 1.
    let (mut term, mut sum) = (1.0, 0.0);
    for n in 1..200 {
        let n = f64::from(n);
        term *= -x / n;
        let part = term / (a + n);
        sum += part;
        if part.abs() < 1e-18 * sum.abs() {
            break;
        }
    }
    let j = -a * sum;
    let logarithm = a * maths::ln(x) - ln_gamma_1p(a);
    let p = maths::exp(logarithm) * (1.0 - j);
    if p < 0.5 {
        return (p, 1.0 - p);
    }
    // Q = 1 - (1 + l)(1 - j) = j (1 + l) - l.
    let minus_one = maths::expm1(logarithm);
    let q = j * (1.0 + minus_one) - minus_one;
    (1.0 - q, q)
}

fn inverse(a: f64, value: f64, tail: Tail) -> f64 {
    if !(a > 0.0 && (0.0..=1.0).contains(&value)) || a.is_infinite() {
        return f64::NAN;
    }
    let (zero, one) = match tail {
        Tail::Lower => (0.0, f64::INFINITY),
        Tail::Upper => (f64::INFINITY, 0.0),
    };
    if value == 0.0 {
        return zero;
    }
    if value == 1.0 {
        return one;
    }
    let (value, tail) = smaller(value, tail);
    if a >= LARGE {
        let deviate = normal_quantile(value);
        return large_gamma::quantile(a, if tail == Tail::Lower { deviate } else { -deviate });
    }
    let start = guess(a, value, tail);
    let density = |x: f64| prefactor(a, x) / x;
    invert(start, 0.0, f64::INFINITY, value, tail, |x| both(a, x), density)
}

/// Wilson and Hilferty's cube of a normal deviate, or the leading power where that fails.
fn guess(a: f64, value: f64, tail: Tail) -> f64 {
    let deviate = match tail {
        Tail::Lower => normal_quantile(value),
        Tail::Upper => -normal_quantile(value),
    };
    let ninth = 1.0 / (9.0 * a);
    let cube = 1.0 - ninth + deviate * ninth.sqrt();
    if a >= 1.0 && cube > 0.1 {
        return a * cube * cube * cube;
    }
    let p = match tail {
        Tail::Lower => value,
        Tail::Upper => 1.0 - value,
    };
    if p < 0.9 {
        // P ≈ x^a/Γ(a + 1).
        return maths::exp((maths::ln(p) + ln_gamma(a + 1.0)) / a).max(f64::MIN_POSITIVE);
    }
    let q = match tail {
        Tail::Lower => 1.0 - value,
        Tail::Upper => value,
    };
    // Q ≈ x^(a-1) e^-x/Γ(a).
    let first = -maths::ln(q) - ln_gamma(a);
    (first + (a - 1.0) * maths::ln(first.max(1.0))).max(0.5)
}
