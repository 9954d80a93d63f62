//! Minima near a known point, by gradients alone: quasi-Newton steps from second derivatives that are already factored.
//!
//! The profile beside a minimum, a toy, a shifted measurement: their second derivatives are those at the known point up to a
//! part that few steps see (limited-memory BFGS; J. Nocedal, Math. Comp. 35 (1980) 773). A parameter is held by
//! projection, without a new factor. Whatever does not go well is left to the search with all its precautions.

use std::collections::VecDeque;
use std::sync::Arc;

use germane_numerics::dense::{Cholesky, Matrix, add_scaled, cholesky, dot};

use crate::point::{Point, Problem, Solved};
use crate::search::is_sure;

/// Most steps.
const STEPS: usize = 40;

/// Steps that are remembered.
const MEMORY: usize = 12;

/// Distances are compared with those of the step before: when a step leaves more, the second derivatives are too old.
const SLOW: f64 = 0.3;

/// Lengths of a step that are tried.
const HALVINGS: usize = 5;

/// How often second derivatives are worked out anew.
const RENEWALS: usize = 2;

/// Factored second derivatives of a point, some of its parameters held.
#[derive(Clone)]
pub(crate) struct Anchor {
    solved: Arc<Solved>,
    held: Vec<Held>,
    /// Factor of the entries of the inverse that belong to the held parameters.
    among_held: Option<Cholesky>,
}

#[derive(Clone)]
struct Held {
    place: usize,
    /// Its column of the inverse.
    column: Arc<Vec<f64>>,
}

impl Anchor {
    /// The second derivatives of all parameters that `solved` knows; nothing if they are not safely positive.
    pub(crate) fn new(solved: Arc<Solved>) -> Option<Self> {
        let sure = solved.factor.as_ref().is_some_and(is_sure);
        sure.then(|| Self { solved, held: Vec::new(), among_held: None })
    }

    /// The expected second derivatives at a point, of the moving parameters of a problem.
    pub(crate) fn expected(problem: &Problem<'_>, x: &[f64]) -> Option<Self> {
        Self::new(Point::new(x.to_vec(), 0.0, vec![0.0; x.len()], problem.fisher(x)).solved(&problem.moving))
    }

    /// The same with one more parameter held, if it is among those that are known and not held yet.
    pub(crate) fn holding(&self, index: usize) -> Option<Self> {
        let place = self.solved.free.binary_search(&index).ok()?;
        if self.held.iter().any(|held| held.place == place) {
            return None;
        }
        let mut unit = vec![0.0; self.solved.free.len()];
        unit[place] = 1.0;
        let column = Arc::new(self.solved.factor.as_ref()?.solve(&unit));
        let mut held = self.held.clone();
        held.push(Held { place, column });
        let mut among = Matrix::zeros(held.len(), held.len());
        for (i, row) in held.iter().enumerate() {
            for (j, column) in held.iter().enumerate() {
                among[(i, j)] = row.column[column.place];
            }
        }
        Some(Self { solved: Arc::clone(&self.solved), held, among_held: Some(cholesky(&among).ok()?) })
    }

    fn is_held(&self, index: usize) -> bool {
        self.held.iter().any(|held| self.solved.free[held.place] == index)
    }

    /// The gradient in the units of the factor, without what belongs to held parameters.
    fn scaled(&self, gradient: &[f64]) -> Vec<f64> {
        let entries = self.solved.free.iter().zip(&self.solved.scaled.units);
        let mut scaled: Vec<f64> = entries.map(|(&index, unit)| gradient[index] * unit).collect();
        for held in &self.held {
            scaled[held.place] = 0.0;
        }
        scaled
    }

    /// The inverse times a vector, in the space in which the held parameters do not move.
    fn solve(&self, vector: &[f64]) -> Vec<f64> {
        let factor = self.solved.factor.as_ref().expect("invariant: an anchor has a factor");
        let mut solution = factor.solve(vector);
        if let Some(among) = &self.among_held {
            let moved: Vec<f64> = self.held.iter().map(|held| solution[held.place]).collect();
            for (held, size) in self.held.iter().zip(among.solve(&moved)) {
                add_scaled(&mut solution, -size, &held.column);
            }
            for held in &self.held {
                solution[held.place] = 0.0;
            }
        }
        solution
    }

    /// Moves `x` against a step, to the bounds at most. The parameters that would have crossed one.
    fn go(&self, problem: &Problem<'_>, x: &mut [f64], step: &[f64]) -> Vec<usize> {
        let mut crossed = Vec::new();
        for ((&index, unit), size) in self.solved.free.iter().zip(&self.solved.scaled.units).zip(step) {
            let parameter = problem.parameter(index);
            let wanted = x[index] - size * unit;
            x[index] = wanted.clamp(parameter.lower, parameter.upper);
            if x[index] != wanted {
                crossed.push(index);
            }
        }
        crossed
    }

    /// Whether every moving parameter that has not moved freely lies at a bound beyond which -ln L falls.
    fn holds_rightly(&self, problem: &Problem<'_>, x: &[f64], gradient: &[f64]) -> bool {
        let free = |index: usize| self.solved.free.binary_search(&index).is_ok() && !self.is_held(index);
        problem.moving.iter().filter(|&&index| !free(index)).all(|&index| {
            let parameter = problem.parameter(index);
            (x[index] <= parameter.lower && gradient[index] >= 0.0) || (x[index] >= parameter.upper && gradient[index] <= 0.0)
        })
    }

