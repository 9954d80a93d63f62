//! Tests of a signal by toys: p-values of both hypotheses, CLs, discovery.

use std::borrow::Cow;
use std::ops::Range;

use germane_models::Experiment;
use germane_numerics::Executor;
use germane_numerics::special::normal_survival;

use super::p_value::PValue;
use super::sample::Sample;
use super::throw::Thrower;
use crate::hypothesis::asymptotic::BANDS;
use crate::hypothesis::{Profiled, Statistic};
use crate::minimise::{self, Options};
use crate::minimum::NoResult;
use crate::search::Limits;

/// Ensembles of one seed: toys with the tested signal and without signal have streams of their own.
const WITH_SIGNAL: u32 = 0;
const WITHOUT_SIGNAL: u32 = 1;

/// A tested value of the parameter of interest with its toys.
#[derive(Clone, Debug, PartialEq)]
pub struct ToyTest {
    /// The statistic.
    pub statistic: Statistic,
    /// The tested value.
    pub value: f64,
    /// The statistic of the data.
    pub observed: f64,
    /// Toys thrown with the parameter at the tested value, the others profiled there.
    pub signal: Sample,
    /// Toys thrown with the parameter at 0.
    pub background: Sample,
}

impl ToyTest {
    /// p-value of signal plus background (CLs+b).
    pub fn p_signal(&self) -> PValue {
        self.signal.p_value(self.observed)
    }

    /// p-value of background alone (CLb).
    pub fn p_background(&self) -> PValue {
        self.background.p_value(self.observed)
    }

    /// CLs, the ratio of both; NaN if no background toy reaches the observed value.
    pub fn cls(&self) -> f64 {
        self.p_signal().ratio() / self.p_background().ratio()
    }

    /// Standard deviation of CLs from the numbers of toys.
    pub fn cls_error(&self) -> f64 {
        ratio_error(self.p_signal(), self.p_background())
    }

    /// CLs of background at -2 … +2 standard deviations, and its standard deviations.
    pub fn expected_cls(&self) -> [(f64, f64); 5] {
        // More events are a smaller statistic: -2 standard deviations is the value that 2.3 % of toys exceed.
        let values = self.background.exceeded(BANDS.map(|band| normal_survival(-band)));
        values.map(|value| {
            let (signal, background) = (self.signal.p_value(value), self.background.p_value(value));
            (signal.ratio() / background.ratio(), ratio_error(signal, background))
        })
    }
}

/// Standard deviation of a ratio of two probabilities; where no toy has reached the value, that of one toy.
fn ratio_error(one: PValue, other: PValue) -> f64 {
    let relative = |p: PValue| {
        let at_least = PValue { reached: p.reached.max(1), ..p };
        at_least.error() / at_least.ratio()
    };
    let ratio = one.reached.max(1) as f64 / one.toys as f64 / other.ratio();
    ratio * (relative(one) * relative(one) + relative(other) * relative(other)).sqrt()
}

/// Tests by toys of one parameter of a model.
///
/// ```
/// use germane_inference::hypothesis::Statistic;
/// use germane_inference::toys::ToyTests;
/// # use germane_inference::Options;
/// # use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
/// # use germane_numerics::Inline;
/// let signal = Sample::new("signal", vec![10.0]).with(Modifier::norm_factor("mu"));
/// let workspace = Workspace::new()
///     .channel(Channel::new("SR").sample(signal).sample(Sample::new("background", vec![50.0])), vec![55.0])
///     .measurement(Measurement::new("main", Some("mu")));
/// let model = workspace.model(None).unwrap();
/// let mut tests = ToyTests::new(&model, 0, Statistic::QTilde, 1, &Options::default()).unwrap();
/// let test = tests.test(2.0, 0..100, &Inline).unwrap();
/// // 2 [70 - 55 + 55 ln(55/70)]
/// assert!((test.observed - 3.472_174).abs() < 1e-6);
/// assert_eq!(test.signal.range(), 0..100);
/// ```
pub struct ToyTests<'a, M: Experiment> {
    model: &'a M,
    data: Profiled<'a>,
    statistic: Statistic,
    poi: usize,
    seed: u64,
    options: Options,
}

impl<M: Experiment> std::fmt::Debug for ToyTests<'_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ToyTests({}, best {})", self.statistic.name(), self.data.best())
    }
}

