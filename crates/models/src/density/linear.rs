//! Straight lines: the uniform density without arguments, and slope x + intercept, of which only the ratio shows in the
//! normalised density.

use super::jet::Jet;

pub(super) fn uniform(out: &mut Jet) {
    *out = Jet::ZERO;
    out.value = 1.0;
}

pub(super) fn uniform_integral(low: f64, high: f64, out: &mut Jet) {
    *out = Jet::ZERO;
    out.value = high - low;
}

/// Arguments slope, intercept.
pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    *out = Jet::ZERO;
    out.value = arguments[0] * x + arguments[1];
    out.first[..2].copy_from_slice(&[x, 1.0]);
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    let (length, middle) = (high - low, 0.5 * (low + high));
    *out = Jet::ZERO;
    out.value = length * (arguments[0] * middle + arguments[1]);
    out.first[..2].copy_from_slice(&[length * middle, length]);
}
