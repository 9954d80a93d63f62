//! One table with its chain: what is read of it, block by block, and what the chain makes of a block.

use super::description::Described;
use super::sampling::Samplings;
use super::written;
use crate::error::Error;
use crate::inputs::file_diagnostic;
use germane_columns::NumberType;
use germane_formats::hdf5::Attribute;
use germane_formats::lh5::{
    self, BlockSize, Content, Fields, FileAt, Friend, Group, Iteration, Lh5File, Object, ReadOptions, Selection,
};
use germane_numerics::Executor;
use germane_signals::chain::Chain;
use germane_signals::evaluate::{Evaluator, Made, Problem};
use germane_signals::graph::{Graph, Input, Part, Written};
use germane_signals::plan::{GridPlan, Plan};
use germane_texts::Diagnostic;
use indexmap::IndexMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Where the rows of a table are.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    /// in a file
    File(Lh5File),
    /// in memory
    Memory(Arc<Object>),
}

/// Columns of another table beside.
#[derive(Clone, Debug)]
pub(super) struct Beside {
    pub(super) file: Lh5File,
    pub(super) path: PathBuf,
    pub(super) group: String,
    pub(super) prefix: String,
    pub(super) suffix: String,
    pub(super) described: Described,
}

/// Which rows are processed.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    pub(super) rows: Selection,
    pub(super) start: u64,
    pub(super) count: Option<u64>,
}

/// A table that a chain is run on.
#[derive(Debug)]
pub(super) struct Job {
    /// number of the input
    pub(super) input: usize,
    /// name of the input
    pub(super) file: String,
    /// path of the table
    pub(super) table: String,
    /// path of what is made
    pub(super) output: String,
    /// rows of the table
    pub(super) described: Described,
    /// where they are
    pub(super) rows: Rows,
    /// what stands beside them
    pub(super) beside: Vec<Beside>,
    /// the typed chain
    pub(super) graph: Arc<Graph>,
    /// the chain that was typed
    pub(super) chain: Arc<Chain>,
    /// what is known of the typing; its graph is the one above
    pub(super) typed: Typed,
    /// chains of rows that are sampled in another way
    pub(super) samplings: Option<Box<Samplings>>,
}

/// A plan without its graph.
#[derive(Debug)]
pub(super) enum Typed {
    /// for one set of parameters
    One(Plan),
    /// for many
    Grid(GridPlan),
}

/// Rows of a block with everything that the chain needs.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) object: Object,
    /// rows of the table, in order
    pub(super) ranges: Vec<Range<u64>>,
}

/// What a block became: columns in the order of the outputs.
#[derive(Debug)]
pub(super) struct Processed {
    pub(super) columns: Vec<(String, Object)>,
    pub(super) rows: usize,
    /// rows with NaN by column
    pub(super) nan: Vec<(String, u64)>,
    /// rows with NaN in some column
    pub(super) rows_with_nan: u64,
}

/// Bytes of the samples of a block.
const BLOCK: usize = 4 << 20;

impl Job {
    /// Names of the columns that are read of the whole, with what is read of each.
    pub(super) fn needed(&self) -> IndexMap<String, Vec<Part>> {
        let mut needed: IndexMap<String, Vec<Part>> = IndexMap::new();
        for Input { column, part, .. } in &self.graph.inputs {
            needed.entry(column.clone()).or_default().push(*part);
        }
        for output in &self.graph.outputs {
            if let Written::Copy(column) = &output.what {
                needed.entry(column.clone()).or_default().push(Part::All);
            }
        }
        needed
    }

