//! A sum of doubles that is kept exactly and rounded once, so that order, threads and partitions do not matter.
//!
//! ```text
//! packed form (equal sums give equal bytes)      meaning
//! flag byte                                      bit 0: a finite part follows, bit 1: counts follow
//! zigzag varint q, varint length, m              value m 2^q, m odd, shortest two's complement, little endian
//! varint, varint, varint                         how many NaN, +infinity, -infinity were added
//! ```

use crate::rounding;
use crate::varint;
use crate::wide_sum::{LOWEST, WideSum};
use std::fmt;

/// Highest bit that an unpacked sum may have: 2^64 terms of the largest double stay below it.
const HIGHEST: i64 = 1090;

/// The exact sum of doubles. Infinities and NaN are counted apart and decide the value if there are any.
#[derive(Clone, Debug, Default)]
pub struct ExactSum {
    window: i128,
    /// Exponent of the lowest bit of the window; chosen at the first finite term.
    quantum: Option<i32>,
    /// What does not fit in the window.
    wide: Option<Box<WideSum>>,
    special: Special,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Special {
    nan: u64,
    plus: u64,
    minus: u64,
}

/// Bytes that are not the packed form of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnpackError {
    /// How many bytes from the end of the input the fault was noticed.
    pub bytes_left: usize,
}

impl fmt::Display for UnpackError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "not a packed exact sum ({} bytes before the end)", self.bytes_left)
    }
}

impl std::error::Error for UnpackError {}

/// The quantum that suits terms whose lowest bit is 2^q: room below for smaller terms, in steps of 16, so that parts
/// of one sum mostly agree on it.
pub(crate) fn quantum_for(q: i32) -> i32 {
    ((q - 32) & !15).clamp(LOWEST, 900)
}

/// m 2^shift as a term of the window, where it fits.
#[inline(always)]
pub(crate) fn term(negative: bool, m: u64, shift: i32) -> Option<i128> {
    if (0..=73).contains(&shift) {
        let term = i128::from(m) << shift;
        Some(if negative { -term } else { term })
    } else {
        None
    }
}

