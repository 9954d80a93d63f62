//! A block of a configuration checked against the columns of a table: in the order of dependence, typed, ready to run.

use super::configuration::{Aggregation, Block, Configuration, Operation};
use crate::plan::problem_at;
use germane_columns::{Array, Data, Field, NumberType, Numbers, Type, Unit};
use germane_expressions::{ColumnType, Graph, Kind, Program, Schema};
use germane_texts::{Diagnostic, Node, Source, Span, Value, nearest, sort_by_place};

/// What is made of one table.
#[derive(Debug)]
pub struct Hit {
    /// columns of the table that are read, by name
    pub reads: Vec<String>,
    /// columns that are written, in order
    pub columns: Vec<Column>,
    steps: Vec<Step>,
    flags: Vec<Flags>,
}

/// A column of the result.
#[derive(Clone, Debug)]
pub struct Column {
    /// name and type
    pub field: Field,
    /// attributes, where it is computed
    pub attributes: Vec<(String, String)>,
    /// where its values come from
    from: From,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    /// the column of that name in the table, unchanged
    Table,
    /// the result of a step
    Step(usize),
    /// flags as bits
    Flags(usize),
}

/// One operation.
#[derive(Debug)]
struct Step {
    name: String,
    program: Program,
    inputs: Vec<Input>,
}

#[derive(Clone, Copy, Debug)]
enum Input {
    Read(usize),
    Step(usize),
}

#[derive(Debug)]
struct Flags {
    bits: Vec<Input>,
    width: NumberType,
}

impl Column {
    /// Whether it is a column of the table, unchanged.
    pub fn is_copy(&self) -> bool {
        self.from == From::Table
    }
}

impl Hit {
    /// Checks a block against columns (names as the table has them, `a/b` of nested tables are written `a__b`).
    ///
    /// # Errors
    /// All mistakes, each with its place.
    pub fn new(
        configuration: &Configuration,
        block: &Block,
        columns: &[Field],
        parameters: Option<&Node>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let source = &configuration.source;
        let mut planner = Planner {
            source,
            block,
            columns,
            parameters,
            hit: Self { reads: Vec::new(), columns: Vec::new(), steps: Vec::new(), flags: Vec::new() },
            made: Vec::new(),
            found: Vec::new(),
        };
        for number in planner.order() {
            planner.operation(&block.operations[number]);
        }
        for aggregation in &block.aggregations {
            planner.aggregation(aggregation);
        }
        planner.outputs();
        let Planner { hit, mut found, .. } = planner;
        if found.is_empty() {
            return Ok(hit);
        }
        sort_by_place(&mut found);
        found.dedup();
        Err(found)
    }

    /// Values of the computed columns (`None` for copies) from those of [`Hit::reads`], all of `rows` values.
    ///
    /// # Errors
    /// A sentence: the row and column of a value that has none, or an input of another kind than was planned.
    pub fn evaluate(&self, reads: &[Array], rows: usize) -> Result<Vec<Option<Array>>, String> {
        let mut steps: Vec<Array> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let arrays: Vec<Array> = (step.inputs.iter())
                .map(|input| match input {
                    Input::Read(k) => reads[*k].clone(),
                    Input::Step(k) => steps[*k].clone(),
                })
                .collect();
            let mut made = step.program.evaluate(&arrays, rows).map_err(|e| format!("`{}`: {e}", step.name))?;
            let values = made.pop().ok_or_else(|| format!("`{}` gave nothing", step.name))?;
            steps.push(without_nulls(values, &step.name)?);
        }
        let flag = |input: &Input| match input {
            Input::Read(k) => reads[*k].clone(),
            Input::Step(k) => steps[*k].clone(),
        };
        Ok((self.columns.iter())
            .map(|column| match column.from {
                From::Table => None,
                From::Step(k) => Some(steps[k].clone()),
                From::Flags(k) => {
                    let bits: Vec<Array> = self.flags[k].bits.iter().map(flag).collect();
                    Some(packed(&bits, rows, self.flags[k].width))
                }
            })
            .collect())
    }
}

