//! Any filter with an infinite response, by its coefficients.

use super::recursion::{Before, Recursion};
use crate::processor::{Call, Fault, Kernel, Parameter, Processor};

pub(super) static PROCESSOR: Processor = Processor {
    name: "recursive_filter",
    about: "linear difference equation with coefficients of samples and of results",
    formula: "b[0] y[i] = sum_j a[j] w[i-j] - sum_(j>=1) b[j] y[i-j]; before the first sample w is init_in and y is init_out",
    source: "A. V. Oppenheim and R. W. Schafer, Discrete-Time Signal Processing, chapter 6",
    init: &[],
    parameters: &[
        Parameter::samples("w", 'n'),
        Parameter::array("a", 'p').plain(),
        Parameter::array("b", 'q').plain(),
        Parameter::scalar("init_in"),
        Parameter::scalar("init_out"),
        Parameter::samples_out("w_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let filter = Recursion { ahead: call.array(1)?.to_vec(), back: call.array(2)?.to_vec() };
    filter.kernel(call, Before::Arguments(3, 4), 5)
}
