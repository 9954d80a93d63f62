//! Attribute message (12) and attribute info (21).
//!
//! ```text
//! 0  1  version (1, 2, 3)
//! 1  1  flags (2, 3): bit 0 the datatype is shared, bit 1 the dataspace is shared
//! 2  2  bytes of the name, its zero byte included
//! 4  2  bytes of the datatype
//! 6  2  bytes of the dataspace
//! 8  1  characters of the name (3)
//!       name, datatype, dataspace (1: each padded to 8 bytes), value
//! ```

use crate::hdf5::cursor::{Cursor, Parsed, before_zero, text};

/// The parts of an attribute message; datatype and dataspace are still bytes because they may be shared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeParts<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) datatype: &'a [u8],
    pub(crate) datatype_shared: bool,
    pub(crate) dataspace: &'a [u8],
    pub(crate) dataspace_shared: bool,
    /// Offsets of datatype, dataspace and value in the message.
    pub(crate) at: [usize; 3],
    pub(crate) value: &'a [u8],
}

impl<'a> AttributeParts<'a> {
    pub(crate) fn parse(c: &mut Cursor<'a>) -> Parsed<Self> {
        let version = c.version(1..=3, "an attribute")?;
        let flags = if version == 1 { c.skip(1).map(|()| 0)? } else { c.u8()? };
        let [name, datatype, dataspace] = [c.u16()?, c.u16()?, c.u16()?].map(usize::from);
        c.skip(usize::from(version == 3))?;
        let padded = |n: usize| if version == 1 { n.next_multiple_of(8) } else { n };
        let name_bytes = c.bytes(padded(name))?;
        let datatype_at = c.pos;
        let datatype_bytes = &c.bytes(padded(datatype))?[..datatype];
        let dataspace_at = c.pos;
        let dataspace_bytes = &c.bytes(padded(dataspace))?[..dataspace];
        let value_at = c.pos;
        Ok(Self {
            name: before_zero(&name_bytes[..name]),
            datatype: datatype_bytes,
            datatype_shared: flags & 1 != 0,
            dataspace: dataspace_bytes,
            dataspace_shared: flags & 2 != 0,
            at: [datatype_at, dataspace_at, value_at],
            value: c.bytes(c.left())?,
        })
    }

    pub(crate) fn name(&self) -> String {
        text(self.name)
    }
}

/// Attribute info: where attributes are that are not in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttributeInfo {
    /// Fractal heap; `None`: all are messages.
    pub(crate) heap: Option<u64>,
    /// B-tree by names.
    pub(crate) names: Option<u64>,
}

impl AttributeInfo {
    pub(crate) fn parse(c: &mut Cursor<'_>) -> Parsed<Self> {
        c.version(0..=0, "an attribute info")?;
        let flags = c.u8()?;
        c.skip(if flags & 1 != 0 { 2 } else { 0 })?;
        Ok(Self { heap: c.address()?, names: c.address()? })
    }
}
