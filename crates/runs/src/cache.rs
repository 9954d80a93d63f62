//! The folder of partials: content-addressed, checksummed, written beside and renamed, deletable at any time.

use crate::content_key::Key;
use crate::error::Error;
use crate::partial::Partial;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A cache folder; several processes may use it at once, since equal keys hold equal bytes.
#[derive(Debug)]
pub struct Cache {
    root: PathBuf,
    damaged: AtomicU64,
}

impl Cache {
    /// Opens `folder/v1`, made if it is not there, and clears what dead processes left in `tmp/`.
    ///
    /// # Errors
    /// If the folder cannot be made or written.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let root = folder.join("v1");
        for name in ["partials", "catalogue", "tmp", "damaged"] {
            let path = root.join(name);
            fs::create_dir_all(&path).map_err(|e| Error::resources(&path, &e))?;
        }
        let cache = Self { root, damaged: AtomicU64::new(0) };
        clear_left_over(&cache.root.join("tmp"))?;
        Ok(cache)
    }

    /// Number of partials that were found damaged, and set aside, since it was opened.
    pub fn damaged(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }

    /// The partial of that key, if there is a sound one. A damaged file is moved to `damaged/` and counted.
    pub fn get(&self, key: Key) -> Option<Partial> {
        let path = self.path(key);
        let bytes = fs::read(&path).ok()?;
        match Partial::from_bytes(&bytes, key) {
            Ok(partial) => Some(partial),
            Err(_) => {
                self.damaged.fetch_add(1, Ordering::Relaxed);
                // If it cannot be moved it is computed again and replaced all the same.
                drop(fs::rename(&path, self.root.join("damaged").join(key.to_string())));
                None
            }
        }
    }

    /// Stores a partial: written in `tmp/`, synced, renamed.
    ///
    /// # Errors
    /// If the disk is full or the folder cannot be written; nothing is left under the final name.
    pub fn put(&self, key: Key, partial: &Partial) -> Result<(), Error> {
        let path = self.path(key);
        let folder = path.parent().expect("invariant: a partial lies in a folder");
        fs::create_dir_all(folder).map_err(|e| Error::resources(folder, &e))?;
        replace(&self.root.join("tmp"), &path, &partial.to_bytes(key))
    }

    /// A record of the catalogue.
    pub fn record(&self, name: Key) -> Option<serde_json::Value> {
        serde_json::from_slice(&fs::read(self.record_path(name)).ok()?).ok()
    }

    /// Stores a record of the catalogue.
    ///
    /// # Errors
    /// As for [`Cache::put`].
    pub fn set_record(&self, name: Key, record: &serde_json::Value) -> Result<(), Error> {
        replace(&self.root.join("tmp"), &self.record_path(name), &crate::content_key::canonical(record))
    }

    fn record_path(&self, name: Key) -> PathBuf {
        self.root.join("catalogue").join(format!("{name}.json"))
    }

    fn path(&self, key: Key) -> PathBuf {
        let text = key.to_string();
        self.root.join("partials").join(&text[..2]).join(&text[2..])
    }
}

/// Removes what dead processes left in a folder of temporary files, which carry the process number of their writer.
///
/// # Errors
/// If the folder cannot be listed.
pub(crate) fn clear_left_over(folder: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(|e| Error::resources(folder, &e))?.flatten() {
        let name = entry.file_name();
        let writer = name.to_str().and_then(|n| n.split('-').next()).and_then(|n| n.parse::<u32>().ok());
        if writer.is_none_or(|pid| pid != std::process::id() && !Path::new("/proc").join(pid.to_string()).exists()) {
            drop(fs::remove_file(entry.path()));
        }
    }
    Ok(())
}

/// Writes a file so that its final name only ever holds all of it: temporary file beside, sync, rename.
///
/// # Errors
/// If it cannot be written; the temporary file is removed.
pub fn replace(temporary_folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let temporary = temporary_folder.join(format!("{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
    let write = || -> std::io::Result<()> {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(&temporary, path)
    };
    write().map_err(|e| {
        drop(fs::remove_file(&temporary));
        Error::resources(path, &e)
    })
}
