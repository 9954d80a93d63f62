//! Complex numbers, as far as filter design needs them.

use germane_numerics::maths;
use std::ops::{Add, Div, Mul, Neg, Sub};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    pub(super) const ZERO: Self = Self::new(0.0, 0.0);

    pub(super) const fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    /// `exp(i angle)`.
    pub(super) fn unit(angle: f64) -> Self {
        Self::new(maths::cos(angle), maths::sin(angle))
    }

    pub(super) fn size(self) -> f64 {
        maths::hypot(self.re, self.im)
    }

    pub(super) fn inverse(self) -> Self {
        Self::new(1.0, 0.0) / self
    }

    pub(super) fn conjugate(self) -> Self {
        Self::new(self.re, -self.im)
    }

    /// The root with a real part of at least 0.
    pub(super) fn sqrt(self) -> Self {
        let size = self.size();
        if size == 0.0 {
            return Self::ZERO;
        }
        if self.re >= 0.0 {
            let re = f64::midpoint(size, self.re).sqrt();
            Self::new(re, self.im / (2.0 * re))
        } else {
            let im = ((size - self.re) / 2.0).sqrt().copysign(self.im);
            Self::new(self.im / (2.0 * im), im)
        }
    }

    /// Natural logarithm, the imaginary part from -pi to pi.
    pub(super) fn ln(self) -> Self {
        Self::new(maths::ln(self.size()), maths::atan2(self.im, self.re))
    }

    pub(super) fn cos(self) -> Self {
        Self::new(maths::cos(self.re) * maths::cosh(self.im), -maths::sin(self.re) * maths::sinh(self.im))
    }

    /// `-i ln(x + i sqrt(1 - x^2))`.
    pub(super) fn acos(self) -> Self {
        let one = Self::new(1.0, 0.0);
        let root = (one - self * self).sqrt();
        let inner = self + Self::new(-root.im, root.re);
        let log = inner.ln();
        Self::new(log.im, -log.re)
    }
}

/// Product of all factors; 1 of none.
pub(super) fn product(factors: impl Iterator<Item = Complex>) -> Complex {
    factors.fold(Complex::new(1.0, 0.0), |product, factor| product * factor)
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.re - other.re, self.im - other.im)
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }
}

impl Mul<f64> for Complex {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self::new(self.re * factor, self.im * factor)
    }
}

impl Div for Complex {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let square = other.re * other.re + other.im * other.im;
        let product = self * other.conjugate();
        Self::new(product.re / square, product.im / square)
    }
}

impl Neg for Complex {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.re, -self.im)
    }
}
