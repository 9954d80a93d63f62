//! Zero crossings of bipolar pulses.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "bi_level_zero_crossing_time_points",
    about: "zero crossings of pulses that pass a positive and a negative threshold within a gate",
    formula: "a threshold passed arms the pulse, zero is crossed, and the other threshold is passed less than gate samples later: t = the \
              sample before the crossing, polarity 1 if the positive threshold came first; all crossings are counted, also those beyond the lists",
    source: "bipolar timing",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("positive"),
        Parameter::scalar("negative"),
        Parameter::scalar("gate"),
        Parameter::scalar("t_start"),
        Parameter::count_out("n_crossings"),
        Parameter::samples_out("polarity", 'm'),
        Parameter::samples_out("t_crossings", 'm'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Ok(call.kernel(|ty| BiLevel::<f32> { ty }, |ty| BiLevel::<f64> { ty }))
}

#[derive(Debug)]
struct BiLevel<T> {
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for BiLevel<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, positive, negative) = (io.samples::<T>(0), io.scalar(1), io.scalar(2));
        let (gates, starts, counts) = (io.scalar(3), io.scalar(4), io.scalar_out(5));
        let (polarities, times) = (io.samples_out::<T>(6), io.samples_out::<T>(7));
        polarities.fill([T::NAN; LANES]);
        times.fill([T::NAN; LANES]);
        for lane in 0..LANES {
            counts[lane] = 0.0;
            if !(starts[lane] >= 0.0) {
                continue;
            }
            // side 0 is the positive threshold, 1 the negative one; the signal is mirrored for the latter
            let thresholds = [positive[lane], -negative[lane]];
            let (mut armed, mut zero, mut crossed, mut found) = ([None; 2], [0_usize; 2], false, 0_usize);
            let start = (starts[lane].min(w.len() as f64)) as usize;
            for i in start..w.len().saturating_sub(1) {
                for side in 0..2 {
                    let sign = if side == 0 { 1.0 } else { -1.0 };
                    let (here, next) = (sign * w[i][lane].widen(), sign * w[i + 1][lane].widen());
                    let other = 1 - side;
                    if armed[other].is_some() && here <= 0.0 && 0.0 < next {
                        crossed = true;
                        zero[other] = i;
                    }
                    if !(here <= thresholds[side] && thresholds[side] < next) {
                        continue;
                    }
                    let Some(since) = armed[other].filter(|_| crossed) else {
                        armed[side] = Some(i);
                        continue;
                    };
                    if ((i - since) as f64) < gates[lane] {
                        if let Some(time) = times.get_mut(found) {
                            time[lane] = T::narrow(zero[other] as f64);
                            polarities[found][lane] = T::narrow(if other == 0 { 1.0 } else { 0.0 });
                        }
                        found += 1;
                    } else {
                        armed[side] = Some(i);
                    }
                    armed[other] = None;
                    crossed = false;
                }
            }
            counts[lane] = found as f64;
        }
        Ok(())
    }
}
