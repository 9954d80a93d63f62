//! Seconds of reading, compiling and fitting a workspace: `fit_time WORKSPACE.json [REPEATS]`, one JSON line.
#![allow(clippy::print_stdout, reason = "the line is what it is for")]

use germane_inference::{Options, minimise};
use germane_models::Likelihood;
use germane_models::workspace::Workspace;
use germane_texts::Source;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let repeats: usize = arguments.get(2).map_or(1, |text| text.parse().expect("a number of repeats"));
    let text = std::fs::read_to_string(&arguments[1]).expect("a workspace");
    let begun = Instant::now();
    let workspace = Workspace::read(&Source::new(arguments[1].clone(), text)).expect("a workspace of pyhf");
    let read = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let model = workspace.model(None).expect("a measurement");
    let compiled = begun.elapsed().as_secs_f64();
    let mut seconds = Vec::new();
    let mut fit = None;
    for _ in 0..repeats {
        let begun = Instant::now();
        fit = Some(minimise(&model, &Options::default()));
        seconds.push(begun.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let fit = fit.expect("one repeat at least");
    println!(
        "{{\"parameters\": {}, \"bins\": {}, \"read_s\": {read:.4}, \"compile_s\": {compiled:.4}, \"fit_s\": {:.5}, \"state\": \"{}\", \
         \"nll\": {:.9}, \"edm\": {:.1e}, \"iterations\": {}, \"condition\": {:.3e}}}",
        model.parameters().len(),
        model.observed().len(),
        seconds[repeats / 2],
        fit.state.word(),
        fit.nll,
        fit.edm,
        fit.certificate.iterations,
        fit.certificate.condition,
    );
}
