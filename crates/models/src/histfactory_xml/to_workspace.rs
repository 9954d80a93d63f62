//! HistFactory's XML and histograms → pyhf's workspace, with what that cannot say.

use germane_texts::{Diagnostic, Source, Span};

use super::compile::{Builder, uncertainties};
use super::{BinConstraint, Channel, Configuration, ConstraintTerm, Convention, EffectKind, Measurement};
use crate::histogram_source::{HistogramSource, SourceHistogram};
use crate::workspace::{self, Modifier, Setting, Workspace};

impl Configuration {
    /// The workspace of all channels and measurements, and what is lost, item by item.
    ///
    /// Parameters have the names of the XML without ROOT's prefixes. A sample's own uncertainties of bins with a normal constraint
    /// become a `staterror`, statistical ones of a single sample with a Poisson constraint a `shapesys`: each is the same there.
    ///
    /// # Errors
    /// As [`Configuration::model`].
    pub fn to_workspace(&self, histograms: &dyn HistogramSource) -> Result<(Workspace, Vec<Diagnostic>), Vec<Diagnostic>> {
        // Everything that can be wrong is found there; expected counts stand in for data there, too.
        let compiled = self.model(None, histograms, Convention::Exact)?;
        let observed = compiled.model.data().main;
        let first = self.measurement(None).map_err(|problem| vec![problem])?;
        let builder = Builder::new(&self.source, first, histograms, Convention::Exact);
        let mut writer = Writer { builder, losses: Vec::new(), vectors: Vec::new(), factors: Vec::new() };
        let mut workspace = Workspace::new();
        for channel in &self.channels {
            let written = writer.channel(channel, &self.channels);
            let counts = compiled.model.channels().find(|(name, _)| *name == channel.name);
            let counts = counts.map(|(_, range)| observed[range].to_vec()).unwrap_or_default();
            workspace = workspace.channel(written, counts);
        }
        for measurement in &self.measurements {
            let written = writer.measurement(measurement, &workspace);
            workspace = workspace.measurement(written);
        }
        let Writer { builder, losses, .. } = writer;
        if builder.problems.iter().any(Diagnostic::is_error) {
            return Err(builder.problems);
        }
        Ok((workspace, losses))
    }
}

struct Writer<'a> {
    builder: Builder<'a>,
    losses: Vec<Diagnostic>,
    /// Parameters of bins with the upper bounds that ROOT gives them.
    vectors: Vec<(String, Vec<[f64; 2]>)>,
    /// Norm factors with their starts and bounds.
    factors: Vec<(String, f64, [f64; 2])>,
}

/// Bounds of a parameter of a bin in ROOT.
fn bounds(relative: f64) -> [f64; 2] {
    [0.0, if relative > 0.0 { 1.0 + 5.0 * relative } else { 10.0 }]
}

