//! pyhf's workspace → HistFactory's XML and histograms, with what those cannot say.
//!
//! ```text
//! normfactor   NormFactor                        lumi        NormalizeByTheory, Lumi and LumiRelErr of the measurement
//! normsys      OverallSys                        histosys    HistoSys
//! shapefactor  ShapeFactor                       shapesys    ShapeSys, Poisson, of relative uncertainties
//! staterror    StatError of a channel whose constraint is normal, of the errors of the nominal histograms; a second one in a channel,
//!              if it is of one sample, ShapeSys with a normal constraint
//! ```

use std::collections::{BTreeMap, BTreeSet};

use germane_texts::{Diagnostic, Source, Span};

use super::names::{free_name, statistical_of, word};
use super::{BinConstraint, Channel, Configuration, Effect, EffectKind, HistogramName, Measurement, Named, Sample};
use crate::Model;
use crate::histogram_source::SourceHistogram;
use crate::interpolation::Interpolation;
use crate::likelihood::{Constraint, Likelihood, Parameter};
use crate::workspace::{self, Workspace};

/// A workspace as HistFactory has it.
#[derive(Clone, Debug)]
pub struct FromWorkspace {
    /// Channels and measurements; [`Configuration::texts`] writes them.
    pub configuration: Configuration,
    /// The histograms that it names, with their names in the file; bins are numbered from 0, since workspaces have no edges.
    pub histograms: Vec<(String, SourceHistogram)>,
    /// What is lost, item by item.
    pub losses: Vec<Diagnostic>,
}

impl Workspace {
    /// The workspace as HistFactory's XML, with histograms in a file of that name.
    ///
    /// Starts and bounds of norm factors and the luminosity's constraint are kept; other parameters have the bounds that whoever reads
    /// the XML gives them. A `staterror` loses its name, which HistFactory makes of the channel's.
    ///
    /// ```
    /// use germane_models::workspace::*;
    /// let signal = Sample::new("signal", vec![5.0]).with(Modifier::norm_factor("mu"));
    /// let background = Sample::new("background", vec![50.0]).with(Modifier::norm_sys("scale", 1.1, 0.9));
    /// let workspace = Workspace::new()
    ///     .channel(Channel::new("SR").sample(signal).sample(background), vec![52.0])
    ///     .measurement(Measurement::new("main", Some("mu")));
    /// let xml = workspace.to_histfactory_xml("model.root").unwrap();
    /// assert!(xml.losses.is_empty());
    /// assert_eq!(xml.histograms[0].0, "SR_data");
    /// let texts = xml.configuration.texts("model");
    /// assert_eq!(texts.channels[0].0, "model_SR.xml");
    /// assert!(texts.channels[0].1.contains(r#"<OverallSys Name="scale" Low="0.9" High="1.1"/>"#));
    /// ```
    ///
    /// # Errors
    /// What is wrong with the workspace, and parameters that would have the same name.
    pub fn to_histfactory_xml(&self, file: &str) -> Result<FromWorkspace, Vec<Diagnostic>> {
        let models = self.measurements.iter().map(|measurement| self.model(Some(&measurement.name)));
        let models = models.collect::<Result<Vec<_>, _>>()?;
        if models.is_empty() {
            self.model(None)?;
        }
        let mut writer = Writer { workspace: self, file, histograms: Histograms::default(), losses: Vec::new() };
        if self.interpolation != Interpolation::default() {
            writer.lost("the codes of interpolation: HistFactory's are code 4 for factors and 4p for templates".to_owned());
        }
        let names = self.root_names()?;
        let factors = writer.factors(&models);
        let channels = self.channels.iter().map(|channel| writer.channel(channel, &factors)).collect();
        let measurements = self.measurements.iter().zip(&models);
        let measurements = measurements
            .map(|(measurement, model)| writer.measurement(measurement, model.parameters(), &names, &factors))
            .collect();
        let source = Source::new("the workspace", "");
        let configuration = Configuration { channels, measurements, source };
        Ok(FromWorkspace { configuration, histograms: writer.histograms.all, losses: writer.losses })
    }
}

/// Histograms with names that are letters, digits and `_`.
#[derive(Default)]
struct Histograms {
    all: Vec<(String, SourceHistogram)>,
    names: BTreeSet<String>,
}

impl Histograms {
    fn add(&mut self, parts: &[&str], contents: &[f64], variances: Vec<f64>) -> String {
        let wished: Vec<String> = parts.iter().map(|part| word(part)).collect();
        let name = free_name(&mut self.names, wished.join("_"));
        let edges = vec![(0..=contents.len()).map(|edge| edge as f64).collect()];
        self.all.push((name.clone(), SourceHistogram { edges, contents: contents.to_vec(), variances, single: false }));
        name
    }
}

/// Start and bounds of a norm factor.
#[derive(Clone, Copy, PartialEq)]
struct Range {
    value: f64,
    low: f64,
    high: f64,
}

