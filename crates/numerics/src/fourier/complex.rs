//! Complex numbers side by side.

/// One complex number for each of `W` sequences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex<const W: usize> {
    /// real parts
    pub re: [f64; W],
    /// imaginary parts
    pub im: [f64; W],
}

impl<const W: usize> Default for Complex<W> {
    fn default() -> Self {
        Self { re: [0.0; W], im: [0.0; W] }
    }
}

#[inline(always)]
fn each<const W: usize>(f: impl Fn(usize) -> f64) -> [f64; W] {
    let mut out = [0.0; W];
    for lane in 0..W {
        out[lane] = f(lane);
    }
    out
}

impl<const W: usize> Complex<W> {
    /// Sum.
    #[inline(always)]
    pub(super) fn plus(self, other: Self) -> Self {
        Self { re: each(|l| self.re[l] + other.re[l]), im: each(|l| self.im[l] + other.im[l]) }
    }

    /// Difference.
    #[inline(always)]
    pub(super) fn minus(self, other: Self) -> Self {
        Self { re: each(|l| self.re[l] - other.re[l]), im: each(|l| self.im[l] - other.im[l]) }
    }

    /// Product with a real number.
    #[inline(always)]
    pub fn scaled(self, by: f64) -> Self {
        Self { re: each(|l| self.re[l] * by), im: each(|l| self.im[l] * by) }
    }

    /// Product with a complex number `(re, im)`.
    #[inline(always)]
    pub fn times(self, by: (f64, f64)) -> Self {
        Self { re: each(|l| self.re[l] * by.0 - self.im[l] * by.1), im: each(|l| self.re[l] * by.1 + self.im[l] * by.0) }
    }

    /// Sum with `by` times another.
    #[inline(always)]
    pub(super) fn plus_scaled(self, other: Self, by: f64) -> Self {
        self.plus(other.scaled(by))
    }

    /// Sum with `i` times another.
    #[inline(always)]
    pub(super) fn plus_turned(self, other: Self) -> Self {
        Self { re: each(|l| self.re[l] - other.im[l]), im: each(|l| self.im[l] + other.re[l]) }
    }

    /// Difference with `i` times another.
    #[inline(always)]
    pub(super) fn minus_turned(self, other: Self) -> Self {
        Self { re: each(|l| self.re[l] + other.im[l]), im: each(|l| self.im[l] - other.re[l]) }
    }

    /// Conjugate.
    #[inline(always)]
    pub(super) fn conjugate(self) -> Self {
        Self { re: self.re, im: each(|l| -self.im[l]) }
    }

    /// Real and imaginary parts exchanged.
    #[inline(always)]
    pub(super) fn exchanged(self) -> Self {
        Self { re: self.im, im: self.re }
    }
}
