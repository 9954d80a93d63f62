//! Toys of so few events that most bins are empty: each has its statistic, which is known by a formula.

use germane_inference::Options;
use germane_inference::hypothesis::Statistic;
use germane_inference::toys::{ToyTests, toy_goodness};
use germane_models::Model;
use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
use germane_numerics::{Inline, maths};

const BACKGROUND: f64 = 0.2;

/// A signal of one event over a background of a fifth, with `bins - 1` more bins of almost nothing and a nuisance parameter
/// there.
fn model(bins: usize) -> Model {
    let mut signal = vec![0.0; bins];
    signal[0] = 1.0;
    let mut background = vec![0.01; bins];
    background[0] = 0.0;
    let mut known = vec![0.0; bins];
    known[0] = BACKGROUND;
    let channel = Channel::new("SR")
        .sample(Sample::new("signal", signal).with(Modifier::norm_factor("mu")))
        .sample(Sample::new("known", known))
        .sample(Sample::new("other", background).with(Modifier::norm_sys("n", 1.3, 0.7)));
    let workspace = Workspace::new().channel(channel, vec![0.0; bins]).measurement(Measurement::new("main", Some("mu")));
    workspace.model(None).unwrap()
}

/// q~ at mu = 1 after `count` events in the first bin.
fn q_tilde(count: f64) -> f64 {
    let nll = |mean: f64| mean - if count > 0.0 { count * maths::ln(mean) } else { 0.0 };
    let best = (count - BACKGROUND).max(0.0);
    if best > 1.0 { 0.0 } else { 2.0 * (nll(1.0 + BACKGROUND) - nll(best + BACKGROUND)) }
}

#[test]
fn toys_without_events_have_the_statistic_of_the_formula() {
    let model = model(1);
    let mut tests = ToyTests::new(&model, model.poi().unwrap(), Statistic::QTilde, 3, &Options::default()).unwrap();
    for truth in [0.0, 1.0] {
        let sample = tests.toys(1.0, truth, 0..2000, &Inline).unwrap();
        assert!(sample.failures().is_empty(), "{:?}", sample.failures());
        let mut empty = 0;
        for value in sample.values() {
            let known = (0..20).map(|count| q_tilde(f64::from(count))).any(|truth| (truth - value).abs() < 1e-8);
            assert!(known, "{value}");
            empty += usize::from((value - 2.0).abs() < 1e-8);
        }
        // No event: q~ = 2, with the probability e^-(truth + background), within four binomial errors.
        let p = maths::exp(-truth - BACKGROUND);
        let error = (p * (1.0 - p) * 2000.0).sqrt();
        assert!((empty as f64 - 2000.0 * p).abs() < 4.0 * error, "{empty}");
    }
}

#[test]
fn no_toy_of_many_empty_bins_fails() {
    let model = model(40);
    for statistic in [Statistic::Q0, Statistic::T, Statistic::TTilde, Statistic::Q, Statistic::QTilde] {
        let mut tests = ToyTests::new(&model, model.poi().unwrap(), statistic, 5, &Options::default()).unwrap();
        let sample = tests.toys(1.0, 0.0, 0..500, &Inline).unwrap();
        assert!(sample.failures().is_empty(), "{} {:?}", statistic.name(), sample.failures());
        assert!(sample.values().all(|value| value >= 0.0 && value.is_finite()));
    }
    let goodness = toy_goodness(&model, 5, 0..500, &Options::default(), &Inline).unwrap();
    assert!(goodness.toys.failures().is_empty() && goodness.toys.values().all(f64::is_finite));
}
