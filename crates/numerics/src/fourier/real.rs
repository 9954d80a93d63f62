//! Transforms of real sequences: two neighbouring elements make one complex one, if their number is even.

use super::Fourier;
use super::complex::Complex;
use super::roots::root;
use crate::simd;

/// Sequences of [`RealFourier::forward_block`] and [`RealFourier::backward_block`].
pub const BLOCK: usize = 4;

/// Plan of transforms of real sequences of one length.
#[derive(Clone, Debug)]
pub struct RealFourier {
    length: usize,
    inner: Fourier,
    /// `exp(-2 pi i k / n)` up to the middle, if the length is even
    roots: Vec<(f64, f64)>,
}

impl RealFourier {
    /// Plan for sequences of `length` elements.
    ///
    /// # Panics
    /// If the length is 0.
    pub fn new(length: usize) -> Self {
        if length.is_multiple_of(2) {
            let half = length / 2;
            Self { length, inner: Fourier::new(half), roots: (0..=half / 2).map(|k| root(k, length)).collect() }
        } else {
            Self { length, inner: Fourier::new(length), roots: Vec::new() }
        }
    }

    /// Elements of a sequence.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Elements of the spectrum: `n / 2 + 1`.
    pub fn bins(&self) -> usize {
        self.length / 2 + 1
    }

    /// Elements that the slice for the spectrum must have.
    pub fn spectrum_room(&self) -> usize {
        self.inner.length().max(self.bins())
    }

    /// Elements of room that a transform needs.
    pub fn room(&self) -> usize {
        self.inner.length() + self.inner.room()
    }

    /// `X[k] = sum_j x[j] exp(-2 pi i j k / n)` for `k <= n/2`; `x` is asked for each element once.
    ///
    /// # Panics
    /// If `out` is shorter than [`RealFourier::spectrum_room`], or `room` than [`RealFourier::room`].
    #[inline(always)]
    pub fn forward<const W: usize>(&self, x: impl Fn(usize) -> [f64; W], out: &mut [Complex<W>], room: &mut [Complex<W>]) {
        if self.length % 2 == 1 {
            self.inner.forward(|j| Complex { re: x(j), im: [0.0; W] }, out, room);
            return;
        }
        let half = self.length / 2;
        self.inner.forward(|j| Complex { re: x(2 * j), im: x(2 * j + 1) }, out, room);
        // Of Z[k]: even elements have the spectrum (Z[k] + Z*[h-k]) / 2, odd ones (Z[k] - Z*[h-k]) / 2i.
        let ends = out[0];
        let mut first = Complex::default();
        let mut last = Complex::default();
        for lane in 0..W {
            first.re[lane] = ends.re[lane] + ends.im[lane];
            last.re[lane] = ends.re[lane] - ends.im[lane];
        }
        out[0] = first;
        out[half] = last;
        for k in 1..half.div_ceil(2) {
            let (one, other) = (out[k], out[half - k].conjugate());
            let even = one.plus(other).scaled(0.5);
            let odd = one.minus(other).scaled(0.5).times(self.roots[k]);
            // Divided by i: the odd part is turned back.
            out[k] = even.minus_turned(odd);
            out[half - k] = even.plus_turned(odd).conjugate();
        }
        if half.is_multiple_of(2) {
            out[half / 2] = out[half / 2].conjugate();
        }
    }

