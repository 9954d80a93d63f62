//! Workspaces of pyhf joined, sorted, without parts, with other names: texts in, texts out.

use crate::error::raise;
use germane::models::workspace::{Join, PartKind, PartName, Workspace};
use germane::texts::{Diagnostic, Source};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn read(name: &str, text: String) -> Result<Workspace, Vec<Diagnostic>> {
    Workspace::read(&Source::new(name, text))
}

fn written(py: Python<'_>, found: Result<Workspace, Vec<Diagnostic>>) -> PyResult<String> {
    found.map(|workspace| workspace.to_json().to_string()).map_err(|problems| raise(py, 6, &problems))
}

/// Two workspaces as one; `join` by its word in pyhf.
#[pyfunction]
pub(crate) fn joined_workspace(py: Python<'_>, left: String, right: String, join: &str) -> PyResult<String> {
    let join = match join {
        "none" => Join::None,
        "outer" => Join::Outer,
        "left outer" => Join::LeftOuter,
        "right outer" => Join::RightOuter,
        other => {
            let message = format!("no join `{other}`: there are none, outer, left outer, right outer");
            return Err(PyValueError::new_err(message));
        }
    };
    written(py, read("left", left).and_then(|left| left.joined(&read("right", right)?, join)))
}

/// A workspace in the order of names.
#[pyfunction]
pub(crate) fn sorted_workspace(py: Python<'_>, text: String) -> PyResult<String> {
    written(py, read("workspace", text).map(Workspace::sorted))
}

/// A workspace without parts, and with other names of parts: pairs of kind and name, and these with the new name.
#[pyfunction]
pub(crate) fn edited_workspace(
    py: Python<'_>,
    text: String,
    dropped: Vec<(String, String)>,
    renamed: Vec<(String, String, String)>,
) -> PyResult<String> {
    let part = |kind: &str, name: String| match PartKind::of_word(kind) {
        Some(kind) => Ok(PartName::new(kind, name)),
        None => Err(PyValueError::new_err(format!("no kind `{kind}`"))),
    };
    let dropped = dropped.into_iter().map(|(kind, name)| part(&kind, name)).collect::<PyResult<Vec<_>>>()?;
    let renamed = renamed.into_iter().map(|(kind, old, new)| Ok((part(&kind, old)?, new))).collect::<PyResult<Vec<_>>>()?;
    written(py, read("workspace", text).and_then(|workspace| workspace.renamed(&renamed)?.without(&dropped)))
}
