//! The table of an old group: names in a local heap, entries in symbol nodes, a B-tree of version 1 above them.
//!
//! A table that exists keeps the address of its heap and of its root, because other groups and the superblock remember them.
//! New names go behind the old ones, new nodes to new places; writing the heap and then the root over themselves makes the
//! new table the valid one, and at every moment in between the old one is whole.

use super::{
    bytes::Bytes,
    output::{Output, Patch},
};
use crate::{
    Error,
    hdf5::{Link, cursor::Parsed, message::link::SymbolTable, storage::Storage, tree1},
};
use std::collections::HashMap;

/// A cached soft link in an entry.
const SOFT: u32 = 2;
/// No free space in a local heap.
const NO_FREE: u64 = 1;

/// K of leaf and internal nodes of groups.
pub(super) type GroupK = (u16, u16);

/// What the file has of a table.
#[derive(Clone, Debug)]
pub(super) struct StoredTable {
    pub(super) table: SymbolTable,
    /// Data of the local heap, and its free list.
    names: Vec<u8>,
    names_at: u64,
    free: u64,
    /// Where names are in the heap.
    offsets: HashMap<String, u64>,
    /// Symbol nodes and nodes below the root: address and bytes.
    nodes: Vec<(u64, u64)>,
}

impl StoredTable {
    /// The table that a symbol table message names.
    pub(super) fn load(storage: &Storage, table: SymbolTable, k: GroupK) -> Result<Self, Error> {
        let (o, l) = (u64::from(storage.widths.offset), u64::from(storage.widths.length));
        let head = storage.block(table.heap, 8 + 2 * l + o)?;
        let (size, free, names_at) = storage.parse(&head, |c| -> Parsed<(u64, u64, u64)> {
            c.signature(b"HEAP")?;
            c.skip(4)?;
            let (size, free) = (c.length()?, c.length()?);
            match c.address()? {
                Some(address) => Ok((size, free, address)),
                None => c.fault("a local heap without data"),
            }
        })?;
        let names = storage.block(names_at, size)?.bytes;
        let mut nodes = Vec::new();
        let bytes = node_bytes(o, k);
        tree1::walk(storage, table.tree, 0, l as usize, &mut crate::hdf5::storage::Losses::Refuse, &mut |_, _, address| {
            nodes.push((address, bytes));
            Ok(())
        })?;
        Ok(Self { table, names, names_at, free, offsets: HashMap::new(), nodes })
    }

    /// The names of a heap that was not written here.
    fn find_names(&mut self) {
        let mut at = 0;
        while at < self.names.len() {
            let end = self.names[at..].iter().position(|&b| b == 0).map_or(self.names.len(), |n| at + n);
            if let Ok(name) = std::str::from_utf8(&self.names[at..end])
                && !name.is_empty()
            {
                self.offsets.entry(name.to_owned()).or_insert(at as u64);
            }
            // Names begin at multiples of 8.
            at = (end + 1).next_multiple_of(8);
        }
    }
}

/// Bytes of a symbol node.
fn node_bytes(offset_width: u64, k: GroupK) -> u64 {
    8 + 2 * u64::from(k.0) * (2 * offset_width + 24)
}

