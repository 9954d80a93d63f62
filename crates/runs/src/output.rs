//! The output folder: which names products may have, and their publication by rename.

use crate::cache::{clear_left_over, replace};
use crate::content_key::canonical;
use crate::error::Error;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Why a relative name may not be used for a product, if it may not.
pub fn refusal(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("empty");
    }
    if name.starts_with('/') {
        return Some("absolute");
    }
    if name.chars().any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')) {
        return Some("direction override");
    }
    if name.chars().any(char::is_control) {
        return Some("control character");
    }
    if name.contains('\\') {
        return Some("backslash");
    }
    if name.starts_with('~') {
        return Some("starts with tilde");
    }
    if name.starts_with('-') {
        return Some("starts with minus");
    }
    if name.ends_with('/') {
        return Some("ends with slash");
    }
    for segment in name.split('/') {
        match segment {
            "" => return Some("empty segment"),
            "." => return Some("dot segment"),
            ".." => return Some("leaves the output folder"),
            ".germane" => return Some("reserved"),
            _ if segment.len() > 255 => return Some("segment over 255 bytes"),
            _ => {}
        }
    }
    None
}

/// A folder that products are published into.
#[derive(Debug)]
pub struct Output {
    root: PathBuf,
    temporary: PathBuf,
}

impl Output {
    /// Makes the folder.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(root: &Path) -> Result<Self, Error> {
        let temporary = root.join(".germane");
        fs::create_dir_all(&temporary).map_err(|e| Error::resources(&temporary, &e))?;
        clear_left_over(&temporary)?;
        Ok(Self { root: root.to_owned(), temporary })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Publishes bytes under a relative name.
    ///
    /// # Errors
    /// If the name is not allowed or the file cannot be written.
    pub fn publish(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        if let Some(reason) = refusal(name) {
            return Err(Error::internal(format!("product name `{name}`: {reason}")));
        }
        let path = self.root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| Error::resources(folder, &e))?;
        }
        replace(&self.temporary, &path, bytes)
    }

    /// Publishes a document in canonical form, so that equal numbers are equal bytes.
    ///
    /// # Errors
    /// As for [`Output::publish`].
    pub fn publish_json(&self, name: &str, document: &Value) -> Result<(), Error> {
        let mut bytes = canonical(document);
        bytes.push(b'\n');
        self.publish(name, &bytes)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // Empty unless a write failed; then it stays, to be looked at.
        drop(fs::remove_dir(&self.temporary));
    }
}
