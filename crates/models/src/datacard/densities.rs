//! Channels whose shapes are densities: `shapes PROCESS CHANNEL FILE.json NAME` with an HS3 document.
//!
//! The line of the data names a data set of its document, with events or bins; those of the processes name densities of one of its
//! axes, which are normalised in its range. Everything of the card acts on yields; `param` and other lines of the name of a
//! document's parameter are about that parameter.

use std::collections::BTreeMap;

use germane_texts::{Diagnostic, nearest, sort_by_place};

use super::CardOptions;
use super::card::{Card, Origin, Shapes};
use super::channels::Channels;
use super::compile::{Compiler, OBSERVATION_OFF};
use super::templates::{DATA, Templates, at};
use crate::formula::Formula;
use crate::histfactory::card::{CardFactor, Power, ProcessPlan};
use crate::histogram_source::HistogramSource;
use crate::hs3::{Compiled, Document, Joined, Quantity, Summand};
use crate::likelihood::{Likelihood, Parameter};

/// A channel of densities: its columns with their yields.
pub(super) struct Yields {
    pub(super) channel: usize,
    processes: Vec<(usize, ProcessPlan)>,
}

impl Compiler<'_> {
    /// The yields of a channel of densities.
    pub(super) fn yields(&mut self, channel: usize) -> Yields {
        let mut processes = Vec::new();
        for (column, process) in self.card.processes.iter().enumerate().filter(|(_, process)| process.channel == channel) {
            let name = self.card.column(column);
            let of_density =
                self.templates.line(&process.name, &self.card.channels[channel].name).is_some_and(Shapes::is_of_density);
            if !of_density && process.rate != Some(0.0) {
                let message =
                    format!("the data of the channel of {name} are those of a density, and no line `shapes` names its own");
                self.report(process.origin.problem("card", message).advice("add `shapes PROCESS CHANNEL FILE.json DENSITY`"));
            } else if process.rate.is_none() {
                let message = format!("the rate of {name} is -1, but a density has no integral");
                self.report(process.origin.problem("card", message).advice("write the rate"));
            } else if let Some(made) = self.process(column, Some(1), &mut Vec::new()) {
                if made.plan.interference.is_some() {
                    let message = format!("forms of bins cannot scale {name}, which is a density");
                    self.report(process.origin.problem("unsupported", message));
                }
                processes.push((column, made.plan));
            }
        }
        Yields { channel, processes }
    }
}

impl Card {
    /// Compiles a card whose channels have histograms, densities or counts; of bins alone it is [`Card::model`].
    ///
    /// Parameters of the documents come behind those of the card.
    ///
    /// # Errors
    /// As [`Card::model`], and all mistakes of the documents.
    pub fn compile(&self, source: &dyn HistogramSource, options: &CardOptions) -> Result<Compiled, Vec<Diagnostic>> {
        let mut made = self.channels(source, options);
        if made.densities.is_empty() {
            made.checked()?;
            return Ok(Compiled::Binned(Box::new(made.model(options))));
        }
        let mut documents = Documents { templates: &made.templates, read: BTreeMap::new(), problems: Vec::new() };
        let mut placed = Vec::new();
        for density in &made.densities {
            placed.extend(documents.place(self, density));
        }
        let Documents { read, mut problems, .. } = documents;
        made.problems.append(&mut problems);
        made.checked()?;
        let poi = made.poi(options);
        let Channels { names, pool, observed, plans, densities, .. } = made;
        let parameters = names.into_parameters();
        let own = parameters.iter().map(|parameter| Parameter::new(&parameter.name, parameter.start)).collect();
        let binned = (!plans.is_empty()).then(|| crate::Model::of_channels(own, None, plans, pool, observed));
        let mut joined = Joined::new(parameters);
        for (density, Placed { data, processes }) in densities.iter().zip(placed) {
            let name = &self.channels[density.channel].name;
            let summand = |((file, density), (_, plan)): (&(String, String), &(usize, ProcessPlan))| {
                Some(Summand { document: read.get(file)?.as_ref()?, density: density.clone(), factors: factors(plan) })
            };
            let summands = processes.iter().zip(&density.processes).filter_map(summand).collect();
            if let Some(Some(document)) = read.get(&data.0) {
                joined.channel(name, document, &data.1, summands);
            }
        }
        let mut model = joined.model(binned, poi).map_err(|mut problems| {
            sort_by_place(&mut problems);
            problems.dedup();
            problems
        })?;
        let choices = model.choices().into_iter().flat_map(crate::Choices::all);
        let known: Vec<String> = choices.map(|choice| model.parameters()[choice.index].name.clone()).collect();
        let mut unknown = Vec::new();
        for (name, origin) in self.discrete.iter().filter(|(name, _)| !known.contains(name)) {
            let problem = origin.problem("name", format!("no density of the card is chosen by the index `{name}`"));
            unknown.push(match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => problem.nearest(near),
                None => problem.advice("an index is that of a `one_of_dist`"),
            });
        }
        if !unknown.is_empty() {
            return Err(unknown);
        }
        for frozen in &self.frozen {
            if model.index(frozen).is_some_and(|index| !model.parameters()[index].fixed) {
                let start = model.start()[model.index(frozen).unwrap_or(0)];
                model =
                    model.fix(frozen, start).map_err(|name| vec![Diagnostic::new("name", format!("no parameter `{name}`"))])?;
            }
        }
        Ok(Compiled::General(Box::new(model)))
    }
}

