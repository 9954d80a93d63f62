//! Elliptic prototypes, by Landen transformations.

use super::Factors;
use super::complex::Complex;
use germane_numerics::maths;

/// The prototype whose gain ripples by `sqrt(1 + ripple)` in the pass band, up to 1, and stays below `1/sqrt(1 + attenuation)`
/// in the stop band.
pub(super) fn prototype(order: usize, ripple: f64, attenuation: f64) -> Factors {
    if order == 1 {
        let pole = (1.0 / ripple).sqrt();
        return Factors { zeros: Vec::new(), poles: vec![Complex::new(-pole, 0.0)], gain: pole };
    }
    let discrimination = (ripple / attenuation).sqrt();
    let modulus = selectivity(order, discrimination);
    let landen = descend(modulus, complement(modulus));
    let landen_of_discrimination = descend(discrimination, complement(discrimination));
    let count = order as f64;
    let shift = inverse_sn(Complex::new(0.0, 1.0 / ripple.sqrt()), discrimination, &landen_of_discrimination);
    let shift = Complex::new(shift.im / count, 0.0);
    let (mut zeros, mut poles) = (Vec::new(), Vec::new());
    for pair in 0..order / 2 {
        let position = (2 * pair + 1) as f64 / count;
        let zero = 1.0 / (modulus * cd(Complex::new(position, 0.0), &landen).re);
        zeros.extend([Complex::new(0.0, zero), Complex::new(0.0, -zero)]);
        let value = cd(Complex::new(position, -shift.re), &landen);
        let pole = Complex::new(-value.im, value.re);
        poles.extend([pole, pole.conjugate()]);
    }
    // Both lie on the left.
    for pole in &mut poles {
        pole.re = -pole.re.abs();
    }
    if order % 2 == 1 {
        let value = cd(Complex::new(1.0, -shift.re), &landen);
        poles.push(Complex::new(-value.size(), 0.0));
    }
    let mut factors = Factors::with_unit_gain(zeros, poles);
    if order.is_multiple_of(2) {
        factors.gain /= (1.0 + ripple).sqrt();
    }
    factors
}

/// Descending Landen sequence of a modulus and its complement, without the modulus itself.
fn descend(modulus: f64, complement: f64) -> Vec<f64> {
    let (mut sequence, mut k, mut c) = (Vec::new(), modulus, complement);
    while k > 1e-17 && sequence.len() < 30 {
        k = (k / (1.0 + c)) * (k / (1.0 + c));
        c = 2.0 * c.sqrt() / (1.0 + c);
        sequence.push(k);
    }
    sequence
}

fn complement(modulus: f64) -> f64 {
    ((1.0 - modulus) * (1.0 + modulus)).sqrt()
}

/// `cd(u K, k)` for the Landen sequence of `k`.
fn cd(u: Complex, landen: &[f64]) -> Complex {
    let mut w = (u * std::f64::consts::FRAC_PI_2).cos();
    for k in landen.iter().rev() {
        w = w * (1.0 + k) / (Complex::new(1.0, 0.0) + w * w * *k);
    }
    w
}

/// `u` with `sn(u K, k) = w`; sn is cd a quarter period on.
fn inverse_sn(mut w: Complex, modulus: f64, landen: &[f64]) -> Complex {
    let one = Complex::new(1.0, 0.0);
    let mut before = modulus;
    for k in landen {
        let root = (one - w * w * (before * before)).sqrt();
        w = w * (2.0 / (1.0 + k)) / (one + root);
        before = *k;
    }
    let angle = w.acos() * std::f64::consts::FRAC_2_PI;
    one - angle
}

/// Modulus of the degree equation, from the nomes.
fn selectivity(order: usize, discrimination: f64) -> f64 {
    let other = complement(discrimination);
    // K is pi/2 times the product of 1 + k over the Landen sequence.
    let quarter = |landen: Vec<f64>| landen.iter().fold(1.0, |product, k| product * (1.0 + k));
    let ratio = quarter(descend(other, discrimination)) / quarter(descend(discrimination, other));
    let nome = maths::exp(-std::f64::consts::PI * ratio / order as f64);
    let (mut above, mut below) = (0.0, 0.5);
    for m in 0..20 {
        above += maths::powi(nome, m * (m + 1));
        if m > 0 {
            below += maths::powi(nome, m * m);
        }
    }
    let theta = above / (2.0 * below);
    (4.0 * nome.sqrt() * theta * theta).min(1.0)
}
