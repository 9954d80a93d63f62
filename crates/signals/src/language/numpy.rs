//! What chains take from NumPy: functions of numbers, reductions along samples, constants.

use super::builder::{Handle, Making};
use super::constant::Constant;
use super::functions::unary;
use super::promotion::casts_safely;
use super::{Language, Script, Value};
use crate::chain::Place;
use crate::element::Element;
use crate::graph::{Binary, Kind, Operation, Reduction, Shape};
use germane_expressions::syntax::{SyntaxId, Word};
use germane_texts::nearest;

const NAMES: [&str; 37] = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "true_divide",
    "floor_divide",
    "power",
    "mod",
    "remainder",
    "minimum",
    "maximum",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "equal",
    "not_equal",
    "logical_and",
    "logical_or",
    "logical_not",
    "negative",
    "abs",
    "absolute",
    "sqrt",
    "exp",
    "log",
    "log10",
    "sin",
    "cos",
    "isnan",
    "isfinite",
    "amax",
    "amin",
    "sum",
    "mean",
    "std",
    "median",
];

fn binary(name: &str) -> Option<Binary> {
    Some(match name {
        "add" => Binary::Add,
        "subtract" => Binary::Subtract,
        "multiply" => Binary::Multiply,
        "divide" | "true_divide" => Binary::Divide,
        "floor_divide" => Binary::FloorDivide,
        "power" => Binary::Power,
        "mod" | "remainder" => Binary::Modulo,
        "minimum" => Binary::Minimum,
        "maximum" => Binary::Maximum,
        "less" => Binary::Less,
        "less_equal" => Binary::LessEqual,
        "greater" => Binary::Greater,
        "greater_equal" => Binary::GreaterEqual,
        "equal" => Binary::Equal,
        "not_equal" => Binary::NotEqual,
        "logical_and" => Binary::And,
        "logical_or" => Binary::Or,
        _ => return None,
    })
}

fn reduction(name: &str) -> Option<Reduction> {
    Some(match name {
        "sum" => Reduction::Sum,
        "mean" => Reduction::Mean,
        "std" => Reduction::Std,
        "median" => Reduction::Median,
        "amax" | "max" => Reduction::Max,
        "amin" | "min" => Reduction::Min,
        "argmax" => Reduction::ArgMax,
        "argmin" => Reduction::ArgMin,
        _ => return None,
    })
}

/// How many arguments a function of NumPy takes, the axis of reductions left out.
pub(crate) fn arity(name: &str) -> Option<usize> {
    if binary(name).is_some() {
        Some(2)
    } else if unary(name).is_some() || reduction(name).is_some() {
        Some(1)
    } else {
        None
    }
}

/// Whether a function reduces along samples.
pub(crate) fn is_reduction(name: &str) -> bool {
    reduction(name).is_some()
}

/// Type of what a function gives for some input types, as a loop of NumPy says: `fi->f`.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) inputs: Vec<Element>,
    pub(crate) output: Element,
}

/// `fi->f`
pub(crate) fn parse_loop(text: &str) -> Option<Loop> {
    let (inputs, output) = text.split_once("->")?;
    let letters =
        |text: &str| text.trim().chars().map(|c| super::promotion::parse_element(&c.to_string())).collect::<Option<Vec<_>>>();
    let (inputs, outputs) = (letters(inputs)?, letters(output)?);
    (!inputs.is_empty()).then_some(Loop { inputs, output: *outputs.first()? })
}

/// The first loop that all known types cast to safely.
pub(crate) fn fitting<'l>(loops: &'l [Loop], known: &[Option<Element>]) -> Option<&'l Loop> {
    loops.iter().find(|one| {
        let fits = |(k, element): (usize, &Option<Element>)| {
            element.is_none_or(|element| one.inputs.get(k).is_some_and(|to| casts_safely(element, *to)))
        };
        known.iter().enumerate().all(fits)
    })
}

impl<'a> Language<'a> {
    pub(crate) fn numpy_constant(&mut self, name: &str, place: Place) -> Value {
        let value = match name {
            "pi" => std::f64::consts::PI,
            "e" => std::f64::consts::E,
            "nan" | "NaN" | "NAN" => f64::NAN,
            "inf" | "Inf" | "Infinity" | "infty" => f64::INFINITY,
            "euler_gamma" => 0.577_215_664_901_532_9,
            _ => {
                let problem = self.chain.problem("name", format!("no number `{name}` of NumPy"), place);
                return self.report(problem.advice("known: pi, e, nan, inf, euler_gamma"));
            }
        };
        Value::Number(Constant::float(value))
    }

