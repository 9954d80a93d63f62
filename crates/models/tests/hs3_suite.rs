//! HS3 documents against formulas, mpmath and ROOT's values; says "not run" where they are absent. One line a file.
#![allow(clippy::print_stdout)] // the tallies are the output of this suite

use germane_models::Likelihood;
use germane_models::histfactory_xml::Convention;
use germane_models::hs3::{Compiled, Document};
use germane_models::patchset::PatchSet;
use germane_models::workspace::Workspace;
use germane_numerics::special::ln_gamma;
use germane_texts::{Source, parse_json};
use serde_json::Value;
use std::path::PathBuf;

#[allow(clippy::disallowed_methods)]
fn shared(path: &str) -> PathBuf {
    let root = std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    root.join(path)
}

fn read(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(shared(path)).ok();
    if text.is_none() {
        println!("not run: {path} is absent");
    }
    text
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().map(number).collect()
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failures: Vec<String>,
    worst: f64,
}

impl Tally {
    fn check(&mut self, name: impl Into<String>, good: bool) {
        if good {
            self.passed += 1;
        } else {
            self.failures.push(name.into());
        }
    }

    /// A number whose distance to the truth is `error` in units of what is allowed.
    fn close(&mut self, name: impl Into<String>, error: f64) {
        self.worst = self.worst.max(if error.is_nan() { f64::INFINITY } else { error });
        let name = name.into();
        self.check(format!("{name} ({error:.2e} of the allowed)"), error <= 1.0);
    }

    fn finish(self, file: &str) {
        let (passed, failed) = (self.passed, self.failures.len());
        println!("{file}  {passed} passed  {failed} failed  0 pending  worst {:.1e}", self.worst);
        assert!(self.failures.is_empty(), "{file}: {:#?}", self.failures);
    }
}

fn relative(ours: f64, truth: f64, allowed: f64) -> f64 {
    (ours - truth).abs() / (allowed * truth.abs().max(1e-300))
}

/// All numbers, names and keys of two trees are the same, whatever the layout.
fn same_tree(a: &str, b: &str) -> bool {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    parsed(a) == parsed(b)
}

#[test]
fn documents_of_densities_have_their_densities_and_likelihoods() {
    let Some(text) = read("refs/statistics/hs3.json") else { return };
    let truth: Value = serde_json::from_str(&text).unwrap();
    let mut tally = Tally::default();
    for (case, truth) in truth.as_object().unwrap() {
        let Some(text) = read(&format!("data/statistics/hs3/{case}.json")) else { return };
        let source = Source::new(format!("{case}.json"), text.clone());
        if truth.get("read_back_error").is_some() {
            let mistakes = Document::read(&source).unwrap_err();
            let place = mistakes[0].to_string();
            tally.check(
                format!("{case}: {place}"),
                place.starts_with(&format!("{case}.json:1:")) && place.contains("`p` has no `type`"),
            );
            continue;
        }
        let document = match Document::read(&source) {
            Ok(document) => document,
            Err(mistakes) => {
                tally.check(format!("{case}: {mistakes:?}"), false);
                continue;
            }
        };
        let written = document.to_text();
        let again = Document::read(&Source::new("written.json", written.clone())).unwrap();
        for (&x, density) in numbers(&truth["x"]).iter().zip(numbers(&truth["density"])) {
            let mut at = vec![("x", x)];
            at.extend(truth["y"].as_f64().map(|y| ("y", y)));
            match document.density("p", &at) {
                Ok(ours) => {
                    tally.close(format!("{case} at {x}: {ours} {density}"), relative(ours, density, 1e-10));
                    let written = again.density("p", &at).unwrap();
                    tally.close(format!("{case} at {x} written"), relative(written, ours, 1e-14));
                }
                Err(mistakes) => tally.check(format!("{case}: {mistakes:?}"), false),
            }
        }
        let compiled = match document.compile(None, Convention::Exact) {
            Ok(compiled) => compiled,
            Err(mistakes) => {
                tally.check(format!("{case}: {mistakes:?}"), false);
                continue;
            }
        };
        let model = compiled.likelihood();
        let start: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start).collect();
        // RooFit leaves ln N! out of extended likelihoods.
        let extended = if case == "mixture_extended" { ln_gamma(model.entries().unwrap() + 1.0) } else { 0.0 };
        let ours = model.nll(&start) - extended;
        tally.close(format!("{case} nll {ours} {}", truth["roofit_nll"]), relative(ours, number(&truth["roofit_nll"]), 1e-9));
        tally.check(format!("{case}: poi"), compiled.poi().is_some());
        tally.check(format!("{case}: unknown keys are kept"), written.contains("ROOT_internal"));
        // What is not a type is written as it was.
        let renamed =
            ["ARGUS_dist", "bernstein_poly_dist", "crystalball_doublesided_dist"].iter().any(|name| text.contains(name));
        tally.check(format!("{case}: tree"), renamed || same_tree(&text, &written));
    }
    tally.finish("refs/statistics/hs3.json");
}

