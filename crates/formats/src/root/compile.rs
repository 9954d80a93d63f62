//! From streamer info to nodes: what a class, a member or a type name consists of.

use super::{
    node::{Class, Layout, Member, Node},
    packed::Prim,
    streamer::{Element, Info, Infos},
    type_name::TypeName,
};
use germane_columns::NumberType;
use std::{collections::HashMap, sync::Arc};

/// Makes nodes; classes are made once.
pub(crate) struct Compiler<'i> {
    infos: &'i Infos,
    classes: HashMap<String, Result<Arc<Class>, String>>,
    /// Classes that are being made, to notice those that contain themselves.
    open: Vec<String>,
}

const LISTS: &[&str] = &[
    "vector",
    "list",
    "deque",
    "set",
    "multiset",
    "unordered_set",
    "unordered_multiset",
    "forward_list",
    "ROOT::VecOps::RVec",
    "RVec",
];
const MAPS: &[&str] = &["map", "multimap", "unordered_map", "unordered_multimap"];

impl<'i> Compiler<'i> {
    pub(crate) fn new(infos: &'i Infos) -> Self {
        Self { infos, classes: HashMap::new(), open: Vec::new() }
    }

    /// Whether a type is a container of the standard library or a string, which have a prologue as members.
    pub(crate) fn is_container(ty: &TypeName) -> bool {
        let name = ty.name.as_str();
        LISTS.contains(&name) || MAPS.contains(&name) || matches!(name, "string" | "bitset")
    }

    /// Whether a type holds pairs of keys and values.
    pub(crate) fn is_map(ty: &TypeName) -> bool {
        MAPS.contains(&ty.name.as_str())
    }

    /// Node of a type inside a container: no prologue but that of classes.
    pub(crate) fn inner(&mut self, ty: &TypeName) -> Result<Node, String> {
        if ty.pointer {
            return Err(format!("pointers ({}) in containers are not read", ty.text));
        }
        let argument = |k: usize| ty.arguments.get(k).ok_or_else(|| format!("type {} has no argument {k}", ty.text));
        let name = ty.name.as_str();
        if let Some(prim) = basic(name) {
            return Ok(Node::Number(prim));
        }
        if LISTS.contains(&name) {
            return Ok(Node::List(Box::new(self.inner(argument(0)?)?)));
        }
        if MAPS.contains(&name) {
            return Ok(Node::Map(Box::new(self.whole(argument(0)?)?), Box::new(self.whole(argument(1)?)?)));
        }
        match name {
            "string" | "TString" => Ok(Node::Text),
            "pair" => Ok(Node::Pair(Box::new(self.whole(argument(0)?)?), Box::new(self.whole(argument(1)?)?))),
            "bitset" => match argument(0)?.name.parse() {
                Ok(n) if n <= 1 << 20 => Ok(Node::Bits(n)),
                _ => Err(format!("size of {} is no number", ty.text)),
            },
            "array" => match argument(1)?.name.parse() {
                Ok(n) if n <= 1 << 28 => Ok(Node::Fixed(n, Box::new(self.inner(argument(0)?)?))),
                _ => Err(format!("size of {} is no number", ty.text)),
            },
            _ => self.object(&ty.text),
        }
    }

    /// Node of a whole branch or member of this type.
    pub(crate) fn whole(&mut self, ty: &TypeName) -> Result<Node, String> {
        let node = self.inner(ty)?;
        Ok(if Self::is_container(ty) { Node::Framed(Box::new(node)) } else { node })
    }

    /// Node of an object of a class.
    pub(crate) fn object(&mut self, class: &str) -> Result<Node, String> {
        if let Some(number) = class.strip_prefix("TArray") {
            let prim = match number {
                "C" => NumberType::I8,
                "S" => NumberType::I16,
                "I" => NumberType::I32,
                "L" | "L64" => NumberType::I64,
                "F" => NumberType::F32,
                "D" => NumberType::F64,
                _ => return Err(format!("class {class} is not read")),
            };
            return Ok(Node::Array(Prim::Plain(prim)));
        }
        match class {
            "TString" => Ok(Node::Text),
            "TObject" => Ok(Node::TObject),
            "TRef" => Ok(Node::TRef),
            // Its own streamer: the packed date alone, without prologue.
            "TDatime" => Ok(Node::Bare(self.class(class)?, 0)),
            "TRefArray" => Ok(Node::TRefArray),
            "TClonesArray" => Err("the class of the items of a TClonesArray is not known".to_owned()),
            _ => self.class(class).map(Node::Class),
        }
    }

