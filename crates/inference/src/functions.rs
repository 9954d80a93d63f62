//! Minima over the functions between which a likelihood has a choice.

use germane_models::Likelihood;
use serde::Serialize;

use crate::fit::{Fit, number};
use crate::minimise::defined;
use crate::point::Problem;
use crate::search::{Found, Limits, descend};

/// A combination of functions, one a choice, with its own minimum.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Combination {
    /// Names of the functions.
    pub functions: Vec<String>,
    /// -ln L at its minimum, corrected for the free parameters of the functions.
    #[serde(serialize_with = "number")]
    pub nll: f64,
    /// The same above the lowest one.
    #[serde(serialize_with = "number")]
    pub rise: f64,
    /// What -ln L has for the free parameters.
    #[serde(serialize_with = "number")]
    pub correction: f64,
    /// Whether it is a minimum; else the search ended in none.
    pub minimum: bool,
}

/// What was chosen between functions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chosen {
    /// Names of the choices, which are those of their indices.
    pub choices: Vec<String>,
    /// The functions that give the lowest -ln L, one a choice.
    pub functions: Vec<String>,
    /// All combinations, in the order of their numbers, the last choice running fastest.
    pub combinations: Vec<Combination>,
}

/// Where the search with a combination has ended.
pub(crate) struct Tried {
    pub(crate) x: Vec<f64>,
    pub(crate) nll: f64,
    pub(crate) minimum: bool,
}

impl Tried {
    pub(crate) fn of(fit: &Fit) -> Self {
        Self { x: fit.values(), nll: fit.nll, minimum: fit.is_valid() }
    }
}

impl Found {
    /// What was found with each combination.
    pub(crate) fn tried(&self) -> Vec<Tried> {
        let tried = |one: &Found| Tried { x: one.point.x.clone(), nll: one.point.value, minimum: one.is_minimum() };
        self.combinations.iter().map(tried).collect()
    }
}

impl Chosen {
    /// Of a likelihood with choices, the best point and what was found with all combinations.
    pub(crate) fn of(likelihood: &dyn Likelihood, best: &[f64], tried: &[Tried]) -> Option<Self> {
        let (choices, parameters) = (likelihood.choices()?, likelihood.parameters());
        let names = |x: &[f64]| choices.names(x).into_iter().map(str::to_owned).collect::<Vec<String>>();
        let lowest = tried.iter().map(|one| one.nll).fold(f64::INFINITY, f64::min);
        let combination = |one: &Tried| Combination {
            functions: names(&one.x),
            nll: one.nll,
            rise: one.nll - lowest,
            correction: choices.penalty(&one.x, parameters),
            minimum: one.minimum,
        };
        Some(Self {
            choices: choices.all().iter().map(|choice| parameters[choice.index].name.clone()).collect(),
            functions: names(best),
            combinations: tried.iter().map(combination).collect(),
        })
    }

    /// The combinations whose search ended in no minimum, in words; empty if there are none.
    pub(crate) fn complaint(&self) -> String {
        let without = self.combinations.iter().filter(|one| !one.minimum && one.nll.is_finite());
        let without: Vec<String> = without.map(|one| one.functions.join(", ")).collect();
        if without.is_empty() { String::new() } else { format!("no minimum was found with {}", without.join("; nor with ")) }
    }
}

/// The lowest of the minima of all combinations. Parameters of functions that are not chosen have the values that are best for
/// their own functions, where the next search starts.
pub(crate) fn search(problem: &Problem<'_>, start: &[f64], limits: Limits) -> Found {
    let (likelihood, parameters) = (problem.likelihood, problem.likelihood.parameters());
    let Some(choices) = likelihood.choices() else { return descend(problem, start, limits) };
    let mut combinations: Vec<Found> = Vec::new();
    for point in choices.points(start, parameters) {
        let own = problem.settled(&point);
        combinations.push(descend(&own, &defined(&own, point), limits));
    }
    // What is lower than all minima is shown, also if it is none.
    let height = |found: &Found| if found.point.value.is_nan() { f64::INFINITY } else { found.point.value };
    let order = |a: &&Found, b: &&Found| height(a).total_cmp(&height(b)).then(b.is_minimum().cmp(&a.is_minimum()));
    let lowest = combinations.iter().min_by(order).expect("invariant: there is a combination");
    let mut best = lowest.clone();
    let mut sorted: Vec<&Found> = combinations.iter().collect();
    sorted.sort_by(|a, b| height(a).total_cmp(&height(b)));
    for index in choices.idle(&best.point.x, parameters) {
        let uses = |found: &&&Found| !choices.idle(&found.point.x, parameters).contains(&index);
        if let Some(own) = sorted.iter().find(uses) {
            best.point.x[index] = own.point.x[index];
        }
    }
    best.iterations = combinations.iter().map(|found| found.iterations).sum();
    best.combinations = combinations;
    best
}
