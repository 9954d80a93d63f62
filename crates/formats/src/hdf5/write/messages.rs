//! Messages of object headers as bytes: the counterparts of the parsers in `message`.

use super::{bytes::Bytes, datatype};
use crate::hdf5::{Datatype, Filter, Link, header::kind, storage::Widths};

/// Longest data of a message: its length has two bytes, and version 1 wants a multiple of 8.
pub(super) const LONGEST: usize = 65_528;

/// A message of a header that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) kind: u16,
    pub(super) flags: u8,
    /// Order of creation, for headers that keep it.
    pub(super) order: u16,
    pub(super) data: Vec<u8>,
}

impl Message {
    pub(super) fn new(kind: u16, data: Vec<u8>) -> Self {
        // A fill value, a datatype and an attribute info never change: bit 0 as libhdf5 sets it.
        let flags = u8::from(matches!(kind, kind::DATATYPE | kind::FILL));
        Self { kind, flags, order: 0, data }
    }
}

/// Dataspace (1). `max` is empty where it is the shape; no shape is the null dataspace.
pub(super) fn dataspace(shape: Option<&[u64]>, max: &[Option<u64>], widths: Widths) -> Vec<u8> {
    let mut out = Bytes::new(widths);
    let Some(shape) = shape else {
        out.bytes(&[2, 0, 0, 2]);
        return out.out;
    };
    out.bytes(&[1, shape.len() as u8, u8::from(!max.is_empty()), 0, 0, 0, 0, 0]);
    shape.iter().for_each(|&axis| out.length(axis));
    max.iter().for_each(|axis| out.length(axis.unwrap_or(u64::MAX)));
    out.out
}

/// Datatype (3).
pub(super) fn datatype(datatype: &Datatype, old: bool, widths: Widths) -> Result<Vec<u8>, String> {
    let mut out = Bytes::new(widths);
    datatype::encode(datatype, old, &mut out)?;
    Ok(out.out)
}

/// When room for elements is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allocation {
    Early = 1,
    Late = 2,
    Incremental = 3,
}

/// Fill value (5), version 2; `None` is zero.
pub(super) fn fill(value: Option<&[u8]>, allocation: Allocation, widths: Widths) -> Vec<u8> {
    let mut out = Bytes::new(widths);
    let value = value.unwrap_or_default();
    // Written if the user set it, defined.
    out.bytes(&[2, allocation as u8, 2, 1]);
    out.u32(value.len() as u32);
    out.bytes(value);
    out.out
}

/// Filter pipeline (11).
pub(super) fn filters(filters: &[Filter], old: bool, widths: Widths) -> Vec<u8> {
    let mut out = Bytes::new(widths);
    out.bytes(&[if old { 1 } else { 2 }, filters.len() as u8]);
    out.zeros(if old { 6 } else { 0 });
    for filter in filters {
        let (id, values) = (filter.id(), filter.values());
        // Registered filters carry a name, so that a library without them can say which is missing.
        let name: &[u8] = match filter {
            Filter::Lzf { .. } => b"lzf\0",
            Filter::Zstd { .. } => b"zstd\0",
            Filter::Lz4 { .. } => b"lz4\0",
            Filter::Bitshuffle { .. } => b"bitshuffle\0",
            _ => b"",
        };
        let padded = if old { name.len().next_multiple_of(8) } else { name.len() };
        out.u16(id);
        if old || id >= 256 {
            out.u16(padded as u16);
        }
        // Bit 0: a chunk that the filter cannot make smaller is stored without it.
        out.u16(u16::from(*filter != Filter::Fletcher32));
        out.u16(values.len() as u16);
        out.bytes(name);
        out.zeros(padded - name.len());
        values.iter().for_each(|&value| out.u32(value));
        if old && values.len() % 2 == 1 {
            out.u32(0);
        }
    }
    out.out
}

/// Data layout (8), version 3.
pub(super) mod layout {
    use super::{Bytes, Widths};

