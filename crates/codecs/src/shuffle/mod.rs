//! Byte shuffle (HDF5 filter 2): all first bytes of the elements, then all second bytes, and so on.
//!
//! ```text
//! elements  a0 a1 | b0 b1 | c0 c1     →     a0 b0 c0 | a1 b1 c1
//! ```
//! Bytes behind the last whole element stay where they are. Elements of 2, 4 and 8 bytes have kernels for AVX2, others are
//! moved a block of elements at a time.
//!
//! ```
//! let mut planes = [0; 6];
//! germane_codecs::shuffle::shuffle(2, b"aAbBcC", &mut planes);
//! assert_eq!(&planes, b"abcABC");
//! ```

#[cfg(target_arch = "x86_64")]
mod avx2;

/// Elements that the scalar kernels move at a time, so that the planes of wide elements stay in the first cache.
const BLOCK: usize = 256;

/// Sorts the bytes of `input` into planes: `output[k * count + i] = input[i * size + k]`.
///
/// # Panics
/// If the lengths differ.
pub fn shuffle(element_size: usize, input: &[u8], output: &mut [u8]) {
    assert_eq!(input.len(), output.len(), "as many bytes out as in");
    let Some(count) = whole_elements(element_size, input.len()) else {
        return output.copy_from_slice(input);
    };
    let whole = count * element_size;
    output[whole..].copy_from_slice(&input[whole..]);
    let (input, output) = (&input[..whole], &mut output[..whole]);
    let done = wide_shuffle(element_size, count, input, output);
    shuffle_scalar(element_size, count, done, input, output);
}

/// Puts the planes of `input` together again: the inverse of [`shuffle`].
///
/// # Panics
/// If the lengths differ.
pub fn unshuffle(element_size: usize, input: &[u8], output: &mut [u8]) {
    assert_eq!(input.len(), output.len(), "as many bytes out as in");
    let Some(count) = whole_elements(element_size, input.len()) else {
        return output.copy_from_slice(input);
    };
    let whole = count * element_size;
    output[whole..].copy_from_slice(&input[whole..]);
    let (input, output) = (&input[..whole], &mut output[..whole]);
    let done = wide_unshuffle(element_size, count, input, output);
    unshuffle_scalar(element_size, count, done, input, output);
}

/// Number of elements; `None` where there is nothing to sort.
fn whole_elements(element_size: usize, bytes: usize) -> Option<usize> {
    let count = bytes.checked_div(element_size)?;
    (element_size > 1 && count > 1).then_some(count)
}

/// Elements done by a kernel for wide registers.
fn wide_shuffle(element_size: usize, count: usize, input: &[u8], output: &mut [u8]) -> usize {
    #[cfg(target_arch = "x86_64")]
    if germane_numerics::simd::has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe {
            match element_size {
                2 => avx2::shuffle_2(count, input, output),
                4 => avx2::shuffle_4(count, input, output),
                8 => avx2::shuffle_8(count, input, output),
                _ => 0,
            }
        };
    }
    let _ = (element_size, count, input, output);
    0
}

/// Elements done by a kernel for wide registers.
fn wide_unshuffle(element_size: usize, count: usize, input: &[u8], output: &mut [u8]) -> usize {
    #[cfg(target_arch = "x86_64")]
    if germane_numerics::simd::has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe {
            match element_size {
                2 => avx2::unshuffle_2(count, input, output),
                4 => avx2::unshuffle_4(count, input, output),
                8 => avx2::unshuffle_8(count, input, output),
                _ => 0,
            }
        };
    }
    let _ = (element_size, count, input, output);
    0
}

fn shuffle_scalar(size: usize, count: usize, from: usize, input: &[u8], output: &mut [u8]) {
    for start in (from..count).step_by(BLOCK) {
        let end = (start + BLOCK).min(count);
        for k in 0..size {
            let plane = &mut output[k * count + start..k * count + end];
            let elements = input[start * size..end * size].chunks_exact(size);
            for (byte, element) in plane.iter_mut().zip(elements) {
                *byte = element[k];
            }
        }
    }
}

fn unshuffle_scalar(size: usize, count: usize, from: usize, input: &[u8], output: &mut [u8]) {
    for start in (from..count).step_by(BLOCK) {
        let end = (start + BLOCK).min(count);
        for k in 0..size {
            let plane = &input[k * count + start..k * count + end];
            let elements = output[start * size..end * size].chunks_exact_mut(size);
            for (byte, element) in plane.iter().zip(elements) {
                element[k] = *byte;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition.
    fn planes(size: usize, input: &[u8]) -> Vec<u8> {
        let count = input.len() / size;
        let mut out = input.to_vec();
        for i in 0..count {
            for k in 0..size {
                out[k * count + i] = input[i * size + k];
            }
        }
        out
    }

    #[test]
    fn sorts_every_size_and_length() {
        let input: Vec<u8> = (0..1200_u32).map(|i| (i.wrapping_mul(2654435761) >> 24) as u8).collect();
        for size in [1, 2, 3, 4, 5, 8, 12, 16, 40] {
            for length in (0..200).chain([256, 511, 512, 513, 1200]) {
                let input = &input[..length];
                let (mut there, mut back) = (vec![0; length], vec![0; length]);
                shuffle(size, input, &mut there);
                assert_eq!(there, planes(size, input), "{size} {length}");
                unshuffle(size, &there, &mut back);
                assert_eq!(back, input, "{size} {length}");
            }
        }
    }

    #[test]
    fn elements_of_no_bytes_are_copied() {
        let mut out = [0; 3];
        shuffle(0, &[1, 2, 3], &mut out);
        assert_eq!(out, [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn wide_and_narrow_kernels_agree(input in proptest::collection::vec(any::<u8>(), 0..2000), size in prop::sample::select(vec![2_usize, 4, 8])) {
            let count = input.len() / size;
            let input = &input[..count * size];
            let (mut wide, mut narrow) = (vec![0; input.len()], vec![0; input.len()]);
            shuffle(size, input, &mut wide);
            shuffle_scalar(size, count, 0, input, &mut narrow);
            prop_assert_eq!(&wide, &narrow);
            unshuffle(size, input, &mut wide);
            unshuffle_scalar(size, count, 0, input, &mut narrow);
            prop_assert_eq!(&wide, &narrow);
        }
    }
}
