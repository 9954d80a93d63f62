//! The typed graph: hash-consed nodes, the environments that give texts their names, and questions about nodes.

mod build;
mod environment;
mod listing;
mod node;

pub use environment::EnvironmentId;
pub(crate) use environment::{Environment, View};
pub(crate) use node::{Constant, Node, Op, Pack, Storage};
pub use node::{Input, NodeId, ValueType};

use crate::schema::Schema;
use germane_columns::Unit;
use std::collections::HashMap;

/// All nodes of a plan. Equal nodes are one, so what two texts or two variations share is evaluated once.
///
/// ```
/// use germane_expressions::{ColumnType, Graph, Kind, Schema};
/// let mut schema = Schema::default();
/// schema.event.insert("x".to_owned(), ColumnType::new(Kind::Float));
/// let mut graph = Graph::new(schema);
/// let environment = graph.environment(&[("double", "2 * x")], &[]).unwrap();
/// let node = graph.compile(environment, "double + 1").unwrap();
/// assert_eq!(graph.value_type(node).to_string(), "float");
/// assert_eq!(graph.compile(environment, "x * 2 + 1.5").unwrap_or(node) == node, false);
/// let problems = graph.compile(environment, "y + doubel").unwrap_err();
/// assert_eq!(problems[1].nearest.as_deref(), Some("double"));
/// ```
#[derive(Debug)]
pub struct Graph {
    pub(crate) schema: Schema,
    pub(crate) nodes: Vec<Node>,
    known: HashMap<Node, NodeId>,
    pub(crate) units: Vec<Unit>,
    labels: HashMap<NodeId, String>,
    texts: HashMap<NodeId, String>,
    pub(crate) environments: Vec<Environment>,
    /// whether functions may be called by the names of NumPy
    pub(crate) numpy: bool,
}

impl Graph {
    /// An empty graph over these columns.
    pub fn new(schema: Schema) -> Self {
        let event =
            Node { op: Op::Event, args: Box::new([]), axis: NodeId::EVENT, storage: Storage::Axis, unit: 0, nullable: false };
        Self {
            schema,
            known: HashMap::from([(event.clone(), NodeId::EVENT)]),
            nodes: vec![event],
            units: vec![Unit::one()],
            labels: HashMap::new(),
            texts: HashMap::new(),
            environments: Vec::new(),
            numpy: false,
        }
    }

    /// The same graph, in whose texts functions may also be spelled as NumPy does: `where(c, a, b)`, `arctan2(y, x)`.
    #[must_use]
    pub fn with_numpy_names(self) -> Self {
        Self { numpy: true, ..self }
    }

    /// The columns.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn insert(&mut self, node: Node) -> NodeId {
        if let Some(&id) = self.known.get(&node) {
            return id;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.known.insert(node.clone(), id);
        self.nodes.push(node);
        id
    }

    /// Position of a unit among those of the graph.
    pub(crate) fn unit_id(&mut self, unit: &Unit) -> u32 {
        if let Some(found) = self.units.iter().position(|known| known == unit) {
            return found as u32;
        }
        self.units.push(unit.clone());
        self.units.len() as u32 - 1
    }

    pub(crate) fn name_axis(&mut self, axis: NodeId, label: impl FnOnce() -> String) {
        self.labels.entry(axis).or_insert_with(label);
    }

    /// Name of an axis in messages.
    pub(crate) fn axis_label(&self, axis: NodeId) -> String {
        if let Some(label) = self.labels.get(&axis) {
            return label.clone();
        }
        let node = self.node(axis);
        match &node.op {
            Op::Event => "event".to_owned(),
            Op::Collection(name) => name.clone(),
            Op::Seen | Op::Follow => self.axis_label(node.args[1]),
            _ => "…".to_owned(),
        }
    }

    /// Axes from the outermost down to `axis`, without `event`.
    pub(crate) fn axis_chain(&self, axis: NodeId) -> Vec<NodeId> {
        let mut chain = Vec::new();
        let mut at = axis;
        while at != NodeId::EVENT {
            chain.push(at);
            at = self.node(at).axis;
        }
        chain.reverse();
        chain
    }

    /// The axis `levels` above.
    pub(crate) fn axis_up(&self, axis: NodeId, levels: usize) -> NodeId {
        (0..levels).fold(axis, |at, _| self.node(at).axis)
    }

    pub(crate) fn remember_text(&mut self, node: NodeId, text: String) {
        self.texts.entry(node).or_insert(text);
    }
}
