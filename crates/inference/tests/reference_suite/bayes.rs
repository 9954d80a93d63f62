//! Draws of posteriors whose moments and evidence are known (bayes.json of ../shared); says "not run" where it is absent.

use crate::suite::{Tally, Threads, number, numbers, reference};
use germane_inference::sampling::{Posterior, SampleOptions, effective_draws, nested_sample, sample};
use germane_models::{Curvature, Likelihood, Parameter};
use germane_numerics::dense::{Matrix, cholesky, dot};
use germane_numerics::{Inline, maths, special};
use serde_json::Value;

/// Value, gradient and Hessian of -ln L.
type Derivatives = (f64, Vec<f64>, Matrix);

/// A likelihood that is a formula.
struct Formula<F> {
    parameters: Vec<Parameter>,
    formula: F,
}

impl<F: Fn(&[f64]) -> Derivatives + Send + Sync> Likelihood for Formula<F> {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn nll(&self, x: &[f64]) -> f64 {
        let value = (self.formula)(x).0;
        if value.is_nan() { f64::INFINITY } else { value }
    }

    fn evaluate(&self, x: &[f64], _: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        let (value, slopes, curves) = (self.formula)(x);
        gradient.copy_from_slice(&slopes);
        *hessian = curves;
        value
    }

    fn complaint(&self, _: &[f64]) -> Option<String> {
        None
    }
}

fn square(x: f64) -> f64 {
    x * x
}

/// -ln of the Poisson probability of a count, and its derivatives by the mean.
fn poisson(count: f64, mean: f64) -> [f64; 3] {
    let value = mean - count * maths::ln(mean) + special::ln_gamma(count + 1.0);
    [value, 1.0 - count / mean, count / (mean * mean)]
}

/// A count with mean `signal` mu + `background`.
fn counting(count: f64, signal: f64, background: f64, upper: f64) -> impl Likelihood {
    let formula = move |x: &[f64]| {
        let [value, slope, curve] = poisson(count, signal * x[0] + background);
        (value, vec![slope * signal], Matrix::from_rows(1, 1, vec![curve * signal * signal]).unwrap())
    };
    Formula { parameters: vec![Parameter::new("mu", 1.0).within(0.0, upper)], formula }
}

/// Mean and variance within four standard errors of those of the draws.
fn moments(tally: &mut Tally, name: &str, posterior: &Posterior, parameter: &str, mean: f64, variance: Option<f64>) {
    let place = posterior.parameters.iter().position(|marginal| marginal.name == parameter).unwrap();
    let marginal = &posterior.parameters[place];
    let case = |what: &str, ours: f64, truth: f64| format!("{name}: {what} of {parameter} {ours} {truth}");
    tally.close(case("mean", marginal.mean, mean), (marginal.mean - mean).abs() / (4.0 * marginal.mean_error));
    let Some(variance) = variance else { return };
    let ours = marginal.deviation * marginal.deviation;
    let squares: Vec<Vec<f64>> =
        posterior.chains_of(place).iter().map(|chain| chain.iter().map(|x| square(x - marginal.mean)).collect()).collect();
    let effective = if posterior.weights.is_some() { marginal.effective } else { effective_draws(&squares) };
    let weights: Vec<f64> = posterior.weights.iter().flatten().flatten().copied().collect();
    let fourth = squares.iter().flatten().enumerate().map(|(k, square)| {
        let weight = weights.get(k).copied().unwrap_or(1.0 / (posterior.chains * posterior.draws) as f64);
        weight * self::square(square - ours)
    });
    let error = (fourth.sum::<f64>() / effective).sqrt();
    tally.close(case("variance", ours, variance), (ours - variance).abs() / (4.0 * error));
}

/// The part of the draws below a quantile of the truth.
fn below(tally: &mut Tally, name: &str, posterior: &Posterior, place: usize, truth: f64, probability: f64) {
    let hits: Vec<Vec<f64>> =
        posterior.chains_of(place).iter().map(|chain| chain.iter().map(|x| f64::from(u8::from(*x < truth))).collect()).collect();
    let part = hits.iter().flatten().sum::<f64>() / (posterior.chains * posterior.draws) as f64;
    let error = (probability * (1.0 - probability) / effective_draws(&hits)).sqrt();
    tally.close(format!("{name}: part below {truth} is {part}"), (part - probability).abs() / (4.0 * error));
}

fn evidence(tally: &mut Tally, name: &str, posterior: &Posterior, truth: f64) {
    let [ours, error] = posterior.ln_evidence.unwrap();
    tally.check(format!("{name}: error of ln Z {error}"), error > 0.0 && error < 0.2);
    tally.close(format!("{name}: ln Z {ours} ± {error}, {truth}"), (ours - truth).abs() / (3.0 * error));
}

fn options(seed: u64) -> SampleOptions {
    let mut options = SampleOptions::default();
    options.seed = seed;
    options
}

