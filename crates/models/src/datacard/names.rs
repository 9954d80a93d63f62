//! Parameters of a card by name, and formulas of them.

use std::collections::{BTreeMap, BTreeSet};

use germane_texts::{Diagnostic, nearest};

use super::CardOptions;
use super::card::{Card, Nuisance, NuisanceKind, Origin, RateValue, Size};
use crate::formula::Formula;
use crate::likelihood::{Constraint, Parameter};

/// Functions of functions are followed so deep.
const DEEPEST: usize = 100;

/// A formula by name: its arguments are parameters or other formulas.
struct Function<'a> {
    formula: Formula,
    arguments: Vec<String>,
    /// Where its arguments stand; nothing for those of the physics model.
    places: Vec<&'a Origin>,
    /// Where it stands first; nothing if that is the physics model.
    origin: Option<&'a Origin>,
}

/// The parameters of a card.
pub(super) struct Names<'a> {
    parameters: Vec<Parameter>,
    index: BTreeMap<String, usize>,
    /// Where each was declared first.
    origins: BTreeMap<String, &'a Origin>,
    functions: BTreeMap<String, Function<'a>>,
    resolved: BTreeMap<String, (Formula, Vec<usize>)>,
    /// Names of formulas that could not be read; what uses them is no further mistake.
    broken: BTreeSet<String>,
}

/// A line that declares a parameter.
struct Declaration<'a> {
    parameter: Parameter,
    origin: &'a Origin,
}

impl<'a> Names<'a> {
    pub(super) fn new(card: &'a Card, options: &CardOptions, problems: &mut Vec<Diagnostic>) -> Self {
        let mut names = Self {
            parameters: Vec::new(),
            index: BTreeMap::new(),
            origins: BTreeMap::new(),
            functions: BTreeMap::new(),
            resolved: BTreeMap::new(),
            broken: BTreeSet::new(),
        };
        for parameter in options.physics.parameters() {
            names.push(parameter.clone());
        }
        for (name, formula, arguments) in options.physics.functions() {
            let function = Function { formula: formula.clone(), arguments: arguments.clone(), places: Vec::new(), origin: None };
            names.functions.insert(name.clone(), function);
        }
        for Declaration { parameter, origin } in declarations(card, problems) {
            names.declare(parameter, origin, problems);
        }
        names.constrain(card, problems);
        // The mass, where a formula asks for it.
        if !names.index.contains_key("MH") {
            let asks = |rate: &super::Rate| matches!(&rate.value, RateValue::Formula { arguments, .. } if arguments.iter().any(|(name, _)| name == "MH"));
            if card.rates.iter().any(asks)
                || names.functions.values().any(|function| function.arguments.iter().any(|name| name == "MH"))
            {
                names.push(Parameter::new("MH", options.mass).fix());
            }
        }
        names.read_functions(card, problems);
        for frozen in &card.frozen {
            if let Some(&index) = names.index.get(frozen) {
                names.parameters[index].fixed = true;
            }
        }
        names
    }

    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// Whether the name is that of a formula that could not be read.
    pub(super) fn is_broken(&self, name: &str) -> bool {
        self.broken.contains(name)
    }

    pub(super) fn start(&self) -> Vec<f64> {
        self.parameters.iter().map(|parameter| parameter.start).collect()
    }

    pub(super) fn into_parameters(self) -> Vec<Parameter> {
        self.parameters
    }

    /// Adds a parameter that no line declares.
    pub(super) fn push(&mut self, parameter: Parameter) -> usize {
        let index = self.parameters.len();
        self.index.insert(parameter.name.clone(), index);
        self.parameters.push(parameter);
        index
    }

    fn declare(&mut self, parameter: Parameter, origin: &'a Origin, problems: &mut Vec<Diagnostic>) {
        let Some(&index) = self.index.get(&parameter.name) else {
            self.origins.insert(parameter.name.clone(), origin);
            self.push(parameter);
            return;
        };
        let known = &self.parameters[index];
        // The range of trG depends on the line; the tightest holds.
        let same = known.constraint == parameter.constraint && known.start == parameter.start;
        if same {
            let (lower, upper) = (known.lower.max(parameter.lower), known.upper.min(parameter.upper));
            (self.parameters[index].lower, self.parameters[index].upper) = (lower, upper);
            return;
        }
        let message = format!("`{}` is declared twice, with different starts or constraints", parameter.name);
        problems.push(two_places(origin.problem("card", message), origin, self.origins.get(&parameter.name).copied()));
    }

