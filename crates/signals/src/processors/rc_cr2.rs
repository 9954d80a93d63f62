//! RC-CR² shaping: one integration and two differentiations with the same time.

use super::compensated_sum::two_sum;
use super::decay;
use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use germane_numerics::maths;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "rc_cr2",
    about: "RC-CR^2 shaper",
    formula: "a = exp(-1/tau): y[i] = 3 a y[i-1] - 3 a^2 y[i-2] + a^3 y[i-3] + w[i] - 2 w[i-1] + w[i-2]; the first three are copied",
    source: "G. F. Knoll, Radiation Detection and Measurement, chapter 17",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::constant("tau"), Parameter::samples_out("w_out", 'n')],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let remains = decay::remaining(call, 1)?;
    if call.length(0) < 3 {
        return Err(Fault::at(0, format!("expected at least 3 samples, the waveform has {}", call.length(0))));
    }
    Ok(call.kernel(|ty| RcCr2::<f32> { remains, ty }, |ty| RcCr2::<f64> { remains, ty }))
}

#[derive(Debug)]
struct RcCr2<T> {
    /// part that remains after a sample
    remains: f64,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for RcCr2<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out, a) = (io.samples::<T>(0), io.samples_out::<T>(2), self.remains);
        out[..3].copy_from_slice(&w[..3]);
        // A triple pole multiplies every rounding by the square of the distance: the six terms are summed in twice the precision.
        let weights = [3.0 * a, -3.0 * a * a, maths::pow(a, 3.0), 1.0, -2.0, 1.0];
        let mut results: [Lane<f64>; 3] = [w[2].map(T::widen), w[1].map(T::widen), w[0].map(T::widen)];
        for i in 3..w.len() {
            let terms = [results[0], results[1], results[2], w[i].map(T::widen), w[i - 1].map(T::widen), w[i - 2].map(T::widen)];
            let (mut sum, mut rest): (Lane<f64>, Lane<f64>) = ([0.0; LANES], [0.0; LANES]);
            for (weight, term) in weights.iter().zip(&terms) {
                for lane in 0..LANES {
                    let (total, lost) = two_sum(sum[lane], weight * term[lane]);
                    sum[lane] = total;
                    rest[lane] += lost;
                }
            }
            let mut y: Lane<f64> = [0.0; LANES];
            for lane in 0..LANES {
                y[lane] = sum[lane] + rest[lane];
                out[i][lane] = T::narrow(y[lane]);
            }
            results = [y, results[0], results[1]];
        }
        Ok(())
    }
}
