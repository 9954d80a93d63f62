//! Reading streamed values: objects, containers, and collections written member by member.
//!
//! ```text
//! container  prologue once at the top, i32 size, items; nested containers have none
//! map        i32 size, then key, value, …          bitset  i32 n, n bytes, bit 0 first
//! memberwise (version bit 14) i16 class version (0: u32 checksum follows), i32 size, then member after member, each over all
//!            items; a string or container member has one prologue before its column
//! [n]        u8 flag (0 = null), then as many values as the member that counts them says
//! ```

use super::{
    builder::Builder,
    cursor::{Cursor, Fault, MAX_DEPTH, Parsed, Prologue},
    node::{Class, Context, Layout, Member, Node},
    packed::Prim,
    special,
};

impl Node {
    /// Reads one value behind those in `out`, which has the make of this node.
    pub(crate) fn read<'a>(&self, c: &mut Cursor<'a>, out: &mut Builder, context: &mut Context<'a>) -> Parsed<()> {
        match (self, out) {
            (Self::Number(prim), Builder::Number { bytes, .. }) => bytes.extend(c.bytes(prim.size())?),
            (Self::Text, Builder::Text { offsets, bytes }) => {
                bytes.extend(c.tstring()?);
                offsets.push(bytes.len() as i64);
            }
            (Self::Chars, Builder::Text { offsets, bytes }) => {
                let n = c.count(1)?;
                bytes.extend(c.bytes(n)?);
                offsets.push(bytes.len() as i64);
            }
            (Self::List(item), Builder::List { offsets, item: out }) => {
                let n = c.count(item.least().max(1))?;
                item.read_many(n, c, out, context)?;
                offsets.push(offsets[offsets.len() - 1] + n as i64);
            }
            (Self::Map(key, value), Builder::List { offsets, item: out }) => {
                let n = c.count((key.least() + value.least()).max(1))?;
                let Builder::Struct { fields, len } = &mut **out else { return c.fault("invariant: a map holds pairs") };
                for _ in 0..n {
                    key.unframed().read(c, &mut fields[0], context)?;
                    value.unframed().read(c, &mut fields[1], context)?;
                }
                *len += n;
                offsets.push(offsets[offsets.len() - 1] + n as i64);
            }
            (Self::Pair(first, second), Builder::Struct { fields, len }) => {
                first.unframed().read(c, &mut fields[0], context)?;
                second.unframed().read(c, &mut fields[1], context)?;
                *len += 1;
            }
            (Self::Fixed(n, item), Builder::Fixed { item: out, len, .. }) => {
                item.read_many(*n, c, out, context)?;
                *len += 1;
            }
            (Self::Bits(n), Builder::Fixed { item: out, len, .. }) => {
                let stored = c.count(1)?;
                if stored != *n {
                    return c.fault(format!("bitset of {stored} bits where {n} are declared"));
                }
                if let Builder::Number { bytes, .. } = &mut **out {
                    bytes.extend(c.bytes(stored)?);
                }
                *len += 1;
            }
            (Self::Class(class), Builder::Struct { fields, len }) => {
                let mut next = 0;
                class.read(c, fields, &mut next, context)?;
                *len += 1;
            }
            (Self::Bare(class, version), Builder::Struct { fields, len }) => {
                let layout = class.versions.get(*version).ok_or_else(|| Fault::new(c.pos, "invariant: a known version"))?;
                layout.read(&class.name, c, fields, &mut 0, context)?;
                *len += 1;
            }
            (Self::Framed(inner), out) => framed(inner, c, out, context)?,
            (Self::Array(prim), Builder::List { offsets, item }) => {
                let n = c.count(prim.size())?;
                if let Builder::Number { bytes, .. } = &mut **item {
                    bytes.extend(c.bytes(n * prim.size())?);
                }
                offsets.push(offsets[offsets.len() - 1] + n as i64);
            }
            (Self::ObjectBits, Builder::Number { bytes, .. }) => {
                let word = c.bytes(4)?;
                bytes.extend(word);
                // Bit 4: somebody refers to the object, a process id follows.
                if word[3] & 16 != 0 {
                    c.skip(2)?;
                }
            }
            (Self::TRef, Builder::Struct { fields, len }) => {
                c.skip(2)?;
                if let Builder::Number { bytes, .. } = &mut fields[0] {
                    bytes.extend(c.bytes(4)?);
                }
                c.skip(6)?;
                *len += 1;
            }
            (Self::TRefArray, Builder::Struct { fields, len }) => {
                special::ref_array(c, fields)?;
                *len += 1;
            }
            (Self::Clones(class), Builder::List { offsets, item }) => {
                let n = special::clones(class, c, item, context)?;
                offsets.push(offsets[offsets.len() - 1] + n as i64);
            }
            (Self::Labels, Builder::List { offsets, item }) => {
                let Builder::Struct { fields, len } = &mut **item else { return c.fault("invariant: labels are pairs") };
                let n = special::labels(c, fields, context)?;
                *len += n;
                offsets.push(offsets[offsets.len() - 1] + n as i64);
            }
            (Self::Named(inner), out) => {
                let n = c.u8()?;
                c.skip(usize::from(n) + 1)?;
                inner.read(c, out, context)?;
            }
            (Self::TObject, Builder::Nothing) => {
                c.tobject()?;
            }
            (Self::Pointer, Builder::Nothing) => special::pointer(c, context)?,
            (Self::Objects, Builder::Nothing) => {
                let list = c.prologue()?;
                c.pos = list.end.ok_or_else(|| Fault::new(c.pos, "a list of objects without a length"))?;
            }
            _ => return c.fault("invariant: builder and node have one make"),
        }
        Ok(())
    }

    /// What a member consists of where it is no column of its own.
    fn unframed(&self) -> &Self {
        match self {
            Self::Framed(inner) => inner,
            own => own,
        }
    }

    /// Reads `n` values one after the other.
    pub(crate) fn read_many<'a>(&self, n: usize, c: &mut Cursor<'a>, out: &mut Builder, context: &mut Context<'a>) -> Parsed<()> {
        if let (Self::Number(prim), Builder::Number { bytes, .. }) = (self, &mut *out) {
            bytes.extend(c.items(n as i64, prim.size())?);
            return Ok(());
        }
        for _ in 0..n {
            self.read(c, out, context)?;
        }
        Ok(())
    }

    /// Reads one column of a memberwise container: `n` values, one prologue before them where a member has one.
    fn read_column<'a>(&self, n: usize, c: &mut Cursor<'a>, out: &mut Builder, context: &mut Context<'a>) -> Parsed<()> {
        match self {
            Self::Framed(inner) if n > 0 => {
                let prologue = c.prologue()?;
                if prologue.memberwise {
                    for _ in 0..n {
                        memberwise(inner, prologue, c, out, context)?;
                    }
                } else {
                    inner.read_many(n, c, out, context)?;
                }
                c.leave(prologue, "column of containers")
            }
            _ => self.read_many(n, c, out, context),
        }
    }
}

