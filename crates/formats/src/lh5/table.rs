//! A table of an LH5 file as a table of columns: a column a leaf, names of nested tables with slashes.

use super::datatype::Datatype;
use super::file::{Decode, ReadOptions, read_opened};
use super::listing::{filter_names, raw_bytes, stored_bytes};
use super::opened::{Body, Opened};
use super::reading::{Part, Reading};
use super::selection::Selection;
use super::{Fields, Lh5File};
use crate::hdf5::{Attribute, Dataset, Rows};
use crate::{Column, Error, Kind, PayloadDigest, Table, TableSchema};
use germane_columns::{Array, Field, NumberType, Type};
use germane_numerics::Inline;
use std::ops::Range;

/// Bytes of a cluster, near which rows are cut.
const CLUSTER: u64 = 4 << 20;
/// Most clusters: what reads of them cost apart from bytes is then small.
const MOST_CLUSTERS: u64 = 4096;
/// Last bytes of a chunk that go into the identity: zlib ends with a checksum of the content.
const TAIL: u64 = 16;

/// A table of a file, opened.
pub(crate) struct Lh5Table {
    file: Lh5File,
    path: String,
    columns: Vec<Opened>,
    /// why the columns behind these cannot be opened
    unread: Vec<Error>,
    schema: TableSchema,
    identity: String,
}

impl Lh5Table {
    /// Opens a table, or an array or vectors as a table of one column.
    pub(crate) fn open(file: &Lh5File, path: &str) -> Result<Self, Error> {
        let (opened, bad) = opened_but(file, path)?;
        let entries = opened.rows().ok_or_else(|| opened.error(Kind::Unsupported, "has no rows: it is no table"))?;
        let path = opened.path.clone();
        let mut leaves = Vec::new();
        let last = path.rsplit('/').next().unwrap_or_default().to_owned();
        flatten(opened, if last.is_empty() { "value".to_owned() } else { last }, String::new(), &mut leaves);
        let step = cluster_rows(&leaves, entries);
        let clusters: Vec<u64> = (1..=entries.div_ceil(step)).map(|k| (k * step).min(entries)).collect();
        let mut columns = Vec::with_capacity(leaves.len());
        let mut hash = blake3::Hasher::new();
        let mut made = Vec::with_capacity(leaves.len());
        for (name, leaf) in leaves {
            made.push(describe(&name, &leaf, entries, &clusters));
            content(&name, &leaf, &mut hash)?;
            columns.push(leaf);
        }
        let mut unread = Vec::with_capacity(bad.len());
        for (name, error) in bad {
            made.push(Column { problem: Some(error.message.clone()), ..Column::unread(&name) });
            unread.push(error);
        }
        let identity = format!("hdf5|{}|{path}|{}", file.hdf5.size(), &hash.finalize().to_hex().as_str()[..32]);
        let schema = TableSchema { entries, columns: made, clusters };
        Ok(Self { file: file.clone(), path, columns, unread, schema, identity })
    }

    fn column(&self, number: usize) -> Result<&Opened, Error> {
        if let Some(error) = number.checked_sub(self.columns.len()).and_then(|number| self.unread.get(number)) {
            return Err(error.clone());
        }
        self.columns.get(number).ok_or_else(|| {
            let message = format!("no column number {number} of {}", self.columns.len());
            Error::new(self.file.name(), Kind::Unknown, message).object(&self.path)
        })
    }

    fn check_range(&self, range: &Range<u64>) -> Result<(), Error> {
        if range.start <= range.end && range.end <= self.schema.entries {
            return Ok(());
        }
        let message = format!("entries {} to {} of {} do not exist", range.start, range.end, self.schema.entries);
        Err(Error::new(self.file.name(), Kind::Unknown, message).object(&self.path))
    }
}

