//! Time at which a waveform passes a threshold, between samples.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::crossing;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "interpolated_time_point_thresh",
    about: "time at which the waveform passes a threshold, walking from a start, between samples",
    formula: "crossings as of time_point_thresh, between samples i and i+1; modes 'i', 'b', 'c': i; 'a', 'f': i+1; 'r': the nearer in \
              height; 'n': i + 1/2; 'l': linear. A start outside of the waveform gives NaN",
    source: "leading-edge timing",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("threshold"),
        Parameter::scalar("t_start"),
        Parameter::integer("walk_forward").plain(),
        Parameter::letter("mode"),
        Parameter::scalar_out("t_out"),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (forwards, mode) = (call.number(3)? > 0.0, call.letter(4, "iabcfrnl")?);
    Ok(call.kernel(|ty| Interpolated::<f32> { forwards, mode, ty }, |ty| Interpolated::<f64> { forwards, mode, ty }))
}

#[derive(Debug)]
struct Interpolated<T> {
    forwards: bool,
    mode: char,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Interpolated<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, thresholds, starts, out) = (io.samples::<T>(0), io.scalar(1), io.scalar(2), io.scalar_out(5));
        for lane in 0..LANES {
            let (threshold, start) = (thresholds[lane], starts[lane]);
            out[lane] = f64::NAN;
            if !(start >= 0.0 && start < w.len() as f64) {
                continue;
            }
            let found = if self.forwards {
                crossing::forwards(w, lane, threshold, start as usize)
            } else {
                crossing::backwards(w, lane, threshold, start as usize).map(|i| i - 1)
            };
            let Some(i) = found else { continue };
            let (low, high, at) = (w[i][lane].widen(), w[i + 1][lane].widen(), i as f64);
            out[lane] = match self.mode {
                'i' | 'b' | 'c' => at,
                'a' | 'f' => at + 1.0,
                'r' if (threshold - low).abs() < (threshold - high).abs() => at,
                'r' => at + 1.0,
                'n' => at + 0.5,
                _ => at + (threshold - low) / (high - low),
            };
        }
        Ok(())
    }
}
