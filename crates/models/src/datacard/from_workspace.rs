//! pyhf's workspace → datacard, with what the card cannot say.
//!
//! ```text
//! normfactor       the parameter of interest: a signal process (r); others: rateParam
//! lumi             trG, the same line 1 + vθ
//! normsys          lnN, which combine interpolates otherwise
//!                  in a counting channel for each bin        in a channel with templates
//! shapefactor      rateParam of each bin                     -
//! staterror        trG                                       autoMCStats 0, of one sample
//! shapesys         gmN, where its datum is a whole number    autoMCStats, where all data are whole numbers
//! histosys         trG, where it is symmetric and alone      shape, of contents as they are (mode 2 of autoMCStats)
//! ```

use std::collections::{BTreeMap, BTreeSet};

use germane_texts::Diagnostic;

use crate::histogram_source::SourceHistogram;
use crate::likelihood::{Constraint, Likelihood, Parameter};
use crate::workspace::{Channel, Effect, Measurement, Sample, Workspace};

mod form;
mod text;

pub(super) use form::LEAST_FRACTION;
use form::Statistics;

/// Name of the strength of combine's default model.
const STRENGTH: &str = "r";

/// Distance from a whole number, or from symmetry, that is rounding.
const ROUNDING: f64 = 1e-9;

/// A workspace as a card.
#[derive(Clone, Debug)]
pub struct FromWorkspace {
    /// The card.
    pub text: String,
    /// Histograms of the file that it names, with their paths there; bins are numbered from 0. None if all channels are counted.
    pub histograms: Vec<(String, SourceHistogram)>,
    /// What is lost, item by item.
    pub losses: Vec<Diagnostic>,
}

/// A channel of the card: a bin, or all bins of a channel with templates.
struct Slot {
    name: String,
    data: Vec<f64>,
    /// Nothing of a counting channel.
    templates: Option<Statistics>,
}

/// A process in a channel.
struct Column {
    channel: usize,
    process: String,
    signal: bool,
    /// Contents of its bins, and their errors.
    contents: Vec<f64>,
    errors: Vec<f64>,
    effects: BTreeMap<String, Change>,
    factors: Vec<String>,
    /// The count that the rate is proportional to, by the name of its parameter.
    counted: Option<(String, f64)>,
}

/// What a nuisance does to a column.
#[derive(Clone, Debug, PartialEq)]
enum Change {
    /// The factor 1 + vθ.
    Line(f64),
    /// Factors at -1 and +1, of which one may be those of a template.
    Power { low: f64, high: f64, added: bool },
    /// Contents at -1 and +1.
    Template { low: Vec<f64>, high: Vec<f64> },
}

impl Column {
    fn rate(&self) -> f64 {
        self.contents.iter().sum()
    }
}

