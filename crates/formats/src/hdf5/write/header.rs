//! Object headers: new ones in one block, and changes of those that exist.
//!
//! A header keeps its address, because links name it. A change that keeps the lengths of messages is written over them. Any
//! other writes all messages to a new block; the old first block becomes a continuation message that leads there:
//!
//! ```text
//! before  prefix | shape | type | layout | …            after  prefix | continuation → | nothing …
//!                                                                        └─ shape | type | layout | more …
//! ```

use super::{
    bytes::Bytes,
    messages::{Message, REFERENCE_COUNT},
    output::{Output, Patch},
};
use crate::{
    Error, Kind,
    hdf5::header::{Header, HeaderBlock, kind},
};

/// Most bytes of one message of free space.
const LONGEST_GAP: usize = 65_528;

/// A message and the address of its data.
#[derive(Clone, Debug)]
struct Slot {
    message: Message,
    address: u64,
}

/// A header as it is in the file. Blocks count from address 0.
#[derive(Clone, Debug)]
pub(super) struct StoredHeader {
    pub(super) address: u64,
    pub(super) version: u8,
    flags: u8,
    blocks: Vec<HeaderBlock>,
    slots: Vec<Slot>,
}

impl StoredHeader {
    /// A header that was read.
    pub(super) fn of(header: &Header, base: u64) -> Self {
        let blocks = header.blocks.iter().map(|block| HeaderBlock {
            at: block.at - base,
            messages_at: block.messages_at - base,
            ..*block
        });
        let slots = header.messages.iter().map(|m| Slot {
            message: Message { kind: m.kind, flags: m.flags, order: m.order.unwrap_or(0), data: m.data.clone() },
            address: m.at - base,
        });
        Self {
            address: header.address,
            version: header.version,
            flags: header.flags,
            blocks: blocks.collect(),
            slots: slots.collect(),
        }
    }

    /// Its messages.
    pub(super) fn messages(&self) -> Vec<Message> {
        self.slots.iter().map(|slot| slot.message.clone()).collect()
    }

    /// Its messages with the note at `address` that free space is kept (byte 2 of that message) taken back.
    pub(super) fn without_kept_space(&self, address: u64) -> Vec<Message> {
        let change = |slot: &Slot| {
            let mut message = slot.message.clone();
            if slot.address == address
                && let Some(kept) = message.data.get_mut(2)
            {
                *kept = 0;
            }
            message
        };
        self.slots.iter().map(change).collect()
    }

    /// Whether messages carry their order of creation.
    pub(super) fn orders_attributes(&self) -> bool {
        self.version == 2 && self.flags & 4 != 0
    }

    /// Whether that order has an index.
    pub(super) fn indexes_attributes(&self) -> bool {
        self.version == 2 && self.flags & 8 != 0
    }

    /// Number of hard links, as the file says.
    pub(super) fn links(&self, output: &Output) -> Result<u32, Error> {
        if self.version == 1 {
            let mut bytes = [0; 4];
            output.read(self.address + 4, &mut bytes)?;
            return Ok(u32::from_le_bytes(bytes));
        }
        let slot = self.slots.iter().find(|slot| slot.message.kind == REFERENCE_COUNT);
        Ok(slot.and_then(|slot| slot.message.data.get(1..5)?.first_chunk().copied()).map_or(1, u32::from_le_bytes))
    }

