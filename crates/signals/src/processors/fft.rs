//! Fourier transform of a waveform.

use crate::lanes::Real;
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor, Role};
use crate::processors::spectrum::{self, Transforms};
use germane_numerics::fourier::RealFourier;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "fft",
    about: "Fourier transform of the waveform",
    formula: "X[k] = sum_j w[j] exp(-2 pi i j k / n), k <= n/2",
    source: "J. W. Cooley and J. W. Tukey, Math. Comp. 19 (1965) 297; L. Bluestein, IEEE Trans. AU 18 (1970) 451",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::of("dft_out", Role::ComplexOut('m'))],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let plan = plan(call, 0, 1)?;
    let wide = plan.clone();
    Ok(call.kernel(|ty| Transform::<f32> { plan, ty }, |ty| Transform::<f64> { plan: wide, ty }))
}

/// Plan for waveform `w` with a spectrum of `out`.
///
/// # Errors
/// No samples, or a spectrum of another length than `n/2 + 1`.
pub(super) fn plan(call: &Call<'_>, w: usize, out: usize) -> Result<RealFourier, Fault> {
    let samples = call.length(w);
    if samples == 0 {
        return Err(Fault::at(w, "the waveform has no samples"));
    }
    if call.length(out) != samples / 2 + 1 {
        let bins = samples / 2 + 1;
        return Err(Fault::at(
            out,
            format!("the spectrum of {samples} samples has {bins}, this is declared with {}", call.length(out)),
        ));
    }
    Ok(RealFourier::new(samples))
}

#[derive(Debug)]
struct Transform<T> {
    plan: RealFourier,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Transform<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(1));
        let mut transforms = Transforms::new(&self.plan, &mut io.scratch.spectra);
        for group in Transforms::groups() {
            transforms.forward(w, group);
            for (bin, out) in transforms.bins.iter().zip(out.chunks_exact_mut(2)) {
                spectrum::write(&mut out[0], group, &bin.re);
                spectrum::write(&mut out[1], group, &bin.im);
            }
        }
        Ok(())
    }
}
