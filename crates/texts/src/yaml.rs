//! YAML 1.2 with the core schema, as a tree with places.
//!
//! Events come from `saphyr-parser`; what they mean is decided here. Stricter than YAML where a file would be read otherwise than it
//! looks: repeated keys, tabs as indentation, numbers with a leading zero, texts that a comma or brace cuts in pieces.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use crate::diagnostic::{Diagnostic, sort_by_place};
use crate::node::{Entry, Node, Value};
use crate::scalar::{Plain, Style, places, resolve};
use crate::source::{Source, Span};

mod layout;
mod messages;
mod pieces;

use layout::Layout;

/// Lists and maps inside each other.
const DEEPEST: usize = 64;
/// Nodes that aliases may add to a tree.
const ALIASED_NODES: usize = 100_000;
/// Mistakes after which reading stops.
const MOST_PROBLEMS: usize = 50;

/// What could be read of a text, and all its mistakes.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The tree as far as it could be read; `None` if the text breaks off inside.
    pub node: Option<Node>,
    /// Mistakes in the order of their places.
    pub problems: Vec<Diagnostic>,
}

/// Reads a YAML text; on any mistake all that were found, in order of place.
///
/// ```
/// use germane_texts::{Source, parse_yaml};
/// let node = parse_yaml(&Source::new("a.yaml", "bins: [60, 60 GeV, 1e2]\nwide: no\n")).unwrap();
/// let bins = node.get("bins").unwrap().as_list().unwrap();
/// assert_eq!(bins[0].as_i64(), Some(60));
/// assert_eq!(bins[1].as_text(), Some("60 GeV"));
/// assert_eq!(node.get("wide").unwrap().as_text(), Some("no"));
/// ```
pub fn parse_yaml(source: &Source) -> Result<Node, Vec<Diagnostic>> {
    let Reading { node, problems } = read_yaml(source);
    match node {
        Some(node) if problems.is_empty() => Ok(node),
        _ => Err(problems),
    }
}

/// Reads a YAML text and returns the tree even when there are mistakes that leave one, so that a caller can add its own.
pub fn read_yaml(source: &Source) -> Reading {
    let mut builder = Builder::new(source);
    let node = builder.run();
    let mut problems = builder.problems;
    layout::report_tabs(source, &builder.scalars, &mut problems);
    sort_by_place(&mut problems);
    if node.is_none() && problems.is_empty() {
        problems.push(Diagnostic::new("yaml", "the text cannot be read").at(source, Span::default()));
    }
    Reading { node, problems }
}

/// A list or map whose end has not come yet.
struct Open {
    start: usize,
    anchor: usize,
    /// Whether it is written in brackets or braces.
    flow: bool,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: BTreeMap<String, Span>, key: Option<(String, Span, bool)>, bare: Vec<Span> },
}

