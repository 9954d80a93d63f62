//! Metadata of a TTree: branches, leaves and where the baskets are.
//!
//! Members are read in the order that the streamer info of the found class version gives, so old and new versions go the same
//! way; only the members listed in [`Slot`] are kept.

use super::{
    basket::Embedded,
    cursor::{Cursor, Fault, MAX_DEPTH, Parsed},
    packed::Prim,
    pointers::{Pointers, Target},
    streamer::{Element, Infos},
};
use std::{collections::HashMap, sync::Arc};

/// A tree: branches and leaves in arenas.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) title: String,
    pub(crate) entries: u64,
    /// Branches directly below the tree.
    pub(crate) top: Vec<usize>,
    pub(crate) branches: Vec<Branch>,
    pub(crate) leaves: Vec<Leaf>,
}

/// One TBranch, TBranchElement or TBranchObject.
#[derive(Debug, Default)]
pub(crate) struct Branch {
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) compress: i64,
    pub(crate) entries: u64,
    pub(crate) first_entry: i64,
    pub(crate) total_bytes: i64,
    pub(crate) file_name: String,
    /// Offset, bytes and first entry of each basket on disk.
    pub(crate) seeks: Vec<u64>,
    pub(crate) bytes: Vec<u32>,
    pub(crate) starts: Vec<u64>,
    /// Entry after the last basket on disk, as far as the branch says.
    pub(crate) stop: Option<u64>,
    pub(crate) embedded: Vec<Embedded>,
    pub(crate) branches: Vec<usize>,
    pub(crate) leaves: Vec<usize>,
    /// TBranchElement: class of the parent (for members), version and checksum of it, element, kind of branch.
    pub(crate) class_name: String,
    pub(crate) checksum: u32,
    pub(crate) class_version: i32,
    pub(crate) id: i32,
    pub(crate) ty: i32,
    pub(crate) count: Option<usize>,
}

/// One TLeaf.
#[derive(Debug, Default)]
pub(crate) struct Leaf {
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) len: i64,
    pub(crate) unsigned: bool,
    pub(crate) count: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Object {
    Branch(usize),
    Leaf(usize),
    Other,
}

/// Members that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
enum Slot {
    Entries,
    Compress,
    WriteBasket,
    MaxBaskets,
    FirstEntry,
    TotBytes,
    Len,
    IsUnsigned,
    Id,
    Type,
    CheckSum,
    ClassVersion,
    Branches,
    Leaves,
    Baskets,
    BasketBytes,
    BasketEntry,
    BasketSeek,
    FileName,
    ClassName,
    LeafCount,
    BranchCount,
    /// Not kept, but it counts an array.
    Counter,
    Skip,
}

fn slot(name: &str) -> Slot {
    match name {
        "fEntries" => Slot::Entries,
        "fCompress" => Slot::Compress,
        "fWriteBasket" => Slot::WriteBasket,
        "fMaxBaskets" => Slot::MaxBaskets,
        "fFirstEntry" => Slot::FirstEntry,
        "fTotBytes" => Slot::TotBytes,
        "fLen" => Slot::Len,
        "fIsUnsigned" => Slot::IsUnsigned,
        "fID" => Slot::Id,
        "fType" => Slot::Type,
        "fCheckSum" => Slot::CheckSum,
        "fClassVersion" => Slot::ClassVersion,
        "fBranches" => Slot::Branches,
        "fLeaves" => Slot::Leaves,
        "fBaskets" => Slot::Baskets,
        "fBasketBytes" => Slot::BasketBytes,
        "fBasketEntry" => Slot::BasketEntry,
        "fBasketSeek" => Slot::BasketSeek,
        "fFileName" => Slot::FileName,
        "fClassName" => Slot::ClassName,
        "fLeafCount" => Slot::LeafCount,
        "fBranchCount" => Slot::BranchCount,
        "fNClusterRange" => Slot::Counter,
        _ => Slot::Skip,
    }
}

const SLOTS: usize = Slot::Skip as usize + 1;

