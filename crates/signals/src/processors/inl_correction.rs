//! Correction of the integral non-linearity of a digitizer.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor, Role};
use std::marker::PhantomData;
use std::sync::Arc;

pub(super) static PROCESSOR: Processor = Processor {
    name: "inl_correction",
    about: "adds the correction of each code",
    formula: "w[i] + inl[w[i]]",
    source: "IEEE Std 1241, terminology of analog-to-digital converters",
    init: &[],
    parameters: &[
        Parameter::of("w", Role::IntegerSamples('n')),
        Parameter::array("inl", 'p').plain(),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let inl = call.array(1)?;
    Ok(call.kernel(|ty| InlCorrection::<f32> { inl: inl.clone(), ty }, |ty| InlCorrection::<f64> { inl: inl.clone(), ty }))
}

#[derive(Debug)]
struct InlCorrection<T> {
    inl: Arc<[f64]>,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for InlCorrection<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<f64>(0), io.samples_out::<T>(2));
        let codes = self.inl.len();
        for (i, (x, y)) in w.iter().zip(out).enumerate() {
            for lane in 0..LANES {
                let code = x[lane];
                if !(code >= 0.0 && code < codes as f64) {
                    let message = format!("sample {i} is {code}, the correction has codes 0 to {}", codes as i64 - 1);
                    return Err(LaneFault { lane, message });
                }
                y[lane] = T::narrow(code + self.inl[code as usize]);
            }
        }
        Ok(())
    }
}
