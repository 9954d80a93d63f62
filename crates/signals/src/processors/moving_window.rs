//! Means over windows that move along a waveform.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault};

/// Length of a window, constant `k`.
///
/// # Errors
/// Not whole, below 1, or not shorter than the waveform, argument 0.
pub(super) fn length(call: &Call<'_>, k: usize) -> Result<usize, Fault> {
    let (length, samples) = (call.count(k, 1)?, call.length(0));
    if length >= samples {
        return Err(Fault::at(
            k,
            format!("the window has {length} samples, it must be shorter than the waveform with {samples}"),
        ));
    }
    Ok(length)
}

/// Mean of `length` samples: those that end at each, with the first sample before the first; or, mirrored, those that begin
/// there, with the last sample after the last.
#[inline(always)]
pub(super) fn means<A: Real, B: Real, const MIRRORED: bool>(w: &[Lane<A>], length: usize, out: &mut [Lane<B>]) {
    let samples = w.len();
    let at = |i: usize| if MIRRORED { samples - 1 - i } else { i };
    // Distances from the first sample keep a high baseline out of the sum.
    let first: Lane<f64> = w[at(0)].map(A::widen);
    let mut sum: Lane<f64> = [0.0; LANES];
    let scale = 1.0 / length as f64;
    for i in 0..samples {
        let (new, old) = (&w[at(i)], &w[at(i.saturating_sub(length))]);
        let result = &mut out[at(i)];
        for lane in 0..LANES {
            sum[lane] += new[lane].widen() - old[lane].widen();
            result[lane] = B::narrow(first[lane] + sum[lane] * scale);
        }
    }
}
