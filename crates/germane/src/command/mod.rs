//! The command line: options in, calls of the rooms, tables and documents out.

mod codec;
mod concat;
mod convert;
mod digest;
mod dsp;
mod figure;
mod ls;
mod options;
mod print;
mod progress;
mod raw;
mod records;
mod run;
mod show;
mod statistics;

use clap::{CommandFactory, Parser};
use germane_runs::Error;
use options::{Command, Options};
use std::ffi::OsString;

/// Runs the command and returns its exit code.
///
/// `args` begin with the program's name, as [`std::env::args_os`] gives them.
pub fn main(args: impl IntoIterator<Item = OsString>) -> i32 {
    if std::env::var_os("GERMANE_SIMD").is_some_and(|v| v == "off") {
        germane_numerics::simd::use_narrow_kernels();
    }
    let options = match Options::try_parse_from(args) {
        Ok(options) => options,
        Err(error) => {
            // Help and version are no mistakes; a closed pipe is none either.
            let exit = if error.use_stderr() { 2 } else { 0 };
            drop(error.print());
            return exit;
        }
    };
    let console = print::Console::new(options.color, options.json, options.quiet);
    let outcome = match &options.command {
        Command::Run(arguments) => run::run(&console, arguments),
        Command::Plan(arguments) => run::plan(&console, arguments),
        Command::Ls(arguments) => ls::ls(&console, arguments),
        Command::Show(arguments) => show::show(&console, arguments),
        Command::Digest(arguments) => digest::digest(&console, arguments),
        Command::Codec(arguments) => codec::codec(&console, arguments),
        Command::Fit(arguments) => statistics::fit(&console, arguments),
        Command::Inspect(arguments) => statistics::inspect(&console, arguments),
        Command::Limit(arguments) => statistics::limit(&console, arguments),
        Command::Significance(arguments) => statistics::significance(&console, arguments),
        Command::Toys(arguments) => statistics::toys(&console, arguments),
        Command::Sample(arguments) => statistics::sample(&console, arguments),
        Command::Gof(arguments) => statistics::gof(&console, arguments),
        Command::Combine(arguments) => statistics::combine(&console, arguments),
        Command::Eft(arguments) => statistics::eft(&console, arguments),
        Command::Scan(arguments) => statistics::scan(&console, arguments),
        Command::Contour(arguments) => statistics::contour(&console, arguments),
        Command::Rank(arguments) => statistics::rank(&console, arguments),
        Command::Yields(arguments) => statistics::yields(&console, arguments),
        Command::Raw(arguments) => raw::raw(&console, arguments),
        Command::Dsp(arguments) => dsp::dsp(&console, arguments),
        Command::Records(arguments) => records::records(&console, arguments),
        Command::Concat(arguments) => concat::concat(&console, arguments),
        Command::Convert(arguments) => convert::convert(&console, arguments),
        Command::Schema => console.document(&germane_runs::analysis::json_schema()).map(|()| 0),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Options::command(), "germane", &mut script);
            console.out(&String::from_utf8_lossy(&script)).map(|()| 0)
        }
    };
    match outcome {
        Ok(exit) => exit,
        Err(print::Stop::ClosedPipe) => 0,
        Err(print::Stop::Error(error)) => console.error(&error),
    }
}

/// A mistake in how a command was called.
fn usage(message: impl Into<String>, advice: &str) -> Error {
    Error { exit: 2, diagnostics: vec![germane_texts::Diagnostic::new("usage", message).advice(advice)] }
}
