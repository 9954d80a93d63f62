//! Fields of items: columns, references, members of tuples, fields added by definitions, components of four-vectors.

use super::vectors::{COMPONENTS, has_unit};
use super::{Checker, Item, Rows, Table, Value, What};
use crate::Problem;
use crate::graph::{NodeId, Op, Storage};
use crate::schema::{Many, Reference};
use crate::syntax::{Syntax, SyntaxId, Word};
use std::ops::Range;
use std::sync::Arc;

impl Checker<'_> {
    /// `of.name`
    pub(crate) fn field(&mut self, id: SyntaxId, of: SyntaxId, name: &Word) -> Value {
        if let Some(value) = self.dotted_column(id, of) {
            return value;
        }
        if let Syntax::Name(base) = self.tree.clone().get(of) {
            let known = self.environment().definitions.contains_key(base) || self.table(base).is_some();
            if base == "event" && !known && !self.is_field_in_scope("event") {
                return self.event_column(&name.text, &name.place()).unwrap_or_else(|| {
                    let problem = Problem::new("name", name.place(), format!("no event column `{}`", name.text));
                    let known: Vec<String> = self.graph.schema.event.keys().cloned().collect();
                    self.bad(problem.nearest(&name.text, known.iter().map(String::as_str)))
                });
            }
            let column = self.graph.schema.event.contains_key(base);
            if base == "dataset" && !known && !column && !self.is_field_in_scope("dataset") {
                return self.dataset_constant(&name.text, name.place());
            }
        }
        let value = self.check(of);
        self.field_of(&value, name)
    }

    fn is_field_in_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| self.field_names(&scope.item).iter().any(|field| field == name))
    }

    /// A column whose own name has dots: read so where only one reading exists.
    fn dotted_column(&mut self, id: SyntaxId, of: SyntaxId) -> Option<Value> {
        let dotted = self.tree.line(id);
        if !dotted.contains('.') || !self.graph.schema.event.contains_key(&dotted) || !self.is_plain_path(of) {
            return None;
        }
        let place = self.place(id);
        let before = self.problems.len();
        let Syntax::Field { name, .. } = self.tree.clone().get(id).clone() else { return None };
        let base = self.check(of);
        let other = self.field_of(&base, &name);
        self.problems.truncate(before);
        if other.is_bad() {
            return self.event_column(&dotted, &place);
        }
        let parent = self.tree.line(of);
        let message = format!("`{dotted}` has two readings: the column `{dotted}`, and `{}` of `{parent}`", name.text);
        let advice = format!("write `column(\"{dotted}\")` or `({parent}).{}`", name.text);
        Some(self.bad(Problem::new("name", place, message).advice(advice)))
    }

    fn is_plain_path(&self, id: SyntaxId) -> bool {
        let mut at = id;
        loop {
            match self.tree.get(at) {
                Syntax::Name(_) => return true,
                Syntax::Field { of, .. } => at = *of,
                _ => return false,
            }
        }
    }

    pub(crate) fn field_of(&mut self, value: &Value, name: &Word) -> Value {
        if value.is_bad() {
            return Value::bad();
        }
        match &value.what {
            What::Item(item) => {
                if let Some(found) = self.item_field_at(value, &name.text, name.place()) {
                    return found;
                }
                if let Some(component) = self.component(value, &name.text) {
                    return component;
                }
                let title = item.table.title.clone();
                let mut known = self.field_names(value);
                if self.is_vector_like(value) {
                    known.extend(COMPONENTS.iter().map(|known| (*known).to_owned()));
                }
                let problem = Problem::new("field", name.place(), format!("`{title}` has no field `{}`", name.text));
                self.bad(problem.nearest(&name.text, known.iter().map(String::as_str)))
            }
            What::Vector(_) => self.component(value, &name.text).unwrap_or_else(|| {
                let problem = Problem::new("field", name.place(), format!("a four-vector has no `{}`", name.text));
                self.bad(problem.nearest(&name.text, COMPONENTS))
            }),
            _ => {
                let kind = value.kind();
                self.bad(Problem::new("field", name.place(), format!("a {kind} has no fields")))
            }
        }
    }

    /// Names of the fields of an item.
    pub(crate) fn field_names(&self, value: &Value) -> Vec<String> {
        let What::Item(item) = &value.what else { return Vec::new() };
        let mut names = match &item.table.rows {
            Rows::Columns(table) => {
                let schema = &self.graph.schema;
                let columns = schema.fields(table).into_iter().flatten().map(|(name, _)| name.clone());
                let references = schema.references.get(table).into_iter().flatten().map(|(name, _)| name.clone());
                columns.chain(references).collect()
            }
            Rows::Of(base) => self.field_names(base),
            Rows::Tuples(members) => members.iter().map(|(name, _)| name.clone()).collect(),
            Rows::Union(parts) => self.shared_fields(parts),
        };
        if let Some(prefix) = &item.table.extended_by {
            let added = self.environment().definitions.keys().filter_map(|name| name.strip_prefix(prefix.as_str()));
            names.extend(added.filter_map(|name| name.strip_prefix('.')).map(str::to_owned));
        }
        names
    }

    pub(crate) fn item_field(&mut self, value: &Value, name: &str) -> Option<Value> {
        self.item_field_at(value, name, 0..0)
    }

    /// A field of an item along the axis of the item; `None` where there is no such field.
    pub(crate) fn item_field_at(&mut self, value: &Value, name: &str, place: Range<usize>) -> Option<Value> {
        let What::Item(item) = &value.what else { return None };
        let item = item.clone();
        let field = self.table_field(&item.table, name, place)?;
        Some(self.follow(value, &item, &field))
    }

    /// A value along the home axis of a table (or lists below it), for the items of `value`.
    fn follow(&mut self, value: &Value, item: &Item, field: &Value) -> Value {
        if field.is_bad() {
            return Value::bad();
        }
        if field.free == 0 {
            let Some(index) = item.index else {
                return Value { axis: value.axis, free: value.free, nullable: field.nullable || value.nullable, ..field.clone() };
            };
            let found = self.at(field, index, value.nullable);
            return Value { axis: value.axis, free: value.free, ..found };
        }
        let Some(index) = item.index else {
            return Value { free: value.free + field.free, ..field.clone() };
        };
        // Lists of the home items, followed from the items that are here.
        let chain = self.graph.axis_chain(field.axis);
        let mut axis = value.axis;
        let mut map = Some(index);
        for level in &chain[chain.len() - field.free..] {
            let args: Vec<NodeId> = [axis, *level].into_iter().chain(map).collect();
            axis = self.graph.axis(Op::Follow, &args, axis);
            map = Some(self.graph.index(Op::Origin(0), &[axis], axis));
        }
        let found = map.map_or_else(|| field.clone(), |map| self.at(field, map, false));
        Value { axis, free: value.free + field.free, ..found }
    }

    /// A field along the home axis of its table.
    fn table_field(&mut self, table: &Arc<Table>, name: &str, place: Range<usize>) -> Option<Value> {
        if let Some(prefix) = &table.extended_by
            && self.environment().definitions.contains_key(&format!("{prefix}.{name}"))
        {
            return Some(self.added_field_of(&prefix.clone(), name, place));
        }
        match &table.rows {
            Rows::Columns(of) => {
                if let Some(reference) = self.graph.schema.references.get(of).and_then(|known| known.get(name)).cloned() {
                    return Some(self.reference(of, name, &reference, table.home));
                }
                let column = self.graph.schema.fields(of)?.get(name)?.clone();
                if self.is_replaced(of, name) {
                    return Some(self.replaced(of, name, place));
                }
                Some(self.column(Some(of), name, &column, table.home))
            }
            Rows::Of(base) => {
                let base = Value { free: 0, ..(**base).clone() };
                self.item_field_at(&base, name, place)
            }
            Rows::Tuples(members) => members.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()),
            Rows::Union(parts) => self.union_field(table, parts, name),
        }
    }

    /// What a reference of the schema leads to.
    fn reference(&mut self, of: &str, name: &str, reference: &Reference, home: NodeId) -> Value {
        let Some(target) = self.table(&reference.to) else { return Value::bad() };
        let What::Item(to) = &target.what else { return Value::bad() };
        let to = to.clone();
        let via_table = if reference.many == Many::Children { &reference.to } else { of };
        let Some(column) = self.graph.schema.fields(via_table).and_then(|fields| fields.get(&reference.via)).cloned() else {
            return Value::bad();
        };
        let via_home = self.home(via_table);
        let via = self.column(Some(via_table), &reference.via, &column, via_home);
        let Some(via_node) = via.node().filter(|_| via.is_int()) else { return Value::bad() };
        let label = format!("{of}.{name}");
        match reference.many {
            Many::One | Many::List => {
                let map = self.path(via.axis, NodeId::EVENT);
                let args: Vec<NodeId> = [target.axis, via_node].into_iter().chain(map).collect();
                let index = self.graph.index(Op::Pick { from_end: false }, &args, via.axis);
                if reference.many == Many::One {
                    let item = Item { table: to.table, index: Some(index) };
                    return Value::new(What::Item(item), home, 0).with_null(true);
                }
                let none = self.graph.value(Op::IsNull, &[index], via.axis, Storage::Bool, &via.unit, false);
                let there = self.graph.value(Op::Not, &[none], via.axis, Storage::Bool, &via.unit, false);
                let axis = self.graph.axis(Op::Filter, &[via.axis, there], home);
                self.graph.name_axis(axis, || label);
                let origin = self.graph.index(Op::Origin(0), &[axis], axis);
                let index = self.graph.gather(index, origin, false);
                Value::new(What::Item(Item { table: to.table, index: Some(index) }), axis, 1)
            }
            Many::Children => {
                let axis = self.graph.axis(Op::Children, &[home, via_node, target.axis], home);
                self.graph.name_axis(axis, || label);
                let index = self.graph.index(Op::Origin(0), &[axis], axis);
                Value::new(What::Item(Item { table: to.table, index: Some(index) }), axis, 1)
            }
        }
    }

    /// Unit of the momenta of something with components.
    pub(crate) fn vector_unit(&mut self, value: &Value) -> germane_columns::Unit {
        if value.is_vector() {
            return value.unit.clone();
        }
        let momentum = self.item_field(value, "pt").or_else(|| self.item_field(value, "px"));
        momentum.map(|momentum| momentum.unit).unwrap_or_default()
    }

    /// A component of a four-vector, or of an item that is one (`px`, `py` also of items with only pt and phi).
    pub(crate) fn component(&mut self, value: &Value, name: &str) -> Option<Value> {
        let name = *COMPONENTS.iter().find(|known| **known == name)?;
        let transverse = matches!(name, "px" | "py") && {
            let fields = self.field_names(value);
            fields.iter().any(|field| field == "pt") && fields.iter().any(|field| field == "phi")
        };
        if !self.is_vector_like(value) && !transverse {
            return None;
        }
        let unit = if has_unit(name) { self.vector_unit(value) } else { germane_columns::Unit::one() };
        let node = match &value.what {
            What::Item(item) => {
                let node = self.item_component(&item.table.clone(), name)?;
                match item.index {
                    Some(index) => self.graph.gather(node, index, value.nullable),
                    None => node,
                }
            }
            What::Vector(parts) => self.vector_component(*parts, name, value.axis, &value.unit, value.nullable),
            _ => return None,
        };
        Some(Value::scalar(node, Storage::Float, value.axis, value.free).with_unit(&unit).with_null(value.nullable))
    }
}
