//! Fits from random points within the bounds: each ends in the minimum that the references have, or says why not.
//!
//! `GERMANE_STARTS=1000` makes as many starts of each model; in a profile without optimisation a few are enough.

use crate::suite::{Tally, Threads, number, reference, shared};
use germane_inference::{Fit, Options, minimise};
use germane_models::patchset::PatchSet;
use germane_models::workspace::Workspace;
use germane_models::{Likelihood, Model};
use germane_numerics::Executor;
use germane_numerics::random::Philox4x32;
use germane_texts::Source;
use std::sync::OnceLock;

/// Models whose likelihood has one minimum, as far as it is known, and those that have others.
const WORKSPACES: [(&str, bool); 7] = [
    ("susy-2018-04", false),
    ("susy-2018-14", true),
    ("susy-2018-16-ewkinos", false),
    ("susy-2018-22-simplified", true),
    ("susy-2018-31-A", true),
    ("susy-2018-31-C", true),
    ("susy-2019-09-offshell", true),
];

#[allow(clippy::disallowed_methods)]
fn starts() -> usize {
    std::env::var("GERMANE_STARTS").map_or(10, |text| text.parse().expect("GERMANE_STARTS is a number"))
}

/// A point that is uniform within the bounds.
fn within_bounds(model: &Model, number: usize) -> Vec<f64> {
    let generator = Philox4x32::new([9, 0]);
    let parameters = model.parameters().iter().enumerate();
    let value = |(index, parameter): (usize, &germane_models::Parameter)| {
        let part = generator.uniform([index as u32, number as u32, 0, 0]);
        parameter.lower + part * (parameter.upper - parameter.lower)
    };
    parameters.map(value).collect()
}

fn fits(model: &Model, count: usize) -> Vec<Fit> {
    let fits: Vec<OnceLock<Fit>> = (0..count).map(|_| OnceLock::new()).collect();
    Threads(2).run(count, &|number| {
        let mut options = Options::default();
        options.start = Some(within_bounds(model, number));
        let _ = fits[number].set(minimise(model, &options));
    });
    fits.into_iter().map(|fit| fit.into_inner().unwrap()).collect()
}

#[test]
fn random_starts_end_in_the_true_minimum_or_say_why_not() {
    let count = starts();
    for (name, one_minimum) in WORKSPACES {
        let file = format!("statistics/pyhf/{name}.json");
        let data = format!("data/statistics/pyhf/{name}");
        let Some(truth) = reference(&file) else { return };
        let (Some(background), Some(patches)) = (shared(&format!("{data}.json")), shared(&format!("{data}.patchset.json")))
        else {
            return;
        };
        let background = Source::new(format!("{name}.json"), background);
        let patches = PatchSet::read(&Source::new(format!("{name}.patchset.json"), patches)).unwrap();
        let mut tally = Tally::new(&file);
        for (patch, truth) in truth.as_object().unwrap() {
            let model = Workspace::read(&patches.apply(&background, patch).unwrap()).unwrap().model(None).unwrap();
            let best = number(&truth["fit"]["nll"]);
            let (mut straight, mut elsewhere, mut lost) = (0, 0, 0);
            for (k, fit) in fits(&model, count).iter().enumerate() {
                let reached = (fit.nll - best).abs() < 1e-6;
                let says = fit.reason.contains("the given start leads") || fit.reason.contains("without a minimum");
                tally.check(format!("{patch} start {k}: {} {}", fit.state.word(), fit.reason), reached && fit.is_valid());
                straight += usize::from(!says);
                elsewhere += usize::from(fit.reason.contains("the given start leads"));
                lost += usize::from(fit.reason.contains("without a minimum"));
            }
            println!("{name} {patch}: of {count} starts {straight} led there, {elsewhere} to another minimum, {lost} to none");
            // Where there is one minimum, searches find it by themselves.
            tally.check(format!("{patch}: only {straight} found it"), !one_minimum || straight == count);
            tally.check(format!("{patch}: only {straight} found it"), 10 * straight >= 5 * count);
        }
        tally.finish();
    }
}
