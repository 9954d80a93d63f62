//! Adds a pulse of Gumbel's shape.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use crate::processors::inject_sig_pulse::positive;
use germane_numerics::maths;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "inject_gumbel",
    about: "adds a pulse of Gumbel's shape with a given area",
    formula: "w + a/beta exp(-(z + exp(-z))), z = (i - mu)/beta, mu = t0 + 2 beta, from int(t0) to below int(mu + 8 beta)",
    source: "E. J. Gumbel, Statistics of Extremes (1958); pulses of photomultipliers",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("a"),
        Parameter::scalar("t0"),
        Parameter::scalar("beta"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    positive(call, 3, "width")?;
    Ok(call.kernel(|ty| Inject::<f32> { ty }, |ty| Inject::<f64> { ty }))
}

#[derive(Debug)]
struct Inject<T> {
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Inject<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, areas, starts) = (io.samples::<T>(0), io.scalar(1), io.scalar(2));
        let (widths, out) = (io.scalar(3), io.samples_out::<T>(4));
        out.copy_from_slice(w);
        for lane in 0..LANES {
            let (start, beta) = (starts[lane], widths[lane]);
            let mode = start + 2.0 * beta;
            // NaN becomes 0: such waveforms are NaN as a whole.
            let (first, end) = (start.max(0.0) as usize, (mode + 8.0 * beta).min(w.len() as f64) as usize);
            for i in first.min(end)..end {
                let z = (i as f64 - mode) / beta;
                let pulse = areas[lane] / beta * maths::exp(-(z + maths::exp(-z)));
                out[i][lane] = T::narrow(w[i][lane].widen() + pulse);
            }
        }
        Ok(())
    }
}
