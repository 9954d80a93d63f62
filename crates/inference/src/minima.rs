//! All minima that searches from many starts end in.
//!
//! The first search begins at the starting values. The others begin at random points around them: normal, with widths of 0.3, 1,
//! 3 and 6 units in turn. A unit is the width of a parameter's constraint, else a twentieth of its range, else ten of the errors
//! that the expected information gives at the start. Points are clipped into the bounds. Random numbers: Philox4x32-10, keyed by
//! the seed, counted by parameter and search.

use germane_models::Likelihood;
use germane_numerics::dense::dot;
use germane_numerics::random::Philox4x32;

use crate::minimise::{Options, defined, start};
use crate::minimum::NoResult;
use crate::point::{Point, Problem};
use crate::search::{FLAT, search};

/// Widths of the random starts, in turn.
const WIDTHS: [f64; 4] = [0.3, 1.0, 3.0, 6.0];

/// Minima nearer than this in units of the curvature are one.
const APART: f64 = 1e-3;

/// A minimum of -ln L.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalMinimum {
    /// Values of all parameters.
    pub x: Vec<f64>,
    /// -ln L.
    pub nll: f64,
    /// -ln L above the lowest minimum.
    pub rise: f64,
    /// Searches that ended here.
    pub reached: usize,
    /// Whether some direction is flat here.
    pub flat: bool,
}

/// What many searches found.
#[derive(Clone, Debug, PartialEq)]
pub struct Minima {
    /// Minima, the lowest first.
    pub minima: Vec<LocalMinimum>,
    /// Searches that were done.
    pub searches: usize,
    /// Searches that ended in no minimum.
    pub without: usize,
}

impl Minima {
    /// The lowest minimum.
    pub fn best(&self) -> &LocalMinimum {
        &self.minima[0]
    }

    /// Adds what one more search found.
    pub(crate) fn insert(&mut self, problem: &Problem<'_>, point: &Point) {
        let settled = problem.settled(&point.x);
        let solved = point.solved(&settled.free(point));
        let other = |known: &LocalMinimum| {
            problem
                .likelihood
                .choices()
                .is_some_and(|choices| choices.all().iter().any(|one| known.x[one.index] != point.x[one.index]))
        };
        let apart = |known: &LocalMinimum| {
            if other(known) {
                return f64::INFINITY;
            }
            let distance: Vec<f64> =
                solved.free.iter().zip(&solved.scaled.units).map(|(&i, unit)| (known.x[i] - point.x[i]) / unit).collect();
            dot(&distance, &distance).sqrt()
        };
        if let Some(known) = self.minima.iter_mut().find(|known| apart(known) < APART) {
            known.reached += 1;
            if point.value < known.nll {
                (known.x, known.nll) = (point.x.clone(), point.value);
            }
        } else {
            let flat = solved.factor.as_ref().is_none_or(|factor| factor.smallest_pivot() < FLAT);
            self.minima.push(LocalMinimum { x: point.x.clone(), nll: point.value, rise: 0.0, reached: 1, flat });
        }
        self.minima.sort_by(|a, b| a.nll.total_cmp(&b.nll));
        let lowest = self.minima[0].nll;
        for minimum in &mut self.minima {
            minimum.rise = minimum.nll - lowest;
        }
    }
}

/// Searches from the starting values and from `more` random points.
///
/// ```
/// use germane_inference::{Options, minima};
/// use germane_models::Parameter;
/// use germane_models::quadratic::{Background, Counting, Form, Process, QuadraticModel};
/// // (1 + c/2)² 100 = 225 at c = 1 and c = -5.
/// let form = Form::new(1, |i, j| if (i, j) == (0, 0) { 0.25 } else if (i, j) == (1, 1) { 1.0 } else { 0.5 });
/// let process = Process { name: "signal".into(), yields: vec![100.0], forms: vec![form] };
/// let background = Background::Known(vec![0.0]);
/// let channel = Counting { name: "SR".into(), background, processes: vec![process], data: vec![225.0] };
/// let model = QuadraticModel::new(vec![Parameter::new("c", 0.0).within(-10.0, 10.0)], vec![channel], vec![]).unwrap();
/// let found = minima(&model, 40, 1, &Options::default()).unwrap();
/// let mut values: Vec<f64> = found.minima.iter().map(|minimum| minimum.x[0]).collect();
/// values.sort_by(f64::total_cmp);
/// assert!((values[0] + 5.0).abs() < 1e-9 && (values[1] - 1.0).abs() < 1e-9);
/// ```
///
/// # Errors
/// If no search ends in a minimum.
pub fn minima(likelihood: &dyn Likelihood, more: usize, seed: u64, options: &Options) -> Result<Minima, NoResult> {
    let problem = Problem::new(likelihood);
    let begin = start(likelihood.parameters(), options);
    let units = units(&problem, &begin);
    let generator = Philox4x32::new([seed as u32, (seed >> 32) as u32]);
    let mut found = Minima { minima: Vec::new(), searches: more + 1, without: 0 };
    for number in 0..=more {
        let mut x = begin.clone();
        if number > 0 {
            let width = WIDTHS[(number - 1) % WIDTHS.len()];
            for (&index, unit) in problem.moving.iter().zip(&units) {
                let parameter = problem.parameter(index);
                let moved = x[index] + width * unit * generator.normal([index as u32, number as u32, 0, 0]);
                x[index] = moved.clamp(parameter.lower, parameter.upper);
            }
        }
        let end = search(&problem, &defined(&problem, x), options.limits());
        // With a choice between functions, each has its own minimum.
        let all = if end.combinations.is_empty() { std::slice::from_ref(&end) } else { end.combinations.as_slice() };
        let minima: Vec<_> = all.iter().filter(|one| one.is_minimum() && !falls(&problem, &one.point)).collect();
        minima.iter().for_each(|one| found.insert(&problem, &one.point));
        found.without += usize::from(minima.is_empty());
    }
    if found.minima.is_empty() {
        let why = likelihood.complaint(&begin).map_or_else(String::new, |why| format!(": {why}"));
        return Err(NoResult(format!("none of {} searches found a minimum{why}", more + 1)));
    }
    Ok(found)
}

/// Whether -ln L falls away in some direction.
fn falls(problem: &Problem<'_>, point: &Point) -> bool {
    let solved = point.solved(&problem.settled(&point.x).free(point));
    if solved.factor.is_some() || solved.free.is_empty() {
        return false;
    }
    let (values, _) = germane_numerics::dense::symmetric_eigen(&solved.scaled.hessian.dense());
    let largest = values.last().copied().unwrap_or(0.0);
    values.first().is_some_and(|lowest| *lowest < -1e-8 * largest.abs())
}

/// The unit of each moving parameter.
fn units(problem: &Problem<'_>, begin: &[f64]) -> Vec<f64> {
    let information = problem.fisher(begin);
    let unit = |&index: &usize| {
        let parameter = problem.parameter(index);
        let range = parameter.upper - parameter.lower;
        match parameter.constraint {
            Some(constraint) => constraint.width(),
            None if range.is_finite() => range / 20.0,
            None => {
                let curve = information.diagonal(index);
                if curve > 0.0 && curve.is_finite() { 10.0 / curve.sqrt() } else { 1.0 }
            }
        }
    };
    problem.moving.iter().map(unit).collect()
}
