//! Operators: arithmetic with units, comparisons, logic, choices, null.

use super::{Checker, Value, What};
use crate::Problem;
use crate::graph::{Constant, NodeId, Op, Storage};
use crate::syntax::{Binary, Comparison, Literal, Syntax, SyntaxId, Unary};
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

    fn is_condition(&mut self, value: &Value, place: Range<usize>, what: &str) -> bool {
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

    pub(crate) fn compare(&mut self, parts: &[SyntaxId], ops: &[(Comparison, Range<usize>)]) -> Value {
        let values: Vec<Value> = parts.iter().map(|part| self.check(*part)).collect();
        if values.iter().any(Value::is_bad) {
            return Value::bad();
        }
        let place = self.place(parts[0]).start..self.place(parts[parts.len() - 1]).end;
        let mut units = Vec::new();
        for (k, (op, sign)) in ops.iter().enumerate() {
            let pair = self.place(parts[k]).start..self.place(parts[k + 1]).end;
            match self.comparable(*op, &values[k], &values[k + 1], pair, sign) {
                Some(unit) => units.push(unit),
                None => return Value::bad(),
            }
        }
        let what = format!("`{}`", ops[0].0.symbol());
        let all: Vec<&Value> = values.iter().collect();
        let Some((axis, free)) = self.join(place, &what, &all) else { return Value::bad() };
        let lifted: Vec<Value> = values.iter().map(|value| self.lift(value, axis, free)).collect();
        let nullable = values.iter().any(|value| value.nullable);
        let one = Unit::one();
        let mut result = None;
        for (k, (op, _)) in ops.iter().enumerate() {
            let (a, b) = (&lifted[k], &lifted[k + 1]);
            let null = a.nullable || b.nullable;
            let node = if a.is_item() {
                let same = self.same_item(a, b, axis);
                if *op == Comparison::Equal { same } else { self.graph.value(Op::Not, &[same], axis, Storage::Bool, &one, null) }
            } else {
                let float = !(a.is_int() && b.is_int());
                let [x, y] = [a, b].map(|value| {
                    if value.is_number() { self.in_unit(value, &units[k], float) } else { value.node().unwrap_or(NodeId::EVENT) }
                });
                self.comparison(*op, x, y, axis, null)
            };
            result = Some(match result {
                None => node,
                Some(before) => self.graph.value(Op::And, &[before, node], axis, Storage::Bool, &one, nullable),
            });
        }
        result.map_or_else(Value::bad, |node| Value::scalar(node, Storage::Bool, axis, free).with_null(nullable))
    }

    /// The node of one comparison. `abs(eta) < c` and `dr(a, b) < c` are decided without computing
    /// eta and the root, with the same answer for every value.
    fn comparison(&mut self, op: Comparison, x: NodeId, y: NodeId, axis: NodeId, nullable: bool) -> NodeId {
        let one = Unit::one();
        let limit = match self.graph.constant(y) {
            Some(Constant::Float(bits)) => f64::from_bits(*bits),
            _ => f64::NAN,
        };
        let (of, held) = (self.graph.node(x), |id: NodeId| self.graph.node(id));
        let eta = match (&of.op, &*of.args) {
            (Op::Abs, [eta]) if held(*eta).op == Op::Component("eta") => Some(held(*eta).args.clone()),
            _ => None,
        };
        let length = (of.op == Op::Hypot).then(|| of.args.clone());
        let inclusive = op == Comparison::LessEqual;
        match (op, eta, length) {
            (Comparison::Less | Comparison::LessEqual, Some(eta), _) if limit > 0.0 && limit < 20.0 => {
                let op = Op::EtaBelow { inclusive };
                self.graph.value(op, &[eta[0], eta[1], y], axis, Storage::Bool, &one, nullable)
            }
            (Comparison::Less | Comparison::LessEqual, _, Some(parts)) if limit > 1e-100 && limit < 1e100 => {
                let op = Op::HypotBelow { inclusive };
                self.graph.value(op, &[parts[0], parts[1], y], axis, Storage::Bool, &one, nullable)
            }
            _ => self.graph.value(Op::Compare(op), &[x, y], axis, Storage::Bool, &one, nullable),
        }
    }

    /// The unit in which two values are compared, or a complaint.
    fn comparable(&mut self, op: Comparison, a: &Value, b: &Value, pair: Range<usize>, sign: &Range<usize>) -> Option<Unit> {
        let (left, right) = (self.show(a), self.show(b));
        let equality = matches!(op, Comparison::Equal | Comparison::NotEqual);
        let compares = format!("`{}` compares {left} with {right}", op.symbol());
        let text = |value: &Value| value.storage() == Some(Storage::Text);
        let problem = if text(a) != text(b) {
            Problem::new("type", pair, compares)
        } else if text(a) && !equality {
            Problem::new("type", sign.clone(), "texts can only be compared with == and !=")
        } else if a.is_item() || b.is_item() {
            if a.is_item() && b.is_item() && equality {
                return Some(Unit::one());
            }
            Problem::new("type", pair, compares).advice("name a field, e.g. `.pt`")
        } else if a.is_vector() || b.is_vector() {
            Problem::new("type", pair, "four-vectors have no order").advice("name a component, e.g. `.pt` or `.mass`")
        } else if (a.is_bool() || b.is_bool()) && !(a.is_bool() && b.is_bool() && equality) {
            Problem::new("type", pair, compares)
        } else if a.is_null() || b.is_null() {
            Problem::new("type", pair, "nothing equals null").advice("write `x is null`")
        } else {
            return self.common_unit(pair, a, b, &format!("`{}`", op.symbol()));
        };
        self.problems.push(problem);
        None
    }

    pub(crate) fn is_in(&mut self, value: SyntaxId, choices: &[SyntaxId], place: Range<usize>) -> Value {
        let wanted = self.check(value);
        let values: Vec<Value> = choices.iter().map(|choice| self.check(*choice)).collect();
        if wanted.is_bad() || values.iter().any(Value::is_bad) {
            return Value::bad();
        }
        for (choice, id) in values.iter().zip(choices) {
            let place = self.place(*id);
            let fine = (wanted.is_number() && choice.is_number())
                || (wanted.is_item() && choice.is_item())
                || (wanted.storage().is_some() && wanted.storage() == choice.storage());
            if !fine {
                let (left, right) = (self.show(&wanted), self.show(choice));
                return self.bad(Problem::new("type", place, format!("`in` compares {left} with {right}")));
            }
            if self.common_unit(place, &wanted, choice, "`in`").is_none() {
                return Value::bad();
            }
        }
        let all: Vec<&Value> = [&wanted].into_iter().chain(&values).collect();
        let Some((axis, free)) = self.join(place, "`in`", &all) else { return Value::bad() };
        let one = Unit::one();
        let wanted = self.lift(&wanted, axis, free);
        let no = self.graph.constant_node(Constant::Bool(false), Storage::Bool, &one);
        let mut any = no;
        for choice in &values {
            let choice = self.lift(choice, axis, free);
            let nullable = wanted.nullable || choice.nullable;
            let mut same = if wanted.is_item() {
                self.same_item(&wanted, &choice, axis)
            } else {
                let float = !(wanted.is_int() && choice.is_int());
                let unit = if wanted.bare { choice.unit.clone() } else { wanted.unit.clone() };
                let [x, y] = [&wanted, &choice].map(|value| {
                    if value.is_number() { self.in_unit(value, &unit, float) } else { value.node().unwrap_or(NodeId::EVENT) }
                });
                self.graph.value(Op::Compare(Comparison::Equal), &[x, y], axis, Storage::Bool, &one, nullable)
            };
            if nullable {
                same = self.graph.value(Op::Default, &[same, no], axis, Storage::Bool, &one, false);
            }
            any = self.graph.value(Op::Or, &[any, same], axis, Storage::Bool, &one, false);
        }
        if wanted.nullable {
            // A missing value is in no list and not outside of it either.
            let null = self.graph.constant_node(Constant::Null, Storage::Bool, &one);
            let missing = self.missing(&wanted, axis);
            any = self.graph.value(Op::Choose, &[missing, null, any], axis, Storage::Bool, &one, true);
        }
        Value::scalar(any, Storage::Bool, axis, free).with_null(wanted.nullable)
    }

    /// Whether a value is null, along its axis.
    fn missing(&mut self, value: &Value, axis: NodeId) -> NodeId {
        let node = match &value.what {
            What::Scalar(node, _) => Some(*node),
            What::Vector(parts) => Some(parts[0]),
            What::Item(item) => item.index,
            What::Null => return self.bool_constant(true).node().unwrap_or(NodeId::EVENT),
            What::Bad => None,
        };
        match node {
            Some(node) => self.graph.value(Op::IsNull, &[node], axis, Storage::Bool, &Unit::one(), false),
            None => {
                let no = self.graph.constant_node(Constant::Bool(false), Storage::Bool, &Unit::one());
                self.graph.spread(no, axis)
            }
        }
    }

    pub(crate) fn is_null(&mut self, of: SyntaxId) -> Value {
        let value = self.check(of);
        if value.is_bad() {
            return value;
        }
        let node = self.missing(&value, value.axis);
        Value::scalar(node, Storage::Bool, value.axis, value.free)
    }

    fn default(&mut self, a: &Value, b: &Value, left: SyntaxId, place: Range<usize>) -> Value {
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
