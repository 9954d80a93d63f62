//! Derivatives of every shape against differences of its values, and what a model refuses.

use germane_models::density::{
    Argument, ComponentSpec, DensityChannel, DensityModel, DensitySpec, Observations, SHAPES, ShapeSpec,
};
use germane_models::{Curvature, Likelihood, Parameter};
use germane_numerics::dense::Matrix;
use germane_numerics::maths;

/// A shape on a range, with arguments and steps for differences.
const CASES: [(&str, f64, f64, &[(&str, f64, f64)]); 39] = [
    ("gaussian", 80.0, 100.0, &[("mean", 91.0, 0.03), ("sigma", 2.5, 0.03)]),
    ("gaussian", 80.0, 100.0, &[("mean", 60.0, 0.03), ("sigma", 6.0, 0.03)]),
    ("gaussian", 80.0, 100.0, &[("mean", 113.0, 0.03), ("sigma", 4.0, 0.03)]),
    ("exponential", 80.0, 100.0, &[("c", -0.1, 2e-3)]),
    ("exponential", 80.0, 100.0, &[("c", 0.2, 2e-3)]),
    ("exponential", 80.0, 100.0, &[("c", 1e-9, 2e-3)]),
    ("breit_wigner", 80.0, 100.0, &[("mean", 91.0, 0.03), ("width", 2.0, 0.03)]),
    ("voigtian", 60.0, 120.0, &[("mean", 91.0, 0.03), ("width", 2.5, 0.03), ("sigma", 1.2, 0.02)]),
    ("voigtian", 60.0, 120.0, &[("mean", 91.0, 0.03), ("width", 0.3, 0.01), ("sigma", 4.0, 0.03)]),
    ("crystal_ball", 70.0, 100.0, &[("mean", 91.0, 0.03), ("sigma", 2.0, 0.02), ("alpha", 1.3, 0.02), ("n", 2.6, 0.03)]),
    ("crystal_ball", 80.0, 120.0, &[("mean", 91.0, 0.03), ("sigma", 2.0, 0.02), ("alpha", -1.3, 0.02), ("n", 1.0, 0.03)]),
    ("lognormal", 0.5, 30.0, &[("m0", 4.0, 0.05), ("k", 1.6, 0.01)]),
    ("johnson", 80.0, 100.0, &[("mu", 91.0, 0.03), ("lambda", 2.0, 0.03), ("gamma", 0.3, 0.02), ("delta", 1.4, 0.02)]),
    ("novosibirsk", 80.0, 95.0, &[("mean", 91.0, 0.01), ("sigma", 2.0, 0.01), ("tail", 0.3, 1e-3)]),
    ("novosibirsk", 84.0, 100.0, &[("mean", 91.0, 0.01), ("sigma", 2.0, 0.01), ("tail", -0.2, 1e-3)]),
    ("novosibirsk", 80.0, 100.0, &[("mean", 91.0, 0.03), ("sigma", 2.0, 0.02), ("tail", 0.0, 0.01)]),
    ("argus", 5.2, 5.29, &[("m0", 5.3, 4e-4), ("c", -20.0, 0.3), ("p", 0.5, 0.01)]),
    ("gamma", 0.5, 30.0, &[("gamma", 2.5, 0.03), ("beta", 2.0, 0.03), ("mu", 0.1, 0.01)]),
    ("exgauss", 80.0, 100.0, &[("mean", 91.0, 0.03), ("sigma", 1.5, 0.02), ("tau", 2.0, 0.02)]),
    ("exgauss", 80.0, 100.0, &[("mean", 91.0, 0.02), ("sigma", 1.5, 0.02), ("tau", 0.3, 2e-3)]),
    ("exgauss", 80.0, 100.0, &[("mean", 88.0, 0.03), ("sigma", 1.5, 0.02), ("tau", -4.0, 0.03)]),
    ("gauss_on_exgauss", 80.0, 100.0, &[("mean", 91.0, 0.03), ("sigma", 1.5, 0.02), ("htail", 0.3, 0.01), ("tau", 2.0, 0.02)]),
    ("gauss_on_exgauss", 80.0, 92.0, &[("mean", 91.0, 0.03), ("sigma", 1.5, 0.02), ("htail", 0.9, 0.01), ("tau", -3.0, 0.03)]),
    ("step", 80.0, 100.0, &[("mean", 91.0, 0.03), ("sigma", 1.5, 0.02), ("hstep", -0.4, 0.01)]),
    ("step", 80.0, 90.0, &[("mean", 91.0, 0.03), ("sigma", 1.5, 0.02), ("hstep", 0.7, 0.01)]),
    ("uniform", 80.0, 100.0, &[]),
    ("linear", 80.0, 100.0, &[("slope", 0.02, 1e-3), ("intercept", 1.0, 0.02)]),
    ("chebychev", 80.0, 100.0, &[("c", 0.2, 0.02), ("c", -0.1, 0.02), ("c", 0.05, 0.02)]),
    ("bernstein", 80.0, 100.0, &[("c", 1.0, 0.02), ("c", 0.4, 0.02), ("c", 1.5, 0.02)]),
    ("double_crystal_ball", 70.0, 118.0, &DOUBLE),
    ("double_crystal_ball", 92.0, 120.0, &DOUBLE),
    ("double_crystal_ball", 70.0, 90.5, &DOUBLE),
    ("relativistic_breit_wigner", 80.0, 100.0, &[("mean", 91.0, 0.03), ("width", 2.0, 0.03)]),
    ("relativistic_breit_wigner", 0.0, 40.0, &[("mean", 91.0, 0.3), ("width", 20.0, 0.3)]),
    ("landau", 70.0, 110.0, &[("mean", 90.0, 0.03), ("sigma", 3.0, 0.02)]),
    ("landau", 85.0, 300.0, &[("mean", 90.0, 0.03), ("sigma", 1.2, 0.02)]),
    ("polynomial", 0.0, 10.0, &[("c", 1.0, 0.02), ("c", 0.3, 5e-3), ("c", 0.05, 1e-3)]),
    ("poisson", 0.0, 60.0, &[("mean", 12.5, 0.05)]),
    ("poisson_of_whole", 0.0, 60.0, &[("mean", 12.5, 0.05)]),
];

