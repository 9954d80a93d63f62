//! Novosibirsk's peak: e^(-(ln(1 - z t)/s)²/2 - s²/2) with z = (x - mean)/sigma, s = asinh(t ξ/2)/(ξ/2), ξ = 2 sqrt(ln 4); arguments
//! mean, sigma, tail (t), whose sign is RooFit's: a positive one falls slowly on the left. H. Ikeda et al. (Belle), Nucl. Instrum.
//! Meth. A 441 (2000) 401.
//!
//! With u = ln(1 - z t)/s - s it is e^(-u²/2)/(1 - z t), and du/dx = -t/(sigma s (1 - z t)): the integral is that of a normal density.

use std::f64::consts::LN_2;

use germane_numerics::maths;

use super::crystal_ball::normal_area;
use super::dual::Dual;
use super::jet::Jet;

/// Below, functions of a ratio are summed.
const SMALL: f64 = 0.1;

/// Standard deviations beyond which a normal density has no area.
const BEYOND: f64 = 50.0;

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    match place(x, arguments) {
        Some((ratio, s)) => ((ratio * ratio + s * s) * -0.5).exp().write(out),
        None => *out = Jet::ZERO,
    }
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    let [_, sigma, tail, _] = Dual::variables(&arguments[..3]);
    let u = |x: f64| match place(x, arguments) {
        Some((ratio, s)) => ratio - s,
        None => Dual::constant(-BEYOND.copysign(tail.value)),
    };
    (normal_area(u(high), u(low)) * sigma * width(tail)).write(out);
}

/// ln(1 - z t)/s and s; nothing where 1 - z t is not positive.
fn place(x: f64, arguments: &[f64]) -> Option<(Dual, Dual)> {
    let [mean, sigma, tail, _] = Dual::variables(&arguments[..3]);
    let z = (Dual::constant(x) - mean) / sigma;
    let q = z * tail;
    if q.value >= 1.0 {
        return None;
    }
    let width = width(tail);
    // Without a tail both logarithm and s are 0: their ratio is made of what is not.
    Some((-(z * q.chain(logarithm(q.value)) / width), tail * width))
}

/// s/t.
fn width(tail: Dual) -> Dual {
    let half = (2.0 * LN_2).sqrt();
    let a = tail * half;
    a.chain(area_sine(a.value))
}

/// -ln(1 - q)/q with its derivatives.
fn logarithm(q: f64) -> [f64; 3] {
    if q.abs() < SMALL {
        return series(q, 20, |k| 1.0 / (k + 1.0));
    }
    let value = -maths::log1p(-q) / q;
    let slope = (1.0 / (1.0 - q) - value) / q;
    [value, slope, (1.0 / ((1.0 - q) * (1.0 - q)) - 2.0 * slope) / q]
}

/// asinh(a)/a with its derivatives.
fn area_sine(a: f64) -> [f64; 3] {
    let square = a * a;
    if a.abs() < SMALL {
        // Of the square, the ratio of two terms is -(2k + 1)²/((2k + 2)(2k + 3)).
        let coefficient = |k: f64| {
            let ratio = |i: u32| -f64::from((2 * i + 1) * (2 * i + 1)) / f64::from((2 * i + 2) * (2 * i + 3));
            (0..k as u32).map(ratio).product::<f64>()
        };
        let [value, slope, curve] = series(square, 10, coefficient);
        return [value, 2.0 * a * slope, 2.0 * slope + 4.0 * square * curve];
    }
    let value = maths::asinh(a) / a;
    let root = (1.0 + square).sqrt();
    let slope = (1.0 / root - value) / a;
    [value, slope, (-a / (root * root * root) - 2.0 * slope) / a]
}

/// Σ c(k) x^k with its derivatives.
fn series(x: f64, terms: u32, coefficient: impl Fn(f64) -> f64) -> [f64; 3] {
    let (mut value, mut slope, mut curve) = (0.0, 0.0, 0.0);
    for k in (0..terms).rev() {
        curve = curve * x + 2.0 * slope;
        slope = slope * x + value;
        value = value * x + coefficient(f64::from(k));
    }
    [value, slope, curve]
}
