//! Writing: new files, and changes of files that libhdf5, h5py, Julia or this program made.
//!
//! ```text
//! rows → bands of chunks → filters (in parallel) → end of the file          at once
//! headers, tables of names, indexes of chunks                               when the file is finished or looked at
//! ```
//! In a file that exists new blocks go to its end first; then the superblock learns of the new end; then indexes, and headers
//! with the new sizes, are written over the old ones. Whatever interrupts this leaves the old contents or the new ones of
//! each object. A new file has another name until it is whole.
//!
//! Datasets of other indexes than a B-tree of version 1 get one when they change: every library reads it in every file.

mod attributes;
mod bytes;
mod chunk_tree;
mod chunks;
mod commit;
mod dataset;
mod datatype;
mod dense;
mod elements;
mod filtering;
mod free_space;
mod geometry;
mod global_heap;
mod header;
mod loading;
mod messages;
mod object;
mod old_group;
mod output;
mod rows;
mod superblock;
#[cfg(test)]
mod tests;

pub use dataset::DatasetSpec;
pub use rows::Write;
pub use superblock::FormatVersion;

use super::{Attribute, Element, Hdf5File, Link, Values, pipeline::Scratch, superblock::Superblock};
use crate::{
    Error, Kind, new_file,
    source::{LocalFile, Memory, Source},
};
use chunks::Workshops;
use dataset::DatasetState;
use elements::Heap;
use germane_numerics::{Executor, Inline};
use global_heap::HeapWriter;
use object::{Form, GroupState, Member, Object, ObjectId, State, below, split};
use output::Output;
use std::{
    collections::HashMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file that is written.
///
/// ```
/// use germane_formats::hdf5::{Attribute, DatasetSpec, Element, FileWriter, Hdf5File, Node, Rows};
/// use germane_formats::source::Memory;
/// use germane_columns::NumberType;
/// use germane_numerics::Inline;
/// # fn main() -> Result<(), germane_formats::Error> {
/// let mut file = FileWriter::create_memory("run.h5");
/// let spec = DatasetSpec {
///     element: Element::Number(NumberType::F64),
///     shape: vec![0],
///     max_shape: vec![None],
///     chunk: Some(vec![1024]),
///     filters: Vec::new(),
///     fill: None,
/// };
/// file.create_dataset("/hit/energy", &spec)?;
/// file.set_attribute("/hit/energy", "units", &Attribute::Text("keV".to_owned()))?;
/// file.write_rows("/hit/energy", 0, &vec![2614.5, 583.2].into(), &Inline)?;
/// let bytes = file.finish_bytes()?;
/// let file = Hdf5File::open(std::sync::Arc::new(Memory::new("run.h5", bytes.into())))?;
/// let Node::Dataset(energy) = file.get("hit/energy")? else { panic!() };
/// assert_eq!(energy.read(&Rows::All, &Inline)?, vec![2614.5, 583.2].into());
/// # Ok(())
/// # }
/// ```
pub struct FileWriter {
    output: Output,
    /// Version for new objects.
    version: FormatVersion,
    /// Of the file that is changed; `None` for a new one.
    superblock: Option<Superblock>,
    /// The file as it was opened.
    original: Option<Hdf5File>,
    /// Whether the superblock must forget the table of the root.
    root_table_gone: bool,
    extension: superblock::Extension,
    objects: Vec<Object>,
    root: ObjectId,
    by_address: HashMap<u64, ObjectId>,
    paths: HashMap<String, ObjectId>,
    heap: HeapWriter,
    workshops: Workshops,
    scratch: Scratch,
    /// Bytes of rows that wait for more.
    waiting: usize,
    /// Temporary and final name of a new file; one that was not finished leaves nothing.
    target: Option<(tempfile::TempPath, PathBuf)>,
    /// The file for readers, until the next change.
    view: Option<Hdf5File>,
    dirty: bool,
    /// Groups that are being saved, from the root on.
    saving: Vec<ObjectId>,
}

impl fmt::Debug for FileWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileWriter({})", self.name())
    }
}

impl FileWriter {
    /// A new file. It has a temporary name in the same folder until [`FileWriter::finish`]; a file of its name is replaced then.
    ///
    /// # Errors
    /// [`Kind::Gone`] or [`Kind::Io`] of the system.
    pub fn create(path: &Path, version: FormatVersion) -> Result<Self, Error> {
        let name = path.display().to_string();
        let (file, temporary) = new_file::beside(path).map_err(|error| new_file::cannot_be_written(&name, &error))?.into_parts();
        let output = Output::create(name, Some((file, temporary.to_path_buf())));
        Self::new(output, version, Some((temporary, path.to_owned())))
    }

