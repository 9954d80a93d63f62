//! Poisson probability of a count as a density of x >= 0; argument mean. Of real x it is e^(-mean) mean^x / Γ(x+1), or it is that
//! of the whole number below x.

use super::adaptive;
use super::jet::Jet;
use crate::poisson;
use germane_numerics::maths;

pub(super) fn density(x: f64, whole: bool, arguments: &[f64], out: &mut Jet) {
    *out = Jet::ZERO;
    let (mean, count) = (arguments[0], if whole { x.floor() } else { x });
    if count < 0.0 {
        return;
    }
    let value = maths::exp(-poisson::nll(count, mean));
    let slope = count / mean - 1.0;
    out.value = value;
    out.first[0] = value * slope;
    out.set_second(0, 0, value * (slope * slope - count / (mean * mean)));
}

pub(super) fn integral(low: f64, high: f64, whole: bool, arguments: &[f64], out: &mut Jet) {
    *out = Jet::ZERO;
    let low = low.max(0.0);
    if !(low < high) {
        return;
    }
    // Far above the mean nothing is left; that bounds the steps.
    let reach = arguments[0] + 60.0 * arguments[0].sqrt() + 200.0;
    let high = high.min(low.max(reach));
    if !high.is_finite() {
        out.value = f64::NAN;
        return;
    }
    if !whole {
        *out = adaptive::integral(low, high, 1, |x, jet| density(x, false, arguments, jet));
        return;
    }
    let (mut from, mut jet) = (low, Jet::ZERO);
    while from < high {
        let to = (from.floor() + 1.0).min(high);
        density(from, true, arguments, &mut jet);
        out.add_scaled(to - from, &jet, 1);
        from = to;
    }
}
