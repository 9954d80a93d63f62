//! The waveform codec `uleb128_zigzag_diff`: differences as variable-length numbers.
//!
//! ```text
//! samples     10  11   9  200
//! difference  10   1  -2  191       d[0] = x[0], d[i] = x[i] - x[i-1] modulo 2^32
//! zigzag      20   2   3  382       (d << 1) ^ (d >> 31)
//! bytes       14  02  03  fe 02     base 128, low seven bits first, 0x80 on all bytes but the last
//! ```
//! There is no header: the row ends where its bytes end. Source: LEGEND data format specifications, encoded arrays; LEB128 as
//! in DWARF 5, section 7.6.
//!
//! ```
//! use germane_codecs::{OutOfRange, uleb128_zigzag_diff as uleb};
//! let mut bytes = Vec::new();
//! uleb::encode(&[10_u16, 11, 9, 200], &mut bytes)?;
//! assert_eq!(bytes, [0x14, 0x02, 0x03, 0xfe, 0x02]);
//! let mut back = [0_i32; 4];
//! uleb::decode_into(&bytes, &mut back, OutOfRange::Refuse)?;
//! assert_eq!(back, [10, 11, 9, 200]);
//! # Ok::<(), germane_codecs::Fault>(())
//! ```

#[cfg(target_arch = "x86_64")]
mod avx2;

use crate::{Fault, OutOfRange, Sample, samples};

/// Samples that are decoded before they are converted.
const BLOCK: usize = 1024;
/// Most bytes of a number.
const LONGEST: usize = 5;
/// Numbers that the plain loop takes before it lets the wide kernel try again.
const PATIENCE: usize = 16;

/// Number of samples in `bytes`: the bytes that end a number.
pub fn samples(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte < 0x80).count()
}

/// Encodes `samples` at the end of `out`.
///
/// # Errors
/// A [`Fault`] naming a sample that is no whole number of 32 bits with sign; `out` is then as it was.
pub fn encode<T: Sample>(samples: &[T], out: &mut Vec<u8>) -> Result<(), Fault> {
    encode_with(samples, out, wide_encode)
}

/// A kernel takes differences from the second number of its slice on; says how many it has done.
type EncodeKernel = fn(&[i32], &mut Vec<u8>) -> usize;

fn encode_with<T: Sample>(samples: &[T], out: &mut Vec<u8>, wide: EncodeKernel) -> Result<(), Fault> {
    let start = out.len();
    out.reserve(samples.len() + samples.len() / 8 + 64);
    // Before each block stands the last sample of the block before it.
    let mut block = [0_i32; 1 + BLOCK];
    for (number, part) in samples.chunks(BLOCK).enumerate() {
        if let Err(fault) = integers(part, number * BLOCK, &mut block[1..]) {
            out.truncate(start);
            return Err(fault);
        }
        let block = &mut block[..=part.len()];
        let mut done = 0;
        while done < part.len() {
            done += wide(&block[done..], out);
            let some = (done + PATIENCE).min(part.len());
            encode_scalar(&block[done..=some], out);
            done = some;
        }
        block[0] = block[part.len()];
    }
    Ok(())
}

/// Samples as numbers of 32 bits.
fn integers<T: Sample>(samples: &[T], first: usize, block: &mut [i32]) -> Result<(), Fault> {
    if T::RANGE.0 < i32::RANGE.0 || T::RANGE.1 > i32::RANGE.1 {
        for (index, sample) in samples.iter().enumerate() {
            let value = samples::whole(first + index, *sample)?;
            if i32::try_from(value).is_err() {
                let sample = first + index;
                return Err(Fault::new(
                    0,
                    format!("sample {sample} is {value}, which uleb128_zigzag_diff (32 bits) does not hold"),
                ));
            }
        }
    }
    for (sample, value) in samples.iter().zip(block) {
        *value = sample.to_i32();
    }
    Ok(())
}

