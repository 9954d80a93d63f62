//! Places of a YAML text: from the reader's marks to bytes, and what stands between tokens.

use std::cell::Cell;
use std::sync::Arc;

use saphyr_parser::Marker;

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// Byte offsets of lines, to turn line and column into a byte offset.
pub(super) struct Layout {
    lines: Vec<usize>,
    text: Arc<str>,
    ascii: bool,
    /// The mark that was asked last, as (line, column, byte): the next one is rarely before it.
    last: Cell<(usize, usize, usize)>,
}

impl Layout {
    pub(super) fn new(text: &Arc<str>) -> Self {
        let mut lines = vec![0];
        let bytes = text.as_bytes();
        for (i, byte) in bytes.iter().enumerate() {
            // The reader also ends a line at a lone carriage return.
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
                lines.push(i + 1);
            }
        }
        Self { lines, text: text.clone(), ascii: text.is_ascii(), last: Cell::new((0, 0, 0)) }
    }

    /// Byte offset of a mark; behind the end of the text it is the end.
    pub(super) fn offset(&self, mark: Marker) -> usize {
        let (line, column) = (mark.line(), mark.col());
        let Some(start) = line.checked_sub(1).and_then(|line| self.lines.get(line)).copied() else { return self.text.len() };
        let end = self.lines.get(line).copied().unwrap_or(self.text.len());
        if self.ascii {
            return (start + column).min(end);
        }
        // A byte order mark has an index but no column.
        let marked = if line == 1 && self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let (from_column, from) = match self.last.get() {
            (held, before, at) if held == line && before <= column => (before, at),
            _ => (0, start + marked),
        };
        let at = self.text[from..end].char_indices().nth(column - from_column).map_or(end, |(i, _)| from + i);
        if at < end {
            self.last.set((line, column, at));
        }
        at
    }
}

/// Where a node itself begins, behind its anchor and tag.
pub(super) fn behind_properties(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while matches!(bytes.get(at), Some(b'&' | b'!')) {
        at += bytes[at..].iter().position(u8::is_ascii_whitespace).unwrap_or(bytes.len() - at);
        at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
    }
    at
}

/// Whether a `:` follows the key that ends here, perhaps behind blanks.
pub(super) fn has_colon(text: &str, end: usize) -> bool {
    text.get(end..).is_some_and(|rest| rest.trim_start().starts_with(':'))
}

/// Start of what belongs to a text of several lines: of a block text the line of its `|` or `>`.
pub(super) fn block_header(text: &str, start: usize, block: bool) -> usize {
    if !block {
        return start;
    }
    text[..start].rfind(['|', '>']).unwrap_or(start)
}

/// Reports lines that are indented with tabs, outside texts of several lines.
pub(super) fn report_tabs(source: &Source, scalars: &[Span], problems: &mut Vec<Diagnostic>) {
    let broken_at = problems
        .iter()
        .filter(|problem| problem.code == "yaml" && is_fatal(problem))
        .filter_map(|problem| problem.span)
        .next_back();
    let mut found: Option<Span> = None;
    let mut more = 0;
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let white = line.len() - line.trim_start_matches([' ', '\t']).len();
        let indentation = &line[..white];
        let inside = || scalars.iter().any(|span| span.start < start && start < span.end);
        let empty = line[white..].trim_end().is_empty() || line[white..].starts_with('#');
        // Behind the place where reading broke off nobody knows what is content, unless it was a tab that broke it.
        let known = found.is_some() || broken_at.is_none_or(|span| start <= span.start);
        if let Some(tab) = indentation.find('\t').filter(|_| !empty && known && !inside()) {
            if found.is_none() {
                let run = indentation[tab..].bytes().take_while(|b| *b == b'\t').count();
                found = Some(Span::new(start + tab, start + tab + run));
            } else {
                more += 1;
            }
        }
        start += line.len();
    }
    let Some(span) = found else { return };
    // The reader stumbles over the same tab: one cause, one message.
    let line = source.line_around(span.start);
    problems.retain(|problem| !(is_fatal(problem) && problem.span.is_some_and(|at| line.start <= at.start)));
    let mut problem = Diagnostic::new("yaml", "a tab indents this line").at(source, span).advice("indent with blanks");
    if more > 0 {
        problem = problem.note(format!("{more} more {} with a tab", if more == 1 { "line begins" } else { "lines begin" }));
    }
    problems.push(problem);
}

/// Whether the reader could not go on behind this mistake.
fn is_fatal(problem: &Diagnostic) -> bool {
    problem.notes.iter().any(|note| note == super::messages::BROKEN_OFF)
}
