//! Sections to samples.

use super::{DIFFERENCES, MOST_BITS};
use crate::{Fault, OutOfRange, Sample, samples};

/// Values that are unpacked at once; a multiple of 16, which kernels take at a time.
const PIECE: usize = 1024;
/// Samples that are decoded before they are converted: a piece and the first sample of differences.
const BLOCK: usize = PIECE + 1;
/// Places behind a block that a kernel may overwrite.
const SLACK: usize = 16;

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
    #[cfg(target_arch = "x86_64")]
    if germane_numerics::simd::has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { super::avx2::decode_into(bytes, shift, out, rule) };
    }
    decode_with::<T, Plain>(bytes, shift, out, rule)
}

/// Kernels that unpack `count` values from the beginning of `bytes` into the beginning of a block, which has room for
/// [`SLACK`] more; they return how many they have done: all, or a multiple of 8.
pub(super) trait Kernels {
    /// Writes `smallest` plus each value.
    fn absolute(bytes: &[u8], bits: usize, smallest: i32, count: usize, block: &mut [i32]) -> usize;
    /// Writes the running sums of `step` plus each value, from `last` on, in 16 bits that wrap.
    fn differences(bytes: &[u8], bits: usize, step: i16, last: &mut i16, count: usize, block: &mut [i32]) -> usize;
}

/// None: the loops that follow the kernels do all.
pub(super) struct Plain;

impl Kernels for Plain {
    fn absolute(_: &[u8], _: usize, _: i32, _: usize, _: &mut [i32]) -> usize {
        0
    }

    fn differences(_: &[u8], _: usize, _: i16, _: &mut i16, _: usize, _: &mut [i32]) -> usize {
        0
    }
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

#[inline(always)]
pub(super) fn decode_with<T: Sample, K: Kernels>(bytes: &[u8], shift: i32, out: &mut [T], rule: OutOfRange) -> Result<(), Fault> {
    if !bytes.len().is_multiple_of(2) {
        return Err(Fault::new(bytes.len() - 1, "radware_sigcompress has an odd number of bytes"));
    }
    let count = samples(bytes)?;
    if count != out.len() {
        return Err(Fault::new(0, format!("radware_sigcompress has {count} samples where {} are promised", out.len())));
    }
    let mut converted = 0;
    let mut convert = |block: &[i32], highest: i32| {
        let target = &mut out[converted..converted + block.len()];
        let bounds = (i32::from(i16::MIN), highest);
        samples::narrow(block, bounds, -i64::from(shift), rule, converted, target)?;
        converted += block.len();
        Ok(())
    };
    let (mut at, mut missing) = (2, count);
    let (mut block, mut filled) = ([0; BLOCK + SLACK], 0);
    // Absolute values may go beyond 16 bits, which good data never do.
    let mut highest = i32::from(i16::MAX);
    while missing > 0 {
        let section = section(bytes, at, missing)?;
        if filled + section.samples.min(BLOCK) > BLOCK {
            convert(&block[..filled], highest)?;
            (filled, highest) = (0, i32::from(i16::MAX));
        }
        if section.step.is_none() {
            highest = highest.max(i32::from(section.smallest) + (1 << section.bits) - 1);
        }
        let mut last = section.smallest;
        let mut left = section.samples;
        if section.step.is_some() {
            block[filled] = i32::from(last);
            (filled, left) = (filled + 1, left - 1);
        }
        // The values go on to the end of the row, because kernels read a little further than the section.
        let mut values = &bytes[at + section.header..];
        loop {
            let piece = left.min(PIECE);
            unpack::<K>(&section, values, &mut last, piece, &mut block[filled..]);
            (filled, left) = (filled + piece, left - piece);
            if left == 0 {
                break;
            }
            values = &values[PIECE / 8 * section.bits..];
            convert(&block[..filled], highest)?;
            filled = 0;
        }
        at += section.header + section.values;
        missing -= section.samples;
    }
    convert(&block[..filled], highest)
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

/// Unpacks `count` values of a section to samples: the kernel first, then what it leaves.
#[inline(always)]
fn unpack<K: Kernels>(section: &Section, values: &[u8], last: &mut i16, count: usize, block: &mut [i32]) {
    let Section { bits, smallest, step, .. } = *section;
    match step {
        None => {
            let done = K::absolute(values, bits, i32::from(smallest), count, block).min(count);
            let rest = Unpacked::new(&values[done / 8 * bits..], bits);
            for (sample, value) in block[done..count].iter_mut().zip(rest) {
                *sample = i32::from(smallest) + i32::from(value);
            }
        }
        Some(step) => {
            let done = K::differences(values, bits, step, last, count, block).min(count);
            let rest = Unpacked::new(&values[done / 8 * bits..], bits);
            for (sample, value) in block[done..count].iter_mut().zip(rest) {
                *last = last.wrapping_add(step).wrapping_add(value as i16);
                *sample = i32::from(*last);
            }
        }
    }
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
