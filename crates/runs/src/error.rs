//! What ends a run: an exit code and messages with places.

use germane_texts::Diagnostic;
use std::fmt;
use std::path::Path;

/// Why a run ended without (all of) its products. Exit codes as `interface.md` 2 lists them.
#[derive(Clone, Debug)]
pub struct Error {
    /// exit code of the command
    pub exit: i32,
    /// all that is wrong, in the order of its places
    pub diagnostics: Vec<Diagnostic>,
}

/// Exit codes that this room gives.
pub mod exit {
    /// our own fault
    pub const INTERNAL: i32 = 1;
    /// files were excluded
    pub const EXCLUDED: i32 = 3;
    /// an input is damaged or not what it claims
    pub const INPUT: i32 = 4;
    /// disk, memory
    pub const RESOURCES: i32 = 5;
    /// a text is wrong
    pub const TEXT: i32 = 6;
    /// no valid minimum
    pub const FIT: i32 = 7;
    /// interrupted, can be resumed
    pub const INTERRUPTED: i32 = 130;
}

impl Error {
    /// Mistakes in a text.
    pub fn text(diagnostics: Vec<Diagnostic>) -> Self {
        Self { exit: exit::TEXT, diagnostics }
    }

    /// Damaged or missing inputs.
    pub fn input(diagnostics: Vec<Diagnostic>) -> Self {
        Self { exit: exit::INPUT, diagnostics }
    }

    /// A file that cannot be written or read for reasons of the machine.
    pub fn resources(path: &Path, error: &std::io::Error) -> Self {
        let diagnostic = Diagnostic::new("resources", format!("{}: {error}", path.display()));
        Self {
            exit: exit::RESOURCES,
            diagnostics: vec![diagnostic.advice("free some space or choose another folder; finished work is kept")],
        }
    }

    /// A rule of our own code that does not hold.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { exit: exit::INTERNAL, diagnostics: vec![Diagnostic::new("internal", message)] }
    }

    /// Stopped by the user.
    pub fn interrupted() -> Self {
        let diagnostic = Diagnostic::new("interrupted", "interrupted; finished partitions are kept");
        Self { exit: exit::INTERRUPTED, diagnostics: vec![diagnostic.advice("the same command goes on from here")] }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.diagnostics.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&diagnostic.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
