//! Decay time of the tail of a waveform.

use super::optimize_1pz::{check_range, range};
use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use germane_numerics::maths;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "tail_tau",
    about: "decay time of the tail, in samples; NaN unless it is positive everywhere",
    formula: "-1/slope of the least-squares line through ln(w[i]) over t_beg <= i < t_end",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("t_beg"),
        Parameter::scalar("t_end"),
        Parameter::scalar_out("tau"),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    check_range(call, 1)?;
    Ok(call.kernel(TailTau::<f32>, TailTau::<f64>))
}

#[derive(Debug)]
struct TailTau<T>(PhantomData<T>);

impl<T: Real> LaneKernel for TailTau<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, start, end, out) = (io.samples::<T>(0), io.scalar(1), io.scalar(2), io.scalar_out(3));
        for lane in 0..LANES {
            let range = range(start[lane], end[lane], w.len()).map_err(|message| LaneFault { lane, message })?;
            let middle = (range.start + range.end) as f64 / 2.0 - 0.5;
            let (mut moment, mut spread) = (0.0, 0.0);
            let first = w.get(range.start).map_or(f64::NAN, |x| maths::ln(x[lane].widen()));
            for i in range {
                let position = i as f64 - middle;
                moment += position * (maths::ln(w[i][lane].widen()) - first);
                spread += position * position;
            }
            // Logarithms of what is not positive are infinite or NaN.
            out[lane] = if moment.is_finite() && moment != 0.0 { -spread / moment } else { f64::NAN };
        }
        Ok(())
    }
}
