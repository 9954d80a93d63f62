//! Eight values at a time: they take as many bytes as a value has bits.

use super::decode::Block;
use std::arch::x86_64::{
    __m256i, _mm_add_epi16, _mm_extract_epi16, _mm_loadu_si128, _mm_packus_epi32, _mm_set1_epi16, _mm_shuffle_epi8,
    _mm_slli_si128, _mm256_add_epi32, _mm256_and_si256, _mm256_castsi128_si256, _mm256_castsi256_si128, _mm256_cvtepi16_epi32,
    _mm256_extracti128_si256, _mm256_inserti128_si256, _mm256_loadu_si256, _mm256_set1_epi32, _mm256_shuffle_epi8,
    _mm256_srlv_epi32, _mm256_storeu_si256,
};

/// Bytes from the first value on that the loads of eight values may touch.
const REACH: usize = 24;

/// How eight values of a number of bits are cut out of their bytes.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Cut {
    /// for each 32-bit lane four bytes in reverse order, of the first load in the low half, of the second in the high one
    bytes: [u8; 32],
    /// how far each lane is then shifted to the right
    shifts: [u32; 8],
}

/// By number of bits, 0 to 16.
static CUTS: [Cut; 17] = {
    let mut cuts = [Cut { bytes: [0; 32], shifts: [0; 8] }; 17];
    let mut bits = 0;
    while bits <= 16 {
        let mut value = 0;
        while value < 8 {
            // The second load starts at byte bits / 2, which is before value 4 by at most four bits.
            let start = if value < 4 { value * bits } else { value * bits - bits / 2 * 8 };
            let mut byte = 0;
            while byte < 4 {
                cuts[bits].bytes[4 * value + byte] = (start / 8 + 3 - byte) as u8;
                byte += 1;
            }
            cuts[bits].shifts[value] = (32 - bits - start % 8) as u32;
            value += 1;
        }
        bits += 1;
    }
    cuts
};

/// The tables of one number of bits in registers.
#[derive(Clone, Copy)]
struct Cutter {
    bytes: __m256i,
    shifts: __m256i,
    mask: __m256i,
    bits: usize,
}

#[inline]
#[target_feature(enable = "avx2")]
fn cutter(bits: usize) -> Cutter {
    let cut = &CUTS[bits];
    // SAFETY: both tables have 32 bytes; the loads need no alignment.
    let (bytes, shifts) =
        unsafe { (_mm256_loadu_si256(cut.bytes.as_ptr().cast()), _mm256_loadu_si256(cut.shifts.as_ptr().cast())) };
    Cutter { bytes, shifts, mask: _mm256_set1_epi32((1 << bits) - 1), bits }
}

/// Eight values from byte `at` on, in 32-bit lanes.
///
/// # Safety
/// `REACH` bytes must be there.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn eight(cutter: Cutter, bytes: &[u8], at: usize) -> __m256i {
    debug_assert!(at + REACH <= bytes.len());
    // SAFETY: the second load ends at most at byte 8 + 16 = REACH; the caller says that these are there.
    let (low, high) = unsafe {
        let start = bytes.as_ptr().add(at);
        (_mm_loadu_si128(start.cast()), _mm_loadu_si128(start.add(cutter.bits / 2).cast()))
    };
    let both = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high);
    let lanes = _mm256_srlv_epi32(_mm256_shuffle_epi8(both, cutter.bytes), cutter.shifts);
    _mm256_and_si256(lanes, cutter.mask)
}

/// Groups of eight values that can be read from `bytes` and are wanted: whole ones, and a last one that may reach into the slack.
#[inline]
fn groups(bytes: &[u8], bits: usize, count: usize) -> usize {
    let Some(room) = bytes.len().checked_sub(REACH) else { return 0 };
    let readable = room.checked_div(bits).map_or(usize::MAX, |more| more + 1);
    count.div_ceil(8).min(readable)
}

/// Writes `smallest` plus each value.
#[target_feature(enable = "avx2")]
pub(super) fn absolute(bytes: &[u8], bits: usize, smallest: i32, count: usize, block: &mut Block) -> usize {
    let (cutter, smallest) = (cutter(bits), _mm256_set1_epi32(smallest));
    let (groups, target) = (groups(bytes, bits, count), block.as_chunks_mut::<8>().0);
    for (group, target) in target[..groups].iter_mut().enumerate() {
        // SAFETY: `groups` counts only those whose reach is inside.
        let values = unsafe { eight(cutter, bytes, group * bits) };
        // SAFETY: eight lanes are written to eight places.
        unsafe { _mm256_storeu_si256(target.as_mut_ptr().cast(), _mm256_add_epi32(values, smallest)) };
    }
    8 * groups
}

/// Writes the running sums of `step` plus each value, from `last` on, in 16 bits that wrap.
#[target_feature(enable = "avx2")]
pub(super) fn differences(bytes: &[u8], bits: usize, step: i16, last: &mut i16, count: usize, block: &mut Block) -> usize {
    let (cutter, step) = (cutter(bits), _mm_set1_epi16(step));
    let eighth = _mm_set1_epi16(0x0F0E);
    let (groups, target) = (groups(bytes, bits, count), block.as_chunks_mut::<8>().0);
    let mut sum = _mm_set1_epi16(*last);
    for (group, target) in target[..groups].iter_mut().enumerate() {
        // SAFETY: `groups` counts only those whose reach is inside.
        let values = unsafe { eight(cutter, bytes, group * bits) };
        let narrow = _mm_packus_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256::<1>(values));
        let ones = _mm_add_epi16(narrow, step);
        let twos = _mm_add_epi16(ones, _mm_slli_si128::<2>(ones));
        let fours = _mm_add_epi16(twos, _mm_slli_si128::<4>(twos));
        let eights = _mm_add_epi16(fours, _mm_slli_si128::<8>(fours));
        let samples = _mm_add_epi16(eights, sum);
        sum = _mm_add_epi16(sum, _mm_shuffle_epi8(eights, eighth));
        // SAFETY: eight lanes are written to eight places.
        unsafe { _mm256_storeu_si256(target.as_mut_ptr().cast(), _mm256_cvtepi16_epi32(samples)) };
    }
    // Where the last group went too far, nothing reads on from here.
    *last = _mm_extract_epi16::<0>(sum) as i16;
    8 * groups
}
