//! Peak shapes against mpmath (the reference file of ../shared; "not run" where it is absent), their gradients against
//! differences, and widths against properties.
#![allow(clippy::print_stdout)] // the tally is the output of this suite

use std::path::PathBuf;

use germane_models::peaks::{PeakFunction, Signal};
use serde_json::Value;

#[allow(clippy::disallowed_methods)]
fn reference(file: &str) -> Option<Value> {
    let root = std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = root.join("refs").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not run: {} is absent", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// Largest distance in units of what is allowed: a part of the truth, not less than a floor.
fn worst(ours: &[f64], truth: &[f64], allowed: impl Fn(f64) -> f64) -> f64 {
    assert_eq!(ours.len(), truth.len());
    let errors = ours.iter().zip(truth).map(|(ours, truth)| (ours - truth).abs() / allowed(*truth));
    errors.fold(0.0, |most, error| if error <= most { most } else { error })
}

/// Sixth-order difference quotient.
fn difference(step: f64, f: impl Fn(f64) -> f64) -> f64 {
    let at = |k: f64| f(k * step);
    (45.0 * (at(1.0) - at(-1.0)) - 9.0 * (at(2.0) - at(-2.0)) + at(3.0) - at(-3.0)) / (60.0 * step)
}

#[test]
fn shapes_and_widths_are_those_of_the_formulas() {
    let file = "legend-chain/peak_shapes.json";
    let Some(truth) = reference(file) else { return };
    let (mut passed, mut largest, mut failures) = (0, 0.0f64, Vec::new());
    let mut check = |what: String, error: f64| {
        largest = if error <= largest { largest } else { error };
        if error <= 1.0 { passed += 1 } else { failures.push(format!("{what} ({error:.2e} of the allowed)")) }
    };
    for (case, row) in truth["shapes"].as_array().unwrap().iter().enumerate() {
        let name = row["function"].as_str().unwrap();
        let (function, parameters, xs) = (PeakFunction::named(name).unwrap(), numbers(&row["parameters"]), numbers(&row["x"]));
        let (pdf, cdf) = (function.pdf(&xs, &parameters), function.cdf(&xs, &parameters));
        check(format!("{case} {name} pdf"), worst(&pdf, &numbers(&row["pdf"]), |truth| 1e-13 * truth.abs().max(1e-300)));
        // 1e-14 of a distribution of unit area; of one of thousands of events its last digit is larger than that.
        check(format!("{case} {name} cdf"), worst(&cdf, &numbers(&row["cdf"]), |truth| 1e-14 * truth.abs().max(1.0)));
        let mut error = 0.0f64;
        for &x in &xs {
            error = error.max(gradient_error(function, x, &parameters));
        }
        check(format!("{case} {name} gradient"), error);
    }
    for (case, row) in truth["widths"].as_array().unwrap().iter().enumerate() {
        let number = |key: &str| row[key].as_f64().unwrap();
        let signal = Signal { mu: 0.0, sigma: number("sigma"), htail: number("htail"), tau: number("tau") };
        let mode = signal.mode().unwrap().value;
        check(format!("{case} mode"), (mode - number("mode_minus_mu")).abs() / 1e-10);
        for (key, truth) in
            row.as_object().unwrap().iter().filter_map(|(key, truth)| Some((key.strip_prefix("full_width_at_")?, truth)))
        {
            let width = signal.full_width(key.parse().unwrap()).unwrap().value;
            check(format!("{case} width at {key}"), (width - truth.as_f64().unwrap()).abs() / 1e-10);
        }
    }
    println!("refs/{file}  {passed} passed  {} failed  0 pending  worst {largest:.1e}", failures.len());
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Largest distance of the gradient to difference quotients, in units of 1e-6 of the size of the density times the parameter's
/// scale.
fn gradient_error(function: PeakFunction, x: f64, parameters: &[f64]) -> f64 {
    let names = function.parameters();
    let place = |name: &str| names.iter().position(|known| *known == name);
    let sigma = place("sigma").map_or(1.0, |index| parameters[index]);
    let z = place("mu").map_or(0.0, |index| ((x - parameters[index]) / sigma).abs());
    let s = place("tau").map_or(0.0, |index| (sigma / parameters[index]).abs());
    let gradient = function.gradient(x, parameters);
    let mut most = 0.0f64;
    for (index, name) in names.iter().enumerate() {
        let step = match *name {
            "x_lo" | "x_hi" => 0.1 * sigma,
            // Far from the mean the density changes by e within sigma/|z|, with another sigma within sigma/z²; on a short tail within tau.
            "tau" => 0.02 * parameters[index].abs() / (1.0 + s * (z + s)),
            "mu" => 0.02 * sigma / (1.0 + z + s),
            "sigma" => 0.02 * sigma / (1.0 + z * z + s * (z + s)),
            "m" => 1e-5,
            _ => 0.01 * parameters[index].abs().max(0.1),
        };
        let density = |shift: f64| {
            let mut moved = parameters.to_vec();
            moved[index] += shift;
            function.pdf(&[x], &moved)[0]
        };
        // An end of the window itself cannot move over the point.
        if name.starts_with("x_") && (x - parameters[index]).abs() < 5.0 * step {
            continue;
        }
        let slope = difference(step, density);
        let size = gradient[index].abs().max(1e-4 * density(0.0) / step).max(1e-250);
        most = most.max((slope - gradient[index]).abs() / (1e-6 * size));
    }
    most
}

#[test]
fn gradients_of_all_functions_are_differences() {
    let value = |name: &str| match name {
        "x_lo" => 80.0,
        "x_hi" => 100.0,
        "n_sig" => 300.0,
        "n_bkg" => 120.0,
        "mu" => 91.0,
        "sigma" => 1.3,
        "htail" => 0.2,
        "tau" => 2.0,
        "hstep" => -0.3,
        "m" => 0.01,
        "b" => 1.0,
        "c" => -0.05,
        other => panic!("no value of {other}"),
    };
    for function in PeakFunction::ALL {
        let parameters: Vec<f64> = function.parameters().iter().map(|name| value(name)).collect();
        for x in [82.5, 88.0, 90.7, 91.0, 93.0] {
            let error = gradient_error(function, x, &parameters);
            assert!(error < 1.0, "{} at {x}: {error}", function.name());
        }
    }
}

#[test]
fn a_background_ends_with_the_window() {
    let parameters = [90.0, 110.0, 50.0, 100.0, 0.5, 200.0];
    let peak = PeakFunction::GaussOnUniform;
    // The signal, 22 sigma away, is what is left.
    assert!(peak.pdf(&[89.0, 111.0], &parameters).iter().all(|density| *density < 1e-100));
    let distribution = peak.cdf(&[80.0, 90.0, 99.0, 110.0, 200.0], &parameters);
    for (ours, truth) in distribution.iter().zip([0.0, 0.0, 90.0 + 50.0 * 0.022_750_131_948_179_21, 250.0, 250.0]) {
        assert!((ours - truth).abs() < 1e-12, "{ours} {truth}");
    }
    assert!(peak.pdf(&[100.0], &[110.0, 90.0, 50.0, 100.0, 0.5, 200.0])[0].is_nan());
    assert!(peak.pdf(&[100.0], &[90.0, 110.0, 50.0, f64::NAN, 0.5, 200.0])[0].is_nan());
}

#[test]
fn a_tail_to_the_right_is_the_mirror_image() {
    let left = Signal { mu: 0.0, sigma: 1.2, htail: 0.3, tau: 2.5 };
    let right = Signal { tau: -2.5, ..left };
    for x in [-6.0, -1.0, 0.2, 3.0] {
        assert!((left.density(x) / right.density(-x) - 1.0).abs() < 1e-14);
    }
    let (a, b) = (left.mode().unwrap(), right.mode().unwrap());
    assert!((a.value + b.value).abs() < 1e-13 && a.value < 0.0);
    let (a, b) = (left.full_width(0.1).unwrap(), right.full_width(0.1).unwrap());
    assert!((a.value - b.value).abs() < 1e-12 && (a.gradient[3] + b.gradient[3]).abs() < 1e-12);
}

#[test]
fn widths_and_modes_move_as_their_gradients_say() {
    for signal in [
        Signal { mu: 2614.5, sigma: 1.1, htail: 0.08, tau: 1.1 },
        Signal { mu: 5.0, sigma: 0.8, htail: 0.5, tau: 4.0 },
        Signal { mu: 5.0, sigma: 1.4, htail: 1.0, tau: 30.0 },
        Signal { mu: 5.0, sigma: 1.4, htail: 0.3, tau: -0.4 },
    ] {
        for index in 0..4 {
            let moved = |shift: f64| {
                let mut signal = signal;
                *[&mut signal.mu, &mut signal.sigma, &mut signal.htail, &mut signal.tau][index] += shift;
                signal
            };
            let inside = signal.htail < 1.0 || index != 2;
            for fraction in [0.5, 0.1, 0.02].into_iter().filter(|_| inside) {
                let slope = difference(1e-3, |shift| moved(shift).full_width(fraction).unwrap().value);
                let ours = signal.full_width(fraction).unwrap().gradient[index];
                assert!((slope - ours).abs() < 1e-7 * (1.0 + ours.abs()), "{signal:?} {fraction} {index}: {slope} {ours}");
            }
            if inside {
                let slope = difference(1e-3, |shift| moved(shift).mode().unwrap().value);
                let ours = signal.mode().unwrap().gradient[index];
                assert!((slope - ours).abs() < 1e-7 * (1.0 + ours.abs()), "{signal:?} mode {index}: {slope} {ours}");
            }
        }
    }
}

#[test]
fn widths_at_two_percent_exist_for_long_tails() {
    for htail in [0.3, 0.5, 1.0] {
        let signal = Signal { mu: 0.0, sigma: 1.0, htail, tau: 40.0 };
        let (mode, width) = (signal.mode().unwrap().value, signal.full_width(0.02).unwrap().value);
        let height = 0.02 * signal.density(mode);
        // The upper end lies within a few sigma of the mean, the lower one carries the width.
        let upper = (0..4000).map(|k| f64::from(k) * 0.002).find(|x| signal.density(*x) < height).unwrap();
        assert!((signal.density(upper - width) / height - 1.0).abs() < 1e-2, "{htail}: {width}");
    }
    let undefined = [(0.0, 0.1, 1.0), (1.0, 1.5, 1.0), (1.0, 0.1, 0.0), (1.0, f64::NAN, 1.0)];
    for (sigma, htail, tau) in undefined {
        let signal = Signal { mu: 0.0, sigma, htail, tau };
        assert_eq!((signal.mode(), signal.full_width(0.5)), (None, None), "{signal:?}");
    }
    assert_eq!(Signal::gaussian(0.0, 1.0).full_width(1.0), None);
}
