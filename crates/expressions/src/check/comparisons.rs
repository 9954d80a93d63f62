//! Comparisons, membership, missing values.

use super::{Checker, Value, What};
use crate::Problem;
use crate::graph::{Constant, NodeId, Op, Storage};
use crate::syntax::{Comparison, SyntaxId};
use germane_columns::Unit;
use std::ops::Range;

impl Checker<'_> {
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
}
