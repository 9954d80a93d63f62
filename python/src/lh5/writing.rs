//! Writing objects into new files and into files that are there.

use super::node::Lh5Node;
use super::selection::{self, Rows};
use super::{pool, refused};
use crate::runs::interruptible;
use germane::formats::Error;
use germane::formats::hdf5::{Filter, FormatVersion};
use germane::formats::lh5::{Codec, Compression, Mode, Storage, WriteOptions, Writer};
use germane::runs::concat;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::path::{Path, PathBuf};

/// How a dataset is stored, as `germane.lh5.storage.settings` says it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Settings {
    /// `none`, `gzip`, `lzf`, `zstd`, `lz4`
    compression: Option<String>,
    /// Number and parameters of another filter.
    filter: Option<(u16, Vec<u32>)>,
    level: Option<i32>,
    shuffle: Option<bool>,
    fletcher32: Option<bool>,
    chunks: Option<Vec<u64>>,
    /// Codec of waveforms and its shift.
    codec: Option<(String, i32)>,
}

impl Settings {
    fn storage(self) -> PyResult<Storage> {
        let compression = match (self.compression.as_deref(), self.filter) {
            (_, Some((id, values))) => Some(Compression::Filter(Filter::from_parts(id, String::new(), values))),
            (None, None) => None,
            (Some("none"), _) => Some(Compression::None),
            (Some("gzip"), _) => Some(Compression::Deflate),
            (Some("lzf"), _) => Some(Compression::Lzf),
            (Some("zstd"), _) => Some(Compression::Zstd),
            (Some("lz4"), _) => Some(Compression::Lz4),
            (Some(other), _) => return Err(PyValueError::new_err(format!("no compression `{other}`"))),
        };
        let codec = match self.codec {
            None => None,
            Some((name, shift)) if name == "radware_sigcompress" => Some(Codec::RadwareSigcompress { shift }),
            Some((name, _)) if name == "uleb128_zigzag_diff" => Some(Codec::Uleb128ZigzagDiff),
            Some((other, _)) => return Err(PyValueError::new_err(format!("no codec `{other}`"))),
        };
        Ok(Storage {
            compression,
            level: self.level,
            shuffle: self.shuffle,
            fletcher32: self.fletcher32,
            chunks: self.chunks,
            codec,
            ..Storage::default()
        })
    }
}

/// Writes an object; a file that is absent, or to be overwritten, appears under its name when all is written.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the keywords of the peer's function")]
pub(crate) fn lh5_write(
    py: Python<'_>,
    object: &Lh5Node,
    name: &str,
    file: PathBuf,
    group: &str,
    mode: &str,
    start_row: usize,
    n_rows: Option<usize>,
    write_start: u64,
    settings: Settings,
    fields: Vec<(String, Settings)>,
    threads: usize,
) -> PyResult<()> {
    let new = mode == "overwrite_file";
    let options = WriteOptions {
        mode: match mode {
            "write_safe" | "overwrite_file" => Mode::WriteSafe,
            "append" => Mode::Append,
            "overwrite" => Mode::Overwrite { start: write_start },
            "append_column" => Mode::AppendColumn,
            other => return Err(PyValueError::new_err(format!("no mode `{other}`"))),
        },
        rows: (start_row > 0 || n_rows.is_some()).then(|| start_row..n_rows.map_or(usize::MAX, |n| start_row.saturating_add(n))),
        storage: settings.storage()?,
        fields: fields.into_iter().map(|(path, settings)| Ok((path, settings.storage()?))).collect::<PyResult<_>>()?,
        ..WriteOptions::default()
    };
    let (object, pool) = (object.object(py)?, pool(py, threads)?);
    let written = py.detach(|| {
        let mut writer = opened(&file, new)?;
        writer.write(group, name, &object, &options, pool)?;
        writer.finish()
    });
    written.map_err(|error| refused(py, &error))
}

/// A view: rows (a list or ranges) of the object `target` of this file, or of the file `external`.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the keywords of the peer's function")]
pub(crate) fn lh5_write_view(
    py: Python<'_>,
    target: &str,
    rows: Rows<'_>,
    name: &str,
    file: PathBuf,
    group: &str,
    external: Option<&str>,
    new: bool,
) -> PyResult<()> {
    let (rows, pool) = (selection::rows(py, rows)?, pool(py, 1)?);
    let written = py.detach(|| {
        let mut writer = opened(&file, new)?;
        writer.write_view(group, name, target, external, &rows, pool)?;
        writer.finish()
    });
    written.map_err(|error| refused(py, &error))
}

/// A new file where that is wanted or none is there, else the file that is there.
fn opened(file: &Path, new: bool) -> Result<Writer, Error> {
    if new || !file.exists() { Writer::create(file, FormatVersion::Earliest) } else { Writer::open(file) }
}

/// Puts the tables, arrays and vectors of files together in a new one: objects with their rows, and what was left out.
#[pyfunction]
pub(crate) fn lh5_concat(
    py: Python<'_>,
    files: Vec<PathBuf>,
    output: PathBuf,
    include: Vec<String>,
    exclude: Vec<String>,
    threads: usize,
) -> PyResult<(Vec<(String, u64)>, Vec<String>)> {
    let options = concat::Options { include, exclude, threads };
    let outcome = interruptible(py, |progress| concat::concatenate(&files, &output, &options, progress))?;
    Ok((outcome.objects, outcome.notes))
}
