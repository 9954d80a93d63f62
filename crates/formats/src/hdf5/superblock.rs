//! The first block of a file.
//!
//! ```text
//! versions 0, 1                              versions 2, 3
//! 0   8  89 "HDF" 0d 0a 1a 0a                0   8  the same
//! 8   1  version                             8   1  version
//! 9   4  free space, root, reserved, shared  9   1  width of addresses
//! 13  1  width of addresses                  10  1  width of lengths
//! 14  1  width of lengths                    11  1  flags of consistency
//! 16  2  K of leaf nodes of groups           12  O  base address
//! 18  2  K of internal nodes of groups           O  extension
//! 20  4  flags                                   O  end of file
//! 24  4  (1: K of chunk nodes, reserved)         O  root object header
//!     O  base, free space, end, driver           4  checksum
//!     .  symbol table entry of the root
//! ```
//! It begins at byte 0, 512, 1024, 2048, …: what stands before it belongs to others (user block).

use super::{
    checksum::lookup3,
    cursor::{Cursor, Fault, Parsed},
    storage::{Storage, Widths},
};
use crate::{Error, Kind, source::Source};
use std::sync::Arc;

const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";
/// Longest superblock: version 1 with addresses of 8 bytes.
const LONGEST: u64 = 100;

/// What a superblock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Superblock {
    /// Absolute offset of its first byte.
    pub(crate) at: u64,
    /// 0 to 3.
    pub(crate) version: u8,
    pub(crate) widths: Widths,
    /// Absolute offset of address 0.
    pub(crate) base: u64,
    /// Absolute end of the file.
    pub(crate) end: u64,
    /// Object header of the root group.
    pub(crate) root: u64,
    /// Object header with further messages (versions 2, 3).
    pub(crate) extension: Option<u64>,
    /// K of leaf and internal nodes of old groups.
    pub(crate) group_k: (u16, u16),
    /// K of nodes of chunk B-trees, version 1.
    pub(crate) chunk_k: u16,
}

/// Finds and reads the superblock.
pub(crate) fn read(source: &Arc<dyn Source>) -> Result<Superblock, Error> {
    let damaged = |at: u64, fault: Fault| {
        let kind = if fault.unsupported { Kind::Unsupported } else { Kind::Damaged };
        Error::new(source.name(), kind, fault.reason).at(at + fault.at as u64)
    };
    let at = find(source)?;
    let there = (source.size() - at).min(LONGEST);
    let bytes = source.read(at, there)?;
    parse(at, &bytes).map_err(|fault| {
        if there < LONGEST && fault.reason.contains("bytes are wanted") {
            let message = format!("truncated: the file ends at byte {} inside its superblock", source.size());
            return Error::new(source.name(), Kind::Truncated, message).at(at + fault.at as u64);
        }
        damaged(at, fault)
    })
}

fn find(source: &Arc<dyn Source>) -> Result<u64, Error> {
    let mut at = 0;
    while at + 8 <= source.size() {
        let mut found = [0; 8];
        source.read_into(at, &mut found)?;
        if &found == SIGNATURE {
            return Ok(at);
        }
        at = if at == 0 { 512 } else { at * 2 };
    }
    Err(Error::new(source.name(), Kind::NotThisFormat, "not an HDF5 file: no signature at byte 0, 512, 1024, …").at(0))
}

/// Whether a source holds an HDF5 signature where one may stand.
pub(crate) fn is_hdf5(source: &Arc<dyn Source>) -> bool {
    find(source).is_ok()
}

fn widths(c: &mut Cursor<'_>) -> Parsed<Widths> {
    let at = c.pos;
    let widths = Widths { offset: c.u8()?, length: c.u8()? };
    if [widths.offset, widths.length].iter().all(|w| [2, 4, 8].contains(w)) {
        return Ok(widths);
    }
    Err(Fault::new(at, format!("addresses of {} and lengths of {} bytes", widths.offset, widths.length)))
}

fn parse(at: u64, bytes: &[u8]) -> Parsed<Superblock> {
    let mut c = Cursor::new(bytes, Widths { offset: 8, length: 8 });
    c.skip(8)?;
    let version = c.version(0..=3, "the superblock")?;
    let needed = |c: &Cursor<'_>, address: Option<u64>, what: &str| match address {
        Some(address) => Ok(address),
        None => c.fault(format!("the address of {what} is undefined")),
    };
    if version >= 2 {
        c.widths = widths(&mut c)?;
        c.skip(1)?;
        let base = c.address()?.unwrap_or(0);
        let extension = c.address()?;
        let end = c.address()?;
        let root = c.address()?;
        let (end, root) = (needed(&c, end, "the end of the file")?, needed(&c, root, "the root group")?);
        let computed = lookup3(&bytes[..c.pos]);
        if c.u32()? != computed {
            return Err(Fault::new(0, "checksum of the superblock wrong"));
        }
        let base = if base == 0 { at } else { base };
        return Ok(Superblock { at, version, widths: c.widths, base, end, root, extension, group_k: (4, 16), chunk_k: 32 });
    }
    c.skip(4)?;
    c.widths = widths(&mut c)?;
    c.skip(1)?;
    let group_k = (c.u16()?, c.u16()?);
    c.skip(4)?;
    let mut chunk_k = 32;
    if version == 1 {
        chunk_k = c.u16()?;
        c.skip(2)?;
    }
    let base = c.address()?.unwrap_or(0);
    c.address()?;
    let end = c.address()?;
    c.address()?;
    // Entry of the root: offset of its name, then its header.
    c.skip(usize::from(c.widths.offset))?;
    let root = c.address()?;
    let (end, root) = (needed(&c, end, "the end of the file")?, needed(&c, root, "the root group")?);
    let base = if base == 0 { at } else { base };
    Ok(Superblock { at, version, widths: c.widths, base, end, root, extension: None, group_k, chunk_k })
}

impl Superblock {
    pub(crate) fn storage(&self, source: Arc<dyn Source>) -> Storage {
        Storage { source, base: self.base, widths: self.widths }
    }
}
