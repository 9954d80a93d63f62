//! Waveform of a spectrum.

use crate::lanes::Real;
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor, Role};
use crate::processors::spectrum::{self, Transforms};
use germane_numerics::fourier::{Complex, RealFourier};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "ifft",
    about: "waveform of a spectrum, the inverse of fft",
    formula: "w[j] = 1/n sum_k X[k] exp(2 pi i j k / n), n = 2 (m - 1), X[n-k] the conjugate of X[k]",
    source: "as of fft",
    init: &[],
    parameters: &[Parameter::of("dft", Role::ComplexSamples('m')), Parameter::samples_out("w_out", 'n')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (bins, samples) = (call.length(0), call.length(1));
    if bins < 2 {
        return Err(Fault::at(0, format!("a spectrum has at least 2 bins, this has {bins}")));
    }
    if samples != 2 * (bins - 1) {
        let due = 2 * (bins - 1);
        return Err(Fault::at(1, format!("the waveform of {bins} bins has {due} samples, this is declared with {samples}")));
    }
    let plan = RealFourier::new(samples);
    let wide = plan.clone();
    Ok(call.kernel(|ty| Inverse::<f32> { plan, ty }, |ty| Inverse::<f64> { plan: wide, ty }))
}

#[derive(Debug)]
struct Inverse<T> {
    plan: RealFourier,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Inverse<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (dft, out) = (io.samples::<T>(0), io.samples_out::<T>(1));
        let mut transforms = Transforms::new(&self.plan, &mut io.scratch.spectra);
        for group in Transforms::groups() {
            for (k, bin) in transforms.bins[..dft.len() / 2].iter_mut().enumerate() {
                *bin = Complex { re: spectrum::sample(dft, group, 2 * k), im: spectrum::sample(dft, group, 2 * k + 1) };
            }
            transforms.backward();
            for (pair, out) in transforms.pairs.iter().zip(out.chunks_exact_mut(2)) {
                spectrum::write(&mut out[0], group, &pair.re);
                spectrum::write(&mut out[1], group, &pair.im);
            }
        }
        Ok(())
    }
}
