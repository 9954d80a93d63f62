//! Maps of combinations: what is refused, and what holds for any map.

use std::sync::Arc;

use germane_models::combination::{AnyExperiment, Correlations, Map, Tie};
use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Setting, Workspace};
use germane_models::{Curvature, Experiment, Likelihood, Model};
use germane_numerics::dense::Matrix;
use germane_texts::Source;
use proptest::prelude::*;

/// A channel with a free strength, two systematics and per-bin errors that have the same name everywhere.
fn workspace(name: &str, scale: f64) -> Workspace {
    let signal = Sample::new("signal", vec![4.0 * scale, 9.0 * scale]).with(Modifier::norm_factor("mu"));
    let background = Sample::new("background", vec![50.0 * scale, 40.0 * scale])
        .with(Modifier::norm_sys("jes", 1.1, 0.93))
        .with(Modifier::norm_sys("jer", 1.02, 0.97))
        .with(Modifier::lumi())
        .with(Modifier::stat_error("stat", vec![3.0, 2.0]));
    Workspace::new()
        .channel(Channel::new(name).sample(signal).sample(background), vec![55.0 * scale, 47.0 * scale])
        .measurement(Measurement::new("m", Some("mu")).set(Setting::luminosity(1.0, 0.01 * scale)))
}

fn experiment(name: &str, scale: f64) -> Model {
    workspace(name, scale).model(None).unwrap()
}

fn joined(correlations: &str) -> Result<germane_models::combination::Combination, Vec<String>> {
    let text = format!("germane: 1\nmodels: {{A: a.json, B: b.json}}\n{correlations}\n");
    let messages = |problems: Vec<germane_texts::Diagnostic>| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    let map = Map::read(&Source::new("map.yaml", text)).map_err(messages)?;
    let models: Vec<Arc<dyn AnyExperiment>> = vec![Arc::new(experiment("a", 1.0)), Arc::new(experiment("b", 2.0))];
    map.join(&models, Correlations::Given).map_err(messages)
}

fn mistake(correlations: &str) -> String {
    joined(correlations).unwrap_err().join("\n")
}

#[test]
fn equal_names_need_a_rule() {
    let message = mistake("correlations: {same: [mu], different: [lumi]}");
    assert!(message.contains("`jer`, `jes`, `stat`, and no rule") && message.contains("default: same"), "{message}");
    let joint = joined("correlations: {same: [mu], default: different}").unwrap();
    assert!(joint.index("jes@B").is_some() && joint.index("stat[1]@B").is_some());
    // A name that is declared different in all models but one is different there, too.
    assert!(joined("correlations: {same: [mu], different: [lumi, A.jes, jer, stat]}").is_ok());
}

#[test]
fn ties_that_cannot_be_are_refused_with_their_place() {
    let message = mistake("correlations: {same: [mu, lumi], default: different}");
    assert!(message.starts_with("map.yaml:3:27: B.lumi cannot be lumi: it has a normal constraint 1 ± 0.02"), "{message}");
    let message = mistake("correlations: {same: [[A.jes, B.jez]], default: different}");
    assert!(message.contains("model B has no parameter `jez`") && message.contains("did you mean `jer`?"), "{message}");
    let message = mistake("correlations: {partial: [{pair: [A.mu, B.mu], rho: 0.2}], default: different}");
    assert!(message.contains("mu has no normal constraint"), "{message}");
    let message =
        mistake("correlations: {same: [[A.jes, B.jes]], partial: [{pair: [A.jes, B.jes], rho: -1}], default: different}");
    assert!(message.contains("tied with both signs"), "{message}");
    let message = mistake("correlations: {partial: [{pair: [A.jes, B.jes], rho: 1.5}], default: different}");
    assert!(message.contains("rho is 1.5"), "{message}");
    let message = mistake(
        "correlations: {partial: [{group: [A.jes, B.jes, B.jer], matrix: [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]}], \
         default: different}",
    );
    assert!(message.contains("leave no variance to"), "{message}");
    let message = mistake("correlations: {partial: [{group: [A.jes, B.jes], matrix: [[1, 0.9], [0.8, 1]]}], default: different}");
    assert!(message.contains("no correlation of 2 parameters"), "{message}");
}

