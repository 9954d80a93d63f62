//! Functions whose only output stands last among their arguments: those of NumPy, and those that are operations of the language.

use super::super::conversions::is_time;
use super::super::declarations::Declaration;
use super::super::functions::rounding;
use super::super::node::{Argument, Prepared, What};
use super::super::numpy::{fitting, parse_loop};
use super::super::promotion::real;
use super::super::{Language, Value};
use crate::chain::{Place, Text};
use crate::element::Element;
use crate::graph::{Grid, Kind};

impl<'a> Language<'a> {
    /// A function whose last argument is its only output.
    #[expect(clippy::too_many_arguments, reason = "all that a call has")]
    pub(super) fn value_call(
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
}