    /// `x[j] = 1/n sum_k X[k] exp(2 pi i j k / n)` of the spectrum of a real sequence of even length, given for `k <= n/2`; the
    /// imaginary parts of the first and the last bin are not looked at. `write` gets element `2j` and element `2j + 1`.
    ///
    /// # Panics
    /// If the length is odd, or the room too short (twice the half length, and [`RealFourier::room`]).
    #[inline(always)]
    pub fn backward<const W: usize>(
        &self,
        spectrum: impl Fn(usize) -> Complex<W>,
        mut write: impl FnMut(usize, [f64; W], [f64; W]),
        room: &mut [Complex<W>],
    ) {
        assert!(self.length.is_multiple_of(2), "backwards only even lengths");
        let half = self.length / 2;
        let scale = 1.0 / self.length as f64;
        let whole = |k: usize| {
            if k == 0 {
                let (first, last) = (spectrum(0), spectrum(half));
                let mut out = Complex::default();
                for lane in 0..W {
                    out.re[lane] = (first.re[lane] + last.re[lane]) * scale;
                    out.im[lane] = (first.re[lane] - last.re[lane]) * scale;
                }
                return out;
            }
            let (one, other) = (spectrum(k), spectrum(half - k).conjugate());
            let even = one.plus(other).scaled(scale);
            let (re, im) = if 2 * k <= half { self.roots[k] } else { mirrored(self.roots[half - k]) };
            even.plus_turned(one.minus(other).scaled(scale).times((re, -im)))
        };
        let (out, room) = room.split_at_mut(half);
        // The forward transform of the exchanged parts, exchanged.
        self.inner.forward(|k| whole(k).exchanged(), out, room);
        for (j, value) in out.iter().enumerate() {
            write(j, value.im, value.re);
        }
    }
}

impl RealFourier {
    /// Elements of a block of sequences, or of what comes back: two neighbours stand together as real and imaginary part.
    pub fn pairs(&self) -> usize {
        self.length.div_ceil(2)
    }

    /// [`RealFourier::forward`] of a block, with the widest registers; `x` has [`RealFourier::pairs`] elements.
    ///
    /// # Panics
    /// If a slice is too short.
    pub fn forward_block(&self, x: &[Complex<BLOCK>], out: &mut [Complex<BLOCK>], room: &mut [Complex<BLOCK>]) {
        struct Pass<'a>(&'a RealFourier, &'a [Complex<BLOCK>], &'a mut [Complex<BLOCK>], &'a mut [Complex<BLOCK>]);
        impl simd::Work for Pass<'_> {
            type Output = ();

            #[inline(always)]
            fn run(self) {
                let Self(plan, x, out, room) = self;
                plan.forward(|j| if j % 2 == 0 { x[j / 2].re } else { x[j / 2].im }, out, room);
            }
        }
        simd::wide(Pass(self, x, out, room));
    }

    /// [`RealFourier::backward`] of a block, with the widest registers; `out` has [`RealFourier::pairs`] elements.
    ///
    /// # Panics
    /// If the length is odd, or a slice is too short.
    pub fn backward_block(&self, spectrum: &[Complex<BLOCK>], out: &mut [Complex<BLOCK>], room: &mut [Complex<BLOCK>]) {
        struct Pass<'a>(&'a RealFourier, &'a [Complex<BLOCK>], &'a mut [Complex<BLOCK>], &'a mut [Complex<BLOCK>]);
        impl simd::Work for Pass<'_> {
            type Output = ();

            #[inline(always)]
            fn run(self) {
                let Self(plan, spectrum, out, room) = self;
                plan.backward(|k| spectrum[k], |j, even, odd| out[j] = Complex { re: even, im: odd }, room);
            }
        }
        simd::wide(Pass(self, spectrum, out, room));
    }

    /// Spectrum of one sequence, zero beyond its end: real and imaginary parts of each bin.
    ///
    /// # Panics
    /// If the sequence is longer than the plan.
    pub fn spectrum(&self, x: &[f64]) -> Vec<(f64, f64)> {
        assert!(x.len() <= self.length, "a sequence that fits the plan");
        let (mut out, mut room) = (vec![Complex::<1>::default(); self.spectrum_room()], vec![Complex::default(); self.room()]);
        self.forward(|j| [x.get(j).copied().unwrap_or(0.0)], &mut out, &mut room);
        out[..self.bins()].iter().map(|bin| (bin.re[0], bin.im[0])).collect()
    }
}

/// `exp(-2 pi i (h - k) / n)` from `exp(-2 pi i k / n)`, `n = 2 h`.
fn mirrored((re, im): (f64, f64)) -> (f64, f64) {
    (-re, im)
}