impl<'a, M: Experiment> ToyTests<'a, M> {
    /// Fits the data.
    ///
    /// # Errors
    /// If there is no minimum.
    pub fn new(model: &'a M, poi: usize, statistic: Statistic, seed: u64, options: &Options) -> Result<Self, NoResult> {
        let start = minimise::start(model.parameters(), options);
        let data = Profiled::new(model, poi, &start, options.limits())?;
        Ok(Self { model, data, statistic, poi, seed, options: options.clone() })
    }

    /// Best value of the parameter of interest.
    pub fn best(&self) -> f64 {
        self.data.best()
    }

    /// The statistic of the data at a value.
    ///
    /// # Errors
    /// If a profile has no minimum.
    pub fn observed(&mut self, value: f64) -> Result<f64, NoResult> {
        let value = self.statistic.tested(value);
        let below = self.statistic.is_not_negative() && self.data.best() < 0.0;
        if self.statistic.is_one_sided(if below { 0.0 } else { self.data.best() }, value) {
            return Ok(0.0);
        }
        let height = self.data.at(value)?.value;
        // Of the values that are not negative, 0 is then the best one. A profile below the best point has replaced it.
        let reference = if below { self.data.at(0.0)?.value } else { self.data.lowest() };
        Ok((2.0 * (height - reference)).max(0.0))
    }

    /// Tests a value on the toys of a range, of each hypothesis.
    ///
    /// # Errors
    /// If a profile has no minimum, or the expectation of a bin there is negative or not finite.
    pub fn test(&mut self, value: f64, toys: Range<u64>, executor: &dyn Executor) -> Result<ToyTest, NoResult> {
        Ok(ToyTest {
            statistic: self.statistic,
            value: self.statistic.tested(value),
            observed: self.observed(value)?,
            signal: self.toys(value, value, toys.clone(), executor)?,
            background: self.toys(value, 0.0, toys, executor)?,
        })
    }

    /// The statistic at `value` in toys thrown with the parameter at `truth`, the others profiled there.
    ///
    /// # Errors
    /// If the profile has no minimum, or the expectation of a bin there is negative or not finite.
    pub fn toys(&mut self, value: f64, truth: f64, toys: Range<u64>, executor: &dyn Executor) -> Result<Sample, NoResult> {
        let hypothesis = if truth == 0.0 { WITHOUT_SIGNAL } else { WITH_SIGNAL };
        let x = self.profiled(truth)?;
        let model = self.allowed();
        let thrower = Thrower::new(&*model, &x, self.seed, hypothesis, self.limits()).map_err(NoResult)?;
        Ok(thrower.statistic(self.statistic, self.poi, value, toys, executor))
    }

    /// The statistic that is tested.
    pub fn statistic(&self) -> Statistic {
        self.statistic
    }

    /// Index of the parameter of interest.
    pub fn poi(&self) -> usize {
        self.poi
    }

    /// Bounds of the parameter of interest.
    pub fn bounds(&self) -> [f64; 2] {
        let parameter = &self.model.parameters()[self.poi];
        [parameter.lower, parameter.upper]
    }

    /// Error of the parameter of interest in the data, where it has one.
    pub(super) fn error(&self) -> Option<f64> {
        self.data.error()
    }

    pub(super) fn limits(&self) -> Limits {
        self.options.limits()
    }

    /// The point with the parameter of interest at `truth` and all others at their best.
    pub(super) fn profiled(&mut self, truth: f64) -> Result<Vec<f64>, NoResult> {
        Ok(self.data.at(truth)?.x)
    }

    /// The model with the values of the parameter of interest that the statistic allows.
    pub(super) fn allowed(&self) -> Cow<'a, M> {
        let parameter = &self.model.parameters()[self.poi];
        if self.statistic.is_not_negative() && parameter.lower < 0.0 {
            return Cow::Owned(self.model.clone().within(self.poi, 0.0, parameter.upper));
        }
        Cow::Borrowed(self.model)
    }
}

/// q0 of the data and in toys without signal: the p-value of the background alone.
///
/// # Errors
/// If a fit to the data has no minimum.
pub fn toy_discovery<M: Experiment>(
    model: &M,
    poi: usize,
    seed: u64,
    toys: Range<u64>,
    options: &Options,
    executor: &dyn Executor,
) -> Result<(f64, Sample), NoResult> {
    let mut tests = ToyTests::new(model, poi, Statistic::Q0, seed, options)?;
    let observed = tests.observed(0.0)?;
    Ok((observed, tests.toys(0.0, 0.0, toys, executor)?))
}
