//! A map and its models → the joint likelihood.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use germane_numerics::dense::Matrix;
use germane_texts::{Diagnostic, Span, nearest};

use super::experiment::AnyExperiment;
use super::joint::{Combination, Group, Part};
use super::map::{Default, Map, Reference};
use crate::joint_normal::{JointNormal, direction};
use crate::likelihood::{Constraint, Parameter};

/// Which correlations are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correlations {
    /// Those of the map.
    Given,
    /// Constrained parameters that the map names together, or calls different by one name, are one parameter each.
    Same,
    /// No constrained parameter is shared.
    Different,
}

/// How parameters of several models belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// They are one.
    Same,
    /// They are one, some with the opposite sign.
    Opposite,
    /// Their constraints are correlated.
    Partial,
}

/// Parameters that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// How.
    pub tie: Tie,
    /// Names in the joint likelihood: one, or those of a partial correlation.
    pub parameters: Vec<String>,
    /// The parameters as the models call them, `A.jes`, with a sign where it is opposite.
    pub members: Vec<String>,
    /// Rows of the correlation matrix of a partial correlation.
    pub correlation: Vec<Vec<f64>>,
}

impl Map {
    /// The joint likelihood of the models, which are in the order of [`Map::models`].
    ///
    /// # Errors
    /// Parameters that do not exist (with the nearest that do), equal names without a rule, ties of parameters whose constraints
    /// differ or that have no value in common, correlations that are not positive definite: all with their places in the map.
    pub fn join(&self, models: &[Arc<dyn AnyExperiment>], which: Correlations) -> Result<Combination, Vec<Diagnostic>> {
        if models.len() != self.models.len() {
            let message = format!("{} models are named, {} given", self.models.len(), models.len());
            return Err(vec![Diagnostic::new("value", message).at(&self.source, self.span)]);
        }
        for ((name, _), model) in self.models.iter().zip(models) {
            let Some(choice) = model.choices().and_then(|choices| choices.all().first()) else { continue };
            let index = &model.parameters()[choice.index].name;
            let message = format!("model `{name}` has a choice between functions (`{index}`), which joint models do not know");
            return Err(vec![Diagnostic::new("value", message).at(&self.source, self.span)]);
        }
        let mut joiner = Joiner::new(self, models);
        joiner.rename();
        if joiner.problems.is_empty() {
            joiner.tie(which);
        }
        if joiner.problems.is_empty() {
            joiner.unmapped();
        }
        if !joiner.problems.is_empty() {
            return Err(joiner.problems);
        }
        joiner.joint()
    }
}

/// Parameters of all models, one after the other, and which of them are one.
struct Joiner<'a> {
    map: &'a Map,
    models: &'a [Arc<dyn AnyExperiment>],
    /// Names after renaming, model by model.
    names: Vec<Vec<String>>,
    /// Number of the first parameter of each model.
    first: Vec<usize>,
    /// Parameter that each is tied to, and the sign of the tie; itself for the first of a tie.
    parent: Vec<(usize, f64)>,
    /// Parameters with a rule, and those that are called different.
    ruled: BTreeSet<usize>,
    different: BTreeSet<usize>,
    /// Correlated pairs with the place of their rule.
    correlated: Vec<(usize, usize, f64, Span)>,
    /// Where ties were asked for.
    places: BTreeMap<usize, Span>,
    problems: Vec<Diagnostic>,
}

