//! Kernel of a normalised Gaussian.

use crate::processor::{Call, Fault, Kernel, Parameter, Processor};
use crate::processors::fixed_kernel;
use germane_numerics::{ExactSum, maths};

pub(super) static PROCESSOR: Processor = Processor {
    name: "gaussian_filter1d",
    about: "kernel of a Gaussian, cut and normalised",
    formula: "exp(-(i - L)^2 / (2 sigma^2)) / sum, 2L+1 samples, L = int(truncate sigma + 1/2)",
    source: "Gaussian smoothing",
    init: &[],
    parameters: &[Parameter::constant("sigma"), Parameter::constant("truncate").plain(), Parameter::samples_out("kernel", 'n')],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (sigma, truncate, length) = (call.number(0)?, call.number(1)?, call.length(2));
    if !(sigma > 0.0) {
        return Err(Fault::at(0, format!("the width must be positive, this is {sigma}")));
    }
    let reach = (truncate * sigma + 0.5).trunc();
    if 2.0 * reach + 1.0 != length as f64 {
        return Err(Fault::at(2, format!("the kernel has {} samples here, this is declared with {length}", 2.0 * reach + 1.0)));
    }
    let height = |i: usize| {
        let x = (i as f64 - reach) / sigma;
        maths::exp(-0.5 * x * x)
    };
    let heights: Vec<f64> = (0..length).map(height).collect();
    let mut sum = ExactSum::new();
    heights.iter().for_each(|&x| sum.add(x));
    let sum = sum.value();
    Ok(fixed_kernel::kernel(call, 2, heights.iter().map(|x| x / sum).collect()))
}
