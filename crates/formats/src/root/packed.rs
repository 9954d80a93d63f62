//! Numbers as they lie in a basket, and how a buffer of them becomes a column.
//!
//! ```text
//! Double32, Float16 with [lo,hi,n]   u32 u, value = lo + u / f, f = 2^n / (hi - lo); n = 32: f = 0xffffffff / (hi - lo)
//!   without range, n < 15            u8 exponent e, u16 m: sign bit n + 1, bits = e<<23 | (m & (2^(n+1)-1)) << (23-n)
//!   Double32 without n, or n >= 15   f32
//!   Float16 without n, or n >= 15    as n = 12
//! ```
//! Source: TBufferFile::WriteDouble32, WriteFloat16 and TStreamerElement GetRange of ROOT 6.

use super::bytes::Bytes;
use germane_columns::{
    Array, Data, NumberType, Numbers, Type,
    buffer::{ArrowNativeType, BooleanBufferBuilder, ScalarBuffer},
};

/// One number in a basket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Prim {
    Bool,
    Plain(NumberType),
    /// Result is f32 or f64, stored as `Packing` says.
    Packed(NumberType, Packing),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Packing {
    Single,
    Range { low: f64, factor: f64 },
    Mantissa(u32),
}

impl Prim {
    /// The basic type `fType` (with 20 or 40 taken off for arrays and pointers).
    pub(crate) fn basic(ty: i32, title: &str) -> Option<Self> {
        use NumberType as N;
        Some(match ty {
            1 => Self::Plain(N::I8),
            2 => Self::Plain(N::I16),
            3 | 6 => Self::Plain(N::I32),
            4 | 16 => Self::Plain(N::I64),
            5 => Self::Plain(N::F32),
            8 => Self::Plain(N::F64),
            9 => Self::double32(title),
            11 => Self::Plain(N::U8),
            12 => Self::Plain(N::U16),
            13 | 15 => Self::Plain(N::U32),
            14 | 17 => Self::Plain(N::U64),
            18 => Self::Bool,
            19 => Self::float16(title),
            _ => return None,
        })
    }

    pub(crate) fn double32(title: &str) -> Self {
        let packing = match Range::parse(title) {
            Some(range) if range.low < range.high => range.packing(),
            Some(range) if range.bits < 15 => Packing::Mantissa(range.bits),
            _ => Packing::Single,
        };
        Self::Packed(NumberType::F64, packing)
    }

    pub(crate) fn float16(title: &str) -> Self {
        let packing = match Range::parse(title) {
            Some(range) if range.low < range.high => range.packing(),
            Some(range) if range.bits < 15 => Packing::Mantissa(range.bits),
            _ => Packing::Mantissa(12),
        };
        Self::Packed(NumberType::F32, packing)
    }

    /// Bytes in the basket.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::Bool => 1,
            Self::Plain(number) => number.size(),
            Self::Packed(_, Packing::Mantissa(_)) => 3,
            Self::Packed(..) => 4,
        }
    }

    pub(crate) fn ty(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Plain(number) | Self::Packed(number, _) => Type::Number(number),
        }
    }

    /// Bytes to reverse to have native numbers; 1 for none.
    pub(crate) fn swap(self) -> usize {
        match self {
            Self::Plain(number) => number.size(),
            _ => 1,
        }
    }

    /// Turns the bytes of baskets into a column; `native` where [`Prim::swap`] was done already.
    pub(crate) fn column(self, mut bytes: Bytes, native: bool) -> Array {
        if !native {
            bytes.swap(0, self.swap());
        }
        use NumberType as N;
        match self {
            Self::Bool => {
                let mut bits = BooleanBufferBuilder::new(bytes.len());
                bytes.as_slice().iter().for_each(|&b| bits.append(b != 0));
                Array::new(Data::Bool(bits.finish()))
            }
            Self::Plain(number) => Array::new(Data::Number(match number {
                N::I8 => Numbers::I8(numbers(bytes)),
                N::U8 => Numbers::U8(numbers(bytes)),
                N::I16 => Numbers::I16(numbers(bytes)),
                N::U16 => Numbers::U16(numbers(bytes)),
                N::I32 => Numbers::I32(numbers(bytes)),
                N::U32 => Numbers::U32(numbers(bytes)),
                N::I64 => Numbers::I64(numbers(bytes)),
                N::U64 => Numbers::U64(numbers(bytes)),
                N::F32 => Numbers::F32(numbers(bytes)),
                N::F64 => Numbers::F64(numbers(bytes)),
            })),
            Self::Packed(N::F32, packing) => Array::from(unpack(&bytes, packing, |x| x as f32)),
            Self::Packed(_, packing) => Array::from(unpack(&bytes, packing, |x| x)),
        }
    }
}

