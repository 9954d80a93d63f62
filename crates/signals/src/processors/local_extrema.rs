//! Maxima and minima in turn: each is accepted when the waveform has left it by more than a given step.
//!
//! A minimum is a maximum of the mirrored waveform, so each waveform has one extremum at a time. All waveforms of a block are
//! looked at together by a coarse test that never misses; only where it fires, the exact one decides.

use crate::lanes::{LANES, Lane, Real};

/// What makes an extremum, for each waveform.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    /// fall below a maximum that accepts it
    pub(super) below_maximum: Lane<f64>,
    /// rise above a minimum that accepts it
    pub(super) above_minimum: Lane<f64>,
    /// maxima lie above
    pub(super) least_maximum: Lane<f64>,
    /// minima lie below
    pub(super) most_minimum: Lane<f64>,
}

/// What is found: `capacity` places for each waveform and kind, and how many are taken.
#[derive(Debug)]
pub(super) struct Found<'a> {
    /// samples of the maxima of waveform 0, of waveform 1, …
    pub(super) maxima: &'a mut [usize],
    /// the same for minima
    pub(super) minima: &'a mut [usize],
    /// maxima of each waveform
    pub(super) n_maxima: Lane<usize>,
    /// minima of each waveform
    pub(super) n_minima: Lane<usize>,
}

/// A little less than `step`, in the type of the samples.
#[inline(always)]
fn coarse<T: Real>(step: f64) -> T {
    T::narrow(step - step.abs() * 1e-6)
}

/// Walks all waveforms, from their ends if `from_right`, up to `capacity` of each kind; positions are given in the order of
/// finding.
#[inline(always)]
pub(super) fn find<T: Real>(w: &[Lane<T>], from_right: bool, steps: &Steps, capacity: usize, found: &mut Found<'_>) {
    found.n_maxima = [0; LANES];
    found.n_minima = [0; LANES];
    if w.is_empty() || capacity == 0 {
        return;
    }
    let sample = |i: usize| if from_right { w.len() - 1 - i } else { i };
    let one = T::narrow(1.0);
    // Of the waveform times `sign`: the largest so far and where, and what the coarse test asks for.
    let mut sign = [one; LANES];
    let (mut top, mut top_at) = (w[sample(0)], [0_u32; LANES]);
    let (mut fall, mut least) = (steps.below_maximum.map(coarse::<T>), steps.least_maximum.map(coarse::<T>));
    for i in 0..w.len() {
        let x = &w[sample(i)];
        let mut hit = [false; LANES];
        for lane in 0..LANES {
            let y = x[lane] * sign[lane];
            let higher = y > top[lane];
            top[lane] = if higher { y } else { top[lane] };
            top_at[lane] = if higher { i as u32 } else { top_at[lane] };
            let (fallen, high) = (top[lane] - y > fall[lane], top[lane] >= least[lane]);
            hit[lane] = fallen && high;
        }
        if !hit.iter().fold(false, |any, &one| any | one) {
            continue;
        }
        for lane in (0..LANES).filter(|&lane| hit[lane]) {
            let maximum = sign[lane] == one;
            let (y, highest) = ((x[lane] * sign[lane]).widen(), top[lane].widen());
            let (step, bound) = if maximum {
                (steps.below_maximum[lane], steps.least_maximum[lane])
            } else {
                (steps.above_minimum[lane], -steps.most_minimum[lane])
            };
            if !(y < highest - step && highest > bound) {
                continue;
            }
            let (list, count) = if maximum {
                (&mut *found.maxima, &mut found.n_maxima[lane])
            } else {
                (&mut *found.minima, &mut found.n_minima[lane])
            };
            list[lane * capacity + *count] = sample(top_at[lane] as usize);
            *count += 1;
            let (next_step, next_bound, next_count) = if maximum {
                (steps.above_minimum[lane], -steps.most_minimum[lane], found.n_minima[lane])
            } else {
                (steps.below_maximum[lane], steps.least_maximum[lane], found.n_maxima[lane])
            };
            sign[lane] = -sign[lane];
            (top[lane], top_at[lane]) = (x[lane] * sign[lane], i as u32);
            // A full list takes no more, and nothing comes after it.
            fall[lane] = if next_count < capacity { coarse(next_step) } else { T::narrow(f64::INFINITY) };
            least[lane] = coarse(next_bound);
        }
    }
}
