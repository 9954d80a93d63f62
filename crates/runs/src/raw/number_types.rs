//! Number types by NumPy's names, and conversion between them that never wraps.

use germane_columns::{NumberType, buffer::Buffer};

/// Names that messages offer.
pub(crate) const NAMES: [&str; 10] =
    ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"];

/// A type by a name of NumPy: `uint16`, `u2`, `<u2`, `float`, `double`, …
pub(crate) fn parse(name: &str) -> Option<NumberType> {
    Some(match name.trim_start_matches(['<', '=', '|']) {
        "int8" | "i1" | "b" | "byte" => NumberType::I8,
        "int16" | "i2" | "h" | "short" => NumberType::I16,
        "int32" | "i4" | "i" | "intc" => NumberType::I32,
        "int64" | "i8" | "q" | "l" | "int" | "longlong" => NumberType::I64,
        "uint8" | "u1" | "B" | "ubyte" => NumberType::U8,
        "uint16" | "u2" | "H" | "ushort" => NumberType::U16,
        "uint32" | "u4" | "I" | "uintc" => NumberType::U32,
        "uint64" | "u8" | "Q" | "L" | "uint" | "ulonglong" => NumberType::U64,
        "float32" | "f4" | "f" | "single" => NumberType::F32,
        "float64" | "f8" | "d" | "float" | "double" => NumberType::F64,
        _ => return None,
    })
}

/// A number as Rust knows it: native bytes, and the two steps of a conversion, exact as `i128` or `f64`, then into the other type.
trait Number: Copy + std::fmt::Display {
    const SIZE: usize;
    fn read(bytes: &[u8]) -> Self;
    fn write(self, out: &mut Vec<u8>);
    fn integer(self) -> Option<i128>;
    fn float(self) -> f64;
    fn from_integer(value: i128) -> Option<Self>;
    fn from_float(value: f64) -> Option<Self>;
}

macro_rules! native {
    ($native:ty) => {
        const SIZE: usize = size_of::<$native>();
        fn read(bytes: &[u8]) -> Self {
            Self::from_ne_bytes(bytes.try_into().expect("invariant: bytes of one number"))
        }
        fn write(self, out: &mut Vec<u8>) {
            out.extend_from_slice(&self.to_ne_bytes());
        }
    };
}

macro_rules! integers {
    ($($native:ty),*) => { $(
        impl Number for $native {
            native!($native);
            fn integer(self) -> Option<i128> {
                Some(self as i128)
            }
            fn float(self) -> f64 {
                self as f64
            }
            fn from_integer(value: i128) -> Option<Self> {
                Self::try_from(value).ok()
            }
            fn from_float(value: f64) -> Option<Self> {
                // As NumPy, the fraction is cut; what is behind the range is refused.
                let whole = value.trunc();
                if whole.is_finite() && whole.abs() < 36_893_488_147_419_103_232.0 { Self::try_from(whole as i128).ok() } else { None }
            }
        }
    )* };
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Number for f32 {
    native!(f32);
    fn integer(self) -> Option<i128> {
        None
    }
    fn float(self) -> f64 {
        f64::from(self)
    }
    fn from_integer(value: i128) -> Option<Self> {
        Some(value as f32)
    }
    fn from_float(value: f64) -> Option<Self> {
        let narrow = value as f32;
        (narrow.is_finite() || !value.is_finite()).then_some(narrow)
    }
}

impl Number for f64 {
    native!(f64);
    fn integer(self) -> Option<i128> {
        None
    }
    fn float(self) -> f64 {
        self
    }
    fn from_integer(value: i128) -> Option<Self> {
        Some(value as f64)
    }
    fn from_float(value: f64) -> Option<Self> {
        Some(value)
    }
}

/// A value that does not fit the new type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OutOfRange {
    /// its position among all values
    pub index: usize,
    /// the value as text
    pub value: String,
}