    /// The fields of one of the tables; `own` gives its own name of a column, if it has it.
    fn fields(needed: &IndexMap<String, Vec<Part>>, own: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let mut fields = Vec::new();
        for (column, parts) in needed {
            let Some(name) = own(column) else { continue };
            if parts.contains(&Part::All) {
                fields.push(name);
            } else {
                let part = |part: &Part| format!("{name}/{}", if *part == Part::T0 { "t0" } else { "values" });
                fields.extend(parts.iter().map(part));
            }
        }
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Whether a column is one of the table itself.
    fn is_own(&self, column: &str) -> bool {
        !self.beside.iter().any(|one| one.own(column).is_some())
    }

    /// Rows of a block: so many that its samples fit the caches beside everything that is made of them.
    pub(super) fn block_rows(&self, wanted: Option<usize>) -> u64 {
        let bytes = |input: &Input| {
            let column = self.described.table.column(&input.column)?;
            let samples = match (input.part, column.shape) {
                (Part::T0, _) => 1,
                (_, germane_signals::graph::ColumnShape::Samples(n) | germane_signals::graph::ColumnShape::Ragged(n)) => n,
                _ => 1,
            };
            Some(4 * samples)
        };
        let row: usize = self.graph.inputs.iter().filter_map(bytes).sum::<usize>().max(1);
        wanted.unwrap_or_else(|| (BLOCK / row).clamp(64, 8192) / 16 * 16).max(1) as u64
    }

    /// The blocks of the chosen rows.
    ///
    /// # Errors
    /// Damage in the metadata; a table beside that has other rows.
    pub(super) fn blocks<'a>(
        &'a self,
        chosen: &Chosen,
        block_rows: u64,
        executor: &'a dyn Executor,
    ) -> Result<Blocks<'a>, germane_formats::Error> {
        let needed = self.needed();
        let file = match &self.rows {
            Rows::File(file) => file,
            Rows::Memory(object) => {
                let rows = object.rows().unwrap_or(0) as u64;
                let picked = chosen.rows.of(rows, chosen.start, chosen.count);
                let picked = picked.map_err(|why| germane_formats::Error::new("memory", germane_formats::Kind::Unknown, why))?;
                let columns = object.members().into_iter().flatten().filter(|(name, _)| needed.contains_key(*name));
                let columns = columns.map(|(name, column)| (name.clone(), column.clone())).collect();
                let object = Box::new(written::table(rows as usize, columns));
                return Ok(Blocks::Memory { object, left: picked.ranges, block_rows });
            }
        };
        let options = |fields: Vec<String>| ReadOptions {
            rows: chosen.rows.clone(),
            start: chosen.start,
            count: chosen.count,
            fields: Fields::only(fields),
            ..ReadOptions::default()
        };
        let group = |file: &Lh5File, object: &str| Group {
            file: FileAt::Open(file.clone()),
            object: object.to_owned(),
            labels: IndexMap::new(),
        };
        let mut fields = Self::fields(&needed, &|column| self.is_own(column).then(|| column.to_owned()));
        if fields.is_empty() {
            // Rows are counted by some column.
            let smallest = self.described.table.columns.iter().filter(|column| self.is_own(&column.name));
            let scalar =
                |column: &&germane_signals::graph::TableColumn| column.shape == germane_signals::graph::ColumnShape::Scalar;
            fields.extend(smallest.clone().find(scalar).or_else(|| smallest.clone().next()).map(|column| column.name.clone()));
        }
        let size = BlockSize::Rows(block_rows);
        let mut iteration = lh5::iterate(vec![group(file, &self.table)], options(fields), size, executor)?;
        for one in &self.beside {
            let fields = Self::fields(&needed, &|column| one.own(column));
            if fields.is_empty() {
                continue;
            }
            let rows = lh5::iterate(vec![group(&one.file, &one.group)], options(fields), size, executor)?;
            iteration.add_friend(Friend { rows, prefix: one.prefix.clone(), suffix: one.suffix.clone() })?;
        }
        Ok(Blocks::File(Box::new(iteration)))
    }

    /// What the chain makes of a block, by output: `None` for columns that are copied. The block keeps what was read.
    ///
    /// # Errors
    /// A value that a processor cannot take, with file, table and entry; columns that cannot be read.
    pub(super) fn evaluate(&self, evaluator: &mut Evaluator, block: &mut Block) -> Result<Vec<Option<Made>>, Error> {
        let Block { object, ranges } = block;
        let bad = |error: germane_formats::Error| {
            Error::input(vec![file_diagnostic(&error).file(&self.file).object(self.table.clone())])
        };
        let rows = object.rows().unwrap_or(0);
        if matches!(self.rows, Rows::Memory(_)) {
            decode(object).map_err(bad)?;
        }
        let mut columns = Vec::with_capacity(self.graph.inputs.len());
        for input in &self.graph.inputs {
            let path = match input.part {
                Part::All => input.column.clone(),
                Part::Values => format!("{}/values", input.column),
                Part::T0 => format!("{}/t0", input.column),
            };
            let column = object.at(&path).ok_or_else(|| Error::internal(format!("column `{path}` was not read")))?;
            columns.push(column.to_column(&path).map_err(bad)?.1);
        }
        evaluator.process(&columns, rows, 0).map_err(|problem| self.explain(&problem, ranges))?;
        Ok(evaluator.take())
    }

    /// Runs the chain over a block and makes the columns of the table.
    ///
    /// # Errors
    /// As [`Job::evaluate`].
    pub(super) fn process(&self, evaluator: &mut Evaluator, mut block: Block) -> Result<Processed, Error> {
        let made = self.evaluate(evaluator, &mut block)?;
        let Block { object, .. } = block;
        let rows = object.rows().unwrap_or(0);
        let Content::Table { columns: mut read, .. } = object.content else {
            return Err(Error::internal("a block is no table"));
        };
        let mut made_columns = Vec::with_capacity(self.graph.outputs.len());
        let (mut nan, mut with_nan) = (Vec::new(), vec![false; rows]);
        for (position, (output, made)) in self.graph.outputs.iter().zip(made).enumerate() {
            let column = match (&output.what, made) {
                (Written::Variable(id), Some(made)) => {
                    let mut count = 0;
                    written::rows_with_nan(&made, &mut |row| {
                        count += 1;
                        with_nan[row] = true;
                    });
                    nan.push((output.name.clone(), count));
                    let variable = self.graph.variable(*id);
                    written::column(variable, made, &output.attributes)
                        .map_err(|why| Error::internal(format!("`{}`: {why}", output.name)))?
                }
                (Written::Copy(column), _) => {
                    let found =
                        if self.needs_later(column, position) { read.get(column).cloned() } else { read.shift_remove(column) };
                    let mut found = found.ok_or_else(|| Error::internal(format!("column `{column}` was not read")))?;
                    for (name, text) in &output.attributes {
                        found.attributes.insert(name.clone(), Attribute::Text(text.clone()));
                    }
                    found
                }
                (Written::Variable(_), None) => return Err(Error::internal(format!("`{}` was not made", output.name))),
            };
            made_columns.push((output.name.clone(), column));
        }
        let rows_with_nan = with_nan.iter().filter(|one| **one).count() as u64;
        Ok(Processed { columns: made_columns, rows, nan, rows_with_nan })
    }

    /// Whether an output behind `position` copies the column, too.
    fn needs_later(&self, column: &str, position: usize) -> bool {
        self.graph.outputs[position + 1..].iter().any(|output| matches!(&output.what, Written::Copy(other) if other == column))
    }

    /// Parameters that came from defaults of the chain.
    pub(super) fn defaults(&self) -> &[String] {
        match &self.typed {
            Typed::One(plan) => &plan.defaults,
            Typed::Grid(_) => &[],
        }
    }

    /// Memory to run the chain in.
    ///
    /// # Errors
    /// A processor that refuses its constants (6).
    pub(super) fn evaluator(&self) -> Result<Evaluator, Error> {
        Evaluator::new(Arc::clone(&self.graph)).map_err(|problem| {
            let error = self.explain(&problem, &[]);
            Error::text(error.diagnostics)
        })
    }

    fn explain(&self, problem: &Problem, ranges: &[Range<u64>]) -> Error {
        let mut message = format!("{}: {}", self.file, self.table);
        if let Some(row) = problem.entry {
            let mut left = row;
            let entry = ranges.iter().find_map(|range| {
                let length = range.end - range.start;
                if left < length {
                    return Some(range.start + left);
                }
                left -= length;
                None
            });
            message.push_str(&format!(", entry {}", entry.unwrap_or(row)));
        }
        message.push_str(&format!(": {}: {}", problem.name, problem.message));
        let diagnostic = match problem.origin {
            Some(origin) => match &self.typed {
                Typed::One(plan) => plan.problem(&self.chain, origin, "value", message),
                Typed::Grid(plan) => plan.problem(&self.chain, origin, "value", message),
            },
            None => Diagnostic::new("value", message).file(&self.file),
        };
        Error::input(vec![diagnostic.object(self.table.clone())])
    }
}