    /// Changes of all parameters of the model per unit of a held one, as the minimum follows it.
    pub(crate) fn following(&self, index: usize, size: usize) -> Option<Vec<f64>> {
        let held = self.held.iter().find(|held| self.solved.free[held.place] == index)?;
        let units = &self.solved.scaled.units;
        let per_unit = 1.0 / (held.column[held.place] * units[held.place]);
        let mut slopes = vec![0.0; size];
        for ((&other, unit), entry) in self.solved.free.iter().zip(units).zip(held.column.iter()) {
            slopes[other] = if self.is_held(other) && other != index { 0.0 } else { entry * unit * per_unit };
        }
        Some(slopes)
    }
}

/// A minimum that was reached.
pub(crate) struct Near {
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
}

/// Goes from `x` to the minimum of the moving parameters; those that are not in `anchor`, or would cross a bound, stay at their
/// bound. Nothing if that does not go well.
pub(crate) fn nearby(problem: &Problem<'_>, mut x: Vec<f64>, anchor: &Anchor, tolerance: f64) -> Option<Near> {
    let mut anchor = anchor.clone();
    let mut pairs = Pairs::default();
    let mut gradient = vec![0.0; x.len()];
    let mut value = problem.likelihood.gradient(&x, &mut gradient);
    // Another function may be lower.
    if !value.is_finite() || problem.choosing {
        return None;
    }
    let mut scaled = anchor.scaled(&gradient);
    let (mut last, mut renewals) = (f64::INFINITY, 0);
    for _ in 0..STEPS {
        let mut step = pairs.apply(&anchor, &scaled);
        let mut edm = 0.5 * dot(&scaled, &step);
        if !(edm >= 0.0 && edm.is_finite()) {
            return None;
        }
        if edm < tolerance {
            if !anchor.holds_rightly(problem, &x, &gradient) {
                return None;
            }
            // The last step costs no evaluation more.
            anchor.go(problem, &mut x, &step);
            return Some(Near { x, value });
        }
        if edm > SLOW * last {
            if renewals == RENEWALS {
                return None;
            }
            renewals += 1;
            anchor = renewed(problem, &anchor, &x)?;
            pairs = Pairs::default();
            scaled = anchor.scaled(&gradient);
            step = anchor.solve(&scaled);
            edm = 0.5 * dot(&scaled, &step);
        }
        last = edm;
        let (next, crossed) = descended(problem, &anchor, value, &mut x, &mut gradient, &mut step)?;
        value = next;
        if crossed.is_empty() {
            let after = anchor.scaled(&gradient);
            pairs.remember(step.into_iter().map(|size| -size).collect(), &scaled, &after);
            scaled = after;
        } else {
            for index in crossed {
                anchor = anchor.holding(index)?;
            }
            // What was learned is of a space with more directions.
            (pairs, last) = (Pairs::default(), f64::INFINITY);
            scaled = anchor.scaled(&gradient);
        }
    }
    None
}

/// Goes against `step`, or by a part of it where -ln L would rise; `step` becomes what was gone. The new value, and the parameters
/// that ended on a bound.
fn descended(
    problem: &Problem<'_>,
    anchor: &Anchor,
    value: f64,
    x: &mut [f64],
    gradient: &mut [f64],
    step: &mut [f64],
) -> Option<(f64, Vec<usize>)> {
    let begin = x.to_vec();
    for _ in 0..HALVINGS {
        x.copy_from_slice(&begin);
        let crossed = anchor.go(problem, x, step);
        let next = problem.likelihood.gradient(x, gradient);
        // Near to the minimum the difference is rounding.
        if next <= value + 1e-9 * (1.0 + value.abs()) {
            return Some((next, crossed));
        }
        step.iter_mut().for_each(|size| *size *= 0.5);
    }
    None
}

/// The exact second derivatives at `x`, with the same parameters held.
fn renewed(problem: &Problem<'_>, anchor: &Anchor, x: &[f64]) -> Option<Anchor> {
    let free: Vec<usize> = anchor.solved.free.iter().copied().filter(|&index| !anchor.is_held(index)).collect();
    Anchor::new(problem.at(x.to_vec()).solved(&free))
}

/// The last steps and the changes of the gradient that they made.
#[derive(Default)]
struct Pairs {
    known: VecDeque<Pair>,
}

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// Inverse of their product.
    weight: f64,
}

impl Pairs {
    fn remember(&mut self, step: Vec<f64>, before: &[f64], after: &[f64]) {
        let change: Vec<f64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
        let product = dot(&step, &change);
        // Where the curvature along the step is not positive, or rounding, nothing is learned.
        if product > 1e-12 * dot(&step, &step) {
            if self.known.len() == MEMORY {
                self.known.pop_front();
            }
            self.known.push_back(Pair { step, change, weight: 1.0 / product });
        }
    }

    /// The inverse, corrected by all pairs, times a vector (two loops over the pairs).
    fn apply(&self, anchor: &Anchor, vector: &[f64]) -> Vec<f64> {
        let mut vector = vector.to_vec();
        let mut sizes = vec![0.0; self.known.len()];
        for (pair, size) in self.known.iter().zip(&mut sizes).rev() {
            *size = pair.weight * dot(&pair.step, &vector);
            add_scaled(&mut vector, -*size, &pair.change);
        }
        let mut result = anchor.solve(&vector);
        for (pair, size) in self.known.iter().zip(&sizes) {
            let other = pair.weight * dot(&pair.change, &result);
            add_scaled(&mut result, size - other, &pair.step);
        }
        result
    }
}
