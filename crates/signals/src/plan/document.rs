//! A plan as a JSON document.

use super::Plan;
use super::listing::operation;
use crate::graph::{Grid, Kind, Node, Part, Period, Shape, Variable, Written};
use serde_json::{Map, Value, json};

impl Plan {
    /// The plan as a document: `variables` (name, type, shape, meaning), `nodes` in order (positions of what they take and make),
    /// `inputs`, `outputs`, `parameters`, `pruned`.
    pub fn document(&self) -> Value {
        let graph = &self.graph;
        let node = |node: &Node| {
            json!({
                "takes": node.operation.needs().iter().map(|id| id.0).collect::<Vec<_>>(),
                "makes": node.makes.iter().map(|id| id.0).collect::<Vec<_>>(),
                "operation": operation(graph, node),
            })
        };
        let inputs = graph.inputs.iter().map(|input| {
            let part = match input.part {
                Part::All => "all",
                Part::Values => "values",
                Part::T0 => "t0",
            };
            json!({"column": input.column, "part": part, "variable": input.variable.0})
        });
        let outputs = graph.outputs.iter().map(|output| match &output.what {
            Written::Copy(column) => json!({"name": output.name, "copy": column}),
            Written::Variable(id) => {
                let attributes: Map<String, Value> =
                    output.attributes.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
                json!({"name": output.name, "variable": id.0, "attributes": attributes})
            }
        });
        let parameters = self
            .parameters
            .iter()
            .map(|(name, value)| (name.clone(), json!({"value": value, "default": self.defaults.contains(name)})));
        json!({
            "germane_chain_plan": 1,
            "variables": graph.variables.iter().map(variable).collect::<Vec<_>>(),
            "nodes": graph.nodes.iter().map(node).collect::<Vec<_>>(),
            "inputs": inputs.collect::<Vec<_>>(),
            "outputs": outputs.collect::<Vec<_>>(),
            "parameters": parameters.collect::<Map<_, _>>(),
            "pruned": self.pruned,
        })
    }
}

fn variable(variable: &Variable) -> Value {
    let shape = match variable.shape {
        Shape::Scalar => json!([]),
        Shape::Samples(length) => json!([length]),
        Shape::Ragged { capacity, length } => json!({"at_most": capacity, "length": length.0}),
    };
    let period = |period: &Period| json!({"value": period.value, "unit": period.unit.to_string()});
    let grid = |grid: &Grid| {
        let offset = json!({"variable": grid.offset.variable.map(|id| id.0), "constant": grid.offset.constant});
        json!({"period": period(&grid.period), "offset": offset})
    };
    let kind = match &variable.kind {
        Kind::Plain => json!({"kind": "plain"}),
        Kind::Waveform(of) => json!({"kind": "waveform", "grid": grid(of)}),
        Kind::Point { grid: of, unit } => json!({"kind": "time point", "grid": grid(of), "unit": unit.to_string()}),
        Kind::Duration { period: of, unit } => json!({"kind": "duration", "period": period(of), "unit": unit.to_string()}),
    };
    let mut out = json!({"name": variable.name, "type": variable.element.name(), "shape": shape, "label": variable.label});
    if let (Some(out), Value::Object(kind)) = (out.as_object_mut(), kind) {
        out.extend(kind);
    }
    out
}
