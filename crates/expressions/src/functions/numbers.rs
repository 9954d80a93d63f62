//! Functions of numbers beside the elementary ones: sizes, signs, rounding, questions about floats, bits.

use super::{Call, Function};
use crate::Problem;
use crate::check::{Checker, Value};
use crate::graph::{NodeId, Op, Storage};
use germane_columns::{Ratio, Unit};

pub(super) static ABS: Function = Function {
    name: "abs",
    usage: "abs(x)",
    doc: "size of a number",
    check: |checker, call| {
        one_number(checker, call, |checker, value| {
            let storage = if value.is_int() { Storage::Int } else { Storage::Float };
            checker.map(value, Op::Abs, storage, &value.unit.clone()).with_bare(false)
        })
    },
};

pub(super) static SIGN: Function = Function {
    name: "sign",
    usage: "sign(x)",
    doc: "-1, 0 or 1; null for NaN",
    check: |checker, call| {
        one_number(checker, call, |checker, value| checker.map(value, Op::Sign, Storage::Int, &Unit::one()).with_bare(false))
    },
};

fn rounded(checker: &mut Checker<'_>, call: &Call<'_>, name: &'static str) -> Value {
    one_number(checker, call, |checker, value| {
        if value.is_int() {
            return Value { unit: Unit::one(), bare: false, ..value.clone() };
        }
        checker.map(value, Op::Rounding(name), Storage::Int, &Unit::one()).with_bare(false)
    })
}

pub(super) static FLOOR: Function = Function {
    name: "floor",
    usage: "floor(x)",
    doc: "largest integer that is not above x; null for NaN and infinities",
    check: |checker, call| rounded(checker, call, "floor"),
};

pub(super) static CEIL: Function = Function {
    name: "ceil",
    usage: "ceil(x)",
    doc: "smallest integer that is not below x; null for NaN and infinities",
    check: |checker, call| rounded(checker, call, "ceil"),
};

pub(super) static ROUND: Function = Function {
    name: "round",
    usage: "round(x)",
    doc: "nearest integer, halves to even; null for NaN and infinities",
    check: |checker, call| rounded(checker, call, "round"),
};

fn question(checker: &mut Checker<'_>, call: &Call<'_>, op: Op) -> Value {
    one_number(checker, call, |checker, value| {
        let node = checker.in_unit(value, &value.unit.clone(), true);
        let node = checker.graph.value(op, &[node], value.axis, Storage::Bool, &Unit::one(), value.nullable);
        Value::scalar(node, Storage::Bool, value.axis, value.free).with_null(value.nullable)
    })
}

pub(super) static ISNAN: Function = Function {
    name: "isnan",
    usage: "isnan(x)",
    doc: "whether x is not a number",
    check: |checker, call| question(checker, call, Op::IsNan),
};

pub(super) static ISFINITE: Function = Function {
    name: "isfinite",
    usage: "isfinite(x)",
    doc: "whether x is neither infinite nor NaN",
    check: |checker, call| question(checker, call, Op::IsFinite),
};

pub(super) static SQRT: Function = Function {
    name: "sqrt",
    usage: "sqrt(x)",
    doc: "square root; the unit is the root of the unit",
    check: |checker, call| {
        one_number(checker, call, |checker, value| {
            let has_dimension = value.unit.has_dimension();
            let unit = if has_dimension { value.unit.power(Ratio::new(1, 2)) } else { Unit::one() };
            let node = if has_dimension { checker.in_unit(value, &value.unit.clone(), true) } else { checker.plain(value) };
            let node = checker.graph.value(Op::Sqrt, &[node], value.axis, Storage::Float, &unit, value.nullable);
            Value::scalar(node, Storage::Float, value.axis, value.free).with_unit(&unit).with_null(value.nullable)
        })
    },
};

