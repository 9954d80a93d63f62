//! Gaussian: e^(-u²/2), u = (x - mean)/sigma; arguments mean, sigma.

use germane_numerics::{maths, special};

use super::jet::Jet;
use super::place::Place;
use super::quadrature;

/// u of the point of the range that is nearest to the mean: everything is scaled by e^(u²/2) so that nothing underflows
/// where the mean is outside the range. The scale cancels in the normalised density.
fn nearest(range: (f64, f64), mean: f64, sigma: f64) -> f64 {
    ((range.0 - mean) / sigma).max(0.0).max((mean - range.1) / sigma)
}

fn scaled(u: f64, nearest: f64) -> f64 {
    let u = u.abs();
    maths::exp(-0.5 * (u - nearest) * (u + nearest))
}

/// u and the scaled density.
fn height(x: f64, range: (f64, f64), mean: f64, sigma: f64) -> (f64, f64) {
    let (place, nearest) = (Place::new(x, mean, sigma), nearest(range, mean, sigma));
    (place.z, if nearest == 0.0 { place.bell() } else { scaled(place.z, nearest) })
}

pub(super) fn value(x: f64, range: (f64, f64), arguments: &[f64]) -> f64 {
    height(x, range, arguments[0], arguments[1]).1
}

pub(super) fn density(x: f64, range: (f64, f64), arguments: &[f64], out: &mut Jet) {
    let (mean, sigma) = (arguments[0], arguments[1]);
    let (u, f) = height(x, range, mean, sigma);
    let (square, variance) = (u * u, sigma * sigma);
    out.value = f;
    out.first[0] = u / sigma * f;
    out.first[1] = square / sigma * f;
    out.set_second(0, 0, (square - 1.0) / variance * f);
    out.set_second(1, 0, u * (square - 2.0) / variance * f);
    out.set_second(1, 1, square * (square - 3.0) / variance * f);
}

pub(super) fn integral(low: f64, high: f64, range: (f64, f64), arguments: &[f64], out: &mut Jet) {
    let (mean, sigma) = (arguments[0], arguments[1]);
    let nearest = nearest(range, mean, sigma);
    let ends = [(low - mean) / sigma, (high - mean) / sigma];
    out.value = sigma * area(ends, nearest);
    // ∂mean is minus a derivative in x, ∂sigma is integrated by parts: what remains are values at the ends.
    let f = ends.map(|u| scaled(u, nearest));
    // At the ends of the whole line nothing is left.
    let end = |k: usize, power: fn(f64) -> f64| if f[k] == 0.0 { 0.0 } else { power(ends[k]) * f[k] };
    let difference = |power: fn(f64) -> f64| end(1, power) - end(0, power);
    let (zeroth, first) = (difference(|_| 1.0), difference(|u| u));
    let (second, third) = (difference(|u| u * u), difference(|u| u * u * u));
    out.first[0] = -zeroth;
    out.first[1] = out.value / sigma - first;
    out.set_second(0, 0, -first / sigma);
    out.set_second(1, 0, -second / sigma);
    out.set_second(1, 1, -third / sigma);
}

/// ∫ e^(-u²/2) du between the ends, scaled.
pub(super) fn area([low, high]: [f64; 2], nearest: f64) -> f64 {
    const SQRT_HALF_PI: f64 = 1.253_314_137_315_500_3;
    const SQRT_HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
    if high - low < 1.0 {
        // The difference of two tails would lose digits in narrow bins.
        return quadrature::eight(low, high, |u| scaled(u, nearest));
    }
    let tail = |u: f64| special::erfcx(u * SQRT_HALF) * scaled(u, nearest);
    if low > 0.0 {
        SQRT_HALF_PI * (tail(low) - tail(high))
    } else if high < 0.0 {
        SQRT_HALF_PI * (tail(-high) - tail(-low))
    } else {
        SQRT_HALF_PI * (special::erf(high * SQRT_HALF) + special::erf(-low * SQRT_HALF))
    }
}
