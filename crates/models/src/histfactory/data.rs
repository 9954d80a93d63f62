//! Data of a model: observed, Asimov, and toys that depend on nothing but their seed and number.

use germane_numerics::special;

use super::Model;
use crate::likelihood::Constraint;
use crate::poisson;
use crate::toys::Stream;

/// Main and auxiliary data.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// Counts of all bins, channels in the order of their names.
    pub main: Vec<f64>,
    /// Auxiliary data of the constrained parameters, in the order of the parameters.
    pub auxiliary: Vec<f64>,
}

impl Model {
    /// The data of this model.
    pub fn data(&self) -> Data {
        let auxiliary = self.constraints().map(|(_, constraint)| match constraint {
            Constraint::Normal { centre, .. } => centre,
            Constraint::Poisson { observed, .. } => observed,
        });
        Data { main: self.observed.clone(), auxiliary: auxiliary.collect() }
    }

    /// Data that are exactly what is expected at `x`, main and auxiliary.
    pub fn asimov(&self, x: &[f64]) -> Data {
        let auxiliary = self.constraints().map(|(index, constraint)| match constraint {
            Constraint::Normal { .. } => x[index],
            Constraint::Poisson { rate, .. } => rate * x[index],
        });
        Data { main: self.expected(x), auxiliary: auxiliary.collect() }
    }

    /// Random data at `x`: toy number `number` of a seed, main and auxiliary.
    ///
    /// Every bin and parameter has its own stream (Philox4x32-10 with the key of SHA-256 of seed, `toys` and the name of the
    /// channel or parameter; counter: bin, number, 0), so that toys do not depend on threads or order. A bin whose
    /// expectation is negative or not finite gives NaN.
    pub fn toy(&self, x: &[f64], seed: u64, number: u64) -> Data {
        let expected = self.expected(x);
        let mut main = Vec::with_capacity(expected.len());
        for (name, range) in self.channels() {
            let stream = Stream::new(seed, name);
            for (bin, &mean) in expected[range].iter().enumerate() {
                main.push(poisson::quantile(stream.uniform(bin, number), mean));
            }
        }
        let auxiliary = self.constraints().map(|(index, constraint)| {
            let uniform = Stream::new(seed, &self.parameters[index].name).uniform(0, number);
            match constraint {
                Constraint::Normal { width, .. } => x[index] + width * special::normal_quantile(uniform.min(1.0 - f64::EPSILON)),
                Constraint::Poisson { rate, .. } => poisson::quantile(uniform, rate * x[index]),
            }
        });
        Data { auxiliary: auxiliary.collect(), main }
    }

    /// The same model with other data.
    ///
    /// # Errors
    /// In words, if the lengths are not those of the model or a count is negative or not finite.
    pub fn with_data(&self, data: &Data) -> Result<Self, String> {
        let constrained = self.constraints().count();
        if data.main.len() != self.observed.len() || data.auxiliary.len() != constrained {
            let (bins, main, auxiliary) = (self.observed.len(), data.main.len(), data.auxiliary.len());
            return Err(format!("the model has {bins} bins and {constrained} constraints, the data {main} and {auxiliary}"));
        }
        if let Some(bin) = data.main.iter().position(|count| !(*count >= 0.0 && count.is_finite())) {
            return Err(format!("the count of bin {bin} is {}", data.main[bin]));
        }
        let mut model = self.clone();
        model.observed.clone_from(&data.main);
        model.least = data.main.iter().map(|count| poisson::least(*count)).collect();
        let constraints = model.parameters.iter_mut().filter_map(|parameter| parameter.constraint.as_mut());
        for (constraint, &value) in constraints.zip(&data.auxiliary) {
            match constraint {
                Constraint::Normal { centre, .. } => *centre = value,
                Constraint::Poisson { observed, .. } => *observed = value,
            }
        }
        Ok(model)
    }

    /// Main data followed by auxiliary data as pyhf orders them.
    pub fn pyhf_data(&self) -> Vec<f64> {
        let auxiliary = self.pyhf_order.iter().filter_map(|&index| match self.parameters[index].constraint? {
            Constraint::Normal { centre, .. } => Some(centre),
            Constraint::Poisson { observed, .. } => Some(observed),
        });
        self.observed.iter().copied().chain(auxiliary).collect()
    }
}
