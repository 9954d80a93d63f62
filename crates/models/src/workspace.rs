//! A HistFactory model as text: the workspace of pyhf, version 1.0.0, as plain data.
//!
//! Read it with [`Workspace::read`], or build it piece by piece; [`Workspace::model`] compiles a measurement of it.

use std::collections::BTreeMap;

use germane_texts::{Diagnostic, Source, Span};

use crate::histfactory::{Model, compile};
use crate::interpolation::Interpolation;

mod check;
mod edit;
mod join;
mod modifier;
mod read;
mod write;

pub use edit::{PartKind, PartName};
pub use join::Join;
pub use modifier::{Effect, Modifier};

/// Channels with samples and modifiers, their observed counts, and measurements.
///
/// ```
/// use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
/// let signal = Sample::new("signal", vec![5.0]).with(Modifier::norm_factor("mu"));
/// let background = Sample::new("background", vec![50.0]).with(Modifier::norm_sys("bkg_norm", 1.1, 0.9));
/// let workspace = Workspace::new()
///     .channel(Channel::new("SR").sample(signal).sample(background), vec![52.0])
///     .measurement(Measurement::new("main", Some("mu")));
/// let model = workspace.model(None).unwrap();
/// assert_eq!(model.expected(&model.start()), [55.0]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// Channels in the order of the file.
    pub channels: Vec<Channel>,
    /// Observed counts of the channels, by name.
    pub observations: Vec<Observation>,
    /// Measurements; the first one is the default.
    pub measurements: Vec<Measurement>,
    /// The codes between the templates; part of the model, not of the file.
    pub interpolation: Interpolation,
    /// What is odd in the text, but can be used.
    pub warnings: Vec<Diagnostic>,
    /// The text it was read from, for places in messages.
    pub(crate) source: Option<Source>,
}

/// A set of bins and what is expected in them.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    /// Name, unique in the workspace.
    pub name: String,
    /// Contributions to the expectation.
    pub samples: Vec<Sample>,
    pub(crate) span: Option<Span>,
}

/// One contribution to the expectation of a channel.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Name, unique in the channel.
    pub name: String,
    /// Nominal expectation of each bin.
    pub data: Vec<f64>,
    /// How parameters change it.
    pub modifiers: Vec<Modifier>,
    pub(crate) span: Option<Span>,
}

/// Observed counts of one channel.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// Name of the channel.
    pub name: String,
    /// Counts, one a bin.
    pub data: Vec<f64>,
    pub(crate) span: Option<Span>,
    pub(crate) data_span: Option<Span>,
}

/// A question asked of the workspace: the parameter of interest, and settings of parameters.
#[derive(Clone, Debug, Default)]
pub struct Measurement {
    /// Name.
    pub name: String,
    /// Parameter of interest.
    pub poi: Option<String>,
    /// Settings of parameters.
    pub parameters: Vec<Setting>,
    pub(crate) poi_span: Option<Span>,
}

/// What a measurement says of one parameter (a vector has one entry a bin).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Setting {
    /// Name of the parameter.
    pub name: String,
    /// Starting values.
    pub inits: Option<Vec<f64>>,
    /// Bounds.
    pub bounds: Option<Vec<[f64; 2]>>,
    /// Auxiliary data.
    pub auxdata: Option<Vec<f64>>,
    /// Widths of normal constraints.
    pub sigmas: Option<Vec<f64>>,
    /// Rates of Poisson constraints.
    pub factors: Option<Vec<f64>>,
    /// Whether it is left at its start.
    pub fixed: Option<bool>,
    pub(crate) span: Option<Span>,
    pub(crate) spans: BTreeMap<&'static str, Span>,
}

impl Workspace {
    /// An empty workspace.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more channel and its observed counts.
    #[must_use]
    pub fn channel(mut self, channel: Channel, observed: Vec<f64>) -> Self {
        self.observations.push(Observation { name: channel.name.clone(), data: observed, ..Observation::default() });
        self.channels.push(channel);
        self
    }

    /// The same with one more measurement.
    #[must_use]
    pub fn measurement(mut self, measurement: Measurement) -> Self {
        self.measurements.push(measurement);
        self
    }

    /// The same with other interpolation codes.
    #[must_use]
    pub fn interpolated(mut self, interpolation: Interpolation) -> Self {
        self.interpolation = interpolation;
        self
    }

    /// Compiles a measurement (the first one by default); all mistakes at once.
    ///
    /// # Errors
    /// A measurement, parameter or channel that does not exist, names that mean two things, templates that the
    /// interpolation cannot use, wrong lengths.
    pub fn model(&self, measurement: Option<&str>) -> Result<Model, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        check::all(self, &[], &mut problems);
        problems.retain(Diagnostic::is_error);
        let chosen = match measurement {
            None => self.measurements.first(),
            Some(name) => self.measurements.iter().find(|candidate| candidate.name == name),
        };
        if chosen.is_none() {
            problems.push(check::no_measurement(self, measurement));
        }
        match chosen {
            Some(chosen) if problems.is_empty() => compile::model(self, chosen).map_err(|problem| vec![problem]),
            _ => Err(problems),
        }
    }
}

impl Channel {
    /// A channel without samples.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The same with one more sample.
    #[must_use]
    pub fn sample(mut self, sample: Sample) -> Self {
        self.samples.push(sample);
        self
    }

    /// Number of bins (of the first sample).
    pub fn bins(&self) -> usize {
        self.samples.first().map_or(0, |sample| sample.data.len())
    }
}

impl Sample {
    /// A sample of nominal expectations, without modifiers.
    pub fn new(name: impl Into<String>, data: Vec<f64>) -> Self {
        Self { name: name.into(), data, ..Self::default() }
    }

    /// The same with one more modifier.
    #[must_use]
    pub fn with(mut self, modifier: Modifier) -> Self {
        self.modifiers.push(modifier);
        self
    }
}

impl Measurement {
    /// A measurement without settings.
    pub fn new(name: impl Into<String>, poi: Option<&str>) -> Self {
        Self { name: name.into(), poi: poi.map(str::to_owned), ..Self::default() }
    }

    /// The same with the settings of one more parameter.
    #[must_use]
    pub fn set(mut self, setting: Setting) -> Self {
        self.parameters.push(setting);
        self
    }
}

impl Setting {
    /// No settings of a parameter yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The settings that `lumi` needs: start and auxiliary value `value`, width `sigma`, bounds within ten widths and above 0.
    pub fn luminosity(value: f64, sigma: f64) -> Self {
        let bounds = vec![[(value - 10.0 * sigma).max(0.0), value + 10.0 * sigma]];
        let (inits, auxdata, sigmas) = (Some(vec![value]), Some(vec![value]), Some(vec![sigma]));
        Self { inits, bounds: Some(bounds), auxdata, sigmas, ..Self::new("lumi") }
    }

    /// The same with a start.
    #[must_use]
    pub fn start(mut self, value: f64) -> Self {
        self.inits = Some(vec![value]);
        self
    }

    /// The same with bounds of every entry.
    #[must_use]
    pub fn within_each(mut self, bounds: Vec<[f64; 2]>) -> Self {
        self.bounds = Some(bounds);
        self
    }

    /// The same with bounds.
    #[must_use]
    pub fn within(mut self, lower: f64, upper: f64) -> Self {
        self.bounds = Some(vec![[lower, upper]]);
        self
    }

    /// The same, fixed.
    #[must_use]
    pub fn fix(mut self) -> Self {
        self.fixed = Some(true);
        self
    }
}
