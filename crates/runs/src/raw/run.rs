//! A conversion from the names of its inputs to published files.

use super::collector::{Limits, Store};
use super::conversion::{Passed, Until, pass};
use super::documents;
use super::outputs::Outputs;
use super::routes::{Routes, Surroundings};
use super::specification::Specification;
use super::stream;
use crate::error::{Error, exit};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::report::Clock;
use germane_formats::daq::RawReader;
use germane_formats::lh5::Storage;
use germane_texts::Diagnostic;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How raw streams are converted.
#[derive(Clone, Debug)]
pub struct Options {
    /// takes what names no file; relative names of the specification start in its folder
    pub output: PathBuf,
    /// which rows go where; none: every table of every decoder into `output`
    pub specification: Option<Specification>,
    /// words that names may use; `file_key` is the stem of the input unless it is given here
    pub words: BTreeMap<String, String>,
    /// variables that names of files may use
    pub variables: BTreeMap<String, String>,
    /// packets that are decoded of each input at most
    pub packets: Option<u64>,
    /// rows that are kept of each key of each input
    pub rows_per_key: Option<u64>,
    /// inputs grow: wait at their end until interrupted
    pub follow: bool,
    /// settings of a CoMPASS run (XML)
    pub compass_settings: Option<PathBuf>,
    /// rows of a block; tables do not depend on it
    pub block_rows: usize,
    /// how datasets are stored that the specification says nothing about
    pub storage: Storage,
    /// replace files that this program has not written
    pub force: bool,
    /// number of threads; 0: all cores
    pub threads: usize,
    /// the command as typed, for the report
    pub command: Vec<String>,
}

impl Options {
    /// Everything of every stream into `output`.
    pub fn new(output: impl Into<PathBuf>) -> Self {
        Self {
            output: output.into(),
            specification: None,
            words: BTreeMap::new(),
            variables: BTreeMap::new(),
            packets: None,
            rows_per_key: None,
            follow: false,
            compass_settings: None,
            block_rows: 8192,
            storage: Storage::default(),
            force: false,
            threads: 0,
            command: Vec::new(),
        }
    }
}

/// What a conversion has made.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// 0, 3 (bytes were skipped) or 4 (nothing behind damage could be read); files are published in each case
    pub exit: i32,
    /// how it went
    pub report: Value,
    /// table of what was written, for a terminal
    pub summary: String,
    /// skipped bytes, records without a buffer, remarks
    pub notes: Vec<String>,
}

/// Bytes of a block: small enough for the caches, many chunks to compress at the same time.
const BLOCK: usize = 4 << 20;
/// Bytes of all rows that wait.
const WAITING: usize = 64 << 20;

/// One input and what it is to be passed through.
pub(super) struct Bound {
    pub(super) url: String,
    pub(super) reader: Option<Box<dyn RawReader>>,
    pub(super) routes: Routes,
}

/// Converts raw streams to LH5 files.
///
/// # Errors
/// A wrong specification (6), before any packet is decoded; inputs that are missing or no raw streams (4); a file that would be
/// replaced (2); disk (5); interruption (130). Nothing is published then.
pub fn convert(inputs: &[String], options: &Options, progress: &Progress) -> Result<Outcome, Error> {
    let clock = Clock::start();
    let open = |url: &str| stream::open(url, options);
    let mut bound = bind(inputs, options, &open)?;
    let files: BTreeSet<PathBuf> =
        bound.iter().flat_map(|b| b.routes.buffers.iter().map(|buffer| buffer.destination.file.clone())).collect();
    for file in &files {
        may_be_written(file, inputs, options)?;
    }
    let pool = Pool::new(options.threads)?;
    let mut outputs = Outputs::new(&pool, &options.storage, options.specification.as_ref().map(|s| &s.source));
    let passed = pass_all(&mut bound, options, &open, &mut outputs, progress)?;
    let written = outputs.finish()?;
    documents::publish_provenance(&bound, &passed, options, &written)?;
    let exit = exit_code(&passed);
    Ok(Outcome {
        exit,
        report: documents::report(&bound, &passed, options, &pool, exit, &clock),
        summary: documents::summary(&passed),
        notes: documents::notes(&bound, &passed),
    })
}

/// Opens every input and binds the specification to it; all mistakes of all inputs at once.
pub(super) fn bind(
    inputs: &[String],
    options: &Options,
    open: &dyn Fn(&str) -> Result<Box<dyn RawReader>, Error>,
) -> Result<Vec<Bound>, Error> {
    let specification = options.specification.clone().map(Arc::new);
    let (mut bound, mut wrong, mut bad) = (Vec::new(), Vec::new(), Vec::new());
    for url in inputs {
        let reader = match open(url) {
            Ok(reader) => reader,
            Err(error) => {
                bad.push(error);
                continue;
            }
        };
        let mut words = options.words.clone();
        words.entry("file_key".to_owned()).or_insert_with(|| stream::file_key(url));
        let surroundings = Surroundings { output: options.output.clone(), words, variables: options.variables.clone() };
        match Routes::new(specification.clone(), surroundings, reader.decoders(), &reader.tables()) {
            // Many open inputs would hold many windows; those that can be opened again are.
            Ok(routes) => bound.push(Bound {
                url: url.clone(),
                reader: (inputs.len() == 1 || !stream::is_file(url)).then_some(reader),
                routes,
            }),
            Err(problems) => wrong.extend(problems.into_iter().filter(|p| !wrong.contains(p)).collect::<Vec<_>>()),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::text(wrong));
    }
    match bad.first().map(|error| error.exit) {
        None => Ok(bound),
        Some(exit) => Err(Error { exit, diagnostics: bad.into_iter().flat_map(|error| error.diagnostics).collect() }),
    }
}

pub(super) fn pass_all(
    bound: &mut [Bound],
    options: &Options,
    open: &dyn Fn(&str) -> Result<Box<dyn RawReader>, Error>,
    store: &mut dyn Store,
    progress: &Progress,
) -> Result<Vec<Passed>, Error> {
    let limits = Limits { rows: options.block_rows.max(1), bytes: BLOCK, total: WAITING, rows_per_key: options.rows_per_key };
    let until = Until { packets: options.packets, follow: options.follow };
    progress.partitions.store(bound.len() as u64, std::sync::atomic::Ordering::Relaxed);
    let mut passed = Vec::new();
    for input in bound {
        let mut reader = match input.reader.take() {
            Some(reader) => reader,
            None => open(&input.url)?,
        };
        passed.push(pass(&mut *reader, &mut input.routes, store, limits, until, progress)?);
        Progress::add(&progress.done, 1);
    }
    Ok(passed)
}

/// Fatal damage goes before damage that was passed over.
fn exit_code(passed: &[Passed]) -> i32 {
    let gaps = || passed.iter().flat_map(|p| &p.gaps);
    if gaps().any(|gap| gap.fatal) {
        exit::INPUT
    } else if gaps().next().is_some() {
        exit::EXCLUDED
    } else {
        0
    }
}

/// Refuses to replace an input, and what this program has not written unless it is forced.
fn may_be_written(file: &Path, inputs: &[String], options: &Options) -> Result<(), Error> {
    let refuse = |message: String, advice: &str| {
        Err(Error { exit: 2, diagnostics: vec![Diagnostic::new("usage", message).advice(advice)] })
    };
    if inputs.iter().any(|input| Path::new(input) == file) {
        return refuse(format!("{} is an input", file.display()), "give another output");
    }
    if !file.exists() || options.force || documents::is_ours(file) {
        return Ok(());
    }
    refuse(format!("{} is there, and not written by germane", file.display()), "replace it with `--force`")
}
