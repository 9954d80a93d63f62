//! Sixteen values at a time: eight of them take as many bytes as a value has bits.

use super::decode::{Kernels, decode_with};
use crate::{Fault, OutOfRange, Sample};
use std::arch::x86_64::{
    __m128i, __m256i, _mm_extract_epi16, _mm_loadu_si128, _mm256_add_epi16, _mm256_add_epi32, _mm256_and_si256,
    _mm256_broadcastsi128_si256, _mm256_castsi128_si256, _mm256_castsi256_si128, _mm256_cvtepi16_epi32, _mm256_extracti128_si256,
    _mm256_inserti128_si256, _mm256_packus_epi32, _mm256_permute2x128_si256, _mm256_permute4x64_epi64, _mm256_set1_epi16,
    _mm256_set1_epi32, _mm256_shuffle_epi8, _mm256_slli_si256, _mm256_srlv_epi32, _mm256_storeu_si256,
};

/// Decodes a row with the kernels below.
#[target_feature(enable = "avx2")]
pub(super) fn decode_into<T: Sample>(bytes: &[u8], shift: i32, out: &mut [T], rule: OutOfRange) -> Result<(), Fault> {
    decode_with::<T, Wide>(bytes, shift, out, rule)
}

/// The kernels below; named only where the processor has AVX2.
struct Wide;

impl Kernels for Wide {
    #[inline(always)]
    fn absolute(bytes: &[u8], bits: usize, smallest: i32, count: usize, block: &mut [i32]) -> usize {
        // SAFETY: `decode_into` above, the only one to name this type, needs AVX2 itself.
        unsafe { absolute(bytes, bits, smallest, count, block) }
    }

    #[inline(always)]
    fn differences(bytes: &[u8], bits: usize, step: i16, last: &mut i16, count: usize, block: &mut [i32]) -> usize {
        // SAFETY: as above.
        unsafe { differences(bytes, bits, step, last, count, block) }
    }
}

/// How eight values of a number of bits are cut out of their bytes, by number of bits.
struct Cuts {
    /// for each of the values 0 to 3, then 4 to 7, the four bytes up to its last one, in reverse order; 0x80 takes none
    bytes: [[[u8; 16]; 2]; 17],
    /// how far they are then shifted to the right
    shifts: [[[u32; 4]; 2]; 17],
}

static CUTS: Cuts = {
    let mut cuts = Cuts { bytes: [[[0x80; 16]; 2]; 17], shifts: [[[0; 4]; 2]; 17] };
    let mut bits = 1;
    while bits <= 16 {
        let mut value = 0;
        while value < 8 {
            let end = (value + 1) * bits;
            let last = (end - 1) / 8;
            let mut byte = 0;
            while byte < 4 && byte <= last {
                cuts.bytes[bits][value / 4][value % 4 * 4 + byte] = (last - byte) as u8;
                byte += 1;
            }
            cuts.shifts[bits][value / 4][value % 4] = (8 * (last + 1) - end) as u32;
            value += 1;
        }
        bits += 1;
    }
    cuts
};

/// The tables of one number of bits in registers, the same in both halves.
#[derive(Clone, Copy)]
struct Cutter {
    bytes: [__m256i; 2],
    shifts: [__m256i; 2],
    mask: __m256i,
    bits: usize,
}

#[inline]
#[target_feature(enable = "avx2")]
fn cutter(bits: usize) -> Cutter {
    // SAFETY: every row of the tables has 16 bytes; the loads need no alignment.
    let both = |row: *const __m128i| _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(row) });
    let bytes = [0, 1].map(|half| both(CUTS.bytes[bits][half].as_ptr().cast()));
    let shifts = [0, 1].map(|half| both(CUTS.shifts[bits][half].as_ptr().cast()));
    Cutter { bytes, shifts, mask: _mm256_set1_epi32((1 << bits) - 1), bits }
}

impl Cutter {
    /// Bytes that the loads of sixteen values touch.
    #[inline]
    fn reach(self) -> usize {
        self.bits + 16
    }

    /// Groups of sixteen values that can be read from `bytes` and are wanted; the last may give too many.
    #[inline]
    fn groups(self, bytes: &[u8], count: usize) -> usize {
        let Some(room) = bytes.len().checked_sub(self.reach()) else { return 0 };
        let readable = room.checked_div(2 * self.bits).map_or(usize::MAX, |more| more + 1);
        count.div_ceil(16).min(readable)
    }

