//! A window of a waveform about its centroid.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "wf_alignment",
    about: "size samples about the centroid; a little before the start it is filled with the first sample, else the first samples",
    formula: "h = size/2: w[trunc(centroid - h) ..] if h <= centroid < n - h; if h - shift < centroid < h: w[0] repeated \
              trunc((size + 1)/2 - centroid) times, then w; else, or for NaN, w[0 ..]",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::scalar("centroid").with_nan(),
        Parameter::constant("shift"),
        Parameter::constant("size"),
        Parameter::samples_out("w_out", 'm'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (shift, size, samples) = (call.number(2)?, call.count(3, 1)?, call.length(0));
    if !(0.0..=samples as f64).contains(&shift) {
        return Err(Fault::at(2, format!("expected a shift of 0 to {samples} samples, this is {shift}")));
    }
    if size > samples {
        return Err(Fault::at(3, format!("expected a size of at most the waveform's {samples} samples, this is {size}")));
    }
    if call.length(4) != size {
        return Err(Fault::at(4, format!("expected {size} samples, this has {}", call.length(4))));
    }
    Ok(call.kernel(|ty| WfAlignment::<f32> { shift, ty }, |ty| WfAlignment::<f64> { shift, ty }))
}

#[derive(Debug)]
struct WfAlignment<T> {
    shift: f64,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for WfAlignment<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, centroid, out) = (io.samples::<T>(0), io.scalar(1), io.samples_out::<T>(4));
        let (size, samples) = (out.len() as f64, w.len() as f64);
        let half = size / 2.0;
        for lane in 0..LANES {
            let centroid = centroid[lane];
            // Sample at place 0; before the first one stands the first.
            let start = if half <= centroid && centroid < samples - half {
                (centroid - half) as i64
            } else if half - self.shift < centroid && centroid < half {
                -((f64::midpoint(size, 1.0) - centroid) as i64)
            } else {
                0
            };
            for (k, y) in out.iter_mut().enumerate() {
                y[lane] = w[(start + k as i64).clamp(0, w.len() as i64 - 1) as usize][lane];
            }
        }
        Ok(())
    }
}
