//! Crystal ball: a Gaussian core and a power-law tail, joined smoothly at alpha standard deviations; arguments mean, sigma,
//! alpha (positive: tail to the left, negative: to the right), n > 0 (1 included). M. Oreglia, SLAC-R-236 (1980), appendix D.

use germane_numerics::maths;

use super::dual::Dual;
use super::gaussian::area;
use super::jet::Jet;

/// (x - mean)/sigma counted so that the tail is to the left, and |alpha|.
fn place(x: f64, [mean, sigma, alpha, _]: [Dual; 4]) -> (Dual, Dual) {
    let t = (Dual::constant(x) - mean) / sigma;
    if alpha.value < 0.0 { (-t, -alpha) } else { (t, alpha) }
}

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    let all = Dual::variables(arguments);
    let (t, alpha) = place(x, all);
    height(t, alpha, all[3]).write(out);
}

/// The density `t` standard deviations from the mean, the tail to the left.
pub(super) fn height(t: Dual, alpha: Dual, n: Dual) -> Dual {
    if t.value >= -alpha.value { (t * t * -0.5).exp() } else { (distance(t, alpha, n) * -n - alpha * alpha * 0.5).exp() }
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    let all = Dual::variables(arguments);
    let [_, sigma, _, n] = all;
    let (first, alpha) = place(low, all);
    let (second, _) = place(high, all);
    let (from, to) = if all[2].value < 0.0 { (second, first) } else { (first, second) };
    (core_and_tail(from, to, alpha, n) * sigma).write(out);
}

/// ∫ of [`height`] over t.
pub(super) fn core_and_tail(from: Dual, to: Dual, alpha: Dual, n: Dual) -> Dual {
    let joint = -alpha;
    let mut sum = Dual::constant(0.0);
    if to.value > joint.value {
        let from = if from.value > joint.value { from } else { joint };
        sum = sum + normal_area(from, to);
    }
    if from.value < joint.value {
        let to = if to.value < joint.value { to } else { joint };
        // With r = ln of the distance in the tail: ∫ e^((1-n) r) dr, from the end that is nearer to the core.
        let (near, far) = (distance(to, alpha, n), distance(from, alpha, n));
        let (length, power) = (far - near, Dual::constant(1.0) - n);
        let scale = (power * near - alpha * alpha * 0.5).exp() * n / alpha;
        sum = sum + scale * length * mean_exponential(power * length);
    }
    sum
}

/// ln of ((n/alpha - alpha - t) alpha/n): 0 at the joint.
fn distance(t: Dual, alpha: Dual, n: Dual) -> Dual {
    (Dual::constant(1.0) - (alpha + t) * alpha / n).ln()
}

/// ∫ e^(-u²/2) du.
pub(super) fn normal_area(from: Dual, to: Dual) -> Dual {
    let end = |u: Dual| {
        let f = maths::exp(-0.5 * u.value * u.value);
        u.chain([0.0, f, -u.value * f])
    };
    let mut sum = end(to) - end(from);
    sum.value = area([from.value, to.value], 0.0);
    sum
}

/// (e^t - 1)/t with its derivatives.
fn mean_exponential(t: Dual) -> Dual {
    // ∫ e^(ts) s^k ds for t > 0 from those for -t: s becomes 1 - s.
    let parts = if t.value <= 0.0 {
        super::exponential::moments(t.value)
    } else {
        let [a, b, c] = super::exponential::moments(-t.value);
        [a, a - b, a - 2.0 * b + c].map(|moment| maths::exp(t.value) * moment)
    };
    t.chain(parts)
}