    /// Values 0 to 3 and 8 to 11 from byte `at` on, values 4 to 7 and 12 to 15, in 32-bit lanes.
    ///
    /// # Safety
    /// As many bytes as the reach must be there.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn sixteen(self, bytes: &[u8], at: usize) -> (__m256i, __m256i) {
        debug_assert!(at + self.reach() <= bytes.len());
        // SAFETY: the second load ends at the reach; the caller says that it is there.
        let (low, high) = unsafe {
            let start = bytes.as_ptr().add(at);
            (_mm_loadu_si128(start.cast()), _mm_loadu_si128(start.add(self.bits).cast()))
        };
        let eights = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high);
        let first = _mm256_srlv_epi32(_mm256_shuffle_epi8(eights, self.bytes[0]), self.shifts[0]);
        let second = _mm256_srlv_epi32(_mm256_shuffle_epi8(eights, self.bytes[1]), self.shifts[1]);
        (_mm256_and_si256(first, self.mask), _mm256_and_si256(second, self.mask))
    }
}

/// Writes sixteen samples.
#[inline]
#[target_feature(enable = "avx2")]
fn store(target: &mut [i32; 16], low: __m256i, high: __m256i) {
    // SAFETY: two times eight lanes are written to sixteen places.
    unsafe {
        _mm256_storeu_si256(target.as_mut_ptr().cast(), low);
        _mm256_storeu_si256(target.as_mut_ptr().add(8).cast(), high);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn absolute(bytes: &[u8], bits: usize, smallest: i32, count: usize, block: &mut [i32]) -> usize {
    let (cutter, smallest) = (cutter(bits), _mm256_set1_epi32(smallest));
    let groups = cutter.groups(bytes, count);
    for (group, target) in block.as_chunks_mut().0[..groups].iter_mut().enumerate() {
        // SAFETY: `groups` counts only those whose reach is inside.
        let (first, second) = unsafe { cutter.sixteen(bytes, group * 2 * bits) };
        let low = _mm256_permute2x128_si256::<0x20>(first, second);
        let high = _mm256_permute2x128_si256::<0x31>(first, second);
        store(target, _mm256_add_epi32(low, smallest), _mm256_add_epi32(high, smallest));
    }
    16 * groups
}

#[inline]
#[target_feature(enable = "avx2")]
fn differences(bytes: &[u8], bits: usize, step: i16, last: &mut i16, count: usize, block: &mut [i32]) -> usize {
    let (cutter, step) = (cutter(bits), _mm256_set1_epi16(step));
    let groups = cutter.groups(bytes, count);
    let eighth = _mm256_set1_epi16(0x0F0E);
    let mut sum = _mm256_set1_epi16(*last);
    for (group, target) in block.as_chunks_mut().0[..groups].iter_mut().enumerate() {
        // SAFETY: `groups` counts only those whose reach is inside.
        let (first, second) = unsafe { cutter.sixteen(bytes, group * 2 * bits) };
        // Running sums in each half by itself.
        let ones = _mm256_add_epi16(_mm256_packus_epi32(first, second), step);
        let twos = _mm256_add_epi16(ones, _mm256_slli_si256::<2>(ones));
        let fours = _mm256_add_epi16(twos, _mm256_slli_si256::<4>(twos));
        let eights = _mm256_add_epi16(fours, _mm256_slli_si256::<8>(fours));
        // The high half takes the total of the low one, then both what was before.
        let totals = _mm256_shuffle_epi8(eights, eighth);
        let sums = _mm256_add_epi16(eights, _mm256_permute2x128_si256::<0x08>(totals, totals));
        let samples = _mm256_add_epi16(sums, sum);
        let total = _mm256_add_epi16(totals, _mm256_permute4x64_epi64::<0x4E>(totals));
        sum = _mm256_add_epi16(sum, total);
        let low = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(samples));
        store(target, low, _mm256_cvtepi16_epi32(_mm256_extracti128_si256::<1>(samples)));
    }
    // Where the last group went too far, nothing reads on from here.
    *last = _mm_extract_epi16::<0>(_mm256_castsi256_si128(sum)) as i16;
    16 * groups
}
