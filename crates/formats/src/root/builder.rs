//! Growing columns of any depth, in the make of a [`Node`].

use super::{bytes::Bytes, collector::texts, node::Node, packed::Prim};
use germane_columns::{
    Array, Data, NumberType,
    buffer::{OffsetBuffer, ScalarBuffer},
};

/// Buffers of one level.
#[derive(Debug)]
pub(crate) enum Builder {
    Number { prim: Prim, bytes: Bytes },
    Text { offsets: Vec<i64>, bytes: Bytes },
    List { offsets: Vec<i64>, item: Box<Builder> },
    Fixed { size: usize, len: usize, item: Box<Builder> },
    Struct { fields: Vec<Builder>, len: usize },
    Nothing,
}

impl Builder {
    pub(crate) fn of(node: &Node) -> Self {
        let number = |prim| Self::Number { prim, bytes: Bytes::default() };
        let u32s = || number(Prim::Plain(NumberType::U32));
        let text = || Self::Text { offsets: vec![0], bytes: Bytes::default() };
        let list = |item| Self::List { offsets: vec![0], item: Box::new(item) };
        match node {
            Node::Number(prim) => number(*prim),
            Node::Text | Node::Chars => text(),
            Node::List(item) => list(Self::of(item)),
            Node::Map(key, value) => list(Self::Struct { fields: vec![Self::of(key), Self::of(value)], len: 0 }),
            Node::Pair(first, second) => Self::Struct { fields: vec![Self::of(first), Self::of(second)], len: 0 },
            Node::Fixed(size, item) => Self::Fixed { size: *size, len: 0, item: Box::new(Self::of(item)) },
            Node::Bits(size) => Self::Fixed { size: *size, len: 0, item: Box::new(number(Prim::Bool)) },
            Node::Class(class) | Node::Bare(class, _) => Self::members(class),
            Node::Clones(class) => list(Self::members(class)),
            Node::Framed(inner) | Node::Named(inner) => Self::of(inner),
            Node::Counted(prim, _) | Node::Array(prim) => list(number(*prim)),
            Node::ObjectBits => u32s(),
            Node::Labels => list(Self::Struct { fields: vec![u32s(), text()], len: 0 }),
            Node::TRef => Self::Struct { fields: vec![u32s()], len: 0 },
            Node::TRefArray => Self::Struct { fields: vec![text(), number(Prim::Plain(NumberType::I32)), list(u32s())], len: 0 },
            Node::TObject | Node::Pointer | Node::Objects => Self::Nothing,
        }
    }

    fn members(class: &super::node::Class) -> Self {
        Self::Struct { fields: class.versions[0].visible().into_iter().map(|(_, node)| Self::of(node)).collect(), len: 0 }
    }

    /// The column; names of fields come from the node.
    pub(crate) fn finish(self, node: &Node) -> Array {
        match (self, node) {
            (own, Node::Framed(inner) | Node::Named(inner)) => own.finish(inner),
            (Self::Number { prim, bytes }, _) => prim.column(bytes, false),
            (Self::Text { offsets, bytes }, _) => texts(offsets, bytes.into_buffer()),
            (Self::List { offsets, item }, _) => {
                let items = match node {
                    Node::List(inner) => item.finish(inner),
                    Node::Map(key, value) => item.finish_struct(&[("0", key), ("1", value)]),
                    Node::Labels => item.finish_struct(&[("0", &Node::ObjectBits), ("1", &Node::Text)]),
                    Node::Clones(class) => item.finish_struct(&class.versions[0].visible()),
                    _ => item.finish(&Node::TObject),
                };
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                Array::new(Data::List { offsets, items: Box::new(items) })
            }
            (Self::Fixed { size, len, item }, _) => {
                let items = match node {
                    Node::Fixed(_, inner) => item.finish(inner),
                    _ => item.finish(&Node::TObject),
                };
                Array::new(Data::FixedList { size, len, items: Box::new(items) })
            }
            (own @ Self::Struct { .. }, Node::Class(class) | Node::Bare(class, _)) => {
                own.finish_struct(&class.versions[0].visible())
            }
            (own @ Self::Struct { .. }, Node::Pair(first, second)) => own.finish_struct(&[("first", first), ("second", second)]),
            (own @ Self::Struct { .. }, Node::TRef) => own.finish_struct(&[("ref", &Node::ObjectBits)]),
            (own @ Self::Struct { .. }, Node::TRefArray) => {
                let refs = Node::Array(Prim::Plain(NumberType::U32));
                own.finish_struct(&[("fName", &Node::Text), ("fSize", &Node::ObjectBits), ("refs", &refs)])
            }
            (Self::Struct { len, .. }, _) => Array::new(Data::Struct { fields: Vec::new(), len }),
            (Self::Nothing, _) => Array::new(Data::Struct { fields: Vec::new(), len: 0 }),
        }
    }

    fn finish_struct(self, members: &[(&str, &Node)]) -> Array {
        let Self::Struct { fields, len } = self else {
            return self.finish(&Node::TObject);
        };
        let named = fields.into_iter().zip(members).map(|(own, (name, node))| ((*name).to_owned(), own.finish(node)));
        Array::new(Data::Struct { fields: named.collect(), len })
    }
}
