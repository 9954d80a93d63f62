//! Chunks in B-trees.
//!
//! ```text
//! key of version 1: stored bytes 4, mask 4, first element along each axis 8, offset in the element 8
//! record type 10:   address, place in the grid 8 each
//! record type 11:   address, stored bytes, mask 4, place in the grid 8 each
//! ```

use super::{Collector, Extent};
use crate::{
    Error, Kind,
    hdf5::{
        cursor::{Cursor, Parsed},
        storage::{Losses, Storage},
        tree1, tree2,
    },
};

pub(super) fn version_1(storage: &Storage, address: u64, extent: &Extent<'_>, found: &mut Collector<'_>) -> Result<(), Error> {
    let rank = extent.shape.len();
    let mut place = vec![0; rank];
    tree1::walk(storage, address, 1, 8 + 8 * (rank + 1), &mut Losses::Refuse, &mut |key, at, child| {
        let mut c = Cursor::new(key, storage.widths);
        let parsed = (|| -> Parsed<(u32, u32)> {
            let sizes = (c.u32()?, c.u32()?);
            for (p, &chunk) in place.iter_mut().zip(extent.chunk) {
                let first = c.u64()?;
                if first % chunk != 0 {
                    return c.fault(format!("a chunk that begins at {first} where chunks are {chunk} long"));
                }
                *p = first / chunk;
            }
            Ok(sizes)
        })();
        let (stored, mask) = parsed.map_err(|fault| storage.fault(at, fault))?;
        found.add(&place, child, u64::from(stored), mask)
    })
}

pub(super) fn version_2(storage: &Storage, address: u64, extent: &Extent<'_>, found: &mut Collector<'_>) -> Result<(), Error> {
    let rank = extent.shape.len();
    let mut place = vec![0; rank];
    tree2::walk(storage, address, &[10, 11], &mut Losses::Refuse, &mut |kind, record, at| {
        let mut c = Cursor::new(record, storage.widths);
        let fixed = usize::from(storage.widths.offset) + 8 * rank;
        let parsed = (|| -> Parsed<(Option<u64>, u64, u32)> {
            let address = c.address()?;
            let (mut stored, mut mask) = (extent.bytes, 0);
            if kind == 11 {
                let Some(width) = record.len().checked_sub(fixed + 4) else { return c.fault("a record too short for a chunk") };
                stored = c.uint(width)?;
                mask = c.u32()?;
            }
            for p in &mut place {
                *p = c.u64()?;
            }
            Ok((address, stored, mask))
        })();
        let (address, stored, mask) = parsed.map_err(|fault| storage.fault(at, fault))?;
        match address {
            Some(address) => found.add(&place, address, stored, mask),
            None => Err(storage.error(Kind::Damaged, "a chunk at no address").at(at)),
        }
    })
}
