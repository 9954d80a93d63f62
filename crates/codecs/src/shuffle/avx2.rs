//! Byte shuffle of 2, 4 and 8-byte elements, 32 elements at a time. Each returns how many elements it has done.

use std::arch::x86_64::{
    __m256i, _mm_setr_epi8, _mm256_broadcastsi128_si256, _mm256_loadu_si256, _mm256_permute2x128_si256, _mm256_permute4x64_epi64,
    _mm256_permutevar8x32_epi32, _mm256_setr_epi32, _mm256_shuffle_epi8, _mm256_storeu_si256, _mm256_unpackhi_epi8,
    _mm256_unpackhi_epi16, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi8, _mm256_unpacklo_epi16,
    _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
};

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8], at: usize) -> __m256i {
    let bytes: &[u8; 32] = bytes[at..at + 32].try_into().expect("invariant: 32 bytes");
    // SAFETY: 32 bytes are there; the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(bytes: &mut [u8], at: usize, value: __m256i) {
    let bytes: &mut [u8; 32] = (&mut bytes[at..at + 32]).try_into().expect("invariant: 32 bytes");
    // SAFETY: 32 bytes are there; the store needs no alignment.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), value) }
}

/// The same 16 positions for both halves.
#[inline]
#[target_feature(enable = "avx2")]
fn positions(order: [i8; 16]) -> __m256i {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = order;
    _mm256_broadcastsi128_si256(_mm_setr_epi8(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p))
}

/// 16-byte halves of two registers: the low ones, the high ones.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    (_mm256_permute2x128_si256::<0x20>(a, b), _mm256_permute2x128_si256::<0x31>(a, b))
}

#[target_feature(enable = "avx2")]
pub(super) fn shuffle_2(count: usize, input: &[u8], output: &mut [u8]) -> usize {
    let order = positions([0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15]);
    let done = count / 32 * 32;
    for i in (0..done).step_by(32) {
        let a = _mm256_shuffle_epi8(load(input, 2 * i), order);
        let b = _mm256_shuffle_epi8(load(input, 2 * i + 32), order);
        store(output, i, _mm256_permute4x64_epi64::<0xD8>(_mm256_unpacklo_epi64(a, b)));
        store(output, count + i, _mm256_permute4x64_epi64::<0xD8>(_mm256_unpackhi_epi64(a, b)));
    }
    done
}

#[target_feature(enable = "avx2")]
pub(super) fn unshuffle_2(count: usize, input: &[u8], output: &mut [u8]) -> usize {
    let done = count / 32 * 32;
    for i in (0..done).step_by(32) {
        let (a, b) = (load(input, i), load(input, count + i));
        let (low, high) = halves(_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b));
        store(output, 2 * i, low);
        store(output, 2 * i + 32, high);
    }
    done
}

#[target_feature(enable = "avx2")]
pub(super) fn shuffle_4(count: usize, input: &[u8], output: &mut [u8]) -> usize {
    let order = positions([0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]);
    let pairs = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    let done = count / 32 * 32;
    for i in (0..done).step_by(32) {
        // Eight elements a register: bytes 0 of all, bytes 1, 2, 3, eight bytes each.
        let [a, b, c, d] =
            [0, 32, 64, 96].map(|at| _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(load(input, 4 * i + at), order), pairs));
        let (plane_0, plane_2) = halves(_mm256_unpacklo_epi64(a, b), _mm256_unpacklo_epi64(c, d));
        let (plane_1, plane_3) = halves(_mm256_unpackhi_epi64(a, b), _mm256_unpackhi_epi64(c, d));
        for (k, plane) in [plane_0, plane_1, plane_2, plane_3].into_iter().enumerate() {
            store(output, k * count + i, plane);
        }
    }
    done
}

