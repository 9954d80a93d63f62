//! Branches of one object or collection, seen as one column of records.
//!
//! ```text
//! fType 3, 4   collection: its members are lists of one length; the record column is a list of records
//! fType 1      base class: its members are members of the record itself (those of TObject are left out)
//! others       object: a record an entry
//! ```

use super::{
    compile::Compiler,
    reading::Reading,
    shape::element_of,
    streamer::{Element, Infos},
    tree::Branch,
    type_name::TypeName,
};
use germane_columns::{Array, Data, Field, Type, buffer::OffsetBuffer};

/// A record made of branches.
#[derive(Debug)]
pub(crate) struct Group {
    list: bool,
    fields: Vec<(String, Part)>,
}

#[derive(Debug)]
enum Part {
    /// Position among the branches of the whole group.
    Branch(usize),
    /// A whole base: its members become members of the record.
    Base(usize),
    Group(Group),
}

const DEEPEST: usize = 16;

impl Group {
    /// The group of a branch with branches below it, and all branches that hold its values.
    pub(crate) fn of(reading: &Reading, infos: &Infos, branch: usize) -> Result<(Self, Vec<usize>), String> {
        let mut leaves = Vec::new();
        let group = Self::nested(reading, infos, branch, &mut leaves, 0)?;
        Ok((group, leaves))
    }

    fn nested(reading: &Reading, infos: &Infos, number: usize, leaves: &mut Vec<usize>, depth: usize) -> Result<Self, String> {
        if depth > DEEPEST {
            return Err(format!("records nested deeper than {DEEPEST}"));
        }
        let branch = &reading.tree.branches[number];
        let mut group = Self { list: matches!(branch.ty, 3 | 4), fields: Vec::new() };
        group.collect(reading, infos, branch, branch, leaves, depth)?;
        if group.list && is_map(infos, branch) {
            for (field, number) in group.fields.iter_mut().zip(["0", "1"]) {
                number.clone_into(&mut field.0);
            }
        }
        if group.fields.is_empty() {
            return Err("no member can be shown".to_owned());
        }
        Ok(group)
    }

    /// Members in the branches below `branch`, named without the name of `owner`.
    fn collect(
        &mut self,
        reading: &Reading,
        infos: &Infos,
        owner: &Branch,
        branch: &Branch,
        leaves: &mut Vec<usize>,
        depth: usize,
    ) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("bases nested deeper than {DEEPEST}"));
        }
        for &number in &branch.branches {
            let child = &reading.tree.branches[number];
            let element = element_of(infos, child);
            let base = element.as_ref().is_some_and(|e| matches!(e.ty, 0 | 66 | 67));
            if child.class_name == "TObject" || element.is_some_and(|e: Element| e.name == "TObject") {
                continue;
            }
            let name = member_name(owner, branch, child);
            if child.branches.is_empty() {
                if let Err(reason) = &reading.shapes[number] {
                    return Err(format!("member {name}: {reason}"));
                }
                self.fields.push((name, if base { Part::Base(leaves.len()) } else { Part::Branch(leaves.len()) }));
                leaves.push(number);
            } else if base || child.ty == 1 {
                self.collect(reading, infos, owner, child, leaves, depth + 1)?;
            } else if self.list {
                return Err(format!("member {name}: an object inside a collection"));
            } else {
                self.fields.push((name, Part::Group(Self::nested(reading, infos, number, leaves, depth + 1)?)));
            }
        }
        Ok(())
    }

    pub(crate) fn ty(&self, types: &[Type]) -> Type {
        let mut fields = Vec::with_capacity(self.fields.len());
        for (name, part) in &self.fields {
            let ty = match part {
                Part::Base(k) => {
                    if let Type::Struct(members) = &types[*k] {
                        fields.extend(members.iter().cloned());
                    }
                    continue;
                }
                Part::Group(group) => group.ty(types),
                Part::Branch(k) => match (&types[*k], self.list) {
                    (Type::List(item), true) => item.ty.clone(),
                    (ty, _) => ty.clone(),
                },
            };
            fields.push(Field::new(name, ty));
        }
        let record = Type::Struct(fields);
        if self.list { Type::list(record) } else { record }
    }

    /// The column, from the arrays of all its branches.
    pub(crate) fn array(&self, arrays: &[Array], entries: usize) -> Result<Array, String> {
        let mut offsets: Option<OffsetBuffer<i64>> = None;
        let mut fields = Vec::with_capacity(self.fields.len());
        for (name, part) in &self.fields {
            let array = match part {
                Part::Base(k) => {
                    if let Data::Struct { fields: members, .. } = &arrays[*k].data {
                        fields.extend(members.iter().cloned());
                    }
                    continue;
                }
                Part::Group(group) => group.array(arrays, entries)?,
                Part::Branch(k) if self.list => {
                    let (own, items) = arrays[*k].as_list().ok_or_else(|| format!("member {name} is no list"))?;
                    if offsets.as_ref().is_some_and(|known| known != own) {
                        return Err(format!("member {name} has other numbers of items than those before it"));
                    }
                    offsets = Some(own.clone());
                    items.clone()
                }
                Part::Branch(k) => arrays[*k].clone(),
            };
            fields.push((name.clone(), array));
        }
        Ok(match offsets {
            Some(offsets) => {
                let len = offsets.last() as usize;
                let items = Box::new(Array::new(Data::Struct { fields, len }));
                Array::new(Data::List { offsets, items })
            }
            None => Array::new(Data::Struct { fields, len: entries }),
        })
    }
}

/// `Jet.PT` in `Jet` is PT; `fP[3]` is fP.
fn member_name(owner: &Branch, parent: &Branch, child: &Branch) -> String {
    let name = [parent, owner].iter().find_map(|above| {
        let rest = child.name.strip_prefix(above.name.trim_end_matches('.'))?;
        rest.strip_prefix('.')
    });
    let name = name.unwrap_or(&child.name);
    name.split('[').next().unwrap_or(name).trim_end_matches('.').to_owned()
}

/// Whether a split collection is a map, whose pairs have the fields 0 and 1.
fn is_map(infos: &Infos, branch: &Branch) -> bool {
    let text =
        if branch.id < 0 { Some(branch.class_name.clone()) } else { element_of(infos, branch).map(|element| element.type_name) };
    text.and_then(|text| TypeName::parse(&text)).is_some_and(|ty| Compiler::is_map(&ty))
}
