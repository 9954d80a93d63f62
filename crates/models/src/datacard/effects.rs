//! Nuisances of a column → what they do to its normalisation and to its fractions.

use germane_numerics::maths;
use germane_texts::Diagnostic;

use super::card::{Nuisance, NuisanceKind, Origin, Size};
use super::compile::Compiler;
use super::names::Names;
use crate::histfactory::card::{CardFactor, Morph, MorphChange, Power, ProcessPlan};
use crate::histfactory::compile::local;

/// An effect of templates on the normalisation below this is dropped, as combine does: published results contain it.
const NORMALISATION_DROPPED: f64 = 1e-3;

impl Compiler<'_> {
    /// The nuisances of a column whose histogram has this integral, and these fractions of it in its bins.
    pub(super) fn nuisances(
        &mut self,
        column: usize,
        bins: usize,
        integral: Option<f64>,
        fractions: &[f64],
        plan: &mut ProcessPlan,
        scalars: &mut Vec<usize>,
    ) {
        let process = &self.card.processes[column];
        let channel = &self.card.channels[process.channel];
        let name = self.card.column(column);
        let mut region: f64 = 1.0;
        let mut changes = Vec::new();
        let mut morphs: Option<(bool, &Origin)> = None;
        let mut counted: Option<&Nuisance> = None;
        for nuisance in &self.card.nuisances {
            let Some(effect) = &nuisance.effects[column] else { continue };
            let Some(parameter) = self.names.index(&nuisance.name) else { continue };
            let power = |plan: &mut ProcessPlan, scalars: &mut Vec<usize>, low: f64, high: f64, scale: f64| {
                let place = Norm { plan, scalars }.place(parameter);
                let (ln_low, ln_high) = (scale * maths::ln(low), scale * maths::ln(high));
                plan.powers.push(Power { place, parameter, ln_low, ln_high });
            };
            match (&nuisance.kind, effect.size) {
                (NuisanceKind::LogNormal | NuisanceKind::LogUniform, Size::One(k)) => power(plan, scalars, 1.0 / k, k, 1.0),
                (NuisanceKind::LogNormal | NuisanceKind::LogUniform, Size::Two(low, high)) => {
                    power(plan, scalars, low, high, 1.0);
                }
                (NuisanceKind::GammaCount(count), Size::One(alpha)) => {
                    let rate = plan.rate;
                    if let Some(other) = counted.replace(nuisance) {
                        let message = format!("{name} is proportional to two counts, `{}` and `{}`", other.name, nuisance.name);
                        self.report(nuisance.origin.problem("card", message));
                        continue;
                    }
                    if (alpha * count - rate).abs() > (0.05 * rate.max(1.0)).max(alpha) {
                        let message = format!("{count} events times {alpha} are not the rate {rate} of {name}");
                        let problem = nuisance.origin.problem("value", message);
                        self.report(problem.advice("the value of gmN is the rate of one event"));
                        continue;
                    }
                    plan.rate = alpha;
                    let place = Norm { plan, scalars }.place(parameter);
                    plan.factors.push(CardFactor::Linear { place, parameter, constant: 0.0, slope: 1.0 });
                }
                (NuisanceKind::Gamma, _) => {
                    let place = Norm { plan, scalars }.place(parameter);
                    plan.factors.push(CardFactor::Linear { place, parameter, constant: 0.0, slope: 1.0 });
                }
                (NuisanceKind::Gaussian | NuisanceKind::Uniform(..), Size::One(slope)) => {
                    let place = Norm { plan, scalars }.place(parameter);
                    plan.factors.push(CardFactor::Linear { place, parameter, constant: 1.0, slope });
                }
                (NuisanceKind::Shape { log, optional, .. }, size) => {
                    let base = effect.template.as_deref().unwrap_or(&nuisance.name);
                    let varied = |side: &str| {
                        self.templates.varied(&process.name, &channel.name, &format!("{base}{side}"), &nuisance.origin)
                    };
                    let found = match integral {
                        Some(_) => [varied("Up"), varied("Down")],
                        None => {
                            let message = format!("{name} has no histogram that `{}` could move", nuisance.name);
                            let problem = nuisance.origin.problem("name", message);
                            [Err(problem.clone()), Err(problem)]
                        }
                    };
                    let absent = found.iter().any(|side| side.as_ref().is_err_and(|problem| problem.code == "name"));
                    if *optional && absent {
                        match size {
                            Size::One(k) => power(plan, scalars, 1.0 / k, k, 1.0),
                            Size::Two(low, high) => power(plan, scalars, low, high, 1.0),
                        }
                        continue;
                    }
                    let [up, down] = found;
                    let (Some(up), Some(down)) = (self.kept(up), self.kept(down)) else { continue };
                    let Size::One(scale) = size else {
                        let message = format!("`{}` has templates for {name}, and two values", nuisance.name);
                        self.report(nuisance.origin.problem("value", message).advice("write the scale of the parameter, 1"));
                        continue;
                    };
                    if let Some((other, origin)) = morphs.replace((*log, &nuisance.origin))
                        && other != *log
                    {
                        let problem = nuisance.origin.problem("card", format!("{name} has nuisances of types shape and shapeN"));
                        self.report(if origin.source == nuisance.origin.source {
                            problem.also(origin.span, "the other")
                        } else {
                            problem
                        });
                        continue;
                    }
                    let what = |side: &str| format!("the histogram `{base}{side}` of {name}");
                    let sides = [(up, "Up"), (down, "Down")].map(|(side, word)| {
                        let (contents, sum) = self.contents(&side, bins, &what(word), &nuisance.origin)?;
                        if !(sum > 0.0) {
                            self.report(nuisance.origin.problem("value", format!("the integral of {} is {sum}", what(word))));
                            return None;
                        }
                        Some((contents, sum))
                    });
                    let [Some((up, up_sum)), Some((down, down_sum))] = sides else { continue };
                    let integral = integral.unwrap_or(1.0);
                    let (high, low) = (up_sum / integral, down_sum / integral);
                    let absolute = channel.statistics.is_some_and(|statistics| statistics.absolute);
                    let dropped = (high - 1.0).abs() < NORMALISATION_DROPPED && (low - 1.0).abs() < NORMALISATION_DROPPED;
                    if !(absolute || dropped) {
                        power(plan, scalars, low, high, scale);
                    }
                    region = region.min(scale);
                    let template = self.pool.len();
                    // In logarithms a change of the integral is divided out again, in combine, too.
                    let (up_sum, down_sum) = if absolute && !*log { (integral, integral) } else { (up_sum, down_sum) };
                    let change = |sum: f64, content: f64, nominal: f64| match (log, content / sum, nominal) {
                        (false, fraction, nominal) => fraction - nominal,
                        // A bin without nominal contents has no logarithm to move.
                        (true, fraction, nominal) if fraction > 0.0 && nominal > 0.0 => maths::ln(fraction / nominal),
                        (true, ..) => 0.0,
                    };
                    self.pool.extend(up.iter().zip(fractions).map(|(content, nominal)| change(up_sum, *content, *nominal)));
                    self.pool.extend(down.iter().zip(fractions).map(|(content, nominal)| -change(down_sum, *content, *nominal)));
                    changes.push(MorphChange { local: local(scalars, parameter), parameter, scale, template });
                }
                (kind, Size::Two(..)) => {
                    let message = format!("`{}` of type {} has two values for {name}", nuisance.name, kind.word());
                    self.report(nuisance.origin.problem("value", message));
                }
            }
        }
        if let Some((log, origin)) = morphs.filter(|_| !changes.is_empty()) {
            // With statistics of templates combine keeps fractions above 0, but does not divide by their sum.
            // Nor is it done where forms of parameters scale the bins.
            let normalised = log || channel.statistics.is_none() && plan.interference.is_none();
            if log && plan.interference.is_some() {
                let message = format!("{name} scales with quadratic forms, and its nuisances are of type shapeN");
                self.report(
                    origin.problem("unsupported", message).advice("write `shape`: with shapeN combine's yields would not scale"),
                );
            }
            plan.morph = Some(Morph { changes, region, log, normalised });
        }
    }
}

