//! The global heap: bytes of texts and lists of any length, collected in blocks.
//!
//! ```text
//! "GCOL", version 1, reserved 3, bytes of the collection
//! index 2, references 2, reserved 4, size, bytes padded to 8      one object
//! index 0, reserved 6, free bytes up to the end                   what is left
//! ```

use super::{bytes::Bytes, output::Output};
use crate::Error;

/// Bytes of the first collections; with more objects they grow.
const SMALL: usize = 4096;
/// Bytes of later collections.
const LARGE: usize = 1 << 16;
/// Objects of one collection: indexes have two bytes.
const MOST: u16 = u16::MAX - 1;

/// The collection that is being filled.
#[derive(Debug, Default)]
pub(super) struct HeapWriter {
    open: Option<Open>,
    /// Collections that were made.
    made: usize,
}

#[derive(Debug)]
struct Open {
    address: u64,
    size: usize,
    bytes: Bytes,
    index: u16,
    dirty: bool,
}

impl HeapWriter {
    /// Puts an object into the heap and gives the address of its collection and its index there.
    pub(super) fn put(&mut self, output: &mut Output, object: &[u8]) -> Result<(u64, u32), Error> {
        let head = 8 + usize::from(output.widths.length);
        let need = head + object.len().next_multiple_of(8);
        // Behind the last object there must be none or a whole head of free bytes.
        let fits = |open: &Open| {
            open.index < MOST && (open.bytes.len() + need + head <= open.size || open.bytes.len() + need == open.size)
        };
        if !self.open.as_ref().is_some_and(fits) {
            self.flush(output)?;
            let size = if self.made < 4 { SMALL } else { LARGE };
            let size = size.max((head.next_multiple_of(8) + need + head).next_multiple_of(8));
            let address = output.allocate(size as u64)?;
            let mut bytes = Bytes::new(output.widths);
            bytes.bytes(b"GCOL\x01\0\0\0");
            bytes.length(size as u64);
            bytes.pad(8);
            self.open = Some(Open { address, size, bytes, index: 0, dirty: true });
            self.made += 1;
        }
        let open = self.open.as_mut().expect("invariant: set above");
        open.index += 1;
        open.dirty = true;
        open.bytes.u16(open.index);
        open.bytes.u16(1);
        open.bytes.u32(0);
        open.bytes.length(object.len() as u64);
        open.bytes.bytes(object);
        open.bytes.zeros(object.len().next_multiple_of(8) - object.len());
        Ok((open.address, u32::from(open.index)))
    }

    /// Writes the open collection. It stays open: later objects are behind those that the file already names.
    pub(super) fn flush(&mut self, output: &mut Output) -> Result<(), Error> {
        let Some(open) = self.open.as_mut().filter(|open| open.dirty) else { return Ok(()) };
        let mut whole = open.bytes.clone();
        let left = open.size - whole.len();
        if left > 0 {
            whole.u16(0);
            whole.zeros(6);
            whole.length(left as u64);
            whole.zeros(open.size - whole.len());
        }
        output.write(open.address, &whole.out)?;
        open.dirty = false;
        Ok(())
    }
}
