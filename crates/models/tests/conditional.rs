//! Densities p(x|y) with numbers y of each event: a resolution for each, say.

use germane_models::density::*;
use germane_models::{Curvature, Experiment, Likelihood, Parameter};
use germane_numerics::dense::Matrix;

const VALUES: [f64; 6] = [4.2, 5.1, 5.6, 6.3, 8.0, 2.2];
const ERRORS: [f64; 6] = [0.5, 0.3, 0.8, 1.1, 0.4, 0.6];

fn scaled() -> Argument {
    Argument::Column { name: "error".into(), scale: Some("s".into()) }
}

fn density(sigma: Argument) -> DensitySpec {
    let signal = ShapeSpec::new("gaussian", [("mean", Argument::parameter("m")), ("sigma", sigma)]);
    let background = ShapeSpec::new("exponential", [("c", Argument::parameter("c"))]);
    let yields = |name| Argument::parameter(name);
    let components =
        vec![ComponentSpec::new("signal", yields("n_s"), signal), ComponentSpec::new("background", yields("n_b"), background)];
    DensitySpec { components }
}

fn parameters() -> Vec<Parameter> {
    let values = [("n_s", 3.5), ("n_b", 2.2), ("m", 5.3), ("s", 1.2), ("c", -0.15)];
    values.into_iter().map(|(name, value)| Parameter::new(name, value)).collect()
}

/// One event more lies outside of the range.
fn observations() -> Observations {
    let values = VALUES.into_iter().chain([11.0]).collect();
    let errors = ERRORS.into_iter().chain([f64::NAN]).collect();
    Observations::Conditional { low: 0.0, high: 10.0, values, columns: vec![("error".into(), errors)] }
}

fn model() -> DensityModel {
    let channel = DensityChannel { name: "main".into(), density: density(scaled()), observations: observations() };
    DensityModel::new(parameters(), vec![channel]).unwrap()
}

#[test]
fn a_resolution_of_each_event_is_normalised_for_each() {
    let model = model();
    let (mut gradient, mut hessian) = (vec![0.0; 5], Matrix::zeros(5, 5));
    let value = model.evaluate(&model.start(), Curvature::Exact, &mut gradient, &mut hessian);
    // mpmath 1.3, 40 digits: the extended likelihood of n_s N(x; m, s error) + n_b Exp(x; c), each cut to [0, 10] and normalised
    // there at every event, and its numerical derivatives.
    let truth = 14.269541332878089533;
    assert!((value - truth).abs() < 1e-13 * truth && (model.nll(&model.start()) - truth).abs() < 1e-13 * truth, "{value}");
    let slopes = [0.0535698861333452236, -0.221588455212140128, 2.70489309832597511, 0.198017645033503062, -3.46663161329879135];
    for (ours, truth) in gradient.iter().zip(slopes) {
        assert!((ours - truth).abs() < 1e-13 * (1.0 + truth.abs()), "{ours} {truth}");
    }
    assert!((hessian[(3, 3)] - 2.98496432927348294).abs() < 1e-12, "{}", hessian[(3, 3)]);
    assert!((hessian[(3, 2)] + 3.09903148727931297).abs() < 1e-12, "{}", hessian[(3, 2)]);
    assert_eq!((model.entries(), model.outside(0)), (Some(6.0), 1));
}

#[test]
fn what_is_drawn_is_the_mean_over_the_events() {
    let (model, x) = (model(), [3.5, 2.2, 5.3, 1.2, -0.15]);
    let one = |error: f64| {
        let channel = DensityChannel {
            name: "main".into(),
            density: density(Argument::Constant(1.2 * error)),
            observations: Observations::Events { low: 0.0, high: 10.0, values: vec![] },
        };
        let parameters = parameters().into_iter().filter(|parameter| parameter.name != "s").collect();
        let model = DensityModel::new(parameters, vec![channel]).unwrap();
        let inner = [3.5, 2.2, 5.3, -0.15];
        let slope = model.curve_gradient(0, None, 5.0, &inner)[2];
        (model.curve(0, None, &[5.0], &inner)[0], slope, model.bin_integrals(0, None, &[4.0, 6.0], &inner)[0])
    };
    let ones = ERRORS.map(one);
    let mean = |part: fn(&(f64, f64, f64)) -> f64| ones.iter().map(part).sum::<f64>() / 6.0;
    assert!((model.curve(0, None, &[5.0], &x)[0] - mean(|one| one.0)).abs() < 1e-13);
    assert!((model.curve_gradient(0, None, 5.0, &x)[2] - mean(|one| one.1)).abs() < 1e-13);
    assert!((model.bin_integrals(0, None, &[4.0, 6.0], &x)[0] - mean(|one| one.2)).abs() < 1e-13);
    // The derivative in the scale, by differences of fourth order.
    let at = |s: f64| model.curve(0, None, &[5.0], &[3.5, 2.2, 5.3, s, -0.15])[0];
    let h = 1e-3;
    let slope = (8.0 * (at(1.2 + h) - at(1.2 - h)) - (at(1.2 + 2.0 * h) - at(1.2 - 2.0 * h))) / (12.0 * h);
    assert!((model.curve_gradient(0, None, 5.0, &x)[3] - slope).abs() < 1e-9);
}

#[test]
fn what_cannot_be_conditional_is_refused_in_words() {
    let refused = |density: DensitySpec, observations: Observations| {
        let channel = DensityChannel { name: "main".into(), density, observations };
        DensityModel::new(parameters(), vec![channel]).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let column = |name: &str| Argument::Column { name: name.into(), scale: Some("s".into()) };
    assert!(refused(density(column("errors")), observations()).contains("did you mean `error`?"));
    let bins = Observations::Counts { edges: vec![0.0, 1.0], counts: vec![1.0] };
    assert!(refused(density(scaled()), bins).contains("the events have no column `error`"));
    let mut whole = density(scaled());
    whole.components[0] = whole.components[0].clone().on_the_line();
    assert!(refused(whole, observations()).contains("cannot be normalised on the whole line"));
    let mut yields = density(scaled());
    yields.components[0].yields = column("error");
    assert!(refused(yields, observations()).contains("yield of component `signal` cannot be a column"));
    let columns = vec![("error".into(), vec![1.0, f64::NAN])];
    let holes = Observations::Conditional { low: 0.0, high: 10.0, values: vec![1.0, 2.0], columns };
    assert!(refused(density(scaled()), holes).contains("event 1 has none"));
    assert!(model().expecting(&model().start()).unwrap_err().contains("of which no density is known"));
    assert!(model().toys(&model().start(), 1, 0).unwrap_err().contains("of which no density is known"));
    let mut x = model().start();
    x[3] = 0.0;
    assert!(model().complaint(&x).unwrap().contains("the density of the event at 4.2 is"));
}
