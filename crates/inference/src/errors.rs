//! Variances and covariances at a minimum: the inverse of the Hessian on the parameters that are free and not at a bound.

use std::sync::Arc;

use germane_models::Parameter;
use germane_numerics::dense::{Matrix, symmetric_eigen};

use crate::curved::Factored;
use crate::fit::{Bound, Covariance};
use crate::point::{Point, Problem, Solved};
use crate::search::FLAT;

/// Most parameters whose whole covariance is kept with a fit.
const KEPT: usize = 1500;

/// Parameters with errors, and their covariance.
pub(crate) struct Errors {
    /// Indices of the parameters in the model.
    pub(crate) free: Vec<usize>,
    inverse: Inverse,
}

enum Inverse {
    /// Every entry, in the units of the parameters.
    Dense(Matrix),
    /// Columns are solved for when they are asked for.
    Factor { solved: Arc<Solved>, variances: Vec<f64> },
}

impl Errors {
    /// No parameter has an error.
    pub(crate) fn none() -> Self {
        Self { free: Vec::new(), inverse: Inverse::Dense(Matrix::default()) }
    }

    /// The inverse of the Hessian; along flat directions the pseudo-inverse.
    pub(crate) fn new(problem: &Problem<'_>, point: &Point, held: &[(usize, Bound)]) -> Self {
        Self::up_to(0, problem, point, held)
    }

    /// The same for [`Errors::matrix`]: with every entry, if they are not too many.
    pub(crate) fn entire(problem: &Problem<'_>, point: &Point, held: &[(usize, Bound)]) -> Self {
        Self::up_to(KEPT, problem, point, held)
    }

    /// With every entry of the covariance of so many parameters; of more a factor is kept.
    fn up_to(most: usize, problem: &Problem<'_>, point: &Point, held: &[(usize, Bound)]) -> Self {
        let is_free = |index: &usize| !held.iter().any(|(other, _)| other == index);
        let free: Vec<usize> = problem.moving.iter().copied().filter(is_free).collect();
        let solved = point.solved(&free);
        let scaled = &solved.scaled;
        let size = free.len();
        let mut matrix = match &solved.factor {
            Some(factor) if size <= most || matches!(factor, Factored::Dense(_)) => factor.inverse(),
            Some(factor) => {
                let diagonal = factor.inverse_diagonal();
                let variances = diagonal.iter().zip(&scaled.units).map(|(value, unit)| value * unit * unit).collect();
                return Self { free, inverse: Inverse::Factor { solved, variances } };
            }
            None => {
                let (values, vectors) = symmetric_eigen(&scaled.hessian.dense());
                let highest = values.last().copied().unwrap_or(0.0);
                let mut inverse = Matrix::zeros(size, size);
                for (k, &value) in values.iter().enumerate().filter(|(_, value)| **value > FLAT * highest) {
                    let vector = vectors.row(k);
                    for i in 0..size {
                        for j in 0..size {
                            inverse[(i, j)] += vector[i] * vector[j] / value;
                        }
                    }
                }
                inverse
            }
        };
        for (i, &own) in scaled.units.iter().enumerate() {
            for (entry, unit) in matrix.row_mut(i).iter_mut().zip(&scaled.units) {
                *entry *= own * unit;
            }
        }
        Self { free, inverse: Inverse::Dense(matrix) }
    }

    /// The covariance H⁻¹ K H⁻¹ of weighted data, with their score products K in all parameters.
    pub(crate) fn of_weights(self, products: &Matrix) -> Self {
        let size = self.free.len();
        let columns: Vec<Vec<f64>> = (0..size).map(|place| self.covariances(place)).collect();
        let mut half = Matrix::zeros(size, size);
        let mut matrix = Matrix::zeros(size, size);
        for i in 0..size {
            for j in 0..size {
                half[(i, j)] = (0..size).map(|k| columns[i][k] * products[(self.free[k], self.free[j])]).sum();
            }
        }
        for i in 0..size {
            for j in 0..=i {
                let value = (0..size).map(|k| half[(i, k)] * columns[j][k]).sum();
                matrix[(i, j)] = value;
                matrix[(j, i)] = value;
            }
        }
        Self { free: self.free, inverse: Inverse::Dense(matrix) }
    }

    /// Place of a parameter among those with errors.
    pub(crate) fn place(&self, index: usize) -> Option<usize> {
        self.free.binary_search(&index).ok()
    }

    /// Variance at a place.
    pub(crate) fn variance(&self, place: usize) -> f64 {
        match &self.inverse {
            Inverse::Dense(matrix) => matrix[(place, place)],
            Inverse::Factor { variances, .. } => variances[place],
        }
    }

    /// Covariances with all parameters that have errors.
    pub(crate) fn covariances(&self, place: usize) -> Vec<f64> {
        match &self.inverse {
            Inverse::Dense(matrix) => matrix.row(place).to_vec(),
            Inverse::Factor { solved, .. } => {
                let units = &solved.scaled.units;
                let factor = solved.factor.as_ref().expect("invariant: only kept where there is one");
                let mut unit = vec![0.0; self.free.len()];
                unit[place] = units[place];
                let column = factor.solve(&unit);
                column.into_iter().zip(units).map(|(value, unit)| value * unit).collect()
            }
        }
    }

    /// The covariance times a vector, both of the parameters with errors.
    pub(crate) fn times(&self, vector: &[f64]) -> Vec<f64> {
        match &self.inverse {
            Inverse::Dense(matrix) => matrix.times(vector),
            Inverse::Factor { solved, .. } => {
                let units = &solved.scaled.units;
                let factor = solved.factor.as_ref().expect("invariant: only kept where there is one");
                let scaled: Vec<f64> = vector.iter().zip(units).map(|(value, unit)| value * unit).collect();
                factor.solve(&scaled).into_iter().zip(units).map(|(value, unit)| value * unit).collect()
            }
        }
    }

    /// The covariance as it is kept with a fit: of all parameters, or where they are too many of those without constraint.
    pub(crate) fn matrix<'a>(&self, parameter: impl Fn(usize) -> &'a Parameter) -> Covariance {
        let complete = self.free.len() <= KEPT;
        let kept: Vec<usize> = (0..self.free.len())
            .filter(|&place| complete || parameter(self.free[place]).constraint.is_none())
            .take(KEPT)
            .collect();
        let values: Vec<Vec<f64>> = match &self.inverse {
            Inverse::Dense(matrix) => {
                let row = |&place: &usize| kept.iter().map(|&other| matrix[(place, other)]).collect();
                if complete {
                    (0..matrix.rows()).map(|place| matrix.row(place).to_vec()).collect()
                } else {
                    kept.iter().map(row).collect()
                }
            }
            Inverse::Factor { solved, .. } => {
                let factor = solved.factor.as_ref().expect("invariant: only kept where there is one");
                let units = &solved.scaled.units;
                let row = |(&place, column): (&usize, Vec<f64>)| {
                    kept.iter().map(|&other| column[other] * (units[place] * units[other])).collect()
                };
                let mut rows: Vec<Vec<f64>> = kept.iter().zip(factor.inverse_columns(&kept)).map(row).collect();
                // Solutions for two columns differ in the last bits; the matrix is symmetric.
                for i in 0..kept.len() {
                    for j in 0..i {
                        rows[j][i] = rows[i][j];
                    }
                }
                rows
            }
        };
        Covariance { names: kept.iter().map(|&place| parameter(self.free[place]).name.clone()).collect(), values, complete }
    }
}
