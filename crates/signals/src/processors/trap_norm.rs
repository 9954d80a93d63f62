//! Trapezoidal filter, normalised: the difference of two means of `rise` samples, `flat` samples apart.

use super::trapezoid::Trapezoid;
use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "trap_norm",
    about: "trapezoidal filter, divided by its rise",
    formula: "(S(i, rise) - S(i - rise - flat, rise)) / rise; S(i, m): sum of the m samples that end at i, zero before the first",
    source: "V. T. Jordanov and G. F. Knoll, NIM A 345 (1994) 337",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::integer("rise"),
        Parameter::integer("flat"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let shape = Trapezoid::of(call, 1, None)?;
    Ok(call.kernel(|ty| TrapNorm::<f32> { shape, ty }, |ty| TrapNorm::<f64> { shape, ty }))
}

#[derive(Debug)]
struct TrapNorm<T> {
    shape: Trapezoid,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for TrapNorm<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(3));
        let Trapezoid { rise, flat, .. } = self.shape;
        let scale = 1.0 / rise as f64;
        let mut sum: Lane<f64> = [0.0; LANES];
        let zero = [T::default(); LANES];
        let before = |i: usize, back: usize| if i >= back { &w[i - back] } else { &zero };
        for i in 0..w.len() {
            let (a, b, c) = (before(i, rise), before(i, rise + flat), before(i, 2 * rise + flat));
            for lane in 0..LANES {
                sum[lane] += (w[i][lane].widen() - a[lane].widen()) - (b[lane].widen() - c[lane].widen());
                out[i][lane] = T::narrow(sum[lane] * scale);
            }
        }
        Ok(())
    }
}
