//! Filters applied: the elements of a chunk become the bytes that are stored.

use crate::hdf5::Filter;
use germane_codecs::{Codec, Encoder, Fault, bitshuffle, fletcher32, lz4_blocks, shuffle};

/// Versions that h5py's LZF filter writes into its parameters: of the filter and of the library.
const LZF_VERSIONS: [u32; 2] = [4, 0x0105];
/// Version of the bit shuffle filter, major and minor.
const BITSHUFFLE_VERSION: [u32; 2] = [0, 4];

/// Compressors and buffers that are used again for chunk after chunk.
#[derive(Debug, Default)]
pub(super) struct Workshop {
    encoder: Encoder,
    /// A raw chunk that is not in one piece elsewhere.
    pub(super) raw: Vec<u8>,
    ping: Vec<u8>,
    pong: Vec<u8>,
}

/// The filters as the file names them, with the parameters that depend on the dataset.
///
/// # Errors
/// The reason why a filter cannot be applied.
pub(super) fn complete(filters: &[Filter], element: usize, chunk_bytes: usize) -> Result<Vec<Filter>, String> {
    let complete = |filter: &Filter| -> Result<Filter, String> {
        Ok(match filter {
            Filter::Shuffle { .. } => Filter::Shuffle { size: element as u32 },
            Filter::Deflate { level } if *level > 9 => return Err(format!("deflate has no level {level}")),
            Filter::Lzf { .. } => Filter::Lzf { values: vec![LZF_VERSIONS[0], LZF_VERSIONS[1], chunk_bytes as u32] },
            Filter::Zstd { level } => Filter::Zstd { level: Some(level.unwrap_or(3)) },
            Filter::Bitshuffle { values } => {
                // Users give block, compression and level; files have versions and the bytes of an element before them.
                let own = if values.len() > 3 { &values[3..] } else { values };
                let all = BITSHUFFLE_VERSION.iter().copied().chain([element as u32]).chain(own.iter().copied());
                Filter::Bitshuffle { values: all.collect() }
            }
            Filter::Other { id, name, .. } => return Err(crate::hdf5::pipeline::unknown(*id, name)),
            other => other.clone(),
        })
    };
    filters.iter().map(complete).collect()
}

/// Applies all filters to a raw chunk; `out` becomes what is stored. The mask tells which filters were left out because they
/// would not have made the chunk smaller.
pub(super) fn apply(filters: &[Filter], raw: &[u8], workshop: &mut Workshop, out: &mut Vec<u8>) -> Result<u32, Fault> {
    let Workshop { encoder, ping, pong, .. } = workshop;
    let mut mask = 0;
    let mut filtered = false;
    for (k, filter) in filters.iter().enumerate() {
        let from: &[u8] = if filtered { ping } else { raw };
        pong.clear();
        let smaller = step(filter, encoder, from, pong)?;
        if smaller {
            std::mem::swap(ping, pong);
            filtered = true;
        } else {
            mask |= 1 << k;
        }
    }
    if filtered {
        std::mem::swap(ping, out);
    } else {
        out.clear();
        out.extend_from_slice(raw);
    }
    Ok(mask)
}

/// Applies one filter; `false` if it did not help.
fn step(filter: &Filter, encoder: &mut Encoder, from: &[u8], to: &mut Vec<u8>) -> Result<bool, Fault> {
    match filter {
        Filter::Shuffle { size } => {
            if *size < 2 {
                to.extend_from_slice(from);
            } else {
                to.resize(from.len(), 0);
                shuffle::shuffle(*size as usize, from, to);
            }
        }
        Filter::Fletcher32 => {
            to.extend_from_slice(from);
            to.extend(fletcher32::checksum(from).to_le_bytes());
        }
        Filter::Deflate { level } => {
            encoder.zlib_by_sample(*level as i32, from, to)?;
            return Ok(to.len() < from.len());
        }
        Filter::Zstd { level } => {
            encoder.compress(Codec::Zstd, level.unwrap_or(3), from, to)?;
            return Ok(to.len() < from.len());
        }
        // LZF fails where it does not help.
        Filter::Lzf { .. } => return Ok(encoder.compress(Codec::Lzf, 0, from, to).is_ok() && to.len() < from.len()),
        Filter::Lz4 { block } => lz4_blocks::encode(encoder, block.unwrap_or(0) as usize, from, to)?,
        Filter::Bitshuffle { values } => {
            let parameter = |k: usize| values.get(k).copied().unwrap_or(0);
            let packing = match parameter(4) {
                2 => bitshuffle::Packing::Lz4,
                3 => bitshuffle::Packing::Zstd { level: if parameter(5) == 0 { 3 } else { parameter(5) as i32 } },
                _ => bitshuffle::Packing::Bits,
            };
            bitshuffle::encode(encoder, parameter(2) as usize, parameter(3) as usize, packing, from, to)?;
        }
        // Refused before anything is written.
        Filter::Other { .. } => return Ok(false),
    }
    Ok(true)
}
