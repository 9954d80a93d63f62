//! Datacards whose channels are densities of HS3 documents.

use std::collections::BTreeMap;

use germane_models::datacard::{Card, CardOptions};
use germane_models::hs3::Compiled;
use germane_models::{Curvature, HistogramSource, Likelihood, SourceHistogram};
use germane_numerics::dense::Matrix;
use germane_texts::{Diagnostic, Source, render};
use proptest::prelude::*;

struct Files(BTreeMap<&'static str, String>);

impl HistogramSource for Files {
    fn histogram(&self, file: &str, _: &str) -> Result<SourceHistogram, Diagnostic> {
        Err(Diagnostic::new("file", format!("no file `{file}`")))
    }

    fn text(&self, file: &str) -> Result<Source, Diagnostic> {
        let text = self.0.get(file).ok_or_else(|| Diagnostic::new("file", format!("no file `{file}`")))?;
        Ok(Source::new(file, text.as_str()))
    }
}

/// A peak on an exponential with a flat part, and a channel of one count.
const CARD: &str = "shapes sig peak signal.json peak_$PROCESS\nshapes bkg peak data.json $PROCESS_$CHANNEL\n\
    shapes data_obs peak data.json events\nbin peak count\nobservation -1 6\nbin peak peak count count\n\
    process sig bkg sig other\nprocess 0 1 0 2\nrate 3 10 1 5.5\nlumi lnN 1.1 1.1 1.1 -\neff lnN 0.9/1.2 - - -\n\
    mass param 125 0.5\nbn rateParam peak bkg 1 [0,5]\n";

const SIGNAL: &str = r#"{"metadata": {"hs3_version": "0.2"},
 "distributions": [{"name": "peak_sig", "type": "gaussian_dist", "x": "m", "mean": "mass", "sigma": "width"}],
 "parameter_points": [{"name": "default_values", "parameters": [{"name": "mass", "value": 124}, {"name": "width", "value": 2}]}]}"#;

/// The flat part is a second summand of the mixture, whose coefficients sum to 2.
const DATA: &str = r#"{"metadata": {"hs3_version": "0.2"},
 "distributions": [{"name": "slope", "type": "exponential_dist", "x": "m", "c": "c"}, {"name": "flat", "type": "uniform_dist", "x": "m"},
  {"name": "bkg_peak", "type": "mixture_dist", "summands": ["slope", "flat"], "coefficients": ["twice", "rest"], "extended": true}],
 "functions": [{"name": "twice", "type": "generic_function", "expression": "2*f"},
  {"name": "rest", "type": "generic_function", "expression": "2-2*f"}],
 "data": [EVENTS],
 "parameter_points": [{"name": "default_values", "parameters": [{"name": "c", "value": 0.02}, {"name": "f", "value": 0.7}]}]}"#;

const EVENTS: &str = r#"{"name": "events", "type": "unbinned", "axes": [{"name": "m", "min": 100, "max": 180}],
 "entries": [[102.5], [109], [113.75], [121], [124.25], [125], [125.5], [126], [131], [140], [152], [171.5]]}"#;

const BINS: &str = r#"{"name": "events", "type": "binned", "axes": [{"name": "m", "edges": [100, 110, 120, 130, 180]}], "contents": [2, 1, 6, 5]}"#;

fn files(events: &str) -> Files {
    Files(BTreeMap::from([("signal.json", SIGNAL.to_owned()), ("data.json", DATA.replace("EVENTS", events))]))
}

fn read(card: &str, files: &Files) -> Result<Compiled, Vec<String>> {
    let card = Card::read(&Source::new("card.txt", card)).unwrap_or_else(|problems| panic!("{}", render(&problems, false)));
    let told = |problems: Vec<Diagnostic>| problems.iter().map(ToString::to_string).collect();
    card.compile(files, &CardOptions::default()).map_err(told)
}

fn point(model: &dyn Likelihood, values: &[(&str, f64)]) -> Vec<f64> {
    let value = |parameter: &germane_models::Parameter| values.iter().find(|(name, _)| *name == parameter.name);
    model.parameters().iter().map(|parameter| value(parameter).map_or(parameter.start, |(_, value)| *value)).collect()
}

