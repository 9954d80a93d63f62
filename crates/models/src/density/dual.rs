//! Numbers that carry their first and second derivatives in up to four arguments, for shapes whose formulas are longer than
//! their derivatives deserve. The rules are exact: sums, products and the chain rule.

use std::ops::{Add, Div, Mul, Neg, Sub};

use germane_numerics::maths;

use super::jet::{Jet, pair};

/// Arguments that a [`Dual`] can have.
const SIZE: usize = 4;

/// Value, gradient and lower triangle of the Hessian.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dual {
    pub(super) value: f64,
    first: [f64; SIZE],
    second: [f64; SIZE * (SIZE + 1) / 2],
}

impl Dual {
    pub(super) const fn constant(value: f64) -> Self {
        Self { value, first: [0.0; SIZE], second: [0.0; SIZE * (SIZE + 1) / 2] }
    }

    /// The arguments as variables.
    pub(super) fn variables(arguments: &[f64]) -> [Self; SIZE] {
        let mut all = [Self::constant(0.0); SIZE];
        for (index, (dual, &value)) in all.iter_mut().zip(arguments).enumerate() {
            dual.value = value;
            dual.first[index] = 1.0;
        }
        all
    }

    /// f(self) from the value and derivatives of f.
    pub(super) fn chain(self, [value, first, second]: [f64; 3]) -> Self {
        let mut out = Self::constant(value);
        for i in 0..SIZE {
            out.first[i] = first * self.first[i];
            for j in 0..=i {
                out.second[pair(i, j)] = first * self.second[pair(i, j)] + second * self.first[i] * self.first[j];
            }
        }
        out
    }

    pub(super) fn exp(self) -> Self {
        let e = maths::exp(self.value);
        self.chain([e, e, e])
    }

    pub(super) fn ln(self) -> Self {
        let inverse = 1.0 / self.value;
        self.chain([maths::ln(self.value), inverse, -inverse * inverse])
    }

    pub(super) fn asinh(self) -> Self {
        let square = 1.0 + self.value * self.value;
        let first = 1.0 / square.sqrt();
        self.chain([maths::asinh(self.value), first, -self.value * first / square])
    }

    pub(super) fn inverse(self) -> Self {
        let inverse = 1.0 / self.value;
        self.chain([inverse, -inverse * inverse, 2.0 * inverse * inverse * inverse])
    }

    pub(super) fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        self.chain([root, 0.5 / root, -0.25 / (root * self.value)])
    }

    /// ln(1 + self).
    pub(super) fn ln_1p(self) -> Self {
        let inverse = 1.0 / (1.0 + self.value);
        self.chain([maths::log1p(self.value), inverse, -inverse * inverse])
    }

    /// Angle of the point (x, self).
    pub(super) fn atan2(self, x: Self) -> Self {
        let square = self.value * self.value + x.value * x.value;
        // Derivatives in self and in x; the second ones are those of a harmonic function.
        let (a, b) = (x.value / square, -self.value / square);
        let (aa, ab) = (2.0 * a * b, b * b - a * a);
        let mut out = Self::constant(maths::atan2(self.value, x.value));
        for i in 0..SIZE {
            out.first[i] = a * self.first[i] + b * x.first[i];
            for j in 0..=i {
                let k = pair(i, j);
                let mixed = self.first[i] * x.first[j] + self.first[j] * x.first[i];
                let pure = self.first[i] * self.first[j] - x.first[i] * x.first[j];
                out.second[k] = a * self.second[k] + b * x.second[k] + ab * mixed + aa * pure;
            }
        }
        out
    }

    /// Adds it to a jet whose arguments `places` are the variables.
    pub(super) fn add_to(self, out: &mut Jet, places: [usize; SIZE]) {
        out.value += self.value;
        for (i, &row) in places.iter().enumerate() {
            out.first[row] += self.first[i];
            for (j, &column) in places[..=i].iter().enumerate() {
                out.set_second(row, column, out.get_second(row, column) + self.second[pair(i, j)]);
            }
        }
    }

    /// Writes it to the jet of a shape.
    pub(super) fn write(self, out: &mut Jet) {
        out.value = self.value;
        out.first[..SIZE].copy_from_slice(&self.first);
        out.second[..self.second.len()].copy_from_slice(&self.second);
    }
}

impl Add for Dual {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self.value += other.value;
        for (a, b) in self.first.iter_mut().zip(other.first) {
            *a += b;
        }
        for (a, b) in self.second.iter_mut().zip(other.second) {
            *a += b;
        }
        self
    }
}

impl Neg for Dual {
    type Output = Self;

    fn neg(self) -> Self {
        self * -1.0
    }
}

impl Sub for Dual {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul<f64> for Dual {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        let times = |x: f64| factor * x;
        Self { value: factor * self.value, first: self.first.map(times), second: self.second.map(times) }
    }
}

impl Mul for Dual {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let mut out = Self::constant(self.value * other.value);
        for i in 0..SIZE {
            out.first[i] = self.first[i] * other.value + self.value * other.first[i];
            for j in 0..=i {
                let k = pair(i, j);
                let mixed = self.first[i] * other.first[j] + self.first[j] * other.first[i];
                out.second[k] = self.second[k] * other.value + mixed + self.value * other.second[k];
            }
        }
        out
    }
}

impl Div for Dual {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        self.mul(other.inverse())
    }
}
