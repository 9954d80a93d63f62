//! Filters with an infinite response: the difference equation that several processors share.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel};
use std::marker::PhantomData;

/// `back[0] y[i] = sum_j ahead[j] w[i-j] - sum_(j>=1) back[j] y[i-j]`.
#[derive(Clone, Debug)]
pub(super) struct Recursion {
    /// of the samples, this one first
    pub(super) ahead: Vec<f64>,
    /// of the results, this one first
    pub(super) back: Vec<f64>,
}

/// What stands before the first sample.
#[derive(Clone, Copy, Debug)]
pub(super) enum Before {
    /// input and output: these arguments
    Arguments(usize, usize),
    /// input: the first sample; output: the first sample times this
    First(f64),
}

impl Recursion {
    /// The filter on argument 0, into argument `output`.
    ///
    /// # Errors
    /// No coefficients, a first one of the results that is 0, or a waveform that is not longer than those.
    pub(super) fn kernel(self, call: &Call<'_>, before: Before, output: usize) -> Result<Box<dyn Kernel>, Fault> {
        if self.ahead.is_empty() || self.back.first().is_none_or(|first| *first == 0.0) {
            return Err(Fault::new("expected coefficients of samples and of results, the first of the results not 0"));
        }
        if let Some(bad) = self.ahead.iter().chain(&self.back).find(|x| !x.is_finite()) {
            return Err(Fault::new(format!("expected finite coefficients, one is {bad}")));
        }
        if call.length(0) <= self.back.len() {
            let (order, samples) = (self.back.len(), call.length(0));
            return Err(Fault::at(0, format!("{order} coefficients need more than {order} samples, the waveform has {samples}")));
        }
        let filter = self;
        Ok(call.kernel(
            |ty| Recursive::<f32> { filter: filter.clone(), before, output, ty },
            |ty| Recursive::<f64> { filter: filter.clone(), before, output, ty },
        ))
    }
}

#[derive(Debug)]
struct Recursive<T> {
    filter: Recursion,
    before: Before,
    output: usize,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Recursive<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let w = io.samples::<T>(0);
        let (first, last) = match self.before {
            Before::Arguments(input, output) => (io.scalar(input), io.scalar(output)),
            Before::First(factor) => (w[0].map(T::widen), w[0].map(|x| x.widen() * factor)),
        };
        let out = io.samples_out::<T>(self.output);
        let Recursion { ahead, back } = &self.filter;
        // Results in full, the newest at `newest`, going round.
        let results = &mut io.scratch.lanes;
        let kept = back.len().max(2) - 1;
        results.clear();
        results.resize(kept, last);
        let mut newest = 0;
        for i in 0..w.len() {
            let mut y: Lane<f64> = [0.0; LANES];
            for (j, a) in ahead.iter().enumerate() {
                match i.checked_sub(j) {
                    Some(at) => {
                        for lane in 0..LANES {
                            y[lane] += a * w[at][lane].widen();
                        }
                    }
                    None => {
                        for lane in 0..LANES {
                            y[lane] += a * first[lane];
                        }
                    }
                }
            }
            for (j, b) in back[1..].iter().enumerate() {
                let result = &results[(newest + j) % kept];
                for lane in 0..LANES {
                    y[lane] -= b * result[lane];
                }
            }
            if back[0] != 1.0 {
                y = y.map(|y| y / back[0]);
            }
            newest = (newest + kept - 1) % kept;
            results[newest] = y;
            out[i] = y.map(T::narrow);
        }
        Ok(())
    }
}