    /// Writes a new header.
    pub(super) fn create(output: &mut Output, version: u8, messages: Vec<Message>, links: u32) -> Result<Self, Error> {
        let (bytes, places) = block(output, version, false, &messages, &mut |out, len| {
            if version == 1 {
                out.bytes(&[1, 0]);
                out.u16(messages.len() as u16);
                out.u32(links);
                out.u32(len as u32);
                out.u32(0);
            } else {
                let width = match len {
                    0..0x100 => 0,
                    0x100..0x1_0000 => 1,
                    _ => 2,
                };
                out.bytes(b"OHDR\x02");
                out.u8(width);
                out.uint(len as u64, 1 << width);
            }
        });
        if messages.len() > usize::from(u16::MAX) {
            return Err(output.error(Kind::Unsupported, format!("{} messages in an object header", messages.len())));
        }
        let address = output.put(&bytes)?;
        let start = places.first().map_or(bytes.len(), |at| at - message_head(version, false));
        let sum = if version == 2 { 4 } else { 0 };
        let block = HeaderBlock {
            at: address,
            len: bytes.len() as u64,
            messages_at: address + start as u64,
            messages_len: (bytes.len() - start - sum) as u64,
        };
        let slots = messages.into_iter().zip(places).map(|(message, at)| Slot { message, address: address + at as u64 });
        Ok(Self { address, version, flags: 0, blocks: vec![block], slots: slots.collect() })
    }

    /// Makes the header say `wanted` (and `links`, if they changed and the version keeps them outside of messages); what is already in the file is changed by `patches`.
    pub(super) fn update(
        &mut self,
        output: &mut Output,
        wanted: Vec<Message>,
        links: Option<u32>,
        patches: &mut Vec<Patch>,
    ) -> Result<(), Error> {
        if let Some(links) = links
            && self.version == 1
        {
            patches.push(Patch { address: self.address + 4, bytes: links.to_le_bytes().to_vec() });
        }
        let fits = |slot: &Slot, message: &Message| {
            let (there, new) = (slot.message.data.len(), message.data.len());
            slot.message.kind == message.kind
                && slot.message.flags == message.flags
                && (new == there || self.version == 1 && new < there && there - new < 8)
        };
        if wanted.len() == self.slots.len() && self.slots.iter().zip(&wanted).all(|(slot, message)| fits(slot, message)) {
            return self.overwrite(output, wanted, patches);
        }
        self.relocate(output, wanted, patches)
    }

    /// Writes over messages of the same lengths, each block in one piece: where elements are never lags behind how many there are.
    fn overwrite(&mut self, output: &mut Output, wanted: Vec<Message>, patches: &mut Vec<Patch>) -> Result<(), Error> {
        let mut changed: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut layout = None;
        for (slot, mut message) in self.slots.iter_mut().zip(wanted) {
            message.data.resize(slot.message.data.len(), 0);
            if slot.message.data != message.data {
                changed.push((slot.address, message.data.clone()));
            }
            if message.kind == kind::LAYOUT {
                layout = Some(slot.address);
            }
            slot.message = message;
        }
        let inside = |block: &HeaderBlock, address: u64| (block.at..block.at + block.len).contains(&address);
        let mut blocks: Vec<&HeaderBlock> = self.blocks.iter().collect();
        blocks.sort_by_key(|block| !layout.is_some_and(|address| inside(block, address)));
        for block in blocks {
            let here: Vec<_> = changed.iter().filter(|(address, _)| inside(block, *address)).collect();
            let (Some(from), Some(to)) = (
                here.iter().map(|(address, _)| *address).min(),
                here.iter().map(|(address, data)| address + data.len() as u64).max(),
            ) else {
                continue;
            };
            // The checksum of version 2 is over the whole block.
            let (from, to) = if self.version == 1 { (from, to) } else { (block.at, block.at + block.len) };
            let mut bytes = vec![0; (to - from) as usize];
            output.read(from, &mut bytes)?;
            for (address, data) in here {
                let at = (address - from) as usize;
                bytes[at..at + data.len()].copy_from_slice(data);
            }
            if self.version == 2 {
                bytes.truncate(bytes.len() - 4);
                let mut summed = Bytes { out: bytes, widths: output.widths };
                summed.checksum();
                bytes = summed.out;
            }
            patches.push(Patch { address: from, bytes });
        }
        Ok(())
    }

