//! A text with its name, and places inside it.

use std::ops::Range;
use std::sync::Arc;

/// A text and the file name under which messages show it. Cloning is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// Name shown in messages, e.g. `analysis.yaml`.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({:?}, {} bytes)", self.name, self.text.len())
    }
}

/// A stretch of a [`Source`]: byte offsets, `start` included, `end` not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Byte behind the last.
    pub end: usize,
}

impl Span {
    /// The span from `start` to `end`; an `end` before `start` is taken as empty.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Where a message points, as an editor counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Underlined characters on that line.
    pub length: usize,
}

impl Source {
    /// A text under a name.
    ///
    /// ```
    /// use germane_texts::{Source, Span};
    /// let source = Source::new("a.yaml", "é: 1\nb: 2\n");
    /// assert_eq!(source.slice(Span::new(0, 2)), "é");
    /// assert_eq!(source.place(Span::new(9, 10)).line, 2);
    /// assert_eq!(source.place(Span::new(9, 10)).column, 4);
    /// ```
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The text of a span; offsets outside the text or inside a character are moved to the next border before them.
    pub fn slice(&self, span: Span) -> &str {
        let start = self.border(span.start);
        let end = self.border(span.end).max(start);
        &self.text[start..end]
    }

    /// Line, column and length of a span; what goes beyond the first line is not counted.
    pub fn place(&self, span: Span) -> Place {
        let line = self.line_around(span.start);
        let start = self.border(span.start).min(line.end);
        let end = self.border(span.end).clamp(start, line.end);
        Place {
            line: line_breaks(&self.text[..line.start]) + 1,
            column: self.text[line.start..start].chars().count() + 1,
            length: self.text[start..end].chars().count(),
        }
    }

    /// Bytes of the line that holds `offset`, without its end-of-line characters.
    pub fn line_around(&self, offset: usize) -> Range<usize> {
        let offset = self.border(offset);
        let bytes = self.text.as_bytes();
        let start = bytes[..offset].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let mut end = bytes[offset..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |i| offset + i);
        if end > start && bytes[end - 1] == b'\r' {
            end -= 1;
        }
        start..end
    }

    /// The character border at or before `offset`.
    pub(crate) fn border(&self, offset: usize) -> usize {
        let mut at = offset.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

fn line_breaks(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_columns_in_characters_and_cuts_at_the_line() {
        let source = Source::new("t", "αβγ δ\r\nnext");
        let place = source.place(Span::new(2, 100));
        assert_eq!(place, Place { line: 1, column: 2, length: 4 });
        assert_eq!(source.place(Span::new(11, 15)), Place { line: 2, column: 1, length: 4 });
    }

    #[test]
    fn offsets_outside_the_text_point_at_its_end() {
        let source = Source::new("t", "ab");
        assert_eq!(source.place(Span::new(9, 12)), Place { line: 1, column: 3, length: 0 });
        assert_eq!(source.slice(Span::new(1, 99)), "b");
        assert_eq!(Source::new("t", "").place(Span::default()), Place { line: 1, column: 1, length: 0 });
    }
}
