//! The one error of this room: what went wrong, and where in which file.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

/// What kind of fault it is; upper rooms choose exit codes and retries by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The file is not there or may not be read.
    Gone,
    /// The operating system failed to deliver bytes; trying again may help.
    Io,
    /// The first bytes belong to another format.
    NotThisFormat,
    /// The file is shorter than its own header or directory says.
    Truncated,
    /// Bytes contradict each other, a checksum or a digest.
    Damaged,
    /// No object or column of this name; `candidates` lists those that exist.
    Unknown,
    /// A branch has fewer entries than its tree.
    Short,
    /// Something that the format allows and this reader cannot decode.
    Unsupported,
}

/// An error with its place. `Display` is one line that names file, object, branch, basket and byte.
///
/// Its fields are those of [`Details`].
#[derive(Clone, Debug)]
pub struct Error(Box<Details>);

/// What an [`Error`] knows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Details {
    /// File as the user named it.
    pub file: String,
    /// Object inside the file, as a path.
    pub object: Option<String>,
    /// Branch of the object.
    pub branch: Option<String>,
    /// Number of the basket, from 0.
    pub basket: Option<usize>,
    /// Absolute offset in the file.
    pub byte: Option<u64>,
    /// What kind of fault.
    pub kind: Kind,
    /// The reason in one line.
    pub message: String,
    /// Names that exist where one was not found.
    pub candidates: Vec<String>,
}

impl Error {
    /// An error that knows only its file.
    pub fn new(file: impl Into<String>, kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            file: file.into(),
            object: None,
            branch: None,
            basket: None,
            byte: None,
            kind,
            message: message.into(),
            candidates: Vec::new(),
        }))
    }

    /// The same at an absolute byte offset.
    #[must_use]
    pub fn at(mut self, byte: u64) -> Self {
        self.byte = Some(byte);
        self
    }

    /// The same in an object.
    #[must_use]
    pub fn object(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// The same in a branch.
    #[must_use]
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = Some(branch.into());
        self
    }

    /// The same in a basket.
    #[must_use]
    pub fn basket(mut self, basket: usize) -> Self {
        self.basket = Some(basket);
        self
    }

    /// The same with the names that exist.
    #[must_use]
    pub fn candidates(mut self, names: Vec<String>) -> Self {
        self.candidates = names;
        self
    }
}

impl Deref for Error {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        let mut separator = ": ";
        if let Some(object) = &self.object {
            write!(f, "{separator}{object}")?;
            separator = "/";
        }
        if let Some(branch) = &self.branch {
            write!(f, "{separator}{branch}")?;
        }
        if self.object.is_some() || self.branch.is_some() {
            separator = " ";
        }
        if let Some(basket) = self.basket {
            write!(f, "{separator}basket {basket}")?;
            separator = " ";
        }
        if let Some(byte) = self.byte {
            write!(f, "{separator}at byte {byte}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_names_every_place() {
        let error = Error::new("run12.root", Kind::Damaged, "zlib checksum wrong").object("Events").branch("Jet_pt");
        assert_eq!(
            error.basket(17).at(48_233_112).to_string(),
            "run12.root: Events/Jet_pt basket 17 at byte 48233112: zlib checksum wrong"
        );
        let error = Error::new("page.root", Kind::NotThisFormat, "not a ROOT file").at(0);
        assert_eq!(error.to_string(), "page.root: at byte 0: not a ROOT file");
    }
}
