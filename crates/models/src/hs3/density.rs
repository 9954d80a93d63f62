//! Distributions of observables → sums of shapes.

use std::collections::BTreeMap;
use std::sync::Arc;

use germane_texts::{Diagnostic, Span};

use super::choice::GraphChoice;
use super::distribution::{Decay, Distribution, Family, FunctionKind, Kind, OBSERVABLE, OneOf, nearest_type};
use super::graph::{Graph, Quantity};
use super::{Argument, Axis, Document, Named, Value};
use crate::density::{
    self, ChoiceSpec, ComponentSpec, DensityChannel, DensityModel, DensitySpec, JointDensity, JointEvents, Observations,
    ProductSpec, ShapeSpec,
};
use crate::formula::{Formula, Stack};
use crate::likelihood::Parameter;

/// Mixtures and products inside each other.
const DEEPEST: usize = 64;

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
    factors: Vec<(String, Shape)>,
    /// Number of a choice and of its function, where it is a part of one.
    pub(super) when: Option<(usize, usize)>,
}

impl Leaf {
    /// A density by itself.
    fn alone(of: &Distribution, observable: String, shape: Shape) -> Self {
        Self { weight: Quantity::Constant(1.0), name: of.name.clone(), factors: vec![(observable, shape)], when: None }
    }

