//! A window of a waveform that begins where each event says.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "windower",
    about: "samples from a time on, NaN where there are none",
    formula: "w[trunc(t0) + i]",
    source: "definition",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::scalar("t0"), Parameter::samples_out("w_out", 'm')],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (samples, window) = (call.length(0), call.length(2));
    if window >= samples {
        return Err(Fault::at(
            2,
            format!("the window has {window} samples, it must be shorter than the waveform with {samples}"),
        ));
    }
    Ok(call.kernel(Windower::<f32>, Windower::<f64>))
}

#[derive(Debug)]
struct Windower<T>(PhantomData<T>);

impl<T: Real> LaneKernel for Windower<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, t0, out) = (io.samples::<T>(0), io.scalar(1), io.samples_out::<T>(2));
        let start = t0.map(|t| if t.is_nan() { i64::MIN / 2 } else { t.clamp(-1e15, 1e15) as i64 });
        let inside = |start: i64| start >= 0 && start as usize + out.len() <= w.len();
        if start.iter().all(|other| *other == start[0]) && inside(start[0]) {
            out.copy_from_slice(&w[start[0] as usize..start[0] as usize + out.len()]);
        } else if start.iter().all(|start| inside(*start)) {
            for (k, y) in out.iter_mut().enumerate() {
                for lane in 0..LANES {
                    y[lane] = w[start[lane] as usize + k][lane];
                }
            }
        } else {
            for (k, y) in out.iter_mut().enumerate() {
                for lane in 0..LANES {
                    let at = usize::try_from(start[lane] + k as i64).ok();
                    y[lane] = at.and_then(|at| w.get(at)).map_or(T::NAN, |x| x[lane]);
                }
            }
        }
        Ok(())
    }
}
