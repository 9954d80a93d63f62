//! LZF, the fast compression of h5py (filter 32000).
//!
//! ```text
//! 000LLLLL                      L + 1 literal bytes follow
//! LLLooooo oooooooo             copy L + 2 bytes from o + 1 bytes back, L = 1..6
//! 111ooooo LLLLLLLL oooooooo    the same with L + 7 + 2 bytes
//! ```
//! Source of the format: M. Lehmann, liblzf 3.6, description in `lzf.h`; checked against h5py.

use crate::Fault;

/// Farthest distance of a copy.
const FAR: usize = 1 << 13;
/// Longest copy.
const LONG: usize = 255 + 7 + 2;
/// Most literals behind one control byte.
const LITERALS: usize = 32;
/// Bytes that a copy moves at once where it may write too far.
const STEP: usize = 16;
const HASH_BITS: u32 = 14;

/// Decompresses `input` into the beginning of `output`; returns the number of bytes written.
///
/// # Errors
/// A [`Fault`] if a copy starts before the output, the input ends inside an instruction, or `output` is too short.
pub fn decompress(input: &[u8], output: &mut [u8]) -> Result<usize, Fault> {
    let (mut at, mut end) = (0, 0);
    let cut = || Fault::new(0, "lzf data end inside an instruction");
    let full = || Fault::new(0, "lzf data are longer than promised");
    while let Some(&control) = input.get(at) {
        at += 1;
        let control = usize::from(control);
        if control < LITERALS {
            let length = control + 1;
            if let (Some(from), Some(to)) = (input.get(at..at + LITERALS), output.get_mut(end..end + LITERALS)) {
                // Always 32 bytes where there is room: the next instruction overwrites what is too much.
                to.copy_from_slice(from);
            } else {
                let literals = input.get(at..at + length).ok_or_else(cut)?;
                output.get_mut(end..end + length).ok_or_else(full)?.copy_from_slice(literals);
            }
            at += length;
            end += length;
            continue;
        }
        let mut length = control >> 5;
        if length == 7 {
            length += usize::from(*input.get(at).ok_or_else(cut)?);
            at += 1;
        }
        length += 2;
        let distance = ((control & 31) << 8 | usize::from(*input.get(at).ok_or_else(cut)?)) + 1;
        at += 1;
        if distance > end {
            return Err(Fault::new(at, "lzf copy starts before the data"));
        }
        if output.len() - end < length {
            return Err(full());
        }
        copy_back(output, end, distance, length);
        end += length;
    }
    Ok(end)
}

/// Repeats `length` bytes from `distance` back, which may overlap what is written.
#[inline]
fn copy_back(output: &mut [u8], end: usize, distance: usize, length: usize) {
    let from = end - distance;
    if distance >= STEP && output.len() - end >= length + STEP {
        for done in (0..length).step_by(STEP) {
            let step: [u8; STEP] = output[from + done..from + done + STEP].try_into().expect("invariant: a step");
            output[end + done..end + done + STEP].copy_from_slice(&step);
        }
        return;
    }
    if distance == 1 {
        // The upper bytes of shuffled samples are long runs of one byte.
        let byte = output[from];
        return output[end..end + length].fill(byte);
    }
    if distance >= length {
        return output.copy_within(from..from + length, end);
    }
    // Doubles what is there: each copy is as long as the period that stands already.
    let mut done = 0;
    while done < length {
        let step = (distance + done).min(length - done);
        output.copy_within(from..from + step, end + done);
        done += step;
    }
}

