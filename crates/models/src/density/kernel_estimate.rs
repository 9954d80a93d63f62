//! Kernel density estimate: the sum of Gaussians around given points, each of area 1; argument bandwidth. E. Parzen, Ann. Math.
//! Statist. 33 (1962) 1065. The widths are the bandwidth alone, or that times a width of each point, narrow where points lie
//! densely (I. S. Abramson, Ann. Statist. 10 (1982) 1217).

use germane_numerics::maths;

use super::gaussian;
use super::jet::Jet;
use crate::pairwise;

/// Scales of [`gaussian`] depend on how far a mean is from the range; on the whole line there is none.
const LINE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// A point and its width in units of the bandwidth.
pub(super) type Kernel = (f64, f64);

/// Edges at which the points of an adaptive kernel estimate are mirrored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mirror {
    /// None.
    #[default]
    None,
    /// The lower edge.
    Lower,
    /// The upper edge.
    Upper,
    /// Both.
    Both,
}

pub(super) fn density(x: f64, kernels: &[Kernel], arguments: &[f64], out: &mut Jet) {
    sum(kernels, arguments, out, |arguments, jet| gaussian::density(x, LINE, arguments, jet));
}

pub(super) fn integral(low: f64, high: f64, kernels: &[Kernel], arguments: &[f64], out: &mut Jet) {
    sum(kernels, arguments, out, |arguments, jet| gaussian::integral(low, high, LINE, arguments, jet));
}

/// Sums a Gaussian's jet over the points, of which the derivatives in the width are kept.
fn sum(kernels: &[Kernel], arguments: &[f64], out: &mut Jet, part: impl Fn(&[f64], &mut Jet)) {
    *out = Jet::ZERO;
    let mut jet = Jet::ZERO;
    for &(point, width) in kernels {
        part(&[point, arguments[0] * width], &mut jet);
        out.value += jet.value / width;
        out.first[0] += jet.first[1];
        out.set_second(0, 0, out.get_second(0, 0) + jet.get_second(1, 1) * width);
    }
}

/// Points with the widths of RooKeysPdf (K. Cranmer, Comput. Phys. Commun. 136 (2001) 198, as ROOT computes them):
/// ```text
/// h = ρ (4/3)^(1/5) N^(-1/5),   h_i = max(h √σ / (2√3 √f(x_i)),  h σ √2/10)
/// ```
/// with the standard deviation σ of the points, and f their estimate with the width h σ. N and f count mirrored points.
///
/// None if all points are the same.
pub(super) fn adaptive(points: &[f64], range: (f64, f64), mirror: Mirror, rho: f64) -> Option<Vec<Kernel>> {
    let count = points.len() as f64;
    let mean = pairwise::sum(points) / count;
    let squares: Vec<f64> = points.iter().map(|point| (point - mean) * (point - mean)).collect();
    let sigma = (pairwise::sum(&squares) / count).sqrt();
    if !(sigma > 0.0) {
        return None;
    }
    let mut all = points.to_vec();
    if matches!(mirror, Mirror::Lower | Mirror::Both) {
        all.extend(points.iter().map(|point| 2.0 * range.0 - point));
    }
    if matches!(mirror, Mirror::Upper | Mirror::Both) {
        all.extend(points.iter().map(|point| 2.0 * range.1 - point));
    }
    all.sort_by(f64::total_cmp);
    let h = rho * maths::exp(0.2 * maths::ln(4.0 / 3.0 / all.len() as f64));
    let (pilot, least) = (h * sigma, h * sigma * 2.0_f64.sqrt() / 10.0);
    let width = |&point: &f64| {
        let density = estimate(point, &all, pilot);
        (point, (h * sigma.sqrt() / (2.0 * 3.0_f64.sqrt() * density.sqrt())).max(least))
    };
    Some(all.iter().map(width).collect())
}

/// Beyond so many widths a Gaussian is below the rounding of its peak.
const REACH: f64 = 8.6;

/// The estimate with one width, from sorted points.
fn estimate(x: f64, sorted: &[f64], width: f64) -> f64 {
    let first = sorted.partition_point(|point| *point < x - REACH * width);
    let last = sorted.partition_point(|point| *point <= x + REACH * width);
    let term = |point: &f64| {
        let u = (x - point) / width;
        maths::exp(-0.5 * u * u)
    };
    let sum: f64 = sorted[first..last].iter().map(term).sum();
    sum / (width * (2.0 * std::f64::consts::PI).sqrt() * sorted.len() as f64)
}
