//! From an exact binary number to the nearest double, rounded once, ties to even.

/// Sign and magnitude of the f64: value = (-1)^negative m 2^q with integral m below 2^53; of finite values only.
#[inline]
pub(crate) fn split(value: f64) -> (bool, u64, i32) {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let negative = bits >> 63 == 1;
    if exponent == 0 { (negative, fraction, -1074) } else { (negative, fraction | (1 << 52), exponent - 1075) }
}

/// The double nearest to ± (m + s) 2^q, where m has its top bit set and 0 <= s < 1 is non-zero iff `sticky`.
pub(crate) fn nearest(negative: bool, m: u64, sticky: bool, q: i32) -> f64 {
    // The lowest bit that the result can hold, counted from the lowest bit of m.
    let lowest = 11.max(-1074 - q);
    let sign = u64::from(negative) << 63;
    if lowest > 64 {
        return f64::from_bits(sign);
    }
    let wide = u128::from(m);
    let kept = (wide >> lowest) as u64;
    let rest = wide & ((1u128 << lowest) - 1);
    let half = 1u128 << (lowest - 1);
    let up = rest > half || (rest == half && (sticky || kept & 1 == 1));
    let mantissa = kept + u64::from(up);
    // mantissa 2^(q + lowest) with mantissa at most 2^53; at q + lowest = -1074 the encoding runs through the subnormals.
    let exponent = q + lowest;
    if exponent > 971 || (exponent == 971 && mantissa >> 53 == 1) {
        return f64::from_bits(sign | f64::INFINITY.to_bits());
    }
    // A mantissa that rounded up to 2^53 carries into the exponent field by itself.
    f64::from_bits(sign | (((exponent + 1074) as u64) << 52).wrapping_add(mantissa))
}

/// The double nearest to m 2^q.
pub(crate) fn nearest_i128(m: i128, q: i32) -> f64 {
    if m == 0 {
        return 0.0;
    }
    let magnitude = m.unsigned_abs();
    let zeros = magnitude.leading_zeros() as i32;
    let aligned = magnitude << zeros;
    nearest(m < 0, (aligned >> 64) as u64, aligned as u64 != 0, q - zeros + 64)
}
