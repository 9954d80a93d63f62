//! Bytes counted, runs found.

/// Shortest run that is worth a match.
const SHORTEST: usize = 4;

/// Bytes that are all like the one before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) length: usize,
}

/// Finds all runs of at least four bytes in `start..end`; the first byte of the input has none before it.
pub(super) fn runs(input: &[u8], start: usize, end: usize, out: &mut Vec<Run>) {
    let mut at = start.max(1);
    // Number of equal neighbours up to `at`.
    let mut length = 0;
    while at + 64 <= end {
        let mut equal = equal_to_before(input, at);
        if length == 0 && equal & equal >> 1 & equal >> 2 & equal >> 3 == 0 && equal >> 61 == 0 {
            // No run begins here that could be long enough.
            at += 64;
            continue;
        }
        let mut left = 64;
        while left > 0 {
            let same = equal.trailing_ones().min(left);
            length += same as usize;
            equal = equal.checked_shr(same).unwrap_or(0);
            left -= same;
            at += same as usize;
            if left == 0 {
                break;
            }
            close(at, &mut length, out);
            let other = equal.trailing_zeros().min(left);
            equal = equal.checked_shr(other).unwrap_or(0);
            left -= other;
            at += other as usize;
        }
    }
    while at < end {
        if input[at] == input[at - 1] {
            length += 1;
        } else {
            close(at, &mut length, out);
        }
        at += 1;
    }
    close(end.max(start), &mut length, out);
}

fn close(end: usize, length: &mut usize, out: &mut Vec<Run>) {
    if *length >= SHORTEST {
        out.push(Run { start: end - *length, length: *length });
    }
    *length = 0;
}

/// Bit k: byte `at + k` is like the one before it, for 64 bytes.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn equal_to_before(input: &[u8], at: usize) -> u64 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8};
    let (here, before) = (&input[at..at + 64], &input[at - 1..at + 63]);
    let mut mask = 0;
    for k in 0..4 {
        // SAFETY: both slices have 64 bytes, and every x86-64 has SSE2.
        let equal = unsafe {
            let (a, b) = (_mm_loadu_si128(here.as_ptr().add(16 * k).cast()), _mm_loadu_si128(before.as_ptr().add(16 * k).cast()));
            _mm_movemask_epi8(_mm_cmpeq_epi8(a, b))
        };
        mask |= u64::from(equal as u16) << (16 * k);
    }
    mask
}

#[cfg(not(target_arch = "x86_64"))]
fn equal_to_before(input: &[u8], at: usize) -> u64 {
    equal_to_before_scalar(input, at)
}

/// The definition.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn equal_to_before_scalar(input: &[u8], at: usize) -> u64 {
    (0..64).fold(0, |mask, k| mask | u64::from(input[at + k] == input[at + k - 1]) << k)
}

/// Bytes counted in four tables, since equal neighbours would wait for each other in one.
pub(super) struct Counts([[u32; 256]; 4]);

impl Default for Counts {
    fn default() -> Self {
        Self([[0; 256]; 4])
    }
}

impl Counts {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let (fours, rest) = bytes.as_chunks::<4>();
        for four in fours {
            for (table, &byte) in self.0.iter_mut().zip(four) {
                table[usize::from(byte)] += 1;
            }
        }
        for &byte in rest {
            self.0[0][usize::from(byte)] += 1;
        }
    }

    /// Adds what was counted.
    pub(super) fn sum(&self, counts: &mut [u32; super::SYMBOLS]) {
        for (k, count) in counts[..256].iter_mut().enumerate() {
            *count += self.0.iter().map(|table| table[k]).sum::<u32>();
        }
    }
}

/// `n log2 n`, to four digits: enough to compare codes.
pub(super) fn weighted_log2(n: u32) -> f32 {
    if n < 2 {
        return 0.0;
    }
    let power = n.ilog2();
    // log2(1 + x) ≈ x + 0.3366 x (1 − x) on 0…1, error below 0.008
    let x = n as f32 / (1_u32 << power) as f32 - 1.0;
    n as f32 * (power as f32 + x + 0.3366 * x * (1.0 - x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition of runs.
    fn runs_slowly(input: &[u8], start: usize, end: usize) -> Vec<Run> {
        let (mut out, mut length) = (Vec::new(), 0);
        for at in start.max(1)..end {
            if input[at] == input[at - 1] {
                length += 1;
            } else {
                close(at, &mut length, &mut out);
            }
        }
        close(end, &mut length, &mut out);
        out
    }

    proptest! {
        #[test]
        fn wide_and_narrow_kernels_find_the_same_runs(
            pieces in proptest::collection::vec((0_u8..3, 1_usize..90), 1..40),
            start in 0_usize..100,
        ) {
            let input: Vec<u8> = pieces.iter().flat_map(|&(byte, length)| std::iter::repeat_n(byte, length)).collect();
            let start = start.min(input.len());
            let mut found = Vec::new();
            runs(&input, start, input.len(), &mut found);
            prop_assert_eq!(found, runs_slowly(&input, start, input.len()));
            if input.len() > 64 {
                prop_assert_eq!(equal_to_before(&input, 1), equal_to_before_scalar(&input, 1));
            }
        }
    }
}
