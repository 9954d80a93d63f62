//! Functions of single numbers where NumPy's rules are more than one operation.

use crate::graph::Rounding;

/// To a whole number.
#[inline(always)]
pub(super) fn rounded(rounding: Rounding, x: f64) -> f64 {
    match rounding {
        Rounding::Nearest => x.round_ties_even(),
        Rounding::Floor => x.floor(),
        Rounding::Ceiling => x.ceil(),
        Rounding::Truncate => x.trunc(),
    }
}

/// To a multiple of a step.
#[inline(always)]
pub(super) fn round_to(rounding: Rounding, x: f64, step: f64) -> f64 {
    rounded(rounding, x / step) * step
}

/// The smaller; NaN if either is NaN.
#[inline(always)]
pub(super) fn minimum(x: f64, y: f64) -> f64 {
    if x < y || x.is_nan() { x } else { y }
}

/// The larger; NaN if either is NaN.
#[inline(always)]
pub(super) fn maximum(x: f64, y: f64) -> f64 {
    if x > y || x.is_nan() { x } else { y }
}

/// The remainder with the sign of the divisor.
#[inline(always)]
pub(super) fn modulo(x: f64, y: f64) -> f64 {
    let rest = x % y;
    if rest == 0.0 {
        if y.is_nan() || y == 0.0 { f64::NAN } else { 0.0_f64.copysign(y) }
    } else if (y < 0.0) != (rest < 0.0) {
        rest + y
    } else {
        rest
    }
}

/// The largest whole number that is not above the quotient, consistent with [`modulo`].
#[inline(always)]
pub(super) fn floor_divide(x: f64, y: f64) -> f64 {
    if y == 0.0 {
        return x / y;
    }
    let rest = x % y;
    let mut quotient = (x - rest) / y;
    if rest != 0.0 && (y < 0.0) != (rest < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0.0_f64.copysign(x / y);
    }
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_division_and_remainder_follow_python() {
        // Values from Python: x // y, x % y.
        for (x, y, quotient, rest) in [
            (7.0, 2.0, 3.0, 1.0),
            (-7.0, 2.0, -4.0, 1.0),
            (7.0, -2.0, -4.0, -1.0),
            (-7.0, -2.0, 3.0, -1.0),
            (1.0, 0.1, 9.0, 0.09999999999999995),
            (-6.0, 3.0, -2.0, 0.0),
        ] {
            assert_eq!((floor_divide(x, y), modulo(x, y)), (quotient, rest), "{x} // {y}");
        }
        assert_eq!(floor_divide(1.0, 0.0), f64::INFINITY);
        assert!(floor_divide(0.0, 0.0).is_nan() && modulo(1.0, 0.0).is_nan());
    }

    #[test]
    fn nan_wins_in_minimum_and_maximum() {
        assert!(minimum(f64::NAN, 1.0).is_nan() && minimum(1.0, f64::NAN).is_nan());
        assert!(maximum(f64::NAN, 1.0).is_nan() && maximum(1.0, f64::NAN).is_nan());
        assert_eq!((minimum(1.0, 2.0), maximum(1.0, 2.0)), (1.0, 2.0));
    }

    #[test]
    fn halves_are_rounded_to_even() {
        assert_eq!(rounded(Rounding::Nearest, 2.5), 2.0);
        assert_eq!(round_to(Rounding::Nearest, 7.0, 2.0), 8.0);
        assert_eq!(round_to(Rounding::Floor, -1.0, 4.0), -4.0);
    }
}
