//! Four-vectors from numbers.

use super::Function;
use crate::Problem;
use crate::check::{Value, What};
use germane_columns::Unit;

const USAGE: &str = "p4 takes (px, py, pz, E) or (pt=, eta=, phi=, mass=)";

pub(super) static P4: Function = Function {
    name: "p4",
    usage: "p4(px, py, pz, E) or p4(pt=, eta=, phi=, mass=)",
    doc: "four-vector of these components",
    check: |checker, call| {
        let values: Vec<Value> = call.args.iter().map(|id| checker.check(*id)).collect();
        let mut named: Vec<(String, Value)> = Vec::new();
        for (word, id) in call.keywords {
            let value = checker.check(*id);
            named.push((word.text.clone(), value));
        }
        if values.iter().chain(named.iter().map(|(_, value)| value)).any(Value::is_bad) {
            return Value::bad();
        }
        let polar: Vec<Value> = ["pt", "eta", "phi", "mass"]
            .iter()
            .filter_map(|name| named.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
            .collect();
        let is_polar = polar.len() == 4 && named.len() == 4 && values.is_empty();
        if !is_polar && (values.len() != 4 || !named.is_empty()) {
            return checker.bad(Problem::new("call", call.place.clone(), USAGE));
        }
        let parts = if is_polar { polar } else { values };
        for part in &parts {
            if !checker.is_number(part, call.place.clone(), "`p4`") {
                return Value::bad();
            }
        }
        let momenta: &[usize] = if is_polar { &[0, 3] } else { &[0, 1, 2, 3] };
        let mut first = parts[0].clone();
        for k in &momenta[1..] {
            let Some(unit) = checker.common_unit(call.place.clone(), &first, &parts[*k], "`p4`") else { return Value::bad() };
            first = Value { bare: first.bare && parts[*k].bare, unit, ..first };
        }
        let all: Vec<&Value> = parts.iter().collect();
        let Some((axis, free)) = checker.join(call.place.clone(), "`p4`", &all) else { return Value::bad() };
        let nullable = parts.iter().any(|part| part.nullable);
        let mut nodes = [crate::graph::NodeId::EVENT; 4];
        for (k, (node, part)) in nodes.iter_mut().zip(&parts).enumerate() {
            let lifted = checker.lift(part, axis, free);
            let unit = if momenta.contains(&k) { first.unit.clone() } else { Unit::one() };
            *node = checker.in_unit(&lifted, &unit, true);
        }
        let vector = if is_polar { checker.polar(nodes, axis, &first.unit, nullable) } else { nodes };
        Value::new(What::Vector(vector), axis, free).with_unit(&first.unit).with_null(nullable)
    },
};
