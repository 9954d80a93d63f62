//! The reader's complaints in our words, with advice.

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// Note of a mistake behind which nothing was read.
pub(super) const BROKEN_OFF: &str = "the rest of the file was not read";

/// A mistake made from the reader's message and the byte at which it stopped.
pub(super) fn of(source: &Source, info: &str, at: usize) -> Diagnostic {
    let rest = source.text.get(at..).unwrap_or("");
    let here = Span::new(at, at + rest.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8));
    let (message, advice, span): (String, &str, Span) =
        if info.contains("tabs disallowed") || info.contains("valid YAML whitespace") {
            let tab = source.text[..at].rfind('\t').map_or(here, |tab| Span::new(tab, tab + 1));
            ("a tab stands where only blanks may".into(), "use blanks", tab)
        } else if info.contains("mapping values are not allowed") {
            ("a second `: ` in one value".into(), "quote a text that holds `: `, or begin a new line", here)
        } else if info.contains("simple key expect ':'") {
            let line = last_words(source, at);
            ("a key without `:`".into(), "write `key: value`", line)
        } else if info.contains("unknown anchor") {
            let word = rest.split([' ', '\n', ',', ']', '}']).next().unwrap_or("");
            (
                format!("`{word}` repeats nothing: no anchor has this name"),
                "anchors are written `&name` before the alias",
                Span::new(at, at + word.len()),
            )
        } else if info.contains("quoted scalar, found unexpected end") {
            ("this quote is never closed".into(), "close it", here)
        } else if info.contains("unknown escape") {
            let backslash = unknown_escape(rest).map_or(here, |(start, end)| Span::new(at + start, at + end));
            ("unknown escape in a quoted text".into(), "write `\\\\` for a backslash, or use single quotes", backslash)
        } else if info.contains("expected ',' or ']'")
            || info.contains("misplaced bracket")
            || info.contains("illegal placement of ':'")
            || info.contains("expected ',' or '}'")
        {
            unbalanced(source, here.end).unwrap_or((
                "brackets do not fit together".into(),
                "check the brackets and commas before this place",
                here,
            ))
        } else if info.contains("unexpected character") {
            let c = rest.chars().next().unwrap_or(' ');
            (format!("a text cannot begin with `{c}`"), "quote it", here)
        } else if info.contains("did not find expected key") || info.contains("did not find expected '-'") {
            ("the indentation fits no line above".into(), "align it with the keys or `-` that it belongs to", here)
        } else if info.contains("did not find expected node content") {
            ("a value is missing here".into(), "", here)
        } else if info.contains("recursion limit") {
            ("lists and maps lie too deep".into(), "", here)
        } else if info.contains("block sequence entries are not allowed") {
            ("a list cannot begin here".into(), "begin it on the next line, or write [ … ]", here)
        } else {
            (format!("this is not YAML: {info}"), "", here)
        };
    let problem = Diagnostic::new("yaml", message).at(source, span).note(BROKEN_OFF);
    if advice.is_empty() { problem } else { problem.advice(advice) }
}

/// The last line with something on it before `at`.
fn last_words(source: &Source, at: usize) -> Span {
    let before = source.text[..at].trim_end();
    let line = source.line_around(before.len());
    let text = &source.text[line.clone()];
    let indent = text.len() - text.trim_start().len();
    Span::new(line.start + indent, line.start + text.trim_end().len())
}

/// First escape in a double quoted text that YAML does not know.
fn unknown_escape(text: &str) -> Option<(usize, usize)> {
    let mut rest = text.char_indices();
    while let Some((start, c)) = rest.next() {
        if c == '\\' {
            let (at, letter) = rest.next()?;
            if !"0abt\tnvfre \"/\\N_LPxuU\n\r".contains(letter) {
                return Some((start, at + letter.len_utf8()));
            }
        }
    }
    None
}

/// Which bracket before byte `end` is open or closed wrongly, looking outside quotes and comments.
fn unbalanced(source: &Source, end: usize) -> Option<(String, &'static str, Span)> {
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut quote = None;
    let mut before = '\n';
    let mut comment = false;
    for (i, c) in source.text[..end].char_indices() {
        match (quote, c) {
            _ if comment => comment = c != '\n',
            (Some(q), _) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') if !before.is_alphanumeric() => quote = Some(c),
            (None, '#') if before.is_whitespace() => comment = true,
            (None, '[' | '{') => open.push((c, i)),
            (None, ']' | '}') => match open.pop() {
                Some(('[', _)) if c == ']' => {}
                Some(('{', _)) if c == '}' => {}
                Some((opened, start)) => {
                    let message = format!("`{opened}` is closed by `{c}`");
                    return Some((message, "close it with its own bracket", Span::new(start, start + 1)));
                }
                None => return Some((format!("`{c}` closes nothing"), "remove it, or quote the text", Span::new(i, i + 1))),
            },
            (None, _) => {}
        }
        before = c;
    }
    let (opened, start) = open.pop()?;
    Some((format!("`{opened}` is not closed"), "close it, or quote the text", Span::new(start, start + 1)))
}
