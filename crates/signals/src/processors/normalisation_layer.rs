//! Normalisation of the inputs of a network.

use crate::lanes::{LANES, Real};
use crate::processor::{Call, Fault, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor};
use std::marker::PhantomData;
use std::sync::Arc;

pub(super) static PROCESSOR: Processor = Processor {
    name: "normalisation_layer",
    about: "inputs minus their means, in units of their standard deviations",
    formula: "(x[i] - mean[i]) / sqrt(variance[i])",
    source: "multilayer perceptron",
    init: &[],
    parameters: &[
        Parameter::samples("x", 'n'),
        Parameter::array("means", 'n'),
        Parameter::array("variances", 'n'),
        Parameter::samples_out("x_out", 'n'),
    ],
    keeps_finite: false,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let (means, variances) = (call.array(1)?, call.array(2)?);
    for (k, values) in [(1, &means), (2, &variances)] {
        if values.len() != call.length(0) {
            return Err(Fault::at(k, format!("{} numbers for {} inputs", values.len(), call.length(0))));
        }
    }
    if let Some(variance) = variances.iter().find(|variance| !(**variance > 0.0)) {
        return Err(Fault::at(2, format!("variances are positive, one is {variance}")));
    }
    let deviations: Arc<[f64]> = variances.iter().map(|variance| variance.sqrt()).collect();
    let wide = (means.clone(), deviations.clone());
    Ok(call
        .kernel(|ty| Normalise::<f32> { means, deviations, ty }, |ty| Normalise::<f64> { means: wide.0, deviations: wide.1, ty }))
}

#[derive(Debug)]
struct Normalise<T> {
    means: Arc<[f64]>,
    deviations: Arc<[f64]>,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Normalise<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (x, out) = (io.samples::<T>(0), io.samples_out::<T>(3));
        for (i, (x, out)) in x.iter().zip(out.iter_mut()).enumerate() {
            for lane in 0..LANES {
                out[lane] = T::narrow((x[lane].widen() - self.means[i]) / self.deviations[i]);
            }
        }
        Ok(())
    }
}
