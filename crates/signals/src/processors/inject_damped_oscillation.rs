//! Adds a damped oscillation to every step of a waveform.

use super::convolve_damped_oscillator::poles;
use super::convolve_exp::remaining_or_none;
use super::recursion::{Before, Recursion};
use crate::processor::{Call, Fault, Kernel, Parameter, Processor};
use germane_numerics::maths;

pub(super) static PROCESSOR: Processor = Processor {
    name: "inject_damped_oscillation",
    about: "adds frac of a damped oscillation to the response of every step",
    formula: "r = exp(-1/tau): y[i] = (1 + frac cos(phase)) w[i] \
              - (2 r cos(omega) + frac cos(phase) + frac r cos(omega - phase)) w[i-1] + r (r + frac cos(omega - phase)) w[i-2] \
              + 2 r cos(omega) y[i-1] - r^2 y[i-2]; before the first sample w is w[0] and y is 0",
    source: "z transform of a step with a damped cosine",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::constant("tau"),
        Parameter::constant("omega"),
        Parameter::constant("phase"),
        Parameter::constant("frac"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (r, omega, phase, fraction) = (remaining_or_none(call, 1)?, call.number(2)?, call.number(3)?, call.number(4)?);
    if !(0.0..=1.0).contains(&fraction) {
        return Err(Fault::at(4, format!("expected a fraction from 0 to 1, this is {fraction}")));
    }
    let (now, then) = (fraction * maths::cos(phase), fraction * maths::cos(omega - phase));
    let ahead = vec![1.0 + now, -(2.0 * r * maths::cos(omega) + now + r * then), r * (r + then)];
    Recursion { ahead, back: poles(r, omega) }.kernel(call, Before::First(0.0), 5)
}
