//! One table of one file, looked at by column or expression: what `show` and Python's lazy tables use.

use crate::error::Error;
use crate::inputs::{Bound, file_diagnostic, list, table_names};
use crate::pass::{self, BLOCK};
use crate::plan::{Read, column, problem_at, schema_of};
use crate::rows::{Columns, concatenate};
use germane_columns::{Array, Data, Field, Unit};
use germane_expressions::{EnvironmentId, Graph, Kind, NodeId, Problem, Program};
use germane_formats::schema::Rules;
use germane_histograms::Histogram;
use germane_texts::{Diagnostic, Source, nearest};
use std::ops::Range;
use std::path::Path;

/// A table with definitions of its own; nothing is read until values are asked for.
#[derive(Clone)]
pub struct Table {
    bound: Bound,
    definitions: Vec<(String, String)>,
}

/// Columns by name, of equal length.
#[derive(Clone, Debug)]
pub struct Values {
    /// name, type, unit of each column
    pub fields: Vec<Field>,
    /// their values
    pub columns: Vec<Array>,
}

impl Table {
    /// Opens a table of a file; without a name the only one.
    ///
    /// # Errors
    /// A bad file (exit 4), or no such table (exit 6) with the nearest name.
    pub fn open(path: &Path, object: Option<&str>) -> Result<Self, Error> {
        let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
        let file = germane_formats::open(path).map_err(bad)?;
        let names = table_names(&file).map_err(bad)?;
        let name = match (object, names.as_slice()) {
            (Some(name), _) => name.to_owned(),
            (None, [only]) => only.clone(),
            (None, _) => {
                let message = format!("{} has {}; say which", path.display(), list(&names));
                return Err(Error::text(vec![Diagnostic::new("object", message)]));
            }
        };
        match file.table(&name) {
            Ok(table) => Ok(Self {
                bound: Bound::of_table(&path.display().to_string(), path, table, &name, Rules::Auto),
                definitions: Vec::new(),
            }),
            Err(error) if error.kind == germane_formats::Kind::Unknown => {
                let diagnostic = Diagnostic::new("object", format!("no table `{name}` in {}", path.display()));
                Err(Error::text(vec![match nearest(&name, names.iter().map(String::as_str)) {
                    Some(near) => diagnostic.nearest(near),
                    None => diagnostic.advice(format!("it has {}", list(&names))),
                }]))
            }
            Err(error) => Err(bad(error)),
        }
    }

    /// The same table with one more definition, checked now.
    ///
    /// # Errors
    /// All mistakes of the text, underlined in it.
    pub fn define(&self, name: &str, text: &str) -> Result<Self, Error> {
        self.define_all(&[(name.to_owned(), text.to_owned())])
    }

    /// The same table with more definitions, which may use each other in any order; all are checked now.
    ///
    /// # Errors
    /// All mistakes of the texts, underlined in them.
    pub fn define_all(&self, more: &[(String, String)]) -> Result<Self, Error> {
        let mut definitions = self.definitions.clone();
        definitions.retain(|(n, _)| !more.iter().any(|(name, _)| n == name));
        definitions.extend_from_slice(more);
        let table = Self { bound: self.bound.clone(), definitions };
        table.graph()?;
        Ok(table)
    }

    /// Declares the unit of a column (a name as in the file).
    ///
    /// # Errors
    /// No such column, or no such unit.
    pub fn with_unit(&self, name: &str, unit: &str) -> Result<Self, Error> {
        let unit = Unit::parse(unit).map_err(|e| Error::text(vec![Diagnostic::new("unit", e.to_string())]))?;
        let mut bound = self.bound.clone();
        match bound.columns.iter_mut().find(|c| c.name == name) {
            Some(field) => field.unit = Some(unit),
            None => return Err(Error::text(vec![self.no_column(name)])),
        }
        Ok(Self { bound, definitions: self.definitions.clone() })
    }

    /// Number of entries.
    pub fn entries(&self) -> u64 {
        self.bound.inputs.first().map_or(0, |i| i.table.schema().entries)
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        &self.bound.tree
    }

