//! Peak fits and a whole calibration of the real spectrum of ../shared against its reference file; "not run" where they are
//! absent.
#![allow(clippy::print_stdout)] // the tally is the output of this suite

use std::path::PathBuf;

use germane_formats::lh5::{self, Content, ReadOptions};
use germane_inference::calibration::{CalibrationState, CurveKind, Line, LineState, Settings, calibrate};
use germane_inference::{PeakFit, PeakStart, fit_peak};
use germane_models::density::{DensityChannel, DensityModel, Observations};
use germane_models::peaks::PeakFunction;
use germane_models::{Likelihood, Parameter};
use germane_numerics::{Inline, special};
use serde_json::Value;

const FILE: &str = "legend-chain/calibration.json";
/// The file whose spectrum the reference file describes, and the table of its channel.
const SPECTRUM: &str = "data/legend-chain/tiers/l200-p03-r000-cal-20230311T235840Z-tier_dsp.trimmed.lh5";
const TABLE: &str = "ch1104000/dsp";

#[allow(clippy::disallowed_methods)]
fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = root.join(path);
    if !path.exists() {
        println!("not run: {} is absent", path.display());
        return None;
    }
    Some(path)
}

/// The reference file and the column it names.
fn reference() -> Option<(Value, Vec<f64>)> {
    let text = std::fs::read_to_string(shared(&format!("refs/{FILE}"))?).unwrap();
    let truth: Value = serde_json::from_str(&text).unwrap();
    let object = format!("{TABLE}/{}", truth["column"].as_str().unwrap());
    let read = lh5::open(&shared(SPECTRUM)?).unwrap().read(&object, &ReadOptions::default(), &Inline).unwrap();
    let Content::Array(values) = read.object.content else { panic!("{object} is an array") };
    let bytes = values.bytes().unwrap();
    // The reference rounds wider columns to f4 first.
    let energies: Vec<f64> = match bytes.len() / values.count() {
        4 => bytes.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect(),
        8 => bytes
            .chunks_exact(8)
            .map(|b| f64::from(f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32))
            .collect(),
        size => panic!("{object} has elements of {size} bytes"),
    };
    assert_eq!(energies.len() as u64, truth["n"].as_u64().unwrap());
    Some((truth, energies))
}

struct Tally {
    passed: usize,
    failures: Vec<String>,
    worst: f64,
}

impl Tally {
    /// A number whose distance to the truth is `error` in units of what is allowed.
    fn close(&mut self, name: String, error: f64) {
        self.worst = if error <= self.worst { self.worst } else { error };
        self.check(format!("{name} ({error:.2e} of the allowed)"), error <= 1.0);
    }

    fn check(&mut self, name: String, good: bool) {
        if good { self.passed += 1 } else { self.failures.push(name) }
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// -ln L at the parameters n_sig, mu, sigma, htail, tau, n_bkg, hstep, without ln N!.
fn nll(window: [f64; 2], values: &[f64], p: &[f64]) -> f64 {
    let function = PeakFunction::HpgePeak;
    let [low, high] = window;
    let parameters = function.parameters()[2..].iter().zip(p).map(|(name, value)| Parameter::new(*name, *value)).collect();
    let observations = Observations::Events { low, high, values: values.to_vec() };
    let channel = DensityChannel { name: "window".into(), density: function.specification(), observations };
    DensityModel::new(parameters, vec![channel]).unwrap().nll(p) - special::ln_gamma(values.len() as f64 + 1.0)
}

fn minimum(tally: &mut Tally, name: &str, fit: &PeakFit, events: usize, truth: &Value) {
    tally.check(format!("{name} is valid: {}", fit.fit.reason), fit.fit.is_valid());
    let nll = fit.fit.nll - special::ln_gamma(events as f64 + 1.0);
    tally.close(format!("{name} nll"), ((nll - number(&truth["nll_min"])) / 1e-6).max(0.0));
    for (parameter, value) in truth["parameters"].as_object().unwrap() {
        let error = number(&truth["errors_hesse"][parameter]);
        // The reference keeps what a function does not have at a fixed value.
        if fit.fit.parameter(parameter).is_none() {
            assert_eq!(error, 0.0, "{name} has no {parameter}");
            continue;
        }
        tally.close(format!("{name} {parameter}"), (fit.value(parameter) - number(value)).abs() / (1e-3 * error));
        tally.close(format!("{name} error of {parameter}"), (fit.error(parameter).unwrap() / error - 1.0).abs() / 5e-3);
    }
}

#[test]
fn fits_and_calibration_are_those_of_the_reference() {
    let Some((truth, energies)) = reference() else { return };
    let mut tally = Tally { passed: 0, failures: Vec::new(), worst: 0.0 };
    let mle = &truth["mle"];
    let (scale, half) = (number(&mle["keV_per_adc"]), number(&mle["window_half_width_keV"]));
    for (energy, peak) in mle["peaks"].as_object().unwrap() {
        let line: f64 = energy.parse().unwrap();
        let window = [line - half, line + half];
        let values: Vec<f64> = energies.iter().map(|adc| adc * scale).filter(|x| (window[0]..=window[1]).contains(x)).collect();
        tally.check(format!("{energy} number of events"), values.len() as u64 == peak["n_events"].as_u64().unwrap());
        for (index, at) in peak["nll_at"].as_array().unwrap().iter().enumerate() {
            let p: Vec<f64> = at["p"].as_array().unwrap().iter().map(number).collect();
            let allowed = 1e-10 * number(&at["nll"]).abs();
            tally
                .close(format!("{energy} nll at point {index}"), (nll(window, &values, &p) - number(&at["nll"])).abs() / allowed);
        }
        for (name, truth) in peak["fits"].as_object().unwrap() {
            let fit = fit_peak(PeakFunction::named(name).unwrap(), &values, window, PeakStart { mu: line, sigma: 1.2 });
            minimum(&mut tally, &format!("{energy} {name}"), &fit, values.len(), truth);
        }
    }
    let peer = &truth["peer"];
    let lines: Vec<Line> = peer["peaks"].as_object().unwrap().keys().map(|energy| Line::new(energy.parse().unwrap())).collect();
    let mut lines = lines;
    lines.sort_by(|a, b| a.energy.total_cmp(&b.energy));
    let mut settings = Settings::default();
    settings.parameter = truth["column"].as_str().unwrap().to_owned();
    let calibration = calibrate(&energies, &lines, &settings);
    tally.check(format!("calibrated: {}", calibration.reason), calibration.state == CalibrationState::Calibrated);
    for peak in &calibration.peaks {
        tally.check(format!("{} is fitted: {}", peak.energy, peak.reason), peak.state == LineState::Fitted);
    }
    let pars = peer["pars"].as_array().unwrap();
    let ours = &calibration.scale.as_ref().unwrap().coefficients;
    tally.check(format!("offset {}", ours[0]), ours[0] == number(&pars[0]));
    tally.close(format!("scale {}", ours[1]), (ours[1] / number(&pars[1]) - 1.0).abs() / 1e-4);
    let width = calibration.curve(CurveKind::Linear).unwrap().at[0].fwhm.unwrap();
    let truth = number(&peer["FWHMLinear"]["Qbb_fwhm_in_kev"]);
    tally.close(format!("FWHM at Qbb {width:?}"), (width.value - truth).abs() / 0.1);
    let Tally { passed, failures, worst } = tally;
    println!("refs/{FILE}  {passed} passed  {} failed  0 pending  worst {worst:.1e}", failures.len());
    assert!(failures.is_empty(), "{failures:#?}");
}