/// Arguments of a double-sided crystal ball.
const DOUBLE: [(&str, f64, f64); 7] = [
    ("mean", 91.0, 0.03),
    ("sigma_left", 2.0, 0.02),
    ("sigma_right", 3.0, 0.02),
    ("alpha_left", 1.3, 0.02),
    ("n_left", 2.6, 0.03),
    ("alpha_right", 1.7, 0.02),
    ("n_right", 4.0, 0.03),
];

/// One component with a free yield, and every argument a parameter.
fn model(shape: &str, arguments: &[(&str, f64, f64)], observations: Observations) -> DensityModel {
    made(shape, arguments, observations, |component| component)
}

/// The same with a component that is normalised on the whole line.
fn on_the_line(shape: &str, arguments: &[(&str, f64, f64)], observations: Observations) -> DensityModel {
    made(shape, arguments, observations, ComponentSpec::on_the_line)
}

fn made(
    shape: &str,
    arguments: &[(&str, f64, f64)],
    observations: Observations,
    placed: impl Fn(ComponentSpec) -> ComponentSpec,
) -> DensityModel {
    let name = |index: usize| format!("p{index}");
    let mut parameters = vec![Parameter::new("n", 20.0)];
    let mut named = Vec::new();
    for (index, (argument, value, _)) in arguments.iter().enumerate() {
        parameters.push(Parameter::new(name(index), *value));
        named.push((*argument, Argument::parameter(name(index))));
    }
    let component = ComponentSpec::new("all", Argument::parameter("n"), ShapeSpec::new(shape, named));
    let component = placed(component);
    let channel = DensityChannel { name: "main".into(), density: DensitySpec { components: vec![component] }, observations };
    DensityModel::new(parameters, vec![channel]).unwrap()
}

fn derivatives(model: &DensityModel, x: &[f64]) -> (f64, Vec<f64>, Matrix) {
    let (mut gradient, mut hessian) = (vec![0.0; x.len()], Matrix::zeros(x.len(), x.len()));
    let value = model.evaluate(x, Curvature::Exact, &mut gradient, &mut hessian);
    (value, gradient, hessian)
}

