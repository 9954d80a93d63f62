//! Where a waveform passes a threshold, walked waveform by waveform so that each stops at its own crossing.

use crate::lanes::{Lane, Real};

/// First `i >= start` with `w[i] <= threshold < w[i + 1]` or `w[i] >= threshold > w[i + 1]`.
#[inline(always)]
pub(super) fn forwards<T: Real>(w: &[Lane<T>], lane: usize, threshold: f64, start: usize) -> Option<usize> {
    let mut here = w.get(start)?[lane].widen();
    for (i, next) in w.iter().enumerate().skip(start + 1) {
        let next = next[lane].widen();
        if (here <= threshold && threshold < next) || (here >= threshold && threshold > next) {
            return Some(i - 1);
        }
        here = next;
    }
    None
}

/// First `i` from `start` down to 1 with `w[i - 1] < threshold <= w[i]` or `w[i - 1] > threshold >= w[i]`.
#[inline(always)]
pub(super) fn backwards<T: Real>(w: &[Lane<T>], lane: usize, threshold: f64, start: usize) -> Option<usize> {
    let mut here = w.get(start)?[lane].widen();
    for i in (1..=start).rev() {
        let before = w[i - 1][lane].widen();
        if (before < threshold && threshold <= here) || (before > threshold && threshold >= here) {
            return Some(i);
        }
        here = before;
    }
    None
}

/// Whether waveform `lane` has a NaN.
pub(super) fn has_nan<T: Real>(w: &[Lane<T>], lane: usize) -> bool {
    w.iter().any(|sample| sample[lane].is_nan())
}
