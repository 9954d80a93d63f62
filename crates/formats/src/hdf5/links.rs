//! The links of a group, wherever they are kept.

use super::{
    cursor::Cursor,
    fractal_heap::FractalHeap,
    header::{Header, kind},
    message::link::{Link, LinkInfo, LinkMessage, SymbolTable},
    old_group,
    storage::Storage,
    tree2,
};
use crate::{Error, Kind};
use indexmap::IndexMap;

/// Links by name: in the order of creation where the file keeps it, else in the order of names.
pub(crate) fn read(storage: &Storage, header: &Header) -> Result<IndexMap<String, Link>, Error> {
    if let Some(message) = header.first(kind::SYMBOL_TABLE) {
        let table =
            SymbolTable::parse(&mut Cursor::new(&message.data, storage.widths)).map_err(|f| storage.fault(message.at, f))?;
        return old_group::members(storage, table);
    }
    let mut found = Vec::new();
    for message in header.all(kind::LINK) {
        found.push((parse(storage, &message.data, message.at)?, message.at));
    }
    let info = header.first(kind::LINK_INFO);
    let info = info.map(|m| LinkInfo::parse(&mut Cursor::new(&m.data, storage.widths)).map_err(|f| storage.fault(m.at, f)));
    let info = info.transpose()?;
    if let Some(LinkInfo { heap: Some(heap), names, .. }) = info {
        let at = storage.absolute(heap)?;
        let Some(names) = names else { return Err(storage.error(Kind::Damaged, "a heap of links without its B-tree").at(at)) };
        let heap = FractalHeap::open(storage, heap)?;
        // A record is the hash of the name and a heap id of 7 bytes.
        tree2::walk(storage, names, &[5], &mut |_, record, at| {
            let Some(id) = record.get(4..) else { return Err(storage.error(Kind::Damaged, "a record without heap id").at(at)) };
            let (bytes, at) = heap.object(id)?;
            found.push((parse(storage, &bytes, at)?, at));
            Ok(())
        })?;
    }
    if info.is_some_and(|info| info.ordered) && found.iter().all(|(link, _)| link.order.is_some()) {
        found.sort_by(|(a, _), (b, _)| a.order.cmp(&b.order));
    } else {
        found.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    }
    let mut links = IndexMap::with_capacity(found.len());
    for (link, at) in found {
        if links.contains_key(&link.name) {
            return Err(storage.error(Kind::Damaged, format!("two links of the name {}", link.name)).at(at));
        }
        links.insert(link.name, link.link);
    }
    Ok(links)
}

fn parse(storage: &Storage, bytes: &[u8], at: u64) -> Result<LinkMessage, Error> {
    LinkMessage::parse(&mut Cursor::new(bytes, storage.widths)).map_err(|fault| storage.fault(at, fault))
}
