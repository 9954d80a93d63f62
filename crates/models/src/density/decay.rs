//! Exponential decays of time t, as they are or smeared by a Gaussian.
//!
//! Single-sided e^(-t/tau) for t > 0, flipped e^(t/tau) for t < 0, double-sided e^(-|t|/tau). Smeared ones are convolved with a
//! Gaussian of mean and sigma over the whole line: the tail of [`exgauss`]. Arguments tau, or mean, sigma, tau.

use germane_numerics::maths;

use super::dual::Dual;
use super::exgauss;
use super::jet::Jet;

/// On which side of 0 there is something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// After 0.
    Single,
    /// Before 0.
    Flipped,
    /// Both, with equal parts.
    Double,
}

/// e^(-(t - from)/tau) with its derivatives in tau.
fn falling(t: f64, from: f64, tau: Dual) -> Dual {
    (Dual::constant(from - t) / tau).exp()
}

/// The integral of it from `low` to `high`, both at least 0.
fn area(low: f64, high: f64, from: f64, tau: Dual) -> Dual {
    let length = Dual::constant(low - high) / tau;
    let lost = length.chain([maths::expm1(length.value), maths::exp(length.value), maths::exp(length.value)]);
    falling(low, from, tau) * -lost * tau
}

/// Where the range begins on each side of 0, and the nearest point of it: all is scaled by its value, so that nothing underflows.
fn begins(side: Side, range: (f64, f64)) -> f64 {
    match side {
        Side::Single => range.0.max(0.0),
        Side::Flipped => (-range.1).max(0.0),
        Side::Double => range.0.max(-range.1).max(0.0),
    }
}

pub(super) fn density(t: f64, side: Side, range: (f64, f64), arguments: &[f64], out: &mut Jet) {
    let [tau, ..] = Dual::variables(&arguments[..1]);
    let there = match side {
        Side::Single => t >= 0.0,
        Side::Flipped => t <= 0.0,
        Side::Double => true,
    };
    *out = Jet::ZERO;
    if there {
        falling(t.abs(), begins(side, range), tau).write(out);
    }
}

pub(super) fn integral(low: f64, high: f64, side: Side, range: (f64, f64), arguments: &[f64], out: &mut Jet) {
    let [tau, ..] = Dual::variables(&arguments[..1]);
    let from = begins(side, range);
    let mut sum = Dual::constant(0.0);
    if side != Side::Flipped && high > 0.0 {
        sum = sum + area(low.max(0.0), high, from, tau);
    }
    if side != Side::Single && low < 0.0 {
        sum = sum + area((-high).max(0.0), -low, from, tau);
    }
    *out = Jet::ZERO;
    sum.write(out);
}

/// What is smeared: a tail to each side that there is, which `part` gives for mean, sigma, fraction and tau of [`exgauss`].
fn smeared(side: Side, arguments: &[f64], out: &mut Jet, part: impl Fn(&[f64; 4], &mut Jet)) {
    let mut jet = Jet::ZERO;
    *out = Jet::ZERO;
    // The tail at high values is that of a negative tau there.
    for (sign, there) in [(-1.0, side != Side::Flipped), (1.0, side != Side::Single)] {
        if there {
            part(&exgauss::alone(&[arguments[0], arguments[1], sign * arguments[2]]), &mut jet);
            let mut tail = exgauss::without_fraction(&jet);
            tail.rescale(&[1.0, 1.0, sign], 3);
            out.add_scaled(1.0, &tail, 3);
        }
    }
}

pub(super) fn smeared_density(t: f64, side: Side, arguments: &[f64], out: &mut Jet) {
    smeared(side, arguments, out, |arguments, jet| exgauss::density(t, arguments, jet));
}

pub(super) fn smeared_integral(low: f64, high: f64, side: Side, arguments: &[f64], out: &mut Jet) {
    smeared(side, arguments, out, |arguments, jet| exgauss::integral(low, high, arguments, jet));
}
