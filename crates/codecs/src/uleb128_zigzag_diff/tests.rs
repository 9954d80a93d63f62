use super::*;
use proptest::prelude::*;

fn encoded<T: Sample>(samples: &[T]) -> Vec<u8> {
    let mut out = vec![7];
    encode(samples, &mut out).unwrap();
    assert_eq!(out.remove(0), 7);
    out
}

fn decoded<T: Sample>(bytes: &[u8], count: usize) -> Result<Vec<T>, Fault> {
    let mut out = vec![T::default(); count];
    decode_into(bytes, &mut out, OutOfRange::Refuse).map(|()| out)
}

#[test]
fn byte_counts_are_those_of_the_specification() {
    // at most 63 (and -64) one byte, to 8191 two, to 2^20 - 1 three
    for (value, bytes) in [
        (63, 1),
        (-64, 1),
        (64, 2),
        (-65, 2),
        (8191, 2),
        (8192, 3),
        (-8193, 3),
        (1048575, 3),
        (1048576, 4),
        (i32::MAX, 5),
        (i32::MIN, 5),
    ] {
        assert_eq!(encoded(&[value]).len(), bytes, "{value}");
    }
}

#[test]
fn damage_is_named_with_its_byte() {
    let fault = |bytes: &[u8]| decoded::<i32>(bytes, 2).unwrap_err();
    assert_eq!(fault(&[5, 0xFF]).at, 1);
    assert!(fault(&[5, 0xFF]).reason.ends_with("ends inside a number"));
    assert!(fault(&[0x80, 0x80, 0x80, 0x80, 0x80, 1]).reason.contains("more than 32 bits"));
    assert!(fault(&[0xFF, 0xFF, 0xFF, 0xFF, 0x1F]).reason.contains("more than 32 bits"));
    assert!(fault(&[1, 1, 1]).reason.ends_with("3 samples where 2 are promised"));
    assert!(fault(&[1]).reason.ends_with("1 samples where 2 are promised"));
    let long = vec![1; 5000];
    assert!(decoded::<i32>(&long, 4999).unwrap_err().reason.contains("5000 samples where 4999"));
    assert_eq!(decoded::<i32>(&[0x80, 0], 1).unwrap(), [0]);
}

#[test]
fn values_beyond_32_bits_are_refused_and_leave_nothing() {
    let mut out = vec![1, 2, 3];
    let mut samples = vec![0_i64; 3000];
    samples[2500] = 1 << 40;
    let fault = encode(&samples, &mut out).unwrap_err();
    assert!(fault.reason.starts_with("sample 2500 is 1099511627776"), "{fault}");
    assert_eq!(out, [1, 2, 3]);
    assert!(encode(&[3_000_000_000_u32], &mut out).is_err());
    assert!(encode(&[0.5_f64], &mut out).is_err());
}

#[test]
fn sample_outside_the_type_is_named() {
    let bytes = encoded(&[10, -1, 10]);
    assert_eq!(decoded::<u16>(&bytes, 3).unwrap_err().reason, "sample 1 is -1, which uint16 does not hold");
    let mut out = [0_u16; 3];
    decode_into(&bytes, &mut out, OutOfRange::Wrap).unwrap();
    assert_eq!(out, [10, 65535, 10]);
}

/// Steps whose sizes are of any number of bytes, mostly one or two.
fn steps() -> impl Strategy<Value = Vec<i32>> {
    let step = prop_oneof![
        20 => -64..64_i32, 5 => -8192..8192_i32, 1 => Just(-8192), 1 => Just(8191), 1 => Just(8192), 1 => any::<i32>(),
    ];
    let calm = prop_oneof![40 => -64..64_i32, 6 => -8192..8192_i32];
    prop_oneof![proptest::collection::vec(step, 0..3000), proptest::collection::vec(calm, 0..3000)]
}

fn sums(steps: &[i32]) -> Vec<i32> {
    steps
        .iter()
        .scan(0_i32, |sum, step| {
            *sum = sum.wrapping_add(*step);
            Some(*sum)
        })
        .collect()
}

proptest! {
    #[test]
    fn wide_and_plain_kernels_agree(steps in steps()) {
        let samples = sums(&steps);
        let wide = encoded(&samples);
        let mut plain = Vec::new();
        encode_with(&samples, &mut plain, |_, _| 0).unwrap();
        prop_assert_eq!(&wide, &plain);
        let mut out = vec![0; samples.len()];
        decode_with(&wide, &mut out, OutOfRange::Refuse, |_, _, _| 0).unwrap();
        prop_assert_eq!(&out, &samples);
        prop_assert_eq!(decoded::<i32>(&wide, samples.len()).unwrap(), samples.clone());
        prop_assert_eq!(super::samples(&wide), samples.len());
    }

    #[test]
    fn every_type_takes_what_it_holds(steps in proptest::collection::vec(-70_i32..70, 0..2500)) {
        let samples: Vec<i32> = sums(&steps).iter().map(|sample| sample.rem_euclid(251)).collect();
        let bytes = encoded(&samples);
        let n = samples.len();
        macro_rules! same { ($($t:ty),*) => { $(
            let typed: Vec<$t> = samples.iter().map(|sample| *sample as $t).collect();
            prop_assert_eq!(&encoded(&typed), &bytes);
            prop_assert_eq!(decoded::<$t>(&bytes, n).unwrap(), typed);
        )* } }
        same!(u8, i16, u16, i32, u32, i64, u64, f32, f64);
    }

    #[test]
    fn noise_gives_the_same_answer_from_both_kernels(noise in proptest::collection::vec(prop_oneof![8 => 0..0x80_u8, 1 => any::<u8>()], 0..700), count in 0_usize..900) {
        let (mut wide, mut plain) = (vec![0; count], vec![0; count]);
        let a = decode_into(&noise, &mut wide, OutOfRange::Refuse);
        let b = decode_with(&noise, &mut plain, OutOfRange::Refuse, |_, _, _| 0);
        prop_assert_eq!(a.is_ok(), b.is_ok());
        if a.is_ok() {
            prop_assert_eq!(wide, plain);
        }
    }
}
