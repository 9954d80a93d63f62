//! The normal density of several values with a covariance.

use germane_numerics::dense::{Matrix, cholesky, dot, symmetric_eigen};
use germane_numerics::maths;

/// ln(2π)/2.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// Eigenvalues of a scaled covariance below are none.
const SINGULAR: f64 = 1e-12;

/// A normal density with its constants.
#[derive(Clone, Debug)]
pub(crate) struct JointNormal {
    /// Inverse of the covariance.
    precision: Matrix,
    /// ln det(2π V)/2.
    constant: f64,
}

impl JointNormal {
    /// The density of a covariance.
    ///
    /// # Errors
    /// Directions that have no variance, or a negative one, each as its components; none if the matrix is not finite.
    pub(crate) fn new(covariance: &Matrix) -> Result<Self, Vec<Vec<f64>>> {
        let size = covariance.rows();
        let units: Vec<f64> = (0..size).map(|i| covariance[(i, i)].sqrt()).collect();
        let mut scaled = covariance.clone();
        for i in 0..size {
            for j in 0..size {
                scaled[(i, j)] /= units[i] * units[j];
            }
        }
        let (values, vectors) = symmetric_eigen(&scaled);
        if values.iter().any(|value| !value.is_finite()) {
            return Err(Vec::new());
        }
        let null = values.iter().enumerate().filter(|(_, value)| **value < SINGULAR);
        // vᵀ D⁻¹ x has the variance of v: components in the units of the values.
        let null: Vec<Vec<f64>> =
            null.map(|(k, _)| vectors.row(k).iter().zip(&units).map(|(part, unit)| part / unit).collect()).collect();
        if !null.is_empty() {
            return Err(null);
        }
        let factor = cholesky(&scaled).map_err(|_| Vec::new())?;
        let mut precision = factor.inverse();
        for i in 0..size {
            for j in 0..size {
                precision[(i, j)] /= units[i] * units[j];
            }
        }
        let scale: f64 = units.iter().map(|unit| maths::ln(*unit)).sum();
        let constant = 0.5 * factor.log_determinant() + scale + size as f64 * HALF_LN_TWO_PI;
        Ok(Self { precision, constant })
    }

    /// Inverse of the covariance.
    pub(crate) fn precision(&self) -> &Matrix {
        &self.precision
    }

    /// -ln of the density at the centre.
    pub(crate) fn least(&self) -> f64 {
        self.constant
    }

    /// -ln of the density at a distance from the centre; V⁻¹ times the distance, its gradient.
    pub(crate) fn penalty(&self, distance: &[f64]) -> (f64, Vec<f64>) {
        let slope = self.precision.times(distance);
        (0.5 * dot(&slope, distance) + self.constant, slope)
    }
}

/// A direction in words: `a − 0.98 b`, the largest component first with factor 1.
pub(crate) fn direction(names: &[String], components: &[f64]) -> String {
    let mut parts: Vec<(&str, f64)> = names.iter().map(String::as_str).zip(components.iter().copied()).collect();
    parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let largest = parts.first().map_or(1.0, |part| part.1);
    let mut text = String::new();
    for (place, (name, part)) in parts.into_iter().enumerate() {
        let part = part / largest;
        if place > 0 && part.abs() < 0.005 {
            break;
        }
        match (place, part < 0.0) {
            (0, _) => text.push_str(name),
            (_, true) => text.push_str(&format!(" − {:.2} {name}", -part)),
            (_, false) => text.push_str(&format!(" + {part:.2} {name}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_correlated_values_have_the_density_of_the_formula() {
        let (s, t, rho) = (0.5, 2.0, -0.3);
        let covariance = Matrix::from_rows(2, 2, vec![s * s, rho * s * t, rho * s * t, t * t]).unwrap();
        let normal = JointNormal::new(&covariance).unwrap();
        let (x, y) = (0.7 / s, -1.1 / t);
        let form = (x * x - 2.0 * rho * x * y + y * y) / (2.0 * (1.0 - rho * rho));
        let truth = form + maths::ln(std::f64::consts::TAU * s * t * (1.0f64 - rho * rho).sqrt());
        assert!((normal.penalty(&[0.7, -1.1]).0 - truth).abs() < 1e-14);
    }

    #[test]
    fn a_sum_that_does_not_vary_is_named() {
        let covariance = Matrix::from_rows(2, 2, vec![4.0, -6.0, -6.0, 9.0]).unwrap();
        let null = JointNormal::new(&covariance).unwrap_err();
        assert_eq!(null.len(), 1);
        assert_eq!(direction(&["a".into(), "b".into()], &null[0]), "a + 0.67 b");
        let wrong = Matrix::from_rows(1, 1, vec![-1.0]).unwrap();
        assert!(JointNormal::new(&wrong).is_err());
    }
}
