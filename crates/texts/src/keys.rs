//! A map read key by key: what is unknown, missing or of the wrong kind is reported, all at once.

use std::borrow::Cow;

use smol_str::SmolStr;

use crate::diagnostic::Diagnostic;
use crate::nearest::nearest;
use crate::node::{Entry, Node, Value};
use crate::source::{Source, Span};

/// A reader of one map. Each question names a known key; [`Keys::finish`] reports the keys that nobody asked for.
///
/// ```
/// use germane_texts::{Keys, Source, parse_yaml};
/// let source = Source::new("a.yaml", "flies: x.root\ntree: 7\n");
/// let node = parse_yaml(&source).unwrap();
/// let mut problems = Vec::new();
/// let mut keys = Keys::new(&source, &node, "dataset");
/// assert!(keys.optional("files").is_none());
/// assert_eq!(keys.text("tree"), None);
/// keys.finish(&mut problems);
/// let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
/// assert_eq!(lines[0], "a.yaml:1:1: unknown key `flies` of dataset; did you mean `files`?");
/// assert_eq!(lines[1], "a.yaml:2:7: `tree` of dataset: expected text, got an integer; quote it: '7'");
/// ```
#[derive(Debug)]
pub struct Keys<'a> {
    source: &'a Source,
    entries: &'a [Entry],
    span: Span,
    /// What the map is, in words (`dataset`, `histogram`).
    what: Cow<'a, str>,
    asked: Vec<SmolStr>,
    problems: Vec<Diagnostic>,
    is_map: bool,
}

impl<'a> Keys<'a> {
    /// Begins to read `node`, which is `what` in messages. If it is no map, that is the one thing reported.
    pub fn new(source: &'a Source, node: &'a Node, what: impl Into<Cow<'a, str>>) -> Self {
        let what = what.into();
        let (entries, mut problems) = (node.as_map(), Vec::new());
        if entries.is_none() {
            problems.push(Diagnostic::new("kind", format!("{what}: expected a map, got {}", node.kind())).at(source, node.span));
        }
        let is_map = entries.is_some();
        Self { source, entries: entries.unwrap_or_default(), span: node.span, what, asked: Vec::new(), problems, is_map }
    }

