//! Posteriors with priors that are flat within the bounds (constraints are part of the likelihood): draws by the no-U-turn
//! sampler, and nested sampling for the evidence and for several modes.

mod chain;
mod diagnostics;
mod logarithms;
mod nested;
mod nuts;
mod posterior;
mod unbounded;
mod warmup;

use std::sync::OnceLock;

use germane_models::{Hessian, Likelihood};
use germane_numerics::{Executor, maths};

use crate::minimum::{NoResult, minimum};
use crate::point::Problem;
use crate::search::Limits;
use chain::{Chain, Metric};
pub use diagnostics::{effective_draws, r_hat};
use logarithms::ln_add;
use nested::{Cube, NestedRun};
pub use posterior::{Marginal, Posterior, QUANTILES};
use unbounded::Unbounded;

/// How draws are made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SampleOptions {
    /// Chains, or runs of nested sampling.
    pub chains: usize,
    /// Draws of each chain after the warm-up.
    pub draws: usize,
    /// Draws of each chain that are thrown away, from which it learns its step and widths.
    pub warmup: usize,
    /// Part of the steps of the trajectories that is to be accepted; nearer to 1 is slower and safer.
    pub acceptance: f64,
    /// Steps are shortened at random, down to this part of the one that was found, evenly in their logarithm; 1 leaves them.
    /// Narrow parts of a posterior are only reached by short steps.
    pub shortest: f64,
    /// Whether the first widths come from the second derivatives at the mode of the posterior. Where the mode says nothing of the
    /// rest (a funnel), chains that begin around the starting values and learn everything do better.
    pub from_mode: bool,
    /// Live points of each run of nested sampling.
    pub points: usize,
    /// Seed.
    pub seed: u64,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self { chains: 4, draws: 1000, warmup: 1000, acceptance: 0.8, shortest: 1.0, from_mode: true, points: 400, seed: 0 }
    }
}

impl SampleOptions {
    /// Says what cannot be, with the names of the settings.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn check(&self) -> Result<(), String> {
        let part = |value: f64| value > 0.0 && value < 1.0;
        if self.chains == 0 || self.draws < 4 || self.points < 2 {
            let asked = [self.chains, self.draws, self.points];
            return Err(format!("{asked:?} chains, draws and points: at least [1, 4, 2] are needed"));
        }
        if !part(self.acceptance) {
            return Err(format!("{} is no part of the steps: acceptance lies between 0 and 1, as 0.9", self.acceptance));
        }
        if !part(self.shortest) && self.shortest != 1.0 {
            return Err(format!("{} is no part of a step: shortest lies above 0 and is at most 1, as 0.05", self.shortest));
        }
        Ok(())
    }
}

/// Chains that do not agree better than this are not trusted.
const AGREE: f64 = 1.05;

/// Most parameters that are sampled.
const MOST: usize = 3000;

/// Draws of the posterior by the no-U-turn sampler, the same for any number of threads.
///
/// ```
/// use germane_inference::sampling::{SampleOptions, sample};
/// use germane_models::Experiment;
/// use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
/// use germane_numerics::Inline;
/// let signal = Sample::new("signal", vec![2.0]).with(Modifier::norm_factor("mu"));
/// let workspace = Workspace::new()
///     .channel(Channel::new("SR").sample(signal), vec![9.0])
///     .measurement(Measurement::new("main", Some("mu")));
/// let model = workspace.model(None).unwrap().within(0, 0.0, 100.0);
/// let posterior = sample(&model, &SampleOptions::default(), &Inline).unwrap();
/// // A gamma density of shape 10 and rate 2.
/// let mu = posterior.parameter("mu").unwrap();
/// assert!(posterior.valid && (mu.mean - 5.0).abs() < 5.0 * mu.mean_error);
/// ```
///
/// # Errors
/// If the posterior has no mode at which its second derivatives are positive (with `from_mode`), is not defined around its start,
/// or has too many parameters.
pub fn sample(likelihood: &dyn Likelihood, options: &SampleOptions, executor: &dyn Executor) -> Result<Posterior, NoResult> {
    one_function(likelihood)?;
    let target = Unbounded::new(likelihood);
    let size = target.moving.len();
    if size > MOST || size == 0 {
        return Err(NoResult(format!("{size} free parameters; between 1 and {MOST} can be sampled")));
    }
    let start: Vec<f64> = target.parameters().iter().map(|coordinate| coordinate.start).collect();
    let metric = if options.from_mode { mode(&target, &start)? } else { Metric::unit(start) };
    let done: Vec<OnceLock<Result<Chain, String>>> = (0..options.chains).map(|_| OnceLock::new()).collect();
    executor.run(done.len(), &|number| {
        let _ = done[number].set(chain::run(&target, &metric, number as u32, options));
    });
    let chains = done.into_iter().filter_map(OnceLock::into_inner).collect::<Result<Vec<_>, _>>().map_err(NoResult)?;
    Ok(summary(likelihood, &target, chains, options))
}

/// A choice between functions has no prior.
fn one_function(likelihood: &dyn Likelihood) -> Result<(), NoResult> {
    let Some(choice) = likelihood.choices().and_then(|choices| choices.all().first()) else { return Ok(()) };
    let index = &likelihood.parameters()[choice.index].name;
    Err(NoResult(format!("a posterior over the functions of {index} needs a prior for them: sample a model with one function")))
}

