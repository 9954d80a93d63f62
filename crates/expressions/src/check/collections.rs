//! Items of several collections: tuples, unions, identity, places in lists.

use super::{Checker, Item, Rows, Table, Value, What};
use crate::Problem;
use crate::graph::{NodeId, Op, Storage};
use crate::syntax::{Binary, Comparison, SyntaxId, Word};
use germane_columns::Unit;
use std::ops::Range;
use std::sync::Arc;

impl Checker<'_> {
    /// Complains unless the value is a collection.
    pub(crate) fn is_collection(&mut self, value: &Value, place: Range<usize>, what: &str) -> bool {
        if value.is_bad() {
            return false;
        }
        let fine = value.is_item() && value.free > 0;
        if !fine {
            let shown = self.show(value);
            self.problems.push(Problem::new("type", place, format!("{what} needs a collection, this is {shown}")));
        }
        fine
    }

    /// Sum of members; complains where tuples of tuples have too many.
    fn count_members(&mut self, id: SyntaxId, members: impl Iterator<Item = usize>) -> Option<usize> {
        let count = members.fold(0_usize, usize::saturating_add);
        if count > super::MOST_MEMBERS {
            let place = self.place(id);
            let message = format!("items of more than {} members are not made", super::MOST_MEMBERS);
            self.bad(Problem::new("type", place, message));
            return None;
        }
        Some(count)
    }

    /// Tuples of items, members named a, b, c …
    pub(crate) fn tuples(&mut self, id: SyntaxId, op: Op, collections: &[&Value], members: usize) -> Value {
        let all = (0..members).map(|k| collections[k.min(collections.len() - 1)].members());
        let Some(count) = self.count_members(id, all) else { return Value::bad() };
        let bases: Vec<NodeId> = collections.iter().map(|value| self.graph.axis_up(value.axis, value.free)).collect();
        let base = self.join_contexts(&bases);
        let seen: Vec<Value> = collections
            .iter()
            .map(|value| {
                let axis = self.rebase(value.axis, value.free, base);
                self.lift(value, axis, value.free)
            })
            .collect();
        let parents: Vec<NodeId> = seen.iter().map(|value| self.graph.node(value.axis).axis).collect();
        if parents.iter().any(|parent| *parent != parents[0]) {
            let place = self.place(id);
            return self.bad(Problem::unsupported(place, "cross of lists of different items"));
        }
        let axes: Vec<NodeId> = seen.iter().map(|value| value.axis).collect();
        let axis = self.graph.axis(op, &axes, parents[0]);
        let label = self.axis_name(id);
        self.graph.name_axis(axis, || label.clone());
        let names = "abcdefgh".chars().map(String::from);
        let rows: Vec<(String, Value)> = names
            .take(members)
            .enumerate()
            .map(|(k, name)| {
                let source = &seen[k.min(seen.len() - 1)];
                let origin = self.graph.index(Op::Origin(k as u8), &[axis], axis);
                let member = self.at(&Value { free: 0, ..source.clone() }, origin, false);
                (name, Value { free: 0, ..member })
            })
            .collect();
        let table =
            Table { label: label.clone(), title: label, home: axis, rows: Rows::Tuples(rows), members: count, extended_by: None };
        Value::new(What::Item(Item { table: Arc::new(table), index: None }), axis, seen[0].free)
    }

    /// `of as (a, b)`
    pub(crate) fn with_names(&mut self, id: SyntaxId, of: SyntaxId, names: &[Word]) -> Value {
        let value = self.check(of);
        let place = self.place(of);
        if !self.is_collection(&value, place, "`as`") {
            return Value::bad();
        }
        let What::Item(item) = &value.what else { return Value::bad() };
        if let [only] = names {
            let message = "one name is not needed: `this` is the item, its fields are in scope";
            return self.bad(Problem::new("name", only.place(), message));
        }
        let place = self.place(id);
        let Rows::Tuples(members) = &item.table.rows else {
            let shown = self.show(&value);
            let message = format!("`as` names the members of pairs, triples, combinations, cross; this is {shown}");
            return self.bad(Problem::new("type", place, message));
        };
        if members.len() != names.len() {
            let message = format!("{} members, {} names", members.len(), names.len());
            return self.bad(Problem::new("type", place, message));
        }
        let rows = names.iter().zip(members).map(|(name, (_, member))| (name.text.clone(), member.clone())).collect();
        let list: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
        let label = format!("{} as {}", item.table.label, list.join(","));
        let title = item.table.title.clone();
        let table = Table {
            label,
            title,
            home: item.table.home,
            rows: Rows::Tuples(rows),
            members: item.table.members,
            extended_by: None,
        };
        Value { what: What::Item(Item { table: Arc::new(table), index: item.index }), ..value.clone() }
    }

    /// Concatenation of collections, with the fields that all have.
    pub(crate) fn union(&mut self, id: SyntaxId, collections: &[(String, Value)]) -> Value {
        let all = collections.iter().map(|(_, value)| value.members());
        let Some(count) = self.count_members(id, all) else { return Value::bad() };
        let bases: Vec<NodeId> = collections.iter().map(|(_, value)| self.graph.axis_up(value.axis, value.free)).collect();
        let base = self.join_contexts(&bases);
        let parts: Vec<(String, Value)> = collections
            .iter()
            .map(|(name, value)| {
                let axis = self.rebase(value.axis, value.free, base);
                (name.clone(), self.lift(value, axis, value.free))
            })
            .collect();
        let axes: Vec<NodeId> = parts.iter().map(|(_, value)| value.axis).collect();
        let parent = self.graph.node(axes[0]).axis;
        if axes.iter().any(|axis| self.graph.node(*axis).axis != parent) {
            let place = self.place(id);
            return self.bad(Problem::unsupported(place, "union of lists of different items"));
        }
        let axis = self.graph.axis(Op::Union, &axes, parent);
        let label = self.axis_name(id);
        self.graph.name_axis(axis, || label.clone());
        let free = parts[0].1.free;
        let table =
            Table { label: label.clone(), title: label, home: axis, rows: Rows::Union(parts), members: count, extended_by: None };
        Value::new(What::Item(Item { table: Arc::new(table), index: None }), axis, free)
    }

    /// Fields that all parts of a union have in the same kind and unit.
    pub(crate) fn shared_fields(&self, parts: &[(String, Value)]) -> Vec<String> {
        let mut names = self.field_names(&parts[0].1);
        names.retain(|name| {
            let column = |value: &Value| self.plain_column(value, name);
            let first = column(&parts[0].1);
            first.is_some() && parts.iter().all(|(_, part)| column(part) == first)
        });
        names.push("kind".to_owned());
        names
    }

    /// Kind and unit of a field that is a plain column.
    fn plain_column(&self, value: &Value, name: &str) -> Option<(crate::Kind, Option<Unit>)> {
        let What::Item(item) = &value.what else { return None };
        match &item.table.rows {
            Rows::Columns(table) => {
                let column = self.graph.schema.fields(table)?.get(name)?;
                Some((column.kind.clone(), column.unit.clone())).filter(|(kind, _)| !matches!(kind, crate::Kind::List(_)))
            }
            Rows::Of(base) => self.plain_column(base, name),
            Rows::Union(parts) if name == "kind" => parts.first().map(|_| (crate::Kind::Text, None)),
            Rows::Union(parts) => self.plain_column(&parts[0].1, name),
            Rows::Tuples(_) => None,
        }
    }

    pub(crate) fn union_field(&mut self, table: &Arc<Table>, parts: &[(String, Value)], name: &str) -> Option<Value> {
        if name != "kind" && !self.shared_fields(parts).iter().any(|known| known == name) {
            return None;
        }
        let mut nodes: Vec<NodeId> = parts.iter().map(|(_, value)| value.axis).collect();
        let mut first: Option<Value> = None;
        let mut nullable = false;
        for (kind, part) in parts {
            let field = if name == "kind" {
                self.text_constant(kind)
            } else {
                self.item_field(&Value { free: 0, ..part.clone() }, name)?
            };
            if field.is_bad() {
                return Some(Value::bad());
            }
            nodes.push(field.node()?);
            nullable |= field.nullable;
            first.get_or_insert(field);
        }
        let first = first?;
        let storage = first.storage()?;
        let node = self.graph.value(Op::Concat, &nodes, table.home, storage, &first.unit, nullable);
        Some(Value::scalar(node, storage, table.home, 0).with_unit(&first.unit).with_null(nullable))
    }

    /// Numbers that are equal exactly for equal items.
    pub(crate) fn identity(&mut self, value: &Value) -> Vec<NodeId> {
        let What::Item(item) = &value.what else { return Vec::new() };
        let one = Unit::one();
        let item = item.clone();
        let home = item.table.home;
        let keys: Vec<NodeId> = match &item.table.rows {
            Rows::Columns(name) => {
                let tag = self.graph.schema.tables().position(|table| table == name).unwrap_or(0) as u32;
                let index = item.index.unwrap_or_else(|| self.graph.index(Op::Own, &[home], home));
                let axis = self.graph.node(index).axis;
                return vec![self.graph.value(Op::Identity(tag), &[index], axis, Storage::Int, &one, value.nullable)];
            }
            Rows::Of(base) => self.identity(&Value { free: 0, ..(**base).clone() }),
            Rows::Tuples(members) => members.iter().flat_map(|(_, member)| self.identity(member)).collect(),
            Rows::Union(parts) => {
                let keys: Vec<Vec<NodeId>> = parts.iter().map(|(_, part)| self.identity(part)).collect();
                let width = keys.iter().map(Vec::len).min().unwrap_or(0);
                (0..width)
                    .map(|k| {
                        let mut args: Vec<NodeId> = parts.iter().map(|(_, part)| part.axis).collect();
                        args.extend(keys.iter().map(|keys| keys[k]));
                        self.graph.value(Op::Concat, &args, home, Storage::Int, &one, false)
                    })
                    .collect()
            }
        };
        match item.index {
            Some(index) => keys.into_iter().map(|key| self.graph.gather(key, index, value.nullable)).collect(),
            None => keys,
        }
    }

    /// Whether two items are the same one.
    pub(crate) fn same_item(&mut self, a: &Value, b: &Value, axis: NodeId) -> NodeId {
        let (left, right) = (self.identity(a), self.identity(b));
        let nullable = a.nullable || b.nullable;
        let one = Unit::one();
        if left.len() != right.len() {
            return self.bool_constant(false).node().unwrap_or(NodeId::EVENT);
        }
        let equal = Op::Compare(Comparison::Equal);
        let mut all = None;
        for (x, y) in left.into_iter().zip(right) {
            let same = self.graph.value(equal.clone(), &[x, y], axis, Storage::Bool, &one, nullable);
            all = Some(match all {
                None => same,
                Some(all) => self.graph.value(Op::And, &[all, same], axis, Storage::Bool, &one, nullable),
            });
        }
        all.unwrap_or(NodeId::EVENT)
    }

    /// Place of an item in the list of its collection in the event.
    pub(crate) fn place_in_list(&mut self, value: &Value) -> NodeId {
        let What::Item(item) = &value.what else { return NodeId::EVENT };
        let item = item.clone();
        let one = Unit::one();
        let home = item.table.home;
        let whole = Value::new(What::Item(Item { table: item.table.clone(), index: None }), home, 0);
        let node = match &item.table.rows {
            Rows::Columns(_) => {
                let index = item.index.unwrap_or_else(|| self.graph.index(Op::Own, &[home], home));
                let axis = self.graph.node(index).axis;
                return self.graph.value(Op::LocalIndex, &[index, home], axis, Storage::Int, &one, value.nullable);
            }
            Rows::Of(base) => self.place_in_list(&Value { free: 0, ..(**base).clone() }),
            Rows::Union(parts) => {
                let mut args: Vec<NodeId> = parts.iter().map(|(_, part)| part.axis).collect();
                for (_, part) in parts {
                    args.push(self.place_in_list(&Value { free: 0, ..part.clone() }));
                }
                self.graph.value(Op::Concat, &args, home, Storage::Int, &one, false)
            }
            Rows::Tuples(_) => self.graph.value(Op::LocalIndex, &[home, home], whole.axis, Storage::Int, &one, false),
        };
        match item.index {
            Some(index) => self.graph.gather(node, index, value.nullable),
            None => node,
        }
    }

    /// `a op b` of two vectors, component by component.
    pub(crate) fn vector_sum(&mut self, op: Binary, a: &Value, b: &Value, place: Range<usize>) -> Value {
        let (left_unit, right_unit) = (self.vector_unit(a), self.vector_unit(b));
        let Some((axis, free)) = self.join(place.clone(), op.symbol(), &[a, b]) else { return Value::bad() };
        let Some(factor) = right_unit.factor_to(&left_unit) else {
            let message = format!("{}: {left_unit} and {right_unit} do not go together", op.symbol());
            return self.bad(Problem::new("unit", place, message));
        };
        let (a, b) = (self.lift(a, axis, free), self.lift(b, axis, free));
        let nullable = a.nullable || b.nullable;
        let (Some(left), Some(right)) = (self.cartesian(&a), self.cartesian(&b)) else { return Value::bad() };
        let factor_node = self.graph.float(factor, &Unit::one());
        let mut formula = self.formula(axis, nullable);
        let mut parts = left;
        for (part, mut other) in parts.iter_mut().zip(right) {
            if factor != 1.0 {
                other = formula.times(other, factor_node, &left_unit);
            }
            *part = formula.op(Op::Arithmetic(op), &[*part, other], &left_unit);
        }
        Value::new(What::Vector(parts), axis, free).with_unit(&left_unit).with_null(nullable)
    }

    /// Every component of a vector through one operation with a number.
    pub(crate) fn vector_times(&mut self, vector: &Value, number: &Value, place: Range<usize>) -> Value {
        let unit = self.vector_unit(vector);
        let Some((axis, free)) = self.join(place, "`*`", &[vector, number]) else { return Value::bad() };
        let (vector, number) = (self.lift(vector, axis, free), self.lift(number, axis, free));
        let nullable = vector.nullable || number.nullable;
        let unit = if number.bare { unit } else { unit.times(&number.unit) };
        let (Some(parts), Some(factor)) = (self.cartesian(&vector), self.as_float(&number)) else { return Value::bad() };
        let mut formula = self.formula(axis, nullable);
        let parts = parts.map(|part| formula.times(part, factor, &unit));
        Value::new(What::Vector(parts), axis, free).with_unit(&unit).with_null(nullable)
    }
}
