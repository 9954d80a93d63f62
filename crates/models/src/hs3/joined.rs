//! Densities and their data → parts of a likelihood; also densities whose yields are said outside of their document, as in a
//! datacard.

use germane_texts::{Diagnostic, Span};

use super::choice::finished;
use super::graph::{Graph, Known, Quantity};
use super::model::{Model, Part, PartLikelihood};
use super::part::{DensityPart, Leaf};
use super::{Axis, Content, DataSet, Document, Named};
use crate::density::{JointEvents, Observations};
use crate::likelihood::Parameter;

impl Graph<'_> {
    /// A density, joined with its column of the data.
    pub(super) fn joined(&mut self, part: &DensityPart, name: &str, data: &DataSet, observables: &[Axis]) -> Option<Part> {
        let [observable] = part.observables.as_slice() else { return self.joined_together(part, name, data, observables) };
        let column = observables.iter().position(|axis| axis.name == *observable)?;
        let axis = &observables[column];
        if !(axis.low < axis.high && axis.low.is_finite() && axis.high.is_finite()) {
            self.report("value", format!("data `{}`: axis `{}` has no range", data.name, axis.name), data.span);
            return None;
        }
        let observations = match &data.content {
            Content::Unbinned { entries, weights } => {
                // The upper end belongs to the range here.
                let high = if entries.iter().any(|row| row[column] == axis.high) { axis.high.next_up() } else { axis.high };
                let values = entries.iter().map(|row| row[column]).collect();
                if weights.iter().all(|weight| *weight == 1.0) {
                    Observations::Events { low: axis.low, high, values }
                } else {
                    Observations::Weighted { low: axis.low, high, values, weights: weights.clone() }
                }
            }
            Content::Binned(contents) if part.extended && observables.len() == 1 => {
                Observations::Counts { edges: axis.edges.clone(), counts: contents.clone() }
            }
            Content::Binned(_) | Content::Point => {
                let message = format!("`{name}` cannot be joined with data `{}`", data.name);
                let problem = Diagnostic::new("value", message).at(self.source(), part.span);
                self.problems.push(problem.advice("bins need an extended mixture of one observable, other densities events"));
                return None;
            }
        };
        let (model, quantities) = part.model(self, name, observations)?;
        let outside = model.outside(0);
        if outside > 0 {
            let message = format!("data `{}`: {outside} events are outside of the range of `{}`", data.name, axis.name);
            self.report("value", message, data.span);
        }
        Some(Part { likelihood: PartLikelihood::Density(Box::new(model)), quantities })
    }

    /// A density of several observables, joined with their columns of the data.
    fn joined_together(&mut self, part: &DensityPart, name: &str, data: &DataSet, axes: &[Axis]) -> Option<Part> {
        let entries = match &data.content {
            Content::Unbinned { entries, weights } if weights.iter().all(|weight| *weight == 1.0) => entries,
            _ => {
                let message = format!("`{name}` cannot be joined with data `{}`", data.name);
                let problem = Diagnostic::new("value", message).at(self.source(), part.span);
                self.problems.push(problem.advice("a density of several observables needs events without weights"));
                return None;
            }
        };
        let (mut ranges, mut columns) = (Vec::new(), Vec::new());
        for observable in &part.observables {
            let column = axes.iter().position(|axis| axis.name == *observable)?;
            let axis = &axes[column];
            if !(axis.low < axis.high && axis.low.is_finite() && axis.high.is_finite()) {
                self.report("value", format!("data `{}`: axis `{}` has no range", data.name, axis.name), data.span);
                return None;
            }
            ranges.push((axis.low, axis.high));
            columns.push(entries.iter().map(|row| row[column]).collect());
        }
        let (model, quantities) = part.joint(self, name, JointEvents { ranges, columns, expected: Vec::new() })?;
        if model.outside() > 0 {
            let message = format!("data `{}`: {} events are outside of the ranges of their axes", data.name, model.outside());
            self.report("value", message, data.span);
        }
        Some(Part { likelihood: PartLikelihood::Joint(Box::new(model)), quantities })
    }
}

/// A density of a document with the factors of its yield.
pub(crate) struct Summand<'a> {
    pub(crate) document: &'a Document,
    pub(crate) density: String,
    pub(crate) factors: Vec<Quantity>,
}

/// A likelihood of channels from several documents, which share parameters by their names.
pub(crate) struct Joined {
    known: Known,
    parts: Vec<Part>,
    pub(crate) problems: Vec<Diagnostic>,
}

