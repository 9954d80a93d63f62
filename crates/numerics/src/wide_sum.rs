//! An accumulator that holds the exact sum of up to 2^60 doubles of any size: 32-bit digits in 64-bit words, after
//! Neal, "Fast exact summation using small and large superaccumulators" (arXiv:1505.05571).

use crate::rounding;

/// Exponent of the lowest bit of the lowest digit: that of the least double.
pub(crate) const LOWEST: i32 = -1074;
/// 2^1024 and 2^64 terms of it need 2163 bits with a sign; the last digit keeps the sign.
const DIGITS: usize = 69;
/// Digits may be added to without a carry this often: each addition changes a digit by less than 2^32.
const ROOM: u32 = 1 << 30;

/// Sum of d_k 2^(32 k - 1074); digits are signed and need not be below 2^32 between carries.
#[derive(Clone, Debug)]
pub(crate) struct WideSum {
    digits: [i64; DIGITS],
    room: u32,
}

impl WideSum {
    pub(crate) fn new() -> Self {
        Self { digits: [0; DIGITS], room: ROOM }
    }

    /// Adds (-1)^negative m 2^q, q >= -1074, below 2^1088.
    pub(crate) fn add(&mut self, negative: bool, m: u128, q: i32) {
        if m == 0 {
            return;
        }
        if self.room == 0 {
            self.carry();
        }
        self.room -= 1;
        let shift = (q - LOWEST) as usize;
        let (mut index, offset) = (shift / 32, shift % 32);
        let low = ((m & u128::from(u32::MAX)) as u64) << offset;
        let mut rest = m >> 32;
        let mut word = low & u64::from(u32::MAX);
        let mut carried = low >> 32;
        loop {
            if index >= DIGITS {
                return;
            }
            self.digits[index] += if negative { -(word as i64) } else { word as i64 };
            if rest == 0 && carried == 0 {
                return;
            }
            let next = (((rest & u128::from(u32::MAX)) as u64) << offset) + carried;
            rest >>= 32;
            word = next & u64::from(u32::MAX);
            carried = next >> 32;
            index += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.carry();
        let mut other = other.clone();
        other.carry();
        for (digit, more) in self.digits.iter_mut().zip(other.digits) {
            *digit += more;
        }
        self.room -= 1;
    }

    /// Brings all digits but the last into 0 .. 2^32.
    fn carry(&mut self) {
        let mut carried = 0i64;
        for digit in &mut self.digits[..DIGITS - 1] {
            let value = *digit + carried;
            *digit = value & i64::from(u32::MAX);
            carried = value >> 32;
        }
        self.digits[DIGITS - 1] += carried;
        self.room = ROOM;
    }

    /// Sign and 32-bit digits of the magnitude.
    pub(crate) fn magnitude(&self) -> (bool, [u32; DIGITS + 1]) {
        let mut copy = self.clone();
        copy.carry();
        let negative = copy.digits[DIGITS - 1] < 0;
        if negative {
            for digit in &mut copy.digits {
                *digit = -*digit;
            }
            copy.carry();
        }
        let mut out = [0u32; DIGITS + 1];
        for (word, digit) in out.iter_mut().zip(copy.digits) {
            *word = digit as u32;
        }
        out[DIGITS] = (copy.digits[DIGITS - 1] >> 32) as u32;
        (negative, out)
    }

    /// The value as m 2^q, where it fits in 127 bits.
    pub(crate) fn narrow(&self) -> Option<(i128, i32)> {
        let (negative, words) = self.magnitude();
        let Some(first) = words.iter().position(|&word| word != 0) else { return Some((0, 0)) };
        let last = words.iter().rposition(|&word| word != 0).unwrap_or(first);
        if last - first > 3 {
            return None;
        }
        let mut m = 0u128;
        for index in (first..=last).rev() {
            m = (m << 32) | u128::from(words[index]);
        }
        let m = i128::try_from(m).ok()?;
        Some((if negative { -m } else { m }, LOWEST + 32 * first as i32))
    }

    /// The sum, rounded once.
    pub(crate) fn value(&self) -> f64 {
        let (negative, words) = self.magnitude();
        let Some(last) = words.iter().rposition(|&word| word != 0) else { return 0.0 };
        let word = |index: usize| if index <= last { u128::from(words[last.wrapping_sub(index)]) } else { 0 };
        let top = (word(0) << 64) | (word(1) << 32) | word(2);
        let zeros = top.leading_zeros();
        let aligned = top << zeros;
        let sticky = aligned as u64 != 0 || (last >= 3 && words[..last - 2].iter().any(|&word| word != 0));
        let q = LOWEST + 32 * (last as i32 - 2) - zeros as i32 + 64;
        rounding::nearest(negative, (aligned >> 64) as u64, sticky, q)
    }
}
