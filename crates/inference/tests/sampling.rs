//! Posteriors whose moments and evidence are integrals that are done here by Simpson's rule.

use germane_inference::sampling::{SampleOptions, nested_sample, sample};
use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
use germane_models::{Experiment, Likelihood, Model};
use germane_numerics::{Inline, maths};

/// 50 + 10 mu events are expected; mu is within [0, 10].
fn counting(observed: f64) -> Model {
    let signal = Sample::new("signal", vec![10.0]).with(Modifier::norm_factor("mu"));
    let workspace = Workspace::new()
        .channel(Channel::new("SR").sample(signal).sample(Sample::new("background", vec![50.0])), vec![observed])
        .measurement(Measurement::new("main", Some("mu")));
    workspace.model(None).unwrap()
}

/// ∫ muᵏ L dmu over [0, 10], for k = 0, 1, 2.
fn integrals(model: &Model) -> [f64; 3] {
    const INTERVALS: usize = 4000;
    let width = 10.0 / INTERVALS as f64;
    let mut sums = [0.0; 3];
    for i in 0..=INTERVALS {
        let mu = width * i as f64;
        let weight = if i == 0 || i == INTERVALS { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
        let value = weight * width / 3.0 * maths::exp(-model.nll(&[mu]));
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum += value * maths::powi(mu, k as i32);
        }
    }
    sums
}

fn options(seed: u64) -> SampleOptions {
    let mut options = SampleOptions::default();
    options.seed = seed;
    options
}

#[test]
fn moments_are_those_of_the_integrals_also_at_a_bound() {
    for (seed, observed) in [(1, 75.0), (2, 40.0), (3, 0.0)] {
        let model = counting(observed);
        let [norm, first, second] = integrals(&model);
        let (mean, variance) = (first / norm, second / norm - (first / norm) * (first / norm));
        let found = sample(&model, &options(seed), &Inline).unwrap();
        assert!(found.valid, "{observed} {}", found.reason);
        let mu = found.parameter("mu").unwrap();
        assert!((mu.mean - mean).abs() < 4.0 * mu.mean_error, "{observed}: {} ± {} {mean}", mu.mean, mu.mean_error);
        // The relative error of the deviation of a density with one peak is below 1/√n for n independent draws.
        assert!((mu.deviation / variance.sqrt() - 1.0).abs() < 4.0 / mu.effective.sqrt(), "{observed} {}", mu.deviation);
        assert!(found.values.iter().flatten().all(|draw| (0.0..=10.0).contains(&draw[0])));
    }
}

#[test]
fn the_evidence_is_the_integral_over_the_prior() {
    let model = counting(75.0);
    let truth = maths::ln(integrals(&model)[0] / 10.0);
    let found = nested_sample(&model, &options(4), &Inline).unwrap();
    let [ln, error] = found.ln_evidence.unwrap();
    assert!((ln - truth).abs() < 3.0 * error && error < 0.1, "{ln} ± {error}, {truth}");
    let weights: f64 = found.weights.unwrap().iter().flatten().sum();
    assert!((weights - 1.0).abs() < 1e-12);
}

#[test]
fn what_cannot_be_sampled_is_refused_with_its_reason() {
    let open = counting(75.0).within(0, 0.0, f64::INFINITY);
    let refused = nested_sample(&open, &options(5), &Inline).unwrap_err();
    assert!(refused.0.contains("mu"), "{refused}");
    let fixed = counting(75.0).fix("mu", 1.0).unwrap();
    assert!(sample(&fixed, &options(5), &Inline).unwrap_err().0.contains("0 free parameters"));
    let empty = Workspace::new()
        .channel(Channel::new("SR").sample(Sample::new("s", vec![0.0]).with(Modifier::norm_factor("mu"))), vec![3.0])
        .measurement(Measurement::new("main", Some("mu")));
    let empty = empty.model(None).unwrap();
    assert!(sample(&empty, &options(5), &Inline).unwrap_err().0.contains("SR"));
    assert!(nested_sample(&empty, &options(5), &Inline).unwrap_err().0.contains("nowhere"));
}

#[test]
fn chains_in_different_modes_are_not_called_valid() {
    // Two modes that no chain crosses between: (x² - 25)² is 625 at 0.
    struct TwoModes(Vec<germane_models::Parameter>);
    impl Likelihood for TwoModes {
        fn parameters(&self) -> &[germane_models::Parameter] {
            &self.0
        }
        fn nll(&self, x: &[f64]) -> f64 {
            let d = x[0] * x[0] - 25.0;
            d * d
        }
        fn evaluate(
            &self,
            x: &[f64],
            _: germane_models::Curvature,
            gradient: &mut [f64],
            hessian: &mut germane_numerics::dense::Matrix,
        ) -> f64 {
            let d = x[0] * x[0] - 25.0;
            gradient[0] = 4.0 * x[0] * d;
            hessian[(0, 0)] = 12.0 * x[0] * x[0] - 100.0;
            d * d
        }
        fn complaint(&self, _: &[f64]) -> Option<String> {
            None
        }
    }
    let model = TwoModes(vec![germane_models::Parameter::new("x", 0.3)]);
    let mut options = options(6);
    // Chains that begin with a width of 1 around 0.3 fall into either mode.
    (options.from_mode, options.chains, options.draws) = (false, 6, 200);
    let found = sample(&model, &options, &Inline).unwrap();
    assert!(!found.valid && found.reason.contains('x'), "{:?}", found.parameters[0].r_hat);
}
