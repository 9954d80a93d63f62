//! Toys against exact enumeration (toys.json of ../shared); says "not run" where it is absent.

use crate::suite::{Tally, Threads, number, numbers, reference, relative};
use germane_inference::hypothesis::{Statistic, asymptotic};
use germane_inference::toys::{PValue, ToyTests, toy_goodness};
use germane_inference::{Options, minimise};
use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
use germane_models::{Experiment, Model};
use germane_numerics::Inline;
use serde_json::Value;

/// Toys of each hypothesis.
const TOYS: u64 = 200_000;

/// A p-value by toys within four binomial standard deviations of the exact one.
fn compare(tally: &mut Tally, name: &str, p: PValue, exact: f64, toys: u64) {
    // The sum of the enumeration may exceed 1 by its rounding.
    let width = (exact * (1.0 - exact).max(0.0) / p.toys as f64).sqrt();
    // A probability that no toy may have met: its Poisson number.
    let allowed = 4.0 * width + 1.0 / p.toys as f64;
    tally.check(format!("{name}: all toys have a statistic"), p.toys == toys);
    tally.close(format!("{name}: {} {exact}", p.ratio()), (p.ratio() - exact).abs() / allowed);
}

/// n ~ Pois(mu s + b) with the bounds of mu from `lower`.
fn counting(truth: &Value, lower: f64) -> Model {
    let signal = Sample::new("signal", vec![number(&truth["s"])]).with(Modifier::norm_factor("mu"));
    let channel = Channel::new("SR").sample(signal).sample(Sample::new("background", vec![number(&truth["b"])]));
    let workspace = Workspace::new().channel(channel, vec![number(&truth["n"])]).measurement(Measurement::new("m", Some("mu")));
    // Far above any count of a toy.
    workspace.model(None).unwrap().within(0, lower, 1e3)
}

fn known_background(tally: &mut Tally, case: usize, truth: &Value) {
    let (s, b, mu) = (number(&truth["s"]), number(&truth["b"]), number(&truth["mu"]));
    // Without a bound at 0 the expectation ends at 0.
    let open = -b / s * (1.0 - 1e-15);
    for (key, statistic, lower) in [
        ("q0", Statistic::Q0, 0.0),
        ("qmu", Statistic::Q, open),
        ("qmu_tilde", Statistic::QTilde, 0.0),
        ("tmu", Statistic::T, open),
        ("tmu_tilde", Statistic::TTilde, 0.0),
    ] {
        let model = counting(truth, lower);
        let truth = &truth[key];
        let mut tests = ToyTests::new(&model, 0, statistic, 1, &Options::default()).unwrap();
        let observed = tests.observed(mu).unwrap();
        tally.close(format!("A{case} {key}"), (observed - number(&truth["observed"])).abs() / 1e-9);
        let value = if statistic == Statistic::Q0 { 0.0 } else { mu };
        // The two that results are made of are tested most.
        let toys = if matches!(statistic, Statistic::Q0 | Statistic::QTilde) { TOYS } else { TOYS / 4 };
        for (name, at) in [("p_at_mu", mu), ("p_at_0", 0.0)] {
            let sample = tests.toys(value, at, 0..toys, &Threads(2)).unwrap();
            compare(tally, &format!("A{case} {key} {name}"), sample.p_value(observed), number(&truth[name]), toys);
        }
    }
}

fn asymptotic_formulae(tally: &mut Tally, case: usize, truth: &Value) {
    let (q, asimov) = (number(&truth["qmu_tilde"]["observed"]), number(&truth["qmu_asimov"]));
    let cls = asymptotic::p_values(q, asimov).cls;
    tally.close(format!("A{case} asymptotic CLs"), relative(cls, number(&truth["CLs_asymptotic_qmu_tilde"]), 1e-10));
}

