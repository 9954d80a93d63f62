//! Configuration and histograms → compiled model.

use std::collections::BTreeMap;

use germane_texts::{Diagnostic, Source, Span, nearest};

use super::{BinConstraint, Channel, Configuration, ConstraintTerm, Convention, Effect, EffectKind, HistogramName, Measurement};
use crate::histfactory::assembly::{AssembledChannel, AssembledSample, Assembly, Term};
use crate::histfactory::normalisation::Normalisation;
use crate::histogram_source::{HistogramSource, SourceHistogram};
use crate::interpolation::{Factor, FactorCode, Pull, TemplateCode};
use crate::likelihood::{Constraint, Parameter};
use crate::{Data, Model};

/// Range of the auxiliary datum of a normal constraint around 0, and around 1, in ROOT.
const AROUND_ZERO: Normalisation = Normalisation { low: -10.0, high: 10.0 };
const AROUND_ONE: Normalisation = Normalisation { low: 0.0, high: 10.0 };

/// A compiled measurement, and what is odd in the configuration but can be used.
#[derive(Debug)]
pub struct Compiled {
    /// The model.
    pub model: Model,
    /// Remarks, with places.
    pub warnings: Vec<Diagnostic>,
}

impl Configuration {
    /// Compiles a measurement (the first one by default).
    ///
    /// Uncertainties that are derived from histograms have the precision in which those are stored, as in ROOT.
    ///
    /// # Errors
    /// All mistakes: a measurement or histogram that does not exist, histograms with other bins, counts that are negative or not
    /// finite, names that mean two things.
    pub fn model(
        &self,
        measurement: Option<&str>,
        histograms: &dyn HistogramSource,
        convention: Convention,
    ) -> Result<Compiled, Vec<Diagnostic>> {
        let measurement = self.measurement(measurement).map_err(|problem| vec![problem])?;
        let mut builder = Builder::new(&self.source, measurement, histograms, convention);
        if convention == Convention::Root {
            builder.luminosity();
        }
        let expected: Vec<bool> = self.channels.iter().map(|channel| channel.data.is_none()).collect();
        for channel in &self.channels {
            builder.channel(channel);
        }
        builder.settings();
        let (problems, mut warnings): (Vec<_>, Vec<_>) = builder.problems.into_iter().partition(Diagnostic::is_error);
        if !problems.is_empty() {
            return Err(problems);
        }
        let without: Vec<&str> =
            self.channels.iter().zip(&expected).filter(|(_, expected)| **expected).map(|(c, _)| c.name.as_str()).collect();
        let mut model = builder.assembly.model();
        if !without.is_empty() {
            model = with_expected(model, &without).map_err(|message| vec![Diagnostic::new("value", message)])?;
            let message = format!("no data in {}: expected counts are taken", without.join(", "));
            warnings.push(Diagnostic::new("value", message).file(self.source.name.to_string()).warning());
        }
        Ok(Compiled { model, warnings })
    }

    pub(super) fn measurement(&self, name: Option<&str>) -> Result<&Measurement, Diagnostic> {
        let found = match name {
            None => self.measurements.first(),
            Some(name) => self.measurements.iter().find(|measurement| measurement.name == name),
        };
        found.ok_or_else(|| {
            let names: Vec<&str> = self.measurements.iter().map(|measurement| measurement.name.as_str()).collect();
            let name = name.unwrap_or_default();
            let problem = Diagnostic::new("name", format!("no measurement `{name}`")).file(self.source.name.to_string());
            match nearest(name, names.iter().copied()) {
                Some(near) => problem.nearest(near),
                None => problem.advice(format!("there are {}", names.join(", "))),
            }
        })
    }
}

/// The model with the expected counts of some channels as their data.
fn with_expected(model: Model, channels: &[&str]) -> Result<Model, String> {
    let expected = model.expected(&model.start());
    let mut data: Data = model.data();
    for (name, range) in model.channels() {
        if channels.contains(&name) {
            data.main[range.clone()].copy_from_slice(&expected[range]);
        }
    }
    model.with_data(&data)
}

/// What a parameter is, for names that are used again.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Luminosity,
    Factor,
    Systematic,
    Bin,
}

struct Known {
    index: usize,
    meaning: Meaning,
    source: Source,
    span: Span,
}