/// Compresses `input` at the end of `out`; `None`, and `out` as it was, where that does not make it smaller.
///
/// The HDF5 filter stores such a chunk as it is, with the filter's bit set in its mask.
pub fn compress(input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let (start, most) = (out.len(), input.len().saturating_sub(1));
    // Positions of the last places where three bytes had this hash, plus one; 0 for none.
    let mut seen = vec![0_u32; 1 << HASH_BITS];
    let (mut at, mut literals) = (0, 0);
    while at + 2 < input.len() {
        let three = u32::from_le_bytes([input[at], input[at + 1], input[at + 2], 0]);
        let slot = &mut seen[(three.wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)) as usize];
        let before = *slot as usize;
        *slot = (at + 1) as u32;
        let Some(from) = before.checked_sub(1).filter(|from| at - from <= FAR && input[*from..from + 3] == input[at..at + 3])
        else {
            at += 1;
            continue;
        };
        let length = 3 + common(&input[from + 3..], &input[at + 3..]).min(LONG - 3);
        push_literals(&input[literals..at], out);
        let (distance, coded) = (at - from - 1, length - 2);
        if coded < 7 {
            out.push((coded << 5 | distance >> 8) as u8);
        } else {
            out.extend([(7 << 5 | distance >> 8) as u8, (coded - 7) as u8]);
        }
        out.push(distance as u8);
        at += length;
        literals = at;
        if out.len() - start > most {
            break;
        }
    }
    push_literals(&input[literals..], out);
    let written = out.len() - start;
    if written <= most && written > 0 {
        return Some(written);
    }
    out.truncate(start);
    None
}

fn push_literals(literals: &[u8], out: &mut Vec<u8>) {
    for run in literals.chunks(LITERALS) {
        out.push((run.len() - 1) as u8);
        out.extend_from_slice(run);
    }
}

/// Length of the common beginning, at most what the longest copy needs.
fn common(a: &[u8], b: &[u8]) -> usize {
    let most = LONG.min(a.len()).min(b.len());
    let mut n = 0;
    while n + 8 <= most {
        let word = |bytes: &[u8]| u64::from_le_bytes(bytes[n..n + 8].try_into().expect("invariant: eight bytes"));
        let differ = word(a) ^ word(b);
        if differ != 0 {
            return n + (differ.trailing_zeros() / 8) as usize;
        }
        n += 8;
    }
    n + a[n..most].iter().zip(&b[n..most]).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_literals_and_copies() {
        let mut out = [0; 16];
        // "abc", then 10 bytes from 3 back: long form, 10 = 1 + 7 + 2
        assert_eq!(decompress(&[2, b'a', b'b', b'c', 0xE0, 1, 2], &mut out), Ok(13));
        assert_eq!(&out[..13], b"abcabcabcabca");
        // 4 bytes from 1 back: short form
        assert_eq!(decompress(&[0, b'x', 2 << 5, 0], &mut out), Ok(5));
        assert_eq!(&out[..5], b"xxxxx");
    }

    #[test]
    fn refuses_what_is_damaged() {
        for bad in [&[3, 1][..], &[0x20], &[0xE0, 1], &[0x20, 0], &[0, 1, 0x20, 5]] {
            assert!(decompress(bad, &mut [0; 64]).is_err(), "{bad:?}");
        }
        assert!(decompress(&[2, 1, 2, 3], &mut [0; 2]).is_err());
    }

    #[test]
    fn gives_up_on_noise() {
        let noise: Vec<u8> = (0..2000_u32).map(|i| (i.wrapping_mul(2654435761) >> 13) as u8 ^ ((i * i) >> 3) as u8).collect();
        let mut out = vec![9];
        if compress(&noise, &mut out).is_none() {
            assert_eq!(out, [9]);
        }
        assert_eq!(compress(&[], &mut out), None);
        assert_eq!(compress(&[1, 2, 3], &mut out), None);
    }

    proptest! {
        #[test]
        fn returns_what_went_in(raw in proptest::collection::vec(0_u8..3, 0..20000), stride in 1_usize..50) {
            let raw: Vec<u8> = raw.iter().enumerate().map(|(i, b)| if i % stride == 0 { *b } else { 7 }).collect();
            let mut packed = Vec::new();
            if let Some(n) = compress(&raw, &mut packed) {
                prop_assert_eq!(n, packed.len());
                prop_assert!(n < raw.len());
                let mut out = vec![0; raw.len()];
                prop_assert_eq!(decompress(&packed, &mut out), Ok(raw.len()));
                prop_assert_eq!(out, raw);
            }
        }

        #[test]
        fn noise_is_a_fault_or_bounded(noise in proptest::collection::vec(any::<u8>(), 0..300), size in 0_usize..2000) {
            let _ = decompress(&noise, &mut vec![0; size]);
        }
    }
}
