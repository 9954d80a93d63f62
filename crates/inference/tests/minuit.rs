//! MIGRAD, HESSE and MINOS on models whose minima and intervals are known by formulas.

use germane_inference::minuit::{Settings, Slopes, Strategy, minuit};
use germane_inference::{Bound, Minos, State};
use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
use germane_models::{Likelihood, Model};
use germane_numerics::maths;

/// 50 + 10 mu events are expected; mu is within [0, 10].
fn counting(observed: f64) -> Model {
    let signal = Sample::new("signal", vec![10.0]).with(Modifier::norm_factor("mu"));
    let workspace = Workspace::new()
        .channel(Channel::new("SR").sample(signal).sample(Sample::new("background", vec![50.0])), vec![observed])
        .measurement(Measurement::new("main", Some("mu")));
    workspace.model(None).unwrap()
}

/// The mean on one side of `count` at which -ln of the Poisson probability has risen by 1/2, by bisection.
fn crossing(count: f64, mut inside: f64, mut outside: f64) -> f64 {
    let rise = |mean: f64| mean - count - count * maths::ln(mean / count) - 0.5;
    for _ in 0..100 {
        let middle = 0.5 * (inside + outside);
        if rise(middle) < 0.0 {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    inside
}

fn settings(strategy: u8) -> Settings {
    let mut settings = Settings::default();
    settings.strategy = Strategy::of(strategy).unwrap();
    settings.minos = Minos::All;
    settings
}

#[test]
fn a_count_has_its_minimum_error_and_interval() {
    let (low, high) = (crossing(75.0, 75.0, 40.0), crossing(75.0, 75.0, 120.0));
    for slopes in [Slopes::Numerical, Slopes::Exact] {
        for strategy in 0..3 {
            let mut settings = settings(strategy);
            settings.slopes = slopes;
            let fit = minuit(&counting(75.0), &settings);
            let flags = fit.minuit.as_ref().unwrap();
            assert!(fit.state == State::Valid && flags.is_valid && flags.has_posdef_covar, "{slopes:?} {strategy} {flags:?}");
            assert!(flags.has_accurate_covar && !flags.hesse_failed && !flags.has_parameters_at_limit);
            // goal = 0.002 · 0.1 · 0.5; a distance of E in -ln L is √(2E) errors.
            assert!((flags.edm_goal - 1e-4).abs() < 1e-18 && fit.edm < 1e-3);
            let (mu, error) = (fit.parameter("mu").unwrap(), 75f64.sqrt() / 10.0);
            assert!((mu.value - 2.5).abs() < (2.0f64 * 1e-3).sqrt() * error, "{}", mu.value);
            assert!((mu.error.unwrap() - error).abs() < 0.01 * error, "{:?}", mu.error);
            let [below, above] = mu.minos.unwrap().map(Option::unwrap);
            assert!((mu.value + below - (low - 50.0) / 10.0).abs() < 0.01 * error, "{below}");
            assert!((mu.value + above - (high - 50.0) / 10.0).abs() < 0.01 * error, "{above}");
        }
    }
}

#[test]
fn a_deficit_is_at_the_limit_and_its_lower_end_is_the_bound() {
    let fit = minuit(&counting(40.0), &settings(1));
    let flags = fit.minuit.as_ref().unwrap();
    assert!(flags.is_valid && flags.has_parameters_at_limit);
    assert_eq!((fit.state, fit.parameters[0].at_bound), (State::ValidAtBound, Some(Bound::Lower)));
    let interval = &flags.minos[0];
    assert!(interval.at_lower_limit && !interval.at_upper_limit && interval.is_valid);
    assert!((fit.parameters[0].value + interval.lower).abs() < 1e-9);
    // 10 mu - 40 ln(1 + mu/5) = 1/2, counted from mu = 0.
    let end = fit.parameters[0].value + interval.upper;
    assert!((10.0 * end - 40.0 * maths::ln(1.0 + end / 5.0) - 0.5).abs() < 0.01, "{end}");
    assert_eq!(fit.parameters[0].minos.unwrap()[0], None);
}

#[test]
fn correlated_parameters_have_the_covariance_of_the_second_derivatives() {
    let signal = Sample::new("signal", vec![12.0, 3.0]).with(Modifier::norm_factor("mu"));
    let background = Sample::new("background", vec![50.0, 40.0]).with(Modifier::norm_sys("n", 1.1, 0.9));
    let model = Workspace::new()
        .channel(Channel::new("c").sample(signal).sample(background), vec![70.0, 44.0])
        .measurement(Measurement::new("m", Some("mu")))
        .model(None)
        .unwrap();
    let exact = germane_inference::minimise(&model, &germane_inference::Options::default());
    let fit = minuit(&model, &settings(2));
    for (ours, truth) in fit.parameters.iter().zip(&exact.parameters) {
        let error = truth.error.unwrap();
        assert!((ours.value - truth.value).abs() < 0.02 * error, "{} {}", ours.value, truth.value);
        assert!((ours.error.unwrap() - error).abs() < 0.02 * error, "{:?} {error}", ours.error);
    }
    let [ours, truth] = [&fit, &exact].map(|fit| fit.correlation("mu", "n").unwrap());
    assert!((ours - truth).abs() < 0.01, "{ours} {truth}");
    assert!(fit.nll >= exact.nll - 1e-9 && fit.nll < exact.nll + 1e-3);
}

#[test]
fn errors_at_strategy_2_are_those_of_iminuit() {
    let signal = Sample::new("signal", vec![4.0, 12.0, 6.0])
        .with(Modifier::norm_factor("mu"))
        .with(Modifier::norm_sys("scale", 1.08, 0.94));
    let background = Sample::new("background", vec![50.0, 52.0, 53.0])
        .with(Modifier::norm_sys("scale", 1.08, 0.94))
        .with(Modifier::histo_sys("slope", vec![46.0, 53.0, 61.0], vec![54.0, 50.0, 45.0]))
        .with(Modifier::stat_error("mc", vec![2.5, 2.0, 1.5]));
    let model = Workspace::new()
        .channel(Channel::new("SR").sample(signal).sample(background), vec![52.0, 60.0, 57.0])
        .measurement(Measurement::new("main", Some("mu")))
        .model(None)
        .unwrap();
    let fit = minuit(&model, &settings(2));
    assert!(fit.minuit.as_ref().unwrap().has_accurate_covar);
    // pyhf 0.7.6 with iminuit 2.33.0, strategy 2, MIGRAD and HESSE.
    let truth =
        [("slope", 0.67646), ("mu", 0.71835), ("scale", 0.93972), ("mc[0]", 0.04822), ("mc[1]", 0.03817), ("mc[2]", 0.02805)];
    for (name, error) in truth {
        let ours = fit.parameter(name).unwrap().error.unwrap();
        // Differences depend on steps, and these on the way there.
        assert!((ours - error).abs() < 5e-3 * error, "{name} {ours} {error}");
    }
}

#[test]
fn too_few_calls_are_told() {
    let mut settings = settings(1);
    (settings.calls, settings.minos) = (Some(3), Minos::None);
    let fit = minuit(&counting(75.0), &settings);
    let flags = fit.minuit.as_ref().unwrap();
    assert!(flags.has_reached_call_limit && !flags.is_valid && fit.state == State::LimitReached);
    assert!(fit.reason.contains("3 evaluations"), "{}", fit.reason);
}

#[test]
fn nothing_free_is_a_minimum() {
    let model = counting(75.0).fix("mu", 2.0).unwrap();
    let fit = minuit(&model, &settings(1));
    assert!(fit.is_valid() && (fit.nll - model.nll(&[2.0])).abs() < 1e-12);
}

#[test]
fn a_likelihood_that_is_not_defined_is_refused_with_its_place() {
    let empty = Workspace::new()
        .channel(Channel::new("SR").sample(Sample::new("s", vec![0.0]).with(Modifier::norm_factor("mu"))), vec![3.0])
        .measurement(Measurement::new("main", Some("mu")));
    let fit = minuit(&empty.model(None).unwrap(), &settings(1));
    assert!(fit.state == State::NotFinite && fit.reason.contains("SR"), "{}", fit.reason);
}