    /// Parameters on which it depends.
    fn parameters(&self) -> impl Iterator<Item = usize> {
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
struct Shape {
    name: &'static str,
    arguments: Vec<(&'static str, Quantity)>,
    base: Base,
}

/// What a shape is beside its name.
#[derive(Clone)]
enum Base {
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

    /// The observable and the shape of a density.
    fn shape(&mut self, distribution: &'a Distribution, observables: &[Axis]) -> Option<(String, Shape)> {
        match &distribution.kind {
            Kind::Simple { family, arguments } => self.simple(distribution, *family, arguments, observables),
            Kind::Expression(text) => {
                let (formula, names) = self.formula(text, |name| observables.iter().any(|axis| axis.name == name))?;
                let count = names.iter().filter(|name| observables.iter().any(|axis| axis.name == **name)).count();
                if count != 1 {
                    let message = format!("`{}` depends on {count} observables, one is needed", distribution.name);
                    self.report("value", message, distribution.span);
                    return None;
                }
                let mut arguments = Vec::new();
                for name in &names[1..] {
                    arguments.push(("argument", self.named(name, text.node.span)?));
                }
                Some((names[0].clone(), Shape { name: "expression", arguments, base: Base::Formula(formula) }))
            }
            Kind::Decay(decay) => self.decay(distribution, decay, observables),
            Kind::Histogram { axis, shape } => {
                if !observables.iter().any(|known| known.name == axis.name) {
                    let message = format!("`{}`: the data have no axis `{}`", distribution.name, axis.name);
                    self.report("name", message, distribution.span);
                    return None;
                }
                let shape = Shape { name: "histogram", arguments: Vec::new(), base: Base::Given(shape.clone()) };
                Some((axis.name.clone(), shape))
            }
            Kind::Other { type_name, span } => {
                let message = format!("distributions of type `{type_name}` are not known (`{}`)", distribution.name);
                let problem = Diagnostic::new("name", message).at(self.source(), *span);
                self.problems.push(match nearest_type(type_name) {
                    Some(near) => problem.nearest(near),
                    None => problem,
                });
                None
            }
            Kind::Product(_) | Kind::Mixture { .. } | Kind::OneOf(_) | Kind::HistFactory(_) | Kind::MultivariateNormal { .. } => {
                let message = format!("`{}` cannot be a summand or be evaluated at a point", distribution.name);
                self.report("value", message, distribution.span);
                None
            }
        }
    }

    /// A decay with the resolution that a function describes.
    fn decay(&mut self, distribution: &Distribution, decay: &'a Decay, observables: &[Axis]) -> Option<(String, Shape)> {
        let Value::Name(time) = &decay.time.value else {
            self.report("value", format!("`t` of `{}` is no observable", distribution.name), decay.time.span);
            return None;
        };
        if !observables.iter().any(|axis| axis.name == *time) {
            self.report("name", format!("`{}`: the data have no axis `{time}`", distribution.name), decay.time.span);
            return None;
        }
        let functions = &self.document.functions;
        let found = functions.iter().find(|function| function.name == decay.resolution.name);
        let Some(FunctionKind::Resolution { x, spread }) = found.map(|function| &function.kind) else {
            let name = &decay.resolution.name;
            let problem = Diagnostic::new("name", format!("`{name}` is no resolution model that is known"));
            let problem = problem.at(self.source(), decay.resolution.span);
            let models = functions.iter().filter(|function| matches!(function.kind, FunctionKind::Resolution { .. }));
            let near = germane_texts::nearest(name, models.map(|function| function.name.as_str()));
            self.problems.push(match near {
                Some(near) => problem.nearest(near),
                None => problem.advice("known: gauss_model_function, truth_model_function"),
            });
            return None;
        };
        if x.value != decay.time.value {
            let message = format!("the resolution `{}` is one of another observable than `{time}`", decay.resolution.name);
            self.report("value", message, x.span);
            return None;
        }
        let tau = self.quantity(&decay.tau)?;
        let names = if spread.is_some() {
            ["decay_on_gauss", "decay_on_gauss_double", "decay_on_gauss_flipped"]
        } else {
            ["decay", "decay_double", "decay_flipped"]
        };
        let mut arguments = vec![("tau", tau)];
        if let Some([mean, sigma]) = spread {
            arguments.push(("mean", self.quantity(mean)?));
            arguments.push(("sigma", self.quantity(sigma)?));
        }
        let name = names[decay.side as usize];
        Some((time.clone(), Shape { name, arguments, base: Base::Named }))
    }

    fn simple(
        &mut self,
        distribution: &Distribution,
        family: Family,
        given: &[(&'static str, Argument)],
        observables: &[Axis],
    ) -> Option<(String, Shape)> {
        let mut own = given.iter().filter(|(key, _)| *key == OBSERVABLE);
        let observable = match (own.next(), own.next()) {
            (Some((_, Argument { value: Value::Name(name), .. })), None) => name.clone(),
            _ => {
                self.report("value", format!("`{}` is no density of one observable", distribution.name), distribution.span);
                return None;
            }
        };
        if !observables.iter().any(|axis| axis.name == observable) {
            let message = format!("`{}`: the data have no axis `{observable}`", distribution.name);
            self.report("name", message, distribution.span);
            return None;
        }
        let mut quantities = Vec::new();
        for (key, argument) in given.iter().filter(|(key, _)| *key != OBSERVABLE) {
            quantities.push((*key, self.quantity(argument)?));
        }
        let span = distribution.span;
        let of = |names: &[(&str, &'static str)], quantities: Vec<(&'static str, Quantity)>| {
            let renamed = |key: &str| names.iter().find(|(theirs, _)| *theirs == key).map(|(_, ours)| *ours);
            quantities.into_iter().filter_map(|(key, quantity)| Some((renamed(key)?, quantity))).collect::<Vec<_>>()
        };
        let plain = |name, arguments| Shape { name, arguments, base: Base::Named };
        let shape = match family {
            Family::Argus => plain("argus", of(&[("resonance", "m0"), ("slope", "c"), ("power", "p")], quantities)),
            Family::Bernstein => plain("bernstein", of(&[("coefficients", "c")], quantities)),
            Family::Chebychev => plain("chebychev", of(&[("coefficients", "c")], quantities)),
            Family::Polynomial => plain("polynomial", of(&[("coefficients", "c")], quantities)),
            Family::CrystalBall => {
                let names = [("m0", "mean"), ("sigma", "sigma"), ("alpha", "alpha"), ("n", "n")];
                plain("crystal_ball", of(&names, quantities))
            }
            Family::DoubleCrystalBall => {
                let names = [
                    ("m0", "mean"),
                    ("sigma_L", "sigma_left"),
                    ("sigma_R", "sigma_right"),
                    ("alpha_L", "alpha_left"),
                    ("n_L", "n_left"),
                    ("alpha_R", "alpha_right"),
                    ("n_R", "n_right"),
                ];
                plain("double_crystal_ball", of(&names, quantities))
            }
            Family::Gamma => plain("gamma", of(&[("gamma", "gamma"), ("beta", "beta"), ("mu", "mu")], quantities)),
            Family::Gaussian => plain("gaussian", of(&[("mean", "mean"), ("sigma", "sigma")], quantities)),
            Family::Landau => plain("landau", of(&[("mean", "mean"), ("sigma", "sigma")], quantities)),
            Family::Poisson { whole } => {
                plain(if whole { "poisson_of_whole" } else { "poisson" }, of(&[("mean", "mean")], quantities))
            }
            Family::Uniform => plain("uniform", Vec::new()),
            Family::Exponential => {
                // The standard falls with its slope; ours rises.
                let slope = quantities.pop().map(|(_, slope)| slope)?;
                plain("exponential", vec![("c", self.composed_of("-@0", vec![slope], span)?)])
            }
            Family::LogNormal => {
                let mut arguments = Vec::new();
                for ((_, quantity), name) in quantities.into_iter().zip(["m0", "k"]) {
                    arguments.push((name, self.composed_of("exp(@0)", vec![quantity], span)?));
                }
                plain("lognormal", arguments)
            }
            Family::GeneralizedNormal => {
                let formula = Formula::read("exp(-(abs(x-mean)/alpha)^beta)", &["x", "mean", "alpha", "beta"]);
                Shape { name: "expression", arguments: quantities, base: Base::Formula(formula.ok()?) }
            }
        };
        Some((observable, shape))
    }
}

fn depends(arguments: &[(&'static str, Argument)], observables: &[Axis]) -> bool {
    let of_data = |argument: &Argument| match &argument.value {
        Value::Name(name) => observables.iter().any(|axis| axis.name == *name),
        Value::Number(_) => false,
    };
    arguments.iter().any(|(_, argument)| of_data(argument))
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
