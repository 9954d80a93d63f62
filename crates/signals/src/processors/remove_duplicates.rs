//! Times that occur more than once, replaced by those of minima.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "remove_duplicates",
    about: "replaces times that occur again by the times of minima",
    formula: "where t_b = t_a for a < b: t_b becomes the minimum with the number of a (of the last such a); a first time below 1 is dropped and \
              the list moves up",
    source: "afterpulses found again by a backwards threshold search",
    init: &[],
    parameters: &[
        Parameter::samples("t_in", 'n').with_nan(),
        Parameter::samples("t_min", 'n').with_nan(),
        Parameter::samples_out("t_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(|ty| RemoveDuplicates::<f32> { ty }, |ty| RemoveDuplicates::<f64> { ty }))
}

#[derive(Debug)]
struct RemoveDuplicates<T> {
    ty: PhantomData<T>,
}

/// Writes the times of waveform `lane` without those that occur again.
#[inline(always)]
pub(super) fn replace<T: Real>(times: impl Fn(usize) -> T, minima: &[Lane<T>], lane: usize, out: &mut [Lane<T>]) {
    for b in 0..out.len() {
        let time = times(b);
        let again = (0..b).rev().find(|&a| times(a) == time);
        let replaced = again.and_then(|a| minima.get(a)).map_or(T::NAN, |samples| samples[lane]);
        out[b][lane] = if replaced.is_nan() { time } else { replaced };
    }
    if out.first().is_some_and(|first| first[lane].widen().trunc() == 0.0) {
        for k in 1..out.len() {
            out[k - 1][lane] = out[k][lane];
        }
        out[out.len() - 1][lane] = T::NAN;
    }
}

impl<T: Real> LaneKernel for RemoveDuplicates<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (times, minima, out) = (io.samples::<T>(0), io.samples::<T>(1), io.samples_out::<T>(2));
        for lane in 0..LANES {
            replace(|k| times[k][lane], minima, lane, out);
        }
        Ok(())
    }
}
