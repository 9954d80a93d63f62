//! Classes that write themselves in their own way.
//!
//! ```text
//! TRefArray     prologue, TObject, name, i32 n, i32 lower bound, u16 process id, n x u32 id
//! TClonesArray  prologue, TObject, name, "Class;version", i32 n, i32 lower bound, then u8 flag + object each, or memberwise
//!               where bit 12 of fBits (kBypassStreamer) is set
//! TList         prologue, TObject, name, i32 n, then a pointer and an option (u8 length, bytes) each
//! ```

use super::{
    builder::Builder,
    cursor::{Cursor, Fault, Parsed},
    node::{Class, Context},
    pointers::Target,
};

/// A TRefArray: name, size, ids.
pub(super) fn ref_array(c: &mut Cursor<'_>, fields: &mut [Builder]) -> Parsed<()> {
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

/// Items of a TClonesArray; returns how many.
pub(super) fn clones<'a>(class: &Class, c: &mut Cursor<'a>, out: &mut Builder, context: &mut Context<'a>) -> Parsed<usize> {
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

/// Labels of an axis, a TList of TObjString: fUniqueID of a label is its bin. Returns how many.
pub(super) fn labels<'a>(c: &mut Cursor<'a>, fields: &mut [Builder], context: &mut Context<'a>) -> Parsed<usize> {
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
pub(super) fn pointer<'a>(c: &mut Cursor<'a>, context: &mut Context<'a>) -> Parsed<()> {
    match context.pointers.follow(c)? {
        Target::Object { class, tag, end } => {
            context.pointers.remember(tag, ());
            c.pos = end.ok_or_else(|| Fault::new(c.pos, format!("a {class} without a length")))?;
            Ok(())
        }
        Target::Null | Target::Known(()) => Ok(()),
    }
}
