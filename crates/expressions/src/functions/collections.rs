//! Functions that make collections from collections, or choose items.

use super::{Call, Function, angles};
use crate::Problem;
use crate::check::{Checker, Item, Value, What};
use crate::graph::{NodeId, Op};
use crate::syntax::{Literal, Syntax};

pub(super) static PAIRS: Function = Function {
    name: "pairs",
    usage: "pairs(C) as (a, b)",
    doc: "all pairs of different items, the earlier first",
    check: |checker, call| subsets(checker, call, 2),
};

pub(super) static TRIPLES: Function = Function {
    name: "triples",
    usage: "triples(C) as (a, b, c)",
    doc: "all triples of different items, in order",
    check: |checker, call| subsets(checker, call, 3),
};

pub(super) static COMBINATIONS: Function = Function {
    name: "combinations",
    usage: "combinations(C, n)",
    doc: "all sets of n different items, in order; n is a constant from 2 to 8",
    check: |checker, call| {
        let size = match call.args {
            [_, size] => match checker.literal(*size) {
                Some(Literal::Int(size @ 2..=8)) => Some(size as usize),
                _ => None,
            },
            _ => None,
        };
        for id in call.args {
            if checker.check(*id).is_bad() {
                return Value::bad();
            }
        }
        match size {
            Some(size) => subsets(checker, &Call { args: &call.args[..1], ..call.clone() }, size),
            None => checker.bad(Problem::new("call", call.place.clone(), "combinations(C, n) needs a constant n")),
        }
    },
};

fn subsets(checker: &mut Checker<'_>, call: &Call<'_>, size: usize) -> Value {
    let Some(values) = checker.arguments(call) else { return Value::bad() };
    if !checker.has_arguments(call, &values, 1) {
        return Value::bad();
    }
    let place = checker.place(call.args[0]);
    if !checker.is_collection(&values[0], place, &format!("`{}`", call.name.text)) {
        return Value::bad();
    }
    checker.tuples(call.id, Op::Combinations(size as u8), &[&values[0]], size)
}

pub(super) static CROSS: Function = Function {
    name: "cross",
    usage: "cross(A, B) as (a, b)",
    doc: "all tuples of an item of each, the first varies slowest",
    check: |checker, call| {
        let Some(values) = several(checker, call) else { return Value::bad() };
        if values.len() > 8 {
            return checker.bad(Problem::new("call", call.place.clone(), "cross takes up to 8 collections"));
        }
        let all: Vec<&Value> = values.iter().collect();
        checker.tuples(call.id, Op::Cross, &all, values.len())
    },
};

pub(super) static UNION: Function = Function {
    name: "union",
    usage: "union(A, B)",
    doc: "items of one behind those of the other, with the fields that both have, and `kind`, the name of the origin",
    check: |checker, call| {
        let Some(values) = several(checker, call) else { return Value::bad() };
        let named: Vec<(String, Value)> = values
            .into_iter()
            .zip(call.args)
            .map(|(value, id)| {
                let name = match checker.tree.get(*id) {
                    Syntax::Name(name) => name.clone(),
                    _ => value.kind().to_string(),
                };
                (name, value)
            })
            .collect();
        checker.union(call.id, &named)
    },
};

fn several(checker: &mut Checker<'_>, call: &Call<'_>) -> Option<Vec<Value>> {
    let values = checker.arguments(call)?;
    if values.len() < 2 {
        let name = &call.name.text;
        checker.bad(Problem::new("call", call.place.clone(), format!("{name}(A, B) needs two collections")));
        return None;
    }
    for (value, id) in values.iter().zip(call.args) {
        let place = checker.place(*id);
        if !checker.is_collection(value, place, &format!("`{}`", call.name.text)) {
            return None;
        }
    }
    Some(values)
}

pub(super) static SORT: Function = Function {
    name: "sort",
    usage: "C.sort(by=x)",
    doc: "items in rising order of x, null and NaN last; equal ones keep their order",
    check: |checker, call| {
        let Some((collection, rest)) = subject(checker, call) else { return Value::bad() };
        match (call.keywords, rest) {
            ([(word, key)], []) if word.text == "by" => {
                let Some((items, key)) = keyed(checker, &collection, *key) else { return Value::bad() };
                let parent = checker.graph.node(items.axis).axis;
                let axis = checker.graph.axis(Op::Sort, &[items.axis, key], parent);
                checker.kept(call.id, &items, axis, collection.free)
            }
            _ => {
                let problem = Problem::new("call", call.place.clone(), "sort takes `by=`");
                checker.bad(problem.advice("e.g. `.sort(by=-pt)` for falling pt"))
            }
        }
    },
};

