//! Fractal heaps: links and attributes that do not fit in a header.
//!
//! ```text
//! "FRHP": version 1, bytes of an id 2, of filters 2, flags 1 (bit 1: direct blocks have checksums), largest managed object 4,
//!         next huge id, B-tree of huge objects, free space, its manager, managed space, allocated, iterator, managed objects,
//!         size of huge, huge objects, size of tiny, tiny objects, width of the table 2, first block, largest direct block,
//!         bits of the heap 2, first rows 2, root, rows of the root 2, (size of a filtered root, mask 4, filters), checksum
//! "FHDB": version, header, offset in the heap, (checksum 4), objects         direct block
//! "FHIB": version, header, offset, direct children (address, (size, mask)), indirect children, checksum
//! ```
//! Row r of an indirect block has `width` blocks: rows 0 and 1 of the first size, each further row twice as large.

use super::{
    cursor::{Cursor, Fault, Parsed},
    message::filters::{self, Filter},
    storage::{Block, Losses, Storage},
    tree2,
};
use crate::{Error, Kind};
use std::{
    cell::RefCell,
    collections::{HashMap, hash_map::Entry},
};

/// Deepest nesting of indirect blocks.
const MAX_DEPTH: usize = 32;

struct Table {
    width: u64,
    first: u64,
    largest: u64,
    bits: u16,
    root: Option<u64>,
    rows: u16,
}

/// An open heap.
pub(crate) struct FractalHeap<'s> {
    storage: &'s Storage,
    at: u64,
    huge_tree: Option<u64>,
    summed: bool,
    largest_managed: u32,
    id_len: u16,
    table: Table,
    filters: Vec<Filter>,
    root_filtered: (u64, u32),
    /// Direct blocks that were read, by address.
    blocks: RefCell<HashMap<u64, Block>>,
}

impl<'s> FractalHeap<'s> {
    pub(crate) fn open(storage: &'s Storage, address: u64) -> Result<Self, Error> {
        let (o, l) = (u64::from(storage.widths.offset), u64::from(storage.widths.length));
        let plain = 22 + 12 * l + 3 * o;
        let start = storage.block(address, plain)?;
        let filter_len = storage.parse(&start, |c| {
            c.signature(b"FRHP")?;
            c.version(0..=0, "a fractal heap")?;
            c.skip(2)?;
            c.u16()
        })?;
        let more = if filter_len > 0 { l + 4 + u64::from(filter_len) } else { 0 };
        let block = storage.summed_block(address, plain + more + 4)?;
        storage.parse(&block, |c| {
            c.skip(5)?;
            let id_len = c.u16()?;
            c.skip(2)?;
            let flags = c.u8()?;
            let largest_managed = c.u32()?;
            c.length()?;
            let huge_tree = c.address()?;
            c.length()?;
            c.address()?;
            for _ in 0..8 {
                c.length()?;
            }
            let width = u64::from(c.u16()?);
            let (first, largest) = (c.length()?, c.length()?);
            let bits = c.u16()?;
            c.skip(2)?;
            let root = c.address()?;
            let rows = c.u16()?;
            if !first.is_power_of_two() || !largest.is_power_of_two() || first > largest || width == 0 || bits > 64 {
                return c.fault(format!("a fractal heap of blocks from {first} to {largest} bytes, {width} in a row"));
            }
            let mut root_filtered = (0, 0);
            let mut filters = Vec::new();
            if filter_len > 0 {
                root_filtered = (c.length()?, c.u32()?);
                filters = filters::parse(c)?;
            }
            let table = Table { width, first, largest, bits, root, rows };
            Ok(Self {
                storage,
                at: block.at,
                huge_tree,
                summed: flags & 2 != 0,
                largest_managed,
                id_len,
                table,
                filters,
                root_filtered,
                blocks: RefCell::default(),
            })
        })
    }

    fn damaged(&self, message: impl Into<String>) -> Error {
        self.storage.error(Kind::Damaged, message).at(self.at)
    }

    fn row_size(&self, row: u64) -> Option<u64> {
        if row == 0 {
            Some(self.table.first)
        } else {
            self.table.first.checked_shl(u32::try_from(row - 1).ok()?).filter(|s| *s > 0)
        }
    }

    fn max_direct_rows(&self) -> u64 {
        u64::from(self.table.largest.ilog2() - self.table.first.ilog2()) + 2
    }

    fn offset_width(&self) -> usize {
        usize::from(self.table.bits).div_ceil(8)
    }

