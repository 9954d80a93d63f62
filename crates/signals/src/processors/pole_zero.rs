//! Pole-zero cancellation: takes the exponential decay of a preamplifier away.

use super::{compensated_sum::CompensatedSum, decay};
use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "pole_zero",
    about: "takes an exponential decay away",
    formula: "y[i] = y[i-1] + w[i] - w[i-1] exp(-1/tau), y[0] = w[0]",
    source: "P. W. Nicholson, Nuclear Electronics (1974)",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::constant("tau"), Parameter::samples_out("w_out", 'n')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let lost = 1.0 - decay::remaining(call, 1)?;
    Ok(call.kernel(|ty| PoleZero::<f32> { lost, ty }, |ty| PoleZero::<f64> { lost, ty }))
}

#[derive(Debug)]
struct PoleZero<T> {
    /// part that decays in a sample
    lost: f64,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for PoleZero<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(2));
        // The recursion, solved: what has been lost of all samples before is put back.
        let mut before = CompensatedSum::ZERO;
        for (x, y) in w.iter().zip(out) {
            for lane in 0..LANES {
                let value = x[lane].widen();
                y[lane] = T::narrow(value + self.lost * before.at(lane));
                before.add(lane, value);
            }
        }
        Ok(())
    }
}
