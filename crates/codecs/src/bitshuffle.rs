//! Bit shuffle (HDF5 filter 32008): in every block of elements, all first bits, then all second bits, and so on.
//!
//! ```text
//! chunk without compression     blocks of `block` elements | a last block of a multiple of 8 | the other elements as they are
//! chunk with lz4 or zstd        offset  size  meaning
//!                               0       8     bytes of the chunk, big endian
//!                               8       4     bytes of a block before compression, big endian
//!                               12      …     blocks: compressed size (4, big endian), data; the other elements as they are
//! block of n elements           bit b of all elements (n / 8 bytes, first element in the lowest bit), b = 0 … 8 * size - 1
//! ```
//! Source: K. Masui et al., Astron. Comput. 12 (2015) 181; checked against hdf5plugin.

use crate::{Codec, Decoder, Encoder, Fault, shuffle};

/// Bytes that a block of the default size takes.
const TARGET: usize = 8192;
/// Fewest elements in a block of the default size.
const FEWEST: usize = 128;
/// Bytes before the first compressed block.
const HEADER: usize = 12;

/// What stands behind the bit shuffle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// nothing
    Bits,
    /// every block as an LZ4 block
    Lz4,
    /// every block as a zstd frame
    Zstd {
        /// effort, 1 to 22
        level: i32,
    },
}

/// Elements in a block where the file does not say (its parameter is 0).
pub fn default_block(element_size: usize) -> usize {
    (TARGET / element_size.max(1) / 8 * 8).max(FEWEST)
}

/// Sorts the bits of one block of elements; `input` holds a multiple of 8 of them.
fn transpose(size: usize, input: &[u8], output: &mut [u8], scratch: &mut Vec<u8>) {
    let count = input.len() / size;
    scratch.resize(input.len(), 0);
    shuffle::shuffle(size, input, scratch);
    // Eight elements' bytes are an 8 by 8 matrix of bits; turned, its rows are the bits of eight elements.
    turn_all(scratch);
    for (from, to) in scratch.chunks_exact(count).zip(output.chunks_exact_mut(count)) {
        shuffle::shuffle(8, from, to);
    }
}

/// The inverse of [`transpose`].
fn restore(size: usize, input: &[u8], output: &mut [u8], scratch: &mut Vec<u8>) {
    let count = input.len() / size;
    scratch.resize(input.len(), 0);
    for (from, to) in input.chunks_exact(count).zip(scratch.chunks_exact_mut(count)) {
        shuffle::unshuffle(8, from, to);
    }
    turn_all(scratch);
    shuffle::unshuffle(size, scratch, output);
}

/// Turns every eight bytes as a matrix of bits.
fn turn_all(bytes: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if germane_numerics::simd::has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { turn_all_avx2(bytes) };
    }
    turn_each(bytes);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn turn_all_avx2(bytes: &mut [u8]) {
    turn_each(bytes);
}

#[inline(always)]
fn turn_each(bytes: &mut [u8]) {
    for eight in bytes.chunks_exact_mut(8) {
        let word = u64::from_le_bytes(<[u8; 8]>::try_from(&*eight).expect("invariant: eight bytes"));
        eight.copy_from_slice(&turned(word).to_le_bytes());
    }
}

/// Bit `8 r + c` to bit `8 c + r`. Source: H. S. Warren, Hacker's Delight, section 7-3.
#[inline(always)]
fn turned(mut x: u64) -> u64 {
    let t = (x ^ x >> 7) & 0x00AA_00AA_00AA_00AA;
    x ^= t ^ t << 7;
    let t = (x ^ x >> 14) & 0x0000_CCCC_0000_CCCC;
    x ^= t ^ t << 14;
    let t = (x ^ x >> 28) & 0x0000_0000_F0F0_F0F0;
    x ^ t ^ t << 28
}

