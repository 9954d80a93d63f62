//! pyhf's workspace → datacard: a counting channel for each bin, with what the card cannot say.
//!
//! ```text
//! normfactor       the parameter of interest: a signal process (r); others: rateParam
//! lumi, staterror  trG, the same line 1 + vθ
//! shapefactor      rateParam of each bin
//! shapesys         gmN, where its Poisson datum is a whole number
//! histosys         trG, where it is symmetric and alone
//! normsys          lnN, which combine interpolates otherwise
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use germane_texts::Diagnostic;

use crate::likelihood::{Constraint, Likelihood, Parameter};
use crate::workspace::{Channel, Effect, Measurement, Sample, Workspace};

/// Name of the strength of combine's default model.
const STRENGTH: &str = "r";

/// Distance from a whole number, or from symmetry, that is rounding.
const ROUNDING: f64 = 1e-9;

/// A process in a channel of one bin.
struct Column {
    channel: usize,
    process: String,
    signal: bool,
    rate: f64,
    effects: BTreeMap<String, Change>,
    factors: Vec<String>,
    /// The count that the rate is proportional to, by the name of its parameter.
    counted: Option<(String, f64)>,
}

/// What a nuisance does to a column.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// The factor 1 + vθ.
    Line(f64),
    /// Factors at -1 and +1, of which one may be those of a template.
    Power { low: f64, high: f64, added: bool },
}

impl Workspace {
    /// The card of a measurement (the first by default), and what is lost, item by item. Names keep no blanks; the parameter of
    /// interest is called `r`.
    ///
    /// ```
    /// use germane_models::workspace::*;
    /// let signal = Sample::new("signal", vec![5.0]).with(Modifier::norm_factor("mu"));
    /// let background = Sample::new("background", vec![50.0]).with(Modifier::norm_sys("scale", 1.1, 0.9));
    /// let workspace = Workspace::new()
    ///     .channel(Channel::new("SR").sample(signal).sample(background), vec![52.0])
    ///     .measurement(Measurement::new("main", Some("mu")));
    /// let (card, losses) = workspace.to_datacard(None).unwrap();
    /// assert!(card.contains("scale lnN - 0.9/1.1"));
    /// assert!(losses[0].message.contains("`scale`"));
    /// ```
    ///
    /// # Errors
    /// What is wrong with the workspace, and a measurement whose parameter of interest scales no sample: a card needs a signal.
    pub fn to_datacard(&self, measurement: Option<&str>) -> Result<(String, Vec<Diagnostic>), Vec<Diagnostic>> {
        let model = self.model(measurement)?;
        let chosen = match measurement {
            Some(name) => self.measurements.iter().find(|candidate| candidate.name == name),
            None => self.measurements.first(),
        };
        let Some(measurement) = chosen else { return Err(Vec::new()) };
        let mut writer =
            Writer { measurement, parameters: model.parameters(), channels: Vec::new(), columns: Vec::new(), losses: Vec::new() };
        for channel in &self.channels {
            let counts = self.observations.iter().find(|observation| observation.name == channel.name);
            writer.channel(channel, counts.map(|observation| observation.data.as_slice()).unwrap_or_default());
        }
        if !writer.columns.iter().any(|column| column.signal) {
            let problem = Diagnostic::new("value", "the parameter of interest is the factor of no sample: a card needs a signal");
            return Err(vec![problem.advice("choose another measurement")]);
        }
        let text = writer.text();
        Ok((text, writer.losses))
    }
}

struct Writer<'a> {
    measurement: &'a Measurement,
    parameters: &'a [Parameter],
    /// Names and counts.
    channels: Vec<(String, f64)>,
    columns: Vec<Column>,
    losses: Vec<Diagnostic>,
}

/// A name without blanks.
fn word(name: &str) -> String {
    let mut out: String = name.chars().map(|c| if c.is_whitespace() || c == '#' { '_' } else { c }).collect();
    if out.is_empty() || out.starts_with(['*', '-']) {
        out.insert(0, '_');
    }
    out
}

