//! Arrays: typed buffers in Arrow's layout, with a validity bitmap where values can be missing.

use crate::{Field, NumberType, Type};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

/// Values of one column (or of one level of it).
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The values.
    pub data: Data,
    /// Which values are there; `None` means all.
    pub validity: Option<NullBuffer>,
}

/// Buffers of an array by kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// bits
    Bool(BooleanBuffer),
    /// numbers
    Number(Numbers),
    /// UTF-8 text: `len + 1` offsets into `bytes`
    Text {
        /// start of each text, and the end of the last
        offsets: OffsetBuffer<i64>,
        /// all texts, one after the other
        bytes: Buffer,
    },
    /// raw bytes in the layout of text
    Binary {
        /// start of each value, and the end of the last
        offsets: OffsetBuffer<i64>,
        /// all values, one after the other
        bytes: Buffer,
    },
    /// `len + 1` offsets into `items`
    List {
        /// start of each list, and the end of the last
        offsets: OffsetBuffer<i64>,
        /// items of all lists
        items: Box<Array>,
    },
    /// `len * size` items
    FixedList {
        /// items a list
        size: usize,
        /// number of lists
        len: usize,
        /// items of all lists
        items: Box<Array>,
    },
    /// one array a field, all of length `len`
    Struct {
        /// names and values
        fields: Vec<(String, Array)>,
        /// number of structures
        len: usize,
    },
}

macro_rules! numbers {
    ($($variant:ident $native:ty),*) => {
        /// A buffer of machine numbers.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)]
        pub enum Numbers { $($variant(ScalarBuffer<$native>)),* }

        impl Numbers {
            /// Number of values.
            pub fn len(&self) -> usize {
                match self { $(Self::$variant(b) => b.len()),* }
            }

            /// Whether there are none.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Which machine number.
            pub fn number_type(&self) -> NumberType {
                match self { $(Self::$variant(_) => NumberType::$variant),* }
            }

            /// The bytes of the values, native order, without copying.
            pub fn buffer(&self) -> &Buffer {
                match self { $(Self::$variant(b) => b.inner()),* }
            }

            /// `len` values from position `start`, without copying.
            #[must_use]
            pub fn slice(&self, start: usize, len: usize) -> Self {
                match self { $(Self::$variant(b) => Self::$variant(b.slice(start, len))),* }
            }

            /// Values widened to f64 (exact but for 64-bit integers above 2^53).
            pub fn to_f64(&self) -> Vec<f64> {
                match self { $(Self::$variant(b) => b.iter().map(|&x| x as f64).collect()),* }
            }

            /// Value `i` widened to f64.
            pub fn get_f64(&self, i: usize) -> f64 {
                match self { $(Self::$variant(b) => b[i] as f64),* }
            }
        }

        $(impl From<Vec<$native>> for Array {
            fn from(values: Vec<$native>) -> Self {
                Self::new(Data::Number(Numbers::$variant(values.into())))
            }
        })*
    };
}

numbers!(I8 i8, I16 i16, I32 i32, I64 i64, U8 u8, U16 u16, U32 u32, U64 u64, F32 f32, F64 f64);

impl Numbers {
    /// Values as i64; `None` for floats. Unsigned values above 2^63-1 become `None` items.
    pub fn to_i64(&self) -> Option<Vec<Option<i64>>> {
        Some(match self {
            Self::I8(b) => b.iter().map(|&x| Some(x.into())).collect(),
            Self::I16(b) => b.iter().map(|&x| Some(x.into())).collect(),
            Self::I32(b) => b.iter().map(|&x| Some(x.into())).collect(),
            Self::I64(b) => b.iter().map(|&x| Some(x)).collect(),
            Self::U8(b) => b.iter().map(|&x| Some(x.into())).collect(),
            Self::U16(b) => b.iter().map(|&x| Some(x.into())).collect(),
            Self::U32(b) => b.iter().map(|&x| Some(x.into())).collect(),
            Self::U64(b) => b.iter().map(|&x| i64::try_from(x).ok()).collect(),
            Self::F32(_) | Self::F64(_) => return None,
        })
    }
}

impl From<Vec<bool>> for Array {
    fn from(values: Vec<bool>) -> Self {
        Self::new(Data::Bool(BooleanBuffer::from(values)))
    }
}

impl<'a> FromIterator<&'a str> for Array {
    fn from_iter<I: IntoIterator<Item = &'a str>>(values: I) -> Self {
        let mut builder = crate::TextBuilder::default();
        for text in values {
            builder.push(text.as_bytes());
        }
        builder.finish_text()
    }
}

impl Array {
    /// An array without missing values.
    pub fn new(data: Data) -> Self {
        Self { data, validity: None }
    }

    /// Lists of the given lengths over `items`.
    ///
    /// # Panics
    /// If the lengths do not add up to the number of items.
    pub fn list(lengths: &[usize], items: Self) -> Self {
        let offsets = OffsetBuffer::<i64>::from_lengths(lengths.iter().copied());
        assert_eq!(offsets[lengths.len()], items.len() as i64, "lengths must add up to the items");
        Self::new(Data::List { offsets, items: Box::new(items) })
    }