    /// The object of a heap id: its bytes and their absolute offset.
    pub(crate) fn object(&self, id: &[u8]) -> Result<(Vec<u8>, u64), Error> {
        let Some((&flags, rest)) = id.split_first() else { return Err(self.damaged("a heap id of no bytes")) };
        match flags >> 4 & 3 {
            0 => self.managed(rest),
            1 => self.huge(rest),
            2 => {
                // Ids of more than 18 bytes have a second byte for the length.
                let (len, bytes) = match rest.split_first() {
                    Some((&low, bytes)) if self.id_len > 18 => (usize::from(flags & 15) << 8 | usize::from(low), bytes),
                    _ => (usize::from(flags & 15), rest),
                };
                let len = len + 1;
                bytes.get(..len).map(|b| (b.to_vec(), self.at)).ok_or_else(|| self.damaged("a tiny object longer than its id"))
            }
            form => Err(self.damaged(format!("a heap id of the unknown form {form}"))),
        }
    }

    fn managed(&self, id: &[u8]) -> Result<(Vec<u8>, u64), Error> {
        let mut c = Cursor::new(id, self.storage.widths);
        let length_width = width(self.table.largest.min(u64::from(self.largest_managed)));
        let parsed = (|| -> Parsed<(u64, u64)> { Ok((c.uint(self.offset_width())?, c.uint(length_width)?)) })();
        let (offset, len) = parsed.map_err(|fault| self.damaged(format!("a heap id too short: {}", fault.reason)))?;
        let Some(root) = self.table.root else { return Err(self.damaged("an object in an empty heap")) };
        if self.table.rows == 0 {
            return self.in_direct(root, self.table.first, 0, self.root_filtered, offset, len);
        }
        self.in_indirect(root, u64::from(self.table.rows), 0, offset, len, 0)
    }

    fn in_indirect(
        &self,
        address: u64,
        rows: u64,
        start: u64,
        offset: u64,
        len: u64,
        depth: usize,
    ) -> Result<(Vec<u8>, u64), Error> {
        if depth > MAX_DEPTH {
            return Err(self.damaged("indirect blocks of a heap inside each other, deeper than 32"));
        }
        let o = u64::from(self.storage.widths.offset);
        let direct_rows = rows.min(self.max_direct_rows());
        let filtered = if self.filters.is_empty() { 0 } else { u64::from(self.storage.widths.length) + 4 };
        let children = direct_rows * self.table.width * (o + filtered) + (rows - direct_rows) * self.table.width * o;
        let prefix = 5 + o + self.offset_width() as u64;
        let block = self.storage.summed_block(address, prefix + children + 4)?;
        self.storage.parse(&block, |c| c.signature(b"FHIB"))?;
        // Which row and column hold the offset.
        let mut from = start;
        for row in 0..rows {
            let Some(size) = self.row_size(row) else { break };
            let Some(row_bytes) = size.checked_mul(self.table.width) else { break };
            if offset - from >= row_bytes {
                from = from.checked_add(row_bytes).ok_or_else(|| self.damaged("a heap beyond all sizes"))?;
                if offset < from {
                    break;
                }
                continue;
            }
            let column = (offset - from) / size;
            let child_start = from + column * size;
            let mut c = Cursor::new(&block.bytes, self.storage.widths);
            let before = if row < direct_rows {
                (row * self.table.width + column) * (o + filtered)
            } else {
                direct_rows * self.table.width * (o + filtered) + ((row - direct_rows) * self.table.width + column) * o
            };
            c.pos = (prefix + before) as usize;
            let entry = (|| -> Parsed<(Option<u64>, (u64, u32))> {
                let address = c.address()?;
                if filtered > 0 && row < direct_rows {
                    return Ok((address, (c.length()?, c.u32()?)));
                }
                Ok((address, (0, 0)))
            })();
            let (child, stored) = entry.map_err(|fault| self.storage.fault(block.at, fault))?;
            let Some(child) = child else { return Err(self.damaged(format!("object at {offset} of a heap where no block is"))) };
            if row < direct_rows {
                return self.in_direct(child, size, child_start, stored, offset, len);
            }
            // A child block spans `size` bytes: as many rows as add up to it.
            let rows = u64::from((size / self.table.first / self.table.width).max(1).ilog2()) + 1;
            return self.in_indirect(child, rows, child_start, offset, len, depth + 1);
        }
        Err(self.damaged(format!("object at {offset} beyond the end of its heap")))
    }

