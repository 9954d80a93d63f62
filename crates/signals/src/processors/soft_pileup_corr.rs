//! Subtraction of baseline and decay of an earlier pulse.

use super::exponential_background;
use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "soft_pileup_corr",
    about: "fits scale exp(-i/tau) + level to the first samples and subtracts it",
    formula: "w[i] - scale exp(-i/tau) - level, by least squares over the first n_in samples",
    source: "C. F. Gauss, Theoria combinationis (1823)",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::constant("n_in"),
        Parameter::constant("tau"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (decay, count) = exponential_background::of(call, 1, 2)?;
    let mean = decay[..count].iter().sum::<f64>() / count as f64;
    let spread: f64 = decay[..count].iter().map(|e| (e - mean) * (e - mean)).sum();
    if spread == 0.0 {
        return Err(Fault::at(2, "the decay time is so long that the exponential is constant over the fitted samples"));
    }
    let weights: Vec<f64> = decay[..count].iter().map(|e| (e - mean) / spread).collect();
    Ok(call.kernel(
        |ty| SoftPileupCorr::<f32> { decay: decay.clone(), weights: weights.clone(), mean, ty },
        |ty| SoftPileupCorr::<f64> { decay: decay.clone(), weights: weights.clone(), mean, ty },
    ))
}

#[derive(Debug)]
struct SoftPileupCorr<T> {
    decay: Vec<f64>,
    /// of each fitted sample in the scale
    weights: Vec<f64>,
    /// of the exponential over the fitted samples
    mean: f64,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for SoftPileupCorr<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, out) = (io.samples::<T>(0), io.samples_out::<T>(3));
        let first = w[0].map(T::widen);
        let (mut scale, mut sum): (Lane<f64>, Lane<f64>) = ([0.0; LANES], [0.0; LANES]);
        for (x, weight) in w.iter().zip(&self.weights) {
            for lane in 0..LANES {
                let distance = x[lane].widen() - first[lane];
                scale[lane] += weight * distance;
                sum[lane] += distance;
            }
        }
        let count = self.weights.len() as f64;
        let mut level: Lane<f64> = [0.0; LANES];
        for lane in 0..LANES {
            level[lane] = first[lane] + sum[lane] / count - scale[lane] * self.mean;
        }
        for ((x, y), decay) in w.iter().zip(out).zip(&self.decay) {
            for lane in 0..LANES {
                y[lane] = T::narrow(x[lane].widen() - scale[lane] * decay - level[lane]);
            }
        }
        Ok(())
    }
}