#[test]
fn every_shape_has_the_derivatives_of_its_values() {
    for shape in SHAPES {
        assert!(CASES.iter().any(|case| case.0 == shape.0), "{} is tested", shape.0);
    }
    for (shape, low, high, arguments) in CASES {
        let at = |k: usize| low + (high - low) * k as f64 / 12.0;
        let events = Observations::Events { low, high, values: (0..12).map(|k| at(k) + 0.3 * (high - low) / 12.0).collect() };
        let bins = Observations::Counts { edges: (0..=12).map(at).collect(), counts: (0..12).map(f64::from).collect() };
        for observations in [events, bins] {
            let kind = if matches!(observations, Observations::Events { .. }) { "events" } else { "bins" };
            check_derivatives(&format!("{shape} {kind}"), &model(shape, arguments, observations), arguments);
        }
    }
}

/// Gradient and Hessian of -ln L against differences of value and gradient, with the steps of the arguments.
fn check_derivatives(case: &str, model: &DensityModel, arguments: &[(&str, f64, f64)]) {
    let x = model.start();
    let (value, gradient, hessian) = derivatives(model, &x);
    assert!((model.nll(&x) - value).abs() < 1e-12 * value.abs(), "{case}");
    for i in 0..x.len() {
        let step = if i == 0 { 0.5 } else { arguments[i - 1].2 };
        let sides = [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0].map(|factor| {
            let mut moved = x.clone();
            moved[i] += factor * step;
            derivatives(model, &moved)
        });
        // Sixth order: the error is step⁶ times a seventh derivative, below 1e-7 of the curvature at these steps.
        let difference = |f: &dyn Fn(usize) -> f64| (45.0 * (f(3) - f(2)) - 9.0 * (f(4) - f(1)) + (f(5) - f(0))) / (60.0 * step);
        // An argument of the side that is outside the range changes nothing.
        let scale = |j: usize| hessian[(j, j)].abs().sqrt() + gradient[j].abs() + 1e-9;
        let slope = difference(&|k| sides[k].0);
        assert!((slope - gradient[i]).abs() < 1e-6 * scale(i), "{case} {i}: {slope} {}", gradient[i]);
        for j in 0..x.len() {
            let curve = difference(&|k| sides[k].1[j]);
            let error = (curve - hessian[(i, j)]).abs() / (scale(i) * scale(j));
            assert!(error < 1e-6, "{case} {i} {j}: {curve} {}", hessian[(i, j)]);
        }
    }
}

/// Shapes on the whole line, with a range that cuts them.
const ON_THE_LINE: [(&str, f64, f64, &[(&str, f64, f64)]); 5] = [
    ("gaussian", 89.0, 100.0, &[("mean", 91.0, 0.03), ("sigma", 2.5, 0.03)]),
    ("gaussian", 80.0, 88.0, &[("mean", 91.0, 0.03), ("sigma", 2.5, 0.03)]),
    ("exgauss", 80.0, 90.0, &[("mean", 91.0, 0.03), ("sigma", 1.5, 0.02), ("tau", 2.0, 0.02)]),
    ("gauss_on_exgauss", 88.0, 92.0, &[("mean", 91.0, 0.03), ("sigma", 1.5, 0.02), ("htail", 0.3, 0.01), ("tau", 2.0, 0.02)]),
    ("gauss_on_exgauss", 88.0, 92.0, &[("mean", 90.0, 0.03), ("sigma", 1.5, 0.02), ("htail", 0.4, 0.01), ("tau", -9.0, 0.05)]),
];

#[test]
fn shapes_on_the_whole_line_have_the_derivatives_of_their_values() {
    for (shape, low, high, arguments) in ON_THE_LINE {
        let at = |k: usize| low + (high - low) * k as f64 / 12.0;
        let events = Observations::Events { low, high, values: (0..12).map(|k| at(k) + 0.3 * (high - low) / 12.0).collect() };
        let bins = Observations::Counts { edges: (0..=12).map(at).collect(), counts: (0..12).map(f64::from).collect() };
        for observations in [events, bins] {
            let model = on_the_line(shape, arguments, observations);
            check_derivatives(shape, &model, arguments);
        }
    }
}

