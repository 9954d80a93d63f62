//! Discrete Fourier transforms of any length, of several sequences side by side, with the same bits everywhere.
//!
//! A length is cut into factors (Cooley and Tukey, Math. Comp. 19 (1965) 297): 4, 2, 3, 5 by formulas, other primes up to
//! [`LARGEST_DIRECT`] by their definition, larger ones as convolutions (Rader, Proc. IEEE 56 (1968)
//! 1107, or with a chirp, Bluestein, IEEE Trans. AU 18 (1970) 451).
//! Sequences do not meet: each gets the bits that it would get alone.

mod chirp;
mod complex;
mod factored;
mod prime;
mod rader;
mod real;
mod roots;

pub use complex::Complex;
pub use real::{BLOCK, RealFourier};

use factored::Factored;
use rader::Large;

/// Largest prime factor that is transformed by its definition.
pub const LARGEST_DIRECT: usize = 31;

/// Plan of complex transforms of one length.
#[derive(Clone, Debug)]
pub struct Fourier {
    factored: Factored<Large>,
}

impl Fourier {
    /// Plan for sequences of `length` elements.
    ///
    /// # Panics
    /// If the length is 0.
    pub fn new(length: usize) -> Self {
        assert!(length > 0, "a transform has at least one element");
        Self { factored: Factored::new(length, Large::new) }
    }

    /// Elements of a sequence.
    pub fn length(&self) -> usize {
        self.factored.length()
    }

    /// Elements of room that a transform needs.
    pub fn room(&self) -> usize {
        self.factored.room()
    }

    /// `X[k] = sum_j x[j] exp(-2 pi i j k / n)`; `x` is asked for each element once.
    ///
    /// # Panics
    /// If `out` is shorter than the length, or `room` than [`Fourier::room`].
    #[inline(always)]
    pub fn forward<const W: usize>(&self, x: impl Fn(usize) -> Complex<W>, out: &mut [Complex<W>], room: &mut [Complex<W>]) {
        self.factored.forward(x, out, room);
    }

    /// `x[j] = sum_k X[k] exp(2 pi i j k / n)`, without the factor 1/n: the forward transform of what has its parts exchanged,
    /// with its parts exchanged.
    ///
    /// # Panics
    /// As [`Fourier::forward`].
    #[inline(always)]
    pub fn backward<const W: usize>(&self, x: impl Fn(usize) -> Complex<W>, out: &mut [Complex<W>], room: &mut [Complex<W>]) {
        self.factored.forward(|k| x(k).exchanged(), out, room);
        for value in &mut out[..self.length()] {
            *value = value.exchanged();
        }
    }
}

/// Smallest length of at least `least` that has no factors but 2, 3 and 5.
pub fn smooth_length(least: usize) -> usize {
    let is_smooth = |mut n: usize| {
        for factor in [2, 3, 5] {
            while n.is_multiple_of(factor) {
                n /= factor;
            }
        }
        n == 1
    };
    let mut length = least.max(1);
    while !is_smooth(length) {
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests;
