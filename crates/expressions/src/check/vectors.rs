//! Four-vectors: Cartesian components as nodes, shared by everything that uses an item.
//!
//! E = √(p² + m|m|) (0 if negative), mass = √m² or −√−m², eta at pt = 0 is ±∞ (0 if pz = 0), as the language defines them.

use super::{Checker, Table, Value, What};
use crate::graph::{NodeId, Op, Storage};
use crate::syntax::Binary;
use germane_columns::Unit;
use std::sync::Arc;

/// What can be asked of a four-vector.
pub(crate) const COMPONENTS: [&str; 15] =
    ["pt", "px", "py", "pz", "E", "p", "mass", "et", "mt", "eta", "phi", "theta", "rapidity", "beta", "gamma"];

/// Whether a component is in the unit of the momentum.
pub(crate) fn has_unit(name: &str) -> bool {
    matches!(name, "pt" | "px" | "py" | "pz" | "E" | "p" | "mass" | "et" | "mt")
}

/// Writes formulas as nodes along one axis.
pub(crate) struct Formula<'c, 'g> {
    pub(crate) checker: &'c mut Checker<'g>,
    pub(crate) axis: NodeId,
    pub(crate) nullable: bool,
}

impl Formula<'_, '_> {
    pub(crate) fn op(&mut self, op: Op, args: &[NodeId], unit: &Unit) -> NodeId {
        self.checker.graph.value(op, args, self.axis, Storage::Float, unit, self.nullable)
    }

    pub(crate) fn times(&mut self, a: NodeId, b: NodeId, unit: &Unit) -> NodeId {
        self.op(Op::Arithmetic(Binary::Multiply), &[a, b], unit)
    }

    pub(crate) fn plus(&mut self, a: NodeId, b: NodeId, unit: &Unit) -> NodeId {
        self.op(Op::Arithmetic(Binary::Add), &[a, b], unit)
    }

    pub(crate) fn minus(&mut self, a: NodeId, b: NodeId, unit: &Unit) -> NodeId {
        self.op(Op::Arithmetic(Binary::Subtract), &[a, b], unit)
    }

    pub(crate) fn square(&mut self, a: NodeId, unit: &Unit) -> NodeId {
        self.op(Op::Square, &[a], unit)
    }

    pub(crate) fn call(&mut self, name: &'static str, a: NodeId, unit: &Unit) -> NodeId {
        self.op(Op::Elementary(name), &[a], unit)
    }
}

impl<'g> Checker<'g> {
    pub(crate) fn formula(&mut self, axis: NodeId, nullable: bool) -> Formula<'_, 'g> {
        Formula { checker: self, axis, nullable }
    }

    /// Whether a value has the fields of a four-vector: (pt, eta, phi, mass) or (px, py, pz, E).
    pub(crate) fn is_vector_like(&self, value: &Value) -> bool {
        if value.is_vector() {
            return true;
        }
        let fields = self.field_names(value);
        let has = |names: [&str; 4]| names.iter().all(|name| fields.iter().any(|field| field == name));
        has(["pt", "eta", "phi", "mass"]) || has(["px", "py", "pz", "E"])
    }

    /// Node of a component of all items of a table, along its home axis.
    pub(crate) fn item_component(&mut self, table: &Arc<Table>, name: &'static str) -> Option<NodeId> {
        let home = Value::new(What::Item(super::Item { table: table.clone(), index: None }), table.home, 0);
        if let Some(field) = self.item_field(&home, name) {
            return self.as_float(&field);
        }
        let unit = self.vector_unit(&home);
        let fields = self.field_names(&home);
        let has = |name: &str| fields.iter().any(|field| field == name);
        if has("px") && has("E") {
            let parts = self.cartesian(&home)?;
            return Some(self.vector_component(parts, name, table.home, &unit, false));
        }
        match name {
            "px" | "py" => {
                let (pt, phi) = (self.item_number(&home, "pt", &unit)?, self.item_number(&home, "phi", &Unit::one())?);
                let mut formula = self.formula(table.home, false);
                let angle = formula.call(if name == "px" { "cos" } else { "sin" }, phi, &Unit::one());
                Some(formula.times(pt, angle, &unit))
            }
            "pz" => {
                let (pt, eta) = (self.item_number(&home, "pt", &unit)?, self.item_number(&home, "eta", &Unit::one())?);
                let mut formula = self.formula(table.home, false);
                let sinh = formula.call("sinh", eta, &Unit::one());
                Some(formula.times(pt, sinh, &unit))
            }
            "E" => {
                let [x, y, z] = ["px", "py", "pz"].map(|name| self.item_component(table, name));
                let mass = self.item_number(&home, "mass", &unit)?;
                Some(self.energy([x?, y?, z?], mass, table.home, &unit, false))
            }
            _ => {
                let parts = self.cartesian(&home)?;
                Some(self.vector_component(parts, name, table.home, &unit, false))
            }
        }
    }

