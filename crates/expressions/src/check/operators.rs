//! Operators: arithmetic with units, powers, bits, logic.

use super::{Checker, Value, What};
use crate::Problem;
use crate::graph::{NodeId, Op, Storage};
use crate::syntax::{Binary, Literal, Syntax, SyntaxId, Unary};
use germane_columns::{Ratio, Unit};
use std::ops::Range;

impl Checker<'_> {
    /// Complains unless the value is a number.
    pub(crate) fn is_number(&mut self, value: &Value, place: Range<usize>, what: &str) -> bool {
        if !value.is_bad() && !value.is_number() {
            let shown = self.show(value);
            self.problems.push(Problem::new("type", place, format!("{what} needs a number, this is {shown}")));
        }
        value.is_number()
    }

    pub(super) fn is_condition(&mut self, value: &Value, place: Range<usize>, what: &str) -> bool {
        if !value.is_bad() && !value.is_bool() {
            let shown = self.show(value);
            let mut problem = Problem::new("type", place, format!("{what} needs a condition, this is {shown}"));
            if value.is_number() {
                problem = problem.advice("compare it with something, e.g. `!= 0`");
            }
            self.problems.push(problem);
        }
        value.is_bool()
    }

    /// Unit in which two numbers are combined; complains (and gives none) where their dimensions differ.
    pub(crate) fn common_unit(&mut self, place: Range<usize>, a: &Value, b: &Value, what: &str) -> Option<Unit> {
        let has_unit = |value: &Value| value.is_number() || value.is_vector();
        if !has_unit(a) || !has_unit(b) {
            return Some(Unit::one());
        }
        if a.bare && !b.bare {
            return Some(b.unit.clone());
        }
        if (b.bare && !a.bare) || a.unit.same_dimension(&b.unit) {
            return Some(a.unit.clone());
        }
        let message = format!("{what}: {} and {} do not go together", a.unit, b.unit);
        let mut problem = Problem::new("unit", place, message);
        if !a.unit.has_dimension() || !b.unit.has_dimension() {
            problem = problem.advice("one side has no unit");
        }
        self.problems.push(problem);
        None
    }

    /// Node of a number in a unit of the same dimension (a bare literal takes the unit as it is), as a float if asked.
    pub(crate) fn in_unit(&mut self, value: &Value, unit: &Unit, float: bool) -> NodeId {
        let (Some(mut node), storage) = (value.node(), value.storage()) else { return NodeId::EVENT };
        let factor = if value.bare { 1.0 } else { value.unit.factor_to(unit).unwrap_or(1.0) };
        if storage == Some(Storage::Int) && (float || factor != 1.0) {
            node = self.graph.value(Op::ToFloat, &[node], value.axis, Storage::Float, &value.unit, value.nullable);
        }
        if factor != 1.0 {
            let factor = self.graph.float(factor, &Unit::one());
            let times = Op::Arithmetic(Binary::Multiply);
            return self.graph.value(times, &[node, factor], value.axis, Storage::Float, unit, value.nullable);
        }
        match self.graph.constant(node).cloned() {
            Some(constant) => {
                let storage = self.graph.node(node).storage;
                self.graph.constant_node(constant, storage, unit)
            }
            None => node,
        }
    }

    /// Node of a plain number: scales such as `deg` or `GeV/MeV` are multiplied in.
    pub(crate) fn plain(&mut self, value: &Value) -> NodeId {
        self.in_unit(value, &Unit::one(), true)
    }

    pub(crate) fn unary(&mut self, op: Unary, of: SyntaxId) -> Value {
        let value = self.check(of);
        if value.is_bad() {
            return value;
        }
        let place = self.place(of);
        let one = Unit::one();
        match op {
            Unary::Not => {
                if !self.is_condition(&value, place, "`not`") {
                    return Value::bad();
                }
                self.map(&value, Op::Not, Storage::Bool, &one)
            }
            Unary::BitNot if value.is_bool() => self.map(&value, Op::Not, Storage::Bool, &one),
            Unary::BitNot if value.is_int() => self.map(&value, Op::BitNot, Storage::Int, &value.unit.clone()),
            Unary::BitNot => {
                let shown = self.show(&value);
                self.bad(Problem::new("type", place, format!("`~` needs integers or conditions, this is {shown}")))
            }
            Unary::Negate | Unary::Plus if self.is_vector_like(&value) => {
                let unit = self.vector_unit(&value);
                let Some(mut parts) = self.cartesian(&value) else { return Value::bad() };
                if op == Unary::Negate {
                    let mut formula = self.formula(value.axis, value.nullable);
                    parts = parts.map(|part| formula.op(Op::Negate, &[part], &unit));
                }
                Value::new(What::Vector(parts), value.axis, value.free).with_unit(&unit).with_null(value.nullable)
            }
            Unary::Negate => {
                if !self.is_number(&value, place, "`-`") {
                    return Value::bad();
                }
                let storage = if value.is_int() { Storage::Int } else { Storage::Float };
                self.map(&value, Op::Negate, storage, &value.unit.clone())
            }
            Unary::Plus => {
                if self.is_number(&value, place, "`+`") {
                    value
                } else {
                    Value::bad()
                }
            }
        }
    }

    /// One operation on a scalar along its own axis.
    pub(crate) fn map(&mut self, value: &Value, op: Op, storage: Storage, unit: &Unit) -> Value {
        let Some(node) = value.node() else { return Value::bad() };
        let node = self.graph.value(op, &[node], value.axis, storage, unit, value.nullable);
        Value::scalar(node, storage, value.axis, value.free).with_unit(unit).with_null(value.nullable).with_bare(value.bare)
    }

    /// A chain of operators from the left, in a loop: chains can be long.
    pub(crate) fn binary_chain(&mut self, id: SyntaxId) -> Value {
        let tree = self.tree.clone();
        let mut chain = Vec::new();
        let mut first = id;
        while let Syntax::Binary { op, place, left, right } = tree.get(first) {
            chain.push((first, *op, place.clone(), *left, *right));
            first = *left;
        }
        let mut value = self.check(first);
        for (whole, op, sign, left, right) in chain.into_iter().rev() {
            let other = self.check(right);
            value = self.binary(op, (&value, left), (&other, right), self.tree.place(whole), sign);
        }
        value
    }

    fn binary(
        &mut self,
        op: Binary,
        (a, left): (&Value, SyntaxId),
        (b, right): (&Value, SyntaxId),
        place: Range<usize>,
        sign: Range<usize>,
    ) -> Value {
        if op == Binary::Or || op == Binary::And {
            let what = format!("`{}`", op.symbol());
            let (left, right) = (self.place(left), self.place(right));
            let fine = [self.is_condition(a, left, &what), self.is_condition(b, right, &what)];
            return if fine == [true; 2] { self.logic(op, a, b, place) } else { Value::bad() };
        }
        if a.is_bad() || b.is_bad() {
            return Value::bad();
        }
        match op {
            Binary::Default => self.default(a, b, left, place),
            Binary::BitAnd | Binary::BitOr => self.bits(op, a, b, place, sign),
            Binary::Power => self.power(a, b, left, right, place),
            Binary::Add | Binary::Subtract if self.is_vector_like(a) && self.is_vector_like(b) => {
                self.vector_sum(op, a, b, place)
            }
            Binary::Multiply if a.is_number() && self.is_vector_like(b) => self.vector_times(b, a, place),
            Binary::Multiply if b.is_number() && self.is_vector_like(a) => self.vector_times(a, b, place),
            _ => self.arithmetic(op, a, b, [left, right], place),
        }
    }

    fn arithmetic(&mut self, op: Binary, a: &Value, b: &Value, sides: [SyntaxId; 2], place: Range<usize>) -> Value {
        let what = format!("`{}`", op.symbol());
        let sum = matches!(op, Binary::Add | Binary::Subtract);
        for (value, side) in [a, b].into_iter().zip(sides) {
            if value.is_bool() && sum {
                let message = format!("{what} needs numbers, this is a condition");
                let side = self.place(side);
                return self.bad(Problem::new("type", side, message).advice("count(…) or sum(…) counts conditions"));
            }
        }
        for (value, side) in [a, b].into_iter().zip(sides) {
            let side = self.place(side);
            if !self.is_number(value, side, &what) {
                return Value::bad();
            }
        }
        let joined = self.join(place.clone(), &what, &[a, b]);
        let product = matches!(op, Binary::Multiply | Binary::Divide);
        let both_int = a.is_int() && b.is_int();
        let (unit, inner) = match op {
            Binary::Multiply => (a.unit.times(&b.unit), None),
            Binary::Divide => (a.unit.over(&b.unit), None),
            _ => {
                let Some(unit) = self.common_unit(place, a, b, &what) else { return Value::bad() };
                (if op == Binary::FloorDivide { Unit::one() } else { unit.clone() }, Some(unit))
            }
        };
        let Some((axis, free)) = joined else { return Value::bad() };
        let int = both_int
            && match op {
                Binary::Divide => false,
                Binary::Add | Binary::Subtract => !unit.has_dimension(),
                _ => true,
            };
        let literal_divisor = matches!(self.tree.get(sides[1]), Syntax::Number { value, .. }
            if !matches!(value, Literal::Int(0)) && *value != Literal::Float(0.0));
        let division = matches!(op, Binary::FloorDivide | Binary::Modulo);
        let nullable = a.nullable || b.nullable || (division && both_int && !literal_divisor);
        let (a, b) = (self.lift(a, axis, free), self.lift(b, axis, free));
        let [x, y] = [&a, &b].map(|value| match &inner {
            Some(unit) => self.in_unit(value, unit, !int),
            None => self.in_unit(value, &value.unit.clone(), !int),
        });
        let storage = if int { Storage::Int } else { Storage::Float };
        let node = self.graph.value(Op::Arithmetic(op), &[x, y], axis, storage, &unit, nullable);
        let bare = a.bare && b.bare;
        let unit = if product && bare { Unit::one() } else { unit };
        Value::scalar(node, storage, axis, free).with_unit(&unit).with_null(nullable).with_bare(bare)
    }

    fn power(&mut self, a: &Value, b: &Value, left: SyntaxId, right: SyntaxId, place: Range<usize>) -> Value {
        let (left, exponent_place) = (self.place(left), self.place(right));
        if !self.is_number(a, left, "`**`") || !self.is_number(b, exponent_place.clone(), "`**`") {
            return Value::bad();
        }
        let Some((axis, free)) = self.join(place, "`**`", &[a, b]) else { return Value::bad() };
        if b.unit.has_dimension() {
            let message = format!("an exponent has no unit, this has {}", b.unit);
            return self.bad(Problem::new("unit", exponent_place, message));
        }
        let literal = self.literal(right);
        let exponent = literal.map(|literal| match literal {
            Literal::Int(value) => value as f64,
            Literal::Float(value) => value,
        });
        let mut unit = Unit::one();
        if a.unit.has_dimension() {
            let Some(exponent) = exponent.filter(|value| value.abs() <= 100.0) else {
                let message = format!("a quantity in {} needs a constant exponent", a.unit);
                let advice = "divide by a unit first, e.g. `(x / 1 GeV) ** n`";
                return self.bad(Problem::new("unit", exponent_place, message).advice(advice));
            };
            unit = a.unit.power(nearest_ratio(exponent));
        }
        let nullable = a.nullable || b.nullable;
        let bare = a.bare && b.bare;
        let (a, b) = (self.lift(a, axis, free), self.lift(b, axis, free));
        let whole = matches!(literal, Some(Literal::Int(0..)));
        let (storage, node) = if a.is_int() && whole {
            let (x, y) = (self.in_unit(&a, &a.unit.clone(), false), self.in_unit(&b, &b.unit.clone(), false));
            (Storage::Int, self.graph.value(Op::PowerInt, &[x, y], axis, Storage::Int, &unit, nullable))
        } else {
            let base = if a.unit.has_dimension() { self.in_unit(&a, &a.unit.clone(), true) } else { self.plain(&a) };
            let node = if exponent == Some(2.0) {
                self.graph.value(Op::Square, &[base], axis, Storage::Float, &unit, nullable)
            } else {
                let exponent = self.plain(&b);
                self.graph.value(Op::Arithmetic(Binary::Power), &[base, exponent], axis, Storage::Float, &unit, nullable)
            };
            (Storage::Float, node)
        };
        Value::scalar(node, storage, axis, free).with_unit(&unit).with_null(nullable).with_bare(bare)
    }

    fn bits(&mut self, op: Binary, a: &Value, b: &Value, place: Range<usize>, sign: Range<usize>) -> Value {
        if a.is_bool() && b.is_bool() {
            return self.logic(if op == Binary::BitAnd { Binary::And } else { Binary::Or }, a, b, place);
        }
        let plain = |value: &Value| value.is_int() && !value.unit.has_dimension();
        if !plain(a) || !plain(b) {
            let (left, right) = (self.show(a), self.show(b));
            let message = format!("`{}` joins {left} and {right}: it binds tighter than comparisons", op.symbol());
            let word = if op == Binary::BitAnd { "and" } else { "or" };
            let problem = Problem::new("bits", sign, message);
            return self.bad(problem.advice(format!("write `{word}`, or put the comparisons in brackets")));
        }
        let op = if op == Binary::BitAnd { Op::BitAnd } else { Op::BitOr };
        self.combine(op, &[a, b], place, "bits", Storage::Int)
    }

    /// Scalars of no unit through one operation.
    fn combine(&mut self, op: Op, values: &[&Value], place: Range<usize>, what: &str, storage: Storage) -> Value {
        let Some((axis, free)) = self.join(place, what, values) else { return Value::bad() };
        let nullable = values.iter().any(|value| value.nullable);
        let lifted: Vec<Value> = values.iter().map(|value| self.lift(value, axis, free)).collect();
        let nodes: Vec<NodeId> = lifted.iter().filter_map(Value::node).collect();
        let node = self.graph.value(op, &nodes, axis, storage, &Unit::one(), nullable);
        Value::scalar(node, storage, axis, free).with_null(nullable)
    }

    fn logic(&mut self, op: Binary, a: &Value, b: &Value, place: Range<usize>) -> Value {
        let node = if op == Binary::And { Op::And } else { Op::Or };
        self.combine(node, &[a, b], place, &format!("`{}`", op.symbol()), Storage::Bool)
    }
}

/// The fraction with a denominator up to 12 that is nearest to an exponent.
fn nearest_ratio(exponent: f64) -> Ratio {
    let mut best = (f64::INFINITY, Ratio::from(0));
    for denominator in 1..=12 {
        let numerator = (exponent * f64::from(denominator)).round();
        let error = (exponent - numerator / f64::from(denominator)).abs();
        if error < best.0 {
            best = (error, Ratio::new(numerator as i64, i64::from(denominator)));
        }
    }
    best.1
}
