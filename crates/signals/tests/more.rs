//! The rarer processors against formulas: more.json, and single behaviours of extras.json.

#![allow(clippy::print_stdout)] // the tallies are the output of this suite

mod calls;
mod references;
mod tally;

use calls::{array, number, text};
use germane_signals::{Given, processors};
use references::numbers;
use serde_json::Value;
use tally::{Tally, deviation};

/// An argument as the file has it: a list, a number, or a letter.
fn given(value: &Value) -> Given {
    match value {
        Value::Array(_) => array(&numbers(value)),
        Value::String(letters) => text(letters),
        other => number(other.as_f64().unwrap_or(f64::NAN)),
    }
}

#[test]
fn rarer_processors() {
    let Some(cases) = references::read("more.json") else { return };
    let mut tally = Tally::new("signals/more.json");
    for (k, case) in cases.as_array().unwrap().iter().enumerate() {
        let name = case["processor"].as_str().unwrap();
        let Some(processor) = processors::named(name) else {
            tally.pending(name);
            continue;
        };
        let w = numbers(&case["w"]);
        let mut inputs = vec![array(&w)];
        inputs.extend(case["args"].as_array().unwrap().iter().map(given));
        let lengths: Vec<usize> = case["outputs"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
        // One ulp, and 2^-30 of the largest sample for sums.
        let floor = 1.0 / 1_073_741_824.0 * w.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let judged = calls::run(processor, &inputs, &lengths, true).map_err(|fault| fault.message).and_then(|ours| {
            let truth = case["truth"].as_array().unwrap();
            let each = ours.iter().zip(truth).map(|(ours, truth)| deviation(ours, &numbers(truth), f64::EPSILON, floor));
            each.collect::<Result<Vec<f64>, String>>().map(|all| all.into_iter().fold(0.0, f64::max))
        });
        tally.judge(&format!("{k} {name} {}", case["args"]), judged);
    }
    tally.finish();
}

/// Inputs of a case of extras.json, as its generator has them, and the lengths of the outputs; `None` for cases of other suites.
fn extra(name: &str, inputs: &Value) -> Option<(&'static str, Vec<Given>, Vec<usize>)> {
    let field = |key: &str| array(&numbers(&inputs[key]));
    let ramp: Vec<f64> = (0..50).map(f64::from).collect();
    Some(match name {
        "X15 meant" => {
            let zero = vec![0.0; ramp.len()];
            ("inject_exp_pulse", [array(&zero)].into_iter().chain([20.0, 5.0, 100.0, 300.0].map(number)).collect(), vec![50])
        }
        "X16 bi_level n_crossings of a NaN waveform (was 3)" => {
            let nan = vec![f64::NAN; ramp.len()];
            let arguments = [array(&nan)].into_iter().chain([0.5, -0.5, 30.0, 0.0].map(number)).collect();
            ("bi_level_zero_crossing_time_points", arguments, vec![0, 5, 5])
        }
        "optimize_nnls" => {
            let a = [1.0, 0.5, 0.0, 0.2, 1.0, 0.1, 0.0, 0.3, 1.0, 1.0, 1.0, 1.0];
            let arguments =
                [array(&a), array(&[1.0, -2.0, 3.0, 0.5])].into_iter().chain([100.0, 1e-6, 0.0, 0.0].map(number)).collect();
            ("optimize_nnls", arguments, vec![3])
        }
        "dplms" => {
            let penalties = numbers(&inputs["a"]);
            let arguments =
                [field("noise"), field("reference")].into_iter().chain(penalties.iter().copied().map(number)).collect();
            ("dplms", arguments, vec![31])
        }
        _ => {
            let letter = name.strip_prefix("dense_layer_with_bias ")?;
            ("dense_layer_with_bias", vec![field("x"), field("kernel"), field("bias"), text(letter)], vec![3])
        }
    })
}

#[test]
fn single_behaviours() {
    let Some(cases) = references::read("extras.json") else { return };
    let mut tally = Tally::new("signals/extras.json");
    for case in cases.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let Some((processor, inputs, lengths)) = extra(name, &case["inputs"]) else { continue };
        let Some(processor) = processors::named(processor) else {
            tally.pending(processor);
            continue;
        };
        let truth = numbers(&case["truth"]);
        let largest = truth.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        // Linear systems of 31 unknowns lose a few bits; all else is a formula.
        let judged = calls::run(processor, &inputs, &lengths, true).map_err(|fault| fault.message).and_then(|ours| {
            let ours: Vec<f64> = if name.starts_with("X16") { ours[0].clone() } else { ours.concat() };
            deviation(&ours, &truth, 1e-13, 1e-12 * largest)
        });
        tally.judge(name, judged);
    }
    tally.finish();
}

/// Evenly spaced heights of a polynomial.
fn heights(coefficients: &[f64], count: usize) -> Vec<f64> {
    (0..count).map(|i| coefficients.iter().rev().fold(0.0, |sum, c| sum * i as f64 + c)).collect()
}

fn call(name: &str, inputs: &[Given], outputs: &[usize]) -> Vec<Vec<f64>> {
    calls::run(processors::named(name).unwrap(), inputs, outputs, true)
        .unwrap_or_else(|fault| panic!("{name}: {}", fault.message))
}