/// n ~ Pois(mu s + γ b) with γ measured by Pois(τ γ b).
fn on_off(tally: &mut Tally, case: usize, truth: &Value) {
    let spec = &truth["pyhf"];
    let signal = Sample::new("signal", numbers(&spec["signal"])).with(Modifier::norm_factor("mu"));
    let background =
        Sample::new("background", numbers(&spec["bkg"])).with(Modifier::shape_sys("gamma", numbers(&spec["bkg_uncertainty"])));
    let workspace = Workspace::new()
        .channel(Channel::new("SR").sample(signal).sample(background), vec![number(&truth["n"])])
        .measurement(Measurement::new("m", Some("mu")));
    let model = workspace.model(None).unwrap();
    let mu = number(&truth["mu"]);
    for (key, statistic, value) in [("qmu_tilde", Statistic::QTilde, mu), ("q0", Statistic::Q0, 0.0)] {
        let mut tests = ToyTests::new(&model, 0, statistic, 3, &Options::default()).unwrap();
        let observed = tests.observed(value).unwrap();
        tally.close(format!("B{case} {key}"), (observed - number(&truth[key])).abs() / 1e-9);
        for (name, at) in [("at_mu", mu), ("at_0", 0.0)] {
            let sample = tests.toys(value, at, 0..TOYS, &Threads(2)).unwrap();
            let exact = number(&truth[format!("p_{key}_{name}")]);
            compare(tally, &format!("B{case} {key} {name}"), sample.p_value(observed), exact, TOYS);
            if let Some(mean) = truth[format!("mean_{key}_{name}")].as_f64() {
                let values: Vec<f64> = sample.values().collect();
                let ours = values.iter().sum::<f64>() / values.len() as f64;
                let variance = values.iter().map(|value| (value - ours) * (value - ours)).sum::<f64>() / values.len() as f64;
                let allowed = 4.0 * (variance / values.len() as f64).sqrt();
                tally.close(format!("B{case} mean {key} {name} {ours} {mean}"), (ours - mean).abs() / allowed);
            }
        }
    }
}

/// Two bins with a common free scale.
fn common_scale(truth: &Value) -> Model {
    let background = Sample::new("b", numbers(&truth["b"])).with(Modifier::norm_factor("scale"));
    Workspace::new()
        .channel(Channel::new("c").sample(background), numbers(&truth["n"]))
        .measurement(Measurement::new("m", None))
        .model(None)
        .unwrap()
}

fn saturated(tally: &mut Tally, case: usize, truth: &Value) {
    let model = common_scale(truth);
    let goodness = minimise(&model, &Options::default()).goodness.unwrap();
    tally.close(format!("C{case} statistic"), (goodness.statistic - number(&truth["saturated"])).abs() / 1e-9);
    tally.close(format!("C{case} p"), relative(goodness.p.unwrap(), number(&truth["p_chi2_1"]), 1e-9));
    let toys = toy_goodness(&model, 5, 0..TOYS, &Options::default(), &Threads(2)).unwrap();
    compare(tally, &format!("C{case} toys"), toys.p(), number(&truth["p_exact"]), TOYS);
}

#[test]
fn statistics_and_p_values_are_the_enumerated_ones() {
    let file = "statistics/toys.json";
    let Some(truth) = reference(file) else { return };
    let mut tally = Tally::new(file);
    for (case, truth) in truth["A"].as_array().unwrap().iter().enumerate() {
        known_background(&mut tally, case, truth);
        asymptotic_formulae(&mut tally, case, truth);
    }
    for (case, truth) in truth["B"].as_array().unwrap().iter().enumerate() {
        on_off(&mut tally, case, truth);
    }
    for (case, truth) in truth["C"].as_array().unwrap().iter().enumerate() {
        saturated(&mut tally, case, truth);
    }
    tally.finish();
}

#[test]
fn threads_and_ranges_do_not_change_a_toy() {
    let truth = serde_json::json!({"s": 8.0, "b": 14.0, "n": 16.0});
    let model = counting(&truth, 0.0);
    let mut tests = ToyTests::new(&model, 0, Statistic::QTilde, 7, &Options::default()).unwrap();
    let all = tests.toys(1.0, 1.0, 0..1000, &Inline).unwrap();
    assert_eq!(all, tests.toys(1.0, 1.0, 0..1000, &Threads(3)).unwrap());
    let mut parts = tests.toys(1.0, 1.0, 0..333, &Threads(2)).unwrap();
    parts.append(tests.toys(1.0, 1.0, 333..1000, &Inline).unwrap()).unwrap();
    assert_eq!(all, parts);
    let mut other = ToyTests::new(&model, 0, Statistic::QTilde, 8, &Options::default()).unwrap();
    assert_ne!(all, other.toys(1.0, 1.0, 0..1000, &Inline).unwrap());
}
