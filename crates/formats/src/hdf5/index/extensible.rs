//! Chunks in an extensible array: places numbered with the unlimited axis running slowest.
//!
//! ```text
//! "EAHD": version, client, bytes of an entry, bits of the count, entries of the index block, fewest of a data block,
//!         fewest data blocks of a super block, bits of a page (1 each), six numbers (length), index block, checksum
//! "EAIB": version, client, header, entries, data blocks, super blocks, checksum
//! "EASB": version, client, header, offset, (pages that exist), data blocks, checksum
//! "EADB": version, client, header, offset, entries, checksum, or checksum and pages
//! ```
//! Super block u has 2^(u/2) data blocks of 2^((u+1)/2) times the fewest entries; the data blocks of the first super blocks are
//! named by the index block itself.

use super::{
    Collector, Extent,
    fixed::{Entries, bit},
    unravel,
};
use crate::{
    Error, Kind,
    hdf5::{
        cursor::Cursor,
        storage::{Block, Storage, Visited},
    },
};

struct Header {
    entries: Entries,
    bits: u8,
    in_index: u64,
    fewest: u64,
    fewest_blocks: u64,
    page: u64,
    index: Option<u64>,
    /// One more than the largest number ever set.
    set: u64,
}

struct Array<'s, 'c, 'f> {
    storage: &'s Storage,
    header: Header,
    /// Chunks along the axes with the unlimited one first, and which that is.
    grid: Vec<u64>,
    unlimited: usize,
    place: Vec<u64>,
    visited: Visited,
    found: &'c mut Collector<'f>,
}

pub(super) fn read(storage: &Storage, address: u64, extent: &Extent<'_>, found: &mut Collector<'_>) -> Result<(), Error> {
    let (o, l) = (u64::from(storage.widths.offset), u64::from(storage.widths.length));
    let head = storage.summed_block(address, 16 + 6 * l + o)?;
    let header = storage.parse(&head, |c| {
        c.signature(b"EAHD")?;
        c.version(0..=0, "an extensible array")?;
        let (client, size) = (c.u8()?, c.u8()?);
        let (bits, in_index, fewest, fewest_blocks, page_bits) = (c.u8()?, c.u8()?, c.u8()?, c.u8()?, c.u8()?);
        let entries = Entries::new(client, size, extent, c)?;
        if bits == 0
            || bits > 64
            || !fewest.is_power_of_two()
            || fewest_blocks < 2
            || !fewest_blocks.is_power_of_two()
            || page_bits > 40
        {
            return c.fault("an extensible array of impossible sizes");
        }
        for _ in 0..4 {
            c.length()?;
        }
        let set = c.length()?;
        c.length()?;
        let (fewest, fewest_blocks, in_index) = (u64::from(fewest), u64::from(fewest_blocks), u64::from(in_index));
        Ok(Header { entries, bits, in_index, fewest, fewest_blocks, page: 1 << page_bits, index: c.address()?, set })
    })?;
    let Some(index) = header.index else { return Ok(()) };
    let max = extent.max_grid();
    let Some(unlimited) = max.iter().position(Option::is_none) else {
        return Err(storage.error(Kind::Damaged, "an extensible array for a dataset that cannot grow").at(head.at));
    };
    let mut grid = vec![u64::MAX];
    grid.extend(max.iter().enumerate().filter(|(k, _)| *k != unlimited).map(|(_, n)| n.unwrap_or(1)));
    let place = vec![0; grid.len()];
    Array { storage, header, grid, unlimited, place, visited: Visited::default(), found }.index_block(index)
}

