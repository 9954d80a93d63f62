//! What shows that a point is a minimum: gradient, signs at the bounds, eigenvalues, flat directions.

use germane_numerics::dense::{Matrix, symmetric_eigen};
use serde::Serialize;

use crate::extremes::extremes;
use crate::fit::{Bound, number};
use crate::point::{Point, Problem};
use crate::search::{FLAT, is_sure};

/// The certificate of a minimum. Eigenvalues are those of the Hessian scaled to a unit diagonal, on the parameters that are
/// free and not at a bound.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Certificate {
    /// Norm of the gradient of the free parameters, each in units of its curvature (about one standard deviation).
    #[serde(serialize_with = "number")]
    pub gradient: f64,
    /// Largest violation of the sign that the gradient must have at a bound, in the same units; 0 if there is none.
    #[serde(serialize_with = "number")]
    pub kkt: f64,
    /// Smallest and largest eigenvalue.
    pub eigenvalues: Vec<f64>,
    /// Their ratio.
    #[serde(serialize_with = "number")]
    pub condition: f64,
    /// Directions that the data do not determine, as combinations of parameters.
    pub flat: Vec<String>,
    /// Iterations.
    pub iterations: usize,
}

/// Up to so many parameters all eigenvalues are computed.
const FULL: usize = 60;

impl Certificate {
    /// The certificate of a point, and whether the curvature is negative in some direction.
    pub(crate) fn new(problem: &Problem<'_>, point: &Point, held: &[(usize, Bound)], iterations: usize) -> (Self, bool) {
        let free: Vec<usize> =
            problem.moving.iter().copied().filter(|index| !held.iter().any(|(other, _)| other == index)).collect();
        let solved = point.solved(&free);
        let scaled = &solved.scaled;
        // At a bound without being held by it: the gradient may still push inwards.
        let mut kkt = 0.0f64;
        let mut square = 0.0;
        for (&index, slope) in free.iter().zip(&scaled.gradient) {
            if problem.pushed(point, index).is_some() {
                continue;
            }
            square += slope * slope;
            let parameter = problem.parameter(index);
            if point.x[index] <= parameter.lower || point.x[index] >= parameter.upper {
                kkt = kkt.max(slope.abs());
            }
        }
        let factor = solved.factor.as_ref().filter(|factor| free.len() > FULL && is_sure(factor));
        let (values, vectors) = match factor {
            // Nothing is flat: both ends of the spectrum are enough.
            Some(factor) => (extremes(&scaled.hessian, factor).to_vec(), Matrix::default()),
            None => symmetric_eigen(&scaled.hessian.dense()),
        };
        let lowest = values.first().copied().unwrap_or(1.0);
        let highest = values.last().copied().unwrap_or(1.0);
        let flat = values.iter().enumerate().filter(|(_, value)| value.abs() <= FLAT * highest.max(f64::MIN_POSITIVE));
        let flat = flat.map(|(k, _)| combination(problem, &free, vectors.row(k), &scaled.units)).collect();
        let condition = if lowest > 0.0 { highest / lowest } else { f64::INFINITY };
        let eigenvalues = if values.is_empty() { Vec::new() } else { vec![lowest, highest] };
        let certificate = Self { gradient: square.sqrt(), kkt, eigenvalues, condition, flat, iterations };
        (certificate, lowest < -FLAT * highest)
    }
}

/// `mu - 0.98 norm_b`: the parameters of a direction, the largest one first with factor 1, in their own units.
fn combination(problem: &Problem<'_>, free: &[usize], vector: &[f64], units: &[f64]) -> String {
    let mut parts: Vec<(usize, f64)> =
        free.iter().zip(vector.iter().zip(units)).map(|(&index, (part, unit))| (index, part * unit)).collect();
    parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    let largest = parts.first().map_or(1.0, |part| part.1);
    let mut text = String::new();
    for (place, (index, part)) in parts.iter().enumerate() {
        let part = part / largest;
        if part.abs() < 0.01 {
            break;
        }
        let name = &problem.parameter(*index).name;
        if place == 0 {
            text.push_str(name);
        } else if place >= 6 {
            text.push_str(" …");
            break;
        } else {
            let sign = if part < 0.0 { '−' } else { '+' };
            text.push_str(&format!(" {sign} {:.2} {name}", part.abs()));
        }
    }
    text
}