    /// Its file.
    pub fn file(&self) -> &str {
        self.bound.inputs.first().map_or("", |i| &i.url)
    }

    /// Columns of the file, in its order.
    pub fn fields(&self) -> &[Field] {
        &self.bound.columns
    }

    /// Names of the columns that can be read.
    pub fn readable(&self) -> Vec<&str> {
        let columns = self.bound.columns.iter().enumerate();
        columns.filter(|(index, _)| !self.bound.problems.contains_key(index)).map(|(_, field)| field.name.as_str()).collect()
    }

    /// Names of definitions with their texts.
    pub fn definitions(&self) -> &[(String, String)] {
        &self.definitions
    }

    /// Values of columns or expressions for a range of entries, of those that pass the cut.
    ///
    /// A column asked for by its own name keeps its machine type and is not copied.
    ///
    /// # Errors
    /// Mistakes of texts (6), damage (4).
    pub fn values(&self, texts: &[&str], cut: Option<&str>, range: Range<u64>) -> Result<Values, Error> {
        let range = range.start.min(self.entries())..range.end.min(self.entries());
        let (mut graph, environment) = self.graph()?;
        let mut found = Vec::new();
        let (mut physical, mut nodes) = (Vec::new(), Vec::new());
        for text in texts {
            let own = self.bound.columns.iter().position(|c| c.name == *text && !self.definitions.iter().any(|(n, _)| n == text));
            match own {
                Some(column) => physical.push(column),
                None => match graph.compile(environment, text) {
                    Ok(node) => nodes.push(node),
                    Err(problems) => found.extend(problems.iter().map(|p| in_text(text, p))),
                },
            }
        }
        let condition = match cut {
            None => None,
            Some(text) => match condition(&mut graph, environment, text) {
                Ok(node) => Some(node),
                Err(problems) => {
                    found.extend(problems.iter().map(|p| in_text(text, p)));
                    None
                }
            },
        };
        if !found.is_empty() {
            return Err(Error::text(found));
        }
        self.evaluate(&graph, texts, &physical, &nodes, condition, range)
    }

    fn evaluate(
        &self,
        graph: &Graph,
        texts: &[&str],
        physical: &[usize],
        nodes: &[NodeId],
        condition: Option<NodeId>,
        range: Range<u64>,
    ) -> Result<Values, Error> {
        let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
        let input = self.bound.inputs.first().ok_or_else(|| Error::internal("a table without a file"))?;
        let wanted: Vec<usize> = physical.iter().filter_map(|&c| input.columns[c]).collect();
        let mut direct = input.table.read(&wanted, range.clone()).map_err(bad)?.into_iter();
        let outputs: Vec<NodeId> = nodes.iter().copied().chain(condition).collect();
        let mut computed = self.run(graph, &outputs, range)?;
        let rows: Option<Vec<usize>> = condition.and_then(|_| computed.pop()).map(|mask| match &mask.data {
            Data::Bool(bits) => (0..mask.len()).filter(|&i| mask.is_valid(i) && bits.value(i)).collect(),
            _ => Vec::new(),
        });
        let mut computed = computed.into_iter();
        let (mut fields, mut columns, mut next) = (Vec::new(), Vec::new(), nodes.iter());
        for text in texts {
            let own = self.bound.columns.iter().find(|c| c.name == *text && !self.definitions.iter().any(|(n, _)| n == text));
            let (array, field) = match own {
                Some(field) => (direct.next(), field.clone()),
                None => {
                    let node = next.next().ok_or_else(|| Error::internal("a text without its node"))?;
                    let array = computed.next();
                    let ty = array.as_ref().map_or(germane_columns::Type::F64, Array::ty);
                    let unit = Some(graph.value_type(*node).unit).filter(Unit::has_dimension);
                    (array, Field { unit, nullable: true, ..Field::new(*text, ty) })
                }
            };
            fields.push(field);
            columns.push(array.ok_or_else(|| Error::internal("a column without values"))?);
        }
        let columns = match rows {
            Some(rows) => Columns(columns).take(&rows).0,
            None => columns,
        };
        Ok(Values { fields, columns })
    }

