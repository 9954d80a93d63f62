//! Filters undone: the bytes of a stored chunk become its elements.

use super::message::filters::Filter;
use germane_codecs::{Codec, Decoder, bitshuffle, fletcher32, lz4_blocks, shuffle};

/// Decoders and buffers that are used again for chunk after chunk.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    decoder: Decoder,
    ping: Vec<u8>,
    pong: Vec<u8>,
    /// Stored bytes of a run of chunks.
    pub(crate) stored: Vec<u8>,
    /// A decoded chunk that does not go straight to its place.
    pub(crate) chunk: Vec<u8>,
}

/// At least `len` bytes of a buffer.
pub(crate) fn room(buffer: &mut Vec<u8>, len: usize) -> &mut [u8] {
    if buffer.len() < len {
        buffer.resize(len, 0);
    }
    &mut buffer[..len]
}

/// The mask that switches all filters off.
pub(crate) fn all(filters: &[Filter]) -> u32 {
    if filters.len() >= 32 { u32::MAX } else { (1 << filters.len()) - 1 }
}

/// Most bytes that a filter can make of one.
fn expansion(filter: &Filter) -> u64 {
    match filter {
        Filter::Deflate { .. } => 1032,
        Filter::Lzf { .. } => 132,
        Filter::Lz4 { .. } => 256,
        // A zstd block of 128 KiB of one byte takes four bytes.
        Filter::Zstd { .. } => 1 << 15,
        Filter::Bitshuffle { values } if values.get(4) == Some(&2) => 256,
        Filter::Bitshuffle { values } if values.get(4) == Some(&3) => 1 << 15,
        _ => 1,
    }
}

/// Whether `stored` bytes can become `raw` ones; asked before anything is allocated.
pub(crate) fn plausible(filters: &[Filter], mask: u32, stored: u64, raw: u64) -> bool {
    let active = || filters.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 0).map(|(_, f)| f);
    let most = active().fold(stored.saturating_add(64), |n, filter| n.saturating_mul(expansion(filter)));
    let sums = active().filter(|f| **f == Filter::Fletcher32).count() as u64;
    if active().all(|f| matches!(f, Filter::Shuffle { .. } | Filter::Fletcher32)) {
        return stored == raw + 4 * sums;
    }
    raw <= most
}

/// Where a step reads from.
enum At<'a> {
    Input(&'a [u8]),
    /// The first bytes of `ping`.
    Ping(usize),
}

/// Undoes all filters that `mask` does not switch off; `out` is one raw chunk.
///
/// # Errors
/// One line about the filter that failed.
pub(crate) fn decode(filters: &[Filter], mask: u32, stored: &[u8], out: &mut [u8], scratch: &mut Scratch) -> Result<(), String> {
    // Bits of the mask count filters in the order of writing.
    let active: Vec<&Filter> = filters.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 0).map(|(_, f)| f).collect();
    let Scratch { decoder, ping, pong, .. } = scratch;
    let mut at = At::Input(stored);
    for (left, filter) in (0..active.len()).rev().map(|k| (k, active[k])) {
        if *filter == Filter::Fletcher32 {
            at = match at {
                At::Input(bytes) => At::Input(checked(bytes)?),
                At::Ping(len) => At::Ping(checked(&ping[..len])?.len()),
            };
            continue;
        }
        let input = match at {
            At::Input(bytes) => bytes,
            At::Ping(len) => &ping[..len],
        };
        // What the filters before this one made of the chunk: known unless one of them compresses.
        let before = &active[..left];
        let sums = before.iter().filter(|f| ***f == Filter::Fletcher32).count();
        if before.iter().any(|f| expansion(f) > 1 || matches!(f, Filter::Other { .. })) {
            let n = unbounded(filter, decoder, input, pong, out.len())?;
            std::mem::swap(ping, pong);
            at = At::Ping(n);
            continue;
        }
        let len = out.len() + 4 * sums;
        if before.is_empty() {
            return undo(filter, decoder, input, out);
        }
        undo(filter, decoder, input, room(pong, len))?;
        std::mem::swap(ping, pong);
        at = At::Ping(len);
    }
    let bytes = match at {
        At::Input(bytes) => bytes,
        At::Ping(len) => &ping[..len],
    };
    if bytes.len() != out.len() {
        return Err(format!("{} bytes are stored where a chunk has {}", bytes.len(), out.len()));
    }
    out.copy_from_slice(bytes);
    Ok(())
}

