//! Kernel that gives the slope of a straight line through neighbouring samples.

use crate::processor::{Call, Fault, Kernel, Parameter, Processor};
use crate::processors::fixed_kernel;

pub(super) static PROCESSOR: Processor = Processor {
    name: "moving_slope",
    about: "kernel of the slope of the straight line through m samples",
    formula: "k[i] = ((m-1)/2 - i) / sum_j (j - (m-1)/2)^2",
    source: "linear least squares",
    init: &[],
    parameters: &[Parameter::samples_out("kernel", 'n')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let length = call.length(0);
    if length < 2 {
        return Err(Fault::at(0, format!("a slope needs two samples, the kernel is declared with {length}")));
    }
    let m = length as f64;
    let squares = m * (m * m - 1.0) / 12.0;
    Ok(fixed_kernel::kernel(call, 0, (0..length).map(|i| ((m - 1.0) / 2.0 - i as f64) / squares).collect()))
}
