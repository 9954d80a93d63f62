//! Data layout message (8): where the elements are.
//!
//! ```text
//! version 1, 2: version, rank, class (1 each), reserved 5, address (not compact), lengths 4 each (chunked: chunk, then bytes of
//!               an element), compact: size 4, data
//! version 3:    version, class; compact: size 2, data; contiguous: address, size; chunked: rank + 1, address of the B-tree, lengths 4
//! version 4, 5: as 3, but chunked: flags, rank + 1, width w, lengths w each, index type, parameters of the index, address
//! ```

use super::dataspace::MAX_RANK;
use crate::hdf5::cursor::{Cursor, Fault, Parsed};

/// How chunks are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Index {
    /// B-tree of version 1.
    Tree1,
    /// One chunk; stored size and filter mask where it is filtered.
    Single(Option<(u64, u32)>),
    /// All chunks one after the other, unfiltered.
    Implicit,
    /// Fixed array.
    Fixed,
    /// Extensible array.
    Extensible,
    /// B-tree of version 2.
    Tree2,
}

/// Where the elements of a dataset are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// In the message: the elements begin at this offset of it.
    Compact { at: usize, data: Vec<u8> },
    /// One after the other; size where it is stored.
    Contiguous { address: Option<u64>, size: Option<u64> },
    /// In chunks.
    Chunked {
        /// Lengths of a chunk.
        chunk: Vec<u64>,
        /// Bytes of one element, as the layout says.
        element: u64,
        index: Index,
        address: Option<u64>,
        /// Whether chunks that reach beyond the dataset are stored without filters.
        bare_edges: bool,
    },
    /// Made of other datasets.
    Virtual,
}

impl Layout {
    pub(crate) fn parse(c: &mut Cursor<'_>) -> Parsed<Self> {
        match c.version(1..=5, "a data layout")? {
            1 | 2 => Self::old(c),
            3 => Self::version_3(c),
            _ => Self::version_4(c),
        }
    }

    fn old(c: &mut Cursor<'_>) -> Parsed<Self> {
        let rank = usize::from(c.u8()?);
        let class = c.u8()?;
        c.skip(5)?;
        let address = if class == 0 { None } else { c.address()? };
        if rank > MAX_RANK + 1 {
            return c.fault(format!("a layout of {rank} axes"));
        }
        let mut lengths = Vec::new();
        for _ in 0..rank {
            lengths.push(u64::from(c.u32()?));
        }
        match class {
            0 => {
                let size = c.u32()?;
                let at = c.pos;
                Ok(Self::Compact { at, data: c.bytes(size as usize)?.to_vec() })
            }
            1 => Ok(Self::Contiguous { address, size: None }),
            2 => chunked(c, lengths, Index::Tree1, address, false),
            _ => Err(Fault::unsupported(c.pos, format!("class {class} of a data layout is not known"))),
        }
    }

    fn flat(c: &mut Cursor<'_>, class: u8) -> Parsed<Self> {
        match class {
            0 => {
                let size = c.u16()?;
                let at = c.pos;
                Ok(Self::Compact { at, data: c.bytes(usize::from(size))?.to_vec() })
            }
            1 => {
                let address = c.address()?;
                Ok(Self::Contiguous { address, size: Some(c.length()?) })
            }
            3 => Ok(Self::Virtual),
            _ => Err(Fault::unsupported(c.pos, format!("class {class} of a data layout is not known"))),
        }
    }

    fn version_3(c: &mut Cursor<'_>) -> Parsed<Self> {
        let class = c.u8()?;
        if class != 2 {
            return Self::flat(c, class);
        }
        let rank = usize::from(c.u8()?);
        let address = c.address()?;
        let lengths = lengths(c, rank, 4)?;
        chunked(c, lengths, Index::Tree1, address, false)
    }

    fn version_4(c: &mut Cursor<'_>) -> Parsed<Self> {
        let class = c.u8()?;
        if class != 2 {
            return Self::flat(c, class);
        }
        let flags = c.u8()?;
        let rank = usize::from(c.u8()?);
        let width = usize::from(c.u8()?);
        let lengths = lengths(c, rank, width)?;
        let index = match c.u8()? {
            0 => Index::Tree1,
            1 if flags & 2 != 0 => {
                let size = c.length()?;
                Index::Single(Some((size, c.u32()?)))
            }
            1 => Index::Single(None),
            2 => Index::Implicit,
            3 => {
                c.skip(1)?;
                Index::Fixed
            }
            4 => {
                c.skip(5)?;
                Index::Extensible
            }
            5 => {
                c.skip(6)?;
                Index::Tree2
            }
            other => return Err(Fault::unsupported(c.pos - 1, format!("index {other} of chunks is not known"))),
        };
        let address = c.address()?;
        chunked(c, lengths, index, address, flags & 1 != 0)
    }
}

fn lengths(c: &mut Cursor<'_>, rank: usize, width: usize) -> Parsed<Vec<u64>> {
    if rank > MAX_RANK + 1 {
        return c.fault(format!("chunks of {rank} axes"));
    }
    let mut lengths = Vec::new();
    for _ in 0..rank {
        lengths.push(c.uint(width)?);
    }
    Ok(lengths)
}

fn chunked(c: &Cursor<'_>, mut chunk: Vec<u64>, index: Index, address: Option<u64>, bare_edges: bool) -> Parsed<Layout> {
    let Some(element) = chunk.pop().filter(|_| !chunk.is_empty()) else {
        return c.fault("chunks without axes");
    };
    if chunk.contains(&0) || element == 0 || chunk.iter().try_fold(element, |n, &axis| n.checked_mul(axis)).is_none() {
        return c.fault(format!("chunks of {chunk:?} elements of {element} bytes"));
    }
    Ok(Layout::Chunked { chunk, element, index, address, bare_edges })
}
