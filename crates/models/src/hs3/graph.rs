//! Names → formulas of parameters: functions are put into each other until only parameters are left.

use std::collections::BTreeMap;

use germane_texts::{Diagnostic, Source, Span, nearest};

use super::choice::GraphChoice;
use super::distribution::{Function, FunctionKind, Interpolation, Text};
use super::interpolation;
use super::{Argument, Document, Value};
use crate::formula::Formula;
use crate::likelihood::Parameter;

/// Functions of functions.
const DEEPEST: usize = 100;

/// A number that depends on parameters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Quantity {
    Constant(f64),
    /// Index of a parameter.
    Parameter(usize),
    /// A formula of these parameters.
    Formula {
        formula: Formula,
        of: Vec<usize>,
    },
}

impl Quantity {
    /// Parameters on which it depends.
    pub(super) fn parameters(&self) -> &[usize] {
        match self {
            Self::Constant(_) => &[],
            Self::Parameter(index) => std::slice::from_ref(index),
            Self::Formula { of, .. } => of,
        }
    }
}

/// Parameters and choices that several documents share.
#[derive(Default)]
pub(super) struct Known {
    pub(super) parameters: Vec<Parameter>,
    pub(super) choices: Vec<GraphChoice>,
    pub(super) always: Vec<usize>,
}

