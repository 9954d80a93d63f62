//! Convolution with a kernel of a waveform that is mirrored at its ends.

use crate::lanes::Real;
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::convolution;
use std::marker::PhantomData;
use std::sync::Arc;

pub(super) static PROCESSOR: Processor = Processor {
    name: "reflected_convolve_wf",
    about: "convolution with a kernel, of the same length, of the waveform mirrored at its ends",
    formula: "sum_j k[j] w[i + (m-1)/2 - j] with w[-i] = w[i], w[n-1+i] = w[n-1-i]: the end samples are not repeated",
    source: "discrete convolution",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::array("kernel", 'm'), Parameter::samples_out("w_out", 'n')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (taps, samples) = (call.array(1)?, call.length(0));
    if taps.is_empty() {
        return Err(Fault::at(1, "the kernel is empty"));
    }
    if taps.len() > samples {
        return Err(Fault::at(1, format!("the kernel of {} samples is longer than the waveform of {samples}", taps.len())));
    }
    let wide = taps.clone();
    Ok(call.kernel(|ty| Reflected::<f32> { taps, ty }, |ty| Reflected::<f64> { taps: wide, ty }))
}

#[derive(Debug)]
struct Reflected<T> {
    taps: Arc<[f64]>,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Reflected<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(2));
        let (n, taps) = (w.len(), self.taps.len());
        let (after, before) = ((taps - 1) / 2, taps / 2);
        // Samples that the mirrored ends touch: the first `before` and the last `after`.
        let (left, right) = (before.min(n), (n - after).max(before.min(n)));
        for i in (0..left).chain(right..n) {
            let at = |t: i64| if t < 0 { -t as usize } else { (t as usize).min((2 * n - 2).saturating_sub(t as usize)) };
            let first = i as i64 - before as i64;
            out[i] = convolution::sum(0..taps, |t| (self.taps[taps - 1 - t], &w[at(first + t as i64)]));
        }
        convolution::direct(w, &self.taps, left + after, &mut out[left..right]);
        Ok(())
    }
}
