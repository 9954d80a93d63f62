//! A = L Lᵀ for a symmetric positive definite A, and what follows from it.

use super::lanes::{add_scaled, dot};
use super::matrix::Matrix;
use crate::maths;
use std::fmt;

/// Rows that are worked on together, so that a finished row is read from the cache by all of them.
const ROWS: usize = 16;

/// The lower triangular factor L of A = L Lᵀ.
#[derive(Clone, Debug)]
pub struct Cholesky {
    lower: Matrix,
}

/// The matrix is not positive definite: the leading part up to and including `index` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPositive {
    /// Row of the first pivot that is not positive.
    pub index: usize,
}

impl fmt::Display for NotPositive {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the matrix is not positive definite (row {})", self.index)
    }
}

impl std::error::Error for NotPositive {}

/// Factorises a symmetric matrix, of which the lower triangle is read. Panics if it is not square.
pub fn cholesky(matrix: &Matrix) -> Result<Cholesky, NotPositive> {
    let size = matrix.rows();
    assert_eq!(size, matrix.columns(), "a matrix to be factorised is square");
    let mut lower = Matrix::zeros(size, size);
    for start in (0..size).step_by(ROWS) {
        let stop = (start + ROWS).min(size);
        let (done, todo) = lower.data_mut().split_at_mut(start * size);
        // Columns before the block of rows: each finished row j serves all rows of the block.
        for j in 0..start {
            let finished = &done[j * size..=j * size + j];
            for (offset, row) in todo.chunks_mut(size).take(stop - start).enumerate() {
                let sum = dot(&row[..j], &finished[..j]);
                row[j] = (matrix[(start + offset, j)] - sum) / finished[j];
            }
        }
        for i in start..stop {
            let (above, below) = todo.split_at_mut((i - start) * size);
            let row = &mut below[..size];
            for j in start..i {
                let finished = &above[(j - start) * size..=(j - start) * size + j];
                row[j] = (matrix[(i, j)] - dot(&row[..j], &finished[..j])) / finished[j];
            }
            let pivot = matrix[(i, i)] - dot(&row[..i], &row[..i]);
            // Written so that NaN is refused too.
            if !(pivot > 0.0 && pivot.is_finite()) {
                return Err(NotPositive { index: i });
            }
            row[i] = pivot.sqrt();
        }
    }
    Ok(Cholesky { lower })
}

impl Cholesky {
    /// The factor L; zero above the diagonal.
    pub fn lower(&self) -> &Matrix {
        &self.lower
    }

    /// x with A x = b.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = self.forward(b);
        for i in (0..x.len()).rev() {
            let (before, rest) = x.split_at_mut(i);
            rest[0] /= self.lower[(i, i)];
            add_scaled(before, -rest[0], &self.lower.row(i)[..i]);
        }
        x
    }

    /// y with L y = b; yᵀ y = bᵀ A⁻¹ b.
    pub fn forward(&self, b: &[f64]) -> Vec<f64> {
        let mut y = b.to_vec();
        for i in 0..y.len() {
            let row = self.lower.row(i);
            y[i] = (y[i] - dot(&row[..i], &y[..i])) / row[i];
        }
        y
    }

    /// A⁻¹, exactly symmetric.
    pub fn inverse(&self) -> Matrix {
        let size = self.lower.rows();
        // Row c of `columns` is column c of L⁻¹: zero before entry c.
        let mut columns = Matrix::zeros(size, size);
        for i in 0..size {
            let row = self.lower.row(i);
            for c in 0..i {
                let column = columns.row_mut(c);
                column[i] = -dot(&row[c..i], &column[c..i]) / row[i];
            }
            columns[(i, i)] = 1.0 / row[i];
        }
        let mut inverse = Matrix::zeros(size, size);
        for i in 0..size {
            for j in 0..=i {
                let value = dot(&columns.row(i)[i..], &columns.row(j)[i..]);
                inverse[(i, j)] = value;
                inverse[(j, i)] = value;
            }
        }
        inverse
    }

    /// ln det A.
    pub fn log_determinant(&self) -> f64 {
        2.0 * (0..self.lower.rows()).map(|i| maths::ln(self.lower[(i, i)])).sum::<f64>()
    }
}
