//! Calls: arguments to operands of a processor, shapes, types, grids, what its outputs mean.

use super::builder::{Extent, Handle, Making};
use super::constant::{Constant, ConstantArray};
use super::conversions::{in_samples, is_time, period_constant};
use super::declarations::{Counter, Declaration};
use super::functions::rounding;
use super::node::{Argument, Prepared, What, is_module};
use super::numpy::{arity, fitting, is_reduction, parse_loop};
use super::promotion::{casts_safely, real};
use super::{Language, MOST_SAMPLES, Value};
use crate::chain::{Place, Text};
use crate::element::Element;
use crate::graph::{Grid, Kind, Offset, Operand, Operation, Period, Rounding, Shape};
use crate::processor::{Call, Dimension, Fault, Given, Processor, Role, constant_outputs};
use crate::processors;
use germane_columns::Unit;
use germane_texts::nearest;
use std::sync::Arc;

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

/// Elements of all arguments of a call that is made while planning: a text must not keep the planner busy.
const MOST_CONSTANTS: usize = 1 << 15;

/// An input of a processor.
struct Bound {
    operand: Operand,
    given: Given,
    length: usize,
}

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

    /// A function whose last argument is its only output.
    #[expect(clippy::too_many_arguments, reason = "all that a call has")]
    fn value_call(
        &mut self,
        function: &str,
        place: Place,
        arguments: &[Argument<'a>],
        prepared: &Prepared<'a>,
        names: &[String],
        inputs: Option<(usize, bool)>,
        is_numpy: bool,
    ) -> Vec<(String, Value)> {
        let mut values = Vec::new();
        let mut output = None;
        for argument in arguments {
            let declared = match &argument.what {
                What::Expression(expression) => self.declaration(expression, names),
                _ => None,
            };
            match declared {
                Some(Ok(declaration)) => output = Some(declaration),
                Some(Err(())) => return Vec::new(),
                None => values.push((self.argument_value(argument), argument.place)),
            }
        }
        let failed = values.iter().any(|(value, _)| matches!(value, Value::Failed));
        let Some(output) = output else {
            let message = format!("no output of `{function}` stands among its arguments");
            self.wrong_do("call", message, place, &format!("add `{}` as the last one", names.join(", ")));
            return Vec::new();
        };
        if let (Some((inputs, has_axis)), false) = (inputs, is_numpy && inputs.is_none())
            && values.len() != inputs
            && !(has_axis && values.len() == inputs + 1)
        {
            let message = format!("`{function}` takes {inputs} arguments and an output, got {}", values.len());
            self.wrong("call", message, place);
            return Vec::new();
        }
        if failed {
            return Vec::new();
        }
        self.come_from(place);
        let grid = self.grid_of(values.iter().map(|(value, _)| value));
        let known: Vec<Option<Element>> = values
            .iter()
            .map(|(value, _)| match value {
                Value::Variable(handle) => Some(handle.element),
                Value::Array(array) => Some(array.element),
                _ => None,
            })
            .collect();
        let made = if is_numpy {
            let Ok(declared) = self.loops(prepared.form.shaping.types, &known, function) else { return Vec::new() };
            let result = self.numpy_call(function, values, place);
            match declared {
                Some(element) => self.converted(result, element, place),
                None => result,
            }
        } else {
            self.language_call(function, values, place)
        };
        let value = self.stored(made, &output, grid.as_ref(), prepared, place);
        vec![(output.name, value)]
    }

    /// Type of the output by the loops that the node gives, if it gives any; `Err` where none fits, which is said.
    fn loops(&mut self, types: Option<Text<'a>>, known: &[Option<Element>], function: &str) -> Result<Option<Element>, ()> {
        let Some(types) = types else { return Ok(None) };
        let texts: Vec<&str> = match types.node.as_list() {
            Some(items) => items.iter().filter_map(germane_texts::Node::as_text).collect(),
            None => types.node.as_text().into_iter().collect(),
        };
        let loops: Vec<_> = texts.iter().filter_map(|text| parse_loop(text)).collect();
        if loops.len() != texts.len() || loops.is_empty() {
            self.wrong_do(
                "type",
                "expected types like `fi->f`",
                types.place(),
                "letters of the arguments, `->`, letter of the result",
            );
            return Err(());
        }
        match fitting(&loops, known) {
            Some(found) => Ok(Some(found.output)),
            None => {
                let have: Vec<&str> = known.iter().flatten().map(|element| element.name()).collect();
                let message = format!("no type of `{function}` takes {}: {}", have.join(", "), texts.join(", "));
                self.wrong_do("type", message, types.place(), "leave `types` out, or add one such as `di->d`");
                Err(())
            }
        }
    }

    fn language_call(&mut self, function: &str, values: Vec<(Value, Place)>, place: Place) -> Value {
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or((Value::Failed, place));
        let ((first, _), (second, second_place)) = (next(), next());
        match function {
            "get" => self.item_or(first, second, None, place),
            "get_default" => {
                let default = next().0;
                self.item_or(first, second, Some(default), place)
            }
            "where" => {
                let otherwise = next().0;
                self.choose(&first, second, otherwise, place)
            }
            "astype" => match self.element_of(&second, second_place) {
                Some(element) => self.converted(first, element, place),
                None => Value::Failed,
            },
            _ => match function.strip_suffix("_to_nearest").and_then(rounding) {
                Some(rounding) => self.round(rounding, first, Some((second, second_place)), None, place),
                None => Value::Failed,
            },
        }
    }

    /// A result as its declaration and unit say.
    fn stored(
        &mut self,
        value: Value,
        output: &Declaration,
        grid: Option<&Grid>,
        prepared: &Prepared<'a>,
        place: Place,
    ) -> Value {
        let value = match (value, output.element) {
            (Value::Failed, _) => return Value::Failed,
            (value, Some(element)) => self.converted(value, element, place),
            (value, None) => value,
        };
        if let (Some((length, length_place)), false) = (output.length, matches!(value, Value::Failed)) {
            let made = match &value {
                Value::Variable(handle) => handle.length(),
                Value::Array(array) => array.values.len(),
                _ => 1,
            };
            if made != length {
                return self.wrong("shape", format!("`{}` has {made} samples, declared are {length}", output.name), length_place);
            }
        }
        let declared = self.label(&prepared.form.labels, 0, 1).map(|(label, _)| label).or_else(|| output.label.clone());
        let value = self.labelled(value, &prepared.form.labels, 1, place);
        let Value::Variable(mut handle) = value else { return value };
        if declared.is_none() {
            // As of every processor, an output without a unit is a plain number.
            handle.label = None;
            if matches!(handle.kind, Kind::Point { .. } | Kind::Duration { .. }) {
                handle.kind = Kind::Plain;
            }
        }
        if let (Some(label), Kind::Plain, Some(grid)) = (&declared, &handle.kind, output.grid.as_ref().or(grid))
            && let Some(unit) = is_time(label, &grid.period).filter(|_| output.is_point != Some(false))
        {
            if output.element.is_none() {
                // A time in whole numbers of its unit would be cut off.
                handle = self.cast(&handle, real(handle.element));
            }
            handle.kind = Kind::Point { grid: grid.clone(), unit };
            handle.label = None;
        }
        if let (Some(grid), Kind::Plain, false) = (&output.grid, &handle.kind, handle.is_scalar()) {
            handle.kind = Kind::Waveform(grid.clone());
        }
        Value::Variable(handle)
    }

    /// Grid of a call: `coord_grid`, else that of the first waveform, else of the first time point.
    fn grid_of<'v>(&self, values: impl Iterator<Item = &'v Value> + Clone) -> Option<Grid> {
        let waveform = |value: &Value| match value {
            Value::Variable(handle) => handle.waveform_grid().cloned(),
            _ => None,
        };
        let point = |value: &Value| match value {
            Value::Variable(Handle { kind: Kind::Point { grid, .. }, .. }) => Some(grid.clone()),
            _ => None,
        };
        self.grid.clone().or_else(|| values.clone().find_map(waveform)).or_else(|| values.clone().find_map(point))
    }

    fn process(
        &mut self,
        processor: &'static Processor,
        place: Place,
        arguments: &[Argument<'a>],
        prepared: &Prepared<'a>,
        names: &[String],
    ) -> Vec<(String, Value)> {
        let parameters = processor.parameters;
        let Some(slots) = self.slots(processor, place, arguments) else { return Vec::new() };
        let mut values: Vec<Option<(Value, Place)>> = Vec::new();
        let mut declarations: Vec<Option<Declaration>> = Vec::new();
        let mut failed = false;
        for (parameter, argument) in parameters.iter().zip(&slots) {
            let declared = match &argument.what {
                What::Expression(expression) if parameter.role.is_output() => self.declaration(expression, names),
                _ => None,
            };
            match declared {
                Some(Ok(declaration)) => {
                    declarations.push(Some(declaration));
                    values.push(None);
                }
                Some(Err(())) => {
                    failed = true;
                    declarations.push(None);
                    values.push(None);
                }
                None if parameter.role.is_output() => {
                    let message = format!("argument `{}` of `{}` comes out: expected an output", parameter.name, processor.name);
                    let known = names.iter().map(String::as_str);
                    let mut problem = self.chain.problem("call", message, argument.place);
                    if let What::Expression(expression) = &argument.what
                        && let Some(name) = nearest(&expression.written(), known)
                    {
                        problem = problem.nearest(name);
                    }
                    if problem.nearest.is_none() {
                        problem = problem.advice(format!("outputs of this node: {}", names.join(", ")));
                    }
                    self.report(problem);
                    failed = true;
                    declarations.push(None);
                    values.push(None);
                }
                None => {
                    let value = self.argument_value(argument);
                    failed |= matches!(value, Value::Failed);
                    declarations.push(None);
                    values.push(Some((value, argument.place)));
                }
            }
        }
        let init = self.init_values(processor, place, prepared);
        for name in names.iter().filter(|name| !name.is_empty()) {
            if !declarations.iter().flatten().any(|declaration| declaration.name == *name) && !failed {
                let message = format!("`{name}` stands in the key, but not among the arguments of `{}`", processor.name);
                self.wrong("call", message, place);
                failed = true;
            }
        }
        let (Some(init), false) = (init, failed) else { return Vec::new() };
        self.come_from(place);
        let grid = self.grid_of(values.iter().flatten().map(|(value, _)| value));
        let wide = is_wide(&values, &declarations);
        let mut bound: Vec<Option<Bound>> = Vec::new();
        for (parameter, value) in parameters.iter().zip(values.iter().cloned()) {
            let one = value.map(|(value, place)| {
                self.come_from(place);
                self.bound(value, parameter.role, parameter.in_samples, parameter.name, wide, grid.as_ref(), place)
            });
            failed |= matches!(one, Some(None));
            bound.push(one.flatten());
        }
        self.come_from(place);
        // Frequencies with units count in samples, so their sampling frequency is 1.
        let has_unit =
            |value: &Option<(Value, Place)>| matches!(value, Some((Value::Number(number), _)) if number.unit.is_some());
        let sampled = init.iter().zip(processor.init).any(|(value, parameter)| parameter.in_samples && has_unit(value));
        let init: Vec<Option<Given>> = init
            .into_iter()
            .zip(processor.init)
            .map(|(value, parameter)| match value {
                None if sampled && parameter.name == "f_samp" => Some(Given::Number(1.0)),
                None => Some(Given::Varying),
                Some((value, place)) => self.init_given(value, parameter.role, parameter.in_samples, wide, grid.as_ref(), place),
            })
            .collect();
        failed |= init.iter().any(Option::is_none);
        if failed {
            return Vec::new();
        }
        let init: Vec<Given> = init.into_iter().flatten().collect();
        let places: Vec<Place> = slots.iter().map(|argument| argument.place).collect();
        let Some(dimensions) = self.dimensions(processor, &bound, &values, &declarations, &places) else { return Vec::new() };
        let length = |k: usize| -> usize { parameters[k].role.dimensions().map(|d| dimension(&dimensions, d).0).product() };
        let given: Vec<Given> = bound.iter().map(|one| one.as_ref().map_or(Given::Varying, |one| one.given.clone())).collect();
        let lengths: Vec<usize> =
            (0..parameters.len()).map(|k| bound[k].as_ref().map_or_else(|| length(k), |one| one.length)).collect();
        let call = Call { wide, given: &given, init: &init, lengths: &lengths };
        let varies =
            parameters.iter().zip(&given).any(|(parameter, given)| parameter.role.is_constant() && *given == Given::Varying);
        if !varies && let Err(fault) = (processor.bind)(&call) {
            self.fault(processor, &fault, &places, prepared, place);
            return Vec::new();
        }
        let constant = bound.iter().flatten().all(|one| one.given != Given::Varying);
        if constant {
            let total: usize = dimensions.iter().map(|(_, (length, _))| *length).sum();
            if total > MOST_CONSTANTS {
                let message = format!("`{}`: {total} numbers are too many to be computed while planning", processor.name);
                self.wrong("shape", message, place);
                return Vec::new();
            }
            return self.constants(processor, &call, &declarations, prepared, names.len(), &places, place);
        }
        let operation = Operation::Process {
            processor,
            arguments: bound.iter().map(|one| one.as_ref().map(|one| one.operand.clone())).collect(),
            given: given.clone(),
            init,
            lengths: lengths.clone(),
            wide,
        };
        self.results(processor, operation, &declarations, &dimensions, grid.as_ref(), wide, prepared, names)
    }

    /// The argument of each parameter.
    fn slots(&mut self, processor: &'static Processor, place: Place, arguments: &[Argument<'a>]) -> Option<Vec<Argument<'a>>> {
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

    fn init_values(
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

    fn init_given(
        &mut self,
        value: Value,
        role: Role,
        in_samples: bool,
        wide: bool,
        grid: Option<&Grid>,
        place: Place,
    ) -> Option<Given> {
        // A waveform stands for its sampling frequency.
        if let Value::Variable(handle) = &value {
            if let Some(sampled) = handle.waveform_grid() {
                let frequency = Constant::int(1).over(&period_constant(&sampled.period));
                return self.init_given(Value::Number(frequency), role, in_samples, wide, grid, place);
            }
            self.wrong("kind", "expected something that is known while planning", place);
            return None;
        }
        // One number stands for a list of one.
        let role = if matches!((&value, role), (Value::Number(_), Role::Array(_))) { Role::Constant } else { role };
        self.bound(value, role, in_samples, "init_args", wide, grid, place).map(|bound| bound.given)
    }

    /// An argument as a parameter takes it.
    #[expect(clippy::too_many_arguments, reason = "all that a parameter has")]
    fn bound(
        &mut self,
        value: Value,
        role: Role,
        as_samples: bool,
        name: &str,
        wide: bool,
        grid: Option<&Grid>,
        place: Place,
    ) -> Option<Bound> {
        let value = match value {
            Value::Offset(..) => self.variable(value, name, place).map(Value::Variable)?,
            value => value,
        };
        match (role, value) {
            (Role::Letter | Role::Text, Value::Text(text)) => {
                Some(Bound { operand: Operand::Number(0.0), given: Given::Text(text.into()), length: 1 })
            }
            (Role::Letter, Value::Number(constant)) if constant.as_whole().and_then(letter_of).is_some() => {
                let text = constant.as_whole().and_then(letter_of).unwrap_or_default();
                Some(Bound { operand: Operand::Number(0.0), given: Given::Text(text.into()), length: 1 })
            }
            (Role::Letter | Role::Text, _) => {
                self.wrong_do("kind", format!("`{name}`: expected text"), place, "put it in quotes inside of quotes: \"'l'\"");
                None
            }
            (Role::Samples(_) | Role::ComplexSamples(_) | Role::IntegerSamples(_), Value::Variable(handle)) => {
                self.bound_samples(&handle, role, as_samples, name, wide, grid, place)
            }
            (Role::Array(_), Value::Number(constant)) => {
                let one = self.bound_number(&constant, role, as_samples, name, grid, place)?;
                let Given::Number(value) = one.given else { return None };
                let array = ConstantArray { values: [value].into(), rows: None, element: Element::F64, label: None };
                self.bound_array(&array, role, name, wide, place)
            }
            (
                Role::Samples(_) | Role::ComplexSamples(_) | Role::IntegerSamples(_) | Role::Array(_) | Role::Matrix(..),
                Value::Array(array),
            ) => self.bound_array(&array, role, name, wide, place),
            (Role::Scalar | Role::Constant | Role::Integer, Value::Number(constant)) => {
                self.bound_number(&constant, role, as_samples, name, grid, place)
            }
            (Role::Scalar | Role::Constant | Role::Integer, Value::Variable(handle)) => {
                self.bound_scalar(&handle, role, as_samples, name, grid, place)
            }
            (Role::Array(_) | Role::Matrix(..), Value::Variable(_)) => {
                self.wrong("kind", format!("`{name}`: expected numbers that are known while planning"), place);
                None
            }
            (role, value) => {
                let is = match value {
                    Value::Number(_) => "a number",
                    Value::Array(_) => "a list",
                    Value::Text(_) => "text",
                    _ => "a grid",
                };
                let expected = match role {
                    Role::Samples(_) | Role::ComplexSamples(_) | Role::IntegerSamples(_) => "samples",
                    Role::Array(_) => "a list of numbers",
                    Role::Matrix(..) => "a matrix",
                    _ => "a number",
                };
                self.wrong("kind", format!("`{name}`: expected {expected}, this is {is}"), place);
                None
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all that a parameter has")]
    fn bound_samples(
        &mut self,
        handle: &Handle,
        role: Role,
        as_samples: bool,
        name: &str,
        wide: bool,
        grid: Option<&Grid>,
        place: Place,
    ) -> Option<Bound> {
        if handle.is_scalar() {
            self.wrong("shape", format!("`{name}`: expected samples, this is one number for each event"), place);
            return None;
        }
        if handle.length() == 0 {
            self.wrong("shape", format!("`{name}`: there are no samples"), place);
            return None;
        }
        let is_complex = matches!(role, Role::ComplexSamples(_));
        if is_complex != handle.element.is_complex() {
            let expected = if is_complex { "complex" } else { "real" };
            self.wrong("type", format!("`{name}`: expected {expected} numbers, this is {}", handle.element), place);
            return None;
        }
        if matches!(role, Role::IntegerSamples(_)) && !handle.element.is_integer() {
            self.wrong_do(
                "type",
                format!("`{name}`: expected integers, this is {}", handle.element),
                place,
                "write astype(x, 'i4')",
            );
            return None;
        }
        let handle = match grid {
            Some(grid) if as_samples => self.on_grid(handle, grid),
            _ => handle.clone(),
        };
        let stored = match role {
            Role::ComplexSamples(_) if wide => Element::C128,
            Role::ComplexSamples(_) => Element::C64,
            Role::IntegerSamples(_) => Element::F64,
            _ if wide => Element::F64,
            _ => Element::F32,
        };
        let handle = if handle.element.fits_f32() == stored.fits_f32() { handle } else { self.cast(&handle, stored) };
        Some(Bound { operand: handle.operand(), given: Given::Varying, length: handle.length() })
    }

    /// Times as samples of a grid: positions, durations, and columns whose `units` are those of a time.
    fn on_grid(&mut self, handle: &Handle, grid: &Grid) -> Handle {
        let is_column = self.builder.inputs.iter().any(|input| input.variable == handle.id);
        match (&handle.kind, handle.label.as_deref().and_then(|label| is_time(label, &grid.period))) {
            (Kind::Point { .. }, _) => self.regridded(handle, grid, None),
            (Kind::Duration { .. }, _) => self.in_period(handle, &grid.period),
            (Kind::Plain, Some(unit)) if is_column => {
                let period = Period { value: 1.0, unit: unit.clone() };
                let clock = Grid { period, offset: Offset::default() };
                let times = self.cast(handle, real(handle.element));
                self.regridded(&Handle { kind: Kind::Point { grid: clock, unit }, label: None, ..times }, grid, None)
            }
            _ => handle.clone(),
        }
    }

    fn bound_array(&mut self, array: &ConstantArray, role: Role, name: &str, wide: bool, place: Place) -> Option<Bound> {
        if array.rows.is_some() != matches!(role, Role::Matrix(..)) {
            let expected = if array.rows.is_some() { "a list of numbers, this is a matrix" } else { "a matrix, this is a list" };
            self.wrong("shape", format!("`{name}`: expected {expected}"), place);
            return None;
        }
        if array.values.is_empty() {
            self.wrong("shape", format!("`{name}`: the list is empty"), place);
            return None;
        }
        // Coefficients keep their own precision; samples have that of the call.
        let exact = wide || matches!(role, Role::Array(_) | Role::Matrix(..));
        let narrow = |value: &f64| if exact { *value } else { f64::from(*value as f32) };
        let values: Arc<[f64]> = array.values.iter().map(narrow).collect();
        let length = if matches!(role, Role::ComplexSamples(_)) { values.len() / 2 } else { values.len() };
        Some(Bound { operand: Operand::Array(values.clone()), given: Given::Array(values), length })
    }

    fn bound_number(
        &mut self,
        constant: &Constant,
        role: Role,
        as_samples: bool,
        name: &str,
        grid: Option<&Grid>,
        place: Place,
    ) -> Option<Bound> {
        let plain = match (&constant.unit, grid) {
            (None, _) => Some(constant.clone()),
            (Some(_), Some(grid)) if as_samples => in_samples(constant, &grid.period),
            _ => None,
        };
        let Some(plain) = plain else {
            let message = match grid {
                Some(grid) if as_samples => {
                    let period = period_constant(&grid.period).shown();
                    format!("`{name}`: `{}` is no number of samples of {period}", constant.shown())
                }
                _ if as_samples => format!("`{name}`: `{}` needs a time grid, and no argument has one", constant.shown()),
                _ => format!("`{name}`: expected a plain number, this is `{}`", constant.shown()),
            };
            self.wrong_do("unit", message, place, "divide it by a period, or give `coord_grid: waveform`");
            return None;
        };
        let value = match (role, plain.nearest()) {
            (Role::Integer, Some((whole, ..))) => whole as f64,
            _ => plain.value,
        };
        Some(Bound { operand: Operand::Number(value), given: Given::Number(value), length: 1 })
    }

    fn bound_scalar(
        &mut self,
        handle: &Handle,
        role: Role,
        as_samples: bool,
        name: &str,
        grid: Option<&Grid>,
        place: Place,
    ) -> Option<Bound> {
        if !handle.is_scalar() {
            self.wrong("shape", format!("`{name}`: expected one number for each event, these are samples"), place);
            return None;
        }
        if handle.element.is_complex() {
            self.wrong("type", format!("`{name}`: expected real numbers"), place);
            return None;
        }
        let handle = match grid {
            Some(grid) if as_samples => self.on_grid(handle, grid),
            _ => handle.clone(),
        };
        let handle = if role == Role::Integer && !handle.element.is_integer() && handle.element != Element::Bool {
            self.rounded(&handle, Rounding::Nearest, 1.0)
        } else {
            handle
        };
        Some(Bound { operand: handle.operand(), given: Given::Varying, length: 1 })
    }

    /// Lengths of all letters, and the grid of the waveform that gave each.
    fn dimensions(
        &mut self,
        processor: &'static Processor,
        bound: &[Option<Bound>],
        values: &[Option<(Value, Place)>],
        declarations: &[Option<Declaration>],
        places: &[Place],
    ) -> Option<Dimensions> {
        let mut known: Dimensions = Vec::new();
        let mut failed = false;
        let mut learn =
            |language: &mut Self, letter: Dimension, length: usize, grid: Option<Grid>, name: &str, place: Place| match known
                .iter_mut()
                .find(|(known, _)| *known == letter)
            {
                None => known.push((letter, (length, grid))),
                Some((_, (before, known_grid))) => {
                    if *before != length {
                        let message = format!("`{name}` has {length} samples, the others have {before}");
                        language.wrong("shape", message, place);
                        failed = true;
                    }
                    if known_grid.is_none() {
                        *known_grid = grid;
                    }
                }
            };
        for (k, parameter) in processor.parameters.iter().enumerate() {
            let Some(one) = &bound[k] else { continue };
            let grid = match &values[k] {
                Some((Value::Variable(handle), _)) => handle.waveform_grid().cloned(),
                _ => None,
            };
            let mut letters = parameter.role.dimensions();
            match (letters.next(), letters.next()) {
                (Some(rows), Some(columns)) => {
                    let count = match &values[k] {
                        Some((Value::Array(array), _)) => array.rows.unwrap_or(1).max(1),
                        _ => 1,
                    };
                    learn(self, rows, count, None, parameter.name, places[k]);
                    learn(self, columns, one.length / count, None, parameter.name, places[k]);
                }
                (Some(letter), None) => learn(self, letter, one.length, grid, parameter.name, places[k]),
                _ => {}
            }
        }
        for (k, parameter) in processor.parameters.iter().enumerate() {
            let Some(declaration) = &declarations[k] else { continue };
            match (parameter.role.dimensions().next(), declaration.length) {
                (Some(letter), Some((length, place))) => learn(self, letter, length, None, parameter.name, place),
                (None, Some((_, place))) => {
                    self.wrong("shape", format!("`{}` is one number for each event", declaration.name), place);
                    return None;
                }
                _ => {}
            }
        }
        for (k, parameter) in processor.parameters.iter().enumerate() {
            let Some(declaration) = &declarations[k] else { continue };
            let Some(letter) = parameter.role.dimensions().next() else { continue };
            if !known.iter().any(|(known, _)| *known == letter) {
                let message = format!("the length of `{}` cannot be deduced", declaration.name);
                let advice = format!("declare it: {}(length, 'f')", declaration.name);
                self.wrong_do("shape", message, places[k], &advice);
                failed = true;
            }
        }
        let total: usize = known.iter().map(|(_, (length, _))| *length).sum();
        if total > 4 * MOST_SAMPLES {
            self.wrong("shape", format!("{total} samples are too many"), places[0]);
            failed = true;
        }
        (!failed).then_some(known)
    }

    fn fault(&mut self, processor: &Processor, fault: &Fault, places: &[Place], prepared: &Prepared<'a>, place: Place) {
        let parameters = processor.parameters.len();
        let at = match fault.argument {
            Some(k) if k < parameters => places[k],
            Some(k) => prepared.init.get(k - parameters).map_or(place, |argument| argument.place),
            None => place,
        };
        self.wrong("value", format!("`{}`: {}", processor.name, fault.message), at);
    }

    /// Outputs of a call that does not depend on events.
    #[expect(clippy::too_many_arguments, reason = "all that a call has")]
    fn constants(
        &mut self,
        processor: &'static Processor,
        call: &Call<'_>,
        declarations: &[Option<Declaration>],
        prepared: &Prepared<'a>,
        count: usize,
        places: &[Place],
        place: Place,
    ) -> Vec<(String, Value)> {
        let outputs = match constant_outputs(processor, call) {
            Ok(outputs) => outputs,
            Err(fault) => {
                self.fault(processor, &fault, places, prepared, place);
                return Vec::new();
            }
        };
        let outs = processor.parameters.iter().zip(declarations).filter(|(parameter, _)| parameter.role.is_output());
        let mut made = Vec::new();
        for (k, ((parameter, declaration), values)) in outs.zip(outputs).enumerate() {
            let Some(declaration) = declaration else { continue };
            let position = self.key_position(&declaration.name).unwrap_or(k);
            let label = self.label(&prepared.form.labels, position, count).map(|(label, _)| label);
            let label = label.or_else(|| declaration.label.clone()).filter(|label| !label.is_empty());
            let element = declaration.element.unwrap_or(match parameter.role {
                Role::CountOut => Element::U32,
                Role::ComplexOut(_) if call.wide => Element::C128,
                Role::ComplexOut(_) => Element::C64,
                _ if call.wide => Element::F64,
                _ => Element::F32,
            });
            let value = match parameter.role {
                Role::SamplesOut(_) | Role::ComplexOut(_) => {
                    let values = super::arrays::rounded_to(element, values.iter().copied());
                    Value::Array(ConstantArray { values: values.into(), rows: None, element, label })
                }
                _ => Value::Number(Constant::float(values.first().copied().unwrap_or(f64::NAN))),
            };
            made.push((declaration.name.clone(), value));
        }
        made
    }

    /// Position of an output in the key of the node: units count there.
    fn key_position(&self, name: &str) -> Option<usize> {
        self.chain.nodes()[self.node].names.iter().position(|word| word.text == name)
    }

    /// Variables of the outputs.
    #[expect(clippy::too_many_arguments, reason = "all that a call has")]
    fn results(
        &mut self,
        processor: &'static Processor,
        operation: Operation,
        declarations: &[Option<Declaration>],
        dimensions: &Dimensions,
        grid: Option<&Grid>,
        wide: bool,
        prepared: &Prepared<'a>,
        names: &[String],
    ) -> Vec<(String, Value)> {
        let outs: Vec<(Role, bool, Declaration)> = processor
            .parameters
            .iter()
            .zip(declarations)
            .filter_map(|(parameter, declaration)| Some((parameter.role, parameter.no_time, declaration.clone()?)))
            .collect();
        let native = |role: Role| match role {
            Role::CountOut => Element::U32,
            Role::ComplexOut(_) if wide => Element::C128,
            Role::ComplexOut(_) => Element::C64,
            _ if wide => Element::F64,
            _ => Element::F32,
        };
        let mut makings = Vec::new();
        for (role, _, declaration) in &outs {
            let length = role.dimensions().next().map(|letter| dimension(dimensions, letter).0);
            let extent = match (length, &declaration.counter) {
                (None, None) => Extent::Of(Shape::Scalar),
                (None, Some(_)) => {
                    let message = format!("`{}` is one number for each event, it has no `vector_len`", declaration.name);
                    self.wrong("shape", message, declaration.place);
                    return Vec::new();
                }
                (Some(length), None) => Extent::Of(Shape::Samples(length)),
                (Some(capacity), Some(Counter::Variable(length))) => Extent::Of(Shape::Ragged { capacity, length: *length }),
                (Some(capacity), Some(Counter::Output(name))) => {
                    let by = outs
                        .iter()
                        .position(|(role, _, other)| other.name == *name && matches!(role, Role::ScalarOut | Role::CountOut));
                    let Some(by) = by else {
                        let message = format!("`{name}` is no count of `{}`", processor.name);
                        self.wrong("shape", message, declaration.place);
                        return Vec::new();
                    };
                    Extent::Counted { capacity, by }
                }
            };
            // One number is rounded when it is stored; samples are converted behind the processor.
            let element = match role {
                Role::ScalarOut | Role::CountOut => declaration.element.unwrap_or(native(*role)),
                _ => native(*role),
            };
            makings.push(Making { name: declaration.name.clone(), element, extent });
        }
        let ids = self.builder.make(operation, makings);
        let mut made = Vec::new();
        for ((role, no_time, declaration), id) in outs.into_iter().zip(ids) {
            let variable = &self.builder.variables[id.0];
            let handle = Handle { id, element: variable.element, shape: variable.shape, kind: Kind::Plain, label: None };
            let position = self.key_position(&declaration.name).unwrap_or(made.len());
            let unit = self.label(&prepared.form.labels, position, names.len());
            let place = unit.as_ref().map_or(declaration.place, |(_, place)| *place);
            let label = unit.map(|(label, _)| label).or_else(|| declaration.label.clone()).filter(|label| !label.is_empty());
            let own_grid = role.dimensions().next().and_then(|letter| dimension(dimensions, letter).1);
            let point_grid = declaration.grid.as_ref().filter(|_| own_grid.is_none() && handle.is_scalar()).or(grid);
            let time = point_grid.zip(label.as_deref()).and_then(|(grid, label)| Some((grid, is_time(label, &grid.period)?)));
            let time: Option<(&Grid, Unit)> = time.filter(|_| declaration.is_point != Some(false));
            if let (Some((_, unit)), true) = (&time, no_time || role == Role::CountOut) {
                let message = format!("`{}` is no time, it cannot be in {unit}", declaration.name);
                self.wrong_do("unit", message, place, "give each output its unit: [ns, ns, ADC, ADC]");
                continue;
            }
            let (kind, label) = match (time, declaration.grid.clone().or(own_grid)) {
                (Some((grid, unit)), _) => (Kind::Point { grid: grid.clone(), unit }, None),
                (None, Some(grid)) if !handle.is_scalar() => (Kind::Waveform(grid), label),
                _ => (Kind::Plain, label),
            };
            let handle = Handle { kind, label, ..handle };
            self.describe(&handle);
            let handle = match declaration.element {
                Some(element) => {
                    let cast = self.cast(&handle, element);
                    if cast.id == handle.id { handle } else { cast }
                }
                None => handle,
            };
            made.push((declaration.name, Value::Variable(handle)));
        }
        made
    }
}

/// The letter that a number is the code of, as older chains write letters.
fn letter_of(code: i64) -> Option<String> {
    let letter = u8::try_from(code).ok().filter(u8::is_ascii_alphabetic)?;
    Some(char::from(letter).to_string())
}

/// Whether an argument is Python's `None`.
fn is_none(argument: &Argument<'_>) -> bool {
    match &argument.what {
        What::Expression(expression) => expression.written() == "None",
        What::Literal(node) => node.is_null(),
        What::Failed => false,
    }
}

/// Lengths of letters and grids of the waveforms that gave them.
type Dimensions = Vec<(Dimension, (usize, Option<Grid>))>;

fn dimension(known: &Dimensions, letter: Dimension) -> (usize, Option<Grid>) {
    known.iter().find(|(known, _)| *known == letter).map_or((1, None), |(_, found)| found.clone())
}

/// Whether a call computes in `f64`: a known type that does not cast to `f32`, or an output declared wider.
fn is_wide(values: &[Option<(Value, Place)>], declarations: &[Option<Declaration>]) -> bool {
    let wide = |element: Element| match element {
        Element::C64 => false,
        element => !casts_safely(element, Element::F32),
    };
    let of_value = values.iter().flatten().any(|(value, _)| match value {
        Value::Variable(handle) => wide(handle.element),
        Value::Array(array) => wide(array.element),
        _ => false,
    });
    let declared = declarations.iter().flatten().filter_map(|declaration| declaration.element);
    of_value || declared.into_iter().any(|element| matches!(element, Element::F64 | Element::C128))
}
