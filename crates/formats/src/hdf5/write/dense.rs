//! Links and attributes that do not stand in the header: one fractal heap with all of them, B-trees of version 2 to find them.
//!
//! They are always written as a whole: the heap has a single direct block that holds every object, a tree has one level of
//! leaves and, where they do not fit in one, a root above.
//!
//! ```text
//! heap header → direct block: "FHDB" version 0, header, offset 0, checksum 4, objects …
//! tree header → leaf, or root → leaves
//! ```

use super::{
    bytes::{Bytes, width_of},
    output::Output,
};
use crate::{
    Error, Kind,
    hdf5::{checksum::lookup3, storage::Widths},
};

/// Smallest direct block.
const SMALLEST: u64 = 512;
/// Blocks of a row of the heap's table.
const TABLE_WIDTH: u16 = 4;
/// Bytes around the records of a node of a tree.
const NODE_OVERHEAD: usize = 10;
/// Smallest node.
const NODE: usize = 512;

/// Which records a tree has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Records {
    /// 5: hash of the name 4, heap id 7
    LinkNames = 5,
    /// 6: order 8, heap id 7
    LinkOrders = 6,
    /// 8: heap id 8, flags 1, order 4, hash of the name 4
    AttributeNames = 8,
    /// 9: heap id 8, flags 1, order 4
    AttributeOrders = 9,
}

/// What is kept of a link or attribute.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) order: u64,
    /// Flags of the message, for attributes.
    pub(super) flags: u8,
    /// The message.
    pub(super) message: Vec<u8>,
}

/// A heap that was written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) heap: u64,
    /// Heap ids of the items.
    ids: Vec<Vec<u8>>,
    /// Addresses and bytes of its blocks.
    pub(super) blocks: Vec<(u64, u64)>,
}

/// Writes a heap of links or attributes.
pub(super) fn heap(items: &[Item], links: bool, output: &mut Output) -> Result<Written, Error> {
    let widths = output.widths;
    let longest = items.iter().map(|item| item.message.len()).max().unwrap_or(0);
    // An id holds a form, an offset and a length: lengths of three bytes leave four for the offset.
    let (id_len, bits): (u16, u16) = if links { (7, 32) } else { (8, if longest > 65_535 { 32 } else { 40 }) };
    let offset_width = usize::from(bits) / 8;
    let head = 5 + usize::from(widths.offset) + offset_width + 4;
    let total = head + items.iter().map(|item| item.message.len()).sum::<usize>();
    let block_size = (total as u64).next_power_of_two().max(SMALLEST);
    if block_size > 1 << (bits - 2) || block_size > 1 << 31 {
        return Err(output.error(Kind::Unsupported, format!("{total} bytes of links or attributes of one object")));
    }
    // The largest object is as long as its bytes in an id can say; libhdf5 wants it below the largest direct block.
    let largest_block = block_size.max(1 << 16);
    let largest_object = if links { 4096 } else { 65_535 }.max(longest);
    let length_width = width_of(largest_object as u64).min((largest_block.ilog2() as usize).div_ceil(8));
    if 1 + offset_width + length_width > usize::from(id_len) {
        return Err(output.error(Kind::Unsupported, "a link or attribute too long for a heap"));
    }
    let heap_len = 22 + 12 * u64::from(widths.length) + 3 * u64::from(widths.offset) + 4;
    let heap = output.allocate(heap_len)?;
    let block = output.allocate(block_size)?;
    let mut out = Bytes::new(widths);
    out.bytes(b"FHDB\0");
    out.address(Some(heap));
    out.zeros(offset_width + 4);
    let mut ids = Vec::with_capacity(items.len());
    for item in items {
        let mut id = Bytes::new(widths);
        id.u8(0);
        id.uint(out.len() as u64, offset_width);
        id.uint(item.message.len() as u64, length_width);
        id.zeros(usize::from(id_len) - id.len());
        ids.push(id.out);
        out.bytes(&item.message);
    }
    let free = block_size - out.len() as u64;
    out.zeros(free as usize);
    // The sum is over the block with zeros in its place.
    let sum = lookup3(&out.out);
    out.out[head - 4..head].copy_from_slice(&sum.to_le_bytes());
    output.write(block, &out.out)?;
    let mut out = Bytes::new(widths);
    out.bytes(b"FRHP\0");
    out.u16(id_len);
    out.u16(0);
    out.u8(2);
    out.u32(largest_object as u32);
    out.length(0);
    out.address(None);
    out.length(free);
    out.address(None);
    out.length(block_size);
    out.length(block_size);
    out.length(block_size);
    out.length(items.len() as u64);
    (0..4).for_each(|_| out.length(0));
    out.u16(TABLE_WIDTH);
    out.length(block_size);
    out.length(largest_block);
    out.u16(bits);
    out.u16(1);
    out.address(Some(block));
    out.u16(0);
    out.checksum();
    output.write(heap, &out.out)?;
    Ok(Written { heap, ids, blocks: vec![(heap, heap_len), (block, block_size)] })
}

