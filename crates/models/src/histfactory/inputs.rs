//! The numbers that a model is made of as one vector: data, templates, factors, uncertainties.

use std::ops::Range;

use super::Model;
use super::plan::{ChannelPlan, Contents, Row};
use crate::poisson;

/// What some numbers of a model are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputKind {
    /// Observed counts of a channel.
    Data,
    /// Nominal contents of a sample.
    Nominal,
    /// Contents, or the factor, at one standard deviation up.
    High,
    /// Contents, or the factor, at one standard deviation down.
    Low,
    /// Absolute uncertainties of the bins, from which constraints get their widths.
    Uncertainty,
}

impl InputKind {
    /// The word in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Nominal => "nominal",
            Self::High => "hi",
            Self::Low => "lo",
            Self::Uncertainty => "uncertainty",
        }
    }
}

/// Numbers that stand together in the vector of [`Model::input_values`].
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Name of the channel.
    pub channel: String,
    /// Name of the sample; none for data.
    pub sample: Option<String>,
    /// Name of the modifier; none for data and nominal contents.
    pub modifier: Option<String>,
    /// What they are.
    pub kind: InputKind,
    /// Where they are in the vector.
    pub range: Range<usize>,
}

/// Where the numbers of an input are in the model.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Data {
        first: usize,
    },
    /// In the templates.
    Template {
        start: usize,
    },
    /// In the templates, as the difference to the nominal contents.
    High {
        change: usize,
        nominal: usize,
    },
    Low {
        change: usize,
        nominal: usize,
    },
    /// The two ends of a factor.
    FactorHigh {
        channel: usize,
        row: usize,
        factor: usize,
    },
    FactorLow {
        channel: usize,
        row: usize,
        factor: usize,
    },
}

impl Model {
    /// What the numbers of [`Model::input_values`] are: channel after channel (in the order of the data) its data, then sample
    /// after sample nominal contents, templates up and down, factors up and down, uncertainties.
    ///
    /// # Errors
    /// In words, for channels of datacards, whose templates are normalised and scaled when they are read.
    pub fn inputs(&self) -> Result<Vec<Input>, String> {
        Ok(self.slots()?.into_iter().map(|(input, _)| input).collect())
    }

    /// The numbers themselves.
    ///
    /// # Errors
    /// As [`Model::inputs`].
    pub fn input_values(&self) -> Result<Vec<f64>, String> {
        let mut values = Vec::new();
        for (input, place) in self.slots()? {
            let bins = 0..input.range.len();
            match place {
                Place::Data { first } => values.extend_from_slice(&self.observed[first..first + bins.len()]),
                Place::Template { start } => values.extend_from_slice(&self.templates[start..start + bins.len()]),
                Place::High { change, nominal } => {
                    values.extend(bins.map(|bin| self.templates[nominal + bin] + self.templates[change + bin]));
                }
                Place::Low { change, nominal } => {
                    values.extend(bins.map(|bin| self.templates[nominal + bin] - self.templates[change + bin]));
                }
                Place::FactorHigh { channel, row, factor } => values.extend(self.ends(channel, row, factor).map(|ends| ends.1)),
                Place::FactorLow { channel, row, factor } => values.extend(self.ends(channel, row, factor).map(|ends| ends.0)),
            }
        }
        Ok(values)
    }

    /// The same model made of other numbers; widths of constraints follow.
    ///
    /// # Errors
    /// In words: another length, a count that is negative or not finite, a factor that is not positive, a bin that has lost its
    /// content or uncertainty; and as [`Model::inputs`].
    pub fn with_inputs(&self, values: &[f64]) -> Result<Self, String> {
        let slots = self.slots()?;
        let wanted = slots.last().map_or(0, |(input, _)| input.range.end);
        if values.len() != wanted {
            return Err(format!("the model is made of {wanted} numbers, not {}", values.len()));
        }
        let mut model = self.clone();
        for (input, place) in slots {
            let given = &values[input.range.clone()];
            if let Some(bin) = given.iter().position(|value| !value.is_finite()) {
                return Err(format!("{} of bin {bin} is {}", input.describe(), given[bin]));
            }
            match place {
                Place::Data { first } => {
                    for (bin, &count) in given.iter().enumerate() {
                        if count < 0.0 {
                            return Err(format!("{} of bin {bin} is {count}", input.describe()));
                        }
                        model.observed[first + bin] = count;
                        model.least[first + bin] = poisson::least(count);
                    }
                }
                Place::Template { start } => model.templates[start..start + given.len()].copy_from_slice(given),
                Place::High { change, nominal } => {
                    for (bin, value) in given.iter().enumerate() {
                        model.templates[change + bin] = value - model.templates[nominal + bin];
                    }
                }
                Place::Low { change, nominal } => {
                    for (bin, value) in given.iter().enumerate() {
                        model.templates[change + bin] = model.templates[nominal + bin] - value;
                    }
                }
                Place::FactorHigh { channel, row, factor } => model.set_end(channel, row, factor, |(low, _)| (low, given[0])),
                Place::FactorLow { channel, row, factor } => model.set_end(channel, row, factor, |(_, high)| (given[0], high)),
            }
            let is_factor = matches!(place, Place::FactorHigh { .. } | Place::FactorLow { .. });
            if is_factor && given[0] <= 0.0 {
                return Err(format!("{} is {}, not positive", input.describe(), given[0]));
            }
        }
        for width in &model.widths {
            let parameter = &mut model.parameters[width.parameter()];
            let Some(constraint) = parameter.constraint else { continue };
            let applied = width.applied(constraint, &model.templates);
            parameter.constraint =
                Some(applied.ok_or_else(|| format!("the bin of {} has no content or no uncertainty", parameter.name))?);
        }
        Ok(model)
    }

