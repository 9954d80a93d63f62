//! The gamma function and its logarithm.

/// Γ(x); NaN at zero and the negative integers.
pub fn gamma(x: f64) -> f64 {
    libm::tgamma(x)
}

/// ln |Γ(x)|; infinite at zero and the negative integers.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// ln Γ(x) - ((x - ½) ln x - x + ½ ln 2π) for x >= 8: Stirling's series.
pub(crate) fn stirling_rest(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 9] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
        -3617.0 / 122_400.0,
        43867.0 / 244_188.0,
    ];
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    inverse * COEFFICIENTS.iter().rev().fold(0.0, |sum, &c| sum * square + c)
}

/// ln(1 + u) - u, without loss for small u.
pub(crate) fn log1p_minus(u: f64) -> f64 {
    if !(-0.4..=0.4).contains(&u) {
        return crate::maths::log1p(u) - u;
    }
    // With s = u/(2 + u): ln(1 + u) = 2 (s + s³/3 + …), and u = 2 s + s u.
    let s = u / (2.0 + u);
    let square = s * s;
    let mut power = s * square;
    let mut sum = 0.0;
    let mut k = 3.0;
    loop {
        let term = power / k;
        sum += term;
        if term.abs() <= 1e-18 * sum.abs() || term == 0.0 {
            break;
        }
        power *= square;
        k += 2.0;
    }
    2.0 * sum - s * u
}
