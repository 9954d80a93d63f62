//! NumPy's `.npz`: a zip archive with one `.npy` file for each array, stored or deflated.
//!
//! Numbers, booleans, complex numbers and texts of any shape. A lone `.npy` file opens as one array named `arr_0`, as NumPy
//! names what has no name.
//!
//! Source: NumPy reference, `numpy.lib.format`; PKWARE, APPNOTE.TXT 6.3.10 (zip).

mod npy;
pub mod waveforms;
mod zip;

use crate::{
    Error, Kind,
    hdf5::Values,
    new_file,
    source::{LocalFile, Source},
};
use indexmap::IndexMap;
use std::{io::Write, path::Path, sync::Arc};

/// Arrays and their names, in the order of the file.
pub type Arrays = IndexMap<String, Values>;

/// How the bytes of an array are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// as they are, as `numpy.savez` does
    #[default]
    Stored,
    /// deflated where that makes them fewer, as `numpy.savez_compressed` does
    Deflated,
}

/// An open archive; arrays are read when they are asked for.
pub struct Npz {
    source: Arc<dyn Source>,
    entries: IndexMap<String, Place>,
}

/// Where the bytes of an array are.
enum Place {
    /// the whole file
    Alone,
    /// a part of an archive
    Entry(zip::Entry),
}

impl std::fmt::Debug for Npz {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Npz({})", self.source.name())
    }
}

impl Npz {
    /// Reads the directory of an archive.
    ///
    /// # Errors
    /// [`Kind::NotThisFormat`] if it is neither a zip archive nor a `.npy` file, [`Kind::Truncated`] or [`Kind::Damaged`] if the
    /// directory is, [`Kind::Unsupported`] for archives in several files.
    pub fn open(source: Arc<dyn Source>) -> Result<Self, Error> {
        let start = source.read(0, source.size().min(npy::MAGIC.len() as u64))?;
        let mut entries = IndexMap::new();
        if start == npy::MAGIC {
            entries.insert("arr_0".to_owned(), Place::Alone);
            return Ok(Self { source, entries });
        }
        for entry in zip::directory(&*source)? {
            let name = entry.name.strip_suffix(".npy").unwrap_or(&entry.name).to_owned();
            if entries.contains_key(&name) {
                let error = Error::new(source.name(), Kind::Damaged, "two arrays of this name");
                return Err(error.object(name).at(entry.header));
            }
            entries.insert(name, Place::Entry(entry));
        }
        Ok(Self { source, entries })
    }

    /// Names of the arrays.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// One array.
    ///
    /// # Errors
    /// [`Kind::Unknown`] with the names that exist, [`Kind::Damaged`] if sizes or the checksum are wrong, [`Kind::Unsupported`]
    /// for Python objects, structures, dates, and for encrypted entries.
    pub fn read(&self, name: &str) -> Result<Values, Error> {
        let file = self.source.name();
        let Some(place) = self.entries.get(name) else {
            let error = Error::new(file, Kind::Unknown, format!("no array `{name}`"));
            return Err(error.candidates(self.names().map(str::to_owned).collect()));
        };
        let (bytes, start) = match place {
            Place::Alone => {
                let mut bytes = npy::Aligned::new(self.source.size() as usize);
                self.source.read_into(0, bytes.as_mut())?;
                (bytes, 0)
            }
            Place::Entry(entry) => (entry.read(&*self.source)?, entry.header),
        };
        npy::parse(bytes).map_err(|(kind, message)| Error::new(file, kind, message).object(name).at(start))
    }
}

/// All arrays of a local file.
///
/// # Errors
/// As [`Npz::open`] and [`Npz::read`].
pub fn read(path: &Path) -> Result<Arrays, Error> {
    let file = Npz::open(Arc::new(LocalFile::open(path)?))?;
    file.names().map(|name| Ok((name.to_owned(), file.read(name)?))).collect()
}

/// Writes arrays to a local file, which is replaced only when all is written. The same arrays give the same bytes.
///
/// # Errors
/// [`Kind::Io`] if the system fails, [`Kind::Unsupported`] for elements that a `.npy` file cannot hold (lists, records).
pub fn write(path: &Path, arrays: &Arrays, storage: Storage) -> Result<(), Error> {
    let name = path.display().to_string();
    let system = |error: &std::io::Error| Error::new(&*name, Kind::Io, error.to_string());
    let mut file = new_file::beside(path).map_err(|e| system(&e))?;
    let mut archive = zip::Writer::new(storage);
    for (array, values) in arrays {
        let bytes = npy::format(values).map_err(|message| Error::new(&*name, Kind::Unsupported, message).object(array))?;
        archive.add(&mut file, &format!("{array}.npy"), &bytes).map_err(|e| system(&e))?;
    }
    archive.finish(&mut file).map_err(|e| system(&e))?;
    file.flush().map_err(|e| system(&e))?;
    file.as_file().sync_all().map_err(|e| system(&e))?;
    file.persist(path).map_err(|e| system(&e.error))?;
    Ok(())
}

#[cfg(test)]
mod tests;
