//! Object headers: the list of messages that describe a group, a dataset or a committed datatype.
//!
//! ```text
//! version 1                         version 2
//! 0   1  version                    0  4  "OHDR"
//! 1   1  reserved                   4  1  version
//! 2   2  messages                   5  1  flags: bits 0-1 width of the size, 2 order, 4 limits, 5 times
//! 4   4  references                    16 times (bit 5)
//! 8   4  bytes of messages             4  limits of attributes (bit 4)
//! 12  4  padding                       1-8 bytes of messages
//! 16     type 2, size 2, flags 1,         type 1, size 2, flags 1, order 2 (bit 2), data
//!        reserved 3, data              4  checksum
//! ```
//! A continuation message (16) names another block of messages; in version 2 it begins with "OCHK" and ends with a checksum.

use super::{
    cursor::{Cursor, Fault},
    storage::{Storage, Visited},
};
use crate::{Error, Kind};

/// Message types.
pub(crate) mod kind {
    pub(crate) const DATASPACE: u16 = 0x01;
    pub(crate) const LINK_INFO: u16 = 0x02;
    pub(crate) const DATATYPE: u16 = 0x03;
    pub(crate) const OLD_FILL: u16 = 0x04;
    pub(crate) const FILL: u16 = 0x05;
    pub(crate) const LINK: u16 = 0x06;
    pub(crate) const EXTERNAL_FILES: u16 = 0x07;
    pub(crate) const LAYOUT: u16 = 0x08;
    pub(crate) const GROUP_INFO: u16 = 0x0a;
    pub(crate) const FILTERS: u16 = 0x0b;
    pub(crate) const ATTRIBUTE: u16 = 0x0c;
    pub(crate) const SHARED_TABLE: u16 = 0x0f;
    pub(crate) const CONTINUATION: u16 = 0x10;
    pub(crate) const SYMBOL_TABLE: u16 = 0x11;
    pub(crate) const ATTRIBUTE_INFO: u16 = 0x15;
}

/// First read of a header; most fit.
const GUESS: u64 = 1024;

/// One message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) kind: u16,
    pub(crate) flags: u8,
    /// Order of creation, where it is kept.
    pub(crate) order: Option<u16>,
    /// Absolute offset of its data.
    pub(crate) at: u64,
    pub(crate) data: Vec<u8>,
}

impl Message {
    /// Whether the data only say where the message is.
    pub(crate) fn shared(&self) -> bool {
        self.flags & 2 != 0
    }
}

/// Blocks of one header, as a writer needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeaderBlock {
    /// Absolute offset of its first byte (signature or prefix included).
    pub(crate) at: u64,
    /// Bytes up to its end, checksum included.
    pub(crate) len: u64,
    /// Absolute offset of the first message.
    pub(crate) messages_at: u64,
    /// Bytes of messages.
    pub(crate) messages_len: u64,
}

/// A header with all its messages.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) address: u64,
    pub(crate) version: u8,
    /// Flags of version 2.
    pub(crate) flags: u8,
    pub(crate) messages: Vec<Message>,
    pub(crate) blocks: Vec<HeaderBlock>,
}

impl Header {
    pub(crate) fn first(&self, kind: u16) -> Option<&Message> {
        self.messages.iter().find(|m| m.kind == kind)
    }

    pub(crate) fn all(&self, kind: u16) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |m| m.kind == kind)
    }
}

struct Prefix {
    version: u8,
    flags: u8,
    /// Offset of the first message.
    start: usize,
    /// Bytes of messages.
    len: u64,
}

fn prefix(c: &mut Cursor<'_>) -> Result<Prefix, Fault> {
    if c.data.starts_with(b"OHDR") {
        c.skip(4)?;
        let version = c.version(2..=2, "an object header")?;
        let flags = c.u8()?;
        c.skip(if flags & 0x20 != 0 { 16 } else { 0 })?;
        c.skip(if flags & 0x10 != 0 { 4 } else { 0 })?;
        let len = c.uint(1 << (flags & 3))?;
        return Ok(Prefix { version, flags, start: c.pos, len });
    }
    let version = c.version(1..=1, "an object header")?;
    c.skip(7)?;
    let len = u64::from(c.u32()?);
    c.skip(4)?;
    Ok(Prefix { version, flags: 0, start: c.pos, len })
}

