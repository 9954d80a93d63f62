//! Attributes of an object, wherever they are kept.

use super::{
    assembly,
    cursor::Cursor,
    file::Inner,
    fractal_heap::FractalHeap,
    header::{Header, kind},
    message::{
        attribute::{AttributeInfo, AttributeParts},
        dataspace::Dataspace,
        datatype::{Class, Datatype},
    },
    shared_messages,
    storage::Losses,
    tree2,
    values::{Attribute, ValueData, Values},
};
use crate::{Error, Kind};

/// An attribute as the file stores it.
#[derive(Clone, Debug)]
pub(crate) struct StoredAttribute {
    pub(crate) name: String,
    pub(crate) datatype: Datatype,
    pub(crate) dataspace: Dataspace,
    /// Stored bytes and their absolute offset.
    pub(crate) value: Vec<u8>,
    pub(crate) at: u64,
}

/// All attributes, in the order of creation where the file keeps it.
pub(crate) fn read(inner: &Inner, header: &Header) -> Result<Vec<StoredAttribute>, Error> {
    let storage = &inner.storage;
    let mut found: Vec<(u32, StoredAttribute)> = Vec::new();
    for message in header.all(kind::ATTRIBUTE) {
        let (data, at) = shared_messages::resolve(storage, inner.superblock.extension, message)?;
        found.push((u32::from(message.order.unwrap_or(0)), parse(inner, &data, at)?));
    }
    if let Some(message) = header.first(kind::ATTRIBUTE_INFO) {
        let info =
            AttributeInfo::parse(&mut Cursor::new(&message.data, storage.widths)).map_err(|f| storage.fault(message.at, f))?;
        if let AttributeInfo { heap: Some(heap), names } = info {
            let Some(names) = names else {
                return Err(storage.error(Kind::Damaged, "a heap of attributes without its B-tree").at(message.at));
            };
            let heap = FractalHeap::open(storage, heap)?;
            // Heap id 8, flags of the message 1, order 4, hash of the name 4.
            tree2::walk(storage, names, &[8], &mut Losses::Refuse, &mut |_, record, at| {
                let Some((id, rest)) = record.split_first_chunk::<8>().filter(|(_, rest)| rest.len() >= 5) else {
                    return Err(storage.error(Kind::Damaged, "a record of an attribute too short").at(at));
                };
                let order = u32::from_le_bytes([rest[1], rest[2], rest[3], rest[4]]);
                let (data, at) = if rest[0] & 2 != 0 {
                    // The id is one of the heap of shared messages: version 3, in the heap.
                    let shared = [&[3, 1][..], id].concat();
                    shared_messages::find(storage, inner.superblock.extension, kind::ATTRIBUTE, &shared, at)?
                } else {
                    heap.object(id)?
                };
                found.push((order, parse(inner, &data, at)?));
                Ok(())
            })?;
        }
    }
    found.sort_by_key(|(order, _)| *order);
    Ok(found.into_iter().map(|(_, attribute)| attribute).collect())
}

fn parse(inner: &Inner, data: &[u8], at: u64) -> Result<StoredAttribute, Error> {
    let storage = &inner.storage;
    let parts = AttributeParts::parse(&mut Cursor::new(data, storage.widths)).map_err(|fault| storage.fault(at, fault))?;
    let [type_at, space_at, value_at] = parts.at.map(|offset| at + offset as u64);
    let part = |bytes: &[u8], shared: bool, wanted: u16, at: u64| -> Result<(Vec<u8>, u64), Error> {
        if shared {
            shared_messages::find(storage, inner.superblock.extension, wanted, bytes, at)
        } else {
            Ok((bytes.to_vec(), at))
        }
    };
    let (bytes, type_at) = part(parts.datatype, parts.datatype_shared, kind::DATATYPE, type_at)?;
    let datatype = Datatype::parse(&mut Cursor::new(&bytes, storage.widths)).map_err(|fault| storage.fault(type_at, fault))?;
    let (bytes, space_at) = part(parts.dataspace, parts.dataspace_shared, kind::DATASPACE, space_at)?;
    let dataspace = Dataspace::parse(&mut Cursor::new(&bytes, storage.widths)).map_err(|fault| storage.fault(space_at, fault))?;
    let len = dataspace.count().and_then(|n| n.checked_mul(u64::from(datatype.size)));
    match len.and_then(|len| parts.value.get(..usize::try_from(len).ok()?)) {
        Some(value) => Ok(StoredAttribute { name: parts.name(), datatype, dataspace, value: value.to_vec(), at: value_at }),
        None => {
            let message = format!("attribute {} has {} bytes, fewer than its shape asks for", parts.name(), parts.value.len());
            Err(storage.error(Kind::Damaged, message).at(value_at))
        }
    }
}

impl StoredAttribute {
    /// Its elements; `None` for a null dataspace.
    pub(crate) fn values(&self, inner: &Inner) -> Result<Option<Values>, Error> {
        let Some(shape) = &self.dataspace.shape else { return Ok(None) };
        let shape = shape.iter().map(|&n| n as usize).collect();
        assembly::values(inner, &self.datatype, &self.value, self.at, shape).map(Some)
    }

    /// What users get.
    pub(crate) fn attribute(&self, inner: &Inner) -> Result<Attribute, Error> {
        let Some(values) = self.values(inner)? else { return Ok(Attribute::Empty) };
        let scalar = values.shape.is_empty();
        match (&self.datatype.class, &values.data) {
            (Class::Text { .. }, ValueData::Fixed(bytes)) if scalar => {
                let end = bytes.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
                Ok(Attribute::Text(super::cursor::text(&bytes[..end])))
            }
            (Class::AnyText { .. }, ValueData::Texts { bytes, .. }) if scalar => Ok(Attribute::Text(super::cursor::text(bytes))),
            _ => Ok(Attribute::Values(values)),
        }
    }
}
