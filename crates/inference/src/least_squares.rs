//! Weighted linear least squares of a few coefficients.

use germane_numerics::dense::{Matrix, cholesky};
use germane_numerics::special;

/// Coefficients that minimise Σ ((y - Σ c_k f_k)/error)².
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    pub(crate) coefficients: Vec<f64>,
    pub(crate) covariance: Vec<Vec<f64>>,
    pub(crate) chi2: f64,
    pub(crate) ndof: i64,
}

/// One measurement: the functions at its place, its value, its standard deviation.
pub(crate) struct Row {
    pub(crate) functions: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) error: f64,
}

impl Solution {
    /// Probability of a larger χ²; none without degrees of freedom.
    pub(crate) fn p(&self) -> Option<f64> {
        (self.ndof > 0).then(|| special::chi2_survival(self.chi2, self.ndof as f64))
    }
}

/// None where the rows do not determine the coefficients.
pub(crate) fn solve(rows: &[Row]) -> Option<Solution> {
    let size = rows.first()?.functions.len();
    if rows.len() < size {
        return None;
    }
    let mut normal = Matrix::zeros(size, size);
    let mut right = vec![0.0; size];
    for row in rows {
        let weight = 1.0 / (row.error * row.error);
        for (i, one) in row.functions.iter().enumerate() {
            right[i] += weight * one * row.value;
            for (j, other) in row.functions.iter().enumerate() {
                normal[(i, j)] += weight * one * other;
            }
        }
    }
    // In units in which the diagonal is 1: powers of energies differ by many decades.
    let units: Vec<f64> = (0..size).map(|k| 1.0 / normal[(k, k)].sqrt()).collect();
    if units.iter().any(|unit| !unit.is_finite()) {
        return None;
    }
    for i in 0..size {
        right[i] *= units[i];
        for j in 0..size {
            normal[(i, j)] *= units[i] * units[j];
        }
    }
    let factor = cholesky(&normal).ok()?;
    let inverse = factor.inverse();
    let coefficients: Vec<f64> = factor.solve(&right).iter().zip(&units).map(|(value, unit)| value * unit).collect();
    let covariance = (0..size).map(|i| (0..size).map(|j| inverse[(i, j)] * units[i] * units[j]).collect()).collect();
    let distance = |row: &Row| {
        let sum: f64 = row.functions.iter().zip(&coefficients).map(|(f, c)| f * c).sum();
        (row.value - sum) / row.error
    };
    let chi2 = rows.iter().map(|row| distance(row) * distance(row)).sum();
    Some(Solution { coefficients, covariance, chi2, ndof: rows.len() as i64 - size as i64 })
}

/// Standard deviation of a linear function of coefficients with a covariance.
pub(crate) fn spread(covariance: &[Vec<f64>], slopes: &[f64]) -> f64 {
    let mut variance = 0.0;
    for (row, one) in covariance.iter().zip(slopes) {
        for (value, other) in row.iter().zip(slopes) {
            variance += one * value * other;
        }
    }
    variance.max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_through_three_points() {
        // y = 1, 3, 4 at 0, 1, 2 with errors 1: slope 3/2, intercept 7/6, χ² 1/6, variances 1/2 and 5/6.
        let row = |x: f64, value: f64| Row { functions: vec![1.0, x], value, error: 1.0 };
        let line = solve(&[row(0.0, 1.0), row(1.0, 3.0), row(2.0, 4.0)]).unwrap();
        let truth = [7.0 / 6.0, 1.5, 5.0 / 6.0, 0.5, -0.5, 1.0 / 6.0];
        let covariance = &line.covariance;
        let ours = [line.coefficients[0], line.coefficients[1], covariance[0][0], covariance[1][1], covariance[0][1], line.chi2];
        for (ours, truth) in ours.iter().zip(truth) {
            assert!((ours - truth).abs() < 1e-14, "{ours} {truth}");
        }
        assert_eq!(line.ndof, 1);
        // Variance at x = 2: 5/6 + 4/2 - 4/2.
        assert!((spread(covariance, &[1.0, 2.0]) - (5.0f64 / 6.0).sqrt()).abs() < 1e-14);
        assert!(solve(&[row(1.0, 1.0), row(1.0, 2.0)]).is_none());
    }
}
