//! Stretches of a file that go unchanged to stretches of memory, in as few reads as pay.

use super::{pipeline::room, storage::Storage};
use crate::{Error, Kind};

/// Bytes of the file that are read in vain rather than read around: about what a system call costs.
pub(crate) const GAP: u64 = 4096;
/// Longest read of several stretches by way of a buffer, which stays in the cache of a core.
pub(crate) const LONGEST: u64 = 256 << 10;

/// `len` bytes at absolute offset `at` go to `out` of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) at: u64,
    pub(crate) len: u64,
    pub(crate) out: usize,
}

/// Reads pieces, which are in the order of the file.
pub(crate) fn read(storage: &Storage, pieces: &[Piece], out: &mut [u8], buffer: &mut Vec<u8>) -> Result<(), Error> {
    let mut next = 0;
    while next < pieces.len() {
        let first = pieces[next];
        let mut joined = first;
        let mut end = next + 1;
        // Neighbours in both file and memory are one piece.
        while let Some(piece) = pieces.get(end)
            && piece.at == joined.at + joined.len
            && piece.out == joined.out + joined.len as usize
        {
            joined.len += piece.len;
            end += 1;
        }
        let mut last = first.at + first.len;
        let mut near = next + 1;
        while let Some(piece) = pieces.get(near)
            && piece.at >= last
            && piece.at - last <= GAP
            && piece.at + piece.len - first.at <= LONGEST
        {
            last = piece.at + piece.len;
            near += 1;
        }
        if near <= end {
            let target = &mut out[joined.out..joined.out + joined.len as usize];
            fill(storage, joined.at, target)?;
            next = end;
            continue;
        }
        let bytes = room(buffer, (last - first.at) as usize);
        fill(storage, first.at, bytes)?;
        for piece in &pieces[next..near] {
            let from = (piece.at - first.at) as usize;
            out[piece.out..piece.out + piece.len as usize].copy_from_slice(&bytes[from..from + piece.len as usize]);
        }
        next = near;
    }
    Ok(())
}

/// Reads bytes of which the sum was checked.
fn fill(storage: &Storage, at: u64, into: &mut [u8]) -> Result<(), Error> {
    storage.source.read_into(at, into)
}

/// That a stretch lies inside the file.
pub(crate) fn check(storage: &Storage, at: u64, len: u64) -> Result<(), Error> {
    if at.checked_add(len).is_some_and(|end| end <= storage.source.size()) {
        return Ok(());
    }
    let message = format!("truncated: {len} bytes are wanted here, the file ends at byte {}", storage.source.size());
    Err(storage.error(Kind::Truncated, message).at(at))
}