/// The same into new memory, for blocks of heaps.
pub(crate) fn decode_alone(filters: &[Filter], mask: u32, stored: &[u8], raw: usize) -> Result<Vec<u8>, String> {
    if !plausible(filters, mask, stored.len() as u64, raw as u64) {
        return Err(format!("{} stored bytes cannot become {raw}", stored.len()));
    }
    let mut out = vec![0; raw];
    decode(filters, mask, stored, &mut out, &mut Scratch::default())?;
    Ok(out)
}

/// The bytes before a right checksum.
fn checked(bytes: &[u8]) -> Result<&[u8], String> {
    let Some((body, sum)) = bytes.split_last_chunk::<4>() else {
        return Err("a chunk too short for its Fletcher-32 checksum".to_owned());
    };
    let stored = u32::from_le_bytes(*sum);
    if fletcher32::matches(body, stored) {
        return Ok(body);
    }
    Err(format!("Fletcher-32 checksum wrong (stored {stored:08x}, computed {:08x})", fletcher32::checksum(body)))
}

/// Undoes one filter into exactly `output`.
fn undo(filter: &Filter, decoder: &mut Decoder, input: &[u8], output: &mut [u8]) -> Result<(), String> {
    let decoded = match filter {
        Filter::Deflate { .. } => decoder.decompress(Codec::Zlib, input, output),
        Filter::Zstd { .. } => decoder.decompress(Codec::Zstd, input, output),
        Filter::Lzf { .. } => decoder.decompress(Codec::Lzf, input, output),
        Filter::Lz4 { .. } => lz4_blocks::decode(decoder, input, output),
        Filter::Bitshuffle { values } => {
            let parameter = |k: usize| values.get(k).copied().unwrap_or(0);
            let packing = match parameter(4) {
                0 => bitshuffle::Packing::Bits,
                2 => bitshuffle::Packing::Lz4,
                3 => bitshuffle::Packing::Zstd { level: parameter(5) as i32 },
                other => return Err(format!("compression {other} behind a bit shuffle is not known")),
            };
            bitshuffle::decode(decoder, parameter(2) as usize, parameter(3) as usize, packing, input, output)
        }
        Filter::Shuffle { size } => {
            if input.len() != output.len() {
                return Err(format!("{} shuffled bytes where {} are due", input.len(), output.len()));
            }
            match *size as usize {
                0 | 1 => output.copy_from_slice(input),
                size => shuffle::unshuffle(size, input, output),
            }
            Ok(())
        }
        Filter::Fletcher32 => return Err("a checksum in the place of a filter".to_owned()),
        Filter::Other { id, name, .. } => return Err(unknown(*id, name)),
    };
    decoded.map_err(|fault| fault.reason)
}

/// The reason why a filter cannot be undone.
pub(crate) fn unknown(id: u16, name: &str) -> String {
    let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
    format!("filter {id}{name} is not known")
}

/// Undoes a filter whose output another compressor made: its size is only bounded.
fn unbounded(filter: &Filter, decoder: &mut Decoder, input: &[u8], pong: &mut Vec<u8>, chunk: usize) -> Result<usize, String> {
    let codec = match filter {
        Filter::Deflate { .. } => Codec::Zlib,
        Filter::Zstd { .. } => Codec::Zstd,
        Filter::Lzf { .. } => Codec::Lzf,
        Filter::Shuffle { size } => {
            let output = room(pong, input.len());
            match *size as usize {
                0 | 1 => output.copy_from_slice(input),
                size => shuffle::unshuffle(size, input, output),
            }
            return Ok(input.len());
        }
        other => return Err(format!("{} behind another compression is not read", other.name())),
    };
    // A compressor makes its input longer by a little at most.
    let most = chunk + chunk / 8 + 4096;
    decoder.decompress_some(codec, input, room(pong, most)).map_err(|fault| fault.reason)
}