/// A float that is missing is NaN; other kinds have no such value.
fn without_nulls(array: Array, name: &str) -> Result<Array, String> {
    let Some(mask) = array.validity.clone() else { return Ok(array) };
    match array.as_f64() {
        Some(values) => Ok(Array::from(
            values.iter().enumerate().map(|(i, x)| if mask.is_valid(i) { *x } else { f64::NAN }).collect::<Vec<f64>>(),
        )),
        None => {
            let row = (0..array.len()).find(|i| !mask.is_valid(*i)).unwrap_or(0);
            Err(format!("`{name}` has no value in row {row}; write `?? …` behind what can be missing"))
        }
    }
}

fn packed(bits: &[Array], rows: usize, width: NumberType) -> Array {
    let mut words = vec![0_u64; rows];
    for (place, flags) in bits.iter().enumerate() {
        if let Data::Bool(values) = &flags.data {
            words.iter_mut().zip(values).for_each(|(word, set)| *word |= u64::from(set) << place);
        }
    }
    Array::new(Data::Number(match width {
        NumberType::U8 => Numbers::U8(words.iter().map(|w| *w as u8).collect::<Vec<_>>().into()),
        NumberType::U16 => Numbers::U16(words.iter().map(|w| *w as u16).collect::<Vec<_>>().into()),
        NumberType::U32 => Numbers::U32(words.iter().map(|w| *w as u32).collect::<Vec<_>>().into()),
        _ => Numbers::U64(words.into()),
    }))
}

struct Planner<'a> {
    source: &'a Source,
    block: &'a Block,
    columns: &'a [Field],
    parameters: Option<&'a Node>,
    hit: Hit,
    /// finished operations: name, type, step (`None`: it has a mistake)
    made: Vec<(String, ColumnType, Option<usize>)>,
    found: Vec<Diagnostic>,
}

/// The name by which a column is known in expressions.
fn spelled(name: &str) -> String {
    name.replace('/', "__")
}

/// Names in an expression that can be columns: not behind a point, not in quotes.
fn names(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut quote = None;
    let mut start = None;
    let mut before = ' ';
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let inside = c.is_ascii_alphanumeric() || c == '_';
        match (start, inside) {
            (None, true) if quote.is_none() && !before.is_ascii_digit() => start = Some((at, before)),
            (Some((from, left)), false) => {
                if left != '.' && !text[from..].starts_with(|c: char| c.is_ascii_digit()) {
                    out.push(&text[from..at]);
                }
                start = None;
            }
            _ => {}
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
        before = c;
    }
    out
}

