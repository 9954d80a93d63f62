//! What a part of a text is, while it is checked: nodes, what they are counted along, unit and nullability.

use crate::graph::{Graph, NodeId, Storage};
use crate::schema::Kind;
use germane_columns::Unit;
use std::sync::Arc;

/// A checked part of a text.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) what: What,
    /// axis of the nodes
    pub(crate) axis: NodeId,
    /// how many of the innermost axes are lists; the others belong to the open scopes and hold one item at a time
    pub(crate) free: usize,
    pub(crate) unit: Unit,
    pub(crate) nullable: bool,
    /// a literal without unit: takes the unit of the other side
    pub(crate) bare: bool,
}

/// Kind of a value with its nodes.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// something that has been complained about
    Bad,
    Null,
    /// bool, int, float or text
    Scalar(NodeId, Storage),
    Item(Item),
    /// px, py, pz, E
    Vector([NodeId; 4]),
}

/// An item of a table: `index` holds positions along the home axis of the table, or is absent on that axis itself.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) table: Arc<Table>,
    pub(crate) index: Option<NodeId>,
}

/// What has fields.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// name in types
    pub(crate) label: String,
    /// name in messages
    pub(crate) title: String,
    pub(crate) home: NodeId,
    pub(crate) rows: Rows,
    /// number of plain items that an item consists of, or can come from
    pub(crate) members: usize,
    /// definitions `NAME.field` add fields
    pub(crate) extended_by: Option<String>,
}

/// What the items of a table are.
#[derive(Clone, Debug)]
pub(crate) enum Rows {
    /// of a collection or object of the schema
    Columns(String),
    /// of a definition: fields of the value it was made from
    Of(Box<Value>),
    /// tuples: names and members, counted along the home axis
    Tuples(Vec<(String, Value)>),
    /// concatenation: names and parts
    Union(Vec<(String, Value)>),
}

impl Value {
    /// Number of plain items that an item consists of, or can come from.
    pub(crate) fn members(&self) -> usize {
        match &self.what {
            What::Item(item) => item.table.members,
            _ => 1,
        }
    }

    pub(crate) fn bad() -> Self {
        Self::new(What::Bad, NodeId::EVENT, 0)
    }

    pub(crate) fn new(what: What, axis: NodeId, free: usize) -> Self {
        Self { what, axis, free, unit: Unit::one(), nullable: false, bare: false }
    }

    pub(crate) fn scalar(node: NodeId, storage: Storage, axis: NodeId, free: usize) -> Self {
        Self::new(What::Scalar(node, storage), axis, free)
    }

    pub(crate) fn with_unit(mut self, unit: &Unit) -> Self {
        self.unit = unit.clone();
        self
    }

    pub(crate) fn with_null(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    pub(crate) fn with_bare(mut self, bare: bool) -> Self {
        self.bare = bare;
        self
    }

    pub(crate) fn is_bad(&self) -> bool {
        matches!(self.what, What::Bad)
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.what, What::Null)
    }

    pub(crate) fn is_item(&self) -> bool {
        matches!(self.what, What::Item(_))
    }

    pub(crate) fn is_vector(&self) -> bool {
        matches!(self.what, What::Vector(_))
    }

    pub(crate) fn storage(&self) -> Option<Storage> {
        match self.what {
            What::Scalar(_, storage) => Some(storage),
            _ => None,
        }
    }

    pub(crate) fn is_bool(&self) -> bool {
        self.storage() == Some(Storage::Bool)
    }

    pub(crate) fn is_int(&self) -> bool {
        self.storage() == Some(Storage::Int)
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self.storage(), Some(Storage::Int | Storage::Float))
    }

    /// The node of a scalar.
    pub(crate) fn node(&self) -> Option<NodeId> {
        match self.what {
            What::Scalar(node, _) => Some(node),
            _ => None,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match &self.what {
            What::Bad | What::Null => Kind::Null,
            What::Scalar(_, Storage::Bool) => Kind::Bool,
            What::Scalar(_, Storage::Int) => Kind::Int,
            What::Scalar(_, Storage::Text) => Kind::Text,
            What::Scalar(..) => Kind::Float,
            What::Item(item) => Kind::Item(item.table.label.clone()),
            What::Vector(_) => Kind::Vector,
        }
    }

    /// Names of the free axes, outermost first.
    pub(crate) fn axes(&self, graph: &Graph) -> Vec<String> {
        let chain = graph.axis_chain(self.axis);
        chain[chain.len() - self.free..].iter().map(|axis| graph.axis_label(*axis)).collect()
    }

    /// The type as messages show it, e.g. `float GeV? per Jet`.
    pub(crate) fn show(&self, graph: &Graph) -> String {
        let axes = self.axes(graph);
        crate::ValueType { kind: self.kind(), axes, unit: self.unit.clone(), nullable: self.nullable }.to_string()
    }
}
