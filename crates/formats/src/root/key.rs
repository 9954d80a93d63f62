//! The key before every record.
//!
//! ```text
//! fNbytes i32 (negative: a gap) · version i16 (> 1000: 64-bit seeks) · fObjlen i32 · fDatime u32 · fKeylen i16 · fCycle i16
//! fSeekKey i32|i64 · fSeekPdir i32|i64 (64-bit: the upper 16 bits are a process id) · class, name, title (TString)
//! ```

use super::cursor::{Cursor, Fault, Parsed};

/// One key; `at` is where it was found in the file (in a key list: where the list says).
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// Bytes of the record, key included.
    pub(crate) nbytes: u32,
    /// Bytes of the payload when decompressed.
    pub(crate) objlen: u32,
    pub(crate) keylen: u16,
    pub(crate) cycle: i16,
    pub(crate) seek: u64,
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) title: String,
}

impl Key {
    pub(crate) fn parse(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        let start = cursor.pos;
        let nbytes = cursor.i32()?;
        let nbytes = u32::try_from(nbytes).map_err(|_| Fault::new(start, format!("record length {nbytes}: a gap, no object")))?;
        let version = cursor.i16()?;
        let objlen = cursor.i32()?;
        let objlen = u32::try_from(objlen).map_err(|_| Fault::new(start + 6, format!("object length {objlen}")))?;
        cursor.skip(4)?;
        let keylen = cursor.i16()?;
        let cycle = cursor.i16()?;
        let seek = if version > 1000 { cursor.u64()? } else { cursor.u32()?.into() };
        cursor.skip(if version > 1000 { 8 } else { 4 })?;
        let (class, name, title) = (cursor.text()?, cursor.text()?, cursor.text()?);
        let used = cursor.pos - start;
        let keylen = u16::try_from(keylen)
            .ok()
            .filter(|&k| usize::from(k) >= used && u32::from(k) <= nbytes)
            .ok_or_else(|| Fault::new(start + 14, format!("key length {keylen} in a record of {nbytes} bytes")))?;
        Ok(Self { nbytes, objlen, keylen, cycle, seek, class, name, title })
    }

    /// Bytes of the payload in the file.
    pub(crate) fn stored(&self) -> u64 {
        u64::from(self.nbytes) - u64::from(self.keylen)
    }

    /// Where the payload begins.
    pub(crate) fn payload_at(&self) -> u64 {
        self.seek + u64::from(self.keylen)
    }
}
