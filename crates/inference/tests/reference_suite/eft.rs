//! Quadratic models against eft_34.json, eft_6.json, eft_2.json of ../shared; says "not run" where they are absent.

use crate::suite::{Tally, names, number, numbers, reference, relative, shared};
use germane_inference::{Minima, Options, information_basis, minima, minimise, segments};
use germane_models::quadratic::{QuadraticModel, Terms};
use germane_models::{Curvature, Likelihood};
use germane_numerics::dense::Matrix;
use germane_texts::Source;
use serde_json::Value;

fn model(folder: &str, terms: &Terms) -> Option<QuadraticModel> {
    let source = |name: &str| Some(Source::new(name, shared(&format!("data/statistics/eft/{folder}/{name}"))?));
    let parts = [source("yields.json")?, source("sts.json")?];
    Some(QuadraticModel::read(&source("scaling.json")?, &parts, terms).unwrap())
}

/// Entries relative to the largest one.
fn entries(tally: &mut Tally, name: &str, ours: &[f64], truth: &[f64], allowed: f64) {
    let scale = truth.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    tally.check(format!("{name}: length"), ours.len() == truth.len());
    for (i, (ours, truth)) in ours.iter().zip(truth).enumerate() {
        tally.close(format!("{name}[{i}] {ours} {truth}"), (ours - truth).abs() / (allowed * scale));
    }
}

fn derivatives(tally: &mut Tally, model: &QuadraticModel, truth: &Value) {
    let c = numbers(&truth["c"]);
    let (mut gradient, mut hessian) = (vec![0.0; c.len()], Matrix::zeros(c.len(), c.len()));
    let value = model.evaluate(&c, Curvature::Exact, &mut gradient, &mut hessian);
    for key in ["nll", "nll_mpmath"] {
        tally.close(key, relative(value, number(&truth[key]), 1e-12));
    }
    tally.check("value alone", model.nll(&c).to_bits() == value.to_bits());
    entries(tally, "gradient", &gradient, &numbers(&truth["gradient"]), 1e-10);
    let rows: Vec<f64> = truth["hessian"].as_array().unwrap().iter().flat_map(numbers).collect();
    entries(tally, "hessian", hessian.data(), &rows, 1e-9);
}

fn all_minima(tally: &mut Tally, model: &QuadraticModel, truth: &Value) -> Minima {
    let found = minima(model, 200, 1, &Options::default()).unwrap();
    let best = numbers(&truth["best"]["c"]);
    let lowest = number(&truth["best"]["nll"]);
    tally.close("global minimum", (found.best().nll - lowest).abs() / 1e-8);
    let fit = minimise(model, &Options::default());
    for wanted in truth["minima"].as_array().unwrap() {
        let rise = number(&wanted["nll_minus_best"]);
        let same = found.minima.iter().find(|minimum| (minimum.rise - rise).abs() < 1e-6);
        tally.check(format!("minimum at a rise of {rise} among {}", found.minima.len()), same.is_some());
        let Some(same) = same else { continue };
        tally.close(format!("rise {rise}"), (same.rise - rise).abs() / 1e-8);
        let apart = same.x.iter().zip(numbers(&wanted["c"])).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f64::max);
        // Their edm is below 1e-13 for errors of 0.01 and more.
        tally.close(format!("place of the minimum at {rise}"), apart / 1e-6);
    }
    if fit.nll - lowest < 1e-6 {
        let apart = fit.values().iter().zip(&best).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f64::max);
        tally.close("fit from the Standard Model", apart / 1e-6);
    }
    let mut hessian = Matrix::zeros(best.len(), best.len());
    model.hessian(&found.best().x, &mut hessian);
    let (values, _) = germane_numerics::dense::symmetric_eigen(&hessian);
    for (ours, truth) in values.iter().zip(numbers(&truth["best"]["hessian_eigenvalues"])) {
        tally.close(format!("eigenvalue of the Hessian {ours} {truth}"), relative(*ours, truth, 1e-6));
    }
    found
}