/// Members of one object while it is read.
#[derive(Clone, Debug)]
struct Record<'a> {
    name: &'a [u8],
    title: &'a [u8],
    numbers: [i64; SLOTS],
    texts: [&'a [u8]; 2],
    arrays: [(&'a [u8], usize); 3],
    lists: [Vec<Object>; 2],
    embedded: Vec<Embedded>,
    leaf_count: Option<usize>,
    branch_count: Option<usize>,
}

impl Record<'_> {
    fn new() -> Self {
        Self {
            name: &[],
            title: &[],
            numbers: [0; SLOTS],
            texts: [&[]; 2],
            arrays: [(&[], 1); 3],
            lists: [Vec::new(), Vec::new()],
            embedded: Vec::new(),
            leaf_count: None,
            branch_count: None,
        }
    }
}

#[derive(Debug)]
enum Op {
    Named,
    Object,
    Base(String),
    Number { size: usize, kind: i32 },
    Array { total: usize },
    Counted { size: usize, counter: Slot },
    Sized { size: usize },
    Text,
    Inline,
    ObjectList,
    Pointer,
}

#[derive(Debug)]
struct Step {
    slot: Slot,
    op: Op,
}

/// Reads the payload of a tree's record whose key has `keylen` bytes.
pub(crate) fn parse(payload: &[u8], keylen: usize, class: &str, infos: &Infos) -> Parsed<Tree> {
    let mut reader = Reader { infos, pointers: Pointers::new(keylen), layouts: HashMap::new(), tree: Tree::default(), depth: 0 };
    let mut record = Record::new();
    reader.class(&mut Cursor::new(payload, 0), class, &mut record)?;
    let mut tree = reader.tree;
    let entries = record.numbers[Slot::Entries as usize];
    tree.entries = u64::try_from(entries).map_err(|_| Fault::new(0, format!("a tree of {entries} entries")))?;
    tree.title = String::from_utf8_lossy(record.title).into_owned();
    tree.top = branches(&record.lists[0]);
    Ok(tree)
}

fn branches(list: &[Object]) -> Vec<usize> {
    list.iter().filter_map(|o| if let Object::Branch(i) = o { Some(*i) } else { None }).collect()
}

struct Reader<'a, 'i> {
    infos: &'i Infos,
    pointers: Pointers<'a, Object>,
    layouts: HashMap<(String, u16), Arc<[Step]>>,
    tree: Tree,
    depth: usize,
}

impl<'a> Reader<'a, '_> {
    /// One class with its prologue, bases included.
    fn class(&mut self, c: &mut Cursor<'a>, class: &str, record: &mut Record<'a>) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return c.fault(format!("objects nested deeper than {MAX_DEPTH}"));
        }
        let prologue = c.prologue()?;
        // Attributes of drawing hold nothing that is kept.
        if !(class.starts_with("TAtt") && prologue.end.is_some()) {
            let steps = self.layout(class, prologue.version, prologue.checksum, c.pos)?;
            for step in steps.iter() {
                self.step(c, step, record)?;
            }
        }
        c.leave(prologue, class)?;
        self.depth -= 1;
        Ok(())
    }

    fn layout(&mut self, class: &str, version: u16, checksum: Option<u32>, at: usize) -> Parsed<Arc<[Step]>> {
        let key = (class.to_owned(), version);
        if let Some(known) = self.layouts.get(&key) {
            return Ok(known.clone());
        }
        let Some(info) = self.infos.find(class, version.into(), checksum) else {
            return Err(Fault::new(at, format!("the file does not describe class {class} version {version}")));
        };
        let steps: Vec<Step> = info.elements.iter().map(|e| step(e, at)).collect::<Parsed<_>>()?;
        let steps: Arc<[Step]> = steps.into();
        self.layouts.insert(key, steps.clone());
        Ok(steps)
    }

    fn step(&mut self, c: &mut Cursor<'a>, step: &Step, record: &mut Record<'a>) -> Parsed<()> {
        let slot = step.slot as usize;
        match &step.op {
            Op::Named => (record.name, record.title) = c.tnamed()?,
            Op::Object => {
                c.tobject()?;
            }
            Op::Base(class) => self.class(c, class, record)?,
            Op::Number { size, kind } => record.numbers[slot] = number(c.bytes(*size)?, *kind),
            Op::Array { total } => c.skip(*total)?,
            Op::Counted { size, counter } => {
                let flag = c.u8()?;
                let n = record.numbers[*counter as usize];
                // Version 9 and below write 64-bit seeks only where they are needed.
                let size = if step.slot == Slot::BasketSeek && flag == 2 { 8 } else { *size };
                let bytes = if flag == 0 { &[][..] } else { c.items(n, size)? };
                if let Some(array) = record.arrays.get_mut(slot.wrapping_sub(Slot::BasketBytes as usize)) {
                    *array = (bytes, size);
                }
            }
            Op::Sized { size } => {
                let n = c.count(*size)?;
                c.skip(n * size)?;
            }
            Op::Text => {
                let text = c.tstring()?;
                if let Some(kept) = record.texts.get_mut(slot.wrapping_sub(Slot::FileName as usize)) {
                    *kept = text;
                }
            }
            Op::Inline => {
                let prologue = c.prologue()?;
                c.pos = prologue.end.ok_or_else(|| Fault::new(c.pos, "a member without a length"))?;
            }
            Op::ObjectList => self.list(c, step.slot, record)?,
            Op::Pointer => match (step.slot, self.object(c)?) {
                (Slot::LeafCount, Object::Leaf(i)) => record.leaf_count = Some(i),
                (Slot::BranchCount, Object::Branch(i)) => record.branch_count = Some(i),
                _ => {}
            },
        }
        Ok(())
    }

    /// TObjArray: TObject, name, count, lower bound, pointers.
    fn list(&mut self, c: &mut Cursor<'a>, slot: Slot, record: &mut Record<'a>) -> Parsed<()> {
        let prologue = c.prologue()?;
        c.tobject()?;
        c.tstring()?;
        let count = c.count(4)?;
        c.skip(4)?;
        let mut objects = Vec::with_capacity(count);
        for _ in 0..count {
            if slot == Slot::Baskets {
                if let Some(basket) = self.basket(c)? {
                    record.embedded.push(basket);
                }
            } else {
                objects.push(self.object(c)?);
            }
        }
        match slot {
            Slot::Branches => record.lists[0] = objects,
            Slot::Leaves => record.lists[1] = objects,
            _ => {}
        }
        c.leave(prologue, "TObjArray")
    }

    fn basket(&mut self, c: &mut Cursor<'a>) -> Parsed<Option<Embedded>> {
        let Target::Object { class, tag, end } = self.pointers.follow(c)? else {
            return Ok(None);
        };
        self.pointers.remember(tag, Object::Other);
        if class != "TBasket" {
            return c.fault(format!("a {class} among the baskets"));
        }
        let basket = Embedded::parse(c)?;
        c.pos = end.unwrap_or(c.pos);
        Ok(basket)
    }

    fn object(&mut self, c: &mut Cursor<'a>) -> Parsed<Object> {
        let (class, tag, end) = match self.pointers.follow(c)? {
            Target::Null => return Ok(Object::Other),
            Target::Known(object) => return Ok(object),
            Target::Object { class, tag, end } => (class, tag, end),
        };
        let known = self.infos.newest(class).is_some();
        let object = if class.starts_with("TBranch") && known {
            self.tree.branches.push(Branch::default());
            Object::Branch(self.tree.branches.len() - 1)
        } else if class.starts_with("TLeaf") && known {
            self.tree.leaves.push(Leaf::default());
            Object::Leaf(self.tree.leaves.len() - 1)
        } else {
            Object::Other
        };
        // Members point back to the object, so it is known before it is read.
        self.pointers.remember(tag, object);
        match object {
            Object::Branch(i) => {
                let mut record = Record::new();
                self.class(c, class, &mut record)?;
                self.tree.branches[i] = branch(class, record, c.pos)?;
            }
            Object::Leaf(i) => {
                let mut record = Record::new();
                self.class(c, class, &mut record)?;
                self.tree.leaves[i] = leaf(class, &record);
            }
            Object::Other => c.pos = end.ok_or_else(|| Fault::new(c.pos, format!("a {class} without a length")))?,
        }
        c.pos = end.unwrap_or(c.pos);
        Ok(object)
    }
}