    /// Writes all messages to a new block, to which the first one then leads.
    fn relocate(&mut self, output: &mut Output, wanted: Vec<Message>, patches: &mut Vec<Patch>) -> Result<(), Error> {
        let ordered = self.orders_attributes();
        let head = message_head(self.version, ordered);
        let first = self.blocks[0];
        let room = first.messages_len as usize;
        let place = usize::from(output.widths.offset) + usize::from(output.widths.length);
        if room < head + place {
            let message = "the object header has no room to be continued elsewhere";
            return Err(output.error(Kind::Unsupported, message).at(first.at + output.base));
        }
        let mut gaps = Vec::new();
        let mut left = room - head - place;
        while left >= head {
            let gap = left.min(LONGEST_GAP + head) - head;
            gaps.push(gap);
            left -= gap + head;
        }
        let total = wanted.len() + 1 + gaps.len();
        if self.version == 1 && total > usize::from(u16::MAX) {
            return Err(output.error(Kind::Unsupported, format!("{total} messages in an object header")));
        }
        let (bytes, places) = block(output, self.version, ordered, &wanted, &mut |out, _| {
            if self.version == 2 {
                out.bytes(b"OCHK");
            }
        });
        let address = output.put(&bytes)?;
        let mut changed = vec![0; first.len as usize];
        output.read(first.at, &mut changed)?;
        let mut out = Bytes { out: changed[..(first.messages_at - first.at) as usize].to_vec(), widths: output.widths };
        if self.version == 1 {
            out.out[2..4].copy_from_slice(&(total as u16).to_le_bytes());
        }
        message_start(&mut out, self.version, ordered, kind::CONTINUATION, place, 0, 0);
        out.address(Some(address));
        out.length(bytes.len() as u64);
        for gap in gaps {
            message_start(&mut out, self.version, ordered, 0, gap, 0, 0);
            out.zeros(gap);
        }
        out.zeros(left);
        if self.version == 2 {
            out.checksum();
        }
        // The number of links of version 1 is in the prefix: another patch may have changed it.
        patches.retain(|patch| {
            !(self.version == 1 && patch.address == first.at + 4 && {
                out.out[4..8].copy_from_slice(&patch.bytes);
                true
            })
        });
        patches.push(Patch { address: first.at, bytes: out.out });
        for block in self.blocks.drain(1..) {
            output.release(block.at, block.len);
        }
        let framing = if self.version == 2 { 4 } else { 0 };
        self.blocks.push(HeaderBlock {
            at: address,
            len: bytes.len() as u64,
            messages_at: address + framing as u64,
            messages_len: (bytes.len() - 2 * framing) as u64,
        });
        self.slots = wanted.into_iter().zip(places).map(|(message, at)| Slot { message, address: address + at as u64 }).collect();
        Ok(())
    }
}

/// Bytes before the data of a message.
fn message_head(version: u8, ordered: bool) -> usize {
    match (version, ordered) {
        (1, _) => 8,
        (_, false) => 4,
        (_, true) => 6,
    }
}

fn message_start(out: &mut Bytes, version: u8, ordered: bool, kind: u16, len: usize, flags: u8, order: u16) {
    if version == 1 {
        out.u16(kind);
        out.u16(len as u16);
        out.bytes(&[flags, 0, 0, 0]);
        return;
    }
    out.u8(kind as u8);
    out.u16(len as u16);
    out.u8(flags);
    if ordered {
        out.u16(order);
    }
}

/// A block of messages behind what `prefix` writes (it is told their bytes), and the offset of the data of each.
fn block(
    output: &Output,
    version: u8,
    ordered: bool,
    messages: &[Message],
    prefix: &mut dyn FnMut(&mut Bytes, usize),
) -> (Vec<u8>, Vec<usize>) {
    let padded = |len: usize| if version == 1 { len.next_multiple_of(8) } else { len };
    let len = messages.iter().map(|m| message_head(version, ordered) + padded(m.data.len())).sum();
    let mut out = Bytes::new(output.widths);
    prefix(&mut out, len);
    let mut places = Vec::with_capacity(messages.len());
    for message in messages {
        let size = padded(message.data.len());
        message_start(&mut out, version, ordered, message.kind, size, message.flags, message.order);
        places.push(out.len());
        out.bytes(&message.data);
        out.zeros(size - message.data.len());
    }
    if version == 2 {
        out.checksum();
    }
    (out.out, places)
}
