//! What holds for any workspace and any text.

use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Setting, Workspace};
use germane_models::{Curvature, Likelihood, Model};
use germane_numerics::dense::Matrix;
use germane_texts::Source;
use proptest::prelude::*;

/// Two channels with all seven modifiers, some names shared.
fn everything(nominal: &[f64], errors: &[f64]) -> Workspace {
    let scaled =
        |factor: f64| nominal.iter().enumerate().map(|(bin, v)| v * (1.0 + factor * (1.0 + bin as f64))).collect::<Vec<_>>();
    let (high, low) = (scaled(0.04), scaled(-0.03));
    let signal = Sample::new("signal", scaled(-0.2))
        .with(Modifier::norm_factor("mu"))
        .with(Modifier::norm_factor("k"))
        .with(Modifier::lumi())
        .with(Modifier::norm_sys("scale", 1.1, 0.85))
        .with(Modifier::stat_error("stat", errors.to_vec()));
    let background = Sample::new("background", nominal.to_vec())
        .with(Modifier::lumi())
        .with(Modifier::norm_sys("scale", 0.93, 1.04))
        .with(Modifier::histo_sys("scale", high.clone(), low.clone()))
        .with(Modifier::histo_sys("tilt", low, high))
        .with(Modifier::stat_error("stat", errors.to_vec()))
        .with(Modifier::shape_sys("driven", errors.iter().map(|e| 2.0 * e).collect()));
    let other = Sample::new("other", nominal.to_vec())
        .with(Modifier::norm_factor("mu"))
        .with(Modifier::norm_sys("tilt", 1.2, 0.9))
        .with(Modifier::shape_factor("shape"));
    let observed: Vec<f64> = nominal.iter().map(|v| (2.1 * v).floor()).collect();
    let again = Sample::new("again", nominal.to_vec()).with(Modifier::shape_factor("shape"));
    Workspace::new()
        .channel(Channel::new("z").sample(signal).sample(background).sample(other), observed.clone())
        .channel(Channel::new("a").sample(again.with(Modifier::stat_error("stat_a", errors.to_vec()))), observed)
        .measurement(Measurement::new("main", Some("mu")).set(Setting::luminosity(1.0, 0.02)))
}

