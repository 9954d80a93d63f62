//! Card and histograms → compiled model.

use std::collections::BTreeSet;

use germane_numerics::maths;
use germane_texts::{Diagnostic, nearest, sort_by_place};

use super::CardOptions;
use super::bin_statistics::{self, BinParameters, Content, Own};
use super::card::{BinStatistics, Card, Nuisance, NuisanceKind, Origin, Size};
use super::names::Names;
use super::physics::Scale;
use super::templates::{DATA, Templates};
use crate::Model;
use crate::histfactory::card::{CardFactor, CardPlan, Morph, MorphChange, NormScratch, OwnBin, OwnEffect, Power, ProcessPlan};
use crate::histfactory::compile::local;
use crate::histfactory::plan::{ChannelPlan, Contents};
use crate::histogram_source::HistogramSource;

/// An effect of templates on the normalisation below this is dropped, as combine does: published results contain it.
const NORMALISATION_DROPPED: f64 = 1e-3;

/// Relative difference between a written number of events and the histogram of the data from which on they contradict each
/// other; combine refuses it, too.
const OBSERVATION_OFF: f64 = 0.005;

impl Card {
    /// Compiles the card with its histograms.
    ///
    /// Channels are in the order of the card; parameters are those of the physics model, then in the order of their first lines, then
    /// those of the bins' statistics (`prop_binCHANNEL_binB`, `prop_binCHANNEL_binB_PROCESS`).
    ///
    /// ```
    /// use germane_models::datacard::{Card, CardOptions};
    /// use germane_models::{HistogramSource, Likelihood, SourceHistogram};
    /// use germane_texts::{Diagnostic, Source};
    /// struct NoFiles;
    /// impl HistogramSource for NoFiles {
    ///     fn histogram(&self, file: &str, _: &str) -> Result<SourceHistogram, Diagnostic> {
    ///         Err(Diagnostic::new("file", format!("{file}: no such file")))
    ///     }
    /// }
    /// let text = "bin a\nobservation 6\nbin a a\nprocess S B\nprocess 0 1\nrate 1 5.5\nsys lnN - 1.3\n";
    /// let card = Card::read(&Source::new("card.txt", text)).unwrap();
    /// let model = card.model(&NoFiles, &CardOptions::default()).unwrap();
    /// assert_eq!(model.parameters()[1].name, "sys");
    /// // r · 1 + 5.5 · 1.3
    /// assert!((model.expected(&[2.0, 1.0])[0] - 9.15).abs() < 1e-12);
    /// ```
    ///
    /// # Errors
    /// All mistakes that show only now: histograms that are missing or do not fit, names of parameters that mean two things or
    /// nothing, formulas.
    pub fn model(&self, source: &dyn HistogramSource, options: &CardOptions) -> Result<Model, Vec<Diagnostic>> {
        let templates = Templates::new(self, options, source);
        let mut problems = Vec::new();
        let names = Names::new(self, options, &mut problems);
        for masked in &options.masked {
            if !self.channels.iter().any(|channel| channel.name == *masked) {
                let problem = Diagnostic::new("name", format!("no channel `{masked}` to mask"));
                problems.push(match nearest(masked, self.channels.iter().map(|channel| channel.name.as_str())) {
                    Some(near) => problem.nearest(near),
                    None => problem,
                });
            }
        }
        let mut compiler = Compiler {
            card: self,
            options,
            templates,
            names,
            pool: Vec::new(),
            observed: Vec::new(),
            problems,
            said: BTreeSet::new(),
        };
        let plans = (0..self.channels.len()).filter(|&index| !options.masked.contains(&self.channels[index].name));
        let plans: Vec<ChannelPlan> = plans.collect::<Vec<_>>().into_iter().filter_map(|index| compiler.channel(index)).collect();
        let Compiler { names, pool, observed, mut problems, .. } = compiler;
        if !problems.is_empty() {
            sort_by_place(&mut problems);
            return Err(problems);
        }
        let poi = options.physics.declared().first().and_then(|first| names.index(&first.name));
        Ok(Model::of_channels(names.into_parameters(), poi, plans, pool, observed))
    }
}

struct Compiler<'a> {
    card: &'a Card,
    options: &'a CardOptions,
    templates: Templates<'a>,
    names: Names<'a>,
    pool: Vec<f64>,
    observed: Vec<f64>,
    problems: Vec<Diagnostic>,
    /// Messages that were given: a file that is not there is told once.
    said: BTreeSet<String>,
}