fn framed<'a>(inner: &Node, c: &mut Cursor<'a>, out: &mut Builder, context: &mut Context<'a>) -> Parsed<()> {
    let prologue = c.prologue()?;
    if prologue.memberwise {
        memberwise(inner, prologue, c, out, context)?;
    } else {
        inner.read(c, out, context)?;
    }
    if let Some(end) = prologue.end
        && c.pos != end
    {
        return c.fault(format!("container ends at byte {}, it says at {end}", c.pos));
    }
    Ok(())
}

fn memberwise<'a>(
    inner: &Node,
    prologue: Prologue,
    c: &mut Cursor<'a>,
    out: &mut Builder,
    context: &mut Context<'a>,
) -> Parsed<()> {
    // A container of a class without version repeats none; the prologue has read its checksum already.
    let (version, checksum) = match (c.u16()?, prologue.version) {
        (0, _) => (0, Some(c.u32()?)),
        (version, _) => (version, None),
    };
    let n = c.count(0)?;
    let Builder::List { offsets, item } = out else { return c.fault("a memberwise value that is no container") };
    let Builder::Struct { fields, len } = &mut **item else { return c.fault("a memberwise container without members") };
    // Every item takes at least a byte, so a count beyond the bytes that are left is damage.
    if n > c.left() {
        return c.fault(format!("{n} items are announced where {} bytes are left", c.left()));
    }
    match inner {
        Node::Map(key, value) => {
            key.read_column(n, c, &mut fields[0], context)?;
            value.read_column(n, c, &mut fields[1], context)?;
        }
        Node::List(item) => match &**item {
            Node::Pair(first, second) => {
                first.read_column(n, c, &mut fields[0], context)?;
                second.read_column(n, c, &mut fields[1], context)?;
            }
            Node::Class(class) => {
                let layout = class.layout(version, checksum, c.pos)?;
                let mut next = 0;
                layout.read_columns(n, c, fields, &mut next, context)?;
            }
            _ => return c.fault("a memberwise container of values without members"),
        },
        _ => return c.fault("a memberwise value that is no container"),
    }
    *len += n;
    offsets.push(offsets[offsets.len() - 1] + n as i64);
    Ok(())
}

impl Class {
    pub(crate) fn layout(&self, version: u16, checksum: Option<u32>, at: usize) -> Parsed<&Layout> {
        let fits = |layout: &&Layout| match checksum {
            Some(sum) => layout.checksum == sum,
            None => layout.version == i32::from(version),
        };
        // A checksum of 0 belongs to a built-in description.
        let alone = |layout: &&Layout| self.versions.len() == 1 && (layout.checksum == 0 || version == 0 && checksum.is_none());
        self.versions.iter().find(fits).or_else(|| self.versions.first().filter(alone)).ok_or_else(|| {
            let which = checksum.map_or_else(|| format!("version {version}"), |sum| format!("checksum {sum:08x}"));
            Fault::new(at, format!("the data hold {} {which}, which the file does not describe", self.name))
        })
    }

