//! Samples above a threshold.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "time_over_threshold",
    about: "number of samples above a threshold",
    formula: "count of w[i] > threshold",
    source: "definition",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::scalar("threshold"), Parameter::scalar_out("n_samples")],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(TimeOverThreshold::<f32>, TimeOverThreshold::<f64>))
}

#[derive(Debug)]
struct TimeOverThreshold<T>(PhantomData<T>);

impl<T: Real> LaneKernel for TimeOverThreshold<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, threshold, count) = (io.samples::<T>(0), io.scalar(1), io.scalar_out(2));
        let mut above: Lane<f64> = [0.0; LANES];
        for x in w {
            for lane in 0..LANES {
                above[lane] += if x[lane].widen() > threshold[lane] { 1.0 } else { 0.0 };
            }
        }
        *count = above;
        Ok(())
    }
}
