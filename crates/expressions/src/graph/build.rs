//! Making nodes: equal ones once, constants folded, indices composed.

use super::{Constant, Graph, Node, NodeId, Op, Storage};
use crate::evaluate::fold;
use germane_columns::Unit;

impl Graph {
    /// A value node. All arguments are counted along `axis` or constant.
    pub(crate) fn value(
        &mut self,
        op: Op,
        args: &[NodeId],
        axis: NodeId,
        storage: Storage,
        unit: &Unit,
        nullable: bool,
    ) -> NodeId {
        let constants: Option<Vec<Constant>> = args.iter().map(|arg| self.constant(*arg).cloned()).collect();
        if let Some(constants) = constants.filter(|_| !args.is_empty() && !nullable) {
            let storages: Vec<_> = args.iter().map(|arg| self.node(*arg).storage).collect();
            if let Some(value) = fold(&op, &constants, &storages, storage) {
                return self.constant_node(value, storage, unit);
            }
        }
        let unit = self.unit_id(unit);
        let all_constant = args.iter().all(|arg| self.constant(*arg).is_some());
        let axis = if all_constant && !args.is_empty() && op != Op::Repeat { NodeId::EVENT } else { axis };
        self.insert(Node { op, args: args.into(), axis, storage, unit, nullable })
    }

    pub(crate) fn constant_node(&mut self, value: Constant, storage: Storage, unit: &Unit) -> NodeId {
        let unit = self.unit_id(unit);
        let nullable = value == Constant::Null;
        self.insert(Node { op: Op::Constant(value), args: Box::new([]), axis: NodeId::EVENT, storage, unit, nullable })
    }

    pub(crate) fn float(&mut self, value: f64, unit: &Unit) -> NodeId {
        self.constant_node(Constant::float(value), Storage::Float, unit)
    }

    pub(crate) fn constant(&self, node: NodeId) -> Option<&Constant> {
        match &self.node(node).op {
            Op::Constant(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn index(&mut self, op: Op, args: &[NodeId], axis: NodeId) -> NodeId {
        self.insert(Node { op, args: args.into(), axis, storage: Storage::Index, unit: 0, nullable: false })
    }

    /// An axis below `parent`.
    pub(crate) fn axis(&mut self, op: Op, args: &[NodeId], parent: NodeId) -> NodeId {
        self.insert(Node { op, args: args.into(), axis: parent, storage: Storage::Axis, unit: 0, nullable: false })
    }

    /// The values of `node` at the positions of `index`; a position of a position is one position.
    pub(crate) fn gather(&mut self, node: NodeId, index: NodeId, nullable: bool) -> NodeId {
        let held = self.node(node);
        let (storage, unit) = (held.storage, held.unit);
        match (&held.op, &*held.args) {
            (Op::Constant(_), _) if !nullable => return node,
            (Op::Gather, &[inner, first]) => {
                let nullable = nullable || held.nullable;
                let index = self.gather(first, index, false);
                return self.gather(inner, index, nullable);
            }
            _ => {}
        }
        let nullable = nullable || held.nullable;
        let axis = self.node(index).axis;
        self.insert(Node { op: Op::Gather, args: Box::new([node, index]), axis, storage, unit, nullable })
    }

    /// A constant made a column along `axis`, other nodes as they are.
    pub(crate) fn spread(&mut self, node: NodeId, axis: NodeId) -> NodeId {
        if self.constant(node).is_none() {
            return node;
        }
        let Node { storage, unit, nullable, .. } = *self.node(node);
        self.insert(Node { op: Op::Repeat, args: Box::new([node]), axis, storage, unit, nullable })
    }
}
