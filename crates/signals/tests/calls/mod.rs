//! Calls of processors with one waveform.

use germane_signals::{Call, Fault, Given, Processor, Role, constant_outputs};
use std::sync::Arc;

pub(crate) fn array(values: &[f64]) -> Given {
    Given::Array(Arc::from(values))
}

pub(crate) fn number(value: f64) -> Given {
    Given::Number(value)
}

pub(crate) fn text(value: &str) -> Given {
    Given::Text(Arc::from(value))
}

/// The waveform comes first where the processor takes one; `outputs` are lengths of what comes out (0 for a number).
///
/// Rule N is applied as it is for events: NaN in an argument that is not made for it gives NaN, and counts of 0.
pub(crate) fn run(
    processor: &'static Processor,
    inputs: &[Given],
    outputs: &[usize],
    wide: bool,
) -> Result<Vec<Vec<f64>>, Fault> {
    let (mut inputs, mut outputs) = (inputs.iter(), outputs.iter());
    let (mut given, mut lengths, mut nan) = (Vec::new(), Vec::new(), false);
    for parameter in processor.parameters {
        if parameter.role.is_output() {
            given.push(Given::Varying);
            lengths.push((*outputs.next().expect("a length for each output")).max(1));
            continue;
        }
        let argument = match (inputs.next().expect("an argument for each parameter"), parameter.role) {
            (Given::Array(values), Role::Samples(_) | Role::Array(_) | Role::Matrix(..)) if !wide => {
                Given::Array(values.iter().map(|&x| f64::from(x as f32)).collect())
            }
            (argument, _) => argument.clone(),
        };
        let varying = matches!(parameter.role, Role::Samples(_) | Role::Scalar | Role::ComplexSamples(_));
        nan |= varying && !parameter.nan_ok && has_nan(&argument);
        lengths.push(match (&argument, parameter.role) {
            (Given::Array(values), Role::ComplexSamples(_)) => values.len() / 2,
            (Given::Array(values), _) => values.len(),
            _ => 1,
        });
        given.push(argument);
    }
    let call = Call { wide, given: &given, init: &[], lengths: &lengths };
    let mut all: Vec<Vec<f64>> = constant_outputs(processor, &call)?.iter().map(|values| values.to_vec()).collect();
    if nan {
        for (values, parameter) in all.iter_mut().zip(processor.parameters.iter().filter(|parameter| parameter.role.is_output()))
        {
            values.fill(if parameter.role == Role::CountOut { 0.0 } else { f64::NAN });
        }
    }
    Ok(all)
}

fn has_nan(argument: &Given) -> bool {
    match argument {
        Given::Number(value) => value.is_nan(),
        Given::Array(values) => values.iter().any(|value| value.is_nan()),
        _ => false,
    }
}