/// Reads the header at `address` with its continuations.
pub(crate) fn read(storage: &Storage, address: u64) -> Result<Header, Error> {
    let mut block = storage.block_at_most(address, GUESS)?;
    let cut = (block.bytes.len() as u64) < GUESS;
    let prefix = storage.parse(&block, prefix).map_err(|mut error| {
        if cut && error.message.contains("bytes are wanted") {
            error.kind = Kind::Truncated;
            error.message.insert_str(0, "truncated: ");
        }
        error
    })?;
    let sum = if prefix.version == 2 { 4 } else { 0 };
    let whole = (prefix.start as u64).saturating_add(prefix.len).saturating_add(sum);
    if whole > block.bytes.len() as u64 {
        block = storage.block(address, whole)?;
    }
    block.bytes.truncate(whole as usize);
    if prefix.version == 2 {
        storage.check_sum(block.at, &block.bytes)?;
    }
    let mut header = Header { address, version: prefix.version, flags: prefix.flags, messages: Vec::new(), blocks: Vec::new() };
    let mut visited = Visited::default();
    visited.enter(storage, address, "an object header")?;
    let mut waiting = vec![(block, prefix.start, prefix.len as usize)];
    let mut next = 0;
    while next < waiting.len() {
        let (block, start, len) = &waiting[next];
        let (at, len_all) = (block.at, block.bytes.len() as u64);
        header.blocks.push(HeaderBlock { at, len: len_all, messages_at: at + *start as u64, messages_len: *len as u64 });
        let found = messages(storage, block.at, &block.bytes[*start..*start + *len], *start, &header)?;
        next += 1;
        for message in found {
            if message.kind != kind::CONTINUATION {
                header.messages.push(message);
                continue;
            }
            let mut c = Cursor::new(&message.data, storage.widths);
            let target = (|| {
                let address = c.address()?;
                let len = c.length()?;
                address.map_or_else(|| c.fault("a continuation at no address"), |address| Ok((address, len)))
            })();
            let (address, len) = target.map_err(|fault| storage.fault(message.at, fault))?;
            visited.enter(storage, address, "the continuation of an object header")?;
            waiting.push(continuation(storage, header.version, address, len)?);
        }
    }
    Ok(header)
}

fn continuation(storage: &Storage, version: u8, address: u64, len: u64) -> Result<(super::storage::Block, usize, usize), Error> {
    if version == 1 {
        let block = storage.block(address, len)?;
        let len = block.bytes.len();
        return Ok((block, 0, len));
    }
    let block = storage.summed_block(address, len)?;
    storage.parse(&block, |c| c.signature(b"OCHK"))?;
    let messages = block.bytes.len().saturating_sub(8);
    Ok((block, 4, messages))
}

fn messages(storage: &Storage, at: u64, bytes: &[u8], start: usize, header: &Header) -> Result<Vec<Message>, Error> {
    let parse = || {
        let mut found = Vec::new();
        let mut c = Cursor::new(bytes, storage.widths);
        let ordered = header.version == 2 && header.flags & 4 != 0;
        let least = if header.version == 1 {
            8
        } else if ordered {
            6
        } else {
            4
        };
        // What is left behind the last message is a gap.
        while c.left() >= least {
            let (kind, size, flags, order);
            if header.version == 1 {
                kind = c.u16()?;
                size = c.u16()?;
                flags = c.u8()?;
                c.skip(3)?;
                order = None;
            } else {
                kind = u16::from(c.u8()?);
                size = c.u16()?;
                flags = c.u8()?;
                order = if ordered { Some(c.u16()?) } else { None };
            }
            let data_at = at + (start + c.pos) as u64;
            let data = c.bytes(usize::from(size))?;
            // Type 0 is free space.
            if kind != 0 {
                found.push(Message { kind, flags, order, at: data_at, data: data.to_vec() });
            }
        }
        Ok(found)
    };
    parse().map_err(|fault: Fault| storage.fault(at, fault.behind(start)))
}
