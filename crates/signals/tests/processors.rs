//! Every processor against `refs/signals/processors.json` and `.npz`: formulas in `float64`, in both types of real numbers.
//!
//! Bounds are those of the specification: an ulp of the result's type, and 2^-30 of the largest sample for sums; for
//! convolutions 2^-22 of the sum of the absolute products; for Fourier transforms 2^-20 of the product of the norms.
#![allow(clippy::print_stdout, reason = "a suite prints a line a file")]
#![allow(clippy::disallowed_methods, reason = "the shared folder is named by the environment")]

mod one_processor;

use germane_formats::hdf5::ValueData;
use germane_formats::npz;
use germane_numerics::maths;
use germane_signals::{Given, processors};
use one_processor::{Refusal, Value, run};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::PathBuf;

const TWO_20: f64 = 1_048_576.0;
const TWO_22: f64 = 4_194_304.0;
const TWO_30: f64 = 1_073_741_824.0;

fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let folder = PathBuf::from(std::env::var("GERMANE_SHARED").unwrap_or_else(|_| beside.into())).join("refs/signals");
    if folder.join("processors.json").is_file() {
        return Some(folder);
    }
    println!("not run: {} is not there", folder.display());
    None
}

/// Rows of an array of doubles (complex ones as pairs).
fn rows(arrays: &npz::Arrays, name: &str) -> Vec<Vec<f64>> {
    let values = arrays.get(name).unwrap_or_else(|| panic!("no array {name}"));
    let ValueData::Fixed(bytes) = &values.data else { panic!("{name} holds no numbers") };
    let numbers: Vec<f64> = bytes.chunks_exact(8).map(|eight| f64::from_le_bytes(eight.try_into().unwrap())).collect();
    let count = values.shape[0];
    numbers.chunks(numbers.len() / count).map(<[f64]>::to_vec).collect()
}

fn value(argument: &Json, arrays: &npz::Arrays) -> Value {
    if let Some(text) = argument.as_str() {
        return match text.strip_prefix("npz:") {
            Some(name) => Value::Rows(rows(arrays, name)),
            None => Value::Text(text.into()),
        };
    }
    if let Some(list) = argument["list"].as_array() {
        return Value::Array(list.iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect());
    }
    Value::Number(argument.as_f64().unwrap_or(f64::NAN))
}

/// Distance to the next larger number of the result's type.
fn ulp(truth: f64, wide: bool) -> f64 {
    let size = truth.abs();
    if wide { size.next_up() - size } else { f64::from((size as f32).next_up()) - f64::from(size as f32) }
}

fn largest(samples: &[f64]) -> f64 {
    samples.iter().filter(|x| x.is_finite()).fold(0.0, |most, x| most.max(x.abs()))
}

fn norm(samples: &[f64]) -> f64 {
    samples.iter().filter(|x| x.is_finite()).map(|x| x * x).sum::<f64>().sqrt()
}

/// What an element may be off beside an ulp.
fn slack(processor: &str, w: Option<&[f64]>, kernel: Option<&[f64]>, truth: &[f64], element: usize) -> f64 {
    let Some(w) = w else { return largest(truth) / TWO_30 };
    let (n, sums) = (w.len() as f64, largest(w) / TWO_30);
    let transform = norm(w) * n.sqrt() / TWO_20;
    match (processor, kernel) {
        ("convolve_wf" | "reflected_convolve_wf", Some(k)) => {
            // An upper bound of the sum of absolute products would be too generous: they are summed where they lie.
            let products: f64 = if processor == "convolve_wf" && truth.len() == w.len() + k.len() - 1 {
                (0..k.len()).filter_map(|j| w.get(element.wrapping_sub(j)).map(|x| (x * k[j]).abs())).sum()
            } else {
                let near = w.iter().skip(element.saturating_sub(k.len())).take(2 * k.len());
                near.fold(0.0, |most: f64, x| most.max(x.abs())) * k.iter().map(|x| x.abs()).sum::<f64>()
            };
            sums + products / TWO_22
        }
        ("fft_convolve_wf", Some(k)) => norm(k) * norm(w) / TWO_20,
        ("fft", _) => transform,
        // What is summed is w less the given baseline, 2 in the reference: a waveform of zeros is not one of zeros there.
        ("soft_pileup_corr_bl", _) => sums + 2.0 / TWO_30,
        // The same of a pulse of 100 that is added.
        ("inject_sig_pulse", _) => sums + 100.0 / TWO_30,
        ("psd", _) => (2.0 * (truth[element] * n).sqrt() * transform + transform * transform) / n,
        _ => sums,
    }
}

