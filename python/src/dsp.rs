//! Processing chains: raw tables in, processed tables out.

use crate::error::raise;
use crate::lh5::node::Lh5Node;
use crate::lh5::selection::{self, Rows};
use crate::runs::interruptible;
use germane::runs::Error;
use germane::runs::dsp::{Chains, Database, Input, Options, WriteMode, build};
use germane::texts::{Diagnostic, Source};
use pyo3::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text with the name under which messages show it.
type Named = (String, String);

/// What Python asks of a run, besides its input.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Wanted {
    output: Option<PathBuf>,
    chains: Vec<Named>,
    chan_config: Option<Named>,
    lh5_tables: Option<Vec<String>>,
    base_group: Option<String>,
    database: Option<Named>,
    outputs: Option<Vec<String>>,
    write_mode: Option<String>,
    start: u64,
    count: Option<u64>,
    block_rows: Option<usize>,
    allow_missing_outputs: bool,
    threads: usize,
}

impl Wanted {
    fn options(&self) -> Result<Options, Error> {
        let source = |(name, text): &Named| Source::new(name.as_str(), text.as_str());
        let mut chains = match self.chains.as_slice() {
            [] => Chains::default(),
            texts => Chains::one(texts.iter().map(source).collect()).map_err(Error::text)?,
        };
        if let Some(patterns) = &self.chan_config {
            chains.read_patterns(&source(patterns), &open)?;
        }
        let mode = match self.write_mode.as_deref() {
            None => WriteMode::New,
            Some(letter) => WriteMode::named(letter).ok_or_else(|| {
                let problem = Diagnostic::new("usage", format!("no write mode `{letter}`"));
                Error { exit: 2, diagnostics: vec![problem.advice("r replaces, u updates columns, a appends; None refuses")] }
            })?,
        };
        Ok(Options {
            output: self.output.clone().map(|path| vec![path]),
            mode,
            chains,
            database: self.database.as_ref().map(|text| Database::read(&source(text))).transpose().map_err(Error::text)?,
            outputs: self.outputs.clone(),
            allow_missing_outputs: self.allow_missing_outputs,
            base_group: self.base_group.clone(),
            tables: self.lh5_tables.clone(),
            start: self.start,
            count: self.count,
            block_rows: self.block_rows,
            threads: self.threads,
            command: vec!["germane.build_dsp".to_owned()],
            ..Options::default()
        })
    }
}

fn open(path: &Path) -> Result<Source, Error> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => Err(Error::input(vec![Diagnostic::new("file", format!("{name}: {error}"))])),
    }
}

/// Tables that were kept in memory, by path; the report as text; warnings.
type Made = (Vec<(String, Lh5Node)>, String, Vec<String>);

fn input(py: Python<'_>, file: Option<PathBuf>, table: Option<(String, Py<Lh5Node>)>) -> PyResult<Input> {
    Ok(match (file, table) {
        (_, Some((path, node))) => {
            let object = Arc::new(node.get().object(py)?);
            Input::Table { name: "memory".to_owned(), table: path, object }
        }
        (file, None) => Input::File(file.unwrap_or_default()),
    })
}

fn options(py: Python<'_>, rows: Rows<'_>, wanted: &Wanted) -> PyResult<Options> {
    let rows = selection::rows(py, rows)?;
    let options = py.detach(|| wanted.options());
    let options = options.map_err(|error| raise(py, error.exit, &error.diagnostics))?;
    Ok(Options { rows, ..options })
}

fn texts(warnings: &[Diagnostic]) -> Vec<String> {
    let one = |warning| germane::texts::render(std::slice::from_ref(warning), false).trim_end().to_owned();
    warnings.iter().map(one).collect()
}

/// A table, or the texts of what is wrong.
type Point = (Option<Lh5Node>, Vec<String>);

/// Runs a chain over one table for many sets of parameters (texts in JSON): a table for each, or what is wrong with it; warnings.
#[pyfunction]
pub(crate) fn run_grid(
    py: Python<'_>,
    file: Option<PathBuf>,
    table: Option<(String, Py<Lh5Node>)>,
    rows: Rows<'_>,
    wanted: Wanted,
    points: Vec<String>,
) -> PyResult<(Vec<Point>, Vec<String>)> {
    let (input, options) = (input(py, file, table)?, options(py, rows, &wanted)?);
    let points: Vec<Source> = points.into_iter().enumerate().map(|(i, text)| Source::new(format!("point {i}"), text)).collect();
    let outcome = interruptible(py, |progress| germane::runs::dsp::run_grid(&input, &options, &points, progress))?;
    let made = outcome.points.into_iter().map(|point| match point {
        Ok(object) => Ok((Some(Lh5Node::new(py, object, true)?), Vec::new())),
        Err(wrong) => Ok((None, texts(&wrong))),
    });
    Ok((made.collect::<PyResult<_>>()?, texts(&outcome.warnings)))
}

/// Runs chains over the tables of a file, or over a table in memory (its path and its columns).
#[pyfunction]
pub(crate) fn build_dsp(
    py: Python<'_>,
    file: Option<PathBuf>,
    table: Option<(String, Py<Lh5Node>)>,
    rows: Rows<'_>,
    wanted: Wanted,
) -> PyResult<Made> {
    let (input, options) = (input(py, file, table)?, options(py, rows, &wanted)?);
    let outcome = interruptible(py, |progress| build(&[input], &options, progress))?;
    let tables = outcome.tables.into_iter().map(|(path, object)| Ok((path, Lh5Node::new(py, object, true)?)));
    let warnings = texts(&outcome.warnings).into_iter().chain(outcome.notes).collect();
    Ok((tables.collect::<PyResult<_>>()?, outcome.report.to_string(), warnings))
}
