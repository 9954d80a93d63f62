//! Subtraction of a known baseline and of the decay of an earlier pulse.

use super::exponential_background;
use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "soft_pileup_corr_bl",
    about: "fits scale exp(-i/tau) over a known baseline to the first samples and subtracts both",
    formula: "w[i] - scale exp(-i/tau) - baseline, by least squares over the first n_in samples",
    source: "C. F. Gauss, Theoria combinationis (1823)",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::constant("n_in"),
        Parameter::constant("tau"),
        Parameter::scalar("baseline"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (decay, count) = exponential_background::of(call, 1, 1)?;
    Ok(call.kernel(
        |ty| SoftPileupCorrBl::<f32> { decay: decay.clone(), count, ty },
        |ty| SoftPileupCorrBl::<f64> { decay: decay.clone(), count, ty },
    ))
}

#[derive(Debug)]
struct SoftPileupCorrBl<T> {
    decay: Vec<f64>,
    count: usize,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for SoftPileupCorrBl<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, baseline, out) = (io.samples::<T>(0), io.scalar(3), io.samples_out::<T>(4));
        let norm: f64 = self.decay[..self.count].iter().map(|e| e * e).sum();
        let mut scale: Lane<f64> = [0.0; LANES];
        for (x, decay) in w.iter().zip(&self.decay[..self.count]) {
            for lane in 0..LANES {
                scale[lane] += decay * (x[lane].widen() - baseline[lane]);
            }
        }
        scale = scale.map(|scale| scale / norm);
        for ((x, y), decay) in w.iter().zip(out).zip(&self.decay) {
            for lane in 0..LANES {
                y[lane] = T::narrow(x[lane].widen() - baseline[lane] - scale[lane] * decay);
            }
        }
        Ok(())
    }
}
