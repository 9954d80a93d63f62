//! Distances of a waveform from a straight line.

use super::residual_moments;
use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "linear_slope_diff",
    about: "mean and root mean square of the distances from a straight line",
    formula: "d[i] = w[i] - (slope i + intercept); mean: sum(d)/n; rms: sqrt(sum(d^2)/(n - 1))",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("slope"),
        Parameter::scalar("intercept"),
        Parameter::scalar_out("mean").never_time(),
        Parameter::scalar_out("rms").never_time(),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    if call.length(0) < 2 {
        return Err(Fault::at(0, format!("the rms needs two samples, the waveform has {}", call.length(0))));
    }
    Ok(call.kernel(LinearSlopeDiff::<f32>, LinearSlopeDiff::<f64>))
}

#[derive(Debug)]
struct LinearSlopeDiff<T>(PhantomData<T>);

impl<T: Real> LaneKernel for LinearSlopeDiff<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (slope, intercept) = (io.scalar(1), io.scalar(2));
        residual_moments::write::<T>(io, 3, |i, expected| {
            for lane in 0..LANES {
                expected[lane] = slope[lane] * i + intercept[lane];
            }
        });
        Ok(())
    }
}
