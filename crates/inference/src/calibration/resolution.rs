//! Resolution curves: the full width at half maximum as √(a + b E) and √(a + b E + c E²), with errors by the delta method.

use serde::Serialize;

use super::document::Settings;
use crate::fit::number;
use crate::least_squares::{self, Row};
use crate::peak::Estimate;

/// Form of a resolution curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CurveKind {
    /// √(a + b E).
    Linear,
    /// √(a + b E + c E²).
    Quadratic,
}

/// Both forms.
pub(super) const KINDS: [CurveKind; 2] = [CurveKind::Linear, CurveKind::Quadratic];

/// How near to a broadened line, in keV, a line stays out.
const NEAR: f64 = 1.0;

impl CurveKind {
    fn size(self) -> usize {
        match self {
            Self::Linear => 2,
            Self::Quadratic => 3,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Linear => "sqrt(a + b * E)",
            Self::Quadratic => "sqrt(a + b * E + c * E**2)",
        }
    }

    fn powers(self, energy: f64) -> Vec<f64> {
        [1.0, energy, energy * energy][..self.size()].to_vec()
    }
}

/// A fitted resolution curve; energies and widths in keV.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Curve {
    /// Its form.
    pub kind: CurveKind,
    /// The form as an expression of E.
    pub expression: &'static str,
    /// a, b and c; empty if there is no curve.
    pub parameters: Vec<f64>,
    /// Their covariance.
    pub covariance: Vec<Vec<f64>>,
    /// Σ ((width - curve)/error)².
    #[serde(serialize_with = "number")]
    pub chi2: f64,
    /// Lines minus parameters.
    pub ndof: i64,
    /// Probability of a larger χ²; none without degrees of freedom.
    pub p: Option<f64>,
    /// Energies of the lines it goes through.
    pub lines: Vec<f64>,
    /// Lines that stay out.
    pub left_out: Vec<Left>,
    /// Its values where they were asked for.
    pub at: Vec<Interpolation>,
    /// Why there is no curve; empty if there is one.
    pub reason: String,
}

/// A line that is not part of a curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Left {
    /// Energy in keV.
    pub energy: f64,
    /// Why.
    pub reason: String,
}

/// A curve at an energy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Interpolation {
    /// Name of the energy.
    pub name: String,
    /// The energy in keV.
    pub energy: f64,
    /// The width there; none where the curve has no real value.
    pub fwhm: Option<Estimate>,
}

/// Fits a resolution curve to widths at energies, both in keV. Lines near broadened ones stay out. The errors of the widths are
/// scaled to the curve, because a width that fluctuates down brings a smaller error along and would count for more.
pub fn resolution_curve(kind: CurveKind, points: &[(f64, Estimate)], settings: &Settings) -> Curve {
    let broadened = |energy: f64| settings.broadened.iter().find(|line| (energy - **line).abs() < NEAR);
    let (left, used): (Vec<_>, Vec<_>) = points.iter().copied().partition(|(energy, _)| broadened(*energy).is_some());
    let reason = |energy: f64| format!("within {NEAR} keV of the broadened line at {} keV", broadened(energy).unwrap_or(&energy));
    let mut curve = Curve {
        kind,
        expression: kind.text(),
        parameters: Vec::new(),
        covariance: Vec::new(),
        chi2: f64::NAN,
        ndof: used.len() as i64 - kind.size() as i64,
        p: None,
        lines: used.iter().map(|(energy, _)| *energy).collect(),
        left_out: left.iter().map(|(energy, _)| Left { energy: *energy, reason: reason(*energy) }).collect(),
        at: Vec::new(),
        reason: String::new(),
    };
    if used.len() < kind.size() {
        curve.reason = format!("{} lines are left, {} are needed", used.len(), kind.size());
        return curve;
    }
    if let Err(reason) = curve.fit(&used) {
        curve.reason = reason;
        return curve;
    }
    curve.at = settings
        .interpolate
        .iter()
        .map(|(name, energy)| Interpolation { name: name.clone(), energy: *energy, fwhm: curve.fwhm(*energy) })
        .collect();
    curve
}

impl Curve {
    /// Width at an energy in keV; none where the curve has no real value, or there is no curve.
    pub fn fwhm(&self, energy: f64) -> Option<Estimate> {
        let powers = self.kind.powers(energy);
        let square: f64 = self.parameters.iter().zip(&powers).map(|(c, power)| c * power).sum();
        if !(square > 0.0 && square.is_finite()) {
            return None;
        }
        let value = square.sqrt();
        let slopes: Vec<f64> = powers.iter().map(|power| 0.5 * power / value).collect();
        Some(Estimate { value, error: least_squares::spread(&self.covariance, &slopes) })
    }

    /// Gauss-Newton steps in the squares of the widths.
    fn fit(&mut self, points: &[(f64, Estimate)]) -> Result<(), String> {
        let mut widths: Vec<f64> = points.iter().map(|(_, fwhm)| fwhm.value).collect();
        for step in 0..30 {
            let row = |((energy, fwhm), curve): (&(f64, Estimate), &f64)| {
                let error = fwhm.error * curve / fwhm.value;
                // F ≈ curve + (square - curve²)/(2 curve).
                Row {
                    functions: self.kind.powers(*energy),
                    value: 2.0 * curve * fwhm.value - curve * curve,
                    error: 2.0 * curve * error,
                }
            };
            let rows: Vec<Row> = points.iter().zip(&widths).map(row).collect();
            let solution = least_squares::solve(&rows).ok_or("the widths determine no curve")?;
            (self.parameters, self.covariance) = (solution.coefficients, solution.covariance);
            let mut change = 0.0f64;
            for ((energy, _), width) in points.iter().zip(&mut widths) {
                let next = self.fwhm(*energy).ok_or_else(|| self.unreal(*energy))?.value;
                change = change.max((next / *width - 1.0).abs());
                *width = next;
            }
            if change < 1e-12 && step > 0 {
                break;
            }
        }
        let distance = |((_, fwhm), curve): (&(f64, Estimate), &f64)| (fwhm.value - curve) / (fwhm.error * curve / fwhm.value);
        self.chi2 = points.iter().zip(&widths).map(|pair| distance(pair) * distance(pair)).sum();
        self.p = (self.ndof > 0).then(|| germane_numerics::special::chi2_survival(self.chi2, self.ndof as f64));
        Ok(())
    }

    fn unreal(&mut self, energy: f64) -> String {
        (self.parameters, self.covariance) = (Vec::new(), Vec::new());
        format!("the curve has no real value at the line of {energy} keV")
    }
}