impl Workspace {
    /// The card of a measurement (the first by default). Names have `_` for blanks and for what separates words or folders; the
    /// parameter of interest is called `r`.
    ///
    /// With the name of a file for templates, channels keep their bins where templates say all that counts of single bins would;
    /// otherwise, and without a file, each bin is a counting channel.
    ///
    /// ```
    /// use germane_models::workspace::*;
    /// let signal = Sample::new("signal", vec![5.0]).with(Modifier::norm_factor("mu"));
    /// let background = Sample::new("background", vec![50.0]).with(Modifier::norm_sys("scale", 1.1, 0.9));
    /// let workspace = Workspace::new()
    ///     .channel(Channel::new("SR").sample(signal).sample(background), vec![52.0])
    ///     .measurement(Measurement::new("main", Some("mu")));
    /// let card = workspace.to_datacard(None, None).unwrap();
    /// assert!(card.text.contains("scale lnN - 0.9/1.1"));
    /// assert!(card.losses[0].message.contains("`scale`"));
    /// ```
    ///
    /// # Errors
    /// What is wrong with the workspace, and a measurement whose parameter of interest scales no sample: a card needs a signal.
    pub fn to_datacard(&self, measurement: Option<&str>, file: Option<&str>) -> Result<FromWorkspace, Vec<Diagnostic>> {
        let model = self.model(measurement)?;
        let chosen = match measurement {
            Some(name) => self.measurements.iter().find(|candidate| candidate.name == name),
            None => self.measurements.first(),
        };
        let Some(measurement) = chosen else { return Err(Vec::new()) };
        let with_templates = file.map(|_| form::with_templates(self, measurement)).unwrap_or_default();
        let mut writer = Writer {
            measurement,
            parameters: model.parameters(),
            first_entries: first_entries(self),
            names: BTreeMap::new(),
            channels: Vec::new(),
            columns: Vec::new(),
            losses: Vec::new(),
        };
        for channel in &self.channels {
            let counts = self.observations.iter().find(|observation| observation.name == channel.name);
            let counts = counts.map(|observation| observation.data.as_slice()).unwrap_or_default();
            if with_templates.contains(channel.name.as_str()) {
                writer.templates(channel, counts);
            } else {
                writer.bins(channel, counts);
            }
        }
        if !writer.columns.iter().any(|column| column.signal) {
            let problem = Diagnostic::new("value", "the parameter of interest is the factor of no sample: a card needs a signal");
            return Err(vec![problem.advice("choose another measurement")]);
        }
        writer.name_apart();
        let text = writer.text(file.filter(|_| !with_templates.is_empty()));
        let histograms = writer.histograms();
        Ok(FromWorkspace { text, histograms, losses: writer.losses })
    }
}

/// Where the entries of each staterror begin in each channel: its vector goes on from channel to channel, by name.
fn first_entries(workspace: &Workspace) -> BTreeMap<(&str, &str), usize> {
    let mut channels: Vec<&Channel> = workspace.channels.iter().collect();
    channels.sort_by(|a, b| a.name.cmp(&b.name));
    let (mut used, mut first): (BTreeMap<&str, usize>, BTreeMap<(&str, &str), usize>) = Default::default();
    for channel in channels {
        let modifiers = channel.samples.iter().flat_map(|sample| &sample.modifiers);
        let names: BTreeSet<&str> = modifiers
            .filter(|modifier| matches!(modifier.effect, Effect::StatError(_)))
            .map(|modifier| modifier.name.as_str())
            .collect();
        for name in names {
            let next = used.entry(name).or_default();
            first.insert((name, channel.name.as_str()), *next);
            *next += channel.bins();
        }
    }
    first
}

struct Writer<'a> {
    measurement: &'a Measurement,
    parameters: &'a [Parameter],
    first_entries: BTreeMap<(&'a str, &'a str), usize>,
    /// Names on the card by those of the model's parameters.
    names: BTreeMap<String, String>,
    channels: Vec<Slot>,
    columns: Vec<Column>,
    losses: Vec<Diagnostic>,
}

/// A name without blanks, and without what separates folders or begins a keyword or a cycle.
fn word(name: &str) -> String {
    let other = |c: char| c.is_whitespace() || matches!(c, '#' | '/' | ';' | '$');
    let mut out: String = name.chars().map(|c| if other(c) { '_' } else { c }).collect();
    if out.is_empty() || out.starts_with(['*', '-']) {
        out.insert(0, '_');
    }
    out
}

impl<'a> Writer<'a> {
    fn lost(&mut self, message: String) {
        let problem = Diagnostic::new("loss", message);
        if !self.losses.contains(&problem) {
            self.losses.push(problem);
        }
    }

    fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// A counting channel for each bin.
    fn bins(&mut self, channel: &'a Channel, counts: &[f64]) {
        for bin in 0..channel.bins() {
            let name = if channel.bins() == 1 { word(&channel.name) } else { format!("{}_bin{bin}", word(&channel.name)) };
            let index = self.channels.len();
            self.channels.push(Slot { name, data: vec![counts.get(bin).copied().unwrap_or(0.0)], templates: None });
            let first = self.columns.len();
            for sample in &channel.samples {
                let mut column = self.column(sample, vec![sample.data[bin]], index);
                self.effects_of_bin(&mut column, channel, sample, bin);
                self.columns.push(column);
            }
            self.retain_filled(first);
        }
    }

