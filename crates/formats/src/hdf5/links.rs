//! The links of a group, wherever they are kept.

use super::{
    cursor::Cursor,
    fractal_heap::FractalHeap,
    header::{Header, kind},
    message::link::{Link, LinkInfo, LinkMessage, SymbolTable},
    old_group,
    storage::{Losses, Storage},
    tree2,
};
use crate::{Error, Kind};
use indexmap::IndexMap;

/// Links by name, and the first error if some of them cannot be read.
#[derive(Debug)]
pub(crate) struct Links {
    /// In the order of creation where the file keeps it, else in the order of names.
    pub(crate) known: IndexMap<String, Link>,
    pub(crate) lost: Option<Error>,
}

/// Reads the links of a group; those that can be read are given whatever happened to the others.
pub(crate) fn read(storage: &Storage, header: &Header) -> Links {
    let mut losses = Losses::Keep(None);
    let mut known = IndexMap::new();
    let read = all(storage, header, &mut losses).map(|links| known = links);
    let _ = losses.pass(read);
    let lost = if let Losses::Keep(lost) = losses { lost } else { None };
    Links { known, lost }
}

fn all(storage: &Storage, header: &Header, losses: &mut Losses) -> Result<IndexMap<String, Link>, Error> {
    if let Some(message) = header.first(kind::SYMBOL_TABLE) {
        let table =
            SymbolTable::parse(&mut Cursor::new(&message.data, storage.widths)).map_err(|f| storage.fault(message.at, f))?;
        return old_group::members(storage, table, losses);
    }
    let mut found = Vec::new();
    for message in header.all(kind::LINK) {
        let link = parse(storage, &message.data, message.at).map(|link| found.push((link, message.at)));
        losses.pass(link)?;
    }
    let info = header.first(kind::LINK_INFO);
    let info = info.map(|m| LinkInfo::parse(&mut Cursor::new(&m.data, storage.widths)).map_err(|f| storage.fault(m.at, f)));
    let info = info.transpose()?;
    if let Some(info) = info {
        let dense = dense(storage, info, losses, &mut found);
        losses.pass(dense)?;
    }
    if info.is_some_and(|info| info.ordered) && found.iter().all(|(link, _)| link.order.is_some()) {
        found.sort_by_key(|(link, _)| link.order);
    } else {
        found.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    }
    let mut links = IndexMap::with_capacity(found.len());
    for (link, at) in found {
        if links.contains_key(&link.name) {
            losses.pass(Err(storage.error(Kind::Damaged, format!("two links of the name {}", link.name)).at(at)))?;
            continue;
        }
        links.insert(link.name, link.link);
    }
    Ok(links)
}

/// Links in a fractal heap.
fn dense(storage: &Storage, info: LinkInfo, losses: &mut Losses, found: &mut Vec<(LinkMessage, u64)>) -> Result<(), Error> {
    let Some(heap) = info.heap else { return Ok(()) };
    let at = storage.absolute(heap)?;
    let Some(names) = info.names else { return Err(storage.error(Kind::Damaged, "a heap of links without its B-tree").at(at)) };
    let heap = FractalHeap::open(storage, heap)?;
    // A record is the hash of the name and a heap id of 7 bytes.
    tree2::walk(storage, names, &[5], losses, &mut |_, record, at| {
        let Some(id) = record.get(4..) else { return Err(storage.error(Kind::Damaged, "a record without heap id").at(at)) };
        let (bytes, at) = heap.object(id)?;
        found.push((parse(storage, &bytes, at)?, at));
        Ok(())
    })
}

fn parse(storage: &Storage, bytes: &[u8], at: u64) -> Result<LinkMessage, Error> {
    LinkMessage::parse(&mut Cursor::new(bytes, storage.widths)).map_err(|fault| storage.fault(at, fault))
}
