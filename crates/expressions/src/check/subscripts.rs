//! `C[condition]`, `C[i]`, `C[a:b]`: filters, items, ranges.

use super::{Checker, Value};
use crate::Problem;
use crate::graph::{NodeId, Op, Storage};
use crate::syntax::SyntaxId;

impl Checker<'_> {
    pub(crate) fn subscript(&mut self, id: SyntaxId, of: SyntaxId, index: SyntaxId) -> Value {
        let value = self.check(of);
        if value.is_bad() {
            return value;
        }
        if value.free == 0 {
            return self.no_list(&value, of);
        }
        let problems = self.problems.len();
        let seen = if value.is_item() { self.open(&value) } else { value.clone() };
        let inner = self.check(index);
        if value.is_item() {
            self.scopes.pop();
        }
        if inner.is_bad() {
            return inner;
        }
        let place = self.place(index);
        if inner.is_int() {
            // An index never depends on the items: where this one does, it is read again outside of them.
            self.problems.truncate(problems);
            let depends = value.is_item() && inner.axis != crate::graph::NodeId::EVENT;
            let outer = if depends { self.check(index) } else { inner };
            return if outer.is_bad() { outer } else { self.item_at(&value, &outer, index) };
        }
        if inner.is_item() && inner.free == 0 {
            return self.bad(Problem::new("type", place, "an item is not an index"));
        }
        if !inner.is_bool() {
            let shown = self.show(&inner);
            let message = format!("`[…]` takes a condition, an index or a range, this is {shown}");
            return self.bad(Problem::new("type", place, message));
        }
        if inner.free > 0 && self.free_axes(&inner) != self.free_axes(&value) {
            let axes = inner.axes(self.graph).join(" > ");
            let message = format!("the condition is counted along `{axes}`");
            return self.bad(Problem::new("axes", place, message).advice("reduce it with any(…) or all(…)"));
        }
        if inner.free == 0 && !value.is_item() {
            let message = "a list of numbers is filtered by a condition of the same length, or filter its collection";
            return self.bad(Problem::new("type", place, message));
        }
        let (items, condition) = if inner.free > 0 {
            let Some((axis, free)) = self.join(place, "`[…]`", &[&value, &inner]) else { return Value::bad() };
            (self.lift(&value, axis, free), self.lift(&inner, axis, free))
        } else {
            let axis = self.inner_axis(&inner, &seen);
            let items = Value { free: 0, ..seen.clone() };
            (self.lift(&items, axis, 0), self.lift(&inner, axis, 0))
        };
        let Some(node) = condition.node() else { return Value::bad() };
        let condition = self.graph.spread(node, items.axis);
        let parent = self.graph.node(items.axis).axis;
        let axis = self.graph.axis(Op::Filter, &[items.axis, condition], parent);
        self.kept(id, &items, axis, value.free)
    }

    /// Items along a new axis made from theirs.
    pub(crate) fn kept(&mut self, id: SyntaxId, items: &Value, axis: NodeId, free: usize) -> Value {
        let label = self.axis_name(id);
        self.graph.name_axis(axis, || label);
        let origin = self.graph.index(Op::Origin(0), &[axis], axis);
        let kept = self.at(&Value { free: 0, ..items.clone() }, origin, false);
        Value { free, ..kept }
    }

    fn no_list(&mut self, value: &Value, of: SyntaxId) -> Value {
        let shown = self.show(value);
        let place = self.place(of);
        self.bad(Problem::new("type", place, format!("only collections and lists take `[…]`, this is {shown}")))
    }

    fn item_at(&mut self, value: &Value, at: &Value, index: SyntaxId) -> Value {
        let place = self.place(index);
        if at.unit.has_dimension() {
            return self.bad(Problem::new("unit", place, "an index has no unit"));
        }
        if at.free > 0 && value.free > 1 {
            return self.bad(Problem::unsupported(place, "lists of indices into lists of lists"));
        }
        let outer = Value { axis: self.graph.node(value.axis).axis, free: value.free - 1, ..value.clone() };
        let Some((axis, free)) = self.join(place, "`[…]`", &[&outer, at]) else { return Value::bad() };
        let at = self.lift(at, axis, free);
        let lists = self.lists_from(axis, free, &outer);
        let Some(node) = at.node() else { return Value::bad() };
        let node = self.graph.spread(node, axis);
        let args: Vec<NodeId> = [value.axis, node].into_iter().chain(lists).collect();
        let from_end = self.literal(index).is_some();
        let position = self.graph.index(Op::Pick { from_end }, &args, axis);
        let picked = self.at(&Value { free: 0, ..value.clone() }, position, true);
        Value { free, ..picked }
    }

    /// Index from an axis to the axis of the lists of `outer`, absent where they are the same.
    fn lists_from(&mut self, axis: NodeId, free: usize, outer: &Value) -> Option<NodeId> {
        let own = self.graph.index(Op::Own, &[outer.axis], outer.axis);
        let positions = Value::scalar(own, Storage::Index, outer.axis, outer.free);
        let lifted = self.lift(&positions, axis, free);
        let node = lifted.node()?;
        if node == own {
            return None;
        }
        // A position of a position: only the last step matters.
        let crate::graph::Node { op: Op::Gather, args, .. } = self.graph.node(node) else { return Some(node) };
        Some(args[1])
    }

    pub(crate) fn slice(&mut self, id: SyntaxId, of: SyntaxId, low: Option<SyntaxId>, high: Option<SyntaxId>) -> Value {
        let mut value = self.check(of);
        let mut ends = Vec::new();
        for end in [low, high].into_iter().flatten() {
            let found = self.check(end);
            if !found.is_bad() && (!found.is_int() || found.free > 0) {
                let place = self.place(end);
                return self.bad(Problem::new("type", place, "the ends of a range are whole numbers per event"));
            }
            ends.push(found);
        }
        if value.is_bad() || ends.iter().any(Value::is_bad) {
            return Value::bad();
        }
        if value.free == 0 {
            return self.no_list(&value, of);
        }
        let base = self.graph.axis_up(value.axis, value.free);
        let contexts: Vec<NodeId> = ends.iter().map(|end| end.axis).chain([base]).collect();
        let base = self.join_contexts(&contexts);
        let axis = self.rebase(value.axis, value.free, base);
        value = self.lift(&value, axis, value.free);
        let parent = self.graph.node(value.axis).axis;
        let mut args = vec![value.axis];
        for end in &ends {
            let lifted = self.lift(end, parent, value.free - 1);
            let Some(node) = lifted.node() else { return Value::bad() };
            args.push(self.graph.spread(node, parent));
        }
        let axis = self.graph.axis(Op::Slice { low: low.is_some(), high: high.is_some() }, &args, parent);
        self.kept(id, &value, axis, value.free)
    }
}
