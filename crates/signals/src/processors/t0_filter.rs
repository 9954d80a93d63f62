//! Kernel that finds starts of pulses: a falling ramp, then the mean of what was before.

use crate::processor::{Call, Fault, Kernel, Parameter, Processor};
use crate::processors::fixed_kernel;

pub(super) static PROCESSOR: Processor = Processor {
    name: "t0_filter",
    about: "kernel of an asymmetric trapezoid with a ramp, for the start of pulses",
    formula: "2 (r - i) / (r (r + 1)) for i < r, then -1/f, f times",
    source: "asymmetric trapezoidal filter; G. Ripamonti et al., NIM A 340 (1994) 584",
    init: &[],
    parameters: &[Parameter::constant("rise"), Parameter::constant("fall"), Parameter::samples_out("kernel", 'n')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (rise, fall, length) = (call.number(0)?, call.number(1)?, call.length(2));
    for (k, value, name) in [(0, rise, "rise"), (1, fall, "fall")] {
        if !(value >= 0.0) {
            return Err(Fault::at(k, format!("the {name} must not be negative, this is {value}")));
        }
    }
    if rise + fall != length as f64 {
        return Err(Fault::at(
            2,
            format!("rise and fall are {} samples together, the kernel is declared with {length}", rise + fall),
        ));
    }
    let ramp = rise as usize;
    let tap = |i: usize| if i < ramp { 2.0 * (ramp - i) as f64 / (rise * (rise + 1.0)) } else { -1.0 / fall };
    Ok(fixed_kernel::kernel(call, 2, (0..length).map(tap).collect()))
}
