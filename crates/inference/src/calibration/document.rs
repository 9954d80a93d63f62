//! What a calibration is asked and what it answers: the document `germane_calibration`.

use germane_models::peaks::PeakFunction;
use serde::Serialize;

use super::operation::Operation;
use super::resolution::Curve;
use super::scale::Polynomial;
use crate::fit::number;
use crate::peak::{Estimate, PeakFit};

/// A line of known energy.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Line {
    /// Energy in keV.
    pub energy: f64,
    /// How far the window of the fit reaches below and above the line, in keV.
    pub window: [f64; 2],
    /// Function of the peak. `hpge_peak` gives way to `gauss_on_step` where the data do not support its tail.
    pub function: PeakFunction,
}

impl Line {
    /// A line with a window of 20 keV on each side and a [`PeakFunction::HpgePeak`].
    pub fn new(energy: f64) -> Self {
        Self { energy, window: [20.0, 20.0], function: PeakFunction::HpgePeak }
    }

    /// The same with another window, in keV below and above the line.
    #[must_use]
    pub fn window(mut self, below: f64, above: f64) -> Self {
        self.window = [below, above];
        self
    }

    /// The same with another function.
    #[must_use]
    pub fn function(mut self, function: PeakFunction) -> Self {
        self.function = function;
        self
    }
}

/// How a calibration is done.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// Degree of the polynomial E = Σ c_k x^k: 0 a factor alone (c_0 = 0), -1 an offset alone (c_1 = 1), 1 both, up to 4.
    pub degree: i32,
    /// keV per unit of the uncalibrated energy, right within a tenth; none: found from the end of the spectrum, where the
    /// line of highest energy is then expected.
    pub guess: Option<f64>,
    /// Energies in keV of lines that are broadened beyond the resolution (annihilation, single and double escape): what lies
    /// within 1 keV of them stays out of the resolution curves.
    pub broadened: Vec<f64>,
    /// Where the resolution curves are evaluated: name and energy in keV.
    pub interpolate: Vec<(String, f64)>,
    /// Name of the column that is calibrated, for the hit operation.
    pub parameter: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            degree: 0,
            guess: None,
            broadened: vec![511.0, 1592.53, 2103.5],
            interpolate: vec![("Qbb".to_owned(), 2039.0)],
            parameter: "energy".to_owned(),
        }
    }
}

impl Settings {
    /// What is wrong with lines and settings, all at once.
    pub(super) fn check(&self, lines: &[Line]) -> Result<(), String> {
        let mut wrong = Vec::new();
        if !(-1..=4).contains(&self.degree) {
            wrong.push(format!("the degree {} is not one of -1, 0, 1, 2, 3, 4", self.degree));
        }
        let needed = usize::try_from(self.degree.max(0)).unwrap_or(0) + 1;
        if lines.len() < needed {
            wrong.push(format!("a scale of degree {} needs {needed} lines, there are {}", self.degree, lines.len()));
        }
        if self.guess.is_some_and(|guess| !(guess > 0.0 && guess.is_finite())) {
            wrong.push("the guess of the scale is not positive".to_owned());
        }
        for line in lines {
            let [below, above] = line.window;
            let positive = [line.energy, below, above].iter().all(|value| *value > 0.0 && value.is_finite());
            if !positive {
                wrong.push(format!("the line at {} keV: energy and window must be positive", line.energy));
            }
            if !line.function.parameters().contains(&"n_sig") {
                wrong.push(format!("the line at {} keV: `{}` has no peak", line.energy, line.function.name()));
            }
        }
        for pair in lines.windows(2).filter(|pair| pair[0].energy >= pair[1].energy) {
            wrong.push(format!("the lines at {} and {} keV do not ascend", pair[0].energy, pair[1].energy));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }
}

/// What a calibration ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CalibrationState {
    /// There is a scale.
    Calibrated,
    /// There is none, for the reason given.
    Failed,
}

/// A calibration. Serialises to the document `germane_calibration: 1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Calibration {
    /// Version of the document.
    pub germane_calibration: u32,
    /// Whether there is a scale.
    pub state: CalibrationState,
    /// Why not.
    pub reason: String,
    /// Name of the uncalibrated energy.
    pub parameter: String,
    /// Number of energies.
    pub entries: usize,
    /// Number of those that are NaN or infinite and were left out.
    pub not_finite: usize,
    /// keV per unit with which the search of the lines began.
    pub guess: Option<f64>,
    /// The scale.
    pub scale: Option<Scale>,
    /// The scale as a hit operation.
    pub operation: Option<Operation>,
    /// What became of each line, in their order.
    pub peaks: Vec<Peak>,
    /// Resolution curves.
    pub resolution: Vec<Curve>,
}

