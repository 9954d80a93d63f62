//! A fit: search, errors, certificate, goodness, and the words for what went wrong.

use germane_models::{Hessian, Likelihood, Parameter};
use germane_numerics::dense::Matrix;
use germane_numerics::special;

use crate::certificate::Certificate;
use crate::errors::Errors;
use crate::fit::{Bound, Fit, FittedParameter, Goodness, State};
use crate::functions::Chosen;
use crate::minos;
use crate::point::{Point, Problem};
use crate::search::{End, Found, Limits, search};

/// Parameters for which intervals of the profiled likelihood are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Minos {
    /// For none.
    #[default]
    None,
    /// For all that are free.
    All,
    /// For these.
    Named(Vec<String>),
}

/// How a fit is done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Most iterations.
    pub iterations: usize,
    /// The search ends below this estimated distance of -ln L to its minimum.
    pub edm: f64,
    /// Where it starts, instead of the starting values of the parameters. A point at which -ln L is not finite is drawn towards
    /// those, by halves of the way.
    pub start: Option<Vec<f64>>,
    /// Search from `start` alone. Without this the parameters' own starting values are tried as well: the lower of both minima
    /// is taken, and the reason says if `start` has led elsewhere.
    pub alone: bool,
    /// Intervals of the profiled likelihood.
    pub minos: Minos,
}

impl Default for Options {
    fn default() -> Self {
        Self { iterations: 200, edm: 1e-12, start: None, alone: false, minos: Minos::None }
    }
}

impl Options {
    pub(crate) fn limits(&self) -> Limits {
        Limits { iterations: self.iterations, edm: self.edm }
    }

    /// The same with intervals for some parameters.
    #[must_use]
    pub fn minos(mut self, minos: Minos) -> Self {
        self.minos = minos;
        self
    }
}

/// A gradient at a bound is real if it is above this in units of the curvature; below, the parameter only touches the bound.
const TOUCH: f64 = 1e-6;

/// Most free parameters of a likelihood with a dense Hessian, of which a few are held at a time.
const MOST: usize = 6000;

/// Minimises -ln L and says what was found. It never fails without a reason: see [`Fit::state`] and [`Fit::reason`].
///
/// ```
/// use germane_inference::{Options, State, minimise};
/// use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
/// let signal = Sample::new("signal", vec![10.0]).with(Modifier::norm_factor("mu"));
/// let workspace = Workspace::new()
///     .channel(Channel::new("SR").sample(signal).sample(Sample::new("background", vec![50.0])), vec![55.0])
///     .measurement(Measurement::new("main", Some("mu")));
/// let fit = minimise(&workspace.model(None).unwrap(), &Options::default());
/// assert_eq!(fit.state, State::Valid);
/// // 50 + 10 mu = 55, with the error sqrt(55)/10.
/// let mu = fit.parameter("mu").unwrap();
/// assert!((mu.value - 0.5).abs() < 1e-12);
/// assert!((mu.error.unwrap() - 55f64.sqrt() / 10.0).abs() < 1e-12);
/// ```
pub fn minimise(likelihood: &dyn Likelihood, options: &Options) -> Fit {
    let problem = Problem::new(likelihood);
    let limits = options.limits();
    let mut start = defined(&problem, start(likelihood.parameters(), options));
    if problem.moving.len() > MOST && matches!(likelihood.new_hessian(), Hessian::Dense(_)) {
        return too_many(&problem, start, options);
    }
    let mut found = search(&problem, &start, limits);
    let mut elsewhere = None;
    // A start that is no number is a mistake, not a bad guess.
    if options.start.is_some() && !options.alone && start.iter().all(|value| value.is_finite()) {
        let own: Vec<f64> = likelihood.parameters().iter().map(|parameter| parameter.start).collect();
        let other = search(&problem, &own, limits);
        elsewhere = lower(&found, &other);
        if elsewhere.is_some() {
            (found, start) = (other, own);
        }
    }
    let mut intervals = vec![None; start.len()];
    // A lower minimum that a profile runs into replaces the one it started from.
    for _ in 0..5 {
        let held = held(&problem, &found.point);
        if !found.is_minimum() {
            break;
        }
        match all_intervals(&problem, &found.point, &held, options, limits) {
            Ok(done) => {
                intervals = done;
                break;
            }
            Err(lower) => {
                let iterations = found.iterations;
                found = search(&problem, &lower, limits);
                found.iterations += iterations;
            }
        }
    }
    let fit = document(&problem, found, &start, intervals, options);
    match elsewhere {
        None => fit,
        Some(elsewhere) if fit.reason.is_empty() => Fit { reason: elsewhere, ..fit },
        Some(elsewhere) => Fit { reason: format!("{}; {elsewhere}", fit.reason), ..fit },
    }
}

/// Minima whose -ln L differs by less are one.
const SAME: f64 = 1e-6;

