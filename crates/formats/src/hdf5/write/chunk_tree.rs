//! The index of chunks: a B-tree of version 1, written anew or extended where it is.
//!
//! A node that only gets more or newer chunks is written over itself: every state in between leads to all that was there
//! before. Anything else (chunks taken out, a full node in the middle) makes a new tree.

use super::{
    bytes::Bytes,
    geometry::Geometry,
    output::{Output, Patch},
};
use crate::{
    Error, Kind,
    hdf5::{
        cursor::{Cursor, Parsed},
        storage::Storage,
    },
};
use std::collections::BTreeMap;

/// Deepest tree that is loaded.
const MAX_LEVEL: u8 = 16;

/// A stored chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) address: u64,
    /// Bytes as stored.
    pub(super) stored: u32,
    /// Filters that were left out.
    pub(super) mask: u32,
    /// Not yet in the index of the file.
    pub(super) changed: bool,
}

/// Chunks by their number.
pub(super) type Entries = BTreeMap<u64, Entry>;

#[derive(Clone, Debug)]
struct Node {
    address: Option<u64>,
    /// Number of its first chunk.
    first: u64,
    children: usize,
    changed: bool,
}

/// The nodes that the file has, level by level, leaves first.
#[derive(Clone, Debug, Default)]
pub(super) struct ChunkTree {
    levels: Vec<Vec<Node>>,
    /// Chunks were taken out, or the index is of another kind.
    anew: bool,
}

impl ChunkTree {
    /// A tree that must be written from its chunks, because the file has none or one of another kind.
    pub(super) fn none() -> Self {
        Self { levels: Vec::new(), anew: true }
    }

    /// The next save makes a new tree.
    pub(super) fn renew(&mut self) {
        self.anew = true;
    }

    /// The nodes of the tree at `root` that holds `count` chunks.
    pub(super) fn load(storage: &Storage, root: u64, geometry: &Geometry, count: usize) -> Result<Self, Error> {
        let mut levels: Vec<Vec<Node>> = Vec::new();
        let mut loader = Loader { storage, geometry, levels: &mut levels, left: count + 1 };
        let level = loader.node(root, None)?;
        let strange = level.is_none() || levels.first().map_or(0, |leaves| leaves.iter().map(|n| n.children).sum()) != count;
        Ok(Self { levels, anew: strange })
    }

    /// Brings the tree of the file up to date and gives its root.
    pub(super) fn save(
        &mut self,
        entries: &mut Entries,
        geometry: &Geometry,
        k: u16,
        output: &mut Output,
        patches: &mut Vec<Patch>,
    ) -> Result<Option<u64>, Error> {
        let most = 2 * usize::from(k.max(1));
        if self.anew || !self.extend(entries, most) {
            for node in self.levels.drain(..).flatten() {
                if let Some(address) = node.address {
                    output.release(address, node_size(geometry, most, output) as u64);
                }
            }
            let numbers: Vec<u64> = entries.keys().copied().collect();
            if !numbers.is_empty() {
                let leaf = |numbers: &[u64]| Node { address: None, first: numbers[0], children: numbers.len(), changed: true };
                self.levels.push(numbers.chunks(most).map(leaf).collect());
            }
            self.anew = false;
        }
        self.grow(most);
        self.write(entries, geometry, most, output, patches)?;
        entries.values_mut().for_each(|entry| entry.changed = false);
        Ok(self.levels.last().and_then(|roots| roots[0].address))
    }

    /// Distributes chunks over the leaves that there are; `false` if they do not fit.
    fn extend(&mut self, entries: &Entries, most: usize) -> bool {
        let Some(leaves) = self.levels.first_mut() else { return entries.is_empty() };
        if entries.keys().next().is_none_or(|&number| number < leaves[0].first) {
            return false;
        }
        let mut rest = Vec::new();
        let count = leaves.len();
        for k in 0..count {
            let end = leaves.get(k + 1).map_or(u64::MAX, |next| next.first);
            let leaf = &mut leaves[k];
            let inside = entries.range(leaf.first..end);
            let (mut there, mut changed) = (0, false);
            for (&number, entry) in inside {
                if there == most && k + 1 == count {
                    rest.push(number);
                    continue;
                }
                there += 1;
                changed |= entry.changed;
            }
            if there == 0 || there > most || there < leaf.children {
                return false;
            }
            leaf.changed = changed || there != leaf.children;
            leaf.children = there;
        }
        if !rest.is_empty() {
            leaves[count - 1].changed = true;
            leaves.extend(rest.chunks(most).map(|numbers| Node {
                address: None,
                first: numbers[0],
                children: numbers.len(),
                changed: true,
            }));
        }
        true
    }

    /// Makes the upper levels lead to all nodes below.
    fn grow(&mut self, most: usize) {
        let mut level = 0;
        while self.levels.get(level).is_some_and(|nodes| nodes.len() > 1 || self.levels.len() > level + 1) {
            if self.levels.len() == level + 1 {
                self.levels.push(Vec::new());
            }
            let (below, above) = self.levels.split_at_mut(level + 1);
            let (below, above) = (&below[level], &mut above[0]);
            let mut known: usize = above.iter().map(|node| node.children).sum();
            if let Some(last) = above.last_mut() {
                let more = (below.len() - known).min(most - last.children);
                last.children += more;
                known += more;
                last.changed |= more > 0 || known < below.len();
            }
            for nodes in below[known..].chunks(most) {
                above.push(Node { address: None, first: nodes[0].first, children: nodes.len(), changed: true });
            }
            // The last key of the right edge moves with its last chunk.
            if let (Some(last), Some(edge)) = (above.last_mut(), below.last()) {
                last.changed |= edge.changed;
            }
            level += 1;
        }
    }

