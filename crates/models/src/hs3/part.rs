//! Parts of densities, and the likelihoods that they are with data.

use std::collections::BTreeMap;
use std::sync::Arc;

use germane_texts::Span;

use super::choice::GraphChoice;
use super::distribution::Distribution;
use super::graph::{Graph, Quantity};
use crate::density::{
    self, ChoiceSpec, ComponentSpec, DensityChannel, DensityModel, DensitySpec, JointDensity, JointEvents, Observations,
    ProductSpec, ShapeSpec,
};
use crate::formula::Formula;
use crate::likelihood::Parameter;

/// A density of one observable, or of several together, to be joined with data.
pub(super) struct DensityPart {
    pub(super) observables: Vec<String>,
    pub(super) components: Vec<Leaf>,
    pub(super) extended: bool,
    pub(super) span: Span,
}

/// A component of a density: a product of shapes of different observables.
#[derive(Clone)]
pub(super) struct Leaf {
    /// Yield, where it is extended.
    pub(super) weight: Quantity,
    pub(super) name: String,
    /// Observables with their shapes.
    pub(super) factors: Vec<(String, Shape)>,
    /// Number of a choice and of its function, where it is a part of one.
    pub(super) when: Option<(usize, usize)>,
}

impl Leaf {
    /// A density by itself.
    pub(super) fn alone(of: &Distribution, observable: String, shape: Shape) -> Self {
        Self { weight: Quantity::Constant(1.0), name: of.name.clone(), factors: vec![(observable, shape)], when: None }
    }

    /// Parameters on which it depends.
    pub(super) fn parameters(&self) -> impl Iterator<Item = usize> {
        let shapes = self.factors.iter().flat_map(|(_, shape)| shape.arguments.iter().map(|(_, quantity)| quantity));
        [&self.weight].into_iter().chain(shapes).flat_map(|quantity| quantity.parameters().to_vec())
    }

    /// Names of its observables, sorted.
    pub(super) fn observables(&self) -> Vec<String> {
        let mut names: Vec<String> = self.factors.iter().map(|(observable, _)| observable.clone()).collect();
        names.sort();
        names
    }
}

/// A shape with its arguments.
#[derive(Clone)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) arguments: Vec<(&'static str, Quantity)>,
    pub(super) base: Base,
}

/// What a shape is beside its name.
#[derive(Clone)]
pub(super) enum Base {
    /// Its name says all.
    Named,
    /// A formula of x and the arguments.
    Formula(Formula),
    /// A shape without arguments.
    Given(ShapeSpec),
}

/// What a distribution is made of, when it is resolved for some observables.
#[derive(Default)]
pub(super) struct Resolved<'a> {
    pub(super) parts: Vec<DensityPart>,
    /// Factors that depend on no observable.
    pub(super) constraints: Vec<&'a Distribution>,
}

/// Quantities that the components of densities depend on, by number.
#[derive(Default)]
pub(super) struct Slots {
    pub(super) quantities: Vec<Quantity>,
}

impl Slots {
    pub(super) fn number(&mut self, quantity: &Quantity) -> usize {
        self.quantities.iter().position(|known| known == quantity).unwrap_or_else(|| {
            self.quantities.push(quantity.clone());
            self.quantities.len() - 1
        })
    }

    fn argument(&mut self, quantity: &Quantity) -> density::Argument {
        match quantity {
            Quantity::Constant(value) => density::Argument::Constant(*value),
            other => density::Argument::Parameter(self.number(other).to_string()),
        }
    }

    /// A parameter for each quantity, named by its number.
    fn parameters(&self) -> Vec<Parameter> {
        (0..self.quantities.len()).map(|number| Parameter::new(number.to_string(), 0.0)).collect()
    }
}