/// Where the data and the densities of a channel are: file and name.
struct Placed {
    data: (String, String),
    processes: Vec<(String, String)>,
}

/// The documents of a card by their files; none where one could not be read.
struct Documents<'a> {
    templates: &'a Templates<'a>,
    read: BTreeMap<String, Option<Document>>,
    problems: Vec<Diagnostic>,
}

impl Documents<'_> {
    fn place(&mut self, card: &Card, density: &Yields) -> Option<Placed> {
        let channel = &card.channels[density.channel];
        let data = self.named(DATA, &channel.name, &channel.origin)?;
        let document = self.read.get(&data.0)?.as_ref()?;
        let Some(entries) = document.entries_of(&data.1) else {
            let problem = channel.origin.problem("name", format!("no data `{}` of events or bins in {}", data.1, data.0));
            self.problems.push(match nearest(&data.1, document.data_names()) {
                Some(near) => problem.nearest(near),
                None => problem,
            });
            return None;
        };
        if let Some(count) = channel.observation.filter(|count| (entries - count).abs() > OBSERVATION_OFF * count.max(2.0)) {
            let message = format!("the observation of channel `{}` is {count}, its data have {entries}", channel.name);
            self.problems.push(channel.origin.problem("value", message).advice("write -1 if the data are right"));
        }
        let mut processes = Vec::new();
        for (column, _) in &density.processes {
            let process = &card.processes[*column];
            let place = self.named(&process.name, &channel.name, &process.origin)?;
            let document = self.read.get(&place.0)?.as_ref()?;
            if !document.distributions().any(|name| name == place.1) {
                let problem = process.origin.problem("name", format!("no distribution `{}` in {}", place.1, place.0));
                self.problems.push(match nearest(&place.1, document.distributions()) {
                    Some(near) => problem.nearest(near),
                    None => problem,
                });
            }
            processes.push(place);
        }
        Some(Placed { data, processes })
    }

    /// File and name of a process; its document is read.
    fn named(&mut self, process: &str, channel: &str, origin: &Origin) -> Option<(String, String)> {
        let line = self.templates.line(process, channel)?;
        let place = match self.templates.place(line, &line.nominal, process, channel, "") {
            Ok(place) => place,
            Err(problem) => {
                self.problems.push(at(problem, &line.origin, origin));
                return None;
            }
        };
        if !self.read.contains_key(&place.0) {
            let text = self.templates.source.text(&place.0).map_err(|problem| vec![at(problem, &line.origin, origin)]);
            let document = text.and_then(|text| Document::read(&text));
            let document = document.map_err(|mut problems| self.problems.append(&mut problems)).ok();
            self.read.insert(place.0.clone(), document);
        }
        Some(place)
    }
}

/// The factors of a yield as functions of the parameters.
fn factors(plan: &ProcessPlan) -> Vec<Quantity> {
    let of_one = |text: String, parameter: usize| {
        let formula = Formula::read(&text, &["t"]).ok();
        formula.map(|formula| Quantity::Formula { formula, of: vec![parameter] })
    };
    let power = |power: &Power| of_one(power_text(power), power.parameter);
    let factor = |factor: &CardFactor| match factor {
        CardFactor::Linear { parameter, constant, slope, .. } if (*constant, *slope) == (0.0, 1.0) => {
            Some(Quantity::Parameter(*parameter))
        }
        CardFactor::Linear { parameter, constant, slope, .. } => of_one(format!("({constant:e})+({slope:e})*t"), *parameter),
        CardFactor::Formula { parameters, formula, .. } => {
            Some(Quantity::Formula { formula: formula.clone(), of: parameters.clone() })
        }
    };
    let constant = [Quantity::Constant(plan.rate)].into_iter();
    constant.chain(plan.powers.iter().filter_map(power)).chain(plan.factors.iter().filter_map(factor)).collect()
}

/// exp(t K(t)): a power of the factor at ±1, joined between -½ and ½ by a polynomial.
fn power_text(power: &Power) -> String {
    let Power { ln_low, ln_high, .. } = power;
    if (ln_low + ln_high).abs() <= 1e-15 * ln_high.abs() {
        return format!("exp(({ln_high:e})*t)");
    }
    let (mean, half) = (0.5 * (ln_high - ln_low), 0.5 * (ln_high + ln_low));
    format!("exp(t*(t>=0.5?({ln_high:e}):(t<=-0.5?(-({ln_low:e})):({mean:e})+({half:e})*t*(3.75+t*t*(12*t*t-10)))))")
}
