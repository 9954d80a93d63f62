//! Raw files of digitizers: records to columns.
//!
//! A [`RawReader`] gives one packet of its stream after the other. It asks the [`Sink`] once for each table (decoder and key)
//! whether anybody wants its rows, and then pushes rows into the [`Rows`] that the sink lends it. [`open`] finds the format by its
//! first bytes, [`records`] lists what lies in a stream without decoding it.

mod columns;
mod compass;
mod fcio;
mod format;
mod gaps;
mod llama;
mod opening;
mod orca;
mod rows;
mod short_sha;
mod sis3316;
mod slots;
#[cfg(test)]
mod tables;
mod unclaimed;

pub use compass::Settings as CompassSettings;
pub use format::{Format, Options, open, open_stream, records};
pub use rows::{ColumnKind, ColumnSpec, Rows};

use crate::{Error, lh5};
use std::fmt;

/// What tells tables of one decoder apart: a channel, or a path such as `fcid_1/evt_hdr`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// number of a channel
    Number(u64),
    /// a path
    Text(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.pad(text),
        }
    }
}

/// A table that a stream can give.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSpec {
    /// Decoder as the peer names it, e.g. `FCEventDecoder`.
    pub decoder: &'static str,
    /// Which table of the decoder; `None` where there is only one.
    pub key: Option<Key>,
    /// Its columns.
    pub columns: Vec<ColumnSpec>,
}

/// What a decoder of a stream gives, known from header or configuration before records are decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderInfo {
    /// Decoder as the peer names it.
    pub decoder: &'static str,
    /// Keys in groups of the same columns, as the peer's `get_key_lists`; empty where it has no keys.
    pub key_lists: Vec<Vec<Key>>,
    /// Whether it gives one object (a header) and no rows.
    pub is_object: bool,
}

/// Takes what a reader decodes.
pub trait Sink {
    /// Where rows of a table go; `None` if nobody wants them. Asked once for each table of a stream.
    fn open(&mut self, table: &TableSpec) -> Option<usize>;

    /// The rows of an opened table.
    fn rows(&mut self, slot: usize) -> &mut Rows;

    /// A header or configuration that is one object.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn object(&mut self, decoder: &'static str, key: Option<&Key>, object: lh5::Object) -> Result<(), Error>;
}

/// Bytes of a stream that were not decoded, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where the damage is, in decompressed bytes.
    pub offset: u64,
    /// Bytes that were passed over.
    pub bytes: u64,
    /// What is wrong, in one line.
    pub reason: String,
    /// Nothing behind it was read.
    pub fatal: bool,
}

/// What one step of a reader met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// a packet, rows of which are in the sink if it was wanted
    Packet,
    /// no whole packet yet; a growing stream may bring more
    Pending,
    /// the end
    End,
}

/// A record as `germane records` lists it: the keys of `refs/legend-io/records.json`.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// First byte, in decompressed bytes.
    pub offset: u64,
    /// Bytes.
    pub size: u64,
    /// `config`, `event`, …, or the decoder's name of an ORCA packet.
    pub kind: String,
    /// First 16 hex digits of SHA-256 of the bytes.
    pub sha: String,
    /// Other keys of the record, by format.
    pub details: serde_json::Map<String, serde_json::Value>,
}

/// A raw stream being decoded.
pub trait RawReader: Send {
    /// Name of the format: `FlashCam`, `ORCA`, `Compass`, `LlamaDaq`.
    fn format(&self) -> &'static str;

    /// What it can give.
    fn decoders(&self) -> &[DecoderInfo];

    /// Tables whose columns are known before records are decoded, so that an output specification can be checked against them.
    /// One table for each group of keys is enough (its `key` is then the first of the group); others are checked when they open.
    fn tables(&self) -> Vec<TableSpec> {
        Vec::new()
    }

    /// Bytes that were read so far, as they lie in the file (compressed where it is), for progress.
    fn bytes_read(&self) -> u64 {
        0
    }

    /// Decodes one packet; its rows are pushed before this returns.
    ///
    /// # Errors
    /// Only for bytes that do not come and for a sink that fails; damage is a [`Gap`].
    fn next(&mut self, sink: &mut dyn Sink) -> Result<Step, Error>;

    /// What was passed over so far.
    fn gaps(&self) -> &[Gap];

    /// Records that nobody wanted or knew, by kind.
    fn unclaimed(&self) -> Vec<(String, u64)>;
}
