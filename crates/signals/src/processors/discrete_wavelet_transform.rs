//! Wavelet coefficients by Haar.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "discrete_wavelet_transform",
    about: "coefficients of the Haar wavelet after some levels",
    formula: "a = (x0 + x1)/sqrt 2, d = (x0 - x1)/sqrt 2 of neighbours, an odd last sample is repeated; each level takes the a of the one before; \
              coefficients 'a' or 'd' of the last level",
    source: "A. Haar, Math. Ann. 69 (1910) 331",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::integer("level").plain(),
        Parameter::letter("wave_type"),
        Parameter::letter("coefficients"),
        Parameter::samples_out("w_out", 'm'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (level, samples) = (call.count(1, 1)?, call.length(0));
    // Haar's wavelet has two names.
    call.letter(2, "hd")?;
    let details = call.letter(3, "ad")? == 'd';
    let length = (0..level.min(64)).fold(samples, |n, _| n.div_ceil(2));
    if call.length(4) != length {
        let declared = call.length(4);
        return Err(Fault::at(
            4,
            format!("{level} levels leave {length} of {samples} samples, this is declared with {declared}"),
        ));
    }
    let level = level.min(64);
    Ok(call.kernel(|ty| Haar::<f32> { level, details, ty }, |ty| Haar::<f64> { level, details, ty }))
}

#[derive(Debug)]
struct Haar<T> {
    level: usize,
    details: bool,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Haar<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(4));
        let x = &mut io.scratch.lanes;
        x.clear();
        x.extend(w.iter().map(|samples| samples.map(T::widen)));
        for level in 1..=self.level {
            let sign = if self.details && level == self.level { -1.0 } else { 1.0 };
            let half = x.len().div_ceil(2);
            for i in 0..half {
                let (first, second) = (x[2 * i], x[(2 * i + 1).min(x.len() - 1)]);
                let mut pair: Lane<f64> = [0.0; LANES];
                for lane in 0..LANES {
                    pair[lane] = (first[lane] + sign * second[lane]) / std::f64::consts::SQRT_2;
                }
                x[i] = pair;
            }
            x.truncate(half);
        }
        for (out, x) in out.iter_mut().zip(x.iter()) {
            *out = x.map(T::narrow);
        }
        Ok(())
    }
}