struct Builder<'a> {
    source: &'a Source,
    layout: Layout,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    anchors: BTreeMap<usize, Node>,
    /// Nodes under each anchor, counted once.
    sizes: BTreeMap<usize, usize>,
    pending: BTreeSet<usize>,
    aliased: usize,
    /// Spans of texts that lie on several lines: tabs in them are content.
    scalars: Vec<Span>,
    problems: Vec<Diagnostic>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            source,
            layout: Layout::new(&source.text),
            open: Vec::new(),
            root: None,
            documents: 0,
            anchors: BTreeMap::new(),
            sizes: BTreeMap::new(),
            pending: BTreeSet::new(),
            aliased: 0,
            scalars: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn run(&mut self) -> Option<Node> {
        let source = self.source;
        let mut parser = Parser::new_from_str(&source.text);
        while let Some(event) = parser.next_event() {
            let (event, marks) = match event {
                Ok(event) => event,
                Err(error) => {
                    let at = self.layout.offset(*error.marker());
                    self.problems.push(messages::of(source, error.info(), at));
                    return None;
                }
            };
            if !self.take(event, marks.start, marks.end) || self.problems.len() >= MOST_PROBLEMS {
                return None;
            }
        }
        Some(self.root.take().unwrap_or_else(|| Node::new(Value::Null, Span::default())))
    }

    /// Handles one event; false if reading cannot go on.
    fn take(&mut self, event: Event<'_>, start: Marker, end: Marker) -> bool {
        let (start, end) = (self.layout.offset(start), self.layout.offset(end));
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let span = Span::new(start, end.max(start));
                    let problem = Diagnostic::new("yaml", "a second document begins here").at(self.source, span);
                    self.problems.push(problem.advice("one file holds one document: split the file"));
                    return false;
                }
                true
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(&text, style, tag.as_deref(), start, end);
                self.place(node, anchor);
                true
            }
            Event::SequenceStart(anchor, tag) => self.begin(Kind::List(Vec::new()), anchor, tag.as_deref(), start),
            Event::MappingStart(anchor, tag) => {
                let kind = Kind::Map { entries: Vec::new(), seen: BTreeMap::new(), key: None, bare: Vec::new() };
                self.begin(kind, anchor, tag.as_deref(), start)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.finish(end);
                true
            }
            Event::Alias(anchor) => self.alias(anchor, Span::new(start, end)),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => true,
        }
    }

    fn begin(&mut self, kind: Kind, anchor: usize, tag: Option<&Tag>, start: usize) -> bool {
        let written_from = start;
        let start = layout::behind_properties(&self.source.text, start);
        if self.open.len() >= DEEPEST {
            let problem = Diagnostic::new("yaml", format!("lists and maps lie more than {DEEPEST} deep"))
                .at(self.source, Span::new(start, start + 1));
            self.problems.push(problem);
            return false;
        }
        if let Some(tag) = tag.filter(|tag| !(tag.is_yaml_core_schema() && matches!(tag.suffix.as_str(), "seq" | "map"))) {
            self.refuse_tag(tag, Span::new(written_from, start));
        }
        if anchor > 0 {
            self.pending.insert(anchor);
        }
        let flow = matches!(self.source.text.as_bytes().get(start), Some(b'[' | b'{'));
        self.open.push(Open { start, anchor, flow, kind });
        true
    }

    fn finish(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let inner_end = match &open.kind {
            Kind::List(items) => items.last().map(|node| node.span.end),
            Kind::Map { entries, .. } => entries.last().map(|entry| entry.value.span.end.max(entry.key_span.end)),
        };
        // The end of a block collection is reported at the start of what follows it.
        let end = if open.flow { end } else { inner_end.unwrap_or(open.start) };
        let span = Span::new(open.start, end);
        let value = match open.kind {
            Kind::List(items) => {
                if open.flow {
                    pieces::report_list(self.source, &items, &mut self.problems);
                }
                Value::List(items)
            }
            Kind::Map { entries, bare, .. } => {
                if open.flow {
                    pieces::report_map(self.source, &entries, &bare, span, &mut self.problems);
                }
                Value::Map(entries)
            }
        };
        let node = Node::new(value, span);
        self.pending.remove(&open.anchor);
        self.place(node, open.anchor);
    }

    fn alias(&mut self, anchor: usize, span: Span) -> bool {
        if self.pending.contains(&anchor) {
            self.problems.push(Diagnostic::new("yaml", "this alias stands inside what it repeats").at(self.source, span));
            return false;
        }
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            self.problems.push(Diagnostic::new("yaml", "this alias repeats nothing").at(self.source, span));
            return false;
        };
        let size = *self.sizes.get(&anchor).unwrap_or(&1);
        self.aliased += size;
        if self.aliased > ALIASED_NODES || self.open.len() + depth(&node) > DEEPEST {
            self.problems.push(
                Diagnostic::new("yaml", "aliases repeat too much: the text would grow beyond bounds").at(self.source, span),
            );
            return false;
        }
        self.place(node, 0);
        true
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Node, anchor: usize) {
        if anchor > 0 {
            self.sizes.insert(anchor, size(&node));
            self.anchors.insert(anchor, node.clone());
        }
        let (source, problems) = (self.source, &mut self.problems);
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.kind {
            Kind::List(items) => items.push(node),
            Kind::Map { entries, seen, key, bare } => match key.take() {
                None => *key = Some(as_key(source, node, seen, problems)),
                Some((key, key_span, doubled)) => {
                    if open.flow && node.is_null() && node.raw.is_none() && !layout::has_colon(&source.text, key_span.end) {
                        bare.push(key_span);
                    }
                    // Of a repeated key the first value stays.
                    if !doubled {
                        entries.push(Entry { key, key_span, value: node });
                    }
                }
            },
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, start: usize, end: usize) -> Node {
        let source = self.source;
        let written_from = start;
        let start = layout::behind_properties(&source.text, start).min(end);
        if text.is_empty() && style == ScalarStyle::Plain {
            // Nothing is written: the reader's place may lie behind the blanks that follow.
            let mut node = Node::new(Value::Null, Span::new(start, start));
            if tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str") {
                node.value = Value::Text(String::new());
            }
            return node;
        }
        let mut span = Span::new(start, end);
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let written = source.slice(span);
        let known = places(text, written, start, style);
        if style == Style::Block {
            span.end = start + written.trim_end().len();
        }
        if written.contains('\n') {
            self.scalars.push(Span::new(layout::block_header(&source.text, start, style == Style::Block), end));
        }
        let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
        if let Some(tag) = tag.filter(|_| !matches!(core, Some("str" | "int" | "float" | "bool" | "null"))) {
            self.refuse_tag(tag, Span::new(written_from, start));
        }
        let mut node = Node { value: Value::Null, span, raw: None, places: known };
        if style != Style::Plain && matches!(core, None | Some("str")) || core == Some("str") {
            node.value = Value::Text(text.to_owned());
            return node;
        }
        node.value = match resolve(text) {
            Plain::Value(value) => value,
            Plain::LeadingZero => {
                let plain = text.trim_start_matches(['+', '-']).trim_start_matches('0');
                let plain = if plain.is_empty() { "0" } else { plain };
                let problem = Diagnostic::new("yaml", format!("number with a leading zero: `{text}`")).at(source, span);
                self.problems.push(problem.advice(format!("write `{plain}`, or quote it if it is a text")));
                Value::Null
            }
            Plain::TooLarge => {
                self.problems.push(Diagnostic::new("yaml", format!("number out of range: `{text}`")).at(source, span));
                Value::Null
            }
        };
        if let Some(wanted) = core.filter(|wanted| !fits(&node.value, wanted)) {
            let problem = Diagnostic::new("yaml", format!("`{text}` is not of the kind !!{wanted}")).at(source, span);
            self.problems.push(problem);
        }
        if !matches!(node.value, Value::Text(_)) {
            node.raw = Some(text.into());
        }
        node
    }

    fn refuse_tag(&mut self, tag: &Tag, span: Span) {
        let span = Span::new(span.start, span.start + self.source.slice(span).trim_end().len());
        let problem = Diagnostic::new("yaml", format!("the tag `{tag}` is not known")).at(self.source, span);
        self.problems.push(problem.advice("leave it out"));
    }
}

