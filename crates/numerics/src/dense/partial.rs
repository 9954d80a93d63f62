//! Elimination of the first columns of a symmetric matrix: their factor, and what is left of the others.

use super::cholesky::NotPositive;
use super::lanes::dot;
use super::tiles::{Block, add_gram};

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
        let stop = (start + PANEL).min(columns);
        for i in start..size {
            let (above, below) = matrix.split_at_mut(i * size);
            let row = &mut below[start..size];
            for j in start..i.min(stop) {
                let finished = &above[j * size + start..=j * size + j];
                let known = j - start;
                row[known] = (row[known] - dot(&row[..known], &finished[..known])) / finished[known];
            }
            if i < stop {
                let known = i - start;
                let pivot = row[known] - dot(&row[..known], &row[..known]);
                // Written so that NaN is refused too.
                if !(pivot > 0.0 && pivot.is_finite()) {
                    return Err(NotPositive { index: i });
                }
                row[known] = pivot.sqrt();
            }
        }
        let left = size - stop;
        if left == 0 {
            continue;
        }
        let width = stop - start;
        panel.clear();
        panel.resize(width * left, 0.0);
        for i in 0..left {
            let row = &matrix[(stop + i) * size + start..(stop + i) * size + stop];
            for (k, entry) in row.iter().enumerate() {
                panel[k * left + i] = *entry;
            }
        }
        let rest = &mut matrix[stop * size + stop..];
        add_gram(rest, size, left, Block { data: &panel, stride: left }, width, -1.0);
    }
    Ok(())
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
