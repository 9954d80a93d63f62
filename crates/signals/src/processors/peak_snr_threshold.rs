//! Candidates whose surroundings are low beside them.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "peak_snr_threshold",
    about: "those of a list of positions around which the waveform goes low enough",
    formula: "p is kept where |min(w[p - width .. p + width]) / w[p]| < ratio (the window is cut at the ends, its last sample not looked at); \
              the list moves up, the rest is NaN",
    source: "signal-to-noise cut of photon counting",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::samples("t_in", 'm').with_nan(),
        Parameter::scalar("ratio"),
        Parameter::scalar("width"),
        Parameter::samples_out("t_out", 'm'),
        Parameter::count_out("n_out"),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    if call.known(3).is_some_and(|width| width < 0.0) {
        return Err(Fault::at(3, "a width is not negative"));
    }
    Ok(call.kernel(|ty| PeakSnr::<f32> { ty }, |ty| PeakSnr::<f64> { ty }))
}

#[derive(Debug)]
struct PeakSnr<T> {
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for PeakSnr<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, positions, ratios) = (io.samples::<T>(0), io.samples::<T>(1), io.scalar(2));
        let (widths, kept, counts) = (io.scalar(3), io.samples_out::<T>(4), io.scalar_out(5));
        kept.fill([T::NAN; LANES]);
        for lane in 0..LANES {
            let width = widths[lane].max(0.0) as usize;
            let mut count = 0;
            for position in positions {
                let at = position[lane].widen();
                if !(at > -1.0 && at < w.len() as f64) {
                    continue;
                }
                let sample = at as usize;
                let (first, end) = (sample.saturating_sub(width), sample.saturating_add(width).min(w.len() - 1));
                let lowest =
                    w[first..end.max(first + 1)].iter().map(|x| x[lane]).fold(w[first][lane], |a, x| if x < a { x } else { a });
                if (lowest.widen() / w[sample][lane].widen()).abs() < ratios[lane] {
                    kept[count][lane] = position[lane];
                    count += 1;
                }
            }
            counts[lane] = count as f64;
        }
        Ok(())
    }
}