    /// Evaluates nodes block by block.
    fn run(&self, graph: &Graph, outputs: &[NodeId], range: Range<u64>) -> Result<Vec<Array>, Error> {
        if outputs.is_empty() {
            return Ok(Vec::new());
        }
        let program = Program::new(graph, outputs);
        let reads = program
            .inputs()
            .iter()
            .map(|i| column(&self.bound, i))
            .collect::<Result<Vec<Read>, _>>()
            .map_err(|d| Error::text(vec![d]))?;
        let columns = pass::read(&self.bound, &reads, &self.bound.inputs[0], range.clone()).map_err(|failure| match failure {
            pass::Failure::File(error) => Error::input(vec![file_diagnostic(&error)]),
            other => Error::internal(format!("{other:?}")),
        })?;
        let entries = (range.end - range.start) as usize;
        let (mut parts, mut evaluator) = (vec![Vec::new(); outputs.len()], program.evaluator());
        let mut start = 0;
        loop {
            let length = BLOCK.min(entries - start);
            let block: Vec<Array> = columns.iter().map(|c| c.slice(start, length)).collect();
            let values =
                evaluator.evaluate(&block, length).map_err(|e| Error::input(vec![Diagnostic::new("value", e.to_string())]))?;
            for (part, value) in parts.iter_mut().zip(values) {
                part.push(value);
            }
            start += length;
            if start >= entries {
                break;
            }
        }
        parts.iter().map(|p| concatenate(p).ok_or_else(|| Error::internal("blocks of other types"))).collect()
    }

    fn graph(&self) -> Result<(Graph, EnvironmentId), Error> {
        let mut graph = Graph::new(schema_of(&self.bound, &[]));
        let definitions: Vec<(&str, &str)> = self.definitions.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        match graph.environment(&definitions, &[]) {
            Ok(environment) => Ok((graph, environment)),
            Err(problems) => Err(Error::text(problems.iter().map(|(i, p)| in_text(&self.definitions[*i].1, p)).collect())),
        }
    }

    fn no_column(&self, name: &str) -> Diagnostic {
        let diagnostic = Diagnostic::new("name", format!("no column `{name}` in `{}`", self.name()));
        match nearest(name, self.bound.columns.iter().map(|c| c.name.as_str())) {
            Some(near) => diagnostic.nearest(near),
            None => diagnostic,
        }
    }

    /// Whether a text is a condition, one per entry.
    ///
    /// # Errors
    /// Mistakes of the text.
    pub fn kind(&self, text: &str) -> Result<Kind, Error> {
        let (mut graph, environment) = self.graph()?;
        let node = graph.compile(environment, text).map_err(|ps| Error::text(ps.iter().map(|p| in_text(text, p)).collect()))?;
        Ok(graph.value_type(node).kind)
    }
}

/// The histogram of that name in a file; none where the object is something else or there is none.
///
/// # Errors
/// A bad file (exit 4).
pub fn histogram(path: &Path, object: &str) -> Result<Option<Histogram>, Error> {
    let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
    let file = germane_formats::open(path).map_err(bad)?;
    match file.histogram(object) {
        Ok(histogram) => Ok(Some(histogram)),
        Err(error) if matches!(error.kind, germane_formats::Kind::Unknown | germane_formats::Kind::Unsupported) => Ok(None),
        Err(error) => Err(bad(error)),
    }
}

fn condition(graph: &mut Graph, environment: EnvironmentId, text: &str) -> Result<NodeId, Vec<Problem>> {
    let node = graph.compile(environment, text)?;
    graph.require_condition(node, text.chars().count()).map_err(|p| vec![p])?;
    Ok(node)
}

/// A problem underlined in an expression that stands for itself.
fn in_text(text: &str, problem: &Problem) -> Diagnostic {
    problem_at(problem, &Source::new("expression", text), |start, end| {
        let byte = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(i, _)| i);
        germane_texts::Span::new(byte(start), byte(end))
    })
}
