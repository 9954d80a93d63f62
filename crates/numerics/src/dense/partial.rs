//! Elimination of the first columns of a symmetric matrix: their factor, and what is left of the others.

use super::cholesky::NotPositive;
use super::tiles::{Block, add_gram};
use crate::simd;

/// Columns that are eliminated together.
const PANEL: usize = 48;

/// Replaces the lower triangle of the first `columns` columns of a symmetric `size` × `size` matrix (row after row) by those
/// of its Cholesky factor, and the rest by its Schur complement. Entries above the diagonal are undefined afterwards.
///
/// # Errors
/// The first pivot that is not positive and finite.
pub fn eliminate(matrix: &mut [f64], size: usize, columns: usize) -> Result<(), NotPositive> {
    assert!(columns <= size && matrix.len() >= size * size, "columns of a square matrix are eliminated");
    let mut panel = Vec::new();
    for start in (0..columns).step_by(PANEL) {
        let width = PANEL.min(columns - start);
        let rows = size - start;
        // Its columns from the diagonal down, each in one piece; what is above the diagonal means nothing.
        panel.clear();
        panel.resize(width * rows, 0.0);
        for i in 0..rows {
            let row = &matrix[(start + i) * size + start..][..width];
            for (k, entry) in row.iter().enumerate() {
                panel[k * rows + i] = *entry;
            }
        }
        simd::widest(Panel { columns: &mut panel, rows }).map_err(|k| NotPositive { index: start + k })?;
        for i in 0..rows {
            let row = &mut matrix[(start + i) * size + start..][..width.min(i + 1)];
            for (k, entry) in row.iter_mut().enumerate() {
                *entry = panel[k * rows + i];
            }
        }
        let left = rows - width;
        if left > 0 {
            let rest = &mut matrix[(start + width) * (size + 1)..];
            add_gram(rest, size, left, Block { data: &panel[width..], stride: rows }, width, -1.0);
        }
    }
    Ok(())
}

/// Some columns of `rows` entries that are replaced by those of the factor; gives the column whose pivot is not positive.
struct Panel<'a> {
    columns: &'a mut [f64],
    rows: usize,
}

impl simd::Work for Panel<'_> {
    type Output = Result<(), usize>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        let Self { columns, rows } = self;
        for k in 0..columns.len() / rows {
            let (done, later) = columns.split_at_mut((k + 1) * rows);
            let column = &mut done[k * rows + k..];
            // Written so that NaN is refused too.
            if !(column[0] > 0.0 && column[0].is_finite()) {
                return Err(k);
            }
            column[0] = column[0].sqrt();
            let pivot = column[0];
            for entry in &mut column[1..] {
                *entry /= pivot;
            }
            for (m, other) in later.chunks_exact_mut(rows).enumerate() {
                let below = &column[m + 1..];
                let factor = below[0];
                for (entry, value) in other[k + 1 + m..].iter_mut().zip(below) {
                    *entry -= factor * value;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dense::{Matrix, cholesky};

    #[test]
    fn what_is_left_is_the_schur_complement() {
        for (size, columns) in [(5, 3), (60, 49), (130, 100), (130, 130), (9, 0)] {
            let entry = |i: usize, j: usize| {
                let wave = crate::maths::sin(1.0 + (i.min(j) * 31 + i.max(j)) as f64);
                if i == j { size as f64 + 1.0 } else { wave }
            };
            let mut matrix: Vec<f64> = (0..size * size).map(|at| entry(at / size, at % size)).collect();
            let full = cholesky(&Matrix::from_rows(size, size, matrix.clone()).unwrap()).unwrap();
            eliminate(&mut matrix, size, columns).unwrap();
            // A factor of the complement is the rest of the factor of the whole.
            let left = size - columns;
            let mut rest = Matrix::zeros(left, left);
            for i in 0..size {
                for j in 0..=i {
                    let value = matrix[i * size + j];
                    if j < columns {
                        assert!((value - full.lower()[(i, j)]).abs() < 1e-12 * size as f64);
                    } else {
                        rest[(i - columns, j - columns)] = value;
                    }
                }
            }
            if left > 0 {
                let factor = cholesky(&rest).unwrap();
                for i in 0..left {
                    for j in 0..=i {
                        let whole = full.lower()[(columns + i, columns + j)];
                        assert!((factor.lower()[(i, j)] - whole).abs() < 1e-12 * size as f64);
                    }
                }
            }
        }
    }

    #[test]
    fn a_negative_pivot_is_named() {
        let mut matrix = vec![1.0, 0.0, 2.0, 1.0];
        assert_eq!(eliminate(&mut matrix, 2, 2), Err(NotPositive { index: 1 }));
    }
}
