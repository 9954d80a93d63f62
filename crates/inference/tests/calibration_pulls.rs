//! Calibrations of simulated spectra of known scale and resolution: errors are what results scatter by, and what cannot be
//! calibrated is said.
#![allow(clippy::print_stdout)] // the pulls are the output of this suite

use germane_inference::calibration::{Calibration, CalibrationState, CurveKind, Line, LineState, Settings, calibrate};
use germane_models::peaks::PeakFunction;
use germane_numerics::random::Philox4x32;

/// Energy of a line in keV, its events, and the events of its step below it per keV.
const LINES: [(f64, f64, f64); 5] =
    [(583.187, 3000.0, 10.0), (860.53, 900.0, 3.0), (1592.51, 600.0, 1.0), (1620.74, 800.0, 1.0), (2614.511, 4000.0, 2.0)];
/// keV per unit.
const SCALE: f64 = 0.1547;
/// FWHM² = a + b E.
const RESOLUTION: [f64; 2] = [0.7, 0.0021];

/// Numbers of one spectrum, in the order in which they are asked for.
struct Numbers {
    generator: Philox4x32,
    spectrum: u32,
    drawn: u32,
}

impl Numbers {
    fn new(seed: u32, spectrum: u32) -> Self {
        Self { generator: Philox4x32::new([seed, 0x6765_726d]), spectrum, drawn: 0 }
    }

    fn counter(&mut self) -> [u32; 4] {
        self.drawn += 1;
        [self.drawn, self.spectrum, 0, 0]
    }

    fn uniform(&mut self) -> f64 {
        let counter = self.counter();
        self.generator.uniform(counter)
    }

    fn normal(&mut self) -> f64 {
        let counter = self.counter();
        self.generator.normal(counter)
    }

    /// A number of events with that mean; normal, as means are large.
    fn count(&mut self, mean: f64) -> usize {
        (mean + mean.sqrt() * self.normal()).round().max(0.0) as usize
    }
}

fn fwhm(energy: f64) -> f64 {
    (RESOLUTION[0] + RESOLUTION[1] * energy).sqrt()
}

/// Energies in keV: lines, of which a part has an exponential tail of its length in keV at low energies, their steps, and a flat
/// continuum.
fn simulated(numbers: &mut Numbers, tail: f64, length: f64) -> Vec<f64> {
    let mut energies = Vec::new();
    for (line, mean, step) in LINES {
        let sigma = fwhm(line) / 2.354_820_045_030_949_4;
        for _ in 0..numbers.count(mean) {
            let lost = if numbers.uniform() < tail { -length * germane_numerics::maths::ln(numbers.uniform()) } else { 0.0 };
            energies.push(line - lost + sigma * numbers.normal());
        }
        for _ in 0..numbers.count(40.0 * step) {
            energies.push(line - 40.0 * numbers.uniform() + sigma * numbers.normal());
        }
    }
    for _ in 0..numbers.count(2250.0 * 5.0) {
        energies.push(450.0 + 2250.0 * numbers.uniform());
    }
    energies
}

fn lines() -> Vec<Line> {
    LINES.iter().map(|(energy, _, _)| Line::new(*energy).window(13.0, 13.0)).collect()
}

fn in_units(energies: &[f64]) -> Vec<f64> {
    energies.iter().map(|energy| energy / SCALE).collect()
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0);
    (mean, variance.sqrt())
}

fn assert_pulls(name: &str, pulls: &[f64]) {
    let (mean, width) = moments(pulls);
    let error = width / (pulls.len() as f64).sqrt();
    println!("{name}: {} pulls, mean {mean:.3} ± {error:.3}, width {width:.3}", pulls.len());
    assert!(mean.abs() < 3.0 * error, "{name}: mean {mean} ± {error}");
    assert!((width - 1.0).abs() < 0.15, "{name}: width {width}");
}

