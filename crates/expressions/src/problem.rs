//! What is wrong with a text, where, and what to do.

use std::ops::Range;

/// One mistake in an expression. Places count characters, the end is exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `syntax name field function call type axes unit null bits power circle unsupported`
    pub code: &'static str,
    /// first character
    pub start: usize,
    /// behind the last character
    pub end: usize,
    /// one sentence
    pub message: String,
    /// what to do
    pub advice: Option<String>,
    /// the name that was probably meant
    pub nearest: Option<String>,
}

impl Problem {
    /// A mistake without advice.
    pub fn new(code: &'static str, place: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, start: place.start, end: place.end, message: message.into(), advice: None, nearest: None }
    }

    /// A part of the language that this version does not evaluate; `feature` is a short name for counting.
    pub(crate) fn unsupported(place: Range<usize>, feature: &str) -> Self {
        Self::new("unsupported", place, format!("not yet supported: {feature}"))
    }

    /// The same with advice.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The same with the name that is written instead.
    #[must_use]
    pub(crate) fn instead(mut self, name: &str) -> Self {
        self.advice = Some(format!("write `{name}`"));
        self.nearest = Some(name.to_owned());
        self
    }

    /// The same with the nearest name; of equally near ones that of the earlier group.
    #[must_use]
    pub(crate) fn nearest_of_groups(mut self, name: &str, groups: [&[String]; 2]) -> Self {
        let groups = groups.map(|group| group.iter().map(String::as_str));
        if let Some(nearest) = germane_texts::nearest_of_groups(name, groups) {
            self.advice = Some(format!("did you mean `{nearest}`?"));
            self.nearest = Some(nearest.to_owned());
        }
        self
    }

    /// The same with the nearest of the names that are known here.
    #[must_use]
    pub(crate) fn nearest<'a>(mut self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        if let Some(nearest) = germane_texts::nearest(name, known) {
            self.advice = Some(format!("did you mean `{nearest}`?"));
            self.nearest = Some(nearest.to_owned());
        }
        self
    }
}