    fn write(
        &mut self,
        entries: &Entries,
        geometry: &Geometry,
        most: usize,
        output: &mut Output,
        patches: &mut Vec<Patch>,
    ) -> Result<(), Error> {
        let size = node_size(geometry, most, output);
        let mut new = Vec::new();
        for node in self.levels.iter_mut().flatten() {
            new.push(node.address.is_none());
            if node.address.is_none() {
                node.address = Some(output.allocate(size as u64)?);
            }
        }
        let mut new = new.into_iter();
        for level in 0..self.levels.len() {
            let mut child = 0;
            for k in 0..self.levels[level].len() {
                let (node, new) = (&self.levels[level][k], new.next() == Some(true));
                let children = child..child + node.children;
                child = children.end;
                if !node.changed {
                    continue;
                }
                let sibling = |k: Option<usize>| k.and_then(|k| self.levels[level].get(k)).and_then(|node| node.address);
                let mut out = Bytes::new(output.widths);
                out.bytes(b"TREE\x01");
                out.u8(level as u8);
                out.u16(node.children as u16);
                out.address(sibling(k.checked_sub(1)));
                out.address(sibling(Some(k + 1)));
                if level == 0 {
                    for (&number, entry) in entries.range(node.first..).take(node.children) {
                        key(&mut out, geometry, number, Some(entry));
                        out.address(Some(entry.address));
                    }
                } else {
                    for node in &self.levels[level - 1][children] {
                        key(&mut out, geometry, node.first, entries.get(&node.first));
                        out.address(node.address);
                    }
                }
                match self.levels[level].get(k + 1) {
                    Some(next) => key(&mut out, geometry, next.first, entries.get(&next.first)),
                    None => last_key(&mut out, geometry, entries.keys().next_back().copied().unwrap_or(0)),
                }
                out.zeros(size - out.len());
                let address = node.address.expect("invariant: allocated above");
                if new {
                    output.write(address, &out.out)?;
                } else {
                    patches.push(Patch { address, bytes: out.out });
                }
            }
        }
        self.levels.iter_mut().flatten().for_each(|node| node.changed = false);
        Ok(())
    }
}

/// Bytes of a node with room for `most` children.
fn node_size(geometry: &Geometry, most: usize, output: &Output) -> usize {
    let width = usize::from(output.widths.offset);
    8 + 2 * width + most * width + (most + 1) * key_size(geometry)
}

fn key_size(geometry: &Geometry) -> usize {
    8 + 8 * (geometry.chunk.len() + 1)
}

fn key(out: &mut Bytes, geometry: &Geometry, number: u64, entry: Option<&Entry>) {
    out.u32(entry.map_or(0, |entry| entry.stored));
    out.u32(entry.map_or(0, |entry| entry.mask));
    geometry.coordinates(number).iter().for_each(|&first| out.u64(first));
    out.u64(0);
}

/// The key behind all chunks: one step further along every axis.
fn last_key(out: &mut Bytes, geometry: &Geometry, number: u64) {
    out.u64(0);
    for (first, chunk) in geometry.coordinates(number).iter().zip(&geometry.chunk) {
        out.u64(first + chunk);
    }
    out.u64(geometry.element as u64);
}

struct Loader<'a> {
    storage: &'a Storage,
    geometry: &'a Geometry,
    levels: &'a mut Vec<Vec<Node>>,
    /// Nodes that may still come; more are a cycle.
    left: usize,
}

impl Loader<'_> {
    /// Loads a node and those below; its level, or `None` if the tree has chunks outside the dataset.
    fn node(&mut self, address: u64, above: Option<u8>) -> Result<Option<u8>, Error> {
        let geometry = self.geometry;
        let width = usize::from(self.storage.widths.offset);
        let size = key_size(geometry);
        let block = self.storage.block(address, 8 + 2 * width as u64)?;
        let bad = |message: &str| self.storage.error(Kind::Damaged, message).at(block.at);
        if self.left == 0 {
            return Err(bad("more nodes in a B-tree than chunks"));
        }
        self.left -= 1;
        let (level, count) = self.storage.parse(&block, |c| -> Parsed<(u8, u16)> {
            c.signature(b"TREE")?;
            c.skip(1)?;
            Ok((c.u8()?, c.u16()?))
        })?;
        if level > MAX_LEVEL || above.is_some_and(|above| above != level + 1) {
            return Err(bad("levels of a B-tree out of order"));
        }
        let count = usize::from(count);
        let block = self.storage.block(address, (8 + 2 * width + count * (size + width)) as u64)?;
        let mut children = Vec::with_capacity(count);
        let mut first = None;
        for k in 0..count {
            let mut c = Cursor::new(&block.bytes, self.storage.widths);
            c.pos = 8 + 2 * width + k * (size + width);
            let parsed = (|| -> Parsed<(Vec<u64>, Option<u64>)> {
                c.skip(8)?;
                let place = geometry.chunk.iter().map(|_| c.u64()).collect::<Parsed<Vec<u64>>>()?;
                c.skip(8)?;
                Ok((place, c.address()?))
            })();
            let (place, child) = parsed.map_err(|fault| self.storage.fault(block.at, fault))?;
            let (Some(number), Some(child)) = (geometry.number(&place), child) else { return Ok(None) };
            first.get_or_insert(number);
            children.push(child);
        }
        let Some(first) = first else { return Ok(None) };
        let level_index = usize::from(level);
        if self.levels.len() <= level_index {
            self.levels.resize(level_index + 1, Vec::new());
        }
        self.levels[level_index].push(Node { address: Some(address), first, children: count, changed: false });
        if level > 0 {
            for child in children {
                if self.node(child, Some(level))?.is_none() {
                    return Ok(None);
                }
            }
        }
        Ok(Some(level))
    }
}
