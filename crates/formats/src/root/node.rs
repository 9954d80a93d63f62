//! Streamed values: what an object or a container in a branch consists of, and how one of it is read.
//!
//! ```text
//! container  prologue once at the top, i32 size, items; nested containers have none
//! map        i32 size, then key, value, …          bitset  i32 n, n bytes, bit 0 first
//! memberwise (version bit 14) i16 class version (0: u32 checksum follows), i32 size, then member after member, each over all
//!            items; a string or container member has one prologue before its column
//! [n]        u8 flag (0 = null), then as many values as the member that counts them says
//! TRef       u16 version, u32 id, u32 bits, u16 process id
//! TRefArray  prologue, TObject, name, i32 n, i32 lower bound, u16 process id, n x u32 id
//! ```

use super::{
    builder::Builder,
    cursor::{Cursor, Fault, MAX_DEPTH, Parsed, Prologue},
    packed::Prim,
    pointers::{Pointers, Target},
};
use germane_columns::{Field, NumberType, Type};
use std::sync::Arc;

/// The make of a streamed value.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Number(Prim),
    /// TString form.
    Text,
    /// char*: i32 length, bytes.
    Chars,
    List(Box<Node>),
    Map(Box<Node>, Box<Node>),
    Pair(Box<Node>, Box<Node>),
    Fixed(usize, Box<Node>),
    Bits(usize),
    /// A class with its own prologue.
    Class(Arc<Class>),
    /// The members of a class version, without prologue.
    Bare(Arc<Class>, usize),
    /// A string or container that is a member or a whole branch.
    Framed(Box<Node>),
    /// `[n]` pointer; the counter is a member of the same class.
    Counted(Prim, usize),
    /// TArray: i32 n, items.
    Array(Prim),
    /// TObject as a base: read and not shown.
    TObject,
    /// fBits of TObject: two more bytes where bit 4 is set.
    ObjectBits,
    TRef,
    TRefArray,
    /// All items of one class.
    Clones(Arc<Class>),
    /// THashList of the labels of an axis: number of the bin and text.
    Labels,
    /// An object behind a pointer: passed over, not shown.
    Pointer,
    /// A list of objects of any class that stands here without a pointer: passed over, not shown.
    Objects,
    /// u8 length, class name, zero byte, then the object.
    Named(Box<Node>),
}

/// A class in all versions that the file describes.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) name: String,
    /// The first is the expected one; the others have the same visible members.
    pub(crate) versions: Vec<Layout>,
}

/// Members of one class version in the order of the stream.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) version: i32,
    pub(crate) checksum: u32,
    pub(crate) members: Vec<Member>,
}

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) node: Node,
    /// Members of a base are shown as members of the class itself.
    pub(crate) base: bool,
}

/// What reading needs besides the bytes.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) pointers: Pointers<'a, ()>,
    pub(crate) depth: usize,
}

impl Context<'_> {
    /// `keylen`: bytes before the payload in the record.
    pub(crate) fn new(keylen: usize) -> Self {
        Self { pointers: Pointers::new(keylen), depth: 0 }
    }
}

impl Layout {
    /// Visible members with those of bases in their place.
    pub(crate) fn visible(&self) -> Vec<(&str, &Node)> {
        let mut all = Vec::new();
        for member in &self.members {
            match &member.node {
                Node::TObject | Node::Pointer | Node::Objects => {}
                Node::Class(class) if member.base => all.extend(class.versions[0].visible()),
                node => all.push((member.name.as_str(), node)),
            }
        }
        all
    }
}

