//! The channels of a card, each compiled to what it is made of: bins or densities.

use std::collections::BTreeSet;

use germane_texts::{Diagnostic, nearest, sort_by_place};

use super::CardOptions;
use super::card::{Card, Shapes};
use super::compile::Compiler;
use super::densities::Yields;
use super::names::Names;
use super::templates::{DATA, Templates};
use crate::Model;
use crate::histfactory::plan::ChannelPlan;
use crate::histogram_source::HistogramSource;

impl Card {
    /// The channels that are not masked, with all mistakes.
    pub(super) fn channels<'a>(&'a self, source: &'a dyn HistogramSource, options: &'a CardOptions) -> Channels<'a> {
        let templates = Templates::new(self, options, source);
        let mut problems = Vec::new();
        let names = Names::new(self, options, &mut problems);
        if let Some(forms) = options.physics.forms() {
            forms.check(self, &mut problems);
        }
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
        let (mut plans, mut densities) = (Vec::new(), Vec::new());
        for (index, channel) in self.channels.iter().enumerate() {
            if options.masked.contains(&channel.name) {
                continue;
            }
            if self.shapes_of(DATA, &channel.name).is_some_and(Shapes::is_of_density) {
                densities.push(compiler.yields(index));
            } else {
                plans.extend(compiler.channel(index));
            }
        }
        let Compiler { templates, names, pool, observed, mut problems, .. } = compiler;
        for (name, origin) in self.discrete.iter().filter(|_| densities.is_empty()) {
            let message = format!("`{name}` chooses between densities, which a card of histograms has not");
            problems.push(origin.problem("unsupported", message));
        }
        Channels { templates, names, pool, observed, problems, plans, densities }
    }
}

/// Compiled channels of a card.
pub(super) struct Channels<'a> {
    pub(super) templates: Templates<'a>,
    pub(super) names: Names<'a>,
    pub(super) pool: Vec<f64>,
    pub(super) observed: Vec<f64>,
    pub(super) problems: Vec<Diagnostic>,
    /// Those of bins.
    pub(super) plans: Vec<ChannelPlan>,
    /// Those of densities.
    pub(super) densities: Vec<Yields>,
}

impl Channels<'_> {
    /// Index of the parameter of interest.
    pub(super) fn poi(&self, options: &CardOptions) -> Option<usize> {
        options.physics.parameters().first().and_then(|first| self.names.index(&first.name))
    }

    /// The model of all channels of bins.
    pub(super) fn model(self, options: &CardOptions) -> Model {
        let poi = self.poi(options);
        Model::of_channels(self.names.into_parameters(), poi, self.plans, self.pool, self.observed)
    }

    /// Gives out all mistakes, if there are any.
    pub(super) fn checked(&mut self) -> Result<(), Vec<Diagnostic>> {
        sort_by_place(&mut self.problems);
        if self.problems.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.problems)) }
    }
}
