//! Streamer info: what the members of each class version are, as stored in the file.
//!
//! The record at `fSeekInfo` is a TList of TStreamerInfo: name, checksum, class version, and a TObjArray of elements.
//! Where a file has no description of a class, [`Infos::built_in`] supplies the ones that trees and histograms need.

use super::{
    built_in,
    cursor::{Cursor, Fault, MAX_DEPTH, Parsed},
    pointers::{Pointers, Target},
};
use std::{collections::HashMap, sync::Arc};

/// One member of a class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) title: String,
    /// `fType`: TVirtualStreamerInfo::EReadWrite.
    pub(crate) ty: i32,
    pub(crate) type_name: String,
    /// Product of `dims`, 0 for a scalar.
    pub(crate) length: usize,
    pub(crate) dims: Vec<usize>,
    pub(crate) base_version: i32,
    /// Member that counts the items of a `[n]` pointer.
    pub(crate) counter: String,
}

/// One version of a class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Info {
    pub(crate) class: String,
    pub(crate) version: i32,
    pub(crate) checksum: u32,
    pub(crate) elements: Vec<Element>,
}

/// All descriptions known for a file.
#[derive(Debug, Default)]
pub(crate) struct Infos {
    by_class: HashMap<String, Vec<Arc<Info>>>,
}

impl Infos {
    /// Only the built-in descriptions.
    pub(crate) fn built_in() -> Self {
        let mut all = Self::default();
        for info in built_in::infos() {
            all.add(info);
        }
        all
    }

    fn add(&mut self, info: Info) {
        let versions = self.by_class.entry(info.class.clone()).or_default();
        if !versions.iter().any(|known| known.version == info.version && known.checksum == info.checksum) {
            versions.push(Arc::new(info));
        }
    }

    /// The description for a version as found in the data; without an exact one, the newest of that class by checksum.
    pub(crate) fn find(&self, class: &str, version: i32, checksum: Option<u32>) -> Option<Arc<Info>> {
        let versions = self.by_class.get(class)?;
        if let Some(sum) = checksum
            && let Some(found) = versions.iter().find(|info| info.checksum == sum)
        {
            return Some(found.clone());
        }
        versions.iter().find(|info| info.version == version).cloned()
    }

    /// All descriptions of a class, the newest first.
    pub(crate) fn versions(&self, class: &str) -> Vec<Arc<Info>> {
        let mut all = self.by_class.get(class).cloned().unwrap_or_default();
        all.sort_by_key(|info| std::cmp::Reverse(info.version));
        all
    }

    /// The newest description of a class.
    pub(crate) fn newest(&self, class: &str) -> Option<Arc<Info>> {
        self.by_class.get(class)?.iter().max_by_key(|info| info.version).cloned()
    }

    /// Descriptions in a decompressed record whose key has `keylen` bytes, and the built-in ones where the record has none.
    pub(crate) fn parse(payload: &[u8], keylen: usize) -> Parsed<Self> {
        let mut reader = Reader { pointers: Pointers::new(keylen) };
        let mut all = Self::default();
        let mut c = Cursor::new(payload, 0);
        let list = c.prologue()?;
        c.tobject()?;
        c.tstring()?;
        let count = c.count(5)?;
        for _ in 0..count {
            if let Some(info) = reader.info(&mut c)? {
                all.add(info);
            }
            let option = c.u8()?;
            c.skip(option.into())?;
        }
        c.leave(list, "TList")?;
        for info in built_in::infos() {
            if !all.by_class.contains_key(&info.class) {
                all.add(info);
            }
        }
        Ok(all)
    }
}

struct Reader<'a> {
    pointers: Pointers<'a, ()>,
}

impl<'a> Reader<'a> {
    fn info(&mut self, c: &mut Cursor<'a>) -> Parsed<Option<Info>> {
        let Target::Object { class, tag, end } = self.pointers.follow(c)? else {
            return Ok(None);
        };
        self.pointers.remember(tag, ());
        if class != "TStreamerInfo" {
            // A list of schema rules: they change how members are shown, never how they are stored.
            c.pos = end.ok_or_else(|| Fault::new(c.pos, format!("a {class} among the class descriptions has no length")))?;
            return Ok(None);
        }
        let prologue = c.prologue()?;
        let (name, _) = c.tnamed()?;
        let mut info = Info { class: String::from_utf8_lossy(name).into_owned(), ..Info::default() };
        info.checksum = c.u32()?;
        info.version = c.i32()?;
        if let Target::Object { tag, end, .. } = self.pointers.follow(c)? {
            self.pointers.remember(tag, ());
            c.prologue()?;
            c.tobject()?;
            c.tstring()?;
            let count = c.count(4)?;
            c.skip(4)?;
            for _ in 0..count {
                self.element(c, &mut info.elements)?;
            }
            c.pos = end.unwrap_or(c.pos);
        }
        c.leave(prologue, "TStreamerInfo")?;
        Ok(Some(info))
    }

    fn element(&mut self, c: &mut Cursor<'a>, into: &mut Vec<Element>) -> Parsed<()> {
        let Target::Object { class, tag, end } = self.pointers.follow(c)? else {
            return Ok(());
        };
        self.pointers.remember(tag, ());
        let outer = c.prologue()?;
        let mut element = element_base(c, 0)?;
        match class {
            "TStreamerBase" if outer.version >= 3 => element.base_version = c.i32()?,
            "TStreamerBasicPointer" | "TStreamerLoop" => {
                c.skip(4)?;
                element.counter = c.text()?;
            }
            _ => {}
        }
        c.leave(outer, class)?;
        c.pos = end.unwrap_or(c.pos);
        into.push(element);
        Ok(())
    }
}

/// TStreamerElement; derived descriptions nest (TStreamerSTLstring holds a TStreamerSTL that holds it).
fn element_base(c: &mut Cursor<'_>, depth: usize) -> Parsed<Element> {
    if depth > MAX_DEPTH {
        return c.fault("class description nested too deep");
    }
    let start = c.pos;
    let prologue = c.prologue()?;
    // TNamed begins with its own byte count: where the next word is no TNamed, this was an outer layer.
    let mut probe = *c;
    let inner = probe.prologue()?;
    if depth < 2 && inner.end.is_some() && probe.u32().is_ok_and(|word| word >> 30 == 1) {
        let element = element_base(c, depth + 1)?;
        c.leave(prologue, "TStreamerElement")?;
        return Ok(element);
    }
    let (name, title) = c.tnamed()?;
    let mut element = Element {
        name: String::from_utf8_lossy(name).into_owned(),
        title: String::from_utf8_lossy(title).into_owned(),
        ty: c.i32()?,
        ..Element::default()
    };
    c.skip(4)?;
    let (length, dims) = (c.i32()?, c.i32()?);
    let slots = if prologue.version == 1 { c.count(4)? } else { 5 };
    for k in 0..slots {
        let size = c.i32()?;
        if (k as i32) < dims {
            element.dims.push(usize::try_from(size).map_err(|_| Fault::new(start, format!("array of {size} items")))?);
        }
    }
    element.length = usize::try_from(length).map_err(|_| Fault::new(start, format!("array of {length} items")))?;
    if element.dims.is_empty() && element.length > 0 {
        element.dims.push(element.length);
    }
    element.type_name = c.text()?;
    // Files before bool had its own number call it a one-byte integer.
    if element.ty == 11 && matches!(element.type_name.as_str(), "Bool_t" | "bool") {
        element.ty = 18;
    }
    c.leave(prologue, "TStreamerElement")?;
    Ok(element)
}
