//! Environments: which names a text can use. Definitions come in any order; a variation replaces columns.

use super::Graph;
use crate::Problem;
use crate::check::{self, Value};
use crate::syntax::{Tree, parse};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Name of an environment in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnvironmentId(pub(crate) usize);

/// Which columns are replaced while a text is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum View {
    /// none: `nominal(…)`
    Nominal,
    /// all
    Varied,
    /// all but those of one collection (or one event column): inside the text of a replacement
    Except(String),
}

/// A definition: its text, and what it became under each view.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) tree: Arc<Tree>,
    pub(crate) number: usize,
}

/// Names beside those of the schema.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(crate) definitions: IndexMap<String, Definition>,
    /// by collection (empty for event columns) and field
    pub(crate) replacements: IndexMap<(String, String), Definition>,
    pub(crate) done: HashMap<(View, String), Value>,
    /// what is being read, with the place of the name that led to it, for circles
    pub(crate) open: Vec<((View, String), Range<usize>)>,
    /// problems found in texts of the environment
    pub(crate) problems: Vec<(usize, Problem)>,
}

impl Graph {
    /// Checks definitions (`name`, or `collection.field` for a new field, and their texts) and replacements (`Jet.pt` or an
    /// event column, and a text in which the fields of that collection mean the column as it was). Definitions may use each
    /// other in any order.
    ///
    /// # Errors
    /// All mistakes, each with the number of the text it is in (definitions first, then replacements).
    pub fn environment(
        &mut self,
        definitions: &[(&str, &str)],
        replacements: &[(&str, &str)],
    ) -> Result<EnvironmentId, Vec<(usize, Problem)>> {
        let mut environment = Environment::default();
        let mut problems = Vec::new();
        for (number, (name, text)) in definitions.iter().enumerate() {
            let (tree, problem) = parse(text);
            problems.extend(problem.map(|problem| (number, problem)));
            problems.extend(Self::check_name(name).map(|problem| (number, problem)));
            environment.definitions.insert((*name).to_owned(), Definition { tree: Arc::new(tree), number });
        }
        for (k, (target, text)) in replacements.iter().enumerate() {
            let number = definitions.len() + k;
            let (tree, problem) = parse(text);
            problems.extend(problem.map(|problem| (number, problem)));
            match self.target(target) {
                Ok(column) => {
                    environment.replacements.insert(column, Definition { tree: Arc::new(tree), number });
                }
                Err(problem) => problems.push((number, problem)),
            }
        }
        let unreadable: Vec<usize> = problems.iter().map(|(number, _)| *number).collect();
        self.environments.push(environment);
        let id = EnvironmentId(self.environments.len() - 1);
        problems.extend(check::check_environment(self, id).into_iter().filter(|(number, _)| !unreadable.contains(number)));
        problems.sort_by_key(|(number, problem)| (*number, problem.start, problem.end));
        problems.dedup();
        if problems.is_empty() { Ok(id) } else { Err(problems) }
    }

    fn check_name(name: &str) -> Option<Problem> {
        let word = |part: &str| {
            let mut letters = part.chars();
            letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
                && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let parts: Vec<_> = name.split('.').collect();
        let fine = parts.len() <= 2 && parts.iter().all(|part| word(part)) && !crate::syntax::is_word(name);
        (!fine).then(|| {
            let message = format!("`{name}` cannot be the name of a definition");
            Problem::new("name", 0..0, message).advice("letters, digits and `_`, with one `.` for a new field of a collection")
        })
    }

    /// Column that a replacement names: `Jet.pt`, `Jet_pt`, or an event column.
    fn target(&self, target: &str) -> Result<(String, String), Problem> {
        let place = 0..0;
        for (table, field) in target.match_indices(['.', '_']).map(|(at, _)| (&target[..at], &target[at + 1..])) {
            if let Some(fields) = self.schema.fields(table) {
                if fields.contains_key(field) {
                    return Ok((table.to_owned(), field.to_owned()));
                }
                if target.as_bytes()[table.len()] == b'.' {
                    let problem = Problem::new("field", place, format!("`{table}` has no field `{field}`"));
                    return Err(problem.nearest(field, fields.keys().map(String::as_str)));
                }
            }
        }
        if self.schema.event.contains_key(target) {
            return Ok((String::new(), target.to_owned()));
        }
        let columns = self.schema.tables().flat_map(|table| {
            self.schema
                .fields(table)
                .into_iter()
                .flat_map(move |fields| fields.keys().map(move |field| format!("{table}.{field}")))
        });
        let known: Vec<String> = columns.chain(self.schema.event.keys().cloned()).collect();
        let problem = Problem::new("name", place, format!("no column `{target}`"));
        Err(problem.nearest(target, known.iter().map(String::as_str)))
    }

    /// The node of a text.
    ///
    /// # Errors
    /// All mistakes of the text, in the order of their places.
    pub fn compile(&mut self, environment: EnvironmentId, text: &str) -> Result<super::NodeId, Vec<Problem>> {
        check::compile(self, environment, text)
    }

    /// Names of the fields of the items that a text gives (`jets` → pt, eta …), to ask for them one by one; none for values.
    ///
    /// # Errors
    /// As [`Graph::compile`].
    pub fn fields_of(&mut self, environment: EnvironmentId, text: &str) -> Result<Vec<String>, Vec<Problem>> {
        check::fields(self, environment, text)
    }
}
