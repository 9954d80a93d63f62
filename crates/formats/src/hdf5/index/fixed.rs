//! Chunks in a fixed array: all places of the maximum shape, numbered with the last axis running fastest.
//!
//! ```text
//! "FAHD": version, client (1: filtered), bytes of an entry, bits of a page, entries (length), data block, checksum
//! "FADB": version, client, header, (pages that exist, one bit each), entries if in one page, checksum, pages
//! page:   entries, checksum
//! entry:  address, (stored bytes, mask 4)
//! ```

use super::{Collector, Extent, unravel};
use crate::{
    Error, Kind,
    hdf5::{
        cursor::{Cursor, Parsed},
        storage::Storage,
    },
};

/// Form of the entries of fixed and extensible arrays.
#[derive(Clone, Copy)]
pub(super) struct Entries {
    pub(super) size: usize,
    filtered: bool,
    raw: u64,
}

impl Entries {
    pub(super) fn new(client: u8, size: u8, extent: &Extent<'_>, c: &Cursor<'_>) -> Parsed<Self> {
        let size = usize::from(size);
        let offset = usize::from(c.widths.offset);
        let fits = if client == 1 { size > offset + 4 && size <= offset + 12 } else { client == 0 && size == offset };
        if fits && (client == 1) == extent.filtered {
            return Ok(Self { size, filtered: client == 1, raw: extent.bytes });
        }
        c.fault(format!("entries of {size} bytes for client {client}"))
    }

    /// Address, stored bytes and mask; `None` where there is no chunk.
    pub(super) fn parse(self, c: &mut Cursor<'_>) -> Parsed<Option<(u64, u64, u32)>> {
        let address = c.address()?;
        let (mut stored, mut mask) = (self.raw, 0);
        if self.filtered {
            stored = c.uint(self.size - usize::from(c.widths.offset) - 4)?;
            mask = c.u32()?;
        }
        Ok(address.map(|address| (address, stored, mask)))
    }
}

/// Whether bit `number` is set, counted from the highest bit of the first byte.
pub(super) fn bit(bytes: &[u8], number: usize) -> bool {
    bytes.get(number / 8).is_some_and(|byte| byte & (0x80 >> (number % 8)) != 0)
}

pub(super) fn read(storage: &Storage, address: u64, extent: &Extent<'_>, found: &mut Collector<'_>) -> Result<(), Error> {
    let (o, l) = (u64::from(storage.widths.offset), u64::from(storage.widths.length));
    let head = storage.summed_block(address, 12 + o + l)?;
    let (entries, page_bits, count, block) = storage.parse(&head, |c| {
        c.signature(b"FAHD")?;
        c.version(0..=0, "a fixed array")?;
        let client = c.u8()?;
        let size = c.u8()?;
        let page_bits = c.u8()?;
        let entries = Entries::new(client, size, extent, c)?;
        Ok((entries, page_bits, c.length()?, c.address()?))
    })?;
    let Some(block) = block else { return Ok(()) };
    let grid: Vec<u64> = extent.max_grid().iter().map(|n| n.unwrap_or(0)).collect();
    let size = entries.size as u64;
    let at = storage.absolute(block)?;
    let whole = count.checked_mul(size).filter(|&len| len <= storage.left(at));
    if grid.iter().try_fold(1_u64, |n, &axis| n.checked_mul(axis)) != Some(count) || page_bits > 32 {
        return Err(storage.error(Kind::Damaged, format!("a fixed array of {count} entries for {grid:?} chunks")).at(head.at));
    }
    let per_page = 1_u64 << page_bits;
    let prefix = 6 + o;
    let mut place = vec![0; grid.len()];
    let mut take = |bytes: &[u8], at: u64, first: u64, n: u64| -> Result<(), Error> {
        let mut c = Cursor::new(bytes, storage.widths);
        for number in first..first + n {
            let entry = entries.parse(&mut c).map_err(|fault| storage.fault(at, fault))?;
            if let Some((address, stored, mask)) = entry {
                unravel(number, &grid, &mut place);
                found.add(&place, address, stored, mask)?;
            }
        }
        Ok(())
    };
    if count <= per_page {
        let Some(whole) = whole else {
            return Err(storage.error(Kind::Truncated, format!("truncated: {count} entries of chunks from here")).at(at));
        };
        let bytes = storage.summed_block(block, prefix + whole + 4)?;
        storage.parse(&bytes, |c| c.signature(b"FADB"))?;
        return take(&bytes.bytes[prefix as usize..], bytes.at + prefix, 0, count);
    }
    let pages = count.div_ceil(per_page);
    let bitmap = pages.div_ceil(8);
    let bytes = storage.summed_block(block, prefix + bitmap + 4)?;
    storage.parse(&bytes, |c| c.signature(b"FADB"))?;
    let exists = &bytes.bytes[prefix as usize..(prefix + bitmap) as usize];
    for page in 0..pages {
        if !bit(exists, page as usize) {
            continue;
        }
        let n = per_page.min(count - page * per_page);
        let address = (per_page * size + 4).checked_mul(page).and_then(|p| p.checked_add(block + prefix + bitmap + 4));
        let Some(address) = address else { return Err(storage.error(Kind::Damaged, "a page beyond all files").at(bytes.at)) };
        let page_bytes = storage.summed_block(address, n * size + 4)?;
        take(&page_bytes.bytes, page_bytes.at, page * per_page, n)?;
    }
    Ok(())
}
