//! Data of a model: observed, Asimov, and toys that depend on nothing but their seed and number.

use super::Model;
use crate::likelihood::Constraint;
use crate::poisson;
use crate::toys::{Auxiliary, Counts, Stream};

/// Main and auxiliary data.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// Counts of all bins, channels in the order of their names.
    pub main: Vec<f64>,
    /// Auxiliary data of the constrained parameters, in the order of the parameters.
    pub auxiliary: Vec<f64>,
}

/// Random data at one point of a model, by number.
#[derive(Clone, Debug)]
pub struct Ensemble {
    channels: Vec<(Stream, Vec<Counts>)>,
    auxiliary: Vec<(Stream, Auxiliary)>,
}

impl Ensemble {
    /// Toy number `number`.
    pub fn data(&self, number: u64) -> Data {
        let bins = |(stream, bins): &(Stream, Vec<Counts>)| -> Vec<f64> {
            bins.iter().enumerate().map(|(bin, counts)| counts.at(stream.uniform(bin, number))).collect()
        };
        Data {
            main: self.channels.iter().flat_map(bins).collect(),
            auxiliary: self.auxiliary.iter().map(|(stream, auxiliary)| auxiliary.at(stream.uniform(0, number))).collect(),
        }
    }
}

impl Model {
    /// The data of this model.
    pub fn data(&self) -> Data {
        let auxiliary = self.constraints().map(|(_, constraint)| constraint.datum());
        Data { main: self.observed.clone(), auxiliary: auxiliary.collect() }
    }

    /// Data that are exactly what is expected at `x`, main and auxiliary.
    pub fn asimov(&self, x: &[f64]) -> Data {
        let auxiliary = self.constraints().map(|(index, constraint)| constraint.expected(x[index]));
        Data { main: self.expected(x), auxiliary: auxiliary.collect() }
    }

    /// Random data at `x`: toy number `number` of a seed, main and auxiliary. Many toys of one point: [`Model::ensemble`].
    ///
    /// A bin whose expectation is negative or not finite gives NaN.
    pub fn toy(&self, x: &[f64], seed: u64, number: u64) -> Data {
        self.throws(x, seed, 0, Counts::new).data(number)
    }

    /// Toys of one point, for many of them. `hypothesis` tells several ensembles of one seed apart.
    ///
    /// Every bin and parameter has its own stream (Philox4x32-10 with the key of SHA-256 of seed, `toys` and the name of the
    /// channel or parameter; counter: bin, number, hypothesis), so that toys do not depend on threads or order. Main data are
    /// Poisson; auxiliary data are thrown around the parameters (unconditionally) but for fixed parameters, whose stay.
    ///
    /// # Errors
    /// In words, if the expectation of a bin at `x` is negative or not finite.
    pub fn ensemble(&self, x: &[f64], seed: u64, hypothesis: u32) -> Result<Ensemble, String> {
        let wrong = |mean: &f64| !(*mean >= 0.0 && mean.is_finite());
        let expected = self.expected(x);
        for (name, range) in self.channels() {
            if let Some(bin) = expected[range.clone()].iter().position(wrong) {
                return Err(format!("bin {bin} of channel {name}: the expectation is {}", expected[range.start + bin]));
            }
        }
        Ok(self.throws(x, seed, hypothesis, Counts::tabulated))
    }

    fn throws(&self, x: &[f64], seed: u64, hypothesis: u32, counts: fn(f64) -> Counts) -> Ensemble {
        let expected = self.expected(x);
        let channel = |(name, range): (&str, std::ops::Range<usize>)| {
            (Stream::new(seed, name, hypothesis), expected[range].iter().map(|mean| counts(*mean)).collect())
        };
        let auxiliary = |(index, constraint): (usize, Constraint)| {
            let parameter = &self.parameters[index];
            let stream = Stream::new(seed, &parameter.name, hypothesis);
            (stream, Auxiliary::new(constraint, parameter.fixed, x[index], counts))
        };
        Ensemble { channels: self.channels().map(channel).collect(), auxiliary: self.constraints().map(auxiliary).collect() }
    }

    /// The same model with other data.
    ///
    /// # Errors
    /// In words, if the lengths are not those of the model or a count is negative or not finite.
    pub fn with_data(&self, data: &Data) -> Result<Self, String> {
        let mut model = self.clone();
        model.set_data(data)?;
        Ok(model)
    }

    /// Replaces the data.
    ///
    /// # Errors
    /// As [`Model::with_data`]; the model is unchanged then.
    pub fn set_data(&mut self, data: &Data) -> Result<(), String> {
        let constrained = self.constraints().count();
        if data.main.len() != self.observed.len() || data.auxiliary.len() != constrained {
            let (bins, main, auxiliary) = (self.observed.len(), data.main.len(), data.auxiliary.len());
            return Err(format!("the model has {bins} bins and {constrained} constraints, the data {main} and {auxiliary}"));
        }
        if let Some(bin) = data.main.iter().position(|count| !(*count >= 0.0 && count.is_finite())) {
            return Err(format!("the count of bin {bin} is {}", data.main[bin]));
        }
        self.observed.clone_from(&data.main);
        for width in &mut self.widths {
            width.release_datum();
        }
        for (least, count) in self.least.iter_mut().zip(&data.main) {
            *least = poisson::least(*count);
        }
        let constraints = self.parameters.iter_mut().filter_map(|parameter| parameter.constraint.as_mut());
        for (constraint, &value) in constraints.zip(&data.auxiliary) {
            *constraint = constraint.with_datum(value);
        }
        Ok(())
    }

    /// Main data followed by auxiliary data as pyhf orders them.
    pub fn pyhf_data(&self) -> Vec<f64> {
        let auxiliary =
            self.pyhf_order.iter().filter_map(|&index| self.parameters[index].constraint.map(|constraint| constraint.datum()));
        self.observed.iter().copied().chain(auxiliary).collect()
    }
}