impl Writer<'_> {
    fn lost(&mut self, message: String) {
        let problem = Diagnostic::new("loss", message);
        if !self.losses.contains(&problem) {
            self.losses.push(problem);
        }
    }

    fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    fn channel(&mut self, channel: &Channel, counts: &[f64]) {
        for bin in 0..channel.bins() {
            let name = if channel.bins() == 1 { word(&channel.name) } else { format!("{}_bin{bin}", word(&channel.name)) };
            let index = self.channels.len();
            self.channels.push((name, counts.get(bin).copied().unwrap_or(0.0)));
            let first = self.columns.len();
            for sample in &channel.samples {
                let column = self.column(channel, sample, bin, index);
                self.columns.push(column);
            }
            // A channel needs a column; what is empty otherwise changes nothing.
            let filled = self.columns[first..].iter().any(|column| column.rate != 0.0);
            let mut place = 0;
            self.columns.retain(|column| {
                place += 1;
                place <= first || column.rate != 0.0 || (!filled && place == first + 1)
            });
        }
    }

    fn column(&mut self, channel: &Channel, sample: &Sample, bin: usize, index: usize) -> Column {
        let content = sample.data[bin];
        let mut column = Column {
            channel: index,
            process: word(&sample.name),
            signal: false,
            rate: content,
            effects: BTreeMap::new(),
            factors: Vec::new(),
            counted: None,
        };
        let added = sample.modifiers.iter().filter(|modifier| matches!(modifier.effect, Effect::HistoSys { .. })).count();
        for modifier in &sample.modifiers {
            let name = modifier.name.as_str();
            let place = format!("in sample `{}` of channel `{}`", sample.name, channel.name);
            match &modifier.effect {
                Effect::NormFactor if self.measurement.poi.as_deref() == Some(name) => column.signal = true,
                Effect::NormFactor => column.factors.push(word(name)),
                Effect::ShapeFactor => column.factors.push(format!("{}_bin{bin}", word(name))),
                Effect::Lumi => {
                    if let Some(Constraint::Normal { centre, width }) = self.parameter(name).and_then(|lumi| lumi.constraint) {
                        column.rate *= centre;
                        column.effects.insert(word(name), Change::Line(width / centre));
                    }
                }
                Effect::NormSys { high, low } => self.power(&mut column, name, *low, *high, false),
                Effect::HistoSys { high, low } => {
                    let (high, low) = (high[bin], low[bin]);
                    let symmetric = (high + low - 2.0 * content).abs() <= ROUNDING * content.abs();
                    if content == 0.0 {
                        if high != 0.0 || low != 0.0 {
                            self.lost(format!("bin {bin} of histosys `{name}` {place}: there is nothing that it could scale"));
                        }
                    } else if symmetric && added == 1 {
                        self.power(&mut column, name, low / content, high / content, true);
                    } else {
                        self.power(&mut column, name, low / content, high / content, false);
                    }
                }
                Effect::StatError(_) => {
                    let relative = statistical(channel, name, bin);
                    if relative > 0.0 {
                        let own = format!("{}_{}", word(name), self.channels[index].0);
                        column.effects.insert(own, Change::Line(relative));
                    }
                }
                Effect::ShapeSys(uncertainties) => {
                    let relative = uncertainties[bin] / content;
                    if !(relative > 0.0 && relative.is_finite()) {
                        continue;
                    }
                    let own = format!("{}_{}", word(name), self.channels[index].0);
                    let count = 1.0 / (relative * relative);
                    if (count - count.round()).abs() <= ROUNDING * count && column.counted.is_none() {
                        column.counted = Some((own, count.round()));
                    } else {
                        self.lost(format!(
                            "the Poisson datum {count} of shapesys `{name}` {place}: its constraint becomes normal"
                        ));
                        column.effects.insert(own, Change::Line(relative));
                    }
                }
            }
        }
        column
    }

    /// Takes up a factor between two values.
    fn power(&mut self, column: &mut Column, name: &str, low: f64, high: f64, added: bool) {
        if !(low > 0.0 && high > 0.0) {
            let channel = self.channels[column.channel].0.clone();
            self.lost(format!(
                "`{name}` on process `{}` in `{channel}`: a factor of {low} or {high} has no logarithm",
                column.process
            ));
            return;
        }
        let known = column.effects.get(&word(name)).copied();
        let change = match known {
            Some(Change::Power { low: l, high: h, .. }) => Change::Power { low: l * low, high: h * high, added: false },
            _ => Change::Power { low, high, added },
        };
        column.effects.insert(word(name), change);
    }

    /// Nuisances whose effects are all lines, and the others.
    fn kinds(&mut self) -> BTreeMap<String, bool> {
        let mut lines: BTreeMap<String, bool> = BTreeMap::new();
        for column in &self.columns {
            for (name, change) in &column.effects {
                let line = matches!(change, Change::Line(_) | Change::Power { added: true, .. });
                *lines.entry(name.clone()).or_insert(true) &= line;
            }
        }
        for (name, _) in lines.iter().filter(|(_, line)| !**line) {
            self.lost(format!("how `{name}` is interpolated between -1 and 1: combine has another rule for lnN"));
        }
        lines
    }

    fn text(&mut self) -> String {
        let lines = self.kinds();
        self.settings();
        // A process is a signal everywhere or nowhere.
        let signals: Vec<String> =
            self.columns.iter().filter(|column| column.signal).map(|column| column.process.clone()).collect();
        let mixed = |column: &Column| !column.signal && signals.contains(&column.process);
        for column in self.columns.iter_mut().filter(|column| mixed(column)) {
            column.process.push_str("_fixed");
        }
        let mut numbers: BTreeMap<String, i64> = BTreeMap::new();
        let (mut signal, mut background) = (0, 1);
        for column in &self.columns {
            if !numbers.contains_key(&column.process) {
                let next = if column.signal { &mut signal } else { &mut background };
                numbers.insert(column.process.clone(), *next);
                *next += if column.signal { -1 } else { 1 };
            }
        }
        let mut out = String::new();
        let mut row = |head: &str, cells: Vec<String>| {
            let _ = writeln!(out, "{head} {}", cells.join(" "));
        };
        row("imax", vec![self.channels.len().to_string()]);
        row("jmax", vec!["*".into()]);
        row("kmax", vec!["*".into()]);
        row("-----", vec![]);
        row("bin", self.channels.iter().map(|(name, _)| name.clone()).collect());
        row("observation", self.channels.iter().map(|(_, count)| number(*count)).collect());
        row("-----", vec![]);
        row("bin", self.columns.iter().map(|column| self.channels[column.channel].0.clone()).collect());
        row("process", self.columns.iter().map(|column| column.process.clone()).collect());
        row("process", self.columns.iter().map(|column| numbers[&column.process].to_string()).collect());
        row("rate", self.columns.iter().map(|column| number(column.rate)).collect());
        row("-----", vec![]);
        for (name, line) in &lines {
            let cell = |column: &Column| match (column.effects.get(name), line) {
                (None, _) => "-".to_owned(),
                (Some(Change::Line(v)), _) => number(*v),
                (Some(Change::Power { high, low, .. }), true) => number(0.5 * (high - low)),
                (Some(Change::Power { high, low, .. }), false) => format!("{}/{}", number(*low), number(*high)),
            };
            row(&format!("{name} {}", if *line { "trG" } else { "lnN" }), self.columns.iter().map(cell).collect());
        }
        let mut counted: Vec<&(String, f64)> = self.columns.iter().filter_map(|column| column.counted.as_ref()).collect();
        counted.dedup();
        for (name, count) in counted {
            let cell = |column: &Column| match &column.counted {
                Some((own, _)) if own == name => number(column.rate / count),
                _ => "-".to_owned(),
            };
            row(&format!("{name} gmN {count}"), self.columns.iter().map(cell).collect());
        }
        for column in &self.columns {
            for factor in &column.factors {
                let known = self.parameter(factor).or_else(|| {
                    let entry = factor.rsplit_once("_bin").map(|(name, bin)| format!("{name}[{bin}]"));
                    entry.and_then(|entry| self.parameters.iter().find(|parameter| word(&parameter.name) == entry))
                });
                let known = known.or_else(|| self.parameters.iter().find(|parameter| word(&parameter.name) == *factor));
                let (start, range) = known.map_or((1.0, String::new()), |parameter| {
                    (parameter.start, format!(" [{},{}]", number(parameter.lower), number(parameter.upper)))
                });
                let (channel, process) = (&self.channels[column.channel].0, &column.process);
                row(&format!("{factor} rateParam {channel} {process} {}{range}", number(start)), vec![]);
            }
        }
        for frozen in self.frozen(&lines) {
            row(&format!("nuisance edit freeze {frozen}"), vec![]);
        }
        let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
        lines.join("\n") + "\n"
    }

    /// Names on the card of what the workspace holds.
    fn frozen(&self, lines: &BTreeMap<String, bool>) -> Vec<String> {
        let factors: Vec<&String> = self.columns.iter().flat_map(|column| &column.factors).collect();
        let written = |parameter: &&Parameter| {
            let name = match parameter.name.strip_suffix(']').and_then(|name| name.rsplit_once('[')) {
                Some((name, bin)) => format!("{}_bin{bin}", word(name)),
                None => word(&parameter.name),
            };
            (lines.contains_key(&name) || factors.contains(&&name)).then_some(name)
        };
        self.parameters.iter().filter(|parameter| parameter.fixed).filter_map(|parameter| written(&parameter)).collect()
    }

    /// What the measurement says that the card cannot.
    fn settings(&mut self) {
        let mut messages = Vec::new();
        for parameter in self.parameters {
            let scalar = !parameter.name.ends_with(']');
            if self.measurement.poi.as_deref() == Some(parameter.name.as_str()) {
                if parameter.start != 1.0 {
                    messages.push(format!("the start of `{}`, which is `{STRENGTH}` on the card", parameter.name));
                }
                continue;
            }
            if let (Some(Constraint::Normal { centre, width }), true) = (parameter.constraint, scalar && parameter.name != "lumi")
                && (centre, width) != (0.0, 1.0)
            {
                messages.push(format!("the auxiliary datum {centre} ± {width} of `{}`: it becomes 0 ± 1", parameter.name));
            }
        }
        messages.into_iter().for_each(|message| self.lost(message));
    }
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

/// The shortest text of a number.
fn number(value: f64) -> String {
    format!("{value}")
}
