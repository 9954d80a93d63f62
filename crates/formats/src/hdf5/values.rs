//! Values as they lie in memory: elements in native byte order, one after the other, the last axis running fastest.

use germane_columns::{NumberType, buffer::Buffer};

/// Type of one element in memory. Fixed-size elements are bytes; variable ones have offsets.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// integers and floats
    Number(NumberType),
    /// IEEE half precision, kept as its two bytes
    Half,
    /// one byte, 0 or 1
    Bool,
    /// real and imaginary part, each a float of this type (`F32` or `F64`)
    Complex(NumberType),
    /// text of `size` bytes, padded with zero bytes
    FixedText {
        /// bytes of one element
        size: usize,
        /// UTF-8, else ASCII
        utf8: bool,
    },
    /// text of any length
    Text {
        /// UTF-8, else ASCII
        utf8: bool,
    },
    /// integers with names, in the order of the file
    Enumeration {
        /// type of the integers
        base: NumberType,
        /// names and values
        members: Vec<(String, i64)>,
    },
    /// several fields side by side
    Record {
        /// bytes of one element
        size: usize,
        /// name, offset in bytes, type
        fields: Vec<(String, usize, Element)>,
    },
    /// a small array in the place of an element
    Repeated {
        /// its shape
        shape: Vec<usize>,
        /// its elements
        element: Box<Element>,
    },
    /// lists of any length
    List(Box<Element>),
    /// bytes that mean nothing to this room (opaque, bit fields, references)
    Opaque {
        /// bytes of one element
        size: usize,
    },
}

impl Element {
    /// Bytes of one element; `None` for texts and lists of any length.
    pub fn size(&self) -> Option<usize> {
        Some(match self {
            Self::Number(number) => number.size(),
            Self::Half => 2,
            Self::Bool => 1,
            Self::Complex(part) => 2 * part.size(),
            Self::FixedText { size, .. } | Self::Record { size, .. } | Self::Opaque { size } => *size,
            Self::Enumeration { base, .. } => base.size(),
            Self::Repeated { shape, element } => shape.iter().product::<usize>() * element.size()?,
            Self::Text { .. } | Self::List(_) => return None,
        })
    }
}

/// An n-dimensional array of elements. A scalar has an empty shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// Type of each element.
    pub element: Element,
    /// Length of each axis, the slowest first.
    pub shape: Vec<usize>,
    /// The elements.
    pub data: ValueData,
}

/// Storage of [`Values`].
#[derive(Clone, Debug, PartialEq)]
pub enum ValueData {
    /// `count * size` bytes, aligned for the element
    Fixed(Buffer),
    /// texts: `count + 1` offsets into `bytes`
    Texts {
        /// start of each text, and the end of the last
        offsets: Vec<i64>,
        /// all texts, one after the other, without padding
        bytes: Buffer,
    },
    /// lists: `count + 1` offsets into `items`
    Lists {
        /// start of each list, and the end of the last
        offsets: Vec<i64>,
        /// items of all lists, one axis
        items: Box<Values>,
    },
}

impl Values {
    /// Fixed-size elements of any shape.
    ///
    /// # Panics
    /// If the bytes are not as many as shape and element say.
    pub fn fixed(element: Element, shape: Vec<usize>, bytes: Buffer) -> Self {
        let size = element.size().expect("an element of fixed size");
        assert_eq!(bytes.len(), shape.iter().product::<usize>() * size, "bytes for the shape");
        Self { element, shape, data: ValueData::Fixed(bytes) }
    }

    /// Number of elements.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Length of the first axis; 1 for a scalar.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// The bytes of fixed-size elements.
    pub fn bytes(&self) -> Option<&Buffer> {
        match &self.data {
            ValueData::Fixed(bytes) => Some(bytes),
            _ => None,
        }
    }
}

macro_rules! numbers {
    ($($native:ty => $variant:ident),*) => {
        $(impl From<Vec<$native>> for Values {
            fn from(values: Vec<$native>) -> Self {
                let shape = vec![values.len()];
                Self::fixed(Element::Number(NumberType::$variant), shape, Buffer::from_vec(values))
            }
        })*
    };
}

numbers!(i8 => I8, i16 => I16, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32, u64 => U64, f32 => F32, f64 => F64);

/// An attribute of a group or dataset.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// one text, whatever its form in the file
    Text(String),
    /// a number or an array
    Values(Values),
    /// an attribute without a value (null dataspace)
    Empty,
}
