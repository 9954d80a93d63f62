//! Entries of many baskets, gathered into the buffers of one column.

use super::{
    builder::Builder,
    bytes::Bytes,
    cursor::{Cursor, Fault, Parsed},
    node::{Context, Node},
    packed::Prim,
    shape::{Items, Part, PartCounter, Shape},
    starts::{Raw, beyond, load, starts, starts_of_counts},
    streamed,
};
use crate::Error;
use germane_columns::{
    Array, Data,
    buffer::{Buffer, OffsetBuffer, ScalarBuffer},
};
use std::ops::Range;

/// Damage inside a basket, or an error of another branch that is needed to read it.
#[derive(Debug)]
pub(crate) enum Trouble {
    Fault(Fault),
    Error(Box<Error>),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Error(Box::new(error))
    }
}

/// Values of branches that count, for all entries of the basket that is being read.
pub(crate) trait Counts {
    /// One integer an entry.
    fn values(&self, branch: usize) -> Result<Vec<i64>, Error>;

    /// Lists of integers: offsets and items.
    fn lists(&self, branch: usize) -> Result<(Vec<i64>, Vec<i64>), Error>;
}

/// Buffers of one column while baskets come in.
pub(crate) struct Collector<'s> {
    shape: &'s Shape,
    entries: usize,
    bytes: Bytes,
    offsets: Vec<i64>,
    parts: Vec<(Bytes, Vec<i64>)>,
    scratch: Bytes,
    starts: Vec<usize>,
    builder: Builder,
}

impl<'s> Collector<'s> {
    /// `bytes` and `entries` are hints of what will come.
    pub(crate) fn new(shape: &'s Shape, bytes: usize, entries: usize) -> Self {
        let parts = match shape {
            Shape::LeafList(parts) => parts.iter().map(|_| (Bytes::default(), vec![0])).collect(),
            _ => Vec::new(),
        };
        let counted = !matches!(shape, Shape::Flat(_) | Shape::LeafList(_) | Shape::Streamed(_));
        let mut offsets = Vec::with_capacity(if counted { entries + 1 } else { 1 });
        offsets.push(0);
        let direct = matches!(shape, Shape::Flat(_) | Shape::Jagged { .. } | Shape::Text);
        Self {
            shape,
            entries: 0,
            bytes: Bytes::with_capacity(if direct { bytes } else { 0 }),
            offsets,
            parts,
            scratch: Bytes::default(),
            starts: Vec::new(),
            builder: match shape {
                Shape::Streamed(node) | Shape::Members { node, .. } => Builder::of(node),
                Shape::Counted { prim, .. } | Shape::CountedMembers { prim, .. } => Builder::of(&Node::Array(*prim)),
                _ => Builder::Nothing,
            },
        }
    }

    /// Appends the entries `wanted` (counted from the start of the basket).
    pub(crate) fn append(&mut self, raw: Raw<'_>, wanted: Range<usize>, counts: &dyn Counts) -> Result<(), Trouble> {
        match self.shape {
            Shape::Flat(items) => self.flat(raw, wanted.clone(), items)?,
            Shape::Jagged { items, counter } => self.jagged(raw, wanted.clone(), items, *counter, counts)?,
            Shape::Text => self.text(raw, wanted.clone())?,
            Shape::LeafList(parts) => self.leaf_list(raw, wanted.clone(), parts, counts)?,
            Shape::Streamed(_) | Shape::Members { .. } => self.streamed(raw, wanted.clone())?,
            Shape::Counted { prim, counter } => self.counted(raw, wanted.clone(), *prim, &counts.values(*counter)?)?,
            Shape::CountedMembers { prim, counter } => {
                self.counted_members(raw, wanted.clone(), *prim, &counts.lists(*counter)?)?;
            }
        }
        self.entries += wanted.len();
        Ok(())
    }

    fn flat(&mut self, raw: Raw<'_>, wanted: Range<usize>, items: &Items) -> Parsed<()> {
        let size = items.size();
        let border = raw.header.border;
        if raw.header.count.checked_mul(size) != Some(border) {
            let reason = format!("{} entries of {size} bytes do not fit into {border} bytes of data", raw.header.count);
            return Err(Fault::new(0, reason));
        }
        let (from, to) = (wanted.start * size, wanted.end * size);
        if raw.stored.len() == raw.len {
            let data = raw.stored.get(from..to).ok_or_else(|| beyond(border, raw.len))?;
            let start = self.bytes.len();
            self.bytes.extend(data);
            self.bytes.swap(start, items.prim.swap());
            return Ok(());
        }
        let start = load(raw, &mut self.bytes)?;
        self.bytes.keep(start, from, to);
        self.bytes.swap(start, items.prim.swap());
        Ok(())
    }

