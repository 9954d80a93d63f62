//! Eight numbers at a time, as long as none of them takes more than two bytes.

use super::State;
use std::arch::x86_64::{
    __m128i, _mm_add_epi16, _mm_and_si128, _mm_cmpgt_epi16, _mm_cvtsi128_si32, _mm_loadl_epi64, _mm_loadu_si128,
    _mm_maddubs_epi16, _mm_movemask_epi8, _mm_or_si128, _mm_packs_epi16, _mm_set1_epi8, _mm_set1_epi16, _mm_setzero_si128,
    _mm_shuffle_epi8, _mm_slli_epi16, _mm_slli_epi64, _mm_srli_epi16, _mm_storeu_si128, _mm_sub_epi16, _mm_xor_si128,
    _mm256_add_epi32, _mm256_blend_epi32, _mm256_castsi256_si128, _mm256_cvtepi16_epi32, _mm256_loadu_si256,
    _mm256_movemask_epi8, _mm256_packus_epi32, _mm256_permute4x64_epi64, _mm256_permutevar8x32_epi32, _mm256_set1_epi32,
    _mm256_setzero_si256, _mm256_slli_epi32, _mm256_srai_epi32, _mm256_storeu_si256, _mm256_sub_epi32, _mm256_testz_si256,
    _mm256_xor_si256,
};

/// Bytes whose continuation bits are looked at together.
const WINDOW: usize = 64;

/// For the continuation bits of eight bytes: where the low and the high byte of each number stand; 0x80 takes none.
static SPREAD: [[u8; 16]; 256] = {
    let mut table = [[0x80; 16]; 256];
    let mut bits = 0;
    while bits < 256 {
        let (mut byte, mut number) = (0, 0);
        while byte < 8 {
            let goes_on = bits >> byte & 1 == 1;
            if goes_on && byte == 7 {
                break;
            }
            table[bits][2 * number] = byte as u8;
            if goes_on {
                table[bits][2 * number + 1] = byte as u8 + 1;
            }
            byte += if goes_on { 2 } else { 1 };
            number += 1;
        }
        bits += 1;
    }
    table
};

/// For the flags of eight numbers that take two bytes: which bytes of the pairs are written.
static GATHER: [[u8; 16]; 256] = {
    let mut table = [[0x80; 16]; 256];
    let mut flags = 0;
    while flags < 256 {
        let (mut number, mut byte) = (0, 0);
        while number < 8 {
            table[flags][byte] = 2 * number;
            byte += 1;
            if flags >> number & 1 == 1 {
                table[flags][byte] = 2 * number + 1;
                byte += 1;
            }
            number += 1;
        }
        flags += 1;
    }
    table
};

#[inline]
#[target_feature(enable = "avx2")]
fn row(table: &[[u8; 16]; 256], index: u8) -> __m128i {
    // SAFETY: a row has 16 bytes; the load needs no alignment.
    unsafe { _mm_loadu_si128(table[usize::from(index)].as_ptr().cast()) }
}

/// Fills `block` as long as whole windows are there, stopping before a number of three bytes or more.
#[target_feature(enable = "avx2")]
pub(super) fn decode(bytes: &[u8], state: &mut State, block: &mut [i32]) -> usize {
    let (fourth, eighth) = (_mm256_set1_epi32(3), _mm256_set1_epi32(7));
    let mut sum = _mm256_set1_epi32(state.sum);
    let (mut at, mut filled) = (state.at, 0);
    // A window gives at most as many samples as it has bytes, so that the stores below stay inside.
    while block.len() - filled >= WINDOW
        && let Some(window) = bytes.get(at..).and_then(|rest| rest.first_chunk::<WINDOW>())
    {
        let goes_on = continuation_bits(window);
        let longer = goes_on & goes_on >> 1;
        let end = if longer == 0 { WINDOW } else { longer.trailing_zeros() as usize };
        let mut used = 0;
        while used + 8 <= end {
            let bits = (goes_on >> used) as u8;
            // SAFETY: used + 8 <= WINDOW.
            let eight = unsafe { _mm_loadl_epi64(window.as_ptr().add(used).cast()) };
            let local = sums_of_four(_mm_shuffle_epi8(eight, row(&SPREAD, bits)));
            // The high half takes the total of the low half; then both take what was before.
            let wide = _mm256_cvtepi16_epi32(local);
            let low_total = _mm256_blend_epi32::<0xF0>(_mm256_setzero_si256(), _mm256_permutevar8x32_epi32(wide, fourth));
            let eight_sums = _mm256_add_epi32(wide, low_total);
            let samples = _mm256_add_epi32(eight_sums, sum);
            sum = _mm256_add_epi32(sum, _mm256_permutevar8x32_epi32(eight_sums, eighth));
            debug_assert!(filled + 8 <= block.len());
            // SAFETY: at least as many places are left in the block as bytes in the window, and 8 of these are left.
            unsafe { _mm256_storeu_si256(block.as_mut_ptr().add(filled).cast(), samples) };
            let taken = 8 - usize::from(bits >> 7);
            filled += taken - (bits & 0x7F).count_ones() as usize;
            used += taken;
        }
        at += used;
        if longer != 0 {
            break;
        }
    }
    state.at = at;
    state.sum = _mm_cvtsi128_si32(_mm256_castsi256_si128(sum));
    filled
}

