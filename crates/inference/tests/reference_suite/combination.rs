//! Joint models against combination.json of ../shared; says "not run" where it is absent.

use std::sync::Arc;

use crate::suite::{Tally, names, number, numbers, reference, relative, shared};
use germane_inference::{Options, minimise, scan};
use germane_models::Likelihood;
use germane_models::combination::{AnyExperiment, Combination, Correlations, Map};
use germane_models::workspace::Workspace;
use germane_texts::Source;

fn models(map: &Map) -> Vec<Arc<dyn AnyExperiment>> {
    let read = |path: &str| {
        let text = shared(&format!("data/statistics/combination/{path}")).unwrap();
        Workspace::read(&Source::new(path, text)).unwrap().model(None).unwrap()
    };
    map.models.iter().map(|(_, path)| Arc::new(read(path)) as Arc<dyn AnyExperiment>).collect()
}

fn joint(text: &str, which: Correlations) -> Combination {
    let map = Map::read(&Source::new("map.yaml", text)).unwrap();
    map.join(&models(&map), which).unwrap()
}

#[test]
fn joint_models_are_those_of_the_maps() {
    let file = "statistics/combination.json";
    let Some(truth) = reference(file) else { return };
    let mut tally = Tally::new(file);
    for (name, truth) in truth.as_object().unwrap() {
        let Some(text) = shared(&format!("data/statistics/combination/map_{name}.yaml")) else { return };
        let model = joint(&text, Correlations::Given);
        let order = names(&truth["parameters"]);
        let place = |wanted: &&str| model.index(wanted).unwrap_or_else(|| panic!("{name}: no parameter {wanted}"));
        let places: Vec<usize> = order.iter().map(place).collect();
        let what = |text: &str| format!("{name}: {text}");
        tally.check(what("number of parameters"), places.len() == model.parameters().len());
        let start: Vec<f64> = model.parameters().iter().map(|parameter| parameter.start).collect();
        tally.close(what("nll at the start"), relative(model.nll(&start), number(&truth["nll_init"]), 1e-11));
        let mut x = start.clone();
        for (place, value) in places.iter().zip(numbers(&truth["probe"])) {
            x[*place] = value;
        }
        tally.close(what("nll at the probe"), relative(model.nll(&x), number(&truth["nll_probe"]), 1e-11));
        let gradients = numbers(&truth["gradient_probe"]);
        let scale = gradients.iter().fold(0.0f64, |most, slope| most.max(slope.abs()));
        let (mut slopes, mut alone) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        let mut hessian = germane_numerics::dense::Matrix::zeros(x.len(), x.len());
        model.evaluate(&x, germane_models::Curvature::Exact, &mut slopes, &mut hessian);
        model.gradient(&x, &mut alone);
        for (place, slope) in places.iter().zip(&gradients) {
            tally.close(what("gradient"), (slopes[*place] - slope).abs() / (1e-10 * scale));
            tally.close(what("gradient alone"), (alone[*place] - slope).abs() / (1e-10 * scale));
        }
        let fit = minimise(&model, &Options::default());
        tally.check(what(&fit.reason), fit.is_valid());
        tally.close(what("nll of the fit"), relative(fit.nll, number(&truth["nll"]), 1e-11));
        let errors = numbers(&truth["errors"]);
        for (i, (place, value)) in places.iter().zip(numbers(&truth["fit"])).enumerate() {
            let ours = &fit.parameters[*place];
            tally.close(what(order[i]), (ours.value - value).abs() / (1e-6 * errors[i]));
            tally.close(what(&format!("error of {}", order[i])), relative(ours.error.unwrap(), errors[i], 1e-6));
        }
        for (value, rise) in truth["two_delta_nll_mu"].as_object().unwrap() {
            let at: f64 = value.parse().unwrap();
            let found = scan(&model, model.index("mu").unwrap(), &[at], 1, &Options::default()).unwrap();
            let ours = found.rises[0].unwrap();
            let above = ours - number(rise);
            // The truth's Newton without a trust region ends above the minimum in one case (mu = 0 of `different`); a value that
            // the likelihood has is proof enough that the minimum is not higher.
            let error = if above < -1e-3 { 0.0 } else { above.abs() / 1e-8 };
            tally.close(what(&format!("scan at {value}: {ours} {rise}")), error);
        }
    }
    // Other correlations of one map are those of other maps.
    if let Some(text) = shared("data/statistics/combination/map_partial_-0.3.yaml") {
        for (which, key) in [(Correlations::Same, "same"), (Correlations::Different, "different")] {
            let fit = minimise(&joint(&text, which), &Options::default());
            tally.close(format!("partial made {key}"), relative(fit.nll, number(&truth[key]["nll"]), 1e-11));
        }
    }
    tally.finish();
}