#[test]
fn yields_of_the_card_scale_densities_of_documents() {
    let moved = [("r", 1.5), ("mass", 125.3), ("width", 2.2), ("c", 0.03), ("lumi", 0.4), ("bn", 1.2), ("eff", 0.3), ("f", 0.6)];
    // mpmath 1.3, 40 digits: ν - Σ ln Σ ν_k p_k(x), and bin by bin with integrals, by erf and exp.
    for (events, truth) in [(EVENTS, 1.225126560562654296178), (BINS, 0.5761583570753536452979)] {
        let compiled = read(CARD, &files(events)).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let model = compiled.likelihood();
        assert_eq!((model.parameters().len(), compiled.poi()), (8, Some(0)));
        let start = point(model, &[]);
        let rise = model.nll(&point(model, &moved)) - model.nll(&start);
        assert!((rise - truth).abs() < 1e-11, "{rise} {truth}");
    }
    let compiled = read(CARD, &files(EVENTS)).unwrap();
    let mass = compiled.likelihood().parameters().iter().find(|parameter| parameter.name == "mass").unwrap();
    // The line of the card is about the parameter of the document.
    assert_eq!((mass.start, mass.lower, mass.upper), (125.0, 123.0, 127.0));
    assert!(mass.constraint.is_some());
}

#[test]
fn a_norm_of_the_document_multiplies_the_yield() {
    let mut files = files(EVENTS);
    let with = files.0["signal.json"]
        .replace("{\"name\": \"width\"", "{\"name\": \"peak_sig_norm\", \"value\": 2}, {\"name\": \"width\"");
    let plain = read(CARD, &files).unwrap();
    files.0.insert("signal.json", with);
    let scaled = read(CARD, &files).unwrap();
    // Twice the norm is half of the rate.
    let other = read(&CARD.replace("rate 3", "rate 1.5"), &files).unwrap();
    let at = |compiled: &Compiled| compiled.likelihood().nll(&point(compiled.likelihood(), &[]));
    assert!((at(&other) - at(&plain)).abs() < 1e-12 && (at(&scaled) - at(&plain)).abs() > 0.01);
}

#[test]
fn an_index_chooses_between_densities() {
    let mixture = r#"{"name": "bkg_peak", "type": "mixture_dist", "summands": ["slope", "flat"], "coefficients": ["twice", "rest"], "extended": true}"#;
    let with = |distribution: &str| {
        let mut files = files(EVENTS);
        let text = files.0["data.json"].replace(mixture, distribution);
        assert_ne!(text, files.0["data.json"]);
        files.0.insert("data.json", text);
        files
    };
    let one_of = r#"{"name": "bkg_peak", "type": "one_of_dist", "index": "pdf", "distributions": ["slope", "flat"]}"#;
    let card = format!("{CARD}pdf discrete\n");
    let compiled = read(&card, &with(one_of)).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let model = compiled.likelihood();
    for (number, name, free) in [(0.0, "slope", 0.5), (1.0, "flat", 0.0)] {
        // The same density under its own name.
        let alone = format!(
            r#"{{"name": "bkg_peak", "type": "mixture_dist", "summands": ["{name}"], "coefficients": [1], "extended": true}}"#
        );
        let alone = read(CARD, &with(&alone)).unwrap();
        let truth = alone.likelihood().nll(&point(alone.likelihood(), &[])) + free;
        let ours = model.nll(&point(model, &[("pdf", number)]));
        assert!((ours - truth).abs() < 1e-12 * truth.abs(), "{name}: {ours} {truth}");
    }
    let missing = read(&format!("{CARD}pdg discrete\n"), &with(one_of)).unwrap_err();
    assert!(missing[0].contains("no density of the card is chosen by the index `pdg`; did you mean `pdf`?"), "{missing:?}");
    let bins = "bin b\nobservation 3\nbin b\nprocess s\nprocess 0\nrate 2\npdf discrete\n";
    assert!(read(bins, &files(EVENTS)).unwrap_err()[0].contains("`pdf` chooses between densities"));
}

