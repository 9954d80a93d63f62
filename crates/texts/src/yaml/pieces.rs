//! Texts that a comma or a brace cuts in pieces without a complaint from YAML.
//!
//! `[pairs(a, b)]` is a list of `pairs(a` and `b)`, and `{pt}` a map with the key `pt`: never what was meant.

use crate::diagnostic::Diagnostic;
use crate::node::{Entry, Node, Value};
use crate::source::{Source, Span};

const ADVICE: &str = "quote the text: \"…\"";

/// Reports stretches of plain items whose round brackets close only together.
pub(super) fn report_list(source: &Source, items: &[Node], problems: &mut Vec<Diagnostic>) {
    let plain: Vec<Option<(&str, Span)>> = items.iter().map(|item| written(source, item)).collect();
    report(source, &plain, problems);
}

/// Reports the same of values and the bare keys behind them, and bare keys by themselves.
pub(super) fn report_map(source: &Source, entries: &[Entry], bare: &[Span], span: Span, problems: &mut Vec<Diagnostic>) {
    if bare.is_empty() {
        return;
    }
    let plain: Vec<Option<(&str, Span)>> = entries
        .iter()
        .map(|entry| {
            if bare.contains(&entry.key_span) {
                Some((source.slice(entry.key_span), entry.key_span))
            } else {
                written(source, &entry.value)
            }
        })
        .collect();
    if report(source, &plain, problems) == 0 {
        let key = source.slice(bare[0]);
        let problem = Diagnostic::new("yaml", format!("`{key}` stands in a map, but has no value")).at(source, span);
        problems.push(problem.advice(format!("write `{key}: …`; if it is a text, quote it: \"{{{key}}}\"")));
    }
}

/// A plain text as written.
fn written<'a>(source: &'a Source, node: &Node) -> Option<(&'a str, Span)> {
    let scalar = !matches!(node.value, Value::List(_) | Value::Map(_));
    Some((source.slice(node.span), node.span)).filter(|(text, _)| scalar && !text.starts_with(['\'', '"']))
}

fn report(source: &Source, plain: &[Option<(&str, Span)>], problems: &mut Vec<Diagnostic>) -> usize {
    let mut found = 0;
    let mut i = 0;
    while i < plain.len() {
        if let Some(last) = closing(&plain[i..]).map(|n| i + n)
            && let (Some((_, first)), Some((_, end))) = (plain[i], plain[last])
        {
            let problem = Diagnostic::new("yaml", "a comma cuts this text in pieces").at(source, first.to(end));
            problems.push(problem.advice(ADVICE));
            found += 1;
            i = last;
        }
        i += 1;
    }
    found
}

/// If the first piece leaves round brackets open: the piece that closes them.
fn closing(pieces: &[Option<(&str, Span)>]) -> Option<usize> {
    let mut depth = 0_i64;
    for (i, piece) in pieces.iter().enumerate() {
        for c in (*piece)?.0.chars() {
            depth += i64::from(c == '(') - i64::from(c == ')');
            if depth < 0 {
                return None;
            }
        }
        if depth == 0 {
            return (i > 0).then_some(i);
        }
    }
    None
}
