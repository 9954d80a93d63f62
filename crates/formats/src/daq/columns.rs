//! Columns and objects, in short.

use super::{ColumnKind, ColumnSpec};
use crate::hdf5::{Element, ValueData, Values};
use crate::lh5::{Content, Object};
use germane_columns::{NumberType, buffer::Buffer};

/// A column of numbers.
pub(super) fn number(name: &str, ty: NumberType) -> ColumnSpec {
    ColumnSpec { name: name.to_owned(), kind: ColumnKind::Number(ty), units: None }
}

/// A column of numbers with a unit.
pub(super) fn measured(name: &str, ty: NumberType, units: &'static str) -> ColumnSpec {
    ColumnSpec { units: Some(units), ..number(name, ty) }
}

/// A column of yes and no.
pub(super) fn flag(name: &str) -> ColumnSpec {
    ColumnSpec { name: name.to_owned(), kind: ColumnKind::Bool, units: None }
}

/// A column of lists.
pub(super) fn vector(name: &str, ty: NumberType) -> ColumnSpec {
    ColumnSpec { name: name.to_owned(), kind: ColumnKind::Vector(ty), units: None }
}

/// A column of waveforms of 16-bit samples; `dt` is the type of their sampling period.
pub(super) fn waveform(name: &str, dt: NumberType, samples: usize) -> ColumnSpec {
    let kind = ColumnKind::Waveform { t0: NumberType::F32, dt, sample: NumberType::U16, samples };
    ColumnSpec { name: name.to_owned(), kind, units: None }
}

/// One number.
pub(super) fn scalar<T: bytemuck::Pod>(ty: NumberType, value: T) -> Object {
    let bytes = Buffer::from_slice_ref(bytemuck::bytes_of(&value));
    Object::new("real", Content::Scalar(Values::fixed(Element::Number(ty), Vec::new(), bytes)))
}

/// One text.
pub(super) fn text(text: &str) -> Object {
    let data = ValueData::Texts { offsets: vec![0, text.len() as i64], bytes: Buffer::from_vec(text.as_bytes().to_vec()) };
    Object::new("string", Content::Scalar(Values { element: Element::Text { utf8: true }, shape: Vec::new(), data }))
}

/// A struct; its members are sorted by name, as writers do. Of two with one name the later one stays.
pub(super) fn structure(members: impl IntoIterator<Item = (String, Object)>) -> Object {
    let mut members: indexmap::IndexMap<String, Object> = members.into_iter().collect();
    members.sort_unstable_keys();
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    Object::new(&format!("struct{{{}}}", names.join(",")), Content::Struct(members))
}
