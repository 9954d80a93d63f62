//! Networks in Keras files, which are refused with advice.

use crate::processor::{Call, Fault, Kernel, Parameter, Processor};

pub(super) static PROCESSOR: Processor = Processor {
    name: "tf_model",
    about: "network of a Keras file: not read, its layers are",
    formula: "export the weights of each layer and write it as dense_layer_with_bias",
    source: "TensorFlow is no part of this program",
    init: &[Parameter::of("file", crate::processor::Role::Text)],
    parameters: &[Parameter::samples("x", 'n'), Parameter::scalar_out("x_out")],
    keeps_finite: false,
    bind,
};

fn bind(_: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    Err(Fault::new(
        "Keras files are not read: export the weights of each layer into the parameters of the chain and write the layers as \
         dense_layer_with_bias and classification_layer_with_bias",
    ))
}
