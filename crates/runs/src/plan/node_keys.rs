//! Content keys of the nodes of a graph, from which the keys of products are made.

use crate::content_key::{Key, node_key};
use germane_expressions::{Graph, NodeId};
use serde_json::{Value, json};

/// Content keys of nodes: of a node's own words and of the keys of what it takes.
pub(crate) struct NodeKeys(Vec<(NodeId, Key)>);

impl NodeKeys {
    /// Keys of the `wanted` nodes, which are in order.
    pub(crate) fn new(graph: &Graph, wanted: &[NodeId]) -> Self {
        let (nodes, roots) = graph.nodes_json(wanted);
        let mut keys: Vec<Key> = Vec::new();
        for text in nodes {
            let mut node: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
            let of = |value: &Value| value.as_u64().and_then(|i| keys.get(i as usize)).map(Key::to_string);
            node["axis"] = json!(of(&node["axis"]));
            node["of"] = node["of"].as_array().into_iter().flatten().map(|i| json!(of(i))).collect();
            keys.push(node_key(&node));
        }
        Self(wanted.iter().copied().zip(roots.into_iter().map(|root| keys[root])).collect())
    }

    pub(crate) fn of(&self, node: NodeId) -> String {
        let position = self.0.binary_search_by_key(&node, |(n, _)| *n).expect("invariant: keys of all nodes of all products");
        self.0[position].1.to_string()
    }
}
