//! A file: names to objects, through all kinds of links.

use super::{
    Link, attributes,
    dataset::Dataset,
    global_heap::GlobalHeap,
    header::{self, Header, kind},
    links::{self, Links},
    message::datatype::Datatype,
    shared_messages,
    storage::Storage,
    superblock::{self, Superblock},
    values::Attribute,
};
use crate::{
    Error, Kind,
    source::{LocalFile, Source},
};
use indexmap::IndexMap;
use std::{
    collections::HashMap,
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// Soft and external links that are followed for one name.
const MAX_LINKS: usize = 64;

/// What all objects of a file share.
pub(crate) struct Inner {
    pub(crate) storage: Storage,
    pub(crate) superblock: Superblock,
    pub(crate) heap: GlobalHeap,
    links: Mutex<HashMap<u64, Arc<Links>>>,
}

/// An open HDF5 file; a clone is the same file.
#[derive(Clone)]
pub struct Hdf5File {
    pub(crate) inner: Arc<Inner>,
}

impl fmt::Debug for Hdf5File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hdf5File({})", self.name())
    }
}

/// An object that a name leads to.
#[derive(Clone, Debug)]
pub enum Node {
    /// a group
    Group(Group),
    /// a dataset
    Dataset(Dataset),
    /// a committed datatype
    Datatype(CommittedDatatype),
}

impl Node {
    /// Path by which it was reached, from the root.
    pub fn path(&self) -> &str {
        match self {
            Self::Group(group) => group.path(),
            Self::Dataset(dataset) => dataset.path(),
            Self::Datatype(datatype) => datatype.path(),
        }
    }

    /// Address of its object header.
    pub fn address(&self) -> u64 {
        match self {
            Self::Group(group) => group.address(),
            Self::Dataset(dataset) => dataset.address(),
            Self::Datatype(datatype) => datatype.address(),
        }
    }

    /// Its attributes by name.
    ///
    /// # Errors
    /// Damage, with object and byte.
    pub fn attributes(&self) -> Result<IndexMap<String, Attribute>, Error> {
        self.object().attributes()
    }

    pub(crate) fn object(&self) -> &Object {
        match self {
            Self::Group(group) => &group.object,
            Self::Dataset(dataset) => dataset.object(),
            Self::Datatype(datatype) => &datatype.object,
        }
    }
}

/// What every object has: a file, a path, a header.
#[derive(Clone)]
pub(crate) struct Object {
    pub(crate) file: Hdf5File,
    pub(crate) path: Arc<str>,
    pub(crate) address: u64,
    header: Option<Arc<Header>>,
}

impl Object {
    pub(crate) fn header(&self) -> Result<Arc<Header>, Error> {
        match &self.header {
            Some(header) => Ok(header.clone()),
            None => self.named(header::read(&self.file.inner.storage, self.address).map(Arc::new)),
        }
    }

    /// A result whose error names this object.
    pub(crate) fn named<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|error| if error.object.is_none() { error.object(&*self.path) } else { error })
    }

    pub(crate) fn stored_attributes(&self) -> Result<Vec<attributes::StoredAttribute>, Error> {
        let header = self.header()?;
        self.named(attributes::read(&self.file.inner, &header))
    }

    fn attributes(&self) -> Result<IndexMap<String, Attribute>, Error> {
        let stored = self.stored_attributes()?;
        let read = stored.into_iter().map(|a| Ok((a.name.clone(), a.attribute(&self.file.inner)?)));
        self.named(read.collect())
    }
}

/// A group: names and what they lead to.
#[derive(Clone)]
pub struct Group {
    pub(crate) object: Object,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Group({}: {})", self.object.file.name(), self.path())
    }
}

impl Group {
    /// Path by which it was reached, from the root.
    pub fn path(&self) -> &str {
        &self.object.path
    }

    /// Address of its object header: equal for all names of one group.
    pub fn address(&self) -> u64 {
        self.object.address
    }

    /// The file it is in.
    pub fn file(&self) -> &Hdf5File {
        &self.object.file
    }

    /// Its attributes by name.
    ///
    /// # Errors
    /// Damage, with object and byte.
    pub fn attributes(&self) -> Result<IndexMap<String, Attribute>, Error> {
        self.object.attributes()
    }

