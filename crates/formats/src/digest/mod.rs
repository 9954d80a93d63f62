//! Digests of columns in a canonical layout, to compare readers with each other.
//!
//! A column is a tree of nodes over little-endian buffers, offsets are i64 from 0, contents trimmed to what offsets reach;
//! sha = first 16 hex digits of SHA-256 of a buffer.
//! ```text
//! ["n", dtype, count, sha]                 numbers (<f4, <i8, |u1, |b1 = one byte 0 or 1)
//! ["a", size, node]                        fixed-size lists
//! ["l", count, sha(offsets), node]         lists
//! ["s", count, sha(offsets), sha(bytes)]   text or bytes
//! ["r", count, {field: node}]              records
//! ```
//! Nothing that is read here so far has missing values, so there is no node for them.
//! HDF5 files have records of their own, see [`record`].

mod hdf5;

use crate::{
    Error, File,
    hdf5::Hdf5File,
    source::{LocalFile, Source},
};
use germane_columns::{Array, Data, Numbers};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc};

fn sha(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..8])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]).map(char::from).collect()
}

/// Digest node of the values `from..to` of an array.
pub fn array(array: &Array) -> Value {
    node(array, 0, array.len())
}

fn node(array: &Array, from: usize, to: usize) -> Value {
    let count = to - from;
    match &array.data {
        Data::Bool(bits) => {
            let bytes: Vec<u8> = bits.slice(from, count).iter().map(u8::from).collect();
            json!(["n", "|b1", count, sha(&bytes)])
        }
        Data::Number(numbers) => json!(["n", dtype(numbers), count, sha(numbers.slice(from, count).buffer())]),
        Data::Text { offsets, bytes } | Data::Binary { offsets, bytes } => {
            let (first, last) = (offsets[from] as usize, offsets[to] as usize);
            json!(["s", count, sha_offsets(&offsets[from..=to]), sha(&bytes[first..last])])
        }
        Data::List { offsets, items } => {
            let (first, last) = (offsets[from] as usize, offsets[to] as usize);
            json!(["l", count, sha_offsets(&offsets[from..=to]), node(items, first, last)])
        }
        Data::FixedList { size, items, .. } => json!(["a", size, node(items, from * size, to * size)]),
        Data::Struct { fields, .. } => {
            let fields: Map<String, Value> = fields.iter().map(|(name, a)| (name.clone(), node(a, from, to))).collect();
            json!(["r", count, fields])
        }
    }
}

fn sha_offsets(offsets: &[i64]) -> String {
    let bytes: Vec<u8> = offsets.iter().flat_map(|o| (o - offsets[0]).to_le_bytes()).collect();
    sha(&bytes)
}

fn dtype(numbers: &Numbers) -> &'static str {
    match numbers {
        Numbers::I8(_) => "|i1",
        Numbers::U8(_) => "|u1",
        Numbers::I16(_) => "<i2",
        Numbers::U16(_) => "<u2",
        Numbers::I32(_) => "<i4",
        Numbers::U32(_) => "<u4",
        Numbers::I64(_) => "<i8",
        Numbers::U64(_) => "<u8",
        Numbers::F32(_) => "<f4",
        Numbers::F64(_) => "<f8",
    }
}

/// The record of a file.
///
/// ROOT: size, SHA-256, objects, and for each tree entries, clusters and the digest of each branch. A branch that cannot be
/// read has `problem` in the place of `digest`; one that is shorter than its tree has `short`, its number of entries, and the
/// digest of these. HDF5 and LH5: for each path attributes, type, shape, layout, filters, SHA-256 of the values, and their first
/// and last; waveforms decoded; links as links; an object that cannot be read has `error`, a cut file `truncated`.
/// A file that cannot be opened has `error` alone.
///
/// # Errors
/// Only if the bytes of the file cannot be read at all.
pub fn record(path: &Path) -> Result<Value, Error> {
    let source: Arc<dyn Source> = Arc::new(LocalFile::open(path)?);
    let mut begin = [0; 4];
    let root = source.size() >= 4 && source.read_into(0, &mut begin).is_ok() && &begin == b"root";
    if !root && Hdf5File::recognises(&source) {
        return Ok(match Hdf5File::open(source) {
            Ok(file) => hdf5::record(&file),
            Err(error) => json!({"error": error.to_string()}),
        });
    }
    let bytes: Arc<[u8]> =
        std::fs::read(path).map_err(|e| Error::new(path.display().to_string(), crate::Kind::Io, e.to_string()))?.into();
    let digest = hex(&Sha256::digest(&bytes));
    let mut record = json!({"bytes": bytes.len(), "sha256": digest});
    match crate::open_bytes(&path.display().to_string(), bytes) {
        Err(error) => record["error"] = error.to_string().into(),
        Ok(file) => contents(&file, &mut record)?,
    }
    Ok(record)
}

fn contents(file: &File, record: &mut Value) -> Result<(), Error> {
    record["compression"] = file.compression().into();
    let (mut objects, mut trees) = (Map::new(), Map::new());
    for object in file.objects()? {
        let key = format!("{};{}", object.path, object.cycle);
        objects.insert(key.clone(), object.class.clone().into());
        if object.is_table {
            trees.insert(key.clone(), tree(file, &key));
        }
    }
    record["objects"] = objects.into();
    if !trees.is_empty() {
        record["trees"] = trees.into();
    }
    Ok(())
}

fn tree(file: &File, key: &str) -> Value {
    let table = match file.root().map(|root| root.tree_table(key)) {
        Some(Ok(table)) => table,
        Some(Err(error)) => return json!({"error": error.to_string()}),
        None => return json!({"error": "no ROOT file"}),
    };
    let schema = crate::Table::schema(&*table);
    let mut branches = Map::new();
    for (i, column) in schema.columns.iter().enumerate() {
        let mut entry = json!({"type": column.type_name, "baskets": column.blocks});
        match table.read_available(i) {
            Ok((values, covered)) => {
                if covered < schema.entries {
                    entry["short"] = covered.into();
                }
                entry["digest"] = array(&values);
            }
            Err(error) => entry["problem"] = error.message.clone().into(),
        }
        branches.insert(column.field.name.clone(), entry);
    }
    let mut clusters = vec![0];
    clusters.extend(schema.clusters.iter().take(39));
    json!({"entries": schema.entries, "clusters": clusters, "branches": branches})
}
