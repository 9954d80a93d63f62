//! A deflate encoder for noise and runs: planes of shuffled samples, where searching for repeated texts costs much and finds
//! nothing.
//!
//! The low bytes of digitised waveforms are noise that only a prefix code makes shorter; their high bytes are runs. So the only
//! matches are those at distance 1, found by comparing each byte with the one before it. The stream is an ordinary zlib stream.
//!
//! ```text
//! segments of 16 KiB → bytes counted → neighbours of like bytes joined to blocks → prefix code of a block → bits
//! ```
//! Source: RFC 1950, RFC 1951.

mod bits;
mod code;
mod scan;

use bits::Bits;
use scan::Run;

/// Bytes that are counted together.
const SEGMENT: usize = 16 << 10;
/// Symbols of literals and lengths, of distances, of code lengths.
const SYMBOLS: usize = 286;
const END: usize = 256;
/// Longest code of a literal or length: four literals fit into 64 bits with seven that wait.
const LIMIT: u32 = 12;
/// Longest match.
const LONGEST: usize = 258;
/// Longest block that is stored as it is.
const STORED: usize = 65_535;
/// Order in which lengths of the code of lengths are written.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Symbol, extra bits and their number for a match of 3 to 258 bytes.
fn length_symbol(length: usize) -> (usize, u32, u32) {
    match length {
        LONGEST => (285, 0, 0),
        3..=10 => (254 + length, 0, 0),
        _ => {
            let above = length - 3;
            let extra = above.ilog2() - 2;
            (257 + 4 * extra as usize + (above >> extra), (above as u32) & ((1 << extra) - 1), extra)
        }
    }
}

/// Buffers that are used again.
#[derive(Debug, Default)]
pub(crate) struct RunsEncoder {
    runs: Vec<Run>,
}

/// What is known of bytes that may become a block.
#[derive(Clone)]
struct Block {
    start: usize,
    end: usize,
    /// Range of its runs.
    runs: (usize, usize),
    /// Literals and lengths.
    counts: [u32; SYMBOLS],
}

impl Block {
    fn of(input: &[u8], start: usize, end: usize, runs: &mut Vec<Run>) -> Self {
        let first = runs.len();
        scan::runs(input, start, end, runs);
        let mut counts = [0; SYMBOLS];
        let mut literals = scan::Counts::default();
        let mut at = start;
        for run in &runs[first..] {
            literals.add(&input[at..run.start]);
            matches(run.length, |length| counts[length_symbol(length).0] += 1);
            at = run.start + run.length;
        }
        literals.add(&input[at..end]);
        literals.sum(&mut counts);
        counts[END] = 1;
        Self { start, end, runs: (first, runs.len()), counts }
    }

    /// Bits that a perfect code would take, without its description.
    fn cost(&self) -> f32 {
        let total: u32 = self.counts.iter().sum();
        let all: f32 = self.counts.iter().map(|&n| scan::weighted_log2(n)).sum();
        scan::weighted_log2(total) - all
    }

    fn join(&self, next: &Self) -> Self {
        let mut joined = self.clone();
        joined.end = next.end;
        joined.runs.1 = next.runs.1;
        joined.counts.iter_mut().zip(&next.counts).for_each(|(a, b)| *a += b);
        joined.counts[END] = 1;
        joined
    }
}

/// Lengths of matches that cover a run.
fn matches(length: usize, mut each: impl FnMut(usize)) {
    let mut left = length;
    while left > 0 {
        // No match is shorter than 3.
        let take = match left {
            0..=LONGEST => left,
            259 | 260 => left - 3,
            _ => LONGEST,
        };
        each(take);
        left -= take;
    }
}

/// Bits that the description of a code takes, about.
const DESCRIPTION: f32 = 600.0;

impl RunsEncoder {
    /// Appends a zlib stream of `input`.
    pub(crate) fn zlib(&mut self, input: &[u8], out: &mut Vec<u8>) {
        out.extend([0x78, 0x5e]);
        self.deflate(input, out);
        out.extend(libdeflater::adler32(input).to_be_bytes());
    }

    /// Appends the beginning of a zlib stream, blocks of `input`; any deflate stream and the checksum of all bytes may follow.
    pub(crate) fn zlib_begin(&mut self, input: &[u8], out: &mut Vec<u8>) {
        out.extend([0x78, 0x5e]);
        self.blocks(input, false, out);
    }

