//! Streamed values: what an object or a container in a branch consists of.

use super::{packed::Prim, pointers::Pointers};
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
    pub(crate) fn least(&self) -> usize {
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
}

fn class_type(class: &Class) -> Type {
    Type::Struct(class.versions[0].visible().into_iter().map(|(name, node)| Field::new(name, node.ty())).collect())
}
