//! How upper limits change with the numbers that a model is made of.
//!
//! A limit solves f(q(μ; φ), a(μ; φ)) = const, so dμ/dφ = -(∂f/∂φ)/(∂f/∂μ). Of minima only the explicit dependence counts
//! (envelope theorem): ∂q/∂φ = 2 [∂L(μ) - ∂L(μ̂)]. The Asimov data of a are themselves functions of φ and of the profiled point
//! without signal, which moves by the implicit function theorem.

use germane_models::{Data, InputKind, Model};

use super::limit::slope_of_ln_cls;
use super::{Profiled, Tests, UpperLimit, upper_limit, without_signal};
use crate::errors::Errors;
use crate::minimise::{Options, errors_at};
use crate::minimum::NoResult;
use crate::point::Problem;
use crate::sensitivity::spread;

/// Upper limits with their derivatives by the inputs of the model ([`Model::input_values`]), in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitGradient {
    /// The limits.
    pub limit: UpperLimit,
    /// Derivatives of the observed limit.
    pub observed: Vec<f64>,
    /// Derivatives of the expected limits at -2 … +2 standard deviations.
    pub expected: [Vec<f64>; 5],
}

/// Asymptotic upper limits ([`upper_limit`]) of the parameter with index `poi`, with their derivatives.
///
/// # Errors
/// If there are no limits, or the model has no such inputs.
pub fn limit_gradient(model: &Model, poi: usize, level: f64, options: &Options) -> Result<LimitGradient, NoResult> {
    let asimov = without_signal(model, poi, options)?;
    let mut tests = Tests::new(model, &asimov, poi, options)?;
    let limit = upper_limit(&mut tests, level)?;
    let background = Background::new(model, &asimov, poi)?;

    let (q, dq) = tests.data.statistic(limit.observed)?;
    let (a, da) = tests.asimov.rise(limit.observed)?;
    let by_q = if q > 0.0 { explicit(model, &mut tests.data, limit.observed)? } else { vec![0.0; background.size] };
    let by_a = background.derivative(&mut tests.asimov, limit.observed)?;
    let (of_q, of_a) = (slope_of_ln_cls(q, 1.0, a, 0.0), slope_of_ln_cls(q, 0.0, a, 1.0));
    let slope = slope_of_ln_cls(q, dq, a, da);
    let observed = by_q.iter().zip(&by_a).map(|(by_q, by_a)| -(of_q * by_q + of_a * by_a) / slope).collect();
    let mut expected: [Vec<f64>; 5] = Default::default();
    for (band, value) in expected.iter_mut().zip(limit.expected) {
        let (_, slope) = tests.asimov.rise(value)?;
        *band = background.derivative(&mut tests.asimov, value)?.into_iter().map(|by_a| -by_a / slope).collect();
    }
    Ok(LimitGradient { limit, observed, expected })
}

/// 2 [∂L(value) - ∂L(best)] by the inputs.
fn explicit(model: &Model, data: &mut Profiled<'_>, value: f64) -> Result<Vec<f64>, NoResult> {
    let held = model.input_gradient(&data.at(value)?.x).map_err(NoResult)?;
    let best = model.input_gradient(&data.best.x).map_err(NoResult)?;
    Ok(held.iter().zip(&best).map(|(held, best)| 2.0 * (held - best)).collect())
}

/// The Asimov data without signal, and how they follow the model.
struct Background<'a> {
    model: &'a Model,
    asimov: &'a Model,
    /// The profiled point that they are expected at, and the errors there.
    x: Vec<f64>,
    errors: Errors,
    /// Where the counts are among the inputs.
    counts: Vec<std::ops::Range<usize>>,
    size: usize,
}

impl<'a> Background<'a> {
    fn new(model: &'a Model, asimov: &'a Model, poi: usize) -> Result<Self, NoResult> {
        let x = asimov.start();
        let others = Problem::new(model).holding(poi);
        let errors = errors_at(&others, &others.at(x.clone()));
        let inputs = model.inputs().map_err(NoResult)?;
        let size = inputs.last().map_or(0, |input| input.range.end);
        let counts = inputs.into_iter().filter(|input| input.kind == InputKind::Data).map(|input| input.range);
        Ok(Self { model, asimov, x, errors, counts: counts.collect(), size })
    }

