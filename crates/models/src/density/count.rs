//! Poisson probability of a count as a density of x >= 0; argument mean. Of real x it is e^(-mean) mean^x / Γ(x+1), or it is that
//! of the whole number below x.

use super::adaptive;
use super::jet::Jet;
use crate::poisson;
use germane_numerics::{maths, special};

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
    if !whole {
        *out = adaptive::integral(low, high, 1, |x, jet| density(x, false, arguments, jet));
        return;
    }
    let (mean, first, last) = (arguments[0], low.floor(), high.floor());
    // P(first <= N <= last), from the tail that is small; its derivatives are differences of probabilities.
    out.value = if mean < first {
        special::gamma_p(first, mean) - special::gamma_p(last + 1.0, mean)
    } else {
        let below = if first > 0.0 { special::gamma_q(first, mean) } else { 0.0 };
        special::gamma_q(last + 1.0, mean) - below
    };
    let probability = |count: f64| if count < 0.0 { 0.0 } else { maths::exp(-poisson::nll(count, mean)) };
    out.first[0] = probability(first - 1.0) - probability(last);
    let falling = |count: f64| probability(count - 1.0) - probability(count);
    out.set_second(0, 0, falling(first - 1.0) - falling(last));
    // The first and the last step are not whole.
    let mut jet = Jet::ZERO;
    for (count, missing) in [(first, low - first), (last, last + 1.0 - high)] {
        density(count, true, arguments, &mut jet);
        out.add_scaled(-missing, &jet, 1);
    }
}
