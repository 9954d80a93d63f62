//! An analysis of a document → compiled likelihood.

use germane_numerics::maths;
use germane_texts::{Diagnostic, Span, nearest};

use super::binned::{Binned, Effect};
use super::constraint::Concerns;
use super::distribution::{Distribution, Kind};
use super::graph::{Graph, Quantity};
use super::joint_constraint::JointConstraint;
use super::model::{Model, Part, PartLikelihood};
use super::part::Slots;
use super::{Analysis, Axis, Content, DataSet, Document, HistoSys, Likelihood, Named};
use crate::density::Observations;
use crate::histfactory::assembly::{AssembledChannel, AssembledSample, Assembly, Term};
use crate::histfactory::normalisation::Normalisation;
use crate::histfactory_xml::Convention;
use crate::interpolation::Factor;
use crate::likelihood::{Constraint, Parameter};

/// Range of a datum around 1 in ROOT.
const AROUND_ONE: Normalisation = Normalisation { low: 0.0, high: 10.0 };

/// A compiled analysis.
#[derive(Clone, Debug)]
pub enum Compiled {
    /// Bins only, and parameters without functions.
    Binned(Box<crate::Model>),
    /// Everything else.
    General(Box<Model>),
}

impl Compiled {
    /// What a fit needs.
    pub fn likelihood(&self) -> &dyn crate::Likelihood {
        match self {
            Self::Binned(model) => &**model,
            Self::General(model) => &**model,
        }
    }

    /// Index of the parameter of interest.
    pub fn poi(&self) -> Option<usize> {
        match self {
            Self::Binned(model) => model.poi(),
            Self::General(model) => model.poi(),
        }
    }
}

impl Document {
    /// Compiles an analysis by name, or a likelihood. By default the first analysis, but one of observed before one of Asimov data,
    /// which ROOT writes first.
    ///
    /// # Errors
    /// All mistakes: names that do not exist, parameters without values, distributions that are not known, data that do not fit.
    pub fn compile(&self, analysis: Option<&str>, convention: Convention) -> Result<Compiled, Vec<Diagnostic>> {
        let (analysis, likelihood) = self.chosen(analysis).map_err(|problem| vec![problem])?;
        let domains = analysis.map(|one| one.domains.iter().map(|named| named.name.as_str()).collect()).unwrap_or_default();
        let init = analysis.and_then(|analysis| analysis.init.as_ref()).map(|named| named.name.as_str());
        let mut compiler = Compiler {
            graph: Graph::new(self, domains, init),
            convention,
            slots: Slots::default(),
            channels: Vec::new(),
            parts: Vec::new(),
            normalisations: Vec::new(),
            constraints: Vec::new(),
            joint: Vec::new(),
        };
        compiler.likelihood(likelihood);
        let interest = analysis.map(|analysis| analysis.interest.as_slice()).unwrap_or_default();
        compiler.finish(interest)
    }

    /// The analysis of a name, or a good one, and its likelihood.
    pub(super) fn chosen(&self, name: Option<&str>) -> Result<(Option<&Analysis>, &Likelihood), Diagnostic> {
        let file = self.source.name.to_string();
        let analysis = match name {
            Some(name) => self.analyses.iter().find(|analysis| analysis.name == name),
            None => {
                let asimov = |analysis: &&Analysis| analysis.name.to_lowercase().contains("asimov");
                self.analyses.iter().find(|analysis| !asimov(analysis)).or(self.analyses.first())
            }
        };
        let wanted = match (analysis, name) {
            (Some(analysis), _) => &analysis.likelihood,
            (None, Some(name)) => &Named { name: name.to_owned(), span: Span::default() },
            (None, None) => match self.likelihoods.as_slice() {
                [] => return Err(Diagnostic::new("key", "the document has no likelihood").file(file)),
                [first, ..] => &Named { name: first.name.clone(), span: first.span },
            },
        };
        let found = self.likelihoods.iter().find(|likelihood| likelihood.name == wanted.name);
        found.map(|likelihood| (analysis, likelihood)).ok_or_else(|| {
            let names = self.likelihoods.iter().map(|likelihood| likelihood.name.as_str()).chain(self.analyses());
            let problem = Diagnostic::new("name", format!("no analysis or likelihood `{}`", wanted.name));
            let problem = if analysis.is_some() { problem.at(&self.source, wanted.span) } else { problem.file(file) };
            match nearest(&wanted.name, names) {
                Some(near) => problem.nearest(near),
                None => problem,
            }
        })
    }
}