    /// Appends a deflate stream of `input`.
    pub(crate) fn deflate(&mut self, input: &[u8], out: &mut Vec<u8>) {
        self.blocks(input, true, out);
    }

    /// Appends blocks that end with a byte, of which the last one ends the stream or does not.
    fn blocks(&mut self, input: &[u8], is_end: bool, out: &mut Vec<u8>) {
        self.runs.clear();
        let mut bits = Bits::new(out);
        let mut waiting: Option<(Block, f32)> = None;
        let mut start = 0;
        while start < input.len() {
            let end = if input.len() - start < 2 * SEGMENT { input.len() } else { start + SEGMENT };
            let next = Block::of(input, start, end, &mut self.runs);
            let cost = next.cost();
            start = end;
            waiting = Some(match waiting {
                None => (next, cost),
                Some((block, before)) => {
                    let joined = block.join(&next);
                    let together = joined.cost();
                    if together <= before + cost + DESCRIPTION {
                        (joined, together)
                    } else {
                        write(&block, input, &self.runs, false, &mut bits);
                        (next, cost)
                    }
                }
            });
        }
        match waiting {
            Some((block, _)) => write(&block, input, &self.runs, is_end, &mut bits),
            None if is_end => stored(&[], true, &mut bits),
            None => {}
        }
        if !is_end {
            // An empty stored block ends with a whole byte.
            stored(&[], false, &mut bits);
        }
        bits.finish();
    }
}

fn write(block: &Block, input: &[u8], runs: &[Run], last: bool, bits: &mut Bits<'_>) {
    let mut lengths = [0_u8; SYMBOLS + 1];
    code::lengths(&block.counts, LIMIT, &mut lengths[..SYMBOLS]);
    // The one distance: 1, in a code of one bit.
    lengths[SYMBOLS] = 1;
    let used = lengths[..SYMBOLS].iter().rposition(|&length| length > 0).unwrap_or(END) + 1;
    let described = describe(&lengths, used.max(257));
    let runs = &runs[block.runs.0..block.runs.1];
    let mut wanted: u64 = block.counts.iter().zip(&lengths).map(|(&n, &length)| u64::from(n) * u64::from(length)).sum();
    for run in runs {
        matches(run.length, |length| wanted += 1 + u64::from(length_symbol(length).2));
    }
    wanted += described.bits + 3 + 14;
    let bytes = &input[block.start..block.end];
    if wanted >= 8 * (bytes.len() + 5 * bytes.len().div_ceil(STORED)) as u64 {
        return stored(bytes, last, bits);
    }
    let mut codes = [0_u32; SYMBOLS];
    code::codes(&lengths[..SYMBOLS], &mut codes);
    bits.put(u64::from(last) | 2 << 1, 3);
    described.write(used.max(257), bits);
    let mut at = block.start;
    for run in runs {
        bits.literals(&input[at..run.start], &codes);
        matches(run.length, |length| {
            let (symbol, extra, width) = length_symbol(length);
            let (code, code_width) = (codes[symbol] & 0xffff, codes[symbol] >> 16);
            // The code of the distance is a zero bit.
            bits.put(u64::from(code) | u64::from(extra) << code_width, code_width + width + 1);
        });
        at = run.start + run.length;
    }
    bits.literals(&input[at..block.end], &codes);
    bits.put(u64::from(codes[END] & 0xffff), codes[END] >> 16);
}

fn stored(bytes: &[u8], last: bool, bits: &mut Bits<'_>) {
    let mut pieces = bytes.chunks(STORED).peekable();
    loop {
        let piece = pieces.next().unwrap_or_default();
        let end = pieces.peek().is_none();
        bits.put(u64::from(last && end), 3);
        bits.align();
        let length = piece.len() as u16;
        bits.bytes(&length.to_le_bytes());
        bits.bytes(&(!length).to_le_bytes());
        bits.bytes(piece);
        if end {
            return;
        }
    }
}

/// Lengths of codes as deflate writes them.
struct Description {
    /// Symbol, extra bits, their number.
    symbols: Vec<(usize, u32, u32)>,
    lengths: [u8; 19],
    bits: u64,
}