pub(super) static BIT: Function = Function {
    name: "bit",
    usage: "bit(i, k)",
    doc: "whether bit k of an integer is set",
    check: |checker, call| {
        let Some(values) = checker.arguments(call) else { return Value::bad() };
        if !checker.has_arguments(call, &values, 2) {
            return Value::bad();
        }
        for (value, id) in values.iter().zip(call.args) {
            if !value.is_int() {
                let (shown, place) = (checker.show(value), checker.place(*id));
                return checker.bad(Problem::new("type", place, format!("`bit` needs an integer, this is {shown}")));
            }
        }
        let Some((axis, free)) = checker.join(call.place.clone(), "`bit`", &[&values[0], &values[1]]) else {
            return Value::bad();
        };
        let nullable = values.iter().any(|value| value.nullable);
        let nodes: Vec<NodeId> = values.iter().filter_map(|value| checker.lift(value, axis, free).node()).collect();
        let node = checker.graph.value(Op::Bit, &nodes, axis, Storage::Bool, &Unit::one(), nullable);
        Value::scalar(node, Storage::Bool, axis, free).with_null(nullable)
    },
};

pub(super) static CLAMP: Function = Function {
    name: "clamp",
    usage: "clamp(x, low, high)",
    doc: "x, but not below low and not above high",
    check: |checker, call| together(checker, call, 3, Op::Clamp, true, Unit::clone),
};

pub(super) static HYPOT: Function = Function {
    name: "hypot",
    usage: "hypot(x, y)",
    doc: "√(x² + y²)",
    check: |checker, call| together(checker, call, 2, Op::Hypot, false, Unit::clone),
};

pub(super) static ATAN2: Function = Function {
    name: "atan2",
    usage: "atan2(y, x)",
    doc: "angle of the point (x, y) in rad, from -π to π",
    check: |checker, call| together(checker, call, 2, Op::Atan2, false, |_| Unit::one()),
};

fn one_number(checker: &mut Checker<'_>, call: &Call<'_>, read: impl FnOnce(&mut Checker<'_>, &Value) -> Value) -> Value {
    let Some(values) = checker.arguments(call) else { return Value::bad() };
    if !checker.has_arguments(call, &values, 1) {
        return Value::bad();
    }
    let place = checker.place(call.args[0]);
    if !checker.is_number(&values[0], place, &format!("`{}`", call.name.text)) {
        return Value::bad();
    }
    read(checker, &values[0])
}

/// Numbers of one dimension through one operation; the right ones are converted.
pub(super) fn together(
    checker: &mut Checker<'_>,
    call: &Call<'_>,
    count: usize,
    op: Op,
    keep_int: bool,
    unit_of: fn(&Unit) -> Unit,
) -> Value {
    let Some(values) = checker.arguments(call) else { return Value::bad() };
    if !checker.has_arguments(call, &values, count) {
        return Value::bad();
    }
    let what = format!("`{}`", call.name.text);
    for (value, id) in values.iter().zip(call.args) {
        let place = checker.place(*id);
        if !checker.is_number(value, place, &what) {
            return Value::bad();
        }
    }
    let mut unit = values[0].clone();
    for value in &values[1..] {
        let Some(common) = checker.common_unit(call.place.clone(), &unit, value, &what) else { return Value::bad() };
        unit = Value { bare: unit.bare && value.bare, unit: common, ..unit };
    }
    let all: Vec<&Value> = values.iter().collect();
    let Some((axis, free)) = checker.join(call.place.clone(), &what, &all) else { return Value::bad() };
    let int = keep_int && values.iter().all(Value::is_int);
    let nullable = values.iter().any(|value| value.nullable);
    let nodes: Vec<NodeId> = values
        .iter()
        .map(|value| {
            let lifted = checker.lift(value, axis, free);
            checker.in_unit(&lifted, &unit.unit, !int)
        })
        .collect();
    let result = unit_of(&unit.unit);
    let storage = if int { Storage::Int } else { Storage::Float };
    let node = match op {
        // least and greatest of more than two, two at a time
        Op::Least | Op::Greatest => nodes[1..]
            .iter()
            .fold(nodes[0], |held, next| checker.graph.value(op.clone(), &[held, *next], axis, storage, &result, nullable)),
        op => checker.graph.value(op, &nodes, axis, storage, &result, nullable),
    };
    let bare = keep_int && unit.bare;
    Value::scalar(node, storage, axis, free).with_unit(&result).with_null(nullable).with_bare(bare)
}
