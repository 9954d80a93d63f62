//! Where bytes come from: a local file by positioned reads, or memory.

mod growing;
mod packing;
mod socket;
mod stream;

pub use stream::{ByteStream, StreamDamage};

use crate::{Error, Kind};
use std::{fs, io, os::unix::fs::FileExt, path::Path, sync::Arc};

/// Random access to the bytes of one file.
pub trait Source: Send + Sync {
    /// Name for messages, as the user wrote it.
    fn name(&self) -> &str;

    /// Size in bytes when it was opened.
    fn size(&self) -> u64;

    /// Fills `into` from byte `offset` on.
    ///
    /// # Errors
    /// [`Kind::Truncated`] if the file ends before, [`Kind::Io`] if the system fails.
    fn read_into(&self, offset: u64, into: &mut [u8]) -> Result<(), Error>;

    /// `len` bytes from `offset`; the range is compared with the size before anything is allocated.
    ///
    /// # Errors
    /// As [`Source::read_into`].
    fn read(&self, offset: u64, len: u64) -> Result<Vec<u8>, Error> {
        if offset.checked_add(len).is_none_or(|end| end > self.size()) {
            return Err(beyond(self.name(), self.size(), offset, len));
        }
        let mut bytes = vec![0; len as usize];
        self.read_into(offset, &mut bytes)?;
        Ok(bytes)
    }
}

fn beyond(name: &str, size: u64, offset: u64, len: u64) -> Error {
    Error::new(name, Kind::Truncated, format!("truncated: {len} bytes are wanted here, the file ends at byte {size}")).at(offset)
}

/// A file on a local or mounted disk, read with `pread`.
#[derive(Debug)]
pub struct LocalFile {
    name: String,
    file: fs::File,
    size: u64,
}

impl LocalFile {
    /// Opens `path` for reading.
    ///
    /// # Errors
    /// [`Kind::Gone`] if it is missing, forbidden or no plain file, [`Kind::Io`] otherwise.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let file = fs::File::open(path).map_err(|e| system(&name, &e))?;
        let about = file.metadata().map_err(|e| system(&name, &e))?;
        if about.is_dir() {
            return Err(Error::new(name, Kind::Gone, "is a folder"));
        }
        Ok(Self { name, file, size: about.len() })
    }
}

fn system(name: &str, error: &io::Error) -> Error {
    let (kind, text) = match error.kind() {
        io::ErrorKind::NotFound => (Kind::Gone, "no such file".to_owned()),
        io::ErrorKind::PermissionDenied => (Kind::Gone, "permission denied".to_owned()),
        _ => (Kind::Io, error.to_string()),
    };
    Error::new(name, kind, text)
}

impl Source for LocalFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn read_into(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        self.file.read_exact_at(into, offset).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => beyond(&self.name, self.size, offset, into.len() as u64),
            _ => system(&self.name, &e).at(offset),
        })
    }
}

/// Bytes in memory under a name.
#[derive(Clone, Debug)]
pub struct Memory {
    name: String,
    bytes: Arc<[u8]>,
}

impl Memory {
    /// A source over `bytes`.
    pub fn new(name: impl Into<String>, bytes: Arc<[u8]>) -> Self {
        Self { name: name.into(), bytes }
    }
}

impl Source for Memory {
    fn name(&self) -> &str {
        &self.name
    }

    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_into(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        let range = usize::try_from(offset).ok().and_then(|start| self.bytes.get(start..)?.get(..into.len()));
        let Some(bytes) = range else {
            return Err(beyond(&self.name, self.size(), offset, into.len() as u64));
        };
        into.copy_from_slice(bytes);
        Ok(())
    }
}