    /// Lines `param`: new parameters, or constraints of those that other lines declare.
    fn constrain(&mut self, card: &'a Card, problems: &mut Vec<Diagnostic>) {
        for param in &card.params {
            let (below, above) = param.widths;
            let constraint = if below == above {
                Constraint::Normal { centre: param.mean, width: below }
            } else {
                Constraint::Bifurcated { centre: param.mean, below, above }
            };
            let (low, high) = param.range.unwrap_or((param.mean - 4.0 * below, param.mean + 4.0 * above));
            let parameter = Parameter::new(&param.name, param.mean).within(low, high).constrained(constraint);
            let Some(&index) = self.index.get(&param.name) else {
                self.origins.insert(param.name.clone(), &param.origin);
                self.push(parameter);
                continue;
            };
            match self.parameters[index].constraint {
                None => self.parameters[index] = parameter,
                Some(known) if known == constraint => {}
                Some(_) => {
                    let message = format!("`{}` has another constraint already", param.name);
                    let problem = param.origin.problem("card", message);
                    problems.push(two_places(problem, &param.origin, self.origins.get(&param.name).copied()));
                }
            }
        }
    }

    fn read_functions(&mut self, card: &'a Card, problems: &mut Vec<Diagnostic>) {
        for rate in &card.rates {
            let RateValue::Formula { text, origin, arguments } = &rate.value else { continue };
            if self.index.contains_key(&rate.name) {
                let message = format!("`{}` is a formula here and a parameter elsewhere", rate.name);
                let problem = rate.origin.problem("card", message);
                problems.push(two_places(problem, &rate.origin, self.origins.get(&rate.name).copied()));
                continue;
            }
            let list: Vec<&str> = arguments.iter().map(|(name, _)| name.as_str()).collect();
            match Formula::read(text, &list) {
                Ok(formula) => {
                    let places = arguments.iter().map(|(_, origin)| origin).collect();
                    let arguments: Vec<String> = arguments.iter().map(|(name, _)| name.clone()).collect();
                    match self.functions.get(&rate.name) {
                        // The line is repeated for other channels and processes.
                        Some(first) if first.formula == formula && first.arguments == arguments => {}
                        Some(first) => {
                            let problem = rate.origin.problem("card", format!("`{}` is another formula elsewhere", rate.name));
                            problems.push(two_places(problem, &rate.origin, first.origin));
                        }
                        None => {
                            let function = Function { formula, arguments, places, origin: Some(&rate.origin) };
                            self.functions.insert(rate.name.clone(), function);
                        }
                    }
                }
                Err(error) => {
                    let start = origin.span.start;
                    let span = germane_texts::Span::new(start + error.place.start, start + error.place.end);
                    problems.push(error.diagnostic.at(&origin.source, span));
                    self.broken.insert(rate.name.clone());
                }
            }
        }
    }

    /// The formula of a name in terms of parameters, whose indices follow; nothing if the name is that of a parameter.
    pub(super) fn formula(&mut self, name: &str) -> Result<Option<(Formula, Vec<usize>)>, Diagnostic> {
        if !self.functions.contains_key(name) {
            return Ok(None);
        }
        if let Some(known) = self.resolved.get(name) {
            return Ok(Some(known.clone()));
        }
        let mut used = Vec::new();
        self.used(name, &mut Vec::new(), &mut used)?;
        let formula =
            self.flat(name, &used).ok_or_else(|| Diagnostic::new("formula", format!("the formula `{name}` is too long")))?;
        let found = (formula, used);
        self.resolved.insert(name.to_owned(), found.clone());
        Ok(Some(found))
    }

    /// Parameters that a formula needs, through other formulas.
    fn used(&self, name: &str, way: &mut Vec<String>, found: &mut Vec<usize>) -> Result<(), Diagnostic> {
        way.push(name.to_owned());
        let function = &self.functions[name];
        for (position, argument) in function.arguments.iter().enumerate() {
            let problem = |code: &str, message: String| match function.places.get(position) {
                Some(origin) => origin.problem(code, message),
                None => Diagnostic::new(code, message),
            };
            if let Some(&index) = self.index.get(argument) {
                if !found.contains(&index) {
                    found.push(index);
                }
            } else if way.contains(argument) || way.len() > DEEPEST {
                return Err(problem(
                    "formula",
                    format!("the formula `{argument}` depends on itself: {} → {argument}", way.join(" → ")),
                ));
            } else if self.functions.contains_key(argument) {
                self.used(argument, way, found)?;
            } else if !self.broken.contains(argument) {
                let names = self.index.keys().chain(self.functions.keys()).map(String::as_str);
                let problem = problem("name", format!("no parameter `{argument}`"));
                return Err(match nearest(argument, names) {
                    Some(near) => problem.nearest(near),
                    None => problem.advice(format!("declare it: `{argument} extArg VALUE [LOW,HIGH]`")),
                });
            }
        }
        way.pop();
        Ok(())
    }

