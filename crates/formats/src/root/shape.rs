//! How the entries of a branch are laid out, from its leaves.

use super::{
    compile::Compiler,
    node::{Layout, Node},
    packed::Prim,
    streamer::{Element, Infos},
    tree::{Branch, Leaf, Tree},
    type_name::TypeName,
};
use germane_columns::{Field, NumberType, Type};

/// Layout of the entries of a branch.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// The same number of numbers in each entry.
    Flat(Items),
    /// Lists of items; the length is that of the entry, or the value of the branch that counts.
    Jagged { items: Items, counter: Option<usize> },
    /// TLeafC.
    Text,
    /// Several leaves one after the other.
    LeafList(Vec<Part>),
    /// One object or container an entry.
    Streamed(Node),
    /// One member of all items of a collection: values up to the end of the entry.
    Members {
        node: Node,
        /// One prologue an entry before the values.
        framed: bool,
    },
    /// One `[n]` pointer an entry: u8 flag, then values.
    Counted { prim: Prim, counter: usize },
    /// `[n]` pointers of all items of a collection; the branch of the member that counts them.
    CountedMembers { prim: Prim, counter: usize },
}

/// Numbers with fixed dimensions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Items {
    pub(crate) prim: Prim,
    pub(crate) dims: Vec<usize>,
}

/// One leaf of a leaf list.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) items: Items,
    pub(crate) counter: Option<PartCounter>,
}

/// What gives the length of a leaf inside a leaf list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PartCounter {
    /// An earlier leaf of the same list.
    Part(usize),
    /// A leaf of another branch.
    Branch(usize),
}

impl Items {
    /// Bytes of one item.
    pub(crate) fn size(&self) -> usize {
        self.dims.iter().product::<usize>() * self.prim.size()
    }

    pub(crate) fn ty(&self) -> Type {
        self.dims.iter().rev().fold(self.prim.ty(), |ty, &n| Type::fixed_list(ty, n))
    }
}

impl Shape {
    pub(crate) fn ty(&self) -> Type {
        match self {
            Self::Flat(items) => items.ty(),
            Self::Jagged { items, .. } => Type::list(items.ty()),
            Self::Text => Type::Text,
            Self::Streamed(node) => node.ty(),
            Self::Members { node, .. } => Type::list(node.ty()),
            Self::Counted { prim, .. } => Type::list(prim.ty()),
            Self::CountedMembers { prim, .. } => Type::list(Type::list(prim.ty())),
            Self::LeafList(parts) => Type::Struct(
                parts
                    .iter()
                    .map(|part| {
                        let ty = part.items.ty();
                        Field::new(&part.name, if part.counter.is_some() { Type::list(ty) } else { ty })
                    })
                    .collect(),
            ),
        }
    }

    /// The layout of a branch with plain leaves.
    fn of_leaves(tree: &Tree, branch: &Branch, owners: &[Option<usize>]) -> Result<Self, String> {
        let leaves: Vec<&Leaf> = branch.leaves.iter().map(|&i| &tree.leaves[i]).collect();
        let [leaf] = leaves[..] else {
            return leaf_list(branch, &leaves, owners);
        };
        if leaf.class == "TLeafC" {
            return Ok(Self::Text);
        }
        let items = items(leaf)?;
        Ok(match leaf.count {
            None => Self::Flat(items),
            Some(count) => Self::Jagged { items, counter: owners[count] },
        })
    }
}

/// Layouts of the branches of one tree.
pub(crate) struct Shapes<'t> {
    tree: &'t Tree,
    infos: &'t Infos,
    compiler: Compiler<'t>,
    /// Branch of each leaf.
    owners: Vec<Option<usize>>,
}

impl<'t> Shapes<'t> {
    pub(crate) fn new(tree: &'t Tree, infos: &'t Infos) -> Self {
        let mut owners = vec![None; tree.leaves.len()];
        for (number, branch) in tree.branches.iter().enumerate() {
            for &leaf in &branch.leaves {
                owners[leaf].get_or_insert(number);
            }
        }
        Self { tree, infos, compiler: Compiler::new(infos), owners }
    }

    /// The layout of a branch.
    pub(crate) fn of(&mut self, number: usize) -> Result<Shape, String> {
        let branch = &self.tree.branches[number];
        match branch.class.as_str() {
            "TBranch" => Shape::of_leaves(self.tree, branch, &self.owners),
            "TBranchElement" => self.element(number, branch),
            "TBranchObject" => {
                let node = self.named_class(&branch.class_name)?;
                Ok(Shape::Streamed(Node::Named(Box::new(node))))
            }
            other => Err(format!("branches of class {other} are not read")),
        }
    }