/// The metric of the second derivatives at the mode.
fn mode(target: &Unbounded<'_>, start: &[f64]) -> Result<Metric, NoResult> {
    let problem = Problem::new(target);
    let point = minimum(&problem, start, Limits { iterations: 300, edm: 1e-8 })?;
    let Hessian::Dense(hessian) = &point.hessian else { unreachable!("invariant: coordinates have dense second derivatives") };
    let none = || NoResult("the second derivatives at the mode of the posterior are not positive definite".to_owned());
    Metric::of(point.x.clone(), hessian).ok_or_else(none)
}

fn summary(likelihood: &dyn Likelihood, target: &Unbounded<'_>, chains: Vec<Chain>, options: &SampleOptions) -> Posterior {
    let of = |(place, &index): (usize, &usize)| {
        let values: Vec<Vec<f64>> = chains.iter().map(|chain| chain.draws.iter().map(|draw| draw[place]).collect()).collect();
        posterior::of_chains(&likelihood.parameters()[index], &values)
    };
    let parameters: Vec<Marginal> = target.moving.iter().enumerate().map(of).collect();
    let divergences: usize = chains.iter().map(|chain| chain.divergences).sum();
    let apart = parameters.iter().filter(|marginal| !marginal.r_hat.is_some_and(|r_hat| r_hat < AGREE));
    let apart: Vec<&str> = apart.map(|marginal| marginal.name.as_str()).collect();
    let mut reasons = Vec::new();
    if !apart.is_empty() {
        let more = if apart.len() > 5 { " …" } else { "" };
        let first: Vec<&str> = apart.iter().take(5).copied().collect();
        reasons.push(format!("chains do not agree on {}{more}", first.join(", ")));
    }
    // One in a hundred of divergent trajectories shows that a part of the posterior is not reached.
    if 100 * divergences > options.chains * options.draws {
        reasons.push(format!("{divergences} trajectories diverged: ask for a higher acceptance or shorter steps"));
    }
    Posterior {
        germane_sample: 1,
        method: "nuts",
        valid: reasons.is_empty(),
        reason: reasons.join("; "),
        parameters,
        ln_evidence: None,
        chains: options.chains,
        draws: options.draws,
        divergences,
        evaluations: chains.iter().map(|chain| chain.evaluations).sum(),
        seed: options.seed,
        values: chains.into_iter().map(|chain| chain.draws).collect(),
        weights: None,
    }
}

/// The evidence and weighted draws by nested sampling, the same for any number of threads. Every free parameter needs two bounds.
///
/// The error of ln Z is √(H/N) for N live points of all runs, with the information H.
///
/// # Errors
/// If a parameter has no two bounds, or the likelihood is defined almost nowhere.
pub fn nested_sample(
    likelihood: &dyn Likelihood,
    options: &SampleOptions,
    executor: &dyn Executor,
) -> Result<Posterior, NoResult> {
    one_function(likelihood)?;
    let cube = Cube::new(likelihood).map_err(NoResult)?;
    if cube.moving.is_empty() || options.points < 2 || options.chains == 0 {
        return Err(NoResult("nested sampling needs a free parameter and two live points".to_owned()));
    }
    let done: Vec<OnceLock<Result<NestedRun, String>>> = (0..options.chains).map(|_| OnceLock::new()).collect();
    executor.run(done.len(), &|number| {
        let _ = done[number].set(nested::run(&cube, options.points, options.seed, number as u32));
    });
    let runs = done.into_iter().filter_map(OnceLock::into_inner).collect::<Result<Vec<_>, _>>().map_err(NoResult)?;
    let count = runs.len() as f64;
    let total = runs.iter().map(|run| run.ln_evidence).fold(f64::NEG_INFINITY, ln_add);
    let information = runs.iter().map(|run| run.information).sum::<f64>() / count;
    let error = (information.max(0.0) / (options.points as f64 * count)).sqrt();
    // The points of a run weigh as much as its evidence.
    let logarithms: Vec<f64> = runs.iter().flat_map(|run| run.dead.iter().map(|point| point.ln_weight)).collect();
    let flat = posterior::normalised(&logarithms);
    let mut rest = flat.as_slice();
    let mut weights = Vec::new();
    for run in &runs {
        let (own, others) = rest.split_at(run.dead.len());
        weights.push(own.to_vec());
        rest = others;
    }
    let values: Vec<Vec<Vec<f64>>> =
        runs.iter().map(|run| run.dead.iter().map(|point| cube.values(&point.u)).collect()).collect();
    let of = |(place, &index): (usize, &usize)| {
        let all = values.iter().flatten().map(|draw| draw[place]).zip(flat.iter().copied());
        posterior::of_weights(&likelihood.parameters()[index], all.collect())
    };
    Ok(Posterior {
        germane_sample: 1,
        method: "nested",
        valid: true,
        reason: String::new(),
        parameters: cube.moving.iter().enumerate().map(of).collect(),
        ln_evidence: Some([total - maths::ln(count), error]),
        chains: runs.len(),
        draws: flat.len(),
        divergences: 0,
        evaluations: runs.iter().map(|run| run.evaluations).sum(),
        seed: options.seed,
        values,
        weights: Some(weights),
    })
}