struct Compiler<'a> {
    graph: Graph<'a>,
    convention: Convention,
    /// Quantities that the binned channels depend on; terms of `channels` count by them.
    slots: Slots,
    channels: Vec<AssembledChannel>,
    /// Densities.
    parts: Vec<Part>,
    /// By parameter.
    normalisations: Vec<(usize, Normalisation)>,
    /// Names of distributions that are constraints already.
    constraints: Vec<&'a str>,
    /// Those of several parameters.
    joint: Vec<JointConstraint>,
}

impl<'a> Compiler<'a> {
    fn likelihood(&mut self, likelihood: &'a Likelihood) {
        let mut constraints = Vec::new();
        for (distribution, data) in likelihood.distributions.iter().zip(&likelihood.data) {
            let Some(data) = self.data(data) else { continue };
            let Some(distribution) = self.graph.distribution(distribution) else { continue };
            match &distribution.kind {
                Kind::HistFactory(binned) => self.binned(distribution, binned, data),
                _ => constraints.extend(self.densities(distribution, data)),
            }
        }
        for named in &likelihood.auxiliary {
            constraints.extend(self.graph.distribution(named));
        }
        // Parameters are known now, so that it is clear what a constraint is about.
        for distribution in constraints {
            self.constrain(distribution);
        }
    }

