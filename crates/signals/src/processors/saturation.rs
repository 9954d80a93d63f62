//! Samples at the ends of a digitizer's range.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use germane_numerics::maths;
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "saturation",
    about: "number of samples that are exactly 0, and exactly the upper limit of FlashCam",
    formula: "count of w[i] == 0; count of w[i] == 2^bits - bits",
    source: "definition; see saturation_runs for limits that are chosen",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::constant("bits").plain(),
        Parameter::scalar_out("n_lo"),
        Parameter::scalar_out("n_hi"),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let bits = call.count(1, 1)?;
    if bits > 64 {
        return Err(Fault::at(1, format!("no digitizer has {bits} bits")));
    }
    let limit = maths::powi(2.0, bits as i32) - bits as f64;
    Ok(call.kernel(|ty| Saturation::<f32> { limit, ty }, |ty| Saturation::<f64> { limit, ty }))
}

#[derive(Debug)]
struct Saturation<T> {
    limit: f64,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Saturation<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, zero, limit) = (io.samples::<T>(0), T::default(), T::narrow(self.limit));
        let reachable = limit.widen() == self.limit;
        let (mut low, mut high) = ([0_u32; LANES], [0_u32; LANES]);
        for x in w {
            for lane in 0..LANES {
                low[lane] += u32::from(x[lane] == zero);
                high[lane] += u32::from(x[lane] == limit);
            }
        }
        *io.scalar_out(2) = low.map(f64::from);
        *io.scalar_out(3) = if reachable { high.map(f64::from) } else { [0.0; LANES] };
        Ok(())
    }
}
