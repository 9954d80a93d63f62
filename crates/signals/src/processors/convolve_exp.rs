//! Convolution with a decaying exponential.

use super::recursion::{Before, Recursion};
use crate::processor::{Call, Fault, Kernel, Parameter, Processor};
use germane_numerics::maths;

pub(super) static PROCESSOR: Processor = Processor {
    name: "convolve_exp",
    about: "convolution with a decaying exponential",
    formula: "y[i] = w[i] + exp(-1/tau) y[i-1], y[-1] = w[0]; tau = 0: y = w",
    source: "definition",
    init: &[],
    parameters: &[Parameter::samples("w", 'n'), Parameter::constant("tau"), Parameter::samples_out("w_out", 'n')],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let filter = Recursion { ahead: vec![1.0], back: vec![1.0, -remaining_or_none(call, 1)?] };
    filter.kernel(call, Before::First(1.0), 2)
}

/// `exp(-1/tau)` of constant `k`; 0 for a decay time of 0.
pub(super) fn remaining_or_none(call: &Call<'_>, k: usize) -> Result<f64, Fault> {
    let tau = call.number(k)?;
    if tau < 0.0 {
        return Err(Fault::at(k, format!("expected a decay time of at least 0, this is {tau} samples")));
    }
    Ok(if tau == 0.0 { 0.0 } else { maths::exp(-1.0 / tau) })
}
