//! One of two values: `a ?? b`, `a if c else b`.

use super::{Checker, Value, What};
use crate::Problem;
use crate::graph::{Constant, NodeId, Op, Storage};
use crate::syntax::SyntaxId;
use germane_columns::Unit;
use std::ops::Range;

impl Checker<'_> {
    pub(super) fn default(&mut self, a: &Value, b: &Value, left: SyntaxId, place: Range<usize>) -> Value {
        if !a.nullable {
            let left = self.place(left);
            return self.bad(Problem::new("null", left, "this is never null").advice("`??` is not needed"));
        }
        if !alike(a, b) {
            let (x, y) = (self.show(a), self.show(b));
            return self.bad(Problem::new("type", place, format!("`??` joins {x} and {y}")));
        }
        let joined = self.join(place.clone(), "`??`", &[a, b]);
        let unit = self.common_unit(place, a, b, "`??`");
        let (Some((axis, free)), Some(unit)) = (joined, unit) else { return Value::bad() };
        self.select(Op::Default, None, [a, b], axis, free, &unit, b.nullable)
    }

    pub(crate) fn choose(&mut self, condition: SyntaxId, then: SyntaxId, otherwise: SyntaxId, place: Range<usize>) -> Value {
        let (c, a, b) = (self.check(condition), self.check(then), self.check(otherwise));
        let condition = self.place(condition);
        if !self.is_condition(&c, condition, "`if`") || a.is_bad() || b.is_bad() {
            return Value::bad();
        }
        if !a.is_null() && !b.is_null() && !alike(&a, &b) {
            let (x, y) = (self.show(&a), self.show(&b));
            return self.bad(Problem::new("type", place, format!("`if … else` gives {x} or {y}")));
        }
        let unit = if a.is_null() {
            Some(b.unit.clone())
        } else if b.is_null() {
            Some(a.unit.clone())
        } else {
            self.common_unit(place.clone(), &a, &b, "`if … else`")
        };
        let joined = self.join(place, "`if`", &[&c, &a, &b]);
        let (Some((axis, free)), Some(unit)) = (joined, unit) else { return Value::bad() };
        let nullable = a.nullable || b.nullable || c.nullable;
        let bare = a.bare && b.bare;
        let c = self.lift(&c, axis, free);
        self.select(Op::Choose, c.node(), [&a, &b], axis, free, &unit, nullable).with_bare(bare)
    }

    /// One of two values of one kind.
    fn select(
        &mut self,
        op: Op,
        condition: Option<NodeId>,
        values: [&Value; 2],
        axis: NodeId,
        free: usize,
        unit: &Unit,
        nullable: bool,
    ) -> Value {
        let [a, b] = values.map(|value| self.lift(value, axis, free));
        let known = if a.is_null() { &b } else { &a };
        let args = |x: NodeId, y: NodeId| condition.into_iter().chain([x, y]).collect::<Vec<_>>();
        match &known.what {
            What::Scalar(_, kind) => {
                let storage = match (a.storage(), b.storage()) {
                    (Some(Storage::Int), Some(Storage::Float)) => Storage::Float,
                    _ => *kind,
                };
                let [x, y] = [&a, &b].map(|value| match value.what {
                    What::Scalar(node, Storage::Bool | Storage::Text) => node,
                    What::Scalar(..) => self.in_unit(value, unit, storage == Storage::Float),
                    _ => self.graph.constant_node(Constant::Null, storage, unit),
                });
                let node = self.graph.value(op, &args(x, y), axis, storage, unit, nullable);
                Value::scalar(node, storage, axis, free).with_unit(unit).with_null(nullable)
            }
            What::Vector(_) => {
                let null = self.graph.constant_node(Constant::Null, Storage::Float, unit);
                let (x, y) = (self.cartesian(&a).unwrap_or([null; 4]), self.cartesian(&b).unwrap_or([null; 4]));
                let mut parts = x;
                for (part, other) in parts.iter_mut().zip(y) {
                    *part = self.graph.value(op.clone(), &args(*part, other), axis, Storage::Float, unit, nullable);
                }
                Value::new(What::Vector(parts), axis, free).with_unit(unit).with_null(nullable)
            }
            What::Item(item) => {
                let table = item.table.clone();
                let [x, y] = [&a, &b].map(|value| match &value.what {
                    What::Item(item) => item.index.unwrap_or_else(|| self.graph.index(Op::Own, &[axis], axis)),
                    _ => self.graph.constant_node(Constant::Null, Storage::Index, unit),
                });
                let node = self.graph.value(op, &args(x, y), axis, Storage::Index, unit, nullable);
                Value::new(What::Item(super::Item { table, index: Some(node) }), axis, free).with_null(nullable)
            }
            What::Bad | What::Null => Value::new(What::Null, NodeId::EVENT, 0).with_null(true),
        }
    }
}

/// Whether two values can stand for one: numbers, or one kind; items of one table.
fn alike(a: &Value, b: &Value) -> bool {
    match (&a.what, &b.what) {
        (What::Item(x), What::Item(y)) => x.table.home == y.table.home && x.table.label == y.table.label,
        (What::Vector(_), What::Vector(_)) => true,
        _ => (a.is_number() && b.is_number()) || (a.storage().is_some() && a.storage() == b.storage()),
    }
}
