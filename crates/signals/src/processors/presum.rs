//! Sums of neighbouring samples.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "presum",
    about: "sums, or with do_norm means, of floor(n/m) neighbouring samples; what is left at the end is dropped",
    formula: "f = floor(n/m): w_out[k] = sum(w[k f .. k f + f - 1]), divided by f if do_norm is 1",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::constant("do_norm").plain(),
        Parameter::scalar_out("ps_fact"),
        Parameter::samples_out("w_out", 'm'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let norm = match call.number(1)? {
        0.0 => false,
        1.0 => true,
        other => return Err(Fault::at(1, format!("expected 0 or 1, this is {other}"))),
    };
    let (samples, room) = (call.length(0), call.length(3));
    if room == 0 || room > samples {
        return Err(Fault::at(3, format!("expected 1 to {samples} sums, this has {room}")));
    }
    let terms = samples / room;
    Ok(call.kernel(|ty| Presum::<f32> { terms, norm, ty }, |ty| Presum::<f64> { terms, norm, ty }))
}

#[derive(Debug)]
struct Presum<T> {
    terms: usize,
    norm: bool,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Presum<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, factor, out) = (io.samples::<T>(0), io.scalar_out(2), io.samples_out::<T>(3));
        let divisor = if self.norm { self.terms as f64 } else { 1.0 };
        for (y, terms) in out.iter_mut().zip(w.chunks_exact(self.terms)) {
            let mut sum: Lane<f64> = [0.0; LANES];
            for x in terms {
                for lane in 0..LANES {
                    sum[lane] += x[lane].widen();
                }
            }
            *y = sum.map(|sum| T::narrow(sum / divisor));
        }
        *factor = [self.terms as f64; LANES];
        Ok(())
    }
}
