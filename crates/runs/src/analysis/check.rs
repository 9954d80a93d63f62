//! Checks a tree against the table of keys: all mistakes at once, each with its place and the nearest name.

use super::keys::NOT_YET;
use super::quantity::Quantity;
use super::shape::{Key, Shape};
use germane_texts::{Diagnostic, Node, Source, Value, nearest};

/// All mistakes of form.
pub(super) fn check(source: &Source, root: &Node, shape: &Shape) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    walk(source, root, shape, &mut found);
    found
}

fn walk(source: &Source, node: &Node, shape: &Shape, found: &mut Vec<Diagnostic>) {
    if !fits(node, shape) {
        found.push(
            Diagnostic::new("kind", format!("expected {}, got {}", shape.expected(), node.kind()))
                .at(source, node.span)
                .advice(advice(shape)),
        );
        return;
    }
    match (shape, &node.value) {
        (Shape::Keys(keys), Value::Map(entries)) => {
            for entry in entries {
                match keys.iter().find(|k| k.name == entry.key) {
                    Some(key) => walk(source, &entry.value, key.value, found),
                    None => found.push(unknown_key(&entry.key, keys).at(source, entry.key_span)),
                }
            }
            let meant =
                |name: &str| entries.iter().any(|e| keys.iter().all(|k| k.name != e.key) && near_key(&e.key, keys) == Some(name));
            for key in keys.iter().filter(|k| k.required && node.get(k.name).is_none() && !meant(k.name)) {
                found.push(
                    Diagnostic::new("key", format!("the key `{}` is missing", key.name)).at(source, node.span).advice(key.doc),
                );
            }
        }
        (Shape::Names { value, .. }, Value::Map(entries)) => {
            for entry in entries {
                walk(source, &entry.value, value, found);
            }
        }
        (Shape::List(items), Value::List(nodes)) => {
            for item in nodes {
                walk(source, item, items, found);
            }
        }
        (Shape::Either(shapes), _) => {
            if let Some(shape) = shapes.iter().find(|s| fits(node, s)) {
                walk(source, node, shape, found);
            }
        }
        (Shape::Word(words), Value::Text(text)) if !words.contains(&text.as_str()) => {
            let diagnostic =
                Diagnostic::new("word", format!("`{text}` is not one of {}", words.join(", "))).at(source, node.span);
            found.push(match nearest(text, words.iter().copied()) {
                Some(word) => diagnostic.nearest(word),
                None => diagnostic,
            });
        }
        (Shape::Quantity, _) => {
            if let Err(error) = Quantity::read(node) {
                let diagnostic = Diagnostic::new("unit", error.message).at(source, node.span_in_text(error.start, error.end));
                found.push(match error.nearest {
                    Some(near) => diagnostic.nearest(near),
                    None => diagnostic,
                });
            }
        }
        _ => {}
    }
}

/// Whether the kind of the value is one that the shape can hold.
fn fits(node: &Node, shape: &Shape) -> bool {
    match shape {
        Shape::Bool => matches!(node.value, Value::Bool(_)),
        Shape::Integer => matches!(node.value, Value::Int(_)),
        Shape::Number => matches!(node.value, Value::Int(_) | Value::Float(_)),
        Shape::Text => matches!(node.value, Value::Text(_)),
        Shape::Quantity => matches!(node.value, Value::Int(_) | Value::Float(_) | Value::Text(_)),
        Shape::Expression => matches!(node.value, Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_)),
        Shape::Word(words) => match &node.value {
            // Inside `Either`, a word that is not listed may still be meant as one: it is answered by name above.
            Value::Text(_) => !words.is_empty(),
            // YAML reads the word as nothing.
            Value::Null => words.contains(&"null"),
            _ => false,
        },
        Shape::List(_) => matches!(node.value, Value::List(_)),
        Shape::Keys(_) | Shape::Names { .. } => matches!(node.value, Value::Map(_)),
        Shape::Either(shapes) => shapes.iter().any(|s| fits(node, s)),
        Shape::Any => true,
    }
}

fn advice(shape: &Shape) -> String {
    match shape {
        Shape::List(_) => "write `[a, b]`, or one `- item` a line".into(),
        Shape::Expression | Shape::Text => "write a text; quote it where it holds `:`, `#` or begins with `[` or `{`".into(),
        _ => format!("write {}", shape.expected()),
    }
}

fn unknown_key(name: &str, keys: &[Key]) -> Diagnostic {
    let diagnostic = Diagnostic::new("key", format!("unknown key `{name}`"));
    if let Some(near) = near_key(name, keys) {
        return diagnostic.nearest(near);
    }
    if NOT_YET.contains(&name) {
        return diagnostic.advice(format!("`{name}` belongs to the form, but this version cannot act on it yet"));
    }
    let names: Vec<_> = keys.iter().map(|k| k.name).collect();
    diagnostic.advice(format!("known here: {}", names.join(", ")))
}

fn near_key<'a>(name: &str, keys: &'a [Key]) -> Option<&'a str> {
    nearest(name, keys.iter().map(|k| k.name))
}
