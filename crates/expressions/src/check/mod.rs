//! Syntax to typed graph: names, kinds, axes, units. Every mistake of a text is found, one message per cause.

mod choices;
mod collections;
mod comparisons;
mod fields;
mod names;
mod operators;
mod scope;
mod subscripts;
mod value;
mod vectors;

pub(crate) use value::{Item, Rows, Table, Value, What};

use crate::Problem;
use crate::functions::{self, Call};
use crate::graph::{Constant, EnvironmentId, Graph, NodeId, Op, Pack, Storage, View};
use crate::syntax::{Literal, Syntax, SyntaxId, Tree, parse, print};
use germane_columns::Unit;
use scope::Scope;
use std::ops::Range;
use std::sync::Arc;

/// Reads one text after the other into the graph.
pub(crate) struct Checker<'g> {
    pub(crate) graph: &'g mut Graph,
    pub(crate) environment: EnvironmentId,
    pub(crate) view: View,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) tree: Arc<Tree>,
    pub(crate) problems: Vec<Problem>,
    /// levels of recursion, those of definitions inside of others included
    depth: usize,
    /// nodes of trees looked at so far
    work: usize,
}

/// Levels of brackets and definitions together.
const DEEPEST: usize = 150;

/// Nodes of trees that are looked at for one text: an index that depends on its items is read twice, so work can double.
const MOST_WORK: usize = 200_000;

/// Members of tuples of tuples (of unions …), all levels multiplied out.
pub(crate) const MOST_MEMBERS: usize = 1024;

/// The node of a text in an environment.
pub(crate) fn compile(graph: &mut Graph, environment: EnvironmentId, text: &str) -> Result<NodeId, Vec<Problem>> {
    let (tree, problem) = parse(text);
    let mut checker = Checker::new(graph, environment, tree);
    checker.problems.extend(problem);
    let root = checker.tree.root;
    let value = checker.check(root);
    let mut problems = std::mem::take(&mut checker.problems);
    if problems.is_empty() && value.is_null() {
        let length = checker.tree.text.len();
        problems.push(Problem::new("type", 0..length, "this is always null").advice("write a value beside it"));
    }
    if problems.is_empty() && value.is_bad() {
        let length = checker.tree.text.len();
        problems.push(Problem::new("name", 0..length, "this uses a definition that has a mistake"));
    }
    if !problems.is_empty() {
        problems.sort_by_key(|problem| (problem.start, problem.end));
        problems.dedup();
        return Err(problems);
    }
    let normal = print(&checker.tree, root);
    let node = checker.finish(&value);
    graph.remember_text(node, normal);
    Ok(node)
}

/// Names of the fields of the items that a text gives; none if it gives no items.
pub(crate) fn fields(graph: &mut Graph, environment: EnvironmentId, text: &str) -> Result<Vec<String>, Vec<Problem>> {
    compile(graph, environment, text)?;
    let mut checker = Checker::new(graph, environment, parse(text).0);
    let root = checker.tree.root;
    let value = checker.check(root);
    Ok(checker.field_names(&value))
}

/// Checks all texts of an environment: problems with the number of their text.
pub(crate) fn check_environment(graph: &mut Graph, environment: EnvironmentId) -> Vec<(usize, Problem)> {
    let names: Vec<String> = graph.environments[environment.0].definitions.keys().cloned().collect();
    let targets: Vec<(String, String)> = graph.environments[environment.0].replacements.keys().cloned().collect();
    let mut checker = Checker::new(graph, environment, parse("0").0);
    for name in &names {
        let place = 0..0;
        if let Some((table, field)) = name.split_once('.') {
            checker.added_field_of(table, field, place);
        } else {
            checker.definition(name, place);
        }
    }
    for (table, field) in &targets {
        checker.replaced(table, field, 0..0);
    }
    std::mem::take(&mut graph.environments[environment.0].problems)
}

impl<'g> Checker<'g> {
    fn new(graph: &'g mut Graph, environment: EnvironmentId, tree: Tree) -> Self {
        Self {
            graph,
            environment,
            view: View::Varied,
            scopes: Vec::new(),
            tree: Arc::new(tree),
            problems: Vec::new(),
            depth: 0,
            work: 0,
        }
    }

