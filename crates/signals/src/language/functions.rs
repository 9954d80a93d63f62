//! Functions of expressions: `len`, `round`, `where`, …

use super::builder::Handle;
use super::constant::Constant;
use super::promotion::parse_element;
use super::{Language, Script, Value};
use crate::chain::Place;
use crate::element::Element;
use crate::graph::{Binary, Grid, Kind, Rounding, Shape, Unary};
use crate::processors;
use germane_expressions::syntax::{SyntaxId, Word};
use germane_texts::nearest;

/// Functions and the keywords of their arguments, those that may be left out after the first `usize`.
const FUNCTIONS: [(&str, usize, &[&str]); 20] = [
    ("len", 1, &["x"]),
    ("round", 1, &["x", "to", "dtype"]),
    ("floor", 1, &["x", "to", "dtype"]),
    ("ceil", 1, &["x", "to", "dtype"]),
    ("trunc", 1, &["x", "to", "dtype"]),
    ("astype", 2, &["x", "dtype"]),
    ("isnan", 1, &["x"]),
    ("isfinite", 1, &["x"]),
    ("where", 3, &["condition", "a", "b", "dtype"]),
    ("loadlh5", 2, &["file", "path"]),
    ("abs", 1, &["x"]),
    ("sqrt", 1, &["x"]),
    ("exp", 1, &["x"]),
    ("log", 1, &["x"]),
    ("log10", 1, &["x"]),
    ("sin", 1, &["x"]),
    ("cos", 1, &["x"]),
    ("min", 2, &["a", "b"]),
    ("max", 2, &["a", "b"]),
    ("float", 1, &["x"]),
];

/// Other names of keywords.
const SYNONYMS: [(&str, &str); 3] = [("to_nearest", "to"), ("var", "x"), ("value", "x")];

/// Whether a name is a function of expressions.
pub(crate) fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|known| known.0 == name)
}

pub(crate) fn rounding(name: &str) -> Option<Rounding> {
    Some(match name {
        "round" => Rounding::Nearest,
        "floor" => Rounding::Floor,
        "ceil" => Rounding::Ceiling,
        "trunc" => Rounding::Truncate,
        _ => return None,
    })
}

pub(crate) fn unary(name: &str) -> Option<Unary> {
    Some(match name {
        "negative" => Unary::Negate,
        "abs" | "absolute" | "fabs" => Unary::Abs,
        "sqrt" => Unary::Sqrt,
        "exp" => Unary::Exp,
        "log" => Unary::Log,
        "log10" => Unary::Log10,
        "sin" => Unary::Sin,
        "cos" => Unary::Cos,
        "isnan" => Unary::IsNan,
        "isfinite" => Unary::IsFinite,
        "logical_not" => Unary::Not,
        _ => return None,
    })
}

impl<'a> Language<'a> {
    pub(crate) fn function(
        &mut self,
        script: &Script<'a>,
        name: &str,
        args: &[SyntaxId],
        keywords: &[(Word, SyntaxId)],
        place: Place,
    ) -> Value {
        let Some(&(_, least, parameters)) = FUNCTIONS.iter().find(|known| known.0 == name) else {
            return self.no_function(name, place);
        };
        let mut given: Vec<Option<(Value, Place)>> = vec![None; parameters.len()];
        if args.len() > parameters.len() {
            let message =
                format!("`{name}` takes {} arguments ({}), got {}", parameters.len(), parameters.join(", "), args.len());
            return self.wrong("call", message, place);
        }
        let mut failed = false;
        for (slot, id) in given.iter_mut().zip(args) {
            *slot = Some((self.value(script, *id), script.place(*id)));
        }
        for (word, id) in keywords {
            let text = SYNONYMS.iter().find(|known| known.0 == word.text).map_or(word.text.as_str(), |known| known.1);
            let value = self.value(script, *id);
            match parameters.iter().position(|parameter| *parameter == text) {
                Some(k) if given[k].is_none() => given[k] = Some((value, script.place(*id))),
                Some(_) => {
                    self.wrong("call", format!("`{text}` is given twice"), script.place_of(word.place()));
                    failed = true;
                }
                None => {
                    let message = format!("`{name}` has no argument `{}`", word.text);
                    let mut problem = self.chain.problem("call", message, script.place_of(word.place()));
                    problem = match nearest(&word.text, parameters.iter().copied()) {
                        Some(name) => problem.nearest(name),
                        None => problem.advice(format!("known: {}", parameters.join(", "))),
                    };
                    self.report(problem);
                    failed = true;
                }
            }
        }
        if given.iter().flatten().any(|(value, _)| matches!(value, Value::Failed)) || failed {
            return Value::Failed;
        }
        if given.iter().take(least).any(Option::is_none) {
            let message = format!("`{name}` takes {least} arguments at least: {}", parameters.join(", "));
            return self.wrong("call", message, place);
        }
        self.apply(name, given, place)
    }