#[test]
fn documents_of_binned_models_have_the_likelihood_of_root() {
    let files = [
        ("multibin_histfactory", "GaussExample"),
        ("multichan_coupledoverall_histfactory", "GaussExample"),
        ("multichannel_histfactory", "GaussExample"),
        ("xmlimport_example", "GaussExample"),
        ("xmlimport_example", "ConstExample"),
        ("xmlimport_example_DataDriven", "GaussExample"),
        ("xmlimport_example_ShapeSys", "GaussExample"),
    ];
    for (reference, measurement) in files {
        let mut tally = Tally::default();
        let case = format!("{reference}_{measurement}");
        let (Some(truth), Some(text)) =
            (read(&format!("refs/statistics/root/{reference}.json")), read(&format!("refs/statistics/root/hs3/{case}.json")))
        else {
            return;
        };
        let truth: Value = serde_json::from_str(&truth.replace("-Infinity", "null").replace("Infinity", "null")).unwrap();
        let truth = &truth["measurements"][measurement];
        let document = Document::read(&Source::new(format!("{case}.json"), text.clone())).unwrap();
        let written = document.to_text();
        tally.check(format!("{case}: tree"), same_tree(&text, &written));
        let again = Document::read(&Source::new("written.json", written)).unwrap();
        let compiled = document.compile(None, Convention::Root).unwrap_or_else(|mistakes| panic!("{case}: {mistakes:?}"));
        let Compiled::Binned(model) = compiled else { panic!("{case} is no binned model") };
        let Ok(Compiled::Binned(twin)) = again.compile(None, Convention::Root) else { panic!("{case} is no binned model") };
        for probe in truth["probes"].as_array().unwrap() {
            let mut x = model.start();
            for (label, value) in probe["values"].as_object().unwrap() {
                x[model.index(label).unwrap()] = number(value);
            }
            let (ours, theirs) = (model.nll(&x), number(&probe["nll"]));
            tally.close(format!("{case}: probe {} {ours} {theirs}", probe["k"]), relative(ours, theirs, 1e-9));
            tally.close(format!("{case}: written"), relative(twin.nll(&x), ours, 1e-14));
        }
        for theirs in truth["parameters"].as_array().unwrap() {
            let label = theirs["name"].as_str().unwrap();
            let Some(index) = model.index(label) else {
                let auxiliary = label.starts_with("nom_") || label == "nominalLumi";
                tally.check(format!("{case}: no parameter {label}"), auxiliary);
                continue;
            };
            let ours = &model.parameters()[index];
            let same = ours.fixed == theirs["const"].as_bool().unwrap()
                && ours.start == number(&theirs["value"])
                && ours.lower == number(&theirs["min"])
                && ours.upper == number(&theirs["max"]);
            tally.check(format!("{case}: {label} {ours:?} {theirs}"), same);
        }
        tally.finish(&format!("refs/statistics/root/{reference}.json"));
    }
}

