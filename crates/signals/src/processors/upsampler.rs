//! More samples of the same values.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "upsampler",
    about: "repeats every sample, centred on its place; places that are never filled are NaN",
    formula: "sample i fills floor(upsample) places from trunc(i upsample - floor(upsample/2)) on",
    source: "definition",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::constant("upsample").plain(), Parameter::samples_out("w_out", 'm')],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let upsample = call.number(1)?;
    if !(upsample > 0.0 && upsample <= 1e9) {
        return Err(Fault::at(1, format!("expected a factor above 0, this is {upsample}")));
    }
    let room = call.length(2);
    let (repeats, half) = (upsample.floor() as i64, (upsample / 2.0).floor());
    // Later samples overwrite earlier ones where they meet.
    let mut from = vec![usize::MAX; room];
    for i in 0..call.length(0) {
        let first = (i as f64 * upsample - half) as i64;
        for place in first.max(0)..(first + repeats).min(room as i64) {
            from[place as usize] = i;
        }
    }
    Ok(call.kernel(|ty| Upsampler::<f32> { from: from.clone(), ty }, |ty| Upsampler::<f64> { from: from.clone(), ty }))
}

#[derive(Debug)]
struct Upsampler<T> {
    /// sample of each place, beyond the last where there is none
    from: Vec<usize>,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Upsampler<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(2));
        for (y, from) in out.iter_mut().zip(&self.from) {
            *y = w.get(*from).copied().unwrap_or([T::NAN; LANES]);
        }
        Ok(())
    }
}
