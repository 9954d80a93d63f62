//! Discrete profiling: two channels with three functions for the background of each.
//!
//! The document and the numbers are made by `discrete/peer.py`: densities by SciPy's quadrature, minima by iminuit 2.33 with a
//! tolerance of 1e-6. What is found over all functions is compared with each function fitted by itself.

use std::sync::Arc;

use germane_inference::hypothesis::{Tests, upper_limit, without_signal};
use germane_inference::minuit::{Settings, minuit};
use germane_inference::toys::ToyTests;
use germane_inference::{Minos, Options, State, hypothesis, minima, minimise, scan, segments, table};
use germane_models::density::{
    Argument, ChoiceSpec, ComponentSpec, DensityChannel, DensityModel, DensitySpec, Observations, ShapeSpec,
};
use germane_models::histfactory_xml::Convention;
use germane_models::hs3::{Compiled, Document, Model};
use germane_models::{Experiment, Likelihood, Parameter};
use germane_numerics::{Inline, maths};
use germane_texts::Source;

/// -ln L and mu of each combination, the last channel running fastest.
const MINIMA: [(f64, f64); 9] = [
    (1825.4424388647744, 1.0172573391133723),
    (1825.7821855657621, 1.0121020885038792),
    (1830.5175368345308, 1.0616645300480267),
    (1826.885057344863, 1.0849991361269893),
    (1827.228669495937, 1.0801709288787429),
    (1831.927265064839, 1.127117568118911),
    (1825.561358155092, 0.9036290278102379),
    (1825.893939630595, 0.8978019321905629),
    (1830.6961847437522, 0.9526707840661767),
];

/// -ln L of the lowest function at some mu, with its name; between 0.5 and 1.5 another one is chosen.
const ENVELOPE: [(f64, f64, &str); 4] = [
    (0.0, 1831.9945460260387, "bern_A"),
    (0.5, 1826.6235128715116, "bern_A"),
    (1.5, 1826.6172865058059, "exp_A"),
    (2.5, 1834.4012952836088, "exp_A"),
];

/// The same of the single functions of channel A at mu = 1.5, with `exp_B`.
const AT_ONE_AND_A_HALF: [f64; 3] = [1826.6172865058059, 1827.7627008272862, 1827.3146044983203];

/// iminuit ends within its tolerance, SciPy's integrals within 1e-9: both together are far below this.
const PEER: f64 = 2e-6;

fn model() -> Model {
    let text = include_str!("discrete/document.json");
    let document = Document::read(&Source::new("document.json", text)).unwrap();
    match document.compile(None, Convention::Exact).unwrap() {
        Compiled::General(model) => *model,
        Compiled::Binned(_) => panic!("a model of densities"),
    }
}

/// The model with both indices held.
fn with(numbers: [usize; 2]) -> Model {
    model().fix("pdf_A", numbers[0] as f64).unwrap().fix("pdf_B", numbers[1] as f64).unwrap()
}

/// The numbers of all combinations.
fn combinations() -> impl Iterator<Item = [usize; 2]> {
    (0..9).map(|number| [number / 3, number % 3])
}

#[test]
fn a_fit_finds_the_lowest_of_all_functions_and_lists_them() {
    let fit = minimise(&model(), &Options::default());
    assert_eq!((fit.state, fit.reason.as_str()), (State::Valid, ""));
    let chosen = fit.chosen.as_ref().unwrap();
    assert_eq!(chosen.choices, ["pdf_A", "pdf_B"]);
    assert_eq!(chosen.functions, ["exp_A", "exp_B"]);
    assert_eq!((fit.parameter("pdf_A").unwrap().value, fit.parameter("pdf_A").unwrap().fixed), (0.0, true));
    for ((numbers, found), (nll, mu)) in combinations().zip(&chosen.combinations).zip(MINIMA) {
        let alone = minimise(&with(numbers), &Options::default());
        assert!(alone.is_valid() && found.minimum);
        assert!((alone.nll - nll).abs() < PEER, "{:?}: {} {nll}", found.functions, alone.nll);
        assert!((found.nll - alone.nll).abs() < 1e-9, "{:?}: {} {}", found.functions, found.nll, alone.nll);
        assert!((found.rise - (alone.nll - fit.nll)).abs() < 1e-9);
        // Both minimisers stop where -ln L is 1e-6 above its minimum, at most 1.4e-3 of an error of about 0.3.
        assert!((alone.parameter("mu").unwrap().value - mu).abs() < 5e-4, "{:?}", found.functions);
        let parameters = [1, 1, 2][numbers[0]] + [1, 1, 0][numbers[1]];
        assert_eq!(found.correction, 0.5 * f64::from(parameters));
    }
    // Parameters of other functions are held, where they are best for these, and have no error.
    let own = minimise(&with([2, 0]), &Options::default());
    let held = fit.parameter("a1").unwrap();
    assert!(held.fixed && held.error.is_none() && (held.value - own.parameter("a1").unwrap().value).abs() < 1e-6);
    assert!(fit.parameter("slope_A").unwrap().error.is_some());
    assert_eq!(fit.covariance.names, ["mu", "n_A", "slope_A", "n_B", "slope_B"]);
    let text = table(&fit);
    assert!(text.contains("pdf_A = exp_A, pdf_B = exp_B") && text.contains("bern_A, flat_B"), "{text}");
}