    pub(crate) fn class(&mut self, class: &str) -> Result<Arc<Class>, String> {
        if let Some(known) = self.classes.get(class) {
            return known.clone();
        }
        if self.open.iter().any(|name| name == class) {
            return Err(format!("class {class} contains itself"));
        }
        if self.open.len() > 30 {
            return Err(format!("classes nested deeper than 30 at {class}"));
        }
        self.open.push(class.to_owned());
        let made = self.make(class).map(Arc::new);
        self.open.pop();
        self.classes.insert(class.to_owned(), made.clone());
        made
    }

    fn make(&mut self, class: &str) -> Result<Class, String> {
        let infos = self.infos.versions(class);
        let Some(newest) = infos.first() else {
            return Err(format!("class {class} is not described in the file"));
        };
        let mut versions = vec![self.layout(newest)?];
        for older in &infos[1..] {
            // Another version is read where it shows the same members.
            if let Ok(layout) = self.layout(older) {
                let same = |a: &Layout, b: &Layout| {
                    let shown = |l: &Layout| l.visible().iter().map(|(n, node)| ((*n).to_owned(), node.ty())).collect::<Vec<_>>();
                    shown(a) == shown(b)
                };
                if same(&versions[0], &layout) {
                    versions.push(layout);
                }
            }
        }
        if versions[0].visible().is_empty() {
            return Err(format!("class {class} has no members that can be shown"));
        }
        Ok(Class { name: class.to_owned(), versions })
    }

    fn layout(&mut self, info: &Info) -> Result<Layout, String> {
        let mut layout = Layout { version: info.version, checksum: info.checksum, members: Vec::new() };
        for element in &info.elements {
            let member = self
                .member(element, &layout, &info.elements)
                .map_err(|reason| format!("member {} of {}: {reason}", element.name, info.class))?;
            layout.members.extend(member);
        }
        Ok(layout)
    }

    fn member(&mut self, element: &Element, before: &Layout, all: &[Element]) -> Result<Option<Member>, String> {
        let base = matches!(element.ty, 0 | 66 | 67);
        let node = match element.ty {
            0 if element.name == "TObject" => Node::TObject,
            0 | 67 => match self.base(&element.name) {
                // A base without members is still in the stream, as a prologue.
                Err(_) if self.is_empty(&element.name) => return Ok(Some(empty_base(&element.name))),
                found => found?,
            },
            66 => Node::TObject,
            40..=59 => {
                let prim = Prim::basic(element.ty - 40, &element.title).ok_or("unknown number")?;
                let position = |name: &str| before.visible().iter().position(|(n, _)| *n == name);
                let counter = position(&element.counter).ok_or_else(|| {
                    let later = all.iter().any(|e| e.name == element.counter);
                    format!("counted by {}, {}", element.counter, if later { "which follows" } else { "which is absent" })
                })?;
                Node::Counted(prim, counter)
            }
            _ => self.element(element)?,
        };
        Ok(Some(Member { name: element.name.clone(), node, base }))
    }

    fn base(&mut self, class: &str) -> Result<Node, String> {
        if class == "TNamed" {
            let text = |name: &str| Member { name: name.to_owned(), node: Node::Text, base: false };
            let object = Member { name: "TObject".to_owned(), node: Node::TObject, base: true };
            let layout = Layout { version: 1, checksum: 0, members: vec![object, text("fName"), text("fTitle")] };
            return Ok(Node::Class(Arc::new(Class { name: class.to_owned(), versions: vec![layout] })));
        }
        self.object(class)
    }