    pub(in super::super) fn compact(data: &[u8], widths: Widths) -> Vec<u8> {
        let mut out = Bytes::new(widths);
        out.bytes(&[3, 0]);
        out.u16(data.len() as u16);
        out.bytes(data);
        out.out
    }

    pub(in super::super) fn contiguous(address: Option<u64>, size: u64, widths: Widths) -> Vec<u8> {
        let mut out = Bytes::new(widths);
        out.bytes(&[3, 1]);
        out.address(address);
        out.length(size);
        out.out
    }

    /// Chunks in a B-tree of version 1, which every library reads.
    pub(in super::super) fn chunked(chunk: &[u64], element: u32, tree: Option<u64>, widths: Widths) -> Vec<u8> {
        let mut out = Bytes::new(widths);
        out.bytes(&[3, 2, chunk.len() as u8 + 1]);
        out.address(tree);
        chunk.iter().for_each(|&axis| out.u32(axis as u32));
        out.u32(element);
        out.out
    }
}

/// Attribute (12): version 1 in old files; version 3, which knows UTF-8 names, in new ones.
pub(super) fn attribute(name: &str, datatype: &[u8], dataspace: &[u8], value: &[u8], old: bool, widths: Widths) -> Vec<u8> {
    let mut out = Bytes::new(widths);
    out.bytes(&[if old { 1 } else { 3 }, 0]);
    let parts = [&[name.as_bytes(), b"\0"].concat(), datatype, dataspace];
    parts.iter().for_each(|part| out.u16(part.len() as u16));
    if !old {
        out.u8(u8::from(!name.is_ascii()));
    }
    for part in parts {
        out.bytes(part);
        out.zeros(if old { part.len().next_multiple_of(8) - part.len() } else { 0 });
    }
    out.bytes(value);
    out.out
}

/// Link (6).
pub(super) fn link(name: &str, link: &Link, order: Option<u64>, widths: Widths) -> Vec<u8> {
    let mut out = Bytes::new(widths);
    let width = match name.len() {
        0..0x100 => 0,
        0x100..0x1_0000 => 1,
        _ => 2,
    };
    let form = match link {
        Link::Hard(_) => 0,
        Link::Soft(_) => 1,
        Link::External { .. } => 64,
    };
    let utf8 = !name.is_ascii();
    out.u8(1);
    out.u8(width | u8::from(order.is_some()) << 2 | u8::from(form != 0) << 3 | u8::from(utf8) << 4);
    if form != 0 {
        out.u8(form);
    }
    if let Some(order) = order {
        out.u64(order);
    }
    if utf8 {
        out.u8(1);
    }
    out.uint(name.len() as u64, 1 << width);
    out.bytes(name.as_bytes());
    match link {
        Link::Hard(address) => out.address(Some(*address)),
        Link::Soft(path) => {
            out.u16(path.len() as u16);
            out.bytes(path.as_bytes());
        }
        Link::External { file, path } => {
            out.u16((file.len() + path.len() + 3) as u16);
            out.u8(0);
            out.bytes(file.as_bytes());
            out.u8(0);
            out.bytes(path.as_bytes());
            out.u8(0);
        }
    }
    out.out
}

/// Which orders a group or the attributes of an object keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Orders {
    /// The order of creation is kept.
    pub(super) tracked: bool,
    /// It has a B-tree of its own.
    pub(super) indexed: bool,
}

/// Places of links or attributes that are not in the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dense {
    pub(super) heap: Option<u64>,
    pub(super) names: Option<u64>,
    pub(super) order: Option<u64>,
}

/// Link info (2); `next` is the order of the next link.
pub(super) fn link_info(orders: Orders, next: u64, dense: Dense, widths: Widths) -> Vec<u8> {
    let mut out = Bytes::new(widths);
    out.bytes(&[0, u8::from(orders.tracked) | u8::from(orders.indexed) << 1]);
    if orders.tracked {
        out.u64(next);
    }
    out.address(dense.heap);
    out.address(dense.names);
    if orders.indexed {
        out.address(dense.order);
    }
    out.out
}