fn close(ours: &[f64], truth: &[f64], within: f64) {
    assert_eq!(ours.len(), truth.len());
    for (i, (a, b)) in ours.iter().zip(truth).enumerate() {
        assert!((a - b).abs() <= within || (a.is_nan() && b.is_nan()), "{a} for {b} at {i}");
    }
}

#[test]
fn savitzky_golay_keeps_polynomials_of_its_degree_up_to_the_ends() {
    let (cubic, slope) = (heights(&[3.0, -2.0, 0.25, 0.01], 40), heights(&[-2.0, 0.5, 0.03], 40));
    let inputs = |derivative: f64| vec![array(&cubic), number(9.0), number(3.0), number(derivative)];
    close(&call("savitzky_golay", &inputs(0.0), &[40])[0], &cubic, 1e-10);
    close(&call("savitzky_golay", &inputs(1.0), &[40])[0], &slope, 1e-10);
    let twice = heights(&[0.5, 0.06], 40);
    close(&call("savitzky_golay", &inputs(2.0), &[40])[0], &twice, 1e-10);
    for (length, degree, derivative, argument) in
        [(8.0, 2.0, 0.0, 1), (41.0, 2.0, 0.0, 1), (5.0, 5.0, 0.0, 2), (5.0, 2.0, 3.0, 3)]
    {
        let inputs = [array(&cubic), number(length), number(degree), number(derivative)];
        let fault = calls::run(processors::named("savitzky_golay").unwrap(), &inputs, &[40], true).unwrap_err();
        assert_eq!(fault.argument, Some(argument), "{}", fault.message);
    }
}

#[test]
fn polynomial_estimates_are_the_polynomial() {
    let cubic = heights(&[3.0, -2.0, 0.25, 0.01], 40);
    for t in [0.0_f64, 0.7, 12.25, 38.5, 39.0] {
        let inputs = [array(&cubic), number(t), number(3.0), number(8.0)];
        let truth = 3.0 - 2.0 * t + 0.25 * t * t + 0.01 * t * t * t;
        close(&call("polynomial_estimate", &inputs, &[0])[0], &[truth], 1e-9);
    }
    let outside = call("polynomial_estimate", &[array(&cubic), number(39.5), number(3.0), number(8.0)], &[0]);
    assert!(outside[0][0].is_nan());
}

#[test]
fn intersections_stay_over_the_threshold_for_their_time() {
    let w = [0.0, 4.0, 0.0, 0.0, 2.0, 6.0, 6.0, 1.0, 4.0, 4.0, 4.0, 0.0];
    let at = |over: f64| call("intersect", &[array(&w), number(3.0), number(over)], &[0, 0]).concat();
    close(&at(1.0), &[0.75, 3.0], 1e-15);
    close(&at(2.0), &[4.25, 2.0], 1e-15);
    close(&at(3.0), &[7.0 + 2.0 / 3.0, 1.0], 1e-15);
    close(&at(4.0), &[f64::NAN, 0.0], 1e-15);
}

#[test]
fn spectra_come_back_as_waveforms() {
    let w: Vec<f64> = (0..90).map(|i| f64::from((i * i) % 37) - 11.5).collect();
    let spectrum = call("fft", &[array(&w)], &[46]).remove(0);
    assert_eq!(spectrum.len(), 92);
    let first: f64 = w.iter().sum();
    close(&spectrum[..2], &[first, 0.0], 1e-12);
    close(&call("ifft", &[array(&spectrum)], &[90])[0], &w, 1e-12);
    // Parseval: the power of all frequencies is the sum of squares; those between count twice.
    let power = call("psd", &[array(&w)], &[46]).remove(0);
    let all = power[0] + power[45] + 2.0 * power[1..45].iter().sum::<f64>();
    close(&[all], &[w.iter().map(|x| x * x).sum()], 1e-9);
}

#[test]
fn transformed_convolutions_are_sums_of_products() {
    let w: Vec<f64> = (0..1500).map(|i| f64::from((i * 7919) % 257)).collect();
    let kernel: Vec<f64> = (0..700).map(|i| f64::from((i * 31) % 17) - 8.0).collect();
    for (mode, first, length) in [("f", 0, 2199), ("s", 349, 1500), ("v", 699, 801)] {
        // Whole numbers: the sums are exact.
        let truth: Vec<f64> = (first..first + length)
            .map(|s: usize| (s.saturating_sub(1499)..=s.min(699)).map(|j| kernel[j] * w[s - j]).sum())
            .collect();
        let inputs = [array(&w), array(&kernel), text(mode)];
        close(&call("fft_convolve_wf", &inputs, &[length])[0], &truth, 1e-6);
        assert_eq!(call("convolve_wf", &inputs, &[length])[0], truth);
    }
}

