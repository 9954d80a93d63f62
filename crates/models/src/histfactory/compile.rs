//! Workspace → compiled model. The workspace has been checked: names mean one thing, lengths agree.

use std::collections::{BTreeMap, HashMap, HashSet};

use germane_texts::Diagnostic;

use super::Model;
use super::plan::{Change, ChannelPlan, Contents, FactorOf, Move, Row};
use super::width::Width;
use crate::interpolation::Factor;
use crate::likelihood::{Constraint, Parameter};
use crate::poisson;
use crate::pool::Pool;
use crate::workspace::{Channel, Effect, Measurement, Modifier, Sample, Setting, Workspace};

/// Compiles one measurement.
pub(crate) fn model(workspace: &Workspace, measurement: &Measurement) -> Result<Model, Diagnostic> {
    let mut parameters = Parameters { all: Vec::new(), first: HashMap::new(), errors: relative_errors(workspace) };
    for channel in &workspace.channels {
        for sample in &channel.samples {
            for modifier in &sample.modifiers {
                parameters.add(channel, sample, modifier);
            }
        }
    }
    for setting in &measurement.parameters {
        parameters.set(setting);
    }
    let Parameters { all, first, .. } = parameters;
    let mut names = HashSet::with_capacity(all.len());
    for parameter in &all {
        if !names.insert(parameter.name.as_str()) {
            let message = format!("two parameters are called `{}`", parameter.name);
            return Err(Diagnostic::new("value", message).advice("a vector's entries are called `name[i]`"));
        }
    }
    let poi = measurement.poi.as_ref().and_then(|name| first.get(name.as_str()).map(|&(index, _)| index));

    let mut channels: Vec<&Channel> = workspace.channels.iter().collect();
    channels.sort_by(|a, b| a.name.cmp(&b.name));
    let mut compiler =
        Compiler { workspace, first: &first, templates: Vec::new(), offsets: BTreeMap::new(), widths: BTreeMap::new() };
    let (mut plans, mut observed) = (Vec::new(), Vec::new());
    for channel in &channels {
        plans.push(compiler.channel(channel, observed.len()));
        let counts = workspace.observations.iter().find(|observation| observation.name == channel.name);
        observed.extend(counts.iter().flat_map(|observation| &observation.data));
    }
    let Compiler { templates, mut widths, .. } = compiler;
    widths.retain(|_, width| width.value(&templates).is_some());
    for setting in &measurement.parameters {
        let Some(&(start, size)) = first.get(setting.name.as_str()) else { continue };
        for index in start..start + size {
            if setting.sigmas.is_some() || setting.factors.is_some() {
                widths.remove(&index);
            } else if setting.auxdata.is_some() {
                widths.entry(index).and_modify(Width::release_datum);
            }
        }
    }
    let least = observed.iter().map(|count| poisson::least(*count)).collect();
    let pyhf_order = pyhf_order(&channels, &first);
    let shape = super::shape(all.len(), &mut plans);
    Ok(Model {
        parameters: all,
        poi,
        pyhf_order,
        channels: plans,
        templates,
        observed,
        least,
        widths: widths.into_values().collect(),
        normalisations: Vec::new(),
        categories: 0.0,
        shape,
        pool: Pool::new(),
    })
}

/// Parameters as pyhf orders them: by type of modifier, then by first appearance in channels, samples and modifiers sorted by
/// name; staterrors by name alone.
fn pyhf_order(channels: &[&Channel], first: &HashMap<&str, (usize, usize)>) -> Vec<usize> {
    const TYPES: [&str; 7] = ["histosys", "lumi", "normfactor", "normsys", "shapefactor", "shapesys", "staterror"];
    let mut earliest: HashMap<&str, (Option<usize>, (usize, &str))> = HashMap::new();
    for (place, channel) in channels.iter().enumerate() {
        for sample in &channel.samples {
            for modifier in &sample.modifiers {
                let kind = TYPES.iter().position(|name| *name == modifier.effect.type_name());
                let appears =
                    if matches!(modifier.effect, Effect::StatError(_)) { (0, "") } else { (place, sample.name.as_str()) };
                let known = earliest.entry(&modifier.name).or_insert((kind, appears));
                *known = (*known).min((kind, appears));
            }
        }
    }
    let mut names: Vec<_> = earliest.into_iter().map(|(name, earliest)| (earliest, name)).collect();
    names.sort_unstable();
    names.iter().filter_map(|(_, name)| first.get(name)).flat_map(|&(start, size)| start..start + size).collect()
}

/// Parameters in order of appearance.
struct Parameters<'a> {
    all: Vec<Parameter>,
    /// First index and number of entries of each name.
    first: HashMap<&'a str, (usize, usize)>,
    /// Relative errors of the bins of each staterror.
    errors: BTreeMap<&'a str, Vec<f64>>,
}

