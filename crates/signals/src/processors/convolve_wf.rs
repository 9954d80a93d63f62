//! Convolution with a kernel.

use crate::lanes::Real;
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::convolution::{self, Filter};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "convolve_wf",
    about: "convolution with a kernel",
    formula: "sum_j k[j] w[i - j]; mode 'f': all n+m-1 samples, 's': n of them, centred, 'v': the n-m+1 that no edge touches",
    source: "discrete convolution",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::array("kernel", 'm'),
        Parameter::letter("mode"),
        Parameter::samples_out("w_out", 'p'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let first = convolution::part(call, 1, 2, 3)?;
    let filter = Filter::of(call.array(1)?);
    let wide = filter.clone();
    Ok(call.kernel(|ty| Convolve::<f32> { filter, first, ty }, |ty| Convolve::<f64> { filter: wide, first, ty }))
}

#[derive(Debug)]
struct Convolve<T> {
    filter: Filter,
    first: usize,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Convolve<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(3));
        self.filter.convolve(w, self.first, out, &mut io.scratch.lanes);
        Ok(())
    }
}