impl Planner<'_> {
    fn report(&mut self, code: &str, message: String, span: Span) {
        self.found.push(Diagnostic::new(code, message).at(self.source, span));
    }

    /// Operations such that each comes behind those it uses.
    fn order(&mut self) -> Vec<usize> {
        let operations = &self.block.operations;
        let uses = |operation: &Operation| -> Vec<usize> {
            let text = operation.expression.scalar_text().unwrap_or("");
            let own = |name: &str| operation.parameters.iter().any(|p| p.key == name) || name == operation.name;
            names(text).into_iter().filter(|n| !own(n)).filter_map(|n| operations.iter().position(|o| o.name == n)).collect()
        };
        let mut order: Vec<usize> = Vec::new();
        let mut left: Vec<(usize, Vec<usize>)> = operations.iter().map(uses).enumerate().collect();
        while !left.is_empty() {
            let ready = left.iter().position(|(_, needs)| needs.iter().all(|n| order.contains(n)));
            match ready {
                Some(at) => order.push(left.remove(at).0),
                None => {
                    let circle: Vec<&str> = left.iter().map(|(n, _)| operations[*n].name.as_str()).collect();
                    let message = format!("operations use each other in a circle: {}", circle.join(", "));
                    let span = operations[left[0].0].expression.span;
                    self.report("circle", message, span);
                    return Vec::new();
                }
            }
        }
        order
    }

    fn operation(&mut self, operation: &Operation) {
        let constants = self.constants(operation);
        let mut schema = Schema::default();
        for column in self.columns {
            if let Some(ty) = ColumnType::from_field(column) {
                schema.event.insert(spelled(&column.name), ColumnType { unit: None, ..ty });
            }
        }
        for (name, ty, _) in &self.made {
            schema.event.insert(name.clone(), ty.clone());
        }
        for (name, _) in &constants {
            schema.event.shift_remove(name.as_str());
        }
        let text = operation.expression.scalar_text().unwrap_or("");
        let mut graph = Graph::new(schema).with_numpy_names();
        let definitions: Vec<(&str, &str)> = constants.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let compiled = match graph.environment(&definitions, &[]) {
            Ok(environment) => graph.compile(environment, text),
            Err(problems) => {
                for (number, problem) in problems {
                    let span = operation.parameters.get(number).map_or(operation.span, |p| p.key_span);
                    self.report(problem.code, problem.message, span);
                }
                return;
            }
        };
        let node = match compiled {
            Ok(node) => node,
            Err(problems) => {
                for problem in &problems {
                    // A mistake of another operation has been told there.
                    let name: String = text.chars().skip(problem.start).take(problem.end - problem.start).collect();
                    let elsewhere = self.block.operations.iter().any(|o| o.name == name && o.name != operation.name);
                    if !(problem.code == "name" && elsewhere) {
                        let place = |start, end| operation.expression.span_in_text(start, end);
                        self.found.push(problem_at(problem, self.source, place));
                    }
                }
                return;
            }
        };
        let ty = graph.value_type(node);
        if !ty.axes.is_empty() || !matches!(ty.kind, Kind::Bool | Kind::Int | Kind::Float) {
            let message = format!("an operation gives one number or condition a row, this is {ty}");
            self.report("type", message, operation.expression.span);
            return;
        }
        let program = Program::new(&graph, &[node]);
        let inputs: Vec<Input> =
            (program.inputs().to_vec().iter()).map(|input| self.input(&input.field, &operation.name)).collect();
        self.hit.steps.push(Step { name: operation.name.clone(), program, inputs });
        let made = ColumnType::new(ty.kind);
        self.made.push((operation.name.clone(), made, Some(self.hit.steps.len() - 1)));
    }

    /// Parameters as definitions; those of the channel are looked up.
    fn constants(&mut self, operation: &Operation) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for parameter in &operation.parameters {
            let text = match &parameter.value.value {
                Value::Text(path) => {
                    let found = path.split('.').skip(1).try_fold(self.parameters, |at, key| Some(at?.get(key)));
                    match found.flatten().and_then(Node::as_f64) {
                        Some(number) => format!("({number:?})"),
                        None => {
                            let what = if self.parameters.is_some() { "have no number" } else { "are not there for" };
                            let message = format!("the channel's parameters {what} `{path}`");
                            self.report("name", message, parameter.value.span);
                            "0.0".to_owned()
                        }
                    }
                }
                Value::Int(number) => format!("({number})"),
                other => format!("({:?})", if let Value::Float(number) = other { *number } else { f64::NAN }),
            };
            out.push((parameter.key.clone(), text));
        }
        out
    }

    /// Where an operation finds a column. Its own name is the column of the table.
    fn input(&mut self, name: &str, of: &str) -> Input {
        match self.made.iter().find(|(n, _, _)| n == name && n != of) {
            Some((_, _, Some(step))) => Input::Step(*step),
            _ => self.read(name),
        }
    }

    fn read(&mut self, name: &str) -> Input {
        let column = self.columns.iter().find(|c| spelled(&c.name) == name).map_or(name, |c| c.name.as_str()).to_owned();
        match self.hit.reads.iter().position(|r| *r == column) {
            Some(at) => Input::Read(at),
            None => {
                self.hit.reads.push(column);
                Input::Read(self.hit.reads.len() - 1)
            }
        }
    }

    fn aggregation(&mut self, of: &Aggregation) {
        let mut bits = Vec::new();
        for (name, span) in &of.flags {
            let made = self.made.iter().find(|(n, _, _)| n == name).map(|(_, ty, _)| ty.kind.clone());
            let there =
                || self.columns.iter().find(|c| spelled(&c.name) == *name).and_then(ColumnType::from_field).map(|c| c.kind);
            match made.or_else(there) {
                Some(Kind::Bool) => bits.push(self.input(name, "")),
                Some(kind) => self.report("type", format!("a flag is a condition, `{name}` is {kind}"), *span),
                None if self.block.operations.iter().any(|o| o.name == *name) => {}
                None => {
                    let problem = Diagnostic::new("name", format!("no column `{name}`")).at(self.source, *span);
                    self.found.push(self.near(problem, name));
                }
            }
        }
        let width = match of.flags.len() {
            0..=8 => NumberType::U8,
            9..=16 => NumberType::U16,
            17..=32 => NumberType::U32,
            _ => NumberType::U64,
        };
        self.hit.flags.push(Flags { bits, width });
    }

    fn near(&self, problem: Diagnostic, name: &str) -> Diagnostic {
        let known = self.known();
        match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => problem.nearest(near),
            None => problem.advice(format!("there are {}", crate::inputs::list(&known))),
        }
    }

    fn known(&self) -> Vec<String> {
        let block = self.block;
        let computed = block.operations.iter().map(|o| o.name.clone()).chain(block.aggregations.iter().map(|a| a.name.clone()));
        computed.chain(self.columns.iter().map(|c| c.name.clone())).collect()
    }

    fn outputs(&mut self) {
        let all: Vec<(String, Span)> = match &self.block.outputs {
            Some(outputs) => outputs.clone(),
            None => {
                let block = self.block;
                let computed: Vec<(String, Span)> = (block.operations.iter().map(|o| (o.name.clone(), o.span)))
                    .chain(block.aggregations.iter().map(|a| (a.name.clone(), a.span)))
                    .collect();
                let copies = self.columns.iter().filter(|c| computed.iter().all(|(n, _)| *n != c.name));
                copies.map(|c| (c.name.clone(), Span::default())).chain(computed.clone()).collect()
            }
        };
        for (name, span) in all {
            if let Some((_, ty, step)) = self.made.iter().find(|(n, _, _)| *n == name) {
                let Some(step) = *step else { continue };
                let operation = self.block.operations.iter().find(|o| o.name == name);
                let attributes = operation.map(|o| o.attributes.clone()).unwrap_or_default();
                let mut field = Field::new(&name, kind_type(&ty.kind));
                let text = |key: &str| attributes.iter().find(|(k, _)| k == key).map(|(_, text)| text.as_str());
                field.unit = text("units").and_then(|u| Unit::parse(u).ok());
                text("description").unwrap_or_default().clone_into(&mut field.doc);
                self.hit.columns.push(Column { field, attributes, from: From::Step(step) });
            } else if let Some(at) = self.block.aggregations.iter().position(|a| a.name == name) {
                let names: Vec<&str> = self.block.aggregations[at].flags.iter().map(|(n, _)| n.as_str()).collect();
                let attributes = vec![("bit_names".to_owned(), names.join(","))];
                let width = self.hit.flags.get(at).map_or(NumberType::U8, |f| f.width);
                let field = Field::new(&name, Type::Number(width));
                self.hit.columns.push(Column { field, attributes, from: From::Flags(at) });
            } else if let Some(column) = self.columns.iter().find(|c| c.name == name || spelled(&c.name) == name) {
                self.hit.columns.push(Column { field: column.clone(), attributes: Vec::new(), from: From::Table });
            } else if self.block.operations.iter().all(|o| o.name != name) {
                let problem = Diagnostic::new("name", format!("no column `{name}`")).at(self.source, span);
                self.found.push(self.near(problem, &name));
            }
        }
    }
}

fn kind_type(kind: &Kind) -> Type {
    match kind {
        Kind::Bool => Type::Bool,
        Kind::Int => Type::I64,
        _ => Type::F64,
    }
}
