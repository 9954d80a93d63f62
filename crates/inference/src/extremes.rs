//! Smallest and largest eigenvalue of a large positive definite matrix, from products and solutions only.
//!
//! C. Lanczos, J. Res. Nat. Bur. Stand. 45 (1950) 255, with full reorthogonalisation; the smallest one from the inverse.

use germane_numerics::dense::{Matrix, add_scaled, dot, symmetric_eigen};

use crate::curved::{Curved, Factored};

/// Steps after which the value is taken as it is; its relative error is then far below what a certificate needs.
const STEPS: usize = 60;

/// Both values of a matrix with its factor.
pub(crate) fn extremes(matrix: &Curved, factor: &Factored) -> [f64; 2] {
    let size = matrix.len();
    let largest = largest(size, |x| matrix.times(x));
    let smallest = 1.0 / self::largest(size, |x| factor.solve(x));
    [smallest, largest]
}

/// The largest eigenvalue of a symmetric positive definite map.
fn largest(size: usize, map: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
    // A fixed start that is orthogonal to no eigenvector but by accident.
    let mut v: Vec<f64> = (0..size).map(|index| 1.0 + 0.5 * germane_numerics::maths::sin(1.0 + 3.7 * index as f64)).collect();
    let (mut basis, mut diagonal, mut off): (Vec<Vec<f64>>, Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new(), Vec::new());
    for step in 0..STEPS.min(size) {
        let norm = dot(&v, &v).sqrt();
        if !(norm > 1e-14) {
            break;
        }
        if step > 0 {
            off.push(norm);
        }
        for entry in &mut v {
            *entry /= norm;
        }
        let mut next = map(&v);
        diagonal.push(dot(&next, &v));
        basis.push(v);
        // Twice is enough.
        for _ in 0..2 {
            for known in &basis {
                let part = dot(&next, known);
                add_scaled(&mut next, -part, known);
            }
        }
        v = next;
        if step % 4 == 3 {
            let (value, last) = tridiagonal(&diagonal, &off);
            // The error is the square of the residual, about.
            if dot(&v, &v).sqrt() * last.abs() <= 3e-5 * value {
                return value;
            }
        }
    }
    tridiagonal(&diagonal, &off).0
}

/// The largest eigenvalue of a tridiagonal matrix, and the last component of its vector.
fn tridiagonal(diagonal: &[f64], off: &[f64]) -> (f64, f64) {
    let mut matrix = Matrix::diagonal(diagonal);
    for (index, &entry) in off.iter().take(diagonal.len().saturating_sub(1)).enumerate() {
        matrix[(index + 1, index)] = entry;
        matrix[(index, index + 1)] = entry;
    }
    let (values, vectors) = symmetric_eigen(&matrix);
    match values.len() {
        0 => (0.0, 0.0),
        count => (values[count - 1], vectors[(count - 1, count - 1)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_spectrum_are_those_of_the_full_decomposition() {
        // Second differences plus a little: 2 - 2 cos(kπ/(n+1)) + 0.01, and one row that couples to all.
        let size = 300;
        let mut matrix = Matrix::zeros(size, size);
        for i in 0..size {
            matrix[(i, i)] = 2.01 + f64::from(u8::from(i == 0)) * 40.0;
            if i + 1 < size {
                matrix[(i, i + 1)] = -1.0;
                matrix[(i + 1, i)] = -1.0;
            }
        }
        let (values, _) = symmetric_eigen(&matrix);
        let matrix = Curved::Dense(matrix);
        let [low, high] = extremes(&matrix, &matrix.factor(0.0).unwrap());
        assert!((low / values[0] - 1.0).abs() < 1e-6, "{low} {}", values[0]);
        assert!((high / values[size - 1] - 1.0).abs() < 1e-6, "{high} {}", values[size - 1]);
    }
}