    fn item_number(&mut self, home: &Value, name: &str, unit: &Unit) -> Option<NodeId> {
        let field = self.item_field(home, name)?;
        if field.unit.same_dimension(unit) { Some(self.in_unit(&field, unit, true)) } else { self.as_float(&field) }
    }

    pub(crate) fn as_float(&mut self, value: &Value) -> Option<NodeId> {
        value.is_number().then(|| self.in_unit(value, &value.unit.clone(), true))
    }

    fn energy(&mut self, p: [NodeId; 3], mass: NodeId, axis: NodeId, unit: &Unit, nullable: bool) -> NodeId {
        let square = unit.times(unit);
        let zero = self.graph.float(0.0, &square);
        let mut formula = self.formula(axis, nullable);
        let [x, y, z] = p.map(|part| formula.square(part, &square));
        let xy = formula.plus(x, y, &square);
        let p2 = formula.plus(xy, z, &square);
        let size = formula.op(Op::Abs, &[mass], unit);
        let m2 = formula.times(mass, size, &square);
        let e2 = formula.plus(p2, m2, &square);
        let e2 = formula.op(Op::Greatest, &[e2, zero], &square);
        formula.op(Op::Sqrt, &[e2], unit)
    }

    /// Cartesian components of an item or vector along its own axis.
    pub(crate) fn cartesian(&mut self, value: &Value) -> Option<[NodeId; 4]> {
        match &value.what {
            What::Vector(parts) => Some(*parts),
            What::Item(item) => {
                let item = item.clone();
                let mut parts = [NodeId::EVENT; 4];
                for (part, name) in parts.iter_mut().zip(["px", "py", "pz", "E"]) {
                    let node = self.item_component(&item.table, name)?;
                    *part = match item.index {
                        Some(index) => self.graph.gather(node, index, value.nullable),
                        None => node,
                    };
                }
                Some(parts)
            }
            _ => None,
        }
    }

    /// A vector from (pt, eta, phi, mass).
    pub(crate) fn polar(&mut self, [pt, eta, phi, mass]: [NodeId; 4], axis: NodeId, unit: &Unit, nullable: bool) -> [NodeId; 4] {
        let one = Unit::one();
        let mut formula = self.formula(axis, nullable);
        let (cos, sin, sinh) = (formula.call("cos", phi, &one), formula.call("sin", phi, &one), formula.call("sinh", eta, &one));
        let [x, y, z] = [cos, sin, sinh].map(|factor| formula.times(pt, factor, unit));
        let energy = self.energy([x, y, z], mass, axis, unit, nullable);
        [x, y, z, energy]
    }

    /// A component of a vector of Cartesian nodes.
    pub(crate) fn vector_component(
        &mut self,
        [x, y, z, e]: [NodeId; 4],
        name: &'static str,
        axis: NodeId,
        unit: &Unit,
        nullable: bool,
    ) -> NodeId {
        let one = Unit::one();
        let square = unit.times(unit);
        let mut f = self.formula(axis, nullable);
        match name {
            "px" => x,
            "py" => y,
            "pz" => z,
            "E" => e,
            "pt" => f.op(Op::Component("pt"), &[x, y], unit),
            "p" => f.op(Op::Component("p"), &[x, y, z], unit),
            "phi" => f.op(Op::Atan2, &[y, x], &one),
            "eta" | "theta" => {
                let pt = f.op(Op::Component("pt"), &[x, y], unit);
                if name == "eta" { f.op(Op::Component("eta"), &[pt, z], &one) } else { f.op(Op::Atan2, &[pt, z], &one) }
            }
            "mass" => f.op(Op::Component("mass"), &[x, y, z, e], unit),
            "mt" => {
                let (e2, z2) = (f.square(e, &square), f.square(z, &square));
                let m2 = f.minus(e2, z2, &square);
                f.op(Op::Component("signed root"), &[m2], unit)
            }
            "rapidity" => f.op(Op::Component("rapidity"), &[e, z], &one),
            "et" => {
                let (pt, p) = (f.op(Op::Component("pt"), &[x, y], unit), f.op(Op::Component("p"), &[x, y, z], unit));
                let product = f.times(e, pt, &square);
                f.op(Op::Component("ratio or zero"), &[product, p], unit)
            }
            "beta" => {
                let p = f.op(Op::Component("p"), &[x, y, z], unit);
                f.op(Op::Component("ratio or zero"), &[p, e], &one)
            }
            _ => {
                let mass = f.op(Op::Component("mass"), &[x, y, z, e], unit);
                f.op(Op::Component("ratio or infinity"), &[e, mass], &one)
            }
        }
    }
}
