//! Heights of a waveform at a list of samples.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::crossing;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "multi_a_filter",
    about: "heights of the waveform at a list of samples",
    formula: "w[t_k]; NaN where t_k is NaN or outside",
    source: "sampling",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::samples("t", 'm').with_nan(), Parameter::samples_out("a_out", 'm')],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(|ty| MultiA::<f32> { ty }, |ty| MultiA::<f64> { ty }))
}

#[derive(Debug)]
struct MultiA<T> {
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for MultiA<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, times, out) = (io.samples::<T>(0), io.samples::<T>(1), io.samples_out::<T>(2));
        for (time, height) in times.iter().zip(out.iter_mut()) {
            for lane in 0..LANES {
                let t = time[lane].widen();
                let inside = t >= 0.0 && t <= w.len() as f64 - 1.0;
                height[lane] = if inside { w[t as usize][lane] } else { T::NAN };
                if inside && t.fract() != 0.0 && !crossing::has_nan(w, lane) {
                    return Err(LaneFault { lane, message: format!("heights are taken at whole samples, this is {t}") });
                }
            }
        }
        Ok(())
    }
}