fn describe(lengths: &[u8; SYMBOLS + 1], used: usize) -> Description {
    let all = lengths[..used].iter().chain(&lengths[SYMBOLS..]).copied().collect::<Vec<u8>>();
    let mut symbols = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let length = all[at];
        let same = all[at..].iter().take_while(|&&other| other == length).count();
        match (length, same) {
            (0, 11..) => {
                let same = same.min(138);
                symbols.push((18, same as u32 - 11, 7));
                at += same;
            }
            (0, 3..) => {
                symbols.push((17, same as u32 - 3, 3));
                at += same;
            }
            (_, 4..) if length > 0 => {
                let same = (same - 1).min(6);
                symbols.push((usize::from(length), 0, 0));
                symbols.push((16, same as u32 - 3, 2));
                at += same + 1;
            }
            _ => {
                symbols.push((usize::from(length), 0, 0));
                at += 1;
            }
        }
    }
    let mut counts = [0; 19];
    for &(symbol, ..) in &symbols {
        counts[symbol] += 1;
    }
    let mut lengths = [0; 19];
    code::lengths(&counts, 7, &mut lengths);
    let bits = symbols.iter().map(|&(symbol, _, width)| u64::from(lengths[symbol]) + u64::from(width)).sum::<u64>() + 3 * 19;
    Description { symbols, lengths, bits }
}

impl Description {
    fn write(&self, used: usize, bits: &mut Bits<'_>) {
        let written = ORDER.iter().rposition(|&symbol| self.lengths[symbol] > 0).map_or(4, |last| (last + 1).max(4));
        // Numbers of literals and lengths above 257, of distances above 1, of lengths above 4.
        bits.put((used as u64 - 257) | (written as u64 - 4) << 10, 14);
        ORDER[..written].iter().for_each(|&symbol| bits.put(u64::from(self.lengths[symbol]), 3));
        let mut codes = [0; 19];
        code::codes(&self.lengths, &mut codes);
        for &(symbol, extra, width) in &self.symbols {
            let (code, code_width) = (codes[symbol] & 0xffff, codes[symbol] >> 16);
            bits.put(u64::from(code) | u64::from(extra) << code_width, code_width + width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Codec, Decoder};
    use proptest::prelude::*;

    fn round_trip(input: &[u8]) -> usize {
        let mut out = Vec::new();
        RunsEncoder::default().zlib(input, &mut out);
        let mut back = vec![0; input.len()];
        Decoder::default().decompress(Codec::Zlib, &out, &mut back).unwrap();
        assert_eq!(back, input);
        // In two parts.
        let (first, second) = input.split_at(input.len() / 3);
        let mut parts = Vec::new();
        RunsEncoder::default().zlib_begin(first, &mut parts);
        RunsEncoder::default().deflate(second, &mut parts);
        parts.extend(libdeflater::adler32(input).to_be_bytes());
        back.fill(0);
        Decoder::default().decompress(Codec::Zlib, &parts, &mut back).unwrap();
        assert_eq!(back, input);
        out.len()
    }

    #[test]
    fn every_length_of_a_run_is_told() {
        for length in 0..1100 {
            let mut input = vec![7; length];
            round_trip(&input);
            input.extend([1, 2, 3, 3, 3, 3, 3, 3, 1]);
            round_trip(&input);
        }
    }

    #[test]
    fn noise_is_stored_and_runs_take_little() {
        let mut state = 1_u64;
        let noise: Vec<u8> = (0..300_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        assert!(round_trip(&noise) <= noise.len() + 50);
        assert!(round_trip(&vec![9; 1 << 20]) < 2000);
        // Two planes: bytes of four bits, and a constant.
        let planes: Vec<u8> = noise[..150_000].iter().map(|b| b & 15).chain(std::iter::repeat_n(5, 150_000)).collect();
        assert!(round_trip(&planes) < 77_000);
    }

    proptest! {
        #[test]
        fn decoding_gives_back_what_went_in(
            pieces in proptest::collection::vec((any::<u8>(), 1_usize..400, any::<bool>()), 0..300),
            seed in any::<u64>(),
        ) {
            let mut state = seed;
            let mut input = Vec::new();
            for (byte, length, run) in pieces {
                for _ in 0..length {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    input.push(if run { byte } else { byte.wrapping_add((state >> 60) as u8) });
                }
            }
            round_trip(&input);
        }
    }
}
