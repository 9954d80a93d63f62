//! What waits in memory goes into the file: data and new blocks first, then the end of the file, then what leads to them.

use super::{
    FileWriter,
    dataset::Place,
    dense::{self, Item, Records},
    header::StoredHeader,
    loading::COMPACT_LINKS,
    messages::{self, Dense, LONGEST, Message, Orders, REFERENCE_COUNT},
    object::{Form, Member, ObjectId, State},
    old_group,
    output::Patch,
    superblock,
};
use crate::{
    Error, Kind,
    hdf5::{Link, header::kind, message::link::SymbolTable, storage::Widths},
};
use germane_numerics::Executor;

/// Groups inside groups.
const MAX_DEPTH: usize = 1000;

/// Form and messages of a new group with link messages.
pub(super) fn new_form(widths: Widths) -> (Form, Vec<Message>) {
    let form = Form::New { orders: Orders::default(), compact: COMPACT_LINKS, blocks: Vec::new() };
    let info = messages::link_info(Orders::default(), 0, Dense::default(), widths);
    (form, vec![Message::new(kind::LINK_INFO, info), Message::new(kind::GROUP_INFO, messages::group_info())])
}

impl FileWriter {
    /// Writes everything that waits. `durable`: and waits for the disk between data and what leads to them.
    pub(super) fn commit(&mut self, durable: bool, executor: &dyn Executor) -> Result<(), Error> {
        if !self.dirty {
            return Ok(());
        }
        let patches = self.prepare(executor)?;
        self.output.flush()?;
        if durable && self.superblock.is_some() {
            self.output.sync()?;
        }
        for patch in patches {
            self.output.write(patch.address, &patch.bytes)?;
        }
        self.output.flush()?;
        if durable {
            self.output.sync()?;
        }
        if self.superblock.is_some() {
            self.output.committed();
        }
        self.dirty = false;
        Ok(())
    }

    /// Writes data and new blocks, and gives the changes that make them the contents of the file.
    pub(super) fn prepare(&mut self, executor: &dyn Executor) -> Result<Vec<Patch>, Error> {
        let mut bands = Vec::new();
        for (id, object) in self.objects.iter_mut().enumerate() {
            if let State::Dataset(dataset) = &mut object.state
                && let Place::Chunked(chunks) = &mut dataset.place
            {
                bands.extend(chunks.copy_tail().map(|band| (id, band)));
            }
        }
        self.store(bands, executor)?;
        self.heap.flush(&mut self.output)?;
        let mut patches = Vec::new();
        self.save(self.root, &mut patches, 0)?;
        if let Some(page) = self.extension.page {
            let short = self.output.end().next_multiple_of(page) - self.output.end();
            if short > 0 {
                self.output.extend(short)?;
            }
        }
        let mut first = Vec::new();
        match &self.superblock {
            Some(superblock) => {
                // A longer file is a valid file; the rest leads to what is behind the old end.
                first.push(superblock::end_patch(superblock, &self.output)?);
                if self.root_table_gone {
                    first.extend(superblock::root_patch(superblock, &self.output));
                }
                if let Some(patch) = self.forget_kept_space()? {
                    first.push(patch);
                }
            }
            None => {
                let root = &self.objects[self.root];
                let address = root.header.as_ref().map_or(0, |header| header.address);
                let table = match &root.state {
                    State::Group(group) => match &group.form {
                        Form::Old(stored) => stored.as_ref().map(|stored| stored.table),
                        Form::New { .. } => None,
                    },
                    _ => None,
                };
                let bytes = superblock::create(self.version, address, table, self.output.end(), self.output.widths);
                first.push(Patch { address: 0, bytes });
            }
        }
        first.append(&mut patches);
        Ok(first)
    }

    /// Free space that libhdf5 keeps in the file is forgotten: its notes end where the file ended, and so would the file.
    fn forget_kept_space(&mut self) -> Result<Option<Patch>, Error> {
        let Some(address) = self.extension.kept_space else { return Ok(None) };
        let Some(file) = &self.original else { return Ok(None) };
        let Some(extension) = file.inner.superblock.extension else { return Ok(None) };
        let mut header = StoredHeader::of(&crate::hdf5::header::read(&file.inner.storage, extension)?, self.output.base);
        let wanted = header.without_kept_space(address);
        let mut patches = Vec::new();
        header.update(&mut self.output, wanted, None, &mut patches)?;
        self.extension.kept_space = None;
        Ok(patches.pop())
    }

    /// Saves an object and all below it; gives the address of its header.
    fn save(&mut self, id: ObjectId, patches: &mut Vec<Patch>, depth: usize) -> Result<u64, Error> {
        if depth > MAX_DEPTH {
            return Err(self.refuse(&self.objects[id].path, "groups inside groups, deeper than 1000"));
        }
        let saved = match &self.objects[id].state {
            State::Group(_) => self.save_group(id, patches, depth),
            State::Dataset(_) => self.save_dataset(id, patches),
            State::Datatype => Ok(()),
        };
        saved
            .and_then(|()| self.save_header(id, patches))
            .map_err(|error| if error.object.is_none() { error.object(&self.objects[id].path) } else { error })
    }