#[test]
fn a_scan_is_the_envelope_of_the_scans_of_all_functions() {
    let model = model();
    let index = model.index("mu").unwrap();
    let values: Vec<f64> = (0..=24).map(|k| f64::from(k) / 8.0).collect();
    let found = scan(&model, index, &values, 0, &Options::default()).unwrap();
    let best = minimise(&model, &Options::default()).nll;
    let alone: Vec<Vec<f64>> = combinations()
        .map(|numbers| {
            let one = with(numbers);
            let lowest = minimise(&one, &Options::default()).nll;
            let curve = scan(&one, index, &values, 0, &Options::default()).unwrap();
            assert_eq!(curve.curves.len(), 1);
            curve.rises.iter().map(|rise| rise.unwrap() + 2.0 * (lowest - best)).collect()
        })
        .collect();
    assert_eq!(found.curves.len(), 9);
    for k in 0..values.len() {
        let least = alone.iter().map(|curve| curve[k]).fold(f64::INFINITY, f64::min);
        assert!((found.rises[k].unwrap() - least).abs() < 1e-8, "{}: {:?} {least}", values[k], found.rises[k]);
        for (curve, alone) in found.curves.iter().zip(&alone) {
            let rise = curve.rises[k].unwrap();
            assert!((rise - alone[k]).abs() < 1e-8, "{} {:?}: {rise} {}", values[k], curve.functions, alone[k]);
        }
    }
    for (mu, nll, name) in ENVELOPE {
        let k = values.iter().position(|value| *value == mu).unwrap();
        assert!((0.5 * found.rises[k].unwrap() + best - nll).abs() < PEER, "{mu}");
        let lowest = found.curves.iter().min_by(|a, b| a.rises[k].unwrap().total_cmp(&b.rises[k].unwrap())).unwrap();
        assert_eq!(lowest.functions, [name, "exp_B"]);
    }
    let k = values.iter().position(|value| *value == 1.5).unwrap();
    for (curve, nll) in found.curves.iter().step_by(3).zip(AT_ONE_AND_A_HALF) {
        assert!((0.5 * curve.rises[k].unwrap() + best - nll).abs() < PEER, "{:?}", curve.functions);
    }
}

/// -ln L at mu over the functions, each fitted by itself.
fn envelope(mu: f64) -> f64 {
    let at = |numbers| minimise(&with(numbers).fix("mu", mu).unwrap(), &Options::default()).nll;
    combinations().map(at).fold(f64::INFINITY, f64::min)
}

#[test]
fn intervals_end_where_the_envelope_has_risen() {
    let model = model();
    let fit = minimise(&model, &Options::default().minos(Minos::Named(vec!["mu".into()])));
    let mu = fit.parameter("mu").unwrap();
    let ends = mu.minos.unwrap().map(|end| mu.value + end.unwrap());
    let mut found = minima(&model, 0, 1, &Options::default()).unwrap();
    assert_eq!(found.minima.len(), 9);
    let pieces = segments(&model, model.index("mu").unwrap(), 0.5, &mut found, &Options::default()).unwrap();
    assert_eq!(pieces.len(), 1);
    for (end, minos) in [pieces[0].low, pieces[0].high].into_iter().zip(ends) {
        assert!((envelope(end) - fit.nll - 0.5).abs() < 1e-8, "{end}");
        assert!((end - minos).abs() < 1e-7, "{end} {minos}");
    }
    // Below, the polynomial is lower and makes the interval longer than that of the exponential alone.
    let alone = minimise(&with([0, 0]), &Options::default().minos(Minos::Named(vec!["mu".into()])));
    let [below, above] = alone.parameter("mu").unwrap().minos.unwrap().map(Option::unwrap);
    assert!(mu.minos.unwrap()[0].unwrap() < below - 0.01 && (mu.minos.unwrap()[1].unwrap() - above).abs() < 1e-7);
}

