//! `key_list`: which keys a buffer takes.

use crate::pattern;
use germane_formats::daq::Key;
use germane_texts::{Diagnostic, Node, Source, Span, Value};

/// One item of a key list.
#[derive(Clone, Debug)]
pub(crate) struct KeyItem {
    pub(crate) taken: Taken,
    /// where it is written
    pub(crate) span: Span,
}

/// What an item takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Taken {
    /// numbers, both ends included
    Range(u64, u64),
    /// a number or a text as it is written
    One(String),
    /// keys whose text matches
    Pattern(String),
    /// all that are left; also the rows of decoders without keys
    Rest,
    /// the rows of a decoder without keys
    NoKey,
}

impl Taken {
    /// Whether it names its keys one by one: such items come before patterns.
    pub(crate) fn is_explicit(&self) -> bool {
        matches!(self, Self::Range(..) | Self::One(_) | Self::NoKey)
    }

    /// Whether it takes the key.
    pub(crate) fn takes(&self, key: Option<&Key>) -> bool {
        match (self, key) {
            (Self::Rest, _) | (Self::NoKey, None) => true,
            (Self::Range(first, last), Some(Key::Number(number))) => first <= number && number <= last,
            (Self::One(text), Some(key)) => *text == key.to_string(),
            (Self::Pattern(pattern), Some(key)) => pattern::matches(pattern, &key.to_string()),
            _ => false,
        }
    }

    /// As it is written, for messages.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Range(first, last) => format!("[{first}, {last}]"),
            Self::One(text) | Self::Pattern(text) => text.clone(),
            Self::Rest => "*".into(),
            Self::NoKey => "null".into(),
        }
    }
}

/// Reads the list; mistakes are added to `problems`.
pub(super) fn read(source: &Source, node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<KeyItem> {
    let Some(items) = node.as_list() else {
        let message = format!("`key_list`: expected a list, got {}", node.kind());
        problems.push(Diagnostic::new("kind", message).at(source, node.span).advice("put it in brackets: [ … ]"));
        return Vec::new();
    };
    if items.is_empty() {
        problems.push(Diagnostic::new("value", "`key_list` is empty").at(source, node.span).advice("write [\"*\"] for all keys"));
    }
    items.iter().filter_map(|item| one(source, item, problems)).collect()
}

fn one(source: &Source, node: &Node, problems: &mut Vec<Diagnostic>) -> Option<KeyItem> {
    let span = node.span;
    let mut wrong = |message: String, advice: &str| {
        problems.push(Diagnostic::new("value", message).at(source, span).advice(advice));
        None
    };
    let taken = match &node.value {
        Value::Null => Taken::NoKey,
        Value::Int(number) if *number >= 0 => Taken::One(number.to_string()),
        Value::Text(text) if text == "*" => Taken::Rest,
        Value::Text(text) if pattern::is_pattern(text) => Taken::Pattern(text.clone()),
        Value::Text(text) => Taken::One(text.clone()),
        Value::List(ends) => {
            match ends.iter().map(|end| end.as_i64().and_then(|n| u64::try_from(n).ok())).collect::<Vec<_>>()[..] {
                [Some(first), Some(last)] if first <= last => Taken::Range(first, last),
                [Some(first), Some(last)] => {
                    return wrong(format!("the range [{first}, {last}] is empty"), "a range is [first, last], both included");
                }
                _ => return wrong("a list in `key_list` is a range".into(), "a range is [first, last], both included"),
            }
        }
        _ => {
            return wrong(
                format!("a key cannot be {}", node.kind()),
                "keys are numbers, texts, patterns or ranges [first, last]",
            );
        }
    };
    Some(KeyItem { taken, span })
}
