//! Elementary functions of one plain number: name, kernel, doc in one table.

use super::Call;
use crate::Problem;
use crate::check::{Checker, Value};
use crate::graph::{Op, Storage};
use germane_columns::Unit;
use germane_numerics::{maths, special};

/// A function from f64 to f64.
#[derive(Debug)]
pub(crate) struct Elementary {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) kernel: fn(f64) -> f64,
}

const fn row(name: &'static str, kernel: fn(f64) -> f64, doc: &'static str) -> Elementary {
    Elementary { name, doc, kernel }
}

pub(crate) static TABLE: [Elementary; 18] = [
    row("exp", maths::exp, "exponential function"),
    row("log", maths::ln, "natural logarithm"),
    row("log10", maths::log10, "logarithm to base 10"),
    row("log1p", maths::log1p, "log(1 + x), exact near 0"),
    row("expm1", maths::expm1, "exp(x) - 1, exact near 0"),
    row("sin", maths::sin, "sine of an angle in rad"),
    row("cos", maths::cos, "cosine of an angle in rad"),
    row("tan", maths::tan, "tangent of an angle in rad"),
    row("asin", maths::asin, "inverse sine"),
    row("acos", maths::acos, "inverse cosine"),
    row("atan", maths::atan, "inverse tangent"),
    row("sinh", maths::sinh, "hyperbolic sine"),
    row("cosh", maths::cosh, "hyperbolic cosine"),
    row("tanh", maths::tanh, "hyperbolic tangent"),
    row("asinh", maths::asinh, "inverse hyperbolic sine"),
    row("acosh", maths::acosh, "inverse hyperbolic cosine"),
    row("atanh", maths::atanh, "inverse hyperbolic tangent"),
    row("erf", special::erf, "error function"),
];

/// The kernel of a name of the table.
pub(crate) fn kernel(name: &str) -> fn(f64) -> f64 {
    TABLE.iter().find(|known| known.name == name).map_or(|_| f64::NAN, |known| known.kernel)
}

pub(crate) fn check(checker: &mut Checker<'_>, function: &'static Elementary, call: &Call<'_>) -> Value {
    let Some(values) = checker.arguments(call) else { return Value::bad() };
    if !checker.has_arguments(call, &values, 1) {
        return Value::bad();
    }
    let (value, name) = (&values[0], function.name);
    let place = checker.place(call.args[0]);
    if !checker.is_number(value, place.clone(), &format!("`{name}`")) {
        return Value::bad();
    }
    if value.unit.has_dimension() {
        let problem = Problem::new("unit", place, format!("`{name}` of a quantity in {}", value.unit));
        return checker.bad(problem.advice(format!("divide by a unit first: `{name}(… / 1 {})`", value.unit)));
    }
    let node = checker.plain(value);
    let op = Op::Elementary(name);
    let node = checker.graph.value(op, &[node], value.axis, Storage::Float, &Unit::one(), value.nullable);
    Value::scalar(node, Storage::Float, value.axis, value.free).with_null(value.nullable)
}
