//! How the entries of a branch are laid out, from its leaves.

use super::{
    packed::Prim,
    tree::{Branch, Leaf, Tree},
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
    pub(crate) fn of_leaves(tree: &Tree, branch: &Branch) -> Result<Self, String> {
        let leaves: Vec<&Leaf> = branch.leaves.iter().map(|&i| &tree.leaves[i]).collect();
        let [leaf] = leaves[..] else {
            return leaf_list(tree, branch, &leaves);
        };
        if leaf.class == "TLeafC" {
            return Ok(Self::Text);
        }
        let items = items(leaf)?;
        Ok(match leaf.count {
            None => Self::Flat(items),
            Some(count) => Self::Jagged { items, counter: branch_of(tree, count) },
        })
    }
}

fn branch_of(tree: &Tree, leaf: usize) -> Option<usize> {
    tree.branches.iter().position(|branch| branch.leaves.contains(&leaf))
}

fn leaf_list(tree: &Tree, branch: &Branch, leaves: &[&Leaf]) -> Result<Shape, String> {
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
                None => match branch_of(tree, count) {
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
