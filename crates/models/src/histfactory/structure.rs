//! What a compiled model is made of, by name.

use super::Model;
use super::card::{CardFactor, ProcessPlan};
use super::inputs::stem;
use super::plan::{ChannelPlan, Contents, Row};
use crate::likelihood::Constraint;

/// A sample of a channel with the parameters that change it.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleStructure {
    /// Name of the channel.
    pub channel: String,
    /// Name of the sample.
    pub sample: String,
    /// Names and types of what changes it, in the order of their first parameters: types of pyhf's modifiers; of datacards
    /// `norm`, `interference`, `shape` and `bin`.
    pub modifiers: Vec<(String, &'static str)>,
}

impl Model {
    /// All samples, channel after channel.
    pub fn samples(&self) -> Vec<SampleStructure> {
        let mut all = Vec::new();
        for channel in &self.channels {
            let mut add = |sample: &str, mut modifiers: Vec<(usize, &'static str)>| {
                modifiers.sort_unstable();
                modifiers.dedup();
                let named = |(index, kind): (usize, &'static str)| {
                    let name = &self.parameters[index].name;
                    (if is_of_bins(kind) { stem(name) } else { name }.to_owned(), kind)
                };
                let mut modifiers: Vec<(String, &'static str)> = modifiers.into_iter().map(named).collect();
                modifiers.dedup();
                all.push(SampleStructure { channel: channel.name.clone(), sample: sample.to_owned(), modifiers });
            };
            match &channel.contents {
                Contents::Samples(rows) => rows.iter().for_each(|row| add(&row.sample, self.of_row(channel, row))),
                Contents::Card(card) => card.processes.iter().for_each(|process| add(&process.name, of_process(process))),
            }
        }
        all
    }

    fn of_row(&self, channel: &ChannelPlan, row: &Row) -> Vec<(usize, &'static str)> {
        let constraint = |index: usize| self.parameters[index].constraint;
        let factors = row.factors.iter().map(|of| match (&of.factor, constraint(of.parameter)) {
            (Some(_), _) => (of.parameter, "normsys"),
            (None, Some(_)) => (of.parameter, "lumi"),
            (None, None) => (of.parameter, "normfactor"),
        });
        let changes = row.changes.iter().map(|change| (change.parameter, "histosys"));
        let vectors = row.vectors.iter().filter_map(|&vector| {
            let first = *channel.vectors[vector].first()?;
            Some(match constraint(first) {
                None => (first, "shapefactor"),
                Some(Constraint::Poisson { .. }) => (first, "shapesys"),
                Some(_) => (first, "staterror"),
            })
        });
        factors.chain(changes).chain(vectors).collect()
    }
}

/// Whether a modifier has a parameter for each bin, `name[i]`.
fn is_of_bins(kind: &str) -> bool {
    matches!(kind, "shapefactor" | "shapesys" | "staterror")
}

fn of_process(process: &ProcessPlan) -> Vec<(usize, &'static str)> {
    let powers = process.powers.iter().map(|power| (power.parameter, "norm"));
    let factors = process.factors.iter().flat_map(|factor| match factor {
        CardFactor::Linear { parameter, .. } => vec![*parameter],
        CardFactor::Formula { parameters, .. } => parameters.clone(),
    });
    let forms = process.interference.iter().flat_map(|interference| &interference.parameters);
    let forms = forms.map(|&parameter| (parameter, "interference"));
    let shapes = process.morph.iter().flat_map(|morph| &morph.changes).map(|change| (change.parameter, "shape"));
    let bins = process.own.iter().map(|own| (own.parameter, "bin"));
    powers.chain(factors.map(|parameter| (parameter, "norm"))).chain(forms).chain(shapes).chain(bins).collect()
}
