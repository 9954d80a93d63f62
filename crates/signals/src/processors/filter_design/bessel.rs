//! Bessel prototypes: roots of the reverse Bessel polynomials.

use super::complex::{Complex, product};
use germane_numerics::maths;

/// Poles for maximally flat delay, scaled to a product of 1 (asymptotes of Butterworth of the same order).
pub(super) fn poles(order: usize) -> Vec<Complex> {
    // theta_n(s) = sum_k a_k s^k, a_k = (2n - k)! / (2^(n-k) k! (n-k)!): a_n = 1, a_(k-1)/a_k = k (2n - k + 1) / (2 (n - k + 1)).
    let mut coefficients = vec![1.0; order + 1];
    for k in (1..=order).rev() {
        let factor = (k * (2 * order - k + 1)) as f64 / (2 * (order - k + 1)) as f64;
        coefficients[k - 1] = coefficients[k] * factor;
    }
    // Scaled before the roots are looked for, so that all have sizes about 1.
    let scale = maths::pow(coefficients[0], 1.0 / order as f64);
    for (k, coefficient) in coefficients.iter_mut().enumerate() {
        *coefficient *= maths::powi(scale, k as i32 - order as i32);
    }
    roots(&coefficients)
}

/// All roots of a polynomial with leading coefficient 1, lowest power first; Durand and Kerner's simultaneous iteration.
fn roots(coefficients: &[f64]) -> Vec<Complex> {
    let order = coefficients.len() - 1;
    let value = |s: Complex| coefficients.iter().rev().fold(Complex::ZERO, |sum, c| sum * s + Complex::new(*c, 0.0));
    let mut roots: Vec<Complex> = (0..order).map(|k| Complex::unit(1.9 * k as f64 + 0.4)).collect();
    for _ in 0..500 {
        let mut moved = 0.0_f64;
        for k in 0..order {
            let others = product((0..order).filter(|j| *j != k).map(|j| roots[k] - roots[j]));
            let step = value(roots[k]) / others;
            if !(step.size() < 1e6) {
                continue;
            }
            roots[k] = roots[k] - step;
            moved = moved.max(step.size());
        }
        if moved < 1e-15 {
            break;
        }
    }
    roots
}
