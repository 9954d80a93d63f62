//! Card and histograms → compiled model.

use std::collections::BTreeSet;

use germane_texts::Diagnostic;

use super::CardOptions;
use super::bin_statistics::{self, BinParameters, Content, Own};
use super::card::{BinStatistics, Card, NuisanceKind, OF_BINS, Origin};
use super::effects::Norm;
use super::names::Names;
use super::physics::Scale;
use super::templates::{DATA, Templates};
use crate::Model;
use crate::histfactory::card::{CardPlan, NormScratch, OwnBin, OwnEffect, ProcessPlan};
use crate::histfactory::compile::local;
use crate::histfactory::plan::{ChannelPlan, Contents};
use crate::histogram_source::HistogramSource;

/// Relative difference between a written number of events and the histogram of the data from which on they contradict each
/// other; combine refuses it, too.
pub(super) const OBSERVATION_OFF: f64 = 0.005;

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
        let mut made = self.channels(source, options);
        for channel in made.densities.iter().map(|density| &self.channels[density.channel]) {
            let message = format!("channel `{}` has densities, where bins are needed", channel.name);
            made.problems.push(channel.origin.problem("unsupported", message));
        }
        made.checked()?;
        Ok(made.model(options))
    }
}

/// What channels are compiled with.
pub(super) struct Compiler<'a> {
    pub(super) card: &'a Card,
    pub(super) options: &'a CardOptions,
    pub(super) templates: Templates<'a>,
    pub(super) names: Names<'a>,
    pub(super) pool: Vec<f64>,
    pub(super) observed: Vec<f64>,
    pub(super) problems: Vec<Diagnostic>,
    /// Messages that were given: a file that is not there is told once.
    pub(super) said: BTreeSet<String>,
}

/// A process with what only its compilation needs.
pub(super) struct Compiled {
    pub(super) plan: ProcessPlan,
    signal: bool,
}

impl Compiler<'_> {
    pub(super) fn report(&mut self, problem: Diagnostic) {
        if self.said.insert(problem.to_string()) {
            self.problems.push(problem);
        }
    }

    pub(super) fn kept<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|problem| self.report(problem)).ok()
    }

    /// A channel of bins.
    pub(super) fn channel(&mut self, index: usize) -> Option<ChannelPlan> {
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
            moves: Vec::new(),
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
    pub(super) fn contents(
        &mut self,
        found: &crate::SourceHistogram,
        bins: usize,
        what: &str,
        origin: &Origin,
    ) -> Option<(Vec<f64>, f64)> {
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

    /// A process in a channel of so many bins; of densities, the yield as of one bin.
    pub(super) fn process(&mut self, column: usize, bins: Option<usize>, scalars: &mut Vec<usize>) -> Option<Compiled> {
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
        let counting = self.templates.line(&process.name, &channel.name).is_none_or(super::Shapes::is_of_density);
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
            interference: self.interference(column, bins, scalars),
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
            let base = format!("{OF_BINS}{}_bin{bin}", plan.name);
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
