//! What was passed over, kept short.

use super::Gap;
use crate::Error;
use crate::source::ByteStream;

/// A stream full of damage does not fill the memory with notes about it.
const MOST: usize = 10_000;

/// Gaps in the order of the stream; neighbours with one reason are one gap.
#[derive(Clone, Debug, Default)]
pub(super) struct Gaps {
    list: Vec<Gap>,
}

impl Gaps {
    /// Notes bytes that were passed over; reading goes on, or ends, behind them.
    pub(super) fn add(&mut self, offset: u64, bytes: u64, reason: impl Into<String>) {
        let reason = reason.into();
        let is_full = self.list.len() >= MOST;
        if let Some(last) = self.list.last_mut()
            && (is_full || (last.offset + last.bytes == offset && last.reason == reason))
        {
            last.bytes += bytes;
            return;
        }
        self.list.push(Gap { offset, bytes, reason, fatal: false });
    }

    /// The same, where nothing behind it can be read.
    pub(super) fn add_fatal(&mut self, offset: u64, bytes: u64, reason: impl Into<String>) {
        self.list.push(Gap { offset, bytes, reason: reason.into(), fatal: true });
    }

    /// Adds bytes to the last one.
    pub(super) fn extend_last(&mut self, bytes: u64) {
        if let Some(last) = self.list.last_mut() {
            last.bytes += bytes;
        }
    }

    /// Notes a stream that ended because its compression is broken.
    pub(super) fn note_stream(&mut self, stream: &ByteStream) {
        if let Some(damage) = stream.damage() {
            let reason = format!("the compressed stream breaks at byte {}: {}", damage.byte, damage.reason);
            self.add(stream.position(), 0, reason);
        }
    }

    /// All of them.
    pub(super) fn list(&self) -> &[Gap] {
        &self.list
    }

    /// All of them, given away.
    pub(super) fn into_list(self) -> Vec<Gap> {
        self.list
    }
}

/// Passes all bytes that are there, or come without waiting; how many.
pub(super) fn drain(stream: &mut ByteStream) -> Result<u64, Error> {
    let start = stream.position();
    loop {
        let there = stream.peek(1)?.len();
        if there == 0 {
            return Ok(stream.position() - start);
        }
        stream.advance(there);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_with_one_reason_are_one() {
        let mut gaps = Gaps::default();
        gaps.add(10, 5, "a");
        gaps.add(15, 5, "a");
        gaps.add(20, 5, "b");
        gaps.add(30, 5, "b");
        let short: Vec<(u64, u64)> = gaps.list().iter().map(|gap| (gap.offset, gap.bytes)).collect();
        assert_eq!(short, [(10, 10), (20, 5), (30, 5)]);
    }

    #[test]
    fn notes_are_bounded() {
        let mut gaps = Gaps::default();
        (0..3 * MOST as u64).for_each(|i| gaps.add(10 * i, 3, format!("{i}")));
        assert_eq!(gaps.list().len(), MOST);
        assert_eq!(gaps.into_list().iter().map(|gap| gap.bytes).sum::<u64>(), 9 * MOST as u64);
    }
}