/// The highest bits of all bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn continuation_bits(window: &[u8; WINDOW]) -> u64 {
    // SAFETY: both halves have 32 bytes; the loads need no alignment.
    let [low, high] = [0, 32].map(|at| unsafe { _mm256_loadu_si256(window.as_ptr().add(at).cast()) });
    u64::from(_mm256_movemask_epi8(low) as u32) | u64::from(_mm256_movemask_epi8(high) as u32) << 32
}

/// Differences of eight pairs of bytes, and their running sums over each four: at most 4 * 8192, which 16 bits hold.
#[inline]
#[target_feature(enable = "avx2")]
fn sums_of_four(pairs: __m128i) -> __m128i {
    let seven_bits = _mm_and_si128(pairs, _mm_set1_epi8(0x7F));
    let zigzag = _mm_maddubs_epi16(_mm_set1_epi16(0x8001_u16 as i16), seven_bits);
    let sign = _mm_sub_epi16(_mm_setzero_si128(), _mm_and_si128(zigzag, _mm_set1_epi16(1)));
    let differences = _mm_xor_si128(_mm_srli_epi16::<1>(zigzag), sign);
    let twos = _mm_add_epi16(differences, _mm_slli_epi64::<16>(differences));
    _mm_add_epi16(twos, _mm_slli_epi64::<32>(twos))
}

/// Encodes the differences of all numbers but the first, stopping before one of three bytes or more, or where fewer than
/// eight are left; says how many it has done.
#[target_feature(enable = "avx2")]
pub(super) fn encode(numbers: &[i32], out: &mut Vec<u8>) -> usize {
    // Two bytes a number, and what the last store writes too far.
    out.reserve(2 * numbers.len() + 16);
    let (mut done, mut length) = (0, out.len());
    while done + 9 <= numbers.len() {
        // SAFETY: nine numbers are left from `done` on.
        let [before, now] = [done, done + 1].map(|at| unsafe { _mm256_loadu_si256(numbers.as_ptr().add(at).cast()) });
        let difference = _mm256_sub_epi32(now, before);
        let zigzag = _mm256_xor_si256(_mm256_slli_epi32::<1>(difference), _mm256_srai_epi32::<31>(difference));
        if _mm256_testz_si256(zigzag, _mm256_set1_epi32(!0x3FFF)) == 0 {
            break;
        }
        let packed = _mm256_permute4x64_epi64::<0b1000>(_mm256_packus_epi32(zigzag, zigzag));
        let zigzag = _mm256_castsi256_si128(packed);
        let high = _mm_srli_epi16::<7>(zigzag);
        let two = _mm_cmpgt_epi16(high, _mm_setzero_si128());
        let low = _mm_or_si128(_mm_and_si128(zigzag, _mm_set1_epi16(0x7F)), _mm_and_si128(two, _mm_set1_epi16(0x80)));
        let pairs = _mm_or_si128(low, _mm_slli_epi16::<8>(high));
        let flags = _mm_movemask_epi8(_mm_packs_epi16(two, _mm_setzero_si128())) as u8;
        debug_assert!(length + 16 <= out.capacity());
        // SAFETY: `length` is at most two bytes a number done behind the old end, and 16 more were reserved.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().add(length).cast(), _mm_shuffle_epi8(pairs, row(&GATHER, flags))) };
        length += 8 + flags.count_ones() as usize;
        done += 8;
    }
    // SAFETY: the stores above have written every byte up to `length`, which is within the capacity.
    unsafe { out.set_len(length) };
    done
}