    fn is_empty(&self, class: &str) -> bool {
        self.infos.versions(class).first().is_some_and(|info| {
            info.elements.iter().all(|e| matches!(e.ty, 0 | 66) && (e.name == "TObject" || self.is_empty(&e.name)))
        })
    }

    /// Node of a member as `fType` says.
    pub(crate) fn element(&mut self, element: &Element) -> Result<Node, String> {
        let ty = TypeName::parse(&element.type_name).ok_or_else(|| format!("type {} is not understood", element.type_name))?;
        let array = |node: Node| element.dims.iter().rev().fold(node, |node, &n| Node::Fixed(n, Box::new(node)));
        match element.ty {
            0 => self.object(&element.name),
            // Counters are int by number, whatever the type says.
            6 => Ok(Node::Number(basic(&ty.name).unwrap_or(Prim::Plain(NumberType::I32)))),
            7 => Ok(Node::Chars),
            15 => Ok(Node::ObjectBits),
            1..=19 => Prim::basic(element.ty, &element.title).map(Node::Number).ok_or_else(|| unknown(element)),
            21..=39 => {
                let prim = Prim::basic(element.ty - 20, &element.title).ok_or_else(|| unknown(element))?;
                Ok(array(Node::Number(prim)))
            }
            65 => Ok(Node::Text),
            85 => Ok(array(Node::Text)),
            365 => Ok(Node::Framed(Box::new(Node::Text))),
            61 | 62 | 63 | 68 if matches!(ty.name.as_str(), "TList" | "THashList" | "TObjArray") => Ok(Node::Objects),
            61 | 62 => self.object(&ty.text),
            81 | 82 => Ok(array(self.object(&ty.text)?)),
            63 | 68 => self.object(&ty.text),
            64 | 69 if ty.name == "THashList" => Ok(Node::Labels),
            64 | 69 => Ok(Node::Pointer),
            71 | 300 | 500 | 540 if Self::is_container(&ty) => self.whole(&TypeName { pointer: false, ..ty }),
            // Arrays of containers have one prologue for all of them.
            320 | 520 if Self::is_container(&ty) => Ok(Node::Framed(Box::new(array(self.inner(&ty)?)))),
            300 | 500 if matches!(ty.name.as_str(), "pair" | "array") => self.whole(&ty),
            _ => Err(unknown(element)),
        }
    }
}

fn empty_base(class: &str) -> Member {
    let layout = Layout { version: 0, checksum: 0, members: Vec::new() };
    let class = Class { name: class.to_owned(), versions: vec![layout] };
    Member { name: class.name.clone(), node: Node::Class(Arc::new(class)), base: true }
}

fn unknown(element: &Element) -> String {
    format!("kind {} ({}) is not read", element.ty, element.type_name)
}

/// Numbers by their C++ names.
pub(crate) fn basic(name: &str) -> Option<Prim> {
    use NumberType as N;
    Some(match name {
        "bool" | "Bool_t" => Prim::Bool,
        "char" | "Char_t" | "signed char" | "int8_t" => Prim::Plain(N::I8),
        "unsigned char" | "UChar_t" | "uint8_t" | "Byte_t" | "byte" => Prim::Plain(N::U8),
        "short" | "Short_t" | "int16_t" => Prim::Plain(N::I16),
        "unsigned short" | "UShort_t" | "uint16_t" => Prim::Plain(N::U16),
        "int" | "Int_t" | "int32_t" => Prim::Plain(N::I32),
        "unsigned int" | "unsigned" | "UInt_t" | "uint32_t" => Prim::Plain(N::U32),
        "long" | "Long_t" | "long long" | "Long64_t" | "int64_t" => Prim::Plain(N::I64),
        "unsigned long" | "ULong_t" | "unsigned long long" | "ULong64_t" | "uint64_t" | "size_t" => Prim::Plain(N::U64),
        "float" | "Float_t" => Prim::Plain(N::F32),
        "double" | "Double_t" => Prim::Plain(N::F64),
        "Double32_t" => Prim::double32(""),
        "Float16_t" => Prim::float16(""),
        _ => return None,
    })
}
