//! Chunks of HDF5's LZ4 filter (32004).
//!
//! ```text
//! offset  size  meaning
//! 0       8     bytes of the chunk, big endian
//! 8       4     bytes of a block before compression, big endian
//! 12      …     blocks: size (4, big endian), LZ4 block, or the bytes as they are where the size is that of the raw block
//! ```
//! Source: HDF5 filter plugin 32004, description by M. Rissi; checked against hdf5plugin.

use crate::{Codec, Decoder, Encoder, Fault};

const HEADER: usize = 12;
/// Bytes of a block where the filter's parameters do not say.
pub const DEFAULT_BLOCK: usize = 1 << 30;

/// Compresses a chunk in blocks of `block` bytes (0: [`DEFAULT_BLOCK`]); appends to `out`.
///
/// # Errors
/// A [`Fault`] if LZ4 fails.
pub fn encode(encoder: &mut Encoder, block: usize, input: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    let block = if block == 0 { DEFAULT_BLOCK } else { block.min(DEFAULT_BLOCK) }.min(input.len().max(1));
    out.extend((input.len() as u64).to_be_bytes());
    out.extend((block as u32).to_be_bytes());
    for raw in input.chunks(block) {
        let size_at = out.len();
        out.extend([0; 4]);
        encoder.compress(Codec::Lz4Block, 0, raw, out)?;
        if out.len() - size_at - 4 >= raw.len() {
            out.truncate(size_at + 4);
            out.extend_from_slice(raw);
        }
        let size = (out.len() - size_at - 4) as u32;
        out[size_at..size_at + 4].copy_from_slice(&size.to_be_bytes());
    }
    Ok(())
}

/// Decompresses a chunk of exactly `output.len()` bytes.
///
/// # Errors
/// A [`Fault`] if sizes do not fit together or a block is damaged.
pub fn decode(decoder: &mut Decoder, input: &[u8], output: &mut [u8]) -> Result<(), Fault> {
    let header: &[u8; HEADER] = input.first_chunk().ok_or_else(|| Fault::new(0, "lz4 chunk ends inside its header"))?;
    let [a, b, c, d, e, f, g, h, block @ ..] = *header;
    let size = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    if size != output.len() as u64 {
        return Err(Fault::new(0, format!("lz4 chunk of {size} bytes where {} are promised", output.len())));
    }
    let block = u32::from_be_bytes(block) as usize;
    if block == 0 && !output.is_empty() {
        return Err(Fault::new(8, "lz4 chunk with blocks of 0 bytes"));
    }
    let mut at = HEADER;
    for raw in output.chunks_mut(block.max(1)) {
        let cut = || Fault::new(at, "lz4 chunk ends inside a block");
        let size = input.get(at..).and_then(|rest| rest.first_chunk()).ok_or_else(cut)?;
        let size = u32::from_be_bytes(*size) as usize;
        let packed = input[at + 4..].get(..size).ok_or_else(cut)?;
        if size == raw.len() {
            raw.copy_from_slice(packed);
        } else {
            decoder.decompress(Codec::Lz4Block, packed, raw).map_err(|fault| Fault::new(at, fault.reason))?;
        }
        at += 4 + size;
    }
    if at == input.len() {
        return Ok(());
    }
    Err(Fault::new(at, format!("lz4 chunk goes on for {} bytes behind its last block", input.len() - at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chunks_come_back(input in proptest::collection::vec(0_u8..200, 0..3000), block in prop::sample::select(vec![0_usize, 1, 7, 512, 5000])) {
            let mut packed = Vec::new();
            encode(&mut Encoder::default(), block, &input, &mut packed).unwrap();
            let mut out = vec![0; input.len()];
            decode(&mut Decoder::default(), &packed, &mut out).unwrap();
            prop_assert_eq!(&out, &input);
            prop_assert!(decode(&mut Decoder::default(), &packed, &mut vec![0; input.len() + 1]).is_err());
        }

        #[test]
        fn noise_is_a_fault_or_bounded(noise in proptest::collection::vec(any::<u8>(), 0..300), want in 0_usize..400) {
            let _ = decode(&mut Decoder::default(), &noise, &mut vec![0; want]);
        }
    }
}
