//! Processors whose output is known as soon as their arguments are: kernels of filters.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Io, Kernel, LaneFault, LaneKernel};
use std::marker::PhantomData;

/// Writes `values` as output `out` of every waveform.
pub(super) fn kernel(call: &Call<'_>, out: usize, values: Vec<f64>) -> Box<dyn Kernel> {
    if call.wide {
        call.kernel(|ty| Fixed::<f32> { values: Vec::new(), out, ty }, |ty| Fixed::<f64> { values, out, ty })
    } else {
        call.kernel(|ty| Fixed::<f32> { values, out, ty }, |ty| Fixed::<f64> { values: Vec::new(), out, ty })
    }
}

#[derive(Debug)]
struct Fixed<T> {
    values: Vec<f64>,
    out: usize,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Fixed<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        for (samples, &value) in io.samples_out::<T>(self.out).iter_mut().zip(&self.values) {
            *samples = [T::narrow(value); LANES];
        }
        Ok(())
    }
}
