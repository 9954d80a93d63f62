//! Distributions of observables → sums of products of shapes.

use std::collections::BTreeMap;

use germane_texts::{Diagnostic, Span};

use super::distribution::{Distribution, Family, Kind, OneOf};
use super::graph::{Graph, Quantity};
use super::part::{Base, DensityPart, Leaf, Resolved, Shape};
use super::{Argument, Axis, Document, Named, Value};
use crate::density::{JointEvents, Observations};
use crate::formula::Stack;

/// Mixtures and products inside each other.
const DEEPEST: usize = 64;

impl<'a> Graph<'a> {
    pub(super) fn distribution(&mut self, named: &Named) -> Option<&'a Distribution> {
        let found = self.document.distributions.iter().find(|distribution| distribution.name == named.name);
        if found.is_none() {
            let problem = Diagnostic::new("name", format!("no distribution `{}`", named.name)).at(self.source(), named.span);
            let near = germane_texts::nearest(&named.name, self.document.distributions());
            self.problems.push(match near {
                Some(near) => problem.nearest(near),
                None => problem,
            });
        }
        found
    }

    /// Splits a distribution into densities of one of the observables each, and constraints.
    pub(super) fn resolve(&mut self, distribution: &'a Distribution, observables: &[Axis], depth: usize) -> Option<Resolved<'a>> {
        if depth > DEEPEST {
            self.report(
                "value",
                format!("distribution `{}` contains itself, or is too deep", distribution.name),
                distribution.span,
            );
            return None;
        }
        let mut resolved = Resolved::default();
        match &distribution.kind {
            Kind::Product(factors) => {
                for factor in factors {
                    let factor = self.distribution(factor)?;
                    let inner = self.resolve(factor, observables, depth + 1)?;
                    resolved.parts.extend(inner.parts);
                    resolved.constraints.extend(inner.constraints);
                }
                for (index, part) in resolved.parts.iter().enumerate() {
                    if resolved.parts[..index]
                        .iter()
                        .any(|other| other.observables.iter().any(|one| part.observables.contains(one)))
                    {
                        let message =
                            format!("factors of `{}` share the observable `{}`", distribution.name, part.observables[0]);
                        self.report("value", message, distribution.span);
                        return None;
                    }
                }
            }
            Kind::Mixture { .. } | Kind::OneOf(_) => {
                let extended = self.is_extended(distribution, depth)?;
                let components = self.components(distribution, observables, depth, false)?;
                let observables = self.common(distribution, &components)?;
                resolved.parts.push(DensityPart { observables, components, extended, span: distribution.span });
            }
            Kind::Simple { family: Family::Uniform, arguments } => {
                for (_, argument) in arguments {
                    if let Value::Name(name) = &argument.value
                        && observables.iter().any(|axis| axis.name == *name)
                    {
                        let shape = Shape { name: "uniform", arguments: Vec::new(), base: Base::Named };
                        let components = vec![Leaf::alone(distribution, name.clone(), shape)];
                        let (observables, span) = (vec![name.clone()], distribution.span);
                        resolved.parts.push(DensityPart { observables, components, extended: false, span });
                    }
                }
            }
            Kind::Simple { arguments, .. } if !depends(arguments, observables) => resolved.constraints.push(distribution),
            Kind::MultivariateNormal { .. } => resolved.constraints.push(distribution),
            _ => {
                let (observable, shape) = self.shape(distribution, observables)?;
                let components = vec![Leaf::alone(distribution, observable.clone(), shape)];
                let observables = vec![observable];
                resolved.parts.push(DensityPart { observables, components, extended: false, span: distribution.span });
            }
        }
        Some(resolved)
    }

    /// The observables of all components, which must be the same.
    fn common(&mut self, of: &Distribution, components: &[Leaf]) -> Option<Vec<String>> {
        let first = components.first().map(Leaf::observables)?;
        if components.iter().any(|leaf| leaf.observables() != first) {
            let message = format!("summands of `{}` have different observables", of.name);
            self.report("value", message, of.span);
            return None;
        }
        Some(first)
    }

    /// Products of the leaves of all factors.
    fn product(
        &mut self,
        distribution: &'a Distribution,
        factors: &'a [Named],
        observables: &[Axis],
        depth: usize,
    ) -> Option<Vec<Leaf>> {
        let mut products: Vec<Leaf> = Vec::new();
        for (number, named) in factors.iter().enumerate() {
            let factor = self.distribution(named)?;
            let leaves = self.components(factor, observables, depth + 1, true)?;
            if leaves.iter().any(|leaf| leaf.when.is_some()) {
                let message =
                    format!("`{}` has a choice between functions as a factor: choose between products", distribution.name);
                self.report("value", message, named.span);
                return None;
            }
            if number == 0 {
                products = leaves;
                continue;
            }
            let mut longer = Vec::new();
            for (one, other) in products.iter().flat_map(|one| leaves.iter().map(move |other| (one, other))) {
                if let Some((twice, _)) = one.factors.iter().find(|(name, _)| other.factors.iter().any(|(own, _)| own == name)) {
                    let message = format!("factors of `{}` share the observable `{twice}`", distribution.name);
                    self.report("value", message, distribution.span);
                    return None;
                }
                let weight = self.composed_of("@0*@1", vec![one.weight.clone(), other.weight.clone()], named.span)?;
                let factors = one.factors.iter().chain(&other.factors).cloned().collect();
                longer.push(Leaf { weight, name: distribution.name.clone(), factors, when: None });
            }
            products = longer;
        }
        Some(products)
    }

    /// Whether the number of events is a datum, too; of several functions it must be so for all or for none.
    fn is_extended(&mut self, distribution: &'a Distribution, depth: usize) -> Option<bool> {
        match &distribution.kind {
            Kind::Mixture { extended, .. } => Some(*extended),
            Kind::OneOf(one_of) if depth <= DEEPEST => {
                let mut all = Vec::new();
                for function in &one_of.functions {
                    let function = self.distribution(function)?;
                    all.push(self.is_extended(function, depth + 1)?);
                }
                if all.iter().any(|extended| *extended != all[0]) {
                    let message = format!("some functions of `{}` are extended and some are not", distribution.name);
                    self.report("value", message, distribution.span);
                    return None;
                }
                Some(all[0])
            }
            _ => Some(false),
        }
    }

    /// The leaves of all functions between which an index chooses.
    fn functions(
        &mut self,
        distribution: &'a Distribution,
        of: &'a OneOf,
        observables: &[Axis],
        depth: usize,
        inside: bool,
    ) -> Option<Vec<Leaf>> {
        let choice = self.choice(of)?;
        let mut leaves = Vec::new();
        for (number, named) in of.functions.iter().enumerate() {
            let function = self.distribution(named)?;
            let mut own = self.components(function, observables, depth + 1, inside)?;
            if own.iter().any(|leaf| leaf.when.is_some()) {
                let message = format!("`{}` chooses between functions that choose again: list them all", distribution.name);
                self.report("value", message, named.span);
                return None;
            }
            own.iter_mut().for_each(|leaf| leaf.when = Some((choice, number)));
            self.choices[choice].uses(number, own.iter().flat_map(Leaf::parameters));
            leaves.extend(own);
        }
        Some(leaves)
    }

    /// Leaves of nested mixtures with their weights, names and observables; `inside` another one only proportions count.
    pub(super) fn components(
        &mut self,
        distribution: &'a Distribution,
        observables: &[Axis],
        depth: usize,
        inside: bool,
    ) -> Option<Vec<Leaf>> {
        if depth > DEEPEST {
            self.report(
                "value",
                format!("distribution `{}` contains itself, or is too deep", distribution.name),
                distribution.span,
            );
            return None;
        }
        let (summands, coefficients, extended) = match &distribution.kind {
            Kind::Mixture { summands, coefficients, extended } => (summands, coefficients, extended),
            Kind::OneOf(of) => return self.functions(distribution, of, observables, depth, inside),
            Kind::Product(factors) => return self.product(distribution, factors, observables, depth),
            _ => {
                let (observable, shape) = self.shape(distribution, observables)?;
                return Some(vec![Leaf::alone(distribution, observable, shape)]);
            }
        };
        let mut weights = Vec::new();
        for coefficient in coefficients {
            weights.push(self.quantity(coefficient)?);
        }
        let count = weights.len();
        let numbers = |range: std::ops::Range<usize>| range.map(|k| format!("@{k}")).collect::<Vec<_>>();
        if count < summands.len() {
            // What the other fractions leave.
            let text = format!("1-{}", numbers(0..count).join("-"));
            let text = if count == 0 { "1".to_owned() } else { text };
            let rest = self.composed_of(&text, weights.clone(), distribution.span)?;
            weights.push(rest);
        } else if !extended || inside {
            // Inside another mixture only the proportions count.
            let sum = numbers(1..count + 1).join("+");
            let mut proportions = Vec::new();
            for one in &weights {
                let mut parts = vec![one.clone()];
                parts.extend(weights.iter().cloned());
                proportions.push(self.composed_of(&format!("@0/({sum})"), parts, distribution.span)?);
            }
            weights = proportions;
        }
        let mut components = Vec::new();
        for (summand, weight) in summands.iter().zip(weights) {
            let inner = self.distribution(summand)?;
            let leaves = self.components(inner, observables, depth + 1, true)?;
            components.extend(self.multiplied(leaves, &weight, summand.span)?);
        }
        Some(components)
    }

    /// Leaves whose weights are multiplied by another one.
    pub(super) fn multiplied(&mut self, mut leaves: Vec<Leaf>, weight: &Quantity, span: Span) -> Option<Vec<Leaf>> {
        for leaf in &mut leaves {
            leaf.weight = match &leaf.weight {
                Quantity::Constant(1.0) => weight.clone(),
                own => self.composed_of("@0*@1", vec![weight.clone(), own.clone()], span)?,
            };
            // What multiplies all functions is none of theirs.
            if leaf.when.is_some() {
                self.always.extend(weight.parameters());
            }
        }
        Some(leaves)
    }
}

