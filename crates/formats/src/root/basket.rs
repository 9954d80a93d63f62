//! Baskets, on disk and inside the tree's own record.
//!
//! ```text
//! header   key, version u16, fBufferSize i32, fNevBufSize i32 (negative: one byte of IO bits follows), fNevBuf i32, fLast i32, flag u8
//! on disk  the header ends at fKeylen; payload: data of fLast - fKeylen bytes, then possibly i32 count, starts + fKeylen
//! embedded flag 1 or > 10: offsets where flag % 10 != 2, displacements above 40, then fLast bytes (header and data)
//! ```

use super::{
    cursor::{Cursor, Fault, Parsed},
    key::Key,
};

/// What stands between key and payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    /// Entries.
    pub(crate) count: usize,
    /// Bytes of data.
    pub(crate) border: usize,
    /// Starts are left out and follow from the counter.
    pub(crate) no_starts: bool,
    /// Sizes are stored in the place of starts.
    pub(crate) sizes: bool,
    flag: u8,
    last: usize,
}

impl Header {
    pub(crate) fn parse(c: &mut Cursor<'_>, keylen: u16) -> Parsed<Self> {
        c.skip(6)?;
        let sized = c.i32()?;
        let bits = if sized < 0 { c.u8()? } else { 0 };
        let at = c.pos;
        let (count, last, flag) = (c.i32()?, c.i32()?, c.u8()?);
        let count = usize::try_from(count).map_err(|_| Fault::new(at, format!("basket of {count} entries")))?;
        let border = last
            .checked_sub(keylen.into())
            .and_then(|n| usize::try_from(n).ok())
            .ok_or_else(|| Fault::new(at + 4, format!("data end at byte {last}, before the key ends at {keylen}")))?;
        Ok(Self { count, border, no_starts: flag >= 80, sizes: bits & 1 != 0, flag, last: last as usize })
    }
}

/// A basket that was not flushed: plain bytes inside the tree's record.
#[derive(Clone, Debug)]
pub(crate) struct Embedded {
    pub(crate) header: Header,
    pub(crate) keylen: u16,
    pub(crate) data: Vec<u8>,
    /// As stored: starts + key length, or sizes; big endian.
    pub(crate) starts: Option<Vec<u8>>,
}

impl Embedded {
    /// Reads a basket; `None` for one without entries or data.
    pub(crate) fn parse(c: &mut Cursor<'_>) -> Parsed<Option<Self>> {
        let key = Key::parse(&mut Cursor::new(c.data, c.pos)).or_else(|_| lenient(c))?;
        skip_key(c)?;
        let header = Header::parse(c, key.keylen)?;
        let flag = if header.no_starts { header.flag - 80 } else { header.flag };
        let mut starts = None;
        if !header.no_starts && flag != 0 && flag % 10 != 2 {
            if header.count > 0 {
                let n = c.count(4)?;
                starts = Some(c.bytes(n * 4)?.to_vec());
            }
            if flag > 40 {
                let n = c.count(4)?;
                c.skip(n * 4)?;
            }
        }
        if !(flag == 1 || flag > 10) {
            return Ok(None);
        }
        let buffer = c.bytes(header.last)?;
        let data = buffer.get(key.keylen.into()..).unwrap_or_default().to_vec();
        Ok((header.count > 0).then_some(Self { header, keylen: key.keylen, data, starts }))
    }
}

/// Moves over the fixed part and the three texts of a key.
fn skip_key(c: &mut Cursor<'_>) -> Parsed<()> {
    c.skip(4)?;
    let version = c.i16()?;
    c.skip(12)?;
    c.skip(if version > 1000 { 16 } else { 8 })?;
    for _ in 0..3 {
        c.tstring()?;
    }
    Ok(())
}

/// The key of a basket that was never written has no lengths; only the key length counts.
fn lenient(c: &Cursor<'_>) -> Parsed<Key> {
    let mut c = Cursor::new(c.data, c.pos + 14);
    let keylen = c.i16()?;
    let keylen = u16::try_from(keylen).map_err(|_| Fault::new(c.pos, format!("key length {keylen}")))?;
    Ok(Key { nbytes: 0, objlen: 0, keylen, cycle: 0, seek: 0, class: String::new(), name: String::new(), title: String::new() })
}