    /// The layout of a branch that holds whole TClonesArrays of `class`.
    pub(crate) fn clones(&mut self, branch: usize, class: &str) -> Result<Shape, String> {
        let node = Node::Clones(self.compiler.class(class)?);
        let named = self.tree.branches[branch].class == "TBranchObject";
        Ok(Shape::Streamed(if named { Node::Named(Box::new(node)) } else { node }))
    }

    fn named_class(&mut self, name: &str) -> Result<Node, String> {
        if name == "TClonesArray" {
            return Err("the class of the items of a TClonesArray is only in the data".to_owned());
        }
        let ty = TypeName::parse(name).ok_or_else(|| format!("type {name} is not understood"))?;
        self.compiler.whole(&TypeName { pointer: false, ..ty })
    }

    fn element(&mut self, number: usize, branch: &Branch) -> Result<Shape, String> {
        // Collections that are split hold the number of items, and these their members.
        if matches!(branch.ty, 3 | 4) {
            return Ok(Shape::Flat(Items { prim: Prim::Plain(NumberType::I32), dims: Vec::new() }));
        }
        if !branch.branches.is_empty() {
            return Err("its members are in branches of their own".to_owned());
        }
        if branch.id < 0 {
            let ty =
                TypeName::parse(&branch.class_name).ok_or_else(|| format!("type {} is not understood", branch.class_name))?;
            // Strings that are whole branches have no prologue.
            if matches!(ty.name.as_str(), "string" | "TString") {
                return Ok(Shape::Streamed(Node::Text));
            }
            let node = self.named_class(&branch.class_name)?;
            // Classes with their own streamer (-1) bring a prologue; of others the branch knows the version.
            return Ok(Shape::Streamed(match node {
                Node::Class(class) if branch.ty != -1 => {
                    let fits = |layout: &Layout| match branch.checksum {
                        0 => layout.version == branch.class_version,
                        sum => layout.checksum == sum,
                    };
                    let version = class.versions.iter().position(fits).or((class.versions.len() == 1).then_some(0));
                    let version = version
                        .ok_or_else(|| format!("the file does not describe {} version {}", class.name, branch.class_version))?;
                    Node::Bare(class, version)
                }
                node => node,
            }));
        }
        let element = self.member(branch)?;
        let in_collection = matches!(branch.ty, 31 | 41);
        if matches!(element.ty, 41..=59) {
            return self.counted(number, branch, &element, in_collection);
        }
        let node = self.compiler.element(&element).map_err(|reason| format!("member {}: {reason}", element.name))?;
        if let Some(items) = plain(&node) {
            return Ok(if in_collection { Shape::Jagged { items, counter: branch.count } } else { Shape::Flat(items) });
        }
        Ok(match node {
            Node::Framed(inner) if in_collection => Shape::Members { node: *inner, framed: true },
            Node::TObject | Node::Pointer | Node::Objects => {
                return Err(format!("a {} has no members that can be shown", element.type_name));
            }
            node if in_collection => Shape::Members { node, framed: false },
            node => Shape::Streamed(node),
        })
    }

    /// The element of the class that a branch belongs to.
    fn member(&self, branch: &Branch) -> Result<Element, String> {
        if self.infos.newest(&branch.class_name).is_none() {
            return Err(format!("class {} is not described in the file", branch.class_name));
        }
        element_of(self.infos, branch).ok_or_else(|| format!("class {} has no member number {}", branch.class_name, branch.id))
    }

    /// A `[n]` pointer: its counter is the branch beside it that has the counter's name.
    fn counted(&self, number: usize, branch: &Branch, element: &Element, in_collection: bool) -> Result<Shape, String> {
        let prim = Prim::basic(element.ty - 40, &element.title).ok_or("unknown number")?;
        let head = branch.name.strip_suffix(&element.name).or_else(|| branch.name.split('[').next()?.strip_suffix(&element.name));
        let wanted = format!("{}{}", head.unwrap_or(""), element.counter);
        let beside = |parent: &&Branch| parent.branches.contains(&number);
        let parent = self.tree.branches.iter().find(beside).map(|parent| parent.branches.as_slice());
        let siblings = parent.unwrap_or(&self.tree.top);
        let counter = siblings.iter().copied().find(|&b| self.tree.branches[b].name == wanted);
        let counter = counter.ok_or_else(|| format!("no branch {wanted} beside it to count the values"))?;
        Ok(if in_collection { Shape::CountedMembers { prim, counter } } else { Shape::Counted { prim, counter } })
    }
}