/// A table without those columns that cannot be opened, and why.
fn opened_but(file: &Lh5File, path: &str) -> Result<(Opened, Vec<(String, Error)>), Error> {
    let whole = match file.opened(path, &Fields::all()) {
        Ok(opened) => return Ok((opened, Vec::new())),
        Err(error) => error,
    };
    let attributes = file.hdf5.get(path)?.attributes()?;
    let Some(Attribute::Text(text)) = attributes.get("datatype") else { return Err(whole) };
    let Ok(Datatype::Table(names)) = Datatype::parse(text) else { return Err(whole) };
    let inside = format!("{}/", path.trim_end_matches('/'));
    let one = |name: &String| file.opened(&format!("{inside}{name}"), &Fields::all()).err().map(|error| (name.clone(), error));
    let bad: Vec<(String, Error)> = names.iter().filter_map(one).collect();
    if bad.is_empty() || bad.len() == names.len() {
        return Err(whole);
    }
    let good = names.into_iter().filter(|name| bad.iter().all(|(other, _)| other != name));
    Ok((file.opened(path, &Fields::only(good))?, bad))
}

/// The columns of nested tables, with their names.
fn flatten(opened: Opened, alone: String, before: String, leaves: &mut Vec<(String, Opened)>) {
    match opened.body {
        Body::Table { columns, .. } => {
            for (name, column) in columns {
                let path = format!("{before}{name}");
                match &column.body {
                    Body::Table { .. } => flatten(column, String::new(), format!("{path}/"), leaves),
                    _ => leaves.push((path, column)),
                }
            }
        }
        _ => leaves.push((alone, opened)),
    }
}

/// All datasets of an object.
fn datasets(of: &Opened) -> Vec<&Dataset> {
    match &of.body {
        Body::Scalar(dataset, _) | Body::Array(dataset, _) => vec![dataset],
        Body::Vectors { sums, items } => std::iter::once(sums).chain(datasets(items)).collect(),
        Body::Encoded { data, sizes } => datasets(data).into_iter().chain(datasets(sizes)).collect(),
        Body::Struct(members) | Body::Table { columns: members, .. } => members.values().flat_map(datasets).collect(),
        Body::View { of, entries, .. } => std::iter::once(entries).chain(datasets(of)).collect(),
    }
}

/// Rows of a cluster: whole chunks of the column with most bytes.
fn cluster_rows(leaves: &[(String, Opened)], entries: u64) -> u64 {
    let size = |leaf: &Opened| datasets(leaf).into_iter().map(raw_bytes).fold(0, u64::saturating_add);
    let total = leaves.iter().map(|(_, leaf)| size(leaf)).fold(0, u64::saturating_add);
    let row = (total / entries.max(1)).max(1);
    let wanted = (CLUSTER / row).max(1).max(entries.div_ceil(MOST_CLUSTERS));
    let largest = leaves.iter().max_by_key(|(_, leaf)| size(leaf));
    let chunk = match largest.map(|(_, leaf)| &leaf.body) {
        Some(Body::Array(dataset, _)) => dataset.chunk_shape().and_then(|chunk| chunk.first().copied()),
        Some(Body::Vectors { sums, .. }) => sums.chunk_shape().and_then(|chunk| chunk.first().copied()),
        _ => None,
    };
    let chunk = chunk.unwrap_or(1).max(1);
    wanted.div_ceil(chunk).saturating_mul(chunk).clamp(1, entries.max(1))
}

