//! LH5 objects in memory: what a read gives and a write takes.

use crate::hdf5::{Attribute, Values};
use indexmap::IndexMap;

/// Attributes by name, in the order of the file; `datatype` is not among them, it is in the [`Object`].
pub type Attributes = IndexMap<String, Attribute>;

/// One object with its `datatype`, attributes and content.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The `datatype` attribute as text, e.g. `array<1>{real}`; `None` where the file has none.
    pub datatype: Option<String>,
    /// All other attributes (`units`, `description`, …).
    pub attributes: Attributes,
    /// The content.
    pub content: Content,
}

/// Content of an [`Object`].
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// `real`, `bool`, `complex`, `string`, `symbol`: shape is empty
    Scalar(Values),
    /// `array<n>`, `fixedsize_array<n>`, `array_of_equalsized_arrays<n,m>`
    Array(Values),
    /// `array<1>{array<1>{…}}`
    Vectors(Vectors),
    /// encoded arrays of waveforms, not decoded
    Encoded {
        /// the bytes of each row (`array<1>{array<1>{real}}` of u1)
        encoded_data: Box<Object>,
        /// samples of each row, or of all (scalar)
        decoded_size: Box<Object>,
    },
    /// `struct{…}` (also histograms): members in the order of the datatype
    Struct(IndexMap<String, Object>),
    /// `table{…}`: columns of `rows` rows
    Table {
        /// rows of every column
        rows: usize,
        /// columns in the order of the datatype
        columns: IndexMap<String, Object>,
    },
}

/// Vectors of different lengths: row `i` is `flattened_data[cumulative_length[i-1]..cumulative_length[i]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    /// Inclusive sums of lengths, of the integer type of the file.
    pub cumulative_length: Values,
    /// All items; itself vectors where the nesting is deeper.
    pub flattened_data: Box<Object>,
}

impl Object {
    /// An object without attributes.
    pub fn new(datatype: &str, content: Content) -> Self {
        Self { datatype: Some(datatype.to_owned()), attributes: Attributes::new(), content }
    }

    /// The same with `units`.
    #[must_use]
    pub fn units(mut self, units: &str) -> Self {
        self.attributes.insert("units".to_owned(), Attribute::Text(units.to_owned()));
        self
    }
}
