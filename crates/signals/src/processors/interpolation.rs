//! Heights of a waveform between its samples.

use crate::lanes::{Lane, Real};

/// Samples on each side that decide the curvature of a spline: the influence of a sample shrinks by 0.268 with each step, so
/// that what lies farther is less than 2^-70 of it.
const SPLINE_REACH: usize = 40;

/// Height of waveform `lane` at time `t` in `[0, n - 1]`: exact at samples, between them by `mode`: 'n' nearest (halves up), 'f'
/// the sample before, 'c' after, 'l' linear, 'h' Hermite with central differences (one-sided at the ends), 's' natural cubic
/// spline.
#[inline(always)]
pub(super) fn height<T: Real>(w: &[Lane<T>], lane: usize, t: f64, mode: char) -> f64 {
    let i = t.floor() as usize;
    let f = t - i as f64;
    let at = |k: usize| w[k][lane].widen();
    if f == 0.0 {
        return at(i);
    }
    let (u, low, high) = (1.0 - f, at(i), at(i + 1));
    match mode {
        'n' if f < 0.5 => low,
        'f' | 'i' => low,
        'n' | 'c' => high,
        'l' => u * low + f * high,
        'h' => {
            let (before, after) = (slope(w, lane, i), slope(w, lane, i + 1));
            let (rise, fall) = (f * f * (3.0 - 2.0 * f), u * u * (3.0 - 2.0 * u));
            fall * low + rise * high + u * u * f * before - f * f * u * after
        }
        _ => {
            let (before, after) = spline_curvatures(w, lane, i);
            u * low + f * high + ((u * u - 1.0) * u * before + (f * f - 1.0) * f * after) / 6.0
        }
    }
}

/// Central difference at sample `i`, one-sided at the ends.
#[inline(always)]
fn slope<T: Real>(w: &[Lane<T>], lane: usize, i: usize) -> f64 {
    let (first, last) = (i.saturating_sub(1), (i + 1).min(w.len() - 1));
    (w[last][lane].widen() - w[first][lane].widen()) / (last - first) as f64
}

/// Second derivatives of the natural cubic spline at samples `i` and `i + 1`, from the samples around.
#[inline(always)]
fn spline_curvatures<T: Real>(w: &[Lane<T>], lane: usize, i: usize) -> (f64, f64) {
    let at = |k: usize| w[k][lane].widen();
    // Unknowns m[first..=last] between two that are zero: m[k-1] + 4 m[k] + m[k+1] = 6 (w[k+1] - 2 w[k] + w[k-1]), eliminated from
    // both sides towards i and i + 1.
    let (first, last) = ((i + 1).saturating_sub(SPLINE_REACH).max(1), (i + SPLINE_REACH).min(w.len() - 2));
    let right = |k: usize| 6.0 * ((at(k + 1) - at(k)) - (at(k) - at(k - 1)));
    let (mut ratio, mut part) = (0.0, 0.0);
    // After the loop: m[i] = part - ratio * m[i + 1].
    for k in first..=i {
        let pivot = 4.0 - ratio;
        part = (right(k) - part) / pivot;
        ratio = 1.0 / pivot;
    }
    let (mut ratio_after, mut part_after) = (0.0, 0.0);
    // After the loop: m[i + 1] = part_after - ratio_after * m[i].
    for k in (i + 1..=last).rev() {
        let pivot = 4.0 - ratio_after;
        part_after = (right(k) - part_after) / pivot;
        ratio_after = 1.0 / pivot;
    }
    let before = (part - ratio * part_after) / (1.0 - ratio * ratio_after);
    (before, part_after - ratio_after * before)
}