#[target_feature(enable = "avx2")]
pub(super) fn unshuffle_4(count: usize, input: &[u8], output: &mut [u8]) -> usize {
    let done = count / 32 * 32;
    for i in (0..done).step_by(32) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|k| load(input, k * count + i));
        let (ab_0, ab_1) = (_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b));
        let (cd_0, cd_1) = (_mm256_unpacklo_epi8(c, d), _mm256_unpackhi_epi8(c, d));
        let (first, third) = halves(_mm256_unpacklo_epi16(ab_0, cd_0), _mm256_unpackhi_epi16(ab_0, cd_0));
        let (second, fourth) = halves(_mm256_unpacklo_epi16(ab_1, cd_1), _mm256_unpackhi_epi16(ab_1, cd_1));
        for (k, elements) in [first, second, third, fourth].into_iter().enumerate() {
            store(output, 4 * i + 32 * k, elements);
        }
    }
    done
}

#[target_feature(enable = "avx2")]
pub(super) fn shuffle_8(count: usize, input: &[u8], output: &mut [u8]) -> usize {
    let order = positions([0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]);
    let pairs = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    let done = count / 32 * 32;
    for i in (0..done).step_by(32) {
        // Four elements a register: bytes 0 to 3 of all in the low half, 4 to 7 in the high one, four bytes each.
        let rows = [0, 32, 64, 96, 128, 160, 192, 224]
            .map(|at| _mm256_shuffle_epi8(_mm256_permutevar8x32_epi32(load(input, 8 * i + at), pairs), order));
        let [a, b, c, d] = transpose_4(rows[0], rows[1], rows[2], rows[3]);
        let [e, f, g, h] = transpose_4(rows[4], rows[5], rows[6], rows[7]);
        for (k, (low, high)) in [halves(a, e), halves(b, f), halves(c, g), halves(d, h)].into_iter().enumerate() {
            store(output, k * count + i, low);
            store(output, (k + 4) * count + i, high);
        }
    }
    done
}

/// Rows to columns of 32-bit numbers, in each half by itself.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose_4(a: __m256i, b: __m256i, c: __m256i, d: __m256i) -> [__m256i; 4] {
    let (ab_0, ab_1) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let (cd_0, cd_1) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(ab_0, cd_0),
        _mm256_unpackhi_epi64(ab_0, cd_0),
        _mm256_unpacklo_epi64(ab_1, cd_1),
        _mm256_unpackhi_epi64(ab_1, cd_1),
    ]
}

#[target_feature(enable = "avx2")]
pub(super) fn unshuffle_8(count: usize, input: &[u8], output: &mut [u8]) -> usize {
    let done = count / 32 * 32;
    for i in (0..done).step_by(32) {
        let [a, b, c, d, e, f, g, h] = [0, 1, 2, 3, 4, 5, 6, 7].map(|k| load(input, k * count + i));
        let (ab, cd) =
            ((_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b)), (_mm256_unpacklo_epi8(c, d), _mm256_unpackhi_epi8(c, d)));
        let (ef, gh) =
            ((_mm256_unpacklo_epi8(e, f), _mm256_unpackhi_epi8(e, f)), (_mm256_unpacklo_epi8(g, h), _mm256_unpackhi_epi8(g, h)));
        let low = [
            _mm256_unpacklo_epi16(ab.0, cd.0),
            _mm256_unpackhi_epi16(ab.0, cd.0),
            _mm256_unpacklo_epi16(ab.1, cd.1),
            _mm256_unpackhi_epi16(ab.1, cd.1),
        ];
        let high = [
            _mm256_unpacklo_epi16(ef.0, gh.0),
            _mm256_unpackhi_epi16(ef.0, gh.0),
            _mm256_unpacklo_epi16(ef.1, gh.1),
            _mm256_unpackhi_epi16(ef.1, gh.1),
        ];
        // Quarter q holds elements 4q..4q+4 in its low halves, 16+4q.. in its high ones.
        for (q, (low, high)) in low.into_iter().zip(high).enumerate() {
            let (first, second) = halves(_mm256_unpacklo_epi32(low, high), _mm256_unpackhi_epi32(low, high));
            store(output, 8 * i + 32 * q, first);
            store(output, 8 * i + 128 + 32 * q, second);
        }
    }
    done
}
