//! Superblocks: whole ones for new files, the end of the file in old ones.

use super::{
    bytes::Bytes,
    output::{Output, Patch},
};
use crate::{
    Error,
    hdf5::{
        cursor::Cursor,
        header,
        message::link::SymbolTable,
        storage::{Storage, Widths},
        superblock::Superblock,
    },
};

/// Version of the format of a new file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FormatVersion {
    /// superblock 0: every library reads it
    #[default]
    Earliest,
    /// superblock 2, libhdf5 1.8 and later
    V2,
    /// superblock 3, libhdf5 1.10 and later
    V3,
}

/// K of leaf and inner nodes of groups, of nodes of chunks, where the file does not say.
pub(super) const DEFAULT_K: ((u16, u16), u16) = ((4, 16), 32);
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Message types of a superblock extension.
const TREE_K: u16 = 0x13;
const FILE_SPACE: u16 = 0x17;

/// Bytes of a new superblock.
pub(super) fn size(version: FormatVersion) -> u64 {
    if version == FormatVersion::Earliest { 96 } else { 48 }
}

/// The superblock of a new file whose root header is at `root`.
pub(super) fn create(version: FormatVersion, root: u64, table: Option<SymbolTable>, end: u64, widths: Widths) -> Vec<u8> {
    let mut out = Bytes::new(widths);
    out.bytes(SIGNATURE);
    if version == FormatVersion::Earliest {
        out.bytes(&[0, 0, 0, 0, 0, widths.offset, widths.length, 0]);
        let ((leaf, inner), _) = DEFAULT_K;
        out.u16(leaf);
        out.u16(inner);
        out.u32(0);
        out.address(Some(0));
        out.address(None);
        out.address(Some(end));
        out.address(None);
        root_entry(&mut out, root, table);
        return out.out;
    }
    out.bytes(&[if version == FormatVersion::V2 { 2 } else { 3 }, widths.offset, widths.length, 0]);
    out.address(Some(0));
    out.address(None);
    out.address(Some(end));
    out.address(Some(root));
    out.checksum();
    out.out
}

/// The entry of the root; its table is kept in it where it has one.
fn root_entry(out: &mut Bytes, root: u64, table: Option<SymbolTable>) {
    out.uint(0, usize::from(out.widths.offset));
    out.address(Some(root));
    out.u32(u32::from(table.is_some()));
    out.u32(0);
    match table {
        Some(table) => {
            out.address(Some(table.tree));
            out.address(Some(table.heap));
        }
        None => out.zeros(16),
    }
}

/// The change that makes an old superblock name another end of the file.
pub(super) fn end_patch(superblock: &Superblock, output: &Output) -> Result<Patch, Error> {
    let widths = output.widths;
    let (o, at) = (usize::from(widths.offset), superblock.at.saturating_sub(output.base));
    let mut out = Bytes::new(widths);
    out.address(Some(output.end() + output.base));
    if superblock.version < 2 {
        let before = if superblock.version == 1 { 28 } else { 24 };
        return Ok(Patch { address: at + (before + 2 * o) as u64, bytes: out.out });
    }
    let mut whole = vec![0; 12 + 4 * o];
    output.read(at, &mut whole)?;
    whole[12 + 2 * o..12 + 3 * o].copy_from_slice(&out.out);
    let mut out = Bytes { out: whole, widths };
    out.checksum();
    Ok(Patch { address: at, bytes: out.out })
}

/// The change that makes an old superblock forget the table of its root.
pub(super) fn root_patch(superblock: &Superblock, output: &Output) -> Option<Patch> {
    let before = match superblock.version {
        0 => 24,
        1 => 28,
        _ => return None,
    };
    let at = superblock.at.saturating_sub(output.base) + before + 6 * u64::from(output.widths.offset);
    Some(Patch { address: at, bytes: vec![0; 24] })
}

/// What the extension of a superblock says to a writer.
#[derive(Clone, Debug, Default)]
pub(super) struct Extension {
    /// K of nodes: of chunks, of groups (leaf, inner).
    pub(super) chunk_k: Option<u16>,
    pub(super) group_k: Option<(u16, u16)>,
    /// New blocks begin a page of this many bytes.
    pub(super) page: Option<u64>,
    /// Free space is kept in the file: address of the message that says so.
    pub(super) kept_space: Option<u64>,
}

/// Reads the extension of a superblock.
pub(super) fn extension(superblock: &Superblock, storage: &Storage) -> Result<Extension, Error> {
    let mut extension = Extension::default();
    let Some(address) = superblock.extension else { return Ok(extension) };
    for message in header::read(storage, address)?.messages {
        let mut c = Cursor::new(&message.data, storage.widths);
        let parsed = match message.kind {
            TREE_K => (|| {
                c.skip(1)?;
                extension.chunk_k = Some(c.u16()?);
                let inner = c.u16()?;
                extension.group_k = Some((c.u16()?, inner));
                Ok(())
            })(),
            FILE_SPACE => (|| {
                let version = c.u8()?;
                let strategy = c.u8()?;
                if version == 0 {
                    return Ok(());
                }
                if c.u8()? != 0 {
                    extension.kept_space = Some(message.at - storage.base);
                }
                c.length()?;
                let page = c.length()?;
                // Strategy 1: space is given out in pages.
                extension.page = (strategy == 1 && (1..=1 << 30).contains(&page)).then_some(page);
                Ok(())
            })(),
            _ => Ok(()),
        };
        parsed.map_err(|fault| storage.fault(message.at, fault))?;
    }
    Ok(extension)
}
