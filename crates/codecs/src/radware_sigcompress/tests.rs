use super::{
    decode::{Plain, decode_with},
    *,
};
use crate::{Fault, OutOfRange, Sample};
use proptest::prelude::*;

fn encoded<T: Sample>(samples: &[T], shift: i32) -> Vec<u8> {
    let mut out = vec![9];
    encode(samples, shift, OutOfRange::Refuse, &mut out).unwrap();
    assert_eq!(out.remove(0), 9);
    out
}

fn decoded<T: Sample>(bytes: &[u8], shift: i32, count: usize) -> Result<Vec<T>, Fault> {
    let mut out = vec![T::default(); count];
    decode_into(bytes, shift, &mut out, OutOfRange::Refuse).map(|()| out)
}

fn bytes(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// The format, sample by sample.
fn definition(y: &[i16]) -> Vec<u8> {
    let (mut words, mut j) = (vec![y.len() as u16], 0);
    let at = |i: usize| i32::from(y[i]);
    while j < y.len() {
        let (mut low, mut high, mut dlow, mut dhigh) = (at(j), at(j), 16000, -16000);
        let mut i = j + 1;
        while i < y.len() && i < j + 48 {
            let d = at(i) - at(i - 1);
            (low, high, dlow, dhigh) = (low.min(at(i)), high.max(at(i)), dlow.min(d), dhigh.max(d));
            i += 1;
        }
        let absolute = high - low <= dhigh - dlow;
        let span = if absolute { high - low } else { dhigh - dlow };
        let nb = (2..=16).find(|nb| span < 1 << nb).unwrap();
        while i < y.len() && i < j + 128 {
            let d = at(i) - at(i - 1);
            let (l, h) = if absolute { (low.min(at(i)), high.max(at(i))) } else { (dlow.min(d), dhigh.max(d)) };
            if h - l >= 1 << nb {
                break;
            }
            if absolute {
                (low, high) = (l, h);
            } else {
                (dlow, dhigh) = (l, h);
            }
            i += 1;
        }
        words.push((i - j) as u16);
        let values: Vec<i32> = if absolute {
            words.extend([nb as u16, low as u16]);
            (j..i).map(|k| at(k) - low).collect()
        } else {
            words.extend([nb as u16 + 32, y[j] as u16, dlow as u16]);
            (j + 1..i).map(|k| at(k) - at(k - 1) - dlow).collect()
        };
        let text = values.iter().fold(String::new(), |text, v| text + &format!("{v:0nb$b}"));
        for word in text.as_bytes().chunks(16) {
            let word = format!("{:0<16}", std::str::from_utf8(word).unwrap());
            words.push(u16::from_str_radix(&word, 2).unwrap());
        }
        j = i;
    }
    if words.len() % 2 == 1 {
        words.push(0);
    }
    bytes(&words)
}

#[test]
fn a_lone_sample_is_a_difference_that_starts_at_16000() {
    assert_eq!(encoded(&[-5_i16], 0), bytes(&[1, 1, 34, -5_i16 as u16, 16000, 0]));
    assert_eq!(encoded::<i16>(&[], 0), [0; 4]);
    assert_eq!(decoded::<i16>(&[0; 4], 0, 0).unwrap(), [0_i16; 0]);
}

#[test]
fn values_above_the_shifted_range_are_refused_or_wrapped() {
    let mut out = vec![1];
    let fault = encode(&[5_u16, 40000], 0, OutOfRange::Refuse, &mut out).unwrap_err();
    assert_eq!(fault.reason, "sample 1 with the shift is 40000, which radware_sigcompress (16 bits) does not hold");
    assert_eq!(out, [1]);
    let mut wrapped = Vec::new();
    encode(&[5_u16, 40000], 0, OutOfRange::Wrap, &mut wrapped).unwrap();
    assert_eq!(decoded::<i16>(&wrapped, 0, 2).unwrap(), [5, -25536]);
    assert_eq!(decoded::<u16>(&wrapped, 0, 2).unwrap_err().reason, "sample 1 is -25536, which uint16 does not hold");
    assert!(encode(&[0.5_f32], 0, OutOfRange::Wrap, &mut out).is_err());
    assert!(encode(&[i64::MAX], i32::MAX, OutOfRange::Refuse, &mut out).is_err());
    assert!(encode(&vec![0_i16; 65536], 0, OutOfRange::Refuse, &mut out).is_err());
}

#[test]
fn absolute_values_do_not_wrap() {
    // smallest 32767 and two values of 16 bits: 32767 + 65535, 32767
    let row = bytes(&[2, 2, 16, 32767, 65535, 0, 0, 0]);
    assert_eq!(decoded::<i32>(&row, 0, 2).unwrap(), [98302, 32767]);
    assert!(decoded::<u16>(&row, 0, 2).unwrap_err().reason.starts_with("sample 0 is 98302"));
    // differences do
    let row = bytes(&[3, 3, 48, 32767, 1, 0, 65535, 0]);
    assert_eq!(decoded::<i32>(&row, 0, 3).unwrap(), [32767, -32768, -32768]);
}

#[test]
fn damage_is_named_with_its_byte() {
    let fault = |words: &[u16], count| decoded::<i32>(&bytes(words), 0, count).unwrap_err();
    assert!(decoded::<i32>(&[], 0, 0).unwrap_err().reason.contains("no number of samples"));
    assert!(fault(&[3], 2).reason.contains("3 samples where 2 are promised"));
    assert_eq!(fault(&[3], 3).at, 2);
    assert!(fault(&[2, 5, 2, 0, 0], 2).reason.contains("section of 5 samples"));
    assert!(fault(&[2, 0, 2, 0, 0], 2).reason.contains("section of 0 samples"));
    assert!(fault(&[1, 1, 17, 0, 0xFFFF], 1).reason.contains("code 17"));
    assert!(fault(&[1, 1, 31, 0, 0xFFFF], 1).reason.contains("code 31"));
    assert!(fault(&[1, 1, 49, 0, 0xFFFF], 1).reason.contains("code 49"));
    assert!(fault(&[4, 4, 8, 0, 0xFFFF], 4).reason.contains("ends inside a section of 4 bytes"));
    assert!(decoded::<i32>(&[0, 1, 0, 1, 0, 2, 0, 0, 0x7F], 0, 1).unwrap_err().reason.contains("odd"));
}

/// Waveforms with quiet, steep and noisy stretches.
fn waveforms() -> impl Strategy<Value = Vec<i16>> {
    let stretch = (any::<i16>(), 0_u32..17, 1_usize..200, any::<u64>()).prop_map(|(base, bits, length, seed)| {
        let mut state = seed | 1;
        (0..length)
            .map(move |_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                base.wrapping_add(((state >> 33) & ((1 << bits) - 1)) as i16)
            })
            .collect::<Vec<_>>()
    });
    (proptest::collection::vec(stretch, 0..12), any::<bool>()).prop_map(|(stretches, summed)| {
        let flat = stretches.concat();
        if !summed {
            return flat;
        }
        flat.iter()
            .scan(0_i16, |sum, step| {
                *sum = sum.wrapping_add(step % 300);
                Some(*sum)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn encodes_as_the_definition_and_comes_back_from_both_kernels(samples in waveforms(), shift in prop_oneof![Just(0), Just(-32768), -40000..40000_i32]) {
        let row = encoded(&samples, 0);
        prop_assert_eq!(&row, &definition(&samples));
        let raw: Vec<i32> = samples.iter().map(|y| i32::from(*y) - shift).collect();
        prop_assert_eq!(&encoded(&raw, shift), &row);
        prop_assert_eq!(decoded::<i32>(&row, shift, raw.len()).unwrap(), raw.clone());
        prop_assert_eq!(super::samples(&row).unwrap(), raw.len());
        let mut plain = vec![0_i32; raw.len()];
        decode_with::<i32, Plain>(&row, shift, &mut plain, OutOfRange::Refuse).unwrap();
        prop_assert_eq!(plain, raw);
    }

    #[test]
    fn every_type_takes_what_it_holds(samples in waveforms(), shift in prop_oneof![Just(-32768), Just(-100000)]) {
        let raw: Vec<i64> = samples.iter().map(|y| i64::from(*y) - i64::from(shift)).collect();
        let row = encoded(&raw, shift);
        macro_rules! same { ($($t:ty),*) => { $(
            let typed: Vec<$t> = raw.iter().map(|sample| *sample as $t).collect();
            prop_assert_eq!(&encoded(&typed, shift), &row);
            prop_assert_eq!(decoded::<$t>(&row, shift, raw.len()).unwrap(), typed);
        )* } }
        same!(i32, u32, i64, u64, f32, f64);
        if shift == -32768 {
            same!(u16);
        }
    }

    #[test]
    fn damaged_rows_give_the_same_answer_from_both_kernels(samples in waveforms(), at in any::<prop::sample::Index>(), flip in 1_u8..=255, long in any::<bool>()) {
        let mut row = encoded(&samples, 0);
        let at = at.index(row.len().max(1));
        row[at] ^= flip;
        if long {
            row.extend([0xA5; 40]);
        }
        let count = super::samples(&row).unwrap();
        let (mut wide, mut plain) = (vec![0_i32; count], vec![0_i32; count]);
        let a = decode_into(&row, 0, &mut wide, OutOfRange::Refuse);
        let b = decode_with::<i32, Plain>(&row, 0, &mut plain, OutOfRange::Refuse);
        prop_assert_eq!(&a, &b);
        prop_assert_eq!(wide, plain);
    }
}