impl Node {
    pub(crate) fn ty(&self) -> Type {
        let u32s = || Type::Number(NumberType::U32);
        match self {
            Self::Number(prim) => prim.ty(),
            Self::Text | Self::Chars => Type::Text,
            Self::List(item) => Type::list(item.ty()),
            Self::Map(key, value) => Type::list(Type::Struct(vec![Field::new("0", key.ty()), Field::new("1", value.ty())])),
            Self::Pair(first, second) => Type::Struct(vec![Field::new("first", first.ty()), Field::new("second", second.ty())]),
            Self::Fixed(n, item) => Type::fixed_list(item.ty(), *n),
            Self::Bits(n) => Type::fixed_list(Type::Bool, *n),
            Self::Class(class) | Self::Bare(class, _) => class_type(class),
            Self::Clones(class) => Type::list(class_type(class)),
            Self::Framed(inner) | Self::Named(inner) => inner.ty(),
            Self::Counted(prim, _) | Self::Array(prim) => Type::list(prim.ty()),
            Self::ObjectBits => u32s(),
            Self::Labels => Type::list(Type::Struct(vec![Field::new("0", u32s()), Field::new("1", Type::Text)])),
            Self::TRef => Type::Struct(vec![Field::new("ref", u32s())]),
            Self::TRefArray => Type::Struct(vec![
                Field::new("fName", Type::Text),
                Field::new("fSize", Type::Number(NumberType::I32)),
                Field::new("refs", Type::list(u32s())),
            ]),
            Self::TObject | Self::Pointer | Self::Objects => Type::Struct(Vec::new()),
        }
    }