    pub(crate) fn bad(&mut self, problem: Problem) -> Value {
        self.problems.push(problem);
        Value::bad()
    }

    pub(crate) fn place(&self, id: SyntaxId) -> Range<usize> {
        self.tree.place(id)
    }

    pub(crate) fn show(&self, value: &Value) -> String {
        value.show(self.graph)
    }

    /// Checks one node of the tree.
    pub(crate) fn check(&mut self, id: SyntaxId) -> Value {
        self.work += 1;
        if self.depth >= DEEPEST || self.work > MOST_WORK {
            let place = self.place(id);
            let problem = Problem::new("syntax", place, "this is nested too deeply, definitions included");
            return self.bad(problem.advice("write simpler definitions"));
        }
        self.depth += 1;
        let value = self.check_syntax(id);
        self.depth -= 1;
        value
    }

    fn check_syntax(&mut self, id: SyntaxId) -> Value {
        let tree = self.tree.clone();
        let place = tree.place(id);
        match tree.get(id) {
            Syntax::Hole => Value::bad(),
            Syntax::Bracket(of) => self.check(*of),
            Syntax::Number { value, unit } => self.number(*value, unit.as_ref()),
            Syntax::Text(text) => self.text_constant(text),
            Syntax::Name(name) => self.name(name, place),
            Syntax::Unary { op, of } => self.unary(*op, *of),
            Syntax::Binary { .. } => self.binary_chain(id),
            Syntax::Compare { parts, ops } => self.compare(parts, ops),
            Syntax::In { value, choices } => self.is_in(*value, choices, place),
            Syntax::IsNull(of) => self.is_null(*of),
            Syntax::Choose { condition, then, otherwise } => self.choose(*condition, *then, *otherwise, place),
            Syntax::Field { of, name } => self.field(id, *of, name),
            Syntax::Subscript { of, index } => self.subscript(id, *of, *index),
            Syntax::Slice { of, low, high, step: None } => self.slice(id, *of, *low, *high),
            Syntax::Slice { step: Some(step), .. } => {
                let problem = Problem::new("syntax", self.place(*step), "a range has no step here");
                self.bad(problem.advice("write `[a:b]`"))
            }
            Syntax::List(_) => {
                let problem = Problem::new("syntax", place, "a list in brackets means nothing here");
                self.bad(problem.advice("choices are written `x in (1, 2)`"))
            }
            Syntax::Tuple(_) => self.bad(Problem::new("syntax", place, "several values mean nothing here")),
            Syntax::As { of, names } => self.with_names(id, *of, names),
            Syntax::Call { name, args, keywords } => functions::call(self, &Call { id, name, of: None, args, keywords, place }),
            Syntax::Method { of, name, args, keywords } => {
                functions::call(self, &Call { id, name, of: Some(*of), args, keywords, place })
            }
        }
    }

    fn number(&mut self, value: Literal, unit: Option<&Unit>) -> Value {
        let one = Unit::one();
        let (constant, storage) = match value {
            Literal::Int(value) => (Constant::Int(value), Storage::Int),
            Literal::Float(value) => (Constant::float(value), Storage::Float),
        };
        let node = self.graph.constant_node(constant, storage, unit.unwrap_or(&one));
        Value::scalar(node, storage, NodeId::EVENT, 0).with_unit(unit.unwrap_or(&one)).with_bare(unit.is_none())
    }

    pub(crate) fn text_constant(&mut self, text: &str) -> Value {
        let node = self.graph.constant_node(Constant::Text(text.into()), Storage::Text, &Unit::one());
        Value::scalar(node, Storage::Text, NodeId::EVENT, 0)
    }

    pub(crate) fn bool_constant(&mut self, value: bool) -> Value {
        let node = self.graph.constant_node(Constant::Bool(value), Storage::Bool, &Unit::one());
        Value::scalar(node, Storage::Bool, NodeId::EVENT, 0)
    }

