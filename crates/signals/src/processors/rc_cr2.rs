//! RC-CR² shaping: one integration and two differentiations with the same time.

use super::decay;
use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
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
        // Three poles in a row, each with its own state, lose far less than the recursion multiplied out.
        let (mut first, mut second, mut third): (Lane<f64>, Lane<f64>, Lane<f64>) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            let y = [w[0][lane].widen(), w[1][lane].widen(), w[2][lane].widen()];
            third[lane] = y[2];
            second[lane] = y[2] - a * y[1];
            first[lane] = second[lane] - a * (y[1] - a * y[0]);
        }
        for i in 3..w.len() {
            for lane in 0..LANES {
                let (x, before) = (w[i][lane].widen(), w[i - 1][lane].widen());
                let curvature = (x - before) - (before - w[i - 2][lane].widen());
                first[lane] = a * first[lane] + curvature;
                second[lane] = a * second[lane] + first[lane];
                third[lane] = a * third[lane] + second[lane];
                out[i][lane] = T::narrow(third[lane]);
            }
        }
        Ok(())
    }
}