fn numbers<T: ArrowNativeType>(bytes: Bytes) -> ScalarBuffer<T> {
    let len = bytes.len() / size_of::<T>();
    ScalarBuffer::new(bytes.into_buffer(), 0, len)
}

fn unpack<T>(bytes: &Bytes, packing: Packing, round: impl Fn(f64) -> T) -> Vec<T> {
    let word = |b: &[u8]| u32::from_be_bytes([b[0], b[1], b[2], b[3]]);
    let all = bytes.as_slice();
    match packing {
        Packing::Single => all.chunks_exact(4).map(|b| round(f32::from_bits(word(b)).into())).collect(),
        Packing::Range { low, factor } => all.chunks_exact(4).map(|b| round(low + f64::from(word(b)) / factor)).collect(),
        Packing::Mantissa(n) => all.chunks_exact(3).map(|b| round(truncated(b, n).into())).collect(),
    }
}

fn truncated(b: &[u8], n: u32) -> f32 {
    let (exponent, mantissa) = (u32::from(b[0]), u32::from(b[1]) << 8 | u32::from(b[2]));
    let value = f32::from_bits(exponent << 23 | (mantissa & ((1 << (n + 1)) - 1)) << (23 - n));
    if mantissa & (1 << (n + 1)) != 0 { -value } else { value }
}

/// `[low,high,bits]` in a title.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    low: f64,
    high: f64,
    bits: u32,
}

impl Range {
    fn parse(title: &str) -> Option<Self> {
        let inside = title.split('[').skip(1).filter_map(|part| part.split_once(']')).find(|(text, _)| text.contains(','))?.0;
        let mut parts = inside.split(',');
        let (low, high) = (bound(parts.next()?)?, bound(parts.next()?)?);
        let bits = parts.next().and_then(|text| text.trim().parse().ok()).filter(|bits| (2..=32).contains(bits)).unwrap_or(32);
        Some(Self { low, high, bits })
    }

    fn packing(self) -> Packing {
        let steps = if self.bits < 32 { f64::from(1_u32 << self.bits) } else { f64::from(u32::MAX) };
        Packing::Range { low: self.low, factor: steps / (self.high - self.low) }
    }
}

/// A number, or `pi` with a factor and divisor, as ROOT allows in ranges.
fn bound(text: &str) -> Option<f64> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '*').collect();
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.as_str()),
    };
    let (numerator, divisor) = match text.split_once('/') {
        Some((a, b)) => (a, b.parse::<f64>().ok()?),
        None => (text, 1.0),
    };
    let factor = match numerator.strip_suffix("pi")? {
        "" => 1.0,
        "two" => 2.0,
        number => number.parse().ok()?,
    };
    Some(sign * factor * std::f64::consts::PI / divisor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn ranges_follow_the_rules_of_titles() {
        let range = |low, high, bits| Some(Range { low, high, bits });
        assert_eq!(Range::parse("[-2pi,pi/2,10] angle"), range(-2.0 * PI, PI / 2.0, 10));
        assert_eq!(Range::parse("x[3][0,100]"), range(0.0, 100.0, 32));
        assert_eq!(Range::parse("[0, twopi, 99]"), range(0.0, 2.0 * PI, 32));
        assert_eq!(Range::parse("x[n][3]"), None);
        assert_eq!(Range::parse("an angle"), None);
    }

    #[test]
    fn packings_follow_range_and_bits() {
        assert_eq!(Prim::double32(""), Prim::Packed(NumberType::F64, Packing::Single));
        assert_eq!(Prim::double32("[0,0,10]"), Prim::Packed(NumberType::F64, Packing::Mantissa(10)));
        assert_eq!(Prim::double32("[0,0,32]"), Prim::Packed(NumberType::F64, Packing::Single));
        assert_eq!(Prim::float16(""), Prim::Packed(NumberType::F32, Packing::Mantissa(12)));
    }

    #[test]
    fn truncated_floats_keep_sign_exponent_and_high_bits() {
        // 1.5 = 0x3fc00000: exponent 127, mantissa 0x400000; with n = 12 the field is 0x400000 >> 11 (exponent bit 0 above it).
        let bits = 1.5_f32.to_bits();
        let m = ((bits >> 11) & 0x1fff) as u16;
        let e = (bits >> 23) as u8;
        assert_eq!(truncated(&[e, (m >> 8) as u8, m as u8], 12), 1.5);
        let m = m | 1 << 13;
        assert_eq!(truncated(&[e, (m >> 8) as u8, m as u8], 12), -1.5);
    }
}
