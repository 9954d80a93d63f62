//! Mode and width of a histogram, at the left borders of bins.

use super::histogram;
use crate::lanes::{LANES, Real, waveform};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "histogram_stats",
    about: "bin of the mode, its left border, and the larger half width at half maximum",
    formula: "mode: the first fullest bin, or the one whose left border is nearest to max_in; half width: to the left border of the \
              first bin on its right with 0 < weight <= half, or of the first bin of all with weight >= half",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("weights", 'n'),
        Parameter::samples("edges", 'm').with_nan(),
        Parameter::scalar_out("mode"),
        Parameter::scalar_out("max"),
        Parameter::scalar_out("fwhm"),
        Parameter::scalar("max_in").with_nan().plain(),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    histogram::check_borders(call, 0, 1)?;
    Ok(call.kernel(HistogramStats::<f32>, HistogramStats::<f64>))
}

/// Position of the first fullest bin.
pub(super) fn fullest(weights: &[f64]) -> usize {
    let mut best = 0;
    for (k, weight) in weights.iter().enumerate() {
        if *weight > weights[best] {
            best = k;
        }
    }
    best
}

#[derive(Debug)]
struct HistogramStats<T>(PhantomData<T>);

impl<T: Real> LaneKernel for HistogramStats<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (all_weights, all_edges, wanted) = (io.samples::<T>(0), io.samples::<T>(1), io.scalar(5));
        let (mode_out, max_out, fwhm_out) = (io.scalar_out(2), io.scalar_out(3), io.scalar_out(4));
        let numbers = &mut io.scratch.numbers;
        for lane in 0..LANES {
            numbers.clear();
            numbers.extend(waveform(all_weights, lane));
            numbers.extend(waveform(all_edges, lane));
            let (weights, edges) = numbers.split_at(all_weights.len());
            let mode = if wanted[lane].is_nan() { fullest(weights) } else { nearest(edges, weights.len(), wanted[lane]) };
            let (left, half) = (edges[mode], 0.5 * weights[mode]);
            let right = (mode..weights.len()).find(|&k| weights[k] <= half && weights[k] != 0.0);
            let before = (0..mode).find(|&k| weights[k] >= half && weights[k] != 0.0);
            let distances = [right, before].map(|bin| bin.map_or(f64::NAN, |bin| (left - edges[bin]).abs()));
            mode_out[lane] = mode as f64;
            max_out[lane] = left;
            fwhm_out[lane] = distances[0].max(distances[1]);
        }
        Ok(())
    }
}

/// The bin whose left border is nearest; the last one for everything beyond.
fn nearest(edges: &[f64], bins: usize, wanted: f64) -> usize {
    let mut best = 0;
    for k in 0..bins {
        if (wanted - edges[k]).abs() < (wanted - edges[best]).abs() {
            best = k;
        }
    }
    best
}
