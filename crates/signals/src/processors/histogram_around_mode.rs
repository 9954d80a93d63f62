//! Histogram of the samples of a waveform about a given or found centre.

use super::histogram;
use crate::lanes::{LANES, Real, waveform};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "histogram_around_mode",
    about: "bins of a given width about a centre; NaN asks for the fullest bin of `histogram`, rounded to the width",
    formula: "borders[k] = center - width floor(m/2) - width/2 + width k; weights[k]: count of borders[k] <= w[i] < borders[k + 1]",
    source: "definition; a waveform with NaN has no counts",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n').with_nan(),
        Parameter::scalar("center").with_nan().plain(),
        Parameter::constant("width").plain(),
        Parameter::samples_out("weights", 'm'),
        Parameter::samples_out("borders", 'p'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    histogram::check_borders(call, 3, 4)?;
    let width = call.number(2)?;
    if !(width > 0.0 && width.is_finite()) {
        return Err(Fault::at(2, format!("expected a width above 0, this is {width}")));
    }
    Ok(call.kernel(|ty| HistogramAroundMode::<f32> { width, ty }, |ty| HistogramAroundMode::<f64> { width, ty }))
}

#[derive(Debug)]
struct HistogramAroundMode<T> {
    width: f64,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for HistogramAroundMode<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, given) = (io.samples::<T>(0), io.scalar(1));
        let (weights, borders) = (io.samples_out::<T>(3), io.samples_out::<T>(4));
        let (bins, width) = (weights.len(), self.width);
        let numbers = &mut io.scratch.numbers;
        for lane in 0..LANES {
            numbers.clear();
            numbers.resize(bins, 0.0);
            numbers.extend(waveform(w, lane));
            let (counts, samples) = numbers.split_at_mut(bins);
            let mut center = given[lane];
            if samples.iter().any(|x| x.is_nan()) {
                center = f64::NAN;
            } else if center.is_nan() {
                center = found_center(samples, counts, width);
            }
            let first = center - width * (bins / 2) as f64 - width / 2.0;
            counts.fill(0.0);
            for x in &*samples {
                let bin = ((x - first) / width).floor();
                if bin >= 0.0 && bin < bins as f64 {
                    counts[bin as usize] += 1.0;
                }
            }
            for (weight, count) in weights.iter_mut().zip(counts) {
                weight[lane] = T::narrow(*count);
            }
            for (k, border) in borders.iter_mut().enumerate() {
                border[lane] = T::narrow(first + width * k as f64);
            }
        }
        Ok(())
    }
}

/// Middle of the fullest bin between the extremes, as a multiple of `width`.
fn found_center(samples: &[f64], counts: &mut [f64], width: f64) -> f64 {
    let (low, high) = histogram::count(samples, counts);
    if low == high {
        return low;
    }
    let mut mode = 0;
    for (k, count) in counts.iter().enumerate() {
        if *count > counts[mode] {
            mode = k;
        }
    }
    let bins = counts.len() as f64;
    let middle = low + (high - low) * mode as f64 / bins + (high - low) / bins / 2.0;
    (middle / width).round_ties_even() * width
}
