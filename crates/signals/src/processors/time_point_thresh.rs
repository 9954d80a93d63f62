//! Time at which a waveform passes a threshold, walking from a start.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::crossing;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "time_point_thresh",
    about: "time at which the waveform passes a threshold, walking from a start",
    formula: "forwards (1): first i >= start with w[i] <= a < w[i+1] or w[i] >= a > w[i+1]; else: first i from start down to 1 with \
              w[i-1] < a <= w[i] or w[i-1] > a >= w[i]; NaN if there is none",
    source: "leading-edge timing",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("threshold"),
        Parameter::scalar("t_start"),
        Parameter::integer("walk_forward").plain(),
        Parameter::scalar_out("t_out"),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (forwards, samples) = (call.number(3)? == 1.0, call.length(0));
    if let Some(problem) = call.known(2).and_then(|start| outside(start, samples)) {
        return Err(Fault::at(2, problem));
    }
    Ok(call.kernel(|ty| TimePointThresh::<f32> { forwards, ty }, |ty| TimePointThresh::<f64> { forwards, ty }))
}

/// What is wrong with a start; NaN is not wrong.
fn outside(start: f64, samples: usize) -> Option<String> {
    if start.is_nan() {
        None
    } else if !(start >= 0.0 && start < samples as f64) {
        Some(format!("the start {start} lies outside of the {samples} samples"))
    } else if start.fract() != 0.0 {
        Some(format!("the start must be a whole sample, it is {start}; round(…) helps"))
    } else {
        None
    }
}

#[derive(Debug)]
struct TimePointThresh<T> {
    forwards: bool,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for TimePointThresh<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, thresholds, starts, out) = (io.samples::<T>(0), io.scalar(1), io.scalar(2), io.scalar_out(4));
        for lane in 0..LANES {
            let (threshold, start) = (thresholds[lane], starts[lane]);
            out[lane] = f64::NAN;
            if start.is_nan() || threshold.is_nan() {
                continue;
            }
            if let Some(message) = outside(start, w.len()) {
                if crossing::has_nan(w, lane) {
                    continue;
                }
                return Err(LaneFault { lane, message });
            }
            let found = if self.forwards {
                crossing::forwards(w, lane, threshold, start as usize)
            } else {
                crossing::backwards(w, lane, threshold, start as usize)
            };
            out[lane] = found.map_or(f64::NAN, |i| i as f64);
        }
        Ok(())
    }
}