impl<'a> Parameters<'a> {
    fn add(&mut self, channel: &'a Channel, sample: &'a Sample, modifier: &'a Modifier) {
        let name = modifier.name.as_str();
        if self.first.contains_key(name) {
            return;
        }
        let start = self.all.len();
        let entry = |index: usize, value: f64| Parameter::new(format!("{name}[{index}]"), value);
        match &modifier.effect {
            Effect::NormFactor => self.all.push(Parameter::new(name, 1.0).within(0.0, 10.0)),
            Effect::Lumi => {
                let constraint = Constraint::Normal { centre: 1.0, width: 1.0 };
                self.all.push(Parameter::new(name, 1.0).within(0.0, 10.0).constrained(constraint));
            }
            Effect::NormSys { .. } | Effect::HistoSys { .. } => {
                let constraint = Constraint::Normal { centre: 0.0, width: 1.0 };
                self.all.push(Parameter::new(name, 0.0).within(-5.0, 5.0).constrained(constraint));
            }
            Effect::ShapeFactor => {
                self.all.extend((0..channel.bins()).map(|bin| entry(bin, 1.0).within(0.0, 10.0)));
            }
            Effect::ShapeSys(uncertainties) => {
                for (bin, (&nominal, &uncertainty)) in sample.data.iter().zip(uncertainties).enumerate() {
                    let usable = nominal > 0.0 && uncertainty > 0.0;
                    let ratio = nominal / uncertainty;
                    let rate = if usable { ratio * ratio } else { 1.0 };
                    let constraint = Constraint::Poisson { observed: rate, rate };
                    self.all.push(gamma(entry(bin, 1.0), constraint, usable));
                }
            }
            Effect::StatError(_) => {
                for (bin, &width) in self.errors.get(name).into_iter().flatten().enumerate() {
                    let constraint = Constraint::Normal { centre: 1.0, width: if width > 0.0 { width } else { 1.0 } };
                    self.all.push(gamma(entry(bin, 1.0), constraint, width > 0.0));
                }
            }
        }
        self.first.insert(name, (start, self.all.len() - start));
    }

    fn set(&mut self, setting: &Setting) {
        let Some(&(first, size)) = self.first.get(setting.name.as_str()) else { return };
        for (index, parameter) in self.all[first..first + size].iter_mut().enumerate() {
            // A list of one value is meant for all entries.
            fn entry<T: Copy>(list: Option<&Vec<T>>, index: usize) -> Option<T> {
                list.and_then(|list| list.get(if list.len() == 1 { 0 } else { index })).copied()
            }
            if let Some(value) = entry(setting.inits.as_ref(), index) {
                parameter.start = value;
            }
            if let Some([lower, upper]) = entry(setting.bounds.as_ref(), index) {
                (parameter.lower, parameter.upper) = (lower, upper);
            }
            if let Some(fixed) = setting.fixed {
                // Entries that carry no information stay fixed.
                parameter.fixed |= fixed;
            }
            let auxiliary = entry(setting.auxdata.as_ref(), index);
            match &mut parameter.constraint {
                Some(Constraint::Normal { centre, width }) => {
                    *centre = auxiliary.unwrap_or(*centre);
                    *width = entry(setting.sigmas.as_ref(), index).unwrap_or(*width);
                }
                Some(Constraint::Poisson { observed, rate }) => {
                    *observed = auxiliary.unwrap_or(*observed);
                    *rate = entry(setting.factors.as_ref(), index).unwrap_or(*rate);
                }
                // Workspaces have none of them.
                Some(Constraint::Bifurcated { .. } | Constraint::LogNormal { .. }) | None => {}
            }
        }
    }
}

fn gamma(parameter: Parameter, constraint: Constraint, usable: bool) -> Parameter {
    let parameter = parameter.within(1e-10, 10.0).constrained(constraint);
    if usable { parameter } else { parameter.fix() }
}