/// Elements of a block as asked for: a multiple of 8.
fn checked_block(element_size: usize, block: usize) -> Result<usize, Fault> {
    match block {
        0 => Ok(default_block(element_size)),
        _ if block.is_multiple_of(8) => Ok(block),
        _ => Err(Fault::new(0, format!("bit shuffle with blocks of {block} elements, which is no multiple of 8"))),
    }
}

/// Lengths in bytes of the blocks of a chunk; what is left over is stored as it is.
fn blocks(element_size: usize, block: usize, bytes: usize) -> impl Iterator<Item = usize> {
    let eights = bytes / element_size / 8 * 8;
    let last = eights % block;
    std::iter::repeat_n(block * element_size, eights / block).chain((last > 0).then_some(last * element_size))
}

/// Shuffles the bits of a chunk and compresses the blocks; appends to `out`.
///
/// # Errors
/// A [`Fault`] if `block` is no multiple of 8 (0: the default), the element has no size, or the compressor refuses its level.
pub fn encode(
    encoder: &mut Encoder,
    element_size: usize,
    block: usize,
    packing: Packing,
    input: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let block = checked_block(element_size, block)?;
    if element_size == 0 {
        return Err(Fault::new(0, "bit shuffle of elements without size"));
    }
    let block_bytes = block.checked_mul(element_size).and_then(|bytes| u32::try_from(bytes).ok());
    let block_bytes = block_bytes.ok_or_else(|| Fault::new(0, "bit shuffle with blocks above 4 GB"))?;
    if packing != Packing::Bits {
        out.extend((input.len() as u64).to_be_bytes());
        out.extend(block_bytes.to_be_bytes());
    }
    let (mut at, mut scratch, mut turned) = (0, Vec::new(), Vec::new());
    for length in blocks(element_size, block, input.len()) {
        turned.resize(length, 0);
        transpose(element_size, &input[at..at + length], &mut turned, &mut scratch);
        at += length;
        let (codec, level) = match packing {
            Packing::Bits => {
                out.extend_from_slice(&turned);
                continue;
            }
            Packing::Lz4 => (Codec::Lz4Block, 0),
            Packing::Zstd { level } => (Codec::Zstd, level),
        };
        let size_at = out.len();
        out.extend([0; 4]);
        encoder.compress(codec, level, &turned, out)?;
        let size = (out.len() - size_at - 4) as u32;
        out[size_at..size_at + 4].copy_from_slice(&size.to_be_bytes());
    }
    out.extend_from_slice(&input[at..]);
    Ok(())
}

/// Restores a chunk of exactly `output.len()` bytes.
///
/// `block` is in elements, as the file's filter parameters say (0: the default); with a packing the header of the chunk wins.
///
/// # Errors
/// A [`Fault`] if sizes do not fit together or a block is damaged.
pub fn decode(
    decoder: &mut Decoder,
    element_size: usize,
    block: usize,
    packing: Packing,
    input: &[u8],
    output: &mut [u8],
) -> Result<(), Fault> {
    if element_size == 0 {
        return Err(Fault::new(0, "bit shuffle of elements without size"));
    }
    let (codec, block) = match packing {
        Packing::Bits => (None, checked_block(element_size, block)?),
        Packing::Lz4 | Packing::Zstd { .. } => {
            let codec = if packing == Packing::Lz4 { Codec::Lz4Block } else { Codec::Zstd };
            (Some(codec), block_of_header(element_size, input, output.len())?)
        }
    };
    let mut at = if codec.is_some() { HEADER } else { 0 };
    let (mut end, mut scratch, mut turned) = (0, Vec::new(), Vec::new());
    for length in blocks(element_size, block, output.len()) {
        let target = &mut output[end..end + length];
        let cut = || Fault::new(at, "bit-shuffled chunk ends inside a block");
        if let Some(codec) = codec {
            let size = input.get(at..).and_then(|rest| rest.first_chunk()).ok_or_else(cut)?;
            let size = u32::from_be_bytes(*size) as usize;
            let packed = input[at + 4..].get(..size).ok_or_else(cut)?;
            turned.resize(length, 0);
            decoder.decompress(codec, packed, &mut turned).map_err(|fault| Fault::new(at, fault.reason))?;
            restore(element_size, &turned, target, &mut scratch);
            at += 4 + size;
        } else {
            let stored = input.get(at..at + length).ok_or_else(cut)?;
            restore(element_size, stored, target, &mut scratch);
            at += length;
        }
        end += length;
    }
    let (rest, left) = (&input[at..], &mut output[end..]);
    if rest.len() != left.len() {
        return Err(Fault::new(
            at,
            format!("bit-shuffled chunk has {} bytes at its end where {} are due", rest.len(), left.len()),
        ));
    }
    left.copy_from_slice(rest);
    Ok(())
}

