//! Card and histograms → pyhf's workspace, with what that cannot say.

use std::collections::BTreeMap;

use germane_texts::Diagnostic;

use super::CardOptions;
use super::bin_statistics::{self, BinParameters, Content, Own};
use super::card::{BinStatistics, Card, Channel, Nuisance, NuisanceKind, Origin, RateValue, Size};
use super::from_workspace::LEAST_FRACTION;
use super::physics::Scale;
use super::templates::Templates;
use crate::histogram_source::HistogramSource;
use crate::likelihood::Likelihood;
use crate::workspace::{self, Modifier, Sample, Setting, Workspace};

impl Card {
    /// The workspace of a card, and what is lost, item by item.
    ///
    /// `lnN` becomes `normsys`, which interpolates otherwise; templates become `histosys`; `gmN` of one column is a `shapesys`, `trG`
    /// of one channel a `staterror`, of one size everywhere and the name `lumi` that, else a linear `histosys`.
    ///
    /// # Errors
    /// As [`Card::model`].
    pub fn to_workspace(
        &self,
        source: &dyn HistogramSource,
        options: &CardOptions,
    ) -> Result<(Workspace, Vec<Diagnostic>), Vec<Diagnostic>> {
        let model = self.model(source, options)?;
        let observed = model.data().main;
        let mut writer = Writer { card: self, templates: Templates::new(self, options, source), losses: Vec::new() };
        let mut channels = Vec::new();
        for (name, range) in model.channels() {
            let Some(index) = self.channels.iter().position(|channel| channel.name == name) else { continue };
            let counts = observed[range].to_vec();
            channels.push((writer.channel(index, counts.len(), options), counts));
        }
        let mut workspace = Workspace::new();
        for (channel, counts) in channels {
            workspace = workspace.channel(channel, counts);
        }
        let names: Vec<String> = workspace.names(workspace::PartKind::Modifier).into_iter().map(str::to_owned).collect();
        let poi = options.physics.parameters().iter().map(|one| one.name.clone()).find(|name| names.contains(name));
        let mut measurement = workspace::Measurement::new("measurement", poi.as_deref());
        for parameter in model.parameters().iter().filter(|parameter| names.contains(&parameter.name)) {
            let factor = parameter.constraint.is_none();
            let finite = parameter.lower.is_finite() && parameter.upper.is_finite();
            let mut setting = Setting::new(&parameter.name);
            if parameter.name == "lumi" && !factor {
                setting = writer.luminosity();
            } else if factor {
                let (lower, upper) = if finite { (parameter.lower, parameter.upper) } else { (-1e6, 1e6) };
                setting = setting.start(parameter.start).within(lower, upper);
            }
            if parameter.fixed {
                setting = setting.fix();
            }
            if factor || parameter.fixed || parameter.name == "lumi" {
                measurement = measurement.set(setting);
            }
        }
        let mut losses = writer.losses;
        for param in &self.params {
            losses.push(param.origin.problem("loss", format!("the constraint of `{}`", param.name)));
        }
        for group in &self.groups {
            losses.push(group.origin.problem("loss", format!("the group `{}`", group.name)));
        }
        Ok((workspace.measurement(measurement), losses))
    }
}

struct Writer<'a> {
    card: &'a Card,
    templates: Templates<'a>,
    losses: Vec<Diagnostic>,
}

/// A column with its contents.
struct Column {
    index: usize,
    sample: Sample,
    /// Statistical errors of its template.
    errors: Vec<f64>,
    /// Contents over those of its histogram.
    scale: f64,
}

