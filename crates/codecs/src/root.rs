//! The chain of compressed blocks in a ROOT record.
//!
//! ```text
//! offset  size  meaning
//! 0       2     "ZL" zlib, "XZ" xz, "L4" lz4, "ZS" zstd, "CS" raw deflate
//! 2       1     method (8 for ZL and CS, version of the codec otherwise)
//! 3       3     compressed size, little endian
//! 6       3     raw size, little endian
//! 9       …     stream; L4: first XXH64 of the rest, 8 bytes big endian
//! ```
//! Blocks follow each other until the raw size of the record is reached.

use crate::{Codec, Decoder, Encoder, Fault};
use xxhash_rust::xxh64::xxh64;

/// Bytes before the stream of a block.
pub const HEADER: usize = 9;

struct Block<'a> {
    letters: [u8; 2],
    codec: Codec,
    stream: &'a [u8],
    raw: usize,
}

fn parse(input: &[u8], at: usize) -> Result<Block<'_>, Fault> {
    let Some(header) = input.get(at..at + HEADER) else {
        return Err(Fault::new(at, format!("{} bytes left where a block header of {HEADER} begins", input.len() - at)));
    };
    let letters = [header[0], header[1]];
    let codec = match &letters {
        b"ZL" => Codec::Zlib,
        b"XZ" => Codec::Xz,
        b"L4" => Codec::Lz4Block,
        b"ZS" => Codec::Zstd,
        b"CS" => Codec::Deflate,
        _ => {
            return Err(Fault::new(
                at,
                format!("block begins with {:?}, no known compression", letters.escape_ascii().to_string()),
            ));
        }
    };
    if header[2] != 8 && matches!(codec, Codec::Zlib | Codec::Deflate) {
        return Err(Fault::new(at, format!("compression method {} where 8 is the only one", header[2])));
    }
    let u24 = |k: usize| usize::from(header[k]) | usize::from(header[k + 1]) << 8 | usize::from(header[k + 2]) << 16;
    let (packed, raw) = (u24(3), u24(6));
    let left = input.len() - at - HEADER;
    if packed > left {
        return Err(Fault::new(at, format!("block of {packed} compressed bytes where {left} are left")));
    }
    Ok(Block { letters, codec, stream: &input[at + HEADER..at + HEADER + packed], raw })
}

/// Most bytes of one block before compression: three bytes hold the size.
const LARGEST: usize = 0xff_ffff;

/// Compresses `input` into blocks at the end of `out` and returns the number of bytes written.
///
/// # Errors
/// A [`Fault`] for LZF, which ROOT does not know, for levels that the codec does not have, and for blocks that do not become
/// smaller: such a record is stored as it is. `out` is then as it was.
pub fn compress(encoder: &mut Encoder, codec: Codec, level: i32, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
    let start = out.len();
    let written = input.chunks(LARGEST).try_for_each(|raw| append_block(encoder, codec, level, raw, out));
    if let Err(fault) = written {
        out.truncate(start);
        return Err(fault);
    }
    Ok(out.len() - start)
}

fn append_block(encoder: &mut Encoder, codec: Codec, level: i32, raw: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    let (letters, method) = match codec {
        Codec::Zlib => (*b"ZL", 8),
        Codec::Deflate => (*b"CS", 8),
        Codec::Xz => (*b"XZ", 0),
        Codec::Lz4Block => (*b"L4", 1),
        Codec::Zstd => (*b"ZS", 1),
        Codec::Lzf => return Err(Fault::new(0, "ROOT's files have no blocks of lzf")),
    };
    let at = out.len();
    out.extend_from_slice(&[letters[0], letters[1], method, 0, 0, 0, 0, 0, 0]);
    if codec == Codec::Lz4Block {
        out.extend_from_slice(&[0; 8]);
    }
    let stream = out.len();
    encoder.compress(codec, level, raw, out)?;
    if codec == Codec::Lz4Block {
        let sum = xxh64(&out[stream..], 0).to_be_bytes();
        out[stream - 8..stream].copy_from_slice(&sum);
    }
    let packed = out.len() - at - HEADER;
    if packed >= raw.len() {
        return Err(Fault::new(0, format!("{} does not make these bytes fewer", codec.name())));
    }
    out[at + 3..at + 6].copy_from_slice(&(packed as u32).to_le_bytes()[..3]);
    out[at + 6..at + 9].copy_from_slice(&(raw.len() as u32).to_le_bytes()[..3]);
    Ok(())
}

/// Letters of the first block (`"ZS"`), if `input` begins with a known one.
pub fn letters(input: &[u8]) -> Option<[u8; 2]> {
    parse(input, 0).ok().map(|block| block.letters)
}

/// Where decompressed bytes go.
pub trait Room {
    /// The next `n` bytes of the destination.
    fn room(&mut self, n: usize) -> &mut [u8];
}

impl Room for Vec<u8> {
    fn room(&mut self, n: usize) -> &mut [u8] {
        let start = self.len();
        self.resize(start + n, 0);
        &mut self[start..]
    }
}

