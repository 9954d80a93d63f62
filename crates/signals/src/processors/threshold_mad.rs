//! Noise of a waveform that outliers do not reach.

use crate::lanes::{LANES, Real, waveform};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "threshold_mad",
    about: "median absolute deviation of the samples between two limits, scaled to the standard deviation of a normal law; NaN if \
            there are none",
    formula: "1.4826 median(|w - median(w)|) of all lo <= w[i] <= hi",
    source: "F. R. Hampel, JASA 69 (1974) 383",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("lo"),
        Parameter::scalar("hi"),
        Parameter::scalar_out("threshold").never_time(),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(ThresholdMad::<f32>, ThresholdMad::<f64>))
}

#[derive(Debug)]
struct ThresholdMad<T>(PhantomData<T>);

impl<T: Real> LaneKernel for ThresholdMad<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, low, high, out) = (io.samples::<T>(0), io.scalar(1), io.scalar(2), io.scalar_out(3));
        let numbers = &mut io.scratch.numbers;
        for lane in 0..LANES {
            numbers.clear();
            numbers.extend(waveform(w, lane).filter(|x| low[lane] <= *x && *x <= high[lane]));
            let center = median(numbers);
            numbers.iter_mut().for_each(|x| *x = (*x - center).abs());
            out[lane] = 1.4826 * median(numbers);
        }
        Ok(())
    }
}

/// Median of some numbers, the mean of both middle ones; NaN of none.
fn median(numbers: &mut [f64]) -> f64 {
    let half = numbers.len() / 2;
    if numbers.is_empty() {
        return f64::NAN;
    }
    let even = numbers.len().is_multiple_of(2);
    let (below, middle, _) = numbers.select_nth_unstable_by(half, f64::total_cmp);
    if even { f64::midpoint(below.iter().copied().fold(f64::NEG_INFINITY, f64::max), *middle) } else { *middle }
}
