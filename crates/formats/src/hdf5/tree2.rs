//! B-trees of version 2: links, attributes, huge objects, chunks.
//!
//! ```text
//! header "BTHD": version, type (1 each), bytes of a node 4, of a record 2, depth 2, split, merge (1 each), root, records of the
//!                root 2, of all (length), checksum
//! inner  "BTIN": version, type, records, children (address, records, records below), checksum
//! leaf   "BTLF": version, type, records, checksum
//! ```
//! Numbers of records in children are as wide as the most that fit.

use super::{
    cursor::Parsed,
    storage::{Losses, Storage, Visited},
};
use crate::{Error, Kind};

/// Signature, version, type and checksum.
const OVERHEAD: u64 = 10;
const MAX_DEPTH: u16 = 32;

struct Header {
    node_size: u32,
    record_size: u16,
    depth: u16,
    root: Option<u64>,
    root_records: u16,
    total: u64,
}

/// Most records and their widths on each level.
struct Level {
    most: u64,
    /// Bytes for the number of records below.
    width_below: usize,
    below: u64,
}

/// Bytes that hold numbers up to `most`.
fn width_of(most: u64) -> usize {
    most.max(1).ilog2() as usize / 8 + 1
}

struct Walk<'s, 'v> {
    storage: &'s Storage,
    kind: u8,
    header: Header,
    levels: Vec<Level>,
    width: usize,
    visited: Visited,
    seen: u64,
    losses: &'v mut Losses,
    visit: &'v mut dyn FnMut(&[u8], u64) -> Result<(), Error>,
}

/// Visits the records of the tree whose header is at `address` in order: bytes, absolute offset.
///
/// `kinds` are the record types that are understood; the one found is given back with the bytes of a record.
pub(crate) fn walk(
    storage: &Storage,
    address: u64,
    kinds: &[u8],
    losses: &mut Losses,
    visit: &mut dyn FnMut(u8, &[u8], u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let len = 22 + u64::from(storage.widths.offset) + u64::from(storage.widths.length);
    let block = storage.summed_block(address, len)?;
    let (kind, header) = storage.parse(&block, |c| -> Parsed<(u8, Header)> {
        c.signature(b"BTHD")?;
        c.version(0..=0, "a B-tree")?;
        let kind = c.u8()?;
        let (node_size, record_size, depth) = (c.u32()?, c.u16()?, c.u16()?);
        c.skip(2)?;
        let (root, root_records, total) = (c.address()?, c.u16()?, c.length()?);
        Ok((kind, Header { node_size, record_size, depth, root, root_records, total }))
    })?;
    let damaged = |message: String| storage.error(Kind::Damaged, message).at(block.at);
    if !kinds.contains(&kind) {
        return Err(damaged(format!("a B-tree of type {kind} where one of {kinds:?} is due")));
    }
    if header.depth > MAX_DEPTH
        || header.record_size == 0
        || u64::from(header.node_size) < OVERHEAD + u64::from(header.record_size)
    {
        return Err(damaged(format!(
            "a B-tree of depth {} with records of {} bytes in nodes of {}",
            header.depth, header.record_size, header.node_size
        )));
    }
    let Some(root) = header.root else { return Ok(()) };
    let (levels, width) = levels(storage, &header).ok_or_else(|| damaged("a B-tree of impossible sizes".to_owned()))?;
    let (depth, records, total) = (header.depth, header.root_records, header.total);
    let mut each = |bytes: &[u8], at: u64| visit(kind, bytes, at);
    let mut walk = Walk { storage, kind, header, levels, width, visited: Visited::default(), seen: 0, losses, visit: &mut each };
    let walked = walk.node(root, u64::from(records), usize::from(depth));
    walk.losses.pass(walked)?;
    let seen = walk.seen;
    if seen != total && !walk.losses.any() {
        return Err(damaged(format!("{seen} records in a B-tree that promises {total}")));
    }
    Ok(())
}

fn levels(storage: &Storage, header: &Header) -> Option<(Vec<Level>, usize)> {
    let (node, record) = (u64::from(header.node_size), u64::from(header.record_size));
    let most = (node - OVERHEAD) / record;
    let width = width_of(most);
    let mut levels = vec![Level { most, width_below: 0, below: most }];
    for _ in 0..header.depth {
        let under = levels.last()?;
        let pointer = u64::from(storage.widths.offset) + (width + under.width_below) as u64;
        let most = node.checked_sub(OVERHEAD + pointer)? / (record + pointer);
        let below = (most + 1).checked_mul(under.below)?.checked_add(most)?;
        levels.push(Level { most, width_below: width_of(below), below });
    }
    Some((levels, width))
}

impl Walk<'_, '_> {
    fn node(&mut self, address: u64, records: u64, level: usize) -> Result<(), Error> {
        self.visited.enter(self.storage, address, "a B-tree")?;
        let record = usize::from(self.header.record_size);
        let at = self.storage.absolute(address)?;
        if records > self.levels[level].most {
            let message = format!("{records} records in a B-tree node that holds {}", self.levels[level].most);
            return Err(self.storage.error(Kind::Damaged, message).at(at));
        }
        let records = records as usize;
        let offset = usize::from(self.storage.widths.offset);
        let below = if level > 1 { self.levels[level - 1].width_below } else { 0 };
        let pointers = if level > 0 { (records + 1) * (offset + self.width + below) } else { 0 };
        let block = self.storage.summed_block(address, OVERHEAD + (records * record + pointers) as u64)?;
        let (kind, width) = (self.kind, self.width);
        let children = self.storage.parse(&block, |c| {
            c.signature(if level > 0 { b"BTIN" } else { b"BTLF" })?;
            c.version(0..=0, "a B-tree node")?;
            let found = c.u8()?;
            if found != kind {
                return c.fault(format!("a B-tree node of type {found} in a tree of type {kind}"));
            }
            c.skip(records * record)?;
            let mut children = Vec::new();
            if level > 0 {
                for _ in 0..=records {
                    let Some(child) = c.address()? else { return c.fault("a child of a B-tree at no address") };
                    let inside = c.uint(width)?;
                    c.skip(below)?;
                    children.push((child, inside));
                }
            }
            Ok(children)
        })?;
        for k in 0..=records {
            if let Some(&(child, inside)) = children.get(k) {
                let walked = self.node(child, inside, level - 1);
                self.losses.pass(walked)?;
            }
            if k < records {
                let from = 6 + k * record;
                self.seen += 1;
                let visited = (self.visit)(&block.bytes[from..from + record], block.at + from as u64);
                self.losses.pass(visited)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::width_of;

    #[test]
    fn widths_hold_the_most_records() {
        assert_eq!([1, 255, 256, 65535, 65536].map(width_of), [1, 1, 2, 2, 3]);
    }
}
