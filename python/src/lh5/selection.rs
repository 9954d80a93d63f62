//! Rows and fields as Python asks for them.

use germane::formats::lh5::{Fields, Selection};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A selection a file: None, or its kind and its numbers (`list` (n,), `ranges` (n, 2), int64; `mask` (n,), uint8).
pub(crate) type Rows<'py> = Vec<Option<(String, Bound<'py, PyAny>)>>;

/// One selection for all files, or one each.
pub(crate) fn rows(py: Python<'_>, rows: Rows<'_>) -> PyResult<Selection> {
    let mut each = rows.into_iter().map(|one| one.map_or(Ok(Selection::All), |(kind, numbers)| of_kind(py, &kind, &numbers)));
    let first = each.next().unwrap_or(Ok(Selection::All))?;
    let rest = each.collect::<PyResult<Vec<_>>>()?;
    let selection = if rest.is_empty() { first } else { Selection::PerFile([vec![first], rest].concat()) };
    selection.check().map_err(PyValueError::new_err)?;
    Ok(selection)
}

fn of_kind(py: Python<'_>, kind: &str, numbers: &Bound<'_, PyAny>) -> PyResult<Selection> {
    if kind == "mask" {
        let mask = numbers.extract::<PyBuffer<u8>>()?.to_vec(py)?;
        return Ok(Selection::Mask(mask.into_iter().map(|wanted| wanted != 0).collect()));
    }
    let rows = numbers.extract::<PyBuffer<i64>>()?.to_vec(py)?;
    let rows = (rows.into_iter())
        .map(|row| u64::try_from(row).map_err(|_| PyValueError::new_err(format!("row {row}: rows count from 0"))))
        .collect::<PyResult<Vec<_>>>()?;
    match kind {
        "list" => Ok(Selection::List(rows)),
        "ranges" => Ok(Selection::Ranges(rows.chunks_exact(2).map(|ends| ends[0]..ends[1]).collect())),
        other => Err(PyValueError::new_err(format!("no selection `{other}`"))),
    }
}

/// Names with whether they are wanted.
pub(crate) fn fields(fields: Option<Vec<(String, bool)>>) -> Fields {
    fields.map_or_else(Fields::all, Fields::chosen)
}
