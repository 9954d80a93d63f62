//! Kernel of the cusp filter of zero area, deaf to slow disturbances.

use crate::processor::{Call, Fault, Kernel, Parameter, Processor};
use crate::processors::energy_kernel::Cusp;
use crate::processors::fixed_kernel;

pub(super) static PROCESSOR: Processor = Processor {
    name: "zac_filter",
    about: "kernel of a cusp of zero area with a flat top, for decaying signals",
    formula: "cusp minus the parabolas (i - L/2)^2 - (L/2)^2 under its flanks, scaled so that the area is zero; then c[i] - exp(-1/decay) c[i-1]",
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
    Ok(fixed_kernel::kernel(call, 3, cusp.without_decay(&cusp.shape_without_area(call.length(3)))))
}
