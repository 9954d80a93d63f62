//! What is known of stored blocks: digests of the bytes that a partial was computed from.
//!
//! A file without a checksum of its own can be damaged in place without a word; where its blocks were read before, their
//! digests are compared before anything made of them is used again.

use crate::cache::Cache;
use crate::content_key::{Key, key};
use crate::error::Error;
use germane_formats::{PayloadDigest, Table};
use serde_json::{Value, json};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// How many states of files (device, inode, size, times) a record remembers.
const STATES: usize = 16;

/// Checks the stored blocks of a range against the record, if there is one and the file changed since it was made.
///
/// # Errors
/// The first block that differs.
pub(crate) fn verify(
    cache: &Cache,
    table: &dyn Table,
    path: &Path,
    columns: &[usize],
    range: &Range<u64>,
) -> Result<(), germane_formats::Error> {
    let Some(record) = cache.record(name(table, range)) else { return Ok(()) };
    if state(path).is_some_and(|s| record["states"].as_array().is_some_and(|known| known.contains(&s))) {
        return Ok(());
    }
    let schema = table.schema();
    let expected: Vec<PayloadDigest> = (record["blocks"].as_array().into_iter().flatten())
        .filter_map(block)
        .filter(|b| columns.iter().any(|&c| schema.columns[c].field.name == b.column))
        .collect();
    table.verify_payloads(&expected)
}

/// Remembers the stored blocks of a range, which have just been read without a complaint.
///
/// # Errors
/// A file that can no longer be read, or a cache that cannot be written.
pub(crate) fn remember(
    cache: &Cache,
    table: &dyn Table,
    path: &Path,
    columns: &[usize],
    range: &Range<u64>,
) -> Result<(), Failure> {
    let name = name(table, range);
    let mut record = cache.record(name).unwrap_or_else(|| json!({"blocks": [], "states": []}));
    let known = |record: &Value, column: &str| record["blocks"].as_array().is_some_and(|b| b.iter().any(|b| b[0] == column));
    let schema = table.schema();
    let new: Vec<usize> = columns.iter().copied().filter(|&c| !known(&record, &schema.columns[c].field.name)).collect();
    let digests = if new.is_empty() { Vec::new() } else { table.payload_digests(&new, range.clone()).map_err(Failure::File)? };
    if let Some(blocks) = record["blocks"].as_array_mut() {
        blocks.extend(digests.iter().map(|d| json!([d.column, d.basket, d.byte, Key(d.digest).to_string()])));
    }
    if let (Some(state), Some(states)) = (state(path), record["states"].as_array_mut())
        && !states.contains(&state)
    {
        states.push(state);
        let surplus = states.len().saturating_sub(STATES);
        states.drain(..surplus);
    }
    cache.set_record(name, &record).map_err(Failure::Cache)
}

/// Why blocks could not be remembered.
pub(crate) enum Failure {
    /// the input
    File(germane_formats::Error),
    /// the cache
    Cache(Error),
}

fn name(table: &dyn Table, range: &Range<u64>) -> Key {
    key("germane blocks 1", &[table.identity().as_bytes(), &range.start.to_le_bytes(), &range.end.to_le_bytes()])
}

fn block(value: &Value) -> Option<PayloadDigest> {
    Some(PayloadDigest {
        column: value[0].as_str()?.to_owned(),
        basket: value[1].as_u64()? as usize,
        byte: value[2].as_u64()?,
        digest: Key::parse(value[3].as_str()?)?.0,
    })
}

/// What changes when a file is written: device, inode, size, times.
fn state(path: &Path) -> Option<Value> {
    let m = std::fs::metadata(path).ok()?;
    Some(json!([m.dev(), m.ino(), m.size(), m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec()]))
}
