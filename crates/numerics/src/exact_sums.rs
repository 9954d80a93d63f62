//! Many exact sums side by side: the cells of a histogram. Sixteen bytes a sum, more only where they do not do.

use crate::exact_sum::{ExactSum, quantum_for, quantum_of, term};
use crate::packed_sum::{UnpackError, put_narrow, take_narrow};
use crate::rounding;
use std::collections::BTreeMap;

/// A row of exact sums with a common quantum; what does not fit a cell's window is kept beside, sum by sum.
#[derive(Clone, Debug, Default)]
pub struct ExactSums {
    quantum: Option<i32>,
    windows: Vec<i128>,
    beside: BTreeMap<usize, ExactSum>,
}

impl ExactSums {
    /// `length` empty sums.
    pub fn new(length: usize) -> Self {
        Self { quantum: None, windows: vec![0; length], beside: BTreeMap::new() }
    }

    /// Number of sums.
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether there are no sums at all.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Adds a term to the sum at `index`.
    #[inline]
    pub fn add(&mut self, index: usize, value: f64) {
        let (negative, m, q) = rounding::split(value);
        if let Some(quantum) = self.quantum
            && value.is_finite()
            && let Some(term) = term(negative, m, q - quantum)
            && let Some(sum) = self.windows[index].checked_add(term)
        {
            self.windows[index] = sum;
        } else {
            self.add_beside(index, value);
        }
    }

    #[cold]
    fn add_beside(&mut self, index: usize, value: f64) {
        let (negative, m, q) = rounding::split(value);
        if value == 0.0 {
            return;
        }
        if !value.is_finite() {
            self.beside.entry(index).or_default().add(value);
            return;
        }
        let quantum = *self.quantum.get_or_insert_with(|| quantum_for(q));
        match term(negative, m, q - quantum) {
            Some(term) => match self.windows[index].checked_add(term) {
                Some(sum) => self.windows[index] = sum,
                None => {
                    let window = std::mem::replace(&mut self.windows[index], term);
                    self.beside.entry(index).or_default().add_scaled(window, quantum);
                }
            },
            None => self.beside.entry(index).or_default().add(value),
        }
    }

    /// Adds m 2^q to the sum at `index`.
    pub(crate) fn add_scaled(&mut self, index: usize, m: i128, q: i32) {
        if m == 0 {
            return;
        }
        let quantum = *self.quantum.get_or_insert_with(|| quantum_of(m, q));
        let zeros = m.trailing_zeros() as i32;
        let (odd, shift) = (m >> zeros, q + zeros - quantum);
        let bits = 128 - odd.unsigned_abs().leading_zeros() as i32;
        if shift >= 0
            && bits + shift < 127
            && let Some(sum) = self.windows[index].checked_add(odd << shift)
        {
            self.windows[index] = sum;
        } else {
            self.beside.entry(index).or_default().add_scaled(m, q);
        }
    }

    /// The sum at `index`.
    pub fn get(&self, index: usize) -> ExactSum {
        let mut sum = ExactSum::new();
        if let Some(quantum) = self.quantum {
            sum.add_scaled(self.windows[index], quantum);
        }
        if let Some(beside) = self.beside.get(&index) {
            sum.merge(beside);
        }
        sum
    }

    /// The sum at `index`, rounded once.
    pub fn value(&self, index: usize) -> f64 {
        match (self.beside.get(&index), self.quantum) {
            (None, None) => 0.0,
            (None, Some(quantum)) => rounding::nearest_i128(self.windows[index], quantum),
            (Some(_), _) => self.get(index).value(),
        }
    }

    /// Whether the sum at `index` is exactly a whole number.
    pub fn is_count(&self, index: usize, count: u64) -> bool {
        if !self.beside.contains_key(&index) {
            let window = self.windows[index];
            return match self.quantum {
                Some(quantum @ -126..=0) => {
                    // A count that does not fit is not what the window holds.
                    let shifted = i128::from(count) << -quantum;
                    shifted >> -quantum == i128::from(count) && window == shifted
                }
                _ if window == 0 => count == 0,
                _ => self.get_is_count(index, count),
            };
        }
        self.get_is_count(index, count)
    }

    fn get_is_count(&self, index: usize, count: u64) -> bool {
        let zeros = if count == 0 { 0 } else { count.trailing_zeros() };
        match self.get(index).narrow() {
            Some((0, _)) => count == 0,
            Some((m, q)) => m == i128::from(count >> zeros) && q == zeros as i32,
            None => false,
        }
    }

    /// All sums, each rounded once.
    pub fn values(&self) -> Vec<f64> {
        (0..self.len()).map(|index| self.value(index)).collect()
    }

    /// Makes the sum at `index` empty.
    pub fn clear_at(&mut self, index: usize) {
        self.windows[index] = 0;
        self.beside.remove(&index);
    }

    /// Adds a whole sum to the one at `index`.
    pub fn merge_at(&mut self, index: usize, sum: &ExactSum) {
        match sum.narrow() {
            Some((m, q)) => self.add_scaled(index, m, q),
            None => {
                self.beside.entry(index).or_default().merge(sum);
                self.settle(index);
            }
        }
    }

    /// Adds the sums of another row to this row: the one at `i` there to the one at `target(i)` here.
    pub fn merge_by(&mut self, other: &Self, target: impl Fn(usize) -> Option<usize>) {
        if self.quantum.is_none() {
            self.quantum = other.quantum;
        }
        for (from, &window) in other.windows.iter().enumerate() {
            let Some(to) = target(from) else { continue };
            if window != 0 {
                if self.quantum == other.quantum
                    && let Some(sum) = self.windows[to].checked_add(window)
                {
                    self.windows[to] = sum;
                } else if let Some(quantum) = other.quantum {
                    self.add_scaled(to, window, quantum);
                }
            }
            if let Some(beside) = other.beside.get(&from) {
                self.beside.entry(to).or_default().merge(beside);
                self.settle(to);
            }
        }
    }

    /// Adds the sums of another row of the same length.
    pub fn merge(&mut self, other: &Self) {
        self.merge_by(other, Some);
    }

    /// Moves a sum kept beside into the window of its cell, if it fits.
    fn settle(&mut self, index: usize) {
        let Some(beside) = self.beside.get(&index) else { return };
        let Some((m, q)) = beside.narrow() else { return };
        self.beside.remove(&index);
        self.add_scaled(index, m, q);
    }

    /// Appends the packed form of the sum at `index`.
    pub fn pack_at(&self, index: usize, out: &mut Vec<u8>) {
        match (self.beside.contains_key(&index), self.quantum) {
            (false, None) => out.push(0),
            (false, Some(quantum)) => put_narrow(self.windows[index], quantum, out),
            (true, _) => self.get(index).pack(out),
        }
    }

    /// Takes a packed sum from the front of `bytes` and adds it to the one at `index`.
    pub fn unpack_at(&mut self, index: usize, bytes: &mut &[u8]) -> Result<(), UnpackError> {
        match take_narrow(bytes) {
            Some((m, q)) => self.add_scaled(index, m, q),
            None => self.merge_at(index, &ExactSum::unpack(bytes)?),
        }
        Ok(())
    }

    /// Takes `length` packed sums from the front of `bytes`.
    pub fn unpack(length: usize, bytes: &mut &[u8]) -> Result<Self, UnpackError> {
        if length > bytes.len() {
            return Err(UnpackError { bytes_left: bytes.len() });
        }
        let mut sums = Self::new(length);
        for index in 0..length {
            sums.unpack_at(index, bytes)?;
        }
        Ok(sums)
    }
}