#[test]
fn two_dimensional_weighted_events_are_counts() {
    let Some(text) = read("refs/statistics/root/hs3/xmlimport_example_ShapeSys2D_GaussExample.json") else { return };
    assert!(parse_json(&Source::new("a.json", text.clone())).is_ok());
    let document = Document::read(&Source::new("a.json", text)).unwrap();
    let Compiled::Binned(model) = document.compile(None, Convention::Exact).unwrap() else { panic!("bins only") };
    // The document's own weights, and the sums of its contents.
    assert_eq!(model.observed(), [122.0, 132.0, 122.0, 132.0]);
    assert_eq!(model.expected(&model.start()), [120.0, 130.0, 120.0, 130.0]);
    let Compiled::Binned(asimov) = document.compile(Some("simPdf_asimovData"), Convention::Exact).unwrap() else {
        panic!("bins only")
    };
    assert_eq!(asimov.observed(), asimov.expected(&asimov.start()));
}

/// Starts moved by up to a tenth of the bounds, by index, inside the bounds.
fn moved(parameters: &[germane_models::Parameter]) -> Vec<f64> {
    let step = |(index, one): (usize, &germane_models::Parameter)| {
        let reach = if one.fixed { 0.0 } else { 0.1 * (one.upper - one.lower).min(2.0) };
        (one.start + reach * germane_numerics::maths::sin(index as f64)).clamp(one.lower, one.upper)
    };
    parameters.iter().enumerate().map(step).collect()
}

/// The name of a parameter in a document: letters, digits and `_`.
fn words(name: &str) -> String {
    let plain = |text: &str| text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>();
    match name.strip_suffix(']').and_then(|name| name.rsplit_once('[')) {
        Some((vector, bin)) => format!("{}_bin_{bin}", plain(vector)),
        None => plain(name),
    }
}

#[test]
fn workspaces_come_back_from_documents_as_they_were() {
    let mut tally = Tally::default();
    for name in ["susy-2018-14", "susy-2018-22-simplified", "susy-2018-31-A", "susy-2018-16-ewkinos"] {
        let file = format!("data/statistics/pyhf/{name}");
        let (Some(background), Some(patches)) = (read(&format!("{file}.json")), read(&format!("{file}.patchset.json"))) else {
            return;
        };
        let patches = PatchSet::read(&Source::new("patches.json", patches)).unwrap();
        let source = patches.apply(&Source::new("workspace.json", background), patches.names()[0]).unwrap();
        let document = match Document::from_workspace(&source) {
            Ok(document) => document,
            Err(mistakes) => {
                tally.check(format!("{name}: {mistakes:?}"), false);
                continue;
            }
        };
        let again = Document::read(&Source::new("again.json", document.to_text())).unwrap();
        let tree: Value = serde_json::from_str(&source.text).unwrap();
        tally.check(format!("{name}: tree"), again.to_workspace().unwrap() == tree);
        let model = Workspace::read(&source).unwrap().model(None).unwrap();
        let Compiled::Binned(twin) = again.compile(None, Convention::Exact).unwrap() else { panic!("bins only") };
        // Constants of bins without information are not in the document: differences are compared.
        let (start, x) = (model.start(), moved(model.parameters()));
        let at = |x: &[f64]| {
            let value = |name: &str| {
                let place = model.parameters().iter().position(|parameter| words(&parameter.name) == name);
                x[place.unwrap()]
            };
            twin.parameters().iter().map(|parameter| value(&parameter.name)).collect::<Vec<f64>>()
        };
        let (ours, truth) = (twin.nll(&at(&x)) - twin.nll(&at(&start)), model.nll(&x) - model.nll(&start));
        tally.close(format!("{name}: {ours} {truth}"), (ours - truth).abs() / (1e-11 * truth.abs().max(model.nll(&start))));
    }
    tally.finish("workspaces as HS3:");
}