    fn members(&self) -> Result<Arc<Links>, Error> {
        let inner = &self.object.file.inner;
        if let Some(known) = inner.links.lock().unwrap_or_else(PoisonError::into_inner).get(&self.object.address) {
            return Ok(known.clone());
        }
        let header = self.object.header()?;
        let mut links = links::read(&inner.storage, &header);
        links.lost = links.lost.map(|error| if error.object.is_none() { error.object(self.path()) } else { error });
        let links = Arc::new(links);
        inner.links.lock().unwrap_or_else(PoisonError::into_inner).insert(self.object.address, links.clone());
        Ok(links)
    }

    /// Names and where they lead, not followed: in the order of creation where the file keeps it, else of names.
    ///
    /// # Errors
    /// Damage, with object and byte.
    pub fn links(&self) -> Result<Vec<(String, Link)>, Error> {
        match self.known_links()? {
            (known, None) => Ok(known),
            (_, Some(lost)) => Err(lost),
        }
    }

    /// The links that can be read, and the first error if there are others: for files that are cut or damaged.
    ///
    /// # Errors
    /// If the header of the group cannot be read.
    pub fn known_links(&self) -> Result<(Vec<(String, Link)>, Option<Error>), Error> {
        let members = self.members()?;
        let known = members.known.iter().map(|(name, link)| (name.clone(), link.clone())).collect();
        Ok((known, members.lost.clone()))
    }

    /// One link, not followed.
    ///
    /// # Errors
    /// [`Kind::Unknown`] with the names that exist, or damage.
    pub fn link(&self, name: &str) -> Result<Link, Error> {
        let members = self.members()?;
        match (members.known.get(name), &members.lost) {
            (Some(link), _) => Ok(link.clone()),
            (None, Some(lost)) => Err(lost.clone()),
            (None, None) => {
                let storage = &self.object.file.inner.storage;
                let names = members.known.keys().cloned().collect();
                Err(storage.error(Kind::Unknown, format!("no object `{name}` in group `{}`", self.path())).candidates(names))
            }
        }
    }

    /// The object of a name or a path below this group, through all links.
    ///
    /// # Errors
    /// [`Kind::Unknown`] with the names that exist where one does not or a link leads nowhere, [`Kind::Gone`] for the file of an
    /// external link, or damage.
    pub fn get(&self, path: &str) -> Result<Node, Error> {
        self.follow(path, &mut 0)
    }

    fn follow(&self, path: &str, followed: &mut usize) -> Result<Node, Error> {
        let mut node = Node::Group(if path.starts_with('/') { self.object.file.root() } else { self.clone() });
        for name in path.split('/').filter(|name| !name.is_empty() && *name != ".") {
            let Node::Group(group) = &node else {
                let storage = &self.object.file.inner.storage;
                return Err(storage.error(Kind::Unknown, format!("no object `{name}` in `{}`, which is no group", node.path())));
            };
            node = group.member(name, followed)?;
        }
        Ok(node)
    }

    fn member(&self, name: &str, followed: &mut usize) -> Result<Node, Error> {
        let file = &self.object.file;
        let path = if self.path() == "/" { format!("/{name}") } else { format!("{}/{name}", self.path()) };
        let link = self.link(name)?;
        if let Link::Hard(address) = link {
            return file.node(address, &path);
        }
        *followed += 1;
        if *followed > MAX_LINKS {
            return Err(file.inner.storage.error(Kind::Unknown, "links lead in a circle").object(path));
        }
        let target = match &link {
            Link::Soft(target) => self.follow(target, followed),
            Link::External { file: name, path } => file.other(name).and_then(|other| other.root().follow(path, followed)),
            Link::Hard(_) => unreachable!("handled above"),
        };
        target.map_err(|mut error| {
            if error.object.is_none() {
                error.object = Some(path);
            }
            error
        })
    }
}

/// A datatype that has a name of its own.
#[derive(Clone)]
pub struct CommittedDatatype {
    object: Object,
    datatype: Datatype,
}

impl fmt::Debug for CommittedDatatype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommittedDatatype({}: {})", self.object.file.name(), self.path())
    }
}

impl CommittedDatatype {
    /// Path by which it was reached, from the root.
    pub fn path(&self) -> &str {
        &self.object.path
    }

    /// Address of its object header.
    pub fn address(&self) -> u64 {
        self.object.address
    }

    /// The type itself.
    pub fn datatype(&self) -> &Datatype {
        &self.datatype
    }

    /// Its attributes by name.
    ///
    /// # Errors
    /// Damage, with object and byte.
    pub fn attributes(&self) -> Result<IndexMap<String, Attribute>, Error> {
        self.object.attributes()
    }
}