impl Beside {
    /// The name that a column has there.
    pub(super) fn own(&self, column: &str) -> Option<String> {
        let name = column.strip_prefix(self.prefix.as_str())?.strip_suffix(self.suffix.as_str())?;
        self.described.table.column(name).map(|_| name.to_owned())
    }
}

/// Blocks of a table, one after the other.
pub(super) enum Blocks<'a> {
    File(Box<Iteration<'a>>),
    Memory { object: Box<Object>, left: Vec<Range<u64>>, block_rows: u64 },
}

impl Blocks<'_> {
    /// A block without rows, for tables that have none.
    pub(super) fn empty(&self, job: &Job, chosen: &Chosen, executor: &dyn Executor) -> Result<Block, germane_formats::Error> {
        let none = Chosen { count: Some(0), ..chosen.clone() };
        let needed = job.needed();
        let object = match self {
            Self::Memory { object, .. } => object.select(&[])?,
            Self::File(_) => {
                let mut columns = IndexMap::new();
                let Rows::File(file) = &job.rows else {
                    return Ok(Block { object: written::table(0, columns), ranges: Vec::new() });
                };
                let own = |column: &str| job.is_own(column).then(|| column.to_owned());
                read_none(file, &job.table, Job::fields(&needed, &own), &|name| name.to_owned(), &none, executor, &mut columns)?;
                for one in &job.beside {
                    let fields = Job::fields(&needed, &|column| one.own(column));
                    let named = |name: &str| format!("{}{name}{}", one.prefix, one.suffix);
                    read_none(&one.file, &one.group, fields, &named, &none, executor, &mut columns)?;
                }
                written::table(0, columns)
            }
        };
        Ok(Block { object, ranges: Vec::new() })
    }
}

