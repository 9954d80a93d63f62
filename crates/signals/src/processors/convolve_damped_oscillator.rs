//! Convolution with a damped oscillation.

use super::convolve_exp::remaining_or_none;
use super::recursion::{Before, Recursion};
use crate::processor::{Call, Fault, Kernel, Parameter, Processor};
use germane_numerics::maths;

pub(super) static PROCESSOR: Processor = Processor {
    name: "convolve_damped_oscillator",
    about: "convolution with exp(-i/tau) cos(omega i + phase)",
    formula: "r = exp(-1/tau): y[i] = cos(phase) w[i] - r cos(omega - phase) w[i-1] + 2 r cos(omega) y[i-1] - r^2 y[i-2]; \
              before the first sample w and y are w[0]",
    source: "z transform of a damped cosine",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::constant("tau"),
        Parameter::constant("omega"),
        Parameter::constant("phase"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (r, omega, phase) = (remaining_or_none(call, 1)?, call.number(2)?, call.number(3)?);
    let ahead = vec![maths::cos(phase), -r * maths::cos(omega - phase)];
    Recursion { ahead, back: poles(r, omega) }.kernel(call, Before::First(1.0), 4)
}

/// Coefficients of the results for the poles `r exp(±i omega)`.
pub(super) fn poles(r: f64, omega: f64) -> Vec<f64> {
    vec![1.0, -2.0 * r * maths::cos(omega), r * r]
}
