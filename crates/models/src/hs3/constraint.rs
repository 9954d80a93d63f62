//! Distributions of auxiliary data: what they say of one parameter.

use germane_numerics::dense::Matrix;
use germane_texts::Diagnostic;

use super::distribution::{Distribution, Family, Kind, OBSERVABLE};
use super::graph::{Graph, Quantity};
use super::joint_constraint::JointConstraint;
use super::{Argument, Axis, Value};
use crate::formula::Stack;
use crate::histfactory::normalisation::Normalisation;
use crate::joint_normal::direction;
use crate::likelihood::Constraint;

/// What a distribution of auxiliary data concerns.
pub(super) enum Concerns {
    /// One parameter, in a way that has a closed form.
    Parameter(Found),
    /// Parameters in any other way, through its arguments.
    Several,
    /// Nothing that the model has; or it is a mistake, which is reported.
    Nothing,
}

/// A constraint on a parameter, with the range of the auxiliary datum where the document has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) parameter: usize,
    pub(super) constraint: Constraint,
    pub(super) range: Option<Normalisation>,
}

impl Graph<'_> {
    /// The constraint of several parameters that a distribution is; of members that nothing depends on there is none.
    pub(super) fn joint_constraint(&mut self, distribution: &Distribution) -> Option<JointConstraint> {
        let Kind::MultivariateNormal { x, mean, covariance } = &distribution.kind else { return None };
        let (mut members, mut centres, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for (place, (x, mean)) in x.iter().zip(mean).enumerate() {
            let (parameter, datum) = match (self.used(x), self.used(mean)) {
                (Some(parameter), None) => (parameter, mean),
                (None, Some(parameter)) => (parameter, x),
                (None, None) => continue,
                (Some(_), Some(_)) => {
                    return self.no_constraint(distribution);
                }
            };
            members.push(parameter);
            centres.push(self.given(datum)?);
            kept.push(place);
        }
        if members.is_empty() {
            return None;
        }
        // The marginal density of the others is normal, too.
        let size = kept.len();
        let entries = kept.iter().flat_map(|i| kept.iter().map(|j| covariance[(*i, *j)])).collect();
        let covariance = Matrix::from_rows(size, size, entries)?;
        let names: Vec<String> = members.iter().map(|index| self.parameters[*index].name.clone()).collect();
        if let Some(twice) = members.iter().find(|index| self.parameters[**index].constraint.is_some()) {
            let message = format!("parameter `{}` is constrained twice", self.parameters[*twice].name);
            self.report("value", message, distribution.span);
            return None;
        }
        match JointConstraint::new(distribution.name.clone(), members, centres, &covariance, &mut self.parameters) {
            Ok(found) => Some(found),
            Err(null) => {
                let along = null.first().map(|null| format!(" along {}", direction(&names, null))).unwrap_or_default();
                let message = format!("the covariance of `{}` has no variance{along}", distribution.name);
                self.report("value", message, distribution.span);
                None
            }
        }
    }

    /// The constraint that a distribution is, if it concerns a parameter that is used; mistakes are reported.
    pub(super) fn constraint(&mut self, distribution: &Distribution) -> Concerns {
        self.closed(distribution).unwrap_or(Concerns::Nothing)
    }

    fn closed(&mut self, distribution: &Distribution) -> Option<Concerns> {
        let Kind::Simple { family, arguments } = &distribution.kind else { return self.no_constraint(distribution) };
        let argument = |key: &str| arguments.iter().find(|(name, _)| *name == key).map(|(_, argument)| argument);
        match family {
            Family::Gaussian => {
                let (x, mean, sigma) = (argument(OBSERVABLE)?, argument("mean")?, argument("sigma")?);
                if self.is_function(mean) || self.is_function(sigma) || self.used(sigma).is_some() {
                    return self.whole(distribution);
                }
                // Either may be the parameter: a normal density does not tell.
                let (parameter, datum) = match (self.used(x), self.used(mean)) {
                    (Some(parameter), None) => (parameter, mean),
                    (None, Some(parameter)) => (parameter, x),
                    (None, None) => return None,
                    (Some(_), Some(_)) => return self.no_constraint(distribution),
                };
                let (centre, width) = (self.given(datum)?, self.given(sigma)?);
                if width <= 0.0 {
                    self.report("value", format!("`{}` has a width of {width}", distribution.name), sigma.span);
                    return None;
                }
                let constraint = Constraint::Normal { centre, width };
                Some(Concerns::Parameter(Found { parameter, constraint, range: self.range(datum) }))
            }
            Family::LogNormal => {
                let (x, mu, sigma) = (argument(OBSERVABLE)?, argument("mu")?, argument("sigma")?);
                let Some(parameter) = self.used(x) else { return self.whole(distribution) };
                let (centre, width) = (self.given(mu)?, self.given(sigma)?);
                if width <= 0.0 {
                    self.report("value", format!("`{}` has a width of {width}", distribution.name), sigma.span);
                    return None;
                }
                let constraint = Constraint::LogNormal { centre, width };
                Some(Concerns::Parameter(Found { parameter, constraint, range: None }))
            }
            // A flat density is none.
            Family::Uniform => None,
            Family::Poisson { .. } => {
                let (x, mean) = (argument(OBSERVABLE)?, argument("mean")?);
                let observed = self.given(x)?;
                let quantity = self.quantity(mean)?;
                let (parameter, rate) = match &quantity {
                    Quantity::Parameter(index) => (*index, 1.0),
                    Quantity::Formula { formula, of } => {
                        let free: Vec<usize> = (0..of.len()).filter(|k| !self.parameters[of[*k]].fixed).collect();
                        let at: Vec<f64> = of.iter().map(|index| self.parameters[*index].start).collect();
                        let [k] = free[..] else { return self.whole(distribution) };
                        let mut stack = Stack::default();
                        let found = formula.evaluate(&at, &mut stack);
                        let (slope, curve, value) = (found.gradient[k], found.second(k, k), found.value);
                        // A rate times the parameter, and nothing else.
                        if curve != 0.0 || (value - slope * at[k]).abs() > 1e-12 * value.abs() {
                            return self.whole(distribution);
                        }
                        (of[k], slope)
                    }
                    Quantity::Constant(_) => return None,
                };
                if !(observed >= 0.0 && rate > 0.0) {
                    let message = format!("`{}` has {observed} counts at a rate of {rate}", distribution.name);
                    self.report("value", message, distribution.span);
                    return None;
                }
                let constraint = Constraint::Poisson { observed, rate };
                Some(Concerns::Parameter(Found { parameter, constraint, range: None }))
            }
            _ => self.whole(distribution),
        }
    }

    /// A density of its datum whose arguments depend on parameters; the datum itself must be none.
    fn whole(&mut self, distribution: &Distribution) -> Option<Concerns> {
        let x = match &distribution.kind {
            Kind::Simple { arguments, .. } => {
                arguments.iter().find(|(name, _)| *name == OBSERVABLE).map(|(_, argument)| argument)
            }
            _ => return self.no_constraint(distribution),
        };
        match x {
            Some(x) if self.used(x).is_none() && !self.is_function(x) => Some(Concerns::Several),
            _ => self.no_constraint(distribution),
        }
    }

    /// The datum of a distribution as an observable with its range, and its value.
    pub(super) fn datum(&mut self, distribution: &Distribution) -> Option<(Axis, f64)> {
        let Kind::Simple { arguments, .. } = &distribution.kind else {
            return self.no_constraint(distribution);
        };
        let x = arguments.iter().find(|(name, _)| *name == OBSERVABLE).map(|(_, argument)| argument)?;
        let value = self.given(x)?;
        let Value::Name(name) = &x.value else {
            return self.no_constraint(distribution);
        };
        let Some(Normalisation { low, high }) = self.range(x) else {
            let message = format!("the datum `{name}` of `{}` has no finite range in a domain", distribution.name);
            let problem = Diagnostic::new("value", message).at(self.source(), x.span);
            self.problems.push(problem.advice("densities of auxiliary data are normalised on the range of their datum"));
            return None;
        };
        Some((Axis { name: name.clone(), low, high, edges: Vec::new() }, value))
    }

    /// Whether an argument names a function.
    fn is_function(&self, argument: &Argument) -> bool {
        matches!(&argument.value, Value::Name(name) if self.document.functions.iter().any(|function| function.name == *name))
    }

    fn no_constraint<T>(&mut self, distribution: &Distribution) -> Option<T> {
        let message = format!("distribution `{}` cannot constrain a parameter", distribution.name);
        let problem = Diagnostic::new("value", message).at(self.source(), distribution.span);
        let advice = "known: gaussian_dist and lognormal_dist of a parameter, multivariate_normal_dist of parameters, and densities \
            of one datum whose arguments depend on parameters";
        self.problems.push(problem.advice(advice));
        None
    }

    /// The parameter that an argument names, if it is used already.
    fn used(&self, argument: &Argument) -> Option<usize> {
        match &argument.value {
            Value::Name(name) => self.known(name),
            Value::Number(_) => None,
        }
    }

    /// The value of an argument that is no parameter of the model.
    fn given(&mut self, argument: &Argument) -> Option<f64> {
        let name = match &argument.value {
            Value::Number(value) => return Some(*value),
            Value::Name(name) => name,
        };
        let function = self.document.functions.iter().any(|function| function.name == *name);
        let described = if function { None } else { self.described(name).map(|parameter| parameter.start) };
        if described.is_none() {
            self.report("name", format!("`{name}` has no value in any parameter point"), argument.span);
        }
        described
    }

    /// The range that the document gives an auxiliary datum, if it is finite.
    fn range(&self, datum: &Argument) -> Option<Normalisation> {
        let Value::Name(name) = &datum.value else { return None };
        let parameter = self.described(name)?;
        let finite = parameter.lower.is_finite() && parameter.upper.is_finite();
        finite.then_some(Normalisation { low: parameter.lower, high: parameter.upper })
    }
}
