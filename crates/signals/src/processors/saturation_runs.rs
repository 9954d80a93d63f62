//! Samples beyond the range of a digitizer, and the longest runs of them.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "saturation_runs",
    about: "samples at or beyond two limits, and the longest run without a break of each",
    formula: "counts of w[i] <= lo and of w[i] >= hi; longest i .. j with all of them so",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("lo"),
        Parameter::scalar("hi"),
        Parameter::count_out("n_lo"),
        Parameter::count_out("n_hi"),
        Parameter::count_out("run_lo"),
        Parameter::count_out("run_hi"),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(SaturationRuns::<f32>, SaturationRuns::<f64>))
}

#[derive(Debug)]
struct SaturationRuns<T>(PhantomData<T>);

/// All of them, those up to here, and the most so far.
#[derive(Clone, Copy, Default)]
struct Runs {
    all: [f64; LANES],
    run: [f64; LANES],
    longest: [f64; LANES],
}

impl Runs {
    #[inline(always)]
    fn add(&mut self, lane: usize, beyond: bool) {
        let one = if beyond { 1.0 } else { 0.0 };
        self.all[lane] += one;
        self.run[lane] = (self.run[lane] + one) * one;
        self.longest[lane] = if self.run[lane] > self.longest[lane] { self.run[lane] } else { self.longest[lane] };
    }
}

impl<T: Real> LaneKernel for SaturationRuns<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, low, high) = (io.samples::<T>(0), io.scalar(1), io.scalar(2));
        let (mut below, mut above) = (Runs::default(), Runs::default());
        for x in w {
            for lane in 0..LANES {
                below.add(lane, x[lane].widen() <= low[lane]);
                above.add(lane, x[lane].widen() >= high[lane]);
            }
        }
        *io.scalar_out(3) = below.all;
        *io.scalar_out(4) = above.all;
        *io.scalar_out(5) = below.longest;
        *io.scalar_out(6) = above.longest;
        Ok(())
    }
}