#[test]
fn limits_significances_and_toys_are_those_of_the_envelope() {
    let model = model();
    let (poi, options) = (model.index("mu").unwrap(), Options::default());
    let positive = model.clone().within(poi, 0.0, 10.0);
    let asimov = without_signal(&positive, poi, &options).unwrap();
    let mut tests = Tests::new(&positive, &asimov, poi, &options).unwrap();
    let tested = tests.test(2.5).unwrap();
    // 2 (-ln L at 2.5 less that at the minimum), both by iminuit.
    assert!((tested.statistic - 2.0 * (ENVELOPE[3].1 - MINIMA[0].0)).abs() < 2.0 * PEER, "{}", tested.statistic);
    // Asimov data are those of the functions that are best without signal.
    let without = scan(&asimov, poi, &[0.0], 0, &options).unwrap();
    assert!((without.best).abs() < 1e-6, "{}", without.best);
    let limit = upper_limit(&mut tests, 0.95).unwrap();
    let at = limit.points.iter().find(|point| point.value == limit.observed).unwrap();
    assert!((at.p.cls - 0.05).abs() < 1e-8);
    let found = hypothesis::discovery(&positive, poi, &options).unwrap();
    assert!((found.statistic - 2.0 * (ENVELOPE[0].1 - MINIMA[0].0)).abs() < 2.0 * PEER);
    let mut toys = ToyTests::new(&positive, poi, hypothesis::Statistic::QTilde, 3, &options).unwrap();
    let thrown = toys.test(2.0, 0..4, &Inline).unwrap();
    assert_eq!(thrown.signal.values().count(), 4);
    // The same toy, fitted function by function.
    let at = minimise(&positive.clone().fix("mu", 2.0).unwrap(), &options).values();
    let ensemble = positive.toys(&at, 3, 0).unwrap();
    let statistic = |value: Option<f64>| {
        let lowest = |numbers: [usize; 2]| {
            let mut one = with(numbers).within(poi, 0.0, 10.0);
            one.take(&ensemble, 1).unwrap();
            let one = value.into_iter().fold(one, |one, value| one.fix("mu", value).unwrap());
            minimise(&one, &options).nll
        };
        combinations().map(lowest).fold(f64::INFINITY, f64::min)
    };
    let truth = 2.0 * (statistic(Some(2.0)) - statistic(None));
    let ours = thrown.signal.values().nth(1).unwrap();
    assert!(ours == 0.0 || (ours - truth).abs() < 1e-7, "{ours} {truth}");
}

#[test]
fn minuit_tries_all_functions_too() {
    let fit = minuit(&model(), &Settings::default());
    let chosen = fit.chosen.as_ref().unwrap();
    assert_eq!(chosen.functions, ["exp_A", "exp_B"]);
    for (found, (nll, _)) in chosen.combinations.iter().zip(MINIMA) {
        // Migrad ends 1e-4 above the minimum at most.
        assert!((found.nll - nll).abs() < 2e-4, "{found:?}");
    }
}

#[test]
fn an_interval_of_two_functions_has_two_pieces() {
    // 150 counts in two bins; the background is 100 or 60 events of the same shape, so that L depends on the sum alone.
    let choice =
        Arc::new(ChoiceSpec { name: "background".into(), functions: vec!["many".into(), "few".into()], correction: 1.0 });
    let flat = |name: &str, yields| ComponentSpec::new(name, yields, ShapeSpec::new("uniform", []));
    let components = vec![
        flat("signal", Argument::parameter("s")),
        flat("many", Argument::Constant(100.0)).when(&choice, 0),
        flat("few", Argument::Constant(60.0)).when(&choice, 1),
    ];
    let observations = Observations::Counts { edges: vec![0.0, 1.0, 2.0], counts: vec![80.0, 70.0] };
    let channel = DensityChannel { name: "main".into(), density: DensitySpec { components }, observations };
    let model = DensityModel::new(vec![Parameter::new("s", 40.0).within(0.0, 500.0)], vec![channel]).unwrap();
    assert_eq!(model.parameters()[1].name, "background");
    let mut found = minima(&model, 0, 1, &Options::default()).unwrap();
    let pieces = segments(&model, 0, 0.5, &mut found, &Options::default()).unwrap();
    assert_eq!(pieces.len(), 2, "{pieces:?}");
    for (piece, background) in pieces.iter().zip([100.0, 60.0]) {
        for end in [piece.low, piece.high] {
            let (n, mean) = (150.0, end + background);
            let rise = mean - n - n * maths::ln(mean / n);
            assert!((rise - 0.5).abs() < 1e-9, "{end}: {rise}");
        }
    }
}