/// Largest distance in units of the bound, or what is wrong.
fn compare(case: &Json, wide: bool, made: &[Vec<Vec<f64>>], arrays: &npz::Arrays, w: Option<&[Vec<f64>]>) -> Result<f64, String> {
    let (name, processor) = (case["name"].as_str().unwrap(), case["processor"].as_str().unwrap());
    // What lies beyond the last sample is not defined by the formula of these.
    let open_end = name.starts_with("interpolating_upsampler") && name.ends_with(['h', 's']);
    let kernel = case["args"].as_array().unwrap().iter().find_map(|argument| match value(argument, arrays) {
        Value::Array(values) => Some(values),
        _ => None,
    });
    let mut worst = 0.0_f64;
    for (k, ours) in made.iter().enumerate() {
        let truth = rows(arrays, &format!("{name}/truth{k}"));
        for (row, (ours, truth)) in ours.iter().zip(&truth).enumerate() {
            if ours.len() != truth.len() {
                return Err(format!("output {k} has {} elements for {}", ours.len(), truth.len()));
            }
            // A complex number is missing if a part of it is.
            let missing = |values: &[f64], i: usize| match processor {
                "fft" => values[i & !1].is_nan() || values[i | 1].is_nan(),
                _ => values[i].is_nan(),
            };
            let undefined = open_end && !truth.iter().all(|x| x.is_nan());
            for (i, (x, y)) in ours.iter().zip(truth).enumerate() {
                if undefined && y.is_nan() {
                    continue;
                }
                if missing(ours, i) != missing(truth, i) {
                    return Err(format!("output {k} of waveform {row}: element {i} is {x} for {y}"));
                }
                if missing(truth, i) {
                    continue;
                }
                let w = w.map(|w| w[row].as_slice());
                let element = if processor == "fft" { i / 2 } else { i };
                let bound = ulp(*y, wide) + slack(processor, w, kernel.as_deref(), truth, element);
                let off = (x - y).abs() / bound;
                if off.is_nan() || off > 1.0 {
                    return Err(format!("output {k} of waveform {row}: element {i} is {x} for {y}: {off:.3} of the bound"));
                }
                worst = worst.max(off);
            }
        }
    }
    Ok(worst)
}

