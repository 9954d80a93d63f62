//! Functions that look at slots rather than values, and those that change what a name means.

use super::{Call, Function, reductions};
use crate::Problem;
use crate::check::{Checker, Value};
use crate::graph::{NodeId, Op, Storage, View};
use crate::syntax::Syntax;
use germane_columns::Unit;

pub(super) static COUNT: Function = Function {
    name: "count",
    usage: "count(list) or C.count(condition)",
    doc: "number of items (missing ones too), or of items for which a condition is true",
    check: |checker, call| {
        let Some((value, inner)) = reductions::operand(checker, call) else { return Value::bad() };
        let Some(inner) = inner else {
            let parent = checker.graph.node(value.axis).axis;
            let node = checker.graph.value(Op::Count, &[value.axis], parent, Storage::Int, &Unit::one(), false);
            return Value::scalar(node, Storage::Int, parent, value.free - 1);
        };
        if !inner.is_bool() {
            let (shown, place) = (checker.show(&inner), checker.place(call.args[0]));
            let problem = Problem::new("type", place, format!("`.count` needs a condition, this is {shown}"));
            return checker.bad(problem.advice("`count(C)` counts items; compare with something to count some of them"));
        }
        let parent = checker.graph.node(inner.axis).axis;
        let condition = inner.node().map_or(NodeId::EVENT, |node| checker.graph.spread(node, inner.axis));
        let node = checker.graph.value(Op::CountTrue, &[condition], parent, Storage::Int, &Unit::one(), false);
        Value::scalar(node, Storage::Int, parent, value.free - 1)
    },
};

pub(super) static FIRST: Function = Function {
    name: "first",
    usage: "first(list) or C.first(x)",
    doc: "the first value or item, null if there is none",
    check: |checker, call| end(checker, call, false),
};

pub(super) static LAST: Function = Function {
    name: "last",
    usage: "last(list) or C.last(x)",
    doc: "the last value or item, null if there is none",
    check: |checker, call| end(checker, call, true),
};

fn end(checker: &mut Checker<'_>, call: &Call<'_>, last: bool) -> Value {
    let Some((value, inner)) = reductions::operand(checker, call) else { return Value::bad() };
    let free = value.free - 1;
    let list = inner.unwrap_or(value);
    let parent = checker.graph.node(list.axis).axis;
    let index = checker.graph.index(Op::End { last }, &[list.axis], parent);
    let found = checker.at(&list, index, true);
    Value { free, ..found }
}

pub(super) static NOMINAL: Function = Function {
    name: "nominal",
    usage: "nominal(x)",
    doc: "x with the columns as they are in the file, inside a variation",
    check: |checker, call| {
        let [id] = call.args else {
            return checker.bad(Problem::new("call", call.place.clone(), "nominal takes one argument"));
        };
        let view = std::mem::replace(&mut checker.view, View::Nominal);
        let value = checker.check(*id);
        checker.view = view;
        value
    },
};

pub(super) static COLUMN: Function = Function {
    name: "column",
    usage: "column(\"name\")",
    doc: "the event column of exactly this name, whatever signs it has",
    check: |checker, call| {
        let tree = checker.tree.clone();
        let [id] = call.args else {
            return checker.bad(Problem::new("call", call.place.clone(), "column takes the name of one column in quotes"));
        };
        let Syntax::Text(name) = tree.get(*id) else {
            let place = checker.place(*id);
            return checker.bad(Problem::new("call", place, "column takes the name of one column in quotes"));
        };
        let place = checker.place(*id);
        if let Some(value) = checker.event_column(name, &place) {
            return value;
        }
        let problem = Problem::new("name", place, format!("no column `{name}`"));
        let known: Vec<String> = checker.graph.schema.event.keys().cloned().collect();
        checker.bad(problem.nearest(name, known.iter().map(String::as_str)))
    },
};
