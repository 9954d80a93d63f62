//! Adds a pulse with a generalised logistic rise and an exponential decay.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::inject_sig_pulse::{decayed, positive};
use germane_numerics::maths;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "inject_general_logistic",
    about: "adds a pulse with a generalised logistic rise and an exponential decay",
    formula: "w + a / (1 + q exp(-s (i - t0 - rt/2)))^(1/v) exp(-(i - t0)/decay), s = 4 ln 99 / rt",
    source: "F. J. Richards, J. Exp. Bot. 10 (1959) 290",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("a"),
        Parameter::scalar("t0"),
        Parameter::scalar("rt"),
        Parameter::scalar("q"),
        Parameter::scalar("v"),
        Parameter::scalar("decay"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    positive(call, 3, "rise time")?;
    positive(call, 5, "exponent")?;
    positive(call, 6, "decay time")?;
    Ok(call.kernel(|ty| Inject::<f32> { ty }, |ty| Inject::<f64> { ty }))
}

#[derive(Debug)]
struct Inject<T> {
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Inject<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, heights, starts, rises) = (io.samples::<T>(0), io.scalar(1), io.scalar(2), io.scalar(3));
        let (factors, exponents, decays) = (io.scalar(4), io.scalar(5), io.scalar(6));
        let out = io.samples_out::<T>(7);
        let four = 4.0 * maths::ln(99.0);
        for (i, (w, out)) in w.iter().zip(out.iter_mut()).enumerate() {
            for lane in 0..LANES {
                let (t, rise) = (i as f64 - starts[lane], rises[lane]);
                let below =
                    maths::pow(1.0 + factors[lane] * maths::exp(-(four / rise) * (t - rise / 2.0)), 1.0 / exponents[lane]);
                out[lane] = T::narrow(w[lane].widen() + decayed(heights[lane], below, t, decays[lane]));
            }
        }
        Ok(())
    }
}
