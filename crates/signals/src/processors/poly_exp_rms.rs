//! Distances of a waveform from the exponential of a polynomial.

use super::residual_moments;
use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use germane_numerics::maths;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "poly_exp_rms",
    about: "mean and root mean square of the distances from the exponential of a polynomial",
    formula: "d[i] = w[i] - exp(sum_k p[k] i^k); mean: sum(d)/n; rms: sqrt(sum(d^2)/(n - 1))",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::samples("p", 'm'),
        Parameter::scalar_out("mean").never_time(),
        Parameter::scalar_out("rms").never_time(),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    if call.length(0) < 2 {
        return Err(Fault::at(0, format!("the rms needs two samples, the waveform has {}", call.length(0))));
    }
    Ok(call.kernel(PolyExpRms::<f32>, PolyExpRms::<f64>))
}

#[derive(Debug)]
struct PolyExpRms<T>(PhantomData<T>);

impl<T: Real> LaneKernel for PolyExpRms<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let p = io.samples::<T>(1);
        residual_moments::write::<T>(io, 2, |i, expected| {
            *expected = [0.0; LANES];
            for coefficient in p.iter().rev() {
                for lane in 0..LANES {
                    expected[lane] = expected[lane] * i + coefficient[lane].widen();
                }
            }
            *expected = expected.map(maths::exp);
        });
        Ok(())
    }
}
