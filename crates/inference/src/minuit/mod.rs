//! MIGRAD, HESSE and MINOS as Minuit does them, for people who need those numbers: its coordinates, its steps, its rule for the
//! end and its flags. [`crate::minimise`] is nearer to the minimum and says more.
//!
//! Sources: F. James and M. Roos, Comput. Phys. Commun. 10 (1975) 343; F. James, MINUIT reference manual (CERN D506); the
//! reference guide of Minuit2; settings and flags are those of iminuit.

mod coordinates;
mod gradient;
mod hesse;
mod line;
mod matrix;
mod migrad;
mod minos;
mod objective;
mod precision;
mod report;
mod state;
mod strategy;

use germane_models::Likelihood;

use crate::fit::Fit;
use crate::functions::{Chosen, Tried};
use crate::minimise::{self, Minos};
use crate::point::Problem;
use coordinates::Coordinates;
use migrad::{Minimum, migrad};
use objective::{Objective, UP};
pub use report::{MinosInterval, Report};
use state::State;
pub use strategy::Strategy;

/// Where the first derivatives come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Slopes {
    /// Differences of -ln L, as without a gradient in Minuit.
    #[default]
    Numerical,
    /// The exact gradient, as with one (`grad` of iminuit).
    Exact,
}

/// How Minuit is run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// How much work is done.
    pub strategy: Strategy,
    /// MIGRAD ends where the estimated distance to the minimum is below 0.002 · `tolerance` · 0.5.
    pub tolerance: f64,
    /// About how often -ln L may be evaluated by MIGRAD; for n parameters 200 + 100 n + 5 n² if not given.
    pub calls: Option<usize>,
    /// Where the first derivatives come from.
    pub slopes: Slopes,
    /// Where it starts, instead of the starting values of the parameters.
    pub start: Option<Vec<f64>>,
    /// Whether HESSE follows.
    pub hesse: bool,
    /// Parameters for which MINOS follows.
    pub minos: Minos,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            strategy: Strategy::Default,
            tolerance: 0.1,
            calls: None,
            slopes: Slopes::Numerical,
            start: None,
            hesse: true,
            minos: Minos::None,
        }
    }
}

impl Settings {
    /// The distance at which MIGRAD ends.
    fn goal(&self) -> f64 {
        0.002 * (self.tolerance * UP).max(precision::EPS2)
    }
}

/// How often MIGRAD is begun again from where it ended without a minimum.
const AGAIN: usize = 5;

/// Calls that are allowed for so many parameters.
fn call_limit(parameters: usize) -> usize {
    200 + 100 * parameters + 5 * parameters * parameters
}

/// MIGRAD, then HESSE and MINOS as the settings say. The document of the fit has a part `minuit` with the flags.
///
/// A search that ends without a valid minimum is begun again where it ended, at most five times (iminuit puts SIMPLEX in
/// between, this does not).
///
/// ```
/// use germane_inference::minuit::{Settings, minuit};
/// use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
/// let signal = Sample::new("signal", vec![10.0]).with(Modifier::norm_factor("mu"));
/// let workspace = Workspace::new()
///     .channel(Channel::new("SR").sample(signal).sample(Sample::new("background", vec![50.0])), vec![75.0])
///     .measurement(Measurement::new("main", Some("mu")));
/// let fit = minuit(&workspace.model(None).unwrap(), &Settings::default());
/// let flags = fit.minuit.as_ref().unwrap();
/// assert!(flags.is_valid && flags.has_accurate_covar && !flags.has_parameters_at_limit);
/// // 50 + 10 mu = 75: within the tolerance of MIGRAD, with the error sqrt(75)/10.
/// let mu = fit.parameter("mu").unwrap();
/// assert!((mu.value - 2.5).abs() < 0.01 && (mu.error.unwrap() - 75f64.sqrt() / 10.0).abs() < 0.01);
/// ```
pub fn minuit(likelihood: &dyn Likelihood, settings: &Settings) -> Fit {
    let problem = Problem::new(likelihood);
    let options = minimise::Options { start: settings.start.clone(), ..minimise::Options::default() };
    let start = minimise::start(likelihood.parameters(), &options);
    let Some(choices) = likelihood.choices() else { return one(&problem, start, settings) };
    let points = choices.points(&start, likelihood.parameters());
    let tried = points.into_iter().map(|point| one(&problem.settled(&point), point, settings));
    let fits: Vec<Fit> = tried.filter(|fit| fit.minuit.is_some()).collect();
    let Some(lowest) = fits.iter().min_by(|a, b| a.nll.total_cmp(&b.nll)).cloned() else {
        return report::undefined(&problem, &start);
    };
    let chosen = Chosen::of(likelihood, &lowest.values(), &fits.iter().map(Tried::of).collect::<Vec<_>>());
    Fit { chosen, ..lowest }
}

/// The same with the functions, if there is a choice, that `start` has.
fn one(problem: &Problem<'_>, start: Vec<f64>, settings: &Settings) -> Fit {
    let likelihood = problem.likelihood;
    let start = minimise::defined(problem, start);
    let coordinates = Coordinates::new(likelihood.parameters(), problem.moving.clone(), start.clone());
    let objective = Objective::new(likelihood, coordinates);
    if !likelihood.nll(&start).is_finite() {
        return report::undefined(problem, &start);
    }
    let how = (settings.strategy, settings.slopes);
    let limit = settings.calls.unwrap_or_else(|| call_limit(problem.moving.len()));
    // Steps of one hundredth of a value, or 0.1, are what iminuit takes for the errors before anything is known.
    let guess = |&index: &usize| if start[index] == 0.0 { 0.1 } else { 0.01 * start[index].abs() };
    let mut errors: Vec<f64> = problem.moving.iter().map(guess).collect();
    let mut u = objective.coordinates.of(&start);
    let mut iterations = 0;
    let mut again = 0;
    let mut minimum: Minimum = loop {
        let seed = State::seed(&objective, u, &errors, how);
        let found = migrad(&objective, seed, how, settings.goal(), objective.calls() + limit);
        iterations += found.iterations;
        again += 1;
        if found.is_valid() || found.reached_call_limit || again == AGAIN {
            break Minimum { iterations, ..found };
        }
        errors = found.state.errors(&objective.coordinates);
        u = found.state.u;
    };
    if settings.hesse && !problem.moving.is_empty() {
        minimum.state = hesse::hesse(&objective, &minimum.state, settings.strategy, 0);
    }
    let mut intervals = Vec::new();
    let mut calls = objective.calls();
    for (place, &index) in problem.moving.iter().enumerate() {
        let name = &problem.parameter(index).name;
        let wanted = match &settings.minos {
            Minos::None => false,
            Minos::All => true,
            Minos::Named(names) => names.contains(name),
        };
        if wanted {
            let ends = [-1.0, 1.0].map(|side| minos::end(&objective, &minimum.state, place, side, settings));
            calls += ends[0].1 + ends[1].1;
            intervals.push((index, ends.map(|(end, _)| end)));
        }
    }
    report::document(problem, &objective.coordinates, &minimum, &start, report::Extras { intervals, calls, limit, settings })
}