    /// The formula with everything put in, as one of the parameters `used`.
    fn flat(&self, name: &str, used: &[usize]) -> Option<Formula> {
        let function = &self.functions[name];
        let part = |argument: &String| match self.index.get(argument) {
            None if self.broken.contains(argument) => None,
            Some(index) => Some(Formula::variable(used.iter().position(|known| known == index)?, used.len())),
            None => self.flat(argument, used),
        };
        let parts: Vec<Formula> = function.arguments.iter().map(part).collect::<Option<_>>()?;
        if parts.is_empty() { Some(function.formula.clone()) } else { function.formula.with(&parts) }
    }
}

fn two_places(problem: Diagnostic, here: &Origin, other: Option<&Origin>) -> Diagnostic {
    match other {
        Some(other) if other.source == here.source => problem.also(other.span, "the first"),
        Some(other) => problem.note(format!("the first is at {}", other.words())),
        None => problem.note("the first is of the physics model"),
    }
}

/// The parameters that lines declare, in the order of the lines.
fn declarations<'a>(card: &'a Card, problems: &mut Vec<Diagnostic>) -> Vec<Declaration<'a>> {
    let mut all = Vec::new();
    for nuisance in &card.nuisances {
        if nuisance.effects.iter().any(Option::is_some) {
            match nuisance_parameter(nuisance) {
                Ok(parameter) => all.push(Declaration { parameter, origin: &nuisance.origin }),
                Err(problem) => problems.push(problem),
            }
        }
    }
    for rate in &card.rates {
        if let RateValue::Free { value, range } = rate.value {
            let (low, high) = range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
            all.push(Declaration { parameter: Parameter::new(&rate.name, value).within(low, high), origin: &rate.origin });
        }
    }
    for extra in &card.extras {
        let (low, high) = extra.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let parameter = Parameter::new(&extra.name, extra.value).within(low, high);
        all.push(Declaration { parameter: if extra.fixed { parameter.fix() } else { parameter }, origin: &extra.origin });
    }
    // Of several cards, one after the other.
    let mut sources: Vec<&str> = Vec::new();
    let place = |declaration: &Declaration<'a>| (declaration.origin.source.name.clone(), declaration.origin.span.start);
    for declaration in &all {
        if !sources.contains(&&*declaration.origin.source.name) {
            sources.push(&declaration.origin.source.name);
        }
    }
    all.sort_by_key(|declaration| {
        let (name, start) = place(declaration);
        (sources.iter().position(|source| **source == *name), start)
    });
    all
}

fn nuisance_parameter(nuisance: &Nuisance) -> Result<Parameter, Diagnostic> {
    let parameter = |start: f64| Parameter::new(&nuisance.name, start);
    let unit = Constraint::Normal { centre: 0.0, width: 1.0 };
    let sizes = || nuisance.effects.iter().flatten().map(|effect| effect.size);
    Ok(match nuisance.kind {
        NuisanceKind::LogNormal | NuisanceKind::Shape { flat: false, .. } => parameter(0.0).within(-7.0, 7.0).constrained(unit),
        NuisanceKind::LogUniform | NuisanceKind::Shape { flat: true, .. } => parameter(0.0).within(-1.0, 1.0),
        NuisanceKind::Uniform(low, high) => parameter(0.5 * (low + high)).within(low, high),
        NuisanceKind::Gaussian => {
            // The factor 1 + vθ stays positive.
            let (mut low, mut high): (f64, f64) = (-7.0, 7.0);
            for size in sizes() {
                let Size::One(width) = size else { continue };
                if width > 0.0 {
                    low = low.max(-1.0 / width);
                } else {
                    high = high.min(-1.0 / width);
                }
            }
            parameter(0.0).within(low, high).constrained(unit)
        }
        NuisanceKind::GammaCount(count) => {
            let start = if count > 0.0 { count } else { 1.0 };
            parameter(start).within(0.0, 10.0 * count + 50.0).constrained(Constraint::Poisson { observed: count, rate: 1.0 })
        }
        NuisanceKind::Gamma => {
            let mut widths = sizes().filter_map(|size| if let Size::One(width) = size { Some(width) } else { None });
            let width = widths.next().unwrap_or(0.0);
            if let Some(other) = widths.find(|other| *other != width) {
                let message = format!("`{}` of type gmM has two widths, {width} and {other}", nuisance.name);
                return Err(nuisance.origin.problem("value", message));
            }
            if !(width < 1.0) {
                let message =
                    format!("`{}` of type gmM has the relative width {width}: such a density has no maximum", nuisance.name);
                return Err(nuisance.origin.problem("value", message).advice("use lnN"));
            }
            // A gamma density of shape 1/v² and scale v² is, in θ, the Poisson probability of 1/v² - 1 events.
            let rate = 1.0 / (width * width);
            let constraint = Constraint::Poisson { observed: rate - 1.0, rate };
            parameter(1.0).within((1.0 - 5.0 * width).max(0.01), 1.0 + 5.0 * width).constrained(constraint)
        }
    })
}
