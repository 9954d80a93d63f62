//! Datacards whose bins scale with quadratic forms: combine's `interferenceModel`.

mod cards;

use cards::{Memory, check_derivatives};
use germane_models::datacard::{Card, CardOptions, Physics};
use germane_models::{Likelihood, Model};
use germane_texts::{Diagnostic, Source, render};
use proptest::prelude::*;

const CARD: &str = "shapes * * h.root $CHANNEL/$PROCESS $CHANNEL/$PROCESS_$SYSTEMATIC\nbin a b\nobservation -1 -1\nbin a a b b\n\
    process S B S B\nprocess 0 1 0 1\nrate -1 -1 -1 -1\ntilt shape 1 1 1 1\nlumi lnN 1.02 1.02 1.02 1.02\nbg lnN - 1.3 - 1.3\n";

/// Amplitudes kv kl, kv² and 1 in the first channel, kv and 1 in the second.
const SCALING: &str = r#"[
 {"channel": "a", "process": "S", "parameters": ["expr::box('@0*@1', kv[1,-3,3], kl[1,-20,20])", "prod::tri(kv,kv)", "SM[1]"],
  "scaling": [[0.5, 0.1, 0.3, 0.2, -0.1, 1], [0.25, -0.2, 0.6, 0.3, 0.2, 1], [1.5, 0.4, 0.7, -0.5, 0.3, 1]]},
 {"channel": "b", "process": "S", "parameters": ["kv[1,-3,3]", "SM"], "scaling": [[0.2, -0.1, 0.9], [0.4, 0.3, 0.6]]}]"#;

fn histograms() -> Memory {
    Memory::default()
        .with("h.root:a/data_obs", &[63.0, 70.0, 33.0], &[0.0; 3])
        .with("h.root:a/S", &[10.0, 20.0, 5.0], &[1.0, 2.0, 1.0])
        .with("h.root:a/S_tiltUp", &[11.0, 21.0, 6.0], &[0.0; 3])
        .with("h.root:a/S_tiltDown", &[9.5, 18.0, 4.5], &[0.0; 3])
        .with("h.root:a/B", &[50.0, 40.0, 30.0], &[3.0, 2.0, 4.0])
        .with("h.root:a/B_tiltUp", &[52.0, 41.0, 29.0], &[0.0; 3])
        .with("h.root:a/B_tiltDown", &[48.0, 39.5, 31.0], &[0.0; 3])
        .with("h.root:b/data_obs", &[45.0, 24.0], &[0.0; 2])
        .with("h.root:b/S", &[8.0, 4.0], &[2.0, 1.0])
        .with("h.root:b/S_tiltUp", &[9.0, 4.5], &[0.0; 2])
        .with("h.root:b/S_tiltDown", &[7.0, 3.75], &[0.0; 2])
        .with("h.root:b/B", &[30.0, 25.0], &[1.0, 2.0])
        .with("h.root:b/B_tiltUp", &[31.0, 26.0], &[0.0; 2])
        .with("h.root:b/B_tiltDown", &[28.0, 24.0], &[0.0; 2])
}

fn read(card: &str, scaling: &str, options: &str) -> Result<Model, String> {
    let told = |problems: Vec<Diagnostic>| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let text = format!("HiggsAnalysis.CombinedLimit.InterferenceModels:interferenceModel --PO verbose {options}");
    let physics = Physics::read(&text, |file| Ok(Source::new(file, scaling))).map_err(told)?;
    let card = Card::read(&Source::new("card.txt", card)).unwrap_or_else(|problems| panic!("{}", render(&problems, false)));
    card.model(&histograms(), &CardOptions::default().physics(physics)).map_err(told)
}

fn model(lines: &str) -> Model {
    let card = format!("{CARD}{lines}\n");
    read(&card, SCALING, "--PO=scalingData=scaling.json").unwrap_or_else(|message| panic!("{message}"))
}

