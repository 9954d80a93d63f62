//! Eigenvalues and eigenvectors of a symmetric matrix: Householder reduction to three diagonals, then QL with implicit
//! shifts (Wilkinson and Reinsch, Handbook for Automatic Computation II, tred2 and imtql2).

use super::lanes::{add_scaled, dot};
use super::matrix::Matrix;
use crate::maths;

/// Sweeps after which a value that has not settled is left as it is: never seen above 10 on finite input.
const SWEEPS: usize = 60;

/// Eigenvalues in ascending order, and a matrix whose *row* k is the unit eigenvector of value k.
///
/// The lower triangle is read. Entries that are not finite give NaN. Panics if the matrix is not square.
pub fn symmetric_eigen(matrix: &Matrix) -> (Vec<f64>, Matrix) {
    let size = matrix.rows();
    assert_eq!(size, matrix.columns(), "eigenvalues are those of a square matrix");
    if size == 0 {
        return (Vec::new(), Matrix::default());
    }
    if (0..size).any(|row| matrix.row(row)[..=row].iter().any(|entry| !entry.is_finite())) {
        return (vec![f64::NAN; size], Matrix::from_rows(size, size, vec![f64::NAN; size * size]).unwrap_or_default());
    }
    let (mut values, mut off, mut vectors) = tridiagonal(matrix);
    diagonal(&mut values, &mut off, &mut vectors);
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut sorted = Matrix::zeros(size, size);
    for (to, &from) in order.iter().enumerate() {
        sorted.row_mut(to).copy_from_slice(vectors.row(from));
    }
    (order.iter().map(|&index| values[index]).collect(), sorted)
}

/// Diagonal, subdiagonal (entry i couples i and i + 1) and Q with A = Qᵀ T Q: the rows of Q are the new basis.
fn tridiagonal(matrix: &Matrix) -> (Vec<f64>, Vec<f64>, Matrix) {
    let size = matrix.rows();
    let mut a = matrix.clone();
    for row in 0..size {
        for column in row + 1..size {
            a[(row, column)] = a[(column, row)];
        }
    }
    let mut off = vec![0.0; size];
    let mut reflectors: Vec<(usize, Vec<f64>, f64)> = Vec::new();
    for k in 0..size.saturating_sub(2) {
        // The part of row k right of the subdiagonal is reflected onto its first entry.
        let mut v = a.row(k)[k + 1..].to_vec();
        let scale = v.iter().fold(0.0f64, |most, entry| most.max(entry.abs()));
        if v[1..].iter().all(|&entry| entry == 0.0) || scale == 0.0 {
            off[k] = v[0];
            continue;
        }
        for entry in &mut v {
            *entry /= scale;
        }
        let norm = dot(&v, &v).sqrt();
        let head = if v[0] > 0.0 { -norm } else { norm };
        off[k] = head * scale;
        v[0] -= head;
        let factor = 2.0 / dot(&v, &v);
        // A' = A - v wᵀ - w vᵀ with w = p - (factor pᵀv / 2) v, p = factor A v.
        let mut w: Vec<f64> = (k + 1..size).map(|row| factor * dot(&a.row(row)[k + 1..], &v)).collect();
        let half = 0.5 * factor * dot(&w, &v);
        add_scaled(&mut w, -half, &v);
        for row in 0..v.len() {
            let entries = &mut a.row_mut(k + 1 + row)[k + 1..];
            for column in 0..v.len() {
                // Symmetric in row and column bit by bit.
                entries[column] -= v[row] * w[column] + w[row] * v[column];
            }
        }
        reflectors.push((k + 1, v, factor));
    }
    if size >= 2 {
        off[size - 2] = a[(size - 1, size - 2)];
    }
    let diagonal = (0..size).map(|index| a[(index, index)]).collect();
    let mut q = Matrix::identity(size);
    for (start, v, factor) in reflectors.iter().rev() {
        // Rows of Q are basis vectors: Q H from the last reflector to the first, on the rows it can change.
        let mut sums = vec![0.0; size];
        for (offset, &entry) in v.iter().enumerate() {
            add_scaled(&mut sums, entry, q.row(start + offset));
        }
        for (offset, &entry) in v.iter().enumerate() {
            add_scaled(q.row_mut(start + offset), -factor * entry, &sums);
        }
    }
    // The product above is H1 H2 …, whose columns are the basis.
    (diagonal, off, q.transpose())
}

/// QL with implicit shifts on the tridiagonal matrix; rotates the rows of `vectors` along.
fn diagonal(d: &mut [f64], e: &mut [f64], vectors: &mut Matrix) {
    let size = d.len();
    for l in 0..size {
        for _ in 0..SWEEPS {
            let m = (l..size - 1)
                .find(|&m| {
                    let scale = d[m].abs() + d[m + 1].abs();
                    e[m].abs() <= f64::EPSILON * 0.5 * scale || e[m] == 0.0
                })
                .unwrap_or(size - 1);
            if m == l {
                break;
            }
            let mut g = (d[l + 1] - d[l]) / (2.0 * e[l]);
            let mut r = maths::hypot(g, 1.0);
            g = d[m] - d[l] + e[l] / (g + r.copysign(g));
            let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
            let mut underflow = false;
            for i in (l..m).rev() {
                let f = s * e[i];
                let b = c * e[i];
                r = maths::hypot(f, g);
                e[i + 1] = r;
                if r == 0.0 {
                    d[i + 1] -= p;
                    e[m] = 0.0;
                    underflow = true;
                    break;
                }
                s = f / r;
                c = g / r;
                g = d[i + 1] - p;
                r = (d[i] - g) * s + 2.0 * c * b;
                p = s * r;
                d[i + 1] = g + p;
                g = c * r - b;
                rotate(vectors, i, s, c);
            }
            if underflow {
                continue;
            }
            d[l] -= p;
            e[l] = g;
            e[m] = 0.0;
        }
    }
}

/// Rows i and i + 1 become c v_i - s v_{i+1} and s v_i + c v_{i+1}.
fn rotate(vectors: &mut Matrix, i: usize, s: f64, c: f64) {
    let columns = vectors.columns();
    let (low, high) = vectors.data_mut()[i * columns..(i + 2) * columns].split_at_mut(columns);
    for (x, y) in low.iter_mut().zip(high) {
        let f = *y;
        *y = s * *x + c * f;
        *x = c * *x - s * f;
    }
}
