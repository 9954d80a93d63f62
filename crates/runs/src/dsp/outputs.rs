//! The files that processed tables are written to: new, replaced, longer, or with other columns; their names appear at the end.

use crate::error::Error;
use crate::inputs::file_diagnostic;
use germane_formats::hdf5::FormatVersion;
use germane_formats::lh5::{self, Mode, Object, ReadOptions, WriteOptions, Writer};
use germane_formats::{Error as FileError, Kind};
use germane_numerics::Executor;
use germane_texts::Diagnostic;
use std::path::{Path, PathBuf};

/// What happens to a file that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteMode {
    /// it is an error
    #[default]
    New,
    /// it is replaced
    Replace,
    /// its columns are replaced, new ones added, others kept
    Update,
    /// rows are added behind those of its tables
    Append,
}

impl WriteMode {
    /// By the letter of the peer's `write_mode`: `r`, `u`, `a`.
    pub fn named(letter: &str) -> Option<Self> {
        match letter {
            "r" => Some(Self::Replace),
            "u" => Some(Self::Update),
            "a" => Some(Self::Append),
            _ => None,
        }
    }
}

/// One file that is written. Dropped before [`OutputFile::finish`], the old file stays as it was.
pub(super) struct OutputFile {
    path: PathBuf,
    mode: WriteMode,
    writer: Option<Writer>,
    /// the copy or the new columns that the writer works on, if not on a new file
    beside: Option<PathBuf>,
    /// first row that an update replaces
    first_row: u64,
    tables: Vec<String>,
}

impl OutputFile {
    /// Begins a file.
    ///
    /// # Errors
    /// Those of the system (5); a file that cannot be read (4).
    pub(super) fn begin(path: &Path, mode: WriteMode, first_row: u64) -> Result<Self, Error> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| Error::resources(folder, &error))?;
        }
        let mode = if path.exists() { mode } else { WriteMode::Replace };
        let (writer, beside) = match mode {
            WriteMode::New | WriteMode::Replace => (Writer::create(path, FormatVersion::Earliest), None),
            WriteMode::Update => {
                let columns = beside(path, "columns");
                (Writer::create(&columns, FormatVersion::Earliest), Some(columns))
            }
            WriteMode::Append => {
                let copy = beside(path, "copy");
                std::fs::copy(path, &copy).map_err(|error| Error::resources(&copy, &error))?;
                (Writer::open(&copy), Some(copy))
            }
        };
        let writer = writer.map_err(|error| explain(path, &error))?;
        Ok(Self { path: path.to_owned(), mode, writer: Some(writer), beside, first_row, tables: Vec::new() })
    }

    /// Adds rows of a table.
    ///
    /// # Errors
    /// A table that does not fit the one in the file (4); those of the system (5).
    pub(super) fn write(&mut self, table: &str, object: &Object, growing: bool, executor: &dyn Executor) -> Result<(), Error> {
        let Some(writer) = &mut self.writer else { return Err(Error::internal("a file that is finished")) };
        let options = WriteOptions { mode: Mode::Append, growing, ..WriteOptions::default() };
        if !self.tables.iter().any(|known| known == table) {
            self.tables.push(table.to_owned());
        }
        writer.write("/", table, object, &options, executor).map_err(|error| explain(&self.path, &error))
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// As [`OutputFile::write`].
    pub(super) fn finish(mut self, executor: &dyn Executor) -> Result<(), Error> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        writer.finish_with(executor).map_err(|error| explain(&self.path, &error))?;
        let Some(beside) = self.beside.clone() else { return Ok(()) };
        if self.mode == WriteMode::Update {
            self.update(&beside, executor)?;
        } else {
            std::fs::rename(&beside, &self.path).map_err(|error| Error::resources(&self.path, &error))?;
        }
        Ok(())
    }

    /// Puts the new columns into a copy of the file, which then gets its name.
    fn update(&self, columns: &Path, executor: &dyn Executor) -> Result<(), Error> {
        let copy = beside(&self.path, "copy");
        let guard = Removed(copy.clone());
        std::fs::copy(&self.path, &copy).map_err(|error| Error::resources(&copy, &error))?;
        let bad = |error: FileError| explain(&self.path, &error);
        let (made, old) = (lh5::open(columns).map_err(bad)?, lh5::open(&self.path).map_err(bad)?);
        let mut writer = Writer::open(&copy).map_err(bad)?;
        for table in &self.tables {
            let whole = ReadOptions::default();
            let there = match old.rows(table) {
                Ok(rows) => rows.unwrap_or(0),
                Err(error) if error.kind == Kind::Unknown => {
                    let new = made.read(table, &whole, executor).map_err(bad)?;
                    writer.write("/", table, &new.object, &WriteOptions::default(), executor).map_err(bad)?;
                    continue;
                }
                Err(error) => return Err(bad(error)),
            };
            let names: Vec<String> = names_of(&made, table).map_err(bad)?;
            let known = names_of(&old, table).map_err(bad)?;
            for name in names {
                let path = format!("{table}/{name}");
                let new = made.read(&path, &whole, executor).map_err(bad)?.object;
                let rows = new.rows().unwrap_or(0) as u64;
                let (first, last) = (self.first_row, self.first_row + rows);
                if !known.contains(&name) {
                    if (first, last) != (0, there) {
                        let message = format!("`{path}` is a new column of {rows} rows; the table has {there}");
                        let advice = "update all rows, or replace the file";
                        return Err(Error::input(vec![
                            Diagnostic::new("rows", message).file(self.path.display().to_string()).advice(advice),
                        ]));
                    }
                    writer.write("/", &path, &new, &WriteOptions::default(), executor).map_err(bad)?;
                    continue;
                }
                if last > there {
                    let message = format!("`{path}`: rows {first} to {last} are updated; the table has {there}");
                    return Err(Error::input(vec![Diagnostic::new("rows", message).file(self.path.display().to_string())]));
                }
                let new = if rows == there {
                    new
                } else {
                    let before = old.read(&path, &ReadOptions { count: Some(first), ..whole.clone() }, executor).map_err(bad)?;
                    let behind = old.read(&path, &ReadOptions { start: last, ..whole.clone() }, executor).map_err(bad)?;
                    Object::concatenate(&[&before.object, &new, &behind.object]).map_err(bad)?
                };
                let options = WriteOptions { mode: Mode::Overwrite { start: 0 }, ..WriteOptions::default() };
                writer.write("/", &path, &new, &options, executor).map_err(bad)?;
            }
        }
        writer.finish_with(executor).map_err(bad)?;
        std::fs::rename(&copy, &self.path).map_err(|error| Error::resources(&self.path, &error))?;
        drop(guard);
        Ok(())
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            drop(std::fs::remove_file(beside));
        }
    }
}

/// A file that does not outlive its use.
struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

fn names_of(file: &lh5::Lh5File, table: &str) -> Result<Vec<String>, FileError> {
    let datatype = file.datatype(table)?.unwrap_or_default();
    let parsed = lh5::Datatype::parse(&datatype).ok();
    Ok(parsed.as_ref().and_then(lh5::Datatype::members).unwrap_or_default().to_vec())
}

/// A name beside a file, for work that is not finished.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{what}-{}", std::process::id()));
    path.with_file_name(name)
}

/// Full disks are one thing, tables that do not fit those in the file another.
fn explain(path: &Path, error: &FileError) -> Error {
    match error.kind {
        Kind::Io | Kind::Gone => Error::resources(path, &std::io::Error::other(error.message.clone())),
        _ => Error::input(vec![file_diagnostic(error)]),
    }
}
