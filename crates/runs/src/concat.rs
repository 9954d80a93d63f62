//! Tables of several LH5 files as one.

use crate::error::Error;
use crate::inputs::{file_diagnostic, list};
use crate::pattern;
use crate::pool::Pool;
use crate::progress::Progress;
use germane_formats::hdf5::FormatVersion;
use germane_formats::lh5::{
    self, BlockSize, Decode, Fields, FileAt, Group, Lh5File, Listed, Mode, ReadOptions, WriteOptions, Writer,
};
use germane_texts::{Diagnostic, nearest};
use std::path::{Path, PathBuf};

/// Bytes of a block in memory.
const BLOCK: u64 = 32 << 20;

/// What is put together, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// patterns of the paths that are taken (`*` also stands for `/`); none: everything
    pub include: Vec<String>,
    /// patterns of the paths that are left out, whatever `include` says
    pub exclude: Vec<String>,
    /// number of threads; 0: all cores
    pub threads: usize,
}

/// What was put together.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// objects with their rows
    pub objects: Vec<(String, u64)>,
    /// what was left out or converted
    pub notes: Vec<String>,
}

/// Writes the rows of every table, array and vectors of the first file, and behind them those of the others, to a new file.
///
/// Encoded waveforms stay encoded. Scalars and histograms have no rows to put together and are left out.
///
/// # Errors
/// Files that are missing, damaged or do not agree (4), patterns that match nothing (2), a full disk (5), interruption (130).
/// Nothing is published then.
pub fn concatenate(files: &[PathBuf], output: &Path, options: &Options, progress: &Progress) -> Result<Outcome, Error> {
    let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
    let opened: Vec<Lh5File> = files.iter().map(|path| lh5::open(path).map_err(bad)).collect::<Result<_, _>>()?;
    let Some(first) = opened.first() else { return Err(usage("no files", "give at least one")) };
    let mut outcome = Outcome::default();
    let root = first.list("/").map_err(bad)?;
    let mut leaves = Vec::new();
    collect(&root, &mut leaves, &mut outcome.notes);
    check_patterns(options, &leaves)?;
    let pool = Pool::new(options.threads)?;
    let mut writer = Writer::create(output, FormatVersion::Earliest).map_err(bad)?;
    progress.partitions.store(leaves.len() as u64, std::sync::atomic::Ordering::Relaxed);
    for object in &leaves {
        let Some(fields) = object.fields(options) else { continue };
        let mut groups = Vec::new();
        for file in &opened {
            match file.rows(&object.path) {
                Ok(_) => groups.push(Group {
                    file: FileAt::Open(file.clone()),
                    object: object.path.clone(),
                    #[allow(clippy::default_trait_access, reason = "a map of another room")]
                    labels: Default::default(),
                }),
                Err(error) if error.kind == germane_formats::Kind::Unknown => {
                    outcome.notes.push(format!("{}: no `{}`, left out", file.name(), object.path));
                }
                Err(error) => return Err(bad(error)),
            }
        }
        let reading = ReadOptions { fields, decode: Decode::Keep, ..ReadOptions::default() };
        let writing = WriteOptions { mode: Mode::Append, ..WriteOptions::default() };
        let mut rows = 0;
        for block in lh5::iterate(groups, reading.clone(), BlockSize::Bytes(BLOCK), &pool).map_err(bad)? {
            if progress.is_cancelled() {
                return Err(Error::interrupted());
            }
            let block = block.map_err(bad)?;
            outcome.notes.extend(block.notes);
            writer.write("/", &object.path, &block.object, &writing, &pool).map_err(bad)?;
            let added = block.object.rows().unwrap_or(0) as u64;
            rows += added;
            Progress::add(&progress.entries, added);
        }
        if rows == 0 {
            let empty = first.read(&object.path, &reading, &pool).map_err(bad)?;
            writer.write("/", &object.path, &empty.object, &writing, &pool).map_err(bad)?;
        }
        Progress::add(&progress.done, 1);
        outcome.objects.push((object.path.trim_start_matches('/').to_owned(), rows));
    }
    if outcome.objects.is_empty() {
        return Err(usage("there is nothing to put together", "tables, arrays and vectors have rows; see `germane ls FILE`"));
    }
    writer.finish().map_err(bad)?;
    Ok(outcome)
}