    /// A channel with templates.
    fn templates(&mut self, channel: &'a Channel, counts: &[f64]) {
        let (statistics, errors) = form::statistics(channel);
        let index = self.channels.len();
        self.channels.push(Slot { name: word(&channel.name), data: counts.to_vec(), templates: Some(statistics) });
        let first = self.columns.len();
        for (sample, errors) in channel.samples.iter().zip(errors) {
            let mut column = self.column(sample, sample.data.clone(), index);
            self.effects_of_templates(&mut column, sample);
            let scale = if sample.data.iter().any(|content| *content != 0.0) {
                column.rate() / sample.data.iter().sum::<f64>()
            } else {
                1.0
            };
            column.errors = errors.iter().map(|error| error * scale).collect();
            self.columns.push(column);
        }
        self.retain_filled(first);
    }

    /// A channel needs a column; what is empty otherwise changes nothing.
    fn retain_filled(&mut self, first: usize) {
        let filled = self.columns[first..].iter().any(|column| column.rate() != 0.0);
        let mut place = 0;
        self.columns.retain(|column| {
            place += 1;
            place <= first || column.rate() != 0.0 || (!filled && place == first + 1)
        });
    }

    /// A column with what does the same to all its bins.
    fn column(&mut self, sample: &Sample, contents: Vec<f64>, index: usize) -> Column {
        let mut column = Column {
            channel: index,
            process: word(&sample.name),
            signal: false,
            errors: vec![0.0; contents.len()],
            contents,
            effects: BTreeMap::new(),
            factors: Vec::new(),
            counted: None,
        };
        for modifier in &sample.modifiers {
            let name = modifier.name.as_str();
            match &modifier.effect {
                Effect::NormFactor if self.measurement.poi.as_deref() == Some(name) => column.signal = true,
                Effect::NormFactor => {
                    self.names.insert(name.to_owned(), word(name));
                    column.factors.push(word(name));
                }
                Effect::Lumi => {
                    if let Some(Constraint::Normal { centre, width }) = self.parameter(name).and_then(|lumi| lumi.constraint) {
                        column.contents.iter_mut().for_each(|content| *content *= centre);
                        self.insert(&mut column, name, word(name), Change::Line(width / centre));
                    }
                }
                Effect::NormSys { high, low } => self.power(&mut column, name, *low, *high, false),
                Effect::HistoSys { .. } | Effect::ShapeFactor | Effect::ShapeSys(_) | Effect::StatError(_) => {}
            }
        }
        column
    }

    fn insert(&mut self, column: &mut Column, parameter: &str, name: String, change: Change) {
        self.names.insert(parameter.to_owned(), name.clone());
        column.effects.insert(name, change);
    }

    /// What modifiers with a value for each bin do to one.
    fn effects_of_bin(&mut self, column: &mut Column, channel: &'a Channel, sample: &Sample, bin: usize) {
        let content = sample.data[bin];
        let added = sample.modifiers.iter().filter(|modifier| matches!(modifier.effect, Effect::HistoSys { .. })).count();
        for modifier in &sample.modifiers {
            let name = modifier.name.as_str();
            let place = format!("in sample `{}` of channel `{}`", sample.name, channel.name);
            let own = |slot: &Slot| format!("{}_{}", word(name), slot.name);
            match &modifier.effect {
                Effect::ShapeFactor => {
                    let factor = format!("{}_bin{bin}", word(name));
                    self.names.insert(format!("{name}[{bin}]"), factor.clone());
                    column.factors.push(factor);
                }
                Effect::HistoSys { high, low } => {
                    let (high, low) = (high[bin], low[bin]);
                    if content == 0.0 {
                        if high != 0.0 || low != 0.0 {
                            self.lost(format!("bin {bin} of histosys `{name}` {place}: there is nothing that it could scale"));
                        }
                    } else {
                        let line = form::is_symmetric(content, high, low) && added == 1;
                        self.power(column, name, low / content, high / content, line);
                    }
                }
                Effect::StatError(_) => {
                    let relative = statistical(channel, name, bin);
                    if relative > 0.0 {
                        let first = self.first_entries.get(&(name, channel.name.as_str())).copied().unwrap_or(0);
                        let own = own(&self.channels[column.channel]);
                        self.insert(column, &format!("{name}[{}]", first + bin), own, Change::Line(relative));
                    }
                }
                Effect::ShapeSys(uncertainties) => {
                    let relative = uncertainties[bin] / content;
                    if !(relative > 0.0 && relative.is_finite()) {
                        continue;
                    }
                    let own = own(&self.channels[column.channel]);
                    let count = 1.0 / (relative * relative);
                    if (count - count.round()).abs() <= ROUNDING * count && column.counted.is_none() {
                        self.names.insert(format!("{name}[{bin}]"), own.clone());
                        column.counted = Some((own, count.round()));
                    } else {
                        self.lost(format!(
                            "the Poisson datum {count} of shapesys `{name}` {place}: its constraint becomes normal"
                        ));
                        self.insert(column, &format!("{name}[{bin}]"), own, Change::Line(relative));
                    }
                }
                Effect::NormFactor | Effect::Lumi | Effect::NormSys { .. } => {}
            }
        }
    }

