//! Decay time that makes the tail of a waveform flat.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use germane_numerics::maths;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "optimize_1pz",
    about: "decay time with which pole_zero makes the tail flat; NaN if there is none",
    formula: "tau where the least-squares slope of pole_zero(w - baseline, tau) over t_beg <= i < t_end is 0; p0 is not needed",
    source: "the slope is linear in 1 - exp(-1/tau), so its zero has a closed form",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("baseline"),
        Parameter::scalar("t_beg"),
        Parameter::scalar("t_end"),
        Parameter::scalar("p0").with_nan(),
        Parameter::scalar_out("tau"),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    check_range(call, 2)?;
    Ok(call.kernel(Optimize1pz::<f32>, Optimize1pz::<f64>))
}

/// Constants `first` and `first + 1` as a range of argument 0, as far as they are known.
pub(super) fn check_range(call: &Call<'_>, first: usize) -> Result<(), Fault> {
    if let (Some(start), Some(end)) = (call.known(first), call.known(first + 1)) {
        range(start, end, call.length(0)).map_err(|message| Fault::at(first, message))?;
    }
    Ok(())
}

/// A range of whole samples; empty where an end is NaN.
pub(super) fn range(start: f64, end: f64, samples: usize) -> Result<std::ops::Range<usize>, String> {
    if start.is_nan() || end.is_nan() {
        return Ok(0..0);
    }
    if start.fract() != 0.0 || end.fract() != 0.0 {
        return Err(format!("the range must have whole ends, this is from {start} to {end}"));
    }
    if !(0.0 <= start && start < end && end <= samples as f64) {
        return Err(format!("the range must lie in the {samples} samples, this is from {start} to {end}"));
    }
    Ok(start as usize..end as usize)
}

#[derive(Debug)]
struct Optimize1pz<T>(PhantomData<T>);

impl<T: Real> LaneKernel for Optimize1pz<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, baseline, start, end) = (io.samples::<T>(0), io.scalar(1), io.scalar(2), io.scalar(3));
        let out = io.scalar_out(5);
        for lane in 0..LANES {
            let range = range(start[lane], end[lane], w.len()).map_err(|message| LaneFault { lane, message })?;
            let middle = (range.start + range.end) as f64 / 2.0 - 0.5;
            // Slopes, up to one factor, of the samples and of the sums of all samples before.
            let (mut of_samples, mut of_sums, mut sum) = (0.0, 0.0, 0.0);
            let at = |i: usize| w[i][lane].widen() - baseline[lane];
            for i in range {
                let position = i as f64 - middle;
                of_samples += position * at(i);
                of_sums += position * sum;
                sum += at(i);
            }
            let lost = -of_samples / of_sums;
            out[lane] = if lost > 0.0 && lost < 1.0 { -1.0 / maths::log1p(-lost) } else { f64::NAN };
        }
        Ok(())
    }
}