fn report(file: &str, passed: usize, failures: &[String], pending: &BTreeMap<String, usize>, worst: f64) {
    let waiting: usize = pending.values().sum();
    let names: Vec<String> = pending.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    println!("refs/signals/{file}  {passed} passed  {} failed  {waiting} pending{names}  worst {worst:.2e}", failures.len());
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn processors_are_those_of_the_formulas() {
    let Some(folder) = folder() else { return };
    let reference: Json = serde_json::from_slice(&std::fs::read(folder.join("processors.json")).unwrap()).unwrap();
    let arrays = npz::read(&folder.join("processors.npz")).unwrap();
    let w = rows(&arrays, "W");
    let (mut passed, mut failures, mut pending, mut worst) = (0, Vec::new(), BTreeMap::new(), 0.0_f64);
    for case in reference["cases"].as_array().unwrap() {
        let (name, called) = (case["name"].as_str().unwrap(), case["processor"].as_str().unwrap());
        // Cases without truth are opinions of another program.
        if case["truth"] != true {
            continue;
        }
        let Some(processor) = processors::named(called) else {
            *pending.entry(called.to_owned()).or_insert(0) += 1;
            continue;
        };
        let mut arguments: Vec<Value> = if case["input"].is_null() { Vec::new() } else { vec![Value::Rows(w.clone())] };
        arguments.extend(case["args"].as_array().unwrap().iter().map(|argument| value(argument, &arrays)));
        let outputs: Vec<usize> = case["outputs"].as_array().unwrap().iter().map(|o| o[1].as_u64().unwrap() as usize).collect();
        let mut good = true;
        for wide in [false, true] {
            let made = run(processor, wide, &[], &arguments, &outputs).map_err(|refusal| format!("{refusal:?}"));
            let waveforms = (!case["input"].is_null()).then_some(w.as_slice());
            match made.and_then(|made| compare(case, wide, &made, &arrays, waveforms)) {
                Ok(off) => worst = worst.max(off),
                Err(problem) => {
                    good = false;
                    failures.push(format!("{name} {}: {problem}", if wide { "f64" } else { "f32" }));
                }
            }
        }
        passed += usize::from(good);
    }
    let refusals = refusals();
    for error in reference["errors"].as_array().unwrap() {
        let name = error["name"].as_str().unwrap();
        let Some(refusal) = refusals.get(name) else {
            *pending.entry(format!("refusal {name}")).or_insert(0) += 1;
            continue;
        };
        let Some(processor) = processors::named(refusal.processor) else {
            *pending.entry(refusal.processor.to_owned()).or_insert(0) += 1;
            continue;
        };
        let mut arguments: Vec<Value> = refusal.w.iter().map(|w| Value::Rows(vec![w.clone()])).collect();
        arguments.extend(refusal.arguments.clone());
        match (run(processor, false, &[], &arguments, &refusal.outputs), refusal.when) {
            (Err(Refusal::Bind(_)), When::Planning) | (Err(Refusal::Lane(_)), When::Running) => passed += 1,
            (Ok(made), When::Never) if made[0][0][..5].iter().all(|x| x.is_finite()) && !made[0][0][5].is_finite() => passed += 1,
            (other, _) => failures.push(format!("{name}: {:?}", other.map(|made| made[0][0][..6].to_vec()))),
        }
    }
    report("processors.json", passed, &failures, &pending, worst);
}

/// When a call is to be refused.
#[derive(Clone, Copy, Debug)]
enum When {
    Planning,
    Running,
    /// a waveform of its own kind: what comes out is infinite or NaN from there on
    Never,
}

struct Refused {
    processor: &'static str,
    w: Option<Vec<f64>>,
    arguments: Vec<Value>,
    outputs: Vec<usize>,
    when: When,
}

/// The calls behind the names of `errors`: constants that the specification has refused while planning.
fn refusals() -> BTreeMap<&'static str, Refused> {
    const N: usize = 240;
    let ramp: Vec<f64> = (0..N).map(|i| i as f64).collect();
    let numbers = |numbers: &[f64]| -> Vec<Value> { numbers.iter().map(|x| Value::Number(*x)).collect() };
    let call = |processor, arguments: Vec<Value>, outputs: &[usize], when| Refused {
        processor,
        w: Some(ramp.clone()),
        arguments,
        outputs: outputs.to_vec(),
        when,
    };
    let letter = |letter: &str| Value::Text(letter.into());
    let planning = When::Planning;
    let mut infinite = call("pole_zero", numbers(&[300.0]), &[N], When::Never);
    infinite.w.as_mut().unwrap()[5] = f64::INFINITY;
    let code = Refused {
        processor: "inl_correction",
        w: Some(vec![70000.0]),
        arguments: vec![Value::Array(vec![0.0; 10])],
        outputs: vec![1],
        when: When::Running,
    };
    BTreeMap::from([
        ("trap_wider_than_waveform", call("trap_norm", numbers(&[120.0, 1.0]), &[N], planning)),
        ("trap_negative_rise", call("trap_norm", numbers(&[-1.0, 1.0]), &[N], planning)),
        ("trap_rise_zero", call("trap_norm", numbers(&[0.0, 1.0]), &[N], planning)),
        ("time_point_non_integer_start", call("time_point_thresh", numbers(&[1.0, 1.5, 0.0]), &[0], planning)),
        ("time_point_start_out_of_range", call("time_point_thresh", numbers(&[1.0, 240.0, 0.0]), &[0], planning)),
        ("pickoff_mode_i_non_integer", call("fixed_time_pickoff", vec![Value::Number(1.5), letter("i")], &[0], planning)),
        ("pickoff_mode_unknown", call("fixed_time_pickoff", vec![Value::Number(1.5), letter("z")], &[0], planning)),
        ("window_longer_than_waveform", call("moving_window_left", numbers(&[240.0]), &[N], planning)),
        ("window_zero", call("moving_window_left", numbers(&[0.0]), &[N], planning)),
        ("windower_not_smaller", call("windower", numbers(&[0.0]), &[N], planning)),
        ("saturation_bits_not_integer", call("saturation", numbers(&[15.5]), &[0, 0], planning)),
        ("kernel_longer_than_waveform", call("convolve_wf", vec![Value::Array(vec![1.0; 241]), letter("s")], &[N], planning)),
        ("kernel_mode_unknown", call("convolve_wf", vec![Value::Array(vec![1.0; 3]), letter("q")], &[N], planning)),
        (
            "dwt_level_zero",
            call("discrete_wavelet_transform", vec![Value::Number(0.0), letter("h"), letter("a")], &[N], planning),
        ),
        ("inl_code_out_of_range", code),
        ("pole_zero_tau_zero", call("pole_zero", numbers(&[0.0]), &[N], planning)),
        ("pole_zero_tau_negative", call("pole_zero", numbers(&[-300.0]), &[N], planning)),
        ("pole_zero_inf_sample", infinite),
        ("psd_wrong_length", call("psd", Vec::new(), &[7], planning)),
        ("histogram_wrong_length", call("histogram", Vec::new(), &[7, 7], planning)),
    ])
}

