//! Where a waveform rises over a threshold and stays there.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "intersect",
    about: "first time at which the waveform rises over a threshold and stays there, and how often it does",
    formula: "a rise is w[i-1] < a <= w[i] with w[i], …, w[i+min_over-1] >= a; t = i-1 + (a - w[i-1])/(w[i] - w[i-1]) of the first; NaN if none",
    source: "leading-edge timing with a minimum time over threshold",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("threshold"),
        Parameter::integer("min_over"),
        Parameter::scalar_out("t_out"),
        Parameter::count_out("n_out"),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let over = call.count(2, 1)?;
    Ok(call.kernel(|ty| Intersect::<f32> { over, ty }, |ty| Intersect::<f64> { over, ty }))
}

#[derive(Debug)]
struct Intersect<T> {
    over: usize,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Intersect<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, thresholds) = (io.samples::<T>(0), io.scalar(1));
        let (times, counts) = (io.scalar_out(3), io.scalar_out(4));
        for lane in 0..LANES {
            let threshold = thresholds[lane];
            // Samples since the last rise; none where the waveform starts above.
            let (mut run, mut first, mut count) = (None, None, 0);
            let mut before = f64::INFINITY;
            for (i, samples) in w.iter().enumerate() {
                let x = samples[lane].widen();
                run = match run {
                    _ if !(x >= threshold) => None,
                    Some((start, length)) => Some((start, length + 1)),
                    None if before < threshold => Some((i, 1)),
                    None => None,
                };
                if let Some((start, length)) = run
                    && length == self.over
                {
                    count += 1;
                    first = first.or(Some(start));
                }
                before = x;
            }
            counts[lane] = f64::from(count);
            times[lane] = first.map_or(f64::NAN, |i: usize| {
                let (low, high) = (w[i - 1][lane].widen(), w[i][lane].widen());
                (i - 1) as f64 + (threshold - low) / (high - low)
            });
        }
        Ok(())
    }
}
