//! HistFactory configurations against ROOT's values; says "not run" where they are absent. One line a file.
#![allow(clippy::print_stdout)] // the tallies are the output of this suite

use germane_inference::{Options, minimise};
use germane_models::HistogramSource;
use germane_models::histfactory_xml::{Configuration, Convention};
use germane_models::{Likelihood, Model};
use germane_runs::HistogramFiles;
use serde_json::Value;
use std::path::{Path, PathBuf};

#[allow(clippy::disallowed_methods)]
fn shared(path: &str) -> PathBuf {
    let root = std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    root.join(path)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::INFINITY)
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
}

/// The configuration in a folder of the data, and where its files are.
fn configuration(folder: &str, top: &str) -> (Configuration, HistogramFiles) {
    let path = shared(&format!("data/statistics/histfactory/{folder}/{top}"));
    let files = HistogramFiles::beside(&path);
    let source = files.text(path.to_str().unwrap()).unwrap();
    (Configuration::read(&source, |name| files.text(name)).unwrap(), files)
}

fn compiled(folder: &str, top: &str, measurement: &str, convention: Convention) -> Model {
    let (configuration, files) = configuration(folder, top);
    configuration.model(Some(measurement), &files, convention).unwrap().model
}

/// Names, values, ranges and constness, but for ROOT's auxiliary data and constants, which are no parameters here.
fn parameters(tally: &mut Tally, name: &str, model: &Model, truth: &Value) {
    let constants = ["nom_", "nominalLumi", "theta_", "tau_", "kappa_"];
    let mut known = 0;
    for theirs in truth["parameters"].as_array().unwrap() {
        let label = theirs["name"].as_str().unwrap();
        if constants.iter().any(|prefix| label.starts_with(prefix)) {
            continue;
        }
        known += 1;
        let Some(index) = model.index(label) else {
            tally.check(format!("{name}: no parameter {label}"), false);
            continue;
        };
        let ours = &model.parameters()[index];
        let same = ours.fixed == theirs["const"].as_bool().unwrap()
            && ours.start == number(&theirs["value"])
            && ours.lower == number(&theirs["min"])
            && ours.upper == number(&theirs["max"]);
        tally.check(format!("{name}: {label} {ours:?} {theirs}"), same);
    }
    tally.check(format!("{name}: number of parameters"), known == model.parameters().len());
}

fn probes(tally: &mut Tally, name: &str, model: &Model, truth: &Value) {
    for probe in truth["probes"].as_array().unwrap() {
        let mut x = model.start();
        for (label, value) in probe["values"].as_object().unwrap() {
            x[model.index(label).unwrap()] = number(value);
        }
        let (ours, theirs) = (model.nll(&x), number(&probe["nll"]));
        tally.close(format!("{name}: probe {} {ours} {theirs}", probe["k"]), (ours - theirs).abs() / (1e-10 * theirs.abs()));
    }
}

/// ROOT's minimum is that of Minuit with a tolerance; ours is not above it, and no further away than its distance to it allows.
fn fit(tally: &mut Tally, name: &str, model: &Model, truth: &Value) {
    let fit = minimise(model, &Options::default());
    let truth = &truth["fit"];
    tally.check(format!("{name}: {}", fit.reason), fit.is_valid());
    let above = number(&truth["nll_tight"]) - fit.nll;
    tally.check(format!("{name}: ROOT's minimum is {above:e} above"), (-1e-9..1e-4).contains(&above));
    for (label, value) in truth["values"].as_object().unwrap() {
        let ours = fit.parameter(label).unwrap();
        let allowed = 1e-4_f64.max(2.0 * above.max(0.0).sqrt()) * number(&truth["errors"][label]);
        tally.close(format!("{name}: {label} {} {value}", ours.value), (ours.value - number(value)).abs() / allowed);
    }
}

#[test]
fn configurations_have_the_likelihood_that_root_makes_of_them() {
    let files = [
        ("multibin_histfactory", "config/example.xml", "multibin_histfactory"),
        ("multichan_coupledoverall_histfactory", "config/example.xml", "multichan_coupledoverall_histfactory"),
        ("multichannel_histfactory", "config/example.xml", "multichannel_histfactory"),
        ("xmlimport_input", "config/example.xml", "xmlimport_example"),
        ("xmlimport_input", "config/examples/example_DataDriven.xml", "xmlimport_example_DataDriven"),
        ("xmlimport_input", "config/examples/example_ShapeSys.xml", "xmlimport_example_ShapeSys"),
    ];
    for (folder, top, reference) in files {
        let file = format!("statistics/root/{reference}.json");
        let Ok(text) = std::fs::read_to_string(shared(&format!("refs/{file}"))) else {
            println!("not run: refs/{file} is absent");
            return;
        };
        // Python writes the infinite upper bounds of some auxiliary data, which are no JSON.
        let truth: Value = serde_json::from_str(&text.replace("-Infinity", "null").replace("Infinity", "null")).unwrap();
        let mut tally = Tally::default();
        for (measurement, truth) in truth["measurements"].as_object().unwrap() {
            let model = compiled(folder, top, measurement, Convention::Root);
            parameters(&mut tally, measurement, &model, truth);
            probes(&mut tally, measurement, &model, truth);
            fit(&mut tally, measurement, &model, truth);
        }
        let (passed, failed) = (tally.passed, tally.failures.len());
        println!("refs/{file}  {passed} passed  {failed} failed  0 pending  worst {:.1e}", tally.worst);
        assert!(tally.failures.is_empty(), "{file}: {:#?}", tally.failures);
    }
}

#[test]
fn a_gamma_constraint_is_not_clipped_unless_root_is_asked_for() {
    if !Path::new(&shared("data/statistics/histfactory")).is_dir() {
        println!("not run: data/statistics/histfactory is absent");
        return;
    }
    let model = compiled("xmlimport_input", "config/example.xml", "GammaExample", Convention::Exact);
    let beta = &model.parameters()[model.index("beta_syst2").unwrap()];
    // By its definition: best at 1, with the relative uncertainty of the configuration.
    let constraint = beta.constraint.unwrap();
    assert!((constraint.best() - 1.0).abs() < 1e-15 && (constraint.width() - 0.3).abs() < 1e-15);
}

#[test]
fn two_dimensional_histograms_are_read_and_functions_refused() {
    if !Path::new(&shared("data/statistics/histfactory")).is_dir() {
        println!("not run: data/statistics/histfactory is absent");
        return;
    }
    let model = compiled("xmlimport_input", "config/examples/example_ShapeSys2D.xml", "GaussExample", Convention::Exact);
    assert!(["gamma_bkg1Shape_bin_0_0", "gamma_bkg1Shape_bin_1_0"].iter().all(|name| model.index(name).is_some()));
    // Contents as ROOT's HS3 document of the same configuration has them; x runs fastest here.
    let expected = model.expected(&model.start());
    assert_eq!((model.observed(), expected.as_slice()), (&[122.0, 122.0, 132.0, 132.0][..], &[120.0, 120.0, 130.0, 130.0][..]));
    let path = shared("data/statistics/histfactory/xmlimport_input/config/examples/example_Expression.xml");
    let files = HistogramFiles::beside(&path);
    let source = files.text(path.to_str().unwrap()).unwrap();
    let mistakes = Configuration::read(&source, |name| files.text(name)).unwrap_err();
    assert!(mistakes[0].to_string().contains("example_Expression.xml:19:"), "{}", mistakes[0]);
}
