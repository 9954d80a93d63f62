//! What tests of hypotheses need to know of a model: its data can be exchanged.

use crate::histfactory::{Ensemble, Model};
use crate::likelihood::{Likelihood, Parameter};

/// A likelihood whose data can be exchanged: for Asimov data and for toys.
///
/// ```
/// use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
/// use germane_models::{Experiment, Likelihood};
/// let sample = Sample::new("signal", vec![10.0]).with(Modifier::norm_factor("mu"));
/// let workspace = Workspace::new().channel(Channel::new("SR").sample(sample), vec![7.0]).measurement(Measurement::new("m", None));
/// let model = workspace.model(None).unwrap();
/// let asimov = model.expecting(&[1.5]).unwrap();
/// // The best value of Asimov data is where they were made.
/// let mut slope = [0.0];
/// asimov.gradient(&[1.5], &mut slope);
/// assert!(slope[0].abs() < 1e-12);
/// ```
pub trait Experiment: Likelihood + Clone {
    /// Random data at one point, by number.
    type Toys: Send + Sync;

    /// The same likelihood of data that are exactly what is expected at `x`, main and auxiliary.
    ///
    /// # Errors
    /// In words, if the expectation at `x` is negative or not finite somewhere.
    fn expecting(&self, x: &[f64]) -> Result<Self, String>;

    /// Random data at `x`, of which toy `number` is a function of seed, hypothesis and number alone. `hypothesis` tells several
    /// ensembles of one seed apart; auxiliary data are thrown around `x`.
    ///
    /// # Errors
    /// As [`Experiment::expecting`].
    fn toys(&self, x: &[f64], seed: u64, hypothesis: u32) -> Result<Self::Toys, String>;

    /// Takes the data of a toy.
    ///
    /// # Errors
    /// In words, if they are none: counts that are not finite.
    fn take(&mut self, toys: &Self::Toys, number: u64) -> Result<(), String>;

    /// The parameters, to set starts and bounds.
    fn parameters_mut(&mut self) -> &mut [Parameter];

    /// The same model, fits of which start at `x`.
    #[must_use]
    fn starting_at(mut self, x: &[f64]) -> Self {
        for (parameter, &start) in self.parameters_mut().iter_mut().zip(x) {
            parameter.start = start;
        }
        self
    }

    /// The same model with other bounds of a parameter.
    #[must_use]
    fn within(mut self, index: usize, lower: f64, upper: f64) -> Self {
        let parameter = &mut self.parameters_mut()[index];
        (parameter.lower, parameter.upper) = (lower, upper);
        self
    }
}

impl Experiment for Model {
    type Toys = Ensemble;

    fn expecting(&self, x: &[f64]) -> Result<Self, String> {
        self.with_data(&self.asimov(x))
    }

    fn toys(&self, x: &[f64], seed: u64, hypothesis: u32) -> Result<Ensemble, String> {
        self.ensemble(x, seed, hypothesis)
    }

    fn take(&mut self, toys: &Ensemble, number: u64) -> Result<(), String> {
        self.set_data(&toys.data(number))
    }

    fn parameters_mut(&mut self) -> &mut [Parameter] {
        &mut self.parameters
    }
}
