//! Gauss-Legendre quadrature with 8 and 16 points.

/// Positive abscissas and weights on [-1, 1]. mpmath 1.3, 40 digits.
const EIGHT: [(f64, f64); 4] = [
    (0.96028985649753623168, 0.10122853629037625915),
    (0.79666647741362673959, 0.22238103445337447054),
    (0.52553240991632898582, 0.31370664587788728734),
    (0.18343464249564980494, 0.36268378337836198297),
];

/// The same with 16 points.
pub(super) const SIXTEEN: [(f64, f64); 8] = [
    (0.9894009349916499326, 0.027152459411754094852),
    (0.94457502307323257608, 0.062253523938647892863),
    (0.86563120238783174388, 0.09515851168249278481),
    (0.7554044083550030339, 0.12462897125553387205),
    (0.61787624440264374845, 0.14959598881657673208),
    (0.45801677765722738634, 0.16915651939500253819),
    (0.28160355077925891323, 0.18260341504492358887),
    (0.095012509837637440185, 0.18945061045506849629),
];

/// Integral of a smooth function from `low` to `high` with 8 points.
pub(super) fn eight(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    rule(&EIGHT, low, high, f)
}

/// Integral of a smooth function from `low` to `high` with 16 points.
pub(super) fn sixteen(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    rule(&SIXTEEN, low, high, f)
}

fn rule(points: &[(f64, f64)], low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (half, middle) = (0.5 * (high - low), 0.5 * (low + high));
    let mut sum = 0.0;
    for &(x, weight) in points {
        sum += weight * (f(middle - half * x) + f(middle + half * x));
    }
    half * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_of_degree_twice_the_points_less_one_are_exact() {
        let power = |exponent: i32| move |x: f64| germane_numerics::maths::powi(x, exponent);
        assert!((eight(0.0, 1.0, power(15)) * 16.0 - 1.0).abs() < 1e-14);
        assert!((sixteen(0.0, 1.0, power(31)) * 32.0 - 1.0).abs() < 1e-14);
        assert!((sixteen(-1.0, 2.0, power(30)) * 31.0 / (2_147_483_648.0 + 1.0) - 1.0).abs() < 1e-14);
    }
}