impl Writer<'_> {
    fn lost(&mut self, message: String, source: &Source, span: Span) {
        self.losses.push(Diagnostic::new("loss", message).at(source, span));
    }

    fn channel(&mut self, channel: &Channel, all: &[Channel]) -> workspace::Channel {
        let mut written = workspace::Channel::new(&channel.name);
        let nominal: Vec<Option<SourceHistogram>> =
            channel.samples.iter().map(|sample| self.builder.histogram(&sample.histogram, &channel.source)).collect();
        let statistical = self.statistical(channel, &nominal);
        for ((sample, nominal), statistical) in channel.samples.iter().zip(&nominal).zip(statistical) {
            let Some(nominal) = nominal else { continue };
            let mut out = workspace::Sample::new(&sample.name, nominal.contents.clone());
            if sample.by_theory {
                out = out.with(Modifier::lumi());
            }
            for effect in &sample.effects {
                let name = effect.name.as_str();
                out = match &effect.kind {
                    EffectKind::NormFactor { value, low, high } => {
                        self.factors.push((name.to_owned(), *value, [*low, *high]));
                        out.with(Modifier::norm_factor(name))
                    }
                    EffectKind::OverallSys { low, high } => out.with(Modifier::norm_sys(name, *high, *low)),
                    EffectKind::HistoSys { low, high } => {
                        let sides = [high, low].map(|side| self.builder.histogram(side, &channel.source));
                        let [Some(high), Some(low)] = sides else { continue };
                        out.with(Modifier::histo_sys(name, high.contents, low.contents))
                    }
                    EffectKind::ShapeFactor => {
                        self.vectors.push((name.to_owned(), vec![[0.0, 1000.0]; nominal.contents.len()]));
                        out.with(Modifier::shape_factor(name))
                    }
                    EffectKind::ShapeSys { histogram, constraint } => {
                        let Some(read) = self.builder.histogram(histogram, &channel.source) else { continue };
                        let absolute: Vec<f64> =
                            read.contents.iter().zip(&nominal.contents).map(|(relative, content)| relative * content).collect();
                        self.vectors.push((name.to_owned(), read.contents.iter().map(|relative| bounds(*relative)).collect()));
                        let uses = all.iter().flat_map(|channel| &channel.samples).flat_map(|sample| &sample.effects);
                        let alone = uses.filter(|other| other.name == effect.name).count() == 1;
                        if *constraint == BinConstraint::Poisson || !alone {
                            if *constraint == BinConstraint::Gaussian {
                                let message = format!("the normal constraint of `{name}`, which several samples share");
                                self.lost(message, &channel.source, effect.span);
                            }
                            out.with(Modifier::shape_sys(name, absolute))
                        } else {
                            out.with(Modifier::stat_error(name, absolute))
                        }
                    }
                    EffectKind::StatError(_) => out,
                };
            }
            written = written.sample(match statistical {
                Some(modifier) => out.with(modifier),
                None => out,
            });
        }
        written
    }

    /// The statistical uncertainties of each sample; none below the threshold, where ROOT holds the parameter.
    fn statistical(&mut self, channel: &Channel, nominal: &[Option<SourceHistogram>]) -> Vec<Option<Modifier>> {
        let mut absolute: Vec<Option<Vec<f64>>> = Vec::new();
        for (sample, nominal) in channel.samples.iter().zip(nominal) {
            let histogram = sample.effects.iter().find_map(|effect| match &effect.kind {
                EffectKind::StatError(histogram) => Some(histogram),
                _ => None,
            });
            absolute.push(match (histogram, nominal) {
                (Some(Some(name)), Some(nominal)) => {
                    let relative = self.builder.histogram(name, &channel.source);
                    relative.map(|relative| uncertainties(nominal, Some(&relative)).collect())
                }
                (Some(None), Some(nominal)) => Some(uncertainties(nominal, None).collect()),
                _ => None,
            });
        }
        let count = absolute.iter().flatten().count();
        let bins = absolute.iter().flatten().map(Vec::len).next().unwrap_or(0);
        let mut limits = Vec::new();
        for bin in 0..bins {
            let with = absolute.iter().zip(nominal).filter_map(|(own, nominal)| own.as_ref().zip(nominal.as_ref()));
            let (total, variance) = with.fold((0.0, 0.0), |(total, variance), (own, nominal)| {
                (total + nominal.contents[bin], variance + own[bin] * own[bin])
            });
            let relative = if total > 0.0 { variance.sqrt() / total } else { 0.0 };
            limits.push(bounds(relative));
            if relative < channel.threshold {
                absolute.iter_mut().flatten().for_each(|own| own[bin] = 0.0);
            }
        }
        if count == 0 {
            return absolute.iter().map(|_| None).collect();
        }
        let name = format!("staterror_{}", channel.name);
        self.vectors.push((name.clone(), limits));
        let poisson = channel.statistical == BinConstraint::Poisson;
        if poisson && count > 1 {
            let message = format!("the Poisson constraint of the statistical uncertainties of channel `{}`", channel.name);
            self.lost(format!("{message}: it becomes a normal one"), &channel.source, channel.span);
        }
        let modifier = |own: Vec<f64>| {
            if poisson && count == 1 { Modifier::shape_sys(&name, own) } else { Modifier::stat_error(&name, own) }
        };
        absolute.into_iter().map(|own| own.map(modifier)).collect()
    }

    fn measurement(&mut self, measurement: &Measurement, workspace: &Workspace) -> workspace::Measurement {
        let names = workspace.names(workspace::PartKind::Modifier);
        let known = |name: &str| {
            let plain = match name {
                "Lumi" => "lumi",
                _ => name.strip_prefix("alpha_").unwrap_or(name),
            };
            names.contains(plain).then(|| plain.to_owned())
        };
        let source = self.builder.source.clone();
        let poi = measurement.interest.iter().find_map(|named| known(&named.name));
        let mut written = workspace::Measurement::new(&measurement.name, poi.as_deref());
        for named in measurement.interest.iter().skip(1) {
            self.lost(format!("`{}` as a further parameter of interest", named.name), &source, named.span);
        }
        let mut settings: Vec<Setting> = Vec::new();
        if names.contains("lumi") {
            let (value, width) = (measurement.luminosity, measurement.luminosity * measurement.relative_error);
            let mut setting = Setting::luminosity(value, if width > 0.0 { width } else { value }).within(0.0, 10.0 * value);
            setting.fixed = (width <= 0.0).then_some(true);
            settings.push(setting);
        }
        for (name, value, [low, high]) in &self.factors {
            if !settings.iter().any(|setting| setting.name == *name) {
                settings.push(Setting::new(name).start(*value).within(*low, *high));
            }
        }
        for (name, bounds) in &self.vectors {
            if !settings.iter().any(|setting| setting.name == *name) {
                settings.push(Setting::new(name).within_each(bounds.clone()));
            }
        }
        let mut place = |name: &str| {
            let name = known(name)?;
            let index = settings.iter().position(|setting| setting.name == name).unwrap_or_else(|| {
                settings.push(Setting::new(&name));
                settings.len() - 1
            });
            Some(index)
        };
        let held: Vec<(Option<usize>, &super::Named)> =
            measurement.constant.iter().map(|named| (place(&named.name), named)).collect();
        let values: Vec<(Option<usize>, &super::Named, f64)> =
            measurement.values.iter().map(|(named, value)| (place(&named.name), named, *value)).collect();
        for (index, named) in held {
            match index {
                Some(index) => settings[index].fixed = Some(true),
                None if named.name.starts_with("gamma_") => {
                    self.lost(format!("`{}` is held alone", named.name), &source, named.span);
                }
                None => {}
            }
        }
        for (index, named, value) in values {
            match index {
                Some(index) => settings[index].inits = Some(vec![value]),
                None => self.lost(format!("the value of `{}`", named.name), &source, named.span),
            }
        }
        for (named, term) in &measurement.constraints {
            let word = match term {
                ConstraintTerm::Gamma(_) => "gamma",
                ConstraintTerm::LogNormal(_) => "log-normal",
                ConstraintTerm::Uniform => "uniform",
            };
            if names.contains(named.name.as_str()) {
                let message = format!("the {word} constraint of `{}`: it becomes a normal one", named.name);
                self.lost(message, &source, named.span);
            }
        }
        for setting in settings {
            written = written.set(setting);
        }
        written
    }
}