/// The definition: differences of each number to the one before it.
fn encode_scalar(numbers: &[i32], out: &mut Vec<u8>) {
    for pair in numbers.windows(2) {
        let difference = pair[1].wrapping_sub(pair[0]);
        let mut rest = (difference << 1 ^ difference >> 31) as u32;
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }
}

fn wide_encode(numbers: &[i32], out: &mut Vec<u8>) -> usize {
    #[cfg(target_arch = "x86_64")]
    if germane_numerics::simd::has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { avx2::encode(numbers, out) };
    }
    let _ = (numbers, out);
    0
}

/// Decodes `bytes` into exactly `out.len()` samples.
///
/// # Errors
/// A [`Fault`] with the byte if the bytes end inside a number, a number has more than 32 bits, or the samples are fewer or
/// more than asked for; with the sample if it is outside the range of `T` and `rule` refuses it.
pub fn decode_into<T: Sample>(bytes: &[u8], out: &mut [T], rule: OutOfRange) -> Result<(), Fault> {
    decode_with(bytes, out, rule, wide_decode)
}

/// A kernel fills a block from its beginning and moves the state; says how many samples it has written.
type DecodeKernel = fn(&[u8], &mut State, &mut [i32]) -> usize;

/// Where decoding stands.
#[derive(Clone, Copy)]
struct State {
    /// next byte
    at: usize,
    /// last sample
    sum: i32,
}

fn decode_with<T: Sample>(bytes: &[u8], out: &mut [T], rule: OutOfRange, wide: DecodeKernel) -> Result<(), Fault> {
    let mut state = State { at: 0, sum: 0 };
    let mut block = [0_i32; BLOCK];
    let mut done = 0;
    while state.at < bytes.len() {
        let mut filled = wide(bytes, &mut state, &mut block);
        filled += decode_scalar(bytes, &mut state, &mut block[filled..])?;
        let Some(target) = out.get_mut(done..done + filled) else {
            return Err(Fault::new(
                0,
                format!("uleb128_zigzag_diff has {} samples where {} are promised", samples(bytes), out.len()),
            ));
        };
        samples::narrow(&block[..filled], (i32::MIN, i32::MAX), 0, rule, done, target)?;
        done += filled;
    }
    if done == out.len() {
        return Ok(());
    }
    Err(Fault::new(bytes.len(), format!("uleb128_zigzag_diff has {done} samples where {} are promised", out.len())))
}

/// The definition, for a few numbers, or to the end where that is near.
fn decode_scalar(bytes: &[u8], state: &mut State, block: &mut [i32]) -> Result<usize, Fault> {
    let few = if bytes.len() - state.at <= 64 { block.len() } else { block.len().min(PATIENCE) };
    for (filled, sample) in block[..few].iter_mut().enumerate() {
        if state.at == bytes.len() {
            return Ok(filled);
        }
        let (zigzag, length) = number(&bytes[state.at..]).map_err(|reason| Fault::new(state.at, reason))?;
        state.at += length;
        state.sum = state.sum.wrapping_add((zigzag >> 1) as i32 ^ -((zigzag & 1) as i32));
        *sample = state.sum;
    }
    Ok(few)
}

/// A number and how many bytes it takes.
#[inline]
fn number(bytes: &[u8]) -> Result<(u32, usize), &'static str> {
    let mut value = 0_u32;
    for (index, byte) in bytes.iter().take(LONGEST).enumerate() {
        if index == LONGEST - 1 && *byte > 0x0F {
            return Err("uleb128_zigzag_diff has a number of more than 32 bits");
        }
        value |= u32::from(byte & 0x7F) << (7 * index);
        if *byte < 0x80 {
            return Ok((value, index + 1));
        }
    }
    Err("uleb128_zigzag_diff ends inside a number")
}

fn wide_decode(bytes: &[u8], state: &mut State, block: &mut [i32]) -> usize {
    #[cfg(target_arch = "x86_64")]
    if germane_numerics::simd::has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { avx2::decode(bytes, state, block) };
    }
    let _ = (bytes, state, block);
    0
}

#[cfg(test)]
mod tests;
