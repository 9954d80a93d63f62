//! Raw tables through their chains to processed ones.

use super::chains::Chains;
use super::database::Database;
use super::documents;
use super::fields::fields;
use super::job::{Block, Chosen, Job, Processed};
use super::outputs::{OutputFile, WriteMode};
use super::planning::{self, Planned};
use super::written;
use crate::error::Error;
use crate::inputs::file_diagnostic;
use crate::pool::Pool;
use crate::progress::Progress;
use crate::report::Clock;
use germane_columns::Field;
use germane_formats::lh5::{Object, Selection};
use germane_numerics::Executor;
use germane_signals::evaluate::Evaluator;
use germane_texts::Diagnostic;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Where raw rows come from.
#[derive(Clone, Debug)]
pub enum Input {
    /// an LH5 file
    File(PathBuf),
    /// a table in memory
    Table {
        /// what messages call it
        name: String,
        /// the path that it would have in a file
        table: String,
        /// its columns
        object: Arc<Object>,
    },
}

/// How raw tables are processed.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// one file for each input; none: the tables are kept in memory
    pub output: Option<Vec<PathBuf>>,
    /// what happens to files that are there
    pub mode: WriteMode,
    /// which chain runs on which table
    pub chains: Chains,
    /// parameters by channel
    pub database: Option<Database>,
    /// what is written; none: what the chain says
    pub outputs: Option<Vec<String>>,
    /// outputs that nothing makes are left out with a warning
    pub allow_missing_outputs: bool,
    /// folder in which tables are looked for; none: `raw` if the file has it
    pub base_group: Option<String>,
    /// tables by name or pattern; none: all
    pub tables: Option<Vec<String>>,
    /// which rows of each table
    pub rows: Selection,
    /// first of these rows
    pub start: u64,
    /// most rows
    pub count: Option<u64>,
    /// rows of a block; tables do not depend on it
    pub block_rows: Option<usize>,
    /// number of threads; 0: all cores
    pub threads: usize,
    /// the command as typed, for the report
    pub command: Vec<String>,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// 0
    pub exit: i32,
    /// how it went
    pub report: Value,
    /// table of what was written, for a terminal
    pub summary: String,
    /// channels with defaults, tables left out, odd things in the chains
    pub notes: Vec<String>,
    /// warnings of the chains, with their places
    pub warnings: Vec<Diagnostic>,
    /// the tables by path, where they are kept in memory
    pub tables: Vec<(String, Object)>,
}

/// How it went with one table.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    pub(super) rows: u64,
    pub(super) nan: Vec<(String, u64)>,
    pub(super) rows_with_nan: u64,
}

/// Runs chains over raw tables.
///
/// # Errors
/// Wrong chains (6), before any row is read; inputs that are missing or damaged, and values that a processor cannot take (4); a
/// file that is there already (2); disk (5); interruption (130). The file of that input is not published then.
pub fn build(inputs: &[Input], options: &Options, progress: &Progress) -> Result<Outcome, Error> {
    let clock = Clock::start();
    may_be_written(inputs, options)?;
    let pool = Pool::new(options.threads)?;
    let mut planned = planning::plan_all(inputs, options, &pool)?;
    let chosen = Chosen { rows: options.rows.clone(), start: options.start, count: options.count };
    for job in &mut planned.jobs {
        job.split(options, &chosen, &pool)?;
    }
    progress.partitions.store(planned.jobs.len() as u64, std::sync::atomic::Ordering::Relaxed);
    let mut sink = Sink { options, pool: &pool, open: None, tables: Vec::new(), written: Vec::new() };
    let counted = Running { options, pool: &pool, progress, jobs: &planned.jobs }.run(&chosen, &mut sink)?;
    let Sink { tables, written, .. } = sink;
    documents::publish_provenance(inputs, &planned, &counted, options, &written)?;
    Ok(Outcome {
        exit: 0,
        report: documents::report(inputs, &planned, &counted, options, &pool, &clock),
        summary: documents::summary(&planned, &counted, options),
        notes: planned.notes,
        warnings: planned.warnings,
        tables,
    })
}

