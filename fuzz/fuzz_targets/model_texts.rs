//! Text as what quadratic and joint models are read from: forms, yields, measured values, maps of correlations.
#![no_main]

use germane_models::Likelihood;
use germane_models::combination::{Correlations, Map};
use germane_models::quadratic::{QuadraticModel, Scaling, Terms};
use germane_models::workspace::Workspace;
use germane_texts::{Source, render};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

const SCALING: &str = r#"[{"channel": "ch", "process": "s", "parameters": ["a[0,-5,5]", "SM[1]"], "scaling": [[0.2, 0.05, 1]]}]"#;
const WORKSPACE: &str = r#"{"channels": [{"name": "SR", "samples": [{"name": "b", "data": [9], "modifiers": [
  {"name": "mu", "type": "normfactor", "data": null}, {"name": "jes", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}},
  {"name": "stat", "type": "staterror", "data": [1]}]}]}], "observations": [{"name": "SR", "data": [8]}],
  "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}], "version": "1.0.0"}"#;

fuzz_target!(|text: &str| {
    let source = Source::new("fuzz", text);
    if let Err(problems) = Scaling::read(&source, &Terms::default()) {
        render(&problems, false);
    }
    let scaling = Source::new("scaling.json", SCALING);
    match QuadraticModel::read(&scaling, std::slice::from_ref(&source), &Terms::default()) {
        Ok(model) => assert!(!model.nll(&vec![0.5; model.parameters().len()]).is_nan()),
        Err(problems) => drop(render(&problems, false)),
    }
    let Ok(map) = Map::read(&source) else { return };
    let workspace = Workspace::read(&Source::new("workspace.json", WORKSPACE)).expect("a workspace");
    let model: Arc<dyn Likelihood> = Arc::new(workspace.model(None).expect("a measurement"));
    let models = vec![model; map.models.len()];
    for which in [Correlations::Given, Correlations::Same, Correlations::Different] {
        match map.join(&models, which) {
            Ok(joint) => {
                let x: Vec<f64> = joint.parameters().iter().map(|parameter| parameter.start).collect();
                assert!(joint.nll(&x).is_finite());
            }
            Err(problems) => drop(render(&problems, false)),
        }
    }
});
