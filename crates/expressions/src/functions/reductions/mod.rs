//! Reductions: a list of values becomes one. Each is a file with its kernel and one line in [`TABLE`].
//!
//! A kernel gets the values of one list and gives one value, or none where the result is null. To add one: write its file
//! (a [`Reduction`] with a kernel for each kind of value that it takes), add its line here and a test of its values.

mod any_all;
mod extremes;
mod mean;
mod positions;
mod sum;

use super::{Call, numbers};
use crate::Problem;
use crate::check::{Checker, Value, What};
use crate::graph::{NodeId, Op, Storage};
use germane_columns::Unit;

/// All reductions.
pub(crate) static TABLE: [&Reduction; 8] = [
    &sum::SUM,
    &mean::MEAN,
    &extremes::MIN,
    &extremes::MAX,
    &positions::ARGMIN,
    &positions::ARGMAX,
    &any_all::ANY,
    &any_all::ALL,
];

/// A reduction: kernels by kind of value. A kind without kernel is refused when the text is checked.
#[derive(Debug)]
pub(crate) struct Reduction {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    /// whether the result is in the unit of the values
    pub(crate) keeps_unit: bool,
    /// whether the result can be null
    pub(crate) nullable: bool,
    pub(crate) float: Option<Kernel<f64>>,
    pub(crate) int: Option<Kernel<i64>>,
    pub(crate) bool: Option<Kernel<bool>>,
}

/// From the values of one list to one value of a kind; `None` is null.
#[derive(Debug)]
pub(crate) enum Kernel<T: 'static> {
    Float(fn(Segment<'_, T>) -> Option<f64>),
    Int(fn(Segment<'_, T>) -> Option<i64>),
    Bool(fn(Segment<'_, T>) -> Option<bool>),
}

impl<T> Kernel<T> {
    fn storage(&self) -> Storage {
        match self {
            Self::Float(_) => Storage::Float,
            Self::Int(_) => Storage::Int,
            Self::Bool(_) => Storage::Bool,
        }
    }
}

/// The values of one list; those that are missing are marked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) valid: Option<&'a [bool]>,
}

impl<'a, T: Copy> Segment<'a, T> {
    /// The values that are there, with their places in the list.
    pub(crate) fn present(self) -> impl Iterator<Item = (usize, T)> + 'a {
        let valid = self.valid;
        self.values.iter().copied().enumerate().filter(move |(k, _)| valid.is_none_or(|valid| valid[*k]))
    }
}

pub(crate) fn find(name: &str) -> Option<&'static Reduction> {
    TABLE.iter().copied().find(|known| known.name == name)
}

/// What is reduced: the list itself, or with it the value that a method computes for each item.
pub(super) fn operand(checker: &mut Checker<'_>, call: &Call<'_>) -> Option<(Value, Option<Value>)> {
    let name = &call.name.text;
    let count = call.args.len() + usize::from(call.of.is_some());
    let (Some(list), true) = (call.of.or_else(|| call.args.first().copied()), call.keywords.is_empty()) else {
        let message = format!("`{name}` takes 1 argument, not {}", call.args.len() + call.keywords.len());
        checker.bad(Problem::new("call", call.place.clone(), message));
        return None;
    };
    if call.of.is_none() && count != 1 || call.args.len() > 1 {
        for id in call.args {
            if checker.check(*id).is_bad() {
                return None;
            }
        }
        let message = format!("`{name}` takes 1 argument, not {}", call.args.len());
        checker.bad(Problem::new("call", call.place.clone(), message));
        return None;
    }
    let value = checker.check(list);
    if value.is_bad() {
        return None;
    }
    let place = checker.place(list);
    if call.of.is_some() && call.args.len() == 1 {
        if !checker.is_collection(&value, place, &format!("`.{name}`")) {
            return None;
        }
        let (_, inner) = checker.each(&value, call.args[0])?;
        return Some((value, Some(inner)));
    }
    if value.free == 0 {
        let shown = checker.show(&value);
        let problem = Problem::new("axes", place, format!("`{name}` has nothing to reduce: this is {shown}"));
        checker.bad(problem.advice("it is one value already"));
        return None;
    }
    Some((value, None))
}

/// Checks a reduction, as a function over the innermost axis or as a method with a scope.
pub(super) fn check(checker: &mut Checker<'_>, reduction: &'static Reduction, call: &Call<'_>) -> Value {
    let elementwise = match reduction.name {
        "min" => Some(Op::Least),
        "max" => Some(Op::Greatest),
        _ => None,
    };
    if let Some(op) = elementwise.filter(|_| call.of.is_none() && call.args.len() > 1) {
        return numbers::together(checker, call, call.args.len(), op, true, Unit::clone);
    }
    let Some((list, inner)) = operand(checker, call) else { return Value::bad() };
    let free = list.free - 1;
    let (place, value) = match &inner {
        Some(inner) => (checker.place(call.args[0]), inner),
        None => (checker.place(call.of.unwrap_or_else(|| call.args[0])), &list),
    };
    let parent = checker.graph.node(value.axis).axis;
    if reduction.name == "sum" && checker.is_vector_like(value) {
        let unit = checker.vector_unit(value);
        let Some(parts) = checker.cartesian(value) else { return Value::bad() };
        let parts = parts.map(|part| {
            let part = checker.graph.spread(part, value.axis);
            checker.graph.value(Op::Reduce("sum"), &[part], parent, Storage::Float, &unit, false)
        });
        return Value::new(What::Vector(parts), parent, free).with_unit(&unit);
    }
    let storage = match value.storage() {
        Some(Storage::Float) => reduction.float.as_ref().map(Kernel::storage),
        Some(Storage::Int) => reduction.int.as_ref().map(Kernel::storage),
        Some(Storage::Bool) => reduction.bool.as_ref().map(Kernel::storage),
        _ => None,
    };
    let Some(storage) = storage else {
        let shown = checker.show(value);
        let needs = if reduction.float.is_some() { "a number" } else { "conditions" };
        let message = format!("`{}` needs {needs}, this is {shown}", reduction.name);
        return checker.bad(Problem::new("type", place, message));
    };
    let unit = if reduction.keeps_unit && value.is_number() { value.unit.clone() } else { Unit::one() };
    let node = value.node().map_or(NodeId::EVENT, |node| checker.graph.spread(node, value.axis));
    let op = Op::Reduce(reduction.name);
    let node = checker.graph.value(op, &[node], parent, storage, &unit, reduction.nullable);
    Value::scalar(node, storage, parent, free).with_unit(&unit).with_null(reduction.nullable)
}
