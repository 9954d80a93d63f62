//! Datacards against the truth files of ../shared; says "not run" where they are absent. One line a file.
#![allow(clippy::print_stdout)] // the tallies are the output of this suite

use std::path::{Path, PathBuf};

use germane_inference::{Options, minimise, scan};
use germane_models::datacard::{Card, CardOptions, best_shift};
use germane_models::{Curvature, HistogramSource, Likelihood, Model, SourceHistogram};
use germane_numerics::dense::Matrix;
use germane_texts::{Diagnostic, Source};
use serde_json::Value;

struct Files;
impl HistogramSource for Files {
    fn histogram(&self, file: &str, name: &str) -> Result<SourceHistogram, Diagnostic> {
        let opened = germane_formats::open(Path::new(file)).map_err(|e| Diagnostic::new("file", e.to_string()))?;
        let h = opened.histogram(name).map_err(|e| Diagnostic::new("name", e.to_string()))?;
        let contents = h.values(false);
        let variances = h.variances(false).unwrap_or_else(|| contents.clone());
        Ok(SourceHistogram { edges: vec![], contents, variances, single: false })
    }
}

#[allow(clippy::disallowed_methods)]
fn root() -> PathBuf {
    std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from)
}

fn reference(file: &str) -> Option<Value> {
    let path = root().join("refs").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not run: {} is absent", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// What became of the cases of one file.
struct Tally {
    file: String,
    passed: usize,
    failures: Vec<String>,
    worst: f64,
}

impl Tally {
    fn check(&mut self, name: impl Into<String>, good: bool) {
        if good { self.passed += 1 } else { self.failures.push(name.into()) }
    }

    /// A number whose distance to the truth is `error` in units of what is allowed.
    fn close(&mut self, name: impl Into<String>, error: f64) {
        self.worst = self.worst.max(if error.is_nan() { f64::INFINITY } else { error });
        self.check(format!("{} ({error:.2e} of the allowed)", name.into()), error <= 1.0);
    }

    fn finish(self) {
        let failed = self.failures.len();
        println!("refs/{}  {} passed  {failed} failed  0 pending  worst {:.1e}", self.file, self.passed, self.worst);
        assert!(self.failures.is_empty(), "{}: {:#?}", self.file, &self.failures[..failed.min(30)]);
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().map(number).collect()
}

fn names(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Where the card of a case is: beside the published scans, or in a folder of its own.
fn path_of(case: &str) -> PathBuf {
    let folder = root().join("data/statistics/combine");
    let places = [folder.join(format!("cards/{case}.txt")), folder.join(format!("{case}/{case}.txt"))];
    places.into_iter().find(|path| path.is_file()).unwrap_or_else(|| folder.join(format!("{case}.txt")))
}

fn read(path: &Path) -> Card {
    let text = std::fs::read_to_string(path).unwrap();
    Card::read(&Source::new(path.display().to_string(), text)).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Values of a point of the truth in the order of the model.
fn ordered(model: &Model, truth: &Value, key: &str) -> Vec<f64> {
    let mut x = model.start();
    for (name, value) in names(&truth["parameters"]).iter().zip(numbers(&truth[key])) {
        x[model.index(name).unwrap_or_else(|| panic!("no parameter {name}"))] = value;
    }
    x
}

fn largest(ours: &[f64], truth: &[f64], allowed: impl Fn(f64) -> f64) -> f64 {
    assert_eq!(ours.len(), truth.len());
    ours.iter().zip(truth).map(|(ours, truth)| (ours - truth).abs() / allowed(*truth)).fold(0.0, f64::max)
}

fn case(tally: &mut Tally, case: &str, truth: &Value) {
    let name = |what: &str| format!("{case}: {what}");
    let card = read(&path_of(case));
    let model = card.model(&Files, &CardOptions::default()).unwrap_or_else(|problems| panic!("{case}: {problems:#?}"));
    tally.check(name("parameters"), model.parameters().len() == names(&truth["parameters"]).len());

    let (start, probe) = (ordered(&model, truth, "init"), ordered(&model, truth, "probe"));
    tally.close(name("start"), largest(&model.start(), &start, |_| 1e-15));
    for (x, key) in [(&start, "expected_init"), (&probe, "expected_probe")] {
        tally.close(name(key), largest(&model.expected(x), &numbers(&truth[key]), |truth| 1e-10 * truth.abs().max(1e-6)));
    }
    let (nll_init, nll_probe) = (number(&truth["nll_init"]), number(&truth["nll_probe"]));
    let difference = (model.nll(&probe) - model.nll(&start)) - (nll_probe - nll_init);
    tally.close(name("nll"), difference.abs() / (1e-10 * nll_init.abs().max(1.0)));
    tally.close(name("derivatives"), derivatives(&model, &probe));

    let fit = minimise(&model, &Options::default());
    tally.check(name(&format!("state {} {}", fit.state.word(), fit.reason)), fit.is_valid());
    let rise = (fit.nll - model.nll(&start)) - (number(&truth["nll"]) - nll_init);
    tally.close(name("minimum"), rise.abs() / 1e-8);
    let (x, errors) = (numbers(&truth["fit"]), numbers(&truth["hesse"]));
    let at_bound = names(&truth["at_bound"]);
    for (i, parameter) in names(&truth["parameters"]).into_iter().enumerate() {
        let ours = fit.parameter(parameter).unwrap();
        let scale = if errors[i] > 0.0 { errors[i] } else { 1.0 };
        tally.close(name(&format!("{parameter} {} {}", ours.value, x[i])), (ours.value - x[i]).abs() / (1e-5 * scale));
        tally.check(name(&format!("{parameter} at bound")), ours.at_bound.is_some() == at_bound.contains(&parameter));
        if errors[i] > 0.0 {
            let error = ours.error.unwrap_or(f64::NAN);
            tally.close(
                name(&format!("error of {parameter} {error} {}", errors[i])),
                (error - errors[i]).abs() / (1e-5 * errors[i]),
            );
        }
    }
    let found = scan(&model, model.index("r").unwrap(), &numbers(&truth["r"]), 0, &Options::default()).unwrap();
    let rise = |value: f64| {
        let place = found.values.iter().position(|known| *known == value).unwrap();
        found.rises[place].unwrap_or(f64::NAN)
    };
    for (r, truth) in numbers(&truth["r"]).into_iter().zip(numbers(&truth["two_delta_nll"])) {
        tally.close(name(&format!("scan at {r}: {} {truth}", rise(r))), (rise(r) - truth).abs() / 1e-7);
    }
    let published = &truth["combine_published"];
    for (r, published) in numbers(&published["r"]).into_iter().zip(numbers(&published["two_delta_nll"])) {
        tally.close(name(&format!("published scan at {r}: {} {published}", rise(r))), (rise(r) - published).abs() / 1e-3);
    }
    shifts(tally, case, &model, &fit.values());
}

/// Largest distance of gradient and Hessian from differences of value and gradient, in units of what is allowed.
fn derivatives(model: &Model, x: &[f64]) -> f64 {
    let at = |x: &[f64]| {
        let mut gradient = vec![0.0; x.len()];
        let mut hessian = Matrix::zeros(x.len(), x.len());
        let value = model.evaluate(x, Curvature::Exact, &mut gradient, &mut hessian);
        (value, gradient, hessian)
    };
    let (_, gradient, hessian) = at(x);
    let mut worst: f64 = 0.0;
    for i in 0..x.len() {
        let step = 1e-4 * x[i].abs().max(1.0);
        let moved = |factor: f64| {
            let mut y = x.to_vec();
            y[i] += factor * step;
            at(&y)
        };
        // Fourth order: the error is step⁴ times the fifth derivative, and rounding over the step.
        let sides = [-2.0, -1.0, 1.0, 2.0].map(moved);
        let weights = [1.0, -8.0, 8.0, -1.0].map(|w| w / (12.0 * step));
        for j in 0..x.len() {
            let slope: f64 = sides.iter().zip(weights).map(|(side, w)| w * side.1[j]).sum();
            let scale = (hessian[(i, i)].abs() * hessian[(j, j)].abs()).sqrt().max(1.0);
            worst = worst.max((slope - hessian[(i, j)]).abs() / (1e-6 * scale));
        }
        let slope: f64 = sides.iter().zip(weights).map(|(side, w)| w * side.0).sum();
        worst = worst.max((slope - gradient[i]).abs() / (1e-6 * hessian[(i, i)].abs().max(1.0) + 1e-10 * sides[0].0.abs()));
    }
    worst
}

/// The parameters of single bins at the minimum are those of the closed form.
fn shifts(tally: &mut Tally, case: &str, model: &Model, x: &[f64]) {
    for (channel, range) in model.channels() {
        for (bin, at) in range.enumerate() {
            let Some(index) = model.index(&format!("prop_bin{channel}_bin{bin}")) else { continue };
            let contents = |theta: f64| {
                let mut y = x.to_vec();
                y[index] = theta;
                model.expected(&y)[at]
            };
            let (expected, error) = (contents(0.0), contents(1.0) - contents(0.0));
            let truth = best_shift(expected, error, model.observed()[at], 0.0);
            tally.close(format!("{case}: shift of bin {bin} of {channel}"), (x[index] - truth).abs() / 1e-6);
        }
    }
}

#[test]
fn cards_have_the_true_expectations_minima_and_scans() {
    for file in ["statistics/combine/cards.json", "statistics/combine/cms-ttg-1l.json"] {
        let Some(truth) = reference(file) else { return };
        let mut tally = Tally { file: file.to_owned(), passed: 0, failures: Vec::new(), worst: 0.0 };
        for (name, truth) in truth.as_object().unwrap() {
            case(&mut tally, name, truth);
        }
        tally.finish();
    }
}
