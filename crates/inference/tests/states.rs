//! What a fit says when there is nothing to be found, and when there is.

use germane_inference::{Bound, Minos, Options, State, minimise, table};
use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Setting, Workspace};
use germane_models::{Curvature, Experiment, Likelihood, Parameter};
use germane_numerics::dense::Matrix;

/// signal·mu + background in one bin.
fn counting(observed: f64) -> Workspace {
    let signal = Sample::new("signal", vec![10.0]).with(Modifier::norm_factor("mu"));
    Workspace::new()
        .channel(Channel::new("SR").sample(signal).sample(Sample::new("background", vec![50.0])), vec![observed])
        .measurement(Measurement::new("main", Some("mu")))
}

/// A likelihood given by a function of two parameters with its derivatives.
struct Surface {
    parameters: Vec<Parameter>,
    surface: fn(f64, f64) -> (f64, [f64; 2], [f64; 3]),
}

impl Surface {
    fn new(start: [f64; 2], surface: fn(f64, f64) -> (f64, [f64; 2], [f64; 3])) -> Self {
        let parameters = ["x", "y"].into_iter().zip(start).map(|(name, start)| Parameter::new(name, start)).collect();
        Self { parameters, surface }
    }
}

impl Likelihood for Surface {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn nll(&self, x: &[f64]) -> f64 {
        (self.surface)(x[0], x[1]).0
    }

    fn evaluate(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        let (value, first, [xx, xy, yy]) = (self.surface)(x[0], x[1]);
        gradient.copy_from_slice(&first);
        let second = if curvature == Curvature::Exact { [xx, xy, xy, yy] } else { [xx.max(1.0), 0.0, 0.0, yy.max(1.0)] };
        hessian.data_mut().copy_from_slice(&second);
        value
    }

    fn complaint(&self, _: &[f64]) -> Option<String> {
        None
    }
}

/// Rosenbrock's valley: minimum 0 at (1, 1).
fn valley(x: f64, y: f64) -> (f64, [f64; 2], [f64; 3]) {
    let d = y - x * x;
    let value = 100.0 * d * d + (1.0 - x) * (1.0 - x);
    (value, [-400.0 * x * d - 2.0 * (1.0 - x), 200.0 * d], [1200.0 * x * x - 400.0 * y + 2.0, -400.0 * x, 200.0])
}

/// (x² - 1)² + y²: minima at (±1, 0), a saddle at the origin.
fn two_minima(x: f64, y: f64) -> (f64, [f64; 2], [f64; 3]) {
    let d = x * x - 1.0;
    (d * d + y * y, [4.0 * x * d, 2.0 * y], [12.0 * x * x - 4.0, 0.0, 2.0])
}

#[test]
fn a_curved_valley_is_followed_to_its_minimum() {
    let fit = minimise(&Surface::new([-1.2, 1.0], valley), &Options::default());
    assert_eq!(fit.state, State::Valid, "{}", fit.reason);
    for parameter in &fit.parameters {
        assert!((parameter.value - 1.0).abs() < 1e-10, "{parameter:?}");
    }
    assert!(fit.certificate.iterations < 40);
}

#[test]
fn a_start_on_a_saddle_is_left() {
    let fit = minimise(&Surface::new([0.0, 0.3], two_minima), &Options::default());
    assert_eq!(fit.state, State::Valid, "{}", fit.reason);
    assert!((fit.parameters[0].value.abs() - 1.0).abs() < 1e-10);
}

#[test]
fn a_surface_without_minimum_reaches_the_limit_and_names_a_parameter() {
    let slope = |x: f64, y: f64| (x + y * y, [1.0, 2.0 * y], [0.0, 0.0, 2.0]);
    let fit = minimise(&Surface::new([0.0, 1.0], slope), &Options::default());
    assert!(!fit.is_valid());
    assert_eq!(fit.state, State::LimitReached);
    assert!(fit.reason.contains("steepest in x"), "{}", fit.reason);
    assert!(fit.parameters.iter().all(|parameter| parameter.error.is_none()));
}

#[test]
fn a_parameter_that_nothing_depends_on_is_named() {
    let bowl = |x: f64, _: f64| (x * x, [2.0 * x, 0.0], [2.0, 0.0, 0.0]);
    let fit = minimise(&Surface::new([1.0, 3.0], bowl), &Options::default());
    assert_eq!((fit.state, fit.certificate.flat.as_slice()), (State::FlatDirections, ["y".to_owned()].as_slice()));
    assert!(fit.reason.contains("do not determine y"), "{}", fit.reason);
}

#[test]
fn a_start_that_is_no_number_is_refused() {
    let model = counting(55.0).model(None).unwrap();
    let mut options = Options::default();
    options.start = Some(vec![f64::NAN]);
    let fit = minimise(&model, &options);
    assert_eq!(fit.state, State::NotFinite);
    assert!(fit.reason.contains("mu"), "{}", fit.reason);
    let document = serde_json::to_value(&fit).unwrap();
    assert_eq!((&document["nll"], &document["state"]), (&"inf".into(), &"not_finite".into()));
}

