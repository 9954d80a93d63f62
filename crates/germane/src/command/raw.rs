//! `germane raw`: raw files of digitizers to LH5.

use super::options::RawArguments;
use super::print::{Console, Stop};
use super::progress::ProgressLine;
use super::run::stop_on_interrupt;
use germane_formats::lh5::Storage;
use germane_runs::raw::{self, Options, Specification};
use germane_runs::{Error, Progress};
use germane_texts::{Diagnostic, Source};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn raw(console: &Console, arguments: &RawArguments) -> Result<i32, Stop> {
    let output = match (&arguments.output, &arguments.inputs[..]) {
        (Some(output), _) => output.clone(),
        (None, [input]) => PathBuf::from(format!("{}.lh5", raw::file_key(input))),
        (None, _) => return Err(super::usage("several inputs need an output", "write `-o OUT.lh5`").into()),
    };
    let options = Options {
        specification: arguments.config.as_deref().map(specification).transpose()?,
        words: words(&arguments.set)?,
        variables: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        packets: arguments.packets,
        rows_per_key: arguments.rows_per_key,
        follow: arguments.follow,
        compass_settings: arguments.compass_settings.clone(),
        storage: arguments.hdf5_settings.as_deref().map(storage).transpose()?.unwrap_or_default(),
        force: arguments.force,
        threads: arguments.threads.unwrap_or(0),
        command: std::env::args().skip(1).collect(),
        ..Options::new(output)
    };
    let progress = Arc::new(Progress::default());
    stop_on_interrupt(&progress)?;
    let line = console.shows_progress().then(|| ProgressLine::start(Arc::clone(&progress), "streams"));
    let outcome = raw::convert(&arguments.inputs, &options, &progress);
    drop(line);
    let outcome = outcome?;
    if console.json {
        console.document(&outcome.report)?;
    } else {
        console.out(&outcome.summary)?;
    }
    for note in &outcome.notes {
        console.note(note);
    }
    Ok(outcome.exit)
}

fn specification(path: &Path) -> Result<Specification, Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let diagnostic = Diagnostic::new("file", format!("{name}: {error}"));
        Error::input(vec![diagnostic.advice("give the path of an output specification, JSON or YAML")])
    })?;
    Specification::read(&Source::new(name, text)).map_err(Error::text)
}

fn storage(text: &str) -> Result<Storage, Error> {
    raw::read_storage(&Source::new("--hdf5-settings", text)).map_err(Error::text)
}

fn words(set: &[String]) -> Result<BTreeMap<String, String>, Error> {
    set.iter()
        .map(|word| match word.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
            _ => Err(super::usage(format!("`{word}` gives no word"), "write --set NAME=VALUE")),
        })
        .collect()
}
