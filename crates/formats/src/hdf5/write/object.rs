//! Objects as the writer holds them: their messages, their members, and names to objects.

use super::{
    dataset::DatasetState,
    dense::Item,
    header::StoredHeader,
    messages::{Message, Orders},
    old_group::StoredTable,
};
use crate::hdf5::{Link, cursor::Cursor, header::kind, message::attribute::AttributeParts, storage::Widths};
use indexmap::IndexMap;

/// Number of an object in the writer.
pub(super) type ObjectId = usize;

/// Where a name of a group leads.
#[derive(Clone, Debug)]
pub(super) enum Member {
    /// An object that the writer holds.
    Object(ObjectId),
    /// As in the file.
    Link(Link),
}

/// How a group keeps its members.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// Symbol table.
    Old(Option<StoredTable>),
    /// Link messages, or a heap of them.
    New {
        orders: Orders,
        /// Links that are kept in the header at most.
        compact: usize,
        /// Heap and trees that were written here.
        blocks: Vec<(u64, u64)>,
    },
}

/// A group in the writer.
#[derive(Clone, Debug)]
pub(super) struct GroupState {
    pub(super) members: IndexMap<String, Member>,
    pub(super) form: Form,
    /// Whether members differ from the file.
    pub(super) changed: bool,
}

/// What an object is.
#[derive(Debug)]
pub(super) enum State {
    Group(GroupState),
    Dataset(Box<DatasetState>),
    /// A committed datatype.
    Datatype,
}

/// An object in the writer.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) path: String,
    /// As it is in the file; `None` until it is first written.
    pub(super) header: Option<StoredHeader>,
    /// Messages that the header is to have.
    pub(super) messages: Vec<Message>,
    pub(super) state: State,
    /// Hard links that lead here.
    pub(super) links: u32,
    pub(super) links_changed: bool,
    /// Whether messages differ from the header.
    pub(super) changed: bool,
    /// Heap and trees of attributes that were written here.
    pub(super) attribute_blocks: Vec<(u64, u64)>,
}

impl Object {
    pub(super) fn new(path: String, messages: Vec<Message>, state: State) -> Self {
        Self { path, header: None, messages, state, links: 1, links_changed: false, changed: true, attribute_blocks: Vec::new() }
    }

    /// The first message of a kind.
    pub(super) fn message(&mut self, kind: u16) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| message.kind == kind)
    }

    /// Replaces the data of a message, or adds it.
    pub(super) fn set_message(&mut self, kind: u16, data: Vec<u8>) {
        match self.message(kind) {
            Some(message) if message.data == data => return,
            Some(message) => *message = Message::new(kind, data),
            None => self.messages.push(Message::new(kind, data)),
        }
        self.changed = true;
    }

    /// Place of an attribute among the messages.
    pub(super) fn attribute(&self, name: &str, widths: Widths) -> Option<usize> {
        self.messages.iter().position(|message| attribute_name(message, widths).is_some_and(|found| found == name.as_bytes()))
    }

    /// Its attributes as items of a heap.
    pub(super) fn attribute_items(&self, widths: Widths) -> Vec<Item> {
        let item = |message: &Message| {
            let name = String::from_utf8_lossy(attribute_name(message, widths)?).into_owned();
            Some(Item { name, order: u64::from(message.order), flags: message.flags, message: message.data.clone() })
        };
        self.messages.iter().filter_map(item).collect()
    }
}

/// Name of the attribute that a message is.
pub(super) fn attribute_name(message: &Message, widths: Widths) -> Option<&[u8]> {
    if message.kind != kind::ATTRIBUTE || message.flags & 2 != 0 {
        return None;
    }
    AttributeParts::parse(&mut Cursor::new(&message.data, widths)).ok().map(|parts| parts.name)
}

/// The names of a path.
pub(super) fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty() && *name != ".")
}

/// A path below a group.
pub(super) fn below(group: &str, name: &str) -> String {
    if group == "/" { format!("/{name}") } else { format!("{group}/{name}") }
}

/// The path of the group that holds an object, and its name there.
pub(super) fn split(path: &str) -> Option<(String, &str)> {
    let mut parts: Vec<&str> = names(path).collect();
    let name = parts.pop()?;
    Some((format!("/{}", parts.join("/")), name))
}
