//! Kernel density estimate: the sum of Gaussians of one width around given points; argument bandwidth. E. Parzen, Ann. Math.
//! Statist. 33 (1962) 1065.

use super::gaussian;
use super::jet::Jet;

/// Scales of [`gaussian`] depend on how far a mean is from the range; on the whole line there is none.
const LINE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

pub(super) fn density(x: f64, points: &[f64], arguments: &[f64], out: &mut Jet) {
    sum(points, arguments, out, |arguments, jet| gaussian::density(x, LINE, arguments, jet));
}

pub(super) fn integral(low: f64, high: f64, points: &[f64], arguments: &[f64], out: &mut Jet) {
    sum(points, arguments, out, |arguments, jet| gaussian::integral(low, high, LINE, arguments, jet));
}

/// Sums a Gaussian's jet over the points, of which the derivatives in the width are kept.
fn sum(points: &[f64], arguments: &[f64], out: &mut Jet, part: impl Fn(&[f64], &mut Jet)) {
    *out = Jet::ZERO;
    let mut jet = Jet::ZERO;
    for &point in points {
        part(&[point, arguments[0]], &mut jet);
        out.value += jet.value;
        out.first[0] += jet.first[1];
        out.set_second(0, 0, out.get_second(0, 0) + jet.get_second(1, 1));
    }
}
