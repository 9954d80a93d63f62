//! Mean of the samples below a threshold.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "mean_below_threshold",
    about: "mean of the samples below a threshold; NaN if there are none",
    formula: "mean of all w[i] < threshold",
    source: "definition",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::scalar("threshold"), Parameter::scalar_out("mean").never_time()],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(MeanBelowThreshold::<f32>, MeanBelowThreshold::<f64>))
}

#[derive(Debug)]
struct MeanBelowThreshold<T>(PhantomData<T>);

impl<T: Real> LaneKernel for MeanBelowThreshold<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, threshold, mean) = (io.samples::<T>(0), io.scalar(1), io.scalar_out(2));
        let mut sum: Lane<f64> = [0.0; LANES];
        let mut count: Lane<f64> = [0.0; LANES];
        for x in w {
            for lane in 0..LANES {
                let value = x[lane].widen();
                let below = value < threshold[lane];
                sum[lane] += if below { value } else { 0.0 };
                count[lane] += if below { 1.0 } else { 0.0 };
            }
        }
        for lane in 0..LANES {
            mean[lane] = if count[lane] > 0.0 { sum[lane] / count[lane] } else { f64::NAN };
        }
        Ok(())
    }
}
