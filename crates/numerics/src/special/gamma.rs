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

/// ln Γ(1 + a) for a > -½: keeps its relative accuracy near a = 0.
pub(crate) fn ln_gamma_1p(a: f64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    /// ζ(k) - 1 for k = 2 … 24.
    const ZETA_MINUS_ONE: [f64; 23] = [
        0.6449340668482264,
        0.20205690315959429,
        0.082323233711138192,
        0.036927755143369926,
        0.017343061984449139,
        0.0083492773819228268,
        0.0040773561979443394,
        0.0020083928260822144,
        0.00099457512781808534,
        0.00049418860411946456,
        0.00024608655330804830,
        0.00012271334757848915,
        6.1248135058704829e-5,
        3.0588236307020493e-5,
        1.5282259408651872e-5,
        7.6371976378997623e-6,
        3.8172932649998399e-6,
        1.9082127165539389e-6,
        9.5396203387279611e-7,
        4.7693298678780646e-7,
        2.3845050272773299e-7,
        1.1921992596531107e-7,
        5.9608189051259480e-8,
    ];
    if a.abs() > 0.2 {
        return ln_gamma(1.0 + a);
    }
    // Σ ζ(k) (-a)^k / k with the ones summed in closed form: ln(1 + a) = a - Σ (-a)^k / k.
    let mut sum = 0.0;
    let mut power = -a;
    for (index, zeta) in ZETA_MINUS_ONE.iter().enumerate() {
        power *= -a;
        sum += zeta * power / (index + 2) as f64;
    }
    sum - EULER * a - log1p_minus(a)
}

/// ln(ratio) - u, where ratio = 1 + u: the one or the other is used, whichever is exact enough there.
pub(crate) fn log_minus(ratio: f64, u: f64) -> f64 {
    if (-0.4..=0.4).contains(&u) { log1p_minus(u) } else { crate::maths::ln(ratio) - u }
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
