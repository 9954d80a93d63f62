//! ARGUS: x t^p e^(c t) for x < m0, t = 1 - (x/m0)²; arguments m0, c, p > -1. H. Albrecht et al., Phys. Lett. B 241 (1990) 278.

use super::dual::Dual;
use super::jet::Jet;

/// Terms of a series after which it is given up; |c t| of some hundreds needs as many.
const MOST_TERMS: usize = 4000;

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    let [m0, c, p, _] = Dual::variables(arguments);
    let t = remainder(x, m0);
    if t.value <= 0.0 {
        Dual::constant(0.0).write(out);
        return;
    }
    ((p * t.ln() + c * t).exp() * x).write(out);
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    let [m0, c, p, _] = Dual::variables(arguments);
    // x dx = -m0² dt/2.
    let area = power_exponential(remainder(low, m0), c, p) - power_exponential(remainder(high, m0), c, p);
    (area * m0 * m0 * 0.5).write(out);
}

fn remainder(x: f64, m0: Dual) -> Dual {
    let ratio = Dual::constant(x) / m0;
    Dual::constant(1.0) - ratio * ratio
}

/// ∫ t^p e^(ct) from 0 to t by the series whose terms have one sign: in powers of ct for c > 0, after taking out e^(ct) for
/// c < 0 (Kummer's transformation).
fn power_exponential(t: Dual, c: Dual, p: Dual) -> Dual {
    if !(t.value > 0.0) {
        return Dual::constant(if t.value.is_nan() { f64::NAN } else { 0.0 });
    }
    let one = Dual::constant(1.0);
    let (step, rising) = (c * t, c.value > 0.0);
    let mut sum = Dual::constant(0.0);
    let mut term = if rising { one } else { one / (p + one) };
    for k in 0..MOST_TERMS {
        let next = Dual::constant(k as f64 + 1.0);
        let part = if rising { term / (p + next) } else { term };
        sum = sum + part;
        // The derivatives of the terms fall as the terms do, one or two powers of k later.
        if part.value.abs() < 1e-22 * sum.value.abs() {
            break;
        }
        term = if rising { term * step / next } else { term * -step / (p + next + one) };
    }
    let scale = (p + one) * t.ln();
    let scale = if rising { scale } else { scale + step };
    scale.exp() * sum
}
