//! MIGRAD, HESSE and MINOS against iminuit (minuit.json of ../shared); says "not run" where it is absent.

use crate::suite::{Tally, names, number, numbers, reference, shared};
use germane_inference::Minos;
use germane_inference::minuit::{Report, Settings, Strategy, minuit};
use germane_models::patchset::PatchSet;
use germane_models::workspace::Workspace;
use germane_models::{Likelihood, Model};
use germane_texts::Source;
use serde_json::Value;

/// Values, errors and ends agree to this part of an error.
const NEAR: f64 = 0.02;

fn model(name: &str, patch: &str) -> Option<Model> {
    let data = format!("data/statistics/pyhf/{name}");
    let background = Source::new(format!("{name}.json"), shared(&format!("{data}.json"))?);
    let patches =
        PatchSet::read(&Source::new(format!("{name}.patchset.json"), shared(&format!("{data}.patchset.json"))?)).unwrap();
    Some(Workspace::read(&patches.apply(&background, patch).unwrap()).unwrap().model(None).unwrap())
}

/// The flags by their names in iminuit.
fn flag(report: &Report, name: &str) -> Option<bool> {
    serde_json::to_value(report).unwrap()[name].as_bool()
}

fn compare(tally: &mut Tally, name: &str, model: &Model, order: &[&str], strategy: u8, truth: &Value) {
    let mut settings = Settings::default();
    settings.strategy = Strategy::of(strategy).unwrap();
    settings.hesse = false;
    let case = |what: &str| format!("{name} strategy {strategy}: {what}");
    let fit = minuit(model, &settings);
    let report = fit.minuit.as_ref().unwrap();
    let theirs = &truth["migrad"];
    for (flag_name, value) in theirs["flags"].as_object().unwrap() {
        tally.check(case(flag_name), flag(report, flag_name) == value.as_bool());
    }
    tally.close(case("goal"), (report.edm_goal - number(&theirs["edm_goal"])).abs() / 1e-12);
    let (values, errors) = (numbers(&theirs["values"]), numbers(&theirs["errors"]));
    for (i, parameter) in order.iter().enumerate() {
        let ours = fit.parameter(parameter).unwrap();
        tally.close(
            case(&format!("{parameter} {} {}", ours.value, values[i])),
            (ours.value - values[i]).abs() / (NEAR * errors[i]),
        );
    }
    settings.hesse = true;
    let poi = model.parameters()[model.poi().unwrap()].name.clone();
    settings.minos = Minos::Named(vec![poi.clone()]);
    let fit = minuit(model, &settings);
    let errors = numbers(&truth["hesse_errors"]);
    for (i, parameter) in order.iter().enumerate() {
        let ours = fit.parameter(parameter).unwrap().error.unwrap();
        tally.close(case(&format!("HESSE of {parameter} {ours} {}", errors[i])), (ours - errors[i]).abs() / (NEAR * errors[i]));
    }
    let (ours, theirs) = (&fit.minuit.as_ref().unwrap().minos[0], &truth["minos_poi"]);
    let error = fit.parameter(&poi).unwrap().error.unwrap();
    for (side, value) in [("lower", ours.lower), ("upper", ours.upper)] {
        tally.close(
            case(&format!("MINOS {side} {value} {}", theirs[side])),
            (value - number(&theirs[side])).abs() / (NEAR * error),
        );
    }
    for (key, value) in
        [("is_valid", ours.is_valid), ("at_lower_limit", ours.at_lower_limit), ("at_upper_limit", ours.at_upper_limit)]
    {
        tally.check(case(&format!("MINOS {key}")), theirs[key].as_bool() == Some(value));
    }
}

#[test]
fn migrad_hesse_and_minos_are_those_of_minuit() {
    let file = "statistics/minuit.json";
    let Some(truth) = reference(file) else { return };
    let mut tally = Tally::new(file);
    for (name, truth) in truth.as_object().unwrap() {
        let Some(model) = model(name, truth["patch"].as_str().unwrap()) else { return };
        let order = names(&truth["parameters"]);
        for strategy in 0..3 {
            compare(&mut tally, name, &model, &order, strategy, &truth[format!("strategy_{strategy}")]);
        }
    }
    tally.finish();
}