/// Statistical uncertainties of a channel while they are summed.
struct Statistical {
    nominal: Vec<f64>,
    variance: Vec<f64>,
    single: bool,
}

pub(super) struct Builder<'a> {
    pub(super) source: &'a Source,
    measurement: &'a Measurement,
    histograms: &'a dyn HistogramSource,
    convention: Convention,
    assembly: Assembly,
    known: BTreeMap<String, Known>,
    pub(super) problems: Vec<Diagnostic>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        source: &'a Source,
        measurement: &'a Measurement,
        histograms: &'a dyn HistogramSource,
        convention: Convention,
    ) -> Self {
        let assembly = Assembly { counts_categories: convention == Convention::Root, ..Assembly::default() };
        Self { source, measurement, histograms, convention, assembly, known: BTreeMap::new(), problems: Vec::new() }
    }

    fn report(&mut self, code: &str, message: impl Into<String>, source: &Source, span: Span) {
        self.problems.push(Diagnostic::new(code, message).at(source, span));
    }

    /// The parameter of a name: the known one, if it means the same, or a new one.
    fn parameter(
        &mut self,
        parameter: Parameter,
        meaning: Meaning,
        normalisation: Option<Normalisation>,
        (source, span): (&Source, Span),
    ) -> usize {
        if let Some(known) = self.known.get(&parameter.name) {
            let index = known.index;
            let old = &self.assembly.parameters[index];
            let same = known.meaning == meaning && old.constraint == parameter.constraint;
            if !same {
                let there = known.source.place(known.span);
                let message = format!("parameter `{}` means two things", parameter.name);
                let first = format!("first in {}:{}:{}", known.source.name, there.line, there.column);
                self.problems.push(Diagnostic::new("value", message).at(source, span).note(first).advice("rename one of them"));
            } else if (old.start, old.lower, old.upper) != (parameter.start, parameter.lower, parameter.upper) {
                let message = format!("parameter `{}` has another start or other bounds elsewhere", parameter.name);
                self.problems.push(Diagnostic::new("value", message).at(source, span).warning());
            }
            return index;
        }
        let index = self.assembly.parameters.len();
        self.known.insert(parameter.name.clone(), Known { index, meaning, source: source.clone(), span });
        if let (Convention::Root, Some(range)) = (self.convention, normalisation) {
            self.assembly.normalisations.push((index, range));
        }
        self.assembly.parameters.push(parameter);
        index
    }

    fn luminosity(&mut self) -> usize {
        let (value, width) = (self.measurement.luminosity, self.measurement.luminosity * self.measurement.relative_error);
        let mut parameter = Parameter::new("Lumi", value).within(0.0, 10.0 * value);
        if width > 0.0 {
            parameter = parameter.constrained(Constraint::Normal { centre: value, width });
        } else {
            parameter = parameter.fix();
        }
        let range = Normalisation { low: 0.0, high: value + 10.0 * width };
        let source = self.source.clone();
        self.parameter(parameter, Meaning::Luminosity, Some(range), (&source, Span::default()))
    }

    fn channel(&mut self, channel: &Channel) {
        let nominal: Vec<Option<SourceHistogram>> =
            channel.samples.iter().map(|sample| self.histogram(&sample.histogram, &channel.source)).collect();
        let Some(like) = nominal.iter().flatten().next().map(|first| first.edges.clone()) else { return };
        let bins = like.iter().map(|edges| edges.len().saturating_sub(1)).product();
        let mut statistical: Option<Statistical> = None;
        let mut samples = Vec::new();
        for (sample, nominal) in channel.samples.iter().zip(&nominal) {
            let Some(nominal) = nominal.as_ref().filter(|nominal| self.fits(nominal, &like, &sample.histogram, &channel.source))
            else {
                continue;
            };
            let mut terms = Vec::new();
            if sample.by_theory || self.convention == Convention::Root {
                terms.push(Term::Free { parameter: self.luminosity() });
            }
            for effect in &sample.effects {
                match &effect.kind {
                    EffectKind::StatError(relative) => {
                        let sums = statistical.get_or_insert_with(|| Statistical {
                            nominal: vec![0.0; bins],
                            variance: vec![0.0; bins],
                            single: nominal.single,
                        });
                        let relative = match relative {
                            None => None,
                            Some(name) => match self.histogram_like(name, &channel.source, &like) {
                                Some(read) => Some(read),
                                None => continue,
                            },
                        };
                        add_uncertainties(sums, nominal, relative.as_ref());
                    }
                    _ => terms.extend(self.effect(channel, effect, nominal, &like)),
                }
            }
            samples.push(AssembledSample { name: sample.name.clone(), nominal: nominal.contents.clone(), terms });
        }
        if let Some(sums) = statistical {
            let parameters = self.statistical(channel, &sums, &like);
            for (sample, described) in samples.iter_mut().zip(&channel.samples) {
                if described.effects.iter().any(|effect| matches!(effect.kind, EffectKind::StatError(_))) {
                    sample.terms.push(Term::PerBin { parameters: parameters.clone() });
                }
            }
        }
        let observed = match &channel.data {
            None => vec![0.0; bins],
            Some(name) => {
                let read = self.histogram_like(name, &channel.source, &like);
                let counts = read.map_or_else(|| vec![0.0; bins], |histogram| histogram.contents);
                if let Some(bin) = counts.iter().position(|count| *count < 0.0) {
                    let message = format!("`{}` of {}: the count of bin {bin} is {}", name.name, name.file, counts[bin]);
                    self.report("value", message, &channel.source, name.span);
                }
                counts
            }
        };
        self.assembly.channels.push(AssembledChannel { name: channel.name.clone(), observed, samples });
    }

    pub(super) fn histogram(&mut self, name: &HistogramName, source: &Source) -> Option<SourceHistogram> {
        match self.histograms.histogram(&name.file, &name.name) {
            Ok(histogram) => {
                let bad = histogram.contents.iter().chain(&histogram.variances).any(|value| !value.is_finite());
                let bins: usize = histogram.edges.iter().map(|edges| edges.len().saturating_sub(1)).product();
                let lengths = histogram.contents.len() == bins && histogram.variances.len() == bins && bins > 0;
                if bad || !lengths {
                    let what = if bad { "has contents that are not finite" } else { "has no bins" };
                    let message = format!("`{}` of {} {what}", name.name, name.file);
                    self.report("value", message, source, name.span);
                    return None;
                }
                Some(histogram)
            }
            Err(problem) => {
                self.problems.push(problem.at(source, name.span));
                None
            }
        }
    }

    pub(super) fn histogram_like(&mut self, name: &HistogramName, source: &Source, like: &[Vec<f64>]) -> Option<SourceHistogram> {
        let histogram = self.histogram(name, source)?;
        self.fits(&histogram, like, name, source).then_some(histogram)
    }

    /// Whether a histogram has the bins of the channel; reported if not.
    fn fits(&mut self, histogram: &SourceHistogram, like: &[Vec<f64>], name: &HistogramName, source: &Source) -> bool {
        let bins = |edges: &[Vec<f64>]| {
            edges.iter().map(|edges| edges.len().saturating_sub(1).to_string()).collect::<Vec<_>>().join(" x ")
        };
        let (here, there) = (bins(&histogram.edges), bins(like));
        if here != there {
            let message = format!("`{}` of {} has {here} bins, the channel {there}", name.name, name.file);
            self.report("value", message, source, name.span);
        }
        here == there
    }

    fn effect(&mut self, channel: &Channel, effect: &Effect, nominal: &SourceHistogram, like: &[Vec<f64>]) -> Option<Term> {
        let place = (&channel.source, effect.span);
        match &effect.kind {
            EffectKind::NormFactor { value, low, high } => {
                let parameter = Parameter::new(&effect.name, *value).within(*low, *high);
                Some(Term::Free { parameter: self.parameter(parameter, Meaning::Factor, None, place) })
            }
            EffectKind::OverallSys { low, high } => {
                let (parameter, pull) = self.overall(effect, place);
                let factor = Factor::new(*low, *high, FactorCode::Code4).pulled(pull);
                Some(Term::Scale { parameter, factor })
            }
            EffectKind::HistoSys { low, high } => {
                let low = self.histogram_like(low, &channel.source, like)?.contents;
                let high = self.histogram_like(high, &channel.source, like)?.contents;
                let parameter = self.alpha(&effect.name, Some(1.0), place);
                Some(Term::Morph { parameter, code: TemplateCode::Code4p, high, low })
            }
            EffectKind::ShapeFactor => {
                let names = bin_names(&effect.name, like);
                let parameter = |name: String| Parameter::new(name, 1.0).within(0.0, 1000.0);
                let parameters = names.map(|name| self.parameter(parameter(name), Meaning::Bin, None, place)).collect();
                Some(Term::PerBin { parameters })
            }
            EffectKind::ShapeSys { histogram, constraint } => {
                let relative = self.histogram_like(histogram, &channel.source, like)?.contents;
                if let Some(bin) = relative.iter().position(|value| *value < 0.0) {
                    let message = format!("`{}` of {}: the uncertainty of bin {bin} is negative", histogram.name, histogram.file);
                    self.report("value", message, &channel.source, histogram.span);
                    return None;
                }
                let parameters = self.bins(&effect.name, &relative, 0.0, *constraint, like, place);
                Some(Term::PerBin { parameters })
            }
            EffectKind::StatError(_) => {
                debug_assert!(nominal.edges.len() == like.len(), "statistical errors are summed by the caller");
                None
            }
        }
    }

    /// `alpha_NAME` with a normal constraint of that width, or none.
    fn alpha(&mut self, name: &str, width: Option<f64>, place: (&Source, Span)) -> usize {
        let mut parameter = Parameter::new(format!("alpha_{name}"), 0.0).within(-5.0, 5.0);
        parameter.constraint = width.map(|width| Constraint::Normal { centre: 0.0, width });
        self.parameter(parameter, Meaning::Systematic, Some(AROUND_ZERO), place)
    }

    /// Parameter of an overall systematic, and how far it pulls.
    fn overall(&mut self, effect: &Effect, place: (&Source, Span)) -> (usize, Pull) {
        let terms = &self.measurement.constraints;
        let term = terms.iter().find(|(named, _)| named.name == effect.name).map(|(_, term)| *term);
        let root = self.convention == Convention::Root;
        match term {
            Some(ConstraintTerm::Gamma(relative)) => {
                let rate = 1.0 / (relative * relative);
                // ROOT gives the datum a range up to 10 and clips it.
                let observed = if root { rate.min(10.0) } else { rate };
                let parameter = Parameter::new(format!("beta_{}", effect.name), 1.0).within(0.0, 10.0);
                let parameter = parameter.constrained(Constraint::Poisson { observed, rate });
                (self.parameter(parameter, Meaning::Systematic, Some(AROUND_ONE), place), Pull::AroundOne(relative))
            }
            Some(ConstraintTerm::LogNormal(relative)) => (self.alpha(&effect.name, Some(1.0), place), Pull::LogNormal(relative)),
            Some(ConstraintTerm::Uniform) => (self.alpha(&effect.name, root.then_some(100.0), place), Pull::Itself),
            None => (self.alpha(&effect.name, Some(1.0), place), Pull::Itself),
        }
    }

    fn statistical(&mut self, channel: &Channel, sums: &Statistical, like: &[Vec<f64>]) -> Vec<usize> {
        let relative: Vec<f64> = sums
            .nominal
            .iter()
            .zip(&sums.variance)
            .map(|(total, variance)| if *total > 0.0 { stored(variance.sqrt() / total, sums.single) } else { 0.0 })
            .collect();
        let name = format!("stat_{}", channel.name);
        self.bins(&name, &relative, channel.threshold, channel.statistical, like, (&channel.source, channel.span))
    }

    /// A factor for each bin: held at 1 without uncertainty, held but constrained below the threshold.
    fn bins(
        &mut self,
        name: &str,
        relative: &[f64],
        threshold: f64,
        constraint: BinConstraint,
        like: &[Vec<f64>],
        place: (&Source, Span),
    ) -> Vec<usize> {
        let mut indices = Vec::new();
        for (name, &relative) in bin_names(name, like).zip(relative) {
            let mut parameter = Parameter::new(name, 1.0).within(0.0, 10.0);
            let mut range = None;
            if relative > 0.0 {
                parameter = parameter.within(0.0, 1.0 + 5.0 * relative);
                parameter.constraint = Some(match constraint {
                    BinConstraint::Gaussian => {
                        range = Some(AROUND_ONE);
                        Constraint::Normal { centre: 1.0, width: relative }
                    }
                    BinConstraint::Poisson => {
                        let rate = 1.0 / relative / relative;
                        Constraint::Poisson { observed: rate, rate }
                    }
                });
            }
            parameter.fixed = relative <= 0.0 || relative < threshold;
            indices.push(self.parameter(parameter, Meaning::Bin, range, place));
        }
        indices
    }

    /// What the measurement says of parameters.
    fn settings(&mut self) {
        let (measurement, source) = (self.measurement, self.source.clone());
        for named in &measurement.interest {
            match self.known.get(&named.name) {
                Some(known) => self.assembly.poi = self.assembly.poi.or(Some(known.index)),
                None => self.unknown(&named.name, "parameter of interest", &source, named.span, false),
            }
        }
        for (named, value) in &measurement.values {
            let Some(known) = self.known.get(&named.name) else {
                self.unknown(&named.name, "ParamSetting", &source, named.span, true);
                continue;
            };
            let parameter = &mut self.assembly.parameters[known.index];
            if (parameter.lower..=parameter.upper).contains(value) {
                parameter.start = *value;
            } else {
                let (name, lower, upper) = (&named.name, parameter.lower, parameter.upper);
                let message = format!("`{name}` is set to {value}, which is not between {lower} and {upper}");
                self.report("value", message, &source, named.span);
            }
        }
        for named in &measurement.constant {
            match self.known.get(&named.name) {
                Some(known) => self.assembly.parameters[known.index].fixed = true,
                // Tools write it into every measurement, used or not.
                None if named.name == "Lumi" => {}
                None => self.unknown(&named.name, "ParamSetting", &source, named.span, true),
            }
        }
        for (named, _) in &measurement.constraints {
            let found = ["alpha_", "beta_"].iter().any(|prefix| self.known.contains_key(&format!("{prefix}{}", named.name)));
            if !found {
                self.unknown(&named.name, "ConstraintTerm", &source, named.span, true);
            }
        }
    }

    fn unknown(&mut self, name: &str, what: &str, source: &Source, span: Span, harmless: bool) {
        let problem = Diagnostic::new("name", format!("{what}: no parameter `{name}`")).at(source, span);
        let names = self.known.keys().map(|known| known.trim_start_matches("alpha_").trim_start_matches("beta_"));
        let near = nearest(name, self.known.keys().map(String::as_str).chain(names)).map(str::to_owned);
        self.problems.push(match near {
            Some(near) => problem.nearest(near),
            // Configurations carry settings of parameters that a channel no longer has.
            None if harmless => problem.advice("it has no effect").warning(),
            None => problem,
        });
    }
}