/// A fitted scale: E = Σ c_k x^k in keV.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Scale {
    /// Degree as it was asked for.
    pub degree: i32,
    /// c_0, c_1, …, with the fixed ones.
    pub coefficients: Vec<f64>,
    /// Their covariance; rows of fixed ones are 0.
    pub covariance: Vec<Vec<f64>>,
    /// Σ ((E - scale(mode))/error)².
    #[serde(serialize_with = "number")]
    pub chi2: f64,
    /// Lines minus free coefficients.
    pub ndof: i64,
    /// Probability of a larger χ²; none without degrees of freedom.
    pub p: Option<f64>,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LineState {
    /// Fitted, and part of the scale.
    Fitted,
    /// No peak of the spectrum matches it.
    NotFound,
    /// No function could be fitted.
    Failed,
    /// The calibration ended before it came to this line.
    NotReached,
}

/// A function that was tried on a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Tried {
    /// Name.
    pub function: &'static str,
    /// State of the fit.
    pub state: crate::State,
    /// -ln L.
    #[serde(serialize_with = "number")]
    pub nll: f64,
    /// Why it was taken or given up.
    pub verdict: String,
}

/// A line with its peak. Positions, widths and parameters of the fit are in the unit of the uncalibrated energy where their name
/// does not say keV.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Peak {
    /// Energy of the line in keV.
    pub energy: f64,
    /// What became of it.
    pub state: LineState,
    /// Why, if it is no part of the scale.
    pub reason: String,
    /// Top of the peak before the fit.
    pub top: Option<f64>,
    /// The functions that were tried, in their order; the last one is that of the fit.
    pub tried: Vec<Tried>,
    /// The fit.
    pub fit: Option<PeakFit>,
    /// Full width at half maximum in keV, by the slope of the scale at the mode of the peak.
    pub fwhm_in_kev: Option<Estimate>,
    /// Energy of the mode by the scale minus that of the line, in keV; its error is that of the mode alone.
    pub residual_in_kev: Option<Estimate>,
}

impl Peak {
    pub(super) fn not_found(&mut self) {
        self.state = LineState::NotFound;
        "no peak of the spectrum matches this line".clone_into(&mut self.reason);
    }

    /// Energies by the scale, now that there is one.
    pub(super) fn calibrate(&mut self, polynomial: &Polynomial, scale: &Scale) {
        let Some(fit) = self.fit.as_ref().filter(|_| self.state == LineState::Fitted) else { return };
        let (Some(mode), Some(width)) = (fit.mode, fit.fwhm) else { return };
        let slope = polynomial.slope(mode.value);
        self.residual_in_kev =
            Some(Estimate { value: polynomial.value(mode.value) - self.energy, error: slope.abs() * mode.error });
        let gradient: Vec<f64> = (0..scale.coefficients.len()).map(|k| width.value * power_slope(mode.value, k)).collect();
        let steepness = crate::least_squares::spread(&scale.covariance, &gradient);
        let own = slope * width.error;
        self.fwhm_in_kev = Some(Estimate { value: slope * width.value, error: (own * own + steepness * steepness).sqrt() });
    }
}

/// d(x^k)/dx.
fn power_slope(x: f64, k: usize) -> f64 {
    if k == 0 { 0.0 } else { k as f64 * germane_numerics::maths::powi(x, k as i32 - 1) }
}

impl Calibration {
    pub(super) fn new(energies: &[f64], lines: &[Line], settings: &Settings) -> Self {
        let peak = |line: &Line| Peak {
            energy: line.energy,
            state: LineState::NotReached,
            reason: String::new(),
            top: None,
            tried: Vec::new(),
            fit: None,
            fwhm_in_kev: None,
            residual_in_kev: None,
        };
        Self {
            germane_calibration: 1,
            state: CalibrationState::Failed,
            reason: String::new(),
            parameter: settings.parameter.clone(),
            entries: energies.len(),
            not_finite: energies.iter().filter(|energy| !energy.is_finite()).count(),
            guess: None,
            scale: None,
            operation: None,
            peaks: lines.iter().map(peak).collect(),
            resolution: Vec::new(),
        }
    }

    pub(super) fn fail(&mut self, reason: String) {
        self.state = CalibrationState::Failed;
        self.reason = reason;
    }

    /// A resolution curve by kind.
    pub fn curve(&self, kind: super::CurveKind) -> Option<&Curve> {
        self.resolution.iter().find(|curve| curve.kind == kind)
    }
}
