//! Transforms against sums by their definition, with exactly reduced angles.

use super::*;
use crate::random::Philox4x32;

/// Numbers in [-1, 1) from counted random words.
fn sample(seed: u64, count: usize) -> Vec<f64> {
    let philox = Philox4x32::new([seed as u32, (seed >> 32) as u32]);
    (0..count).map(|i| f64::from(philox.words([i as u32, 0, 0, 0])[0]) / 2_147_483_648.0 - 1.0).collect()
}

fn definition(x: &[(f64, f64)], k: usize) -> (f64, f64) {
    let n = x.len();
    let mut sums = (crate::ExactSum::new(), crate::ExactSum::new());
    for (j, &(re, im)) in x.iter().enumerate() {
        let (cos, sin) = roots::root((j * k) % n, n);
        sums.0.add(re * cos - im * sin);
        sums.1.add(re * sin + im * cos);
    }
    (sums.0.value(), sums.1.value())
}

const LENGTHS: [usize; 28] = [
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    12,
    15,
    16,
    22,
    25,
    31,
    37,
    49,
    60,
    64,
    74,
    97,
    120,
    233,
    37 * 41,
    2 * 3 * 5 * 7,
    2796,
    83,
    2 * 83,
];

#[test]
fn roots_of_one_are_symmetric_and_right() {
    let angle = 2.0 * std::f64::consts::PI / 12.0;
    assert_eq!(roots::root(0, 12), (1.0, -0.0));
    assert_eq!(roots::root(3, 12), (-0.0, -1.0));
    assert!((roots::root(1, 12).0 - crate::maths::cos(angle)).abs() < 1e-16);
    assert!((roots::root(1, 12).1 + crate::maths::sin(angle)).abs() < 1e-16);
    for n in [5_usize, 7, 12, 64, 233] {
        for k in 1..n {
            let ((re, im), (re_back, im_back)) = (roots::root(k, n), roots::root(n - k, n));
            assert_eq!((re, im), (re_back, -im_back), "{k} of {n}");
        }
    }
}

#[test]
fn complex_transforms_are_their_definition() {
    for n in LENGTHS {
        let numbers = sample(n as u64, 2 * n);
        let x: Vec<(f64, f64)> = (0..n).map(|j| (numbers[2 * j], numbers[2 * j + 1])).collect();
        let plan = Fourier::new(n);
        let (mut out, mut room) = (vec![Complex::<2>::default(); n], vec![Complex::<2>::default(); plan.room()]);
        // The second sequence is the first one, backwards and doubled: sequences do not meet.
        let both = |j: usize| Complex { re: [x[j].0, 2.0 * x[n - 1 - j].0], im: [x[j].1, 2.0 * x[n - 1 - j].1] };
        plan.forward(both, &mut out, &mut room);
        let norm = x.iter().map(|(a, b)| a * a + b * b).sum::<f64>().sqrt();
        for k in (0..n).step_by(1 + n / 300) {
            let (re, im) = definition(&x, k);
            let error = (out[k].re[0] - re).abs().max((out[k].im[0] - im).abs());
            assert!(error <= 4e-16 * (n as f64).sqrt() * norm + 1e-16, "n = {n}, k = {k}: {error:e}");
        }
        let mut back = vec![Complex::<2>::default(); n];
        plan.backward(|k| out[k], &mut back, &mut room);
        for j in 0..n {
            for (lane, (re, im)) in [(both(j).re[0], both(j).im[0]), (both(j).re[1], both(j).im[1])].into_iter().enumerate() {
                let (ours_re, ours_im) = (back[j].re[lane] / n as f64, back[j].im[lane] / n as f64);
                assert!((ours_re - re).abs().max((ours_im - im).abs()) < 1e-14, "n = {n}, j = {j}");
            }
        }
    }
}

#[test]
fn real_transforms_are_their_definition_and_come_back() {
    for n in LENGTHS.into_iter().chain([781, 1400]) {
        let x = sample(n as u64 + 1000, n);
        let plan = RealFourier::new(n);
        let mut out = vec![Complex::<1>::default(); plan.spectrum_room()];
        let mut room = vec![Complex::<1>::default(); plan.room()];
        plan.forward(|j| [x[j]], &mut out, &mut room);
        let complex: Vec<(f64, f64)> = x.iter().map(|&value| (value, 0.0)).collect();
        let norm = x.iter().map(|a| a * a).sum::<f64>().sqrt();
        for k in (0..plan.bins()).step_by(1 + n / 300) {
            let (re, im) = definition(&complex, k);
            let error = (out[k].re[0] - re).abs().max((out[k].im[0] - im).abs());
            assert!(error <= 4e-16 * (n as f64).sqrt() * norm + 1e-16, "n = {n}, k = {k}: {error:e}");
        }
        if n % 2 == 0 {
            let mut back = vec![0.0; n];
            plan.backward(
                |k| out[k],
                |j, even, odd| {
                    back[2 * j] = even[0];
                    back[2 * j + 1] = odd[0];
                },
                &mut room,
            );
            for j in 0..n {
                assert!((back[j] - x[j]).abs() < 1e-14, "n = {n}, j = {j}");
            }
        }
    }
}

#[test]
fn each_sequence_has_the_bits_that_it_has_alone() {
    for n in [60, 233, 5592] {
        let x = sample(7, 4 * n);
        let plan = RealFourier::new(n);
        let mut four = vec![Complex::<4>::default(); plan.spectrum_room()];
        plan.forward(|j| std::array::from_fn(|lane| x[lane * n + j]), &mut four, &mut vec![Complex::default(); plan.room()]);
        let pairs: Vec<Complex<BLOCK>> = (0..plan.pairs())
            .map(|k| {
                let at = |j: usize| std::array::from_fn(|lane| if j < n { x[lane * n + j] } else { 0.0 });
                Complex { re: at(2 * k), im: at(2 * k + 1) }
            })
            .collect();
        let mut block = vec![Complex::<BLOCK>::default(); plan.spectrum_room()];
        plan.forward_block(&pairs, &mut block, &mut vec![Complex::default(); plan.room()]);
        assert_eq!(block[..plan.bins()], four[..plan.bins()]);
        for lane in 0..4 {
            assert_eq!(plan.spectrum(&x[lane * n..(lane + 1) * n])[1].0.to_bits(), four[1].re[lane].to_bits());
            let mut alone = vec![Complex::<1>::default(); plan.spectrum_room()];
            plan.forward(|j| [x[lane * n + j]], &mut alone, &mut vec![Complex::default(); plan.room()]);
            for k in 0..plan.bins() {
                assert_eq!(four[k].re[lane].to_bits(), alone[k].re[0].to_bits());
                assert_eq!(four[k].im[lane].to_bits(), alone[k].im[0].to_bits());
            }
        }
    }
}

#[test]
fn smooth_lengths_have_small_factors() {
    assert_eq!([1, 7, 11, 465, 5591].map(smooth_length), [1, 8, 12, 480, 5625]);
}
