//! First and second derivative of ln Γ.

use crate::maths;
use std::f64::consts::PI;

/// ψ(x) = Γ'(x)/Γ(x); NaN at zero and the negative integers.
pub fn digamma(x: f64) -> f64 {
    if x <= 0.0 {
        if x == x.floor() {
            return f64::NAN;
        }
        // ψ(1 - x) - π cot(π x), with the argument of the cotangent reduced to half a period.
        let part = x - (x + 0.5).floor();
        return digamma(1.0 - x) - PI / maths::tan(PI * part);
    }
    if x >= 10.0 {
        return asymptotic(x);
    }
    let (mut x, mut shift) = (x, 0.0);
    while x > 2.0 {
        x -= 1.0;
        shift += 1.0 / x;
    }
    while x < 1.0 {
        shift -= 1.0 / x;
        x += 1.0;
    }
    one_to_two(x) + shift
}

/// ln x - 1/(2x) - Σ B_2k/(2k x^2k).
fn asymptotic(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] =
        [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32760.0, 1.0 / 12.0, -3617.0 / 8160.0];
    let square = 1.0 / (x * x);
    let tail = square * COEFFICIENTS.iter().rev().fold(0.0, |sum, &c| sum * square + c);
    maths::ln(x) - 0.5 / x - tail
}

/// On [1, 2]: (x - root) times a rational function; the root is given in three parts, so that ψ keeps its relative
/// accuracy beside it. Coefficients: Boost.Math, `digamma_imp_1_2`, 53 bits.
fn one_to_two(x: f64) -> f64 {
    const Y: f64 = 0.99558162689208984;
    const ROOT: [f64; 3] = [1569415565.0 / 1073741824.0, 381566830.0 / 1073741824.0 / 1073741824.0, 0.9016312093258695918e-19];
    const P: [f64; 6] = [
        0.25479851061131551,
        -0.32555031186804491,
        -0.65031853770896507,
        -0.28919126444774784,
        -0.045251321448739056,
        -0.0020713321167745952,
    ];
    const Q: [f64; 7] = [
        1.0,
        2.0767117023730469,
        1.4606242909763515,
        0.43593529692665969,
        0.054151797245674225,
        0.0021284987017821144,
        -0.55789841321675513e-6,
    ];
    let from_root = x - ROOT[0] - ROOT[1] - ROOT[2];
    let u = x - 1.0;
    let p = P.iter().rev().fold(0.0, |sum, &c| sum * u + c);
    let q = Q.iter().rev().fold(0.0, |sum, &c| sum * u + c);
    from_root * Y + from_root * (p / q)
}

/// ψ'(x); infinite at zero and the negative integers.
pub fn trigamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 9] = [
        1.0 / 6.0,
        -1.0 / 30.0,
        1.0 / 42.0,
        -1.0 / 30.0,
        5.0 / 66.0,
        -691.0 / 2730.0,
        7.0 / 6.0,
        -3617.0 / 510.0,
        43867.0 / 798.0,
    ];
    if x <= 0.0 {
        if x == x.floor() {
            return f64::INFINITY;
        }
        let sine = maths::sin(PI * (x - (x + 0.5).floor()));
        return PI * PI / (sine * sine) - trigamma(1.0 - x);
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < 15.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let tail = COEFFICIENTS.iter().rev().fold(0.0, |sum, &c| sum * square + c);
    sum + (inverse + 0.5 * square + inverse * square * tail)
}
