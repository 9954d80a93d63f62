//! Histogram of the samples of a waveform.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "histogram",
    about: "equal bins from the smallest to the largest sample; samples equal to the largest are not counted",
    formula: "borders[k] = min + (max - min) k/m; weights[k]: count of samples with floor((w[i] - min)/((max - min)/m)) = k",
    source: "definition; a constant waveform, or one with NaN, has no counts",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n').with_nan(),
        Parameter::samples_out("weights", 'm'),
        Parameter::samples_out("borders", 'p'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    check_borders(call, 1, 2)?;
    Ok(call.kernel(Histogram::<f32>, Histogram::<f64>))
}

/// A fault unless argument `borders` is one longer than argument `weights`.
pub(super) fn check_borders(call: &Call<'_>, weights: usize, borders: usize) -> Result<(), Fault> {
    let (bins, edges) = (call.length(weights), call.length(borders));
    if bins == 0 {
        return Err(Fault::at(weights, "expected at least one bin"));
    }
    if edges != bins + 1 {
        return Err(Fault::at(borders, format!("{bins} bins have {} borders, this has {edges}", bins + 1)));
    }
    Ok(())
}

/// Counts the samples of one waveform; smallest and largest sample, NaN if any is.
pub(super) fn count(samples: &[f64], counts: &mut [f64]) -> (f64, f64) {
    counts.fill(0.0);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for x in samples {
        if x.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        low = low.min(*x);
        high = high.max(*x);
    }
    let width = (high - low) / counts.len() as f64;
    if width > 0.0 && width.is_finite() {
        let last = counts.len() - 1;
        for x in samples.iter().filter(|x| **x != high) {
            // Cut to zero is rounded down: nothing lies below the least.
            counts[(((x - low) / width) as usize).min(last)] += 1.0;
        }
    }
    (low, high)
}

#[derive(Debug)]
struct Histogram<T>(PhantomData<T>);

impl<T: Real> LaneKernel for Histogram<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, weights, borders) = (io.samples::<T>(0), io.samples_out::<T>(1), io.samples_out::<T>(2));
        let (mut low, mut high): (Lane<f64>, Lane<f64>) = (w[0].map(T::widen), w[0].map(T::widen));
        let mut nan = [0_u32; LANES];
        for row in w {
            for lane in 0..LANES {
                let x = row[lane].widen();
                nan[lane] |= u32::from(row[lane].is_nan());
                low[lane] = if x < low[lane] { x } else { low[lane] };
                high[lane] = if x > high[lane] { x } else { high[lane] };
            }
        }
        for lane in (0..LANES).filter(|&lane| nan[lane] != 0) {
            (low[lane], high[lane]) = (f64::NAN, f64::NAN);
        }
        let bins = weights.len();
        let last = bins as i32 - 1;
        let width: Lane<f64> = std::array::from_fn(|lane| (high[lane] - low[lane]) / bins as f64);
        let unit = width.map(|width| if width > 0.0 && width.is_finite() { 1.0 } else { 0.0 });
        let counts = &mut io.scratch.lanes;
        counts.clear();
        counts.resize(bins, [0.0; LANES]);
        for row in w {
            let (mut bin, mut one) = ([0_i32; LANES], [0.0; LANES]);
            for lane in 0..LANES {
                let x = row[lane].widen();
                // Cut to zero is rounded down: nothing lies below the least.
                bin[lane] = (((x - low[lane]) / width[lane]) as i32).min(last);
                one[lane] = if x == high[lane] { 0.0 } else { unit[lane] };
            }
            for lane in 0..LANES {
                counts[bin[lane].max(0) as usize][lane] += one[lane];
            }
        }
        for (weight, count) in weights.iter_mut().zip(counts.iter()) {
            *weight = count.map(T::narrow);
        }
        for (k, border) in borders.iter_mut().enumerate() {
            *border = std::array::from_fn(|lane| T::narrow(low[lane] + (high[lane] - low[lane]) * k as f64 / bins as f64));
        }
        Ok(())
    }
}
