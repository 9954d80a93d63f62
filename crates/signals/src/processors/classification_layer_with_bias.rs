//! Last layer of a network with a single output and an offset.

use crate::processor::{Call, Fault, Kernel, Parameter, Processor};
use crate::processors::layer;

pub(super) static PROCESSOR: Processor = Processor {
    name: "classification_layer_with_bias",
    about: "layer of a network with a single output, with an offset",
    formula: "f(sum_i x[i] k[i] + b); activation 's' 1/(1+exp(-x)), 'r' max(x, 0), 'l' x or 0.01 x below 0, 'm' ln(1+exp(x)), 't' tanh",
    source: "multilayer perceptron",
    init: &[],
    parameters: &[
        Parameter::samples("x", 'n'),
        Parameter::array("kernel", 'n'),
        Parameter::constant("bias").plain(),
        Parameter::letter("activation"),
        Parameter::scalar_out("x_out"),
    ],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    layer::bind(call, Some(2), 3, 4)
}