/// Calls behind the names of `extras.json` that stand in its generator: processor, arguments, lengths of the outputs.
fn extras() -> Vec<(&'static str, &'static str, Vec<Value>, Vec<usize>)> {
    let row = |values: Vec<f64>| Value::Rows(vec![values]);
    let number = Value::Number;
    let ramp: Vec<f64> = (0..50).map(f64::from).collect();
    let alternating: Vec<f64> = (0..50).map(|i| f64::from(i % 2)).collect();
    let weights = || row(vec![0.0, 1.0, 8.0, 10.0, 6.0, 2.0, 0.0, 0.0]);
    let edges = || row((0..9).map(f64::from).collect());
    let decay = |tau: f64| (0..1000).map(move |i| maths::exp(-f64::from(i) / tau));
    let tail: Vec<f64> = decay(300.0).map(|x| 1000.0 * x).collect();
    let two: Vec<f64> = decay(300.0).zip(decay(20.0)).map(|(x, y)| 1000.0 * (0.95 * x + 0.05 * y)).collect();
    let peak = |name, kind: f64| {
        (name, "histogram_peakstats", vec![weights(), edges(), number(f64::NAN), number(0.0), number(kind)], vec![0, 0])
    };
    let start = [0.0, 50.0, 900.0, 1000.0, 1.0, 280.0, 25.0, 0.04];
    vec![
        (
            "X11 linear_slope_diff mean, rms of 0,1,0,1...",
            "linear_slope_diff",
            vec![row(alternating.clone()), number(0.0), number(0.0)],
            vec![0, 0],
        ),
        ("X11 poly_diff mean, rms", "poly_diff", vec![row(alternating), row(vec![0.0, 0.0])], vec![0, 0]),
        (
            "X17 saturation(16) of 65535, 65520, 0, 1",
            "saturation",
            vec![row(vec![65535.0, 65520.0, 0.0, 1.0]), number(16.0)],
            vec![0, 0],
        ),
        ("upsampler(4) of 50 samples into 200", "upsampler", vec![row(ramp), number(4.0)], vec![200]),
        ("histogram_stats mode, max, fwhm", "histogram_stats", vec![weights(), edges(), number(f64::NAN)], vec![0, 0, 0]),
        peak("histogram_peakstats centre, width", 0.0),
        peak("histogram_peakstats type 1", 1.0),
        peak("histogram_peakstats type 2", 2.0),
        peak("histogram_peakstats type 3", 3.0),
        peak("histogram_peakstats type 4", 4.0),
        (
            "optimize_1pz of a pure tail of 300",
            "optimize_1pz",
            vec![row(tail), number(0.0), number(100.0), number(900.0), number(250.0)],
            vec![0],
        ),
        (
            "optimize_2pz of 300, 20, 0.05",
            "optimize_2pz",
            std::iter::once(row(two)).chain(start.map(number)).collect(),
            vec![0, 0, 0],
        ),
    ]
}

