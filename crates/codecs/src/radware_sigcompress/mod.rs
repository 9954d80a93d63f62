//! The waveform codec `radware_sigcompress` 1.0: sections of packed values or differences.
//!
//! ```text
//! words of 16 bits, big endian; y = sample + codec_shift as 16 bits with sign
//! word 0        n, number of samples
//! section       nw  samples in it
//!    absolute   nb (0..16)   smallest y                nw values      y - smallest,               nb bits each
//!    difference nb + 32      first y    smallest step  nw - 1 values  y[i] - y[i-1] - smallest,   nb bits each
//!               packed highest bit first; a section starts on a new word
//! padding       one word where the number of words is odd
//! ```
//! Source: D. Radford, `compress.c` of radware/MJD; LEGEND data format specifications, encoded arrays.
//!
//! ```
//! use germane_codecs::{OutOfRange, radware_sigcompress as radware};
//! let mut bytes = Vec::new();
//! radware::encode(&[14000_u16, 14003, 14001], -32768, OutOfRange::Refuse, &mut bytes)?;
//! let mut back = [0_u16; 3];
//! radware::decode_into(&bytes, -32768, &mut back, OutOfRange::Refuse)?;
//! assert_eq!(back, [14000, 14003, 14001]);
//! # Ok::<(), germane_codecs::Fault>(())
//! ```

#[cfg(target_arch = "x86_64")]
mod avx2;
mod decode;
mod encode;

pub use decode::{decode_into, samples};
pub use encode::encode;

/// Most samples that the first word can count.
pub const MOST: usize = u16::MAX as usize;
/// What is added to the number of bits of a section of differences.
const DIFFERENCES: usize = 32;
/// Most bits of a value.
const MOST_BITS: usize = 16;

#[cfg(test)]
mod tests;
