//! p-values of counting experiments without toys: the probabilities of all data that can be observed, added up.

use std::sync::OnceLock;

use germane_models::{Constraint, Data, Likelihood, Model};
use germane_numerics::special::ln_gamma;
use germane_numerics::{Executor, maths};

use super::evaluate::Around;
use super::sample::TIE;
use super::test::ToyTests;
use crate::minimum::NoResult;

/// Most sets of data that are listed.
const MOST: usize = 200_000;

/// Counts of smaller probability are not listed; all of them together are taken to reach the observed statistic.
const NEGLIGIBLE: f64 = 1e-14;

/// Sets of data that one task works on.
const TOGETHER: usize = 64;

impl ToyTests<'_, Model> {
    /// The probability that the statistic at `value` is at least that of the data, where the parameter is `truth` and the others
    /// are profiled there: over all counts of the bins and of the auxiliary measurements that are Poisson.
    ///
    /// Exact up to 1e-10. Ties count as reached.
    ///
    /// # Errors
    /// If a free parameter has an auxiliary measurement that is no count, if there are too many possible data, or if a fit has no
    /// minimum.
    pub fn enumerated(&mut self, value: f64, truth: f64, executor: &dyn Executor) -> Result<f64, NoResult> {
        let observed = self.observed(value)?;
        let x = self.profiled(truth)?;
        let model = self.allowed();
        let counted = Counted::new(&model, &x).map_err(NoResult)?;
        let around = Around::new(&*model, &x, self.limits());
        let evaluation = around.test(self.statistic(), self.poi(), value);
        let size = counted.size();
        let done: Vec<OnceLock<Result<f64, String>>> = (0..size.div_ceil(TOGETHER)).map(|_| OnceLock::new()).collect();
        executor.run(done.len(), &|task| {
            let mut model = model.clone().into_owned();
            let mut below = 0.0;
            let mut add = |number: usize| -> Result<(), String> {
                let probability = counted.probability(number);
                if probability < NEGLIGIBLE / size as f64 {
                    return Ok(());
                }
                model.set_data(&counted.data(number))?;
                if evaluation.of(&model).map_err(|failure| failure.reason().to_owned())? < observed - TIE {
                    below += probability;
                }
                Ok(())
            };
            let first = task * TOGETHER;
            let added = (first..(first + TOGETHER).min(size)).try_for_each(&mut add);
            let _ = done[task].set(added.map(|()| below));
        });
        let parts = done.into_iter().filter_map(OnceLock::into_inner).collect::<Result<Vec<f64>, _>>().map_err(NoResult)?;
        Ok((1.0 - parts.iter().sum::<f64>()).max(0.0))
    }
}

/// Everything that can be counted at a point.
struct Counted {
    /// What is not counted stays.
    data: Data,
    axes: Vec<Axis>,
}

/// The possible values of one count.
struct Axis {
    place: Place,
    first: usize,
    probabilities: Vec<f64>,
}

#[derive(Clone, Copy)]
enum Place {
    Bin(usize),
    Auxiliary(usize),
}

impl Counted {
    fn new(model: &Model, x: &[f64]) -> Result<Self, String> {
        let mut axes = Vec::new();
        for (bin, mean) in model.expected(x).into_iter().enumerate() {
            axes.push(Axis::new(Place::Bin(bin), mean)?);
        }
        let constrained = model.parameters().iter().enumerate().filter_map(|(index, p)| Some((index, p, p.constraint?)));
        for (place, (index, parameter, constraint)) in constrained.enumerate() {
            match constraint {
                _ if parameter.fixed => {}
                Constraint::Poisson { .. } => axes.push(Axis::new(Place::Auxiliary(place), constraint.expected(x[index]))?),
                _ => return Err(format!("the auxiliary measurement of {} is no count: throw toys", parameter.name)),
            }
        }
        let size = axes.iter().try_fold(1usize, |size, axis| size.checked_mul(axis.probabilities.len()));
        if size.is_none_or(|size| size > MOST) {
            return Err(format!("{} counts have more than {MOST} possible values together: throw toys", axes.len()));
        }
        Ok(Self { data: model.data(), axes })
    }

    fn size(&self) -> usize {
        self.axes.iter().map(|axis| axis.probabilities.len()).product()
    }

    /// The axes with the place on each of data `number`.
    fn places(&self, mut number: usize) -> impl Iterator<Item = (&Axis, usize)> {
        self.axes.iter().map(move |axis| {
            let place = number % axis.probabilities.len();
            number /= axis.probabilities.len();
            (axis, place)
        })
    }

    fn probability(&self, number: usize) -> f64 {
        self.places(number).map(|(axis, place)| axis.probabilities[place]).product()
    }

    fn data(&self, number: usize) -> Data {
        let mut data = self.data.clone();
        for (axis, place) in self.places(number) {
            let count = (axis.first + place) as f64;
            match axis.place {
                Place::Bin(bin) => data.main[bin] = count,
                Place::Auxiliary(place) => data.auxiliary[place] = count,
            }
        }
        data
    }
}

impl Axis {
    fn new(place: Place, mean: f64) -> Result<Self, String> {
        if !(mean >= 0.0 && mean <= MOST as f64) {
            return Err(format!("a count of mean {mean} cannot be listed"));
        }
        let probability = |count: usize| {
            let n = count as f64;
            let power = if count == 0 { 0.0 } else { n * maths::ln(mean) };
            maths::exp(power - mean - ln_gamma(n + 1.0))
        };
        let mode = mean.floor() as usize;
        let mut first = mode;
        while first > 0 && probability(first - 1) > NEGLIGIBLE {
            first -= 1;
        }
        let above = (mode + 1..).map(probability).take_while(|p| *p > NEGLIGIBLE);
        Ok(Self { place, first, probabilities: (first..=mode).map(probability).chain(above).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hypothesis::Statistic;
    use crate::minimise::Options;
    use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
    use germane_numerics::Inline;

    #[test]
    fn all_probabilities_of_an_axis_are_one() {
        for mean in [0.0, 0.3, 7.0, 150.5] {
            let axis = Axis::new(Place::Bin(0), mean).unwrap();
            assert!((axis.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{mean}");
        }
    }

    #[test]
    fn what_cannot_be_listed_is_refused_by_name() {
        let signal = Sample::new("signal", vec![10.0]).with(Modifier::norm_factor("mu"));
        let background = Sample::new("background", vec![50.0]).with(Modifier::norm_sys("scale", 1.1, 0.9));
        let workspace = Workspace::new()
            .channel(Channel::new("SR").sample(signal).sample(background), vec![55.0])
            .measurement(Measurement::new("main", Some("mu")));
        let model = workspace.model(None).unwrap();
        let mut tests = ToyTests::new(&model, 0, Statistic::T, 0, &Options::default()).unwrap();
        assert!(tests.enumerated(1.0, 1.0, &Inline).unwrap_err().0.contains("scale is no count"));
    }
}
