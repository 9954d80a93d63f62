//! Sections to samples.

use super::{DIFFERENCES, MOST_BITS};
use crate::{Fault, OutOfRange, Sample, samples};

/// Samples that are decoded before they are converted; a multiple of 8, so that their bits end with a byte.
const BLOCK: usize = 1024;
/// Places behind a block that a kernel may overwrite.
pub(super) const SLACK: usize = 8;

/// Number of samples that `bytes` announces.
///
/// # Errors
/// A [`Fault`] if there is no first word.
pub fn samples(bytes: &[u8]) -> Result<usize, Fault> {
    word(bytes, 0).map(usize::from).ok_or_else(|| Fault::new(0, "radware_sigcompress has no number of samples"))
}

/// Decodes `bytes` into exactly `out.len()` samples, each less `shift`. The padding is not looked at.
///
/// # Errors
/// A [`Fault`] with the byte if the header or a section is impossible or cut, or the samples are fewer or more than asked
/// for; with the sample if it is outside the range of `T` and `rule` refuses it.
pub fn decode_into<T: Sample>(bytes: &[u8], shift: i32, out: &mut [T], rule: OutOfRange) -> Result<(), Fault> {
    decode_with(bytes, shift, out, rule, WIDE)
}

/// Kernels that unpack values from the beginning of bytes into the beginning of a block, as far as they can.
#[derive(Clone, Copy)]
pub(super) struct Kernels {
    /// (bytes, bits, smallest, count wanted, block): values done, a multiple of 8 or all
    absolute: fn(&[u8], usize, i32, usize, &mut [i32; BLOCK + SLACK]) -> usize,
    /// (bytes, bits, smallest step, last sample, count wanted, block): values done, a multiple of 8 or all
    differences: fn(&[u8], usize, i16, &mut i16, usize, &mut [i32; BLOCK + SLACK]) -> usize,
}

/// For wide registers, where there are any.
pub(super) const WIDE: Kernels = Kernels { absolute: wide_absolute, differences: wide_differences };
/// None: the plain loops do all.
#[cfg(test)]
pub(super) const PLAIN: Kernels = Kernels { absolute: |_, _, _, _, _| 0, differences: |_, _, _, _, _, _| 0 };

pub(super) type Block = [i32; BLOCK + SLACK];

fn wide_absolute(bytes: &[u8], bits: usize, smallest: i32, count: usize, block: &mut Block) -> usize {
    #[cfg(target_arch = "x86_64")]
    if germane_numerics::simd::has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { super::avx2::absolute(bytes, bits, smallest, count, block) };
    }
    let _ = (bytes, bits, smallest, count, block);
    0
}

fn wide_differences(bytes: &[u8], bits: usize, step: i16, last: &mut i16, count: usize, block: &mut Block) -> usize {
    #[cfg(target_arch = "x86_64")]
    if germane_numerics::simd::has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { super::avx2::differences(bytes, bits, step, last, count, block) };
    }
    let _ = (bytes, bits, step, last, count, block);
    0
}

/// What stands before the values of a section.
struct Section {
    /// samples, the first of differences included
    samples: usize,
    bits: usize,
    /// smallest sample
    smallest: i16,
    /// of differences: the smallest; `smallest` is then the first sample
    step: Option<i16>,
    /// bytes before the values
    header: usize,
    /// bytes of the values
    values: usize,
}

pub(super) fn decode_with<T: Sample>(
    bytes: &[u8],
    shift: i32,
    out: &mut [T],
    rule: OutOfRange,
    kernels: Kernels,
) -> Result<(), Fault> {
    let promised = out.len();
    if !bytes.len().is_multiple_of(2) {
        return Err(Fault::new(bytes.len() - 1, "radware_sigcompress has an odd number of bytes"));
    }
    let count = samples(bytes)?;
    if count != promised {
        return Err(Fault::new(0, format!("radware_sigcompress has {count} samples where {promised} are promised")));
    }
    let (mut at, mut done) = (2, 0);
    let mut block = [0; BLOCK + SLACK];
    while done < count {
        let section = section(bytes, at, count - done)?;
        let values = &bytes[at + section.header..];
        let target = &mut out[done..done + section.samples];
        section_into(&section, values, kernels, &mut block, |first, part| {
            samples::narrow(part, -i64::from(shift), rule, done + first, &mut target[first..first + part.len()])
        })?;
        at += section.header + section.values;
        done += section.samples;
    }
    Ok(())
}

