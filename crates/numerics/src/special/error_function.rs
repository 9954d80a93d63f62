//! Error function, its complement, and the complement scaled.

use crate::maths;

/// 2/√π ∫₀ˣ e^(-t²) dt.
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// 1 - erf(x), without loss for large x.
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// e^(x²) erfc(x): near 1/(x √π) for large x; infinite below -26.7.
pub fn erfcx(x: f64) -> f64 {
    if x < 5.0 {
        // x² in two parts: the rounding of x² alone would cost x² units in the last place.
        let square = x * x;
        let rest = x.mul_add(x, -square);
        return maths::exp(square) * (1.0 + rest) * erfc(x);
    }
    if x > 1e8 {
        return 1.0 / (x * std::f64::consts::PI.sqrt());
    }
    // x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …))), from the bottom; 60 levels settle at x = 5.
    let mut fraction = x;
    for level in (1..=60).rev() {
        fraction = x + 0.5 * f64::from(level) / fraction;
    }
    1.0 / (fraction * std::f64::consts::PI.sqrt())
}