/// A key as text, its place, and whether it was there before.
fn as_key(
    source: &Source,
    node: Node,
    seen: &mut BTreeMap<String, Span>,
    problems: &mut Vec<Diagnostic>,
) -> (String, Span, bool) {
    let Some(text) = node.scalar_text() else {
        let problem = Diagnostic::new("yaml", format!("a key must be a text, got {}", node.kind())).at(source, node.span);
        problems.push(problem.advice("quote a text that begins with [ or {"));
        return (String::new(), node.span, true);
    };
    let doubled = seen.get(text);
    if let Some(first) = doubled {
        let problem = Diagnostic::new("duplicate", format!("the key `{text}` is given twice")).at(source, node.span);
        problems.push(problem.also(*first, "first here").advice("keep one of them"));
    }
    let doubled = doubled.is_some();
    if !doubled {
        seen.insert(text.to_owned(), node.span);
    }
    (text.to_owned(), node.span, doubled)
}

fn fits(value: &Value, tag: &str) -> bool {
    match tag {
        "int" => matches!(value, Value::Int(_)),
        "float" => matches!(value, Value::Int(_) | Value::Float(_)),
        "bool" => matches!(value, Value::Bool(_)),
        "null" => matches!(value, Value::Null),
        _ => true,
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|entry| size(&entry.value)).sum(),
        _ => 0,
    }
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(entries) => 1 + entries.iter().map(|entry| depth(&entry.value)).max().unwrap_or(0),
        _ => 0,
    }
}