    /// The same values, some of them missing. A mask without a missing value is dropped.
    ///
    /// # Panics
    /// If the mask has another length.
    #[must_use]
    pub fn with_validity(mut self, validity: Option<NullBuffer>) -> Self {
        if let Some(mask) = &validity {
            assert_eq!(mask.len(), self.len(), "one validity bit a value");
        }
        self.validity = validity.filter(|mask| mask.null_count() > 0);
        self
    }

    /// Number of values at the outermost level.
    pub fn len(&self) -> usize {
        match &self.data {
            Data::Bool(bits) => bits.len(),
            Data::Number(numbers) => numbers.len(),
            Data::Text { offsets, .. } | Data::Binary { offsets, .. } | Data::List { offsets, .. } => offsets.len() - 1,
            Data::FixedList { len, .. } | Data::Struct { len, .. } => *len,
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of missing values at the outermost level.
    pub fn null_count(&self) -> usize {
        self.validity.as_ref().map_or(0, NullBuffer::null_count)
    }

    /// Whether value `i` is there.
    pub fn is_valid(&self, i: usize) -> bool {
        self.validity.as_ref().is_none_or(|mask| mask.is_valid(i))
    }

    /// The type, with nullability of the members as found.
    pub fn ty(&self) -> Type {
        let member = |name: &str, array: &Self| Field { nullable: array.validity.is_some(), ..Field::new(name, array.ty()) };
        match &self.data {
            Data::Bool(_) => Type::Bool,
            Data::Number(numbers) => Type::Number(numbers.number_type()),
            Data::Text { .. } => Type::Text,
            Data::Binary { .. } => Type::Binary,
            Data::List { items, .. } => Type::List(Box::new(member("item", items))),
            Data::FixedList { items, size, .. } => Type::FixedList(Box::new(member("item", items)), *size),
            Data::Struct { fields, .. } => Type::Struct(fields.iter().map(|(name, array)| member(name, array)).collect()),
        }
    }

    /// `len` values from position `start`, without copying values. Offsets of lists stay relative to the shared items.
    ///
    /// # Panics
    /// If the range is not inside the array.
    #[must_use]
    pub fn slice(&self, start: usize, len: usize) -> Self {
        let data = match &self.data {
            Data::Bool(bits) => Data::Bool(bits.slice(start, len)),
            Data::Number(numbers) => Data::Number(numbers.slice(start, len)),
            Data::Text { offsets, bytes } => Data::Text { offsets: offsets.slice(start, len), bytes: bytes.clone() },
            Data::Binary { offsets, bytes } => Data::Binary { offsets: offsets.slice(start, len), bytes: bytes.clone() },
            Data::List { offsets, items } => Data::List { offsets: offsets.slice(start, len), items: items.clone() },
            Data::FixedList { size, items, .. } => {
                Data::FixedList { size: *size, len, items: Box::new(items.slice(start * size, len * size)) }
            }
            Data::Struct { fields, .. } => {
                Data::Struct { fields: fields.iter().map(|(name, array)| (name.clone(), array.slice(start, len))).collect(), len }
            }
        };
        Self { data, validity: self.validity.as_ref().map(|mask| mask.slice(start, len)) }
    }

    /// The numbers, if this is a flat array of numbers.
    pub fn as_numbers(&self) -> Option<&Numbers> {
        match &self.data {
            Data::Number(numbers) => Some(numbers),
            _ => None,
        }
    }

    /// The f64 values, if this is a flat array of f64.
    pub fn as_f64(&self) -> Option<&[f64]> {
        match &self.data {
            Data::Number(Numbers::F64(values)) => Some(values),
            _ => None,
        }
    }

    /// Offsets and items, if this is a list array.
    pub fn as_list(&self) -> Option<(&OffsetBuffer<i64>, &Self)> {
        match &self.data {
            Data::List { offsets, items } => Some((offsets, items)),
            _ => None,
        }
    }

    /// Field of a structure by name.
    pub fn field(&self, name: &str) -> Option<&Self> {
        match &self.data {
            Data::Struct { fields, .. } => fields.iter().find(|(n, _)| n == name).map(|(_, array)| array),
            _ => None,
        }
    }

    /// Text `i`, if this is a text array and the text is there.
    pub fn text(&self, i: usize) -> Option<&str> {
        match &self.data {
            Data::Text { offsets, bytes } if self.is_valid(i) => {
                std::str::from_utf8(bytes.get(offsets[i] as usize..offsets[i + 1] as usize)?).ok()
            }
            _ => None,
        }
    }

    /// Bytes held by all buffers (shared ones counted where they are seen).
    pub fn nbytes(&self) -> usize {
        let own = match &self.data {
            Data::Bool(bits) => bits.len().div_ceil(8),
            Data::Number(numbers) => numbers.buffer().len(),
            Data::Text { offsets, bytes } | Data::Binary { offsets, bytes } => offsets.len() * 8 + bytes.len(),
            Data::List { offsets, items } => offsets.len() * 8 + items.nbytes(),
            Data::FixedList { items, .. } => items.nbytes(),
            Data::Struct { fields, .. } => fields.iter().map(|(_, array)| array.nbytes()).sum(),
        };
        own + self.validity.as_ref().map_or(0, |mask| mask.len().div_ceil(8))
    }
}
