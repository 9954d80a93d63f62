//! Kernel of a window between two of the opposite sign.

use crate::processor::{Call, Fault, Kernel, Parameter, Processor};
use crate::processors::fixed_kernel;

pub(super) static PROCESSOR: Processor = Processor {
    name: "step",
    about: "kernel that is -1 on its first and last quarter and 1 between",
    formula: "1 for m/4 <= i < 3m/4, else -1; the weight is taken and not used, as chains have it",
    source: "matched window",
    init: &[],
    parameters: &[Parameter::constant("weight"), Parameter::samples_out("kernel", 'n')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let length = call.length(1);
    Ok(fixed_kernel::kernel(
        call,
        1,
        (0..length).map(|i| if 4 * i >= length && 4 * i < 3 * length { 1.0 } else { -1.0 }).collect(),
    ))
}
