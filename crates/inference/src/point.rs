//! A point of the search with what is known there, and the search's view of the parameters.

use germane_models::{Curvature, Likelihood, Parameter};
use germane_numerics::dense::Matrix;

use crate::fit::Bound;

/// The likelihood with the parameters that are free in this search.
pub(crate) struct Problem<'a> {
    pub(crate) likelihood: &'a dyn Likelihood,
    /// Indices of the parameters that may move.
    pub(crate) moving: Vec<usize>,
}

/// -ln L and derivatives at a point.
#[derive(Clone)]
pub(crate) struct Point {
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
    pub(crate) hessian: Matrix,
}

impl<'a> Problem<'a> {
    pub(crate) fn new(likelihood: &'a dyn Likelihood) -> Self {
        let moves = |(index, parameter): (usize, &Parameter)| {
            let free = !parameter.fixed && parameter.lower < parameter.upper;
            free.then_some(index)
        };
        let moving = likelihood.parameters().iter().enumerate().filter_map(moves).collect();
        Self { likelihood, moving }
    }

    /// The same problem with one more parameter held.
    pub(crate) fn holding(&self, parameter: usize) -> Self {
        Self { likelihood: self.likelihood, moving: self.moving.iter().copied().filter(|&index| index != parameter).collect() }
    }

    pub(crate) fn parameter(&self, index: usize) -> &Parameter {
        &self.likelihood.parameters()[index]
    }

    pub(crate) fn at(&self, x: Vec<f64>) -> Point {
        let size = x.len();
        let mut point = Point { x, value: f64::INFINITY, gradient: vec![0.0; size], hessian: Matrix::zeros(size, size) };
        point.value = self.likelihood.evaluate(&point.x, Curvature::Exact, &mut point.gradient, &mut point.hessian);
        point
    }

    /// The Fisher matrix at a point.
    pub(crate) fn fisher(&self, x: &[f64]) -> Matrix {
        let mut matrix = Matrix::zeros(x.len(), x.len());
        self.likelihood.evaluate(x, Curvature::Fisher, &mut vec![0.0; x.len()], &mut matrix);
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
    pub(crate) hessian: Matrix,
}

impl Scaled {
    pub(crate) fn new(gradient: &[f64], hessian: &Matrix, free: &[usize]) -> Self {
        // A parameter without curvature keeps its own unit.
        let unit = |&index: &usize| {
            let size = hessian[(index, index)].abs();
            if size > 0.0 && size.is_finite() { 1.0 / size.sqrt() } else { 1.0 }
        };
        let units: Vec<f64> = free.iter().map(unit).collect();
        let mut scaled = Matrix::zeros(free.len(), free.len());
        for (i, &row) in free.iter().enumerate() {
            for (j, &column) in free.iter().enumerate() {
                scaled[(i, j)] = hessian[(row, column)] * units[i] * units[j];
            }
        }
        let gradient = free.iter().zip(&units).map(|(&index, unit)| gradient[index] * unit).collect();
        Self { units, gradient, hessian: scaled }
    }
}
