//! Trapezoidal filter with windows of different lengths, each normalised.

use super::trapezoid::Trapezoid;
use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "asym_trap_filter",
    about: "difference of the means over a rise and over a fall window, flat samples apart",
    formula: "S(i, rise)/rise - S(i - rise - flat, fall)/fall; S(i, m): sum of the m samples that end at i, zero before the first",
    source: "V. T. Jordanov and G. F. Knoll, NIM A 345 (1994) 337",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::integer("rise"),
        Parameter::integer("flat"),
        Parameter::integer("fall"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let shape = Trapezoid::of(call, 1, Some(3))?;
    Ok(call.kernel(|ty| AsymTrapFilter::<f32> { shape, ty }, |ty| AsymTrapFilter::<f64> { shape, ty }))
}

#[derive(Debug)]
struct AsymTrapFilter<T> {
    shape: Trapezoid,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for AsymTrapFilter<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(4));
        let Trapezoid { rise, flat, fall } = self.shape;
        let (by_rise, by_fall) = (1.0 / rise as f64, 1.0 / fall as f64);
        let (mut newer, mut older): (Lane<f64>, Lane<f64>) = ([0.0; LANES], [0.0; LANES]);
        let zero = [T::default(); LANES];
        let before = |i: usize, back: usize| if i >= back { &w[i - back] } else { &zero };
        for i in 0..w.len() {
            let (a, b, c) = (before(i, rise), before(i, rise + flat), before(i, rise + flat + fall));
            for lane in 0..LANES {
                newer[lane] += w[i][lane].widen() - a[lane].widen();
                older[lane] += b[lane].widen() - c[lane].widen();
                out[i][lane] = T::narrow(newer[lane] * by_rise - older[lane] * by_fall);
            }
        }
        Ok(())
    }
}