fn drawn(likelihood: &dyn Likelihood, options: &SampleOptions) -> Posterior {
    sample(likelihood, options, &Threads(2)).unwrap()
}

fn nested(likelihood: &dyn Likelihood, seed: u64) -> Posterior {
    nested_sample(likelihood, &options(seed), &Threads(2)).unwrap()
}

fn counts(tally: &mut Tally, truth: &Value) {
    let a = &truth["A"];
    let value = |key: &str| number(&a[key]);
    let posterior = drawn(&counting(value("n"), value("s"), 0.0, f64::INFINITY), &options(1));
    tally.check(format!("A: {}", posterior.reason), posterior.valid);
    moments(tally, "A", &posterior, "mu", value("mean_mu"), Some(value("variance_mu")));
    below(tally, "A", &posterior, 0, value("upper_95"), 0.95);
    let posterior = nested(&counting(value("n"), value("s"), 0.0, 50.0), 1);
    evidence(tally, "A", &posterior, value("ln_evidence_prior_flat_0_50"));
    moments(tally, "A nested", &posterior, "mu", value("mean_mu"), Some(value("variance_mu")));
    let b = &truth["B"];
    let value = |key: &str| number(&b[key]);
    let model = counting(value("n"), value("s"), value("b"), 50.0);
    let posterior = drawn(&model, &options(2));
    tally.check(format!("B: {}", posterior.reason), posterior.valid);
    moments(tally, "B", &posterior, "mu", value("mean_mu"), Some(value("variance_mu")));
    below(tally, "B", &posterior, 0, value("upper_95"), 0.95);
    let posterior = nested(&model, 2);
    evidence(tally, "B", &posterior, value("ln_evidence"));
    moments(tally, "B nested", &posterior, "mu", value("mean_mu"), Some(value("variance_mu")));
}

fn gaussian(tally: &mut Tally, truth: &Value) {
    let mean = numbers(&truth["mean"]);
    let size = mean.len();
    let rows: Vec<f64> = truth["covariance"].as_array().unwrap().iter().flat_map(numbers).collect();
    let covariance = Matrix::from_rows(size, size, rows).unwrap();
    let precision = cholesky(&covariance).unwrap().inverse();
    let centre = mean.clone();
    let formula = move |x: &[f64]| {
        let distance: Vec<f64> = x.iter().zip(&centre).map(|(x, centre)| x - centre).collect();
        let slopes = precision.times(&distance);
        (0.5 * dot(&distance, &slopes), slopes, precision.clone())
    };
    let parameters = (0..size).map(|i| Parameter::new(format!("x{i}"), 0.0)).collect();
    let posterior = drawn(&Formula { parameters, formula }, &options(3));
    tally.check(format!("C: {}", posterior.reason), posterior.valid);
    for (i, mean) in mean.iter().enumerate() {
        moments(tally, "C", &posterior, &format!("x{i}"), *mean, Some(covariance[(i, i)]));
    }
}

fn funnel(tally: &mut Tally, truth: &Value) {
    let size = truth["dimension"].as_u64().unwrap() as usize;
    let formula = |x: &[f64]| {
        let (v, rest) = (x[0], &x[1..]);
        let shrink = maths::exp(-v);
        let squares = dot(rest, rest) * shrink;
        let value = v * v / 18.0 + 0.5 * squares + 0.5 * rest.len() as f64 * v;
        let mut slopes = vec![v / 9.0 - 0.5 * squares + 0.5 * rest.len() as f64];
        let mut curves = Matrix::zeros(x.len(), x.len());
        curves[(0, 0)] = 1.0 / 9.0 + 0.5 * squares;
        for (i, value) in rest.iter().enumerate() {
            slopes.push(value * shrink);
            curves[(i + 1, i + 1)] = shrink;
            curves[(0, i + 1)] = -value * shrink;
            curves[(i + 1, 0)] = -value * shrink;
        }
        (value, slopes, curves)
    };
    let mut parameters = vec![Parameter::new("v", 0.0)];
    parameters.extend((1..size).map(|i| Parameter::new(format!("x{i}"), 0.0)));
    let mut options = options(4);
    (options.from_mode, options.acceptance, options.shortest, options.draws) = (false, 0.95, 0.05, 4000);
    let posterior = drawn(&Formula { parameters, formula }, &options);
    moments(tally, "D", &posterior, "v", number(&truth["mean_v"]), Some(number(&truth["variance_v"])));
    // x e^(-v/2) is standard normal.
    let v = posterior.chains_of(0);
    for place in 1..size {
        let scaled: Vec<Vec<f64>> = posterior
            .chains_of(place)
            .iter()
            .zip(&v)
            .map(|(x, v)| x.iter().zip(v).map(|(x, v)| x * maths::exp(-0.5 * v)).collect())
            .collect();
        let count = (posterior.chains * posterior.draws) as f64;
        let mean = scaled.iter().flatten().sum::<f64>() / count;
        let error = (1.0 / effective_draws(&scaled)).sqrt();
        tally.close(format!("D: mean of the scaled x{place} {mean}"), mean.abs() / (4.0 * error));
        let squares: Vec<Vec<f64>> = scaled.iter().map(|chain| chain.iter().map(|x| x * x).collect()).collect();
        let variance = squares.iter().flatten().sum::<f64>() / count;
        // The variance of a squared standard normal is 2.
        let error = (2.0 / effective_draws(&squares)).sqrt();
        tally.close(format!("D: variance of the scaled x{place} {variance}"), (variance - 1.0).abs() / (4.0 * error));
    }
}

