//! Objects of the file that is changed, taken in when they are first needed.

use super::{
    FileWriter,
    dataset::DatasetState,
    header::StoredHeader,
    messages::Orders,
    object::{Form, GroupState, Member, Object, ObjectId, State, below, names, split},
    old_group::StoredTable,
    superblock::DEFAULT_K,
};
use crate::{
    Error, Kind,
    hdf5::{
        Group, Hdf5File, Link, Node,
        cursor::Cursor,
        header::{self, Header, kind},
        message::link::SymbolTable,
    },
};
use indexmap::IndexMap;

/// Soft links that are followed for one path.
const MAX_LINKS: usize = 32;
/// Links in the header of a new group at most, as libhdf5's default.
pub(super) const COMPACT_LINKS: usize = 8;

impl FileWriter {
    /// K of nodes of groups and of chunk trees.
    pub(super) fn group_k(&self) -> (u16, u16) {
        let stored = self.superblock.as_ref().filter(|s| s.version < 2).map(|s| s.group_k);
        let (leaf, inner) = stored.or(self.extension.group_k).unwrap_or(DEFAULT_K.0);
        (leaf.max(1), inner.max(1))
    }

    pub(super) fn chunk_k(&self) -> u16 {
        let stored = self.superblock.as_ref().filter(|s| s.version == 1).map(|s| s.chunk_k);
        stored.or(self.extension.chunk_k).unwrap_or(DEFAULT_K.1).max(1)
    }

    /// The object at an address.
    pub(super) fn load(&mut self, address: u64, path: &str) -> Result<ObjectId, Error> {
        if let Some(&id) = self.by_address.get(&address) {
            return Ok(id);
        }
        let Some(file) = self.original.clone() else {
            return Err(self.output.error(Kind::Damaged, format!("no object is at address {address}")).object(path));
        };
        let object = self.read_object(&file, address, path).map_err(|error| match &error.object {
            None => error.object(path),
            Some(_) => error,
        })?;
        let id = self.add(object);
        self.by_address.insert(address, id);
        Ok(id)
    }

    fn read_object(&self, file: &Hdf5File, address: u64, path: &str) -> Result<Object, Error> {
        let storage = &file.inner.storage;
        let read = header::read(storage, address)?;
        let state = match file.node(address, path)? {
            Node::Dataset(dataset) => State::Dataset(Box::new(DatasetState::load(&dataset)?)),
            Node::Datatype(_) => State::Datatype,
            Node::Group(group) => State::Group(self.read_group(&group, &read)?),
        };
        let stored = StoredHeader::of(&read, storage.base);
        let links = stored.links(&self.output)?;
        let mut object = Object::new(path.to_owned(), stored.messages(), state);
        object.links = links;
        object.header = Some(stored);
        object.changed = false;
        Ok(object)
    }

    fn read_group(&self, group: &Group, read: &Header) -> Result<GroupState, Error> {
        let storage = &group.file().inner.storage;
        let members: IndexMap<String, Member> =
            group.links()?.into_iter().map(|(name, link)| (name, Member::Link(link))).collect();
        let parsed = |message: &header::Message, fault| storage.fault(message.at, fault);
        if let Some(message) = read.first(kind::SYMBOL_TABLE) {
            let table = SymbolTable::parse(&mut Cursor::new(&message.data, storage.widths)).map_err(|f| parsed(message, f))?;
            let stored = StoredTable::load(storage, table, self.group_k())?;
            return Ok(GroupState { members, form: Form::Old(Some(stored)), changed: false });
        }
        let flags = read.first(kind::LINK_INFO).and_then(|message| message.data.get(1).copied()).unwrap_or(0);
        let orders = Orders { tracked: flags & 1 != 0, indexed: flags & 2 != 0 };
        let info = read.first(kind::GROUP_INFO).map(|message| message.data.as_slice()).unwrap_or_default();
        let compact = match info {
            [_, flags, low, high, ..] if flags & 1 != 0 => usize::from(u16::from_le_bytes([*low, *high])),
            _ => COMPACT_LINKS,
        };
        Ok(GroupState { members, form: Form::New { orders, compact, blocks: Vec::new() }, changed: false })
    }

    /// The object of a name in a group, through soft links.
    pub(super) fn member(&mut self, group: ObjectId, name: &str) -> Result<Option<ObjectId>, Error> {
        self.member_through(group, name, 0)
    }

    fn member_through(&mut self, group: ObjectId, name: &str, followed: usize) -> Result<Option<ObjectId>, Error> {
        let place = self.objects[group].path.clone();
        let State::Group(state) = &self.objects[group].state else {
            return Err(self.refuse(&below(&place, name), "is below an object that is no group"));
        };
        let path = below(&place, name);
        match state.members.get(name).cloned() {
            None => Ok(None),
            Some(Member::Object(id)) => Ok(Some(id)),
            Some(Member::Link(Link::Hard(address))) => {
                let id = self.load(address, &path)?;
                let State::Group(state) = &mut self.objects[group].state else { unreachable!("invariant: matched above") };
                state.members.insert(name.to_owned(), Member::Object(id));
                Ok(Some(id))
            }
            Some(Member::Link(Link::Soft(target))) => {
                if followed >= MAX_LINKS {
                    return Err(self.output.error(Kind::Unknown, "links lead in a circle").object(path));
                }
                let mut id = if target.starts_with('/') { self.root } else { group };
                for name in names(&target) {
                    match self.member_through(id, name, followed + 1)? {
                        Some(next) => id = next,
                        None => return Ok(None),
                    }
                }
                Ok(Some(id))
            }
            Some(Member::Link(Link::External { file, .. })) => {
                Err(self.refuse(&path, format!("is in another file, {file}, which is not changed from here")))
            }
        }
    }

    /// The object of a path, if there is one.
    pub(super) fn find(&mut self, path: &str) -> Result<Option<ObjectId>, Error> {
        if let Some(&id) = self.paths.get(path) {
            return Ok(Some(id));
        }
        let mut id = self.root;
        for name in names(path) {
            if !matches!(self.objects[id].state, State::Group(_)) {
                return Ok(None);
            }
            match self.member(id, name)? {
                Some(next) => id = next,
                None => return Ok(None),
            }
        }
        self.paths.insert(path.to_owned(), id);
        Ok(Some(id))
    }

    /// The object of a path, which must be there.
    pub(super) fn known(&mut self, path: &str) -> Result<ObjectId, Error> {
        if let Some(id) = self.find(path)? {
            return Ok(id);
        }
        let (parent, name) = split(path).unwrap_or_default();
        let names = match self.find(&parent)?.map(|id| &self.objects[id].state) {
            Some(State::Group(state)) => state.members.keys().cloned().collect(),
            _ => Vec::new(),
        };
        Err(self.output.error(Kind::Unknown, format!("no object `{name}` in group `{parent}`")).candidates(names).object(path))
    }

    /// The dataset of a path.
    pub(super) fn dataset_id(&mut self, path: &str) -> Result<ObjectId, Error> {
        let id = self.known(path)?;
        match self.objects[id].state {
            State::Dataset(_) => Ok(id),
            _ => Err(self.refuse(path, "is no dataset")),
        }
    }
}
