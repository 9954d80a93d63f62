//! Double-sided crystal ball: a Gaussian core whose halves have their own widths, and a power-law tail on either side; arguments
//! mean, sigma_left, sigma_right, alpha_left, n_left, alpha_right, n_right. Each side is half of a [`super::crystal_ball`].

use super::crystal_ball::{core_and_tail, height};
use super::dual::Dual;
use super::jet::Jet;

/// Places of (mean, sigma, alpha, n) of the left and of the right side among the arguments.
const LEFT: [usize; 4] = [0, 1, 3, 4];
const RIGHT: [usize; 4] = [0, 2, 5, 6];

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    *out = Jet::ZERO;
    let (side, sign) = if x < arguments[0] { (LEFT, 1.0) } else { (RIGHT, -1.0) };
    let [mean, sigma, alpha, n] = Dual::variables(&side.map(|place| arguments[place]));
    let t = (Dual::constant(x) - mean) / sigma * sign;
    height(t, alpha, n).add_to(out, side);
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    *out = Jet::ZERO;
    let centre = Dual::constant(0.0);
    // The mean is 0 standard deviations from itself, whatever it is.
    if low < arguments[0] {
        let [mean, sigma, alpha, n] = Dual::variables(&LEFT.map(|place| arguments[place]));
        let place = |x: f64| (Dual::constant(x) - mean) / sigma;
        let to = if high < arguments[0] { place(high) } else { centre };
        (core_and_tail(place(low), to, alpha, n) * sigma).add_to(out, LEFT);
    }
    if high > arguments[0] {
        let [mean, sigma, alpha, n] = Dual::variables(&RIGHT.map(|place| arguments[place]));
        let place = |x: f64| (mean - Dual::constant(x)) / sigma;
        let to = if low > arguments[0] { place(low) } else { centre };
        (core_and_tail(place(high), to, alpha, n) * sigma).add_to(out, RIGHT);
    }
}
