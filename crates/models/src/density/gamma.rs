//! Gamma: s^(gamma-1) e^(-s), s = (x - mu)/beta, for x > mu; arguments gamma > 0, beta, mu.

use super::dual::Dual;
use super::jet::Jet;
use super::quadrature::SIXTEEN;

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    let [gamma, beta, mu, _] = Dual::variables(arguments);
    let s = (Dual::constant(x) - mu) / beta;
    if s.value <= 0.0 {
        Dual::constant(0.0).write(out);
        return;
    }
    integrand(s, gamma).write(out);
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    let [gamma, beta, mu, _] = Dual::variables(arguments);
    let place = |x: f64| (Dual::constant(x) - mu) / beta;
    let (from, to) = (place(low), place(high));
    // From 0 by its series; further out, where differences of series would lose digits, by quadrature.
    let split = gamma.value.max(1.0);
    let mut sum = Dual::constant(0.0);
    if from.value < split {
        let end = if to.value < split { to } else { Dual::constant(split) };
        sum = sum + series(end, gamma) - series(from, gamma);
    }
    if to.value > split {
        let mut from = if from.value > split { from } else { Dual::constant(split) };
        while from.value < to.value {
            let edge = from.value + 4.0;
            let end = if edge < to.value { Dual::constant(edge) } else { to };
            let panel = panel(from, end, gamma);
            sum = sum + panel;
            if panel.value <= 1e-18 * sum.value {
                break;
            }
            from = end;
        }
    }
    (sum * beta).write(out);
}

fn integrand(s: Dual, gamma: Dual) -> Dual {
    ((gamma - Dual::constant(1.0)) * s.ln() - s).exp()
}

/// The lower incomplete gamma function: e^(-s) s^γ Σ s^k/(γ (γ+1) … (γ+k)).
fn series(s: Dual, gamma: Dual) -> Dual {
    if !(s.value > 0.0) {
        return Dual::constant(if s.value.is_nan() { f64::NAN } else { 0.0 });
    }
    let mut term = gamma.inverse();
    let mut sum = term;
    for k in 1..4000 {
        term = term * s / (gamma + Dual::constant(f64::from(k)));
        sum = sum + term;
        if term.value < 1e-22 * sum.value {
            break;
        }
    }
    (gamma * s.ln() - s).exp() * sum
}

/// 16-point Gauss-Legendre between ends that may depend on the arguments.
fn panel(from: Dual, to: Dual, gamma: Dual) -> Dual {
    let (half, middle) = ((to - from) * 0.5, (to + from) * 0.5);
    let mut sum = Dual::constant(0.0);
    for (x, weight) in SIXTEEN {
        let pair = integrand(middle - half * x, gamma) + integrand(middle + half * x, gamma);
        sum = sum + pair * weight;
    }
    sum * half
}
