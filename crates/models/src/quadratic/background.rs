//! Backgrounds of counting channels.

use super::simplified::Simplified;

/// What is expected in the bins of a channel without the quadratic part.
#[derive(Clone, Debug, PartialEq)]
pub enum Background {
    /// Without error.
    Known(Vec<f64>),
    /// With correlated errors.
    Simplified(Simplified),
}

impl Background {
    /// Number of bins.
    pub(super) fn bins(&self) -> usize {
        match self {
            Self::Known(contents) => contents.len(),
            Self::Simplified(simplified) => simplified.coefficients.len(),
        }
    }

    /// Contents of a bin with derivatives by its parameter θ.
    pub(super) fn at(&self, bin: usize, theta: f64) -> [f64; 3] {
        match self {
            Self::Known(contents) => [contents[bin], 0.0, 0.0],
            Self::Simplified(simplified) => {
                let [a, b, c] = simplified.coefficients[bin];
                [a + theta * (b + c * theta), b + 2.0 * c * theta, 2.0 * c]
            }
        }
    }
}
