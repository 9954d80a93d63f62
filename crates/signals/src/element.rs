//! Types of single values.

use germane_columns::NumberType;
use std::fmt;

/// Type of the elements of a variable, as NumPy names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Element {
    Bool,
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
    C64,
    C128,
}

impl Element {
    /// Name as NumPy prints it, e.g. `float32`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::C64 => "complex64",
            Self::C128 => "complex128",
        }
    }

    /// Whether it is a real floating-point number.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Whether it is an integer (no `bool`).
    pub fn is_integer(self) -> bool {
        self.integer_range().is_some()
    }

    /// Whether it has a real and an imaginary part.
    pub fn is_complex(self) -> bool {
        matches!(self, Self::C64 | Self::C128)
    }

    /// Smallest and largest value of an integer type.
    pub fn integer_range(self) -> Option<(i128, i128)> {
        Some(match self {
            Self::U8 => (0, i128::from(u8::MAX)),
            Self::U16 => (0, i128::from(u16::MAX)),
            Self::U32 => (0, i128::from(u32::MAX)),
            Self::U64 => (0, i128::from(u64::MAX)),
            Self::I8 => (i128::from(i8::MIN), i128::from(i8::MAX)),
            Self::I16 => (i128::from(i16::MIN), i128::from(i16::MAX)),
            Self::I32 => (i128::from(i32::MIN), i128::from(i32::MAX)),
            Self::I64 => (i128::from(i64::MIN), i128::from(i64::MAX)),
            _ => return None,
        })
    }

    /// Whether blocks hold its samples as `f32`: every value is exact there.
    pub fn fits_f32(self) -> bool {
        matches!(self, Self::Bool | Self::U8 | Self::U16 | Self::I8 | Self::I16 | Self::F32 | Self::C64)
    }
}

impl From<NumberType> for Element {
    fn from(number: NumberType) -> Self {
        match number {
            NumberType::U8 => Self::U8,
            NumberType::U16 => Self::U16,
            NumberType::U32 => Self::U32,
            NumberType::U64 => Self::U64,
            NumberType::I8 => Self::I8,
            NumberType::I16 => Self::I16,
            NumberType::I32 => Self::I32,
            NumberType::I64 => Self::I64,
            NumberType::F32 => Self::F32,
            NumberType::F64 => Self::F64,
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
