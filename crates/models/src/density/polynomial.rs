//! Sums of polynomials: on the range, Chebychev 1 + Σ c_i T_i(z) with z from -1 to 1 and Bernstein Σ c_i b_i(z) with z from 0
//! to 1; of x itself, powers Σ c_i x^i.
//! They are linear in their coefficients: second derivatives vanish.

use super::jet::{Jet, MOST};

pub(super) fn chebychev(x: f64, range: (f64, f64), c: &[f64], out: &mut Jet) {
    *out = Jet::ZERO;
    let z = 2.0 * (x - range.0) / (range.1 - range.0) - 1.0;
    out.value = 1.0;
    let (mut last, mut this) = (1.0, z);
    for (i, &c) in c.iter().enumerate() {
        out.first[i] = this;
        out.value += c * this;
        (last, this) = (this, 2.0 * z * this - last);
    }
}

pub(super) fn chebychev_integral(low: f64, high: f64, range: (f64, f64), c: &[f64], out: &mut Jet) {
    *out = Jet::ZERO;
    let half = 0.5 * (range.1 - range.0);
    let integrals = |x: f64| {
        let z = (x - range.0) / half - 1.0;
        // T_0 … T_(n+1), then ∫ T_n = (T_(n+1)/(n+1) - T_(n-1)/(n-1))/2.
        let mut t = [1.0; MOST + 2];
        t[1] = z;
        for n in 2..t.len() {
            t[n] = 2.0 * z * t[n - 1] - t[n - 2];
        }
        let mut integrals = [0.0; MOST];
        for (i, integral) in integrals.iter_mut().enumerate() {
            let n = (i + 1) as f64;
            *integral = if i == 0 { 0.5 * z * z } else { 0.5 * (t[i + 2] / (n + 1.0) - t[i] / (n - 1.0)) };
        }
        integrals
    };
    let (a, b) = (integrals(low), integrals(high));
    out.value = high - low;
    for (i, &c) in c.iter().enumerate() {
        out.first[i] = half * (b[i] - a[i]);
        out.value += c * out.first[i];
    }
}

pub(super) fn bernstein(x: f64, range: (f64, f64), c: &[f64], out: &mut Jet) {
    *out = Jet::ZERO;
    let basis = basis(c.len() - 1, (x - range.0) / (range.1 - range.0));
    for (i, &c) in c.iter().enumerate() {
        out.first[i] = basis[i];
        out.value += c * basis[i];
    }
}

pub(super) fn bernstein_integral(low: f64, high: f64, range: (f64, f64), c: &[f64], out: &mut Jet) {
    *out = Jet::ZERO;
    let length = range.1 - range.0;
    let ends = [low, high].map(|x| basis(c.len(), (x - range.0) / length));
    for (i, &coefficient) in c.iter().enumerate() {
        // ∫ b_(i,n) = Σ of b_(j,n+1) over j > i, divided by n + 1.
        let sum = |end: &[f64; MOST + 1]| end[i + 1..=c.len()].iter().sum::<f64>();
        out.first[i] = length * (sum(&ends[1]) - sum(&ends[0])) / c.len() as f64;
        out.value += coefficient * out.first[i];
    }
}

pub(super) fn powers(x: f64, c: &[f64], out: &mut Jet) {
    *out = Jet::ZERO;
    let mut power = 1.0;
    for (i, &c) in c.iter().enumerate() {
        out.first[i] = power;
        out.value += c * power;
        power *= x;
    }
}

pub(super) fn powers_integral(low: f64, high: f64, c: &[f64], out: &mut Jet) {
    *out = Jet::ZERO;
    // (b^(n+1) - a^(n+1))/(b - a) = Σ a^k b^(n-k), so that narrow bins keep their digits.
    let (mut sum, mut power) = (1.0, 1.0);
    for (i, &c) in c.iter().enumerate() {
        out.first[i] = (high - low) * sum / (i as f64 + 1.0);
        out.value += c * out.first[i];
        power *= low;
        sum = sum * high + power;
    }
}

/// The Bernstein polynomials of a degree at z, by the recurrence b_(i,n) = (1-z) b_(i,n-1) + z b_(i-1,n-1).
fn basis(degree: usize, z: f64) -> [f64; MOST + 1] {
    let mut b = [0.0; MOST + 1];
    b[0] = 1.0;
    for n in 1..=degree {
        for i in (0..=n).rev() {
            let before = if i > 0 { b[i - 1] } else { 0.0 };
            b[i] = (1.0 - z) * b[i] + z * before;
        }
    }
    b
}
