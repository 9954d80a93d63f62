//! Johnson's S_U: e^(-v²/2)/sqrt(1 + y²), y = (x - mu)/lambda, v = gamma + delta asinh(y); arguments mu, lambda, gamma, delta.
//! N. L. Johnson, Biometrika 36 (1949) 149.

use super::crystal_ball::normal_area;
use super::dual::Dual;
use super::jet::Jet;

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    let [mu, lambda, gamma, delta] = Dual::variables(arguments);
    let y = (Dual::constant(x) - mu) / lambda;
    let v = gamma + delta * y.asinh();
    let square = y * y + Dual::constant(1.0);
    (v * v * -0.5 - square.ln() * 0.5).exp().write(out);
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    let [mu, lambda, gamma, delta] = Dual::variables(arguments);
    let v = |x: f64| gamma + delta * ((Dual::constant(x) - mu) / lambda).asinh();
    (normal_area(v(low), v(high)) * lambda / delta).write(out);
}