    /// The constant that a node of the tree is, as far as exponents and indices need it: numbers, signs, quotients.
    pub(crate) fn literal(&self, id: SyntaxId) -> Option<Literal> {
        use crate::syntax::{Binary, Unary};
        let as_float = |literal| match literal {
            Literal::Int(value) => value as f64,
            Literal::Float(value) => value,
        };
        match self.tree.get(id) {
            Syntax::Number { value, .. } => Some(*value),
            Syntax::Bracket(of) => self.literal(*of),
            Syntax::Unary { op: Unary::Negate, of } => Some(match self.literal(*of)? {
                Literal::Int(value) => Literal::Int(value.checked_neg()?),
                Literal::Float(value) => Literal::Float(-value),
            }),
            Syntax::Binary { op: Binary::Divide, left, right, .. } if self.tree.height(id) < 8 => {
                Some(Literal::Float(as_float(self.literal(*left)?) / as_float(self.literal(*right)?)))
            }
            _ => None,
        }
    }

    /// The text of a node of the tree as the name of a new axis.
    pub(crate) fn axis_name(&self, id: SyntaxId) -> String {
        self.tree.line(id)
    }

    /// Checks another text in between: a definition, a replacement. Its problems belong to that text.
    pub(crate) fn inside<R>(
        &mut self,
        tree: Arc<Tree>,
        view: View,
        number: Option<usize>,
        read: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let outer_tree = std::mem::replace(&mut self.tree, tree);
        let outer_view = std::mem::replace(&mut self.view, view);
        let outer_scopes = std::mem::take(&mut self.scopes);
        let outer_problems = std::mem::take(&mut self.problems);
        let result = read(self);
        self.tree = outer_tree;
        self.view = outer_view;
        self.scopes = outer_scopes;
        let problems = std::mem::replace(&mut self.problems, outer_problems);
        if let Some(number) = number {
            let found = problems.into_iter().map(|problem| (number, problem));
            self.graph.environments[self.environment.0].problems.extend(found);
        } else {
            self.problems.extend(problems);
        }
        result
    }

    /// One node for a whole value.
    fn finish(&mut self, value: &Value) -> NodeId {
        let one = Unit::one();
        let pack = |checker: &mut Self, pack: Pack, args: &[NodeId]| {
            checker.graph.value(Op::Pack(pack), args, value.axis, Storage::Pack, &value.unit, value.nullable)
        };
        match &value.what {
            What::Bad | What::Null => self.graph.constant_node(Constant::Null, Storage::Float, &one),
            What::Scalar(node, _) => {
                let node = self.typed(*node, value);
                if value.axis == NodeId::EVENT { node } else { self.graph.spread(node, value.axis) }
            }
            What::Vector(parts) => {
                let parts = parts.map(|part| self.graph.spread(part, value.axis));
                pack(self, Pack::Vector, &parts)
            }
            What::Item(item) => {
                let label = item.table.label.clone();
                match &item.table.rows {
                    Rows::Of(_) | Rows::Columns(_) => {
                        let place = self.place_in_list(value);
                        pack(self, Pack::Item { label }, &[place])
                    }
                    Rows::Union(_) => {
                        let kind = self.item_field(value, "kind").and_then(|kind| kind.node());
                        let place = self.place_in_list(value);
                        let args: Vec<NodeId> = kind.into_iter().chain([place]).collect();
                        pack(self, Pack::OfUnion { label }, &args)
                    }
                    Rows::Tuples(members) => {
                        let names: Vec<String> = members.iter().map(|(name, _)| name.clone()).collect();
                        let mut nodes = Vec::new();
                        for name in &names {
                            let member = self.item_field(value, name).unwrap_or_else(Value::bad);
                            nodes.push(self.finish(&member));
                        }
                        pack(self, Pack::Tuple { label, names }, &nodes)
                    }
                }
            }
        }
    }

    /// A node whose type says what the text's type says: constants of an inferred unit, results that can be null.
    fn typed(&mut self, node: NodeId, value: &Value) -> NodeId {
        match self.graph.constant(node).cloned() {
            Some(constant) => {
                let storage = self.graph.node(node).storage;
                self.graph.constant_node(constant, storage, &value.unit)
            }
            None => node,
        }
    }
}