    fn data(&mut self, named: &Named) -> Option<&'a DataSet> {
        let document = self.graph.document;
        let found = document.data.iter().find(|data| data.name == named.name);
        if found.is_none() {
            let problem = Diagnostic::new("name", format!("no data `{}`", named.name)).at(self.graph.source(), named.span);
            let near = nearest(&named.name, document.data.iter().map(|data| data.name.as_str()));
            self.graph.problems.push(match near {
                Some(near) => problem.nearest(near),
                None => problem,
            });
        }
        found
    }

    fn constrain(&mut self, distribution: &'a Distribution) {
        if self.constraints.contains(&distribution.name.as_str()) {
            return;
        }
        self.constraints.push(&distribution.name);
        if matches!(distribution.kind, Kind::MultivariateNormal { .. }) {
            self.joint.extend(self.graph.joint_constraint(distribution));
            return;
        }
        let found = match self.graph.constraint(distribution) {
            Concerns::Parameter(found) => found,
            Concerns::Several => return self.auxiliary(distribution),
            Concerns::Nothing => return,
        };
        let parameter = &mut self.graph.parameters[found.parameter];
        if parameter.constraint.is_some_and(|known| known != found.constraint) {
            let message = format!("parameter `{}` is constrained twice", parameter.name);
            self.graph.report("value", message, distribution.span);
            return;
        }
        parameter.constraint = Some(found.constraint);
        if let (Convention::Root, Some(range)) = (self.convention, found.range) {
            self.normalisations.push((found.parameter, range));
        }
    }

    /// An auxiliary measurement whose density depends on parameters in any other way: a channel of one given event. If nothing
    /// else depends on its parameters, it says nothing.
    fn auxiliary(&mut self, distribution: &'a Distribution) {
        let Some((datum, value)) = self.graph.datum(distribution) else { return };
        let known = self.graph.parameters.len();
        let Some(resolved) = self.graph.resolve(distribution, std::slice::from_ref(&datum), 0) else { return };
        let [part] = resolved.parts.as_slice() else { return };
        let observations = Observations::Events { low: datum.low, high: datum.high.next_up(), values: vec![value] };
        let Some((model, quantities)) = part.model(&mut self.graph, &distribution.name, observations) else { return };
        if quantities.iter().flat_map(Quantity::parameters).all(|index| *index >= known) {
            self.graph.forget_after(known);
            return;
        }
        if model.outside(0) > 0 {
            let message = format!("the datum {value} of `{}` is outside of its range", distribution.name);
            self.graph.report("value", message, distribution.span);
        }
        self.parts.push(Part { likelihood: PartLikelihood::Density(Box::new(model)), quantities });
    }

    /// Channels of a density, joined with their columns of the data; gives its factors that are constraints.
    fn densities(&mut self, distribution: &'a Distribution, data: &DataSet) -> Vec<&'a Distribution> {
        let observables: Vec<Axis> = data.axes.iter().map(|axis| self.graph.document.ranged(axis)).collect();
        let Some(resolved) = self.graph.resolve(distribution, &observables, 0) else { return Vec::new() };
        for part in &resolved.parts {
            self.parts.extend(self.graph.joined(part, &distribution.name, data, &observables));
        }
        resolved.constraints
    }

    fn binned(&mut self, distribution: &'a Distribution, binned: &'a Binned, data: &DataSet) {
        let Some(observed) = self.counts(binned, data) else { return };
        let mut samples = Vec::new();
        // Statistical uncertainties: parameters, constraint, and sums of contents and squares.
        let mut statistical: Vec<(Vec<usize>, bool, Vec<[f64; 2]>, Span)> = Vec::new();
        for sample in &binned.samples {
            let mut terms = Vec::new();
            for modifier in &sample.modifiers {
                if let Some(named) = &modifier.constraint {
                    // The modifier's parameter is made before its constraint is read.
                    terms.extend(self.term(&modifier.effect, &sample.contents, modifier.span, true));
                    let constraint = self.graph.distribution(named);
                    if let Some(constraint) = constraint {
                        self.constrain(constraint);
                    }
                } else if let Effect::StatError { parameters, poisson } = &modifier.effect {
                    let Some(indices) = self.indices(parameters) else { continue };
                    let known = statistical.iter().position(|(known, ..)| *known == indices);
                    let place = known.unwrap_or_else(|| {
                        statistical.push((indices.clone(), *poisson, vec![[0.0; 2]; binned.bins()], modifier.span));
                        statistical.len() - 1
                    });
                    for (bin, sum) in statistical[place].2.iter_mut().enumerate() {
                        let error = sample.errors.get(bin).copied().unwrap_or(0.0);
                        sum[0] += sample.contents[bin];
                        sum[1] += error * error;
                    }
                    terms.push(self.per_bin(&indices));
                } else {
                    terms.extend(self.term(&modifier.effect, &sample.contents, modifier.span, false));
                }
            }
            samples.push(AssembledSample { name: sample.name.clone(), nominal: sample.contents.clone(), terms });
        }
        for (indices, poisson, sums, span) in statistical {
            // ROOT keeps the ratio in a histogram of single precision.
            let stored = |ratio: f64| if self.convention == Convention::Root { f64::from(ratio as f32) } else { ratio };
            let ratio = |&[total, variance]: &[f64; 2]| if total > 0.0 { stored(variance.sqrt() / total) } else { 0.0 };
            let relative: Vec<f64> = sums.iter().map(ratio).collect();
            self.constrain_bins(&indices, &relative, poisson, span);
        }
        // ROOT's densities of channels are called `model_CHANNEL`.
        let name = distribution.name.strip_prefix("model_").unwrap_or(&distribution.name).to_owned();
        self.channels.push(AssembledChannel { name, observed, samples });
    }

    /// Counts of the bins of a distribution; weighted events are filled into them.
    fn counts(&mut self, binned: &Binned, data: &DataSet) -> Option<Vec<f64>> {
        let mut counts = vec![0.0; binned.bins()];
        match &data.content {
            Content::Binned(contents) if contents.len() == counts.len() => return Some(contents.clone()),
            Content::Binned(contents) => {
                let message = format!("data `{}` has {} bins, its distribution {}", data.name, contents.len(), counts.len());
                self.graph.report("value", message, data.span);
            }
            Content::Point => self.graph.report("value", format!("data `{}` are no counts", data.name), data.span),
            Content::Unbinned { entries, weights } => {
                for (row, values) in entries.iter().enumerate() {
                    let mut flat = 0;
                    for axis in &binned.axes {
                        let column = data.axes.iter().position(|other| other.name == axis.name);
                        let value = column.and_then(|column| values.get(column)).copied();
                        let bin = value.map_or(0, |value| axis.edges.partition_point(|edge| *edge <= value));
                        if bin == 0 || bin >= axis.edges.len() {
                            let message = format!("data `{}`: entry {row} is in no bin of `{}`", data.name, axis.name);
                            self.graph.report("value", message, data.span);
                            return None;
                        }
                        flat = flat * (axis.edges.len() - 1) + bin - 1;
                    }
                    counts[flat] += weights.get(row).copied().unwrap_or(1.0);
                }
                if counts.iter().all(|count| *count >= 0.0) {
                    return Some(counts);
                }
                self.graph.report("value", format!("data `{}` have a negative count", data.name), data.span);
            }
        }
        None
    }

    /// Indices of parameters.
    fn indices(&mut self, names: &[Named]) -> Option<Vec<usize>> {
        names.iter().map(|named| self.graph.parameter(&named.name, named.span)).collect()
    }

    fn per_bin(&mut self, indices: &[usize]) -> Term {
        let slots = indices.iter().map(|index| self.slots.number(&Quantity::Parameter(*index))).collect();
        Term::PerBin { parameters: slots }
    }

    /// What a modifier does to a sample with these contents.
    fn term(&mut self, effect: &Effect, nominal: &[f64], span: Span, constrained: bool) -> Option<Term> {
        match effect {
            Effect::Factor { parameter } => {
                let quantity = self.graph.quantity(parameter)?;
                Some(Term::Free { parameter: self.slots.number(&quantity) })
            }
            Effect::NormSys { parameter, high, low, code } => {
                let quantity = self.graph.quantity(parameter)?;
                self.standard(&quantity, constrained);
                Some(Term::Scale { parameter: self.slots.number(&quantity), factor: Factor::new(*low, *high, *code) })
            }
            Effect::HistoSys { parameter, high, low, code } => {
                let quantity = self.graph.quantity(parameter)?;
                self.standard(&quantity, constrained);
                let parameter = self.slots.number(&quantity);
                let contents = |side: &[f64]| match self.graph.document.histosys {
                    HistoSys::Contents => side.to_vec(),
                    HistoSys::Differences => side.iter().zip(nominal).map(|(change, nominal)| nominal + change).collect(),
                };
                Some(Term::Morph { parameter, code: *code, high: contents(high), low: contents(low) })
            }
            Effect::ShapeFactor { parameters } => {
                let indices = self.indices(parameters)?;
                Some(self.per_bin(&indices))
            }
            Effect::ShapeSys { parameters, relative, poisson } => {
                let indices = self.indices(parameters)?;
                debug_assert_eq!(indices.len(), nominal.len(), "the reader compares them");
                self.constrain_bins(&indices, relative, *poisson, span);
                Some(self.per_bin(&indices))
            }
            Effect::StatError { parameters, .. } => {
                // With a constraint of its own.
                let indices = self.indices(parameters)?;
                Some(self.per_bin(&indices))
            }
        }
    }

    /// A systematic of which nothing else is said has a standard normal constraint.
    fn standard(&mut self, quantity: &Quantity, constrained: bool) {
        let Quantity::Parameter(index) = quantity else { return };
        let parameter = &mut self.graph.parameters[*index];
        if !constrained && parameter.constraint.is_none() {
            parameter.constraint = Some(Constraint::Normal { centre: 0.0, width: 1.0 });
        }
    }

    fn constrain_bins(&mut self, indices: &[usize], relative: &[f64], poisson: bool, span: Span) {
        for (&index, &relative) in indices.iter().zip(relative) {
            if relative <= 0.0 {
                continue;
            }
            let constraint = if poisson {
                let rate = 1.0 / relative / relative;
                Constraint::Poisson { observed: rate, rate }
            } else {
                Constraint::Normal { centre: 1.0, width: relative }
            };
            let parameter = &mut self.graph.parameters[index];
            match parameter.constraint {
                None => {
                    parameter.constraint = Some(constraint);
                    if self.convention == Convention::Root && !poisson {
                        self.normalisations.push((index, AROUND_ONE));
                    }
                }
                Some(known) if known == constraint => {}
                Some(_) => {
                    let message = format!("parameter `{}` is constrained twice", parameter.name);
                    self.graph.report("value", message, span);
                    return;
                }
            }
        }
    }

    fn finish(mut self, interest: &[Named]) -> Result<Compiled, Vec<Diagnostic>> {
        let mut poi = None;
        for named in interest {
            match self.graph.known(&named.name) {
                Some(index) => poi = poi.or(Some(index)),
                None => {
                    let message = format!("parameter of interest `{}`: nothing depends on it", named.name);
                    self.graph.report("name", message, named.span);
                }
            }
        }
        let others = self.slots.quantities.iter().flat_map(|quantity| quantity.parameters().to_vec());
        self.graph.always.extend(others.chain(self.joint.iter().flat_map(|joint| joint.members.clone())));
        let choices = self.graph.finished_choices();
        let Self { graph, convention, slots, channels, mut parts, normalisations, joint, .. } = self;
        if !graph.problems.is_empty() {
            let mut problems = graph.problems;
            germane_texts::sort_by_place(&mut problems);
            problems.dedup();
            return Err(problems);
        }
        let parameters = graph.parameters;
        let root = convention == Convention::Root;
        let plain = slots.quantities.iter().all(|quantity| matches!(quantity, Quantity::Parameter(_)));
        if parts.is_empty() && joint.is_empty() && plain {
            let place = |quantity: &Quantity| if let Quantity::Parameter(index) = quantity { *index } else { 0 };
            let places: Vec<usize> = slots.quantities.iter().map(place).collect();
            let mut assembly = Assembly { parameters, poi, channels, normalisations, counts_categories: root };
            assembly.renumber(|slot| places[slot]);
            return Ok(Compiled::Binned(Box::new(assembly.model())));
        }
        let count = channels.len() + parts.len();
        if !channels.is_empty() {
            let own = (0..slots.quantities.len()).map(|slot| Parameter::new(format!("argument {slot}"), 0.0)).collect();
            let assembly = Assembly { parameters: own, channels, ..Assembly::default() };
            let likelihood = PartLikelihood::Binned(Box::new(assembly.model()));
            parts.insert(0, Part { likelihood, quantities: slots.quantities });
        }
        let categories = if root { maths::ln(count as f64) } else { 0.0 };
        Ok(Compiled::General(Box::new(Model { parameters, poi, parts, joint, choices, categories })))
    }
}
