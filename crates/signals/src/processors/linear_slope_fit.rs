//! Mean, standard deviation and straight line of a waveform, by least squares.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "linear_slope_fit",
    about: "mean, standard deviation, and the straight line through all samples",
    formula: "mean: sum(w)/n; stdev: sqrt(sum((w - mean)^2)/(n - 1)); least squares of w[i] = slope i + intercept",
    source: "C. F. Gauss, Theoria combinationis (1823)",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar_out("mean").never_time(),
        Parameter::scalar_out("stdev").never_time(),
        Parameter::scalar_out("slope").never_time(),
        Parameter::scalar_out("intercept").never_time(),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    if call.length(0) < 2 {
        return Err(Fault::at(0, format!("a line needs two samples, the waveform has {}", call.length(0))));
    }
    Ok(call.kernel(LinearSlopeFit::<f32>, LinearSlopeFit::<f64>))
}

#[derive(Debug)]
struct LinearSlopeFit<T>(PhantomData<T>);

impl<T: Real> LaneKernel for LinearSlopeFit<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let w = io.samples::<T>(0);
        // Sums of distances from the first sample, and moments about the middle, lose nothing to a high baseline.
        let first = w[0].map(T::widen);
        let middle = (w.len() - 1) as f64 / 2.0;
        let mut sum: Lane<f64> = [0.0; LANES];
        let mut squares: Lane<f64> = [0.0; LANES];
        let mut moment: Lane<f64> = [0.0; LANES];
        for (i, x) in w.iter().enumerate() {
            let position = i as f64 - middle;
            for lane in 0..LANES {
                let distance = x[lane].widen() - first[lane];
                sum[lane] += distance;
                squares[lane] += distance * distance;
                moment[lane] += position * distance;
            }
        }
        let n = w.len() as f64;
        // sum of (i - middle)^2
        let spread = n * (n * n - 1.0) / 12.0;
        let (mean_out, stdev_out) = (io.scalar_out(1), io.scalar_out(2));
        let (slope_out, intercept_out) = (io.scalar_out(3), io.scalar_out(4));
        for lane in 0..LANES {
            let mean = first[lane] + sum[lane] / n;
            let slope = moment[lane] / spread;
            mean_out[lane] = mean;
            stdev_out[lane] = ((squares[lane] - sum[lane] * (sum[lane] / n)).max(0.0) / (n - 1.0)).sqrt();
            slope_out[lane] = slope;
            intercept_out[lane] = mean - slope * middle;
        }
        Ok(())
    }
}
