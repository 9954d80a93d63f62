//! Height of a waveform at a time, from a polynomial through the samples around it.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "polynomial_estimate",
    about: "height of the waveform at a time, from a least-squares polynomial around it",
    formula: "value at t of the polynomial of a degree that comes nearest to the `length` samples from round(t - (length-1)/2) on (moved inside \
              at the ends); NaN outside of [0, n-1]",
    source: "local regression by Gram's polynomials",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("t"),
        Parameter::integer("degree").plain(),
        Parameter::integer("length"),
        Parameter::scalar_out("a_out"),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (degree, length) = (call.count(2, 0)?, call.count(3, 1)?);
    if length > call.length(0) {
        return Err(Fault::at(3, format!("{length} samples are more than the {} of the waveform", call.length(0))));
    }
    if degree >= length {
        return Err(Fault::at(2, format!("a polynomial of degree {degree} needs more than {length} samples")));
    }
    Ok(call.kernel(|ty| Estimate::<f32> { degree, length, ty }, |ty| Estimate::<f64> { degree, length, ty }))
}

#[derive(Debug)]
struct Estimate<T> {
    degree: usize,
    length: usize,
    ty: PhantomData<T>,
}

impl<T: Real> Estimate<T> {
    /// Value at `x`, counted from the middle of the samples that `at` gives.
    #[inline(always)]
    fn value(&self, at: impl Fn(usize) -> f64, x: f64) -> f64 {
        let n = self.length as f64;
        let middle = (n - 1.0) / 2.0;
        let c = |k: f64| k * k * (n * n - k * k) / (4.0 * (4.0 * k * k - 1.0));
        // The coefficient of each orthogonal polynomial is its product with the samples; all are followed by their recurrence.
        let polynomial = |degree: usize, x: f64| {
            let (mut before, mut here) = (0.0, 1.0);
            for k in 0..degree {
                (before, here) = (here, x * here - if k > 0 { c(k as f64) } else { 0.0 } * before);
            }
            here
        };
        let (mut value, mut norm) = (0.0, n);
        for k in 0..=self.degree {
            let along: f64 = (0..self.length).map(|i| at(i) * polynomial(k, i as f64 - middle)).sum();
            value += along / norm * polynomial(k, x);
            norm *= c(k as f64 + 1.0);
        }
        value
    }
}

impl<T: Real> LaneKernel for Estimate<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, times, out) = (io.samples::<T>(0), io.scalar(1), io.scalar_out(4));
        for lane in 0..LANES {
            let t = times[lane];
            if !(t >= 0.0 && t <= w.len() as f64 - 1.0) {
                out[lane] = f64::NAN;
                continue;
            }
            let middle = (self.length as f64 - 1.0) / 2.0;
            let first = ((t - middle).round_ties_even().max(0.0) as usize).min(w.len() - self.length);
            out[lane] = self.value(|i| w[first + i][lane].widen(), t - first as f64 - middle);
        }
        Ok(())
    }
}
