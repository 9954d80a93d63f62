//! Text → blocks of settings, every value with its place.

use super::super::Text;
use germane_texts::{Diagnostic, Node, Source, Span, Value};

/// A block: what it is, its name, its settings in order.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: &'static str,
    pub(super) name: Text,
    pub(super) settings: Vec<Setting>,
}

/// One setting; its values were separated by commas.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) key: Text,
    pub(super) values: Vec<Text>,
}

/// Kinds of blocks.
pub(super) const KINDS: [&str; 10] =
    ["Job", "Fit", "Limit", "Significance", "Options", "Region", "Sample", "NormFactor", "ShapeFactor", "Systematic"];

/// All blocks; lines that are none of them and no setting are reported.
pub(super) fn read(source: &Source, problems: &mut Vec<Diagnostic>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let code = without_comment(line);
        let at = start + (code.len() - code.trim_start().len());
        start += line.len();
        let code = code.trim();
        if code.is_empty() {
            continue;
        }
        let span = Span::new(at, at + code.len());
        let Some((key, rest)) = code.split_once(':') else {
            problems.push(Diagnostic::new("syntax", "this is no setting").at(source, span).advice("write `Key: value`"));
            continue;
        };
        let key = text(key.trim(), at);
        let values = values(rest, at + code.len() - rest.len());
        match KINDS.iter().find(|kind| **kind == key.text && line.starts_with(**kind)) {
            Some(kind) => match <[Text; 1]>::try_from(values) {
                Ok([name]) if !name.text.is_empty() && !name.text.contains(';') => {
                    blocks.push(Block { kind, name, settings: Vec::new() });
                }
                _ => {
                    let problem = Diagnostic::new("value", format!("a block `{kind}` has one name")).at(source, span);
                    problems.push(problem.advice("write a block for each"));
                }
            },
            None => match blocks.last_mut() {
                Some(block) => match block.settings.iter().find(|setting| setting.key.text == key.text) {
                    Some(first) => {
                        let message = format!("`{}` is set twice", key.text);
                        problems.push(
                            Diagnostic::new("duplicate", message).at(source, key.span()).also(first.key.span(), "first here"),
                        );
                    }
                    None => block.settings.push(Setting { key, values }),
                },
                None => {
                    let problem = Diagnostic::new("syntax", "a setting before the first block").at(source, key.span());
                    problems.push(problem.advice(format!("blocks are {}", KINDS.join(", "))));
                }
            },
        }
    }
    blocks
}

/// A line up to its comment; what is between quotes is no comment, and a `#` inside a word is none either.
fn without_comment(line: &str) -> &str {
    let (mut quoted, mut before) = (false, ' ');
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '%' if !quoted => return &line[..at],
            '#' if !quoted && before.is_whitespace() => return &line[..at],
            _ => {}
        }
        before = c;
    }
    line
}

/// Values between commas, which quotes and brackets protect; quotes around a value are taken away.
fn values(text: &str, start: usize) -> Vec<Text> {
    let (mut parts, mut from, mut quoted, mut depth) = (Vec::new(), 0, false, 0_i32);
    for (at, c) in text.char_indices().chain([(text.len(), ',')]) {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if (!quoted && depth <= 0) || at == text.len() => {
                parts.push(value(&text[from..at], start + from));
                from = at + 1;
            }
            _ => {}
        }
    }
    parts
}

fn value(part: &str, start: usize) -> Text {
    let at = start + (part.len() - part.trim_start().len());
    let part = part.trim();
    match part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => text(inner, at + 1),
        None => text(part, at),
    }
}

fn text(text: &str, start: usize) -> Text {
    let node = Node::new(Value::Text(text.to_owned()), Span::new(start, start + text.len()));
    Text { text: text.to_owned(), node }
}
