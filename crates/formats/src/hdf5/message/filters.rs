//! Filter pipeline message (11): what was done to chunks before they were stored.
//!
//! ```text
//! version 1: version, filters (1 each), reserved 6; a filter: id 2, bytes of the name 2, flags 2, values 2, name (padded to 8), values 4 each, padding 4 if they are odd
//! version 2: version, filters; a filter: id 2, (bytes of the name 2 if id >= 256), flags 2, values 2, name, values 4 each
//! ```

use crate::hdf5::cursor::{Cursor, Fault, Parsed, before_zero, text};

/// One filter with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// 1: zlib
    Deflate {
        /// level 0 to 9
        level: u32,
    },
    /// 2: first bytes of all elements, second bytes, …
    Shuffle {
        /// bytes of one element
        size: u32,
    },
    /// 3: a checksum behind the data
    Fletcher32,
    /// 32000: LZF
    Lzf {
        /// version of the filter, of the library, bytes of a chunk
        values: Vec<u32>,
    },
    /// 32015: Zstandard
    Zstd {
        /// level, where it is stored
        level: Option<i32>,
    },
    /// 32004: LZ4 blocks behind a header
    Lz4 {
        /// bytes of one block, 0 or absent: default
        block: Option<u32>,
    },
    /// 32008: bits transposed, perhaps compressed
    Bitshuffle {
        /// version major and minor, bytes of an element, elements of a block, compression (2 LZ4, 3 Zstandard), level
        values: Vec<u32>,
    },
    /// any other
    Other {
        /// registered number
        id: u16,
        /// name, where it is stored
        name: String,
        /// parameters
        values: Vec<u32>,
    },
}

impl Filter {
    /// Registered number.
    pub fn id(&self) -> u16 {
        match self {
            Self::Deflate { .. } => 1,
            Self::Shuffle { .. } => 2,
            Self::Fletcher32 => 3,
            Self::Lzf { .. } => 32000,
            Self::Lz4 { .. } => 32004,
            Self::Bitshuffle { .. } => 32008,
            Self::Zstd { .. } => 32015,
            Self::Other { id, .. } => *id,
        }
    }

    /// Parameters as stored in the file.
    pub fn values(&self) -> Vec<u32> {
        match self {
            Self::Deflate { level } => vec![*level],
            Self::Shuffle { size } => vec![*size],
            Self::Fletcher32 => Vec::new(),
            Self::Zstd { level } => level.iter().map(|&l| l as u32).collect(),
            Self::Lz4 { block } => block.iter().copied().collect(),
            Self::Lzf { values } | Self::Bitshuffle { values } | Self::Other { values, .. } => values.clone(),
        }
    }

    /// Name as users know it: `deflate`, `shuffle`, `zstd`, …; the number for others.
    pub fn name(&self) -> String {
        match self {
            Self::Deflate { .. } => "deflate".to_owned(),
            Self::Shuffle { .. } => "shuffle".to_owned(),
            Self::Fletcher32 => "fletcher32".to_owned(),
            Self::Lzf { .. } => "lzf".to_owned(),
            Self::Lz4 { .. } => "lz4".to_owned(),
            Self::Bitshuffle { .. } => "bitshuffle".to_owned(),
            Self::Zstd { .. } => "zstd".to_owned(),
            Self::Other { id, .. } => id.to_string(),
        }
    }

    /// A filter of the parts that a file stores.
    pub fn from_parts(id: u16, name: String, values: Vec<u32>) -> Self {
        match (id, values.as_slice()) {
            (1, [level, ..]) => Self::Deflate { level: *level },
            (1, []) => Self::Deflate { level: 6 },
            (2, [size, ..]) => Self::Shuffle { size: *size },
            (3, _) => Self::Fletcher32,
            (32000, _) => Self::Lzf { values },
            (32004, _) => Self::Lz4 { block: values.first().copied() },
            (32008, _) => Self::Bitshuffle { values },
            (32015, _) => Self::Zstd { level: values.first().map(|&l| l as i32) },
            _ => Self::Other { id, name, values },
        }
    }
}

/// Most filters that HDF5 allows.
const MAX_FILTERS: u8 = 32;

/// The filters in the order of writing.
pub(crate) fn parse(c: &mut Cursor<'_>) -> Parsed<Vec<Filter>> {
    let version = c.version(1..=2, "a filter pipeline")?;
    let count = c.u8()?;
    if count > MAX_FILTERS {
        return Err(Fault::new(c.pos - 1, format!("{count} filters where 32 are the most")));
    }
    c.skip(if version == 1 { 6 } else { 0 })?;
    let mut filters = Vec::new();
    for _ in 0..count {
        let id = c.u16()?;
        let named = if version == 1 || id >= 256 { usize::from(c.u16()?) } else { 0 };
        let _flags = c.u16()?;
        let count = c.u16()?;
        let padded = if version == 1 { named.next_multiple_of(8) } else { named };
        let name = text(before_zero(c.bytes(padded)?));
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(c.u32()?);
        }
        if version == 1 && count % 2 == 1 {
            c.skip(4)?;
        }
        filters.push(Filter::from_parts(id, name, values));
    }
    Ok(filters)
}