    fn no_function(&mut self, name: &str, place: Place) -> Value {
        let mut problem = self.chain.problem("function", format!("no function `{name}`"), place);
        if processors::named(name).is_some() {
            let advice =
                format!("it is a processor: write `dspeed.processors.{name}(…)`, or `function: {name}` with `module` and `args`");
            return self.report(problem.advice(advice));
        }
        let known: Vec<&str> = FUNCTIONS.iter().map(|known| known.0).collect();
        problem = match nearest(name, known.iter().copied()) {
            Some(found) => problem.nearest(found),
            None => problem.advice(format!("known: {}", known.join(", "))),
        };
        self.report(problem)
    }

    fn apply(&mut self, name: &str, mut given: Vec<Option<(Value, Place)>>, place: Place) -> Value {
        let mut take = |k: usize| given.get_mut(k).and_then(Option::take);
        let Some((first, first_place)) = take(0) else { return Value::Failed };
        if let Some(rounding) = rounding(name) {
            let to = take(1);
            let element = match take(2) {
                Some((value, place)) => match self.element_of(&value, place) {
                    Some(element) => Some(element),
                    None => return Value::Failed,
                },
                None => None,
            };
            return self.round(rounding, first, to, element, place);
        }
        if let Some(function) = unary(name) {
            return self.unary(function, first, place);
        }
        match (name, take(1), take(2)) {
            ("len", ..) => self.length(&first, first_place),
            ("astype", Some((dtype, dtype_place)), _) => {
                let Some(element) = self.element_of(&dtype, dtype_place) else { return Value::Failed };
                self.converted(first, element, first_place)
            }
            ("where", Some((then, _)), Some((otherwise, _))) => {
                let chosen = self.choose(&first, then, otherwise, place);
                match take(3) {
                    Some((dtype, dtype_place)) => {
                        let Some(element) = self.element_of(&dtype, dtype_place) else { return Value::Failed };
                        self.converted(chosen, element, place)
                    }
                    None => chosen,
                }
            }
            ("loadlh5", Some((Value::Text(path), _)), _) => match first {
                Value::Text(file) => self.load(&file, &path, place),
                _ => self.wrong("kind", "expected the path of a file in quotes", first_place),
            },
            ("loadlh5", Some((_, path_place)), _) => self.wrong("kind", "expected the path of an array in quotes", path_place),
            ("min", Some((other, _)), _) => self.binary(Binary::Minimum, first, other, place),
            ("max", Some((other, _)), _) => self.binary(Binary::Maximum, first, other, place),
            ("float", ..) => match first {
                Value::Number(constant) if constant.unit.is_none() => {
                    Value::Number(Constant { class: super::constant::Class::Float, ..constant })
                }
                _ => self.wrong("kind", "expected a number that is known while planning", first_place),
            },
            _ => Value::Failed,
        }
    }

    /// A type given as text.
    pub(crate) fn element_of(&mut self, value: &Value, place: Place) -> Option<Element> {
        let Value::Text(text) = value else {
            if !matches!(value, Value::Failed) {
                self.wrong_do("type", "expected a type in quotes", place, "e.g. 'f' or 'float32'");
            }
            return None;
        };
        let element = parse_element(text);
        if element.is_none() {
            let names = ["float32", "float64", "int32", "int64", "uint16", "uint32", "bool", "complex64", "complex128"];
            let mut problem = self.chain.problem("type", format!("no type `{text}`"), place);
            problem = match nearest(text, names) {
                Some(name) => problem.nearest(name),
                None => problem.advice("as in NumPy: 'f', 'd', 'i4', 'float32', …"),
            };
            self.report(problem);
        }
        element
    }

    fn length(&mut self, of: &Value, place: Place) -> Value {
        match of {
            Value::Array(array) => Value::Number(Constant::int(array.rows.unwrap_or(array.values.len()) as i64)),
            Value::Variable(handle) => match handle.shape {
                Shape::Samples(length) => Value::Number(Constant::int(length as i64)),
                Shape::Ragged { length, .. } => {
                    let element = self.builder.variables[length.0].element;
                    Value::Variable(Handle { id: length, element, shape: Shape::Scalar, kind: Kind::Plain, label: None })
                }
                Shape::Scalar => self.wrong("shape", format!("`{}` is one number for each event", self.title(place)), place),
            },
            _ => self.wrong("shape", "this has no length", place),
        }
    }

