//! Why an operation on a histogram is refused.

use std::fmt;

/// What is wrong, as the exceptions of Python name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A bin that the axis does not have.
    Index,
    /// A name or category that does not exist.
    Key,
    /// A value that is not acceptable.
    Value,
    /// Something of the wrong type.
    Type,
}

/// A refused operation: what is wrong and, where a name was not found, the nearest one.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    nearest: Option<String>,
}

impl Error {
    pub(crate) fn index(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Index, message: message.into(), nearest: None }
    }

    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Value, message: message.into(), nearest: None }
    }

    pub(crate) fn kind_of(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Type, message: message.into(), nearest: None }
    }

    /// `what` has no `name`, but `existing`.
    pub(crate) fn missing(what: &str, name: &str, existing: &[&str]) -> Self {
        let nearest = germane_texts::nearest(name, existing.iter().copied()).map(str::to_owned);
        let guess = nearest.as_ref().map_or_else(String::new, |nearest| format!(", did you mean `{nearest}`?"));
        let list = match existing {
            [] => "it is empty".to_owned(),
            _ => format!("it has {}", existing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        };
        Self { kind: ErrorKind::Key, message: format!("{what} has no `{name}`{guess} ({list})"), nearest }
    }

    /// What kind of mistake it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The nearest existing name, where a name was not found.
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
