//! Second-order notch filter.

use super::filter_design;
use super::iir_filter::{fraction, number};
use super::recursion::Before;
use crate::processor::{Call, Fault, Kernel, Parameter, Processor};

pub(super) static PROCESSOR: Processor = Processor {
    name: "notch_filter",
    about: "removes one frequency",
    formula: "zero at freq, half the power bandwidth wide; before the first sample w and y are w[0]",
    source: "S. J. Orfanidis, Introduction to Signal Processing (1996), section 11.3",
    init: &[Parameter::constant("freq"), Parameter::constant("bandwidth"), Parameter::constant("f_samp")],
    parameters: &[Parameter::samples("w", 'n'), Parameter::samples_out("w_out", 'n')],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let wanted = |k: usize| number(call, k).ok_or_else(|| Fault::at(2 + k, "expected a frequency"));
    let sampling = number(call, 2);
    let (frequency, bandwidth) = (fraction(wanted(0)?, sampling, 2)?, fraction(wanted(1)?, sampling, 3)?);
    filter_design::notch(frequency, bandwidth).kernel(call, Before::First(1.0), 1)
}