    fn save_dataset(&mut self, id: ObjectId, patches: &mut Vec<Patch>) -> Result<(), Error> {
        let k = self.chunk_k();
        let widths = self.output.widths;
        let object = &mut self.objects[id];
        let State::Dataset(dataset) = &mut object.state else { unreachable!("invariant: a dataset") };
        let new = object.header.is_none();
        let mut layout = None;
        match &mut dataset.place {
            Place::Chunked(chunks) if chunks.changed || new => {
                let geometry = chunks.geometry.clone();
                let root = chunks.tree.save(&mut chunks.entries, &geometry, k, &mut self.output, patches)?;
                chunks.changed = false;
                layout = dataset.layout(root, widths);
            }
            Place::Chunked(_) | Place::Closed(_) => {}
            _ if dataset.changed || new => layout = dataset.layout(None, widths),
            _ => {}
        }
        let space = (dataset.changed || new).then(|| dataset.dataspace(widths));
        dataset.changed = false;
        if let Some(layout) = layout {
            object.set_message(kind::LAYOUT, layout);
        }
        if let Some(space) = space {
            object.set_message(kind::DATASPACE, space);
        }
        Ok(())
    }

    fn save_group(&mut self, id: ObjectId, patches: &mut Vec<Patch>, depth: usize) -> Result<(), Error> {
        let State::Group(state) = &self.objects[id].state else { unreachable!("invariant: a group") };
        let held: Vec<ObjectId> =
            state.members.values().filter_map(|member| if let Member::Object(id) = member { Some(*id) } else { None }).collect();
        for member in held {
            // A link to an object above has an address already.
            if !self.saving.contains(&member) {
                self.saving.push(id);
                let saved = self.save(member, patches, depth + 1);
                self.saving.pop();
                saved?;
            }
        }
        let State::Group(state) = &self.objects[id].state else { unreachable!("invariant: a group") };
        if !state.changed && self.objects[id].header.is_some() {
            return Ok(());
        }
        let mut members: Vec<(String, Link)> = Vec::with_capacity(state.members.len());
        for (name, member) in &state.members {
            let link = match member {
                Member::Link(link) => link.clone(),
                Member::Object(member) => match &self.objects[*member].header {
                    Some(header) => Link::Hard(header.address),
                    None => return Err(self.refuse(&self.objects[id].path, format!("member `{name}` has no address yet"))),
                },
            };
            members.push((name.clone(), link));
        }
        let external = members.iter().any(|(_, link)| matches!(link, Link::External { .. }));
        let (k, widths) = (self.group_k(), self.output.widths);
        let State::Group(state) = &mut self.objects[id].state else { unreachable!("invariant: a group") };
        state.changed = false;
        match &mut state.form {
            Form::Old(stored) if !external => {
                let mut sorted: Vec<(&str, Link)> = members.iter().map(|(name, link)| (name.as_str(), link.clone())).collect();
                sorted.sort_unstable_by(|(a, _), (b, _)| a.as_bytes().cmp(b.as_bytes()));
                let SymbolTable { tree, heap } = old_group::save(&sorted, stored, k, &mut self.output, patches)?;
                let message = messages::symbol_table(tree, heap, widths);
                self.objects[id].set_message(kind::SYMBOL_TABLE, message);
                Ok(())
            }
            Form::Old(_) => {
                // Symbol tables cannot hold external links: the group becomes one of link messages, as in libhdf5.
                let (form, new) = new_form(widths);
                state.form = form;
                let object = &mut self.objects[id];
                object.messages.retain(|message| message.kind != kind::SYMBOL_TABLE);
                object.messages.splice(0..0, new);
                object.changed = true;
                if id == self.root {
                    self.root_table_gone = true;
                }
                self.save_links(id, members)
            }
            Form::New { .. } => self.save_links(id, members),
        }
    }