impl Writer<'_> {
    fn lost(&mut self, message: impl Into<String>, origin: &Origin) {
        let problem = origin.problem("loss", message);
        if !self.losses.contains(&problem) {
            self.losses.push(problem);
        }
    }

    /// Sizes of a nuisance of type trG by channel.
    fn widths(&self, nuisance: &Nuisance) -> BTreeMap<usize, Vec<(usize, f64)>> {
        let mut all: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
        for (column, effect) in nuisance.effects.iter().enumerate() {
            if let Some(Size::One(width)) = effect.as_ref().map(|effect| effect.size) {
                all.entry(self.card.processes[column].channel).or_default().push((column, width));
            }
        }
        all
    }

    fn luminosity(&self) -> Setting {
        let nuisance = self.card.nuisances.iter().find(|nuisance| nuisance.name == "lumi");
        let width = nuisance.and_then(|nuisance| self.widths(nuisance).into_values().flatten().next());
        Setting::luminosity(1.0, width.map_or(1.0, |(_, width)| width))
    }

    fn channel(&mut self, index: usize, bins: usize, options: &CardOptions) -> workspace::Channel {
        let channel = &self.card.channels[index];
        let mut written = workspace::Channel::new(&channel.name);
        let mut columns = Vec::new();
        for (column, process) in self.card.processes.iter().enumerate().filter(|(_, process)| process.channel == index) {
            if let Some(column) = self.column(column, process, bins, options) {
                columns.push(column);
            }
        }
        for nuisance in &self.card.nuisances {
            self.nuisance(nuisance, index, &mut columns);
        }
        for rate in &self.card.rates {
            for column in columns.iter_mut().filter(|column| rate.columns.contains(&column.index)) {
                match &rate.value {
                    RateValue::Free { .. } => column.sample.modifiers.push(Modifier::norm_factor(&rate.name)),
                    RateValue::Formula { .. } => self.lost(format!("the formula `{}`", rate.name), &rate.origin),
                }
            }
        }
        if let Some(statistics) = channel.statistics.filter(|statistics| statistics.threshold >= 0.0) {
            self.statistics(channel, statistics, &mut columns);
        }
        for column in columns {
            written = written.sample(column.sample);
        }
        written
    }

    /// Whether all templates of a process are at one standard deviation; combine interpolates within the smallest of them.
    fn moves_once(&self, column: usize) -> bool {
        let shapes = self.card.nuisances.iter().filter(|nuisance| matches!(nuisance.kind, NuisanceKind::Shape { .. }));
        shapes.filter_map(|nuisance| nuisance.effects[column].as_ref()).all(|effect| effect.size == Size::One(1.0))
    }

    /// Errors of templates: normal ones of one process are a staterror, counts of each process a shapesys.
    fn statistics(&mut self, channel: &Channel, statistics: BinStatistics, columns: &mut [Column]) {
        let moved = |column: &Column| {
            let shapes = self.card.nuisances.iter().filter(|nuisance| matches!(nuisance.kind, NuisanceKind::Shape { .. }));
            shapes.into_iter().any(|nuisance| nuisance.effects[column.index].is_some())
        };
        let carriers = || columns.iter().filter(|column| column.errors.iter().any(|error| *error > 0.0));
        let empty = |column: &Column| {
            column.sample.data.iter().zip(&column.errors).any(|(content, error)| *content <= 0.0 && *error > 0.0)
        };
        let still = carriers().all(|column| !moved(column) && !empty(column));
        let kinds: Vec<BinParameters> = (0..columns.first().map_or(0, |column| column.errors.len()))
            .map(|bin| {
                let content = |column: &Column| Content {
                    value: column.sample.data[bin],
                    error: column.errors[bin],
                    signal: self.card.processes[column.index].signal,
                };
                let contents: Vec<Content> = columns.iter().map(content).collect();
                bin_statistics::parameters(statistics, &contents)
            })
            .collect();
        let own = |of: &dyn Fn(&Own) -> bool| {
            kinds.iter().all(|kind| match kind {
                BinParameters::None => true,
                BinParameters::Total => false,
                BinParameters::Each(own) => own.iter().all(|own| *own == Own::None || of(own)),
            })
        };
        // Yields move with factors of their processes: which parameters a bin has must not depend on them.
        let normal = statistics.threshold < 1.0
            && carriers().count() == 1
            && carriers().all(|column| statistics.signals || !self.card.processes[column.index].signal);
        let counts = statistics.threshold > MOST_COUNTS && statistics.signals && own(&|own| matches!(own, Own::Poisson(_)));
        if still && counts && !normal {
            for (place, column) in columns.iter_mut().enumerate() {
                let errors: Vec<f64> = (column.sample.data.iter().zip(&kinds))
                    .map(|(content, kind)| match kind {
                        BinParameters::Each(own) => match own[place] {
                            Own::Poisson(count) => content / count.sqrt(),
                            _ => 0.0,
                        },
                        _ => 0.0,
                    })
                    .collect();
                if errors.iter().any(|error| *error > 0.0) {
                    let name = format!("shapesys_{}_{}", channel.name, column.sample.name);
                    column.sample.modifiers.push(Modifier::shape_sys(name, errors));
                }
            }
            return;
        }
        if !(still && normal) {
            let message = format!("how autoMCStats treats channel `{}`: its errors become a staterror", channel.name);
            self.lost(message, &channel.origin);
        }
        for column in columns {
            if column.errors.iter().any(|error| *error > 0.0) {
                let name = format!("staterror_{}", channel.name);
                column.sample.modifiers.push(Modifier::stat_error(name, column.errors.clone()));
            }
        }
    }

    fn column(&mut self, index: usize, process: &super::Process, bins: usize, options: &CardOptions) -> Option<Column> {
        let channel = &self.card.channels[process.channel];
        let scale = options.physics.scale(&channel.name, &process.name, process.signal);
        if scale == Scale::Zero || process.rate == Some(0.0) {
            return None;
        }
        let counting = self.templates.line(&process.name, &channel.name).is_none();
        let (contents, errors, factor) = if counting {
            (vec![process.rate?], vec![0.0], 1.0)
        } else {
            let found = self.templates.nominal(&process.name, &channel.name, &process.origin).ok()?;
            let sum: f64 = found.contents.iter().sum();
            if sum == 0.0 {
                return None;
            }
            let factor = process.rate.map_or(1.0, |rate| rate / sum);
            let contents = found.contents.iter().map(|content| content * factor).collect();
            (contents, found.variances.iter().map(|variance| variance.sqrt() * factor).collect(), factor)
        };
        debug_assert_eq!(contents.len(), bins, "the model has compared them");
        let mut sample = Sample::new(&process.name, contents);
        if let Scale::Named(name) = scale {
            if options.physics.functions().iter().any(|(known, ..)| *known == name) {
                self.lost(format!("the function `{name}` of parameters of interest"), &process.origin);
            } else {
                sample = sample.with(Modifier::norm_factor(name));
            }
        }
        if options.physics.forms().is_some_and(|forms| forms.of(&channel.name, &process.name).is_some()) {
            self.lost(format!("how {} scales with the parameters of interest", self.card.column(index)), &process.origin);
        }
        Some(Column { index, sample, errors, scale: factor })
    }

    fn nuisance(&mut self, nuisance: &Nuisance, channel: usize, columns: &mut [Column]) {
        let name = nuisance.name.as_str();
        let gaussian = matches!(nuisance.kind, NuisanceKind::Gaussian);
        if gaussian && self.gaussian(nuisance, channel, columns) {
            return;
        }
        let counted = nuisance.effects.iter().flatten().count();
        for column in columns.iter_mut() {
            let Some(effect) = &nuisance.effects[column.index] else { continue };
            let contents = column.sample.data.clone();
            let scaled = |factor: f64| contents.iter().map(|content| content * factor).collect::<Vec<f64>>();
            let modifier = match (&nuisance.kind, effect.size) {
                (NuisanceKind::LogNormal, size) => {
                    let (low, high) = match size {
                        Size::One(k) => (1.0 / k, k),
                        Size::Two(low, high) => (low, high),
                    };
                    self.lost(format!("how lnN `{name}` is interpolated between -1 and 1"), &nuisance.origin);
                    Modifier::norm_sys(name, high, low)
                }
                (NuisanceKind::GammaCount(count), Size::One(alpha)) if counted == 1 && *count > 0.0 => {
                    // The rate is proportional to the count, whatever the column says within combine's tolerance.
                    column.sample.data = vec![alpha * count];
                    Modifier::shape_sys(name, vec![alpha * count / count.sqrt()])
                }
                (NuisanceKind::Gaussian, Size::One(width)) => {
                    let others = column.sample.modifiers.iter();
                    if others.into_iter().any(|other| matches!(other.effect, workspace::Effect::HistoSys { .. })) {
                        self.lost(format!("`{name}` as a factor: it is added to other changes"), &nuisance.origin);
                    }
                    Modifier::histo_sys(name, scaled(1.0 + width), scaled(1.0 - width))
                }
                (NuisanceKind::Shape { flat: false, optional, log }, size) => {
                    let base = effect.template.as_deref().unwrap_or(name);
                    let (process, origin) = (&self.card.processes[column.index].name, &nuisance.origin);
                    let channel = &self.card.channels[channel];
                    let absolute = channel.statistics.is_some_and(|statistics| statistics.absolute);
                    let channel = &channel.name;
                    let sides =
                        ["Up", "Down"].map(|side| self.templates.varied(process, channel, &format!("{base}{side}"), origin));
                    match (sides, size) {
                        ([Ok(up), Ok(down)], Size::One(scale)) => {
                            let added = is_added(&contents, column.scale, [&up.contents, &down.contents], absolute);
                            if *log || !added || !self.moves_once(column.index) {
                                self.lost(format!("how the templates of `{name}` are interpolated"), &nuisance.origin);
                            }
                            let moved = |side: &[f64]| {
                                let moved = side.iter().zip(&contents);
                                moved.map(|(value, nominal)| nominal + scale * (value * column.scale - nominal)).collect()
                            };
                            Modifier::histo_sys(name, moved(&up.contents), moved(&down.contents))
                        }
                        (_, Size::One(k)) if *optional => {
                            self.lost(format!("how `{name}` is interpolated between -1 and 1"), &nuisance.origin);
                            Modifier::norm_sys(name, k, 1.0 / k)
                        }
                        (_, Size::Two(low, high)) if *optional => {
                            self.lost(format!("how `{name}` is interpolated between -1 and 1"), &nuisance.origin);
                            Modifier::norm_sys(name, high, low)
                        }
                        _ => {
                            self.lost(format!("`{name}` on process `{process}` of channel `{channel}`"), &nuisance.origin);
                            continue;
                        }
                    }
                }
                (kind, _) => {
                    self.lost(format!("`{name}` of type {}: it is left out", kind.word()), &nuisance.origin);
                    continue;
                }
            };
            column.sample.modifiers.push(modifier);
        }
    }

    /// The luminosity, or the statistics of one channel of one bin, where a line 1 + vθ is one of them.
    fn gaussian(&mut self, nuisance: &Nuisance, channel: usize, columns: &mut [Column]) -> bool {
        let widths = self.widths(nuisance);
        let all: Vec<(usize, f64)> = widths.values().flatten().copied().collect();
        let Some(&(_, width)) = all.first() else { return true };
        if width <= 0.0 || all.iter().any(|(_, other)| *other != width) {
            return false;
        }
        let here = |column: &&mut Column| nuisance.effects[column.index].is_some();
        if nuisance.name == "lumi" {
            columns.iter_mut().filter(here).for_each(|column| column.sample.modifiers.push(Modifier::lumi()));
            return true;
        }
        let one_bin = columns.iter().all(|column| column.sample.data.len() == 1);
        if widths.len() > 1 || !widths.contains_key(&channel) || !one_bin {
            return false;
        }
        let total: f64 = columns.iter().filter(|column| nuisance.effects[column.index].is_some()).map(|c| c.sample.data[0]).sum();
        // The error of the sum is what counts; the first sample carries it.
        let mut error = width * total;
        for column in columns.iter_mut().filter(here) {
            column.sample.modifiers.push(Modifier::stat_error(&nuisance.name, vec![error]));
            error = 0.0;
        }
        true
    }
}

/// Counts that no threshold of published cards reaches.
const MOST_COUNTS: f64 = 1e6;

/// Distance of integrals that is rounding of their sums.
const SUM_ROUNDING: f64 = 1e-12;

/// Whether combine's morph adds, as code 4p does: contents move as they are, or integrals stay, and no fraction comes near the least one.
fn is_added(contents: &[f64], scale: f64, sides: [&[f64]; 2], absolute: bool) -> bool {
    let sum: f64 = contents.iter().sum();
    let filled = |side: &[f64], scale: f64| side.iter().all(|content| content * scale > LEAST_FRACTION * sum);
    let keeps = |side: &[f64]| absolute || (side.iter().sum::<f64>() * scale - sum).abs() <= SUM_ROUNDING * sum;
    filled(contents, 1.0) && sides.into_iter().all(|side| filled(side, scale) && keeps(side))
}
