//! Axes of values: what can be combined, along which axis the result is counted, and the maps that carry values there.
//!
//! Inside `C[…]` one item of C is looked at for each element of its axis. A value is counted along some axis, of which the
//! innermost `free` levels are lists as the text sees them, and the rest, its context, is made of the items of the open
//! scopes. Values of two contexts meet along [`Op::Seen`]: the items of one for each element of the other.

use super::Checker;
use super::value::{Item, Value, What};
use crate::Problem;
use crate::graph::{NodeId, Op};
use std::ops::Range;

/// An open scope: one item at a time.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) item: Value,
    pub(crate) axis: NodeId,
}

impl Checker<'_> {
    /// Steps from an axis to one that it repeats: to parents, and from seen lists to their source.
    fn steps(&self, from: NodeId, to: NodeId, tried: &mut Vec<NodeId>) -> Option<Vec<(NodeId, bool)>> {
        if from == to {
            return Some(Vec::new());
        }
        if tried.contains(&from) || from == NodeId::EVENT {
            return None;
        }
        tried.push(from);
        let node = self.graph.node(from);
        let (parent, source) = (node.axis, (node.op == Op::Seen).then(|| node.args[1]));
        for (next, to_source) in [Some((parent, false)), source.map(|source| (source, true))].into_iter().flatten() {
            if let Some(mut steps) = self.steps(next, to, tried) {
                steps.insert(0, (from, to_source));
                return Some(steps);
            }
        }
        None
    }

    pub(crate) fn reaches(&self, from: NodeId, to: NodeId) -> bool {
        self.steps(from, to, &mut Vec::new()).is_some()
    }

    fn then(&mut self, first: Option<NodeId>, second: NodeId) -> NodeId {
        match first {
            None => second,
            Some(first) => self.graph.gather(second, first, false),
        }
    }

    /// Index from an axis to one that it repeats, absent where they are the same.
    pub(crate) fn path(&mut self, from: NodeId, to: NodeId) -> Option<NodeId> {
        let steps = self.steps(from, to, &mut Vec::new()).unwrap_or_default();
        let mut index = None;
        for (axis, to_source) in steps {
            let op = if to_source { Op::Origin(0) } else { Op::ToParent };
            let step = self.graph.index(op, &[axis], axis);
            index = Some(self.then(index, step));
        }
        index
    }

    /// The axis that contexts have in common: the deepest, or the lists of one seen from the other in the order of scopes.
    pub(crate) fn join_contexts(&mut self, contexts: &[NodeId]) -> NodeId {
        if let Some(deepest) = contexts.iter().copied().find(|a| contexts.iter().all(|b| self.reaches(*a, *b))) {
            return deepest;
        }
        let axes: Vec<NodeId> = self.scopes.iter().map(|scope| scope.axis).collect();
        let mut joined = NodeId::EVENT;
        for axis in axes {
            if !contexts.iter().any(|context| self.reaches(*context, axis)) || self.reaches(joined, axis) {
                continue;
            }
            joined = if self.reaches(axis, joined) { axis } else { self.seen_from(axis, joined) };
        }
        joined
    }

    /// The levels of `axis` that `from` does not reach, as lists seen from `from`.
    fn seen_from(&mut self, axis: NodeId, from: NodeId) -> NodeId {
        let mut levels = vec![];
        let mut at = axis;
        while at != NodeId::EVENT && !self.reaches(from, at) {
            levels.push(at);
            at = self.graph.node(at).axis;
        }
        levels.into_iter().rev().fold(from, |from, level| self.see(level, from))
    }

    fn see(&mut self, level: NodeId, from: NodeId) -> NodeId {
        let parent = self.graph.node(level).axis;
        let map = self.path(from, parent);
        let args: Vec<NodeId> = [from, level].into_iter().chain(map).collect();
        self.graph.axis(Op::Seen, &args, from)
    }

    /// The innermost `free` levels of `axis` as lists of the context `base`.
    pub(crate) fn rebase(&mut self, axis: NodeId, free: usize, base: NodeId) -> NodeId {
        if self.graph.axis_up(axis, free) == base {
            return axis;
        }
        let chain = self.graph.axis_chain(axis);
        chain[chain.len() - free..].iter().fold(base, |from, level| self.see(*level, from))
    }

    fn source(&self, axis: NodeId) -> NodeId {
        let node = self.graph.node(axis);
        if node.op == Op::Seen { self.source(node.args[1]) } else { axis }
    }

    /// What the free axes of a value are, wherever they are seen from.
    pub(crate) fn free_axes(&self, value: &Value) -> Vec<NodeId> {
        let chain = self.graph.axis_chain(value.axis);
        chain[chain.len() - value.free..].iter().map(|axis| self.source(*axis)).collect()
    }

    /// Axis and number of free levels of values that are combined. Complains where they are counted along different axes.
    pub(crate) fn join(&mut self, place: Range<usize>, what: &str, values: &[&Value]) -> Option<(NodeId, usize)> {
        let longest = values.iter().copied().max_by_key(|value| value.free)?;
        let long = self.free_axes(longest);
        for value in values {
            let axes = self.free_axes(value);
            if axes[..] != long[..axes.len()] {
                let mut names = [value.axes(self.graph).join(" > "), longest.axes(self.graph).join(" > ")];
                names.sort();
                let message = format!("{what}: `{}` and `{}` are counted along different axes", names[0], names[1]);
                let advice = "reduce one of them (any, sum, max …), or pair them with cross(…), or use nearest(…)";
                self.problems.push(Problem::new("axes", place, message).advice(advice));
                return None;
            }
        }
        let contexts: Vec<NodeId> = values.iter().map(|value| self.graph.axis_up(value.axis, value.free)).collect();
        let base = self.join_contexts(&contexts);
        let best = values.iter().zip(&contexts).find(|(value, context)| value.free == longest.free && **context == base);
        let axis = best.map_or(longest.axis, |(value, _)| value.axis);
        Some((self.rebase(axis, longest.free, base), longest.free))
    }

    /// Index from the lists of one axis to the same lists of another.
    fn align(&mut self, from: NodeId, to: NodeId, free: usize) -> Option<NodeId> {
        if free == 0 {
            return self.path(from, to);
        }
        if from == to {
            return None;
        }
        let node = self.graph.node(from);
        if node.op == Op::Seen && node.args[1] == to {
            return Some(self.graph.index(Op::Origin(0), &[from], from));
        }
        let (above, target) = (node.axis, self.graph.node(to).axis);
        let parents = self.align(above, target, free - 1);
        let args: Vec<NodeId> = [from, to].into_iter().chain(parents).collect();
        Some(self.graph.index(Op::Align, &args, from))
    }

    /// The value once for each element of `axis`, which has `free` free levels.
    pub(crate) fn lift(&mut self, value: &Value, axis: NodeId, free: usize) -> Value {
        let mut index = None;
        let mut at = axis;
        for _ in value.free..free {
            let step = self.graph.index(Op::ToParent, &[at], at);
            index = Some(self.then(index, step));
            at = self.graph.node(at).axis;
        }
        if let Some(last) = self.align(at, value.axis, value.free) {
            index = Some(self.then(index, last));
        }
        let mut lifted = match index {
            Some(index) => self.at(value, index, false),
            None => value.clone(),
        };
        (lifted.axis, lifted.free) = (axis, free);
        lifted
    }

    /// The value at the positions of an index into its axis.
    pub(crate) fn at(&mut self, value: &Value, index: NodeId, nullable: bool) -> Value {
        let mut pick = |node| self.graph.gather(node, index, nullable);
        let what = match &value.what {
            What::Bad => What::Bad,
            What::Null => What::Null,
            What::Scalar(node, storage) => What::Scalar(pick(*node), *storage),
            What::Vector(parts) => What::Vector(parts.map(pick)),
            What::Item(item) => {
                let index = item.index.map_or(index, |held| self.graph.gather(held, index, false));
                What::Item(Item { table: item.table.clone(), index: Some(index) })
            }
        };
        let axis = self.graph.node(index).axis;
        Value { what, axis, nullable: value.nullable || nullable, ..value.clone() }
    }

    /// Opens a scope over the items of a collection: the value as seen by the scope.
    pub(crate) fn open(&mut self, collection: &Value) -> Value {
        let mut seen = collection.clone();
        if self.scopes.iter().any(|scope| self.reaches(scope.axis, collection.axis)) {
            // The same items already are the item of an outer scope: these are looked at for each of those.
            let top = self.scopes[self.scopes.len() - 1].axis;
            let base = self.graph.axis_up(collection.axis, collection.free);
            let base = self.join_contexts(&[top, base]);
            let axis = self.rebase(collection.axis, collection.free, base);
            seen = self.lift(collection, axis, collection.free);
        }
        let item = Value { free: 0, ..seen.clone() };
        self.scopes.push(Scope { item, axis: seen.axis });
        seen
    }

    /// Axis along which both an inner value and the items of its collection are counted.
    pub(crate) fn inner_axis(&mut self, inner: &Value, collection: &Value) -> NodeId {
        self.join_contexts(&[inner.axis, collection.axis])
    }
}

impl Checker<'_> {
    /// The lists of one level seen from each element of another axis.
    pub(crate) fn seen_by(&mut self, from: NodeId, level: NodeId) -> NodeId {
        self.see(level, from)
    }
}
