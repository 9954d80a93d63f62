//! What every table of every format offers: a schema, an identity, and columns of entry ranges.

use crate::Error;
use germane_columns::{Array, Field};
use std::ops::Range;

/// Columns and cuts of a table, known without reading values.
#[derive(Clone, Debug, Default)]
pub struct TableSchema {
    /// Number of entries.
    pub entries: u64,
    /// All columns in the order of the file.
    pub columns: Vec<Column>,
    /// Ascending end entries of the ranges in which every column begins and ends with a stored block.
    pub clusters: Vec<u64>,
}

impl TableSchema {
    /// Index of a column by full name, or by the last part of its path where only one has it.
    ///
    /// # Errors
    /// The names to choose from: several that end in `name`, or none.
    pub fn find(&self, name: &str) -> Result<usize, Vec<String>> {
        if let Some(i) = self.columns.iter().position(|c| c.field.name == name) {
            return Ok(i);
        }
        let tail = |full: &str| full.strip_suffix(name).is_some_and(|head| head.ends_with('/'));
        let hits: Vec<usize> = (0..self.columns.len()).filter(|&i| tail(&self.columns[i].field.name)).collect();
        match hits[..] {
            [one] => Ok(one),
            _ => Err(hits.iter().map(|&i| self.columns[i].field.name.clone()).collect()),
        }
    }

    /// Names of all columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.field.name.as_str())
    }
}

/// One column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name, type and documentation.
    pub field: Field,
    /// Column that gives the lengths of the lists, where there is one.
    pub counter: Option<String>,
    /// Bytes in the file.
    pub compressed_bytes: u64,
    /// The same for each cluster.
    pub bytes_per_cluster: Vec<u64>,
    /// Why it cannot be read; its type is then not to be relied on.
    pub problem: Option<String>,
    /// Type as the file says.
    pub type_name: String,
    /// Codec and level, e.g. `zstd-5`, or `none`.
    pub compression: String,
    /// Stored blocks.
    pub blocks: usize,
    /// Bytes without compression, where the format tells.
    pub raw_bytes: Option<u64>,
}

impl Column {
    /// A column of which only the name is known.
    pub(crate) fn unread(name: &str) -> Self {
        Self {
            field: Field::new(name, germane_columns::Type::Binary),
            counter: None,
            compressed_bytes: 0,
            bytes_per_cluster: Vec::new(),
            problem: None,
            type_name: String::new(),
            compression: String::new(),
            blocks: 0,
            raw_bytes: None,
        }
    }
}

/// BLAKE3 of one stored block, as found in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadDigest {
    /// Full name of the column.
    pub column: String,
    /// Number of the block (basket) in its column.
    pub basket: usize,
    /// Absolute offset of the compressed payload.
    pub byte: u64,
    /// BLAKE3 over the block as stored, its key included.
    pub digest: [u8; 32],
}

/// A table inside a file.
pub trait Table: Send + Sync {
    /// Columns, entries and clusters.
    fn schema(&self) -> &TableSchema;

    /// Text that names the content independent of path and time (`root|size|uuid|object|digest of the block list`).
    fn identity(&self) -> &str;

    /// Path of the table inside its file.
    fn path(&self) -> &str;

    /// Values of `columns` (indices into the schema) for the entries of `range`, one array each.
    ///
    /// # Errors
    /// [`crate::Kind::Unsupported`] or [`crate::Kind::Short`] for a column with a problem, [`crate::Kind::Damaged`] with the place
    /// of the damage, [`crate::Kind::Truncated`] or [`crate::Kind::Io`] for bytes that do not come.
    fn read(&self, columns: &[usize], range: Range<u64>) -> Result<Vec<Array>, Error>;

    /// Digests of the stored blocks that hold the entries of `range`.
    ///
    /// # Errors
    /// As [`Table::read`], without decompressing anything.
    fn payload_digests(&self, columns: &[usize], range: Range<u64>) -> Result<Vec<PayloadDigest>, Error>;

    /// Compares stored blocks with digests taken earlier from a good copy.
    ///
    /// # Errors
    /// [`crate::Kind::Damaged`] with file, object, branch, basket and byte of the first block that differs.
    fn verify_payloads(&self, expected: &[PayloadDigest]) -> Result<(), Error>;
}
