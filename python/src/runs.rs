//! Runs: an analysis in, documents out.

use crate::error::raise;
use germane::runs::{BadFiles, Error, Options, Plan as Checked, Progress, analysis};
use germane::texts::{Diagnostic, Source};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::{Path, PathBuf};

/// A checked analysis.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Plan {
    path: Option<PathBuf>,
    text: Option<String>,
    hash: String,
    document: String,
    shown: String,
}

#[pymethods]
impl Plan {
    #[getter]
    fn hash(&self) -> &str {
        &self.hash
    }

    /// The `germane_plan` document.
    fn document(&self) -> &str {
        &self.document
    }

    /// The plan as the command prints it.
    fn text(&self) -> &str {
        &self.shown
    }

    /// Path or text it was made from.
    fn source(&self) -> (Option<PathBuf>, Option<String>) {
        (self.path.clone(), self.text.clone())
    }
}

fn read(path: Option<&Path>, text: Option<&str>) -> Result<(analysis::Analysis, PathBuf), Error> {
    match (path, text) {
        (Some(path), _) => germane::runs::load(path),
        (None, text) => {
            let source = Source::new("analysis", text.unwrap_or("{}"));
            Ok((analysis::read(&source).map_err(Error::text)?, PathBuf::new()))
        }
    }
}

/// Checks an analysis; headers only are read.
#[pyfunction]
pub(crate) fn plan(py: Python<'_>, path: Option<PathBuf>, text: Option<String>) -> PyResult<Plan> {
    let checked = py.detach(|| {
        let (analysis, folder) = read(path.as_deref(), text.as_deref())?;
        let plan = Checked::new(analysis, &folder, BadFiles::Refuse)?;
        let document = germane::runs::plan::document(&plan).to_string();
        Ok((germane::runs::plan::hash(&plan), document, germane::runs::plan::text(&plan)))
    });
    let (hash, document, shown) = checked.map_err(|error: Error| raise(py, error.exit, &error.diagnostics))?;
    Ok(Plan { path, text, hash, document, shown })
}

/// Runs an analysis and returns its documents as texts, by kind.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(crate) fn run<'py>(
    py: Python<'py>,
    path: Option<PathBuf>,
    text: Option<String>,
    output: Option<PathBuf>,
    threads: usize,
    cache: Option<PathBuf>,
    allow_bad_files: &str,
    partition_size: u64,
) -> PyResult<Bound<'py, PyDict>> {
    let bad_files = bad_files(allow_bad_files).map_err(|error| raise(py, error.exit, &error.diagnostics))?;
    let options = Options { output, threads, cache, bad_files, partition_size, command: vec!["germane.run".to_owned()] };
    let outcome = interruptible(py, |progress| {
        let (analysis, folder) = read(path.as_deref(), text.as_deref())?;
        germane::runs::run(analysis, &folder, &options, progress)
    })?;
    let documents = PyDict::new(py);
    documents.set_item("exit", outcome.exit)?;
    documents.set_item("summary", outcome.summary)?;
    documents.set_item("warnings", outcome.warnings)?;
    documents.set_item("result", outcome.result.to_string())?;
    documents.set_item("report", outcome.report.to_string())?;
    for (kind, named) in [
        ("histograms", &outcome.histograms),
        ("tables", &outcome.tables),
        ("models", &outcome.models),
        ("figures", &outcome.figures),
    ] {
        let texts = PyDict::new(py);
        for (name, document) in named {
            texts.set_item(name, document.to_string())?;
        }
        documents.set_item(kind, texts)?;
    }
    Ok(documents)
}

/// Works on another thread, without the interpreter's lock, until it is done or the user interrupts.
///
/// Ctrl-C is answered within a tenth of a second: the work stops at its next block.
pub(crate) fn interruptible<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&std::sync::Arc<Progress>) -> Result<T, Error> + Send,
) -> PyResult<T> {
    let progress = std::sync::Arc::new(Progress::default());
    let ended = py.detach(|| {
        std::thread::scope(|scope| {
            let worker = scope.spawn(|| work(&progress));
            let mut interrupted = None;
            while !worker.is_finished() {
                std::thread::park_timeout(std::time::Duration::from_millis(if interrupted.is_none() { 2 } else { 50 }));
                if interrupted.is_none()
                    && let Err(signal) = Python::attach(|py: Python<'_>| -> PyResult<()> { py.check_signals() })
                {
                    progress.cancel();
                    interrupted = Some(signal);
                }
            }
            (worker.join(), interrupted)
        })
    });
    if let (_, Some(signal)) = ended {
        return Err(signal);
    }
    let outcome = ended.0.map_err(|_| pyo3::exceptions::PyRuntimeError::new_err("a part of the engine failed"))?;
    outcome.map_err(|error| raise(py, error.exit, &error.diagnostics))
}

/// `N` or `P%`.
fn bad_files(text: &str) -> Result<BadFiles, Error> {
    let wrong = || {
        let diagnostic = Diagnostic::new("usage", format!("`{text}` is no number of files and no percentage"));
        Error { exit: 2, diagnostics: vec![diagnostic.advice("write allow_bad_files=3 or allow_bad_files='1%'")] }
    };
    match text.strip_suffix('%') {
        Some(percent) => percent.parse().map(BadFiles::AllowPercent).map_err(|_| wrong()),
        None => match text.parse() {
            Ok(0) => Ok(BadFiles::Refuse),
            Ok(n) => Ok(BadFiles::Allow(n)),
            Err(_) => Err(wrong()),
        },
    }
}

/// A figure's document as SVG.
#[pyfunction]
pub(crate) fn figure_svg(py: Python<'_>, document: String) -> PyResult<String> {
    let figure = germane::reports::read(&Source::new("figure", document));
    figure.map(|figure| germane::reports::svg(&figure)).map_err(|diagnostics| raise(py, 6, &diagnostics))
}
