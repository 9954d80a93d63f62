//! Roots of one.

use crate::maths;
use std::cmp::Ordering;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2};

/// `exp(-2 pi i k / n)` as `(re, im)`: the angle is brought into an eighth of the circle by whole numbers, so that symmetries hold
/// bit by bit.
pub(super) fn root(k: usize, n: usize) -> (f64, f64) {
    let (k, n) = ((k % n) as u128, n as u128);
    let (quadrant, rest) = (4 * k / n, 4 * k % n);
    let angle = |part: u128| FRAC_PI_2 * (part as f64 / n as f64);
    let (cos, sin) = match (2 * rest).cmp(&n) {
        Ordering::Less => (maths::cos(angle(rest)), maths::sin(angle(rest))),
        Ordering::Equal => (FRAC_1_SQRT_2, FRAC_1_SQRT_2),
        Ordering::Greater => (maths::sin(angle(n - rest)), maths::cos(angle(n - rest))),
    };
    match quadrant {
        0 => (cos, -sin),
        1 => (-sin, -cos),
        2 => (-cos, sin),
        _ => (sin, cos),
    }
}