impl Written {
    /// Writes a tree over the items of the heap and gives the address of its header.
    pub(super) fn tree(&mut self, records: Records, items: &[Item], output: &mut Output) -> Result<u64, Error> {
        let widths = output.widths;
        let mut sorted: Vec<usize> = (0..items.len()).collect();
        match records {
            Records::LinkNames | Records::AttributeNames => {
                sorted.sort_by_cached_key(|&k| (lookup3(items[k].name.as_bytes()), items[k].name.clone()));
            }
            Records::LinkOrders | Records::AttributeOrders => sorted.sort_by_key(|&k| items[k].order),
        }
        let record = |k: usize| {
            let mut out = Bytes::new(widths);
            let (item, id) = (&items[k], &self.ids[k]);
            match records {
                Records::LinkNames => {
                    out.u32(lookup3(item.name.as_bytes()));
                    out.bytes(id);
                }
                Records::LinkOrders => {
                    out.u64(item.order);
                    out.bytes(id);
                }
                Records::AttributeNames | Records::AttributeOrders => {
                    out.bytes(id);
                    out.u8(item.flags);
                    out.u32(item.order as u32);
                    if records == Records::AttributeNames {
                        out.u32(lookup3(item.name.as_bytes()));
                    }
                }
            }
            out.out
        };
        let records_bytes: Vec<Vec<u8>> = sorted.into_iter().map(record).collect();
        let size = records_bytes.first().map_or(1, Vec::len);
        let (header, blocks) = tree(records as u8, size, &records_bytes, widths, output)?;
        self.blocks.extend(blocks);
        Ok(header)
    }
}

/// Most records of a leaf and of a root above leaves.
fn room(node: usize, record: usize, widths: Widths) -> (usize, usize) {
    let leaf = (node - NODE_OVERHEAD) / record;
    let pointer = usize::from(widths.offset) + width_of(leaf as u64);
    (leaf, (node - NODE_OVERHEAD - pointer) / (record + pointer))
}

/// Address of a header, and the blocks of a tree.
type Tree = (u64, Vec<(u64, u64)>);

fn tree(kind: u8, size: usize, records: &[Vec<u8>], widths: Widths, output: &mut Output) -> Result<Tree, Error> {
    let mut node = NODE;
    while {
        let (leaf, root) = room(node, size, widths);
        records.len() > leaf + root * (leaf + 1)
    } {
        node *= 2;
    }
    let (leaf, _) = room(node, size, widths);
    let mut blocks = Vec::new();
    let mut write = |out: &mut Bytes, output: &mut Output| -> Result<u64, Error> {
        out.checksum();
        out.zeros(node - out.len());
        let address = output.put(&out.out)?;
        blocks.push((address, node as u64));
        Ok(address)
    };
    let start = |letters: &[u8; 4]| {
        let mut out = Bytes::new(widths);
        out.bytes(letters);
        out.bytes(&[0, kind]);
        out
    };
    let mut root = None;
    let mut root_records = records.len();
    let mut depth = 0;
    if records.len() > leaf {
        // Every root record stands between two leaves, which share the others evenly.
        let leaves = (records.len() + 1).div_ceil(leaf + 1);
        root_records = leaves - 1;
        depth = 1;
        let (share, more) = ((records.len() - root_records) / leaves, (records.len() - root_records) % leaves);
        let mut above = start(b"BTIN");
        let mut children = Vec::new();
        let mut at = 0;
        for k in 0..leaves {
            let count = share + usize::from(k < more);
            let mut out = start(b"BTLF");
            records[at..at + count].iter().for_each(|record| out.bytes(record));
            children.push((write(&mut out, output)?, count));
            at += count;
            if k + 1 < leaves {
                above.bytes(&records[at]);
                at += 1;
            }
        }
        for (address, count) in children {
            above.address(Some(address));
            above.uint(count as u64, width_of(leaf as u64));
        }
        root = Some(write(&mut above, output)?);
    } else if !records.is_empty() {
        let mut out = start(b"BTLF");
        records.iter().for_each(|record| out.bytes(record));
        root = Some(write(&mut out, output)?);
    }
    let mut out = Bytes::new(widths);
    out.bytes(b"BTHD\0");
    out.u8(kind);
    out.u32(node as u32);
    out.u16(size as u16);
    out.u16(depth);
    out.bytes(&[100, 40]);
    out.address(root);
    out.u16(root_records as u16);
    out.length(records.len() as u64);
    out.checksum();
    let header = output.put(&out.out)?;
    blocks.push((header, out.len() as u64));
    Ok((header, blocks))
}
