//! Energy calibration of one channel: from uncalibrated energies and known lines to a scale, a resolution curve and the text of
//! a hit operation.
//!
//! Five steps: peaks of the spectrum whose spacing matches the lines; the densest place of each; its top; a peak fit of each
//! line, with a tail where the data support one; a polynomial through the modes. Each line keeps what became of it, and a
//! calibration that fails is a state with its reason, never a number.

mod document;
mod lines;
mod matching;
mod operation;
mod resolution;
mod scale;
mod spectrum;
mod tops;

pub use document::{Calibration, CalibrationState, Line, LineState, Peak, Scale, Settings, Tried};
pub use operation::Operation;
pub use resolution::{Curve, CurveKind, Interpolation, Left, resolution_curve};

use lines::Fitted;
use scale::Polynomial;
use spectrum::Spectrum;

/// Calibrates the uncalibrated energies of a channel with lines of known energy. NaN and infinite energies are left out and
/// counted.
///
/// ```
/// use germane_inference::calibration::{CalibrationState, Line, Settings, calibrate};
/// let failed = calibrate(&[100.0, 101.0], &[Line::new(583.19), Line::new(2614.51)], &Settings::default());
/// assert_eq!(failed.state, CalibrationState::Failed);
/// assert!(failed.scale.is_none() && failed.reason.contains("2 events"));
/// ```
pub fn calibrate(energies: &[f64], lines: &[Line], settings: &Settings) -> Calibration {
    let mut document = Calibration::new(energies, lines, settings);
    match run(energies, lines, settings, &mut document) {
        Ok(()) => document.state = CalibrationState::Calibrated,
        Err(reason) => document.fail(reason),
    }
    document
}

fn run(energies: &[f64], lines: &[Line], settings: &Settings, document: &mut Calibration) -> Result<(), String> {
    settings.check(lines)?;
    let spectrum = Spectrum::new(energies, lines, settings)?;
    document.guess = Some(spectrum.guess);
    let matched = matching::matched(&spectrum, lines, settings)?;
    let places = tops::tops(energies, &matched, lines);
    for (peak, place) in document.peaks.iter_mut().zip(&places) {
        peak.top = *place;
    }
    let preliminary =
        scale::through_tops(&places, lines, settings.degree).or_else(|_| Ok::<_, String>(matched.polynomial.clone()))?;
    for (peak, (line, place)) in document.peaks.iter_mut().zip(lines.iter().zip(&places)) {
        match place {
            Some(top) => lines::fit(peak, energies, line, *top, &preliminary),
            None => peak.not_found(),
        }
    }
    lines::compare(&mut document.peaks, &preliminary);
    let fitted: Vec<Fitted> = document.peaks.iter().filter_map(Fitted::of).collect();
    let scale = scale::through_modes(&fitted, settings.degree, spectrum.guess)?;
    let polynomial = Polynomial::new(scale.coefficients.clone());
    for peak in &mut document.peaks {
        peak.calibrate(&polynomial, &scale);
    }
    document.operation = Some(Operation::of(&scale, &settings.parameter));
    document.scale = Some(scale);
    let points: Vec<(f64, crate::Estimate)> =
        document.peaks.iter().filter_map(|peak| Some((peak.energy, peak.fwhm_in_kev?))).collect();
    document.resolution = resolution::KINDS.iter().map(|kind| resolution_curve(*kind, &points, settings)).collect();
    Ok(())
}
