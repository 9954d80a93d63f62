//! Document → JSON. Numbers are written as they were read, unknown keys where they were.

use germane_texts::{Node, Value};

use super::Document;

/// Names of types that ROOT writes, and those of the standard.
const STANDARD: [(&str, &str); 3] = [
    ("ARGUS_dist", "argus_dist"),
    ("bernstein_poly_dist", "bernstein_dist"),
    ("crystalball_doublesided_dist", "crystalball_dist"),
];

impl Document {
    /// The document as text, with two blanks for each level, and the standard's names of types for ROOT's.
    ///
    /// ```
    /// use germane_models::hs3::Document;
    /// use germane_texts::Source;
    /// let text = r#"{"metadata": {"hs3_version": "0.2"}, "mine": [1.50, "é"]}"#;
    /// let written = Document::read(&Source::new("a.json", text)).unwrap().to_text();
    /// assert!(written.contains("1.50") && written.contains("é"));
    /// ```
    pub fn to_text(&self) -> String {
        let mut out = String::with_capacity(self.source.text.len() * 2);
        let mut path = Vec::new();
        write(&self.root, 0, &mut path, &mut out);
        out.push('\n');
        out
    }
}

fn write<'a>(node: &'a Node, level: usize, path: &mut Vec<&'a str>, out: &mut String) {
    let indent = |level: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", level));
    };
    match &node.value {
        Value::Text(text) => {
            let type_of_distribution = matches!(path[..], ["distributions", "type"]);
            let standard = STANDARD.iter().find(|(root, _)| type_of_distribution && root == text).map(|(_, name)| *name);
            out.push_str(&quoted(standard.unwrap_or(text)));
        }
        // Lists of plain values stay on a line.
        Value::List(items) if items.iter().all(|item| item.scalar_text().is_some()) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write(item, level, path, out);
            }
            out.push(']');
        }
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                indent(level + 1, out);
                write(item, level + 1, path, out);
            }
            indent(level, out);
            out.push(']');
        }
        Value::Map(entries) if entries.is_empty() => out.push_str("{}"),
        Value::Map(entries) => {
            out.push('{');
            for (index, entry) in entries.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                indent(level + 1, out);
                out.push_str(&quoted(&entry.key));
                out.push_str(": ");
                path.push(&entry.key);
                write(&entry.value, level + 1, path, out);
                path.pop();
            }
            indent(level, out);
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => out.push_str(node.scalar_text().unwrap_or("null")),
    }
}

/// A text in quotation marks.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
