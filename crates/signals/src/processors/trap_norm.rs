//! Trapezoidal filter, normalised: the difference of two means of `rise` samples, `flat` samples apart.

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
    let (rise, flat, samples) = (call.count(1, 1)?, call.count(2, 0)?, call.length(0));
    if 2 * rise + flat > samples {
        return Err(Fault::at(1, format!("the trapezoid is {} samples wide, the waveform has {samples}", 2 * rise + flat)));
    }
    Ok(call.kernel(|ty| TrapNorm::<f32> { rise, flat, ty }, |ty| TrapNorm::<f64> { rise, flat, ty }))
}

#[derive(Debug)]
struct TrapNorm<T> {
    rise: usize,
    flat: usize,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for TrapNorm<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(3));
        let scale = 1.0 / self.rise as f64;
        let mut sum: Lane<f64> = [0.0; LANES];
        let zero = [T::default(); LANES];
        let before = |i: usize, back: usize| if i >= back { &w[i - back] } else { &zero };
        for i in 0..w.len() {
            let (a, b) = (before(i, self.rise), before(i, self.rise + self.flat));
            let c = before(i, 2 * self.rise + self.flat);
            for lane in 0..LANES {
                sum[lane] += (w[i][lane].widen() - a[lane].widen()) - (b[lane].widen() - c[lane].widen());
                out[i][lane] = T::narrow(sum[lane] * scale);
            }
        }
        Ok(())
    }
}
