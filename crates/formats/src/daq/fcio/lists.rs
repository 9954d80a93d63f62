//! Lists of configuration records as LH5 arrays.

use crate::hdf5::{Element, Values};
use crate::lh5::{Content, Object};
use germane_columns::buffer::Buffer;

/// Numbers in a row.
pub(super) fn numbers<T>(values: Vec<T>) -> Object
where
    Values: From<Vec<T>>,
{
    Object::new("array<1>{real}", Content::Array(Values::from(values)))
}

/// Texts of `size` bytes each.
pub(super) fn texts(size: usize, bytes: Vec<u8>) -> Object {
    let values = Values::fixed(Element::FixedText { size, utf8: false }, vec![bytes.len() / size], Buffer::from_vec(bytes));
    Object::new("array<1>{string}", Content::Array(values))
}
