//! Messages that stand elsewhere: in another object header (committed datatypes) or in the table of shared messages.

use crate::hdf5::cursor::{Cursor, Fault, Parsed};

/// Where a shared message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    /// In the object header at this address.
    Header(u64),
    /// In the heap of shared messages, under this id.
    Heap([u8; 8]),
}

impl Shared {
    pub(crate) fn parse(c: &mut Cursor<'_>) -> Parsed<Self> {
        let version = c.version(1..=3, "a shared message")?;
        let form = c.u8()?;
        if version == 1 {
            c.skip(6)?;
        }
        if version == 3 && form == 1 {
            let id = c.bytes(8)?;
            return Ok(Self::Heap(id.try_into().expect("invariant: 8 bytes")));
        }
        match c.address()? {
            Some(address) => Ok(Self::Header(address)),
            None => Err(Fault::new(c.pos, "a shared message at no address")),
        }
    }
}
