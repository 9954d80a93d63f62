//! B-trees of version 1: members of old groups, chunks.
//!
//! ```text
//! 0  4  "TREE"
//! 4  1  node type: 0 group, 1 chunks
//! 5  1  level, 0 for leaves
//! 6  2  children
//! 8     left sibling, right sibling, then key 0, child 0, key 1, child 1, …, last key
//! ```

use super::{
    cursor::{Cursor, Fault, Parsed},
    storage::{Losses, Storage, Visited},
};
use crate::{Error, Kind};

/// Deepest tree that is followed; with two children a node this is more than all files.
const MAX_LEVEL: u8 = 64;

/// A leaf entry: key (as bytes) and the address it leads to.
pub(crate) type Visit<'v> = dyn FnMut(&[u8], u64, u64) -> Result<(), Error> + 'v;

/// Visits all children of leaves in order: key bytes, their absolute offset, address.
pub(crate) fn walk(
    storage: &Storage,
    root: u64,
    node_type: u8,
    key_size: usize,
    losses: &mut Losses,
    visit: &mut Visit<'_>,
) -> Result<(), Error> {
    let mut visited = Visited::default();
    let walked = node(storage, root, node_type, key_size, None, &mut visited, losses, visit);
    losses.pass(walked)
}

struct Head {
    level: u8,
    children: usize,
    /// Bytes before the first key.
    len: usize,
}

fn head(c: &mut Cursor<'_>, node_type: u8, above: Option<u8>) -> Parsed<Head> {
    c.signature(b"TREE")?;
    let found = c.u8()?;
    if found != node_type {
        return Err(Fault::new(4, format!("a B-tree node of type {found} where {node_type} is due")));
    }
    let level = c.u8()?;
    if level > MAX_LEVEL || above.is_some_and(|above| above != level + 1) {
        return Err(Fault::new(5, format!("a B-tree node of level {level} under one of level {}", above.map_or(0, i32::from))));
    }
    let children = usize::from(c.u16()?);
    c.skip(2 * usize::from(c.widths.offset))?;
    Ok(Head { level, children, len: c.pos })
}

fn node(
    storage: &Storage,
    address: u64,
    node_type: u8,
    key_size: usize,
    above: Option<u8>,
    visited: &mut Visited,
    losses: &mut Losses,
    visit: &mut Visit<'_>,
) -> Result<(), Error> {
    visited.enter(storage, address, "a B-tree")?;
    let start = storage.block(address, 8 + 2 * u64::from(storage.widths.offset))?;
    let head = storage.parse(&start, |c| head(c, node_type, above))?;
    let width = usize::from(storage.widths.offset);
    let len = head.children * (key_size + width);
    let block = storage.block(address, (head.len + len) as u64)?;
    for k in 0..head.children {
        let from = head.len + k * (key_size + width);
        let key = &block.bytes[from..from + key_size];
        let mut c = Cursor::new(&block.bytes, storage.widths);
        c.pos = from + key_size;
        let at = block.at + from as u64;
        let child = c.address().map_err(|fault| storage.fault(block.at, fault))?;
        let Some(child) = child else {
            return Err(storage.error(Kind::Damaged, "a child of a B-tree at no address").at(at));
        };
        let walked = if head.level == 0 {
            visit(key, at, child)
        } else {
            node(storage, child, node_type, key_size, Some(head.level), visited, losses, visit)
        };
        losses.pass(walked)?;
    }
    Ok(())
}