fn on_off(tally: &mut Tally, truth: &Value) {
    let value = |key: &str| number(&truth[key]);
    let (n, m, s, b, tau) = (value("n"), value("m"), value("s"), value("b"), value("tau"));
    let formula = move |x: &[f64]| {
        let [on, on_slope, on_curve] = poisson(n, x[0] * s + x[1] * b);
        let [off, off_slope, off_curve] = poisson(m, tau * b * x[1]);
        let slopes = vec![on_slope * s, on_slope * b + off_slope * tau * b];
        let mixed = on_curve * s * b;
        let curves = vec![on_curve * s * s, mixed, mixed, on_curve * b * b + off_curve * square(tau * b)];
        (on + off, slopes, Matrix::from_rows(2, 2, curves).unwrap())
    };
    let parameters = vec![Parameter::new("mu", 1.0).within(0.0, 10.0), Parameter::new("gamma", 1.0).within(0.0, 5.0)];
    let model = Formula { parameters, formula };
    let posterior = drawn(&model, &options(5));
    tally.check(format!("E: {}", posterior.reason), posterior.valid);
    let nested = nested(&model, 5);
    evidence(tally, "E", &nested, value("ln_evidence"));
    for (name, posterior) in [("E", &posterior), ("E nested", &nested)] {
        moments(tally, name, posterior, "mu", value("mean_mu"), Some(value("variance_mu")));
        moments(tally, name, posterior, "gamma", value("mean_gamma"), None);
    }
}

fn two_modes(tally: &mut Tally, truth: &Value) {
    let formula = |x: &[f64]| {
        let half = |centre: f64| {
            let distance = square(x[0] - centre) + x[1] * x[1];
            -0.5 * distance - maths::ln(4.0 * std::f64::consts::PI)
        };
        let (left, right) = (half(-4.0), half(4.0));
        let most = left.max(right);
        let (left, right) = (maths::exp(left - most), maths::exp(right - most));
        let side = (right - left) / (right + left);
        let curves = vec![1.0 - 16.0 * (1.0 - side * side), 0.0, 0.0, 1.0];
        (-most - maths::ln(left + right), vec![x[0] - 4.0 * side, x[1]], Matrix::from_rows(2, 2, curves).unwrap())
    };
    let parameters = ["x", "y"].map(|name| Parameter::new(name, 0.5).within(-10.0, 10.0)).to_vec();
    let posterior = nested(&Formula { parameters, formula }, 6);
    evidence(tally, "F", &posterior, number(&truth["ln_evidence"]));
    let weights = posterior.weights.as_ref().unwrap().iter().flatten();
    let left: f64 = posterior.values.iter().flatten().zip(weights).filter(|(x, _)| x[0] < 0.0).map(|(_, weight)| weight).sum();
    // The share of a mode is decided where both are one: by N live points, to about √(1/4N) and once more on the way in.
    tally.close(format!("F: mass on the left {left}"), (left - number(&truth["mass_left"])).abs() / 0.1);
}

#[test]
fn posteriors_have_the_true_moments_and_evidence() {
    let file = "statistics/bayes.json";
    let Some(truth) = reference(file) else { return };
    let mut tally = Tally::new(file);
    counts(&mut tally, &truth);
    gaussian(&mut tally, &truth["C"]);
    funnel(&mut tally, &truth["D"]);
    on_off(&mut tally, &truth["E"]);
    two_modes(&mut tally, &truth["F"]);
    tally.finish();
}

#[test]
fn draws_do_not_depend_on_threads() {
    let model = counting(9.0, 2.0, 1.0, 40.0);
    let mut options = options(7);
    (options.draws, options.warmup, options.points) = (100, 200, 50);
    let one = sample(&model, &options, &Inline).unwrap();
    assert_eq!(one, sample(&model, &options, &Threads(3)).unwrap());
    assert_ne!(one.values[0], one.values[1]);
    let nested = nested_sample(&model, &options, &Inline).unwrap();
    assert_eq!(nested, nested_sample(&model, &options, &Threads(3)).unwrap());
    options.seed = 8;
    assert_ne!(one.values, sample(&model, &options, &Inline).unwrap().values);
}