impl Joined {
    /// With parameters that are known before those of the documents; yields count by them.
    pub(crate) fn new(parameters: Vec<Parameter>) -> Self {
        let known = Known { parameters, ..Known::default() };
        Self { known, parts: Vec::new(), problems: Vec::new() }
    }

    /// Adds a channel: the sum of densities, joined with data of a document. Names have been looked up before.
    ///
    /// `NAME_norm`, a function or parameter of the document of the density NAME, multiplies its yield, as in combine.
    pub(crate) fn channel(&mut self, name: &str, document: &Document, data: &str, summands: Vec<Summand<'_>>) {
        let Some(data) = document.data.iter().find(|known| known.name == data) else { return };
        let observables: Vec<Axis> = data.axes.iter().map(|axis| document.ranged(axis)).collect();
        let mut joint: Option<DensityPart> = None;
        for summand in summands {
            let mut graph = Graph::new(summand.document, Vec::new(), None).with(std::mem::take(&mut self.known));
            let components = graph.weighted(&summand, &observables).unwrap_or_default();
            for leaf in components {
                let (name, own) = (&leaf.name, leaf.observables());
                let part = joint.get_or_insert_with(|| DensityPart {
                    observables: own.clone(),
                    components: Vec::new(),
                    extended: true,
                    span: data.span,
                });
                if part.observables != own {
                    let (own, others) = (own.join(", "), part.observables.join(", "));
                    let message = format!("`{name}` is a density of `{own}`, others of this channel of `{others}`");
                    graph.report("value", message, Span::default());
                    continue;
                }
                part.components.push(leaf);
            }
            self.problems.append(&mut graph.problems);
            self.known = graph.into_known();
        }
        let Some(part) = joint else { return };
        let mut graph = Graph::new(document, Vec::new(), None).with(std::mem::take(&mut self.known));
        self.parts.extend(graph.joined(&part, name, data, &observables));
        self.problems.append(&mut graph.problems);
        self.known = graph.into_known();
    }

    /// The likelihood, with channels of bins that depend on the first parameters, and have no constraints of their own.
    pub(crate) fn model(self, binned: Option<crate::Model>, poi: Option<usize>) -> Result<Model, Vec<Diagnostic>> {
        let Self { known: Known { parameters, choices, mut always }, mut parts, mut problems } = self;
        if let Some(model) = &binned {
            always.extend(0..crate::Likelihood::parameters(model).len());
        }
        let choices = finished(&choices, always, &parameters).unwrap_or_else(|found| {
            problems.extend(found.into_iter().map(|(message, _)| Diagnostic::new("value", message)));
            None
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        if let Some(model) = binned {
            let quantities = (0..crate::Likelihood::parameters(&model).len()).map(Quantity::Parameter).collect();
            parts.insert(0, Part { likelihood: PartLikelihood::Binned(Box::new(model)), quantities });
        }
        Ok(Model { parameters, poi, parts, joint: Vec::new(), choices, categories: 0.0 })
    }
}

impl<'a> Graph<'a> {
    /// The components of a density with its yield.
    fn weighted(&mut self, summand: &Summand<'a>, observables: &[Axis]) -> Option<Vec<Leaf>> {
        let distribution = self.distribution(&Named { name: summand.density.clone(), span: Span::default() })?;
        let mut factors = summand.factors.clone();
        let norm = format!("{}_norm", summand.density);
        if self.is_known(&norm) {
            factors.push(self.named(&norm, distribution.span)?);
        }
        let text = (0..factors.len()).map(|index| format!("@{index}")).collect::<Vec<_>>().join("*");
        let weight = self.composed_of(&text, factors, distribution.span)?;
        let leaves = self.components(distribution, observables, 1, true)?;
        self.multiplied(leaves, &weight, distribution.span)
    }
}

impl Document {
    /// Names of the data.
    pub(crate) fn data_names(&self) -> impl Iterator<Item = &str> {
        self.data.iter().map(|data| data.name.as_str())
    }

    /// Number of events, or sum of the bins, of data by name.
    pub(crate) fn entries_of(&self, name: &str) -> Option<f64> {
        match &self.data.iter().find(|data| data.name == name)?.content {
            Content::Unbinned { entries, weights } if weights.is_empty() => Some(entries.len() as f64),
            Content::Unbinned { weights, .. } => Some(weights.iter().sum()),
            Content::Binned(contents) => Some(contents.iter().sum()),
            Content::Point => None,
        }
    }
}