pub(super) static BEST: Function = Function {
    name: "best",
    usage: "C.best(min=x) or C.best(max=x)",
    doc: "the item with the least or greatest x, the first of equal ones; null if there is none",
    check: |checker, call| {
        let Some((collection, rest)) = subject(checker, call) else { return Value::bad() };
        match (call.keywords, rest) {
            ([(word, key)], []) if word.text == "min" || word.text == "max" => {
                let Some((items, key)) = keyed(checker, &collection, *key) else { return Value::bad() };
                best(checker, &items, key, word.text == "max", collection.free - 1)
            }
            _ => checker.bad(Problem::new("call", call.place.clone(), "best takes `min=` or `max=`")),
        }
    },
};

/// The item with the least or greatest key of each list.
fn best(checker: &mut Checker<'_>, items: &Value, key: NodeId, greatest: bool, free: usize) -> Value {
    let parent = checker.graph.node(items.axis).axis;
    let index = checker.graph.index(Op::Best { greatest }, &[items.axis, key], parent);
    let found = checker.at(items, index, true);
    Value { free, ..found }
}

/// The collection of a method, or of a function with the collection as first argument, and the other arguments.
fn subject<'a>(checker: &mut Checker<'_>, call: &Call<'a>) -> Option<(Value, &'a [crate::syntax::SyntaxId])> {
    let (id, rest) = match call.of {
        Some(of) => (of, call.args),
        None if call.args.is_empty() => {
            let message = format!("`{}` needs a collection", call.name.text);
            checker.bad(Problem::new("call", call.place.clone(), message));
            return None;
        }
        None => (call.args[0], &call.args[1..]),
    };
    let value = checker.check(id);
    let place = checker.place(id);
    checker.is_collection(&value, place, &format!("`.{}`", call.name.text)).then_some((value, rest))
}

/// Items and a number for each, along one axis.
fn keyed(checker: &mut Checker<'_>, collection: &Value, key: crate::syntax::SyntaxId) -> Option<(Value, NodeId)> {
    let (items, value) = checker.each(collection, key)?;
    let place = checker.place(key);
    if !checker.is_number(&value, place, "this") {
        return None;
    }
    let node = checker.in_unit(&value, &value.unit.clone(), false);
    let node = checker.graph.spread(node, items.axis);
    Some((items, node))
}

pub(super) static NEAREST: Function = Function {
    name: "nearest",
    usage: "nearest(x, C)",
    doc: "the item of C at the least distance ΔR of x, null if there is none",
    check: |checker, call| {
        let Some(values) = checker.arguments(call) else { return Value::bad() };
        if !checker.has_arguments(call, &values, 2) {
            return Value::bad();
        }
        let place = checker.place(call.args[1]);
        if !checker.is_collection(&values[1], place, "`nearest`")
            || !angles::is_object(checker, call, &values[0], call.args[0], &["eta", "phi"])
            || !angles::is_object(checker, call, &values[1], call.args[1], &["eta", "phi"])
        {
            return Value::bad();
        }
        // The collection once for each x: the lists of the event (or of the context) seen from the axis of x.
        let (from, collection) = (&values[0], &values[1]);
        let outer = Value { free: 0, ..from.clone() };
        let base = checker.graph.axis_up(collection.axis, collection.free);
        if collection.free > 1 || !checker.reaches(from.axis, base) {
            return checker.bad(Problem::unsupported(call.place.clone(), "nearest in lists of lists"));
        }
        let seen = checker.seen_by(from.axis, collection.axis);
        let items = checker.lift(collection, seen, 1);
        let items = Value { free: 0, ..items };
        let up = checker.graph.index(Op::ToParent, &[seen], seen);
        let outer = checker.at(&outer, up, false);
        let Some(distance) = angles::distance(checker, &outer, &items, seen) else { return Value::bad() };
        let found = best(checker, &items, distance, false, from.free);
        match &found.what {
            What::Item(Item { .. }) => found,
            _ => Value::bad(),
        }
    },
};

impl Checker<'_> {
    /// Reads a text for each item of a collection: the items and the value, along one axis.
    pub(crate) fn each(&mut self, collection: &Value, id: crate::syntax::SyntaxId) -> Option<(Value, Value)> {
        let seen = self.open(collection);
        let inner = self.check(id);
        if inner.is_bad() {
            self.scopes.pop();
            return None;
        }
        if inner.free > 0 {
            self.scopes.pop();
            let axes = inner.axes(self.graph).join(" > ");
            let message = format!("this is counted along `{axes}`, one value per item is needed");
            let place = self.place(id);
            self.bad(Problem::new("axes", place, message));
            return None;
        }
        let axis = self.inner_axis(&inner, &seen);
        self.scopes.pop();
        let items = Value { free: 0, ..seen };
        Some((self.lift(&items, axis, 0), self.lift(&inner, axis, 0)))
    }
}
