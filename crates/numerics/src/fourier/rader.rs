//! Transforms of prime lengths as cyclic convolutions: powers of a primitive root put products of indices in the place of sums.

use super::LARGEST_DIRECT;
use super::chirp::Chirp;
use super::complex::Complex;
use super::factored::{Factored, LargePrime, NoneLeft, factors};
use super::roots::root;

/// Transform of a prime length whose predecessor has small factors only.
#[derive(Clone, Debug)]
pub(super) struct Rader {
    /// `g^m` modulo p for m from 0 to p - 2
    powers: Vec<usize>,
    inner: Factored<NoneLeft>,
    /// transform of `exp(-2 pi i g^-m / p)`, over p - 1
    spectrum: Vec<(f64, f64)>,
}

impl Rader {
    /// `None` where the predecessor has a factor that is not transformed directly.
    fn new(prime: usize) -> Option<Self> {
        let order = prime - 1;
        let mut parts = factors(order);
        if parts.iter().any(|&factor| factor > LARGEST_DIRECT) {
            return None;
        }
        parts.dedup();
        let power = |base: usize, exponent: usize| {
            (0..exponent).fold(1_u128, |product, _| product * base as u128 % prime as u128) as usize
        };
        let generates = |g: &usize| parts.iter().all(|part| power(*g, order / (if *part == 4 { 2 } else { *part })) != 1);
        let g = (2..prime).find(generates)?;
        let mut powers = vec![1; order];
        for m in 1..order {
            powers[m] = (powers[m - 1] as u128 * g as u128 % prime as u128) as usize;
        }
        let inner = Factored::new(order, |_| unreachable!("invariant: the predecessor has small factors only"));
        let wave: Vec<Complex<1>> = (0..order)
            .map(|m| {
                let (re, im) = root(powers[(order - m) % order], prime);
                Complex { re: [re / order as f64], im: [im / order as f64] }
            })
            .collect();
        let spectrum = inner.spectrum(&wave);
        Some(Self { powers, inner, spectrum })
    }
}

impl LargePrime for Rader {
    fn room(&self) -> usize {
        2 * self.inner.length() + self.inner.room()
    }

    #[inline(always)]
    fn forward<const W: usize>(&self, x: impl Fn(usize) -> Complex<W>, out: &mut [Complex<W>], room: &mut [Complex<W>]) {
        let order = self.powers.len();
        let (first, room) = room.split_at_mut(order);
        let (second, room) = room.split_at_mut(order);
        let start = x(0);
        for (value, &power) in first.iter_mut().zip(&self.powers) {
            *value = x(power);
        }
        out[0] = start.plus(self.inner.convolve(&self.spectrum, first, second, room));
        for (q, value) in second.iter().enumerate() {
            out[self.powers[if q == 0 { 0 } else { order - q }]] = start.plus(value.exchanged());
        }
    }
}

/// Transform of a large prime length, by whichever convolution is shorter.
#[derive(Clone, Debug)]
pub(super) enum Large {
    /// of p - 1 elements
    Rader(Rader),
    /// of at least 2 p - 1 elements
    Chirp(Chirp),
}

impl Large {
    pub(super) fn new(prime: usize) -> Self {
        Rader::new(prime).map_or_else(|| Self::Chirp(Chirp::new(prime)), Self::Rader)
    }
}

impl LargePrime for Large {
    fn room(&self) -> usize {
        match self {
            Self::Rader(rader) => rader.room(),
            Self::Chirp(chirp) => chirp.room(),
        }
    }

    #[inline(always)]
    fn forward<const W: usize>(&self, x: impl Fn(usize) -> Complex<W>, out: &mut [Complex<W>], room: &mut [Complex<W>]) {
        match self {
            Self::Rader(rader) => rader.forward(x, out, room),
            Self::Chirp(chirp) => chirp.forward(x, out, room),
        }
    }
}