struct Writer<'a> {
    workspace: &'a Workspace,
    file: &'a str,
    histograms: Histograms,
    losses: Vec<Diagnostic>,
}

fn named(name: impl Into<String>) -> Named {
    Named { name: name.into(), span: Span::default() }
}

impl Writer<'_> {
    fn lost(&mut self, message: String) {
        let problem = Diagnostic::new("loss", message);
        if !self.losses.contains(&problem) {
            self.losses.push(problem);
        }
    }

    fn histogram(&mut self, parts: &[&str], contents: &[f64], variances: Vec<f64>) -> HistogramName {
        let name = self.histograms.add(parts, contents, variances);
        HistogramName { file: self.file.to_owned(), name, span: Span::default() }
    }

    /// Starts and bounds of norm factors, which all measurements share: those of the first one.
    fn factors(&mut self, models: &[Model]) -> BTreeMap<String, Range> {
        let modifiers = self.workspace.channels.iter().flat_map(|channel| &channel.samples).flat_map(|sample| &sample.modifiers);
        let factors = modifiers.filter(|modifier| matches!(modifier.effect, workspace::Effect::NormFactor));
        let factors: BTreeSet<&str> = factors.map(|modifier| modifier.name.as_str()).collect();
        let mut ranges: BTreeMap<String, Range> = BTreeMap::new();
        for parameter in models.iter().flat_map(Likelihood::parameters) {
            if !factors.contains(parameter.name.as_str()) {
                continue;
            }
            let (low, high) = (parameter.lower, parameter.upper);
            let first = *ranges.entry(parameter.name.clone()).or_insert(Range { value: parameter.start, low, high });
            if (first.low, first.high) != (low, high) {
                let message = format!("the bounds {low} and {high} of `{}` in a further measurement", parameter.name);
                self.lost(format!("{message}: they are {} and {} in all", first.low, first.high));
            }
        }
        ranges
    }

    fn channel(&mut self, channel: &workspace::Channel, factors: &BTreeMap<String, Range>) -> Channel {
        let observed = self.workspace.observations.iter().find(|observation| observation.name == channel.name);
        let counts = observed.map(|observation| observation.data.clone()).unwrap_or_default();
        let data = self.histogram(&[&channel.name, "data"], &counts, counts.clone());
        let statistical = statistical_of(channel);
        let samples = channel.samples.iter().map(|sample| self.sample(channel, sample, statistical, factors)).collect();
        Channel {
            name: channel.name.clone(),
            data: Some(data),
            threshold: 0.0,
            statistical: BinConstraint::Gaussian,
            samples,
            source: Source::new("the workspace", ""),
            span: Span::default(),
        }
    }

    fn sample(
        &mut self,
        channel: &workspace::Channel,
        sample: &workspace::Sample,
        statistical: Option<&str>,
        factors: &BTreeMap<String, Range>,
    ) -> Sample {
        let parts = [channel.name.as_str(), sample.name.as_str()];
        let errors = sample.modifiers.iter().find_map(|modifier| match &modifier.effect {
            workspace::Effect::StatError(errors) if statistical == Some(modifier.name.as_str()) => Some(errors),
            _ => None,
        });
        let variances = match errors {
            Some(errors) => errors.iter().map(|error| error * error).collect(),
            None => vec![0.0; sample.data.len()],
        };
        let histogram = self.histogram(&parts, &sample.data, variances);
        let (mut by_theory, mut effects) = (false, Vec::new());
        for modifier in &sample.modifiers {
            let name = modifier.name.as_str();
            let parts = [channel.name.as_str(), &sample.name, name];
            let relative = |errors: &[f64]| -> Vec<f64> {
                let both = errors.iter().zip(&sample.data);
                both.map(|(error, content)| if *content > 0.0 { error / content } else { 0.0 }).collect()
            };
            let kind = match &modifier.effect {
                workspace::Effect::Lumi => {
                    by_theory = true;
                    continue;
                }
                workspace::Effect::NormFactor => {
                    let range = factors.get(name).copied().unwrap_or(Range { value: 1.0, low: 0.0, high: 10.0 });
                    EffectKind::NormFactor { value: range.value, low: range.low, high: range.high }
                }
                workspace::Effect::NormSys { high, low } => EffectKind::OverallSys { low: *low, high: *high },
                workspace::Effect::HistoSys { high, low } => EffectKind::HistoSys {
                    low: self.histogram(&[parts[0], parts[1], name, "low"], low, vec![0.0; low.len()]),
                    high: self.histogram(&[parts[0], parts[1], name, "high"], high, vec![0.0; high.len()]),
                },
                workspace::Effect::ShapeFactor => EffectKind::ShapeFactor,
                workspace::Effect::ShapeSys(errors) => {
                    let relative = relative(errors);
                    let histogram = self.histogram(&parts, &relative, vec![0.0; relative.len()]);
                    EffectKind::ShapeSys { histogram, constraint: BinConstraint::Poisson }
                }
                workspace::Effect::StatError(_) if statistical == Some(name) => EffectKind::StatError(None),
                workspace::Effect::StatError(errors) => {
                    let mut uses = self.workspace.channels.iter().flat_map(|channel| &channel.samples);
                    let uses = uses.by_ref().flat_map(|sample| &sample.modifiers).filter(|other| other.name == name).count();
                    if uses > 1 {
                        let place = format!("of sample `{}` in channel `{}`", sample.name, channel.name);
                        self.lost(format!("staterror `{name}` {place}: HistFactory has one in a channel, and it is left out"));
                        continue;
                    }
                    let relative = relative(errors);
                    let histogram = self.histogram(&parts, &relative, vec![0.0; relative.len()]);
                    EffectKind::ShapeSys { histogram, constraint: BinConstraint::Gaussian }
                }
            };
            let name = if matches!(kind, EffectKind::StatError(_)) { String::new() } else { name.to_owned() };
            effects.push(Effect { name, kind, span: Span::default() });
        }
        Sample { name: sample.name.clone(), histogram, by_theory, effects }
    }

    fn measurement(
        &mut self,
        measurement: &workspace::Measurement,
        parameters: &[Parameter],
        names: &BTreeMap<String, String>,
        factors: &BTreeMap<String, Range>,
    ) -> Measurement {
        let mut written = Measurement {
            name: measurement.name.clone(),
            interest: Vec::new(),
            luminosity: 1.0,
            relative_error: 0.1,
            constant: Vec::new(),
            values: Vec::new(),
            constraints: Vec::new(),
        };
        if let Some(poi) = measurement.poi.as_ref().filter(|poi| !poi.is_empty()) {
            match names.get(poi) {
                Some(root) if !root.contains(char::is_whitespace) => written.interest.push(named(root)),
                _ => self.lost(format!("the parameter of interest `{poi}`: lists of names end at blanks")),
            }
        }
        let mut has_luminosity = false;
        for parameter in parameters {
            let name = parameter.name.as_str();
            let Some(root) = names.get(name) else { continue };
            let vector = name.rsplit_once('[').map_or(name, |(vector, _)| vector);
            // Start and bounds that whoever reads the XML gives it.
            let mut there = Range { value: 1.0, low: 0.0, high: 1000.0 };
            match parameter.constraint {
                Some(Constraint::Normal { centre, width }) if root == "Lumi" => {
                    if !(centre > 0.0) {
                        self.lost(format!("the luminosity {centre}, which is not above 0"));
                        continue;
                    }
                    (written.luminosity, written.relative_error) = (centre, width.max(0.0) / centre);
                    (there, has_luminosity) = (Range { value: centre, low: 0.0, high: 10.0 * centre }, true);
                }
                Some(Constraint::Normal { centre, width }) if root.starts_with("alpha_") => {
                    there = Range { value: 0.0, low: -5.0, high: 5.0 };
                    if (centre, width) != (0.0, 1.0) {
                        self.lost(format!("the auxiliary datum {centre} ± {width} of `{name}`: it becomes 0 ± 1"));
                    }
                }
                Some(constraint) => {
                    there.high = 1.0 + 5.0 * constraint.width();
                    if has_own_datum(measurement, vector) {
                        self.lost(format!("auxiliary data, widths or rates of `{vector}` that are not those of its histograms"));
                    }
                }
                None => {}
            }
            if let Some(factor) = factors.get(name) {
                there = *factor;
            }
            // A bin without uncertainty is held by whoever reads the XML.
            let (held, moved) = (parameter.fixed && says_fixed(measurement, vector), parameter.start != there.value);
            if root.contains(char::is_whitespace) && (held || moved) {
                self.lost(format!("start {} of `{name}`, or that it is held: lists of names end at blanks", parameter.start));
                continue;
            }
            if moved && (there.low..=there.high).contains(&parameter.start) {
                written.values.push((named(root), parameter.start));
            } else if moved {
                let (low, high) = (there.low, there.high);
                self.lost(format!("the start {} of `{name}`, which HistFactory keeps between {low} and {high}", parameter.start));
            }
            if held {
                written.constant.push(named(root));
            }
        }
        if !has_luminosity {
            written.constant.push(named("Lumi"));
        }
        written
    }
}

fn says_fixed(measurement: &workspace::Measurement, name: &str) -> bool {
    measurement.parameters.iter().any(|setting| setting.name == name && setting.fixed == Some(true))
}

fn has_own_datum(measurement: &workspace::Measurement, name: &str) -> bool {
    let mut settings = measurement.parameters.iter().filter(|setting| setting.name == name);
    settings.any(|setting| setting.auxdata.is_some() || setting.sigmas.is_some() || setting.factors.is_some())
}
