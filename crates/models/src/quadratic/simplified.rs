//! Simplified likelihoods: backgrounds with correlated errors that are skewed.
//!
//! ```text
//! n_b = a_b + b_b θ_b + c_b θ_b²,   θ ~ N(0, ρ)
//! ```
//! A. Buckley, M. Citron, S. Fichet, S. Kraml, W. Waltenberger, N. Wardle, JHEP 04 (2019) 064 (arXiv:1809.05548).

use germane_numerics::dense::Matrix;
use germane_numerics::maths;
use std::f64::consts::PI;

/// Moments of the backgrounds of all bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Means.
    pub mean: Vec<f64>,
    /// Covariance of the bins.
    pub covariance: Matrix,
    /// Third central moments of the bins; zeros make normal backgrounds.
    pub third: Vec<f64>,
}

/// The coefficients of a background, and the correlation of its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Simplified {
    /// a, b, c of each bin.
    pub coefficients: Vec<[f64; 3]>,
    /// ρ of the parameters θ.
    pub correlation: Matrix,
}

impl Simplified {
    /// The background with these moments (eqs. 2.9 to 2.12).
    ///
    /// # Errors
    /// In words, if lengths differ, or a bin's variance is not positive or too small for its third moment (m3² > 8 m2³).
    pub fn new(moments: &Moments) -> Result<Self, String> {
        let bins = moments.mean.len();
        let covariance = &moments.covariance;
        if covariance.rows() != bins || covariance.columns() != bins || moments.third.len() != bins {
            let (rows, third) = (covariance.rows(), moments.third.len());
            return Err(format!("{bins} means, but {rows} rows of the covariance and {third} third moments"));
        }
        let mut coefficients = Vec::with_capacity(bins);
        for bin in 0..bins {
            let (variance, third) = (covariance[(bin, bin)], moments.third[bin]);
            let most = 8.0 * variance * variance * variance;
            if !(variance > 0.0 && third * third <= most) {
                return Err(format!("bin {bin}: the third moment {third} is too large for the variance {variance}"));
            }
            let c = if third == 0.0 {
                0.0
            } else {
                let angle = 4.0 * PI / 3.0 + maths::atan((most / (third * third) - 1.0).max(0.0).sqrt()) / 3.0;
                -third.signum() * (2.0 * variance).sqrt() * maths::cos(angle)
            };
            coefficients.push([moments.mean[bin] - c, (variance - 2.0 * c * c).max(0.0).sqrt(), c]);
        }
        let mut correlation = Matrix::identity(bins);
        for i in 0..bins {
            for j in (0..bins).filter(|j| *j != i) {
                let ([_, bi, ci], [_, bj, cj]) = (coefficients[i], coefficients[j]);
                let (linear, curved, wanted) = (bi * bj, ci * cj, covariance[(i, j)]);
                // 2 c_i c_j ρ² + b_i b_j ρ = V_ij, in the form that keeps its digits for small c.
                let root = (linear * linear + 8.0 * curved * wanted).max(0.0).sqrt();
                correlation[(i, j)] = 2.0 * wanted / (linear + root);
                if !correlation[(i, j)].is_finite() {
                    return Err(format!("bins {i} and {j}: no correlation gives the covariance {wanted}"));
                }
            }
        }
        Ok(Self { coefficients, correlation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moments_are_those_asked_for() {
        let covariance = Matrix::from_rows(3, 3, vec![4.0, 1.5, -0.5, 1.5, 9.0, 0.7, -0.5, 0.7, 1.0]).unwrap();
        let moments = Moments { mean: vec![20.0, 50.0, 8.0], covariance, third: vec![3.0, -8.0, 0.0] };
        let simplified = Simplified::new(&moments).unwrap();
        // Moments of a polynomial of a standard normal number: mean a + c, variance b² + 2 c², third 6 b² c + 8 c³.
        for (bin, [a, b, c]) in simplified.coefficients.iter().enumerate() {
            assert!((a + c - moments.mean[bin]).abs() < 1e-13);
            assert!((b * b + 2.0 * c * c - moments.covariance[(bin, bin)]).abs() < 1e-13);
            assert!((6.0 * b * b * c + 8.0 * c * c * c - moments.third[bin]).abs() < 1e-12);
            for (other, [_, d, e]) in simplified.coefficients.iter().enumerate().filter(|(other, _)| *other != bin) {
                let rho = simplified.correlation[(bin, other)];
                assert!((b * d * rho + 2.0 * c * e * rho * rho - moments.covariance[(bin, other)]).abs() < 1e-13);
            }
        }
        let skewed = Moments { third: vec![30.0, 0.0, 0.0], ..moments };
        assert!(Simplified::new(&skewed).unwrap_err().contains("bin 0"));
    }
}
