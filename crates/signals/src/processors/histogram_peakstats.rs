//! Mode and width of a histogram, at middles and borders of bins.

use super::{histogram, histogram_stats::fullest};
use crate::lanes::{LANES, Real, waveform};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "histogram_peakstats",
    about: "middle of the mode's bin, and the width at half maximum",
    formula: "half widths: from the middle to the near border of the first bin, left and right, with weight <= half; \
              width_type 0: their sum, 1: the smaller, 2: the larger, 3: left, 4: right",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("weights", 'n'),
        Parameter::samples("edges", 'm').with_nan(),
        Parameter::scalar("max_in").with_nan().plain(),
        Parameter::integer("skip_zeroes").plain(),
        Parameter::integer("width_type").plain(),
        Parameter::scalar_out("mode"),
        Parameter::scalar_out("width"),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    histogram::check_borders(call, 0, 1)?;
    let skip_zeroes = call.count(3, 0)? != 0;
    let width = match call.count(4, 0)? {
        0 => Width::Full,
        1 => Width::Smaller,
        2 => Width::Larger,
        3 => Width::Left,
        4 => Width::Right,
        other => return Err(Fault::at(4, format!("expected 0, 1, 2, 3 or 4, this is {other}"))),
    };
    Ok(call.kernel(
        |ty| HistogramPeakstats::<f32> { skip_zeroes, width, ty },
        |ty| HistogramPeakstats::<f64> { skip_zeroes, width, ty },
    ))
}

#[derive(Clone, Copy, Debug)]
enum Width {
    Full,
    Smaller,
    Larger,
    Left,
    Right,
}

#[derive(Debug)]
struct HistogramPeakstats<T> {
    skip_zeroes: bool,
    width: Width,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for HistogramPeakstats<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (all_weights, all_edges, wanted) = (io.samples::<T>(0), io.samples::<T>(1), io.scalar(2));
        let (mode_out, width_out) = (io.scalar_out(5), io.scalar_out(6));
        let numbers = &mut io.scratch.numbers;
        for lane in 0..LANES {
            numbers.clear();
            numbers.extend(waveform(all_weights, lane));
            numbers.extend(waveform(all_edges, lane));
            let (weights, edges) = numbers.split_at(all_weights.len());
            let mode = if wanted[lane].is_nan() { fullest(weights) } else { holding(edges, weights.len(), wanted[lane]) };
            let (middle, half) = (edges[mode] + 0.5 * (edges[mode + 1] - edges[mode]), 0.5 * weights[mode]);
            let low = |k: &usize| weights[*k] <= half && !(self.skip_zeroes && weights[*k] == 0.0);
            let right = (middle - edges[(mode..weights.len()).find(low).unwrap_or(weights.len())]).abs();
            let left = (middle - edges[(0..=mode).rev().find(low).map_or(0, |k| k + 1)]).abs();
            mode_out[lane] = middle;
            width_out[lane] = match self.width {
                Width::Full => left + right,
                Width::Smaller => left.min(right),
                Width::Larger => left.max(right),
                Width::Left => left,
                Width::Right => right,
            };
        }
        Ok(())
    }
}

/// The bin that holds a value; the first or last one for values outside.
fn holding(edges: &[f64], bins: usize, wanted: f64) -> usize {
    if wanted > edges[bins] {
        return bins - 1;
    }
    (0..bins).find(|&k| edges[k] <= wanted && wanted < edges[k + 1]).unwrap_or(0)
}
