//! Samples to sections.

use super::{DIFFERENCES, MOST};
use crate::{Fault, OutOfRange, Sample, samples};

/// Samples that choose the kind of a section.
const LOOK: usize = 48;
/// Most samples in a section.
const LONGEST: usize = 128;
/// Where the range of differences starts on either side; one that stays on its side keeps it (part of the format).
const FAR: i32 = 16000;
/// Bytes of a section at most: head and values, and what the last store writes too far.
const SECTION: usize = 8 + 2 * LONGEST + 16;

/// Encodes `samples` at the end of `out`: each plus `shift`, as 16 bits with sign. Always a multiple of 4 bytes.
///
/// # Errors
/// A [`Fault`] if there are more than [`MOST`](super::MOST) samples, or naming one that is no whole number, or beyond 16 bits
/// where `rule` refuses that; `out` is then as it was.
pub fn encode<T: Sample>(samples: &[T], shift: i32, rule: OutOfRange, out: &mut Vec<u8>) -> Result<(), Fault> {
    if samples.len() > MOST {
        return Err(Fault::new(0, format!("radware_sigcompress counts {MOST} samples at most, not {}", samples.len())));
    }
    let mut shifted = vec![0_i16; samples.len()];
    shift_into(samples, shift, rule, &mut shifted)?;
    let start = out.len();
    out.reserve(2 * samples.len() + SECTION + 4);
    out.extend((samples.len() as u16).to_be_bytes());
    let mut rest = &shifted[..];
    while !rest.is_empty() {
        let section = Section::choose(rest);
        section.write(&rest[..section.samples], out);
        rest = &rest[section.samples..];
    }
    if !(out.len() - start).is_multiple_of(4) {
        out.extend([0; 2]);
    }
    Ok(())
}

/// Adds `shift` and takes 16 bits.
fn shift_into<T: Sample>(samples: &[T], shift: i32, rule: OutOfRange, out: &mut [i16]) -> Result<(), Fault> {
    let small = |bound: i64| bound.unsigned_abs() < 1 << 30;
    let mut outside = !(small(T::RANGE.0) && small(T::RANGE.1) && small(i64::from(shift)));
    if !outside {
        for (sample, out) in samples.iter().zip(&mut *out) {
            let value = sample.to_i32() + shift;
            *out = value as i16;
            outside |= i32::from(*out) != value;
        }
    }
    if outside {
        for (index, (sample, out)) in samples.iter().zip(out).enumerate() {
            let value = i128::from(samples::whole(index, *sample)?) + i128::from(shift);
            *out = value as i16;
            if rule == OutOfRange::Refuse && i128::from(*out) != value {
                let reason =
                    format!("sample {index} with the shift is {value}, which radware_sigcompress (16 bits) does not hold");
                return Err(Fault::new(0, reason));
            }
        }
    }
    Ok(())
}

/// A section that starts at the first sample of a slice.
struct Section {
    samples: usize,
    bits: u32,
    /// smallest sample, or smallest difference
    smallest: i32,
    differences: bool,
}

/// Smallest and largest of what was seen.
#[derive(Clone, Copy)]
struct Range {
    low: i32,
    high: i32,
}

impl Range {
    fn span(self) -> i32 {
        self.high - self.low
    }

    #[inline(always)]
    fn with(self, value: i32) -> Self {
        Self { low: self.low.min(value), high: self.high.max(value) }
    }

    /// Of all samples.
    #[inline(always)]
    fn with_samples(self, samples: &[i16]) -> Self {
        let (mut low, mut high) = (i16::MAX, i16::MIN);
        for sample in samples {
            low = low.min(*sample);
            high = high.max(*sample);
        }
        Self { low: self.low.min(i32::from(low)), high: self.high.max(i32::from(high)) }
    }

    /// Of the differences of all samples but the first to the one before.
    #[inline(always)]
    fn with_differences(self, samples: &[i16]) -> Self {
        let mut range = self;
        for (before, now) in samples.iter().zip(&samples[1..]) {
            range = range.with(i32::from(*now) - i32::from(*before));
        }
        range
    }
}

