//! A Gaussian convolved with a one-sided exponential, and its sum with the Gaussian: the signal of a germanium detector.
//!
//! T(x) = 1/(2|tau|) e^((x - mean)/tau + sigma²/(2 tau²)) erfc((tau z + sigma)/(√2 |tau|)), z = (x - mean)/sigma, has unit area
//! and its tail at low x for tau > 0, at high x for tau < 0. It solves T - tau ∂T/∂x = G and, as G does, the equation of heat
//! ∂T/∂sigma = sigma ∂²T/∂x²: every derivative is a combination of T and G.

use germane_numerics::special;

use super::jet::Jet;
use super::place::Place;
use super::quadrature;

const SQRT_HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
/// 1/√(2π).
const NORMAL: f64 = 0.398_942_280_401_432_7;

/// G and T at a point.
fn values(x: f64, mean: f64, sigma: f64, tau: f64) -> (f64, f64) {
    let place = Place::new(x, mean, sigma);
    let bell = place.bell();
    let s = sigma / tau;
    let argument = tau.signum() * (place.z + s) * SQRT_HALF;
    let tail = if argument >= 0.0 {
        bell * special::erfcx(argument)
    } else {
        place.slope(s, s.mul_add(-tau, sigma) / tau) * special::erfc(argument)
    };
    (NORMAL / sigma * bell, 0.5 * tail / tau.abs())
}

/// (1 - htail) G + htail T; arguments mean, sigma, htail, tau.
pub(crate) fn signal(x: f64, arguments: &[f64]) -> f64 {
    let &[mean, sigma, htail, tau, ..] = arguments else { unreachable!("invariant: four arguments") };
    let (gauss, tail) = values(x, mean, sigma, tau);
    gauss + htail * (tail - gauss)
}

/// The densities G and T and their derivatives: entry k + 1 is the k-th derivative in x, entry 0 the cumulated distribution,
/// which [`Ladder::distributed`] fills.
struct Ladder {
    gauss: [f64; 6],
    tail: [f64; 6],
    /// First derivatives in tau of the first four entries of `tail`, and second ones of the first two.
    slope: [f64; 4],
    curve: [f64; 2],
}

impl Ladder {
    fn new(x: f64, mean: f64, sigma: f64, tau: f64) -> Self {
        if !x.is_finite() {
            let end = f64::from(u8::from(x > 0.0));
            let ends = [end, 0.0, 0.0, 0.0, 0.0, 0.0];
            return Self { gauss: ends, tail: ends, slope: [0.0; 4], curve: [0.0; 2] };
        }
        let (density, t) = values(x, mean, sigma, tau);
        let distance = x - mean;
        let (z, one) = (distance / sigma, 1.0 / sigma);
        let square = z * z;
        let gauss = [
            0.0,
            density,
            -z * one * density,
            (square - 1.0) * one * one * density,
            z * (3.0 - square) * one * one * one * density,
            (square * (square - 6.0) + 3.0) * one * one * one * one * density,
        ];
        let inverse = 1.0 / tau;
        let mut tail = [0.0, t, 0.0, 0.0, 0.0, 0.0];
        for k in 2..6 {
            tail[k] = (tail[k - 1] - gauss[k - 1]) * inverse;
        }
        let (place, variance) = (distance * inverse, sigma * sigma * inverse);
        let slope = [
            -(place * t + variance * tail[2]),
            -inverse * ((1.0 + place) * t + variance * tail[2]),
            -inverse * ((1.0 + place) * tail[2] + inverse * t + variance * tail[3]),
            -inverse * ((1.0 + place) * tail[3] + 2.0 * inverse * tail[2] + variance * tail[4]),
        ];
        let scaled = -tau * slope[1];
        let change = slope[1] * (1.0 + place) - inverse * place * t - inverse * variance * tail[2] + variance * slope[2];
        let second = inverse * (inverse * scaled - change);
        Self { gauss, tail, slope, curve: [2.0 * slope[1] + tau * second, second] }
    }

    /// The same with the cumulated distributions.
    fn distributed(x: f64, mean: f64, sigma: f64, tau: f64) -> Self {
        let mut ladder = Self::new(x, mean, sigma, tau);
        if x.is_finite() {
            ladder.gauss[0] = special::normal_cdf((x - mean) / sigma);
            ladder.tail[0] = ladder.gauss[0] + tau * ladder.tail[1];
        }
        ladder
    }

    /// Entry `k` of the sum (0 cumulated, 1 density) with its derivatives in mean, sigma, htail, tau.
    fn jet(&self, k: usize, sigma: f64, htail: f64) -> Jet {
        let excess = |k: usize| self.tail[k] - self.gauss[k];
        let sum = |k: usize| self.gauss[k] + htail * excess(k);
        let mut out = Jet::ZERO;
        out.value = sum(k);
        out.first[..4].copy_from_slice(&[-sum(k + 1), sigma * sum(k + 2), excess(k), htail * self.slope[k]]);
        out.set_second(0, 0, sum(k + 2));
        out.set_second(1, 0, -sigma * sum(k + 3));
        out.set_second(1, 1, sum(k + 2) + sigma * sigma * sum(k + 4));
        out.set_second(2, 0, -excess(k + 1));
        out.set_second(2, 1, sigma * excess(k + 2));
        out.set_second(3, 0, -htail * self.slope[k + 1]);
        out.set_second(3, 1, htail * sigma * self.slope[k + 2]);
        out.set_second(3, 2, self.slope[k]);
        out.set_second(3, 3, htail * self.curve[k]);
        out
    }
}

/// The density of the sum; arguments mean, sigma, htail, tau.
pub(crate) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    let &[mean, sigma, htail, tau, ..] = arguments else { unreachable!("invariant: four arguments") };
    *out = Ladder::new(x, mean, sigma, tau).jet(1, sigma, htail);
}

/// Its integral.
pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    let &[mean, sigma, htail, tau, ..] = arguments else { unreachable!("invariant: four arguments") };
    *out = Ladder::distributed(high, mean, sigma, tau).jet(0, sigma, htail);
    out.subtract(&Ladder::distributed(low, mean, sigma, tau).jet(0, sigma, htail));
    if high - low < sigma {
        // The difference of two distributions would lose digits in narrow bins.
        out.value = quadrature::eight(low, high, |x| signal(x, arguments));
    }
}

/// Derivative in x of the density of the sum, and the second one; arguments mean, sigma, htail, tau.
pub(crate) fn slopes(x: f64, arguments: &[f64; 4]) -> [f64; 2] {
    let [mean, sigma, htail, tau] = *arguments;
    let ladder = Ladder::new(x, mean, sigma, tau);
    [2, 3].map(|k| ladder.gauss[k] + htail * (ladder.tail[k] - ladder.gauss[k]))
}

/// Arguments of the tail alone (mean, sigma, tau) as those of the sum.
pub(super) fn alone(arguments: &[f64]) -> [f64; 4] {
    [arguments[0], arguments[1], 1.0, arguments[2]]
}

/// The jet of the tail alone from that of the sum: without the fraction.
pub(super) fn without_fraction(sum: &Jet) -> Jet {
    let mut out = Jet::ZERO;
    out.value = sum.value;
    for (i, from) in [0, 1, 3].into_iter().enumerate() {
        out.first[i] = sum.first[from];
        for (j, other) in [0, 1, 3].into_iter().enumerate().take(i + 1) {
            out.set_second(i, j, sum.get_second(from, other));
        }
    }
    out
}
