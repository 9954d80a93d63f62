//! Height of a waveform at a time.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::{crossing, interpolation};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "fixed_time_pickoff",
    about: "height of the waveform at a time",
    formula: "the sample if t is whole; else by mode: 'i' none (an error), 'n' nearest (halves up), 'f' before, 'c' after, 'l' linear, 'h' \
              Hermite with central differences, 's' natural cubic spline; NaN outside of [0, n-1]",
    source: "interpolation of sampled signals",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("t"),
        Parameter::letter("mode"),
        Parameter::scalar_out("a_out").never_time(),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let mode = call.letter(2, "infclhs")?;
    if let Some(problem) = call.known(1).and_then(|t| between(t, mode)) {
        return Err(Fault::at(1, problem));
    }
    Ok(call.kernel(|ty| Pickoff::<f32> { mode, ty }, |ty| Pickoff::<f64> { mode, ty }))
}

/// What is wrong with a time of mode 'i'.
fn between(t: f64, mode: char) -> Option<String> {
    (mode == 'i' && t.is_finite() && t.fract() != 0.0).then(|| format!("mode 'i' takes whole samples, this is {t}"))
}

#[derive(Debug)]
struct Pickoff<T> {
    mode: char,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Pickoff<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, times, out) = (io.samples::<T>(0), io.scalar(1), io.scalar_out(3));
        for lane in 0..LANES {
            let t = times[lane];
            out[lane] = f64::NAN;
            if !(t >= 0.0 && t <= w.len() as f64 - 1.0) {
                continue;
            }
            if let Some(message) = between(t, self.mode) {
                if crossing::has_nan(w, lane) {
                    continue;
                }
                return Err(LaneFault { lane, message });
            }
            out[lane] = interpolation::height(w, lane, t, self.mode);
        }
        Ok(())
    }
}
