//! Bits into bytes, the lowest first.

/// Room behind the position, so that eight bytes can be written at once.
const SLACK: usize = 8;

/// A writer of bits at the end of a vector.
pub(super) struct Bits<'o> {
    out: &'o mut Vec<u8>,
    /// Bytes that are written.
    at: usize,
    waiting: u64,
    /// Bits that wait, below 8 between calls.
    count: u32,
}

impl<'o> Bits<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        let at = out.len();
        Self { out, at, waiting: 0, count: 0 }
    }

    /// Room for `bytes` more bytes and the slack.
    fn reserve(&mut self, bytes: usize) {
        let wanted = self.at + bytes + SLACK;
        if self.out.len() < wanted {
            self.out.resize(wanted.max(2 * self.out.len()), 0);
        }
    }

    /// Writes whole bytes of what waits; there is room for eight.
    #[inline(always)]
    fn flush(&mut self) {
        self.out[self.at..self.at + 8].copy_from_slice(&self.waiting.to_le_bytes());
        self.at += (self.count >> 3) as usize;
        self.waiting >>= self.count & !7;
        self.count &= 7;
    }

    /// Writes the lowest `count` bits, at most 56, of a number that has no others.
    pub(super) fn put(&mut self, bits: u64, count: u32) {
        self.reserve(0);
        self.waiting |= bits << self.count;
        self.count += count;
        self.flush();
    }

    /// Writes the codes of bytes; none is longer than 12 bits.
    pub(super) fn literals(&mut self, bytes: &[u8], codes: &[u32; super::SYMBOLS]) {
        self.reserve(bytes.len() * 3 / 2 + 2);
        let code = |byte: u8| {
            let entry = codes[usize::from(byte)];
            (u64::from(entry & 0xffff), entry >> 16)
        };
        let (mut waiting, mut count, mut at) = (self.waiting, self.count, self.at);
        let (fours, rest) = bytes.as_chunks::<4>();
        for &[a, b, c, d] in fours {
            let ((a, m), (b, n), (c, o), (d, p)) = (code(a), code(b), code(c), code(d));
            let (low, high) = (a | b << m, c | d << o);
            let width = m + n;
            waiting |= (low | high << width) << count;
            count += width + o + p;
            self.out[at..at + 8].copy_from_slice(&waiting.to_le_bytes());
            at += (count >> 3) as usize;
            waiting >>= count & !7;
            count &= 7;
        }
        (self.waiting, self.count, self.at) = (waiting, count, at);
        for &byte in rest {
            let (code, width) = code(byte);
            self.waiting |= code << self.count;
            self.count += width;
            self.flush();
        }
    }

    /// Goes on with a new byte.
    pub(super) fn align(&mut self) {
        self.put(0, (8 - self.count) & 7);
    }

    /// Writes whole bytes at the beginning of one.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.out[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    /// Writes the last bits and takes the slack off.
    pub(super) fn finish(mut self) {
        self.align();
        self.out.truncate(self.at);
    }
}