/// Decompresses the blocks of `input` into `out`, which is asked for room once a block.
///
/// Room is asked for only after the block before it was good, so damaged sizes cost at most one block (16 MiB) of memory.
/// `raw` is the size of the whole record; blocks must add up to it and use all of `input`.
///
/// # Errors
/// A [`Fault`] with the offset of the block that is damaged, or for sizes that do not add up.
pub fn decompress(decoder: &mut Decoder, input: &[u8], raw: usize, out: &mut impl Room) -> Result<(), Fault> {
    check_sizes(input, raw)?;
    let mut at = 0;
    while at < input.len() {
        let block = parse(input, at)?;
        let stream = match block.codec {
            Codec::Lz4Block => checked_lz4(block.stream).map_err(|reason| Fault::new(at, reason))?,
            _ => block.stream,
        };
        decoder.decompress(block.codec, stream, out.room(block.raw)).map_err(|fault| Fault::new(at, fault.reason))?;
        at += HEADER + block.stream.len();
    }
    Ok(())
}

fn check_sizes(input: &[u8], raw: usize) -> Result<(), Fault> {
    let (mut at, mut sum) = (0, 0);
    while at < input.len() {
        let block = parse(input, at)?;
        if block.stream.is_empty() || block.raw == 0 {
            return Err(Fault::new(at, "empty compressed block"));
        }
        sum += block.raw;
        at += HEADER + block.stream.len();
    }
    if sum == raw { Ok(()) } else { Err(Fault::new(0, format!("blocks add up to {sum} bytes where {raw} are promised"))) }
}

fn checked_lz4(stream: &[u8]) -> Result<&[u8], String> {
    let Some((sum, body)) = stream.split_first_chunk::<8>() else {
        return Err(format!("lz4 block of {} bytes has no checksum", stream.len()));
    };
    let (stored, computed) = (u64::from_be_bytes(*sum), xxh64(body, 0));
    if stored == computed {
        Ok(body)
    } else {
        Err(format!("lz4 checksum wrong (XXH64 stored {stored:016x}, computed {computed:016x})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_comes_back_in_blocks_of_every_codec() {
        let long: Vec<u8> = (0..LARGEST + 1000).map(|k| (k / 4096) as u8).collect();
        let mut encoder = Encoder::default();
        for (codec, level, name) in
            [(Codec::Zlib, 1, b"ZL"), (Codec::Zstd, 5, b"ZS"), (Codec::Lz4Block, 4, b"L4"), (Codec::Xz, 1, b"XZ")]
        {
            let mut out = vec![7];
            let written = compress(&mut encoder, codec, level, &long, &mut out).unwrap();
            assert_eq!((out.len(), letters(&out[1..])), (written + 1, Some(*name)));
            assert!(read(&out[1..], long.len()).unwrap() == long, "{codec:?}");
        }
        let mut out = vec![7];
        assert!(compress(&mut encoder, Codec::Zlib, 1, b"short", &mut out).is_err());
        assert!(compress(&mut encoder, Codec::Lzf, 0, &long, &mut out).is_err());
        assert_eq!(out, [7]);
    }

    fn block(letters: [u8; 2], stream: &[u8], raw: usize) -> Vec<u8> {
        let (c, r) = ((stream.len() as u32).to_le_bytes(), (raw as u32).to_le_bytes());
        [&letters[..], &[8], &c[..3], &r[..3], stream].concat()
    }

    fn read(input: &[u8], raw: usize) -> Result<Vec<u8>, Fault> {
        let mut out = Vec::new();
        decompress(&mut Decoder::default(), input, raw, &mut out)?;
        Ok(out)
    }

    #[test]
    fn blocks_of_different_codecs_follow_each_other() {
        let lz4 = lz4_flex::block::compress(b"abcabcabcabc");
        let sum = xxh64(&lz4, 0).to_be_bytes();
        let zstd = zstd::bulk::compress(b"xyz", 1).unwrap();
        let input = [block(*b"L4", &[&sum[..], &lz4].concat(), 12), block(*b"ZS", &zstd, 3)].concat();
        assert_eq!(read(&input, 15).unwrap(), b"abcabcabcabcxyz");
        assert!(read(&input, 16).unwrap_err().reason.contains("add up to 15 bytes"));
    }

    #[test]
    fn a_flipped_bit_under_the_lz4_checksum_is_named() {
        let lz4 = lz4_flex::block::compress(b"abcabcabcabc");
        let sum = xxh64(&lz4, 0).to_be_bytes();
        let mut input = block(*b"L4", &[&sum[..], &lz4].concat(), 12);
        *input.last_mut().unwrap() ^= 4;
        assert!(read(&input, 12).unwrap_err().reason.contains("XXH64"));
    }

    #[test]
    fn sizes_beyond_the_record_are_refused_before_any_room_is_asked_for() {
        let mut input = block(*b"ZS", b"....", 3);
        input[3..6].copy_from_slice(&[255, 255, 255]);
        let mut out = Vec::new();
        let fault = decompress(&mut Decoder::default(), &input, 3, &mut out).unwrap_err();
        assert_eq!(out.capacity(), 0);
        assert!(fault.reason.contains("16777215 compressed bytes where 4 are left"), "{fault}");
    }

    #[test]
    fn unknown_letters_are_shown() {
        assert!(read(b"QQ\x08\x01\0\0\x01\0\0.", 1).unwrap_err().reason.contains("\"QQ\""));
    }
}