/// Elements of a block as the chunk itself says, with its size checked.
fn block_of_header(element_size: usize, input: &[u8], wanted: usize) -> Result<usize, Fault> {
    let header: &[u8; HEADER] = input.first_chunk().ok_or_else(|| Fault::new(0, "bit-shuffled chunk ends inside its header"))?;
    let [a, b, c, d, e, f, g, h, block @ ..] = *header;
    let size = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    if size != wanted as u64 {
        return Err(Fault::new(0, format!("bit-shuffled chunk of {size} bytes where {wanted} are promised")));
    }
    let bytes = u32::from_be_bytes(block) as usize;
    let elements = bytes / element_size;
    if elements == 0 || !elements.is_multiple_of(8) || !bytes.is_multiple_of(element_size) {
        return Err(Fault::new(8, format!("bit-shuffled chunk with blocks of {bytes} bytes")));
    }
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PACKINGS: [Packing; 3] = [Packing::Bits, Packing::Lz4, Packing::Zstd { level: 3 }];

    /// Bit by bit, for one block.
    fn definition(size: usize, input: &[u8]) -> Vec<u8> {
        let count = input.len() / size;
        let mut out = vec![0; input.len()];
        for i in 0..count {
            for bit in 0..8 * size {
                let set = input[i * size + bit / 8] >> (bit % 8) & 1;
                out[bit * (count / 8) + i / 8] |= set << (i % 8);
            }
        }
        out
    }

    proptest! {
        #[test]
        fn one_block_is_the_definition(input in proptest::collection::vec(any::<u8>(), 1..700), size in 1_usize..10) {
            let input = &input[..input.len() / (8 * size) * 8 * size];
            prop_assume!(!input.is_empty());
            let (mut out, mut back, mut scratch) = (vec![0; input.len()], vec![0; input.len()], Vec::new());
            transpose(size, input, &mut out, &mut scratch);
            prop_assert_eq!(&out, &definition(size, input));
            restore(size, &out, &mut back, &mut scratch);
            prop_assert_eq!(&back, input);
        }

        #[test]
        fn chunks_come_back(input in proptest::collection::vec(0_u8..9, 0..3000), size in 1_usize..10, block in prop::sample::select(vec![0_usize, 8, 64, 128])) {
            for packing in PACKINGS {
                let mut packed = Vec::new();
                encode(&mut Encoder::default(), size, block, packing, &input, &mut packed).unwrap();
                let mut out = vec![0; input.len()];
                decode(&mut Decoder::default(), size, block, packing, &packed, &mut out).unwrap();
                prop_assert_eq!(&out, &input);
                prop_assert!(decode(&mut Decoder::default(), size, block, packing, &packed, &mut vec![0; input.len() + 1]).is_err());
            }
        }

        #[test]
        fn noise_is_a_fault_or_bounded(noise in proptest::collection::vec(any::<u8>(), 0..300), size in 0_usize..9, want in 0_usize..400) {
            for packing in PACKINGS {
                let _ = decode(&mut Decoder::default(), size, 8, packing, &noise, &mut vec![0; want]);
            }
        }
    }
}