    fn jagged(
        &mut self,
        raw: Raw<'_>,
        wanted: Range<usize>,
        items: &Items,
        counter: Option<usize>,
        counts: &dyn Counts,
    ) -> Result<(), Trouble> {
        let size = items.size();
        let start = load(raw, &mut self.bytes)?;
        let tail = &self.bytes.as_slice()[start..];
        if !starts(raw, tail, &mut self.starts)? {
            let Some(counter) = counter else {
                return Err(Fault::new(0, "no entry starts, and no branch counts the items").into());
            };
            starts_of_counts(&counts.values(counter)?, size, raw.header, &mut self.starts)?;
        }
        let base = *self.offsets.last().expect("invariant: begins with 0");
        let all = self.starts.get(wanted.start..=wanted.end).ok_or_else(|| Fault::new(0, "fewer entries than wanted"))?;
        let first = all[0];
        self.offsets.reserve(wanted.len());
        let mut uneven = 0;
        // Numbers have sizes of powers of two, and a shift costs a tenth of a division.
        if size.is_power_of_two() {
            let (shift, mask) = (size.trailing_zeros(), size - 1);
            self.offsets.extend(all[1..].iter().map(|&next| {
                let span = next - first;
                uneven |= span & mask;
                base + (span >> shift) as i64
            }));
        } else {
            self.offsets.extend(all[1..].iter().map(|&next| {
                let span = next - first;
                uneven |= span % size;
                base + (span / size) as i64
            }));
        }
        if uneven != 0 {
            return Err(Fault::new(0, format!("an entry is no multiple of {size} bytes long")).into());
        }
        let last = all[wanted.len()];
        self.bytes.keep(start, first, last);
        self.bytes.swap(start, items.prim.swap());
        Ok(())
    }

    fn text(&mut self, raw: Raw<'_>, wanted: Range<usize>) -> Parsed<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.truncate(0);
        load(raw, &mut scratch)?;
        let data = &scratch.as_slice()[..raw.header.border];
        let known = starts(raw, scratch.as_slice(), &mut self.starts)?;
        let mut c = Cursor::new(data, 0);
        for entry in 0..wanted.end {
            if known {
                c = Cursor::new(&data[..self.starts[entry + 1]], self.starts[entry]);
            }
            // An empty text may take no byte at all.
            let text = if known && c.left() == 0 { &[] } else { c.tstring()? };
            if entry >= wanted.start {
                self.bytes.extend(text);
                self.offsets.push(self.bytes.len() as i64);
            }
        }
        self.scratch = scratch;
        Ok(())
    }

    fn leaf_list(&mut self, raw: Raw<'_>, wanted: Range<usize>, parts: &[Part], counts: &dyn Counts) -> Result<(), Trouble> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.truncate(0);
        load(raw, &mut scratch)?;
        let data = &scratch.as_slice()[..raw.header.border];
        let known = starts(raw, scratch.as_slice(), &mut self.starts)?;
        let mut outside = Vec::with_capacity(parts.len());
        for part in parts {
            outside.push(match part.counter {
                Some(PartCounter::Branch(branch)) => counts.values(branch)?,
                _ => Vec::new(),
            });
        }
        let mut c = Cursor::new(data, 0);
        let mut lengths = vec![1_i64; parts.len()];
        for entry in 0..wanted.end {
            if known {
                c = Cursor::new(&data[..self.starts[entry + 1]], self.starts[entry]);
            }
            for (k, part) in parts.iter().enumerate() {
                let n = match part.counter {
                    None => 1,
                    Some(PartCounter::Part(k)) => lengths[k],
                    Some(PartCounter::Branch(_)) => {
                        *outside[k].get(entry).ok_or_else(|| Fault::new(c.pos, "the counting branch is shorter"))?
                    }
                };
                let bytes = c.items(n, part.items.size())?;
                lengths[k] = as_count(bytes);
                if entry >= wanted.start {
                    let (values, offsets) = &mut self.parts[k];
                    let start = values.len();
                    values.extend(bytes);
                    values.swap(start, part.items.prim.swap());
                    offsets.push(offsets.last().copied().unwrap_or(0) + n);
                }
            }
            if known && c.left() > 0 {
                return Err(Fault::new(c.pos, format!("{} bytes of an entry belong to no leaf", c.left())).into());
            }
        }
        if wanted.end == raw.header.count && c.left() > 0 {
            return Err(Fault::new(c.pos, format!("{} bytes behind the last entry", c.left())).into());
        }
        self.scratch = scratch;
        Ok(())
    }