#[test]
fn what_is_shared_is_told() {
    let joint = joined(
        "rename: {B.jer: resolution}\ncorrelations: {same: [mu], partial: [{pair: [A.jes, B.jes], rho: 0.5}, \
         {pair: [A.jer, B.resolution], rho: -1}], different: [lumi, stat]}",
    )
    .unwrap();
    let shared = joint.shared();
    assert_eq!(shared.iter().map(|one| one.tie).collect::<Vec<_>>(), [Tie::Same, Tie::Opposite, Tie::Partial]);
    assert_eq!(shared[0].members, ["A.mu", "B.mu"]);
    assert_eq!(shared[1].members, ["A.jer", "−B.resolution"]);
    assert_eq!(
        (shared[2].parameters.as_slice(), shared[2].correlation[0][1]),
        (&["jes".to_owned(), "jes@B".to_owned()][..], 0.5)
    );
}

#[test]
fn a_saturated_joint_model_is_the_best_value_of_its_terms() {
    let joint =
        joined("correlations: {same: [mu, jer], partial: [{pair: [A.jes, B.jes], rho: 0.5}], default: different}").unwrap();
    let (one, other) = (experiment("a", 1.0), experiment("b", 2.0));
    let alone = one.saturated().unwrap().nll + other.saturated().unwrap().nll;
    // One standard normal constraint less, and ln det of the correlation.
    let truth = alone - 0.918_938_533_204_672_8 + 0.5 * germane_numerics::maths::ln(0.75);
    assert!((joint.saturated().unwrap().nll - truth).abs() < 1e-13);
    assert_eq!(joint.saturated().unwrap().bins, 4);
}

/// The joint workspace of a map.
fn merged(correlations: &str) -> Result<(germane_models::combination::Combination, Workspace), String> {
    let parts = [workspace("a", 1.0), workspace("b", 2.0)];
    let joint = joined(correlations).unwrap();
    joint.workspace(&parts).map(|workspace| (joint, workspace))
}

#[test]
fn a_joint_workspace_is_the_joint_likelihood() {
    // Equal experiments, so that they may share their luminosity.
    let parts = [workspace("a", 1.0), workspace("b", 1.0)];
    let text = "germane: 1\nmodels: {A: a.json, B: b.json}\ncorrelations: {same: [mu, jer, lumi], different: [jes, stat]}\n";
    let map = Map::read(&Source::new("map.yaml", text)).unwrap();
    let models: Vec<Arc<dyn AnyExperiment>> = parts.iter().map(|part| Arc::new(part.model(None).unwrap()) as _).collect();
    let joint = map.join(&models, Correlations::Given).unwrap();
    let workspace = joint.workspace(&parts).unwrap();
    let model = workspace.model(None).unwrap();
    assert_eq!(model.parameters().len(), joint.parameters().len());
    assert_eq!(model.poi(), model.index("mu"));
    assert!(model.index("stat@B[1]").is_some() && model.index("jes@B").is_some());
    // What is written is read as the same.
    let again = Workspace::read(&Source::new("joint.json", workspace.to_json().to_string())).unwrap().model(None).unwrap();
    assert_eq!(again.nll(&again.start()).to_bits(), model.nll(&model.start()).to_bits());
}