/// Reads and checks what stands at byte `at`.
fn section(bytes: &[u8], at: usize, missing: usize) -> Result<Section, Fault> {
    let cut = || Fault::new(at, "radware_sigcompress ends inside the head of a section");
    let [samples, code] = [word(bytes, at), word(bytes, at + 2)].map(|word| word.map(usize::from));
    let (samples, code) = (samples.ok_or_else(cut)?, code.ok_or_else(cut)?);
    let smallest = word(bytes, at + 4).ok_or_else(cut)? as i16;
    let differences = code >= DIFFERENCES;
    let bits = if differences { code - DIFFERENCES } else { code };
    if bits > MOST_BITS || samples == 0 || samples > missing {
        let reason =
            format!("radware_sigcompress has a section of {samples} samples and code {code} where {missing} samples are missing");
        return Err(Fault::new(at, reason));
    }
    let step = if differences { Some(word(bytes, at + 6).ok_or_else(cut)? as i16) } else { None };
    let header = if differences { 8 } else { 6 };
    let values = ((samples - usize::from(differences)) * bits).div_ceil(16) * 2;
    if bytes.len() - at - header < values {
        return Err(Fault::new(at, format!("radware_sigcompress ends inside a section of {values} bytes")));
    }
    Ok(Section { samples, bits, smallest, step, header, values })
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|word| u16::from_be_bytes(*word))
}

/// Unpacks the samples of a section, block by block: `take(first, samples)`.
///
/// `values` go on to the end of the row, because kernels read a little further than the section.
#[inline(always)]
fn section_into(
    section: &Section,
    mut values: &[u8],
    kernels: Kernels,
    block: &mut Block,
    mut take: impl FnMut(usize, &[i32]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let Section { samples, bits, smallest, step, .. } = *section;
    let mut done = 0;
    let mut last = smallest;
    if step.is_some() {
        take(0, &[i32::from(smallest)])?;
        done = 1;
    }
    while done < samples {
        let count = (samples - done).min(BLOCK);
        match step {
            None => {
                let wide = (kernels.absolute)(values, bits, i32::from(smallest), count, block).min(count);
                let rest = Unpacked::new(&values[wide / 8 * bits..], bits);
                for (sample, value) in block[wide..count].iter_mut().zip(rest) {
                    *sample = i32::from(smallest) + i32::from(value);
                }
            }
            Some(step) => {
                let wide = (kernels.differences)(values, bits, step, &mut last, count, block).min(count);
                let rest = Unpacked::new(&values[wide / 8 * bits..], bits);
                for (sample, value) in block[wide..count].iter_mut().zip(rest) {
                    last = last.wrapping_add(step).wrapping_add(value as i16);
                    *sample = i32::from(last);
                }
            }
        }
        take(done, &block[..count])?;
        done += count;
        values = &values[count / 8 * bits..];
    }
    Ok(())
}

/// Values of a number of bits, highest bit first: the definition.
struct Unpacked<'a> {
    bytes: std::slice::Iter<'a, u8>,
    bits: usize,
    /// bits read and not given out, and how many
    store: u64,
    stored: usize,
}

impl<'a> Unpacked<'a> {
    fn new(bytes: &'a [u8], bits: usize) -> Self {
        Self { bytes: bytes.iter(), bits, store: 0, stored: 0 }
    }
}

impl Iterator for Unpacked<'_> {
    type Item = u16;

    #[inline]
    fn next(&mut self) -> Option<u16> {
        while self.stored < self.bits {
            self.store = self.store << 8 | u64::from(*self.bytes.next()?);
            self.stored += 8;
        }
        self.stored -= self.bits;
        Some((self.store >> self.stored) as u16 & ((1_u32 << self.bits) - 1) as u16)
    }
}
