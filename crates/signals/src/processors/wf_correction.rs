//! Subtraction of a stretch of samples.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "wf_correction",
    about: "subtracts a correction from the samples of a range",
    formula: "w[i] - w_corr[i - start] for start <= i < stop, else w[i]",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::samples("w_corr", 'm'),
        Parameter::integer("start"),
        Parameter::integer("stop"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (start, stop, samples) = (call.count(2, 0)?, call.count(3, 1)?, call.length(0));
    if stop > samples {
        return Err(Fault::at(3, format!("expected a range of the waveform's {samples} samples, this ends at {stop}")));
    }
    if start >= stop {
        return Err(Fault::at(2, format!("expected a start before the stop at {stop}, this is {start}")));
    }
    if stop - start > call.length(1) {
        return Err(Fault::at(1, format!("{} samples are to be corrected, the correction has {}", stop - start, call.length(1))));
    }
    Ok(call.kernel(|ty| WfCorrection::<f32> { start, stop, ty }, |ty| WfCorrection::<f64> { start, stop, ty }))
}

#[derive(Debug)]
struct WfCorrection<T> {
    start: usize,
    stop: usize,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for WfCorrection<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, correction, out) = (io.samples::<T>(0), io.samples::<T>(1), io.samples_out::<T>(4));
        out.copy_from_slice(w);
        for (y, c) in out[self.start..self.stop].iter_mut().zip(correction) {
            for lane in 0..LANES {
                y[lane] = T::narrow(y[lane].widen() - c[lane].widen());
            }
        }
        Ok(())
    }
}
