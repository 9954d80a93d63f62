//! LH5 files and what is read of them.

use super::opened::Opened;
use super::reading::Reading;
use super::{Fields, Object, Selection};
use crate::hdf5::Hdf5File;
use crate::source::{LocalFile, Source};
use crate::{Error, Kind};
use germane_columns::NumberType;
use germane_numerics::Executor;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// An open LH5 file; copies share it.
#[derive(Clone)]
pub struct Lh5File {
    pub(super) hdf5: Hdf5File,
}

/// Opens a local file.
///
/// # Errors
/// As [`Hdf5File::open`].
pub fn open(path: &Path) -> Result<Lh5File, Error> {
    Lh5File::open(Arc::new(LocalFile::open(path)?))
}

/// What becomes of encoded waveforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decode {
    /// They stay as they are.
    Keep,
    /// Samples of this type; what does not fit is an error.
    To(NumberType),
    /// Integers of this type; what does not fit wraps around.
    Wrapped(NumberType),
}

impl Default for Decode {
    /// `int32`, as the peer decodes.
    fn default() -> Self {
        Self::To(NumberType::I32)
    }
}

/// What a field is in files that lack it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// The files do not agree.
    #[default]
    Error,
    /// Null: NaN, empty texts and vectors, zero in what has nothing else; [`ReadResult::nulls`] says which rows.
    Null,
}

/// What to read. The selection applies first, then rows from `start` on, then the first `count` of them; rows of several files
/// number through.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// which rows
    pub rows: Selection,
    /// first row
    pub start: u64,
    /// most rows
    pub count: Option<u64>,
    /// which members
    pub fields: Fields,
    /// encoded waveforms
    pub decode: Decode,
    /// fields that files lack
    pub missing: Missing,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct ReadResult {
    /// the object
    pub object: Object,
    /// chosen rows beyond the last one
    pub dropped: u64,
    /// conversions of units that were made, a line each
    pub notes: Vec<String>,
    /// fields and rows of the result that a file lacks
    pub nulls: Vec<(String, Range<u64>)>,
}

impl Lh5File {
    /// Opens any source of bytes.
    ///
    /// # Errors
    /// As [`Hdf5File::open`].
    pub fn open(source: Arc<dyn Source>) -> Result<Self, Error> {
        Ok(Self { hdf5: Hdf5File::open(source)? })
    }

    /// Name as it was opened.
    pub fn name(&self) -> &str {
        self.hdf5.name()
    }

    /// The file as HDF5.
    pub fn hdf5(&self) -> &Hdf5File {
        &self.hdf5
    }

    /// Reads an object of this file, see [`read`].
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(&self, object: &str, options: &ReadOptions, executor: &dyn Executor) -> Result<ReadResult, Error> {
        read(std::slice::from_ref(self), object, options, executor)
    }

    /// Rows of an array, vectors, table or view; `None` for scalars and structs.
    ///
    /// # Errors
    /// [`Kind::Unknown`] if it is absent, [`Kind::Damaged`] if its parts do not fit.
    pub fn rows(&self, object: &str) -> Result<Option<u64>, Error> {
        Ok(self.opened(object, &Fields::all())?.rows())
    }

    /// The text of `datatype`; `None` for an object that has none.
    ///
    /// # Errors
    /// As [`Lh5File::rows`].
    pub fn datatype(&self, object: &str) -> Result<Option<String>, Error> {
        Ok(self.opened(object, &Fields::all())?.text)
    }

    pub(super) fn opened(&self, object: &str, fields: &Fields) -> Result<Opened, Error> {
        Opened::new(&self.hdf5.get(object)?, fields)
    }
}

impl std::fmt::Debug for Lh5File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lh5File({})", self.name())
    }
}

/// Reads the object of each file as one, rows one after the other.
///
/// # Errors
/// [`Kind::Unknown`] for an object or a field that is absent (with the names that are there), or rows that do not increase;
/// [`Kind::Unsupported`] naming both files where they do not agree, and for samples that do not fit their type; damage.
pub fn read(files: &[Lh5File], object: &str, options: &ReadOptions, executor: &dyn Executor) -> Result<ReadResult, Error> {
    let parts: Vec<(&Lh5File, &str)> = files.iter().map(|file| (file, object)).collect();
    read_parts(&parts, options, executor)
}

/// Reads objects of the same form in any files as one, rows one after the other.
///
/// # Errors
/// As [`read`].
pub fn read_parts(parts: &[(&Lh5File, &str)], options: &ReadOptions, executor: &dyn Executor) -> Result<ReadResult, Error> {
    let mut opened = Vec::with_capacity(parts.len());
    for (number, (file, object)) in parts.iter().enumerate() {
        opened.push(match file.opened(object, &options.fields) {
            // What the first file has, a later one may lack.
            Err(error) if number > 0 && options.missing == Missing::Null && error.kind == Kind::Unknown => {
                file.opened(object, &Fields::all())?
            }
            other => other?,
        });
    }
    read_opened(&opened.iter().collect::<Vec<_>>(), options, executor)
}

pub(super) fn read_opened(opened: &[&Opened], options: &ReadOptions, executor: &dyn Executor) -> Result<ReadResult, Error> {
    if opened.is_empty() {
        return Err(Error::new("memory", Kind::Unknown, "no files to read"));
    }
    let (decode, wrap) = match options.decode {
        Decode::Keep => (None, false),
        Decode::To(number) => (Some(number), false),
        Decode::Wrapped(number) => (Some(number), true),
    };
    let mut reading = Reading {
        executor,
        decode,
        wrap,
        missing_is_null: options.missing == Missing::Null,
        rows: &options.rows,
        start: options.start,
        count: options.count,
        dropped: 0,
        notes: Vec::new(),
        nulls: Vec::new(),
    };
    let object = reading.object(opened, "")?;
    let Reading { dropped, notes, nulls, .. } = reading;
    Ok(ReadResult { object, dropped, notes, nulls })
}