impl Shape {
    /// What the `density` module knows of it; nothing if a formula has too many arguments.
    fn spec(&self, slots: &mut Slots) -> Option<ShapeSpec> {
        let arguments: Vec<_> = self.arguments.iter().map(|(key, quantity)| (*key, slots.argument(quantity))).collect();
        Some(match &self.base {
            Base::Formula(formula) => {
                let arguments = arguments.into_iter().map(|(key, argument)| (key.to_owned(), argument)).collect();
                ShapeSpec::expression(formula.clone(), arguments)?
            }
            Base::Given(shape) => shape.clone(),
            Base::Named => ShapeSpec::new(self.name, arguments),
        })
    }
}

impl DensityPart {
    /// The likelihood of events of several observables, with the quantities that are its parameters.
    pub(super) fn joint(&self, graph: &mut Graph<'_>, name: &str, events: JointEvents) -> Option<(JointDensity, Vec<Quantity>)> {
        let mut slots = Slots::default();
        graph.always.extend(self.components.iter().filter(|leaf| leaf.when.is_none()).flat_map(Leaf::parameters));
        let mut products = Vec::new();
        for leaf in &self.components {
            let mut factors = Vec::new();
            for (observable, shape) in &leaf.factors {
                let axis = self.observables.iter().position(|known| known == observable)?;
                let Some(spec) = shape.spec(&mut slots) else {
                    graph.report("value", format!("`{name}`: a formula with more than eight arguments"), self.span);
                    return None;
                };
                factors.push((axis, spec));
            }
            let yields = slots.argument(&leaf.weight);
            let index = |choice: usize| Quantity::Parameter(graph.choices[choice].index());
            let when = leaf.when.map(|(choice, function)| (slots.number(&index(choice)), function));
            products.push(ProductSpec { name: leaf.name.clone(), yields, factors, when });
        }
        match JointDensity::new(name.to_owned(), slots.parameters(), products, events, self.extended) {
            Ok(model) => Some((model, slots.quantities)),
            Err(problems) => {
                let source = graph.source().clone();
                graph.problems.extend(problems.into_iter().map(|problem| problem.at(&source, self.span)));
                None
            }
        }
    }

    /// The channel of these observations; nothing if a formula has too many arguments.
    fn channel(
        &self,
        name: &str,
        observations: Observations,
        choices: &[GraphChoice],
        slots: &mut Slots,
    ) -> Option<DensityChannel> {
        let mut specs: BTreeMap<usize, Arc<ChoiceSpec>> = BTreeMap::new();
        let mut components = Vec::new();
        for Leaf { weight, name, factors, when } in &self.components {
            let spec = factors.first()?.1.spec(slots)?;
            let component = ComponentSpec::new(name.clone(), slots.argument(weight), spec);
            components.push(match when {
                Some((choice, function)) => {
                    let spec = specs.entry(*choice).or_insert_with(|| Arc::new(choices[*choice].spec(slots)));
                    component.when(spec, *function)
                }
                None => component,
            });
        }
        Some(DensityChannel { name: name.to_owned(), density: DensitySpec { components }, observations })
    }

    /// The model of one channel, with the quantities that are its parameters.
    pub(super) fn model(
        &self,
        graph: &mut Graph<'_>,
        name: &str,
        observations: Observations,
    ) -> Option<(DensityModel, Vec<Quantity>)> {
        let mut slots = Slots::default();
        graph.always.extend(self.components.iter().filter(|leaf| leaf.when.is_none()).flat_map(Leaf::parameters));
        let Some(channel) = self.channel(name, observations, &graph.choices, &mut slots) else {
            graph.report("value", format!("`{name}`: a formula with more than eight arguments"), self.span);
            return None;
        };
        match DensityModel::new(slots.parameters(), vec![channel]) {
            Ok(model) => {
                let model = if self.extended { model } else { model.given_the_number_of_events() };
                Some((model, slots.quantities))
            }
            Err(problems) => {
                let source = graph.source().clone();
                graph.problems.extend(problems.into_iter().map(|problem| problem.at(&source, self.span)));
                None
            }
        }
    }
}