    /// Least bytes that one value takes, to bound counts before anything is allocated.
    fn least(&self) -> usize {
        match self {
            Self::Number(prim) => prim.size(),
            Self::Text => 1,
            Self::Fixed(n, item) => n.saturating_mul(item.least()),
            Self::List(_)
            | Self::Map(..)
            | Self::Bits(_)
            | Self::Array(_)
            | Self::ObjectBits
            | Self::Pointer
            | Self::Labels
            | Self::Objects => 4,
            Self::Pair(first, second) => first.least() + second.least(),
            Self::Class(_) | Self::Clones(_) | Self::Framed(_) => 2,
            Self::Bare(..) => 1,
            Self::Chars => 4,
            Self::Counted(..) | Self::Named(_) => 1,
            Self::TObject | Self::TRef | Self::TRefArray => 10,
        }
    }

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
                ref_array(c, fields)?;
                *len += 1;
            }
            (Self::Clones(class), Builder::List { offsets, item }) => {
                let n = clones(class, c, item, context)?;
                offsets.push(offsets[offsets.len() - 1] + n as i64);
            }
            (Self::Labels, Builder::List { offsets, item }) => {
                let Builder::Struct { fields, len } = &mut **item else { return c.fault("invariant: labels are pairs") };
                let n = labels(c, fields, context)?;
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
            (Self::Pointer, Builder::Nothing) => pointer(c, context)?,
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

fn class_type(class: &Class) -> Type {
    Type::Struct(class.versions[0].visible().into_iter().map(|(name, node)| Field::new(name, node.ty())).collect())
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
    fn read<'a>(&self, c: &mut Cursor<'a>, fields: &mut [Builder], next: &mut usize, context: &mut Context<'a>) -> Parsed<()> {
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
    fn read_columns<'a>(
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

fn ref_array(c: &mut Cursor<'_>, fields: &mut [Builder]) -> Parsed<()> {
    let prologue = c.prologue()?;
    c.tobject()?;
    let name = c.tstring()?;
    let stored = c.bytes(4)?;
    let n = i32::from_be_bytes([stored[0], stored[1], stored[2], stored[3]]);
    c.skip(6)?;
    let ids = c.items(n.into(), 4)?;
    if let Builder::Text { offsets, bytes } = &mut fields[0] {
        bytes.extend(name);
        offsets.push(bytes.len() as i64);
    }
    if let Builder::Number { bytes, .. } = &mut fields[1] {
        bytes.extend(stored);
    }
    if let Builder::List { offsets, item } = &mut fields[2] {
        if let Builder::Number { bytes, .. } = &mut **item {
            bytes.extend(ids);
        }
        offsets.push(offsets[offsets.len() - 1] + i64::from(n));
    }
    c.leave(prologue, "TRefArray")
}

/// TClonesArray: TObject, name, "Class;version", i32 n, i32 lower bound, then u8 flag + object
/// each, or memberwise where bit 12 of fBits is set.
fn clones<'a>(class: &Class, c: &mut Cursor<'a>, out: &mut Builder, context: &mut Context<'a>) -> Parsed<usize> {
    let prologue = c.prologue()?;
    let (_, bits) = c.tobject()?;
    c.tstring()?;
    let at = c.pos;
    let described = c.text()?;
    let (name, version) = described.split_once(';').unwrap_or((&described, "0"));
    if name != class.name {
        return Err(Fault::new(at, format!("TClonesArray of {name} where {} is expected", class.name)));
    }
    let n = c.count(1)?;
    c.skip(4)?;
    let Builder::Struct { fields, len } = out else { return c.fault("invariant: items of a class") };
    let mut seen = n;
    // TClonesArray::kBypassStreamer
    if bits & 1 << 12 != 0 {
        let layout = class.layout(version.parse().unwrap_or(0), None, at)?;
        layout.read_columns(n, c, fields, &mut 0, context)?;
    } else {
        for _ in 0..n {
            // 0: an empty place in the array.
            if c.u8()? == 0 {
                seen -= 1;
                continue;
            }
            class.read(c, fields, &mut 0, context)?;
        }
    }
    *len += seen;
    c.leave(prologue, "TClonesArray")?;
    Ok(seen)
}

/// TList of TObjString: TObject, name, i32 n, then pointer and option each; fUniqueID of a label is its bin.
fn labels<'a>(c: &mut Cursor<'a>, fields: &mut [Builder], context: &mut Context<'a>) -> Parsed<usize> {
    let Target::Object { class, tag, end } = context.pointers.follow(c)? else {
        return Ok(0);
    };
    context.pointers.remember(tag, ());
    if !matches!(class, "THashList" | "TList") {
        c.pos = end.ok_or_else(|| Fault::new(c.pos, format!("a {class} without a length")))?;
        return Ok(0);
    }
    let list = c.prologue()?;
    c.tobject()?;
    c.tstring()?;
    let n = c.count(5)?;
    let mut found = 0;
    for _ in 0..n {
        match context.pointers.follow(c)? {
            Target::Object { class: "TObjString", tag, .. } => {
                context.pointers.remember(tag, ());
                let prologue = c.prologue()?;
                let (bin, _) = c.tobject()?;
                let text = c.tstring()?;
                c.leave(prologue, "TObjString")?;
                if let Builder::Number { bytes, .. } = &mut fields[0] {
                    bytes.extend(&bin.to_be_bytes());
                }
                if let Builder::Text { offsets, bytes } = &mut fields[1] {
                    bytes.extend(text);
                    offsets.push(bytes.len() as i64);
                }
                found += 1;
            }
            Target::Object { class, tag, end } => {
                context.pointers.remember(tag, ());
                c.pos = end.ok_or_else(|| Fault::new(c.pos, format!("a {class} without a length")))?;
            }
            Target::Null | Target::Known(()) => {}
        }
        let option = c.u8()?;
        c.skip(option.into())?;
    }
    c.leave(list, "THashList")?;
    Ok(found)
}

/// Class of the items of a TClonesArray.
pub(crate) fn clones_class(c: &mut Cursor<'_>, named: bool) -> Parsed<String> {
    if named {
        let n = c.u8()?;
        c.skip(usize::from(n) + 1)?;
    }
    c.prologue()?;
    c.tobject()?;
    c.tstring()?;
    let described = c.text()?;
    Ok(described.split(';').next().unwrap_or("").to_owned())
}

/// Passes over the object behind a pointer.
fn pointer<'a>(c: &mut Cursor<'a>, context: &mut Context<'a>) -> Parsed<()> {
    match context.pointers.follow(c)? {
        Target::Object { class, tag, end } => {
            context.pointers.remember(tag, ());
            c.pos = end.ok_or_else(|| Fault::new(c.pos, format!("a {class} without a length")))?;
            Ok(())
        }
        Target::Null | Target::Known(()) => Ok(()),
    }
}
