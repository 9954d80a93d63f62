//! Questions about nodes: types, columns, texts, the listing of the plan.

use super::{Constant, Graph, Input, NodeId, Op, Pack, Storage, ValueType};
use crate::Problem;
use crate::schema::Kind;
use std::fmt::Write as _;

impl Graph {
    /// Type of a node.
    pub fn value_type(&self, id: NodeId) -> ValueType {
        let node = self.node(id);
        let kind = match (&node.op, node.storage) {
            (Op::Pack(Pack::Vector), _) => Kind::Vector,
            (Op::Pack(Pack::Item { label } | Pack::OfUnion { label } | Pack::Tuple { label, .. }), _) => {
                Kind::Item(label.clone())
            }
            (Op::Constant(Constant::Null), _) => Kind::Null,
            (_, Storage::Bool) => Kind::Bool,
            (_, Storage::Int | Storage::Index | Storage::Axis | Storage::Pack) => Kind::Int,
            (_, Storage::Float) => Kind::Float,
            (_, Storage::Text) => Kind::Text,
        };
        let axes = self.axis_chain(node.axis).into_iter().map(|axis| self.axis_label(axis)).collect();
        ValueType { kind, axes, unit: self.units[node.unit as usize].clone(), nullable: node.nullable }
    }

    /// Whether the node is a plain condition per event, as cuts and regions need.
    ///
    /// # Errors
    /// What it is instead, over the whole text (`length` characters).
    pub fn require_condition(&self, node: NodeId, length: usize) -> Result<(), Problem> {
        let ty = self.value_type(node);
        let advice = match (&ty.kind, ty.axes.is_empty()) {
            (Kind::Bool, true) => return Ok(()),
            (Kind::Bool, false) => "reduce it with any(…) or all(…)",
            (Kind::Int | Kind::Float, _) => "compare it with something, e.g. `!= 0`",
            (Kind::Item(_), false) => "count the items, e.g. `count(…) >= 1`",
            (Kind::Item(_), true) => "ask for it with `is not null`",
            _ => "a cut is a condition, e.g. `x > 0`",
        };
        let code = if ty.kind == Kind::Bool { "axes" } else { "type" };
        Err(Problem::new(code, 0..length, format!("a cut needs one condition an event, this is {ty}")).advice(advice))
    }

    /// The nodes that `roots` need, themselves included, every node behind its arguments.
    pub fn needed(&self, roots: &[NodeId]) -> Vec<NodeId> {
        let mut wanted = vec![false; self.nodes.len()];
        for root in roots {
            wanted[root.position()] = true;
        }
        for k in (0..self.nodes.len()).rev().filter(|k| *k > 0) {
            if wanted[k] {
                let node = &self.nodes[k];
                for arg in node.args.iter().chain([&node.axis]) {
                    wanted[arg.position()] = true;
                }
            }
        }
        (0..self.nodes.len()).filter(|k| wanted[*k]).map(|k| NodeId(k as u32)).collect()
    }

    /// Columns that a node reads, sorted. Lengths of a collection need one of its fields.
    pub fn columns_of(&self, node: NodeId) -> Vec<Input> {
        let program = crate::Program::new(self, &[node]);
        let mut columns = program.inputs().to_vec();
        columns.sort();
        columns
    }

    /// The text that a node was first compiled from, in one spelling; of others what they do.
    pub fn text(&self, node: NodeId) -> String {
        self.texts.get(&node).cloned().unwrap_or_else(|| self.words(node))
    }

