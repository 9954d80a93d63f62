//! Adds a pulse with an exponential rise and an exponential decay.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::inject_sig_pulse::positive;
use germane_numerics::maths;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "inject_exp_pulse",
    about: "adds a pulse with an exponential rise and an exponential decay",
    formula: "w before t0; + a exp((i - t0 - rt)/rt) exp(-(i - t0)/decay) up to t0 + rt; + a exp(-(i - t0)/decay) after",
    source: "exponential charge collection",
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

#[derive(Debug)]
struct Inject<T> {
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Inject<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, starts, rises) = (io.samples::<T>(0), io.scalar(1), io.scalar(2));
        let (heights, decays, out) = (io.scalar(3), io.scalar(4), io.samples_out::<T>(5));
        for (i, (w, out)) in w.iter().zip(out.iter_mut()).enumerate() {
            for lane in 0..LANES {
                let (t, rise) = (i as f64 - starts[lane], rises[lane]);
                let pulse = if t < 0.0 {
                    0.0
                } else if t <= rise {
                    maths::exp((t - rise) / rise) * maths::exp(-t / decays[lane])
                } else {
                    maths::exp(-t / decays[lane])
                };
                out[lane] = T::narrow(w[lane].widen() + heights[lane] * pulse);
            }
        }
        Ok(())
    }
}
