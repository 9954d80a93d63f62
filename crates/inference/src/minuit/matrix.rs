//! The estimate of the inverse second derivatives, and what is known of it.

use germane_numerics::dense::{Matrix, cholesky, dot, symmetric_eigen};

use super::gradient::Gradient;
use super::precision::EPS2;

/// How a matrix came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// As it was found.
    Found,
    /// It was not positive definite and has been made so.
    MadePositive,
    /// HESSE could not find the second derivatives.
    HesseFailed,
    /// They could not be inverted.
    NotInverted,
}

#[derive(Clone, Debug)]
pub(super) struct ErrorMatrix {
    pub(super) inverse: Matrix,
    /// Part of the matrix that the last updates have changed: 0 is exact, 1 unknown.
    pub(super) inaccuracy: f64,
    pub(super) status: Status,
}

impl ErrorMatrix {
    /// From the second derivatives along the coordinates alone.
    pub(super) fn diagonal(gradient: &Gradient) -> Self {
        let inverse = |curve: &f64| if curve.abs() > EPS2 { 1.0 / curve } else { 1.0 };
        let values: Vec<f64> = gradient.curves.iter().map(inverse).collect();
        Self { inverse: Matrix::diagonal(&values), inaccuracy: 1.0, status: Status::Found }
    }

    /// gᵀ V g / 2, the distance of -ln L to its minimum.
    pub(super) fn edm(&self, slopes: &[f64]) -> f64 {
        0.5 * dot(slopes, &self.inverse.times(slopes))
    }

    /// The step to the minimum.
    pub(super) fn step(&self, slopes: &[f64]) -> Vec<f64> {
        self.inverse.times(slopes).into_iter().map(|value| -value).collect()
    }

    /// Made positive definite, if it is not.
    pub(super) fn positive(self) -> Self {
        match made_positive(&self.inverse) {
            None => self,
            Some(inverse) => Self { inverse, status: Status::MadePositive, ..self },
        }
    }

    /// The update of Davidon, Fletcher and Powell by a step and the change of the gradient; where the curvature along the step
    /// is larger than expected, that of Broyden, Fletcher, Goldfarb and Shanno.
    ///
    /// R. Fletcher, Comput. J. 13 (1970) 317.
    pub(super) fn updated(&self, step: &[f64], change: &[f64]) -> Self {
        let along = dot(step, change);
        let image = self.inverse.times(change);
        let expected = dot(change, &image);
        if along == 0.0 || expected <= 0.0 {
            return self.clone();
        }
        let size = step.len();
        let mut inverse = self.inverse.clone();
        let (mut changed, mut whole) = (0.0, 0.0);
        for i in 0..size {
            for j in 0..=i {
                let mut update = step[i] * step[j] / along - image[i] * image[j] / expected;
                if along > expected {
                    let mixed = |k: usize| step[k] / along - image[k] / expected;
                    update += expected * mixed(i) * mixed(j);
                }
                let value = inverse[(i, j)] + update;
                inverse[(i, j)] = value;
                inverse[(j, i)] = value;
                changed += update.abs();
                whole += value.abs();
            }
        }
        Self { inverse, inaccuracy: 0.5 * (self.inaccuracy + changed / whole), status: Status::Found }
    }
}

/// Smallest eigenvalue of a matrix of unit diagonal that counts as positive, in units of the largest.
const POSITIVE: f64 = 1e-6;

/// A symmetric matrix with enough added to its diagonal to be positive definite; none if it is already.
pub(super) fn made_positive(matrix: &Matrix) -> Option<Matrix> {
    let size = matrix.rows();
    let mut made = matrix.clone();
    let least = (0..size).map(|i| matrix[(i, i)]).fold(f64::INFINITY, f64::min);
    let added = if least <= 0.0 { 0.5 + POSITIVE - least } else { 0.0 };
    for i in 0..size {
        made[(i, i)] += added;
    }
    let units: Vec<f64> = (0..size).map(|i| 1.0 / made[(i, i)].sqrt()).collect();
    let mut scaled = made.clone();
    for i in 0..size {
        for j in 0..size {
            scaled[(i, j)] *= units[i] * units[j];
        }
    }
    let (values, _) = symmetric_eigen(&scaled);
    let lowest = values.first().copied().unwrap_or(1.0);
    let highest = values.last().map_or(1.0, |value| value.abs().max(1.0));
    if lowest > POSITIVE * highest {
        return (added > 0.0).then_some(made);
    }
    let factor = 1.0 + 0.001 * highest - lowest;
    for i in 0..size {
        made[(i, i)] *= factor;
    }
    Some(made)
}

/// The inverse of a positive definite matrix.
pub(super) fn inverse(matrix: &Matrix) -> Option<Matrix> {
    cholesky(matrix).ok().map(|factor| factor.inverse()).filter(|inverse| inverse.data().iter().all(|value| value.is_finite()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_along_independent_steps_find_the_inverse() {
        // On a quadratic function every pair of step s and change H s is reproduced: V H s = s.
        let hessian = Matrix::from_rows(2, 2, vec![4.0, 1.0, 1.0, 3.0]).unwrap();
        let mut matrix = ErrorMatrix { inverse: Matrix::identity(2), inaccuracy: 1.0, status: Status::Found };
        for step in [[1.0, 0.3], [-0.2, 0.9]] {
            let change = hessian.times(&step);
            matrix = matrix.updated(&step, &change);
            let back = matrix.inverse.times(&change);
            assert!((back[0] - step[0]).abs() < 1e-12 && (back[1] - step[1]).abs() < 1e-12);
        }
        assert!(matrix.inaccuracy < 1.0);
    }

    #[test]
    fn a_matrix_with_a_negative_eigenvalue_is_made_positive() {
        let wrong = Matrix::from_rows(2, 2, vec![1.0, 2.0, 2.0, 1.0]).unwrap();
        let made = made_positive(&wrong).unwrap();
        assert!(inverse(&wrong).is_none() && inverse(&made).is_some());
        assert!(made_positive(&Matrix::identity(3)).is_none());
    }
}