#[test]
fn a_minimum_under_a_bound_says_so_and_has_one_end() {
    // 50 + 10 mu = 40 has no solution above 0; the profile rises by 1/2 at 10 mu - 40 ln(1 + mu/5) = 1/2.
    let fit = minimise(&counting(40.0).model(None).unwrap(), &Options::default().minos(Minos::All));
    assert_eq!(fit.state, State::ValidAtBound);
    assert_eq!(fit.reason, "mu at its lower bound 0");
    let mu = fit.parameter("mu").unwrap();
    assert_eq!((mu.value, mu.error, mu.at_bound), (0.0, None, Some(Bound::Lower)));
    let [low, high] = mu.minos.unwrap();
    assert_eq!(low, None);
    // mpmath 1.3: root of the equation above.
    assert!((high.unwrap() - 0.229_546_935_565_261).abs() < 1e-10, "{high:?}");
}

#[test]
fn an_end_beyond_the_bound_is_none() {
    let fit = minimise(&counting(53.0).model(None).unwrap(), &Options::default().minos(Minos::Named(vec!["mu".into()])));
    assert_eq!(fit.state, State::Valid);
    let [low, high] = fit.parameter("mu").unwrap().minos.unwrap();
    assert!(low.is_none() && high.is_some());
}

#[test]
fn a_fixed_parameter_stays_and_is_not_counted() {
    let setting = Setting::new("mu").start(0.5).fix();
    let mut workspace = counting(55.0);
    workspace.measurements[0] = Measurement::new("main", Some("mu")).set(setting);
    let fit = minimise(&workspace.model(None).unwrap(), &Options::default());
    assert_eq!((fit.state, fit.parameters[0].value, fit.parameters[0].fixed), (State::Valid, 0.5, true));
    assert_eq!(fit.goodness.unwrap().ndof, 1);
    assert!(fit.covariance.names.is_empty());
}

#[test]
fn a_pull_is_counted_in_widths_of_the_constraint() {
    let background = Sample::new("b", vec![100.0]).with(Modifier::norm_sys("a", 1.1, 0.9));
    let workspace =
        Workspace::new().channel(Channel::new("c").sample(background), vec![100.0]).measurement(Measurement::new("m", None));
    let fit = minimise(&workspace.model(None).unwrap(), &Options::default());
    assert!(fit.parameters[0].pull.unwrap().abs() < 1e-12);
    // Two measurements of equal weight, but for the slope 0.1002 of the polynomial: 1/sqrt(1 + 1.0037).
    assert!((fit.parameters[0].error.unwrap() - 0.5f64.sqrt()).abs() < 2e-3);
}

#[test]
fn the_document_has_the_keys_that_users_read() {
    let fit = minimise(&counting(55.0).model(None).unwrap(), &Options::default().minos(Minos::All));
    let document = serde_json::to_value(&fit).unwrap();
    let keys: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["germane_fit", "state", "reason", "nll", "edm", "entries", "parameters", "covariance", "goodness", "certificate"];
    assert_eq!(keys, expected);
    let keys: Vec<&str> = document["parameters"][0].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["name", "unit", "value", "error", "minos", "lower", "upper", "start", "fixed", "at_bound", "pull"];
    assert_eq!(keys, expected);
    assert_eq!((&document["germane_fit"], &document["entries"], &document["state"]), (&1.into(), &55.into(), &"valid".into()));
}

#[test]
fn a_table_shows_values_errors_and_the_certificate() {
    let fit = minimise(&counting(55.0).model(None).unwrap(), &Options::default());
    let text = table(&fit);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["parameter", "value", "error", "minos", "pull"]);
    assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["mu", "0.50", "0.74"]);
    assert!(text.contains("\nvalid\n-ln L = ") && text.contains("55 entries") && text.contains("iterations"), "{text}");
}

/// Fits from many starts end in the same minimum.
#[test]
fn the_start_does_not_matter() {
    let data = vec![61.0, 48.0];
    let signal = Sample::new("s", vec![5.0, 12.0]).with(Modifier::norm_factor("mu"));
    let background = Sample::new("b", vec![50.0, 40.0])
        .with(Modifier::norm_sys("n", 1.1, 0.9))
        .with(Modifier::histo_sys("h", vec![56.0, 38.0], vec![45.0, 42.0]))
        .with(Modifier::stat_error("stat", vec![2.0, 1.5]));
    let workspace = Workspace::new()
        .channel(Channel::new("c").sample(signal).sample(background), data)
        .measurement(Measurement::new("m", Some("mu")));
    let model = workspace.model(None).unwrap();
    let truth = minimise(&model, &Options::default());
    for k in 0..40 {
        let start = model.parameters().iter().enumerate().map(|(i, parameter)| {
            let place = 0.5 + 0.5 * germane_numerics::maths::sin(1.7 * f64::from(k) + 2.3 * i as f64);
            parameter.lower + place * (parameter.upper - parameter.lower)
        });
        let mut options = Options::default();
        options.start = Some(start.collect());
        let fit = minimise(&model, &options);
        assert_eq!(fit.state, truth.state, "{} {:?}", fit.reason, options.start);
        assert!((fit.nll - truth.nll).abs() < 1e-11, "{} {}", fit.nll, truth.nll);
    }
}

