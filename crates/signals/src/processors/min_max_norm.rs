//! Division of a waveform by its largest amplitude.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "min_max_norm",
    about: "divides by the larger of two amplitudes, nothing where one of them is 0",
    formula: "w[i] / max(|a_min|, |a_max|)",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("a_min"),
        Parameter::scalar("a_max"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(MinMaxNorm::<f32>, MinMaxNorm::<f64>))
}

#[derive(Debug)]
struct MinMaxNorm<T>(PhantomData<T>);

impl<T: Real> LaneKernel for MinMaxNorm<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, low, high, out) = (io.samples::<T>(0), io.scalar(1), io.scalar(2), io.samples_out::<T>(3));
        let mut divisor: Lane<f64> = [1.0; LANES];
        for lane in 0..LANES {
            if low[lane] != 0.0 && high[lane] != 0.0 {
                divisor[lane] = low[lane].abs().max(high[lane].abs());
            }
        }
        for (x, y) in w.iter().zip(out) {
            for lane in 0..LANES {
                y[lane] = T::narrow(x[lane].widen() / divisor[lane]);
            }
        }
        Ok(())
    }
}
