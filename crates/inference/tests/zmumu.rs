//! The Z line of real dimuon events: the same likelihood minimised by iminuit.

use germane_inference::{Fit, Minos, Options, State, minimise, table};
use germane_models::density::{Argument, ComponentSpec, DensityChannel, DensityModel, DensitySpec, Observations, ShapeSpec};
use germane_models::{Curvature, Likelihood, Parameter};
use germane_numerics::dense::Matrix;
use serde_json::Value;

fn truth() -> Value {
    serde_json::from_str(include_str!("zmumu/iminuit.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// Breit-Wigner ⊗ Gaussian plus an exponential, as examples/zmumu has it.
fn model(observations: Observations) -> DensityModel {
    let p = Argument::parameter;
    let line = ShapeSpec::new("breit_wigner", [("mean", p("m_z")), ("width", p("gamma_z"))]);
    let signal = line.convolved(ShapeSpec::new("gaussian", [("sigma", p("sigma"))]));
    let background = ShapeSpec::new("exponential", [("c", p("slope"))]);
    let components =
        vec![ComponentSpec::new("signal", p("n_sig"), signal), ComponentSpec::new("background", p("n_bkg"), background)];
    let parameters = vec![
        Parameter::new("n_sig", 1800.0).within(0.0, 5000.0),
        Parameter::new("n_bkg", 200.0).within(0.0, 5000.0),
        Parameter::new("m_z", 91.0).within(85.0, 97.0).unit("GeV"),
        Parameter::new("gamma_z", 2.4952).unit("GeV").fix(),
        Parameter::new("sigma", 1.5).within(0.1, 10.0).unit("GeV"),
        Parameter::new("slope", -0.02).within(-1.0, 1.0).unit("GeV⁻¹"),
    ];
    let channel = DensityChannel { name: "opposite".into(), density: DensitySpec { components }, observations };
    DensityModel::new(parameters, vec![channel]).unwrap()
}

fn events(truth: &Value) -> Observations {
    Observations::Events { low: 60.0, high: 120.0, values: numbers(&truth["masses"]) }
}

fn bins(truth: &Value) -> Observations {
    Observations::Counts { edges: (60..=120).map(f64::from).collect(), counts: numbers(&truth["counts"]) }
}

/// iminuit stops at an edm of 2e-7 and its errors come from numerical derivatives.
fn agrees(fit: &Fit, truth: &Value) {
    assert_eq!(fit.state, State::Valid, "{}", fit.reason);
    let difference = truth["nll"].as_f64().unwrap() - fit.nll;
    assert!((-1e-9..1e-6).contains(&difference), "{difference:e}");
    for (name, value) in truth["values"].as_object().unwrap() {
        let ours = fit.parameter(name).unwrap();
        let error = ours.error.unwrap();
        assert!((ours.value - value.as_f64().unwrap()).abs() < 1e-3 * error, "{name}: {} {value}", ours.value);
        assert!((error / truth["errors"][name].as_f64().unwrap() - 1.0).abs() < 2e-3, "{name}: {error}");
        let minos = ours.minos.unwrap();
        for (ours, theirs) in minos.into_iter().zip(numbers(&truth["minos"][name])) {
            assert!((ours.unwrap() - theirs).abs() < 2e-3 * error, "{name}: {ours:?} {theirs}");
        }
    }
}

#[test]
fn the_unbinned_fit_agrees_with_iminuit() {
    let truth = truth();
    let fit = minimise(&model(events(&truth)), &Options::default().minos(Minos::All));
    assert_eq!(fit.entries, Some(2004.0));
    assert_eq!(fit.goodness, None);
    agrees(&fit, &truth["unbinned"]);
}

#[test]
fn the_binned_fit_agrees_with_iminuit() {
    let truth = truth();
    let fit = minimise(&model(bins(&truth)), &Options::default().minos(Minos::All));
    agrees(&fit, &truth["binned"]);
    let goodness = fit.goodness.as_ref().unwrap();
    assert_eq!(goodness.ndof, 55);
    // The file holds each decay several times (global, tracker muons), so that the counts scatter more than Poisson's.
    assert!(goodness.p.unwrap() < 1e-6 && (goodness.statistic - deviance(&fit, &truth)).abs() < 1e-9, "{goodness:?}");
    let text = table(&fit);
    assert!(text.contains("m_z [GeV]") && text.contains("fixed") && text.contains("valid"), "{text}");
}

/// 2 Σ (ν - n + n ln n/ν), written out.
fn deviance(fit: &Fit, truth: &Value) -> f64 {
    let counts = numbers(&truth["counts"]);
    let edges: Vec<f64> = (60..=120).map(f64::from).collect();
    let expected = model(bins(truth)).bin_integrals(0, None, &edges, &fit.values());
    let term = |(n, nu): (&f64, &f64)| nu - n + if *n > 0.0 { n * germane_numerics::maths::ln(n / nu) } else { 0.0 };
    2.0 * counts.iter().zip(&expected).map(term).sum::<f64>()
}

#[test]
fn derivatives_agree_with_differences_of_the_values() {
    let truth = truth();
    for observations in [events(&truth), bins(&truth)] {
        let mut model = model(observations);
        // The width too, although the fit holds it.
        let x = vec![1700.0, 230.0, 91.2, 2.3, 1.4, -0.03];
        let size = x.len();
        let (mut gradient, mut hessian) = (vec![0.0; size], Matrix::zeros(size, size));
        model.evaluate(&x, Curvature::Exact, &mut gradient, &mut hessian);
        let steps = [20.0, 4.0, 0.02, 0.02, 0.02, 2e-4];
        for i in 0..size {
            let along = |model: &DensityModel, factor: f64| {
                let mut moved = x.clone();
                moved[i] += factor * steps[i];
                let (mut gradient, mut hessian) = (vec![0.0; size], Matrix::zeros(size, size));
                (model.evaluate(&moved, Curvature::Exact, &mut gradient, &mut hessian), gradient)
            };
            let sides: Vec<_> = [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0].map(|factor| along(&model, factor)).into_iter().collect();
            // Central difference of sixth order; its error at these steps is below 1e-8 of the largest entry.
            let difference =
                |f: &dyn Fn(usize) -> f64| (45.0 * (f(3) - f(2)) - 9.0 * (f(4) - f(1)) + (f(5) - f(0))) / (60.0 * steps[i]);
            let scale = |j: usize| (hessian[(j, j)].abs()).sqrt();
            let slope = difference(&|k| sides[k].0);
            assert!((slope - gradient[i]).abs() < 1e-6 * scale(i), "{i}: {slope} {}", gradient[i]);
            for j in 0..size {
                let curve = difference(&|k| sides[k].1[j]);
                let error = (curve - hessian[(i, j)]).abs() / (scale(i) * scale(j));
                assert!(error < 1e-7, "{i} {j}: {curve} {}", hessian[(i, j)]);
            }
        }
        model = model.asimov(&x);
        assert!(model.nll(&x).is_finite());
    }
}

#[test]
fn a_fit_has_the_same_bits_every_time() {
    let truth = truth();
    let run = || serde_json::to_string(&minimise(&model(bins(&truth)), &Options::default())).unwrap();
    assert_eq!(run(), run());
}

#[test]
fn toys_scatter_around_their_truth_by_their_errors() {
    let model = model(events(&truth()));
    let x = minimise(&model, &Options::default()).values();
    let names = ["n_sig", "n_bkg", "m_z", "sigma", "slope"];
    let mut squares = [0.0; 5];
    for number in 0..20 {
        let fit = minimise(&model.toy(&x, 1, number).unwrap(), &Options::default());
        assert!(fit.is_valid(), "{}", fit.reason);
        for (square, name) in squares.iter_mut().zip(names) {
            let index = fit.parameters.iter().position(|parameter| parameter.name == name).unwrap();
            let parameter = &fit.parameters[index];
            let pull = (parameter.value - x[index]) / parameter.error.unwrap();
            *square += pull * pull / 20.0;
        }
    }
    // χ² of 20 pulls over 20: outside [0.15, 3] with a probability below 1e-5.
    assert!(squares.iter().all(|square| (0.15..3.0).contains(square)), "{squares:?}");
}