/// A process with what only its compilation needs.
struct Compiled {
    plan: ProcessPlan,
    signal: bool,
}

impl Compiler<'_> {
    fn report(&mut self, problem: Diagnostic) {
        if self.said.insert(problem.to_string()) {
            self.problems.push(problem);
        }
    }

    fn kept<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|problem| self.report(problem)).ok()
    }

    fn channel(&mut self, index: usize) -> Option<ChannelPlan> {
        let channel = &self.card.channels[index];
        let counting = self.templates.line(DATA, &channel.name).is_none();
        let data = self.data(index, counting);
        let first = self.observed.len();
        let bins = data.as_ref().map(Vec::len);
        let mut scalars = Vec::new();
        let mut processes = Vec::new();
        for column in 0..self.card.processes.len() {
            if self.card.processes[column].channel == index
                && let Some(process) = self.process(column, bins, &mut scalars)
            {
                processes.push(process);
            }
        }
        let bins = bins?;
        self.observed.extend(data?);
        let mut plan = ChannelPlan {
            name: channel.name.clone(),
            first,
            bins,
            scalars,
            vectors: Vec::new(),
            leaves: Vec::new(),
            contents: Contents::Card(CardPlan { processes: Vec::new() }),
        };
        if let Some(statistics) = channel.statistics.filter(|_| self.problems.is_empty()) {
            self.statistics(statistics, &mut plan, &mut processes);
        }
        let processes = processes.into_iter().map(|process| process.plan).collect();
        plan.contents = Contents::Card(CardPlan { processes });
        Some(plan)
    }

    /// Observed contents of the bins.
    fn data(&mut self, index: usize, counting: bool) -> Option<Vec<f64>> {
        let channel = &self.card.channels[index];
        if counting {
            let Some(count) = channel.observation else {
                let message = format!("the observation of channel `{}` is -1, but no line `shapes` names its data", channel.name);
                let problem = channel.origin.problem("card", message);
                self.report(
                    problem.advice(format!("write the number of events, or add `shapes {DATA} {} FILE HISTOGRAM`", channel.name)),
                );
                return None;
            };
            return Some(vec![count]);
        }
        let found = self.templates.nominal(DATA, &channel.name, &channel.origin);
        let histogram = self.kept(found)?;
        if let Some(bin) = histogram.contents.iter().position(|count| !(*count >= 0.0 && count.is_finite())) {
            let message = format!("bin {bin} of the data of channel `{}` is {}", channel.name, histogram.contents[bin]);
            self.report(channel.origin.problem("value", message));
            return None;
        }
        if histogram.contents.is_empty() {
            self.report(channel.origin.problem("value", format!("the data of channel `{}` have no bins", channel.name)));
            return None;
        }
        let sum: f64 = histogram.contents.iter().sum();
        if let Some(count) = channel.observation.filter(|count| (sum - count).abs() > OBSERVATION_OFF * count.max(2.0)) {
            let message =
                format!("the observation of channel `{}` is {count}, the integral of its histogram {sum}", channel.name);
            self.report(channel.origin.problem("value", message).advice("write -1 if the histogram is right"));
            return None;
        }
        Some(histogram.contents.clone())
    }

    /// Contents and variances of a histogram with the right number of bins.
    fn contents(&mut self, found: &crate::SourceHistogram, bins: usize, what: &str, origin: &Origin) -> Option<(Vec<f64>, f64)> {
        let contents = &found.contents;
        if contents.len() != bins || found.variances.len() != bins {
            self.report(origin.problem("value", format!("{what} has {} bins, the data of its channel {bins}", contents.len())));
            return None;
        }
        let wrong =
            |bin: &usize| !(contents[*bin].is_finite() && found.variances[*bin] >= 0.0 && found.variances[*bin].is_finite());
        if let Some(bin) = (0..bins).find(wrong) {
            let (value, variance) = (contents[bin], found.variances[bin]);
            self.report(origin.problem("value", format!("bin {bin} of {what} is {value} with variance {variance}")));
            return None;
        }
        Some((contents.clone(), contents.iter().sum()))
    }

    fn process(&mut self, column: usize, bins: Option<usize>, scalars: &mut Vec<usize>) -> Option<Compiled> {
        let process = &self.card.processes[column];
        let channel = &self.card.channels[process.channel];
        let name = self.card.column(column);
        let scale = self.options.physics.scale(&channel.name, &process.name, process.signal);
        if scale == Scale::Zero {
            return None;
        }
        let counts = self
            .card
            .nuisances
            .iter()
            .any(|nuisance| matches!(nuisance.kind, NuisanceKind::GammaCount(_)) && nuisance.effects[column].is_some());
        if process.rate == Some(0.0) && !counts {
            return None;
        }
        let counting = self.templates.line(&process.name, &channel.name).is_none();
        let bins = if counting { bins.or(Some(1)) } else { bins };
        let (fractions, errors, integral) = if counting {
            if bins? != 1 {
                self.report(
                    process.origin.problem("card", format!("no line `shapes` fits {name}, whose channel has {} bins", bins?)),
                );
                return None;
            }
            (vec![1.0], vec![0.0], None)
        } else {
            let found = self.templates.nominal(&process.name, &channel.name, &process.origin);
            let found = self.kept(found)?;
            let (contents, sum) = self.contents(&found, bins?, &format!("the histogram of {name}"), &process.origin)?;
            if !(sum > 0.0) {
                if sum == 0.0 && process.rate.is_none() && !counts {
                    return None;
                }
                self.report(process.origin.problem("value", format!("the integral of the histogram of {name} is {sum}")));
                return None;
            }
            let errors = found.variances.iter().map(|variance| variance.sqrt() / sum).collect();
            (contents.iter().map(|content| content / sum).collect(), errors, Some(sum))
        };
        let Some(rate) = process.rate.or(integral) else {
            let problem =
                process.origin.problem("card", format!("the rate of {name} is -1, but no line `shapes` names its histogram"));
            self.report(problem.advice("write the rate"));
            return None;
        };
        let bins = bins?;
        let nominal = self.pool.len();
        self.pool.extend(&fractions);
        self.pool.extend::<Vec<f64>>(errors);
        let mut plan = ProcessPlan {
            name: process.name.clone(),
            nominal,
            errors: nominal + bins,
            rate,
            norm: Vec::new(),
            powers: Vec::new(),
            factors: Vec::new(),
            morph: None,
            own: Vec::new(),
        };
        let mut norm = Norm { plan: &mut plan, scalars };
        if let Scale::Named(poi) = &scale {
            let problem = norm.multiply(&mut self.names, poi, &process.origin).err();
            problem.into_iter().for_each(|problem| self.report(problem));
        }
        self.nuisances(column, bins, integral, &fractions, &mut plan, scalars);
        for rate in self.card.rates.iter().filter(|rate| rate.columns.contains(&column)) {
            let mut norm = Norm { plan: &mut plan, scalars };
            let problem = norm.multiply(&mut self.names, &rate.name, &rate.origin).err();
            problem.into_iter().for_each(|problem| self.report(problem));
        }
        Some(Compiled { plan, signal: process.signal })
    }

    fn nuisances(
        &mut self,
        column: usize,
        bins: usize,
        integral: Option<f64>,
        fractions: &[f64],
        plan: &mut ProcessPlan,
        scalars: &mut Vec<usize>,
    ) {
        let process = &self.card.processes[column];
        let channel = &self.card.channels[process.channel];
        let name = self.card.column(column);
        let mut region: f64 = 1.0;
        let mut changes = Vec::new();
        let mut morphs: Option<(bool, &Origin)> = None;
        let mut counted: Option<&Nuisance> = None;
        for nuisance in &self.card.nuisances {
            let Some(effect) = &nuisance.effects[column] else { continue };
            let Some(parameter) = self.names.index(&nuisance.name) else { continue };
            let power = |plan: &mut ProcessPlan, scalars: &mut Vec<usize>, low: f64, high: f64, scale: f64| {
                let place = Norm { plan, scalars }.place(parameter);
                let (ln_low, ln_high) = (scale * maths::ln(low), scale * maths::ln(high));
                plan.powers.push(Power { place, parameter, ln_low, ln_high });
            };
            match (&nuisance.kind, effect.size) {
                (NuisanceKind::LogNormal | NuisanceKind::LogUniform, Size::One(k)) => power(plan, scalars, 1.0 / k, k, 1.0),
                (NuisanceKind::LogNormal | NuisanceKind::LogUniform, Size::Two(low, high)) => {
                    power(plan, scalars, low, high, 1.0);
                }
                (NuisanceKind::GammaCount(count), Size::One(alpha)) => {
                    let rate = plan.rate;
                    if let Some(other) = counted.replace(nuisance) {
                        let message = format!("{name} is proportional to two counts, `{}` and `{}`", other.name, nuisance.name);
                        self.report(nuisance.origin.problem("card", message));
                        continue;
                    }
                    if (alpha * count - rate).abs() > (0.05 * rate.max(1.0)).max(alpha) {
                        let message = format!("{count} events times {alpha} are not the rate {rate} of {name}");
                        let problem = nuisance.origin.problem("value", message);
                        self.report(problem.advice("the value of gmN is the rate of one event"));
                        continue;
                    }
                    plan.rate = alpha;
                    let place = Norm { plan, scalars }.place(parameter);
                    plan.factors.push(CardFactor::Linear { place, parameter, constant: 0.0, slope: 1.0 });
                }
                (NuisanceKind::Gamma, _) => {
                    let place = Norm { plan, scalars }.place(parameter);
                    plan.factors.push(CardFactor::Linear { place, parameter, constant: 0.0, slope: 1.0 });
                }
                (NuisanceKind::Gaussian | NuisanceKind::Uniform(..), Size::One(slope)) => {
                    let place = Norm { plan, scalars }.place(parameter);
                    plan.factors.push(CardFactor::Linear { place, parameter, constant: 1.0, slope });
                }
                (NuisanceKind::Shape { log, optional, .. }, size) => {
                    let base = effect.template.as_deref().unwrap_or(&nuisance.name);
                    let varied = |side: &str| {
                        self.templates.varied(&process.name, &channel.name, &format!("{base}{side}"), &nuisance.origin)
                    };
                    let found = match integral {
                        Some(_) => [varied("Up"), varied("Down")],
                        None => {
                            let message = format!("{name} has no histogram that `{}` could move", nuisance.name);
                            let problem = nuisance.origin.problem("name", message);
                            [Err(problem.clone()), Err(problem)]
                        }
                    };
                    let absent = found.iter().any(|side| side.as_ref().is_err_and(|problem| problem.code == "name"));
                    if *optional && absent {
                        match size {
                            Size::One(k) => power(plan, scalars, 1.0 / k, k, 1.0),
                            Size::Two(low, high) => power(plan, scalars, low, high, 1.0),
                        }
                        continue;
                    }
                    let [up, down] = found;
                    let (Some(up), Some(down)) = (self.kept(up), self.kept(down)) else { continue };
                    let Size::One(scale) = size else {
                        let message = format!("`{}` has templates for {name}, and two values", nuisance.name);
                        self.report(nuisance.origin.problem("value", message).advice("write the scale of the parameter, 1"));
                        continue;
                    };
                    if let Some((other, origin)) = morphs.replace((*log, &nuisance.origin))
                        && other != *log
                    {
                        let problem = nuisance.origin.problem("card", format!("{name} has nuisances of types shape and shapeN"));
                        self.report(if origin.source == nuisance.origin.source {
                            problem.also(origin.span, "the other")
                        } else {
                            problem
                        });
                        continue;
                    }
                    let what = |side: &str| format!("the histogram `{base}{side}` of {name}");
                    let sides = [(up, "Up"), (down, "Down")].map(|(side, word)| {
                        let (contents, sum) = self.contents(&side, bins, &what(word), &nuisance.origin)?;
                        if !(sum > 0.0) {
                            self.report(nuisance.origin.problem("value", format!("the integral of {} is {sum}", what(word))));
                            return None;
                        }
                        Some((contents, sum))
                    });
                    let [Some((up, up_sum)), Some((down, down_sum))] = sides else { continue };
                    let integral = integral.unwrap_or(1.0);
                    let (high, low) = (up_sum / integral, down_sum / integral);
                    if !((high - 1.0).abs() < NORMALISATION_DROPPED && (low - 1.0).abs() < NORMALISATION_DROPPED) {
                        power(plan, scalars, low, high, scale);
                    }
                    region = region.min(scale);
                    let template = self.pool.len();
                    let change = |sum: f64, content: f64, nominal: f64| match (log, content / sum, nominal) {
                        (false, fraction, nominal) => fraction - nominal,
                        // A bin without nominal contents has no logarithm to move.
                        (true, fraction, nominal) if fraction > 0.0 && nominal > 0.0 => maths::ln(fraction / nominal),
                        (true, ..) => 0.0,
                    };
                    self.pool.extend(up.iter().zip(fractions).map(|(content, nominal)| change(up_sum, *content, *nominal)));
                    self.pool.extend(down.iter().zip(fractions).map(|(content, nominal)| -change(down_sum, *content, *nominal)));
                    changes.push(MorphChange { local: local(scalars, parameter), parameter, scale, template });
                }
                (kind, Size::Two(..)) => {
                    let message = format!("`{}` of type {} has two values for {name}", nuisance.name, kind.word());
                    self.report(nuisance.origin.problem("value", message));
                }
            }
        }
        if let Some((log, _)) = morphs.filter(|_| !changes.is_empty()) {
            // With statistics of templates combine keeps fractions above 0, but does not divide by their sum.
            let normalised = log || channel.statistics.is_none();
            plan.morph = Some(Morph { changes, region, log, normalised });
        }
    }

    /// Parameters of the statistics of a channel.
    fn statistics(&mut self, statistics: BinStatistics, plan: &mut ChannelPlan, processes: &mut [Compiled]) {
        let start = self.names.start();
        let mut scratch = NormScratch::default();
        let norms: Vec<f64> = processes.iter().map(|process| process.plan.normalisation(&start, &mut scratch)).collect();
        let mut totals = Vec::new();
        for bin in 0..plan.bins {
            let content = |(process, norm): (&Compiled, &f64)| Content {
                value: norm * self.pool[process.plan.nominal + bin],
                error: norm * self.pool[process.plan.errors + bin],
                signal: process.signal,
            };
            let contents: Vec<Content> = processes.iter().zip(&norms).map(content).collect();
            let base = format!("prop_bin{}_bin{bin}", plan.name);
            match bin_statistics::parameters(statistics, &contents) {
                BinParameters::None => {}
                BinParameters::Total => {
                    totals.push(self.names.push(bin_statistics::shift(base)));
                    plan.leaves.push(bin);
                }
                BinParameters::Each(own) => {
                    for (process, own) in processes.iter_mut().zip(own) {
                        let name = format!("{base}_{}", process.plan.name);
                        let (parameter, effect) = match own {
                            Own::None => continue,
                            Own::Poisson(count) => (bin_statistics::poisson(name, count), OwnEffect::Times(1.0 / count)),
                            Own::Normal => (bin_statistics::shift(name), OwnEffect::Plus(self.pool[process.plan.errors + bin])),
                        };
                        let parameter = self.names.push(parameter);
                        process.plan.own.push(OwnBin { bin, local: local(&mut plan.scalars, parameter), parameter, effect });
                    }
                }
            }
        }
        if !totals.is_empty() {
            plan.vectors.push(totals);
        }
    }
}

