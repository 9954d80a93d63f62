//! Convolution with a long kernel: by transforms where these are cheaper than the definition.

use crate::lanes::Real;
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::convolution::{self, Filter};
use crate::processors::spectrum::{self, Transforms};
use germane_numerics::fourier::{RealFourier, smooth_length};
use std::marker::PhantomData;
use std::sync::Arc;

pub(super) static PROCESSOR: Processor = Processor {
    name: "fft_convolve_wf",
    about: "convolution with a long kernel",
    formula: "as convolve_wf; by Fourier transforms where these are cheaper",
    source: "convolution theorem; transforms as of fft",
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

/// Products that the definition makes while a transform takes one sample through one level: about as many with AVX2.
const PRODUCTS_PER_STEP: usize = 3;

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (taps, first) = (call.array(1)?, convolution::part(call, 1, 2, 3)?);
    let (samples, outputs) = (call.length(0), call.length(3));
    // Around the end of the transform only samples come again that are not asked for.
    let least = (samples + taps.len() - 1 - first).max(first + outputs);
    let length = 2 * smooth_length(least.div_ceil(2));
    let steps = 2 * length * (usize::BITS - length.leading_zeros()) as usize;
    let filter = Filter::of(taps.clone());
    if !matches!(filter, Filter::Direct(_)) || taps.len() * outputs <= PRODUCTS_PER_STEP * steps {
        let wide = filter.clone();
        return Ok(call.kernel(|ty| Convolve::<f32> { filter, first, ty }, |ty| Convolve::<f64> { filter: wide, first, ty }));
    }
    let plan = RealFourier::new(length);
    let kernel: Arc<[(f64, f64)]> = plan.spectrum(&taps).into();
    let (wide, wide_kernel) = (plan.clone(), kernel.clone());
    Ok(call.kernel(
        |ty| Transformed::<f32> { plan, kernel, first, ty },
        |ty| Transformed::<f64> { plan: wide, kernel: wide_kernel, first, ty },
    ))
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

#[derive(Debug)]
struct Transformed<T> {
    plan: RealFourier,
    kernel: Arc<[(f64, f64)]>,
    first: usize,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Transformed<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(3));
        let mut transforms = Transforms::new(&self.plan, &mut io.scratch.spectra);
        for group in Transforms::groups() {
            transforms.forward(w, group);
            for (bin, &factor) in transforms.bins.iter_mut().zip(self.kernel.iter()) {
                *bin = bin.times(factor);
            }
            transforms.backward();
            for (o, out) in out.iter_mut().enumerate() {
                let at = self.first + o;
                let pair = &transforms.pairs[at / 2];
                spectrum::write(out, group, if at.is_multiple_of(2) { &pair.re } else { &pair.im });
            }
        }
        Ok(())
    }
}
