//! Files and lazy tables.

use crate::array::Array;
use crate::error::raise;
use crate::histogram::Histogram;
use germane::formats::root::{Codec, Precision, Writer};
use germane::runs::file_diagnostic;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::path::{Path, PathBuf};

/// A file: its objects are listed from the directory.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct File {
    path: PathBuf,
    file: germane::formats::File,
}

/// Opens a local file.
#[pyfunction]
pub(crate) fn open(py: Python<'_>, path: PathBuf) -> PyResult<File> {
    let opened = py.detach(|| germane::formats::open(&path));
    let file = opened.map_err(|error| raise(py, 4, &[file_diagnostic(&error)]))?;
    Ok(File { path, file })
}

#[pymethods]
impl File {
    #[getter]
    fn path(&self) -> String {
        self.path.display().to_string()
    }

    /// Name, class, title and entries (of tables) of each object.
    fn objects(&self, py: Python<'_>) -> PyResult<Vec<(String, String, String, Option<u64>)>> {
        let objects = self.file.objects().map_err(|error| raise(py, 4, &[file_diagnostic(&error)]))?;
        Ok(objects.into_iter().filter(|o| o.newest).map(|o| (o.path, o.class, o.title, o.entries)).collect())
    }

    /// Table or histogram of a name.
    fn get<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let failed = |error: &germane::formats::Error| raise(py, 4, &[file_diagnostic(error)]);
        let objects = self.file.objects().map_err(|error| failed(&error))?;
        if objects.iter().any(|object| object.path == name && object.newest && is_histogram(&object.class)) {
            let histogram = py.detach(|| self.file.histogram(name)).map_err(|error| failed(&error))?;
            return Ok(Bound::new(py, Histogram::new(histogram))?.into_any());
        }
        Ok(Bound::new(py, Table::open(py, &self.path, name)?)?.into_any())
    }
}

fn is_histogram(class: &str) -> bool {
    class.starts_with("TH") || class == "TProfile" || class == "struct{binning,isdensity,weights}"
}

/// Writes histograms under their paths into a new ROOT file.
#[pyfunction]
pub(crate) fn write_root(
    py: Python<'_>,
    path: PathBuf,
    histograms: Vec<(String, PyRef<'_, Histogram>)>,
    compression: Option<(String, i32)>,
    single: bool,
) -> PyResult<()> {
    let failed = |error: &germane::formats::Error| raise(py, 4, &[file_diagnostic(error)]);
    let mut file = Writer::new(path.display().to_string());
    if let Some((name, level)) = compression {
        let codecs = [Codec::Zlib, Codec::Lz4Block, Codec::Zstd, Codec::Xz];
        let Some(codec) = codecs.into_iter().find(|codec| codec.name() == name) else {
            return Err(PyValueError::new_err(format!("no compression `{name}`: there are zlib, lz4, zstd and xz")));
        };
        file = file.compressed(codec, level).map_err(|error| failed(&error))?;
    }
    let precision = if single { Precision::Single } else { Precision::Double };
    for (name, histogram) in histograms {
        let histogram = histogram.inner();
        file.add_as(&name, &histogram, precision).map_err(|error| failed(&error))?;
    }
    py.detach(|| file.write(&path)).map_err(|error| failed(&error))
}

/// A lazy table with definitions.
#[pyclass(frozen, module = "germane._core")]
pub(crate) struct Table {
    inner: germane::runs::table::Table,
    path: PathBuf,
    units: Vec<(String, String)>,
}

impl Table {
    fn open(py: Python<'_>, path: &Path, name: &str) -> PyResult<Self> {
        let opened = py.detach(|| germane::runs::table::Table::open(path, Some(name)));
        Ok(Self {
            inner: opened.map_err(|error| raise(py, error.exit, &error.diagnostics))?,
            path: path.to_owned(),
            units: Vec::new(),
        })
    }
}

#[pymethods]
impl Table {
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    #[getter]
    fn entries(&self) -> u64 {
        self.inner.entries()
    }

    /// Name, type, unit and documentation of each column of the file.
    fn columns(&self) -> Vec<(String, String, String, String)> {
        let unit = |field: &germane::columns::Field| field.unit.as_ref().map_or_else(String::new, ToString::to_string);
        self.inner.fields().iter().map(|f| (f.name.clone(), f.ty.to_string(), unit(f), f.doc.clone())).collect()
    }

    /// Names and texts of the definitions.
    fn definitions(&self) -> Vec<(String, String)> {
        self.inner.definitions().to_vec()
    }

    /// Names of the columns that can be read.
    fn readable(&self) -> Vec<&str> {
        self.inner.readable()
    }

    /// The table with more definitions; all are checked together.
    fn define(&self, py: Python<'_>, definitions: Vec<(String, String)>) -> PyResult<Self> {
        let table = self.inner.define_all(&definitions).map_err(|error| raise(py, error.exit, &error.diagnostics))?;
        Ok(Self { inner: table, path: self.path.clone(), units: self.units.clone() })
    }

    /// The table with units declared.
    fn with_units(&self, py: Python<'_>, units: Vec<(String, String)>) -> PyResult<Self> {
        let mut table = self.inner.clone();
        for (name, unit) in &units {
            table = table.with_unit(name, unit).map_err(|error| raise(py, error.exit, &error.diagnostics))?;
        }
        Ok(Self { inner: table, path: self.path.clone(), units: [self.units.as_slice(), &units].concat() })
    }

    /// Type and unit of a text, from a block of no entries.
    fn check(&self, py: Python<'_>, text: &str) -> PyResult<(String, String)> {
        let values =
            py.detach(|| self.inner.values(&[text], None, 0..0)).map_err(|error| raise(py, error.exit, &error.diagnostics))?;
        let unit = values.fields[0].unit.as_ref().map_or_else(String::new, ToString::to_string);
        Ok((values.fields[0].ty.to_string(), unit))
    }

    /// Values of texts for the entries from `start` up to `stop`; names are those of the result.
    fn evaluate(&self, py: Python<'_>, texts: Vec<String>, names: Vec<String>, start: u64, stop: u64) -> PyResult<Vec<Array>> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let values = py
            .detach(|| self.inner.values(&texts, None, start..stop))
            .map_err(|error| raise(py, error.exit, &error.diagnostics))?;
        let named = values.fields.into_iter().zip(names).map(|(field, name)| germane::columns::Field { name, ..field });
        Ok(named.zip(values.columns).map(|(field, array)| Array::new(array, field)).collect())
    }

    /// What it takes to open it again: path, name, units, definitions.
    fn state(&self) -> (String, String, Vec<(String, String)>, Vec<(String, String)>) {
        let path = self.path.display().to_string();
        (path, self.inner.name().to_owned(), self.units.clone(), self.inner.definitions().to_vec())
    }
}
