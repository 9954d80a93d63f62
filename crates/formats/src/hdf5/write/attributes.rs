//! Attributes, set and taken away.

use super::{
    FileWriter, datatype, elements,
    elements::Heap,
    messages::{self, Message},
    object::ObjectId,
};
use crate::{
    Error, Kind,
    hdf5::{
        Attribute, Element, ValueData, Values, cursor::Cursor, fractal_heap::FractalHeap, header::kind,
        message::attribute::AttributeInfo, tree2,
    },
};
use germane_columns::buffer::Buffer;

impl FileWriter {
    pub(super) fn change_attribute(&mut self, path: &str, name: &str, attribute: Option<&Attribute>) -> Result<(), Error> {
        let id = self.known(path)?;
        if name.is_empty() || name.len() > 60_000 || name.contains('\0') {
            return Err(self.refuse(path, format!("`{}` is no name of an attribute", name.escape_debug())));
        }
        self.gather_attributes(id)?;
        let widths = self.output.widths;
        let place = self.objects[id].attribute(name, widths);
        let Some(attribute) = attribute else {
            let Some(place) = place else {
                let names: Vec<String> = self.objects[id].attribute_items(widths).into_iter().map(|item| item.name).collect();
                let message = format!("has no attribute `{name}`");
                return Err(self.output.error(Kind::Unknown, message).candidates(names).object(path));
            };
            self.objects[id].messages.remove(place);
            self.objects[id].changed = true;
            self.touch();
            return Ok(());
        };
        let data = self.attribute_message(path, name, attribute)?;
        let object = &mut self.objects[id];
        match place {
            Some(place) if object.messages[place].data == data => return Ok(()),
            Some(place) => object.messages[place].data = data,
            None => {
                let ordered = object.header.as_ref().is_some_and(super::header::StoredHeader::orders_attributes);
                let mut message = Message::new(kind::ATTRIBUTE, data);
                if ordered {
                    let orders = object.messages.iter().filter(|m| m.kind == kind::ATTRIBUTE).map(|m| m.order.saturating_add(1));
                    message.order = orders.max().unwrap_or(0);
                }
                object.messages.push(message);
            }
        }
        object.changed = true;
        self.touch();
        Ok(())
    }

    fn attribute_message(&mut self, path: &str, name: &str, attribute: &Attribute) -> Result<Vec<u8>, Error> {
        let (old, widths) = (self.old(), self.output.widths);
        let text;
        let (values, null) = match attribute {
            Attribute::Values(values) => (values, false),
            Attribute::Text(content) => {
                let data = ValueData::Texts { offsets: vec![0, content.len() as i64], bytes: Buffer::from(content.as_bytes()) };
                text = Values { element: Element::Text { utf8: true }, shape: Vec::new(), data };
                (&text, false)
            }
            Attribute::Empty => {
                text = Values::fixed(Element::Number(germane_columns::NumberType::F32), vec![0], Buffer::from(&[] as &[u8]));
                (&text, true)
            }
        };
        let refused = |reason: String| datatype::refused(self.output.name(), path, &format!("attribute `{name}`: {reason}"));
        let file_type = datatype::of(&values.element, widths.offset).map_err(refused)?;
        let encoding = elements::encoding(&values.element, &file_type, widths.offset).map_err(refused)?;
        let datatype = messages::datatype(&file_type, old, widths).map_err(refused)?;
        let shape: Vec<u64> = values.shape.iter().map(|&n| n as u64).collect();
        if shape.len() > crate::hdf5::message::dataspace::MAX_RANK {
            return Err(refused(format!("{} axes", shape.len())));
        }
        let space = messages::dataspace((!null).then_some(shape.as_slice()), &[], widths);
        let mut heap = Heap { heap: &mut self.heap, output: &mut self.output };
        let value = elements::encode(values, &file_type, &encoding, &mut heap).map_err(|error| error.object(path))?;
        let message = messages::attribute(name, &datatype, &space, &value, old, widths);
        if datatype.len().max(space.len()) > usize::from(u16::MAX) || (old && message.len() > messages::LONGEST) {
            let message = format!("attribute `{name}` has {} bytes; this file holds 64 kB at most", message.len());
            return Err(self.refuse(path, message));
        }
        Ok(message)
    }

    /// Takes attributes that are not in the header among the messages.
    fn gather_attributes(&mut self, id: ObjectId) -> Result<(), Error> {
        let Some(file) = self.original.clone() else { return Ok(()) };
        let storage = &file.inner.storage;
        let object = &mut self.objects[id];
        if !object.attribute_blocks.is_empty() || object.header.is_none() {
            return Ok(());
        }
        let Some(info) = object.message(kind::ATTRIBUTE_INFO) else { return Ok(()) };
        let parsed = AttributeInfo::parse(&mut Cursor::new(&info.data, storage.widths));
        let Ok(AttributeInfo { heap: Some(heap), names: Some(names) }) = parsed else { return Ok(()) };
        let heap = FractalHeap::open(storage, heap)?;
        let mut found = Vec::new();
        tree2::walk(storage, names, &[8], &mut crate::hdf5::storage::Losses::Refuse, &mut |_, record, at| {
            let Some((id, rest)) = record.split_first_chunk::<8>().filter(|(_, rest)| rest.len() >= 5) else {
                return Err(storage.error(Kind::Damaged, "a record of an attribute too short").at(at));
            };
            let order = u16::from_le_bytes([rest[1], rest[2]]);
            // A shared attribute is named by its id in the heap of shared messages.
            let data = if rest[0] & 2 != 0 { [&[3, 1][..], id].concat() } else { heap.object(id)?.0 };
            found.push(Message { kind: kind::ATTRIBUTE, flags: rest[0], order, data });
            Ok(())
        })?;
        found.sort_by_key(|message| message.order);
        // From now on the header tells where they are.
        let (offset, tracked) = (usize::from(storage.widths.offset), info.data.get(1).is_some_and(|flags| flags & 1 != 0));
        let from = if tracked { 4 } else { 2 };
        let len = info.data.len();
        info.data[from..(from + 3 * offset).min(len)].fill(0xff);
        object.messages.extend(found);
        Ok(())
    }
}