/// Where a search has led, if another one has led to a lower minimum.
fn lower(found: &Found, other: &Found) -> Option<String> {
    if !other.is_minimum() {
        return None;
    }
    if !found.is_minimum() {
        let height = found.point.value - other.point.value;
        return Some(format!("the search from the given start ended without a minimum, {height:.3e} above this one"));
    }
    let height = found.point.value - other.point.value;
    (height > SAME).then(|| format!("the given start leads to another minimum, {height:.3e} above this one"))
}

/// The document of a fit that was not begun.
fn too_many(problem: &Problem<'_>, x: Vec<f64>, options: &Options) -> Fit {
    let reason = format!("{} free parameters are more than the {MOST} that can be fitted", problem.moving.len());
    let value = problem.likelihood.nll(&x);
    let point = Point::new(x, value, Vec::new(), Hessian::Dense(Matrix::default()));
    let found = Found { end: End::NotFinite, edm: f64::INFINITY, iterations: 0, point, combinations: Vec::new() };
    let (start, intervals) = (found.point.x.clone(), vec![None; found.point.x.len()]);
    let fit = document(problem, found, &start, intervals, options);
    Fit { state: State::LimitReached, reason, ..fit }
}

/// A search that ended in rounding so near to the minimum that nothing is lost.
fn nearly(found: &Found) -> bool {
    found.end == End::Stuck && found.is_minimum()
}

pub(crate) fn start(parameters: &[Parameter], options: &Options) -> Vec<f64> {
    let given = options.start.as_deref().unwrap_or_default();
    let value = |(index, parameter): (usize, &Parameter)| match given.get(index) {
        // Bounds that leave one value.
        _ if !parameter.fixed && parameter.lower == parameter.upper => parameter.lower,
        Some(value) if !parameter.fixed => *value,
        _ => parameter.start,
    };
    parameters.iter().enumerate().map(value).collect()
}

/// Halves of the way from a start at which -ln L is not finite.
const HALVES: usize = 40;

/// A start, clipped into the bounds; where -ln L is not finite there, the first point on the way to the parameters' own starting
/// values at which it is. If it is not there either, the start as it is.
pub(crate) fn defined(problem: &Problem<'_>, mut start: Vec<f64>) -> Vec<f64> {
    problem.clip(&mut start);
    if problem.likelihood.nll(&start).is_finite() || start.iter().any(|value| !value.is_finite()) {
        return start;
    }
    let own = |index: usize| problem.parameter(index).start;
    let mut x = start.clone();
    for _ in 0..HALVES {
        for &index in &problem.moving {
            x[index] = 0.5 * (x[index] + own(index));
        }
        if problem.likelihood.nll(&x).is_finite() {
            return x;
        }
    }
    start
}

/// The parameters that a bound holds: at it, with a gradient that is more than rounding.
fn held(problem: &Problem<'_>, point: &Point) -> Vec<(usize, Bound)> {
    let held = |&index: &usize| {
        let bound = problem.pushed(point, index)?;
        let curve = point.hessian.diagonal(index).abs();
        let slope = point.gradient[index].abs();
        (curve == 0.0 || slope > TOUCH * curve.sqrt()).then_some((index, bound))
    };
    problem.moving.iter().filter_map(held).collect()
}

type Interval = Option<[Option<f64>; 2]>;

fn all_intervals(
    problem: &Problem<'_>,
    point: &Point,
    held: &[(usize, Bound)],
    options: &Options,
    limits: Limits,
) -> Result<Vec<Interval>, Vec<f64>> {
    let mut intervals = vec![None; point.x.len()];
    if options.minos == Minos::None {
        return Ok(intervals);
    }
    let settled = problem.settled(&point.x);
    let covariance = Errors::new(&settled, point, held);
    for &index in &settled.moving {
        let wanted = match &options.minos {
            Minos::None => false,
            Minos::All => true,
            Minos::Named(names) => names.contains(&problem.parameter(index).name),
        };
        if wanted {
            intervals[index] = Some(minos::interval(problem, point, index, &covariance, limits)?);
        }
    }
    Ok(intervals)
}

/// Errors at a minimum.
pub(crate) fn errors_at(problem: &Problem<'_>, point: &Point) -> Errors {
    let problem = problem.settled(&point.x);
    Errors::new(&problem, point, &held(&problem, point))
}