#[test]
fn single_behaviours_are_those_of_the_reference() {
    let Some(folder) = folder() else { return };
    let reference: Json = serde_json::from_slice(&std::fs::read(folder.join("extras.json")).unwrap()).unwrap();
    let named = |name: &str| reference.as_array().unwrap().iter().find(|entry| entry["name"] == name);
    let list = |values: &Json| -> Vec<f64> {
        let flat = |value: &Json| value.as_array().map_or_else(|| vec![value.clone()], Clone::clone);
        values.as_array().unwrap().iter().flat_map(flat).map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
    };
    let mut calls = extras();
    for processor in ["convolve_exp", "convolve_damped_oscillator", "inject_damped_oscillation"] {
        let Some(entry) = named(processor) else { continue };
        let w = list(&entry["inputs"]["w"]);
        let length = w.len();
        let constants = list(&entry["inputs"]["args"]).into_iter().map(Value::Number);
        calls.push((processor, processor, std::iter::once(Value::Rows(vec![w])).chain(constants).collect(), vec![length]));
    }
    let (mut passed, mut failures, mut worst) = (0, Vec::new(), 0.0_f64);
    for (name, processor, arguments, outputs) in calls {
        let Some(entry) = named(name) else { continue };
        let truth = list(&entry["truth"]);
        let made = run(processors::named(processor).unwrap(), true, &[], &arguments, &outputs);
        let made: Vec<f64> = made.unwrap().iter().flat_map(|output| output[0].clone()).collect();
        assert_eq!(made.len(), truth.len(), "{name}");
        let mut good = true;
        for (x, y) in made.iter().zip(&truth) {
            good &= x.is_nan() == y.is_nan();
            // Sums and recursions of at most 1000 doubles about 1000, and a minimum that is found to 1e-9 of its parameters.
            let off = (x - y).abs() / (1e-8 * y.abs().max(1e-3));
            good &= !(off > 1.0);
            worst = worst.max(if y.is_nan() { 0.0 } else { off });
        }
        if good {
            passed += 1;
        } else {
            failures.push(format!("{name}: {:?} for {:?}", &made[..made.len().min(6)], &truth[..truth.len().min(6)]));
        }
    }
    let step: Vec<f64> = (0..50).map(|i| if i < 10 { 0.0 } else { 1.0 }).collect();
    for (name, processor, length) in [
        ("X12 moving_window_left(4.5) of a step", "moving_window_left", 50),
        ("X12 avg_current(4.5) of slope 1", "avg_current", 46),
    ] {
        if named(name).is_none() {
            continue;
        }
        let arguments = [Value::Rows(vec![step.clone()]), Value::Number(4.5)];
        match run(processors::named(processor).unwrap(), false, &[], &arguments, &[length]) {
            Err(Refusal::Bind(message)) if message.contains("whole") => passed += 1,
            other => failures.push(format!("{name}: {other:?}")),
        }
    }
    let mut spoilt = vec![1.0; 20];
    spoilt[3] = f64::NAN;
    let init = [Given::Number(20.0), Given::Number(1.0)];
    let rows = Value::Rows(vec![vec![1.0; 20], spoilt]);
    let fits = run(processors::named("poly_fit").unwrap(), false, &init, &[rows], &[2]).unwrap();
    if (fits[0][0][0] - 1.0).abs() < 1e-15 && fits[0][0][1].abs() < 1e-16 && fits[0][1].iter().all(|x| x.is_nan()) {
        passed += 1;
    } else {
        failures.push(format!("X16 poly_fit of a waveform with NaN: {fits:?}"));
    }
    report("extras.json", passed, &failures, &BTreeMap::new(), worst);
}
