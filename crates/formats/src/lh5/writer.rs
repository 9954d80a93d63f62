//! Writing objects: into new files, and into files that this program or another one has written.

use super::appending::{Change, Changes, ROW_NUMBER};
use super::datatype::Datatype;
use super::fields::Fields;
use super::file::Lh5File;
use super::opened::Opened;
use super::storage::Storage;
use super::stored::Stored;
use super::{Object, Selection, written};
use crate::hdf5::{Attribute, DatasetSpec, Element, FileWriter, FormatVersion, Link, Node, Rows, Values};
use crate::{Error, Kind};
use germane_numerics::{Executor, Inline};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

/// What happens to an object that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It is an error.
    WriteSafe,
    /// Rows are added behind; scalars are replaced.
    #[default]
    Append,
    /// Rows from `start` on are replaced, and nothing is behind them; from 0 on the object is replaced.
    Overwrite {
        /// first row
        start: u64,
    },
    /// The columns or members are added to it.
    AppendColumn,
}

/// How an object is written.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// what happens to an object that is there
    pub mode: Mode,
    /// only these rows of it
    pub rows: Option<Range<usize>>,
    /// settings of all its datasets; attributes of objects win
    pub storage: Storage,
    /// settings of members by path (`waveform/values`; empty: the object); they win over attributes
    pub fields: IndexMap<String, Storage>,
    /// many more rows will be appended: chunks are made large at once
    pub growing: bool,
}

/// A folder as far as new members must know it.
#[derive(Clone, Debug)]
enum Folder {
    /// is to be made
    Absent,
    /// without datatype: a folder of older files, which stays one
    Plain,
    /// with the names of its datatype
    Struct(Vec<String>),
    /// with the names of its datatype
    Table(Vec<String>),
}

/// A file that is written.
pub struct Writer {
    file: FileWriter,
    /// objects that were looked at or written
    known: HashMap<String, Stored>,
    folders: HashMap<String, Folder>,
}

impl Writer {
    /// A new file; it appears under its name with [`Writer::finish`].
    ///
    /// # Errors
    /// [`Kind::Gone`] or [`Kind::Io`] of the system.
    pub fn create(path: &Path, version: FormatVersion) -> Result<Self, Error> {
        Ok(Self::over(FileWriter::create(path, version)?))
    }

    /// A new file in memory; its bytes come from [`Writer::finish_bytes`].
    pub fn create_memory(name: &str) -> Self {
        Self::over(FileWriter::create_memory(name))
    }

