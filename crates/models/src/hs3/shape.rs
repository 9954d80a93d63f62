//! Distributions of one observable → shapes, by the names and conventions of the `density` module.

use germane_texts::Diagnostic;

use super::distribution::{Decay, Distribution, Family, FunctionKind, Kind, OBSERVABLE, nearest_type};
use super::graph::{Graph, Quantity};
use super::part::{Base, Shape};
use super::{Argument, Axis, Value};
use crate::formula::Formula;

impl<'a> Graph<'a> {
    /// The observable and the shape of a density.
    pub(super) fn shape(&mut self, distribution: &'a Distribution, observables: &[Axis]) -> Option<(String, Shape)> {
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
