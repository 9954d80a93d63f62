//! Lines of words with their places.

use germane_texts::{Diagnostic, Source, Span};

use super::card::Origin;

/// A word and its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
}

/// A line of at least one word; comments and rulers are no lines.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    pub(super) words: Vec<Word<'a>>,
    pub(super) source: &'a Source,
}

impl<'a> Line<'a> {
    /// The lines of a text.
    pub(super) fn all(source: &'a Source) -> impl Iterator<Item = Self> {
        let mut start = 0;
        source.text.split('\n').filter_map(move |line| {
            let at = start;
            start += line.len() + 1;
            let line = line.find('#').map_or(line, |comment| &line[..comment]);
            if line.starts_with("--") {
                return None;
            }
            let base = line.as_ptr() as usize;
            let word = |text: &'a str| {
                let start = at + (text.as_ptr() as usize - base);
                Word { text, span: Span::new(start, start + text.len()) }
            };
            let words: Vec<Word<'a>> = line.split_whitespace().map(word).collect();
            (!words.is_empty()).then_some(Self { words, source })
        })
    }

    pub(super) fn text(&self, index: usize) -> Option<&'a str> {
        self.words.get(index).map(|word| word.text)
    }

    /// From the first word to the last.
    pub(super) fn span(&self) -> Span {
        let last = self.words.last().map_or(Span::default(), |word| word.span);
        self.words.first().map_or(last, |word| word.span.to(last))
    }

    pub(super) fn origin(&self, word: Word<'_>) -> Origin {
        Origin { source: self.source.clone(), span: word.span }
    }

    /// A mistake at a word, or at the end of the line if there is no such word.
    pub(super) fn problem(&self, index: usize, code: &str, message: impl Into<String>) -> Diagnostic {
        let end = self.span().end;
        let span = self.words.get(index).map_or(Span::new(end, end), |word| word.span);
        Diagnostic::new(code, message).at(self.source, span)
    }

    /// A finite number.
    pub(super) fn number(&self, index: usize, what: &str) -> Result<f64, Diagnostic> {
        let Some(text) = self.text(index) else {
            return Err(self.problem(index, "value", format!("{what} is missing at the end of the line")));
        };
        text.parse::<f64>()
            .ok()
            .filter(|value| value.is_finite())
            .ok_or_else(|| self.problem(index, "value", format!("{what}: expected a finite number, got `{text}`")))
    }

    /// A range `[LOW,HIGH]` that begins at a word and may have spaces inside; nothing if no bracket opens there.
    pub(super) fn range(&self, index: usize) -> Result<Option<(f64, f64)>, Diagnostic> {
        if !self.text(index).is_some_and(|text| text.starts_with('[')) {
            return Ok(None);
        }
        let text: String = self.words[index..].iter().map(|word| word.text).collect();
        let inside = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(inside, _)| inside);
        let ends = inside.and_then(|inside| inside.split_once(','));
        let ends = ends.and_then(|(low, high)| Some((low.parse::<f64>().ok()?, high.parse::<f64>().ok()?)));
        match ends.filter(|(low, high)| low < high) {
            Some(ends) => Ok(Some(ends)),
            None => Err(self.problem(index, "value", "expected a range [LOW,HIGH] with LOW below HIGH")),
        }
    }
}
