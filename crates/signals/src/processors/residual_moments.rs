//! Mean and root mean square of the distances of a waveform from a curve.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::Io;

/// Writes mean `sum(d)/n` and rms `sqrt(sum(d^2)/(n - 1))` of `d[i] = w[i] - curve(i)` to outputs `mean` and `mean + 1`.
#[inline(always)]
pub(super) fn write<T: Real>(io: &mut Io<'_, '_>, mean: usize, mut curve: impl FnMut(f64, &mut Lane<f64>)) {
    let w = io.samples::<T>(0);
    let mut sum: Lane<f64> = [0.0; LANES];
    let mut squares: Lane<f64> = [0.0; LANES];
    let mut expected: Lane<f64> = [0.0; LANES];
    for (i, x) in w.iter().enumerate() {
        curve(i as f64, &mut expected);
        for lane in 0..LANES {
            let distance = x[lane].widen() - expected[lane];
            sum[lane] += distance;
            squares[lane] += distance * distance;
        }
    }
    let n = w.len() as f64;
    *io.scalar_out(mean) = sum.map(|sum| sum / n);
    *io.scalar_out(mean + 1) = squares.map(|squares| (squares / (n - 1.0)).sqrt());
}
