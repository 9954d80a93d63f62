//! Times at which a waveform passes many thresholds, found in one walk.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "multi_time_point_thresh",
    about: "times at which the waveform passes many thresholds, in one walk from a start",
    formula: "thresholds >= w[start], ascending, are met walking along the polarity p, the others, descending, walking the other way from \
              start - 1; met at i when w[i] <= a < w[i+p], the walk goes on from the same i; modes as of interpolated_time_point_thresh",
    source: "leading-edge timing",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::samples("thresholds", 'm'),
        Parameter::scalar("t_start"),
        Parameter::integer("polarity").plain(),
        Parameter::letter("mode"),
        Parameter::samples_out("t_out", 'm'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (rising, mode) = (call.number(3)? > 0.0, call.letter(4, "iabcfrnl")?);
    Ok(call.kernel(|ty| MultiThreshold::<f32> { rising, mode, ty }, |ty| MultiThreshold::<f64> { rising, mode, ty }))
}

#[derive(Debug)]
struct MultiThreshold<T> {
    rising: bool,
    mode: char,
    ty: PhantomData<T>,
}

impl<T: Real> MultiThreshold<T> {
    /// Meets the thresholds `order` one after the other, walking from sample `first` by `step`.
    fn walk(
        &self,
        w: &[Lane<T>],
        lane: usize,
        order: &[usize],
        thresholds: &[Lane<T>],
        first: i64,
        step: i64,
        out: &mut [Lane<T>],
    ) {
        let polarity = if self.rising { 1 } else { -1 };
        let inside = |i: i64| i >= 0 && i < w.len() as i64;
        let (mut i, mut left) = (first, order.iter());
        let mut next = left.next();
        while let Some(&k) = next
            && inside(i)
        {
            let (j, threshold) = (i + polarity, thresholds[k][lane].widen());
            let met = inside(j) && {
                let (here, there) = (w[i as usize][lane].widen(), w[j as usize][lane].widen());
                here <= threshold && threshold < there
            };
            if !met {
                i += step;
                continue;
            }
            let (here, there) = (w[i as usize][lane].widen(), w[j as usize][lane].widen());
            out[k][lane] = T::narrow(match self.mode {
                'i' => i as f64,
                'a' | 'f' => i.max(j) as f64,
                'b' | 'c' => i.min(j) as f64,
                'r' if threshold - here < there - threshold => i as f64,
                'r' => j as f64,
                'n' => i as f64 + polarity as f64 / 2.0,
                _ => i as f64 + polarity as f64 * ((threshold - here) / (there - here)),
            });
            next = left.next();
        }
    }
}

impl<T: Real> LaneKernel for MultiThreshold<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, thresholds, starts, out) = (io.samples::<T>(0), io.samples::<T>(1), io.scalar(2), io.samples_out::<T>(5));
        out.fill([T::NAN; LANES]);
        for lane in 0..LANES {
            let start = starts[lane];
            if !(start >= 0.0 && start < w.len() as f64) {
                continue;
            }
            let (start, step) = (start as i64, if self.rising { 1 } else { -1 });
            let here = w[start as usize][lane];
            let order = &mut io.scratch.positions;
            order.clear();
            order.extend((0..thresholds.len()).filter(|&k| !thresholds[k][lane].is_nan()));
            order.sort_by(|&a, &b| thresholds[a][lane].widen().total_cmp(&thresholds[b][lane].widen()));
            let below = order.iter().take_while(|&&k| thresholds[k][lane] < here).count();
            order[..below].reverse();
            self.walk(w, lane, &order[below..], thresholds, start, step, out);
            self.walk(w, lane, &order[..below], thresholds, start - 1, -step, out);
        }
        Ok(())
    }
}
