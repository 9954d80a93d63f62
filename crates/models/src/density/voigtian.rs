//! Voigtian: a Breit-Wigner convolved with a Gaussian over the whole line, then normalised on the range; arguments mean,
//! width, sigma, and the Gaussian's mean, which shifts the first.
//!
//! With s = sigma sqrt(2), g = width/2, z = (x - mean + i g)/s the profile is V = Re w(z)/(s sqrt(π)). Its derivatives are
//! those of w. Of its integrals only the value needs quadrature: ∂mean, ∂width and ∂sigma are derivatives in x (the
//! heat equation ∂V/∂sigma = sigma V'' and the conjugate function Im w), so that their integrals are values at the ends.

use germane_numerics::faddeeva::{Complex, w, w_with_derivatives};

use super::jet::Jet;
use super::quadrature;

/// 1/sqrt(π).
const C: f64 = 0.564_189_583_547_756_3;
const SQRT_2: f64 = std::f64::consts::SQRT_2;

/// w and its derivatives times what the formulas need.
struct Point {
    w: Complex,
    first: Complex,
    second: Complex,
    z: Complex,
    s: f64,
}

impl Point {
    fn new(distance: f64, g: f64, s: f64) -> Self {
        let z = [distance / s, g / s];
        let [w, first, second] = w_with_derivatives(z[0], z[1]);
        Self { w, first, second, z, s }
    }

    fn times_z(&self, [a, b]: Complex) -> Complex {
        [self.z[0] * a - self.z[1] * b, self.z[0] * b + self.z[1] * a]
    }
}

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    let p = Point::new(x - arguments[0] - arguments[3], 0.5 * arguments[1], SQRT_2 * arguments[2]);
    let (one, two, three) = (C / p.s, C / (p.s * p.s), C / (p.s * p.s * p.s));
    let z_first = p.times_z(p.first);
    let z_second = p.times_z(p.second);
    let zz_second = p.times_z(z_second);
    out.value = one * p.w[0];
    // In (mean, g, s) first; then width = 2 g and sigma = s/sqrt(2).
    let mean = -two * p.first[0];
    let g = -two * p.first[1];
    let s = -two * (p.w[0] + z_first[0]);
    let (mean_mean, mean_g, g_g) = (three * p.second[0], three * p.second[1], -three * p.second[0]);
    let mean_s = three * (2.0 * p.first[0] + z_second[0]);
    let g_s = three * (2.0 * p.first[1] + z_second[1]);
    let s_s = three * (2.0 * p.w[0] + 4.0 * z_first[0] + zz_second[0]);
    fill(out, [mean, g, s], [mean_mean, mean_g, g_g, mean_s, g_s, s_s]);
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    let (g, s) = (0.5 * arguments[1], SQRT_2 * arguments[2]);
    let ends = [low, high].map(|x| x - arguments[0] - arguments[3]);
    let points = ends.map(|distance| Point::new(distance, g, s));
    let difference = |f: &dyn Fn(&Point) -> f64| f(&points[1]) - f(&points[0]);
    let (one, two) = (C / s, C / (s * s));
    out.value = area(ends, g, s);
    let mean = -one * difference(&|p| p.w[0]);
    let g_first = -one * difference(&|p| p.w[1]);
    let s_first = 0.5 * one * difference(&|p| p.first[0]);
    let mean_mean = two * difference(&|p| p.first[0]);
    let mean_g = two * difference(&|p| p.first[1]);
    let g_g = -two * difference(&|p| p.first[0]);
    let mean_s = two * difference(&|p| p.w[0] + p.times_z(p.first)[0]);
    let g_s = two * difference(&|p| p.w[1] + p.times_z(p.first)[1]);
    let s_s = -0.5 * two * difference(&|p| p.first[0] + p.times_z(p.second)[0]);
    fill(out, [mean, g_first, s_first], [mean_mean, mean_g, g_g, mean_s, g_s, s_s]);
}

/// From derivatives in (mean, g, s) to those in (mean, width, sigma, shift).
fn fill(out: &mut Jet, first: [f64; 3], [mean_mean, mean_g, g_g, mean_s, g_s, s_s]: [f64; 6]) {
    out.first[..4].copy_from_slice(&[first[0], 0.5 * first[1], SQRT_2 * first[2], first[0]]);
    for (i, j, value) in [
        (0, 0, mean_mean),
        (0, 1, 0.5 * mean_g),
        (1, 1, 0.25 * g_g),
        (0, 2, SQRT_2 * mean_s),
        (1, 2, 0.5 * SQRT_2 * g_s),
        (2, 2, 2.0 * s_s),
        (3, 0, mean_mean),
        (3, 1, 0.5 * mean_g),
        (3, 2, SQRT_2 * mean_s),
        (3, 3, mean_mean),
    ] {
        out.set_second(i, j, value);
    }
}

/// ∫ V between two distances from the centre, relative error below 1e-13.
fn area([low, high]: [f64; 2], g: f64, s: f64) -> f64 {
    if low < 0.0 && high > 0.0 {
        return tail(0.0, -low, g, s) + tail(0.0, high, g, s);
    }
    if high <= 0.0 { tail(-high, -low, g, s) } else { tail(low, high, g, s) }
}

/// ∫ V from `low` to `high`, both not negative: panels of two widths near the centre, doubling further out, where the nearest
/// singularity recedes as fast.
fn tail(low: f64, high: f64, g: f64, s: f64) -> f64 {
    let unit = (s / SQRT_2).max(0.5 * g);
    // Nothing ends here that is not finite; 2100 doublings span all doubles.
    if !(unit > 0.0 && unit.is_finite() && high.is_finite()) {
        return f64::NAN;
    }
    let profile = |distance: f64| C / s * w(distance / s, g / s)[0];
    let (mut from, mut edge, mut sum) = (low, 2.0 * unit, 0.0);
    while from < high {
        while edge <= from {
            edge *= 2.0;
        }
        let to = edge.min(high);
        sum +=
            if to - from <= 0.75 * unit { quadrature::eight(from, to, profile) } else { quadrature::sixteen(from, to, profile) };
        from = to;
    }
    sum
}
