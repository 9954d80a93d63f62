//! Current averaged over a window: the difference of charges over its time.

use super::moving_window;
use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "avg_current",
    about: "slope over a window",
    formula: "(w[i+length] - w[i]) / length",
    source: "definition",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::constant("length"), Parameter::samples_out("w_out", 'm')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let length = moving_window::length(call, 1)?;
    let (expected, room) = (call.length(0) - length, call.length(2));
    if room != expected {
        return Err(Fault::at(2, format!("expected {expected} samples, those of the waveform less {length}; this has {room}")));
    }
    Ok(call.kernel(|ty| AvgCurrent::<f32> { length, ty }, |ty| AvgCurrent::<f64> { length, ty }))
}

#[derive(Debug)]
struct AvgCurrent<T> {
    length: usize,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for AvgCurrent<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(2));
        let scale = 1.0 / self.length as f64;
        for ((new, old), y) in w[self.length..].iter().zip(w).zip(out) {
            for lane in 0..LANES {
                y[lane] = T::narrow((new[lane].widen() - old[lane].widen()) * scale);
            }
        }
        Ok(())
    }
}
