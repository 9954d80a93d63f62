//! Second derivatives of some parameters in their own units: dense, or in the form of an arrow.

use germane_models::Hessian;
use germane_numerics::arrow::{Arrow, Factor};
use germane_numerics::dense::{Cholesky, Matrix, cholesky, dot};

/// The scaled second derivatives of the parameters of a search. Vectors have one entry a parameter of the search.
#[derive(Clone, Debug)]
pub(crate) enum Curved {
    /// every entry
    Dense(Matrix),
    /// an arrow matrix in which all other parameters are rows of the unit matrix
    Arrow {
        matrix: Arrow,
        /// Row of each parameter of the search.
        rows: Vec<usize>,
    },
}

/// A factor of [`Curved`].
#[derive(Clone, Debug)]
pub(crate) enum Factored {
    Dense(Cholesky),
    Arrow {
        factor: Factor,
        rows: Vec<usize>,
        /// Rows of the whole matrix.
        size: usize,
    },
}

impl Curved {
    /// Entries of `free` parameters, multiplied by the units of both.
    pub(crate) fn new(hessian: &Hessian, free: &[usize], units: &[f64]) -> Self {
        match hessian {
            Hessian::Dense(matrix) => {
                let mut scaled = Matrix::zeros(free.len(), free.len());
                for (i, &row) in free.iter().enumerate() {
                    for (j, &column) in free.iter().enumerate() {
                        scaled[(i, j)] = matrix[(row, column)] * units[i] * units[j];
                    }
                }
                Self::Dense(scaled)
            }
            Hessian::Arrow(arrow) => {
                let mut all = vec![0.0; arrow.shape().size()];
                for (&row, &unit) in free.iter().zip(units) {
                    all[row] = unit;
                }
                Self::Arrow { matrix: arrow.scaled(&all), rows: free.to_vec() }
            }
        }
    }

    /// Number of parameters.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Dense(matrix) => matrix.rows(),
            Self::Arrow { rows, .. } => rows.len(),
        }
    }

    /// Whether all entries are finite.
    pub(crate) fn is_finite(&self) -> bool {
        match self {
            Self::Dense(matrix) => matrix.data().iter().all(|entry| entry.is_finite()),
            Self::Arrow { matrix, .. } => matrix.norm().is_finite(),
        }
    }

    /// The factor of this matrix plus `shift` on the diagonal; nothing if it is not positive definite.
    pub(crate) fn factor(&self, shift: f64) -> Option<Factored> {
        match self {
            Self::Dense(matrix) if shift == 0.0 => cholesky(matrix).ok().map(Factored::Dense),
            Self::Dense(matrix) => {
                let mut shifted = matrix.clone();
                for index in 0..matrix.rows() {
                    shifted[(index, index)] += shift;
                }
                cholesky(&shifted).ok().map(Factored::Dense)
            }
            Self::Arrow { matrix, rows } => {
                let factor = Factor::new(matrix, shift).ok()?;
                Some(Factored::Arrow { factor, rows: rows.clone(), size: matrix.shape().size() })
            }
        }
    }

    /// This matrix times a vector.
    pub(crate) fn times(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Dense(matrix) => matrix.times(x),
            Self::Arrow { matrix, rows } => picked(&matrix.times(&spread(x, rows, matrix.shape().size())), rows),
        }
    }

    /// xᵀ A x.
    pub(crate) fn form(&self, x: &[f64]) -> f64 {
        dot(x, &self.times(x))
    }

    /// Root of the sum of all squares, about.
    pub(crate) fn norm(&self) -> f64 {
        match self {
            Self::Dense(matrix) => dot(matrix.data(), matrix.data()).sqrt(),
            Self::Arrow { matrix, .. } => matrix.norm(),
        }
    }

    /// The same for some of the parameters.
    pub(crate) fn select(&self, inside: &[usize]) -> Self {
        match self {
            Self::Dense(matrix) => {
                let mut part = Matrix::zeros(inside.len(), inside.len());
                for (i, &row) in inside.iter().enumerate() {
                    for (j, &column) in inside.iter().enumerate() {
                        part[(i, j)] = matrix[(row, column)];
                    }
                }
                Self::Dense(part)
            }
            Self::Arrow { matrix, rows } => {
                let kept: Vec<usize> = inside.iter().map(|&index| rows[index]).collect();
                let mut units = vec![0.0; matrix.shape().size()];
                for &row in &kept {
                    units[row] = 1.0;
                }
                Self::Arrow { matrix: matrix.scaled(&units), rows: kept }
            }
        }
    }

    /// Every entry.
    pub(crate) fn dense(&self) -> Matrix {
        match self {
            Self::Dense(matrix) => matrix.clone(),
            Self::Arrow { matrix, rows } => {
                let all = matrix.dense();
                let mut part = Matrix::zeros(rows.len(), rows.len());
                for (i, &row) in rows.iter().enumerate() {
                    for (j, &column) in rows.iter().enumerate() {
                        part[(i, j)] = all[(row, column)];
                    }
                }
                part
            }
        }
    }
}