    fn ends(&self, channel: usize, row: usize, factor: usize) -> Option<(f64, f64)> {
        self.channels[channel].rows()[row].factors[factor].factor.as_ref().map(crate::interpolation::Factor::ends)
    }

    fn set_end(&mut self, channel: usize, row: usize, factor: usize, other: impl FnOnce((f64, f64)) -> (f64, f64)) {
        let Contents::Samples(rows) = &mut self.channels[channel].contents else { return };
        if let Some(factor) = &mut rows[row].factors[factor].factor {
            let (low, high) = other(factor.ends());
            *factor = factor.with_ends(low, high);
        }
    }

    /// All inputs with their places.
    pub(super) fn slots(&self) -> Result<Vec<(Input, Place)>, String> {
        let mut slots = Slots { all: Vec::new(), next: 0 };
        for (number, channel) in self.channels.iter().enumerate() {
            if channel.card().is_some() {
                return Err("a datacard has no templates that could be varied: they are normalised when it is read".to_owned());
            }
            slots.push(channel, None, None, InputKind::Data, channel.bins, Place::Data { first: channel.first });
            for (row_number, row) in channel.rows().iter().enumerate() {
                let bins = channel.bins;
                slots.push(channel, Some(row), None, InputKind::Nominal, bins, Place::Template { start: row.nominal });
                for change in &row.changes {
                    let name = Some(self.parameters[change.parameter].name.clone());
                    let high = Place::High { change: change.template, nominal: row.nominal };
                    slots.push(channel, Some(row), name.clone(), InputKind::High, bins, high);
                    let low = Place::Low { change: change.template + bins, nominal: row.nominal };
                    slots.push(channel, Some(row), name, InputKind::Low, bins, low);
                }
                for (factor, of) in row.factors.iter().enumerate().filter(|(_, of)| of.factor.is_some()) {
                    let name = Some(self.parameters[of.parameter].name.clone());
                    let high = Place::FactorHigh { channel: number, row: row_number, factor };
                    slots.push(channel, Some(row), name.clone(), InputKind::High, 1, high);
                    let low = Place::FactorLow { channel: number, row: row_number, factor };
                    slots.push(channel, Some(row), name, InputKind::Low, 1, low);
                }
                for &(vector, start) in &row.uncertainties {
                    let name = channel.vectors[vector].first().map(|&first| stem(&self.parameters[first].name).to_owned());
                    slots.push(channel, Some(row), name, InputKind::Uncertainty, bins, Place::Template { start });
                }
            }
        }
        Ok(slots.all)
    }
}

struct Slots {
    all: Vec<(Input, Place)>,
    next: usize,
}

impl Slots {
    fn push(
        &mut self,
        channel: &ChannelPlan,
        row: Option<&Row>,
        modifier: Option<String>,
        kind: InputKind,
        count: usize,
        place: Place,
    ) {
        let range = self.next..self.next + count;
        self.next = range.end;
        let sample = row.map(|row| row.sample.clone());
        self.all.push((Input { channel: channel.name.clone(), sample, modifier, kind, range }, place));
    }
}

impl Input {
    fn describe(&self) -> String {
        let names = [Some(&self.channel), self.sample.as_ref(), self.modifier.as_ref()];
        let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        format!("`{}` of {}", self.kind.word(), names.join("/"))
    }
}

/// The name of a vector from that of an entry: `mc[3]` is of `mc`.
pub(super) fn stem(name: &str) -> &str {
    name.rsplit_once('[').map_or(name, |(stem, _)| stem)
}