fn depends(arguments: &[(&'static str, Argument)], observables: &[Axis]) -> bool {
    let of_data = |argument: &Argument| match &argument.value {
        Value::Name(name) => observables.iter().any(|axis| axis.name == *name),
        Value::Number(_) => false,
    };
    arguments.iter().any(|(_, argument)| of_data(argument))
}

impl Document {
    /// The density of a distribution at a point, normalised over the ranges of the observables; `at` gives values of observables
    /// and, where they are to differ from the document, of parameters.
    ///
    /// # Errors
    /// Names that do not exist, observables without range or value, types that are not known.
    pub fn density(&self, name: &str, at: &[(&str, f64)]) -> Result<f64, Vec<Diagnostic>> {
        let mut graph = Graph::new(self, Vec::new(), None);
        let value = self.density_in(&mut graph, name, at);
        match value {
            Some(value) if graph.problems.is_empty() => Ok(value),
            _ => Err(graph.problems),
        }
    }

    fn density_in<'a>(&'a self, graph: &mut Graph<'a>, name: &str, at: &[(&str, f64)]) -> Option<f64> {
        let distribution = graph.distribution(&Named { name: name.to_owned(), span: Span::default() })?;
        let observables = self.observables();
        let resolved = graph.resolve(distribution, &observables, 0)?;
        let mut x: Vec<f64> = graph.parameters.iter().map(|parameter| parameter.start).collect();
        for (parameter, value) in at {
            if let Some(index) = graph.known(parameter) {
                x[index] = *value;
            }
        }
        let mut product = 1.0;
        for part in &resolved.parts {
            let mut places = Vec::new();
            let mut ranges = Vec::new();
            for observable in &part.observables {
                let axis = observables.iter().find(|axis| axis.name == *observable)?;
                let Some((_, place)) = at.iter().find(|(name, _)| name == observable) else {
                    graph.report("value", format!("`{}` needs a value of `{observable}`", distribution.name), part.span);
                    return None;
                };
                places.push(*place);
                ranges.push((axis.low, axis.high));
            }
            let mut stack = Stack::default();
            let mut inner = |quantities: &[Quantity]| -> Vec<f64> {
                quantities.iter().map(|quantity| quantity.value(&x, &mut stack)).collect()
            };
            if let ([place], [(low, high)]) = (places.as_slice(), ranges.as_slice()) {
                let (low, high) = (*low, *high);
                let events = Observations::Events { low, high, values: Vec::new() };
                let (model, quantities) = part.model(graph, &distribution.name, events)?;
                let inner = inner(&quantities);
                let total = model.bin_integrals(0, None, &[low, high], &inner)[0];
                product *= model.curve(0, None, &[*place], &inner)[0] / total;
            } else {
                let columns = vec![Vec::new(); ranges.len()];
                let events = JointEvents { ranges, columns, expected: Vec::new() };
                let (model, quantities) = part.joint(graph, &distribution.name, events)?;
                let inner = inner(&quantities);
                product *= model.height(&places, &inner) / model.total(&inner);
            }
        }
        Some(product)
    }

    /// All observables with the ranges of the first data set that has them, or of a domain.
    pub(super) fn observables(&self) -> Vec<Axis> {
        let mut all: BTreeMap<&str, Axis> = BTreeMap::new();
        for axis in self.data.iter().flat_map(|data| &data.axes) {
            let known = all.entry(&axis.name).or_insert_with(|| axis.clone());
            if known.low.is_nan() || known.high.is_nan() {
                *known = self.ranged(axis);
            }
        }
        all.into_values().collect()
    }

    /// An axis with the range of a domain, where it has none itself.
    pub(super) fn ranged(&self, axis: &Axis) -> Axis {
        let mut axis = axis.clone();
        let domain = self.domains.iter().flat_map(|domain| &domain.axes).find(|other| other.name == axis.name);
        if let Some(domain) = domain {
            axis.low = if axis.low.is_nan() { domain.low } else { axis.low };
            axis.high = if axis.high.is_nan() { domain.high } else { axis.high };
        }
        axis
    }
}