impl Hdf5File {
    /// Opens a source.
    ///
    /// # Errors
    /// [`Kind::NotThisFormat`] without a signature, [`Kind::Truncated`] if it ends inside the superblock, [`Kind::Damaged`] for a
    /// broken one, [`Kind::Unsupported`] for an unknown version, [`Kind::Io`].
    pub fn open(source: Arc<dyn Source>) -> Result<Self, Error> {
        let superblock = superblock::read(&source)?;
        let storage = superblock.storage(source);
        let inner = Inner { storage, superblock, heap: GlobalHeap::default(), links: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Opens a local file.
    ///
    /// # Errors
    /// As [`Hdf5File::open`], and [`Kind::Gone`].
    pub fn open_path(path: &Path) -> Result<Self, Error> {
        Self::open(Arc::new(LocalFile::open(path)?))
    }

    /// Whether a source begins as HDF5 does (perhaps behind a user block).
    pub fn recognises(source: &Arc<dyn Source>) -> bool {
        superblock::is_hdf5(source)
    }

    /// Name as it was opened.
    pub fn name(&self) -> &str {
        self.inner.storage.source.name()
    }

    /// Bytes of the file when it was opened.
    pub fn size(&self) -> u64 {
        self.inner.storage.source.size()
    }

    /// Bytes as stored, from an absolute offset.
    pub(crate) fn bytes(&self, offset: u64, len: u64) -> Result<Vec<u8>, Error> {
        self.inner.storage.source.read(offset, len)
    }

    /// Version of the superblock, 0 to 3.
    pub fn version(&self) -> u8 {
        self.inner.superblock.version
    }

    /// The root group.
    pub fn root(&self) -> Group {
        Group { object: Object { file: self.clone(), path: Arc::from("/"), address: self.inner.superblock.root, header: None } }
    }

    /// The object of a path, through hard, soft and external links.
    ///
    /// # Errors
    /// As [`Group::get`].
    pub fn get(&self, path: &str) -> Result<Node, Error> {
        self.root().get(path)
    }

    /// Where the file is cut: its end as the superblock says, and its size.
    pub fn is_truncated(&self) -> Option<(u64, u64)> {
        let (said, there) = (self.inner.superblock.end, self.inner.storage.source.size());
        (said > there).then_some((said, there))
    }

    /// The object at an address.
    pub(crate) fn node(&self, address: u64, path: &str) -> Result<Node, Error> {
        let storage = &self.inner.storage;
        let named = |error: Error| if error.object.is_none() { error.object(path) } else { error };
        let header = Arc::new(header::read(storage, address).map_err(named)?);
        let object = Object { file: self.clone(), path: Arc::from(path), address, header: Some(header.clone()) };
        let has = |kind| header.first(kind).is_some();
        if has(kind::LAYOUT) || (has(kind::DATASPACE) && has(kind::DATATYPE)) {
            return Ok(Node::Dataset(Dataset::new(object)?));
        }
        if has(kind::SYMBOL_TABLE) || has(kind::LINK_INFO) || has(kind::LINK) || has(kind::GROUP_INFO) {
            return Ok(Node::Group(Group { object }));
        }
        if let Some(message) = header.first(kind::DATATYPE) {
            let datatype = self.datatype(message).map_err(named)?;
            return Ok(Node::Datatype(CommittedDatatype { object, datatype }));
        }
        let at = storage.absolute(address)?;
        Err(storage.error(Kind::Damaged, "an object that is no group, dataset or datatype").at(at).object(path))
    }

    pub(crate) fn datatype(&self, message: &header::Message) -> Result<Datatype, Error> {
        let storage = &self.inner.storage;
        let (data, at) = shared_messages::resolve(storage, self.inner.superblock.extension, message)?;
        Datatype::parse(&mut super::cursor::Cursor::new(&data, storage.widths)).map_err(|fault| storage.fault(at, fault))
    }

    /// A file that an external link names: beside this one, or where the name says.
    fn other(&self, name: &str) -> Result<Self, Error> {
        let beside = Path::new(self.name()).parent().unwrap_or(Path::new("")).join(name);
        if !beside.is_file() {
            return Err(Error::new(
                beside.display().to_string(),
                Kind::Gone,
                format!("no such file; {} has a link to it", self.name()),
            ));
        }
        Self::open_path(&beside)
    }
}