/// Writes a table of sorted members; `stored` is the one to be changed, and becomes the new one.
pub(super) fn save(
    members: &[(&str, Link)],
    stored: &mut Option<StoredTable>,
    k: GroupK,
    output: &mut Output,
    patches: &mut Vec<Patch>,
) -> Result<SymbolTable, Error> {
    let widths = output.widths;
    let before = stored.take();
    let mut old = before.clone().unwrap_or_else(|| StoredTable {
        table: SymbolTable { tree: 0, heap: 0 },
        names: vec![0; 8],
        names_at: 0,
        free: NO_FREE,
        offsets: HashMap::new(),
        nodes: Vec::new(),
    });
    // Free ranges inside the heap may hold what looks like names; the list of them is rarely there.
    if old.offsets.is_empty() && old.free == NO_FREE {
        old.find_names();
    }
    let known = old.names.len();
    let place = |old: &mut StoredTable, text: &str| -> u64 {
        if let Some(&at) = old.offsets.get(text) {
            return at;
        }
        let at = old.names.len() as u64;
        old.names.extend_from_slice(text.as_bytes());
        old.names.push(0);
        old.names.resize(old.names.len().next_multiple_of(8), 0);
        old.offsets.insert(text.to_owned(), at);
        at
    };
    let mut entries = Vec::with_capacity(members.len());
    for (name, link) in members {
        let name = place(&mut old, name);
        let mut out = Bytes::new(widths);
        out.uint(name, usize::from(widths.offset));
        match link {
            Link::Soft(path) => {
                let path = place(&mut old, path);
                out.address(None);
                out.u32(SOFT);
                out.u32(0);
                out.u32(path as u32);
                out.zeros(12);
            }
            Link::Hard(address) => {
                out.address(Some(*address));
                out.zeros(24);
            }
            Link::External { .. } => unreachable!("groups with external links have link messages"),
        }
        entries.push((name, out.out));
    }
    let names_at = if before.is_some() && old.names.len() == known { old.names_at } else { output.put(&old.names)? };
    let mut nodes = Vec::new();
    // Child, and the greatest name in it.
    let mut level: Vec<(u64, u64)> = Vec::new();
    let size = node_bytes(u64::from(widths.offset), k);
    for group in entries.chunks(2 * usize::from(k.0)) {
        let mut out = Bytes::new(widths);
        out.bytes(b"SNOD\x01\0");
        out.u16(group.len() as u16);
        group.iter().for_each(|(_, entry)| out.bytes(entry));
        out.zeros(size as usize - out.len());
        let address = output.put(&out.out)?;
        nodes.push((address, size));
        level.push((address, group.last().map_or(0, |(name, _)| *name)));
    }
    let most = 2 * usize::from(k.1);
    let tree_size =
        8 + 2 * usize::from(widths.offset) + most * usize::from(widths.offset) + (most + 1) * usize::from(widths.length);
    let mut height = 0;
    let root = loop {
        let rooted = level.len() <= most;
        let groups: Vec<&[(u64, u64)]> = if level.is_empty() { vec![&[]] } else { level.chunks(most).collect() };
        let addresses = match rooted {
            true => vec![if before.is_some() { old.table.tree } else { output.allocate(tree_size as u64)? }],
            false => groups.iter().map(|_| output.allocate(tree_size as u64)).collect::<Result<Vec<_>, _>>()?,
        };
        let mut above = Vec::new();
        let mut first = 0;
        let mut root = None;
        for (n, group) in groups.iter().enumerate() {
            let mut out = Bytes::new(widths);
            out.bytes(b"TREE\0");
            out.u8(height);
            out.u16(group.len() as u16);
            out.address(n.checked_sub(1).map(|n| addresses[n]));
            out.address(addresses.get(n + 1).copied());
            out.length(first);
            for (child, last) in *group {
                out.address(Some(*child));
                out.length(*last);
                first = *last;
            }
            out.zeros(tree_size - out.len());
            above.push((addresses[n], first));
            match rooted {
                true => root = Some(out.out),
                false => {
                    output.write(addresses[n], &out.out)?;
                    nodes.push((addresses[n], tree_size as u64));
                }
            }
        }
        if let Some(bytes) = root {
            break Patch { address: addresses[0], bytes };
        }
        level = above;
        height += 1;
    };
    let mut heap = Bytes::new(widths);
    heap.bytes(b"HEAP\0\0\0\0");
    heap.length(old.names.len() as u64);
    heap.length(old.free);
    heap.address(Some(names_at));
    let table = if before.is_some() {
        if names_at != old.names_at {
            output.release(old.names_at, known as u64);
            patches.push(Patch { address: old.table.heap, bytes: heap.out });
        }
        old.nodes.iter().for_each(|&(address, len)| output.release(address, len));
        patches.push(root);
        old.table
    } else {
        output.write(root.address, &root.bytes)?;
        SymbolTable { tree: root.address, heap: output.put(&heap.out)? }
    };
    *stored = Some(StoredTable { table, names_at, nodes, ..old });
    Ok(table)
}