fn point(model: &Model, values: &[(&str, f64)]) -> Vec<f64> {
    let mut x = model.start();
    for (name, value) in values {
        x[model.index(name).unwrap_or_else(|| panic!("no parameter {name}"))] = *value;
    }
    x
}

#[test]
fn bins_scale_with_their_forms_and_nuisances_act_as_before() {
    let model = model("* autoMCStats 0");
    let names: Vec<&str> = model.parameters().iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names[..5], ["kv", "kl", "tilt", "lumi", "bg"]);
    assert_eq!((names.len(), model.poi()), (10, Some(0)));
    assert_eq!((model.parameters()[1].lower, model.parameters()[1].upper), (-20.0, 20.0));
    let bins = [("a", [0.1, -0.2, 0.3].as_slice()), ("b", &[0.4, -0.6])];
    let mut x = point(&model, &[("kv", 1.2), ("kl", 0.7), ("tilt", 0.4), ("lumi", -0.5), ("bg", 0.3)]);
    for (channel, shifts) in bins {
        for (bin, shift) in shifts.iter().enumerate() {
            x[model.index(&format!("prop_bin{channel}_bin{bin}")).unwrap()] = *shift;
        }
    }
    // mpmath 1.3, 40 digits: the formulas of combine's CMSHistFunc, CMSInterferenceFunc and CMSHistErrorPropagator written out.
    let truth =
        [77.961972798286621538, 104.19145509948826138, 56.266651953160206896, 41.418113826192755239, 33.586276482776951566];
    for (ours, truth) in model.expected(&x).iter().zip(truth) {
        assert!((ours / truth - 1.0).abs() < 1e-14, "{ours} {truth}");
    }
    let start = model.start();
    for (ours, truth) in model.expected(&start).iter().zip([72.0, 89.0, 48.0, 37.2, 31.4]) {
        assert!((ours / truth - 1.0f64).abs() < 1e-14, "{ours} {truth}");
    }
    let rise = model.nll(&x) - model.nll(&start);
    assert!((rise - 8.6683433708466471549).abs() < 1e-12, "{rise}");
}

#[test]
fn parameters_of_interest_may_be_named() {
    let options = "--PO scalingData=scaling.json --PO POIs=kl[1,-20,20]:mu[1,0,2]";
    let model = read(CARD, SCALING, options).unwrap();
    let names: Vec<&str> = model.parameters().iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names, ["kl", "mu", "kv", "tilt", "lumi", "bg"]);
    let problem = read(CARD, SCALING, "scalingData=s POIs=kl[1,0,2]").unwrap_err();
    assert!(problem.contains("`kl` is [1,0,2] among the POIs and otherwise in the forms"), "{problem}");
}

