//! Inputs by their names: files, packed or growing, and sockets.

use super::run::Options;
use crate::error::Error;
use crate::inputs::file_diagnostic;
use germane_formats::daq::{self, RawReader};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// What is hashed at each end of a file.
const END: u64 = 1 << 16;

/// Whether it can be opened again.
pub(super) fn is_file(url: &str) -> bool {
    !url.contains("://") && url != "-"
}

/// Name of an input without folders, signs of packing and suffix: the word `file_key`.
///
/// ```
/// assert_eq!(germane_runs::raw::file_key("data/l200-p06.trimmed.fcio.gz"), "l200-p06.trimmed");
/// assert_eq!(germane_runs::raw::file_key("tcp://daq:3000"), "daq_3000");
/// ```
pub fn file_key(url: &str) -> String {
    if let Some((_, address)) = url.split_once("://") {
        return address.replace([':', '/'], "_");
    }
    let name = Path::new(url).file_name().map_or_else(|| "stream".into(), |name| name.to_string_lossy().into_owned());
    let unpacked = [".gz", ".bz2", ".zst"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(&name);
    match unpacked.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => unpacked.to_owned(),
    }
}

/// Bytes of a file.
pub(super) fn size(url: &str) -> Option<u64> {
    is_file(url).then(|| std::fs::metadata(url).ok().map(|about| about.len())).flatten()
}

/// What tells one content of a file from another: its size, and BLAKE3 of its first and last 64 KiB.
pub(crate) fn identity(url: &str) -> Option<String> {
    let size = size(url)?;
    let mut file = File::open(url).ok()?;
    let mut hasher = blake3::Hasher::new();
    let mut bytes = Vec::new();
    for start in [0, size.saturating_sub(END)] {
        file.seek(SeekFrom::Start(start)).ok()?;
        bytes.clear();
        (&file).take(END).read_to_end(&mut bytes).ok()?;
        hasher.update(&bytes);
    }
    Some(format!("{size}-{}", &hasher.finalize().to_hex()[..32]))
}

/// Opens an input.
///
/// # Errors
/// An input that is missing, none of the raw formats, or damaged in its header (4).
pub(super) fn open(url: &str, options: &Options) -> Result<Box<dyn RawReader>, Error> {
    let mut opening = daq::Options::default();
    opening.compass_settings.clone_from(&options.compass_settings);
    opening.follow = options.follow;
    daq::open(url, &opening).map_err(|error| Error::input(vec![file_diagnostic(&error)]))
}
