//! Adds a pulse with a logistic rise and an exponential decay.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use germane_numerics::maths;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "inject_sig_pulse",
    about: "adds a pulse with a logistic rise and an exponential decay",
    formula: "w + a / (1 + exp(-s (i - t0 - rt/2))) exp(-(i - t0)/decay), s = 4 ln 99 / rt",
    source: "logistic function from 1 % to 99 %",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("t0"),
        Parameter::scalar("rt"),
        Parameter::scalar("a"),
        Parameter::scalar("decay"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    positive(call, 2, "rise time")?;
    positive(call, 4, "decay time")?;
    Ok(call.kernel(|ty| Inject::<f32> { ty }, |ty| Inject::<f64> { ty }))
}

/// Refuses a constant time that is not positive.
///
/// # Errors
/// If it is not.
pub(super) fn positive(call: &Call<'_>, k: usize, name: &str) -> Result<(), Fault> {
    match call.known(k) {
        Some(time) if !(time > 0.0) => Err(Fault::at(k, format!("the {name} must be positive, this is {time}"))),
        _ => Ok(()),
    }
}

/// `height / below * exp(-t / decay)`, 0 where what stands below is without bound.
pub(super) fn decayed(height: f64, below: f64, t: f64, decay: f64) -> f64 {
    if below == f64::INFINITY { 0.0 } else { height / below * maths::exp(-t / decay) }
}

#[derive(Debug)]
struct Inject<T> {
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Inject<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, starts, rises) = (io.samples::<T>(0), io.scalar(1), io.scalar(2));
        let (heights, decays, out) = (io.scalar(3), io.scalar(4), io.samples_out::<T>(5));
        let four = 4.0 * maths::ln(99.0);
        for (i, (w, out)) in w.iter().zip(out.iter_mut()).enumerate() {
            for lane in 0..LANES {
                let (t, rise) = (i as f64 - starts[lane], rises[lane]);
                let below = 1.0 + maths::exp(-(four / rise) * (t - rise / 2.0));
                out[lane] = T::narrow(w[lane].widen() + decayed(heights[lane], below, t, decays[lane]));
            }
        }
        Ok(())
    }
}