#[test]
fn non_negative_least_squares_meet_the_conditions_of_the_minimum() {
    let (rows, columns) = (12, 5);
    let a: Vec<f64> = (0..rows * columns).map(|i| f64::from((i * i * 13 + 5 * i) as u32 % 19) - 6.0).collect();
    for shift in 0..20 {
        let b: Vec<f64> = (0..rows).map(|i| f64::from((i * 17 + shift * 5) as u32 % 23) - 11.0).collect();
        let inputs = [array(&a), array(&b), number(100.0), number(1e-9), number(0.0), number(0.0)];
        let x = call("optimize_nnls", &inputs, &[columns]).remove(0);
        let left: Vec<f64> = (0..rows).map(|i| b[i] - (0..columns).map(|j| a[i * columns + j] * x[j]).sum::<f64>()).collect();
        for j in 0..columns {
            // Karush, Kuhn and Tucker: no column with a weight has a gradient, no other one would help.
            let gradient: f64 = (0..rows).map(|i| a[i * columns + j] * left[i]).sum();
            assert!(
                x[j] >= 0.0 && gradient < 1e-9 && (x[j] == 0.0 || gradient > -1e-9),
                "{shift}: {x:?}, gradient {gradient} of {j}"
            );
        }
    }
    let twice = [array(&[1.0, 1.0, 2.0, 2.0]), array(&[1.0, 2.0])];
    let settings = |allow: f64| [100.0, 1e-9, allow, 0.0].map(number);
    let inputs: Vec<Given> = twice.iter().cloned().chain(settings(1.0)).collect();
    let x = call("optimize_nnls", &inputs, &[2]).remove(0);
    // The second of two equal columns has no gradient once the first is in.
    close(&x, &[1.0, 0.0], 1e-12);
}

#[test]
fn machines_of_two_and_three_classes_vote() {
    let predict = |machine: &str, x: &[f64]| {
        let (given, lengths) = ([array(x), Given::Varying], [x.len(), 1]);
        let call = germane_signals::Call { wide: true, given: &given, init: &[text(machine)], lengths: &lengths };
        germane_signals::constant_outputs(processors::named("svm_predict").unwrap(), &call).map(|all| all[0][0])
    };
    // On which side of x + y = 1 a point lies.
    let line = r#"{"kernel": "linear", "support_vectors": [[0, 0], [1, 1]], "n_support": [1, 1], "dual_coef": [[1, -1]], "intercept": [1],
        "classes": [-1, 7]}"#;
    assert_eq!(predict(line, &[0.2, 0.3]), Ok(-1.0));
    assert_eq!(predict(line, &[0.9, 0.8]), Ok(7.0));
    // The nearest of three points.
    let nearest = r#"{"kernel": "rbf", "gamma": 0.5, "support_vectors": [[0, 0], [4, 0], [0, 4]], "n_support": [1, 1, 1],
        "dual_coef": [[1, -1, -1], [1, 1, -1]], "intercept": [0, 0, 0], "classes": [1, 2, 3]}"#;
    for (x, label) in [([0.5, 0.5], 1.0), ([3.0, 0.5], 2.0), ([1.0, 3.5], 3.0)] {
        assert_eq!(predict(nearest, &x), Ok(label));
    }
    let refused = predict("svm.sav", &[0.0, 0.0]).unwrap_err();
    assert!(refused.message.contains("pickles"), "{}", refused.message);
    assert_eq!(refused.argument, Some(2));
}

#[test]
fn a_wiener_filter_without_noise_gives_the_deconvolution() {
    // Without noise W = 1/H, and H of a pulse is S over the transform of its largest sample: S W is that transform.
    let pulse = [0.5, 1.0, 4.0, 2.0, 1.0, 0.5, 0.25, 0.0];
    let (n, spectrum) = (pulse.len(), |x: &[f64], k: usize| {
        let turn = |j: usize| -2.0 * std::f64::consts::PI * (j * k % x.len()) as f64 / x.len() as f64;
        let part = |f: fn(f64) -> f64| x.iter().enumerate().map(|(j, x)| x * f(turn(j))).sum::<f64>();
        [part(germane_numerics::maths::cos), part(germane_numerics::maths::sin)]
    });
    let dft: Vec<f64> = (0..n).flat_map(|k| spectrum(&pulse, k)).collect();
    let single: Vec<f64> = (0..n).flat_map(|k| spectrum(&[0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0], k)).collect();
    let (given, lengths) = ([array(&dft), Given::Varying], [n, n]);
    let init = [array(&pulse), array(&vec![0.0; n])];
    let call = germane_signals::Call { wide: true, given: &given, init: &init, lengths: &lengths };
    let out = germane_signals::constant_outputs(processors::named("wiener_filter").unwrap(), &call).unwrap();
    close(&out[0], &single, 1e-12);
}

#[test]
fn times_replaced_by_minima() {
    let run = |t: &[f64], minima: &[f64]| call("remove_duplicates", &[array(t), array(minima)], &[t.len()]).remove(0);
    let nan = f64::NAN;
    close(&run(&[5.0, 5.0, 9.0, nan], &[7.0, 8.0, nan, nan]), &[5.0, 7.0, 9.0, nan], 0.0);
    close(&run(&[0.0, 5.0, 9.0], &[nan, nan, nan]), &[5.0, 9.0, nan], 0.0);
    close(&run(&[nan, nan], &[nan, nan]), &[nan, nan], 0.0);
}
