//! One value of a normalised trapezoidal filter, without the others.

use super::trapezoid::Trapezoid;
use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "trap_pickoff",
    about: "normalised trapezoidal filter at a time, linear between samples",
    formula: "trap_norm at t; NaN unless 2 rise + flat <= floor(t) and ceil(t) < n",
    source: "V. T. Jordanov and G. F. Knoll, NIM A 345 (1994) 337",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::integer("rise"),
        Parameter::integer("flat"),
        Parameter::scalar("t_pickoff"),
        Parameter::scalar_out("a_out").never_time(),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let shape = Trapezoid::of(call, 1, None)?;
    Ok(call.kernel(|ty| TrapPickoff::<f32> { shape, ty }, |ty| TrapPickoff::<f64> { shape, ty }))
}

#[derive(Debug)]
struct TrapPickoff<T> {
    shape: Trapezoid,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for TrapPickoff<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, t, out) = (io.samples::<T>(0), io.scalar(3), io.scalar_out(4));
        let Trapezoid { rise, flat, .. } = self.shape;
        let width = 2 * rise + flat;
        // First sample of the older window for each waveform; out of reach where there is no value.
        let mut first = [usize::MAX; LANES];
        for lane in 0..LANES {
            let (floor, ceiling) = (t[lane].floor(), t[lane].ceil());
            if floor >= width as f64 && ceiling < w.len() as f64 {
                first[lane] = floor as usize + 1 - width;
            }
        }
        let Some(start) = first.iter().copied().min().filter(|start| *start < w.len()) else {
            *out = [f64::NAN; LANES];
            return Ok(());
        };
        let end = first.iter().filter(|first| **first < w.len()).max().map_or(start, |first| first + width);
        // All waveforms walk together; each adds what is in its windows, so its sum does not depend on the others.
        let begin = first.map(|first| first.min(w.len()) as f64);
        let (mut older, mut newer): (Lane<f64>, Lane<f64>) = ([0.0; LANES], [0.0; LANES]);
        let (older_end, newer_start, newer_end) = (rise as f64, (rise + flat) as f64, width as f64);
        for i in start..end {
            for lane in 0..LANES {
                let at = i as f64 - begin[lane];
                let x = w[i][lane].widen();
                older[lane] += if at >= 0.0 && at < older_end { x } else { 0.0 };
                newer[lane] += if at >= newer_start && at < newer_end { x } else { 0.0 };
            }
        }
        for lane in 0..LANES {
            if first[lane] >= w.len() {
                out[lane] = f64::NAN;
                continue;
            }
            let at = |sample: usize| w[sample][lane].widen();
            let this = newer[lane] - older[lane];
            let fraction = t[lane] - t[lane].floor();
            let mut value = this / rise as f64;
            if fraction > 0.0 {
                let start = first[lane];
                let gained = at(start + width) - at(start + rise + flat);
                let lost = at(start + rise) - at(start);
                value = (1.0 - fraction) * value + fraction * ((this + (gained - lost)) / rise as f64);
            }
            out[lane] = value;
        }
        Ok(())
    }
}
