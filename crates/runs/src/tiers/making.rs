//! Makes the files of the tiers, unless they are there already from the same inputs and texts.

use super::planning::{FilePlan, damaged};
use crate::content_key::{Key, canonical, key};
use crate::dsp;
use crate::error::Error;
use crate::hit;
use crate::pool::Pool;
use crate::progress::Progress;
use germane_formats::File;
use germane_formats::Table;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Version of the rooms whose numbers go into the files.
const KERNELS: &str = "signals=1;hit=1";

/// The files of the tiers of one input.
pub(crate) struct Files {
    /// waveforms processed
    pub dsp: Option<File>,
    /// hits
    pub hit: Option<File>,
    /// names of the files below the output folder, and what is said about their making
    pub written: Vec<Value>,
}

/// Makes the files of one input in `folder`.
///
/// # Errors
/// Those of processing (4, 6), of the disk (5), interruption (130).
pub(crate) fn make(
    plan: &FilePlan,
    folder: &Path,
    names: &mut BTreeSet<String>,
    threads: usize,
    progress: &Progress,
) -> Result<Files, Error> {
    let mut files = Files { dsp: None, hit: None, written: Vec::new() };
    let mut before = plan.planned.identity().to_owned();
    if let Some(dsp) = &plan.dsp {
        let name = file_name(plan, "dsp", names);
        let path = folder.join(&name);
        let wanted = key("germane tier 1", &[b"dsp", KERNELS.as_bytes(), before.as_bytes(), dsp.text.as_bytes()]);
        let digest = match present(&path, wanted) {
            Some(digest) => digest,
            None => {
                let options = dsp::Options {
                    output: Some(vec![path.clone()]),
                    mode: dsp::WriteMode::Replace,
                    threads,
                    ..dsp.options.clone()
                };
                let inner = Progress::default();
                let made = dsp::build(&[dsp::Input::File(plan.path.clone())], &options, &inner)?;
                finish(&path, wanted, &json!({"tier": "dsp", "warnings": made.notes}))?
            }
        };
        files.written.push(json!({"tier": "dsp", "file": format!("tiers/{name}"), "blake3": digest}));
        files.dsp = Some(germane_formats::open(&path).map_err(|e| damaged(&e))?);
        before = digest;
    }
    if let Some(hits) = &plan.hits {
        let name = file_name(plan, "hit", names);
        let path = folder.join(&name);
        let wanted = key("germane tier 1", &[b"hit", KERNELS.as_bytes(), before.as_bytes(), plan.hit_text.as_bytes()]);
        let digest = match present(&path, wanted) {
            Some(digest) => digest,
            None => {
                let opened;
                let input = match &files.dsp {
                    Some(dsp) => dsp,
                    None => {
                        opened = germane_formats::open(&plan.path).map_err(|e| damaged(&e))?;
                        &opened
                    }
                };
                hit::write(input, &path, hits, &Pool::new(threads)?, progress)?;
                finish(&path, wanted, &json!({"tier": "hit"}))?
            }
        };
        files.written.push(json!({"tier": "hit", "file": format!("tiers/{name}"), "blake3": digest}));
        files.hit = Some(germane_formats::open(&path).map_err(|e| damaged(&e))?);
    }
    Ok(files)
}

/// Removes what killed runs left in a folder that one run writes at a time.
pub(super) fn clear_left_over(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name.ends_with(".part") {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// `run42_raw.lh5` → `run42_dsp.lh5`; a second file of that name is numbered.
fn file_name(plan: &FilePlan, tier: &str, names: &mut BTreeSet<String>) -> String {
    let stem = plan.path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    let base = ["raw", "dsp"].iter().find_map(|from| stem.strip_suffix(from)).unwrap_or(&stem).trim_end_matches(['_', '-']);
    let numbered = (2..).map(|n| format!("{base}-{n}_{tier}.lh5"));
    let name = std::iter::once(format!("{base}_{tier}.lh5")).chain(numbered).find(|name| !names.contains(name));
    let name = name.unwrap_or_default();
    names.insert(name.clone());
    name
}

/// The file beside that says from what a file was made.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".key.json");
    path.with_file_name(name)
}

/// Digest of a file that was made from the same things and is whole.
fn present(path: &Path, wanted: Key) -> Option<String> {
    let document: Value = serde_json::from_slice(&fs::read(beside(path)).ok()?).ok()?;
    if document["key"] != wanted.to_string() {
        return None;
    }
    let digest = digest(path)?;
    (document["blake3"] == digest).then_some(digest)
}

fn digest(path: &Path) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut fs::File::open(path).ok()?, &mut hasher).ok()?;
    Some(hasher.finalize().to_hex().to_string())
}

/// Remembers from what a file was made; written last, so that a file without it is made again.
fn finish(path: &Path, wanted: Key, more: &Value) -> Result<String, Error> {
    let digest = digest(path).ok_or_else(|| Error::internal(format!("{} is gone", path.display())))?;
    let document = json!({"germane_tier": 1, "key": wanted.to_string(), "blake3": digest, "kernels": KERNELS, "made": more});
    let mut bytes = canonical(&document);
    bytes.push(b'\n');
    crate::cache::replace(path.parent().unwrap_or(Path::new(".")), &beside(path), &bytes)?;
    Ok(digest)
}
