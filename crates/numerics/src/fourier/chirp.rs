//! Transforms of any length as convolutions: `j k = (j² + k² - (k - j)²) / 2`.

use super::complex::Complex;
use super::factored::{Factored, LargePrime, NoneLeft};
use super::roots::root;
use super::smooth_length;

/// Transform of a large prime length by Bluestein's chirp.
#[derive(Clone, Debug)]
pub(super) struct Chirp {
    /// `exp(-i pi j² / p)`
    waves: Vec<(f64, f64)>,
    inner: Factored<NoneLeft>,
    /// transform of the chirp's conjugate, over the length of the inner transform
    spectrum: Vec<(f64, f64)>,
}

impl Chirp {
    pub(super) fn new(length: usize) -> Self {
        let squared = |j: usize| ((j as u128 * j as u128) % (2 * length as u128)) as usize;
        let chirp: Vec<(f64, f64)> = (0..length).map(|j| root(squared(j), 2 * length)).collect();
        let padded = smooth_length(2 * length - 1);
        let inner = Factored::new(padded, |_| unreachable!("invariant: smooth lengths have small factors only"));
        let mut wave = vec![Complex::<1>::default(); padded];
        for (j, &(re, im)) in chirp.iter().enumerate() {
            let conjugate = Complex { re: [re], im: [-im] };
            wave[j] = conjugate;
            if j > 0 {
                wave[padded - j] = conjugate;
            }
        }
        let spectrum = inner.spectrum(&wave).iter().map(|(re, im)| (re / padded as f64, im / padded as f64)).collect();
        Self { waves: chirp, inner, spectrum }
    }
}

impl LargePrime for Chirp {
    fn room(&self) -> usize {
        2 * self.inner.length() + self.inner.room()
    }

    #[inline(always)]
    fn forward<const W: usize>(&self, x: impl Fn(usize) -> Complex<W>, out: &mut [Complex<W>], room: &mut [Complex<W>]) {
        let (first, room) = room.split_at_mut(self.inner.length());
        let (second, room) = room.split_at_mut(self.inner.length());
        for (j, (value, &wave)) in first.iter_mut().zip(&self.waves).enumerate() {
            *value = x(j).times(wave);
        }
        first[self.waves.len()..].fill(Complex::default());
        self.inner.convolve(&self.spectrum, first, second, room);
        for ((out, value), &chirp) in out.iter_mut().zip(second.iter()).zip(&self.waves) {
            *out = value.exchanged().times(chirp);
        }
    }
}
