//! Tables that a raw stream gives without an output specification, and how the references write them.
#![allow(dead_code, reason = "each test file uses a part")]

use germane_columns::NumberType;
use germane_formats::daq::{Key, RawReader, Rows, Sink, Step, TableSpec};
use germane_formats::hdf5::{Attribute, Element, Values};
use germane_formats::lh5::{Content, Object};
use germane_formats::{Error, daq};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Takes everything: rows of all keys of a decoder that have the same columns go to one table.
#[derive(Default)]
pub(crate) struct Tables {
    tables: Vec<(&'static str, Vec<Key>, Rows)>,
    pub(crate) objects: BTreeMap<&'static str, Object>,
}

impl Tables {
    /// Reads a stream to its end; a stream that never ends is an error of the test.
    pub(crate) fn of(reader: &mut dyn RawReader) -> Self {
        let mut tables = Self::default();
        while reader.next(&mut tables).unwrap() == Step::Packet {}
        tables
    }

    /// The table of a decoder whose keys begin so.
    pub(crate) fn take(&mut self, decoder: &str, key: &str) -> Option<Object> {
        let is_it = |keys: &[Key]| keys.iter().any(|k| k.to_string().starts_with(key));
        self.tables.iter_mut().find(|(name, keys, _)| *name == decoder && is_it(keys)).map(|(.., rows)| rows.take())
    }

    /// Names of decoders in the order in which their tables came.
    pub(crate) fn decoders(&self) -> Vec<&'static str> {
        self.tables.iter().map(|(name, ..)| *name).collect()
    }
}

impl Sink for Tables {
    fn open(&mut self, table: &TableSpec) -> Option<usize> {
        let same = self.tables.iter().position(|(name, _, rows)| *name == table.decoder && rows.columns() == table.columns);
        let slot = same.unwrap_or_else(|| {
            self.tables.push((table.decoder, Vec::new(), Rows::new(table.columns.clone())));
            self.tables.len() - 1
        });
        self.tables[slot].1.extend(table.key.clone());
        Some(slot)
    }

    fn rows(&mut self, slot: usize) -> &mut Rows {
        &mut self.tables[slot].2
    }

    fn object(&mut self, decoder: &'static str, _: Option<&Key>, object: Object) -> Result<(), Error> {
        self.objects.insert(decoder, object);
        Ok(())
    }
}

/// One object as the references list it.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) datatype: String,
    pub(crate) units: Option<String>,
    /// dtype as NumPy writes it, shape, little-endian bytes
    pub(crate) values: Option<(String, Vec<usize>, Vec<u8>)>,
}

fn dtype(element: &Element) -> String {
    match element {
        Element::Bool => "|u1".to_owned(),
        Element::FixedText { size, .. } => format!("|S{size}"),
        Element::Number(number) => {
            let kind = match number {
                NumberType::F32 | NumberType::F64 => 'f',
                NumberType::U8 | NumberType::U16 | NumberType::U32 | NumberType::U64 => 'u',
                _ => 'i',
            };
            format!("{}{kind}{}", if number.size() == 1 { '|' } else { '<' }, number.size())
        }
        other => format!("{other:?}"),
    }
}

/// An object and all that is in it, by path.
pub(crate) fn list(path: &str, object: &Object, into: &mut BTreeMap<String, Listed>) {
    let values = |v: &Values| (dtype(&v.element), v.shape.clone(), v.bytes().map_or(Vec::new(), |b| b.as_slice().to_vec()));
    let mut own = None;
    match &object.content {
        Content::Scalar(v) | Content::Array(v) => own = Some(values(v)),
        Content::Struct(members) | Content::Table { columns: members, .. } => {
            for (name, member) in members {
                list(&format!("{path}/{name}"), member, into);
            }
        }
        Content::Vectors(vectors) => {
            let sums = Object::new("array<1>{real}", Content::Array(vectors.cumulative_length.clone()));
            list(&format!("{path}/cumulative_length"), &sums, into);
            list(&format!("{path}/flattened_data"), &vectors.flattened_data, into);
        }
        Content::Encoded { .. } => unreachable!("raw readers do not encode"),
    }
    let units = match object.attributes.get("units") {
        Some(Attribute::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let datatype = object.datatype.clone().unwrap_or_default();
    into.insert(path.to_owned(), Listed { datatype, units, values: own });
}

/// Why an object differs from what the reference says; `None` if it does not.
pub(crate) fn difference(ours: &Listed, reference: &Value) -> Option<String> {
    let text = |name: &str| reference.get(name).and_then(Value::as_str);
    if text("datatype") != Some(&ours.datatype) {
        return Some(format!("datatype {} where {:?} is due", ours.datatype, text("datatype")));
    }
    if text("units") != ours.units.as_deref() {
        return Some(format!("units {:?} where {:?} are due", ours.units, text("units")));
    }
    let due = text("dtype")?;
    let (dtype, shape, bytes) = ours.values.as_ref()?;
    let due_shape: Vec<usize> = reference["shape"].as_array()?.iter().map(|n| n.as_u64().unwrap() as usize).collect();
    if (dtype.as_str(), shape) != (due, &due_shape) {
        return Some(format!("{dtype} {shape:?} where {due} {due_shape:?} is due"));
    }
    let digest = hex(&Sha256::digest(bytes)[..16]);
    let sha = text("sha256")?;
    (digest != sha).then(|| format!("values {:?}… where {} are due", &bytes[..bytes.len().min(24)], reference["first"]))
}

/// Bytes as the references write digests.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Opens a file of the references.
pub(crate) fn open(path: &std::path::Path) -> Result<Box<dyn RawReader>, Error> {
    daq::open(path.to_str().unwrap(), &daq::Options::default())
}
