//! Strict JSON (RFC 8259) as a tree with places.
//!
//! Slips that people make (trailing and missing commas, single quotes, comments, `NaN`, `True`) are named, and reading goes on behind
//! them, so that all mistakes of a text are reported at once.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::node::{Entry, Node, Places, Value};
use crate::source::{Source, Span};

mod slips;
mod strings;

/// Lists and maps inside each other; as many as serde_json reads.
const DEEPEST: usize = 127;
/// Mistakes after which reading stops.
const MOST_PROBLEMS: usize = 20;

/// Reads a JSON text; on any mistake all that were found, in order of place.
///
/// ```
/// use germane_texts::{Source, parse_json};
/// let node = parse_json(&Source::new("a.json", r#"{"data": [1, 2.50]}"#)).unwrap();
/// let data = node.get("data").unwrap().as_list().unwrap();
/// assert_eq!(data[1].raw.as_deref(), Some("2.50"));
///
/// let mistakes = parse_json(&Source::new("a.json", "[1, 2,]")).unwrap_err();
/// assert_eq!(mistakes[0].to_string(), "a.json:1:6: trailing comma; remove it");
/// ```
pub fn parse_json(source: &Source) -> Result<Node, Vec<Diagnostic>> {
    parse(source, None)
}

/// The same for a document whose bulk is one list in the outermost map: its items are handed to `take` as soon as they are read, and
/// nulls with their places stand for them in the tree, so that it never lies in memory as a whole.
///
/// If the text turns out to be no JSON, what was taken is worth nothing.
///
/// ```
/// use germane_texts::{Source, parse_json_items};
/// let mut taken = Vec::new();
/// let source = Source::new("a.json", r#"{"name": "x", "items": [[1], [2, 3]]}"#);
/// let rest = parse_json_items(&source, "items", &mut |item| taken.push(item.as_list().unwrap().len())).unwrap();
/// assert_eq!(taken, [1, 2]);
/// assert_eq!(source.slice(rest.get("items").unwrap().as_list().unwrap()[1].span), "[2, 3]");
/// ```
pub fn parse_json_items<'a>(source: &'a Source, key: &'a str, take: &'a mut dyn FnMut(Node)) -> Result<Node, Vec<Diagnostic>> {
    parse(source, Some(Taking { key, take, here: false }))
}

/// Who takes the items of which list.
struct Taking<'a> {
    key: &'a str,
    take: &'a mut dyn FnMut(Node),
    /// Whether the value that is read next belongs to the key.
    here: bool,
}

fn parse<'a>(source: &'a Source, taking: Option<Taking<'a>>) -> Result<Node, Vec<Diagnostic>> {
    let (items, entries) = (Vec::new(), Vec::new());
    let mut reader =
        Reader { source, text: &source.text, at: 0, depth: 0, problems: Vec::new(), stopped: false, taking, items, entries };
    if reader.text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    let node = reader.value();
    reader.skip_blanks();
    if !reader.stopped && reader.at < reader.text.len() {
        let span = reader.word_here();
        reader.report("text behind the end of the document", span, Some("one file holds one document"));
    }
    match node {
        Some(node) if reader.problems.is_empty() => Ok(node),
        _ => Err(reader.problems),
    }
}

/// Places of the keys of a map; of few keys they are looked up among its entries.
#[derive(Default)]
struct Seen {
    places: HashMap<String, Span>,
}

impl Seen {
    const FEW: usize = 16;

    /// Where a key was given before.
    fn find(&mut self, entries: &[Entry], key: &str) -> Option<Span> {
        if entries.len() <= Self::FEW {
            return entries.iter().find(|entry| entry.key == key).map(|entry| entry.key_span);
        }
        for entry in &entries[self.places.len()..] {
            self.places.insert(entry.key.clone(), entry.key_span);
        }
        self.places.get(key).copied()
    }
}

