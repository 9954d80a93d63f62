//! Dense layer of a network, with offsets.

use crate::processor::{Call, Fault, Kernel, Parameter, Processor, Role};
use crate::processors::layer;

pub(super) static PROCESSOR: Processor = Processor {
    name: "dense_layer_with_bias",
    about: "dense layer of a network, with offsets",
    formula: "f(sum_i x[i] K[i, j] + b[j]); activation 's' 1/(1+exp(-x)), 'r' max(x, 0), 'l' x or 0.01 x below 0, 'm' ln(1+exp(x)), 't' tanh",
    source: "multilayer perceptron",
    init: &[],
    parameters: &[
        Parameter::samples("x", 'n'),
        Parameter::of("kernel", Role::Matrix('n', 'm')),
        Parameter::array("bias", 'm'),
        Parameter::letter("activation"),
        Parameter::samples_out("x_out", 'm'),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    layer::bind(call, Some(2), 3, 4)
}
