//! Lognormal: e^(-(ln(x/m0)/ln k)²/2)/x for x > 0; arguments m0 (the median) and k (e to the width of ln x).

use super::crystal_ball::normal_area;
use super::dual::Dual;
use super::gaussian::area;
use super::jet::Jet;

pub(super) fn density(x: f64, arguments: &[f64], out: &mut Jet) {
    if x <= 0.0 {
        Dual::constant(0.0).write(out);
        return;
    }
    let u = pull(x, arguments).0;
    ((u * u * -0.5).exp() * (1.0 / x)).write(out);
}

pub(super) fn integral(low: f64, high: f64, arguments: &[f64], out: &mut Jet) {
    if high <= 0.0 {
        Dual::constant(0.0).write(out);
        return;
    }
    let (to, width) = pull(high, arguments);
    let sum = if low > 0.0 {
        normal_area(pull(low, arguments).0, to)
    } else {
        let far = Dual::constant(-40.0);
        let mut sum = normal_area(far, to);
        sum.value = area([f64::NEG_INFINITY, to.value], 0.0);
        sum
    };
    (sum * width).write(out);
}

/// ln(x/m0)/|ln k| and |ln k|.
fn pull(x: f64, arguments: &[f64]) -> (Dual, Dual) {
    let [m0, k, _, _] = Dual::variables(&arguments[..2]);
    let width = k.ln();
    let width = if width.value < 0.0 { -width } else { width };
    ((Dual::constant(x) / m0).ln() / width, width)
}