/// The typed chain of one table.
#[derive(Clone, Debug)]
pub struct Listing {
    /// name of the input
    pub file: String,
    /// path of the table
    pub table: String,
    /// path of what would be made
    pub output: String,
    /// rows of the table
    pub rows: u64,
    /// names of the columns that would be written
    pub outputs: Vec<String>,
    /// types of those that have values of a row
    pub fields: Vec<Field>,
    /// the typed chain as text
    pub listing: String,
}

/// Types the chains of all tables without reading rows; gives them with what was noticed.
///
/// # Errors
/// As [`build`] before it reads rows.
pub fn listings(inputs: &[Input], options: &Options) -> Result<(Vec<Listing>, Vec<Diagnostic>), Error> {
    let pool = Pool::new(options.threads)?;
    let Planned { jobs, listings, warnings, .. } = planning::plan_all(inputs, options, &pool)?;
    let one = |(job, listing): (Job, String)| Listing {
        outputs: job.graph.outputs.iter().map(|output| output.name.clone()).collect(),
        fields: fields(&job),
        rows: job.described.rows,
        file: job.file,
        table: job.table,
        output: job.output,
        listing,
    };
    Ok((jobs.into_iter().zip(listings).map(one).collect(), warnings))
}

/// Refuses to write over an input, over a file that is there, and two inputs into one file.
fn may_be_written(inputs: &[Input], options: &Options) -> Result<(), Error> {
    let Some(outputs) = &options.output else { return Ok(()) };
    let refuse = |message: String, advice: &str| {
        Err(Error { exit: 2, diagnostics: vec![Diagnostic::new("usage", message).advice(advice)] })
    };
    for (number, output) in outputs.iter().enumerate() {
        let same = |input: &Input| match input {
            Input::File(path) => {
                path == output || std::fs::canonicalize(path).ok().is_some_and(|a| std::fs::canonicalize(output).ok() == Some(a))
            }
            Input::Table { .. } => false,
        };
        if inputs.iter().any(same) {
            return refuse(format!("{} is an input", output.display()), "give another output");
        }
        if outputs[..number].contains(output) {
            return refuse(format!("two inputs would become {}", output.display()), "process them one by one, or rename one");
        }
        if options.mode == WriteMode::New && output.exists() {
            return refuse(format!("{} is there", output.display()), "replace it (-w), update its columns (-u), or append (-a)");
        }
    }
    Ok(())
}

/// Where tables go: into files, one after the other, or into memory.
struct Sink<'a> {
    options: &'a Options,
    pool: &'a Pool,
    open: Option<(usize, OutputFile)>,
    tables: Vec<(String, Object)>,
    written: Vec<(usize, PathBuf)>,
}

impl Sink<'_> {
    fn write(&mut self, job: &Job, object: Object, growing: bool) -> Result<(), Error> {
        let Some(outputs) = &self.options.output else {
            match self.tables.iter_mut().find(|(path, _)| *path == job.output) {
                Some((path, there)) => {
                    let both = Object::concatenate(&[there, &object]);
                    *there = both.map_err(|error| Error::input(vec![file_diagnostic(&error).object(path.clone())]))?;
                }
                None => self.tables.push((job.output.clone(), object)),
            }
            return Ok(());
        };
        if self.open.as_ref().is_none_or(|(input, _)| *input != job.input) {
            self.close()?;
            let file = OutputFile::begin(&outputs[job.input], self.options.mode, self.options.start)?;
            self.open = Some((job.input, file));
        }
        let Some((_, file)) = &mut self.open else { return Err(Error::internal("no file is open")) };
        file.write(&job.output, &object, growing, self.pool)
    }

    fn close(&mut self) -> Result<(), Error> {
        if let (Some((input, file)), Some(outputs)) = (self.open.take(), &self.options.output) {
            file.finish(self.pool)?;
            self.written.push((input, outputs[input].clone()));
        }
        Ok(())
    }
}

struct Running<'a> {
    options: &'a Options,
    pool: &'a Pool,
    progress: &'a Progress,
    jobs: &'a [Job],
}

/// Which chain a block runs: number of its job, and of the way in which its rows are sampled.
type Runs = (usize, usize);

/// A block that waits, and the chain that it runs.
type Waiting = (Runs, Block);