impl<'a> Joiner<'a> {
    fn new(map: &'a Map, models: &'a [Arc<dyn AnyExperiment>]) -> Self {
        let names: Vec<Vec<String>> =
            models.iter().map(|model| model.parameters().iter().map(|p| p.name.clone()).collect()).collect();
        let mut first = Vec::with_capacity(models.len());
        let mut count = 0;
        for names in &names {
            first.push(count);
            count += names.len();
        }
        Self {
            map,
            models,
            names,
            first,
            parent: (0..count).map(|index| (index, 1.0)).collect(),
            ruled: BTreeSet::new(),
            different: BTreeSet::new(),
            correlated: Vec::new(),
            places: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    fn report(&mut self, code: &str, message: String, span: Span) {
        self.problems.push(Diagnostic::new(code, message).at(&self.map.source, span));
    }

    /// Model and index of a parameter.
    fn place(&self, id: usize) -> (usize, usize) {
        let model = self.first.partition_point(|first| *first <= id) - 1;
        (model, id - self.first[model])
    }

    fn parameter(&self, id: usize) -> &'a Parameter {
        let (model, index) = self.place(id);
        &self.models[model].parameters()[index]
    }

    /// `A.jes`.
    fn full_name(&self, id: usize) -> String {
        let (model, index) = self.place(id);
        format!("{}.{}", self.map.models[model].0, self.names[model][index])
    }

    /// Parameters of a model that a name means: one, or all entries of a vector.
    fn entries(&self, model: usize, name: &str) -> Vec<usize> {
        let is_entry = |known: &str| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'));
        let names = &self.names[model];
        match names.iter().position(|known| known == name) {
            Some(index) => vec![self.first[model] + index],
            None => (0..names.len()).filter(|index| is_entry(&names[*index])).map(|index| self.first[model] + index).collect(),
        }
    }

    /// What a reference means, model by model.
    fn resolve(&mut self, reference: &Reference) -> Vec<Vec<usize>> {
        let models = match reference.model {
            Some(model) => vec![model],
            None => (0..self.models.len()).collect(),
        };
        let found: Vec<Vec<usize>> =
            models.iter().map(|&model| self.entries(model, &reference.name)).filter(|entries| !entries.is_empty()).collect();
        if found.is_empty() {
            let short = |model: usize| self.map.models[model].0.as_str();
            let what = reference.model.map_or_else(|| "no model".to_owned(), |model| format!("model {}", short(model)));
            let has = if reference.model.is_some() { "has no" } else { "has a" };
            let problem = Diagnostic::new("name", format!("{what} {has} parameter `{}`", reference.name));
            let problem = problem.at(&self.map.source, reference.span);
            let known = models.iter().flat_map(|&model| &self.names[model]).map(String::as_str);
            self.problems.push(match nearest(&reference.name, known) {
                Some(near) => problem.nearest(near),
                None => problem,
            });
        }
        found
    }

    fn rename(&mut self) {
        for (reference, name) in &self.map.renames {
            let Some(model) = reference.model else { continue };
            for id in self.resolve(reference).into_iter().flatten() {
                let index = id - self.first[model];
                let entry = self.names[model][index].strip_prefix(reference.name.as_str()).unwrap_or("").to_owned();
                let renamed = format!("{name}{entry}");
                if self.names[model].contains(&renamed) {
                    self.report("value", format!("model {} has a `{renamed}` already", self.map.models[model].0), reference.span);
                }
                self.names[model][index] = renamed;
            }
        }
    }

    /// The first parameter of a tie and the sign of `id` to it.
    fn root(&self, mut id: usize) -> (usize, f64) {
        let mut sign = 1.0;
        while self.parent[id].0 != id {
            let (parent, tie) = self.parent[id];
            sign *= tie;
            id = parent;
        }
        (id, sign)
    }

    fn unite(&mut self, one: usize, other: usize, sign: f64, span: Span) {
        let ((a, sign_a), (b, sign_b)) = (self.root(one), self.root(other));
        let sign = sign * sign_a * sign_b;
        if a == b {
            if sign < 0.0 {
                let message = format!("{} and {} are tied with both signs", self.full_name(one), self.full_name(other));
                self.report("value", message, span);
            }
            return;
        }
        self.parent[a.max(b)] = (a.min(b), sign);
        self.places.entry(a.max(b)).or_insert(span);
    }

    /// Parameters of each reference of a rule, entry by entry; vectors must have equal lengths.
    fn aligned(&mut self, references: &[Reference], span: Span) -> Vec<Vec<usize>> {
        let found: Vec<Vec<usize>> = references.iter().flat_map(|reference| self.resolve(reference)).collect();
        self.ruled.extend(found.iter().flatten());
        let Some(first) = found.first() else { return Vec::new() };
        if let Some(other) = found.iter().find(|entries| entries.len() != first.len()) {
            let message = format!(
                "{} has {} entries, {} has {}",
                self.full_name(first[0]),
                first.len(),
                self.full_name(other[0]),
                other.len()
            );
            self.report("value", message, span);
            return Vec::new();
        }
        (0..first.len()).map(|entry| found.iter().map(|entries| entries[entry]).collect()).collect()
    }

    fn tie(&mut self, which: Correlations) {
        let map = self.map;
        for group in &map.same {
            let Some(span) = group.first().map(|reference| reference.span) else { continue };
            for ids in self.aligned(group, span) {
                for &id in &ids[1..] {
                    if which != Correlations::Different || self.parameter(id).constraint.is_none() {
                        self.unite(ids[0], id, 1.0, span);
                    }
                }
            }
        }
        for partial in &map.partial {
            for ids in self.aligned(&partial.members, partial.span) {
                self.correlate(&ids, &partial.matrix, which, partial.span);
            }
        }
        for reference in &map.different {
            let found = self.resolve(reference);
            self.ruled.extend(found.iter().flatten());
            self.different.extend(found.iter().flatten());
            if which == Correlations::Same && found.iter().all(|entries| entries.len() == 1) {
                for entries in found.get(1..).unwrap_or_default() {
                    let (one, other) = (found[0][0], entries[0]);
                    let equal = self.parameter(one).constraint == self.parameter(other).constraint;
                    if equal && self.parameter(one).constraint.is_some() {
                        self.unite(one, other, 1.0, reference.span);
                    }
                }
            }
        }
    }

    fn correlate(&mut self, ids: &[usize], matrix: &[Vec<f64>], which: Correlations, span: Span) {
        for (i, &one) in ids.iter().enumerate() {
            for (j, &other) in ids.iter().enumerate().take(i) {
                match (which, matrix[i][j]) {
                    (Correlations::Different, _) => {}
                    (Correlations::Same, _) => self.unite(other, one, 1.0, span),
                    (Correlations::Given, rho) if rho.abs() == 1.0 => self.unite(other, one, rho, span),
                    (Correlations::Given, rho) => self.correlated.push((other, one, rho, span)),
                }
            }
        }
    }

    /// Equal names without a rule: by the default of the map, or a mistake.
    fn unmapped(&mut self) {
        let mut holders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (model, names) in self.names.iter().enumerate() {
            for (index, name) in names.iter().enumerate() {
                holders.entry(name).or_default().push(self.first[model] + index);
            }
        }
        let open = |ids: &[usize]| {
            let without: Vec<usize> = ids.iter().copied().filter(|id| !self.ruled.contains(id)).collect();
            // One that is left when all others are called different has nothing to be equal to.
            let settled = without.len() == 1 && ids.iter().all(|id| self.different.contains(id) || without.contains(id));
            if ids.len() < 2 || settled { Vec::new() } else { without }
        };
        let open: Vec<(String, Vec<usize>)> =
            holders.into_iter().filter(|(_, ids)| !open(ids).is_empty()).map(|(name, ids)| (name.to_owned(), ids)).collect();
        match self.map.default {
            Some(Default::Different) => {}
            Some(Default::Same) => {
                for (_, ids) in open {
                    for &id in &ids[1..] {
                        self.unite(ids[0], id, 1.0, self.map.span);
                    }
                }
            }
            None if open.is_empty() => {}
            None => {
                let mut names: Vec<&str> = open.iter().map(|(name, _)| name.split('[').next().unwrap_or(name)).collect();
                names.dedup();
                let count = names.len();
                let listed: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
                let more = if count > 8 { format!(", … ({count} in all)") } else { String::new() };
                let message =
                    format!("several models have {}{more}, and no rule says whether they are the same", listed.join(", "));
                let problem = Diagnostic::new("unmapped", message).at(&self.map.source, self.map.span);
                let advice = "add them to `same`, `different` or `partial`, or write `default: same` or `default: different`";
                self.problems.push(problem.advice(advice));
            }
        }
    }

    fn joint(mut self) -> Result<Combination, Vec<Diagnostic>> {
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut members: Vec<Vec<(usize, f64)>> = Vec::new();
        let mut taken = BTreeSet::new();
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        let mut surplus = Vec::new();
        let mut parts: Vec<Part> = Vec::new();
        for (model, likelihood) in self.models.iter().enumerate() {
            let mut places = Vec::new();
            for index in 0..likelihood.parameters().len() {
                let id = self.first[model] + index;
                let (root, sign) = self.root(id);
                let number = *numbers.entry(root).or_insert_with(|| {
                    let mut name = self.names[model][index].clone();
                    while !taken.insert(name.clone()) {
                        name = format!("{name}@{}", self.map.models[model].0);
                    }
                    parameters.push(Parameter { name, ..self.parameter(id).clone() });
                    members.push(Vec::new());
                    parameters.len() - 1
                });
                if !members[number].is_empty() {
                    match narrowed(&parameters[number], self.parameter(id), sign) {
                        Ok(both) => parameters[number] = both,
                        Err(why) => {
                            let span = self.places.get(&id).copied().unwrap_or(self.map.span);
                            let message = format!("{} cannot be {}: {why}", self.full_name(id), parameters[number].name);
                            self.report("value", message, span);
                        }
                    }
                    surplus.extend(parameters[number].constraint.map(|constraint| (number, constraint, 1.0)));
                }
                members[number].push((id, sign));
                places.push((number, sign));
            }
            let (name, likelihood) = (self.map.models[model].0.clone(), Arc::clone(likelihood));
            parts.push(Part { name, likelihood, places });
        }
        let mut shared = Vec::new();
        for (parameter, members) in parameters.iter().zip(&members).filter(|(_, members)| members.len() > 1) {
            let named = |(id, sign): &(usize, f64)| format!("{}{}", if *sign < 0.0 { "−" } else { "" }, self.full_name(*id));
            shared.push(Shared {
                tie: if members.iter().any(|(_, sign)| *sign < 0.0) { Tie::Opposite } else { Tie::Same },
                parameters: vec![parameter.name.clone()],
                members: members.iter().map(named).collect(),
                correlation: Vec::new(),
            });
        }
        let groups = self.groups(&parameters, &members, &numbers, &mut shared);
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        Ok(Combination { parameters, parts, surplus, groups, shared })
    }

    /// Correlated parameters, put together into groups that have nothing to do with each other.
    fn groups(
        &mut self,
        parameters: &[Parameter],
        tied: &[Vec<(usize, f64)>],
        numbers: &BTreeMap<usize, usize>,
        shared: &mut Vec<Shared>,
    ) -> Vec<Group> {
        let mut rules: BTreeMap<(usize, usize), (f64, Span)> = BTreeMap::new();
        for (one, other, rho, span) in std::mem::take(&mut self.correlated) {
            let ((a, sign_a), (b, sign_b)) = (self.root(one), self.root(other));
            let (a, b, rho) = (numbers[&a], numbers[&b], rho * sign_a * sign_b);
            let key = (a.min(b), a.max(b));
            let known = rules.insert(key, (rho, span));
            if a == b || known.is_some_and(|(known, _)| known != rho) {
                let message = format!("{} and {} have another rule, too", self.full_name(one), self.full_name(other));
                self.report("value", message, span);
            }
        }
        let mut groups = Vec::new();
        while let Some((&(first, _), &(_, span))) = rules.first_key_value() {
            let mut inside = BTreeSet::from([first]);
            loop {
                let before = inside.len();
                for (a, b) in rules.keys() {
                    if inside.contains(a) || inside.contains(b) {
                        inside.extend([*a, *b]);
                    }
                }
                if inside.len() == before {
                    break;
                }
            }
            let ids: Vec<usize> = inside.iter().copied().collect();
            let mut matrix = Matrix::identity(ids.len());
            let place = |id: usize| ids.iter().position(|known| *known == id).unwrap_or_default();
            rules.retain(|(a, b), (rho, _)| {
                let mine = inside.contains(a);
                if mine {
                    let (i, j) = (place(*a), place(*b));
                    (matrix[(i, j)], matrix[(j, i)]) = (*rho, *rho);
                }
                !mine
            });
            groups.extend(self.group(parameters, &ids, &matrix, span));
            shared.push(Shared {
                tie: Tie::Partial,
                parameters: ids.iter().map(|id| parameters[*id].name.clone()).collect(),
                members: ids.iter().flat_map(|id| &tied[*id]).map(|(id, _)| self.full_name(*id)).collect(),
                correlation: (0..ids.len()).map(|row| matrix.row(row).to_vec()).collect(),
            });
        }
        groups
    }

    fn group(&mut self, parameters: &[Parameter], ids: &[usize], matrix: &Matrix, span: Span) -> Option<Group> {
        let mut members = Vec::new();
        for &id in ids {
            match parameters[id].constraint {
                Some(Constraint::Normal { centre, width }) => members.push((id, centre, width)),
                _ => {
                    let message = format!("{} has no normal constraint that could be correlated", parameters[id].name);
                    self.report("value", message, span);
                    return None;
                }
            }
        }
        match JointNormal::new(matrix) {
            Ok(density) => Some(Group { members, density }),
            Err(null) => {
                let names: Vec<String> = ids.iter().map(|id| parameters[*id].name.clone()).collect();
                let null: Vec<String> = null.iter().map(|components| direction(&names, components)).collect();
                self.report("value", format!("these correlations leave no variance to {}", null.join("; nor to ")), span);
                None
            }
        }
    }
}

/// A parameter that is two: the bounds of both.
fn narrowed(one: &Parameter, other: &Parameter, sign: f64) -> Result<Parameter, String> {
    let constraint = match (other.constraint, sign < 0.0) {
        (Some(Constraint::Normal { centre, width }), true) => Some(Constraint::Normal { centre: -centre, width }),
        (Some(Constraint::Bifurcated { centre, below, above }), true) => {
            Some(Constraint::Bifurcated { centre: -centre, below: above, above: below })
        }
        (Some(Constraint::Poisson { .. }), true) => return Err("a Poisson constraint has no opposite".to_owned()),
        (Some(Constraint::LogNormal { .. }), true) => return Err("a log-normal constraint has no opposite".to_owned()),
        (constraint, _) => constraint,
    };
    // -0 is 0.
    if one.constraint != constraint {
        let words = |constraint: Option<Constraint>| match constraint {
            None => "no constraint".to_owned(),
            Some(Constraint::Normal { centre, width }) => format!("a normal constraint {centre} ± {width}"),
            Some(Constraint::Poisson { observed, rate }) => format!("a Poisson constraint {observed} at rate {rate}"),
            Some(Constraint::LogNormal { centre, width }) => format!("a log-normal constraint {centre} ± {width}"),
            Some(Constraint::Bifurcated { centre, below, above }) => {
                format!("two halves of normal constraints {centre} - {below} + {above}")
            }
        };
        return Err(format!("it has {}, not {}", words(constraint), words(one.constraint)));
    }
    if one.fixed != other.fixed || (one.fixed && one.start != sign * other.start) {
        return Err("one of them is fixed".to_owned());
    }
    let (low, high) = if sign < 0.0 { (-other.upper, -other.lower) } else { (other.lower, other.upper) };
    let (lower, upper) = (one.lower.max(low), one.upper.min(high));
    if lower > upper {
        return Err(format!("their ranges [{}, {}] and [{low}, {high}] have nothing in common", one.lower, one.upper));
    }
    let start = if one.fixed { one.start } else { one.start.clamp(lower, upper) };
    Ok(Parameter { start, lower, upper, ..one.clone() })
}
