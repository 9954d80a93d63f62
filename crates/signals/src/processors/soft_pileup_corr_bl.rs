//! Subtraction of a known baseline and of the decay of an earlier pulse.

use super::{compensated_sum::two_sum, exponential_background};
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
    let (mut norm, mut rest) = (0.0, 0.0);
    for e in &decay[..count] {
        let (total, lost) = two_sum(norm, e * e);
        norm = total;
        rest += lost;
    }
    norm += rest;
    Ok(call.kernel(
        |ty| SoftPileupCorrBl::<f32> { decay: decay.clone(), count, norm, ty },
        |ty| SoftPileupCorrBl::<f64> { decay: decay.clone(), count, norm, ty },
    ))
}

#[derive(Debug)]
struct SoftPileupCorrBl<T> {
    decay: Vec<f64>,
    count: usize,
    /// sum of the squares of the fitted exponential
    norm: f64,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for SoftPileupCorrBl<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, baseline, out) = (io.samples::<T>(0), io.scalar(3), io.samples_out::<T>(4));
        // The exponential begins at 1, so rounding of these sums would be seen whole in a waveform near 0.
        let (mut sum, mut rest): (Lane<f64>, Lane<f64>) = ([0.0; LANES], [0.0; LANES]);
        for (x, decay) in w.iter().zip(&self.decay[..self.count]) {
            for lane in 0..LANES {
                let (total, lost) = two_sum(sum[lane], decay * (x[lane].widen() - baseline[lane]));
                sum[lane] = total;
                rest[lane] += lost;
            }
        }
        for lane in 0..LANES {
            sum[lane] += rest[lane];
        }
        for ((x, y), decay) in w.iter().zip(out).zip(&self.decay) {
            for lane in 0..LANES {
                y[lane] = T::narrow(x[lane].widen() - baseline[lane] - decay * sum[lane] / self.norm);
            }
        }
        Ok(())
    }
}
