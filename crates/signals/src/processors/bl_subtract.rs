//! Subtraction of a baseline.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "bl_subtract",
    about: "subtracts a baseline from every sample",
    formula: "w[i] - baseline",
    source: "definition",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::scalar("baseline"), Parameter::samples_out("w_out", 'n')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(BlSubtract::<f32>, BlSubtract::<f64>))
}

#[derive(Debug)]
struct BlSubtract<T>(PhantomData<T>);

impl<T: Real> LaneKernel for BlSubtract<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, baseline, out) = (io.samples::<T>(0), io.scalar(1), io.samples_out::<T>(2));
        for (x, y) in w.iter().zip(out) {
            for lane in 0..LANES {
                y[lane] = T::narrow(x[lane].widen() - baseline[lane]);
            }
        }
        Ok(())
    }
}
