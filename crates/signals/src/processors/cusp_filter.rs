//! Kernel of the cusp filter: the best shape for series and parallel noise.

use crate::processor::{Call, Fault, Kernel, Parameter, Processor};
use crate::processors::energy_kernel::Cusp;
use crate::processors::fixed_kernel;

pub(super) static PROCESSOR: Processor = Processor {
    name: "cusp_filter",
    about: "kernel of a cusp with a flat top, for decaying signals",
    formula: "c[i] = sinh(i/sigma)/sinh(L/sigma) for i < L, 1 up to L+flat, sinh((m-i)/sigma)/sinh(L/sigma) after, L = int((m-flat)/2); then c[i] - exp(-1/decay) c[i-1]",
    source: "A. Geraci and E. Gatti, NIM A 361 (1995) 277; M. Agostini et al., EPJ C 75 (2015) 255",
    init: &[],
    parameters: &[
        Parameter::constant("sigma"),
        Parameter::constant("flat"),
        Parameter::constant("decay"),
        Parameter::samples_out("kernel", 'n'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let cusp = Cusp::of(call)?;
    Ok(fixed_kernel::kernel(call, 3, cusp.without_decay(&cusp.shape(call.length(3)))))
}