fn describe(name: &str, leaf: &Opened, entries: u64, clusters: &[u64]) -> Column {
    let mut problem = None;
    let field = match empty(leaf).and_then(|object| object.to_column(name)) {
        Ok((field, _)) => field,
        Err(error) => {
            problem = Some(error.message.clone());
            Field::new(name, Type::Binary)
        }
    };
    let mut bytes = 0_u64;
    let mut blocks = 0;
    for dataset in datasets(leaf) {
        match stored_bytes(dataset) {
            Ok((stored, chunks)) => (bytes, blocks) = (bytes.saturating_add(stored), blocks + chunks),
            Err(error) => problem = problem.or(Some(error.message.clone())),
        }
    }
    // Chunks of vectors do not begin at rows; a cluster has its share.
    let share = |row: u64| (u128::from(bytes) * u128::from(row) / u128::from(entries.max(1))) as u64;
    let mut before = 0;
    let per_cluster = clusters.iter().map(|end| {
        let own = share(*end) - share(before);
        before = *end;
        own
    });
    let compression = match &leaf.body {
        Body::Encoded { .. } => leaf.attributes.get("codec").map_or_else(|| "encoded".to_owned(), super::codec::shown),
        _ => datasets(leaf).last().map_or_else(|| "none".to_owned(), |dataset| filter_names(dataset.filters())),
    };
    Column {
        field,
        counter: None,
        compressed_bytes: bytes,
        bytes_per_cluster: per_cluster.collect(),
        problem,
        type_name: leaf.text.clone().unwrap_or_else(|| "no datatype".to_owned()),
        compression,
        blocks,
        raw_bytes: Some(bytes_as_read(leaf)),
    }
}

/// Bytes without filters; of waveforms of one length those of 16-bit samples, which codecs are for.
fn bytes_as_read(leaf: &Opened) -> u64 {
    let samples = || {
        let Body::Encoded { sizes, .. } = &leaf.body else { return None };
        let Body::Scalar(dataset, _) = &sizes.body else { return None };
        let samples = *super::memory::integers(&dataset.read(&Rows::All, &Inline).ok()?)?.first()?;
        leaf.rows()?.checked_mul(u64::try_from(samples).ok()?)?.checked_mul(2)
    };
    samples().unwrap_or_else(|| datasets(leaf).into_iter().map(raw_bytes).fold(0, u64::saturating_add))
}

/// A reading of single columns: waveforms become `int32`, as the peer decodes.
fn reading() -> Reading<'static> {
    Reading {
        executor: &Inline,
        decode: Some(NumberType::I32),
        wrap: false,
        missing_is_null: false,
        rows: &Selection::All,
        start: 0,
        count: None,
        dropped: 0,
        notes: Vec::new(),
        nulls: Vec::new(),
    }
}

fn empty(leaf: &Opened) -> Result<super::Object, Error> {
    reading().rows_of(&[Part { of: leaf, ranges: Vec::new() }], "")
}

/// What tells one content from another: where chunks are, how long, and how they end.
fn content(name: &str, leaf: &Opened, hash: &mut blake3::Hasher) -> Result<(), Error> {
    hash.update(format!("[{},{},", serde_json::Value::from(name), serde_json::Value::from(leaf.text.clone())).as_bytes());
    for dataset in datasets(leaf) {
        hash.update(format!("[{:?},", dataset.shape().unwrap_or_default()).as_bytes());
        for block in blocks(dataset)? {
            hash.update(format!("[{},{},{}],", block.address, block.stored, block.mask).as_bytes());
            let tail = block.stored.min(TAIL);
            // A cut file has no end of its last chunks; reading them is the error then.
            if let Ok(bytes) = dataset.file().bytes(block.address + block.stored - tail, tail) {
                hash.update(&bytes);
            }
        }
        hash.update(b"]");
    }
    hash.update(b"]");
    Ok(())
}

/// Stored bytes of a dataset, a block at a time.
#[allow(clippy::struct_field_names, reason = "as the table of chunks calls it")]
struct Stored {
    first_row: u64,
    end_row: u64,
    address: u64,
    stored: u64,
    mask: u32,
}

