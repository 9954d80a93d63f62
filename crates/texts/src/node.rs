//! The tree that YAML and JSON become: values that know where they were written.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::source::Span;

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~`, or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file; keys are unique.
    Map(Vec<Entry>),
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it is written; of a quoted text with its quotes, of a block text from its first character.
    pub span: Span,
    /// Numbers, booleans and nulls as they are written (`1e3`, `0x1F`); of texts and collections `None`.
    pub raw: Option<SmolStr>,
    /// Where the characters of a text are written.
    pub(crate) places: Places,
}

/// One key of a map with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is written.
    pub key_span: Span,
    /// Its value.
    pub value: Node,
}

/// How the characters of a text lie in the source.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) enum Places {
    /// Not known: the whole node is meant.
    #[default]
    Whole,
    /// The text stands in the source as it is, from this byte.
    From(usize),
    /// First byte of every character's spelling, and the byte behind it.
    Each(Arc<[(u32, u32)]>),
}

impl Node {
    /// A node with the value and span, whose inner places are not known.
    pub fn new(value: Value, span: Span) -> Self {
        Self { value, span, raw: None, places: Places::Whole }
    }

    /// What the value is, in words for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// Value of a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Entry of a key, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| entry.key == key)
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one; whole numbers are converted.
    pub fn as_f64(&self) -> Option<f64> {
        match self.value {
            Value::Int(value) => Some(value as f64),
            Value::Float(value) => Some(value),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self.value {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    /// `true` or `false`, if it is one of them.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if it is a map.
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// A scalar as the text that was written: an expression may be `true`, `12` or `Jet.pt`. Collections have none.
    pub fn scalar_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Map(_) => None,
            _ => Some(self.raw.as_deref().unwrap_or("")),
        }
    }

    /// Where the characters `start..end` of [`Node::scalar_text`] are written, whether it is plain, quoted, folded or literal.
    ///
    /// ```
    /// use germane_texts::{Source, parse_yaml};
    /// let source = Source::new("a.yaml", "cut: >-\n  pt > 30\n  and etaa < 2\n");
    /// let node = parse_yaml(&source).unwrap();
    /// let cut = node.get("cut").unwrap();
    /// assert_eq!(cut.as_text(), Some("pt > 30 and etaa < 2"));
    /// let span = cut.span_in_text(12, 16);
    /// assert_eq!(source.slice(span), "etaa");
    /// assert_eq!(source.place(span).line, 3);
    /// ```
    pub fn span_in_text(&self, start: usize, end: usize) -> Span {
        let Some(text) = self.scalar_text() else { return self.span };
        let end = end.max(start);
        match &self.places {
            Places::Whole => self.span,
            Places::From(at) => {
                let offset = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(i, _)| i);
                let first = offset(start);
                let last = first + text[first..].char_indices().nth(end - start).map_or(text.len() - first, |(i, _)| i);
                Span::new(at + first, at + last)
            }
            Places::Each(written) => {
                let at = |index: usize| written.get(index).map(|(start, end)| (*start as usize, *end as usize));
                // Behind the last character, where a text that breaks off is underlined.
                let behind = written.last().map_or(self.span.end, |(_, end)| *end as usize);
                let first = at(start).map_or(behind, |(start, _)| start);
                let last = if end > start { at(end - 1).map_or(behind, |(_, end)| end) } else { first };
                Span::new(first, last)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_node_points_at_itself() {
        let node = Node::new(Value::Text("abc".into()), Span::new(3, 8));
        assert_eq!(node.span_in_text(1, 2), Span::new(3, 8));
        assert_eq!(node.kind(), "text");
    }

    #[test]
    fn whole_numbers_are_numbers_but_numbers_are_not_whole() {
        assert_eq!(Node::new(Value::Int(3), Span::default()).as_f64(), Some(3.0));
        assert_eq!(Node::new(Value::Float(3.0), Span::default()).as_i64(), None);
    }
}
