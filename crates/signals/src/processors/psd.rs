//! Power of the frequencies of a waveform.

use crate::lanes::Real;
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::fft;
use crate::processors::spectrum::{self, Transforms};
use germane_numerics::fourier::{BLOCK, RealFourier};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "psd",
    about: "power of each frequency of the waveform",
    formula: "|X[k]|^2 / n of the Fourier transform X, k <= n/2, all bins alike",
    source: "periodogram; transforms as of fft",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::samples_out("psd_out", 'm')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let plan = fft::plan(call, 0, 1)?;
    let wide = plan.clone();
    Ok(call.kernel(|ty| Power::<f32> { plan, ty }, |ty| Power::<f64> { plan: wide, ty }))
}

#[derive(Debug)]
struct Power<T> {
    plan: RealFourier,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Power<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(1));
        let mut transforms = Transforms::new(&self.plan, &mut io.scratch.spectra);
        let samples = w.len() as f64;
        for group in Transforms::groups() {
            transforms.forward(w, group);
            for (bin, out) in transforms.bins.iter().zip(out.iter_mut()) {
                let mut power = [0.0; BLOCK];
                for lane in 0..BLOCK {
                    power[lane] = (bin.re[lane] * bin.re[lane] + bin.im[lane] * bin.im[lane]) / samples;
                }
                spectrum::write(out, group, &power);
            }
        }
        Ok(())
    }
}
