//! A point of the search with what is known there, and the search's view of the parameters.

use germane_models::{Curvature, Hessian, Likelihood, Parameter};

use std::sync::{Arc, OnceLock};

use crate::curved::{Curved, Factored};
use crate::fit::Bound;

/// The likelihood with the parameters that are free in this search.
#[derive(Clone)]
pub(crate) struct Problem<'a> {
    pub(crate) likelihood: &'a dyn Likelihood,
    /// Indices of the parameters that may move.
    pub(crate) moving: Vec<usize>,
    /// Whether searches try all functions between which the likelihood has a choice; else the indices stay as they are.
    pub(crate) choosing: bool,
}

/// -ln L and derivatives at a point.
#[derive(Clone)]
pub(crate) struct Point {
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
    pub(crate) hessian: Hessian,
    /// What was solved for here first.
    solved: OnceLock<Arc<Solved>>,
}

/// The scaled derivatives of some parameters at a point with their factor.
pub(crate) struct Solved {
    pub(crate) free: Vec<usize>,
    pub(crate) scaled: Scaled,
    /// None where the Hessian is not positive definite.
    pub(crate) factor: Option<Factored>,
}

impl Point {
    pub(crate) fn new(x: Vec<f64>, value: f64, gradient: Vec<f64>, hessian: Hessian) -> Self {
        Self { x, value, gradient, hessian, solved: OnceLock::new() }
    }

    /// Derivatives of some parameters and their factor; worked out once for the parameters that are asked for first.
    pub(crate) fn solved(&self, free: &[usize]) -> Arc<Solved> {
        let make = || {
            let scaled = Scaled::new(&self.gradient, &self.hessian, free);
            let factor = scaled.hessian.factor(0.0);
            Arc::new(Solved { free: free.to_vec(), scaled, factor })
        };
        let first = self.solved.get_or_init(make);
        if first.free == free { Arc::clone(first) } else { make() }
    }

    /// The same without what takes most memory.
    #[must_use]
    pub(crate) fn bare(mut self) -> Self {
        self.solved = OnceLock::new();
        self
    }
}

impl<'a> Problem<'a> {
    pub(crate) fn new(likelihood: &'a dyn Likelihood) -> Self {
        let choices = likelihood.choices();
        let moves = |(index, parameter): (usize, &Parameter)| {
            let free = !parameter.fixed && parameter.lower < parameter.upper;
            (free && choices.is_none_or(|choices| !choices.is_index(index))).then_some(index)
        };
        let moving = likelihood.parameters().iter().enumerate().filter_map(moves).collect();
        Self { likelihood, moving, choosing: choices.is_some() }
    }

    /// The same problem with the functions that are chosen at `x`: parameters of the others do not move.
    pub(crate) fn settled(&self, x: &[f64]) -> Self {
        let parameters = self.likelihood.parameters();
        let idle = self.likelihood.choices().map(|choices| choices.idle(x, parameters)).unwrap_or_default();
        let moving = self.moving.iter().copied().filter(|index| idle.binary_search(index).is_err()).collect();
        Self { likelihood: self.likelihood, moving, choosing: false }
    }

    /// The same problem with one more parameter held.
    pub(crate) fn holding(&self, parameter: usize) -> Self {
        let moving = self.moving.iter().copied().filter(|&index| index != parameter).collect();
        Self { likelihood: self.likelihood, moving, choosing: self.choosing }
    }

    pub(crate) fn parameter(&self, index: usize) -> &Parameter {
        &self.likelihood.parameters()[index]
    }

    /// Moves parameters that may move into their bounds.
    pub(crate) fn clip(&self, x: &mut [f64]) {
        for &index in &self.moving {
            let parameter = self.parameter(index);
            if parameter.lower <= parameter.upper {
                x[index] = x[index].clamp(parameter.lower, parameter.upper);
            }
        }
    }

    /// The point with its exact second derivatives.
    pub(crate) fn at(&self, x: Vec<f64>) -> Point {
        self.derived(x, Curvature::Exact)
    }

    pub(crate) fn derived(&self, x: Vec<f64>, curvature: Curvature) -> Point {
        let size = x.len();
        let hessian = self.likelihood.new_hessian();
        let mut point = Point::new(x, f64::INFINITY, vec![0.0; size], hessian);
        point.value = self.likelihood.evaluate_into(&point.x, curvature, &mut point.gradient, &mut point.hessian);
        point
    }

    /// The Fisher matrix at a point.
    pub(crate) fn fisher(&self, x: &[f64]) -> Hessian {
        let mut matrix = self.likelihood.new_hessian();
        self.likelihood.evaluate_into(x, Curvature::Fisher, &mut vec![0.0; x.len()], &mut matrix);
        matrix
    }

    /// The bound at which a parameter is and beyond which -ln L falls.
    pub(crate) fn pushed(&self, point: &Point, index: usize) -> Option<Bound> {
        let parameter = self.parameter(index);
        if point.x[index] <= parameter.lower && point.gradient[index] > 0.0 {
            Some(Bound::Lower)
        } else if point.x[index] >= parameter.upper && point.gradient[index] < 0.0 {
            Some(Bound::Upper)
        } else {
            None
        }
    }

    /// Moving parameters that no bound holds.
    pub(crate) fn free(&self, point: &Point) -> Vec<usize> {
        self.moving.iter().copied().filter(|&index| self.pushed(point, index).is_none()).collect()
    }
}

/// The derivatives of some parameters in units in which the diagonal of the Hessian is 1.
pub(crate) struct Scaled {
    /// Unit of each parameter.
    pub(crate) units: Vec<f64>,
    pub(crate) gradient: Vec<f64>,
    pub(crate) hessian: Curved,
}

impl Scaled {
    pub(crate) fn new(gradient: &[f64], hessian: &Hessian, free: &[usize]) -> Self {
        // A parameter without curvature keeps its own unit.
        let unit = |&index: &usize| {
            let size = hessian.diagonal(index).abs();
            if size > 0.0 && size.is_finite() { 1.0 / size.sqrt() } else { 1.0 }
        };
        let units: Vec<f64> = free.iter().map(unit).collect();
        let hessian = Curved::new(hessian, free, &units);
        let gradient = free.iter().zip(&units).map(|(&index, unit)| gradient[index] * unit).collect();
        Self { units, gradient, hessian }
    }
}
