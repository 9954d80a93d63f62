//! Distances between objects: Δφ in (-π, π] by one exact difference, Δη, ΔR, transverse mass.

use super::{Call, Function};
use crate::Problem;
use crate::check::{Checker, Value};
use crate::graph::{NodeId, Op, Storage};
use crate::syntax::Binary;
use germane_columns::Unit;

pub(super) static DPHI: Function = Function {
    name: "dphi",
    usage: "dphi(a, b)",
    doc: "difference of the azimuths of two objects (or of two angles), in (-π, π]",
    check: |checker, call| between(checker, call, &["phi"], true, |checker, [a, b], axis| phi(checker, a, b, axis)),
};

pub(super) static DETA: Function = Function {
    name: "deta",
    usage: "deta(a, b)",
    doc: "difference of the pseudorapidities of two objects (or of two numbers)",
    check: |checker, call| between(checker, call, &["eta", "phi"], true, |checker, [a, b], axis| eta(checker, a, b, axis)),
};

pub(super) static DR: Function = Function {
    name: "dr",
    usage: "dr(a, b)",
    doc: "distance √(Δη² + Δφ²) of two objects",
    check: |checker, call| between(checker, call, &["eta", "phi"], false, |checker, [a, b], axis| distance(checker, a, b, axis)),
};

pub(super) static MT: Function = Function {
    name: "mt",
    usage: "mt(a, b)",
    doc: "transverse mass √(2 pt pt (1 - cos Δφ)) of two objects",
    check: |checker, call| {
        let value = between(checker, call, &["pt", "phi"], false, |checker, [a, b], axis| {
            let (unit, other) = (checker.vector_unit(a), checker.vector_unit(b));
            let nullable = a.nullable || b.nullable;
            let turn = phi(checker, a, b, axis)?;
            let (x, y) = (part(checker, a, "pt")?, part(checker, b, "pt")?);
            let (one, square) = (Unit::one(), unit.times(&unit));
            let factor = other.factor_to(&unit).unwrap_or(1.0);
            let (two, whole) = (checker.graph.float(2.0, &one), checker.graph.float(1.0, &one));
            let factor = checker.graph.float(factor, &one);
            let mut f = checker.formula(axis, nullable);
            let x = f.times(two, x, &unit);
            let y = if other == unit { y } else { f.times(y, factor, &unit) };
            let product = f.times(x, y, &square);
            let cos = f.call("cos", turn, &one);
            let rest = f.minus(whole, cos, &one);
            let square = f.times(product, rest, &square);
            Some(f.op(Op::Sqrt, &[square], &unit))
        });
        let unit = value.node().map(|node| checker.graph.units[checker.graph.node(node).unit as usize].clone());
        value.with_unit(&unit.unwrap_or_default())
    },
};

/// One number of an object: a field, or a component computed from its fields. A float stands for itself.
fn part(checker: &mut Checker<'_>, value: &Value, name: &str) -> Option<NodeId> {
    if value.is_number() {
        return Some(checker.plain(value));
    }
    if let Some(field) = checker.item_field(value, name) {
        return checker.as_float(&field);
    }
    checker.component(value, name)?.node()
}

fn phi(checker: &mut Checker<'_>, a: &Value, b: &Value, axis: NodeId) -> Option<NodeId> {
    let (x, y) = (part(checker, a, "phi")?, part(checker, b, "phi")?);
    Some(checker.formula(axis, a.nullable || b.nullable).op(Op::AngleDifference, &[x, y], &Unit::one()))
}

fn eta(checker: &mut Checker<'_>, a: &Value, b: &Value, axis: NodeId) -> Option<NodeId> {
    let (x, y) = (part(checker, a, "eta")?, part(checker, b, "eta")?);
    let op = Op::Arithmetic(Binary::Subtract);
    Some(checker.formula(axis, a.nullable || b.nullable).op(op, &[x, y], &Unit::one()))
}

/// Node of ΔR of two objects that are counted along one axis.
pub(super) fn distance(checker: &mut Checker<'_>, a: &Value, b: &Value, axis: NodeId) -> Option<NodeId> {
    let (x, y) = (eta(checker, a, b, axis)?, phi(checker, a, b, axis)?);
    Some(checker.formula(axis, a.nullable || b.nullable).op(Op::Hypot, &[x, y], &Unit::one()))
}

/// Whether a value has what a distance needs; complains if not.
pub(super) fn is_object(
    checker: &mut Checker<'_>,
    call: &Call<'_>,
    value: &Value,
    id: crate::syntax::SyntaxId,
    fields: &[&str],
) -> bool {
    let names = checker.field_names(value);
    if checker.is_vector_like(value) || fields.iter().all(|field| names.iter().any(|name| name == field)) {
        return true;
    }
    let (shown, place) = (checker.show(value), checker.place(id));
    let message = format!("`{}` needs objects with {}; this is {shown}", call.name.text, fields.join(", "));
    checker.bad(Problem::new("type", place, message));
    false
}

fn between(
    checker: &mut Checker<'_>,
    call: &Call<'_>,
    fields: &[&str],
    numbers: bool,
    formula: impl FnOnce(&mut Checker<'_>, [&Value; 2], NodeId) -> Option<NodeId>,
) -> Value {
    let Some(values) = checker.arguments(call) else { return Value::bad() };
    if !checker.has_arguments(call, &values, 2) {
        return Value::bad();
    }
    for (value, id) in values.iter().zip(call.args) {
        let is_angle = numbers && value.storage() == Some(Storage::Float);
        if !is_angle && !is_object(checker, call, value, *id, fields) {
            return Value::bad();
        }
    }
    let what = format!("`{}`", call.name.text);
    let Some((axis, free)) = checker.join(call.place.clone(), &what, &[&values[0], &values[1]]) else { return Value::bad() };
    let (a, b) = (checker.lift(&values[0], axis, free), checker.lift(&values[1], axis, free));
    match formula(checker, [&a, &b], axis) {
        Some(node) => Value::scalar(node, Storage::Float, axis, free).with_null(a.nullable || b.nullable),
        None => Value::bad(),
    }
}