/// Numbers of one type as another: whole parts of floats, nearest floats of integers; nothing wraps.
///
/// # Errors
/// The first value that the new type cannot hold.
pub(crate) fn convert(bytes: &Buffer, from: NumberType, to: NumberType) -> Result<Buffer, OutOfRange> {
    macro_rules! to {
        ($from:ty) => {
            match to {
                NumberType::I8 => each::<$from, i8>(bytes),
                NumberType::I16 => each::<$from, i16>(bytes),
                NumberType::I32 => each::<$from, i32>(bytes),
                NumberType::I64 => each::<$from, i64>(bytes),
                NumberType::U8 => each::<$from, u8>(bytes),
                NumberType::U16 => each::<$from, u16>(bytes),
                NumberType::U32 => each::<$from, u32>(bytes),
                NumberType::U64 => each::<$from, u64>(bytes),
                NumberType::F32 => each::<$from, f32>(bytes),
                NumberType::F64 => each::<$from, f64>(bytes),
            }
        };
    }
    if from == to {
        return Ok(bytes.clone());
    }
    match from {
        NumberType::I8 => to!(i8),
        NumberType::I16 => to!(i16),
        NumberType::I32 => to!(i32),
        NumberType::I64 => to!(i64),
        NumberType::U8 => to!(u8),
        NumberType::U16 => to!(u16),
        NumberType::U32 => to!(u32),
        NumberType::U64 => to!(u64),
        NumberType::F32 => to!(f32),
        NumberType::F64 => to!(f64),
    }
}

fn each<A: Number, B: Number>(bytes: &Buffer) -> Result<Buffer, OutOfRange> {
    let mut out = Vec::with_capacity(bytes.len() / A::SIZE * B::SIZE);
    for (index, chunk) in bytes.as_slice().chunks_exact(A::SIZE).enumerate() {
        let value = A::read(chunk);
        let converted = match value.integer() {
            Some(integer) => B::from_integer(integer),
            None => B::from_float(value.float()),
        };
        converted.ok_or_else(|| OutOfRange { index, value: value.to_string() })?.write(&mut out);
    }
    Ok(Buffer::from_vec(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of<T: Number>(values: &[T]) -> Buffer {
        let mut out = Vec::new();
        values.iter().for_each(|v| v.write(&mut out));
        Buffer::from_vec(out)
    }

    #[test]
    fn values_keep_their_meaning_or_are_refused() {
        // numpy 2.3: np.array([...], FROM).astype(TO) where nothing overflows
        let convert = |from: Buffer, a, b| convert(&from, a, b);
        let (u2, i4, f4, f8, i2) = (NumberType::U16, NumberType::I32, NumberType::F32, NumberType::F64, NumberType::I16);
        assert_eq!(convert(bytes_of(&[0_u16, 40000, 65535]), u2, i4), Ok(bytes_of(&[0_i32, 40000, 65535])));
        assert_eq!(convert(bytes_of(&[16_777_217_i32]), i4, f4), Ok(bytes_of(&[16_777_216_f32])));
        assert_eq!(convert(bytes_of(&[-1.9_f64, 2.9]), f8, i2), Ok(bytes_of(&[-1_i16, 2])));
        assert_eq!(convert(bytes_of(&[1_u16, 40000]), u2, i2), Err(OutOfRange { index: 1, value: "40000".into() }));
        assert_eq!(convert(bytes_of(&[f64::NAN]), f8, i4), Err(OutOfRange { index: 0, value: "NaN".into() }));
        assert_eq!(convert(bytes_of(&[1e300]), f8, f4), Err(OutOfRange { index: 0, value: 1e300_f64.to_string() }));
        assert!(convert(bytes_of(&[f64::INFINITY]), f8, f4).is_ok());
        assert_eq!(convert(bytes_of(&[u64::MAX]), NumberType::U64, NumberType::I64).map_err(|e| e.index), Err(0));
    }
}