impl Section {
    /// The first samples decide between values and differences, and on the bits; then all that still fit are taken.
    fn choose(rest: &[i16]) -> Self {
        #[cfg(target_arch = "x86_64")]
        if germane_numerics::simd::has_avx2() {
            // SAFETY: the processor has AVX2.
            return unsafe { Self::choose_avx2(rest) };
        }
        Self::choose_loops(rest)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn choose_avx2(rest: &[i16]) -> Self {
        Self::choose_loops(rest)
    }

    #[inline(always)]
    fn choose_loops(rest: &[i16]) -> Self {
        let look = &rest[..rest.len().min(LOOK)];
        let rest = &rest[..rest.len().min(LONGEST)];
        let first = i32::from(rest[0]);
        let values = Range { low: first, high: first }.with_samples(look);
        let steps = Range { low: FAR, high: -FAR }.with_differences(look);
        let differences = values.span() > steps.span();
        let range = if differences { steps } else { values };
        let bits = (32 - range.span().max(0).leading_zeros()).max(2);
        let most = (1 << bits) - 1;
        let (samples, range) = if differences {
            extended(rest, look.len(), range, most, |range, from, to| range.with_differences(&rest[from - 1..to]))
        } else {
            extended(rest, look.len(), range, most, |range, from, to| range.with_samples(&rest[from..to]))
        };
        Self { samples, bits, smallest: range.low, differences }
    }

    fn write(&self, samples: &[i16], out: &mut Vec<u8>) {
        out.extend((self.samples as u16).to_be_bytes());
        let code = self.bits as usize + if self.differences { DIFFERENCES } else { 0 };
        out.extend((code as u16).to_be_bytes());
        let mut values = [0_u16; LONGEST];
        if self.differences {
            out.extend(samples[0].to_be_bytes());
            let steps = samples.iter().zip(&samples[1..]);
            for (value, (before, now)) in values.iter_mut().zip(steps) {
                *value = (i32::from(*now) - i32::from(*before) - self.smallest) as u16;
            }
        } else {
            for (value, sample) in values.iter_mut().zip(samples) {
                *value = (i32::from(*sample) - self.smallest) as u16;
            }
        }
        out.extend((self.smallest as i16).to_be_bytes());
        let count = samples.len() - usize::from(self.differences);
        pack(&values, count, self.bits, out);
    }
}

/// Takes samples from number `taken` on as long as the span stays within `most`: eight at a time, then one at a time.
#[inline(always)]
fn extended(
    rest: &[i16],
    mut taken: usize,
    mut range: Range,
    most: i32,
    with: impl Fn(Range, usize, usize) -> Range,
) -> (usize, Range) {
    let mut stride = 8;
    while taken < rest.len() {
        let to = taken + stride;
        if to <= rest.len() {
            let wider = with(range, taken, to);
            if wider.span() <= most {
                (taken, range) = (to, wider);
                continue;
            }
        }
        if stride == 1 {
            break;
        }
        stride = 1;
    }
    (taken, range)
}

/// Appends `count` values of `bits` bits, highest bit first, up to a whole word. Values behind `count` are 0.
#[inline(always)]
fn pack(values: &[u16; LONGEST], count: usize, bits: u32, out: &mut Vec<u8>) {
    let (mut bytes, mut length) = ([0_u8; 2 * LONGEST + 16], 0);
    for eight in values[..count.next_multiple_of(8)].chunks_exact(8) {
        let four = |four: &[u16]| four.iter().fold(0_u64, |word, value| word << bits | u64::from(*value));
        let word = u128::from(four(&eight[..4])) << (4 * bits) | u128::from(four(&eight[4..]));
        // Eight values take `bits` bytes; the rest of the 16 is written over.
        bytes[length..length + 16].copy_from_slice(&(word << (128 - 8 * bits)).to_be_bytes());
        length += bits as usize;
    }
    out.extend_from_slice(&bytes[..(count * bits as usize).div_ceil(16) * 2]);
}