/// A normalisation that gets its parts.
pub(super) struct Norm<'a> {
    pub(super) plan: &'a mut ProcessPlan,
    pub(super) scalars: &'a mut Vec<usize>,
}

impl Norm<'_> {
    /// Position of a parameter among those of the normalisation.
    fn place(&mut self, parameter: usize) -> usize {
        let local = local(self.scalars, parameter);
        self.plan.norm.iter().position(|&known| known == local).unwrap_or_else(|| {
            self.plan.norm.push(local);
            self.plan.norm.len() - 1
        })
    }

    /// A factor that is a parameter or a formula.
    pub(super) fn multiply(&mut self, names: &mut Names<'_>, name: &str, origin: &Origin) -> Result<(), Diagnostic> {
        if let Some((formula, parameters)) = names.formula(name)? {
            let places = parameters.iter().map(|&parameter| self.place(parameter)).collect();
            self.plan.factors.push(CardFactor::Formula { places, parameters, formula });
            return Ok(());
        }
        if names.is_broken(name) {
            return Ok(());
        }
        let Some(parameter) = names.index(name) else {
            return Err(origin.problem("name", format!("no parameter `{name}`")));
        };
        let place = self.place(parameter);
        self.plan.factors.push(CardFactor::Linear { place, parameter, constant: 0.0, slope: 1.0 });
        Ok(())
    }
}