#[test]
fn mistakes_of_the_forms_have_their_places() {
    for (from, to, wanted) in [
        ("\"channel\": \"b\"", "\"channel\": \"bb\"", "scaling.json:4:2: the card has no channel `bb`"),
        (
            "\"b\", \"process\": \"S\"",
            "\"b\", \"process\": \"SS\"",
            "scaling.json:4:2: channel `b` of the card has no process `SS`; did you mean `S`?",
        ),
        (", [0.4, 0.3, 0.6]]", "]", "scaling.json:4:2: 1 bins of b/S, whose channel has 2"),
        (
            "[0.4, 0.3, 0.6]",
            "[0.4, 0.3]",
            "scaling.json:4:101: a bin of 2 parameters has 3 numbers (a lower triangle), here are 2 of 2",
        ),
        ("\"SM\"]", "\"MS\"]", "no parameter `MS` before this"),
        ("tri(kv,kv)", "tri(kv,kx)", "no parameter `kx` before this; did you mean"),
        ("\"kv[1,-3,3]\", \"SM\"", "\"kv[1,-3,4]\", \"SM\"", "`kv` was [1,-3,3] before"),
        ("'@0*@1'", "'@0*@2'", "`@2` is none of the 2 arguments"),
        ("prod::tri(kv,kv)", "pow::tri(kv,kv)", "`pow::` is none of expr, prod, sum"),
    ] {
        let changed = SCALING.replace(from, to);
        assert_ne!(changed, SCALING, "{from}");
        let problem = read(CARD, &changed, "scalingData=scaling.json").unwrap_err();
        assert!(problem.contains(wanted), "{problem}");
    }
    for (options, wanted) in [
        ("", "interferenceModel has no file of its forms"),
        ("scalingdata=x", "interferenceModel has no option `scalingdata=x`"),
        ("scalingData=x.pkl.gz", "pickled forms are not read"),
        ("scalingData=x POIs=kl", "`kl` has no range"),
    ] {
        let problem = read(CARD, SCALING, options).unwrap_err();
        assert!(problem.contains(wanted), "{problem}");
    }
    let problem = read(&CARD.replace("tilt shape ", "tilt shapeN "), SCALING, "scalingData=scaling.json").unwrap_err();
    assert!(problem.contains("a/S scales with quadratic forms, and its nuisances are of type shapeN"), "{problem}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn derivatives_are_those_of_the_value(
        shifts in prop::collection::vec(-1.4f64..1.4, 16), kv in -2.0f64..2.0, kl in -3.0f64..3.0,
        threshold in prop::sample::select(vec![-1.0, 0.0, 20.0, 60.0, 1e6]),
    ) {
        // kl also moves a normalisation, so that one parameter does both.
        let model = model(&format!("g gmM 0.2 - - 0.2\nmix rateParam a S exp(0.1*@0) kl\n* autoMCStats {threshold} 1"));
        let mut x = model.start();
        for ((value, parameter), shift) in x.iter_mut().zip(model.parameters()).zip(shifts) {
            // Near a joint of the interpolation differences of fourth order do not see the derivatives.
            let shift = if [0.0, 0.5, 1.0].iter().any(|joint| (shift.abs() - joint).abs() < 0.01) { 0.3 } else { shift };
            *value = if parameter.start == 0.0 { shift } else { parameter.start * (1.0 + 0.15 * shift + 0.01) };
        }
        (x[0], x[1]) = (kv, kl);
        prop_assume!(model.expected(&x).iter().all(|mean| *mean > 0.5));
        check_derivatives(&model, &x);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_the_forms_makes_the_reader_panic(
        at in 0usize..520, length in 0usize..12, with in "[ 0-9a-z.,:@*'()\\[\\]{}\"+-]{0,6}",
    ) {
        let start = at.min(SCALING.len());
        let end = (start + length).min(SCALING.len());
        let text = format!("{}{with}{}", &SCALING[..start], &SCALING[end..]);
        if let Err(problems) = read(CARD, &text, "scalingData=scaling.json") {
            prop_assert!(!problems.is_empty());
        }
    }
}

/// Where a form is 0 its curvature is not, and where it is negative the process has nothing.
#[test]
fn forms_may_vanish() {
    let text = r#"[{"channel": "b", "process": "S", "parameters": ["c[0,-5,5]"], "scaling": [[1], [-1]]}]"#;
    let card = CARD.replace("tilt shape 1 1 1 1\n", "");
    let model = read(&card, text, "scalingData=scaling.json").unwrap();
    let x = point(&model, &[("c", 2.0)]);
    let b = &model.expected(&x)[3..];
    assert!((b[0] - 62.0).abs() < 1e-12 && (b[1] - 25.0).abs() < 1e-7, "{b:?}");
    let mut gradient = vec![0.0; x.len()];
    let mut hessian = germane_numerics::dense::Matrix::zeros(x.len(), x.len());
    model.evaluate(&model.start(), germane_models::Curvature::Exact, &mut gradient, &mut hessian);
    // 2 (1 - n/ν) y of both bins: 2 (1 - 45/30) 8 - 2 (1 - 24/25) 4.
    assert!((hessian[(0, 0)] - (-8.0 - 0.32)).abs() < 1e-6, "{}", hessian[(0, 0)]);
}
