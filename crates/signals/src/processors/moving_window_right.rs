//! Moving mean, the window on the right.

use super::moving_window::{length, means};
use crate::lanes::Real;
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "moving_window_right",
    about: "mean of the next samples",
    formula: "mean of w[i .. i+length-1], with w[n-1] after the last sample",
    source: "definition",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::constant("length"), Parameter::samples_out("w_out", 'n')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let length = length(call, 1)?;
    Ok(call.kernel(|ty| MovingWindowRight::<f32> { length, ty }, |ty| MovingWindowRight::<f64> { length, ty }))
}

#[derive(Debug)]
struct MovingWindowRight<T> {
    length: usize,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for MovingWindowRight<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(2));
        means::<T, T, true>(w, self.length, out);
        Ok(())
    }
}