fn read_none(
    file: &Lh5File,
    table: &str,
    fields: Vec<String>,
    named: &dyn Fn(&str) -> String,
    none: &Chosen,
    executor: &dyn Executor,
    columns: &mut IndexMap<String, Object>,
) -> Result<(), germane_formats::Error> {
    if fields.is_empty() {
        return Ok(());
    }
    let options = ReadOptions { start: none.start, count: none.count, fields: Fields::only(fields), ..ReadOptions::default() };
    let read = file.read(table, &options, executor)?;
    if let Content::Table { columns: found, .. } = read.object.content {
        columns.extend(found.into_iter().map(|(name, column)| (named(&name), column)));
    }
    Ok(())
}

impl Iterator for Blocks<'_> {
    type Item = Result<Block, germane_formats::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::File(iteration) => iteration.next().map(|block| {
                let block = block?;
                let ranges = block.parts.into_iter().flat_map(|(_, ranges)| ranges).collect();
                Ok(Block { object: block.object, ranges })
            }),
            Self::Memory { object, left, block_rows } => {
                let (mut ranges, mut wanted) = (Vec::new(), *block_rows);
                while let Some(first) = left.first_mut().filter(|_| wanted > 0) {
                    let end = first.end.min(first.start + wanted);
                    ranges.push(first.start..end);
                    wanted -= end - first.start;
                    first.start = end;
                    if first.is_empty() {
                        left.remove(0);
                    }
                }
                if ranges.is_empty() {
                    return None;
                }
                let rows: Vec<Range<usize>> = ranges.iter().map(|range| range.start as usize..range.end as usize).collect();
                Some(object.select(&rows).map(|object| Block { object, ranges }))
            }
        }
    }
}

/// Decodes encoded waveforms among the columns.
fn decode(object: &mut Object) -> Result<(), germane_formats::Error> {
    match &mut object.content {
        Content::Encoded { .. } => *object = object.decode(NumberType::I32, false)?,
        Content::Table { columns, .. } => {
            for column in columns.values_mut() {
                decode(column)?;
            }
        }
        _ => {}
    }
    Ok(())
}
