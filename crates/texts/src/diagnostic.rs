//! One mistake: what, where, and what to do.

use crate::source::{Place, Source, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The text cannot be used.
    Error,
    /// The text can be used, but something is odd.
    Warning,
}

/// A mistake in a text or a file, with its place and advice.
///
/// ```
/// use germane_texts::{Diagnostic, Source, Span, render};
/// let source = Source::new("analysis.yaml", "germane: 1\ndatsets: {}\n");
/// let mistake = Diagnostic::new("key", "unknown key `datsets`").at(&source, Span::new(11, 18)).nearest("datasets");
/// assert_eq!(render(&[mistake], false), "\
/// error: unknown key `datsets`
///  --> analysis.yaml:2:1
///   |
/// 2 | datsets: {}
///   | ^^^^^^^ did you mean `datasets`?
/// ");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Error or warning.
    pub level: Level,
    /// Short word for the kind of mistake (`key`, `name`, `unit`, `yaml`).
    pub code: String,
    /// One sentence.
    pub message: String,
    /// File name, of the text or of the data file.
    pub file: Option<String>,
    /// Where in the text, in bytes.
    pub span: Option<Span>,
    /// Where in the text, as an editor counts.
    pub place: Option<Place>,
    /// Object inside a data file (`Events/Jet_pt basket 17`).
    pub object: Option<String>,
    /// Byte offset in a data file.
    pub byte: Option<u64>,
    /// The right name that is nearest to the wrong one.
    pub nearest: Option<String>,
    /// What to do.
    pub advice: Option<String>,
    /// How many files of a dataset are concerned: `2 of 417`.
    pub files: Option<String>,
    /// Further lines below the excerpt.
    pub notes: Vec<String>,
    /// The text the span belongs to.
    pub(crate) source: Option<Source>,
    /// A second place in the same text, with its label.
    pub(crate) also: Option<(Span, String)>,
}

impl Diagnostic {
    /// An error with its code and sentence; the place and advice are added by the other methods.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            code: code.into(),
            message: message.into(),
            file: None,
            span: None,
            place: None,
            object: None,
            byte: None,
            nearest: None,
            advice: None,
            files: None,
            notes: Vec::new(),
            source: None,
            also: None,
        }
    }

    /// The same as a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.level = Level::Warning;
        self
    }

    /// Sets the place in a text.
    #[must_use]
    pub fn at(mut self, source: &Source, span: Span) -> Self {
        self.file = Some(source.name.to_string());
        self.place = Some(source.place(span));
        self.span = Some(span);
        self.source = Some(source.clone());
        self
    }

    /// Shows a second place of the same text, with a label; call it after [`Diagnostic::at`].
    #[must_use]
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.also = Some((span, label.into()));
        self
    }

    /// Sets the file, if there is no text to show.
    #[must_use]
    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Sets the object inside a data file.
    #[must_use]
    pub fn object(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// Sets the byte offset in a data file.
    #[must_use]
    pub fn byte(mut self, byte: u64) -> Self {
        self.byte = Some(byte);
        self
    }

    /// Sets the name that was probably meant.
    #[must_use]
    pub fn nearest(mut self, name: impl Into<String>) -> Self {
        self.nearest = Some(name.into());
        self
    }

    /// Sets what to do.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Sets how many files are concerned.
    #[must_use]
    pub fn files(mut self, files: impl Into<String>) -> Self {
        self.files = Some(files.into());
        self
    }

    /// Adds a line below the excerpt.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Whether it is an error, not a warning.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    /// The whole line of the text in which the place is, if there is one.
    pub fn source_line(&self) -> Option<&str> {
        let (source, span) = (self.source.as_ref()?, self.span?);
        Some(&source.text[source.line_around(span.start)])
    }

    /// Advice as it is shown: the nearest name first, if the advice does not name it itself.
    pub fn advice_text(&self) -> Option<String> {
        match (&self.nearest, &self.advice) {
            (Some(name), Some(advice)) if advice.contains(name.as_str()) => Some(advice.clone()),
            (Some(name), Some(advice)) => Some(format!("did you mean `{name}`? ({advice})")),
            (Some(name), None) => Some(format!("did you mean `{name}`?")),
            (None, advice) => advice.clone(),
        }
    }

    /// The sentence with file, object and byte before it where no text can be shown.
    pub(crate) fn headline(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        if self.place.is_none() {
            words.extend(self.file.clone().filter(|file| !self.message.contains(file.as_str())));
            let object = self.object.clone().filter(|object| !self.message.contains(object.as_str()));
            let byte = self.byte.filter(|byte| !self.message.contains(&byte.to_string())).map(|byte| format!("byte {byte}"));
            match (object, byte) {
                (Some(object), Some(byte)) => words.push(format!("{object} at {byte}")),
                (Some(word), None) | (None, Some(word)) => words.push(word),
                (None, None) => {}
            }
        }
        words.push(self.message.clone());
        words.join(": ")
    }
}

/// Sorts by place in the text: what the eye meets first comes first, equal places keep their order.
pub fn sort_by_place(problems: &mut [Diagnostic]) {
    problems.sort_by_key(|problem| {
        let place = problem.span.map_or((usize::MAX, usize::MAX), |span| (span.start, span.end));
        (problem.file.clone().unwrap_or_default(), place)
    });
}

impl std::fmt::Display for Diagnostic {
    /// One line: `file:line:column: message; advice`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let (Some(file), Some(place)) = (&self.file, self.place) {
            write!(f, "{file}:{}:{}: ", place.line, place.column)?;
        }
        write!(f, "{}", self.headline())?;
        if let Some(advice) = self.advice_text() {
            write!(f, "; {advice}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}
