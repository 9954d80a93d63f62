//! Relativistic Breit-Wigner of constant width: 1/((x² - m²)² + m² w²); arguments mean (m), width (w).
//!
//! With z² = m² + i m w, z = p + i q, it is Im 1/(x² - z²) / (m w), whose integral is Im ln((x - z)/(x + z)) / (2 z) / (m w).

use super::dual::Dual;
use super::jet::Jet;

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    let [mean, width, ..] = Dual::variables(&arguments[..2]);
    let distance = Dual::constant(x * x) - mean * mean;
    let product = mean * width;
    (distance * distance + product * product).inverse().write(out);
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    let [mean, width, ..] = Dual::variables(&arguments[..2]);
    let (square, product) = (mean * mean, mean * width);
    let modulus = (square * square + product * product).sqrt();
    let p = ((modulus + square) * 0.5).sqrt();
    let q = product / (p * 2.0);
    let constant = Dual::constant;
    // Differences of the angles, and of ln of the distances, to a pole at ±p: from one formula each, so that narrow bins keep
    // their digits.
    let angle = |pole: Dual| {
        let (from, to) = (constant(low) - pole, constant(high) - pole);
        (q * (high - low)).atan2(q * q + from * to)
    };
    let ratio = |pole: Dual| {
        let (from, to) = (constant(low) - pole, constant(high) - pole);
        ((to - from) * (to + from) / (from * from + q * q)).ln_1p()
    };
    let turned = angle(p) + angle(-p);
    let stretched = (ratio(p) - ratio(-p)) * 0.5;
    ((p * turned - q * stretched) / (product * modulus * 2.0)).write(out);
}
