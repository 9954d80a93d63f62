//! Elementary functions with the same bits on every machine.
//!
//! The scalar functions are those of the `libm` crate (a translation of musl's), not of the system. The block functions
//! apply them to whole slices, entry by entry, with the same bits as the scalar ones.

macro_rules! unary {
    ($($name:ident, $block:ident, $libm:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        #[inline]
        pub fn $name(x: f64) -> f64 {
            libm::$libm(x)
        }

        #[doc = concat!("[`", stringify!($name), "`] of every value of `x`, written to `out` (as many as the shorter holds).")]
        pub fn $block(x: &[f64], out: &mut [f64]) {
            for (result, &value) in out.iter_mut().zip(x) {
                *result = $name(value);
            }
        }
    )*};
}

macro_rules! binary {
    ($($name:ident, $block:ident, $libm:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        #[inline]
        pub fn $name(x: f64, y: f64) -> f64 {
            libm::$libm(x, y)
        }

        #[doc = concat!("[`", stringify!($name), "`] of the pairs of `x` and `y`, written to `out` (as many as the shortest holds).")]
        pub fn $block(x: &[f64], y: &[f64], out: &mut [f64]) {
            for (result, (&first, &second)) in out.iter_mut().zip(x.iter().zip(y)) {
                *result = $name(first, second);
            }
        }
    )*};
}

unary! {
    exp, exp_block, exp, "e to the power x.";
    exp2, exp2_block, exp2, "2 to the power x.";
    expm1, expm1_block, expm1, "e to the power x, minus one, without loss for small x.";
    ln, ln_block, log, "Natural logarithm; NaN below zero, minus infinity at zero.";
    log10, log10_block, log10, "Decimal logarithm.";
    log2, log2_block, log2, "Binary logarithm.";
    log1p, log1p_block, log1p, "Natural logarithm of 1 + x, without loss for small x.";
    sin, sin_block, sin, "Sine of x in radians.";
    cos, cos_block, cos, "Cosine of x in radians.";
    tan, tan_block, tan, "Tangent of x in radians.";
    asin, asin_block, asin, "Arc sine in radians; NaN outside [-1, 1].";
    acos, acos_block, acos, "Arc cosine in radians; NaN outside [-1, 1].";
    atan, atan_block, atan, "Arc tangent in radians.";
    sinh, sinh_block, sinh, "Hyperbolic sine.";
    cosh, cosh_block, cosh, "Hyperbolic cosine.";
    tanh, tanh_block, tanh, "Hyperbolic tangent.";
    asinh, asinh_block, asinh, "Inverse hyperbolic sine.";
    acosh, acosh_block, acosh, "Inverse hyperbolic cosine; NaN below 1.";
    atanh, atanh_block, atanh, "Inverse hyperbolic tangent; NaN outside [-1, 1].";
    cbrt, cbrt_block, cbrt, "Cube root, also of negative numbers.";
}

binary! {
    pow, pow_block, pow, "x to the power y.";
    atan2, atan2_block, atan2, "Angle of the point (y, x) in radians: the first argument is the ordinate.";
    hypot, hypot_block, hypot, "Length of (x, y), without overflow on the way.";
}

/// x to an integral power, by repeated squaring from the lowest bit of the exponent: one fixed order of products.
pub fn powi(x: f64, exponent: i32) -> f64 {
    let mut left = exponent.unsigned_abs();
    let mut square = x;
    let mut result = 1.0;
    while left > 0 {
        if left & 1 == 1 {
            result *= square;
        }
        square *= square;
        left >>= 1;
    }
    if exponent < 0 { 1.0 / result } else { result }
}
