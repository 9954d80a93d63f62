//! Samples in ascending order.

use crate::lanes::{LANES, Real, waveform};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "sort",
    about: "samples in ascending order",
    formula: "w_out[i] <= w_out[i + 1]",
    source: "definition",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::samples_out("w_out", 'n')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(Sort::<f32>, Sort::<f64>))
}

#[derive(Debug)]
struct Sort<T>(PhantomData<T>);

impl<T: Real> LaneKernel for Sort<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(1));
        let numbers = &mut io.scratch.numbers;
        for lane in 0..LANES {
            numbers.clear();
            numbers.extend(waveform(w, lane));
            numbers.sort_unstable_by(f64::total_cmp);
            for (y, value) in out.iter_mut().zip(numbers.iter()) {
                y[lane] = T::narrow(*value);
            }
        }
        Ok(())
    }
}