    /// `np.sqrt(x)` inside an expression.
    pub(crate) fn numpy_function(
        &mut self,
        script: &Script<'a>,
        name: &str,
        args: &[SyntaxId],
        keywords: &[(Word, SyntaxId)],
        place: Place,
    ) -> Value {
        let mut values: Vec<(Value, Place)> = args.iter().map(|id| (self.value(script, *id), script.place(*id))).collect();
        for (word, id) in keywords {
            if word.text != "axis" {
                let message = format!("`{name}` has no argument `{}` here", word.text);
                return self.wrong("call", message, script.place_of(word.place()));
            }
            let axis = self.value(script, *id);
            values.push((axis, script.place(*id)));
        }
        self.numpy_call(name, values, place)
    }

    /// A function of NumPy of values.
    pub(crate) fn numpy_call(&mut self, name: &str, mut values: Vec<(Value, Place)>, place: Place) -> Value {
        let Some(arity) = arity(name) else {
            let mut problem = self.chain.problem("function", format!("no function `{name}` of NumPy"), place);
            problem = match nearest(name, NAMES) {
                Some(found) => problem.nearest(found),
                None => problem.advice(format!("known: {}", NAMES.join(", "))),
            };
            return self.report(problem);
        };
        if is_reduction(name) && values.len() == 2 {
            let axis = values.pop();
            match axis {
                Some((Value::Number(axis), _)) if matches!(axis.as_whole(), Some(1 | -1)) => {}
                Some((Value::Failed, _)) => return Value::Failed,
                Some((_, axis_place)) => {
                    return self.wrong_do("value", "expected 1 or -1: the axis of samples", axis_place, "events are never mixed");
                }
                None => {}
            }
        }
        if values.len() != arity {
            let message = format!("`{name}` takes {arity} argument{}, got {}", if arity == 1 { "" } else { "s" }, values.len());
            return self.wrong("call", message, place);
        }
        let mut values = values.into_iter().map(|(value, _)| value);
        let Some(first) = values.next() else { return Value::Failed };
        match (binary(name), unary(name), reduction(name), values.next()) {
            (Some(operation), _, _, Some(second)) => self.binary(operation, first, second, place),
            (_, Some(function), ..) => self.unary(function, first, place),
            (_, _, Some(reduction), _) => self.reduce(reduction, first, place),
            _ => Value::Failed,
        }
    }

    fn reduce(&mut self, reduction: Reduction, of: Value, place: Place) -> Value {
        let handle = match of {
            Value::Variable(handle) if !handle.is_scalar() => handle,
            Value::Failed => return Value::Failed,
            Value::Array(array) => {
                let title = self.title(place);
                match self.variable(Value::Array(array), &title, place) {
                    Some(handle) => handle,
                    None => return Value::Failed,
                }
            }
            _ => return self.wrong("shape", "expected samples to reduce", place),
        };
        if handle.element.is_complex() {
            return self.wrong("type", "this is not defined for complex numbers", place);
        }
        if handle.length() == 0 && !matches!(reduction, Reduction::Sum) {
            return self.wrong("shape", "there are no samples", place);
        }
        let element = match reduction {
            Reduction::Max | Reduction::Min => handle.element,
            Reduction::Sum => match handle.element {
                Element::Bool | Element::I8 | Element::I16 | Element::I32 | Element::I64 => Element::I64,
                Element::U8 | Element::U16 | Element::U32 | Element::U64 => Element::U64,
                element => element,
            },
            Reduction::Mean | Reduction::Std | Reduction::Median => match handle.element {
                Element::F32 => Element::F32,
                _ => Element::F64,
            },
            Reduction::ArgMax | Reduction::ArgMin => Element::I64,
        };
        self.come_from(place);
        let title = self.title(place);
        let made = self.builder.one(Operation::Reduce(reduction, handle.id), Making::new(title, element, Shape::Scalar));
        let positions = matches!(reduction, Reduction::ArgMax | Reduction::ArgMin);
        let kind = match &handle.kind {
            Kind::Waveform(_) => Kind::Plain,
            kind => kind.clone(),
        };
        let made = if positions { made } else { Handle { kind, label: handle.label, ..made } };
        self.describe(&made);
        Value::Variable(made)
    }
}
