//! Messages that stand elsewhere, found.
//!
//! ```text
//! shared table message (15): version, address, indexes (1)
//! "SMTB", indexes: version, form, kinds 2, least size 4, cutoffs 2 and 2, messages 2, index, heap; checksum
//! ```

use super::{
    cursor::Cursor,
    fractal_heap::FractalHeap,
    header::{self, Message, kind},
    message::shared::Shared,
    storage::Storage,
};
use crate::{Error, Kind};

/// Bytes and absolute offset of a message that may be shared.
pub(crate) fn resolve(storage: &Storage, extension: Option<u64>, message: &Message) -> Result<(Vec<u8>, u64), Error> {
    if !message.shared() {
        return Ok((message.data.clone(), message.at));
    }
    find(storage, extension, message.kind, &message.data, message.at)
}

/// The message of `kind` that the shared form `data` stands for.
pub(crate) fn find(
    storage: &Storage,
    extension: Option<u64>,
    wanted: u16,
    data: &[u8],
    at: u64,
) -> Result<(Vec<u8>, u64), Error> {
    let shared = Shared::parse(&mut Cursor::new(data, storage.widths)).map_err(|fault| storage.fault(at, fault))?;
    match shared {
        Shared::Header(address) => {
            let header = header::read(storage, address)?;
            match header.first(wanted) {
                Some(message) if !message.shared() => Ok((message.data.clone(), message.at)),
                _ => Err(storage.error(Kind::Damaged, format!("a shared message of type {wanted} that is not there")).at(at)),
            }
        }
        Shared::Heap(id) => {
            let Some(heap) = heap(storage, extension, wanted)? else {
                return Err(storage.error(Kind::Damaged, format!("no heap for shared messages of type {wanted}")).at(at));
            };
            FractalHeap::open(storage, heap)?.object(&id)
        }
    }
}

/// Heap of the shared messages of one type.
fn heap(storage: &Storage, extension: Option<u64>, wanted: u16) -> Result<Option<u64>, Error> {
    let Some(extension) = extension else { return Ok(None) };
    let header = header::read(storage, extension)?;
    let Some(message) = header.first(kind::SHARED_TABLE) else { return Ok(None) };
    let mut c = Cursor::new(&message.data, storage.widths);
    let parsed = (|| {
        c.version(0..=0, "a table of shared messages")?;
        Ok((c.address()?, c.u8()?))
    })();
    let (address, count) = parsed.map_err(|fault| storage.fault(message.at, fault))?;
    let Some(address) = address else { return Ok(None) };
    let each = 14 + 2 * u64::from(storage.widths.offset);
    let block = storage.summed_block(address, 8 + u64::from(count) * each)?;
    storage.parse(&block, |c| {
        c.signature(b"SMTB")?;
        for _ in 0..count {
            c.skip(2)?;
            let kinds = c.u16()?;
            c.skip(10)?;
            c.address()?;
            let heap = c.address()?;
            if wanted < 16 && kinds >> wanted & 1 == 1 {
                return Ok(heap);
            }
        }
        Ok(None)
    })
}