    fn in_direct(
        &self,
        address: u64,
        size: u64,
        start: u64,
        stored: (u64, u32),
        offset: u64,
        len: u64,
    ) -> Result<(Vec<u8>, u64), Error> {
        let mut blocks = self.blocks.borrow_mut();
        let block = match blocks.entry(address) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(self.direct(address, size, stored)?),
        };
        let from = offset - start;
        let bytes = from.checked_add(len).filter(|end| *end <= size).and_then(|end| block.bytes.get(from as usize..end as usize));
        match bytes {
            Some(bytes) => Ok((bytes.to_vec(), block.at + from)),
            None => Err(self.damaged(format!("object of {len} bytes at {from} of a heap block of {size}"))),
        }
    }

    fn direct(&self, address: u64, size: u64, stored: (u64, u32)) -> Result<Block, Error> {
        let mut block = if self.filters.is_empty() {
            // Behind the end of a cut file stand zeros: the checksum tells whether nothing else was lost.
            let mut block = self.storage.block_at_most(address, size)?;
            if size > self.storage.source.size() && (block.bytes.len() as u64) < size {
                return Err(self.damaged(format!("a heap block of {size} bytes, longer than the file")));
            }
            block.bytes.resize(size as usize, 0);
            block
        } else {
            let packed = self.storage.block(address, stored.0)?;
            let bytes = super::pipeline::decode_alone(&self.filters, stored.1, &packed.bytes, size as usize)
                .map_err(|reason| self.storage.error(Kind::Damaged, reason).at(packed.at))?;
            Block { at: packed.at, bytes }
        };
        self.storage.parse(&block, |c| c.signature(b"FHDB"))?;
        if self.summed {
            let at = 5 + usize::from(self.storage.widths.offset) + self.offset_width();
            let Some(sum) = block.bytes.get_mut(at..at + 4) else {
                return Err(self.damaged("a heap block without its checksum"));
            };
            let stored = u32::from_le_bytes([sum[0], sum[1], sum[2], sum[3]]);
            // The sum is over the block with zeros in its place.
            sum.fill(0);
            let computed = super::checksum::lookup3(&block.bytes);
            if stored != computed {
                let message = format!("checksum of a heap block wrong (stored {stored:08x}, computed {computed:08x})");
                return Err(self.storage.error(Kind::Damaged, message).at(block.at));
            }
        }
        Ok(block)
    }

    fn huge(&self, id: &[u8]) -> Result<(Vec<u8>, u64), Error> {
        let (o, l) = (usize::from(self.storage.widths.offset), usize::from(self.storage.widths.length));
        let direct = o + l + if self.filters.is_empty() { 0 } else { 4 + l };
        let widths = self.storage.widths;
        let place = |c: &mut Cursor<'_>, filtered: bool| -> Parsed<(u64, u64, u32, u64)> {
            let Some(address) = c.address()? else { return Err(Fault::new(c.pos, "a huge object at no address")) };
            let len = c.length()?;
            if filtered { Ok((address, len, c.u32()?, c.length()?)) } else { Ok((address, len, 0, len)) }
        };
        let filtered = !self.filters.is_empty();
        let mut found = None;
        if direct < usize::from(self.id_len) {
            let mut c = Cursor::new(id, widths);
            found = Some(place(&mut c, filtered).map_err(|fault| self.damaged(fault.reason))?);
        } else {
            let wanted = Cursor::new(id, widths).uint(l.min(id.len())).map_err(|fault| self.damaged(fault.reason))?;
            let Some(tree) = self.huge_tree else { return Err(self.damaged("a huge object without its B-tree")) };
            tree2::walk(self.storage, tree, &[1, 2], &mut Losses::Refuse, &mut |kind, record, at| {
                let mut c = Cursor::new(record, widths);
                let parsed = (|| Ok((place(&mut c, kind == 2)?, c.length()?)))();
                let (place, number) = parsed.map_err(|fault| self.storage.fault(at, fault))?;
                if number == wanted {
                    found = Some(place);
                }
                Ok(())
            })?;
        }
        let Some((address, len, mask, size)) = found else { return Err(self.damaged("a huge object that no B-tree knows")) };
        let block = self.storage.block(address, len)?;
        if !filtered {
            return Ok((block.bytes, block.at));
        }
        let bytes = super::pipeline::decode_alone(&self.filters, mask, &block.bytes, size as usize)
            .map_err(|reason| self.storage.error(Kind::Damaged, reason).at(block.at))?;
        Ok((bytes, block.at))
    }
}

/// Bytes that hold lengths up to `most`.
fn width(most: u64) -> usize {
    most.max(1).ilog2() as usize / 8 + 1
}