#[test]
fn a_shape_on_the_whole_line_counts_what_is_outside_the_range() {
    // 20 events of a Gaussian, cut one sigma below its mean: Φ(1) of them are expected, and the density is that of the line.
    let arguments = [("mean", 91.0, 0.0), ("sigma", 2.0, 0.0)];
    let observations = Observations::Events { low: 89.0, high: 200.0, values: vec![91.0] };
    let model = on_the_line("gaussian", &arguments, observations);
    let x = model.start();
    let part = 0.841_344_746_068_542_9;
    let truth = 20.0 * part - maths::ln(20.0 / (2.0 * (2.0 * std::f64::consts::PI).sqrt()));
    assert!((model.nll(&x) - truth).abs() < 1e-12);
    assert!((model.bin_integrals(0, None, &[89.0, 200.0], &x)[0] - 20.0 * part).abs() < 1e-12);
    assert!((model.cumulated(0, None, &[89.0], &x)[0] - 20.0 * (1.0 - part)).abs() < 1e-12);
    let mean: f64 = (0..400).map(|number| model.toy(&x, 9, number).unwrap().events(0).len() as f64).sum::<f64>() / 400.0;
    assert!((mean - 20.0 * part).abs() < 4.0 * (20.0 * part / 400.0).sqrt(), "{mean}");
}

#[test]
fn a_shape_without_an_integral_on_the_line_is_refused() {
    let shape = ShapeSpec::new("exponential", [("c", Argument::Constant(1.0))]);
    let component = ComponentSpec::new("all", Argument::Constant(1.0), shape).on_the_line();
    let observations = Observations::Events { low: 0.0, high: 1.0, values: vec![] };
    let channel = DensityChannel { name: "main".into(), density: DensitySpec { components: vec![component] }, observations };
    let mistakes = DensityModel::new(vec![], vec![channel]).unwrap_err();
    assert!(mistakes[0].to_string().contains("whole line"), "{}", mistakes[0]);
}

#[test]
fn bins_add_up_to_the_yield() {
    for (shape, low, high, arguments) in CASES {
        let edges: Vec<f64> = (0..=37).map(|k| low + (high - low) * f64::from(k) / 37.0).collect();
        let observations = Observations::Counts { counts: vec![1.0; 37], edges: edges.clone() };
        let model = model(shape, arguments, observations);
        let sum: f64 = model.bin_integrals(0, None, &edges, &model.start()).iter().sum();
        assert!((sum / 20.0 - 1.0).abs() < 1e-12, "{shape}: {sum}");
    }
}

#[test]
fn a_mean_far_outside_the_range_still_has_a_density() {
    let arguments = [("mean", -500.0, 1.0), ("sigma", 2.0, 0.1)];
    let observations = Observations::Events { low: 80.0, high: 100.0, values: vec![80.01, 80.02] };
    let model = model("gaussian", &arguments, observations);
    let value = model.nll(&model.start());
    // Nearly an exponential of slope -580/4 there: its density at 80 is 145.
    let truth = 20.0 - maths::ln(20.0 * 145.0) * 2.0 + 145.0 * 0.03 + maths::ln(2.0);
    assert!((value - truth).abs() < 0.01, "{value} {truth}");
}

#[test]
fn all_mistakes_of_names_are_reported_at_once() {
    let p = Argument::parameter;
    let line = ShapeSpec::new("breit_wigner", [("mean", p("m_x")), ("witdh", Argument::Constant(2.0))]);
    let background = ShapeSpec::new("exponental", [("c", p("slope"))]);
    let other = ShapeSpec::new("exponential", [("c", p("slope"))]).convolved(ShapeSpec::new("gaussian", [("sigma", p("slope"))]));
    let components = vec![
        ComponentSpec::new("signal", p("n_sig"), line),
        ComponentSpec::new("background", p("n_bgk"), background),
        ComponentSpec::new("other", p("n_sig"), other),
    ];
    let observations = Observations::Counts { edges: vec![0.0, 2.0, 1.0], counts: vec![1.0, -1.0] };
    let channel = DensityChannel { name: "main".into(), density: DensitySpec { components }, observations };
    let parameters = ["n_sig", "n_bkg", "m_z", "slope"].map(|name| Parameter::new(name, 1.0)).to_vec();
    let mistakes = DensityModel::new(parameters, vec![channel]).unwrap_err();
    let text: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    for word in [
        "ascending edges",
        "bin 1 is -1",
        "did you mean `width`",
        "did you mean `exponential`",
        "did you mean `n_bkg`",
        "convolved with",
    ] {
        assert!(text.iter().any(|line| line.contains(word)), "{word}: {text:#?}");
    }
}

#[test]
fn events_outside_the_range_are_left_out_and_counted() {
    let values = vec![79.9, 80.0, 99.9, 100.0, f64::NAN, f64::INFINITY];
    let model = model("exponential", &[("c", -0.1, 0.0)], Observations::Events { low: 80.0, high: 100.0, values });
    assert_eq!((model.outside(0), model.entries()), (4, Some(2.0)));
}

