//! Members of old groups: B-tree of version 1, symbol nodes, local heap.
//!
//! ```text
//! "SNOD": version 1, reserved 1, entries 2, entries               symbol node
//! entry:  offset of the name, header, cache 4 (2: soft link), reserved 4, scratch 16 (offset of the path)
//! "HEAP": version 1, reserved 3, bytes of data, free list, address of data       local heap
//! ```

use super::{
    cursor::{Cursor, Parsed, text},
    message::link::{Link, SymbolTable},
    storage::{Block, Losses, Storage},
    tree1,
};
use crate::{Error, Kind};
use indexmap::IndexMap;

const CACHED_SOFT_LINK: u32 = 2;

/// Members by name, in the order of the tree (of names); what of them is lost goes to `losses`.
pub(crate) fn members(storage: &Storage, table: SymbolTable, losses: &mut Losses) -> Result<IndexMap<String, Link>, Error> {
    let heap = local_heap(storage, table.heap)?;
    let mut links = IndexMap::new();
    // A node is lost as a whole, its entries one by one.
    let mut lost = Losses::Keep(None);
    tree1::walk(storage, table.tree, 0, usize::from(storage.widths.length), losses, &mut |_, _, node| {
        symbols(storage, node, &heap, &mut links, &mut lost)
    })?;
    if let Losses::Keep(Some(error)) = lost {
        losses.pass(Err(error))?;
    }
    Ok(links)
}

/// The data of a local heap.
fn local_heap(storage: &Storage, address: u64) -> Result<Block, Error> {
    let len = 8 + 2 * u64::from(storage.widths.length) + u64::from(storage.widths.offset);
    let head = storage.block(address, len)?;
    let (size, data) = storage.parse(&head, |c| {
        c.signature(b"HEAP")?;
        c.version(0..=0, "a local heap")?;
        c.skip(3)?;
        let size = c.length()?;
        c.length()?;
        Ok((size, c.address()?))
    })?;
    match data {
        // Names before the end of a cut file can still be read.
        Some(data) => storage.block_at_most(data, size),
        None => Err(storage.error(Kind::Damaged, "a local heap without data").at(head.at)),
    }
}

fn heap_text(storage: &Storage, heap: &Block, offset: u64) -> Result<String, Error> {
    let found = usize::try_from(offset).ok().and_then(|from| heap.bytes.get(from..)).and_then(|rest| {
        let end = rest.iter().position(|&b| b == 0)?;
        Some(text(&rest[..end]))
    });
    found.ok_or_else(|| {
        storage.error(Kind::Damaged, format!("a name at {offset} of a local heap of {} bytes", heap.bytes.len())).at(heap.at)
    })
}

struct Entry {
    name: u64,
    header: Option<u64>,
    cache: u32,
    path: u32,
}

fn entry(c: &mut Cursor<'_>) -> Parsed<Entry> {
    let name = c.uint(usize::from(c.widths.offset))?;
    let header = c.address()?;
    let cache = c.u32()?;
    c.skip(4)?;
    let path = c.u32()?;
    c.skip(12)?;
    Ok(Entry { name, header, cache, path })
}

fn symbols(
    storage: &Storage,
    address: u64,
    heap: &Block,
    links: &mut IndexMap<String, Link>,
    lost: &mut Losses,
) -> Result<(), Error> {
    let head = storage.block(address, 8)?;
    let count = storage.parse(&head, |c| {
        c.signature(b"SNOD")?;
        c.version(1..=1, "a symbol node")?;
        c.skip(1)?;
        c.u16()
    })?;
    let size = 2 * u64::from(storage.widths.offset) + 24;
    let block = storage.block(address, 8 + u64::from(count) * size)?;
    let entries = storage.parse(&block, |c| {
        c.skip(8)?;
        (0..count).map(|_| entry(c)).collect::<Parsed<Vec<Entry>>>()
    })?;
    for (k, entry) in entries.into_iter().enumerate() {
        let at = block.at + 8 + k as u64 * size;
        let named = member(storage, &entry, heap, at).and_then(|(name, link)| match links.insert(name.clone(), link) {
            None => Ok(()),
            Some(_) => Err(storage.error(Kind::Damaged, format!("two members of the name {name}")).at(at)),
        });
        lost.pass(named)?;
    }
    Ok(())
}

fn member(storage: &Storage, entry: &Entry, heap: &Block, at: u64) -> Result<(String, Link), Error> {
    let name = heap_text(storage, heap, entry.name)?;
    if entry.cache == CACHED_SOFT_LINK {
        let path = heap_text(storage, heap, u64::from(entry.path))?;
        return Ok((name, Link::Soft(path)));
    }
    match entry.header {
        Some(header) => Ok((name, Link::Hard(header))),
        None => Err(storage.error(Kind::Damaged, format!("member {name} at no address")).at(at)),
    }
}