fn document(problem: &Problem<'_>, found: Found, start: &[f64], intervals: Vec<Interval>, options: &Options) -> Fit {
    let likelihood = problem.likelihood;
    let chosen = Chosen::of(likelihood, &found.point.x, &found.tried());
    let finite = found.end != End::NotFinite;
    let point = &found.point;
    let problem = &problem.settled(&point.x);
    let held = if finite { held(problem, point) } else { Vec::new() };
    let (certificate, saddle) = if finite {
        Certificate::new(problem, point, &held, found.iterations)
    } else {
        (Certificate { gradient: f64::NAN, condition: f64::NAN, ..Certificate::default() }, false)
    };
    let (state, mut reason) = verdict(problem, &found, &held, &certificate, saddle, options);
    if let Some(complaint) = chosen.as_ref().map(Chosen::complaint).filter(|complaint| !complaint.is_empty()) {
        reason = if reason.is_empty() { complaint } else { format!("{reason}; {complaint}") };
    }
    let usable = finite && !matches!(state, State::Saddle | State::LimitReached);
    let mut errors = if usable { Errors::entire(problem, point, &held) } else { Errors::none() };
    if let Some(products) = likelihood.score_products(&point.x).filter(|_| usable) {
        errors = errors.of_weights(&products);
    }
    let parameters = likelihood.parameters().iter().enumerate().map(|(index, parameter)| {
        let known = FittedParameter::unfitted(parameter, point.x[index], start[index], !problem.moving.contains(&index));
        FittedParameter {
            error: errors.place(index).map(|place| errors.variance(place).sqrt()),
            minos: intervals[index],
            at_bound: held.iter().find(|(other, _)| *other == index).map(|(_, bound)| *bound),
            pull: known.pull.filter(|_| finite),
            ..known
        }
    });
    Fit {
        germane_fit: 1,
        state,
        reason,
        nll: point.value,
        edm: found.edm,
        entries: likelihood.entries(),
        parameters: parameters.collect(),
        covariance: errors.matrix(|index| problem.parameter(index)),
        goodness: if usable { goodness(problem, &point.x, point.value) } else { None },
        certificate,
        chosen,
        minuit: None,
    }
}

fn verdict(
    problem: &Problem<'_>,
    found: &Found,
    held: &[(usize, Bound)],
    certificate: &Certificate,
    saddle: bool,
    options: &Options,
) -> (State, String) {
    let edm = found.edm;
    match found.end {
        End::NotFinite => {
            let why = problem.likelihood.complaint(&found.point.x).unwrap_or_else(|| format!("-ln L is {}", found.point.value));
            return (State::NotFinite, format!("the likelihood is not defined at the start: {why}"));
        }
        End::Limit => {
            let steepest = steepest(problem, &found.point);
            let reason = format!("no minimum within {} iterations (edm {edm:.1e}), steepest in {steepest}", options.iterations);
            return (State::LimitReached, reason);
        }
        End::Stuck if !nearly(found) => {
            let steepest = steepest(problem, &found.point);
            let reason =
                format!("no step lowers -ln L further, but the gradient is not zero (edm {edm:.1e}), steepest in {steepest}");
            return (State::LimitReached, reason);
        }
        End::Stationary | End::Stuck => {}
    }
    if !certificate.flat.is_empty() {
        return (State::FlatDirections, format!("the data do not determine {}", certificate.flat.join("; nor ")));
    }
    if saddle {
        let lowest = certificate.eigenvalues.first().copied().unwrap_or(f64::NAN);
        return (State::Saddle, format!("the gradient vanishes, but the curvature is negative (eigenvalue {lowest:.1e})"));
    }
    if held.is_empty() {
        return (State::Valid, String::new());
    }
    let side = |(index, bound): &(usize, Bound)| {
        let parameter = problem.parameter(*index);
        match bound {
            Bound::Lower => format!("{} at its lower bound {}", parameter.name, parameter.lower),
            Bound::Upper => format!("{} at its upper bound {}", parameter.name, parameter.upper),
        }
    };
    (State::ValidAtBound, held.iter().map(side).collect::<Vec<_>>().join(", "))
}

/// The free parameter with the largest scaled gradient.
fn steepest(problem: &Problem<'_>, point: &Point) -> String {
    let free = problem.free(point);
    let scaled = &point.solved(&free).scaled;
    let largest = free.iter().zip(&scaled.gradient).max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    largest.map_or_else(|| "no parameter".to_owned(), |(&index, _)| problem.parameter(index).name.clone())
}

/// -ln L without what it has for the free parameters of chosen functions.
pub(crate) fn uncorrected(likelihood: &dyn Likelihood, x: &[f64], nll: f64) -> f64 {
    nll - likelihood.choices().map_or(0.0, |choices| choices.penalty(x, likelihood.parameters()))
}

/// Goodness of fit against the saturated model, of binned data.
pub(crate) fn goodness(problem: &Problem<'_>, x: &[f64], nll: f64) -> Option<Goodness> {
    let nll = uncorrected(problem.likelihood, x, nll);
    let saturated = problem.likelihood.saturated()?;
    let unconstrained = problem.moving.iter().filter(|&&index| problem.parameter(index).constraint.is_none()).count();
    let ndof = saturated.bins as i64 - unconstrained as i64;
    let statistic = (2.0 * (nll - saturated.nll)).max(0.0);
    let p = (ndof > 0).then(|| special::chi2_survival(statistic, ndof as f64));
    Some(Goodness { kind: "saturated".to_owned(), statistic, ndof, p })
}