/// Parameters in order of first use, with what the document says of them.
pub(super) struct Graph<'a> {
    pub(super) document: &'a Document,
    /// Names of the domains that an analysis uses, and of its parameter point.
    domains: Vec<&'a str>,
    init: Option<&'a str>,
    pub(super) parameters: Vec<Parameter>,
    index: BTreeMap<String, usize>,
    functions: BTreeMap<&'a str, Option<Quantity>>,
    /// Functions that are being resolved.
    depth: usize,
    /// Choices between distributions, and parameters on which something beside their functions depends.
    pub(super) choices: Vec<GraphChoice>,
    pub(super) always: Vec<usize>,
    pub(super) problems: Vec<Diagnostic>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(document: &'a Document, domains: Vec<&'a str>, init: Option<&'a str>) -> Self {
        let (index, functions) = (BTreeMap::new(), BTreeMap::new());
        let (choices, always) = (Vec::new(), Vec::new());
        let (parameters, problems) = (Vec::new(), Vec::new());
        Self { document, domains, init, parameters, index, functions, depth: 0, choices, always, problems }
    }

    /// The same with parameters and choices that are known already.
    pub(super) fn with(mut self, known: Known) -> Self {
        let Known { parameters, choices, always } = known;
        self.index = parameters.iter().enumerate().map(|(index, parameter)| (parameter.name.clone(), index)).collect();
        (self.parameters, self.choices, self.always) = (parameters, choices, always);
        self
    }

    /// What another document goes on with.
    pub(super) fn into_known(self) -> Known {
        Known { parameters: self.parameters, choices: self.choices, always: self.always }
    }

    pub(super) fn source(&self) -> &'a Source {
        &self.document.source
    }

    pub(super) fn report(&mut self, code: &str, message: impl Into<String>, span: Span) {
        self.problems.push(Diagnostic::new(code, message).at(self.source(), span));
    }

    /// Index of a parameter that is used already.
    pub(super) fn known(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// What the document says of a name's value: start, bounds, whether it is held.
    pub(super) fn described(&self, name: &str) -> Option<Parameter> {
        let points = &self.document.points;
        let chosen = match self.init {
            Some(init) => points.iter().find(|point| point.name == init),
            None => points.iter().find(|point| point.name == "default_values").or(points.first()),
        };
        // What one point leaves out, another may have.
        let all = chosen.into_iter().chain(points);
        let entry = all.flat_map(|point| &point.parameters).find(|parameter| parameter.name == name);
        let axes = |wanted: bool| {
            let domains = self.document.domains.iter();
            let matching = domains.filter(move |domain| self.domains.contains(&domain.name.as_str()) == wanted);
            matching.flat_map(|domain| &domain.axes).find(|axis| axis.name == name)
        };
        let domain = axes(true).or_else(|| axes(false));
        let entry = entry?;
        let low = domain.map(|axis| axis.low).filter(|low| !low.is_nan()).or(entry.low);
        let high = domain.map(|axis| axis.high).filter(|high| !high.is_nan()).or(entry.high);
        let mut parameter = Parameter::new(name, entry.value);
        parameter = parameter.within(low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
        parameter.fixed = entry.fixed;
        Some(parameter)
    }

    /// The parameter of a name.
    pub(super) fn parameter(&mut self, name: &str, span: Span) -> Option<usize> {
        if let Some(index) = self.known(name) {
            return Some(index);
        }
        let Some(parameter) = self.described(name) else {
            let problem = Diagnostic::new("name", format!("`{name}` has no value in any parameter point"));
            let problem = problem.at(self.source(), span);
            let points = self.document.points.iter().flat_map(|point| &point.parameters).map(|one| one.name.as_str());
            let functions = self.document.functions.iter().map(|function| function.name.as_str());
            self.problems.push(match nearest(name, points.chain(functions)) {
                Some(near) => problem.nearest(near),
                None => problem,
            });
            return None;
        };
        Some(self.add(parameter))
    }

    /// Adds a parameter, which is not there yet.
    pub(super) fn add(&mut self, parameter: Parameter) -> usize {
        let index = self.parameters.len();
        self.index.insert(parameter.name.clone(), index);
        self.parameters.push(parameter);
        index
    }

    /// Forgets the parameters that were added after the first `count`.
    pub(super) fn forget_after(&mut self, count: usize) {
        self.parameters.truncate(count);
        self.index.retain(|_, index| *index < count);
        // What was resolved to them is resolved anew.
        self.functions
            .retain(|_, known| known.as_ref().is_some_and(|quantity| quantity.parameters().iter().all(|index| *index < count)));
        self.always.retain(|index| *index < count);
    }

    /// The number behind an argument.
    pub(super) fn quantity(&mut self, argument: &Argument) -> Option<Quantity> {
        match &argument.value {
            Value::Number(value) => Some(Quantity::Constant(*value)),
            Value::Name(name) => self.named(name, argument.span),
        }
    }

    /// The function or parameter of a name.
    pub(super) fn named(&mut self, name: &str, span: Span) -> Option<Quantity> {
        let document = self.document;
        let Some(function) = document.functions.iter().find(|function| function.name == name) else {
            return self.parameter(name, span).map(Quantity::Parameter);
        };
        if let Some(known) = self.functions.get(name).cloned() {
            if known.is_none() && self.problems.is_empty() {
                self.report("value", format!("function `{name}` depends on itself"), function.span);
            }
            return known;
        }
        if self.depth == DEEPEST {
            self.report("value", format!("functions lie more than {DEEPEST} deep in each other"), function.span);
            return None;
        }
        // Not known while it is resolved: that is how a cycle is found.
        self.functions.insert(&function.name, None);
        self.depth += 1;
        let quantity = self.function(function);
        self.depth -= 1;
        self.functions.insert(&function.name, quantity.clone());
        quantity
    }

    fn function(&mut self, function: &'a Function) -> Option<Quantity> {
        let joined = |count: usize, sign: &str| (0..count).map(|k| format!("@{k}")).collect::<Vec<_>>().join(sign);
        match &function.kind {
            FunctionKind::Expression(text) => {
                let (formula, names) = self.formula(text, |_| false)?;
                let parts: Option<Vec<Quantity>> = names.iter().map(|name| self.named(name, text.node.span)).collect();
                self.composed(&formula, &parts?, function.span)
            }
            FunctionKind::Sum(list) => {
                let parts: Option<Vec<Quantity>> = list.iter().map(|argument| self.quantity(argument)).collect();
                self.composed_of(&if list.is_empty() { "0".into() } else { joined(list.len(), "+") }, parts?, function.span)
            }
            FunctionKind::Product(list) => {
                let parts: Option<Vec<Quantity>> = list.iter().map(|argument| self.quantity(argument)).collect();
                self.composed_of(&if list.is_empty() { "1".into() } else { joined(list.len(), "*") }, parts?, function.span)
            }
            FunctionKind::Polynomial { x, coefficients } => {
                let parts: Option<Vec<Quantity>> =
                    [x].into_iter().chain(coefficients).map(|argument| self.quantity(argument)).collect();
                let text = (1..=coefficients.len()).rev().fold("0".to_owned(), |rest, k| format!("@{k}+@0*({rest})"));
                self.composed_of(&text, parts?, function.span)
            }
            FunctionKind::Interpolation(interpolation) => self.interpolation(interpolation, function),
            FunctionKind::Derivative { of, by, order, step } => self.derivative(of, by, *order, *step, function.span),
            FunctionKind::Resolution { .. } => {
                let message = format!("`{}` is the resolution of decays, and no number", function.name);
                self.report("value", message, function.span);
                None
            }
            FunctionKind::Other { type_name, span } => {
                let problem = Diagnostic::new("value", format!("functions of type `{type_name}` are not known"));
                let problem = problem.at(self.source(), *span);
                self.problems.push(
                    problem
                        .advice("known: derivative, generic_function, interpolation, interpolation0d, polynomial, product, sum"),
                );
                None
            }
        }
    }

    /// A derivative by differences with half and the whole step, of which the first error is taken off (L. F. Richardson), as
    /// ROOT::Math::RichardsonDerivator does.
    fn derivative(&mut self, of: &Argument, by: &Argument, order: i64, step: f64, span: Span) -> Option<Quantity> {
        let function = self.quantity(of)?;
        let Quantity::Parameter(by) = self.quantity(by)? else {
            self.report("value", "the variable of a derivative is a parameter", by.span);
            return None;
        };
        let (formula, parameters) = match function {
            Quantity::Formula { formula, of } => (formula, of),
            Quantity::Parameter(index) => (Formula::variable(0, 1), vec![index]),
            Quantity::Constant(_) => return Some(Quantity::Constant(0.0)),
        };
        let Some(place) = parameters.iter().position(|index| *index == by) else { return Some(Quantity::Constant(0.0)) };
        // Coefficient and shift, in steps, of each value.
        let terms: &[(f64, f64)] = match order {
            1 => &[(-1.0 / 6.0, 1.0), (1.0 / 6.0, -1.0), (4.0 / 3.0, 0.5), (-4.0 / 3.0, -0.5)],
            2 => &[(-1.0 / 3.0, 1.0), (-1.0 / 3.0, -1.0), (-10.0, 0.0), (16.0 / 3.0, 0.5), (16.0 / 3.0, -0.5)],
            _ => &[
                (-1.0 / 6.0, 2.0),
                (1.0 / 6.0, -2.0),
                (17.0 / 3.0, 1.0),
                (-17.0 / 3.0, -1.0),
                (-32.0 / 3.0, 0.5),
                (32.0 / 3.0, -0.5),
            ],
        };
        let count = parameters.len();
        let names: Vec<String> = (0..count).map(|index| format!("argument{index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut shifted = Vec::new();
        for (_, shift) in terms {
            let moved = Formula::read(&format!("argument{place}+({:e})", shift * step), &names).ok()?;
            let all: Vec<Formula> =
                (0..count).map(|k| if k == place { moved.clone() } else { Formula::variable(k, count) }).collect();
            shifted.extend(formula.with(&all).map(|formula| Quantity::Formula { formula, of: parameters.clone() }));
        }
        if shifted.len() < terms.len() {
            self.report("value", "the formula is too long after other functions were put into it", span);
            return None;
        }
        let scale = 1.0 / germane_numerics::maths::powi(step, order as i32);
        let text: Vec<String> = terms.iter().enumerate().map(|(k, (weight, _))| format!("({:e})*@{k}", weight * scale)).collect();
        self.composed_of(&text.join("+"), shifted, span)
    }

    fn interpolation(&mut self, of: &'a Interpolation, function: &'a Function) -> Option<Quantity> {
        let lists = of.parameters.iter().chain(&of.low).chain(&of.high);
        let parts: Option<Vec<Quantity>> = [&of.nominal].into_iter().chain(lists).map(|one| self.quantity(one)).collect();
        let count = of.parameters.len();
        let (mut sum, mut product) = ("@0".to_owned(), String::new());
        for (k, &code) in of.codes.iter().enumerate() {
            let [x, low, high] = [k + 1, k + 1 + count, k + 1 + 2 * count].map(|place| format!("@{place}"));
            let factor = of.factors.then(|| interpolation::factor(&x, &format!("({low}/@0)"), &format!("({high}/@0)"), code));
            match (factor.flatten(), interpolation::change(&x, "@0", &low, &high, code)) {
                (Some(factor), _) => product.push_str(&format!("*{factor}")),
                (None, Some(change)) => sum.push_str(&format!("+{change}")),
                (None, None) => {
                    let message = format!("function `{}`: the interpolation code {code} is not known", function.name);
                    self.report("value", message, function.span);
                    return None;
                }
            }
        }
        let text = format!("({sum}){product}");
        let text = if of.positive { format!("max({text},0)") } else { text };
        self.composed_of(&text, parts?, function.span)
    }

    /// The formula of a text in the names that it uses; `observable` says which names are no parameters. Those come first.
    pub(super) fn formula(&mut self, text: &Text, observable: impl Fn(&str) -> bool) -> Option<(Formula, Vec<String>)> {
        let mut all: Vec<String> = words(&text.text).filter(|word| self.is_known(word)).map(str::to_owned).collect();
        all.sort_by_key(|name| (!observable(name), name.clone()));
        all.dedup();
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        match Formula::read(&text.text, &names) {
            Ok(formula) => {
                let used: Vec<usize> = (0..names.len()).filter(|index| formula.uses(*index)).collect();
                let kept = (0..names.len()).map(|index| used.iter().position(|known| *known == index).unwrap_or(0));
                let count = used.len().max(1);
                let variables: Vec<Formula> = kept.map(|place| Formula::variable(place, count)).collect();
                let compact = if names.is_empty() { Some(formula) } else { formula.with(&variables) };
                Some((compact?, used.into_iter().map(|index| all[index].clone()).collect()))
            }
            Err(_) => {
                // Among all names the nearest right one is found.
                let every = self.names();
                let every: Vec<&str> = every.iter().map(String::as_str).collect();
                let Err(problem) = Formula::read(&text.text, &every) else {
                    self.report("formula", "a name of the formula is not understood", text.node.span);
                    return None;
                };
                let count = |byte: usize| text.text[..byte].chars().count();
                let place = text.node.span_in_text(count(problem.place.start), count(problem.place.end));
                self.problems.push(problem.diagnostic.at(self.source(), place));
                None
            }
        }
    }

    /// Whether a formula may use a name.
    pub(super) fn is_known(&self, name: &str) -> bool {
        let document = self.document;
        document.points.iter().flat_map(|point| &point.parameters).any(|one| one.name == name)
            || document.functions.iter().any(|function| function.name == name)
            || document.data.iter().flat_map(|data| &data.axes).any(|axis| axis.name == name)
            || document.domains.iter().flat_map(|domain| &domain.axes).any(|axis| axis.name == name)
    }

    /// All names that a formula may use.
    fn names(&self) -> Vec<String> {
        let document = self.document;
        let points = document.points.iter().flat_map(|point| &point.parameters).map(|one| one.name.clone());
        let functions = document.functions.iter().map(|function| function.name.clone());
        let axes = document.data.iter().flat_map(|data| &data.axes);
        let domains = document.domains.iter().flat_map(|domain| &domain.axes);
        points.chain(functions).chain(axes.chain(domains).map(|axis| axis.name.clone())).collect()
    }

    /// A formula of `@0`, `@1`, … with quantities in their place.
    pub(super) fn composed_of(&mut self, text: &str, parts: Vec<Quantity>, span: Span) -> Option<Quantity> {
        let names: Vec<String> = (0..parts.len()).map(|index| format!("argument{index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match Formula::read(text, &names) {
            Ok(formula) => self.composed(&formula, &parts, span),
            Err(problem) => {
                // Written here, so that only its length can be wrong.
                self.problems.push(problem.diagnostic.at(self.source(), span));
                None
            }
        }
    }

    /// A formula with quantities in the place of its variables.
    fn composed(&mut self, formula: &Formula, parts: &[Quantity], span: Span) -> Option<Quantity> {
        let mut of: Vec<usize> = Vec::new();
        for part in parts {
            match part {
                Quantity::Constant(_) => {}
                Quantity::Parameter(index) => of.push(*index),
                Quantity::Formula { of: inner, .. } => of.extend(inner),
            }
        }
        of.sort_unstable();
        of.dedup();
        let place = |index: usize| of.iter().position(|known| *known == index).unwrap_or(0);
        let count = of.len();
        let mut formulas = Vec::new();
        for part in parts {
            let formula = match part {
                Quantity::Constant(value) => Some(Formula::number(*value, count)),
                Quantity::Parameter(index) => Some(Formula::variable(place(*index), count)),
                Quantity::Formula { formula, of } => {
                    let variables: Vec<Formula> = of.iter().map(|index| Formula::variable(place(*index), count)).collect();
                    formula.with(&variables)
                }
            };
            formulas.extend(formula);
        }
        let composed = if parts.is_empty() { Some(formula.clone()) } else { formula.with(&formulas) };
        let Some(composed) = composed else {
            self.report("value", "the formula is too long after other functions were put into it", span);
            return None;
        };
        if of.is_empty() {
            let value = composed.value(&[], &mut crate::formula::Stack::default());
            return Some(Quantity::Constant(value));
        }
        Some(Quantity::Formula { formula: composed, of })
    }
}

/// Words of a formula: letters, digits and `_`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}