fn blocks(dataset: &Dataset) -> Result<Vec<Stored>, Error> {
    let rows = dataset.shape().and_then(|shape| shape.first().copied()).unwrap_or(1);
    let Some(chunk) = dataset.chunk_shape() else {
        let whole =
            dataset.contiguous().map(|(address, stored)| Stored { first_row: 0, end_row: rows, address, stored, mask: 0 });
        return Ok(whole.into_iter().collect());
    };
    let step = chunk.first().copied().unwrap_or(1).max(1);
    let table = dataset.chunks()?;
    let one = |chunk: &crate::hdf5::Chunk| {
        let first_row = table.coordinates(chunk).first().copied().unwrap_or(0);
        let end_row = first_row.saturating_add(step).min(rows);
        Stored { first_row, end_row, address: chunk.address, stored: chunk.stored, mask: chunk.mask }
    };
    Ok(table.chunks().iter().map(one).collect())
}

/// Blocks of a column that hold values of rows, numbered through all its datasets.
fn blocks_of_rows(leaf: &Opened, range: &Range<u64>) -> Result<Vec<(usize, Stored, Dataset)>, Error> {
    let by_rows = matches!(leaf.body, Body::Array(..));
    let (mut number, mut found) = (0, Vec::new());
    for dataset in datasets(leaf) {
        for block in blocks(dataset)? {
            // Items of vectors are not where their rows are: all of them count.
            if !by_rows || (block.first_row < range.end && range.start < block.end_row) {
                found.push((number, block, dataset.clone()));
            }
            number += 1;
        }
    }
    Ok(found)
}

impl Table for Lh5Table {
    fn schema(&self) -> &TableSchema {
        &self.schema
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn read(&self, columns: &[usize], range: Range<u64>) -> Result<Vec<Array>, Error> {
        self.check_range(&range)?;
        let options = ReadOptions {
            rows: Selection::All,
            start: range.start,
            count: Some(range.end - range.start),
            decode: Decode::default(),
            ..ReadOptions::default()
        };
        let one = |&number: &usize| {
            let (leaf, column) = (self.column(number)?, &self.schema.columns[number]);
            let refuse = |error: Error| {
                let error = Error::new(self.file.name(), error.kind, error.message.clone()).object(&self.path);
                error.branch(&column.field.name)
            };
            let read = read_opened(&[leaf], &options, &Inline)?;
            Ok(read.object.to_column(&column.field.name).map_err(refuse)?.1)
        };
        columns.iter().map(one).collect()
    }

    fn payload_digests(&self, columns: &[usize], range: Range<u64>) -> Result<Vec<PayloadDigest>, Error> {
        self.check_range(&range)?;
        let mut all = Vec::new();
        for &number in columns {
            let leaf = self.column(number)?;
            let column = &self.schema.columns[number].field.name;
            for (basket, block, dataset) in blocks_of_rows(leaf, &range)? {
                let digest = *blake3::hash(&dataset.file().bytes(block.address, block.stored)?).as_bytes();
                all.push(PayloadDigest { column: column.clone(), basket, byte: block.address, digest });
            }
        }
        Ok(all)
    }

    fn verify_payloads(&self, expected: &[PayloadDigest]) -> Result<(), Error> {
        for wanted in expected {
            let place = |kind, reason: &str| {
                let error = Error::new(self.file.name(), kind, reason).object(&self.path);
                error.branch(&wanted.column).basket(wanted.basket).at(wanted.byte)
            };
            let Some(number) = self.schema.columns.iter().position(|column| column.field.name == wanted.column) else {
                return Err(place(Kind::Unknown, "no such column"));
            };
            let all = 0..self.schema.entries;
            let blocks = blocks_of_rows(self.column(number)?, &all)?;
            let Some((_, block, dataset)) = blocks.iter().find(|(basket, ..)| *basket == wanted.basket) else {
                return Err(place(Kind::Damaged, "no such chunk"));
            };
            let bytes = dataset.file().bytes(block.address, block.stored)?;
            if block.address != wanted.byte || *blake3::hash(&bytes).as_bytes() != wanted.digest {
                return Err(place(Kind::Damaged, "differs from the copy whose digest was taken"));
            }
        }
        Ok(())
    }
}
