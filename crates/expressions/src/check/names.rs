//! Names: scopes first, then definitions, collections, event columns, NanoAOD's `Jet_pt`.

use super::{Checker, Item, Rows, Table, Value, What};
use crate::Problem;
use crate::functions;
use crate::graph::{Constant, Input, NodeId, Op, Storage, View};
use crate::schema::{ColumnType, ConstantValue, Kind};
use germane_columns::Unit;
use std::ops::Range;
use std::sync::Arc;

impl Checker<'_> {
    pub(crate) fn name(&mut self, name: &str, place: Range<usize>) -> Value {
        let one = Unit::one();
        let number = match name {
            "pi" => Some(std::f64::consts::PI),
            "inf" => Some(f64::INFINITY),
            "nan" => Some(f64::NAN),
            _ => None,
        };
        if let Some(number) = number {
            let node = self.graph.float(number, &one);
            return Value::scalar(node, Storage::Float, NodeId::EVENT, 0).with_bare(true);
        }
        match name {
            "true" | "false" => return self.bool_constant(name == "true"),
            "null" => return Value::new(What::Null, NodeId::EVENT, 0).with_null(true),
            "this" => {
                return match self.scopes.last() {
                    Some(scope) => scope.item.clone(),
                    None => {
                        let message = "`this` is only known inside `[…]` of a collection";
                        self.bad(Problem::new("name", place, message))
                    }
                };
            }
            _ => {}
        }
        for k in (0..self.scopes.len()).rev() {
            let item = self.scopes[k].item.clone();
            if let Some(value) = self.item_field_at(&item, name, place.clone()) {
                return value;
            }
        }
        if self.environment().definitions.contains_key(name) {
            return self.definition(name, place);
        }
        if let Some(value) = self.table(name).or_else(|| self.event_column(name, &place)) {
            return value;
        }
        if let Some((table, field)) = self.raw_name(name) {
            let item = self.table(&table);
            return item.and_then(|item| self.item_field_at(&item, &field, place)).unwrap_or_else(Value::bad);
        }
        // What nothing else is called may be a component of the item: `pt` of items with px, py, pz, E.
        for k in (0..self.scopes.len()).rev() {
            let item = self.scopes[k].item.clone();
            if let Some(value) = self.component(&item, name) {
                return value;
            }
        }
        self.unknown_name(name, place)
    }

    pub(crate) fn environment(&self) -> &crate::graph::Environment {
        &self.graph.environments[self.environment.0]
    }

    /// `Jet_pt` as table and field, where such a column is.
    fn raw_name(&self, name: &str) -> Option<(String, String)> {
        name.match_indices('_')
            .map(|(at, _)| (&name[..at], &name[at + 1..]))
            .find(|(table, field)| self.graph.schema.fields(table).is_some_and(|fields| fields.contains_key(*field)))
            .map(|(table, field)| (table.to_owned(), field.to_owned()))
    }

    fn unknown_name(&mut self, name: &str, place: Range<usize>) -> Value {
        if functions::is_function(name) {
            return self.bad(Problem::new("name", place, format!("`{name}` is a function: it needs `(…)`")));
        }
        let problem = Problem::new("name", place, format!("no column `{name}`"));
        let python = match name {
            "True" => Some("true"),
            "False" => Some("false"),
            "None" => Some("null"),
            _ => None,
        };
        if let Some(python) = python {
            return self.bad(problem.instead(python));
        }
        let mut known: Vec<String> = Vec::new();
        for scope in &self.scopes {
            known.extend(self.field_names(&scope.item));
            if self.is_vector_like(&scope.item) {
                known.extend(super::vectors::COMPONENTS.iter().map(|name| (*name).to_owned()));
            }
        }
        let schema = &self.graph.schema;
        known.extend(schema.tables().map(str::to_owned));
        known.extend(schema.event.keys().cloned());
        for table in schema.tables() {
            known.extend(schema.fields(table).into_iter().flatten().map(|(field, _)| format!("{table}_{field}")));
        }
        let defined: Vec<String> = self.environment().definitions.keys().filter(|name| !name.contains('.')).cloned().collect();
        self.bad(problem.nearest_of_groups(name, [&defined, &known]))
    }

    /// The items of a collection, or the one item of an object.
    pub(crate) fn table(&mut self, name: &str) -> Option<Value> {
        let schema = &self.graph.schema;
        let free = usize::from(schema.collections.contains_key(name));
        if free == 0 && !schema.objects.contains_key(name) {
            return None;
        }
        let home = self.home(name);
        let table = Table {
            label: name.to_owned(),
            title: name.to_owned(),
            home,
            rows: Rows::Columns(name.to_owned()),
            members: 1,
            extended_by: Some(name.to_owned()),
        };
        Some(Value::new(What::Item(Item { table: Arc::new(table), index: None }), home, free))
    }

    pub(crate) fn home(&mut self, name: &str) -> NodeId {
        if self.graph.schema.collections.contains_key(name) {
            self.graph.axis(Op::Collection(name.to_owned()), &[], NodeId::EVENT)
        } else {
            NodeId::EVENT
        }
    }

    /// A column of the event under the present view.
    pub(crate) fn event_column(&mut self, name: &str, place: &Range<usize>) -> Option<Value> {
        let column = self.graph.schema.event.get(name)?.clone();
        if self.is_replaced("", name) {
            return Some(self.replaced("", name, place.clone()));
        }
        Some(self.column(None, name, &column, NodeId::EVENT))
    }

    /// Values of a column of the file, lists as an axis of their own.
    pub(crate) fn column(&mut self, table: Option<&str>, name: &str, column: &ColumnType, home: NodeId) -> Value {
        let input = Input { collection: table.map(str::to_owned), field: name.to_owned() };
        let unit = column.unit.clone().unwrap_or_default();
        let (axis, free, kind) = match &column.kind {
            Kind::List(of) => {
                let axis = self.graph.axis(Op::InnerLists(input.clone()), &[], home);
                let label = table.map_or_else(|| name.to_owned(), |table| format!("{table}.{name}"));
                self.graph.name_axis(axis, || label);
                (axis, 1, (**of).clone())
            }
            kind => (home, 0, kind.clone()),
        };
        let storage = match kind {
            Kind::Bool => Storage::Bool,
            Kind::Int => Storage::Int,
            Kind::Text => Storage::Text,
            _ => Storage::Float,
        };
        let node = self.graph.value(Op::Input(input), &[], axis, storage, &unit, column.nullable);
        Value::scalar(node, storage, axis, free).with_unit(&unit).with_null(column.nullable)
    }

    /// What `dataset.NAME` is.
    pub(crate) fn dataset_constant(&mut self, name: &str, place: Range<usize>) -> Value {
        let Some(value) = self.graph.schema.constants.get(name).cloned() else {
            let problem = Problem::new("name", place, format!("the dataset has no `{name}`"));
            let known: Vec<String> = self.graph.schema.constants.keys().cloned().collect();
            return self.bad(problem.nearest(name, known.iter().map(String::as_str)));
        };
        let (constant, storage, unit) = match value {
            ConstantValue::Bool(value) => (Constant::Bool(value), Storage::Bool, None),
            ConstantValue::Int(value) => (Constant::Int(value), Storage::Int, None),
            ConstantValue::Float(value, unit) => (Constant::float(value), Storage::Float, unit),
            ConstantValue::Text(text) => (Constant::Text(text.as_str().into()), Storage::Text, None),
        };
        let unit = unit.unwrap_or_default();
        let node = self.graph.constant_node(constant, storage, &unit);
        Value::scalar(node, storage, NodeId::EVENT, 0).with_unit(&unit)
    }

    /// A definition of the environment under the present view.
    pub(crate) fn definition(&mut self, name: &str, place: Range<usize>) -> Value {
        let view = self.view.clone();
        self.once(view, name.to_owned(), place, |checker, view| {
            let Some(definition) = checker.environment().definitions.get(name).cloned() else { return Value::bad() };
            let number = Some(definition.number);
            let value = checker.inside(definition.tree.clone(), view, number, |checker| checker.check(definition.tree.root));
            checker.extended(name, value)
        })
    }

    /// Items of a definition with fields of its own (`jets.is_b`) become a table of their own.
    fn extended(&mut self, name: &str, value: Value) -> Value {
        let start = format!("{name}.");
        let has_fields = self.environment().definitions.keys().any(|known| known.starts_with(&start));
        let What::Item(item) = &value.what else { return value };
        if !has_fields || value.free == 0 {
            return value;
        }
        let table = Table {
            label: item.table.label.clone(),
            title: name.to_owned(),
            home: value.axis,
            rows: Rows::Of(Box::new(value.clone())),
            members: value.members(),
            extended_by: Some(name.to_owned()),
        };
        Value { what: What::Item(Item { table: Arc::new(table), index: None }), ..value }
    }

    /// The field that a definition `table.field` adds, counted along the axis of the items.
    pub(crate) fn added_field_of(&mut self, table: &str, field: &str, place: Range<usize>) -> Value {
        let items = if self.environment().definitions.contains_key(table) {
            self.definition(table, place.clone())
        } else {
            self.table(table).unwrap_or_else(Value::bad)
        };
        let name = format!("{table}.{field}");
        let number = self.environment().definitions.get(&name).map(|definition| definition.number);
        if !items.is_item() {
            if let Some(number) = number.filter(|_| !items.is_bad() || !self.environment().definitions.contains_key(table)) {
                let known: Vec<String> = self.graph.schema.tables().map(str::to_owned).collect();
                let problem = Problem::new("name", 0..0, format!("`{name}` adds a field, but `{table}` is no collection"));
                let problem = problem.nearest(table, known.iter().map(String::as_str));
                self.graph.environments[self.environment.0].problems.push((number, problem));
            }
            return Value::bad();
        }
        let view = self.view.clone();
        self.once(view, name.clone(), place, |checker, view| {
            let Some(definition) = checker.environment().definitions.get(&name).cloned() else { return Value::bad() };
            checker.inside(definition.tree.clone(), view, Some(definition.number), |checker| {
                checker.one_per_item(&items, definition.tree.root)
            })
        })
    }

    /// A text read with the fields of the items in scope: one value an item.
    fn one_per_item(&mut self, items: &Value, root: crate::syntax::SyntaxId) -> Value {
        let seen = self.open(items);
        let value = self.check(root);
        self.scopes.pop();
        if value.is_bad() {
            return value;
        }
        if value.free > 0 {
            let axes = value.axes(self.graph).join(" > ");
            let message = format!("this is counted along `{axes}`, one value per item is needed");
            let place = self.place(root);
            return self.bad(Problem::new("axes", place, message));
        }
        self.lift(&value, seen.axis, 0)
    }

    pub(crate) fn is_replaced(&self, table: &str, field: &str) -> bool {
        let key = if table.is_empty() { field } else { table };
        let seen = match &self.view {
            View::Nominal => false,
            View::Varied => true,
            View::Except(except) => except != key,
        };
        seen && self.environment().replacements.contains_key(&(table.to_owned(), field.to_owned()))
    }

    /// What a replaced column became, counted along its home axis.
    pub(crate) fn replaced(&mut self, table: &str, field: &str, place: Range<usize>) -> Value {
        let column = self.graph.schema.fields(table).unwrap_or(&self.graph.schema.event).get(field).cloned();
        let (Some(column), Some(definition)) =
            (column, self.environment().replacements.get(&(table.to_owned(), field.to_owned())).cloned())
        else {
            return Value::bad();
        };
        let except = View::Except(if table.is_empty() { field } else { table }.to_owned());
        let name = format!("{table}.{field} (varied)");
        self.once(View::Varied, name, place, |checker, _| {
            checker.inside(definition.tree.clone(), except, Some(definition.number), |checker| {
                let root = definition.tree.root;
                let value = match checker.table(table) {
                    Some(items) => checker.one_per_item(&items, root),
                    None => checker.check(root),
                };
                if value.is_bad() { value } else { checker.fit(&column, &value, root) }
            })
        })
    }

    /// A replacement in the kind and unit of the column it stands for.
    fn fit(&mut self, column: &ColumnType, value: &Value, root: crate::syntax::SyntaxId) -> Value {
        let unit = column.unit.clone().unwrap_or_default();
        let wrong = |checker: &mut Self, code, message: String| {
            let place = checker.place(root);
            checker.bad(Problem::new(code, place, message))
        };
        let shown = self.show(value);
        match &column.kind {
            Kind::Float | Kind::Int if value.is_number() => {
                if !value.bare && !value.unit.same_dimension(&unit) {
                    return wrong(self, "unit", format!("the column is in {unit}, this is {shown}"));
                }
                if column.kind == Kind::Int && !value.is_int() {
                    return wrong(self, "type", format!("the column holds integers, this is {shown}"));
                }
                let as_float = column.kind == Kind::Float;
                let node = self.in_unit(value, &unit, as_float);
                let storage = self.graph.node(node).storage;
                Value::scalar(node, storage, value.axis, value.free).with_unit(&unit).with_null(value.nullable)
            }
            Kind::Bool if value.is_bool() => value.clone(),
            Kind::Text if value.storage() == Some(Storage::Text) => value.clone(),
            kind => wrong(self, "type", format!("the column holds {kind}, this is {shown}")),
        }
    }

    /// Reads a text of the environment once a view; complains about circles.
    fn once(&mut self, view: View, name: String, place: Range<usize>, read: impl FnOnce(&mut Self, View) -> Value) -> Value {
        let key = (view.clone(), name.clone());
        if let Some(value) = self.environment().done.get(&key) {
            return value.clone();
        }
        if let Some(start) = self.environment().open.iter().position(|(open, _)| *open == key) {
            self.circle(start, place);
            return Value::bad();
        }
        if self.environment().open.len() > 60 {
            let message = format!("`{name}` rests on more than 60 definitions, one on the other");
            return self.bad(Problem::new("name", place, message));
        }
        let environment = self.environment.0;
        self.graph.environments[environment].open.push((key.clone(), place));
        let value = read(self, view);
        self.graph.environments[environment].open.pop();
        self.graph.environments[environment].done.insert(key, value.clone());
        value
    }

    /// Complains about definitions that rest on each other, at the name by which the first of them enters the circle.
    fn circle(&mut self, start: usize, place: Range<usize>) {
        let open = &self.environment().open[start..];
        let first = open[0].0.1.clone();
        let names: Vec<&str> = open.iter().map(|((_, name), _)| name.as_str()).collect();
        let message = format!("`{first}` is defined by itself: {} → {first}", names.join(" → "));
        let entrance = open.get(1).map_or(place, |(_, place)| place.clone());
        let problem = Problem::new("circle", entrance, message).advice("break the circle");
        match self.environment().definitions.get(&first).map(|definition| definition.number) {
            Some(number) => self.graph.environments[self.environment.0].problems.push((number, problem)),
            None => drop(self.bad(problem)),
        }
    }
}
