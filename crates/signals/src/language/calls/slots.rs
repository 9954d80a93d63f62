//! Which argument belongs to which parameter.

use super::super::node::{Argument, Prepared, What};
use super::super::{Language, Value};
use crate::chain::Place;
use crate::processor::Processor;
use germane_texts::nearest;

impl<'a> Language<'a> {
    /// The argument of each parameter.
    pub(super) fn slots(
        &mut self,
        processor: &'static Processor,
        place: Place,
        arguments: &[Argument<'a>],
    ) -> Option<Vec<Argument<'a>>> {
        let parameters = processor.parameters;
        let shown = || parameters.iter().map(|parameter| parameter.name).collect::<Vec<_>>().join(", ");
        if arguments.len() != parameters.len() {
            let message =
                format!("`{}` takes {} arguments ({}), got {}", processor.name, parameters.len(), shown(), arguments.len());
            self.wrong("call", message, place);
            return None;
        }
        let mut slots: Vec<Option<Argument<'a>>> = vec![None; parameters.len()];
        let mut failed = false;
        for (k, argument) in arguments.iter().enumerate() {
            let position = match &argument.keyword {
                None => Some(k),
                Some((name, keyword_place)) => {
                    let found = parameters.iter().position(|parameter| parameter.name == name);
                    if found.is_none() {
                        let message = format!("`{}` has no argument `{name}`", processor.name);
                        let mut problem = self.chain.problem("call", message, *keyword_place);
                        problem = match nearest(name, parameters.iter().map(|parameter| parameter.name)) {
                            Some(name) => problem.nearest(name),
                            None => problem.advice(format!("arguments: {}", shown())),
                        };
                        self.report(problem);
                        failed = true;
                    }
                    found
                }
            };
            let Some(position) = position else { continue };
            if slots[position].is_some() {
                self.wrong("call", format!("`{}` is given twice", parameters[position].name), argument.place);
                failed = true;
            }
            slots[position] = Some(argument.clone());
        }
        if failed { None } else { slots.into_iter().collect() }
    }

    /// Values of `init_args`, one for each parameter of the factory; `None` where one is left out.
    pub(super) fn init_values(
        &mut self,
        processor: &'static Processor,
        place: Place,
        prepared: &Prepared<'a>,
    ) -> Option<Vec<Option<(Value, Place)>>> {
        let parameters = processor.init;
        let mut values: Vec<Option<(Value, Place)>> = vec![None; parameters.len()];
        let mut failed = false;
        for (k, argument) in prepared.init.iter().enumerate() {
            if is_none(argument) {
                continue;
            }
            let value = self.argument_value(argument);
            failed |= matches!(value, Value::Failed);
            let position = match &argument.keyword {
                None => Some(k),
                Some((name, _)) => parameters.iter().position(|parameter| parameter.name == name),
            };
            match position.filter(|position| *position < values.len()) {
                Some(position) if values[position].is_none() => values[position] = Some((value, argument.place)),
                _ => {
                    let shown: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
                    let advice = if shown.is_empty() {
                        format!("`{}` has no `init_args`", processor.name)
                    } else {
                        format!("`init_args` of `{}`: {}", processor.name, shown.join(", "))
                    };
                    self.wrong_do("call", "this argument has no place", argument.place, &advice);
                    failed = true;
                }
            }
        }
        if processor.name == "wiener_filter"
            && let Some((Value::Text(file), at)) = values[0].clone()
        {
            // One file holds all arrays of the filter.
            for (value, parameter) in values.iter_mut().zip(parameters) {
                let array = self.load(&file, &format!("spms/processed/{}", parameter.name), at);
                failed |= matches!(array, Value::Failed);
                *value = Some((array, at));
            }
        }
        if prepared.init.is_empty() && !parameters.is_empty() {
            let shown: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
            self.wrong_do(
                "call",
                format!("`{}` needs `init_args`", processor.name),
                place,
                &format!("add `init_args: [{}]`", shown.join(", ")),
            );
            failed = true;
        }
        (!failed).then_some(values)
    }
}
/// Whether an argument is Python's `None`.
fn is_none(argument: &Argument<'_>) -> bool {
    match &argument.what {
        What::Expression(expression) => expression.written() == "None",
        What::Literal(node) => node.is_null(),
        What::Failed => false,
    }
}