    fn streamed(&mut self, raw: Raw<'_>, wanted: Range<usize>) -> Parsed<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.truncate(0);
        load(raw, &mut scratch)?;
        let data = &scratch.as_slice()[..raw.header.border];
        let known = starts(raw, scratch.as_slice(), &mut self.starts)?;
        let mut context = Context::new(raw.keylen.into());
        let mut c = Cursor::new(data, 0);
        // Without starts, values before the wanted ones are read to find these, then dropped.
        let mut before = match self.shape {
            Shape::Streamed(node) if !known => Some((node, Builder::of(node))),
            Shape::Members { .. } if !known => return Err(Fault::new(0, "no entry starts for the members of a collection")),
            _ => None,
        };
        for entry in 0..wanted.end {
            if known {
                c = Cursor::new(&data[..self.starts[entry + 1]], self.starts[entry]);
                if entry < wanted.start {
                    continue;
                }
            } else if let Some((node, dropped)) = &mut before
                && entry < wanted.start
            {
                node.read(&mut c, dropped, &mut context)?;
                continue;
            }
            match self.shape {
                Shape::Members { node, framed } => {
                    let n = members(node, *framed, &mut c, &mut self.builder, &mut context)?;
                    self.offsets.push(self.offsets[self.offsets.len() - 1] + n);
                }
                Shape::Streamed(node) => node.read(&mut c, &mut self.builder, &mut context)?,
                _ => {}
            }
            if known && c.left() > 0 {
                return Err(Fault::new(c.pos, format!("{} bytes behind the value of an entry", c.left())));
            }
        }
        if !known && wanted.end == raw.header.count && c.left() > 0 {
            return Err(Fault::new(c.pos, format!("{} bytes behind the last entry", c.left())));
        }
        self.scratch = scratch;
        Ok(())
    }

    fn counted(&mut self, raw: Raw<'_>, wanted: Range<usize>, prim: Prim, counts: &[i64]) -> Parsed<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.truncate(0);
        load(raw, &mut scratch)?;
        let data = &scratch.as_slice()[..raw.header.border];
        let known = starts(raw, scratch.as_slice(), &mut self.starts)?;
        let mut c = Cursor::new(data, 0);
        let mut dropped = Builder::of(&Node::Array(prim));
        for (entry, &n) in counts.iter().enumerate().take(wanted.end) {
            if known {
                c = Cursor::new(&data[..self.starts[entry + 1]], self.starts[entry]);
            }
            let out = if entry < wanted.start { &mut dropped } else { &mut self.builder };
            streamed::counted(prim, n, &mut c, out)?;
            if known && c.left() > 0 {
                return Err(Fault::new(c.pos, format!("{} bytes behind the values of an entry", c.left())));
            }
        }
        self.scratch = scratch;
        Ok(())
    }