fn derivatives(model: &Model, x: &[f64]) -> (f64, Vec<f64>, Matrix) {
    let mut gradient = vec![0.0; x.len()];
    let mut hessian = Matrix::zeros(x.len(), x.len());
    let value = model.evaluate(x, Curvature::Exact, &mut gradient, &mut hessian);
    (value, gradient, hessian)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn derivatives_are_those_of_the_value(
        nominal in prop::collection::vec(5.0..80.0f64, 3),
        moves in prop::collection::vec(-0.9..0.9f64, 32),
        zero in any::<bool>(),
    ) {
        let errors: Vec<f64> = nominal.iter().map(|v| 0.1 * v).collect();
        let model = everything(&nominal, &errors).model(None).unwrap();
        let size = model.parameters().len();
        let mut x: Vec<f64> = model.parameters().iter().zip(moves.iter().cycle()).map(|(parameter, step)| {
            let step = if parameter.lower < -1.0 { 2.0 * step } else { 0.3 * step };
            parameter.start + step
        }).collect();
        if zero {
            // A factor of 0 is left out by multiplying the others, never by division.
            x[model.index("mu").unwrap()] = 0.0;
        }
        let (value, gradient, hessian) = derivatives(&model, &x);
        prop_assert!((value - model.nll(&x)).abs() <= 1e-13 * value.abs());
        for i in 0..size {
            // The codes are smooth to the second derivative only: stay away from their joints.
            if (x[i].abs() - 1.0).abs() < 0.02 && model.parameters()[i].lower < -1.0 {
                continue;
            }
            let step = 1e-3;
            let at = |factor: f64| {
                let mut moved = x.clone();
                moved[i] += factor * step;
                derivatives(&model, &moved)
            };
            let sides = [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0].map(at);
            let difference = |f: &dyn Fn(usize) -> f64| (45.0 * (f(3) - f(2)) - 9.0 * (f(4) - f(1)) + (f(5) - f(0))) / (60.0 * step);
            let scale = 1.0 + gradient.iter().fold(0.0f64, |most, g| most.max(g.abs()));
            let slope = difference(&|k| sides[k].0);
            prop_assert!((slope - gradient[i]).abs() < 1e-8 * scale, "{i}: {slope} {}", gradient[i]);
            let scale = 1.0 + hessian.row(i).iter().fold(0.0f64, |most, h| most.max(h.abs()));
            for j in 0..size {
                let curve = difference(&|k| sides[k].1[j]);
                prop_assert!((curve - hessian[(i, j)]).abs() < 1e-8 * scale, "{i} {j}: {curve} {}", hessian[(i, j)]);
                prop_assert_eq!(hessian[(i, j)].to_bits(), hessian[(j, i)].to_bits());
            }
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same(nominal in prop::collection::vec(0.0..1e6f64, 2)) {
        let workspace = everything(&nominal, &[0.5, 0.25]);
        let text = workspace.to_json().to_string();
        let again = Workspace::read(&Source::new("again.json", text.as_str())).unwrap();
        prop_assert_eq!(again.to_json().to_string(), text);
        let (one, other) = (workspace.model(None).unwrap(), again.model(None).unwrap());
        prop_assert_eq!(one.parameters(), other.parameters());
        prop_assert_eq!(one.nll(&one.start()).to_bits(), other.nll(&other.start()).to_bits());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\[\\]{}\":,0-9a-z .eE-]{0,80}") {
        let _ = Workspace::read(&Source::new("any.json", text));
    }

    #[test]
    fn no_damage_to_a_workspace_makes_the_reader_or_the_model_panic(
        at in 0usize..2000, length in 0usize..60, put in "(null|-1|0|1e999|\\[\\]|\\{\\}|\"lumi\"|,|true)?",
    ) {
        let mut text = everything(&[10.0, 20.0], &[1.0, 2.0]).to_json().to_string();
        let (start, end) = (at.min(text.len()), (at + length).min(text.len()));
        text.replace_range(start..end, &put);
        if let Ok(workspace) = Workspace::read(&Source::new("any.json", text)) {
            for measurement in &workspace.measurements {
                if let Ok(model) = workspace.model(Some(&measurement.name)) {
                    let x = model.start();
                    let value = model.nll(&x);
                    prop_assert!(!value.is_nan());
                    prop_assert_eq!(value.is_finite(), model.complaint(&x).is_none());
                }
            }
        }
    }

    #[test]
    fn a_toy_depends_on_seed_and_number_only(seed in any::<u64>(), number in any::<u64>()) {
        let model = everything(&[10.0, 20.0], &[1.0, 2.0]).model(None).unwrap();
        let x = model.start();
        let toy = model.toy(&x, seed, number);
        prop_assert_eq!(&toy, &model.clone().toy(&x, seed, number));
        prop_assert!(toy.main.iter().all(|count| *count >= 0.0 && count.fract() == 0.0));
        let other = model.with_data(&toy).unwrap();
        prop_assert_eq!(other.data(), toy);
        // The table of an ensemble gives the same numbers.
        prop_assert_eq!(model.ensemble(&x, seed, 0).unwrap().data(number), model.toy(&x, seed, number));
    }

    #[test]
    fn the_gradient_alone_is_that_of_the_derivatives(offsets in prop::collection::vec(-0.6f64..0.6, 32)) {
        let model = everything(&[10.0, 20.0, 33.5], &[1.0, 2.0, 1.5]).model(None).unwrap();
        let x: Vec<f64> = model.start().iter().zip(offsets.iter().cycle()).map(|(start, offset)| start + offset).collect();
        let (value, gradient, _) = derivatives(&model, &x);
        let mut alone = vec![f64::NAN; x.len()];
        prop_assert_eq!(model.gradient(&x, &mut alone).to_bits(), value.to_bits());
        if value.is_finite() {
            // Sums of the same terms in another order.
            let scale = gradient.iter().fold(1.0f64, |most, slope| most.max(slope.abs()));
            for (ours, full) in alone.iter().zip(&gradient) {
                prop_assert!((ours - full).abs() <= 1e-12 * scale, "{} {}", ours, full);
            }
        }
    }
}

#[test]
fn an_ensemble_refuses_a_negative_expectation() {
    let model = everything(&[10.0, 20.0], &[1.0, 2.0]).model(None).unwrap();
    let mut x = model.start();
    x[model.index("lumi").unwrap()] = -1.0;
    let message = model.ensemble(&x, 1, 0).unwrap_err();
    assert!(message.contains("bin 0 of channel"), "{message}");
}

#[test]
fn asimov_data_are_what_is_expected() {
    let model = everything(&[10.0, 20.0], &[1.0, 2.0]).model(None).unwrap();
    let x = model.start();
    let asimov = model.with_data(&model.asimov(&x)).unwrap();
    let (_, gradient, _) = derivatives(&asimov, &x);
    assert!(gradient.iter().all(|slope| slope.abs() < 1e-12), "{gradient:?}");
}

#[test]
fn toys_have_the_mean_and_variance_of_a_poisson() {
    let model = everything(&[10.0, 20.0], &[1.0, 2.0]).model(None).unwrap();
    let x = model.start();
    let expected = model.expected(&x);
    let toys: Vec<Vec<f64>> = (0..4000).map(|number| model.toy(&x, 7, number).main).collect();
    for (bin, mean) in expected.iter().enumerate() {
        let average = toys.iter().map(|toy| toy[bin]).sum::<f64>() / 4000.0;
        let variance = toys.iter().map(|toy| (toy[bin] - mean) * (toy[bin] - mean)).sum::<f64>() / 4000.0;
        // Five standard deviations of the average and of the variance (2 mean² + mean)/N.
        assert!((average - mean).abs() < 5.0 * (mean / 4000.0).sqrt(), "{average} {mean}");
        assert!((variance - mean).abs() < 5.0 * ((2.0 * mean * mean + mean) / 4000.0).sqrt(), "{variance} {mean}");
    }
}

/// pyhf 0.7.6, NumPy backend, on the same workspace; parameters in its own order.
#[test]
fn values_order_and_expectation_are_those_of_pyhf() {
    let model = everything(&[10.0, 20.0, 33.5], &[1.0, 2.0, 1.5]).model(None).unwrap();
    let mut x = model.start();
    for (place, &index) in model.pyhf_order().iter().enumerate() {
        x[index] += 0.01 * (1.0 + (place % 7) as f64);
    }
    let names: Vec<&str> = model.pyhf_order().iter().map(|&index| model.parameters()[index].name.as_str()).collect();
    assert_eq!(names[..6], ["scale", "tilt", "lumi", "mu", "k", "shape[0]"]);
    assert_eq!(names[8..12], ["driven[0]", "driven[1]", "driven[2]", "stat[0]"]);
    assert!((model.nll(&x) - 48.60864408160389).abs() < 1e-13 * 48.6);
    let truth = [10.706, 21.828000000000003, 34.85005, 31.537831203469285, 59.10976973100874, 89.77548127567925];
    for (ours, truth) in model.expected(&x).into_iter().zip(truth) {
        assert!((ours / truth - 1.0).abs() < 1e-14, "{ours} {truth}");
    }
    let rate = (33.5f64 / 3.0) * (33.5 / 3.0);
    assert_eq!(model.pyhf_data()[6..], [0.0, 0.0, 1.0, 25.0, 25.0, rate, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
}
