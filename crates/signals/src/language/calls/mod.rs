//! Calls: which function a node names, and who makes its outputs.

mod binding;
mod dimensions;
mod process;
mod results;
mod slots;
mod values;

use super::node::{Argument, Prepared, is_module};
use super::numpy::{arity, is_reduction};
use super::{Language, Value};
use crate::chain::Place;
use crate::processors;
use germane_texts::nearest;

/// Functions of `dspeed.processors` that are operations of the language, and how many arguments they take.
const LANGUAGE: [(&str, usize); 8] = [
    ("get", 2),
    ("get_default", 3),
    ("where", 3),
    ("round_to_nearest", 2),
    ("floor_to_nearest", 2),
    ("ceil_to_nearest", 2),
    ("trunc_to_nearest", 2),
    ("astype", 2),
];

impl<'a> Language<'a> {
    /// Outputs of `module.function(arguments)`.
    pub(crate) fn call(
        &mut self,
        module: &str,
        function: &str,
        place: Place,
        arguments: &[Argument<'a>],
        prepared: &Prepared<'a>,
        names: &[String],
    ) -> Vec<(String, Value)> {
        if !is_module(module) {
            let known = ["dspeed.processors", "pygama.dsp.processors", "numpy"];
            let place = prepared.form.module.map_or(place, |text| text.place());
            let mut problem = self.chain.problem("module", format!("no module `{module}`"), place);
            problem = match nearest(module, known) {
                Some(name) => problem.nearest(name),
                None => problem.advice(format!("known: {}", known.join(", "))),
            };
            self.report(problem);
            return Vec::new();
        }
        if matches!(module, "np" | "numpy") {
            let inputs = arity(function).map(|arity| (arity, is_reduction(function)));
            return self.value_call(function, place, arguments, prepared, names, inputs, true);
        }
        if let Some(&(_, inputs)) = LANGUAGE.iter().find(|known| known.0 == function) {
            return self.value_call(function, place, arguments, prepared, names, Some((inputs, false)), false);
        }
        let Some(processor) = processors::named(function) else {
            let mut problem = self.chain.problem("function", format!("no processor `{function}`"), place);
            let known = processors::ALL.iter().map(|processor| processor.name).chain(LANGUAGE.iter().map(|known| known.0));
            if let Some(name) = nearest(function, known) {
                problem = problem.nearest(name);
            } else if function == "tf_model" {
                problem = problem.advice("export the weights and write them as dense layers: dense_layer_with_bias");
            }
            self.report(problem);
            return Vec::new();
        };
        self.process(processor, place, arguments, prepared, names)
    }
}
