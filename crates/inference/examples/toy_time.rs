//! CPU seconds of toys of q~ in a workspace: `toy_time WORKSPACE.json VALUE [TOYS]`, one JSON line.
#![allow(clippy::print_stdout, reason = "the line is what it is for")]

use germane_inference::Options;
use germane_inference::hypothesis::Statistic;
use germane_inference::toys::ToyTests;
use germane_models::Likelihood;
use germane_models::workspace::Workspace;
use germane_numerics::Inline;
use germane_texts::Source;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value: f64 = arguments[2].parse().expect("a value");
    let toys: u64 = arguments.get(3).map_or(1000, |text| text.parse().expect("a number of toys"));
    let text = std::fs::read_to_string(&arguments[1]).expect("a workspace");
    let workspace = Workspace::read(&Source::new(arguments[1].clone(), text)).expect("a workspace of pyhf");
    let model = workspace.model(None).expect("a measurement");
    let poi = model.poi().expect("a parameter of interest");
    let mut tests = ToyTests::new(&model, poi, Statistic::QTilde, 1, &Options::default()).expect("a minimum");
    let mut test = |truth: f64| {
        let begun = Instant::now();
        let sample = tests.toys(value, truth, 0..toys, &Inline).expect("toys");
        (begun.elapsed().as_secs_f64() / toys as f64, sample)
    };
    let (signal_s, signal) = test(value);
    let (background_s, background) = test(0.0);
    let observed = tests.observed(value).expect("a profile");
    println!(
        "{{\"parameters\": {}, \"bins\": {}, \"toys\": {toys}, \"signal_s_each\": {signal_s:.2e}, \"background_s_each\": \
         {background_s:.2e}, \"failed\": {}, \"best\": {:.6}, \"observed\": {observed:.6}, \"p_signal\": {:.5}, \
         \"p_background\": {:.5}}}",
        model.parameters().len(),
        model.observed().len(),
        signal.failures().values().sum::<u64>() + background.failures().values().sum::<u64>(),
        tests.best(),
        signal.p_value(observed).ratio(),
        background.p_value(observed).ratio(),
    );
}
