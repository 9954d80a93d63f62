//! Regions of Feldman and Cousins against their tables, brute force, and the closed formula of a normal measurement.

use germane_inference::Options;
use germane_inference::hypothesis::Statistic;
use germane_inference::toys::{Region, TestedValue, ToyTests, feldman_cousins};
use germane_models::histfactory_xml::Convention;
use germane_models::hs3::{Compiled, Document};
use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Setting, Workspace};
use germane_models::{Experiment, Likelihood, Model};
use germane_numerics::special::{ln_gamma, normal_survival};
use germane_numerics::{Inline, maths};
use germane_texts::Source;

/// n ~ Pois(mu + b), mu not negative.
fn counting(n: f64, b: f64) -> Model {
    let signal = Sample::new("signal", vec![1.0]).with(Modifier::norm_factor("mu"));
    let channel = Channel::new("SR").sample(signal).sample(Sample::new("background", vec![b]));
    let measurement = Measurement::new("m", Some("mu")).set(Setting::new("mu").within(0.0, 100.0));
    Workspace::new().channel(channel, vec![n]).measurement(measurement).model(None).unwrap()
}

fn exact(model: &Model, level: f64) -> Region {
    let mut tests = ToyTests::new(model, 0, Statistic::T, 0, &Options::default()).unwrap();
    let search = tests.search(level, 30, 20).unwrap();
    feldman_cousins(level, &search, &mut |value| {
        let statistic = tests.observed(value)?;
        tests.enumerated(value, value, &Inline).map(|p| TestedValue::exact(value, statistic, p))
    })
    .unwrap()
}

fn by_toys<M: Experiment>(model: &M, poi: usize, level: f64, toys: u64) -> Region {
    let mut tests = ToyTests::new(model, poi, Statistic::T, 11, &Options::default()).unwrap();
    let search = tests.search(level, 15, 4).unwrap();
    feldman_cousins(level, &search, &mut |value| {
        let statistic = tests.observed(value)?;
        Ok::<_, germane_inference::NoResult>(TestedValue::of_toys(value, statistic, tests.toys(value, value, 0..toys, &Inline)?))
    })
    .unwrap()
}

fn probability(n: f64, mean: f64) -> f64 {
    maths::exp(n * maths::ln(mean) - mean - ln_gamma(n + 1.0))
}

/// The p-value of the construction by brute force: counts are ranked by the ratio of their probability to that of their best mean,
/// and those that rank no higher than the observed one are added up.
fn brute_force(observed: f64, mu: f64, b: f64) -> f64 {
    let ratio = |n: f64| probability(n, mu + b) / probability(n, (n - b).max(0.0) + b);
    (0..200).map(f64::from).filter(|n| ratio(*n) <= ratio(observed) * (1.0 + 1e-9)).map(|n| probability(n, mu + b)).sum()
}

#[test]
fn intervals_of_counts_are_those_of_the_table() {
    // Feldman and Cousins, Phys. Rev. D 57 (1998) 3873, table IV (90 %): n0, and the intervals for b = 3. Their end for n0 = 0
    // (1.08) is lengthened so that it does not fall with b; the construction itself gives 0.95.
    let table = [
        (1.0, 0.0, 1.88),
        (2.0, 0.0, 3.04),
        (3.0, 0.0, 4.42),
        (4.0, 0.0, 5.60),
        (5.0, 0.0, 6.99),
        (6.0, 0.15, 8.47),
        (7.0, 0.89, 9.53),
        (8.0, 1.51, 10.99),
        (9.0, 1.88, 12.30),
        (10.0, 2.63, 13.50),
    ];
    for (n, low, high) in table {
        let found = exact(&counting(n, 3.0), 0.9);
        let [piece] = found.pieces[..] else { panic!("{n}: {:?}", found.pieces) };
        let ends = piece.ends.map(|end| end.value);
        // Two digits, from a grid of steps of 0.005.
        assert!((ends[0] - low).abs() < 0.0101 && (ends[1] - high).abs() < 0.0101, "{n}: {ends:?}");
        assert_eq!(piece.at_bound, [low == 0.0, false], "{n}");
        assert!(piece.ends.iter().all(|end| end.error == 0.0));
    }
    // Where nothing is expected but the signal: n0 = 3.
    let ends = exact(&counting(3.0, 1e-9), 0.9).pieces[0].ends.map(|end| end.value);
    assert!((ends[0] - 1.10).abs() < 0.0101 && (ends[1] - 7.42).abs() < 0.0101, "{ends:?}");
}

#[test]
fn every_tested_value_has_the_p_value_of_brute_force() {
    for (n, b) in [(0.0, 3.0), (2.0, 3.0), (5.0, 1.3), (12.0, 4.5)] {
        for one in exact(&counting(n, b), 0.9).tested {
            let truth = brute_force(n, one.value, b);
            assert!((one.p - truth).abs() < 1e-9, "{n} {b} {}: {} {truth}", one.value, one.p);
        }
    }
}