fn step(element: &Element, at: usize) -> Parsed<Step> {
    let slot = slot(&element.name);
    let unknown = || Fault::new(at, format!("member {} of kind {} cannot be read in a tree", element.name, element.ty));
    let size = |ty: i32| Prim::basic(ty, &element.title).map(Prim::size).ok_or_else(unknown);
    let op = match element.ty {
        67 => Op::Named,
        66 => Op::Object,
        0 if element.name == "TNamed" => Op::Named,
        0 if element.name == "TObject" => Op::Object,
        0 => Op::Base(element.name.clone()),
        65 => Op::Text,
        61 if element.type_name == "TObjArray" => Op::ObjectList,
        61 | 62 => match element.type_name.as_str() {
            // TArray has no prologue: i32 count, items.
            "TArrayD" => Op::Sized { size: 8 },
            "TArrayI" => Op::Sized { size: 4 },
            _ => Op::Inline,
        },
        63 | 64 | 69 => Op::Pointer,
        300 | 365 | 500 => Op::Inline,
        ty @ 1..=19 => Op::Number { size: size(ty)?, kind: ty },
        ty @ 21..=39 => Op::Array { total: size(ty - 20)?.saturating_mul(element.length) },
        ty @ 41..=59 => Op::Counted { size: size(ty - 40)?, counter: self::slot(&element.counter) },
        _ => return Err(unknown()),
    };
    Ok(Step { slot, op })
}