/// Attribute info (21).
pub(super) fn attribute_info(orders: Orders, next: u16, dense: Dense, widths: Widths) -> Vec<u8> {
    let mut out = Bytes::new(widths);
    out.bytes(&[0, u8::from(orders.tracked) | u8::from(orders.indexed) << 1]);
    if orders.tracked {
        out.u16(next);
    }
    out.address(dense.heap);
    out.address(dense.names);
    if orders.indexed {
        out.address(dense.order);
    }
    out.out
}

/// Group info (10) with nothing but defaults.
pub(super) fn group_info() -> Vec<u8> {
    vec![0, 0]
}

/// Message type of the number of hard links, where it is not 1.
pub(super) const REFERENCE_COUNT: u16 = 0x16;

/// Number of hard links (22), in headers of version 2.
pub(super) fn reference_count(links: u32, widths: Widths) -> Vec<u8> {
    let mut out = Bytes::new(widths);
    out.u8(0);
    out.u32(links);
    out.out
}

/// Symbol table (17).
pub(super) fn symbol_table(tree: u64, heap: u64, widths: Widths) -> Vec<u8> {
    let mut out = Bytes::new(widths);
    out.address(Some(tree));
    out.address(Some(heap));
    out.out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hdf5::{
        cursor::Cursor,
        message::{
            attribute::AttributeParts, dataspace::Dataspace, fill::Fill, filters as pipeline, layout as layouts,
            link::LinkMessage,
        },
    };

    const WIDTHS: Widths = Widths { offset: 8, length: 8 };

    fn cursor(bytes: &[u8]) -> Cursor<'_> {
        Cursor::new(bytes, WIDTHS)
    }

    #[test]
    fn messages_are_read_back() {
        let max = [None, Some(7)];
        let space = Dataspace::parse(&mut cursor(&dataspace(Some(&[5, 7]), &max, WIDTHS))).unwrap();
        assert_eq!((space.shape, space.max), (Some(vec![5, 7]), max.to_vec()));
        assert_eq!(Dataspace::parse(&mut cursor(&dataspace(None, &[], WIDTHS))).unwrap().shape, None);
        assert_eq!(Fill::parse(&mut cursor(&fill(Some(&[1, 2]), Allocation::Late, WIDTHS))).unwrap().value, Some(vec![1, 2]));
        assert_eq!(Fill::parse(&mut cursor(&fill(None, Allocation::Early, WIDTHS))).unwrap().value, None);
        let all = [
            Filter::Shuffle { size: 2 },
            Filter::Deflate { level: 4 },
            Filter::Lzf { values: vec![4, 261, 800] },
            Filter::Bitshuffle { values: vec![0, 4, 2, 0, 2] },
            Filter::Fletcher32,
        ];
        for old in [true, false] {
            assert_eq!(pipeline::parse(&mut cursor(&filters(&all, old, WIDTHS))).unwrap(), all);
            let bytes = attribute("grün", &[1; 12], &[2; 8], &[3; 5], old, WIDTHS);
            let parts = AttributeParts::parse(&mut cursor(&bytes)).unwrap();
            assert_eq!(
                (parts.name().as_str(), parts.datatype, parts.dataspace, parts.value),
                ("grün", &[1; 12][..], &[2; 8][..], &[3; 5][..])
            );
        }
        let chunked = layouts::Layout::parse(&mut cursor(&layout::chunked(&[10, 7], 4, Some(99), WIDTHS))).unwrap();
        let layouts::Layout::Chunked { chunk, element, address, .. } = chunked else { panic!("{chunked:?}") };
        assert_eq!((chunk, element, address), (vec![10, 7], 4, Some(99)));
        let long = "x".repeat(300);
        for (name, order) in [("energy", None), ("grün", Some(4)), (long.as_str(), None)] {
            for to in [Link::Hard(800), Link::Soft("/a/b".into()), Link::External { file: "f.h5".into(), path: "/c".into() }] {
                let back = LinkMessage::parse(&mut cursor(&link(name, &to, order, WIDTHS))).unwrap();
                assert_eq!((back.name.as_str(), back.order, back.link), (name, order, to));
            }
        }
    }
}