fn information(tally: &mut Tally, model: &QuadraticModel, truth: &Value) {
    let size = model.coefficients();
    let basis = information_basis(model, &vec![0.0; size], &(0..size).collect::<Vec<_>>()).unwrap();
    let values = numbers(&truth["eigenvalues"]);
    let largest = values.iter().copied().fold(0.0, f64::max);
    tally.close("trace", relative(basis.eigenvalues.iter().sum(), number(&truth["matrix_trace"]), 1e-10));
    tally.check("flat", basis.flat as u64 == truth["directions_below_1e-9_of_largest"].as_u64().unwrap());
    for (k, (value, vector)) in values.iter().zip(truth["eigenvectors_rows"].as_array().unwrap()).enumerate() {
        // Theirs ascend.
        let row = size - 1 - k;
        let ours = basis.eigenvalues[row];
        tally.close(format!("eigenvalue {ours} {value}"), (ours - value).abs() / (1e-8 * value.abs()).max(1e-14 * largest));
        let vector = numbers(vector);
        let component =
            basis.directions.row(row).iter().fold(0.0f64, |top, part| if part.abs() > top.abs() { *part } else { top });
        tally.check("sign", component > 0.0);
        let dot: f64 = basis.directions.row(row).iter().zip(&vector).map(|(ours, theirs)| ours * theirs).sum();
        let apart = basis.directions.row(row).iter().zip(&vector);
        let apart = apart.map(|(ours, theirs)| (ours - theirs * dot.signum()).abs()).fold(0.0, f64::max);
        tally.close(format!("eigenvector {k}"), apart / 1e-6);
    }
}

fn intervals(tally: &mut Tally, model: &QuadraticModel, truth: &Value, found: &mut Minima) {
    let options = Options::default();
    for (level, rise) in [("68", 0.5), ("95", 1.920_729_410_347_062)] {
        for (name, piece) in truth["profile_intervals"].as_object().unwrap() {
            let index = model.parameters().iter().position(|parameter| parameter.name == *name).unwrap();
            let all = segments(model, index, rise, found, &options).unwrap();
            let best = found.best().x[index];
            let around = all.iter().find(|segment| segment.low <= best && best <= segment.high).unwrap();
            for (ours, truth) in [around.low, around.high].into_iter().zip(numbers(&piece[level])) {
                tally.close(format!("{name} {level} {ours} {truth}"), (ours - truth).abs() / 1e-6);
            }
            let Some(pieces) = truth["profile_segments"][name][level].as_array() else { continue };
            tally.check(format!("{name} {level}: {all:?}"), pieces.len() == all.len());
            for (ours, truth) in all.iter().zip(pieces) {
                for (ours, truth) in [ours.low, ours.high].into_iter().zip(numbers(truth)) {
                    tally.close(format!("{name} {level} {ours} {truth}"), (ours - truth).abs() / 1e-6);
                }
            }
        }
    }
}

#[test]
fn quadratic_models_have_their_values_minima_and_intervals() {
    for (file, folder) in [("eft_34", "stxs34"), ("eft_6", "small6"), ("eft_2", "two2")] {
        let file = format!("statistics/{file}.json");
        let (Some(truth), Some(model)) = (reference(&file), model(folder, &Terms::default())) else { return };
        let mut tally = Tally::new(&file);
        let order: Vec<&str> = model.parameters().iter().map(|parameter| parameter.name.as_str()).collect();
        tally.check("coefficients", order == names(&truth["coefficients"]));
        let size = model.coefficients();
        tally.close("nll of the Standard Model", relative(model.nll(&vec![0.0; size]), number(&truth["nll_sm"]), 1e-12));
        derivatives(&mut tally, &model, &truth["probe"]);
        let mut found = all_minima(&mut tally, &model, &truth);
        information(&mut tally, &model, &truth["fisher_at_sm"]);
        intervals(&mut tally, &model, &truth, &mut found);
        let linear = self::model(folder, &Terms { linear: true, ..Terms::default() }).unwrap();
        let fit = minimise(&linear, &Options::default());
        tally.close("linear only", (fit.nll - number(&truth["linear_only_best"]["nll"])).abs() / 1e-8);
        for (ours, truth) in fit.values().iter().zip(numbers(&truth["linear_only_best"]["c"])) {
            tally.close(format!("linear only {ours} {truth}"), (ours - truth).abs() / 1e-6);
        }
        tally.finish();
    }
}
