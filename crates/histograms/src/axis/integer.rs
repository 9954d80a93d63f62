//! One bin for each whole number.

use super::{MOST_BINS, Title};
use crate::error::Error;

/// An axis with one bin for each whole number in lower .. upper.
#[derive(Clone, Debug, PartialEq)]
pub struct Integer {
    pub(super) title: Title,
    pub(super) underflow: bool,
    pub(super) overflow: bool,
    pub(crate) lower: i64,
    pub(crate) upper: i64,
}

impl Integer {
    pub(crate) fn new(lower: i64, upper: i64) -> Result<Self, Error> {
        // Edges are printed as doubles: beyond 2^53 they would not be whole.
        const LARGEST: i64 = 1 << 53;
        if lower >= upper {
            return Err(Error::value(format!("an integer axis needs lower < upper, not {lower} and {upper}")));
        }
        if lower < -LARGEST || upper > LARGEST || upper - lower > MOST_BINS as i64 {
            return Err(Error::value(format!("an integer axis from {lower} to {upper} has too many or too large bins")));
        }
        Ok(Self { title: Title::default(), underflow: true, overflow: true, lower, upper })
    }

    pub(super) fn size(&self) -> usize {
        (self.upper - self.lower) as usize
    }

    pub(super) fn edges(&self) -> Vec<f64> {
        (self.lower..=self.upper).map(|edge| edge as f64).collect()
    }

    pub(super) fn index(&self, x: f64) -> i64 {
        if x < self.lower as f64 {
            -1
        } else if x < self.upper as f64 {
            x.floor() as i64 - self.lower
        } else {
            self.size() as i64
        }
    }

    /// Slot as if there were both flow slots.
    #[inline(always)]
    pub(crate) fn natural_slot(&self, value: i64) -> usize {
        (value.clamp(self.lower - 1, self.upper) - (self.lower - 1)) as usize
    }
}
