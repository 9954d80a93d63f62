//! Global heap: the bytes of texts and lists of any length.
//!
//! ```text
//! "GCOL": version 1, reserved 3, bytes of the collection, objects
//! object: index 2 (0: free space to the end), references 2, reserved 4, size, data padded to 8 bytes
//! ```

use super::storage::{Block, Storage};
use crate::{Error, Kind};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes of collections that are kept.
const KEPT: usize = 16 << 20;

#[derive(Debug)]
pub(crate) struct Collection {
    block: Block,
    /// Begin and length of each object by index.
    objects: HashMap<u32, (usize, usize)>,
}

impl Collection {
    pub(crate) fn object(&self, index: u32) -> Option<&[u8]> {
        let &(from, len) = self.objects.get(&index)?;
        Some(&self.block.bytes[from..from + len])
    }
}

/// Collections of one file, read when first needed.
#[derive(Debug, Default)]
pub(crate) struct GlobalHeap {
    kept: Mutex<(usize, HashMap<u64, Arc<Collection>>)>,
}

impl GlobalHeap {
    pub(crate) fn collection(&self, storage: &Storage, address: u64) -> Result<Arc<Collection>, Error> {
        if let Some(found) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).1.get(&address) {
            return Ok(found.clone());
        }
        let collection = Arc::new(read(storage, address)?);
        let len = collection.block.bytes.len();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 + len > KEPT {
            *kept = (0, HashMap::new());
        }
        kept.0 += len;
        kept.1.insert(address, collection.clone());
        Ok(collection)
    }
}

fn read(storage: &Storage, address: u64) -> Result<Collection, Error> {
    let length = usize::from(storage.widths.length);
    let head = storage.block(address, 8 + length as u64)?;
    let size = storage.parse(&head, |c| {
        c.signature(b"GCOL")?;
        c.version(1..=1, "a global heap")?;
        c.skip(3)?;
        c.length()
    })?;
    let block = storage.block(address, size)?;
    let objects = storage.parse(&block, |c| {
        c.skip(8 + length)?;
        let mut objects = HashMap::new();
        while c.left() >= 8 + length {
            let index = c.u16()?;
            c.skip(6)?;
            let len = c.length()?;
            if index == 0 {
                break;
            }
            let Some(len) = usize::try_from(len).ok().filter(|len| *len <= c.left()) else {
                return c.fault(format!("object {index} of {len} bytes in a global heap of {size}"));
            };
            if objects.insert(u32::from(index), (c.pos, len)).is_some() {
                return c.fault(format!("two objects of the index {index} in a global heap"));
            }
            c.skip(len.next_multiple_of(8).min(c.left()))?;
        }
        Ok(objects)
    })?;
    Ok(Collection { block, objects })
}

/// Error of a reference that leads nowhere.
pub(crate) fn missing(storage: &Storage, address: u64, index: u32) -> Error {
    let at = storage.absolute(address).unwrap_or(address);
    storage.error(Kind::Damaged, format!("no object {index} in the global heap")).at(at)
}
