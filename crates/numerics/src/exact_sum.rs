//! A sum of doubles that is kept exactly and rounded once, so that order, threads and partitions do not matter.

use crate::rounding;
use crate::wide_sum::{LOWEST, WideSum};

/// The exact sum of doubles. Infinities and NaN are counted apart and decide the value if there are any.
#[derive(Clone, Debug, Default)]
pub struct ExactSum {
    pub(crate) window: i128,
    /// Exponent of the lowest bit of the window; chosen at the first finite term.
    pub(crate) quantum: Option<i32>,
    /// What does not fit in the window.
    pub(crate) wide: Option<Box<WideSum>>,
    pub(crate) special: Special,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Special {
    pub(crate) nan: u64,
    pub(crate) plus: u64,
    pub(crate) minus: u64,
}

/// The quantum that suits terms whose lowest bit is 2^q: room below for smaller terms, in steps of 16, so that parts
/// of one sum mostly agree on it.
pub(crate) fn quantum_for(q: i32) -> i32 {
    ((q - 32) & !15).clamp(LOWEST, 900)
}

/// The quantum that suits a sum m 2^q: room above for more of its kind, and below for the bits that their terms may have.
pub(crate) fn quantum_of(m: i128, q: i32) -> i32 {
    let top = q + 128 - m.unsigned_abs().leading_zeros() as i32;
    (q.min(top - 96) & !15).clamp(LOWEST, 900)
}

/// m 2^shift as a term of the window, where it fits.
#[inline(always)]
pub(crate) fn term(negative: bool, m: u64, shift: i32) -> Option<i128> {
    if (0..=73).contains(&shift) {
        let term = i128::from(m) << shift;
        Some(if negative { -term } else { term })
    } else {
        None
    }
}

impl ExactSum {
    /// An empty sum.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one term.
    #[inline]
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            self.add_special(value);
            return;
        }
        let (negative, m, q) = rounding::split(value);
        let quantum = match self.quantum {
            Some(quantum) => quantum,
            None if m == 0 => return,
            None => *self.quantum.insert(quantum_for(q)),
        };
        if let Some(term) = term(negative, m, q - quantum)
            && let Some(sum) = self.window.checked_add(term)
        {
            self.window = sum;
        } else {
            self.add_wide(negative, u128::from(m), q);
        }
    }

    /// Adds `count` times the value 1.
    pub fn add_count(&mut self, count: u64) {
        self.add_scaled(i128::from(count), 0);
    }

    #[cold]
    fn add_special(&mut self, value: f64) {
        if value.is_nan() {
            self.special.nan = self.special.nan.saturating_add(1);
        } else if value > 0.0 {
            self.special.plus = self.special.plus.saturating_add(1);
        } else {
            self.special.minus = self.special.minus.saturating_add(1);
        }
    }

    #[cold]
    fn add_wide(&mut self, negative: bool, m: u128, q: i32) {
        let wide = self.wide.get_or_insert_with(|| Box::new(WideSum::new()));
        if let Some(quantum) = self.quantum {
            wide.add(self.window < 0, self.window.unsigned_abs(), quantum);
            self.window = 0;
        }
        wide.add(negative, m, q);
    }

    /// Adds m 2^q; q at least -1074 and at most 960.
    pub(crate) fn add_scaled(&mut self, m: i128, q: i32) {
        if m == 0 {
            return;
        }
        // Trailing zeros let sums with another quantum meet in one window.
        let zeros = m.trailing_zeros() as i32;
        let (odd, low) = (m >> zeros, q + zeros);
        let quantum = *self.quantum.get_or_insert_with(|| quantum_of(m, q));
        let shift = low - quantum;
        let bits = 128 - odd.unsigned_abs().leading_zeros() as i32;
        if shift >= 0
            && bits + shift < 127
            && let Some(sum) = self.window.checked_add(odd << shift)
        {
            self.window = sum;
        } else {
            self.add_wide(m < 0, odd.unsigned_abs(), low);
        }
    }

    /// Adds all terms of another sum.
    pub fn merge(&mut self, other: &Self) {
        if let Some(quantum) = other.quantum {
            self.add_scaled(other.window, quantum);
        }
        if let Some(wide) = &other.wide {
            match &mut self.wide {
                Some(own) => own.merge(wide),
                None => self.wide = Some(wide.clone()),
            }
        }
        self.special.nan = self.special.nan.saturating_add(other.special.nan);
        self.special.plus = self.special.plus.saturating_add(other.special.plus);
        self.special.minus = self.special.minus.saturating_add(other.special.minus);
    }

    /// The sum, rounded once to the nearest double, ties to even; a sum of nothing is +0.
    pub fn value(&self) -> f64 {
        let special = self.special;
        if special.nan > 0 || (special.plus > 0 && special.minus > 0) {
            return f64::NAN;
        }
        if special.plus > 0 {
            return f64::INFINITY;
        }
        if special.minus > 0 {
            return f64::NEG_INFINITY;
        }
        match (&self.wide, self.quantum) {
            (None, None) => 0.0,
            (None, Some(quantum)) => rounding::nearest_i128(self.window, quantum),
            (Some(_), _) => self.all_wide().value(),
        }
    }

    /// How many NaN were added.
    pub fn nan_count(&self) -> u64 {
        self.special.nan
    }

    /// Whether the exact sum is zero and nothing that is not finite was added.
    pub fn is_zero(&self) -> bool {
        self.special == Special::default() && self.finite_part().is_none()
    }

    /// The value as m 2^q with m odd or zero, where it is finite and m fits in 127 bits.
    pub(crate) fn narrow(&self) -> Option<(i128, i32)> {
        if self.special != Special::default() {
            return None;
        }
        let (m, q) = match &self.wide {
            None => (self.window, self.quantum.unwrap_or(0)),
            Some(_) => self.all_wide().narrow()?,
        };
        let zeros = if m == 0 { 0 } else { m.trailing_zeros() };
        Some((m >> zeros, q + zeros as i32))
    }

    pub(crate) fn all_wide(&self) -> WideSum {
        let mut wide = self.wide.as_deref().cloned().unwrap_or_else(WideSum::new);
        if let Some(quantum) = self.quantum {
            wide.add(self.window < 0, self.window.unsigned_abs(), quantum);
        }
        wide
    }
}

impl PartialEq for ExactSum {
    /// Equal exact values and equal counts of what is not finite.
    fn eq(&self, other: &Self) -> bool {
        self.special == other.special && self.finite_part() == other.finite_part()
    }
}

impl Eq for ExactSum {}

impl FromIterator<f64> for ExactSum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::new();
        for value in values {
            sum.add(value);
        }
        sum
    }
}