/// The member of a class that a branch is, if it is one.
pub(crate) fn element_of(infos: &Infos, branch: &Branch) -> Option<Element> {
    let id = usize::try_from(branch.id).ok()?;
    let info = infos.find(&branch.class_name, branch.class_version, Some(branch.checksum));
    info.or_else(|| infos.newest(&branch.class_name))?.elements.get(id).cloned()
}

/// Numbers in fixed arrays only.
fn plain(node: &Node) -> Option<Items> {
    match node {
        Node::Number(prim) => Some(Items { prim: *prim, dims: Vec::new() }),
        Node::Fixed(n, inner) => {
            let mut items = plain(inner)?;
            items.dims.insert(0, *n);
            Some(items)
        }
        _ => None,
    }
}

fn leaf_list(branch: &Branch, leaves: &[&Leaf], owners: &[Option<usize>]) -> Result<Shape, String> {
    if leaves.is_empty() {
        return Err("the branch has no leaves".to_owned());
    }
    let mut parts = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        let counter = match leaf.count {
            None => None,
            Some(count) => Some(match branch.leaves.iter().position(|&i| i == count) {
                Some(k) if k < parts.len() => PartCounter::Part(k),
                Some(_) => return Err(format!("leaf {} stands before the leaf that counts it", leaf.name)),
                None => match owners[count] {
                    Some(b) => PartCounter::Branch(b),
                    None => return Err(format!("leaf {} is counted by a leaf outside the tree", leaf.name)),
                },
            }),
        };
        parts.push(Part { name: leaf.name.clone(), items: items(leaf)?, counter });
    }
    Ok(Shape::LeafList(parts))
}

/// Type and fixed dimensions of a leaf.
fn items(leaf: &Leaf) -> Result<Items, String> {
    use NumberType as N;
    let pick = |signed, unsigned| Prim::Plain(if leaf.unsigned { unsigned } else { signed });
    let prim = match leaf.class.as_str() {
        "TLeafB" => pick(N::I8, N::U8),
        "TLeafS" => pick(N::I16, N::U16),
        "TLeafI" => pick(N::I32, N::U32),
        "TLeafL" | "TLeafG" => pick(N::I64, N::U64),
        "TLeafF" => Prim::Plain(N::F32),
        "TLeafD" => Prim::Plain(N::F64),
        "TLeafO" => Prim::Bool,
        "TLeafF16" => Prim::float16(&leaf.title),
        "TLeafD32" => Prim::double32(&leaf.title),
        other => return Err(format!("leaf {} of class {other} among numbers", leaf.name)),
    };
    Ok(Items { prim, dims: dims(leaf)? })
}

/// Fixed dimensions from the title (`x[n][3][2]`); `fLen`, their product, decides where they disagree.
pub(crate) fn dims(leaf: &Leaf) -> Result<Vec<usize>, String> {
    let len = usize::try_from(leaf.len).ok().filter(|&n| n <= 1 << 28);
    let len = len.ok_or_else(|| format!("leaf {} has {} items", leaf.name, leaf.len))?;
    let tokens: Vec<&str> = leaf
        .title
        .split('[')
        .skip(1)
        .filter_map(|part| part.split_once(']').map(|(text, _)| text.trim()))
        .filter(|text| !text.contains(','))
        .collect();
    let numbers: Vec<usize> = tokens.iter().filter_map(|text| text.parse().ok()).collect();
    let product = |dims: &[usize]| dims.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
    if product(&numbers) == Some(len) {
        return Ok(numbers);
    }
    // A number in the place of the counter's name.
    if leaf.count.is_some() && !numbers.is_empty() && numbers.len() == tokens.len() && product(&numbers[1..]) == Some(len) {
        return Ok(numbers[1..].to_vec());
    }
    Ok(if len == 1 { Vec::new() } else { vec![len] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(title: &str, len: i64, count: Option<usize>) -> Leaf {
        Leaf { title: title.into(), len, count, ..Leaf::default() }
    }

    #[test]
    fn dimensions_come_from_the_title_and_agree_with_the_length() {
        assert_eq!(dims(&leaf("x", 1, None)), Ok(vec![]));
        assert_eq!(dims(&leaf("x[2][3]", 6, None)), Ok(vec![2, 3]));
        assert_eq!(dims(&leaf("x[n][3]", 3, Some(0))), Ok(vec![3]));
        assert_eq!(dims(&leaf("x[10]", 1, Some(0))), Ok(vec![]));
        assert_eq!(dims(&leaf("broken[", 4, None)), Ok(vec![4]));
        assert!(dims(&leaf("x", -1, None)).is_err());
    }
}
