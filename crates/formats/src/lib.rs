//! Bytes to columns and histograms, one folder a format.
//!
//! A file is opened once; its tables deliver columns of entry ranges. Every size that a file names is compared with the bytes
//! that are left before anything is allocated, and every error says where: file, object, branch, basket, byte.
//!
//! ```
//! use std::sync::Arc;
//! let error = germane_formats::open_bytes("page.root", Arc::from(*b"<!DOCTYPE html><html>")).unwrap_err();
//! assert!(error.to_string().starts_with("page.root: at byte 0: not a ROOT file"));
//! ```

pub mod daq;
pub mod digest;
mod error;
pub mod hdf5;
pub mod lh5;
mod new_file;
pub mod npz;
pub mod root;
pub mod schema;
pub mod source;
mod table;

pub use error::{Details, Error, Kind};
pub use table::{Column, PayloadDigest, Table, TableSchema};

use germane_columns::Array;
use germane_histograms::Histogram;
use source::{LocalFile, Memory, Source};
use std::{fmt, path::Path, sync::Arc};

/// An open file.
pub struct File {
    format: Format,
}

/// The formats that are recognised by their first bytes.
enum Format {
    Root(root::RootFile),
    Lh5(lh5::Contents),
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({})", self.name())
    }
}

/// One object of a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ObjectInfo {
    /// Path inside the file, without cycle.
    pub path: String,
    /// Class as stored.
    pub class: String,
    /// Title as stored.
    pub title: String,
    /// Cycle; a higher one is a later copy under the same name.
    pub cycle: i16,
    /// Whether no later copy exists.
    pub newest: bool,
    /// Entries, where it is a table that can be opened.
    pub entries: Option<u64>,
    /// Bytes of its own record, compressed; blocks of tables are elsewhere.
    pub bytes: u64,
    /// Whether [`File::table`] knows its kind.
    pub is_table: bool,
    /// Why a table cannot be opened.
    pub problem: Option<String>,
    /// How it is stored, where the format tells before values are read (LH5).
    pub stored: Option<Stored>,
}

/// How an object is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Shape of an array; rows of vectors and tables.
    pub shape: Option<Vec<u64>>,
    /// Type of the elements of an array.
    pub element: Option<String>,
    /// Unit as text.
    pub units: Option<String>,
    /// Filters or codec, e.g. `shuffle+deflate-4`.
    pub filters: Option<String>,
    /// Bytes without filters.
    pub raw_bytes: u64,
    /// Where a soft or external link leads.
    pub link: Option<String>,
}

/// Opens a local file.
///
/// # Errors
/// [`Kind::Gone`], [`Kind::Io`], [`Kind::NotThisFormat`], [`Kind::Truncated`], or [`Kind::Damaged`] for a broken directory.
pub fn open(path: &Path) -> Result<File, Error> {
    open_source(Arc::new(LocalFile::open(path)?))
}

/// Opens bytes in memory as the file `name`.
///
/// # Errors
/// As [`open`].
pub fn open_bytes(name: &str, bytes: Arc<[u8]>) -> Result<File, Error> {
    open_source(Arc::new(Memory::new(name, bytes)))
}

/// Opens any source of bytes.
///
/// # Errors
/// As [`open`].
pub fn open_source(source: Arc<dyn Source>) -> Result<File, Error> {
    let format = if hdf5::Hdf5File::recognises(&source) {
        Format::Lh5(lh5::Contents::open(source)?)
    } else {
        Format::Root(root::RootFile::open(source)?)
    };
    Ok(File { format })
}

impl File {
    /// Name as it was opened.
    pub fn name(&self) -> &str {
        match &self.format {
            Format::Root(root) => root.name(),
            Format::Lh5(contents) => contents.file.name(),
        }
    }

    /// The file as ROOT, where it is one.
    pub(crate) fn root(&self) -> Option<&root::RootFile> {
        match &self.format {
            Format::Root(root) => Some(root),
            Format::Lh5(_) => None,
        }
    }

    /// The file as LH5, where it is one.
    pub fn lh5(&self) -> Option<&lh5::Lh5File> {
        match &self.format {
            Format::Root(_) => None,
            Format::Lh5(contents) => Some(&contents.file),
        }
    }

    /// Compression that new objects would get, as `ZSTD(5)`; `None` for none. Of LH5 the filters of most bytes.
    pub fn compression(&self) -> String {
        let root = match &self.format {
            Format::Root(root) => root,
            Format::Lh5(contents) => return contents.compression(),
        };
        let (algorithm, level) = (root.compression() / 100, root.compression() % 100);
        let name = match algorithm {
            _ if level == 0 => return "None".to_owned(),
            0 | 1 => "ZLIB",
            2 => "LZMA",
            3 => "OLD",
            4 => "LZ4",
            5 => "ZSTD",
            _ => "unknown",
        };
        format!("{name}({level})")
    }

    /// All objects of all directories; trees are opened to know their entries.
    ///
    /// # Errors
    /// [`Kind::Damaged`] for an HDF5 file whose root cannot be read; a table that cannot be opened has its `problem`.
    pub fn objects(&self) -> Result<Vec<ObjectInfo>, Error> {
        match &self.format {
            Format::Root(root) => Ok(root.objects()),
            Format::Lh5(contents) => contents.objects(),
        }
    }

    /// A table by path (`name`, `folder/name`, `name;cycle`).
    ///
    /// # Errors
    /// [`Kind::Unknown`] with candidates, [`Kind::Unsupported`] for another kind of object, or damage.
    pub fn table(&self, path: &str) -> Result<Arc<dyn Table>, Error> {
        match &self.format {
            Format::Root(root) => Ok(root.tree_table(path)?),
            Format::Lh5(contents) => contents.table(path),
        }
    }

    /// A histogram (TH1, TH2, TH3 of any number type, TProfile; in LH5 `struct{binning,isdensity,weights}`) by path.
    ///
    /// Contents with stored sums of squares become the storage `Weight`, counts without weights `Double`. A profile becomes
    /// its means with the squares of their errors: right in a figure, not to be added to another.
    ///
    /// # Errors
    /// [`Kind::Unknown`] with candidates, [`Kind::Unsupported`] for another kind of object, or damage.
    pub fn histogram(&self, path: &str) -> Result<Histogram, Error> {
        match &self.format {
            Format::Root(root) => root.histogram(path),
            Format::Lh5(contents) => contents.histogram(path),
        }
    }

    /// The members of any object that the file describes, as a structure with one value.
    ///
    /// # Errors
    /// [`Kind::Unknown`] with candidates, [`Kind::Unsupported`] with the reason, or damage.
    pub fn object(&self, path: &str) -> Result<Array, Error> {
        match &self.format {
            Format::Root(root) => root.object(path),
            Format::Lh5(contents) => contents.object(path),
        }
    }
}