    /// A file that exists, of any writer, edited in place.
    ///
    /// # Errors
    /// As reading it, and those of the system.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self::over(FileWriter::open(path)?))
    }

    fn over(file: FileWriter) -> Self {
        Self { file, known: HashMap::new(), folders: HashMap::new() }
    }

    /// Writes everything out; a new file gets its name.
    ///
    /// # Errors
    /// Those of the system.
    pub fn finish(self) -> Result<(), Error> {
        self.file.finish()
    }

    /// The same; chunks that wait are filtered on all threads of `executor`.
    ///
    /// # Errors
    /// Those of the system.
    pub fn finish_with(self, executor: &dyn Executor) -> Result<(), Error> {
        self.file.finish_with(executor)
    }

    /// The bytes of a file in memory.
    ///
    /// # Errors
    /// Those of writing.
    pub fn finish_bytes(self) -> Result<Vec<u8>, Error> {
        self.file.finish_bytes()
    }

    /// Writes `object` as `name` (a path) below `group`; folders on the way are made, `struct{…}`, and name their new member.
    ///
    /// As the peer does, a plain `name` written into a `group` that has members already is not added to the `struct{…}` of that
    /// group: that is what [`Mode::AppendColumn`] on the group is for, or a path as `name`.
    ///
    /// Everything is checked before the first byte is written.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for an object that is there in [`Mode::WriteSafe`], other types, columns, lengths or units than those
    /// in the file, names that LH5 cannot hold; [`Kind::Damaged`] for an object whose parts do not fit; reading and writing.
    pub fn write(
        &mut self,
        group: &str,
        name: &str,
        object: &Object,
        options: &WriteOptions,
        executor: &dyn Executor,
    ) -> Result<(), Error> {
        let path = joined(group, name);
        if path == "/" {
            return Err(self.refuse("/", "an object needs a name"));
        }
        object.check().map_err(|error| self.moved(&path, &error))?;
        let part = match (&options.rows, object.rows()) {
            (Some(rows), Some(there)) => {
                let start = rows.start.min(there);
                let chosen = start..rows.end.clamp(start, there);
                Some(object.select(std::slice::from_ref(&chosen)).map_err(|error| self.moved(&path, &error))?)
            }
            _ => None,
        };
        let object = part.as_ref().unwrap_or(object);
        self.look(&path)?;
        let folders = self.parents(&path, object.rows(), is_path(name))?;
        let stored = self.known.remove(&path);
        let mut changes = Changes::new(self.file.name(), options, executor);
        let file = &mut self.file;
        let planned = changes.write(&path, object, stored.as_ref(), &mut |path, row| sum_before(file, path, row));
        let after = match planned {
            Ok(after) => after,
            Err(error) => {
                self.known.extend(stored.map(|stored| (path, stored)));
                return Err(error);
            }
        };
        self.forget(&path);
        for (folder, made) in folders {
            self.put_folder(folder, made)?;
        }
        for change in changes.list {
            self.apply(change, executor)?;
        }
        self.known.insert(path, after);
        Ok(())
    }

    /// Writes a view: `rows` (a list or ranges) of the object at `target`, which is in this file or in the file `external`, named
    /// from the folder of this one.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if there is an object of that name, [`Kind::Unknown`] for rows that do not increase.
    pub fn write_view(
        &mut self,
        group: &str,
        name: &str,
        target: &str,
        external: Option<&str>,
        rows: &Selection,
        executor: &dyn Executor,
    ) -> Result<(), Error> {
        let path = joined(group, name);
        rows.check().map_err(|why| Error::new(self.file.name(), Kind::Unknown, why).object(&path))?;
        self.look(&path)?;
        if self.known.contains_key(&path) {
            return Err(self.refuse(&path, "is there already"));
        }
        let (datatype, numbers, shape): (_, Vec<i64>, _) = match rows {
            Selection::List(list) => ("view{entries}", list.iter().map(|row| *row as i64).collect(), vec![list.len()]),
            Selection::Ranges(ranges) => {
                let ends = ranges.iter().flat_map(|range| [range.start as i64, range.end as i64]).collect();
                ("view{slices}", ends, vec![ranges.len(), 2])
            }
            _ => return Err(self.refuse(&path, "rows of a view are a list or ranges")),
        };
        for (folder, made) in self.parents(&path, None, is_path(name))? {
            self.put_folder(folder, made)?;
        }
        self.file.create_group(&path)?;
        self.file.set_attribute(&path, "datatype", &Attribute::Text(datatype.to_owned()))?;
        let link = match external {
            Some(file) => Link::External { file: file.to_owned(), path: target.to_owned() },
            None => Link::Soft(joined("/", target)),
        };
        self.file.link(&format!("{path}/data"), &link)?;
        let values = Values { shape, ..numbers.into() };
        let entries = format!("{path}/entries");
        let axes: Vec<u64> = values.shape.iter().map(|axis| *axis as u64).collect();
        self.file.create_dataset(&entries, &spec(&Storage::default(), &axes, &ROW_NUMBER, false))?;
        if values.rows() > 0 {
            self.file.write_rows(&entries, 0, &values, executor)?;
        }
        Ok(())
    }

    /// The file as it is now.
    ///
    /// # Errors
    /// Those of the system: what waits is written first.
    pub fn reading(&mut self) -> Result<Lh5File, Error> {
        Ok(Lh5File { hdf5: self.file.file()? })
    }

    /// Opens what is at a path, once.
    fn look(&mut self, path: &str) -> Result<(), Error> {
        // Asking is cheap; a view of the file would first write out what waits.
        if self.known.contains_key(path) || !self.file.contains(path)? {
            return Ok(());
        }
        match self.file.file()?.get(path) {
            Ok(node) => {
                let stored = Stored::of(&Opened::new(&node, &Fields::all())?)?;
                self.known.insert(path.to_owned(), stored);
                Ok(())
            }
            Err(error) if error.kind == Kind::Unknown => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn refuse(&self, path: &str, message: impl Into<String>) -> Error {
        Error::new(self.file.name(), Kind::Unsupported, message).object(path)
    }

    /// An error of an object in memory as one of this file.
    fn moved(&self, path: &str, error: &Error) -> Error {
        let inside = error.object.as_deref().unwrap_or("").trim_end_matches('/');
        Error::new(self.file.name(), error.kind, error.message.clone()).object(format!("{path}{inside}"))
    }

    fn folder(&mut self, path: &str) -> Result<Folder, Error> {
        if let Some(folder) = self.folders.get(path) {
            return Ok(folder.clone());
        }
        if !self.file.contains(path)? {
            return Ok(Folder::Absent);
        }
        let folder = match self.file.file()?.get(path) {
            Err(error) => return Err(error),
            Ok(Node::Group(group)) => match group.attributes()?.get("datatype") {
                None if group.links()?.is_empty() => Folder::Struct(Vec::new()),
                None => Folder::Plain,
                Some(Attribute::Text(text)) => match Datatype::parse(text) {
                    Ok(Datatype::Struct(names)) => Folder::Struct(names),
                    Ok(Datatype::Table(names)) => Folder::Table(names),
                    Ok(other) => return Err(self.refuse(path, format!("is `{other}`: nothing can be put into it"))),
                    Err(mistake) => return Err(self.refuse(path, format!("datatype `{text}`: {mistake}"))),
                },
                Some(_) => return Err(self.refuse(path, "its attribute `datatype` is no text")),
            },
            Ok(_) => return Err(self.refuse(path, "is no group: nothing can be put into it")),
        };
        self.folders.insert(path.to_owned(), folder.clone());
        Ok(folder)
    }

    /// Folders above a path that must be made or told of a member, from the root on.
    fn parents(&mut self, path: &str, rows: Option<usize>, by_path: bool) -> Result<Vec<(String, Folder)>, Error> {
        let mut changed = Vec::new();
        let mut place = "/".to_owned();
        let mut absent = false;
        for name in path.trim_start_matches('/').split('/') {
            check_name(name).map_err(|why| self.refuse(path, why))?;
            let folder = if absent { Folder::Absent } else { self.folder(&place)? };
            absent = matches!(folder, Folder::Absent);
            let inside = joined(&place, name);
            let with = |mut names: Vec<String>| {
                names.push(name.to_owned());
                names.sort_unstable();
                names
            };
            match folder {
                Folder::Absent => changed.push((place, Folder::Struct(vec![name.to_owned()]))),
                Folder::Struct(names) if !names.iter().any(|member| member == name) => {
                    if inside != *path || by_path || names.is_empty() {
                        changed.push((place, Folder::Struct(with(names))));
                    }
                }
                Folder::Table(names) if !names.iter().any(|member| member == name) => {
                    self.look(&place)?;
                    let there = self.known.get(&place).and_then(Stored::rows);
                    if inside != *path || there != rows.map(|rows| rows as u64) {
                        let message = format!("is a table of {} rows: `{name}` is no column of it", there.unwrap_or(0));
                        return Err(self.refuse(&place, message));
                    }
                    changed.push((place, Folder::Table(with(names))));
                }
                _ => {}
            }
            place = inside;
        }
        Ok(changed)
    }

    fn put_folder(&mut self, path: String, folder: Folder) -> Result<(), Error> {
        let (head, names) = match &folder {
            Folder::Struct(names) => ("struct", names),
            Folder::Table(names) => ("table", names),
            Folder::Absent | Folder::Plain => return Ok(()),
        };
        if !self.folders.contains_key(&path) {
            self.file.create_group(&path)?;
        }
        self.file.set_attribute(&path, "datatype", &Attribute::Text(written::folder(head, names)))?;
        self.folders.insert(path, folder);
        Ok(())
    }

    /// Forgets what is known at, below and above a path; folders above are told of changes themselves.
    fn forget(&mut self, path: &str) {
        let below = |other: &str| other.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let above = |other: &str| path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
        self.known.retain(|other, _| !below(other) && !above(other));
        self.folders.retain(|other, _| !below(other));
    }

    fn apply(&mut self, change: Change, executor: &dyn Executor) -> Result<(), Error> {
        match change {
            Change::Group(path) => self.file.create_group(&path),
            Change::Attribute(path, name, attribute) => self.file.set_attribute(&path, &name, &attribute),
            Change::Dataset(path, spec) => self.file.create_dataset(&path, &spec),
            Change::Rows { path, start, values } => self.file.write_rows(&path, start, &values, executor),
            Change::Scalar(path, values) => self.file.write_scalar(&path, &values),
            Change::Resize(path, rows) => self.file.resize(&path, rows),
            Change::Unlink(path) => self.file.unlink(&path),
        }
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Writer({})", self.file.name())
    }
}

/// The sum of lengths before a row of vectors.
fn sum_before(file: &mut FileWriter, path: &str, row: u64) -> Result<u64, Error> {
    let place = format!("{path}/cumulative_length");
    let view = file.file()?;
    let bad = |message: &str| Error::new(view.name(), Kind::Damaged, message).object(&place);
    let Node::Dataset(dataset) = view.get(&place)? else { return Err(bad("is no dataset")) };
    #[allow(clippy::single_range_in_vec_init, reason = "one range")]
    let values = dataset.read(&Rows::Ranges(vec![row - 1..row]), &Inline)?;
    let found = super::memory::sums(&values).map_err(|(_, why)| bad(&why))?;
    found.first().copied().ok_or_else(|| bad("ends before the row"))
}

/// Whether a name is a path of several.
fn is_path(name: &str) -> bool {
    name.trim_matches('/').contains('/')
}

/// A path of names.
pub(super) fn joined(group: &str, name: &str) -> String {
    let parts: Vec<&str> = group.split('/').chain(name.split('/')).filter(|part| !part.is_empty()).collect();
    format!("/{}", parts.join("/"))
}

/// Names stand in datatypes, between commas and in braces.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let bad = name.is_empty() || name != name.trim() || name == "." || name == ".." || name.contains(['/', ',', '{', '}', '\0']);
    if bad { Err(format!("`{name}` is no name for a member: it stands between commas, in braces")) } else { Ok(()) }
}

/// The dataset of an array whose first axis can grow.
pub(super) fn spec(storage: &Storage, shape: &[u64], element: &Element, growing: bool) -> DatasetSpec {
    let size = element.size().unwrap_or(16);
    let max_shape = shape.iter().enumerate().map(|(axis, length)| (axis > 0).then_some(*length)).collect();
    DatasetSpec {
        element: element.clone(),
        shape: shape.to_vec(),
        max_shape,
        chunk: Some(storage.chunk(shape, size, growing)),
        filters: storage.pipeline(size),
        fill: None,
    }
}
