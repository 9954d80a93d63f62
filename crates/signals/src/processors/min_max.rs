//! Smallest and largest sample of a waveform and where they are.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "min_max",
    about: "position and value of the smallest and of the largest sample, the first where several are equal",
    formula: "argmin(w), argmax(w), min(w), max(w)",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar_out("t_min"),
        Parameter::scalar_out("t_max"),
        Parameter::scalar_out("a_min").never_time(),
        Parameter::scalar_out("a_max").never_time(),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    if call.length(0) == 0 {
        return Err(Fault::at(0, "the waveform has no samples"));
    }
    Ok(call.kernel(MinMax::<f32>, MinMax::<f64>))
}

/// Samples whose extremes are taken before their place is noted.
const STRETCH: usize = 32;

#[derive(Debug)]
struct MinMax<T>(PhantomData<T>);

impl<T: Real> LaneKernel for MinMax<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let w = io.samples::<T>(0);
        let (mut least, mut most): (Lane<T>, Lane<T>) = (w[0], w[0]);
        let (mut least_in, mut most_in) = ([0_u32; LANES], [0_u32; LANES]);
        for (number, stretch) in w.chunks(STRETCH).enumerate() {
            let (mut low, mut high): (Lane<T>, Lane<T>) = (stretch[0], stretch[0]);
            for x in &stretch[1..] {
                for lane in 0..LANES {
                    low[lane] = if x[lane] < low[lane] { x[lane] } else { low[lane] };
                    high[lane] = if x[lane] > high[lane] { x[lane] } else { high[lane] };
                }
            }
            for lane in 0..LANES {
                if low[lane] < least[lane] {
                    (least[lane], least_in[lane]) = (low[lane], number as u32);
                }
                if high[lane] > most[lane] {
                    (most[lane], most_in[lane]) = (high[lane], number as u32);
                }
            }
        }
        let place = |stretch: u32, value: T, lane: usize| {
            let start = stretch as usize * STRETCH;
            let end = (start + STRETCH).min(w.len());
            (start..end).find(|&i| w[i][lane] == value).unwrap_or(0) as f64
        };
        let (t_min, t_max, a_min, a_max) = (io.scalar_out(1), io.scalar_out(2), io.scalar_out(3), io.scalar_out(4));
        for lane in 0..LANES {
            t_min[lane] = place(least_in[lane], least[lane], lane);
            t_max[lane] = place(most_in[lane], most[lane], lane);
            a_min[lane] = least[lane].widen();
            a_max[lane] = most[lane].widen();
        }
        Ok(())
    }
}
