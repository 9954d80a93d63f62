//! Step five: the polynomial E = Σ c_k x^k through the peaks.

use super::document::{Line, Scale};
use super::lines::Fitted;
use crate::least_squares::{self, Row, Solution};

/// Energies in keV as a polynomial of uncalibrated ones.
#[derive(Clone, Debug)]
pub(super) struct Polynomial(Vec<f64>);

impl Polynomial {
    pub(super) fn new(coefficients: Vec<f64>) -> Self {
        Self(coefficients)
    }

    pub(super) fn value(&self, x: f64) -> f64 {
        self.0.iter().rev().fold(0.0, |sum, c| sum * x + c)
    }

    pub(super) fn slope(&self, x: f64) -> f64 {
        self.0.iter().enumerate().skip(1).rev().fold(0.0, |sum, (k, c)| sum * x + k as f64 * c)
    }

    /// x with that energy, by Newton's steps from a place near it.
    pub(super) fn inverse(&self, energy: f64, near: f64) -> Option<f64> {
        let mut x = near;
        for _ in 0..50 {
            let next = x - (self.value(x) - energy) / self.slope(x);
            if !next.is_finite() {
                return None;
            }
            if (next - x).abs() <= 1e-12 * next.abs() {
                return Some(next);
            }
            x = next;
        }
        None
    }
}

/// Coefficients with the fixed ones, of (x, energy, error of the energy).
pub(super) fn fitted(points: &[(f64, f64, f64)], degree: i32) -> Option<Solution> {
    // Powers of x that are free, and the polynomial of those that are not.
    let (first, last, fixed) = match degree {
        -1 => (0, 0, vec![0.0, 1.0]),
        0 => (1, 1, vec![0.0, 0.0]),
        degree => (0, degree, vec![0.0; degree as usize + 1]),
    };
    let known = Polynomial::new(fixed.clone());
    let row = |&(x, energy, error): &(f64, f64, f64)| Row {
        functions: (first..=last).map(|k| germane_numerics::maths::powi(x, k)).collect(),
        value: energy - known.value(x),
        error,
    };
    let mut solution = least_squares::solve(&points.iter().map(row).collect::<Vec<_>>())?;
    let size = fixed.len();
    let mut coefficients = fixed;
    let mut covariance = vec![vec![0.0; size]; size];
    for (i, from) in (first..=last).enumerate() {
        coefficients[from as usize] += solution.coefficients[i];
        for (j, other) in (first..=last).enumerate() {
            covariance[from as usize][other as usize] = solution.covariance[i][j];
        }
    }
    (solution.coefficients, solution.covariance) = (coefficients, covariance);
    Some(solution)
}

/// A first scale, through the tops of the peaks.
pub(super) fn through_tops(tops: &[Option<f64>], lines: &[Line], degree: i32) -> Result<Polynomial, String> {
    let points: Vec<(f64, f64, f64)> =
        lines.iter().zip(tops).filter_map(|(line, top)| Some(((*top)?, line.energy, 1.0))).collect();
    let solution = fitted(&points, degree).ok_or("the tops of the peaks determine no scale")?;
    Ok(Polynomial::new(solution.coefficients))
}

/// The scale through the modes of the fitted peaks, weighted with their errors in keV.
pub(super) fn through_modes(peaks: &[Fitted], degree: i32, guess: f64) -> Result<Scale, String> {
    let free = if degree > 0 { degree as usize + 1 } else { 1 };
    if peaks.len() < free {
        return Err(format!("{} lines were fitted, a scale of degree {degree} needs {free}", peaks.len()));
    }
    let mut polynomial = Polynomial::new(vec![0.0, guess]);
    let mut solution = None;
    // The errors are those of the modes: the slope of the scale takes them to keV, and changes little after the first time.
    for _ in 0..4 {
        let point = |peak: &Fitted| (peak.mode.value, peak.energy, polynomial.slope(peak.mode.value).abs() * peak.mode.error);
        let points: Vec<_> = peaks.iter().map(point).collect();
        let next = fitted(&points, degree).ok_or("the modes of the peaks determine no scale")?;
        polynomial = Polynomial::new(next.coefficients.clone());
        solution = Some(next);
    }
    let solution = solution.ok_or("the modes of the peaks determine no scale")?;
    if let Some(peak) = peaks.iter().find(|peak| !(polynomial.slope(peak.mode.value) > 0.0)) {
        return Err(format!("the scale does not rise at the line of {} keV", peak.energy));
    }
    Ok(Scale {
        degree,
        p: solution.p(),
        chi2: solution.chi2,
        ndof: solution.ndof,
        coefficients: solution.coefficients,
        covariance: solution.covariance,
    })
}