impl Factored {
    /// x with A x = b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        match self {
            Self::Dense(factor) => factor.solve(b),
            Self::Arrow { factor, rows, size } => picked(&factor.solve(&spread(b, rows, *size)), rows),
        }
    }

    /// y with L y = b for a triangular L; yᵀ y = bᵀ A⁻¹ b.
    pub(crate) fn forward(&self, b: &[f64]) -> Vec<f64> {
        match self {
            Self::Dense(factor) => factor.forward(b),
            Self::Arrow { factor, rows, size } => picked(&factor.forward(&spread(b, rows, *size)), rows),
        }
    }

    /// Smallest pivot of the factor, squared: a bound of the smallest eigenvalue from above.
    pub(crate) fn smallest_pivot(&self) -> f64 {
        match self {
            Self::Dense(factor) => {
                let smallest = (0..factor.lower().rows()).map(|i| factor.lower()[(i, i)]).fold(f64::INFINITY, f64::min);
                smallest * smallest
            }
            Self::Arrow { factor, .. } => factor.smallest_pivot(),
        }
    }

    /// Whole columns of A⁻¹.
    pub(crate) fn inverse_columns(&self, columns: &[usize]) -> Vec<Vec<f64>> {
        match self {
            Self::Dense(factor) => {
                let inverse = factor.inverse();
                columns.iter().map(|&column| inverse.row(column).to_vec()).collect()
            }
            Self::Arrow { factor, rows, .. } => {
                let found = factor.inverse_columns(&picked(rows, columns));
                found.iter().map(|column| picked(column, rows)).collect()
            }
        }
    }

    /// A⁻¹.
    pub(crate) fn inverse(&self) -> Matrix {
        match self {
            Self::Dense(factor) => factor.inverse(),
            Self::Arrow { factor, rows, size } => {
                let all = factor.inverse();
                if rows.len() == *size {
                    return all;
                }
                let mut part = Matrix::zeros(rows.len(), rows.len());
                for (i, &row) in rows.iter().enumerate() {
                    for (entry, &column) in part.row_mut(i).iter_mut().zip(rows) {
                        *entry = all[(row, column)];
                    }
                }
                part
            }
        }
    }

    /// The diagonal of A⁻¹.
    pub(crate) fn inverse_diagonal(&self) -> Vec<f64> {
        match self {
            Self::Dense(factor) => {
                let inverse = factor.inverse();
                (0..inverse.rows()).map(|i| inverse[(i, i)]).collect()
            }
            Self::Arrow { factor, rows, .. } => picked(&factor.inverse_diagonal(), rows),
        }
    }
}

fn spread(x: &[f64], rows: &[usize], size: usize) -> Vec<f64> {
    let mut all = vec![0.0; size];
    for (&row, &value) in rows.iter().zip(x) {
        all[row] = value;
    }
    all
}

fn picked<T: Copy>(all: &[T], places: &[usize]) -> Vec<T> {
    places.iter().map(|&place| all[place]).collect()
}
