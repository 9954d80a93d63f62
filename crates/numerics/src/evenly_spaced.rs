//! Points on an even grid, each computed exactly and rounded once.

use crate::rounding::{nearest, split};

/// lower + index (upper - lower)/count in rational arithmetic on the given doubles, rounded once to the nearest double.
/// The index may lie outside 0 ..= count; NaN unless both ends are finite and `count` is not 0.
pub fn evenly_spaced(lower: f64, upper: f64, index: i64, count: u64) -> f64 {
    if !lower.is_finite() || !upper.is_finite() || count == 0 {
        return f64::NAN;
    }
    // (lower (count - index) + upper index) / count: one integer numerator on the finer of both quanta.
    let (from_lower, from_upper) = (i128::from(count) - i128::from(index), i128::from(index));
    let (low_negative, low, low_q) = split(lower);
    let (high_negative, high, high_q) = split(upper);
    let q = match (low, high) {
        (0, 0) => return 0.0,
        (0, _) => high_q,
        (_, 0) => low_q,
        _ => low_q.min(high_q),
    };
    let mut numerator = Limbs::default();
    numerator.add(low_negative != (from_lower < 0), low, from_lower.unsigned_abs() as u64, shift(low, low_q, q));
    numerator.add(high_negative != (from_upper < 0), high, from_upper.unsigned_abs() as u64, shift(high, high_q, q));
    numerator.divided(count, q)
}

fn shift(m: u64, own: i32, common: i32) -> usize {
    if m == 0 { 0 } else { (own - common) as usize }
}

/// Places for 53 + 64 bits shifted by up to 2045, after two places for the fraction.
const PLACES: usize = 38;

/// A two's complement number of 64-bit places, lowest first; the two lowest are a fraction.
struct Limbs([u64; PLACES]);

impl Default for Limbs {
    fn default() -> Self {
        Self([0; PLACES])
    }
}

impl Limbs {
    /// Adds ± m factor 2^shift.
    fn add(&mut self, negative: bool, m: u64, factor: u64, shift: usize) {
        let product = u128::from(m) * u128::from(factor);
        let (place, bits) = (2 + shift / 64, shift % 64);
        let low = product << bits;
        let high = if bits == 0 { 0 } else { (product >> (128 - bits)) as u64 };
        let parts = [low as u64, (low >> 64) as u64, high];
        let mut carry = false;
        for index in place..PLACES {
            let part = parts.get(index - place).copied().unwrap_or(0);
            let (value, carried) =
                if negative { self.0[index].borrowing(part, carry) } else { self.0[index].carrying(part, carry) };
            self.0[index] = value;
            carry = carried;
            if index >= place + 3 && !carry {
                break;
            }
        }
    }

    /// The value times 2^q divided by `count`, rounded once.
    fn divided(mut self, count: u64, q: i32) -> f64 {
        let negative = self.0[PLACES - 1] >> 63 == 1;
        if negative {
            let mut carry = true;
            for place in &mut self.0 {
                let (value, over) = (!*place).overflowing_add(u64::from(carry));
                *place = value;
                carry = over;
            }
        }
        let mut rest = 0u128;
        let Some(first) = self.0.iter().rposition(|&place| place != 0) else { return 0.0 };
        for place in self.0[..=first].iter_mut().rev() {
            let value = (rest << 64) | u128::from(*place);
            *place = (value / u128::from(count)) as u64;
            rest = value % u128::from(count);
        }
        let Some(top) = self.0.iter().rposition(|&place| place != 0) else { return 0.0 };
        let below = |index: usize| top.checked_sub(index).map_or(0, |index| self.0[index]);
        let zeros = self.0[top].leading_zeros();
        let pair = (u128::from(self.0[top]) << 64) | u128::from(below(1));
        let aligned = pair << zeros;
        let lower_places = top.checked_sub(2).map_or(0, |index| index + 1);
        let sticky = rest != 0 || aligned as u64 != 0 || self.0[..lower_places].iter().any(|&place| place != 0);
        let exponent = q + 64 * (top as i32 - 2) - zeros as i32;
        nearest(negative, (aligned >> 64) as u64, sticky, exponent)
    }
}

/// Addition and subtraction of one place with a carry.
trait Carry {
    fn carrying(self, other: Self, carry: bool) -> (Self, bool)
    where
        Self: Sized;
    fn borrowing(self, other: Self, borrow: bool) -> (Self, bool)
    where
        Self: Sized;
}

impl Carry for u64 {
    fn carrying(self, other: Self, carry: bool) -> (Self, bool) {
        let (sum, first) = self.overflowing_add(other);
        let (sum, second) = sum.overflowing_add(Self::from(carry));
        (sum, first || second)
    }

    fn borrowing(self, other: Self, borrow: bool) -> (Self, bool) {
        let (difference, first) = self.overflowing_sub(other);
        let (difference, second) = difference.overflowing_sub(Self::from(borrow));
        (difference, first || second)
    }
}

#[cfg(test)]
mod tests {
    use super::evenly_spaced;

    #[test]
    fn points_are_those_of_rational_arithmetic() {
        // 3/10 of 0 … 1 is the double 0.3; in doubles 0 + 3 (1 - 0)/10 is 0.30000000000000004.
        assert_eq!(evenly_spaced(0.0, 1.0, 3, 10), 0.3);
        assert_eq!(evenly_spaced(0.0, 50.0, 29, 50), 29.0);
        assert_eq!(evenly_spaced(1.0, 0.0, 3, 4), 0.25);
        assert_eq!(evenly_spaced(-1.0, 1.0, 1, 2), 0.0);
        assert_eq!(evenly_spaced(0.0, 1.0, -3, 10), -0.3);
        assert_eq!(evenly_spaced(0.0, 1.0, 13, 10), 1.3);
    }

    #[test]
    fn extreme_ends_are_kept() {
        assert_eq!(evenly_spaced(-f64::MAX, f64::MAX, 1, 2), 0.0);
        assert_eq!(evenly_spaced(-f64::MAX, f64::MAX, 2, 2), f64::MAX);
        assert_eq!(evenly_spaced(5e-324, 1e308, 0, 7), 5e-324);
        assert_eq!(evenly_spaced(0.0, 5e-324, 1, 2), 0.0);
        assert_eq!(evenly_spaced(0.0, 1.5e-323, 1, 2), 1e-323);
        assert!(evenly_spaced(0.0, f64::INFINITY, 0, 1).is_nan());
    }
}