    /// The text that is read.
    pub fn source(&self) -> &'a Source {
        self.source
    }

    /// Names keys that are known, but read elsewhere.
    pub fn know(&mut self, keys: &[&str]) {
        for key in keys {
            self.ask(key);
        }
    }

    /// The value of a key, of any kind; a null counts as absent.
    pub fn optional(&mut self, key: &str) -> Option<&'a Node> {
        self.entry(key).map(|entry| &entry.value).filter(|node| !node.is_null())
    }

    /// The entry of a key, of any kind, also null.
    pub fn entry(&mut self, key: &str) -> Option<&'a Entry> {
        self.ask(key);
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The value of a key that must be there.
    pub fn required(&mut self, key: &str) -> Option<&'a Node> {
        let node = self.optional(key);
        if node.is_none() && self.is_map {
            // A misspelt key is reported once, as the unknown key that it is.
            let unknown = |entry: &&Entry| !self.asked.iter().any(|asked| *asked == entry.key);
            let misspelt = self.entries.iter().filter(unknown).any(|entry| nearest(&entry.key, [key]).is_some());
            if !misspelt {
                let span = self.entries.first().map_or(self.span, |entry| entry.key_span);
                let message = format!("{} has no `{key}`", self.what);
                self.problems.push(Diagnostic::new("key", message).at(self.source, span).advice(format!("add `{key}: …`")));
            }
        }
        node
    }

    /// A text.
    pub fn text(&mut self, key: &str) -> Option<&'a str> {
        let node = self.optional(key)?;
        self.kept(key, node, node.as_text(), "text")
    }

    /// A text with its node, for places inside it; numbers and booleans count as they are written.
    pub fn scalar(&mut self, key: &str) -> Option<(&'a Node, &'a str)> {
        let node = self.optional(key)?;
        self.kept(key, node, node.scalar_text().map(|text| (node, text)), "text")
    }

    /// A number.
    pub fn number(&mut self, key: &str) -> Option<f64> {
        let node = self.optional(key)?;
        self.kept(key, node, node.as_f64(), "a number")
    }

    /// A whole number.
    pub fn integer(&mut self, key: &str) -> Option<i64> {
        let node = self.optional(key)?;
        self.kept(key, node, node.as_i64(), "an integer")
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &str) -> Option<bool> {
        let node = self.optional(key)?;
        self.kept(key, node, node.as_bool(), "true or false")
    }

    /// A list.
    pub fn list(&mut self, key: &str) -> Option<&'a [Node]> {
        let node = self.optional(key)?;
        self.kept(key, node, node.as_list(), "a list")
    }

    /// A map.
    pub fn map(&mut self, key: &str) -> Option<&'a [Entry]> {
        let node = self.optional(key)?;
        self.kept(key, node, node.as_map(), "a map")
    }

    /// One text of a fixed list.
    pub fn choice(&mut self, key: &str, choices: &[&'static str]) -> Option<&'static str> {
        let node = self.optional(key)?;
        let text = self.kept(key, node, node.as_text(), "text")?;
        let found = choices.iter().find(|choice| **choice == text).copied();
        if found.is_none() {
            let message = format!("`{key}` of {} cannot be `{text}`", self.what);
            let mut problem = Diagnostic::new("value", message).at(self.source, node.span);
            if let Some(name) = nearest(text, choices.iter().copied()) {
                problem = problem.nearest(name);
            } else {
                problem = problem.advice(format!("one of {}", list_of(choices)));
            }
            self.problems.push(problem);
        }
        found
    }

    /// Adds a mistake found by the caller in a value of this map.
    pub fn report(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    /// A mistake at `span`, to be completed and given to [`Keys::report`].
    pub fn problem(&self, code: &str, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic::new(code, message).at(self.source, span)
    }

    /// Reports unknown keys and hands all mistakes of this map over.
    pub fn finish(mut self, problems: &mut Vec<Diagnostic>) {
        for entry in self.entries {
            if self.asked.iter().any(|asked| *asked == entry.key) {
                continue;
            }
            let message = format!("unknown key `{}` of {}", entry.key, self.what);
            let mut problem = Diagnostic::new("key", message).at(self.source, entry.key_span);
            if let Some(name) = nearest(&entry.key, self.asked.iter().map(SmolStr::as_str)) {
                problem = problem.nearest(name);
            } else {
                let known: Vec<&str> = self.asked.iter().map(SmolStr::as_str).collect();
                problem = problem.advice(format!("known: {}", list_of(&known)));
            }
            self.problems.push(problem);
        }
        crate::diagnostic::sort_by_place(&mut self.problems);
        problems.append(&mut self.problems);
    }

    fn ask(&mut self, key: &str) {
        if !self.asked.iter().any(|asked| asked == key) {
            self.asked.push(key.into());
        }
    }

    fn kept<T>(&mut self, key: &str, node: &Node, value: Option<T>, expected: &str) -> Option<T> {
        if value.is_none() {
            let message = format!("`{key}` of {}: expected {expected}, got {}", self.what, node.kind());
            let mut problem = Diagnostic::new("kind", message).at(self.source, node.span);
            match &node.value {
                Value::Int(_) | Value::Float(_) | Value::Bool(_) if expected == "text" => {
                    problem = problem.advice(format!("quote it: '{}'", node.scalar_text().unwrap_or("")));
                }
                Value::Text(text) if expected == "true or false" => {
                    let yes = ["yes", "on", "y"].contains(&text.to_lowercase().as_str());
                    let no = ["no", "off", "n"].contains(&text.to_lowercase().as_str());
                    if yes || no {
                        problem = problem.advice(format!("write `{yes}`"));
                    }
                }
                Value::Text(_) if expected == "a list" => problem = problem.advice("put it in brackets: [ … ]"),
                _ => {}
            }
            self.problems.push(problem);
        }
        value
    }
}

/// Names as a list in a message, not longer than a line.
fn list_of(names: &[&str]) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        if text.len() + name.len() > 90 {
            return format!("{text}, … ({} in all)", names.len());
        }
        text.push_str(if index == 0 { "" } else { ", " });
        text.push_str(name);
    }
    text
}
