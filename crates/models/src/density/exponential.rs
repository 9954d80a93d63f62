//! Exponential: e^(+c x); argument c.

use germane_numerics::maths;

use super::jet::Jet;

/// Where the exponential is 1: the end of the range at which it is largest, so that nothing overflows.
fn origin(range: (f64, f64), slope: f64) -> f64 {
    if slope > 0.0 { range.1 } else { range.0 }
}

pub(super) fn density(x: f64, range: (f64, f64), arguments: &[f64], out: &mut Jet) {
    let distance = x - origin(range, arguments[0]);
    let f = maths::exp(arguments[0] * distance);
    out.value = f;
    out.first[0] = distance * f;
    out.second[0] = distance * distance * f;
}

pub(super) fn integral(low: f64, high: f64, range: (f64, f64), arguments: &[f64], out: &mut Jet) {
    let slope = arguments[0];
    let length = high - low;
    // From the end at which it is largest: x = end ± length s, and the exponent falls with s from 0 to 1.
    let (end, direction) = if slope > 0.0 { (high, -length) } else { (low, length) };
    let distance = end - origin(range, slope);
    let f = maths::exp(slope * distance) * length;
    let [zeroth, first, second] = moments(slope * direction);
    out.value = f * zeroth;
    out.first[0] = f * (distance * zeroth + direction * first);
    out.second[0] = f * (distance * distance * zeroth + 2.0 * distance * direction * first + direction * direction * second);
}

/// ∫ e^(ts) s^k ds from 0 to 1 for k = 0, 1, 2; t <= 0.
pub(super) fn moments(t: f64) -> [f64; 3] {
    if t < -1.0 {
        let exponential = maths::exp(t);
        let zeroth = maths::expm1(t) / t;
        let first = (exponential - zeroth) / t;
        return [zeroth, first, (exponential - 2.0 * first) / t];
    }
    let mut sums = [0.0; 3];
    let mut term = 1.0;
    for k in 0..20 {
        let k = f64::from(k);
        sums[0] += term / (k + 1.0);
        sums[1] += term / (k + 2.0);
        sums[2] += term / (k + 3.0);
        term *= t / (k + 1.0);
    }
    sums
}