    /// C cast; a constant is converted at once.
    pub(crate) fn converted(&mut self, value: Value, element: Element, place: Place) -> Value {
        match value {
            Value::Number(constant) => {
                if let Some((low, high)) = element.integer_range() {
                    let whole = constant.value.trunc();
                    if !(whole >= low as f64 && whole <= high as f64) {
                        return self.wrong("type", format!("{} does not fit into {element}", constant.shown()), place);
                    }
                    let unit = constant.unit;
                    return Value::Number(Constant { unit, ..Constant::int(whole as i64) });
                }
                Value::Number(constant)
            }
            Value::Array(mut array) => {
                if let Some((low, high)) = element.integer_range() {
                    let whole: Vec<f64> = array.values.iter().map(|value| value.trunc()).collect();
                    if whole.iter().any(|value| !(*value >= low as f64 && *value <= high as f64)) {
                        return self.wrong("type", format!("a value does not fit into {element}"), place);
                    }
                    array.values = whole.into();
                } else {
                    array.values = super::arrays::rounded_to(element, array.values.iter().copied()).into();
                }
                array.element = element;
                Value::Array(array)
            }
            value => match self.variable(value, "astype", place) {
                Some(handle) => {
                    self.come_from(place);
                    Value::Variable(self.cast(&handle, element))
                }
                None => Value::Failed,
            },
        }
    }

    /// Nearest multiple of a number, of a time, or position on a grid.
    pub(crate) fn round(
        &mut self,
        rounding: Rounding,
        of: Value,
        to: Option<(Value, Place)>,
        element: Option<Element>,
        place: Place,
    ) -> Value {
        self.come_from(place);
        let (to, to_place) = to.unwrap_or((Value::Number(Constant::int(1)), place));
        let rounded = match (of, to) {
            (Value::Failed, _) | (_, Value::Failed) => return Value::Failed,
            (Value::Number(constant), Value::Number(step)) => {
                let step = if constant.unit.is_none() || step.unit.is_some() {
                    step
                } else {
                    // A number counts in the unit of the quantity.
                    Constant { unit: constant.unit.clone(), ..step }
                };
                match constant.rounded(&step, rounding) {
                    Some(rounded) if step.value != 0.0 => Value::Number(rounded),
                    _ => self.wrong("unit", format!("`{}` is no multiple of `{}`", constant.shown(), step.shown()), to_place),
                }
            }
            (Value::Variable(handle), Value::Grid(grid)) => match handle.kind {
                Kind::Point { .. } => Value::Variable(self.regridded(&handle, &grid, Some(rounding))),
                _ => self.wrong("kind", "only time points are rounded to a grid", to_place),
            },
            (Value::Variable(handle), Value::Number(step)) => self.round_variable(rounding, &handle, &step, to_place),
            (Value::Array(array), Value::Number(step)) if step.unit.is_none() && step.value != 0.0 => {
                let function = |value: f64| match rounding {
                    Rounding::Nearest => value.round_ties_even(),
                    Rounding::Floor => value.floor(),
                    Rounding::Ceiling => value.ceil(),
                    Rounding::Truncate => value.trunc(),
                };
                let values: Vec<f64> = array.values.iter().map(|value| function(value / step.value) * step.value).collect();
                Value::Array(super::ConstantArray { values: values.into(), ..array })
            }
            _ => self.wrong("kind", "this cannot be rounded so", to_place),
        };
        match element {
            Some(element) => self.converted(rounded, element, place),
            None => rounded,
        }
    }

    fn round_variable(&mut self, rounding: Rounding, handle: &Handle, step: &Constant, place: Place) -> Value {
        if !(step.value > 0.0 && step.value.is_finite()) {
            return self.wrong("value", format!("expected a positive step, this is {}", step.shown()), place);
        }
        let Some(unit) = &step.unit else {
            return Value::Variable(self.rounded(handle, rounding, step.value));
        };
        match &handle.kind {
            Kind::Point { grid, .. } if unit.same_dimension(&grid.period.unit) => {
                let Some(period) = step.in_unit(&grid.period.unit) else { return Value::Failed };
                let period = crate::graph::Period { value: period.value, unit: grid.period.unit.clone() };
                let to = Grid { period, offset: grid.offset };
                Value::Variable(self.regridded(handle, &to, Some(rounding)))
            }
            Kind::Duration { period, .. } if unit.same_dimension(&period.unit) => {
                let Some(to) = step.in_unit(&period.unit) else { return Value::Failed };
                let period = crate::graph::Period { value: to.value, unit: period.unit.clone() };
                let moved = self.in_period(handle, &period);
                Value::Variable(self.rounded(&moved, rounding, 1.0))
            }
            _ => {
                let of_label = handle.label.as_deref().and_then(|label| germane_columns::Unit::parse(label).ok());
                match of_label.and_then(|unit| step.in_unit(&unit)) {
                    Some(step) => Value::Variable(self.rounded(handle, rounding, step.value)),
                    None => self.wrong("unit", format!("`{}` is no step of this", step.shown()), place),
                }
            }
        }
    }
}
