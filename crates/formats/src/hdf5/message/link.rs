//! Messages of groups: link (6), link info (2), symbol table (17).

use crate::hdf5::cursor::{Cursor, Fault, Parsed, before_zero, text};

/// Where a name of a group leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// the object whose header is at this address
    Hard(u64),
    /// another path of this file
    Soft(String),
    /// a path of another file
    External {
        /// name of the file, relative to this one
        file: String,
        /// path in it
        path: String,
    },
}

/// A link message.
///
/// ```text
/// 0  1  version 1
/// 1  1  flags: bits 0-1 width of the length of the name, 2 order, 3 type, 4 characters
///       type 1 (bit 3; 0 hard, 1 soft, 64 external), order 8 (bit 2), characters 1 (bit 4), length, name
///       hard: address; soft: length 2, path; external: length 2, flags 1, file, 0, path, 0
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkMessage {
    pub(crate) name: String,
    pub(crate) order: Option<u64>,
    pub(crate) link: Link,
}

impl LinkMessage {
    pub(crate) fn parse(c: &mut Cursor<'_>) -> Parsed<Self> {
        c.version(1..=1, "a link")?;
        let flags = c.u8()?;
        let form = if flags & 8 != 0 { c.u8()? } else { 0 };
        let order = if flags & 4 != 0 { Some(c.u64()?) } else { None };
        c.skip(usize::from(flags >> 4 & 1))?;
        let length = c.uint(1 << (flags & 3))?;
        let name = text(c.bytes(usize::try_from(length).unwrap_or(usize::MAX))?);
        let link = match form {
            0 => match c.address()? {
                Some(address) => Link::Hard(address),
                None => return c.fault(format!("link {name} leads to no address")),
            },
            1 => {
                let length = usize::from(c.u16()?);
                Link::Soft(text(before_zero(c.bytes(length)?)))
            }
            64 => {
                let length = usize::from(c.u16()?);
                let mut inside = Cursor::new(c.bytes(length)?, c.widths);
                inside.skip(1)?;
                let file = text(inside.zero_terminated()?);
                Link::External { file, path: text(before_zero(inside.bytes(inside.left())?)) }
            }
            _ => return Err(Fault::unsupported(c.pos, format!("link {name} is of the unknown type {form}"))),
        };
        Ok(Self { name, order, link })
    }
}

/// Link info: where the links of a group are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LinkInfo {
    /// Whether the order of creation is kept.
    pub(crate) ordered: bool,
    /// Fractal heap of the links; `None`: they are messages.
    pub(crate) heap: Option<u64>,
    /// B-tree by names.
    pub(crate) names: Option<u64>,
}

impl LinkInfo {
    pub(crate) fn parse(c: &mut Cursor<'_>) -> Parsed<Self> {
        c.version(0..=0, "a link info")?;
        let flags = c.u8()?;
        c.skip(if flags & 1 != 0 { 8 } else { 0 })?;
        let heap = c.address()?;
        let names = c.address()?;
        Ok(Self { ordered: flags & 1 != 0, heap, names })
    }
}

/// Symbol table: B-tree and heap of an old group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SymbolTable {
    /// B-tree of version 1.
    pub(crate) tree: u64,
    /// Local heap with the names.
    pub(crate) heap: u64,
}

impl SymbolTable {
    pub(crate) fn parse(c: &mut Cursor<'_>) -> Parsed<Self> {
        match (c.address()?, c.address()?) {
            (Some(tree), Some(heap)) => Ok(Self { tree, heap }),
            _ => c.fault("a group without B-tree or heap"),
        }
    }
}