#[test]
fn toys_agree_with_brute_force_within_their_errors() {
    let found = by_toys(&counting(7.0, 3.0), 0, 0.9, 4000);
    for one in &found.tested {
        let truth = brute_force(7.0, one.value, 3.0);
        let error = (truth * (1.0 - truth) / 4000.0).sqrt();
        // A p-value of no toy: its Poisson number.
        assert!((one.p - truth).abs() < 4.5 * error + 1.0 / 4000.0, "{}: {} {truth}", one.value, one.p);
        assert!(one.toys.as_ref().is_none_or(|toys| toys.failures().is_empty()));
    }
    let [low, high] = found.pieces[0].ends;
    // Table IV: 0.89, 9.53; p jumps there, so that an end may lie a few of its errors aside.
    assert!((low.value - 0.89).abs() < 0.1 + 4.0 * low.error && (high.value - 9.53).abs() < 0.1 + 4.0 * high.error);
}

/// One value around `mean`, which is not negative, with the width 1.
fn normal(x: f64) -> germane_models::hs3::Model {
    let text = format!(
        r#"{{"metadata": {{"hs3_version": "0.2"}},
 "distributions": [{{"name": "d", "type": "normal_dist", "x": "x", "mean": "mean", "sigma": 1}}],
 "data": [{{"name": "one", "type": "unbinned", "axes": [{{"name": "x", "min": -60, "max": 60}}], "entries": [[{x}]]}}],
 "likelihoods": [{{"name": "all", "distributions": ["d"], "data": ["one"]}}],
 "domains": [{{"name": "default", "type": "product_domain", "axes": [{{"name": "mean", "min": 0, "max": 20}}]}}],
 "parameter_points": [{{"name": "start", "parameters": [{{"name": "mean", "value": 1}}]}}],
 "analyses": [{{"name": "a", "likelihood": "all", "parameters_of_interest": ["mean"], "domains": ["default"], "init": "start"}}]}}"#
    );
    let document = Document::read(&Source::new("normal.json", text)).unwrap();
    match document.compile(None, Convention::Exact).unwrap() {
        Compiled::General(model) => *model,
        Compiled::Binned(_) => panic!("events are no bins"),
    }
}

/// P(t >= t(x)) for a value of width 1 around mean >= 0: t = (x - mean)² for x >= 0 and mean² - 2 x mean below.
fn p_of_normal(x: f64, mean: f64) -> f64 {
    let t = if x >= 0.0 { (x - mean) * (x - mean) } else { mean * mean - 2.0 * x * mean };
    let root = t.sqrt();
    let low = if root <= mean { mean - root } else { (mean * mean - t) / (2.0 * mean) };
    normal_survival(root) + normal_survival(mean - low)
}

#[test]
fn a_normal_measurement_beside_its_boundary_has_the_p_values_of_the_formula() {
    for x in [-1.0, 0.4, 2.0] {
        let model = normal(x);
        assert_eq!(model.parameters()[0].name, "mean");
        let found = by_toys(&model, 0, 0.9, 2000);
        for one in found.tested.iter().filter(|one| one.value > 0.0 && one.toys.is_some()) {
            let truth = p_of_normal(x, one.value);
            let error = (truth * (1.0 - truth) / 2000.0).sqrt();
            assert!((one.p - truth).abs() < 4.5 * error + 1.0 / 2000.0, "{x} {}: {} {truth}", one.value, one.p);
        }
        let [low, high] = found.pieces[0].ends;
        // Where the formula crosses 0.1, above.
        let mut ends = [x.max(0.1), x.max(0.0) + 5.0];
        for _ in 0..60 {
            let middle = 0.5 * (ends[0] + ends[1]);
            ends[usize::from(p_of_normal(x, middle) <= 0.1)] = middle;
        }
        assert!((high.value - ends[0]).abs() < 5.0 * high.error + 0.02, "{x}: {high:?} {}", ends[0]);
        assert_eq!(low.value == 0.0, x < 1.28, "{x} {low:?}");
    }
}

#[test]
fn nuisance_parameters_that_are_counted_are_listed_too() {
    // An on/off measurement: the background of one bin is that of the other divided by 2.
    let on = Sample::new("signal", vec![1.0]).with(Modifier::norm_factor("mu"));
    let background = |content: f64| Sample::new("background", vec![content]).with(Modifier::norm_factor("rate"));
    let workspace = Workspace::new()
        .channel(Channel::new("on").sample(on).sample(background(1.0)), vec![6.0])
        .channel(Channel::new("off").sample(background(2.0)), vec![5.0])
        .measurement(
            Measurement::new("m", Some("mu"))
                .set(Setting::new("mu").within(0.0, 60.0))
                .set(Setting::new("rate").within(1e-6, 60.0)),
        );
    let model = workspace.model(None).unwrap();
    let (exact, toys) = (exact(&model, 0.9), by_toys(&model, 0, 0.9, 2000));
    for one in &toys.tested {
        // p at the same value by the exact sum.
        let mut tests = ToyTests::new(&model, 0, Statistic::T, 0, &Options::default()).unwrap();
        let truth = if one.toys.is_some() { tests.enumerated(one.value, one.value, &Inline).unwrap() } else { 1.0 };
        let error = (truth * (1.0 - truth) / 2000.0).sqrt();
        assert!((one.p - truth).abs() < 4.5 * error + 1.0 / 2000.0, "{}: {} {truth}", one.value, one.p);
    }
    let [ours, truth] = [&toys, &exact].map(|region| region.pieces.last().unwrap().ends[1]);
    assert!((ours.value - truth.value).abs() < 5.0 * ours.error + 0.3, "{ours:?} {truth:?}");
}
