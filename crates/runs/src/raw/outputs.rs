//! The files of a conversion: blocks are processed and appended, names appear at the end.

use super::collector::Store;
use super::routes::{Buffer, Destination};
use super::specification::{Chain, Process};
use crate::dsp::BlockChain;
use crate::error::Error;
use crate::inputs::file_diagnostic;
use crate::pool::Pool;
use germane_formats::hdf5::FormatVersion;
use germane_formats::lh5::{Content, Mode, Object, Storage, WriteOptions, Writer};
use germane_formats::{Error as FileError, Kind};
use germane_texts::{Diagnostic, Source};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Open files by their final names. Dropped before [`Outputs::finish`], nothing of them stays.
pub(super) struct Outputs<'a> {
    pool: &'a Pool,
    storage: &'a Storage,
    specification: Option<&'a Source>,
    writers: BTreeMap<PathBuf, Writer>,
    headers: HashMap<Destination, Object>,
    chains: HashMap<Destination, BlockChain>,
}

impl<'a> Outputs<'a> {
    pub(super) fn new(pool: &'a Pool, storage: &'a Storage, specification: Option<&'a Source>) -> Self {
        Self { pool, storage, specification, writers: BTreeMap::new(), headers: HashMap::new(), chains: HashMap::new() }
    }

    /// Gives all files their names; says which.
    pub(super) fn finish(self) -> Result<Vec<PathBuf>, Error> {
        let mut written = Vec::new();
        for (path, writer) in self.writers {
            writer.finish().map_err(|error| explain(&path, &error))?;
            written.push(path);
        }
        Ok(written)
    }

    /// Puts the outputs of the chain beside the columns.
    fn run_chain(
        &mut self,
        process: &Process,
        chain: &Chain,
        buffer: &Buffer,
        first_row: u64,
        block: &mut Object,
    ) -> Result<(), Error> {
        let is_first = !self.chains.contains_key(&buffer.destination);
        if is_first {
            let typed = BlockChain::new(&chain.merged, &buffer.destination.path(), block)?;
            self.chains.insert(buffer.destination.clone(), typed);
        }
        let typed = self.chains.get_mut(&buffer.destination).expect("invariant: it was put there");
        let made = typed.run(block, first_row)?;
        if let Content::Table { columns, .. } = &mut block.content {
            columns.extend(made);
        }
        if is_first {
            self.check_made(process, chain, block)?;
        }
        Ok(())
    }

    /// Paths into outputs of the chain, the parts of which are known only now.
    fn check_made(&self, process: &Process, chain: &Chain, block: &Object) -> Result<(), Error> {
        let Some(source) = self.specification else { return Ok(()) };
        let paths = process.paths().filter(|path| chain.makes(&path.text) && block.at(&path.text).is_none());
        let problems: Vec<Diagnostic> = paths
            .map(|path| {
                let head = path.text.split('/').next().unwrap_or("");
                let inside = block.at(head).and_then(Object::members).map(|m| m.keys().cloned().collect::<Vec<_>>());
                let message = format!("the chain makes no field `{}`", path.text);
                Diagnostic::new("field", message).at(source, path.span).advice(match inside {
                    Some(names) => format!("`{head}` holds {}", crate::inputs::list(&names)),
                    None => format!("`{head}` is an array: write `{head}`"),
                })
            })
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(Error::text(problems)) }
    }

    fn write(&mut self, buffer: &Buffer, object: &Object, mode: Mode) -> Result<(), Error> {
        let file = &buffer.destination.file;
        let mut options = WriteOptions { mode, storage: self.storage.clone(), ..WriteOptions::default() };
        if let Some(process) = &buffer.process {
            for (path, codec) in &process.encode {
                options.fields.entry(path.text.clone()).or_default().codec = Some(*codec);
            }
            for (path, settings) in &process.settings {
                let codec = options.fields.get(&path.text).and_then(|storage| storage.codec);
                options.fields.insert(path.text.clone(), Storage { codec, ..settings.clone() });
            }
        }
        if !self.writers.contains_key(file) {
            if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder).map_err(|error| Error::resources(folder, &error))?;
            }
            let writer = Writer::create(file, FormatVersion::Earliest).map_err(|error| explain(file, &error))?;
            self.writers.insert(file.clone(), writer);
        }
        let writer = self.writers.get_mut(file).expect("invariant: it was put there");
        // By its whole path: so the folders on the way name it.
        writer.write("/", &buffer.destination.path(), object, &options, self.pool).map_err(|error| explain(file, &error))
    }
}

impl Store for Outputs<'_> {
    fn append(&mut self, buffer: &Buffer, first_row: u64, mut block: Object) -> Result<(), Error> {
        if let Some(process) = &buffer.process {
            process.cut(&mut block);
            if let Some(chain) = &process.chain {
                self.run_chain(process, chain, buffer, first_row, &mut block)?;
            }
            process.apply(&mut block, first_row).map_err(|refused| {
                let problem = Diagnostic::new("value", refused.message);
                Error::input(vec![match self.specification {
                    Some(source) => problem.at(source, refused.span),
                    None => problem,
                }])
            })?;
        }
        self.write(buffer, &block, Mode::Append)
    }

    fn put(&mut self, buffer: &Buffer, object: Object) -> Result<bool, Error> {
        if let Some(there) = self.headers.get(&buffer.destination) {
            return Ok(*there == object);
        }
        self.write(buffer, &object, Mode::WriteSafe)?;
        self.headers.insert(buffer.destination.clone(), object);
        Ok(true)
    }
}

/// Full disks are one thing, tables that do not fit those of an earlier input another.
fn explain(path: &Path, error: &FileError) -> Error {
    match error.kind {
        Kind::Io | Kind::Gone => Error::resources(path, &std::io::Error::other(error.message.clone())),
        _ => Error::input(vec![file_diagnostic(error)]),
    }
}
