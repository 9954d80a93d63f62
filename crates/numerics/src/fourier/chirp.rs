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
        let (mut out, mut room) = (wave.clone(), vec![Complex::default(); inner.room()]);
        inner.forward(|j| wave[j], &mut out, &mut room);
        let spectrum = out.iter().map(|value| (value.re[0] / padded as f64, value.im[0] / padded as f64)).collect();
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
        let padded = |j: usize| if j < self.waves.len() { x(j).times(self.waves[j]) } else { Complex::default() };
        self.inner.forward(padded, first, room);
        // Backwards: the forward transform of the exchanged parts, exchanged.
        self.inner.forward(|k| first[k].times(self.spectrum[k]).exchanged(), second, room);
        for ((out, value), &chirp) in out.iter_mut().zip(second.iter()).zip(&self.waves) {
            *out = value.exchanged().times(chirp);
        }
    }
}