fn number(bytes: &[u8], kind: i32) -> i64 {
    let unsigned = bytes.iter().fold(0_u64, |sum, &b| sum << 8 | u64::from(b));
    match kind {
        5 => f32::from_bits(unsigned as u32) as i64,
        8 => f64::from_bits(unsigned) as i64,
        1 => unsigned as i8 as i64,
        2 => unsigned as i16 as i64,
        3 | 6 => unsigned as i32 as i64,
        _ => unsigned as i64,
    }
}

fn leaf(class: &str, record: &Record<'_>) -> Leaf {
    Leaf {
        class: class.to_owned(),
        name: text(record.name),
        title: text(record.title),
        len: record.numbers[Slot::Len as usize],
        unsigned: record.numbers[Slot::IsUnsigned as usize] != 0,
        count: record.leaf_count,
    }
}

fn branch(class: &str, record: Record<'_>, at: usize) -> Parsed<Branch> {
    let number = |slot: Slot| record.numbers[slot as usize];
    let wide = |k: usize| {
        let (bytes, size) = record.arrays[k];
        bytes.chunks_exact(size).map(|chunk| chunk.iter().fold(0_u64, |sum, &b| sum << 8 | u64::from(b)))
    };
    let written = usize::try_from(number(Slot::WriteBasket)).unwrap_or(0);
    let seeks: Vec<u64> = wide(2).take(written).take_while(|&seek| seek != 0).collect();
    let bytes: Vec<u32> = wide(0).take(seeks.len()).map(|n| n as u32).collect();
    let starts: Vec<u64> = wide(1).take(seeks.len()).collect();
    if bytes.len() < seeks.len() || starts.len() < seeks.len() {
        return Err(Fault::new(at, format!("branch {}: lists of baskets have different lengths", text(record.name))));
    }
    let entries = number(Slot::Entries);
    let entries =
        u64::try_from(entries).map_err(|_| Fault::new(at, format!("branch {} has {entries} entries", text(record.name))))?;
    let stop = wide(1).nth(seeks.len());
    let leaves = record.lists[1].iter().filter_map(|o| if let Object::Leaf(i) = o { Some(*i) } else { None }).collect();
    Ok(Branch {
        class: class.to_owned(),
        name: text(record.name),
        title: text(record.title),
        compress: number(Slot::Compress),
        entries,
        first_entry: number(Slot::FirstEntry),
        total_bytes: number(Slot::TotBytes),
        file_name: text(record.texts[0]),
        seeks,
        bytes,
        starts,
        stop,
        branches: branches(&record.lists[0]),
        leaves,
        class_name: text(record.texts[1]),
        checksum: number(Slot::CheckSum) as u32,
        class_version: number(Slot::ClassVersion) as i32,
        id: number(Slot::Id) as i32,
        ty: number(Slot::Type) as i32,
        count: record.branch_count,
        embedded: record.embedded,
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
