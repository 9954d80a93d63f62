//! The data-less form of an array: what schemas and plans are made of.

use crate::Unit;
use std::fmt;

/// The machine numbers that columns hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum NumberType {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
}

impl NumberType {
    /// Name as NumPy and Arrow print it, e.g. `float32`.
    pub fn name(self) -> &'static str {
        match self {
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// Bytes of one value.
    pub fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Whether values are floating-point numbers.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}

/// Type of an array, to any depth.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// true or false, one bit a value
    Bool,
    /// integers and floats
    Number(NumberType),
    /// UTF-8 text
    Text,
    /// raw bytes, not promised to be UTF-8
    Binary,
    /// lists of any length
    List(Box<Field>),
    /// lists of one length
    FixedList(Box<Field>, usize),
    /// named fields
    Struct(Vec<Field>),
}

impl Type {
    /// Shorthand for 64-bit floats.
    pub const F64: Self = Self::Number(NumberType::F64);
    /// Shorthand for 64-bit integers.
    pub const I64: Self = Self::Number(NumberType::I64);

    /// List of unnamed items.
    pub fn list(items: Self) -> Self {
        Self::List(Box::new(Field::new("item", items)))
    }

    /// Lists of `size` unnamed items.
    pub fn fixed_list(items: Self, size: usize) -> Self {
        Self::FixedList(Box::new(Field::new("item", items)), size)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Number(n) => f.write_str(n.name()),
            Self::Text => f.write_str("text"),
            Self::Binary => f.write_str("bytes"),
            Self::List(items) => write!(f, "list<{}>", items.ty),
            Self::FixedList(items, size) => write!(f, "{}[{size}]", items.ty),
            Self::Struct(fields) => {
                f.write_str("{")?;
                for (i, field) in fields.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{}: {}", field.name, field.ty)?;
                }
                f.write_str("}")
            }
        }
    }
}

/// A named type: one column of a schema, or one member of a structure.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Name as the file or the user wrote it.
    pub name: String,
    /// Type of the values.
    pub ty: Type,
    /// Whether values can be missing.
    pub nullable: bool,
    /// Unit of the values; `None` where nobody declared one.
    pub unit: Option<Unit>,
    /// Free text from the file.
    pub doc: String,
}

impl Field {
    /// A field without unit, documentation and missing values.
    pub fn new(name: impl Into<String>, ty: Type) -> Self {
        Self { name: name.into(), ty, nullable: false, unit: None, doc: String::new() }
    }

    /// The same field, values of which can be missing.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }
}