#[test]
fn scale_and_resolution_scatter_by_their_errors() {
    let (mut scale, mut width, mut positions) = (Vec::new(), Vec::new(), Vec::new());
    for spectrum in 0..100 {
        let energies = in_units(&simulated(&mut Numbers::new(11, spectrum), 0.0, 1.0));
        let calibration = calibrate(&energies, &lines(), &Settings::default());
        assert_eq!(calibration.state, CalibrationState::Calibrated, "{spectrum}: {}", calibration.reason);
        let found = calibration.scale.as_ref().unwrap();
        scale.push((found.coefficients[1] - SCALE) / found.covariance[1][1].sqrt());
        let at = calibration.curve(CurveKind::Linear).unwrap().at[0].fwhm.unwrap();
        width.push((at.value - fwhm(2039.0)) / at.error);
        let last = calibration.peaks.last().unwrap();
        let mode = last.fit.as_ref().unwrap().mode.unwrap();
        positions.push((mode.value - last.energy / SCALE) / mode.error);
    }
    assert_pulls("scale", &scale);
    assert_pulls("FWHM at 2039 keV", &width);
    assert_pulls("mode of the last line", &positions);
}

/// A spectrum with every line, calibrated.
fn calibrated(energies: &[f64], lines: &[Line], change: impl FnOnce(&mut Settings)) -> Calibration {
    let mut settings = Settings::default();
    change(&mut settings);
    calibrate(energies, lines, &settings)
}

#[test]
fn a_tail_that_the_data_show_is_fitted_and_one_that_they_do_not_is_given_up() {
    let tailed = calibrated(&in_units(&simulated(&mut Numbers::new(3, 0), 0.35, 2.5)), &lines(), |_| {});
    let last = tailed.peaks.last().unwrap();
    let fit = last.fit.as_ref().unwrap();
    assert_eq!(fit.function, "hpge_peak", "{:?}", last.tried);
    assert!((fit.value("htail") - 0.35).abs() < 4.0 * fit.error("htail").unwrap(), "{}", fit.value("htail"));
    assert!((fit.value("tau") * SCALE - 2.5).abs() < 4.0 * fit.error("tau").unwrap() * SCALE, "{}", fit.value("tau"));
    let plain = calibrated(&in_units(&simulated(&mut Numbers::new(3, 1), 0.0, 1.0)), &lines(), |_| {});
    for peak in &plain.peaks {
        assert_eq!(peak.fit.as_ref().unwrap().function, "gauss_on_step", "{:?}", peak.tried);
        assert!(peak.tried.len() == 2 && peak.tried[0].verdict.starts_with("given up"), "{:?}", peak.tried);
    }
}

#[test]
fn widths_are_taken_to_energies_at_the_place_of_the_peak() {
    // E = 0.15 x + 1e-6 x²: at 2614.5 keV x is (√(0.15² + 4e-6 E) - 0.15)/2e-6, and the slope √(0.15² + 4e-6 E).
    let energies = simulated(&mut Numbers::new(5, 0), 0.0, 1.0);
    let root = |energy: f64| (0.0225 + 4e-6 * energy).sqrt();
    let curved: Vec<f64> = energies.iter().map(|energy| (root(*energy) - 0.15) / 2e-6).collect();
    let found = calibrated(&curved, &lines(), |settings| settings.degree = 2);
    assert_eq!(found.state, CalibrationState::Calibrated, "{}", found.reason);
    let scale = found.scale.as_ref().unwrap();
    for (index, truth) in [0.0, 0.15, 1e-6].into_iter().enumerate() {
        let error = scale.covariance[index][index].sqrt();
        assert!((scale.coefficients[index] - truth).abs() < 4.0 * error, "{index}: {} ± {error}", scale.coefficients[index]);
    }
    for peak in &found.peaks {
        let width = peak.fwhm_in_kev.unwrap();
        assert!((width.value - fwhm(peak.energy)).abs() < 4.0 * width.error, "{}: {width:?}", peak.energy);
    }
    let operation = found.operation.unwrap();
    assert_eq!(operation.expression, "a + b * energy + c * energy**2");
    assert_eq!(operation.parameters["b"], scale.coefficients[1]);
}

#[test]
fn an_offset_alone_is_found() {
    let energies: Vec<f64> = simulated(&mut Numbers::new(6, 0), 0.0, 1.0).iter().map(|energy| energy - 37.5).collect();
    let found = calibrated(&energies, &lines(), |settings| settings.degree = -1);
    let scale = found.scale.unwrap();
    let error = scale.covariance[0][0].sqrt();
    assert!((scale.coefficients[0] - 37.5).abs() < 4.0 * error && scale.coefficients[1] == 1.0, "{:?}", scale.coefficients);
}