#[test]
fn mistakes_have_places_in_the_card_or_in_the_document() {
    let changed = |from: &str, to: &str| {
        let text = CARD.replace(from, to);
        assert_ne!(text, CARD, "{from}");
        read(&text, &files(EVENTS)).unwrap_err()
    };
    for (from, to, wanted) in [
        (
            "data.json events",
            "data.json event",
            "card.txt:4:5: no data `event` of events or bins in data.json; did you mean `events`?",
        ),
        ("peak_$PROCESS", "peek_$PROCESS", "card.txt:7:9: no distribution `peek_sig` in signal.json; did you mean `peak_sig`?"),
        ("signal.json", "signals.json", "card.txt:1:1: no file `signals.json`"),
        ("rate 3 10", "rate 3 -1", "card.txt:7:13: the rate of peak/bkg is -1, but a density has no integral"),
        ("observation -1", "observation 14", "card.txt:4:5: the observation of channel `peak` is 14, its data have 12"),
        (
            "shapes sig peak signal.json peak_$PROCESS\n",
            "",
            "card.txt:6:9: the data of the channel of peak/sig are those of a density",
        ),
        ("bn rateParam", "tilt shape 1 - - -\nbn rateParam", "peak/sig has no histogram that `tilt` could move"),
        ("lumi lnN 1.1", "lumi shape 1", "peak/sig has no histogram that `lumi` could move"),
    ] {
        let found = changed(from, to);
        assert!(found.iter().any(|message| message.contains(wanted)), "{found:#?}");
    }
    let mut wrong = files(EVENTS);
    wrong.0.insert("signal.json", SIGNAL.replace("\"width\"}", "\"widht\"}"));
    let found = read(CARD, &wrong).unwrap_err();
    assert!(found[0].starts_with("signal.json:2:") && found[0].contains("did you mean `width`?"), "{found:#?}");
    wrong.0.insert("signal.json", SIGNAL.replace("\"x\": \"m\"", "\"x\": \"n\""));
    let found = read(CARD, &wrong).unwrap_err();
    assert!(found[0].starts_with("signal.json:2:") && found[0].contains("the data have no axis `n`"), "{found:#?}");
    // A flat parameter may be the document's, and statistics of templates are nothing here.
    let card = Card::read(&Source::new("card.txt", format!("{CARD}c flatParam\n* autoMCStats 0\n"))).unwrap();
    assert!(card.warnings.is_empty());
    assert_eq!(card.compile(&files(EVENTS), &CardOptions::default()).unwrap().likelihood().parameters().len(), 8);
    // Where bins are needed.
    let card = Card::read(&Source::new("card.txt", CARD)).unwrap();
    let problems = card.model(&files(EVENTS), &CardOptions::default()).unwrap_err();
    assert!(problems[0].message.contains("channel `peak` has densities, where bins are needed"));
    let text = CARD.replace("data.json events", "data.root w:events");
    let problems = Card::read(&Source::new("card.txt", text)).unwrap_err();
    assert!(problems[0].to_string().contains("RooJSONFactoryWSTool"), "{}", problems[0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_a_card_makes_the_compiler_panic(at in 0usize..460, length in 0usize..12, with in "[ \n0-9a-z.,*()\\[\\]@/+-]{0,6}") {
        let start = at.min(CARD.len());
        let end = (start + length).min(CARD.len());
        let text = format!("{}{with}{}", &CARD[..start], &CARD[end..]);
        let source = Source::new("card.txt", text.clone());
        let problems = match Card::read(&source) {
            Ok(card) => card.compile(&files(EVENTS), &CardOptions::default()).err(),
            Err(problems) => Some(problems),
        };
        for problem in problems.into_iter().flatten() {
            render(&[problem], false);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn derivatives_are_those_of_the_value(
        r in 0.1f64..3.0, mass in 123.5f64..126.5, width in 1.0f64..4.0, c in 0.005f64..0.05, lumi in -1.4f64..1.4,
        eff in -1.4f64..1.4, bn in 0.3f64..2.0, f in 0.1f64..0.9, binned in any::<bool>(),
    ) {
        // Where the polynomial joins the power, differences do not see the third derivative.
        prop_assume!((eff.abs() - 0.5).abs() > 0.01);
        let compiled = read(CARD, &files(if binned { BINS } else { EVENTS })).unwrap();
        let model = compiled.likelihood();
        let x = point(model, &[
            ("r", r), ("mass", mass), ("width", width), ("c", c), ("lumi", lumi), ("eff", eff), ("bn", bn), ("f", f),
        ]);
        let at = |x: &[f64]| {
            let (mut gradient, mut hessian) = (vec![0.0; x.len()], Matrix::zeros(x.len(), x.len()));
            let value = model.evaluate(x, Curvature::Exact, &mut gradient, &mut hessian);
            (value, gradient, hessian)
        };
        let (value, gradient, hessian) = at(&x);
        for i in 0..x.len() {
            let step = 1e-4 * x[i].abs().max(0.01);
            let sides = [-2.0, -1.0, 1.0, 2.0].map(|factor| {
                let mut y = x.clone();
                y[i] += factor * step;
                at(&y)
            });
            let weights = [1.0, -8.0, 8.0, -1.0].map(|weight| weight / (12.0 * step));
            let slope: f64 = sides.iter().zip(weights).map(|(side, weight)| weight * side.0).sum();
            // Rounding of the value over the step.
            prop_assert!((slope - gradient[i]).abs() < 1e-12 * value.abs().max(1.0) / step + 1e-7 * gradient[i].abs(), "{i}: {slope} {}", gradient[i]);
            for j in 0..x.len() {
                let slope: f64 = sides.iter().zip(weights).map(|(side, weight)| weight * side.1[j]).sum();
                let scale = (hessian[(i, i)].abs() * hessian[(j, j)].abs()).sqrt().max(10.0);
                prop_assert!((slope - hessian[(i, j)]).abs() < 1e-6 * scale, "{i} {j}: {slope} {}", hessian[(i, j)]);
            }
        }
    }
}