#[test]
fn what_a_workspace_cannot_say_is_told() {
    for (correlations, wanted) in [
        ("correlations: {same: [mu], default: different}", "one `lumi`, that of model B"),
        (
            "correlations: {partial: [{pair: [A.jes, B.jes], rho: 0.5}], default: different}",
            "no partially correlated constraints (jes",
        ),
        ("correlations: {partial: [{pair: [A.jes, B.jes], rho: -1}], default: different}", "of opposite sign (jes)"),
    ] {
        let message = merged(correlations).unwrap_err();
        assert!(message.contains(wanted), "{message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn derivatives_are_those_of_the_value(moves in prop::collection::vec(-0.3f64..0.3, 12), rho in -0.95f64..0.95) {
        let joint = joined(&format!(
            "correlations: {{same: [mu], partial: [{{pair: [A.jes, B.jes], rho: {rho}}}, {{pair: [A.jer, B.jer], rho: -1}}], \
             default: different}}"
        )).unwrap();
        let size = joint.parameters().len();
        let x: Vec<f64> = joint.parameters().iter().zip(moves.iter().cycle()).map(|(p, step)| p.start + step).collect();
        let (mut gradient, mut hessian) = (vec![0.0; size], Matrix::zeros(size, size));
        let value = joint.evaluate(&x, Curvature::Exact, &mut gradient, &mut hessian);
        prop_assert!((value - joint.nll(&x)).abs() < 1e-12 * value.abs());
        for i in 0..size {
            let step = 1e-4;
            let at = |sign: f64| {
                let mut moved = x.clone();
                moved[i] += sign * step;
                let mut slopes = vec![0.0; size];
                (joint.gradient(&moved, &mut slopes), slopes)
            };
            let (above, below) = (at(1.0), at(-1.0));
            // Third derivatives of these sums are below 1e5.
            prop_assert!(((above.0 - below.0) / (2.0 * step) - gradient[i]).abs() < 1e-3 * (1.0 + gradient[i].abs()));
            for j in 0..size {
                let curve = (above.1[j] - below.1[j]) / (2.0 * step);
                prop_assert!((curve - hessian[(i, j)]).abs() < 1e-3 * (1.0 + hessian[(i, j)].abs()), "{i} {j} {curve} {}", hessian[(i, j)]);
            }
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\[\\]{}\":,\n0-9A-Ca-z .-]{0,120}") {
        let _ = Map::read(&Source::new("map.yaml", text.clone()));
        let _ = joined(&text);
        let _ = joined(&format!("correlations: {{{text}}}"));
    }
}

/// The joint model of a map of correlations, as an experiment.
fn joint(correlations: &str) -> germane_models::combination::Combination {
    joined(correlations).unwrap()
}

#[test]
fn asimov_data_of_a_joint_model_are_best_where_they_were_made() {
    let joint = joint("correlations: {same: [mu, jes], partial: [{pair: [A.jer, B.jer], rho: 0.6}], default: different}");
    let x: Vec<f64> = joint
        .parameters()
        .iter()
        .enumerate()
        .map(|(k, p)| p.start + if p.fixed { 0.0 } else { 0.03 * (k as f64 - 3.0) })
        .collect();
    let asimov = joint.expecting(&x).unwrap();
    let mut slopes = vec![0.0; x.len()];
    asimov.gradient(&x, &mut slopes);
    for (parameter, slope) in asimov.parameters().iter().zip(&slopes) {
        assert!(parameter.fixed || slope.abs() < 1e-9, "{} {slope}", parameter.name);
    }
}

#[test]
fn auxiliary_data_of_toys_are_shared_and_correlated_as_the_map_says() {
    let joint =
        joint("correlations: {same: [mu, [A.jes, B.jes]], partial: [{pair: [A.jer, B.jer], rho: 0.6}], default: different}");
    let x: Vec<f64> = joint.parameters().iter().map(|p| p.start).collect();
    let toys = joint.toys(&x, 3, 0).unwrap();
    let index = |name: &str| joint.index(name).unwrap();
    let places = [index("jes"), index("jer"), index("jer@B")];
    let mut model = joint.clone();
    let (count, mut sums, mut products) = (4000, [0.0; 3], [0.0; 3]);
    for number in 0..count {
        model.take(&toys, number).unwrap();
        let [jes, first, second] = places.map(|place| model.parameters()[place].constraint.unwrap().datum());
        sums.iter_mut().zip([jes, first, second]).for_each(|(sum, datum)| *sum += datum);
        products.iter_mut().zip([jes * jes, first * second, jes * first]).for_each(|(sum, product)| *sum += product);
    }
    let n = count as f64;
    for sum in sums {
        assert!((sum / n).abs() < 4.5 / n.sqrt(), "{sums:?}");
    }
    // Variance 1, correlation 0.6 and none.
    for (product, wanted) in products.iter().zip([1.0, 0.6, 0.0]) {
        assert!((product / n - wanted).abs() < 4.5 * (2.0 / n).sqrt(), "{products:?}");
    }
    let (mut again, mut other) = (joint.clone(), joint.clone());
    again.take(&toys, 5).unwrap();
    other.take(&joint.toys(&x, 3, 0).unwrap(), 5).unwrap();
    assert_eq!(again.nll(&x), other.nll(&x));
}