#[test]
fn a_start_that_leads_to_a_higher_minimum_is_told_and_not_taken() {
    // Minima of x⁴ - 2x² + x/5 + y² near x = ±1: on the left it is lower by 2/5, about.
    let tilted = |x: f64, y: f64| {
        let value = x * x * x * x - 2.0 * x * x + 0.2 * x + y * y;
        (value, [4.0 * x * x * x - 4.0 * x + 0.2, 2.0 * y], [12.0 * x * x - 4.0, 0.0, 2.0])
    };
    let surface = Surface::new([-0.8, 0.1], tilted);
    let mut options = Options::default();
    options.start = Some(vec![0.9, 0.3]);
    let both = minimise(&surface, &options);
    assert!(both.is_valid() && both.parameters[0].value < 0.0, "{}", both.reason);
    assert!(both.reason.contains("another minimum, 3.99") || both.reason.contains("another minimum, 4.0"), "{}", both.reason);
    options.alone = true;
    let alone = minimise(&surface, &options);
    assert!(alone.is_valid() && alone.parameters[0].value > 0.0 && alone.reason.is_empty());
}

#[test]
fn a_start_where_the_likelihood_is_not_defined_is_drawn_to_where_it_is() {
    // 50 + 10 mu is negative at mu = -8, and the parameter starts at 1.
    let mut workspace = counting(75.0).model(None).unwrap();
    workspace = workspace.within(0, -10.0, 10.0);
    let mut options = Options::default();
    options.start = Some(vec![-8.0]);
    let fit = minimise(&workspace, &options);
    assert_eq!(fit.state, State::Valid, "{}", fit.reason);
    assert!((fit.parameters[0].value - 2.5).abs() < 1e-10 && fit.parameters[0].start == -3.5);
}

/// Starts that are uniform within the bounds, from an additive sequence.
fn uniform_starts(model: &germane_models::Model, count: usize) -> impl Iterator<Item = Vec<f64>> {
    let bounds: Vec<(f64, f64)> = model.parameters().iter().map(|parameter| (parameter.lower, parameter.upper)).collect();
    (0..count).map(move |k| {
        let place = |i: usize| (0.5 + (k + 1) as f64 * (2.0 + i as f64).sqrt()).fract();
        bounds.iter().enumerate().map(|(i, (lower, upper))| lower + place(i) * (upper - lower)).collect()
    })
}

/// A measured signal over a background with a norm and a shape systematic and statistical errors.
fn region(data: Vec<f64>) -> germane_models::Model {
    let signal = Sample::new("signal", vec![12.0, 3.0]).with(Modifier::norm_factor("mu"));
    let background = Sample::new("background", vec![50.0, 40.0])
        .with(Modifier::norm_sys("n", 1.1, 0.9))
        .with(Modifier::histo_sys("h", vec![56.0, 38.0], vec![45.0, 42.0]))
        .with(Modifier::stat_error("stat", vec![2.0, 1.5]));
    let workspace = Workspace::new()
        .channel(Channel::new("c").sample(signal).sample(background), data)
        .measurement(Measurement::new("m", Some("mu")));
    workspace.model(None).unwrap()
}

#[test]
fn a_thousand_starts_of_hard_data_end_in_one_minimum() {
    // Nothing observed anywhere, a bin without events, and a deficit that pushes the signal to its bound.
    for (data, at_bound) in [(vec![0.0, 0.0], true), (vec![0.0, 41.0], true), (vec![44.0, 38.0], true), (vec![70.0, 41.0], false)]
    {
        let model = region(data.clone());
        let truth = minimise(&model, &Options::default());
        assert!(truth.is_valid(), "{data:?} {}", truth.reason);
        assert_eq!(truth.parameter("mu").unwrap().at_bound.is_some(), at_bound, "{data:?}");
        for start in uniform_starts(&model, 1000) {
            let mut options = Options::default();
            options.start = Some(start);
            options.alone = true;
            let fit = minimise(&model, &options);
            assert!((fit.nll - truth.nll).abs() < 1e-6, "{data:?} {} {} {}", fit.nll, truth.nll, fit.reason);
        }
    }
}