    /// A new file in memory; its bytes come from [`FileWriter::finish_bytes`].
    pub fn create_memory(name: &str) -> Self {
        Self::create_memory_as(name, FormatVersion::Earliest)
    }

    /// The same in a version of the format.
    pub fn create_memory_as(name: &str, version: FormatVersion) -> Self {
        Self::new(Output::create(name.to_owned(), None), version, None).expect("invariant: memory takes the first block")
    }

    fn new(mut output: Output, version: FormatVersion, target: Option<(tempfile::TempPath, PathBuf)>) -> Result<Self, Error> {
        output.allocate(superblock::size(version))?;
        let mut writer = Self {
            output,
            version,
            superblock: None,
            original: None,
            root_table_gone: false,
            extension: superblock::Extension::default(),
            objects: Vec::new(),
            root: 0,
            by_address: HashMap::new(),
            paths: HashMap::new(),
            heap: HeapWriter::default(),
            workshops: Workshops::default(),
            scratch: Scratch::default(),
            waiting: 0,
            target,
            view: None,
            dirty: true,
            saving: Vec::new(),
        };
        writer.add_group("/".to_owned());
        Ok(writer)
    }

    /// A file that exists, to be changed where it is.
    ///
    /// # Errors
    /// [`Kind::Gone`], [`Kind::Io`] (also if another program writes it), [`Kind::NotThisFormat`], [`Kind::Truncated`] for a cut
    /// file, [`Kind::Unsupported`] for addresses of other than 8 bytes.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| new_file::cannot_be_written(&name, &error))?;
        if let Err(fs::TryLockError::WouldBlock) = file.try_lock() {
            return Err(Error::new(name, Kind::Io, "is open for writing elsewhere"));
        }
        let source: Arc<dyn Source> = Arc::new(LocalFile::open(path)?);
        Self::edit(source, Some((file, path.to_owned())), Vec::new())
    }

    /// Bytes of a file, to be changed in memory.
    ///
    /// # Errors
    /// As [`FileWriter::open`].
    pub fn open_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Error> {
        let source: Arc<dyn Source> = Arc::new(Memory::new(name, Arc::from(bytes.as_slice())));
        Self::edit(source, None, bytes)
    }

    fn edit(source: Arc<dyn Source>, file: Option<(fs::File, PathBuf)>, bytes: Vec<u8>) -> Result<Self, Error> {
        let original = Hdf5File::open(source)?;
        let name = original.name().to_owned();
        if let Some((said, there)) = original.is_truncated() {
            let message = format!("truncated: the file ends at byte {there} and should at {said}; it is not changed");
            return Err(Error::new(name, Kind::Truncated, message).at(there));
        }
        let superblock = original.inner.superblock.clone();
        let (storage, widths) = (original.inner.storage.clone(), superblock.widths);
        if (widths.offset, widths.length) != (8, 8) {
            let message = format!("addresses of {} and lengths of {} bytes: it is not changed", widths.offset, widths.length);
            return Err(Error::new(name, Kind::Unsupported, message));
        }
        let extension = superblock::extension(&superblock, &storage)?;
        let end = superblock.end.saturating_sub(superblock.base);
        let version = match superblock.version {
            0 | 1 => FormatVersion::Earliest,
            2 => FormatVersion::V2,
            _ => FormatVersion::V3,
        };
        let root = superblock.root;
        let output = Output::edit(name, file, bytes, superblock.base, widths, end);
        let mut writer = Self {
            output,
            version,
            superblock: Some(superblock),
            original: Some(original),
            root_table_gone: false,
            extension,
            objects: Vec::new(),
            root: 0,
            by_address: HashMap::new(),
            paths: HashMap::new(),
            heap: HeapWriter::default(),
            workshops: Workshops::default(),
            scratch: Scratch::default(),
            waiting: 0,
            target: None,
            view: None,
            dirty: false,
            saving: Vec::new(),
        };
        writer.root = writer.load(root, "/")?;
        Ok(writer)
    }

    /// Name of the file.
    pub fn name(&self) -> &str {
        self.output.name()
    }

    /// Version of new objects.
    pub fn version(&self) -> FormatVersion {
        self.version
    }

    /// The file as it is now, for reading; it is valid until the next change.
    ///
    /// # Errors
    /// Those of writing what waits.
    pub fn file(&mut self) -> Result<Hdf5File, Error> {
        if let Some(view) = &self.view
            && !self.dirty
        {
            return Ok(view.clone());
        }
        self.commit(false, &Inline)?;
        let name = self.name().to_owned();
        let source: Arc<dyn Source> = match self.output.path().map(Path::to_owned) {
            Some(path) => Arc::new(Named { name, file: LocalFile::open(&path)? }),
            None => Arc::new(Memory::new(name, Arc::from(self.output.memory()?.unwrap_or_default()))),
        };
        let view = Hdf5File::open(source)?;
        self.view = Some(view.clone());
        Ok(view)
    }

    /// Whether there is an object of this path.
    ///
    /// # Errors
    /// Damage on the way.
    pub fn contains(&mut self, path: &str) -> Result<bool, Error> {
        Ok(self.find(path)?.is_some())
    }

    /// Writes everything out and gives a new file its name.
    ///
    /// # Errors
    /// Those of the system; the temporary file is then removed.
    pub fn finish(self) -> Result<(), Error> {
        self.finish_with(&Inline)
    }

    /// The same; chunks that wait are filtered in parallel.
    ///
    /// # Errors
    /// As [`FileWriter::finish`].
    pub fn finish_with(mut self, executor: &dyn Executor) -> Result<(), Error> {
        self.commit(true, executor)?;
        if let Some((temporary, target)) = self.target {
            temporary.persist(target).map_err(|error| new_file::cannot_be_written(self.output.name(), &error.error))?;
        }
        Ok(())
    }

    /// The bytes of a file in memory.
    ///
    /// # Errors
    /// Those of writing.
    pub fn finish_bytes(mut self) -> Result<Vec<u8>, Error> {
        self.commit(true, &Inline)?;
        match self.output.memory()? {
            Some(bytes) => Ok(bytes.to_vec()),
            None => Err(self.output.error(Kind::Unsupported, "the file is not in memory")),
        }
    }

    fn refuse(&self, path: &str, message: impl Into<String>) -> Error {
        self.output.error(Kind::Unsupported, message).object(path)
    }

    fn touch(&mut self) {
        self.dirty = true;
        self.view = None;
    }

    fn old(&self) -> bool {
        self.version == FormatVersion::Earliest
    }

    fn add(&mut self, object: Object) -> ObjectId {
        self.objects.push(object);
        self.objects.len() - 1
    }

    fn add_group(&mut self, path: String) -> ObjectId {
        let (form, messages) = match self.old() {
            true => (Form::Old(None), Vec::new()),
            false => commit::new_form(self.output.widths),
        };
        let state = GroupState { members: indexmap::IndexMap::new(), form, changed: true };
        self.add(Object::new(path, messages, State::Group(state)))
    }

    /// The group of a path; it is made with its parents if it is not there.
    fn group(&mut self, path: &str) -> Result<ObjectId, Error> {
        if let Some(&id) = self.paths.get(path) {
            return self.as_group(id, path);
        }
        let mut id = self.root;
        let mut place = "/".to_owned();
        for name in object::names(path) {
            let inside = below(&place, name);
            id = match self.member(id, name)? {
                Some(id) => self.as_group(id, &inside)?,
                None => {
                    self.check_name(name, &inside)?;
                    let made = self.add_group(inside.clone());
                    self.insert(id, name, Member::Object(made))?;
                    made
                }
            };
            place = inside;
        }
        self.paths.insert(path.to_owned(), id);
        Ok(id)
    }

    fn as_group(&self, id: ObjectId, path: &str) -> Result<ObjectId, Error> {
        match self.objects[id].state {
            State::Group(_) => Ok(id),
            _ => Err(self.refuse(path, "is no group: nothing can be put into it")),
        }
    }

    fn check_name(&self, name: &str, path: &str) -> Result<(), Error> {
        match name {
            ".." => Err(self.refuse(path, "`..` is no name of an object")),
            _ if name.contains('\0') => Err(self.refuse(path, "names have no zero bytes")),
            _ => Ok(()),
        }
    }

    fn insert(&mut self, group: ObjectId, name: &str, member: Member) -> Result<(), Error> {
        self.touch();
        let State::Group(state) = &mut self.objects[group].state else { unreachable!("invariant: a group") };
        state.members.insert(name.to_owned(), member);
        state.changed = true;
        Ok(())
    }

    /// The group in which a new object of this path is to be, which must not be there.
    fn place(&mut self, path: &str) -> Result<(ObjectId, String), Error> {
        let Some((parent, name)) = split(path) else { return Err(self.refuse(path, "an object needs a name")) };
        self.check_name(name, path)?;
        let group = self.group(&parent)?;
        let State::Group(state) = &self.objects[group].state else { unreachable!("invariant: a group") };
        if state.members.contains_key(name) {
            return Err(self.refuse(path, "is there already"));
        }
        Ok((group, name.to_owned()))
    }

    /// Makes a group with its parents; it may be there.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if something on the way is no group; damage.
    pub fn create_group(&mut self, path: &str) -> Result<(), Error> {
        self.group(&canonical(path)).map(|_| ())
    }

    /// Makes a dataset with the groups above it.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if there is an object of this path, or for a type, shape or filter that cannot be.
    pub fn create_dataset(&mut self, path: &str, spec: &DatasetSpec) -> Result<(), Error> {
        let path = canonical(path);
        let (old, widths) = (self.old(), self.output.widths);
        let fill = match &spec.fill {
            Some(fill) if fill.count() == 1 && elements::alike(&fill.element, &spec.element) && spec.element.size().is_some() => {
                Some(self.encode(&path, fill)?)
            }
            Some(_) => return Err(self.refuse(&path, "a fill value is one element of fixed size, of the type of the dataset")),
            None => None,
        };
        let (state, messages) =
            DatasetState::create(spec, fill, old, widths).map_err(|reason| datatype::refused(self.name(), &path, &reason))?;
        let (group, name) = self.place(&path)?;
        let id = self.add(Object::new(path.clone(), messages, State::Dataset(Box::new(state))));
        self.insert(group, &name, Member::Object(id))?;
        self.paths.insert(path, id);
        Ok(())
    }

    /// Stored bytes of values in the type of their element.
    fn encode(&mut self, path: &str, values: &Values) -> Result<Vec<u8>, Error> {
        let width = self.output.widths.offset;
        let made = datatype::of(&values.element, width)
            .and_then(|datatype| Ok((elements::encoding(&values.element, &datatype, width)?, datatype)));
        let (encoding, datatype) = made.map_err(|reason| datatype::refused(self.name(), path, &reason))?;
        let mut heap = Heap { heap: &mut self.heap, output: &mut self.output };
        let stored = elements::encode(values, &datatype, &encoding, &mut heap).map_err(|error| error.object(path))?;
        Ok(stored.into_owned())
    }

    /// Writes a scalar; one of the same type that is there gets another value, any other object of the path is replaced.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for values that are no scalar or cannot be written.
    pub fn write_scalar(&mut self, path: &str, values: &Values) -> Result<(), Error> {
        let path = canonical(path);
        if !values.shape.is_empty() {
            return Err(self.refuse(&path, format!("values of the shape {:?} where a scalar is due", values.shape)));
        }
        match self.find(&path)? {
            Some(id) => match &self.objects[id].state {
                State::Dataset(dataset)
                    if dataset.shape.is_empty()
                        && elements::alike(&dataset.element, &values.element)
                        && !matches!(dataset.place, dataset::Place::Closed(_)) => {}
                _ => {
                    self.unlink(&path)?;
                    self.create_dataset(&path, &DatasetSpec::scalar(values.element.clone()))?;
                }
            },
            None => self.create_dataset(&path, &DatasetSpec::scalar(values.element.clone()))?,
        }
        self.write_rows(&path, 0, values, &Inline)
    }

    /// Makes a link; parents are made. A hard link leads to the object whose header has this address.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if there is something of this path; [`Kind::Damaged`] if no object is at the address.
    pub fn link(&mut self, path: &str, link: &Link) -> Result<(), Error> {
        let path = canonical(path);
        let too_long = match link {
            Link::Soft(target) => target.len() > 65_000 || target.contains('\0'),
            Link::External { file, path } => file.len() + path.len() > 65_000 || file.contains('\0') || path.contains('\0'),
            Link::Hard(_) => false,
        };
        if too_long {
            return Err(self.refuse(&path, "a link that cannot be stored: too long, or with a zero byte"));
        }
        if let Link::Hard(address) = link {
            self.commit(false, &Inline)?;
            let id = self.load(*address, &path)?;
            return self.add_hard_link(&path, id);
        }
        let (group, name) = self.place(&path)?;
        self.insert(group, &name, Member::Link(link.clone()))
    }

    /// Makes another name of an object.
    ///
    /// # Errors
    /// [`Kind::Unknown`] if there is no such object, [`Kind::Unsupported`] if there is something of this path.
    pub fn hard_link(&mut self, path: &str, object: &str) -> Result<(), Error> {
        // Its header needs an address: a group may get a link to one that is above it.
        self.commit(false, &Inline)?;
        let id = self.known(&canonical(object))?;
        self.add_hard_link(&canonical(path), id)
    }

    fn add_hard_link(&mut self, path: &str, id: ObjectId) -> Result<(), Error> {
        let (group, name) = self.place(path)?;
        self.objects[id].links += 1;
        self.objects[id].links_changed = true;
        self.insert(group, &name, Member::Object(id))
    }

    /// Takes a name away. Room of objects that this writer made and that have no other name is used again.
    ///
    /// # Errors
    /// [`Kind::Unknown`] with the names that exist if there is none.
    pub fn unlink(&mut self, path: &str) -> Result<(), Error> {
        let path = canonical(path);
        let Some((parent, name)) = split(&path) else { return Err(self.refuse(&path, "the root cannot be taken away")) };
        let group = self.known(&parent)?;
        let group = self.as_group(group, &parent)?;
        let State::Group(state) = &mut self.objects[group].state else { unreachable!("invariant: a group") };
        let Some(member) = state.members.shift_remove(name) else {
            let names = state.members.keys().cloned().collect();
            let message = format!("no object `{name}` in group `{parent}`");
            return Err(self.output.error(Kind::Unknown, message).candidates(names).object(path));
        };
        state.changed = true;
        self.paths.clear();
        self.touch();
        let id = match member {
            Member::Object(id) => Some(id),
            Member::Link(Link::Hard(address)) => Some(self.load(address, &path)?),
            Member::Link(_) => None,
        };
        if let Some(id) = id {
            let object = &mut self.objects[id];
            object.links = object.links.saturating_sub(1);
            object.links_changed = true;
            if object.links == 0 {
                self.discard(id);
            }
        }
        Ok(())
    }

    /// Gives back the room of an object that nothing names any more.
    fn discard(&mut self, id: ObjectId) {
        if let State::Dataset(dataset) = &mut self.objects[id].state {
            match &mut dataset.place {
                dataset::Place::Chunked(chunks) => {
                    self.waiting -= chunks.waiting();
                    chunks.clear(&mut self.output);
                }
                dataset::Place::Contiguous { address, size } => {
                    if let Some(address) = address.take() {
                        self.output.release(address, *size);
                    }
                }
                _ => {}
            }
        }
        let members: Vec<ObjectId> = match &self.objects[id].state {
            State::Group(state) => {
                let held =
                    state.members.values().filter_map(|member| if let Member::Object(id) = member { Some(*id) } else { None });
                held.collect()
            }
            _ => Vec::new(),
        };
        for member in members {
            let object = &mut self.objects[member];
            object.links = object.links.saturating_sub(1);
            object.links_changed = true;
            if object.links == 0 {
                self.discard(member);
            }
        }
    }

    /// Sets an attribute of a group or dataset; one of the same name is replaced.
    ///
    /// # Errors
    /// [`Kind::Unknown`] if there is no such object, [`Kind::Unsupported`] for a value that cannot be written.
    pub fn set_attribute(&mut self, path: &str, name: &str, attribute: &Attribute) -> Result<(), Error> {
        self.change_attribute(&canonical(path), name, Some(attribute))
    }

    /// Takes an attribute away.
    ///
    /// # Errors
    /// [`Kind::Unknown`] if there is no such object or attribute.
    pub fn remove_attribute(&mut self, path: &str, name: &str) -> Result<(), Error> {
        self.change_attribute(&canonical(path), name, None)
    }

    /// Type of the elements of a dataset.
    ///
    /// # Errors
    /// [`Kind::Unknown`] if there is no such dataset.
    pub fn element(&mut self, path: &str) -> Result<&Element, Error> {
        let id = self.dataset_id(&canonical(path))?;
        let State::Dataset(dataset) = &self.objects[id].state else { unreachable!("invariant: a dataset") };
        Ok(&dataset.element)
    }

    /// Lengths of the axes of a dataset, with the rows that wait.
    ///
    /// # Errors
    /// [`Kind::Unknown`] if there is no such dataset.
    pub fn shape(&mut self, path: &str) -> Result<&[u64], Error> {
        let id = self.dataset_id(&canonical(path))?;
        let State::Dataset(dataset) = &self.objects[id].state else { unreachable!("invariant: a dataset") };
        Ok(&dataset.shape)
    }
}

/// A path from the root, without doubled separators.
fn canonical(path: &str) -> String {
    let mut whole = String::with_capacity(path.len() + 1);
    for name in object::names(path) {
        whole.push('/');
        whole.push_str(name);
    }
    if whole.is_empty() { "/".to_owned() } else { whole }
}

/// A file under the name that users know.
struct Named {
    name: String,
    file: LocalFile,
}

impl Source for Named {
    fn name(&self) -> &str {
        &self.name
    }

    fn size(&self) -> u64 {
        self.file.size()
    }

    fn read_into(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        self.file.read_into(offset, into).map_err(|mut error| {
            error.file.clone_from(&self.name);
            error
        })
    }
}