#[test]
fn a_line_that_is_not_there_is_said_and_harms_nothing() {
    let energies = in_units(&simulated(&mut Numbers::new(7, 0), 0.0, 1.0));
    let mut all = lines();
    all.insert(2, Line::new(1460.8));
    let found = calibrated(&energies, &all, |_| {});
    assert_eq!(found.state, CalibrationState::Calibrated);
    assert!(matches!(found.peaks[2].state, LineState::NotFound | LineState::Failed) && !found.peaks[2].reason.is_empty());
    assert!(found.peaks[2].fwhm_in_kev.is_none());
    assert!((found.scale.unwrap().coefficients[1] / SCALE - 1.0).abs() < 1e-4);
    assert_eq!(found.peaks.iter().filter(|peak| peak.state == LineState::Fitted).count(), 5);
}

#[test]
fn a_spike_of_the_continuum_is_no_line() {
    let numbers = &mut Numbers::new(12, 0);
    let mut energies = simulated(numbers, 0.0, 1.0);
    for _ in 0..70 {
        energies.push(1078.5 + 0.15 * numbers.normal());
    }
    let mut all = lines();
    all.insert(2, Line::new(1078.62));
    let found = calibrated(&in_units(&energies), &all, |_| {});
    assert_eq!(found.peaks[2].state, LineState::Failed);
    assert!(found.peaks[2].reason.contains("narrower than a line can be"), "{}", found.peaks[2].reason);
    let scale = found.scale.unwrap();
    assert!((scale.coefficients[1] - SCALE).abs() < 4.0 * scale.covariance[1][1].sqrt());
}

#[test]
fn a_calibration_that_fails_has_a_reason_and_no_numbers() {
    let numbers = &mut Numbers::new(8, 0);
    let flat: Vec<f64> = (0..20_000).map(|_| 3000.0 + 14_000.0 * numbers.uniform()).collect();
    let good = in_units(&simulated(&mut Numbers::new(8, 1), 0.0, 1.0));
    let cases: [(&[f64], Vec<Line>, i32, Option<f64>, &str); 6] = [
        (&flat, lines(), 0, None, "lines match peaks"),
        (&[], lines(), 0, None, "0 events"),
        (&good, lines()[3..].to_vec(), 2, None, "needs 3 lines"),
        (&good, Vec::new(), 0, None, "needs 1 lines"),
        (&good, lines(), 7, Some(-1.0), "the degree 7"),
        (&good, vec![Line::new(600.0), Line::new(500.0).function(PeakFunction::Step)], 0, None, "do not ascend"),
    ];
    for (energies, lines, degree, guess, word) in cases {
        let found = calibrated(energies, &lines, |settings| (settings.degree, settings.guess) = (degree, guess));
        assert_eq!(found.state, CalibrationState::Failed, "{word}");
        assert!(found.reason.contains(word), "{word}: {}", found.reason);
        assert!(found.scale.is_none() && found.operation.is_none() && found.resolution.is_empty());
    }
}

#[test]
fn numbers_that_are_not_finite_are_left_out_and_counted() {
    let good = in_units(&simulated(&mut Numbers::new(9, 0), 0.0, 1.0));
    let mut mixed = good.clone();
    for (index, value) in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().enumerate() {
        mixed.insert(1000 * index, value);
    }
    let (one, other) = (calibrated(&good, &lines(), |_| {}), calibrated(&mixed, &lines(), |_| {}));
    assert_eq!((other.entries, other.not_finite), (good.len() + 3, 3));
    assert_eq!((&one.scale, &one.peaks, &one.resolution), (&other.scale, &other.peaks, &other.resolution));
    // One that overflowed moves the guess of the scale, with it the windows by a part of a bin: nothing that matters.
    let far = calibrated(&[good, vec![1e300]].concat(), &lines(), |_| {});
    let scale = |found: &Calibration| found.scale.as_ref().unwrap().coefficients[1];
    let error = one.scale.as_ref().unwrap().covariance[1][1].sqrt();
    assert!((scale(&one) - scale(&far)).abs() < 0.3 * error);
    let text = serde_json::to_string(&other).unwrap();
    assert!(text.starts_with("{\"germane_calibration\":1,\"state\":\"calibrated\""), "{}", &text[..80]);
}