    /// Derivatives of 2 [L(value) - L(best)] of the Asimov data by the inputs of the model.
    fn derivative(&self, data: &mut Profiled<'_>, value: f64) -> Result<Vec<f64>, NoResult> {
        let mut sum = explicit(self.asimov, data, value)?;
        // The counts are no inputs: they follow.
        for range in &self.counts {
            sum[range.clone()].fill(0.0);
        }
        let (held, best) = (self.asimov.data_gradient(&data.at(value)?.x), self.asimov.data_gradient(&data.best.x));
        let differences = |held: &[f64], best: &[f64]| held.iter().zip(best).map(|(held, best)| 2.0 * (held - best)).collect();
        let weights =
            Data { main: differences(&held.main, &best.main), auxiliary: differences(&held.auxiliary, &best.auxiliary) };
        let slopes = self.model.asimov_slopes(&self.x, &weights);
        let free: Vec<f64> = self.errors.free.iter().map(|&index| slopes[index]).collect();
        let direction = spread(&self.errors, &self.errors.times(&free), self.x.len());
        let moved = self.model.input_gradient_along(&self.x, &direction).map_err(NoResult)?;
        let explicit = self.model.asimov_gradient(&self.x, &weights).map_err(NoResult)?;
        for (sum, (moved, explicit)) in sum.iter_mut().zip(moved.iter().zip(&explicit)) {
            *sum += explicit - moved;
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};

    fn model() -> Model {
        let signal =
            Sample::new("signal", vec![3.0, 9.0]).with(Modifier::norm_factor("mu")).with(Modifier::norm_sys("scale", 1.1, 0.93));
        let background = Sample::new("background", vec![51.0, 38.0])
            .with(Modifier::histo_sys("slope", vec![55.0, 37.0], vec![48.0, 40.0]))
            .with(Modifier::norm_sys("scale", 1.05, 0.97))
            .with(Modifier::stat_error("mc", vec![2.5, 2.0]));
        let control = Sample::new("background", vec![210.0, 95.0])
            .with(Modifier::norm_sys("scale", 1.2, 0.85))
            .with(Modifier::shape_sys("own", vec![12.0, 7.0]));
        Workspace::new()
            .channel(Channel::new("SR").sample(signal).sample(background), vec![53.0, 44.0])
            .channel(Channel::new("CR").sample(control), vec![205.0, 101.0])
            .measurement(Measurement::new("main", Some("mu")))
            .model(None)
            .unwrap()
    }

    fn limits(model: &Model) -> [f64; 6] {
        let poi = model.poi().unwrap();
        let asimov = without_signal(model, poi, &Options::default()).unwrap();
        let found = upper_limit(&mut Tests::new(model, &asimov, poi, &Options::default()).unwrap(), 0.95).unwrap();
        let [a, b, c, d, e] = found.expected;
        [found.observed, a, b, c, d, e]
    }

    #[test]
    fn limits_move_as_their_derivatives_say() {
        let model = model();
        let found = limit_gradient(&model, model.poi().unwrap(), 0.95, &Options::default()).unwrap();
        let values = model.input_values().unwrap();
        assert_eq!(found.observed.len(), values.len());
        for k in 0..values.len() {
            // Central differences of fourth order: of this step, truncation and rounding are both some 1e-10.
            let step = 3e-4 * values[k].abs();
            let at = |times: f64| {
                let mut moved = values.clone();
                moved[k] += times * step;
                limits(&model.with_inputs(&moved).unwrap())
            };
            let [near, far] = [1.0, 2.0].map(|times| {
                let (up, down) = (at(times), at(-times));
                std::array::from_fn::<f64, 6, _>(|limit| (up[limit] - down[limit]) / (2.0 * times * step))
            });
            let all: Vec<&Vec<f64>> = std::iter::once(&found.observed).chain(&found.expected).collect();
            for (limit, gradient) in all.into_iter().enumerate() {
                let difference = (4.0 * near[limit] - far[limit]) / 3.0;
                let tolerance = 1e-7 * difference.abs() + 2e-9;
                assert!((gradient[k] - difference).abs() < tolerance, "{k} {limit}: {} {difference}", gradient[k]);
            }
        }
    }
}