    /// What templates do, beside their statistics.
    fn effects_of_templates(&mut self, column: &mut Column, sample: &Sample) {
        let sum: f64 = sample.data.iter().sum();
        let scale = if sum != 0.0 { column.rate() / sum } else { 1.0 };
        for modifier in &sample.modifiers {
            let Effect::HistoSys { high, low } = &modifier.effect else { continue };
            let name = modifier.name.as_str();
            // The factor of a normsys of the same name is in the templates.
            let (lower, upper) = match column.effects.get(&word(name)) {
                Some(Change::Power { low, high, .. }) => (*low, *high),
                _ => (1.0, 1.0),
            };
            let at = |side: &[f64], factor: f64| side.iter().map(|content| content * scale * factor).collect::<Vec<f64>>();
            let change = Change::Template { low: at(low, lower), high: at(high, upper) };
            if (lower, upper) != (1.0, 1.0) {
                self.lost(interpolated(&word(name)));
            }
            self.insert(column, name, word(name), change);
        }
    }

    /// Takes up a factor between two values.
    fn power(&mut self, column: &mut Column, name: &str, low: f64, high: f64, added: bool) {
        if !(low > 0.0 && high > 0.0) {
            let channel = self.channels[column.channel].name.clone();
            self.lost(format!(
                "`{name}` on process `{}` in `{channel}`: a factor of {low} or {high} has no logarithm",
                column.process
            ));
            return;
        }
        let change = match column.effects.get(&word(name)) {
            Some(Change::Power { low: l, high: h, .. }) => Change::Power { low: l * low, high: h * high, added: false },
            _ => Change::Power { low, high, added },
        };
        self.insert(column, name, word(name), change);
    }

    /// A process is a signal everywhere or nowhere.
    fn name_apart(&mut self) {
        let signals: Vec<String> =
            self.columns.iter().filter(|column| column.signal).map(|column| column.process.clone()).collect();
        let mixed = |column: &Column| !column.signal && signals.contains(&column.process);
        for column in self.columns.iter_mut().filter(|column| mixed(column)) {
            column.process.push_str("_fixed");
        }
    }
}

fn interpolated(name: &str) -> String {
    format!("how `{name}` is interpolated between -1 and 1: combine has another rule for lnN")
}

/// sqrt(Σ δ²)/Σ content of the samples of a channel that carry a staterror.
fn statistical(channel: &Channel, name: &str, bin: usize) -> f64 {
    let (mut total, mut variance) = (0.0, 0.0);
    for sample in &channel.samples {
        for modifier in &sample.modifiers {
            if let (Effect::StatError(own), true) = (&modifier.effect, modifier.name == name) {
                total += sample.data[bin];
                variance += own[bin] * own[bin];
            }
        }
    }
    if total > 0.0 { variance.sqrt() / total } else { 0.0 }
}
