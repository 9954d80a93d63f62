//! Fletcher's checksum of 32 bits as HDF5 stores it behind a chunk (filter 3).
//!
//! Sums of big-endian 16-bit words modulo 65535, where an odd last byte is the high half of a word; `second << 16 | first`
//! is stored in little-endian order. Source: J. G. Fletcher, IEEE Trans. Comm. COM-30 (1982) 247; HDF5 file format, filter 3.

/// Words that both sums can take in before they must be reduced: 64 bits hold 65535 * n * (n + 1) / 2 + 65535 * (n + 1).
const WORDS: usize = 1 << 16;
/// Words that are weighted at a time, in 32-bit lanes.
const LANE: usize = 64;

/// Checksum of `bytes`.
///
/// ```
/// // words 0x6162, 0x6300: first = 0xc462, second = 0x6162 + 0xc462 mod 65535
/// assert_eq!(germane_codecs::fletcher32::checksum(b"abc"), 0x25c5_c462);
/// ```
pub fn checksum(bytes: &[u8]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if germane_numerics::simd::has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { checksum_avx2(bytes) };
    }
    sums(bytes)
}

/// Whether `stored` belongs to `bytes`. Files of HDF5 before 1.6.3 have both halves with their bytes swapped.
pub fn matches(bytes: &[u8], stored: u32) -> bool {
    let sum = checksum(bytes);
    let swapped = (sum & 0x00FF_00FF) << 8 | (sum >> 8) & 0x00FF_00FF;
    stored == sum || stored == swapped
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn checksum_avx2(bytes: &[u8]) -> u32 {
    sums(bytes)
}

/// The loops, which the compiler makes wide where it may.
#[inline(always)]
fn sums(bytes: &[u8]) -> u32 {
    let (mut first, mut second) = (0_u64, 0_u64);
    for part in bytes.chunks(2 * WORDS) {
        let mut lanes = part.chunks_exact(2 * LANE);
        for lane in &mut lanes {
            let (mut plain, mut weighted) = (0_u32, 0_u32);
            for i in 0..LANE {
                let word = u32::from(u16::from_be_bytes([lane[2 * i], lane[2 * i + 1]]));
                plain += word;
                weighted += word * (LANE - i) as u32;
            }
            second += LANE as u64 * first + u64::from(weighted);
            first += u64::from(plain);
        }
        for word in lanes.remainder().chunks(2) {
            first += u64::from(word[0]) << 8 | u64::from(*word.get(1).unwrap_or(&0));
            second += first;
        }
        (first, second) = (folded(first), folded(second));
    }
    (second as u32) << 16 | first as u32
}

/// Residue modulo 65535, where a sum that is not zero never becomes zero (as one's complement sums are).
fn folded(sum: u64) -> u64 {
    if sum == 0 { 0 } else { (sum - 1) % 65535 + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Word by word.
    fn definition(bytes: &[u8]) -> u32 {
        let (mut first, mut second) = (0_u64, 0_u64);
        for word in bytes.chunks(2) {
            first = folded(first + (u64::from(word[0]) << 8 | u64::from(*word.get(1).unwrap_or(&0))));
            second = folded(second + first);
        }
        (second as u32) << 16 | first as u32
    }

    #[test]
    fn agrees_with_chunks_of_libhdf5() {
        // h5py 3.16: last four bytes of a chunk of numpy.arange(7, dtype="u1") and of 300 bytes 0xff, filter 3 alone
        assert_eq!(checksum(&[0, 1, 2, 3, 4, 5, 6]), 0x1417_0C09);
        assert_eq!(checksum(&[0xFF; 300]), 0xFFFF_FFFF);
        assert_eq!(checksum(&[0; 8]), 0);
    }

    #[test]
    fn takes_the_swapped_form_of_old_files() {
        let sum = checksum(b"germanium");
        let [a, b, c, d] = sum.to_le_bytes();
        assert!(matches(b"germanium", u32::from_le_bytes([b, a, d, c])));
        assert!(!matches(b"germaniun", sum));
    }

    #[test]
    fn large_input_does_not_overflow() {
        let bytes = vec![0xFE; 2_000_001];
        assert_eq!(checksum(&bytes), definition(&bytes));
    }

    proptest! {
        #[test]
        fn wide_narrow_and_definition_agree(bytes in proptest::collection::vec(any::<u8>(), 0..1000)) {
            prop_assert_eq!(checksum(&bytes), definition(&bytes));
            prop_assert_eq!(sums(&bytes), definition(&bytes));
        }
    }
}
