//! Natural logarithm without branches: a loop over lanes becomes vector instructions, with the same bits as one call.
//!
//! `x = 2^k m` with `m` between the roots of 1/2 and 2; `ln m = 2 artanh(s)`, `s = (m - 1)/(m + 1)`, by its series.

/// Bits of the root of 1/2, where the exponent of the reduced number changes.
const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
/// Bits of 1, less those of the root of 1/2.
const TO_ONE: u64 = 0x3ff0_0000_0000_0000 - ROOT_HALF;
/// ln 2 to 32 bits: its products with exponents are exact. mpmath, 50 digits.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
/// ln 2 less those. mpmath, 50 digits.
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// 2^52 and the bias of exponents, and its bits: an integer in the last bits is read as a number.
const INTEGER: f64 = 4_503_599_627_370_496.0 + 1023.0;
const INTEGER_BITS: u64 = 0x4330_0000_0000_0000;

/// Natural logarithm, within one unit in the last place; NaN below zero, minus infinity at zero.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    // Numbers without a leading bit are lifted into the range of the others.
    let tiny = x < f64::MIN_POSITIVE;
    let lifted = if tiny { x * 18_014_398_509_481_984.0 } else { x };
    let shift = if tiny { 54.0 } else { 0.0 };
    let bits = lifted.to_bits().wrapping_add(TO_ONE);
    let exponent = f64::from_bits((bits >> 52) | INTEGER_BITS) - INTEGER - shift;
    let reduced = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) + ROOT_HALF);
    let f = reduced - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    // 2 (z/3 + z^2/5 + …): the next term is below 2^-59 of the first of the whole.
    let odd = z * (2.0 / 3.0 + w * (2.0 / 7.0 + w * (2.0 / 11.0 + w * (2.0 / 15.0 + w * (2.0 / 19.0)))));
    let even = w * (2.0 / 5.0 + w * (2.0 / 9.0 + w * (2.0 / 13.0 + w * (2.0 / 17.0 + w * (2.0 / 21.0)))));
    // 2 s = f - s f, and s f = f^2/2 - s f^2/2: the large part is f - f^2/2.
    let half_square = 0.5 * f * f;
    let small = s * (half_square + (odd + even)) + exponent * LN_2_LOW;
    let value = exponent * LN_2_HIGH - ((half_square - small) - f);
    let value = if x == f64::INFINITY { x } else { value };
    let value = if x == 0.0 { f64::NEG_INFINITY } else { value };
    if x >= 0.0 { value } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::ln;
    use std::f64::consts::LN_2;

    #[test]
    fn ends_of_the_range_are_those_of_the_limit() {
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert_eq!(ln(-0.0), f64::NEG_INFINITY);
        assert_eq!(ln(f64::INFINITY), f64::INFINITY);
        assert_eq!(ln(1.0).to_bits(), 0.0_f64.to_bits());
        assert!(ln(-1e-300).is_nan() && ln(f64::NEG_INFINITY).is_nan() && ln(f64::NAN).is_nan());
    }

    /// The other implementation states less than one unit, so both are within two of each other.
    #[test]
    fn the_whole_range_is_that_of_the_other_implementation() {
        let mut bits = 1_u64;
        while bits < f64::INFINITY.to_bits() {
            let x = f64::from_bits(bits);
            let truth = crate::maths::ln(x);
            let unit = truth.abs().next_up() - truth.abs();
            assert!((ln(x) - truth).abs() <= 2.0 * unit, "{x:e}: {} {truth}", ln(x));
            bits += 12_345_678_901_237;
        }
    }

    /// Decimal powers of 2, 50 digits: ln 2 = 0.69314718055994530941723212145817656807550013436026.
    #[test]
    fn powers_of_two_are_multiples_of_ln_2() {
        for (exponent, truth) in [(1, LN_2), (-1, -LN_2), (10, 6.931471805599453), (-1074, -744.4400719213812)] {
            let x = f64::from_bits(if exponent == -1074 { 1 } else { ((1023 + exponent) as u64) << 52 });
            assert_eq!(ln(x), truth, "2^{exponent}");
        }
    }
}