impl Array<'_, '_, '_> {
    fn damaged(&self, at: u64, message: &str) -> Error {
        self.storage.error(Kind::Damaged, message).at(at)
    }

    fn offset_width(&self) -> u64 {
        u64::from(self.header.bits).div_ceil(8)
    }

    /// Data blocks of super block `u`, and entries of each.
    fn super_block(&self, u: u32) -> Option<(u64, u64)> {
        Some((1_u64.checked_shl(u / 2)?, self.header.fewest.checked_mul(1_u64.checked_shl(u.div_ceil(2))?)?))
    }

    fn take(&mut self, bytes: &[u8], at: u64, first: u64, n: u64) -> Result<(), Error> {
        let mut c = Cursor::new(bytes, self.storage.widths);
        let mut swizzled = vec![0; self.grid.len()];
        for number in first..first.saturating_add(n) {
            let entry = self.header.entries.parse(&mut c).map_err(|fault| self.storage.fault(at, fault))?;
            let Some((address, stored, mask)) = entry else { continue };
            unravel(number, &self.grid, &mut swizzled);
            self.place[self.unlimited] = swizzled[0];
            let mut rest = swizzled[1..].iter();
            for (k, p) in self.place.iter_mut().enumerate() {
                if k != self.unlimited {
                    *p = *rest.next().expect("invariant: as many axes");
                }
            }
            self.found.add(&self.place, address, stored, mask)?;
        }
        Ok(())
    }

    fn addresses(&self, block: &Block, from: u64, n: u64) -> Result<Vec<Option<u64>>, Error> {
        let mut c = Cursor::new(&block.bytes, self.storage.widths);
        c.pos = from as usize;
        (0..n).map(|_| c.address()).collect::<Result<_, _>>().map_err(|fault| self.storage.fault(block.at, fault))
    }

    fn index_block(mut self, address: u64) -> Result<(), Error> {
        let o = u64::from(self.storage.widths.offset);
        let size = self.header.entries.size as u64;
        let supers = 1 + u32::from(self.header.bits).saturating_sub(self.header.fewest.ilog2());
        let named = (2 * self.header.fewest_blocks.ilog2()).min(supers);
        let data_blocks = 2 * (self.header.fewest_blocks - 1);
        let prefix = 6 + o;
        let entries = self.header.in_index * size;
        let len = prefix + entries + (data_blocks + u64::from(supers - named)) * o + 4;
        let block = self.storage.summed_block(address, len)?;
        self.storage.parse(&block, |c| c.signature(b"EAIB"))?;
        self.take(&block.bytes[prefix as usize..], block.at + prefix, 0, self.header.in_index)?;
        let data = self.addresses(&block, prefix + entries, data_blocks)?;
        let further = self.addresses(&block, prefix + entries + data_blocks * o, u64::from(supers - named))?;
        let mut first = self.header.in_index;
        let mut data = data.into_iter();
        for u in 0..supers {
            if first >= self.header.set {
                break;
            }
            let Some((blocks, each)) = self.super_block(u) else { break };
            if u < named {
                for _ in 0..blocks {
                    if let Some(Some(address)) = data.next() {
                        self.data_block(address, first, each, None)?;
                    }
                    first = first.saturating_add(each);
                }
            } else {
                if let Some(address) = further[(u - named) as usize] {
                    self.super_at(address, first, blocks, each)?;
                }
                first = first.saturating_add(blocks.saturating_mul(each));
            }
        }
        Ok(())
    }

    fn super_at(&mut self, address: u64, first: u64, blocks: u64, each: u64) -> Result<(), Error> {
        self.visited.enter(self.storage, address, "an extensible array")?;
        let o = u64::from(self.storage.widths.offset);
        let at = self.storage.absolute(address)?;
        let pages = if each > self.header.page { each / self.header.page } else { 0 };
        let bitmap = pages.div_ceil(8).checked_mul(blocks);
        let prefix = 6 + o + self.offset_width();
        let len = bitmap.and_then(|b| blocks.checked_mul(o)?.checked_add(b)?.checked_add(prefix + 4));
        let (Some(bitmap), Some(len)) = (bitmap, len) else { return Err(self.damaged(at, "a super block of impossible size")) };
        let block = self.storage.summed_block(address, len)?;
        self.storage.parse(&block, |c| c.signature(b"EASB"))?;
        let exists = block.bytes[prefix as usize..(prefix + bitmap) as usize].to_vec();
        for (k, address) in self.addresses(&block, prefix + bitmap, blocks)?.into_iter().enumerate() {
            let Some(address) = address else { continue };
            let from = first.saturating_add((k as u64).saturating_mul(each));
            let here = (pages > 0).then_some((exists.as_slice(), k as u64 * pages, pages));
            self.data_block(address, from, each, here)?;
        }
        Ok(())
    }

    /// A data block; `paged`: bits of pages that exist, the number of its first page, pages.
    fn data_block(&mut self, address: u64, first: u64, each: u64, paged: Option<(&[u8], u64, u64)>) -> Result<(), Error> {
        self.visited.enter(self.storage, address, "an extensible array")?;
        let size = self.header.entries.size as u64;
        let at = self.storage.absolute(address)?;
        let prefix = 6 + u64::from(self.storage.widths.offset) + self.offset_width();
        let Some((exists, page_number, pages)) = paged else {
            let Some(len) = each.checked_mul(size).filter(|&len| len <= self.storage.left(at)) else {
                return Err(self.storage.error(Kind::Truncated, format!("truncated: {each} entries of chunks from here")).at(at));
            };
            let block = self.storage.summed_block(address, prefix + len + 4)?;
            self.storage.parse(&block, |c| c.signature(b"EADB"))?;
            return self.take(&block.bytes[prefix as usize..], block.at + prefix, first, each);
        };
        let block = self.storage.summed_block(address, prefix + 4)?;
        self.storage.parse(&block, |c| c.signature(b"EADB"))?;
        let page = self.header.page;
        for k in 0..pages {
            if !bit(exists, (page_number + k) as usize) {
                continue;
            }
            let from = (page * size + 4).checked_mul(k).and_then(|p| p.checked_add(address + prefix + 4));
            let Some(from) = from else { return Err(self.damaged(at, "a page beyond all files")) };
            let bytes = self.storage.summed_block(from, page * size + 4)?;
            self.take(&bytes.bytes, bytes.at, first + k * page, page)?;
        }
        Ok(())
    }
}
