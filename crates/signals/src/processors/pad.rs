//! A longer waveform with constant ends.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;

pub(super) static PROCESSOR: Processor = Processor {
    name: "pad",
    about: "the first length samples, from place offset on, between two values",
    formula: "start_val for k < offset; w[k - offset] for k < offset + length; end_val after",
    source: "definition",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n').with_nan(),
        Parameter::scalar("length"),
        Parameter::scalar("offset"),
        Parameter::scalar("start_val").with_nan(),
        Parameter::scalar("end_val").with_nan(),
        Parameter::samples_out("w_out", 'm'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (samples, room) = (call.length(0), call.length(5));
    let length =
        call.known(1).map_or(Ok(0), |length| whole("length", length, samples).map_err(|message| Fault::at(1, message)))?;
    let offset = call.known(2).map_or(Ok(0), |offset| whole("offset", offset, room).map_err(|message| Fault::at(2, message)))?;
    if length + offset > room {
        return Err(Fault::at(5, format!("{length} samples from {offset} on need {} places, this has {room}", length + offset)));
    }
    Ok(call.kernel(Pad::<f32>, Pad::<f64>))
}

/// A number of samples up to `most`; NaN is left to the rule of NaN.
fn whole(name: &str, value: f64, most: usize) -> Result<usize, String> {
    if value.is_nan() {
        return Ok(0);
    }
    if value.fract() != 0.0 {
        return Err(format!("the {name} must be a whole number, this is {value}"));
    }
    if !(0.0..=most as f64).contains(&value) {
        return Err(format!("the {name} must be from 0 to {most}, this is {value}"));
    }
    Ok(value as usize)
}

#[derive(Debug)]
struct Pad<T>(PhantomData<T>);

impl<T: Real> LaneKernel for Pad<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (w, lengths, offsets) = (io.samples::<T>(0), io.scalar(1), io.scalar(2));
        let (before, after, out) = (io.scalar(3), io.scalar(4), io.samples_out::<T>(5));
        for lane in 0..LANES {
            let refused = |message| LaneFault { lane, message };
            let length = whole("length", lengths[lane], w.len()).map_err(refused)?;
            let offset = whole("offset", offsets[lane], out.len()).map_err(refused)?;
            if offset + length > out.len() {
                return Err(refused(format!("{length} samples from {offset} on do not fit into {}", out.len())));
            }
            // Only samples that are used count for the rule of NaN.
            let missing = w[..length].iter().any(|x| x[lane].widen().is_nan());
            for (k, y) in out.iter_mut().enumerate() {
                y[lane] = match k {
                    _ if missing => T::NAN,
                    k if k < offset => T::narrow(before[lane]),
                    k if k < offset + length => w[k - offset][lane],
                    _ => T::narrow(after[lane]),
                };
            }
        }
        Ok(())
    }
}