struct Reader<'a> {
    source: &'a Source,
    text: &'a str,
    /// Always on the border of a character.
    at: usize,
    depth: usize,
    problems: Vec<Diagnostic>,
    /// Set when what follows cannot be trusted.
    stopped: bool,
    taking: Option<Taking<'a>>,
    /// Items of the lists that are being read, the innermost last: finished lists are moved out in one piece.
    items: Vec<Node>,
    /// Entries of the maps that are being read.
    entries: Vec<Entry>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn report(&mut self, message: impl Into<String>, span: Span, advice: Option<&str>) {
        if self.stopped {
            return;
        }
        let mut problem = Diagnostic::new("json", message).at(self.source, span);
        if let Some(advice) = advice {
            problem = problem.advice(advice);
        }
        self.problems.push(problem);
        self.stopped = self.problems.len() >= MOST_PROBLEMS;
    }

    /// Reports a mistake behind which nothing can be trusted.
    fn stop(&mut self, message: impl Into<String>, span: Span, advice: Option<&str>) {
        self.report(message, span, advice);
        self.stopped = true;
    }

    fn skip_blanks(&mut self) {
        loop {
            let blanks = self.text.as_bytes()[self.at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
            self.at += blanks;
            if !self.skip_comment() {
                return;
            }
        }
    }

    /// One value; `None` if there is none, with a mistake reported.
    fn value(&mut self) -> Option<Node> {
        self.skip_blanks();
        if self.stopped {
            return None;
        }
        let start = self.at;
        match self.peek() {
            None => {
                self.stop("the text ends here, but a value is missing", self.end(), None);
                None
            }
            Some(b'{') => self.collection(b'}', Self::map),
            Some(b'[') => self.collection(b']', Self::list),
            Some(b'"') => self.string().map(|(text, places)| {
                let span = Span::new(start, self.at);
                Node { value: Value::Text(text), span, raw: None, places }
            }),
            Some(b'\'') => self.single_quoted(),
            Some(b'-' | b'+' | b'.' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
        }
    }

    fn collection(&mut self, close: u8, read: fn(&mut Self, usize) -> Value) -> Option<Node> {
        let start = self.at;
        if self.depth == DEEPEST {
            self.stop(format!("lists and maps lie more than {DEEPEST} deep"), Span::new(start, start + 1), None);
            return None;
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self, start);
        self.depth -= 1;
        if self.peek() == Some(close) {
            self.at += 1;
        }
        Some(Node::new(value, Span::new(start, self.at)))
    }

    fn list(&mut self, start: usize) -> Value {
        let first = self.items.len();
        let taken = self.depth == 2 && self.taking.as_mut().is_some_and(|taking| std::mem::take(&mut taking.here));
        while self.another(start, b']', self.items.len() > first) {
            let Some(item) = self.value() else { break };
            let item = match &mut self.taking {
                Some(taking) if taken => {
                    let place = Node::new(Value::Null, item.span);
                    (taking.take)(item);
                    place
                }
                _ => item,
            };
            self.items.push(item);
        }
        Value::List(self.items.split_off(first))
    }

    fn map(&mut self, start: usize) -> Value {
        let first = self.entries.len();
        let mut seen = Seen::default();
        while self.another(start, b'}', self.entries.len() > first) {
            let key_start = self.at;
            let Some(key) = self.key() else { break };
            let key_span = Span::new(key_start, self.at);
            self.skip_blanks();
            if self.peek() == Some(b':') {
                self.at += 1;
            } else if self.peek() == Some(b'=') {
                self.report("`=` instead of `:`", Span::new(self.at, self.at + 1), Some("write `:`"));
                self.at += 1;
            } else {
                let span = self.word_here();
                self.stop(format!("the key `{key}` has no `:`"), if span.end > span.start { span } else { key_span }, None);
                break;
            }
            if let Some(taking) = &mut self.taking {
                taking.here = self.depth == 1 && key == taking.key;
            }
            let Some(value) = self.value() else { break };
            if let Some(before) = seen.find(&self.entries[first..], &key) {
                let problem = Diagnostic::new("duplicate", format!("the key `{key}` is given twice")).at(self.source, key_span);
                if !self.stopped {
                    self.problems.push(problem.also(before, "first here").advice("keep one of them"));
                    self.stopped = self.problems.len() >= MOST_PROBLEMS;
                }
            } else {
                self.entries.push(Entry { key, key_span, value });
            }
        }
        Value::Map(self.entries.split_off(first))
    }

    /// Goes to the next item of a collection: over the comma, which may be missing or too many. False at the end.
    fn another(&mut self, start: usize, close: u8, mut behind_item: bool) -> bool {
        let mut comma: Option<Span> = None;
        loop {
            self.skip_blanks();
            if self.stopped {
                return false;
            }
            match self.peek() {
                Some(b',') => {
                    let here = Span::new(self.at, self.at + 1);
                    if !behind_item {
                        self.report("a value is missing before this comma", here, Some("remove the comma"));
                    }
                    comma = Some(here);
                    behind_item = false;
                    self.at += 1;
                }
                Some(found @ (b']' | b'}')) => {
                    if found != close {
                        let opened = char::from(self.text.as_bytes()[start]);
                        let message = format!("`{opened}` is closed by `{}`", char::from(found));
                        self.stop(message, Span::new(self.at, self.at + 1), Some("close it with its own bracket"));
                    } else if let Some(comma) = comma {
                        self.report("trailing comma", comma, Some("remove it"));
                    }
                    return false;
                }
                None => {
                    let opened = char::from(self.text.as_bytes()[start]);
                    self.stop(format!("the text ends, but this `{opened}` is not closed"), Span::new(start, start + 1), None);
                    return false;
                }
                Some(_) => {
                    if behind_item {
                        let span = self.word_here();
                        self.report("a comma is missing before this", span, Some("put a comma between the two"));
                    }
                    return !self.stopped;
                }
            }
        }
    }

    fn key(&mut self) -> Option<String> {
        match self.peek() {
            Some(b'"') => self.string().map(|(text, _)| text),
            Some(b'\'') => self.single_quoted().and_then(|node| node.as_text().map(str::to_owned)),
            _ => {
                let span = self.word_here();
                let word = self.source.slice(span).to_owned();
                if word.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_') {
                    self.report(format!("the key `{word}` is not quoted"), span, Some("keys stand in double quotes"));
                    self.at = span.end;
                    return (!self.stopped).then_some(word);
                }
                self.stop("a key in double quotes is missing here", span, None);
                None
            }
        }
    }

    fn number(&mut self) -> Option<Node> {
        let signs = |b: &u8| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let bytes = &self.text.as_bytes()[self.at..];
        let length = bytes.iter().take_while(|b| signs(b)).count();
        // Most numbers end where their signs end.
        let span = match bytes.get(length) {
            None | Some(b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r') => Span::new(self.at, self.at + length),
            Some(_) => self.word_here(),
        };
        let text = &self.text[span.start..span.end];
        self.at = span.end;
        let value = match slips::number(text) {
            Ok(value) => value,
            Err((message, advice)) => {
                self.report(message, span, advice);
                Value::Null
            }
        };
        Some(Node { value, span, raw: Some(text.into()), places: Places::From(span.start) })
    }

    /// `true`, `false`, `null`, and what is written instead of them.
    fn word(&mut self) -> Option<Node> {
        let span = self.word_here();
        let text = &self.text[span.start..span.end];
        let value = match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => {
                let (message, advice, goes_on) = slips::word(text);
                if !goes_on {
                    self.stop(message, span, advice);
                    return None;
                }
                self.report(message, span, advice);
                Value::Null
            }
        };
        self.at = span.end;
        Some(Node { value, span, raw: Some(text.into()), places: Places::From(span.start) })
    }

    /// What stands here up to the next separator; at least one character, if there is one.
    fn word_here(&self) -> Span {
        let rest = &self.text[self.at..];
        let quoted = rest.starts_with('"');
        let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | '[' | ']' | '{' | '}' | '"' | '\'');
        let end = if quoted {
            rest[1..].find(['"', '\n']).map_or(rest.len(), |end| end + 2)
        } else {
            rest.find(separates).unwrap_or(rest.len())
        };
        let end = if end == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { end.min(rest.len()) };
        Span::new(self.at, self.at + end)
    }

    fn end(&self) -> Span {
        let end = self.text.trim_end().len();
        Span::new(end, end)
    }
}
