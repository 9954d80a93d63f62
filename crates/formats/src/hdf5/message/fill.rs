//! Fill value messages (4 old, 5): what elements are that were never written.
//!
//! ```text
//! versions 1, 2: version, allocation time, write time, defined (1 each), size 4, value (version 2: only if defined)
//! version 3:     version, flags (bits 0-1 allocation, 2-3 write time, 4 undefined, 5 defined), size 4, value (bit 5)
//! old:           size 4, value
//! ```

use crate::hdf5::cursor::{Cursor, Parsed};

/// The fill value in the bytes of the file's datatype; `None` is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fill {
    pub(crate) value: Option<Vec<u8>>,
}

impl Fill {
    pub(crate) fn parse(c: &mut Cursor<'_>) -> Parsed<Self> {
        let version = c.version(1..=3, "a fill value")?;
        let defined = if version == 3 {
            c.u8()? & 0x20 != 0
        } else {
            c.skip(2)?;
            let defined = c.u8()?;
            version == 1 || defined != 0
        };
        if !defined {
            return Ok(Self::default());
        }
        Self::sized(c)
    }

    pub(crate) fn parse_old(c: &mut Cursor<'_>) -> Parsed<Self> {
        Self::sized(c)
    }

    fn sized(c: &mut Cursor<'_>) -> Parsed<Self> {
        // Version 1 says "undefined" by the size -1.
        let size = c.u32()?;
        if size == 0 || size == u32::MAX {
            return Ok(Self::default());
        }
        Ok(Self { value: Some(c.bytes(size as usize)?.to_vec()) })
    }
}
