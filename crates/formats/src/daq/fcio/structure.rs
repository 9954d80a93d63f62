//! Small LH5 objects of configuration records.

use crate::hdf5::{Element, Values};
use crate::lh5::{Content, Object};
use germane_columns::buffer::Buffer;
use indexmap::IndexMap;

/// A struct of members, sorted by name as writers do.
pub(super) fn structure(members: Vec<(&str, Object)>) -> Object {
    let mut members: IndexMap<String, Object> = members.into_iter().map(|(name, object)| (name.to_owned(), object)).collect();
    members.sort_unstable_keys();
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    Object::new(&format!("struct{{{}}}", names.join(",")), Content::Struct(members))
}

/// One number.
pub(super) fn scalar<T>(value: T) -> Object
where
    Values: From<Vec<T>>,
{
    let values = Values { shape: Vec::new(), ..Values::from(vec![value]) };
    Object::new("real", Content::Scalar(values))
}

/// Numbers in a row.
pub(super) fn vector<T>(values: Vec<T>) -> Object
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
