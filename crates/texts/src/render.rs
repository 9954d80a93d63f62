//! Mistakes as a terminal shows them: the line, the place underlined, the advice behind it.
//!
//! The only file that names `annotate-snippets`.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Title, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Level};
use crate::source::{Source, Span};

/// Longer lines are cut to a window around the place before they are drawn.
const LONGEST_LINE: usize = 4096;
/// What is kept of a longer line before and behind the place, in bytes.
const WINDOW: usize = 200;
/// Width of the page in characters.
const WIDTH: usize = 120;
/// Notes shown below an excerpt: with them a message has eight lines.
const NOTES: usize = 2;

/// All messages, one below the other, each of at most eight lines; `colour` adds terminal colours.
pub fn render(problems: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    let mut out = String::new();
    for problem in problems {
        out.push_str(&one(problem, &renderer));
        out.push('\n');
    }
    out
}

fn one(problem: &Diagnostic, renderer: &Renderer) -> String {
    let title = match problem.level {
        Level::Error => Title::ERROR,
        Level::Warning => Title::WARNING,
    };
    let mut group = Group::with_title(title.primary_title(clean(&problem.headline())));
    let mut column = None;
    let advice = problem.advice_text();
    let notes = notes(problem);
    if let (Some(source), Some(span)) = (&problem.source, problem.span) {
        let excerpt = Excerpt::new(source, span, problem.also.as_ref());
        let mut snippet =
            Snippet::source(excerpt.text).path(problem.file.clone().map(|name| clean(&name))).line_start(excerpt.line);
        if let Some((range, label)) = excerpt.also {
            snippet = snippet.annotation(AnnotationKind::Context.span(range).label(clean(&label)));
        }
        let annotation = AnnotationKind::Primary.span(excerpt.range).label(advice.as_deref().map(clean));
        group = group.element(snippet.annotation(annotation));
        column = excerpt.cut;
        for note in notes {
            group = group.element(Title::NOTE.no_name().message(clean(&note)));
        }
    } else {
        for note in advice.into_iter().chain(notes).take(NOTES) {
            group = group.element(Title::NOTE.no_name().message(clean(&note)));
        }
    }
    let text = renderer.render(&[group]);
    match column {
        Some((shown, real)) => text.replacen(&shown, &real, 1),
        None => text,
    }
}

fn notes(problem: &Diagnostic) -> Vec<String> {
    let files = problem.files.as_ref().map(|files| format!("in {files} files"));
    // With a second place there are lines for one note only.
    let shown = if problem.also.is_some() { NOTES - 1 } else { NOTES };
    files.into_iter().chain(problem.notes.iter().cloned()).take(shown).collect()
}

/// The lines that are drawn, and where in them the places are.
struct Excerpt {
    text: String,
    line: usize,
    range: Range<usize>,
    also: Option<(Range<usize>, String)>,
    /// Place as drawn and as it is, if the line was cut at its left.
    cut: Option<(String, String)>,
}

impl Excerpt {
    fn new(source: &Source, span: Span, also: Option<&(Span, String)>) -> Self {
        let place = source.place(span);
        let line = source.line_around(span.start);
        if line.len() > LONGEST_LINE {
            return Self::window(source, span, line);
        }
        let within = |span: Span, line: &Range<usize>| {
            let start = source.border(span.start).clamp(line.start, line.end);
            start..source.border(span.end).clamp(start, line.end)
        };
        let range = within(span, &line);
        let mut first = line.clone();
        let mut last = line;
        let mut second = None;
        if let Some((span, label)) = also {
            let other = source.line_around(span.start);
            if other.len() <= LONGEST_LINE && other.start.abs_diff(first.start) <= LONGEST_LINE {
                second = Some((within(*span, &other), label.clone()));
                if other.start < first.start { first = other } else { last = other }
            }
        }
        let shift = |range: Range<usize>| range.start - first.start..range.end - first.start;
        Self {
            text: source.text[first.start..last.end].to_owned(),
            line: source.place(Span::new(first.start, first.start)).line,
            range: shift(range),
            also: second.map(|(range, label)| (shift(range), label)),
            cut: None,
        }
        .checked(place.line)
    }

    /// The surroundings of a place in a line too long to draw.
    fn window(source: &Source, span: Span, line: Range<usize>) -> Self {
        let place = source.place(span);
        let start = source.border(span.start.clamp(line.start, line.end));
        let end = source.border(span.end.clamp(start, line.end.min(start + WINDOW)));
        let left = source.border(start.saturating_sub(WINDOW).max(line.start));
        let right = source.border((end + WINDOW).min(line.end));
        let mark = |cut: bool| if cut { "…" } else { "" };
        let (before, after) = (mark(left > line.start), mark(right < line.end));
        let text = format!("{before}{}{after}", &source.text[left..right]);
        let shift = before.len();
        let drawn = text[..start - left + shift].chars().count() + 1;
        let at = |column: usize| format!("{}:{}:{column}", clean(&source.name), place.line);
        let range = start - left + shift..end - left + shift;
        Self { text, line: place.line, range, also: None, cut: Some((at(drawn), at(place.column))) }
    }

    fn checked(self, line: usize) -> Self {
        debug_assert!(self.line <= line, "excerpt begins at or before the place");
        self
    }
}

/// One line without control characters: texts come from outside, and a terminal obeys escapes.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
