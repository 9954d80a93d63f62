//! The rise over a threshold before a time.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "leading_edge",
    about: "last sample up to a start at which the waveform reaches a threshold from below",
    formula: "first i from start down to 1 with w[i-1] < a <= w[i]; falls do not count; NaN if there is none",
    source: "leading-edge timing",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("threshold"),
        Parameter::scalar("t_start"),
        Parameter::scalar_out("t_out"),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(|ty| LeadingEdge::<f32> { ty }, |ty| LeadingEdge::<f64> { ty }))
}

#[derive(Debug)]
struct LeadingEdge<T> {
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for LeadingEdge<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, thresholds, starts, out) = (io.samples::<T>(0), io.scalar(1), io.scalar(2), io.scalar_out(3));
        for lane in 0..LANES {
            let (threshold, start) = (thresholds[lane], starts[lane]);
            let inside = start >= 0.0 && start < w.len() as f64;
            let last = if inside { start as usize } else { 0 };
            let rises = |i: &usize| w[i - 1][lane].widen() < threshold && threshold <= w[*i][lane].widen();
            out[lane] = (1..=last).rev().find(rises).map_or(f64::NAN, |i| i as f64);
        }
        Ok(())
    }
}
