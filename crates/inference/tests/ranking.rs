//! Impacts against what a linear model with normal constraints has in closed form, and against refits of another way.

use germane_inference::{ImpactKind, Options, Ranking, minimise, ranking};
use germane_models::workspace::Workspace;
use germane_models::{Likelihood, Model};
use germane_numerics::{Executor, Inline};
use germane_texts::Source;

fn model(text: &str) -> Model {
    Workspace::read(&Source::new("ws.json", text)).unwrap().model(None).unwrap()
}

/// One bin of 1e6 events, so that -ln L is a parabola within an error to a part in a thousand.
const LINEAR: &str = r#"{"channels": [{"name": "c", "samples": [
    {"name": "s", "data": [200000], "modifiers": [{"name": "mu", "type": "normfactor", "data": null}]},
    {"name": "b", "data": [800000], "modifiers": [
        {"name": "a", "type": "histosys", "data": {"hi_data": [803000], "lo_data": [797000]}},
        {"name": "b", "type": "histosys", "data": {"hi_data": [804000], "lo_data": [796000]}}]}]}],
    "observations": [{"name": "c", "data": [1000000]}],
    "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}], "version": "1.0.0"}"#;

fn ranked(model: &Model, kind: ImpactKind, groups: &[(String, Vec<usize>)], executor: &dyn Executor) -> Ranking {
    let fit = minimise(model, &Options::default());
    ranking(model, model.poi().unwrap(), &fit, kind, groups, &Options::default(), executor).unwrap()
}

fn close(one: f64, other: f64, relative: f64) {
    assert!((one - other).abs() <= relative * other.abs(), "{one} is not {other}");
}

#[test]
fn in_a_linear_model_all_kinds_of_impacts_are_the_change_of_background_over_the_signal() {
    let model = model(LINEAR);
    let index = |name: &str| model.parameters().iter().position(|parameter| parameter.name == name).unwrap();
    let groups = [("both".to_owned(), vec![index("a"), index("b")])];
    let found = ranked(&model, ImpactKind::Refit, &groups, &Inline);
    for (name, change) in [("a", 3000.0), ("b", 4000.0)] {
        let row = found.rows.iter().find(|row| row.name == name).unwrap();
        let truth = -change / 200_000.0;
        for [up, down] in [row.postfit, row.prefit.unwrap(), row.auxiliary.unwrap()] {
            close(up, truth, 1e-6);
            close(down, -truth, 1e-6);
        }
        close(row.covariance, truth, 1e-6);
    }
    // 3, 4, 5.
    close(found.groups[0].frozen, 5000.0 / 200_000.0, 1e-6);
    close(found.groups[0].auxiliary, 5000.0 / 200_000.0, 1e-6);
    // What is left are the counts alone: 1000 events.
    let error = found.error.unwrap();
    let frozen = found.groups[0].frozen;
    close((error * error - frozen * frozen).sqrt(), 1000.0 / 200_000.0, 1e-6);
}

/// Bins with their own errors and few events: far from linear, with parameters of interest that reach their bound.
fn crooked() -> Model {
    model(
        r#"{"channels": [{"name": "c", "samples": [
        {"name": "s", "data": [3, 6, 2], "modifiers": [
            {"name": "mu", "type": "normfactor", "data": null}, {"name": "eff", "type": "normsys", "data": {"hi": 1.2, "lo": 0.7}}]},
        {"name": "b", "data": [20, 9, 30], "modifiers": [
            {"name": "scale", "type": "histosys", "data": {"hi_data": [26, 11, 33], "lo_data": [17, 6, 29]}},
            {"name": "norm", "type": "normsys", "data": {"hi": 1.15, "lo": 0.9}},
            {"name": "mc", "type": "shapesys", "data": [4, 3, 5]}]}]}],
        "observations": [{"name": "c", "data": [21, 11, 33]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}], "version": "1.0.0"}"#,
    )
}

#[test]
fn impacts_are_those_of_fits_from_the_start() {
    let model = crooked();
    let poi = model.poi().unwrap();
    let found = ranked(&model, ImpactKind::Refit, &[], &Inline);
    assert!(found.failed.is_empty() && found.rows.len() == model.parameters().len() - 1);
    for row in &found.rows {
        let index = model.parameters().iter().position(|parameter| parameter.name == row.name).unwrap();
        let shift = |model: Model| minimise(&model, &Options::default()).values()[poi] - found.value;
        let near = |one: f64, other: f64| assert!((one - other).abs() < 1e-6, "{}: {one} is not {other}", row.name);
        let held = |by: f64| shift(model.clone().fix(&row.name, row.value + by).unwrap());
        near(row.postfit[0], held(row.error));
        near(row.postfit[1], held(-row.error));
        let constraint = model.parameters()[index].constraint.unwrap();
        let [up, down] = row.prefit.unwrap();
        near(up, held(constraint.width()));
        near(down, held(-constraint.width()));
        let place = model.parameters()[..index].iter().filter(|parameter| parameter.constraint.is_some()).count();
        for (shifted, sigmas) in row.auxiliary.unwrap().into_iter().zip([1.0, -1.0]) {
            let mut data = model.data();
            data.auxiliary[place] = constraint.moved(sigmas).datum();
            near(shifted, shift(model.with_data(&data).unwrap()));
        }
    }
}

/// Works through the tasks backwards.
struct Backwards;

impl Executor for Backwards {
    fn run(&self, count: usize, task: &(dyn Fn(usize) + Sync)) {
        (0..count).rev().for_each(task);
    }

    fn width(&self) -> usize {
        1
    }
}

#[test]
fn the_order_of_the_work_does_not_change_a_bit() {
    let model = crooked();
    let there = ranked(&model, ImpactKind::Refit, &[], &Inline);
    assert_eq!(there, ranked(&model, ImpactKind::Refit, &[], &Backwards));
}

#[test]
fn from_the_covariance_impacts_are_symmetric() {
    let found = ranked(&crooked(), ImpactKind::Covariance, &[], &Inline);
    for row in &found.rows {
        assert_eq!(row.postfit[0], -row.postfit[1]);
        close(row.postfit[0], row.covariance, 1e-12);
    }
}
