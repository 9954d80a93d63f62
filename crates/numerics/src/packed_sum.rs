//! The bytes of an exact sum.
//!
//! ```text
//! packed form (equal sums give equal bytes)      meaning
//! flag byte                                      bit 0: a finite part follows, bit 1: counts follow
//! zigzag varint q, varint length, m              value m 2^q, m odd, shortest two's complement, little endian
//! varint, varint, varint                         how many NaN, +infinity, -infinity were added
//! ```

use crate::exact_sum::{ExactSum, Special};
use crate::varint;
use crate::wide_sum::{LOWEST, WideSum};
use std::fmt;

/// Highest bit that an unpacked sum may have: 2^64 terms of the largest double stay below it.
const HIGHEST: i64 = 1090;

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

impl ExactSum {
    /// The exponent q and the bytes of m; nothing for zero.
    pub(crate) fn finite_part(&self) -> Option<(i32, Vec<u8>)> {
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
        if let Some((m, q)) = self.narrow() {
            put_narrow(m, q, out);
            return;
        }
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
        let mut sum = Self::default();
        if let Some((m, q)) = take_narrow(bytes) {
            sum.add_scaled(m, q);
            return Some(sum);
        }
        let (&flag, rest) = bytes.split_first()?;
        *bytes = rest;
        if flag > 3 {
            return None;
        }
        if flag & 1 == 1 {
            let q = varint::unzigzag(varint::take(bytes)?);
            let length = usize::try_from(varint::take(bytes)?).ok()?;
            if length == 0 || length > bytes.len() {
                return None;
            }
            let (m, rest) = bytes.split_at(length);
            *bytes = rest;
            let negative = m[length - 1] & 0x80 != 0;
            if !in_range(q, length) || m[0] & 1 == 0 || shortest(m, negative).len() != length {
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

fn in_range(q: i64, length: usize) -> bool {
    q >= i64::from(LOWEST) && q <= HIGHEST && q + 8 * length as i64 <= HIGHEST + 8
}

/// Appends the packed form of m 2^q.
pub(crate) fn put_narrow(m: i128, q: i32, out: &mut Vec<u8>) {
    if m == 0 {
        out.push(0);
        return;
    }
    let zeros = m.trailing_zeros() as i32;
    let bytes = (m >> zeros).to_le_bytes();
    let bytes = shortest(&bytes, m < 0);
    out.push(1);
    varint::put(varint::zigzag(i64::from(q + zeros)), out);
    out.push(bytes.len() as u8);
    out.extend_from_slice(bytes);
}

/// Takes a sum m 2^q of at most fifteen bytes; nothing, and nothing taken, where it is another sum or no sum.
pub(crate) fn take_narrow(bytes: &mut &[u8]) -> Option<(i128, i32)> {
    let mut rest = *bytes;
    let (&flag, after) = rest.split_first()?;
    rest = after;
    if flag == 0 {
        *bytes = rest;
        return Some((0, 0));
    }
    if flag != 1 {
        return None;
    }
    let q = varint::unzigzag(varint::take(&mut rest)?);
    let length = usize::from(*rest.first()?);
    let m = rest.get(1..=length)?;
    if !(1..=15).contains(&length) || !in_range(q, length) || m[0] & 1 == 0 {
        return None;
    }
    let negative = m[length - 1] & 0x80 != 0;
    if shortest(m, negative).len() != length {
        return None;
    }
    let mut wide = [if negative { 0xff } else { 0 }; 16];
    wide[..length].copy_from_slice(m);
    *bytes = &rest[1 + length..];
    Some((i128::from_le_bytes(wide), q as i32))
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
