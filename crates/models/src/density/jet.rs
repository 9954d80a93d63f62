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

    /// The jet of p = f/I in `size` arguments, from those of f and I: p' = (f' - p I')/I, and so on.
    pub(crate) fn quotient(&self, norm: &Self, size: usize) -> Self {
        let mut out = Self::ZERO;
        out.value = self.value / norm.value;
        for i in 0..size {
            out.first[i] = (self.first[i] - out.value * norm.first[i]) / norm.value;
        }
        for i in 0..size {
            for j in 0..=i {
                let mixed = out.first[i] * norm.first[j] + out.first[j] * norm.first[i];
                let at = pair(i, j);
                out.second[at] = (self.second[at] - mixed - out.value * norm.second[at]) / norm.value;
            }
        }
        out
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