/// A normalisation that gets its parts.
struct Norm<'a> {
    plan: &'a mut ProcessPlan,
    scalars: &'a mut Vec<usize>,
}

impl Norm<'_> {
    /// Position of a parameter among those of the normalisation.
    fn place(&mut self, parameter: usize) -> usize {
        let local = local(self.scalars, parameter);
        self.plan.norm.iter().position(|&known| known == local).unwrap_or_else(|| {
            self.plan.norm.push(local);
            self.plan.norm.len() - 1
        })
    }

    /// A factor that is a parameter or a formula.
    fn multiply(&mut self, names: &mut Names<'_>, name: &str, origin: &Origin) -> Result<(), Diagnostic> {
        if let Some((formula, parameters)) = names.formula(name)? {
            let places = parameters.iter().map(|&parameter| self.place(parameter)).collect();
            self.plan.factors.push(CardFactor::Formula { places, parameters, formula });
            return Ok(());
        }
        if names.is_broken(name) {
            return Ok(());
        }
        let Some(parameter) = names.index(name) else {
            return Err(origin.problem("name", format!("no parameter `{name}`")));
        };
        let place = self.place(parameter);
        self.plan.factors.push(CardFactor::Linear { place, parameter, constant: 0.0, slope: 1.0 });
        Ok(())
    }
}