impl ExactSum {
    /// An empty sum.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one term.
    #[inline]
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            self.add_special(value);
            return;
        }
        let (negative, m, q) = rounding::split(value);
        let quantum = match self.quantum {
            Some(quantum) => quantum,
            None if m == 0 => return,
            None => *self.quantum.insert(quantum_for(q)),
        };
        if let Some(term) = term(negative, m, q - quantum)
            && let Some(sum) = self.window.checked_add(term)
        {
            self.window = sum;
        } else {
            self.add_wide(negative, u128::from(m), q);
        }
    }

    /// Adds `count` times the value 1.
    pub fn add_count(&mut self, count: u64) {
        self.add_scaled(i128::from(count), 0);
    }

    #[cold]
    fn add_special(&mut self, value: f64) {
        if value.is_nan() {
            self.special.nan = self.special.nan.saturating_add(1);
        } else if value > 0.0 {
            self.special.plus = self.special.plus.saturating_add(1);
        } else {
            self.special.minus = self.special.minus.saturating_add(1);
        }
    }

    #[cold]
    fn add_wide(&mut self, negative: bool, m: u128, q: i32) {
        let wide = self.wide.get_or_insert_with(|| Box::new(WideSum::new()));
        if let Some(quantum) = self.quantum {
            wide.add(self.window < 0, self.window.unsigned_abs(), quantum);
            self.window = 0;
        }
        wide.add(negative, m, q);
    }

    /// Adds m 2^q; q at least -1074 and at most 960.
    pub(crate) fn add_scaled(&mut self, m: i128, q: i32) {
        if m == 0 {
            return;
        }
        // Trailing zeros let sums with another quantum meet in one window.
        let zeros = m.trailing_zeros() as i32;
        let (odd, low) = (m >> zeros, q + zeros);
        let quantum = *self.quantum.get_or_insert(q.max(LOWEST));
        let shift = low - quantum;
        let bits = 128 - odd.unsigned_abs().leading_zeros() as i32;
        if shift >= 0
            && bits + shift < 127
            && let Some(sum) = self.window.checked_add(odd << shift)
        {
            self.window = sum;
        } else {
            self.add_wide(m < 0, odd.unsigned_abs(), low);
        }
    }

    /// Adds all terms of another sum.
    pub fn merge(&mut self, other: &Self) {
        if let Some(quantum) = other.quantum {
            self.add_scaled(other.window, quantum);
        }
        if let Some(wide) = &other.wide {
            match &mut self.wide {
                Some(own) => own.merge(wide),
                None => self.wide = Some(wide.clone()),
            }
        }
        self.special.nan = self.special.nan.saturating_add(other.special.nan);
        self.special.plus = self.special.plus.saturating_add(other.special.plus);
        self.special.minus = self.special.minus.saturating_add(other.special.minus);
    }

    /// The sum, rounded once to the nearest double, ties to even; a sum of nothing is +0.
    pub fn value(&self) -> f64 {
        let special = self.special;
        if special.nan > 0 || (special.plus > 0 && special.minus > 0) {
            return f64::NAN;
        }
        if special.plus > 0 {
            return f64::INFINITY;
        }
        if special.minus > 0 {
            return f64::NEG_INFINITY;
        }
        match (&self.wide, self.quantum) {
            (None, None) => 0.0,
            (None, Some(quantum)) => rounding::nearest_i128(self.window, quantum),
            (Some(_), _) => self.all_wide().value(),
        }
    }

    /// How many NaN were added.
    pub fn nan_count(&self) -> u64 {
        self.special.nan
    }

    /// Whether the exact sum is zero and nothing that is not finite was added.
    pub fn is_zero(&self) -> bool {
        self.special == Special::default() && self.finite_part().is_none()
    }

    /// The value as m 2^q with m odd or zero, where it is finite and m fits in 127 bits.
    pub(crate) fn narrow(&self) -> Option<(i128, i32)> {
        if self.special != Special::default() {
            return None;
        }
        let (m, q) = match &self.wide {
            None => (self.window, self.quantum.unwrap_or(0)),
            Some(_) => self.all_wide().narrow()?,
        };
        let zeros = if m == 0 { 0 } else { m.trailing_zeros() };
        Some((m >> zeros, q + zeros as i32))
    }

    fn all_wide(&self) -> WideSum {
        let mut wide = self.wide.as_deref().cloned().unwrap_or_else(WideSum::new);
        if let Some(quantum) = self.quantum {
            wide.add(self.window < 0, self.window.unsigned_abs(), quantum);
        }
        wide
    }

    /// The exponent q and the bytes of m; nothing for zero.
    fn finite_part(&self) -> Option<(i32, Vec<u8>)> {
        let narrow = match &self.wide {
            None => Some((self.window, self.quantum.unwrap_or(0))),
            Some(_) => self.all_wide().narrow(),
        };
        match narrow {
            Some((0, _)) => None,
            Some((m, q)) => {
                let zeros = m.trailing_zeros() as i32;
                let bytes = (m >> zeros).to_le_bytes();
                Some((q + zeros, shortest(&bytes, m < 0).to_vec()))
            }
            None => {
                let (negative, words) = self.all_wide().magnitude();
                let first = words.iter().position(|&word| word != 0)?;
                let zeros = words[first].trailing_zeros();
                let mut bytes = Vec::with_capacity(4 * (words.len() - first));
                for index in first..words.len() {
                    let next = u64::from(words.get(index + 1).copied().unwrap_or(0));
                    let word = (((next << 32) | u64::from(words[index])) >> zeros) as u32;
                    bytes.extend_from_slice(&word.to_le_bytes());
                }
                if negative {
                    negate(&mut bytes);
                }
                let length = shortest(&bytes, negative).len();
                bytes.truncate(length);
                Some((LOWEST + 32 * first as i32 + zeros as i32, bytes))
            }
        }
    }

    /// Appends the packed form; sums of the same terms in any order give the same bytes.
    pub fn pack(&self, out: &mut Vec<u8>) {
        let finite = self.finite_part();
        let special = self.special != Special::default();
        out.push(u8::from(finite.is_some()) | u8::from(special) << 1);
        if let Some((q, bytes)) = finite {
            varint::put(varint::zigzag(i64::from(q)), out);
            varint::put(bytes.len() as u64, out);
            out.extend_from_slice(&bytes);
        }
        if special {
            varint::put(self.special.nan, out);
            varint::put(self.special.plus, out);
            varint::put(self.special.minus, out);
        }
    }

    /// Takes a packed sum from the front of `bytes`. Bytes that [`ExactSum::pack`] would not write are refused.
    pub fn unpack(bytes: &mut &[u8]) -> Result<Self, UnpackError> {
        Self::take(bytes).ok_or(UnpackError { bytes_left: bytes.len() })
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (&flag, rest) = bytes.split_first()?;
        *bytes = rest;
        if flag > 3 {
            return None;
        }
        let mut sum = Self::default();
        if flag & 1 == 1 {
            let q = varint::unzigzag(varint::take(bytes)?);
            let length = usize::try_from(varint::take(bytes)?).ok()?;
            if length == 0 || length > bytes.len() {
                return None;
            }
            let (m, rest) = bytes.split_at(length);
            *bytes = rest;
            let negative = m[length - 1] & 0x80 != 0;
            let in_range = q >= i64::from(LOWEST) && q <= HIGHEST && q + 8 * length as i64 <= HIGHEST + 8;
            if !in_range || m[0] & 1 == 0 || shortest(m, negative).len() != length {
                return None;
            }
            sum.add_bytes(m, negative, q as i32);
        }
        if flag & 2 == 2 {
            sum.special = Special { nan: varint::take(bytes)?, plus: varint::take(bytes)?, minus: varint::take(bytes)? };
            if sum.special == Special::default() {
                return None;
            }
        }
        Some(sum)
    }

    fn add_bytes(&mut self, m: &[u8], negative: bool, q: i32) {
        if m.len() <= 15 {
            let mut bytes = [if negative { 0xff } else { 0 }; 16];
            bytes[..m.len()].copy_from_slice(m);
            // A quantum of the usual grid lets the sum meet others in the window.
            self.quantum = Some(quantum_for(q + 32));
            self.add_scaled(i128::from_le_bytes(bytes), q);
            return;
        }
        let mut magnitude = m.to_vec();
        if negative {
            negate(&mut magnitude);
        }
        let wide = self.wide.insert(Box::new(WideSum::new()));
        for (index, part) in magnitude.chunks(4).enumerate() {
            let word = part.iter().rev().fold(0u32, |word, &byte| word << 8 | u32::from(byte));
            wide.add(negative, u128::from(word), q + 32 * index as i32);
        }
    }
}

impl PartialEq for ExactSum {
    /// Equal exact values and equal counts of what is not finite.
    fn eq(&self, other: &Self) -> bool {
        self.special == other.special && self.finite_part() == other.finite_part()
    }
}

impl Eq for ExactSum {}

impl FromIterator<f64> for ExactSum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::new();
        for value in values {
            sum.add(value);
        }
        sum
    }
}

/// Two's complement without the bytes at its end that only repeat the sign.
fn shortest(bytes: &[u8], negative: bool) -> &[u8] {
    let fill = if negative { 0xff } else { 0 };
    let mut length = bytes.len();
    while length > 1 && bytes[length - 1] == fill && (bytes[length - 2] & 0x80 != 0) == negative {
        length -= 1;
    }
    &bytes[..length]
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes {
        let (value, over) = (!*byte).overflowing_add(u8::from(carry));
        *byte = value;
        carry = over;
    }
}
