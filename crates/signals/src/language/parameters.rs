//! `db.…`: parameters of the channel, or defaults of the node.

use super::constant::{Constant, ConstantArray};
use super::exact::Exact;
use super::{Language, Placement, Script, Value};
use crate::chain::{Place, Text, look_up};
use crate::element::Element;
use germane_expressions::syntax::{Binary, Syntax, SyntaxId, Tree};
use germane_texts::{Node, Value as TreeValue, nearest};

/// Parameters inside parameters at most.
const DEEPEST: u32 = 4;

/// Where the value of a parameter came from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Origin {
    /// as it is written
    pub(crate) value: String,
    /// not of the channel
    pub(crate) is_default: bool,
}

/// The name `db.a.b` that a node of the tree is.
pub(crate) fn parameter_name(tree: &Tree, id: SyntaxId) -> Option<String> {
    let mut words = Vec::new();
    let mut at = id;
    loop {
        match tree.get(at) {
            Syntax::Field { of, name } => {
                words.push(name.text.as_str());
                at = *of;
            }
            Syntax::Name(name) if name == "db" && !words.is_empty() => {
                words.push("db");
                words.reverse();
                return Some(words.join("."));
            }
            _ => return None,
        }
    }
}

/// Whether a text means something else without brackets where a parameter stands.
fn needs_brackets(value: &Tree, (tree, id): (&Tree, SyntaxId)) -> bool {
    let is_product = |op: Binary| matches!(op, Binary::Multiply | Binary::Divide | Binary::FloorDivide | Binary::Modulo);
    let loose = match value.get(value.root) {
        Syntax::Binary { op, .. } => !is_product(*op) && *op != Binary::Power,
        Syntax::Compare { .. } | Syntax::Choose { .. } | Syntax::In { .. } | Syntax::IsNull(_) => true,
        Syntax::Unary { .. } => false,
        _ => return false,
    };
    let mut open = vec![tree.root];
    while let Some(at) = open.pop() {
        let children = tree.children(at);
        if children.contains(&id) {
            return match tree.get(at) {
                Syntax::Binary { op: Binary::Power, .. } | Syntax::Field { .. } => true,
                Syntax::Binary { op: Binary::Add, .. } => false,
                Syntax::Binary { op, right, .. } if *right == id => loose || !matches!(op, Binary::Multiply | Binary::Subtract),
                Syntax::Binary { op, .. } => loose && is_product(*op),
                Syntax::Unary { .. } | Syntax::Compare { .. } => loose,
                Syntax::Subscript { of, .. } | Syntax::Slice { of, .. } => *of == id,
                _ => false,
            };
        }
        open.extend(children);
    }
    false
}

impl<'a> Language<'a> {
    /// The tree node of a parameter; where there is none, that is said.
    pub(crate) fn parameter(&mut self, name: &str, place: Place) -> Option<(&'a Node, Option<Text<'a>>)> {
        let path = name.strip_prefix("db.").unwrap_or(name);
        let chain = self.chain;
        let node = &chain.nodes()[self.node];
        let of_channel = self.options.parameters.and_then(|tree| look_up(tree, path)).filter(|node| !node.is_null());
        let default = node.default(name);
        let (found, text) = match (of_channel, default) {
            (Some(found), _) => (found, None),
            (None, Some(text)) => (text.node, Some(text)),
            (None, None) => {
                let mut problem = chain.problem("name", format!("no parameter `{name}`, and no default of it"), place);
                let known = node.defaults();
                problem = match nearest(name, known.iter().copied()) {
                    Some(name) => problem.nearest(name),
                    None => problem.advice(format!("add `defaults: {{{name}: …}}`")),
                };
                self.report(problem);
                return None;
            }
        };
        let value = found.scalar_text().map_or_else(|| found.kind().to_owned(), str::to_owned);
        self.parameters.insert(name.to_owned(), Origin { value, is_default: text.is_some() });
        Some((found, text))
    }

    /// The text of a parameter, parsed; `None` where it is no text or something is wrong.
    pub(crate) fn parameter_script(&mut self, name: &str, place: Place) -> Option<Script<'a>> {
        let (found, text) = self.parameter(name, place)?;
        let written = found.as_text()?;
        let placement = text.map_or(Placement::At(place), |text| Placement::Inside(text, 0));
        self.parsed(written, placement)
    }

    /// Value of a parameter; `user` is the script that asks for it, where the text substitution of dspeed could differ.
    pub(crate) fn parameter_value(&mut self, name: &str, place: Place, user: (&Tree, SyntaxId)) -> Value {
        let Some((found, _)) = self.parameter(name, place) else { return Value::Failed };
        if found.as_text().is_none() {
            return self.literal(found, place);
        }
        if self.depth >= DEEPEST {
            return self.wrong("circle", format!("`{name}` refers to itself or lies too deep in other parameters"), place);
        }
        let Some(script) = self.parameter_script(name, place) else { return Value::Failed };
        let root = script.tree.root;
        if needs_brackets(&script.tree, user) {
            let message = format!("`{name}` is `{}`, which stands here in brackets", script.written(root));
            let problem = self.chain.problem("parameter", message, place);
            self.warn(problem.advice("dspeed puts it in without brackets: another number may come out"));
        }
        self.depth += 1;
        let value = self.value(&script, root);
        self.depth -= 1;
        value
    }

    /// A number, truth or list that a file holds.
    pub(crate) fn literal(&mut self, node: &Node, place: Place) -> Value {
        match &node.value {
            TreeValue::Bool(value) => Value::Number(Constant::bool(*value)),
            TreeValue::Int(value) => Value::Number(Constant::int(*value)),
            TreeValue::Float(value) => {
                let exact = node.raw.as_deref().and_then(Exact::decimal).filter(|exact| exact.value() == *value);
                let class = super::constant::Class::Float;
                Value::Number(exact.map_or(Constant::float(*value), |exact| Constant::exact(exact, class, None)))
            }
            TreeValue::List(items) => self.literal_list(items, place),
            TreeValue::Null | TreeValue::Map(_) | TreeValue::Text(_) => {
                self.wrong("kind", format!("expected a number, a text or a list of numbers, this is {}", node.kind()), place)
            }
        }
    }

    fn literal_list(&mut self, items: &[Node], place: Place) -> Value {
        let rows: Vec<&[Node]> = items.iter().filter_map(Node::as_list).collect();
        let is_matrix = !items.is_empty() && rows.len() == items.len();
        let columns = rows.first().map_or(0, |row| row.len());
        if is_matrix && rows.iter().any(|row| row.len() != columns) {
            return self.wrong("kind", "the rows of a matrix are equally long", place);
        }
        let flat: Vec<&Node> = if is_matrix { rows.into_iter().flatten().collect() } else { items.iter().collect() };
        let values: Option<Vec<f64>> = flat.iter().map(|item| item.as_f64()).collect();
        let Some(values) = values else { return self.wrong("kind", "expected numbers in the list", place) };
        let whole = flat.iter().all(|item| item.as_i64().is_some()) && !flat.is_empty();
        let element = if whole { Element::I64 } else { Element::F64 };
        let rows = is_matrix.then_some(items.len());
        Value::Array(ConstantArray { values: values.into(), rows, element, label: None })
    }
}
