//! A value with its first and second derivatives in the arguments of a shape.

/// Most arguments that a shape has.
pub(crate) const MOST: usize = 8;

/// Value, gradient and Hessian (lower triangle, row after row) in at most [`MOST`] arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jet {
    pub(crate) value: f64,
    pub(crate) first: [f64; MOST],
    pub(crate) second: [f64; MOST * (MOST + 1) / 2],
}

impl Jet {
    pub(crate) const ZERO: Self = Self { value: 0.0, first: [0.0; MOST], second: [0.0; MOST * (MOST + 1) / 2] };

    /// Makes the jet of f that of p = f/I, in `size` arguments, from that of I: p' = (f' - p I')/I, and so on.
    pub(crate) fn divide(&mut self, norm: &Self, size: usize) {
        let inverse = 1.0 / norm.value;
        self.value /= norm.value;
        for i in 0..size {
            self.first[i] = (self.first[i] - self.value * norm.first[i]) * inverse;
        }
        let mut at = 0;
        for i in 0..size {
            for j in 0..=i {
                let mixed = self.first[i] * norm.first[j] + self.first[j] * norm.first[i];
                self.second[at] = (self.second[at] - mixed - self.value * norm.second[at]) * inverse;
                at += 1;
            }
        }
    }

    /// Makes derivatives in arguments those in numbers that are multiplied by `factors` to give them.
    pub(crate) fn rescale(&mut self, factors: &[f64], size: usize) {
        for i in 0..size {
            self.first[i] *= factors[i];
            for j in 0..=i {
                self.second[pair(i, j)] *= factors[i] * factors[j];
            }
        }
    }

    /// Adds a multiple of another jet in `size` arguments.
    pub(crate) fn add_scaled(&mut self, factor: f64, other: &Self, size: usize) {
        self.value += factor * other.value;
        for (a, b) in self.first[..size].iter_mut().zip(&other.first[..size]) {
            *a += factor * b;
        }
        let count = size * (size + 1) / 2;
        for (a, b) in self.second[..count].iter_mut().zip(&other.second[..count]) {
            *a += factor * b;
        }
    }

    /// Takes another jet away.
    pub(crate) fn subtract(&mut self, other: &Self) {
        self.value -= other.value;
        for (a, b) in self.first.iter_mut().zip(other.first) {
            *a -= b;
        }
        for (a, b) in self.second.iter_mut().zip(other.second) {
            *a -= b;
        }
    }

    pub(crate) fn get_second(&self, i: usize, j: usize) -> f64 {
        self.second[pair(i.max(j), i.min(j))]
    }

    pub(crate) fn set_second(&mut self, i: usize, j: usize, value: f64) {
        self.second[pair(i.max(j), i.min(j))] = value;
    }
}

/// Place of (i, j), j <= i, in a lower triangle.
pub(crate) fn pair(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}