    /// What the node does, in a word or two.
    fn words(&self, id: NodeId) -> String {
        let node = self.node(id);
        match &node.op {
            Op::Constant(value) => constant_text(value),
            Op::Input(input) | Op::InnerLists(input) => column_text(input),
            Op::Arithmetic(op) => op.symbol().to_owned(),
            Op::Compare(op) => op.symbol().to_owned(),
            Op::Elementary(name) | Op::Rounding(name) | Op::Reduce(name) | Op::Component(name) => (*name).to_owned(),
            Op::Identity(tag) => tag.to_string(),
            Op::Collection(name) => name.clone(),
            Op::Pack(pack) => match pack {
                Pack::Vector => "px, py, pz, E".to_owned(),
                Pack::Item { label } | Pack::OfUnion { label } => label.clone(),
                Pack::Tuple { label, names } => format!("{label}: {}", names.join(", ")),
            },
            Op::Pick { from_end } => if *from_end { "from the end" } else { "" }.to_owned(),
            Op::End { last } => if *last { "last" } else { "first" }.to_owned(),
            Op::Best { greatest } => if *greatest { "max" } else { "min" }.to_owned(),
            Op::Slice { low, high } => {
                format!("{}:{}", if *low { "low" } else { "" }, if *high { "high" } else { "" })
            }
            Op::Combinations(of) => of.to_string(),
            Op::Origin(of) => of.to_string(),
            Op::EtaBelow { inclusive } | Op::HypotBelow { inclusive } => if *inclusive { "<=" } else { "<" }.to_owned(),
            // No wildcard: two operations that differ only here would share their content key.
            Op::Negate
            | Op::Abs
            | Op::Sign
            | Op::ToFloat
            | Op::Square
            | Op::PowerInt
            | Op::Not
            | Op::And
            | Op::Or
            | Op::BitNot
            | Op::BitAnd
            | Op::BitOr
            | Op::Bit
            | Op::IsNull
            | Op::IsNan
            | Op::IsFinite
            | Op::Default
            | Op::Choose
            | Op::Least
            | Op::Greatest
            | Op::Clamp
            | Op::Atan2
            | Op::Hypot
            | Op::AngleDifference
            | Op::Sqrt
            | Op::Gather
            | Op::Repeat
            | Op::ToParent
            | Op::Align
            | Op::Own
            | Op::LocalIndex
            | Op::Concat
            | Op::Count
            | Op::CountTrue
            | Op::Event
            | Op::Seen
            | Op::Follow
            | Op::Filter
            | Op::Sort
            | Op::Cross
            | Op::Union
            | Op::Children => String::new(),
        }
    }

    /// Every node that `roots` need as JSON text of `{op, words, type, unit, axis, of}`, arguments by position in the list;
    /// beside it the position of each root.
    pub fn nodes_json(&self, roots: &[NodeId]) -> (Vec<String>, Vec<usize>) {
        let needed = self.needed(roots);
        let mut position = vec![usize::MAX; self.nodes.len()];
        for (k, id) in needed.iter().enumerate() {
            position[id.position()] = k;
        }
        let nodes = needed.iter().map(|id| self.node_json(*id, &position)).collect();
        (nodes, roots.iter().map(|root| position[root.position()]).collect())
    }

    fn node_json(&self, id: NodeId, position: &[usize]) -> String {
        let node = self.node(id);
        let op = format!("{:?}", node.op);
        let op: String = op.chars().take_while(char::is_ascii_alphanumeric).collect();
        let of: Vec<String> = node.args.iter().map(|arg| position[arg.position()].to_string()).collect();
        let ty = match node.storage {
            Storage::Axis => "axis",
            Storage::Index => "index",
            Storage::Pack => "record",
            Storage::Bool => "bool",
            Storage::Int => "int",
            Storage::Float => "float",
            Storage::Text => "string",
        };
        let null = if node.nullable { "?" } else { "" };
        let mut out = String::new();
        let _ = write!(
            out,
            "{{\"op\":{},\"words\":{},\"type\":\"{ty}{null}\",\"unit\":{},\"axis\":{},\"of\":[{}]}}",
            quoted(&op.to_lowercase()),
            quoted(&self.words(id)),
            quoted(&self.units[node.unit as usize].to_string()),
            position[node.axis.position()],
            of.join(",")
        );
        out
    }
}

fn column_text(input: &Input) -> String {
    match &input.collection {
        Some(collection) => format!("{collection}.{}", input.field),
        None => input.field.clone(),
    }
}

fn constant_text(value: &Constant) -> String {
    match value {
        Constant::Null => "null".to_owned(),
        Constant::Bool(value) => value.to_string(),
        Constant::Int(value) => value.to_string(),
        Constant::Float(bits) => format!("{:?}", f64::from_bits(*bits)),
        Constant::Text(text) => format!("'{text}'"),
    }
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