impl Running<'_> {
    /// Blocks are read one after the other, all that wait are processed at the same time, and written in order.
    fn run(&self, chosen: &Chosen, sink: &mut Sink<'_>) -> Result<Vec<Counted>, Error> {
        let at_once = 2 * self.pool.width();
        let evaluators: Mutex<Vec<(Runs, Evaluator)>> = Mutex::new(Vec::new());
        let mut counted = vec![Counted::default(); self.jobs.len()];
        let mut waiting: Vec<Waiting> = Vec::new();
        for (number, job) in self.jobs.iter().enumerate() {
            let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
            let mut blocks = job.blocks(chosen, job.block_rows(self.options.block_rows), self.pool).map_err(bad)?;
            let mut any = false;
            for block in blocks.by_ref() {
                if self.progress.is_cancelled() {
                    return Err(Error::interrupted());
                }
                any = true;
                let parts = job.by_sampling(block.map_err(bad)?).map_err(bad)?;
                waiting.extend(parts.into_iter().map(|(sampling, part)| ((number, sampling), part)));
                if waiting.len() >= at_once {
                    self.process(&mut waiting, &evaluators, &mut counted, sink)?;
                }
            }
            if !any {
                waiting.push(((number, 0), blocks.empty(job, chosen, self.pool).map_err(bad)?));
            }
            // A file is published when all its tables are written.
            if self.jobs.get(number + 1).is_none_or(|next| next.input != job.input) {
                self.process(&mut waiting, &evaluators, &mut counted, sink)?;
                sink.close()?;
            }
            Progress::add(&self.progress.done, 1);
        }
        Ok(counted)
    }

    fn process(
        &self,
        waiting: &mut Vec<Waiting>,
        evaluators: &Mutex<Vec<(Runs, Evaluator)>>,
        counted: &mut [Counted],
        sink: &mut Sink<'_>,
    ) -> Result<(), Error> {
        let numbers: Vec<Runs> = waiting.iter().map(|(runs, _)| *runs).collect();
        let last = numbers.last().map(|(job, _)| *job);
        let given: Vec<Mutex<Option<Block>>> = waiting.drain(..).map(|(_, block)| Mutex::new(Some(block))).collect();
        let done: Vec<Mutex<Option<Result<Processed, Error>>>> = given.iter().map(|_| Mutex::new(None)).collect();
        self.pool.run(given.len(), &|i| {
            let Some(block) = locked(&given[i]).take() else { return };
            let result = self.one(numbers[i], block, evaluators, last == Some(numbers[i].0));
            *locked(&done[i]) = Some(result);
        });
        for (i, slot) in done.into_iter().enumerate() {
            let processed = slot.into_inner().unwrap_or_else(PoisonError::into_inner);
            let processed = processed.unwrap_or_else(|| Err(Error::internal("a block was not processed")))?;
            let (number, _) = numbers[i];
            let (job, count) = (&self.jobs[number], &mut counted[number]);
            count.rows += processed.rows as u64;
            count.rows_with_nan += processed.rows_with_nan;
            for (name, n) in processed.nan {
                match count.nan.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, sum)) => *sum += n,
                    None => count.nan.push((name, n)),
                }
            }
            Progress::add(&self.progress.entries, processed.rows as u64);
            let table = written::table(processed.rows, processed.columns.into_iter().collect());
            sink.write(job, table, job.described.rows > processed.rows as u64)?;
        }
        Ok(())
    }

    /// One block; an evaluator is kept for the blocks of the same table that follow.
    fn one(&self, runs: Runs, block: Block, evaluators: &Mutex<Vec<(Runs, Evaluator)>>, keep: bool) -> Result<Processed, Error> {
        let (number, sampling) = runs;
        let job = self.jobs[number].sampled_as(sampling);
        let kept = {
            let mut all = locked(evaluators);
            all.retain(|((of, _), _)| *of >= number || keep);
            let found = all.iter().position(|(of, _)| *of == runs);
            found.map(|i| all.swap_remove(i).1)
        };
        let mut evaluator = match kept {
            Some(evaluator) => evaluator,
            None => job.evaluator()?,
        };
        let processed = job.process(&mut evaluator, block);
        if keep {
            locked(evaluators).push((runs, evaluator));
        }
        processed
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
