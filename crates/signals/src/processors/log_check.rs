//! Logarithm of a waveform that is positive everywhere.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use germane_numerics::logarithm;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "log_check",
    about: "natural logarithm; NaN everywhere unless all samples are positive",
    formula: "ln(w[i])",
    source: "definition",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::samples_out("w_out", 'n')],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(LogCheck::<f32>, LogCheck::<f64>))
}

#[derive(Debug)]
struct LogCheck<T>(PhantomData<T>);

impl<T: Real> LaneKernel for LogCheck<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(1));
        let mut positive = [1_u32; LANES];
        for x in w {
            for lane in 0..LANES {
                positive[lane] &= u32::from(x[lane] > T::default());
            }
        }
        for (x, y) in w.iter().zip(out) {
            // All are computed and some not taken: a choice before would keep the lanes apart.
            let mut logarithms = [0.0; LANES];
            for lane in 0..LANES {
                logarithms[lane] = logarithm::ln(x[lane].widen());
            }
            for lane in 0..LANES {
                y[lane] = if positive[lane] == 1 { T::narrow(logarithms[lane]) } else { T::NAN };
            }
        }
        Ok(())
    }
}
