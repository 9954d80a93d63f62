//! The output specification: which rows of which decoder go into which table of which file, and what is done to them.
//!
//! A map of decoders, each a map of buffers; JSON or YAML. The form is that of legend-daq2lh5.

mod codec_text;
mod fields;
mod keys;
mod process;

pub(crate) use fields::{Finding, Met};
pub(crate) use keys::{KeyItem, Taken};
pub use process::read_storage;
pub(crate) use process::{Chain, Process, Window};

use super::template::{Mistake, Template};
use crate::analysis::Name;
use germane_texts::{Diagnostic, Entry, Keys, Node, Source, Span, parse_json, parse_yaml, sort_by_place};
use std::sync::Arc;

/// A checked output specification.
#[derive(Clone, Debug)]
pub struct Specification {
    pub(crate) source: Source,
    pub(crate) decoders: Vec<DecoderSpec>,
}

/// Buffers of one decoder, or of all (`*`) that are not named.
#[derive(Clone, Debug)]
pub(crate) struct DecoderSpec {
    pub(crate) name: Name,
    pub(crate) buffers: Vec<BufferSpec>,
}

/// One buffer, or one for each key where its name says `{key}`.
#[derive(Clone, Debug)]
pub(crate) struct BufferSpec {
    pub(crate) name: WrittenTemplate,
    pub(crate) keys: Vec<KeyItem>,
    pub(crate) out_stream: Option<WrittenTemplate>,
    pub(crate) out_name: Option<WrittenTemplate>,
    pub(crate) process: Option<Arc<Process>>,
    /// its keys may go into other buffers, too
    pub(crate) duplicate: bool,
}

/// A template with its place in the specification.
#[derive(Clone, Debug)]
pub(crate) struct WrittenTemplate {
    pub(crate) template: Template,
    pub(crate) node: Node,
}

impl BufferSpec {
    /// Whether each key has a buffer of its own.
    pub(crate) fn is_per_key(&self) -> bool {
        self.name.template.has("key") || self.out_name.as_ref().is_some_and(|n| n.template.has("key"))
    }
}

impl Specification {
    /// Reads JSON (a text that begins with `{`) or YAML.
    ///
    /// # Errors
    /// All mistakes that can be seen without a stream, in the order of their places.
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let is_json = source.text.trim_start().starts_with('{') && source.name.ends_with(".json");
        let root = if is_json { parse_json(source) } else { parse_yaml(source) }?;
        let mut problems = Vec::new();
        let specification = Self::of(source, &root, &mut problems);
        if problems.iter().any(Diagnostic::is_error) {
            sort_by_place(&mut problems);
            return Err(problems);
        }
        Ok(specification)
    }

    fn of(source: &Source, root: &Node, problems: &mut Vec<Diagnostic>) -> Self {
        let Some(entries) = root.as_map() else {
            let message = format!("output specification: expected a map of decoders, got {}", root.kind());
            problems
                .push(Diagnostic::new("kind", message).at(source, root.span).advice("{DECODER: {NAME: {key_list: [\"*\"]}}}"));
            return Self { source: source.clone(), decoders: Vec::new() };
        };
        let decoders = entries
            .iter()
            .map(|entry| {
                let name = Name { text: entry.key.clone(), span: entry.key_span };
                if entry.value.as_map().is_none() {
                    let message = format!("decoder `{}`: expected a map of buffers, got {}", entry.key, entry.value.kind());
                    problems.push(Diagnostic::new("kind", message).at(source, entry.value.span));
                }
                let buffers = entry.value.as_map().unwrap_or_default();
                DecoderSpec { name, buffers: buffers.iter().filter_map(|b| buffer(source, b, problems)).collect() }
            })
            .collect();
        Self { source: source.clone(), decoders }
    }
}

fn buffer(source: &Source, entry: &Entry, problems: &mut Vec<Diagnostic>) -> Option<BufferSpec> {
    if entry.key.is_empty() {
        problems.push(Diagnostic::new("value", "a buffer needs a name").at(source, entry.key_span));
    }
    let mut keys = Keys::new(source, &entry.value, format!("buffer `{}`", entry.key));
    let key_list = keys.required("key_list");
    let out_stream = keys.scalar("out_stream");
    let out_name = keys.scalar("out_name");
    let proc_spec = keys.optional("proc_spec");
    let duplicate = keys.boolean("duplicate").unwrap_or(false);
    keys.finish(problems);
    let items = key_list.map(|node| keys::read(source, node, problems));
    let key_node = text_node(&entry.key, entry.key_span, source);
    let name = template(source, &entry.key, &key_node, problems);
    let out_stream = out_stream.map(|(node, text)| template(source, text, node, problems));
    let out_name = out_name.map(|(node, text)| template(source, text, node, problems));
    let process = proc_spec.map(|node| process::read(source, node, problems));
    Some(BufferSpec {
        name: name?,
        keys: items?,
        out_stream: out_stream.flatten(),
        out_name: out_name.flatten(),
        process: process.map(Arc::new),
        duplicate,
    })
}

/// A key of a map as a node; its characters have places if it is written as it is, between quotes or not.
fn text_node(text: &str, span: Span, source: &Source) -> Node {
    let written = source.slice(span);
    let inner = match written.find(text) {
        Some(at) => Span::new(span.start + at, span.start + at + text.len()),
        None => span,
    };
    Node::new(germane_texts::Value::Text(text.to_owned()), inner)
}

fn template(source: &Source, text: &str, node: &Node, problems: &mut Vec<Diagnostic>) -> Option<WrittenTemplate> {
    match Template::parse(text) {
        Ok(template) => Some(WrittenTemplate { template, node: node.clone() }),
        Err(mistake) => {
            problems.push(at(source, node, &mistake));
            None
        }
    }
}

/// A mistake of a template as a message that underlines its characters.
pub(crate) fn at(source: &Source, node: &Node, mistake: &Mistake) -> Diagnostic {
    let inner = node.span_in_text(mistake.at.start, mistake.at.end);
    let span = if inner == node.span && source.slice(node.span) == node.scalar_text().unwrap_or("") {
        // A key of a map: its characters lie as they are written.
        let text = source.slice(node.span);
        let byte = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(i, _)| i);
        Span::new(node.span.start + byte(mistake.at.start), node.span.start + byte(mistake.at.end))
    } else {
        inner
    };
    Diagnostic::new("format", mistake.message.clone()).at(source, span)
}

#[cfg(test)]
mod tests;
