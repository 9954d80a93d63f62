//! What goes to standard output and standard error, and when colours are used.

use clap::ColorChoice;
use germane_runs::Error;
use std::io::{IsTerminal, Write};

/// Why a command stops before its end.
pub(super) enum Stop {
    /// nobody reads any more
    ClosedPipe,
    /// something is wrong
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// The two streams.
pub(super) struct Console {
    colour: bool,
    /// one JSON document instead of tables
    pub(super) json: bool,
    /// no progress, no summary
    pub(super) quiet: bool,
}

impl Console {
    pub(super) fn new(choice: ColorChoice, json: bool, quiet: bool) -> Self {
        let colour = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
                set("CLICOLOR_FORCE") || (std::io::stderr().is_terminal() && !set("NO_COLOR") && !dumb)
            }
        };
        Self { colour, json, quiet }
    }

    /// Columns of the terminal, or 100 where there is none.
    pub(super) fn width() -> usize {
        Self::columns().unwrap_or(100)
    }

    /// Columns that tables may take: what goes into a file or a pipe is not cut, since nobody could see that it was.
    pub(super) fn room() -> usize {
        Self::columns().unwrap_or(if std::io::stdout().is_terminal() { 100 } else { usize::MAX })
    }

    fn columns() -> Option<usize> {
        std::env::var_os("COLUMNS").and_then(|v| v.to_str()?.parse().ok()).filter(|&n| n >= 20)
    }

    /// Text to standard output.
    #[expect(clippy::unused_self, reason = "streams belong to the console")]
    pub(super) fn out(&self, text: &str) -> Result<(), Stop> {
        let mut stream = std::io::stdout().lock();
        let result = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
        result.map_err(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => Stop::ClosedPipe,
            _ => Stop::Error(Error::resources(std::path::Path::new("standard output"), &error)),
        })
    }

    /// A document to standard output.
    pub(super) fn document(&self, document: &serde_json::Value) -> Result<(), Stop> {
        self.out(&format!("{document:#}\n"))
    }

    /// A line to standard error, unless quiet.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            // Standard error may be closed; a note is worth no failure.
            drop(writeln!(std::io::stderr(), "{text}"));
        }
    }

    /// Whether a progress line may be drawn.
    pub(super) fn shows_progress(&self) -> bool {
        !self.quiet && std::io::stderr().is_terminal() && std::env::var_os("GERMANE_PROGRESS").is_none_or(|v| v != "off")
    }

    /// Prints what is wrong and returns the exit code.
    pub(super) fn error(&self, error: &Error) -> i32 {
        if self.json {
            drop(self.document(&germane_texts::to_json(error.exit, &error.diagnostics)));
        } else {
            let text = germane_texts::render(&error.diagnostics, self.colour);
            drop(write!(std::io::stderr(), "{text}"));
        }
        error.exit
    }
}
