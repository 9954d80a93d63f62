//! Step that a Gaussian smears: 1 + hstep erf(z/√2), z = (x - mean)/sigma; arguments mean, sigma, -1 <= hstep <= 1. Compton
//! scattering of a line makes it under the peak. Its integral is that of 1 plus hstep K, K = (x - mean) erf(z/√2) + 2 sigma² G.

use germane_numerics::special;

use super::jet::Jet;
use super::place::Place;

const SQRT_HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
/// 1/√(2π).
const NORMAL: f64 = 0.398_942_280_401_432_7;

pub(super) fn value(x: f64, arguments: &[f64]) -> f64 {
    1.0 + arguments[2] * special::erf((x - arguments[0]) / arguments[1] * SQRT_HALF)
}

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    let (sigma, hstep) = (arguments[1], arguments[2]);
    let place = Place::new(x, arguments[0], sigma);
    let (z, slope) = (place.z, 2.0 * NORMAL / sigma * place.bell());
    let erf = special::erf(z * SQRT_HALF);
    *out = Jet::ZERO;
    out.value = 1.0 + hstep * erf;
    out.first[..3].copy_from_slice(&[-hstep * slope, -hstep * z * slope, erf]);
    out.set_second(0, 0, -hstep * z / sigma * slope);
    out.set_second(1, 0, hstep * (1.0 - z * z) / sigma * slope);
    out.set_second(1, 1, hstep * z * (2.0 - z * z) / sigma * slope);
    out.set_second(2, 0, -slope);
    out.set_second(2, 1, -z * slope);
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    *out = end(high, arguments);
    out.subtract(&end(low, arguments));
    out.value += high - low;
}

/// hstep K and its derivatives.
fn end(x: f64, arguments: &[f64]) -> Jet {
    let (sigma, hstep) = (arguments[1], arguments[2]);
    let place = Place::new(x, arguments[0], sigma);
    let (z, slope) = (place.z, 2.0 * NORMAL / sigma * place.bell());
    let erf = special::erf(z * SQRT_HALF);
    let k = sigma * (z * erf + sigma * slope);
    let mut out = Jet::ZERO;
    out.value = hstep * k;
    out.first[..3].copy_from_slice(&[-hstep * erf, hstep * sigma * slope, k]);
    out.set_second(0, 0, hstep * slope);
    out.set_second(1, 0, hstep * z * slope);
    out.set_second(1, 1, hstep * z * z * slope);
    out.set_second(2, 0, -erf);
    out.set_second(2, 1, sigma * slope);
    out
}
