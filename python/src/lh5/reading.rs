//! Reading: one object, blocks of rows, what a file holds.

use super::node::Lh5Node;
use super::selection::{self, Rows};
use super::values::number_type;
use super::{pool, refused};
use germane::formats::lh5::{self, Decode, Lh5File, Missing, ReadOptions};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::ops::Range;
use std::path::PathBuf;

/// Fields and rows of a result that a file lacks.
pub(crate) type Nulls = Vec<(String, u64, u64)>;

/// What Python asks of a read, besides rows.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Options {
    pub(crate) start_row: u64,
    pub(crate) n_rows: Option<u64>,
    pub(crate) fields: Option<Vec<(String, bool)>>,
    pub(crate) decompress: bool,
    pub(crate) dtype: Option<String>,
    pub(crate) wrap: bool,
    pub(crate) missing_is_null: bool,
    pub(crate) threads: usize,
}

impl Options {
    pub(crate) fn with_rows(&self, py: Python<'_>, rows: Rows<'_>) -> PyResult<ReadOptions> {
        let number = match &self.dtype {
            None => germane::columns::NumberType::I32,
            Some(code) => number_type(code).ok_or_else(|| PyValueError::new_err(format!("samples are numbers, not {code}")))?,
        };
        Ok(ReadOptions {
            rows: selection::rows(py, rows)?,
            start: self.start_row,
            count: self.n_rows,
            fields: selection::fields(self.fields.clone()),
            decode: match (self.decompress, self.wrap) {
                (false, _) => Decode::Keep,
                (true, false) => Decode::To(number),
                (true, true) => Decode::Wrapped(number),
            },
            missing: if self.missing_is_null { Missing::Null } else { Missing::Error },
        })
    }
}

/// An object of one or several files, the chosen rows that are not there, what was converted, and which rows are null.
#[pyfunction]
pub(crate) fn lh5_read(
    py: Python<'_>,
    files: Vec<PathBuf>,
    name: &str,
    rows: Rows<'_>,
    options: Options,
    writable: bool,
) -> PyResult<(Lh5Node, u64, Vec<String>, Nulls)> {
    let wanted = options.with_rows(py, rows)?;
    let pool = pool(py, options.threads)?;
    let found = py.detach(|| {
        let files = files.iter().map(|file| lh5::open(file)).collect::<Result<Vec<Lh5File>, _>>()?;
        lh5::read(&files, name, &wanted, pool)
    });
    let found = found.map_err(|error| refused(py, &error))?;
    Ok((Lh5Node::new(py, found.object, writable)?, found.dropped, found.notes, nulls(found.nulls)))
}

pub(crate) fn nulls(nulls: Vec<(String, Range<u64>)>) -> Nulls {
    nulls.into_iter().map(|(path, rows)| (path, rows.start, rows.end)).collect()
}

/// Rows of an object; None of scalars and structs.
#[pyfunction]
pub(crate) fn lh5_rows(py: Python<'_>, file: PathBuf, name: &str) -> PyResult<Option<u64>> {
    py.detach(|| lh5::open(&file)?.rows(name)).map_err(|error| refused(py, &error))
}
