//! Starts of the leading edges of many pulses.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::{crossing, remove_duplicates};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "multi_t_filter",
    about: "times at which leading edges pass a threshold, one for each maximum of a list",
    formula: "time_point_thresh backwards from each maximum; times that occur again become those of minima (remove_duplicates)",
    source: "leading-edge timing of pulse trains",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("threshold"),
        Parameter::samples("vt_max", 'm').with_nan(),
        Parameter::samples("vt_min", 'm').with_nan(),
        Parameter::samples_out("t_out", 'm'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    if call.length(2) > call.length(0) {
        return Err(Fault::at(
            4,
            format!("a list of {} times is longer than the waveform of {}", call.length(2), call.length(0)),
        ));
    }
    Ok(call.kernel(|ty| MultiT::<f32> { ty }, |ty| MultiT::<f64> { ty }))
}

#[derive(Debug)]
struct MultiT<T> {
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for MultiT<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, thresholds, maxima) = (io.samples::<T>(0), io.scalar(1), io.samples::<T>(2));
        let (minima, out) = (io.samples::<T>(3), io.samples_out::<T>(4));
        let times = &mut io.scratch.numbers;
        for lane in 0..LANES {
            times.clear();
            times.extend(maxima.iter().map(|maximum| {
                let start = maximum[lane].widen();
                let inside = start >= 0.0 && start < w.len() as f64;
                let found = if inside { crossing::backwards(w, lane, thresholds[lane], start as usize) } else { None };
                found.map_or(f64::NAN, |i| i as f64)
            }));
            remove_duplicates::replace(|k| T::narrow(times[k]), minima, lane, out);
        }
        Ok(())
    }
}