#[test]
fn what_is_not_finite_is_explained() {
    let observations = Observations::Events { low: 80.0, high: 100.0, values: vec![90.0] };
    let model = model("breit_wigner", &[("mean", 91.0, 0.0), ("width", 2.0, 0.0)], observations);
    assert_eq!(model.nll(&[10.0, 91.0, 0.0]), f64::INFINITY);
    let reason = model.complaint(&[10.0, 91.0, 0.0]).unwrap();
    assert!(reason.contains("component all") && reason.contains("main"), "{reason}");
    assert!(model.complaint(&[-10.0, 91.0, 2.0]).unwrap().contains("90"));
    assert_eq!(model.complaint(&[10.0, 91.0, 2.0]), None);
}

#[test]
fn toys_of_events_follow_the_density() {
    for (shape, low, high, arguments) in CASES {
        let mut all = Vec::new();
        let model = model(shape, arguments, Observations::Events { low, high, values: vec![0.5 * (low + high)] });
        let x = model.start();
        for number in 0..25 {
            let toy = model.toy(&x, 5, number).unwrap();
            if number == 0 {
                assert_eq!(toy.events(0), model.toy(&x, 5, number).unwrap().events(0));
            }
            all.extend_from_slice(toy.events(0));
        }
        // 25 toys of 20 events: a Poisson number, and Kolmogorov's distance of the cumulated density below its 1e-6 point.
        let count = all.len() as f64;
        assert!((count - 500.0).abs() < 5.0 * 500f64.sqrt(), "{shape}: {count}");
        all.sort_by(f64::total_cmp);
        let mut worst = 0.0f64;
        for (k, &value) in all.iter().enumerate() {
            let part = model.bin_integrals(0, None, &[low, value], &x)[0] / 20.0;
            worst = worst.max((part - (k as f64 + 0.5) / count).abs());
        }
        assert!(worst * count.sqrt() < 2.7, "{shape}: {worst}");
    }
}

#[test]
fn toys_of_bins_are_counts() {
    let observations = Observations::Counts { edges: vec![80.0, 85.0, 90.0, 100.0], counts: vec![0.0; 3] };
    let model = model("exponential", &[("c", -0.1, 0.0)], observations);
    let toy = model.toy(&[1000.0, -0.1], 1, 2).unwrap();
    let expected = model.bin_integrals(0, None, &[80.0, 85.0, 90.0, 100.0], &[1000.0, -0.1]);
    for (count, mean) in toy.counts(0).iter().zip(expected) {
        assert!(count.fract() == 0.0 && (count - mean).abs() < 6.0 * mean.sqrt(), "{count} {mean}");
    }
    assert!(model.toy(&[-5.0, -0.1], 1, 2).unwrap_err().contains("bin 0 of channel main"));
}

#[test]
fn the_peak_of_novosibirsk_has_the_values_of_its_formula() {
    // mpmath 1.3, 50 digits: the formula over its integral on [80, 100], mean 91, sigma 2; tail, place, density.
    let known = [
        (0.3, 86.5, 0.041_906_415_193_655_984),
        (0.3, 91.75, 0.179_693_055_527_871_91),
        (-0.2, 86.5, 0.002_089_594_268_423_930_7),
        (-0.2, 91.75, 0.184_878_137_778_161_32),
        (1e-5, 86.5, 0.015_870_783_956_002_155),
        (1e-5, 91.75, 0.185_928_132_831_654_62),
        (0.0, 86.5, 0.015_869_880_139_861_032),
        (0.0, 91.75, 0.185_928_182_188_767_04),
        (0.9, 86.5, 0.066_682_369_274_416_559),
        (0.9, 91.75, 0.157_434_264_599_276_81),
    ];
    for (tail, at, truth) in known {
        let arguments = [("mean", 91.0, 0.0), ("sigma", 2.0, 0.0), ("tail", tail, 0.0)];
        let model = model("novosibirsk", &arguments, Observations::Events { low: 80.0, high: 100.0, values: vec![] });
        let density = model.curve(0, None, &[at], &[1.0, 91.0, 2.0, tail])[0];
        assert!((density - truth).abs() < 1e-13 * truth, "{tail} {at}: {density} {truth}");
    }
}
