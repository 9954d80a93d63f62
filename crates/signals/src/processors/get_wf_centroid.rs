//! Zero crossing between the extremes of a waveform.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "get_wf_centroid",
    about: "middle between the last negative and the first positive sample on the way from the smallest to the largest",
    formula: "round((a + b)/2) + shift; a: last w < 0, b: first w > 0 on the way; NaN if there is none",
    source: "definition",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::constant("shift"), Parameter::scalar_out("centroid")],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (shift, samples) = (call.number(1)?, call.length(0));
    if !(shift >= 0.0 && shift < samples as f64) {
        return Err(Fault::at(1, format!("expected a shift of at least 0 and less than the {samples} samples, this is {shift}")));
    }
    Ok(call.kernel(|ty| GetWfCentroid::<f32> { shift, ty }, |ty| GetWfCentroid::<f64> { shift, ty }))
}

#[derive(Debug)]
struct GetWfCentroid<T> {
    shift: f64,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for GetWfCentroid<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.scalar_out(2));
        for lane in 0..LANES {
            let (mut least, mut most) = (0, 0);
            for (i, x) in w.iter().enumerate() {
                if x[lane] < w[least][lane] {
                    least = i;
                }
                if x[lane] > w[most][lane] {
                    most = i;
                }
            }
            let way = |step: usize| if least <= most { least + step } else { least - step };
            let (mut negative, mut positive) = (None, None);
            for i in (0..=least.abs_diff(most)).map(way) {
                if w[i][lane] < T::default() {
                    negative = Some(i);
                }
                if w[i][lane] > T::default() && positive.is_none() {
                    positive = Some(i);
                }
            }
            out[lane] = match (negative, positive) {
                (Some(a), Some(b)) => ((a + b) as f64 / 2.0).round_ties_even() + self.shift,
                _ => f64::NAN,
            };
        }
        Ok(())
    }
}
