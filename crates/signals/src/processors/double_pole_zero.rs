//! Pole-zero cancellation of a decay with two components.

use super::decay;
use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "double_pole_zero",
    about: "takes a decay of two exponentials away, of which frac has the second decay time",
    formula: "a = exp(-1/tau1), b = exp(-1/tau2), c = frac (b - a) - b: \
              y[i] = w[i] - (a + b) w[i-1] + a b w[i-2] + (1 - c) y[i-1] + c y[i-2]; y[0] = w[0], y[1] = w[1]",
    source: "inverse of the sum of two exponentials, by its z transform",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::constant("tau1"),
        Parameter::constant("tau2"),
        Parameter::constant("frac"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (first, second, fraction) = (decay::remaining(call, 1)?, decay::remaining(call, 2)?, call.number(3)?);
    if call.length(0) <= 3 {
        return Err(Fault::at(0, format!("expected more than 3 samples, the waveform has {}", call.length(0))));
    }
    let pole = second - fraction * (second - first);
    let (sum, product) = (first + second, first * second);
    Ok(call.kernel(|ty| DoublePoleZero::<f32> { sum, product, pole, ty }, |ty| DoublePoleZero::<f64> { sum, product, pole, ty }))
}

#[derive(Debug)]
struct DoublePoleZero<T> {
    /// of the two zeros
    sum: f64,
    /// of the two zeros
    product: f64,
    /// the pole beside 1
    pole: f64,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for DoublePoleZero<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(4));
        out[..2].copy_from_slice(&w[..2]);
        // The pole at 1 is a sum of steps: step = y[i] - y[i-1].
        let mut y: Lane<f64> = w[1].map(T::widen);
        let mut step: Lane<f64> = [0.0; LANES];
        for lane in 0..LANES {
            step[lane] = y[lane] - w[0][lane].widen();
        }
        for i in 2..w.len() {
            for lane in 0..LANES {
                let zeros = w[i][lane].widen() - self.sum * w[i - 1][lane].widen() + self.product * w[i - 2][lane].widen();
                step[lane] = zeros + self.pole * step[lane];
                y[lane] += step[lane];
                out[i][lane] = T::narrow(y[lane]);
            }
        }
        Ok(())
    }
}