fn usage(message: impl Into<String>, advice: &str) -> Error {
    Error { exit: 2, diagnostics: vec![Diagnostic::new("usage", message).advice(advice)] }
}

/// An object with rows that is in no other one, and the paths of its parts.
struct Whole {
    path: String,
    parts: Vec<String>,
}

impl Whole {
    /// The fields that patterns leave; `None` if nothing.
    fn fields(&self, options: &Options) -> Option<Fields> {
        let kept: Vec<&String> = self.parts.iter().filter(|part| wanted(options, part)).collect();
        if kept.is_empty() {
            return None;
        }
        if kept.len() == self.parts.len() {
            return Some(Fields::all());
        }
        let below = |part: &String| part.strip_prefix(&self.path).unwrap_or(part).trim_start_matches('/').to_owned();
        Some(Fields::only(kept.into_iter().map(below)))
    }
}

fn wanted(options: &Options, path: &str) -> bool {
    let path = path.trim_matches('/');
    let any = |patterns: &[String]| patterns.iter().any(|p| pattern::matches(p.trim_matches('/'), path));
    !any(&options.exclude) && (options.include.is_empty() || any(&options.include))
}

/// Objects with rows below folders and structs; everything else is told.
fn collect(listed: &Listed, found: &mut Vec<Whole>, notes: &mut Vec<String>) {
    let datatype = listed.datatype.as_deref().unwrap_or("").trim();
    if let Some(problem) = &listed.problem {
        notes.push(format!("{}: {problem}; left out", listed.path));
    } else if datatype.starts_with("struct") && is_histogram(listed) {
        notes.push(format!("{}: a histogram has no rows; left out", listed.path));
    } else if datatype.starts_with("struct") || (datatype.is_empty() && listed.element.is_none()) {
        listed.members.iter().for_each(|member| collect(member, found, notes));
    } else if listed.shape.as_ref().is_some_and(|shape| !shape.is_empty()) && !datatype.starts_with("fixedsize") {
        let mut parts = Vec::new();
        leaves(listed, &mut parts);
        found.push(Whole { path: listed.path.clone(), parts });
    } else {
        notes.push(format!("{}: `{datatype}` has no rows; left out", listed.path));
    }
}

fn is_histogram(listed: &Listed) -> bool {
    ["binning", "isdensity", "weights"].iter().all(|name| listed.members.iter().any(|m| m.path.ends_with(&format!("/{name}"))))
}

/// Columns that are no tables themselves.
fn leaves(listed: &Listed, parts: &mut Vec<String>) {
    if listed.datatype.as_deref().is_some_and(|text| text.trim().starts_with("table")) && !listed.members.is_empty() {
        listed.members.iter().for_each(|member| leaves(member, parts));
    } else {
        parts.push(listed.path.clone());
    }
}

/// A pattern that matches nothing is a mistake.
fn check_patterns(options: &Options, objects: &[Whole]) -> Result<(), Error> {
    let parts: Vec<String> = objects.iter().flat_map(|o| &o.parts).map(|part| part.trim_matches('/').to_owned()).collect();
    for given in options.include.iter().chain(&options.exclude) {
        if parts.iter().any(|part| pattern::matches(given.trim_matches('/'), part)) {
            continue;
        }
        let advice = match nearest(given.trim_matches('/'), parts.iter().map(String::as_str)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("there are {}; whole tables are written `TABLE/*`", list(&parts)),
        };
        return Err(usage(format!("`{given}` matches no column"), &advice));
    }
    Ok(())
}
