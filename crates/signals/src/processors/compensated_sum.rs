//! Sums that run over a whole waveform: the rounding of every addition is carried along, so that a million samples lose nothing.
//!
//! Source: W. Kahan, Further remarks on reducing truncation errors, CACM 8 (1965) 40.

use crate::lanes::{LANES, Lane};

/// One running sum for each waveform.
#[derive(Clone, Copy, Debug)]
pub(super) struct CompensatedSum {
    sum: Lane<f64>,
    excess: Lane<f64>,
}

impl CompensatedSum {
    /// No terms yet.
    pub(super) const ZERO: Self = Self { sum: [0.0; LANES], excess: [0.0; LANES] };

    /// Adds a term to one sum and gives it.
    #[inline(always)]
    pub(super) fn add(&mut self, lane: usize, term: f64) -> f64 {
        let term = term - self.excess[lane];
        let sum = self.sum[lane] + term;
        self.excess[lane] = (sum - self.sum[lane]) - term;
        self.sum[lane] = sum;
        sum
    }

    /// The sum.
    #[inline(always)]
    pub(super) fn at(&self, lane: usize) -> f64 {
        self.sum[lane]
    }
}

/// The rounded sum and what the rounding lost, exactly.
///
/// Source: D. E. Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B.
#[inline(always)]
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}