    fn counted_members(
        &mut self,
        raw: Raw<'_>,
        wanted: Range<usize>,
        prim: Prim,
        (offsets, counts): &(Vec<i64>, Vec<i64>),
    ) -> Parsed<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.truncate(0);
        load(raw, &mut scratch)?;
        let data = &scratch.as_slice()[..raw.header.border];
        if !starts(raw, scratch.as_slice(), &mut self.starts)? {
            return Err(Fault::new(0, "no entry starts for the members of a collection"));
        }
        for entry in wanted {
            let mut c = Cursor::new(&data[..self.starts[entry + 1]], self.starts[entry]);
            let items = offsets.get(entry..entry + 2).and_then(|o| counts.get(o[0] as usize..o[1] as usize));
            let items = items.ok_or_else(|| Fault::new(c.pos, "the counting branch is shorter"))?;
            for &n in items {
                streamed::counted(prim, n, &mut c, &mut self.builder)?;
            }
            if c.left() > 0 {
                return Err(Fault::new(c.pos, format!("{} bytes behind the values of an entry", c.left())));
            }
            self.offsets.push(self.offsets[self.offsets.len() - 1] + items.len() as i64);
        }
        self.scratch = scratch;
        Ok(())
    }

    /// The column.
    pub(crate) fn finish(self) -> Array {
        match self.shape {
            Shape::Flat(items) => column(items, self.bytes, self.entries),
            Shape::Jagged { items, .. } => list(self.offsets, items, self.bytes),
            Shape::Text => texts(self.offsets, self.bytes.into_buffer()),
            Shape::Streamed(node) => self.builder.finish(node),
            Shape::Members { node, .. } => list_of(self.offsets, self.builder.finish(node)),
            Shape::Counted { prim, .. } => self.builder.finish(&Node::Array(*prim)),
            Shape::CountedMembers { prim, .. } => list_of(self.offsets, self.builder.finish(&Node::Array(*prim))),
            Shape::LeafList(parts) => {
                let entries = self.entries;
                let fields = parts.iter().zip(self.parts).map(|(part, (bytes, offsets))| {
                    let array = match part.counter {
                        None => column(&part.items, bytes, entries),
                        Some(_) => list(offsets, &part.items, bytes),
                    };
                    (part.name.clone(), array)
                });
                Array::new(Data::Struct { fields: fields.collect(), len: entries })
            }
        }
    }
}

/// Values of one member of all items of a collection, up to the end of the entry; returns how many.
fn members<'a>(node: &Node, framed: bool, c: &mut Cursor<'a>, out: &mut Builder, context: &mut Context<'a>) -> Parsed<i64> {
    if c.left() == 0 {
        return Ok(0);
    }
    if framed {
        let prologue = c.prologue()?;
        if prologue.memberwise {
            return c.fault("memberwise containers as members of a split collection are not read");
        }
    }
    let mut n = 0;
    while c.left() > 0 {
        let before = c.pos;
        node.read(c, out, context)?;
        if c.pos == before {
            return c.fault("a value without bytes");
        }
        n += 1;
    }
    Ok(n)
}

fn list_of(offsets: Vec<i64>, items: Array) -> Array {
    Array::new(Data::List { offsets: offset_buffer(offsets), items: Box::new(items) })
}

fn as_count(bytes: &[u8]) -> i64 {
    match *bytes {
        [a] => i8::from_be_bytes([a]).into(),
        [a, b] => i16::from_be_bytes([a, b]).into(),
        [a, b, c, d] => i32::from_be_bytes([a, b, c, d]).into(),
        [a, b, c, d, e, f, g, h] => i64::from_be_bytes([a, b, c, d, e, f, g, h]),
        _ => 0,
    }
}

fn offset_buffer(offsets: Vec<i64>) -> OffsetBuffer<i64> {
    OffsetBuffer::new(ScalarBuffer::from(offsets))
}

fn column(items: &Items, bytes: Bytes, len: usize) -> Array {
    let array = items.prim.column(bytes, true);
    let mut lens = vec![len];
    for &n in &items.dims {
        lens.push(lens[lens.len() - 1] * n);
    }
    items
        .dims
        .iter()
        .zip(&lens)
        .rev()
        .fold(array, |inner, (&size, &len)| Array::new(Data::FixedList { size, len, items: Box::new(inner) }))
}

fn list(offsets: Vec<i64>, items: &Items, bytes: Bytes) -> Array {
    let len = *offsets.last().expect("invariant: begins with 0") as usize;
    Array::new(Data::List { offsets: offset_buffer(offsets), items: Box::new(column(items, bytes, len)) })
}

/// Text where all is UTF-8, raw bytes otherwise.
pub(crate) fn texts(offsets: Vec<i64>, bytes: Buffer) -> Array {
    let whole = std::str::from_utf8(&bytes);
    let utf8 = whole.is_ok_and(|text| offsets.iter().all(|&o| text.is_char_boundary(o as usize)));
    let offsets = offset_buffer(offsets);
    Array::new(if utf8 { Data::Text { offsets, bytes } } else { Data::Binary { offsets, bytes } })
}