/// Adds the absolute uncertainties of a sample.
fn add_uncertainties(sums: &mut Statistical, nominal: &SourceHistogram, relative: Option<&SourceHistogram>) {
    for (bin, uncertainty) in uncertainties(nominal, relative).enumerate() {
        sums.nominal[bin] += nominal.contents[bin];
        sums.variance[bin] += uncertainty * uncertainty;
    }
}

/// Absolute uncertainties of a sample: those of its histogram, or relative ones times its contents.
pub(super) fn uncertainties(nominal: &SourceHistogram, relative: Option<&SourceHistogram>) -> impl Iterator<Item = f64> {
    nominal.contents.iter().enumerate().map(move |(bin, &content)| match relative {
        Some(relative) => stored(relative.contents[bin] * content, relative.single),
        None => stored(nominal.variances[bin].max(0.0).sqrt(), nominal.single),
    })
}

/// A number after it was stored in a histogram.
fn stored(value: f64, single: bool) -> f64 {
    if single { f64::from(value as f32) } else { value }
}

/// `gamma_NAME_bin_i`, or `gamma_NAME_bin_i_j` on two axes, the first axis running fastest.
fn bin_names(name: &str, edges: &[Vec<f64>]) -> impl Iterator<Item = String> {
    let counts: Vec<usize> = edges.iter().map(|edges| edges.len().saturating_sub(1)).collect();
    let prefix = format!("gamma_{name}_bin");
    (0..counts.iter().product()).map(move |flat: usize| {
        let (mut rest, mut text) = (flat, prefix.clone());
        for &count in &counts {
            text.push_str(&format!("_{}", rest % count));
            rest /= count;
        }
        text
    })
}
