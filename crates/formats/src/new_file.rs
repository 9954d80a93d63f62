//! New files: each has a temporary name beside its own until it is whole.

use crate::{Error, Kind};
use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// A file in the folder of `path`, as readable as the one that it will replace, or as the system's mask lets it be. It is gone when
/// it is dropped without [`NamedTempFile::persist`].
pub(crate) fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned);
    let prefix = format!(".{}.", path.file_name().unwrap_or_default().to_string_lossy());
    let permissions = fs::metadata(path).map_or_else(|_| fs::Permissions::from_mode(0o666), |about| about.permissions());
    tempfile::Builder::new().prefix(&prefix).suffix(".part").permissions(permissions).tempfile_in(folder)
}

/// The error of a file that the system does not let us write.
pub(crate) fn cannot_be_written(name: &str, error: &io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => Kind::Gone,
        _ => Kind::Io,
    };
    Error::new(name, kind, format!("cannot be written: {error}"))
}
