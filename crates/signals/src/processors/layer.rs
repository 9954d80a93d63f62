//! Dense layers of networks: sums of weighted inputs, with an activation.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel};
use crate::processors::activation::Activation;
use std::marker::PhantomData;
use std::sync::Arc;

/// Binds a layer: inputs are argument 0, weights argument 1 (inputs by outputs, row by row), then the offsets `bias`, the letter of
/// the activation, and what comes out.
///
/// # Errors
/// Weights or offsets of other lengths, an unknown activation.
pub(super) fn bind(call: &Call<'_>, bias: Option<usize>, letter: usize, out: usize) -> Result<Box<dyn Kernel>, Fault> {
    let (weights, inputs, outputs) = (call.array(1)?, call.length(0), call.length(out));
    if weights.len() != inputs * outputs {
        return Err(Fault::at(1, format!("{} weights for {inputs} inputs and {outputs} outputs", weights.len())));
    }
    let offsets: Arc<[f64]> = match bias {
        None => vec![0.0; outputs].into(),
        Some(k) if matches!(call.given[k], crate::processor::Given::Number(_)) => vec![call.number(k)?; 1].into(),
        Some(k) => call.array(k)?,
    };
    if offsets.len() != outputs {
        return Err(Fault::at(bias.unwrap_or(1), format!("{} offsets for {outputs} outputs", offsets.len())));
    }
    let (activation, wide) = (Activation::of(call, letter)?, (weights.clone(), offsets.clone()));
    Ok(call.kernel(
        |ty| Layer::<f32> { weights, offsets, activation, out, ty },
        |ty| Layer::<f64> { weights: wide.0, offsets: wide.1, activation, out, ty },
    ))
}

#[derive(Debug)]
struct Layer<T> {
    weights: Arc<[f64]>,
    offsets: Arc<[f64]>,
    activation: Activation,
    out: usize,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Layer<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let x = io.samples::<T>(0);
        let outputs = self.offsets.len();
        let sums = &mut io.scratch.lanes;
        sums.clear();
        sums.resize(outputs, [0.0; LANES]);
        for (x, weights) in x.iter().zip(self.weights.chunks_exact(outputs.max(1))) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                for lane in 0..LANES {
                    sum[lane] += weight * x[lane].widen();
                }
            }
        }
        for (sum, offset) in sums.iter_mut().zip(self.offsets.iter()) {
            *sum = sum.map(|sum| self.activation.value(sum + offset));
        }
        write::<T>(sums, &mut io.arguments[self.out]);
        Ok(())
    }
}

/// Writes to samples, or to a single number.
#[inline(always)]
fn write<T: Real>(values: &[Lane<f64>], out: &mut crate::processor::Argument<'_>) {
    if let crate::processor::Argument::ScalarOut(lanes) = out {
        **lanes = values[0];
    } else if let Some(samples) = T::samples_out(std::mem::take(out)) {
        samples.iter_mut().zip(values).for_each(|(samples, values)| *samples = values.map(T::narrow));
    }
}