    /// One object, its fields from number `next` on.
    pub(crate) fn read<'a>(
        &self,
        c: &mut Cursor<'a>,
        fields: &mut [Builder],
        next: &mut usize,
        context: &mut Context<'a>,
    ) -> Parsed<()> {
        let at = c.pos;
        let prologue = c.prologue()?;
        let layout = self.layout(prologue.version, prologue.checksum, at)?;
        layout.read(&self.name, c, fields, next, context)?;
        match prologue.end {
            Some(end) if end != c.pos => c.fault(format!("{} ends at byte {}, it says at {end}", self.name, c.pos)),
            _ => Ok(()),
        }
    }
}

impl Layout {
    /// The members of one object, its fields from number `next` on.
    fn read<'a>(
        &self,
        class: &str,
        c: &mut Cursor<'a>,
        fields: &mut [Builder],
        next: &mut usize,
        context: &mut Context<'a>,
    ) -> Parsed<()> {
        context.depth += 1;
        if context.depth > MAX_DEPTH {
            return c.fault(format!("objects nested deeper than {MAX_DEPTH} in {class}"));
        }
        let first = *next;
        for member in &self.members {
            match &member.node {
                Node::Class(base) if member.base => base.read(c, fields, next, context)?,
                Node::TObject | Node::Pointer | Node::Objects => member.node.read(c, &mut Builder::Nothing, context)?,
                Node::Counted(prim, counter) => {
                    let n = counter_value(&fields[first..], *counter, None).ok_or_else(|| uncounted(c, member))?;
                    counted(*prim, n, c, &mut fields[*next])?;
                    *next += 1;
                }
                node => {
                    let out = fields.get_mut(*next).ok_or_else(|| Fault::new(c.pos, "invariant: one builder a member"))?;
                    node.read(c, out, context)?;
                    *next += 1;
                }
            }
        }
        context.depth -= 1;
        Ok(())
    }

    /// `n` objects, member after member.
    pub(crate) fn read_columns<'a>(
        &self,
        n: usize,
        c: &mut Cursor<'a>,
        fields: &mut [Builder],
        next: &mut usize,
        context: &mut Context<'a>,
    ) -> Parsed<()> {
        context.depth += 1;
        if context.depth > MAX_DEPTH {
            return c.fault(format!("objects nested deeper than {MAX_DEPTH}"));
        }
        let first = *next;
        for member in &self.members {
            match &member.node {
                // The members of a base are columns like the others; nothing says which version, so it is the expected one.
                Node::Class(base) if member.base => base.versions[0].read_columns(n, c, fields, next, context)?,
                Node::TObject | Node::Pointer | Node::Objects => {
                    for _ in 0..n {
                        member.node.read(c, &mut Builder::Nothing, context)?;
                    }
                }
                Node::Counted(prim, counter) => {
                    for k in 0..n {
                        let count = counter_value(&fields[first..], *counter, Some(n - k)).ok_or_else(|| uncounted(c, member))?;
                        counted(*prim, count, c, &mut fields[*next])?;
                    }
                    *next += 1;
                }
                node => {
                    let out = fields.get_mut(*next).ok_or_else(|| Fault::new(c.pos, "invariant: one builder a member"))?;
                    node.read_column(n, c, out, context)?;
                    *next += 1;
                }
            }
        }
        context.depth -= 1;
        Ok(())
    }
}

fn uncounted(c: &Cursor<'_>, member: &Member) -> Fault {
    Fault::new(c.pos, format!("the member that counts {} is no integer", member.name))
}

/// The last value of a counter, or the one `back` items before the end.
fn counter_value(fields: &[Builder], counter: usize, back: Option<usize>) -> Option<i64> {
    let Builder::Number { prim, bytes } = fields.get(counter)? else { return None };
    let size = prim.size();
    let all = bytes.as_slice();
    let start = all.len().checked_sub(size * back.unwrap_or(1))?;
    let value = &all[start..start + size];
    Some(match *value {
        [a] => i8::from_be_bytes([a]).into(),
        [a, b] => i16::from_be_bytes([a, b]).into(),
        [a, b, c, d] => i32::from_be_bytes([a, b, c, d]).into(),
        [a, b, c, d, e, f, g, h] => i64::from_be_bytes([a, b, c, d, e, f, g, h]),
        _ => return None,
    })
}

/// u8 flag, then `n` values unless it is 0.
pub(crate) fn counted(prim: Prim, n: i64, c: &mut Cursor<'_>, out: &mut Builder) -> Parsed<()> {
    let n = if c.u8()? == 0 { 0 } else { n };
    let values = c.items(n, prim.size())?;
    let Builder::List { offsets, item } = out else { return c.fault("invariant: a counted member is a list") };
    if let Builder::Number { bytes, .. } = &mut **item {
        bytes.extend(values);
    }
    offsets.push(offsets[offsets.len() - 1] + n);
    Ok(())
}
