//! Payload of a basket: its data, and where each entry starts in them.

use super::{
    basket::Header,
    bytes::Bytes,
    cursor::{Cursor, Fault, Parsed},
    file,
};

/// One basket as it lies in the file or in the tree's record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    pub(crate) header: Header,
    pub(crate) keylen: u16,
    pub(crate) stored: &'a [u8],
    /// Bytes when decompressed.
    pub(crate) len: usize,
    /// Entry starts of an embedded basket; on disk they follow the data.
    pub(crate) starts: Option<&'a [u8]>,
}

pub(crate) fn beyond(border: usize, len: usize) -> Fault {
    Fault::new(0, format!("data end at byte {border} of a payload of {len}"))
}

/// Decompresses a basket behind what `into` holds; returns where it starts there.
pub(crate) fn load(raw: Raw<'_>, into: &mut Bytes) -> Parsed<usize> {
    let start = into.len();
    file::decompress(raw.stored, raw.len, into).map_err(|fault| Fault::new(fault.at, fault.reason))?;
    if raw.header.border > raw.len {
        return Err(beyond(raw.header.border, raw.len));
    }
    Ok(start)
}

/// Entry starts in the data, and its end as the last; `false` where the basket has none.
pub(crate) fn starts(raw: Raw<'_>, payload: &[u8], out: &mut Vec<usize>) -> Parsed<bool> {
    let (count, border) = (raw.header.count, raw.header.border);
    out.clear();
    let words = match raw.starts {
        Some(words) => words,
        None if payload.len() < border + 4 || raw.header.no_starts => return Ok(false),
        None => {
            let mut c = Cursor::new(payload, border);
            let n = c.count(4)?;
            c.bytes(n * 4)?
        }
    };
    let words = words.as_chunks::<4>().0;
    if words.len() < count {
        return Err(Fault::new(border, format!("{} entry starts for {count} entries", words.len())));
    }
    let shift = if raw.header.sizes { 0 } else { i64::from(raw.keylen) };
    out.reserve(count + 1);
    let (mut last, mut sum) = (0, 0);
    for word in &words[..count] {
        let value = i64::from(i32::from_be_bytes(*word)) - shift;
        sum = if raw.header.sizes { sum + value } else { value };
        if sum < last || sum > border as i64 {
            return Err(Fault::new(border, format!("entry starts at byte {sum} after {last}, data end at {border}")));
        }
        last = sum;
        out.push(sum as usize);
    }
    // The last item is never reliable.
    out.push(border);
    Ok(true)
}

/// Entry starts from the lengths that a counting branch gives.
pub(crate) fn starts_of_counts(counts: &[i64], size: usize, header: Header, out: &mut Vec<usize>) -> Parsed<()> {
    out.clear();
    let mut sum = 0_usize;
    out.push(0);
    for &n in counts {
        let span = usize::try_from(n).ok().and_then(|n| n.checked_mul(size)).and_then(|span| sum.checked_add(span));
        sum = span.filter(|&sum| sum <= header.border).ok_or_else(|| {
            Fault::new(0, format!("the counting branch says {n} items where {} bytes are left", header.border - sum))
        })?;
        out.push(sum);
    }
    if sum != header.border || counts.len() != header.count {
        return Err(Fault::new(0, format!("the counting branch accounts for {sum} of {} bytes", header.border)));
    }
    Ok(())
}