    /// Links as messages, or in a heap where they are many.
    fn save_links(&mut self, id: ObjectId, members: Vec<(String, Link)>) -> Result<(), Error> {
        let widths = self.output.widths;
        let object = &mut self.objects[id];
        let State::Group(state) = &mut object.state else { unreachable!("invariant: a group") };
        let Form::New { orders, compact, blocks } = &mut state.form else { unreachable!("invariant: a group of links") };
        for (address, len) in blocks.drain(..) {
            self.output.release(address, len);
        }
        let count = members.len() as u64;
        let items: Vec<Item> = members
            .into_iter()
            .enumerate()
            .map(|(k, (name, link))| {
                let order = orders.tracked.then_some(k as u64);
                let message = messages::link(&name, &link, order, widths);
                Item { name, order: k as u64, flags: 0, message }
            })
            .collect();
        let mut place = Dense::default();
        let mut links = Vec::new();
        if items.len() <= *compact && items.iter().all(|item| item.message.len() <= LONGEST) {
            links.extend(items.into_iter().map(|item| Message::new(kind::LINK, item.message)));
        } else {
            let mut written = dense::heap(&items, true, &mut self.output)?;
            place.heap = Some(written.heap);
            place.names = Some(written.tree(Records::LinkNames, &items, &mut self.output)?);
            if orders.indexed {
                place.order = Some(written.tree(Records::LinkOrders, &items, &mut self.output)?);
            }
            *blocks = written.blocks;
        }
        let info = messages::link_info(*orders, count, place, widths);
        object.messages.retain(|message| message.kind != kind::LINK);
        object.messages.extend(links);
        object.set_message(kind::LINK_INFO, info);
        object.changed = true;
        Ok(())
    }

    /// Writes the header of an object where it differs from that in the file.
    fn save_header(&mut self, id: ObjectId, patches: &mut Vec<Patch>) -> Result<u64, Error> {
        let version = if self.old() { 1 } else { 2 };
        let object = &mut self.objects[id];
        if let Some(header) = &object.header
            && !object.changed
            && !object.links_changed
        {
            return Ok(header.address);
        }
        let version = object.header.as_ref().map_or(version, |header| header.version);
        if object.links_changed && version == 2 && (object.links != 1 || object.message(REFERENCE_COUNT).is_some()) {
            let (links, widths) = (object.links, self.output.widths);
            object.set_message(REFERENCE_COUNT, messages::reference_count(links, widths));
        }
        let wanted = self.header_messages(id, version)?;
        let object = &mut self.objects[id];
        let links = object.links_changed.then_some(object.links);
        let address = match &mut object.header {
            Some(header) => {
                header.update(&mut self.output, wanted, links, patches)?;
                header.address
            }
            None => {
                let header = StoredHeader::create(&mut self.output, version, wanted, object.links)?;
                let address = header.address;
                object.header = Some(header);
                self.by_address.insert(address, id);
                address
            }
        };
        object.changed = false;
        object.links_changed = false;
        Ok(address)
    }

    /// The messages of a header; attributes that are too long for it go to a heap.
    fn header_messages(&mut self, id: ObjectId, version: u8) -> Result<Vec<Message>, Error> {
        let widths = self.output.widths;
        let object = &mut self.objects[id];
        for (address, len) in object.attribute_blocks.drain(..) {
            self.output.release(address, len);
        }
        if let Some(long) = object.messages.iter().find(|m| m.data.len() > LONGEST && (m.kind != kind::ATTRIBUTE || version == 1))
        {
            let message = format!("a message of {} bytes (type {}); a header holds 64 kB at most", long.data.len(), long.kind);
            return Err(self.output.error(Kind::Unsupported, message));
        }
        let orders = object.header.as_ref().map_or(Orders::default(), |header| Orders {
            tracked: header.orders_attributes(),
            indexed: header.indexes_attributes(),
        });
        let attributes = || object.messages.iter().filter(|message| message.kind == kind::ATTRIBUTE);
        let next = attributes().map(|message| message.order.saturating_add(1)).max().unwrap_or(0);
        let dense = attributes().any(|message| message.data.len() > LONGEST);
        let count = attributes().count();
        let present = object.messages.iter().any(|message| message.kind == kind::ATTRIBUTE_INFO);
        // Attributes that nobody asked for are still where the info says.
        let untouched = count == 0 && present;
        if !dense {
            if version == 2 && (present || (orders.tracked && count > 0)) && !untouched {
                object.set_message(kind::ATTRIBUTE_INFO, messages::attribute_info(orders, next, Dense::default(), widths));
            }
            return Ok(object.messages.clone());
        }
        let items = object.attribute_items(widths);
        if items.len() != count {
            return Err(self.output.error(Kind::Unsupported, "shared attributes beside one of more than 64 kB"));
        }
        let mut written = dense::heap(&items, false, &mut self.output)?;
        let mut place = Dense { heap: Some(written.heap), ..Dense::default() };
        place.names = Some(written.tree(Records::AttributeNames, &items, &mut self.output)?);
        if orders.indexed {
            place.order = Some(written.tree(Records::AttributeOrders, &items, &mut self.output)?);
        }
        object.attribute_blocks = written.blocks;
        let info = messages::attribute_info(orders, next, place, widths);
        let mut wanted: Vec<Message> =
            object.messages.iter().filter(|message| message.kind != kind::ATTRIBUTE).cloned().collect();
        match wanted.iter_mut().find(|message| message.kind == kind::ATTRIBUTE_INFO) {
            Some(message) => message.data = info,
            None => wanted.push(Message::new(kind::ATTRIBUTE_INFO, info)),
        }
        Ok(wanted)
    }
}