/// sqrt(Σ δ²) / Σ nominal of the samples that carry a staterror, channel after channel (by name); 0 where there is none.
fn relative_errors(workspace: &Workspace) -> BTreeMap<&str, Vec<f64>> {
    let mut channels: Vec<&Channel> = workspace.channels.iter().collect();
    channels.sort_by(|a, b| a.name.cmp(&b.name));
    let mut errors: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for channel in channels {
        let mut sums: BTreeMap<&str, Vec<[f64; 2]>> = BTreeMap::new();
        for sample in &channel.samples {
            for modifier in &sample.modifiers {
                let Effect::StatError(uncertainties) = &modifier.effect else { continue };
                let sums = sums.entry(modifier.name.as_str()).or_insert_with(|| vec![[0.0; 2]; channel.bins()]);
                for (sum, (nominal, uncertainty)) in sums.iter_mut().zip(sample.data.iter().zip(uncertainties)) {
                    sum[0] += nominal;
                    sum[1] += uncertainty * uncertainty;
                }
            }
        }
        let relative =
            |[nominal, variance]: [f64; 2]| if nominal > 0.0 && variance > 0.0 { variance.sqrt() / nominal } else { 0.0 };
        for (name, sums) in sums {
            errors.entry(name).or_default().extend(sums.into_iter().map(relative));
        }
    }
    errors
}

struct Compiler<'a> {
    workspace: &'a Workspace,
    first: &'a HashMap<&'a str, (usize, usize)>,
    templates: Vec<f64>,
    /// Entries of a multi-channel staterror that earlier channels have used.
    offsets: BTreeMap<&'a str, usize>,
    /// Widths that follow from templates, by parameter.
    widths: BTreeMap<usize, Width>,
}

impl<'a> Compiler<'a> {
    fn channel(&mut self, channel: &'a Channel, first: usize) -> ChannelPlan {
        let code = self.workspace.interpolation.template;
        let bins = channel.bins();
        let mut plan = ChannelPlan {
            name: channel.name.clone(),
            first,
            bins,
            scalars: Vec::new(),
            vectors: Vec::new(),
            moves: Vec::new(),
            leaves: (0..bins).collect(),
            contents: Contents::Samples(Vec::new()),
        };
        let mut rows = Vec::new();
        // Local index of the vectors of this channel.
        let mut vectors: BTreeMap<&str, usize> = BTreeMap::new();
        for sample in &channel.samples {
            let nominal = self.templates.len();
            self.templates.extend_from_slice(&sample.data);
            let mut row = Row { sample: sample.name.clone(), nominal, ..Row::default() };
            for modifier in &sample.modifiers {
                let Some(&(parameter, _)) = self.first.get(modifier.name.as_str()) else { continue };
                match &modifier.effect {
                    Effect::NormFactor | Effect::Lumi => {
                        row.factors.push(FactorOf { local: local(&mut plan.scalars, parameter), parameter, factor: None });
                    }
                    Effect::NormSys { high, low } => {
                        let factor = Some(Factor::new(*low, *high, self.workspace.interpolation.factor));
                        row.factors.push(FactorOf { local: local(&mut plan.scalars, parameter), parameter, factor });
                    }
                    Effect::HistoSys { high, low } => {
                        let template = self.templates.len();
                        self.templates.extend(high.iter().zip(&sample.data).map(|(high, nominal)| high - nominal));
                        self.templates.extend(sample.data.iter().zip(low).map(|(nominal, low)| nominal - low));
                        let by = place(&mut plan.moves, Move { parameter, code });
                        row.changes.push(Change { local: local(&mut plan.scalars, parameter), parameter, template, by });
                    }
                    Effect::ShapeFactor | Effect::ShapeSys(_) | Effect::StatError(_) => {
                        let vector = *vectors.entry(&modifier.name).or_insert_with(|| {
                            let used = self.offsets.get(modifier.name.as_str()).copied().unwrap_or(0);
                            plan.vectors.push((parameter + used..parameter + used + bins).collect());
                            if matches!(modifier.effect, Effect::StatError(_)) {
                                self.offsets.insert(&modifier.name, used + bins);
                            }
                            plan.vectors.len() - 1
                        });
                        row.vectors.push(vector);
                        if let Effect::ShapeSys(uncertainties) | Effect::StatError(uncertainties) = &modifier.effect {
                            let shared = matches!(modifier.effect, Effect::StatError(_));
                            let start = self.templates.len();
                            self.templates.extend_from_slice(uncertainties);
                            row.uncertainties.push((vector, start));
                            for bin in 0..bins {
                                let parameter = plan.vectors[vector][bin];
                                let term = (nominal + bin, start + bin);
                                Width::add(&mut self.widths, parameter, shared, term);
                            }
                        }
                    }
                }
            }
            rows.push(row);
        }
        plan.contents = Contents::Samples(rows);
        plan
    }
}

/// Index of a parameter among the scalars of a channel.
pub(crate) fn local(scalars: &mut Vec<usize>, parameter: usize) -> usize {
    place(scalars, parameter)
}

/// Index of something in a list, at whose end it is put if it is not there.
pub(crate) fn place<T: PartialEq>(list: &mut Vec<T>, one: T) -> usize {
    list.iter().position(|known| *known == one).unwrap_or_else(|| {
        list.push(one);
        list.len() - 1
    })
}
