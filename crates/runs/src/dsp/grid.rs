//! One chain for many sets of parameters at once: what does not depend on them is computed once a block.

use super::job::{Chosen, Job};
use super::planning;
use super::run::{Input, Options};
use super::written;
use crate::error::Error;
use crate::inputs::file_diagnostic;
use crate::pool::Pool;
use crate::progress::Progress;
use germane_formats::lh5::Object;
use germane_numerics::Executor;
use germane_signals::evaluate::Evaluator;
use germane_texts::{Diagnostic, Node, Source, parse_yaml};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// What a grid gave.
#[derive(Clone, Debug)]
pub struct GridOutcome {
    /// for each point its table, or what is wrong with it
    pub points: Vec<Result<Object, Vec<Diagnostic>>>,
    /// odd things in the chain, with their places
    pub warnings: Vec<Diagnostic>,
}

/// Runs a chain over one table for every point: texts of parameters of the channel, JSON or YAML. The numbers are those of
/// separate runs.
///
/// # Errors
/// More than one table, or none (2); a chain that is wrong at every point (6); what [`super::build`] says of values and files (4).
pub fn run_grid(input: &Input, options: &Options, points: &[Source], progress: &Progress) -> Result<GridOutcome, Error> {
    let pool = Pool::new(options.threads)?;
    let mut parameters = Vec::with_capacity(points.len());
    for point in points {
        parameters.push(parse_yaml(point).map_err(Error::text)?);
    }
    let nodes: Vec<&Node> = parameters.iter().collect();
    let (job, ranges, warnings) = planning::grid_job(input, options, &nodes, &pool)?;
    let chosen = Chosen { rows: options.rows.clone(), start: options.start, count: options.count };
    job.check_sampling(&chosen, &pool)?;
    let blocks = columns(&job, &chosen, options, &pool, progress)?;
    let points = ranges.into_iter().map(|range| range.and_then(|range| table_of(&blocks, range).map_err(|e| e.diagnostics)));
    Ok(GridOutcome { points: points.collect(), warnings })
}

/// Columns of a block in the order of the outputs, and its rows.
type Columns = (usize, Vec<(String, Object)>);

/// The columns of all points, block by block.
fn columns(job: &Job, chosen: &Chosen, options: &Options, pool: &Pool, progress: &Progress) -> Result<Vec<Columns>, Error> {
    let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
    let mut blocks = job.blocks(chosen, job.block_rows(options.block_rows), pool).map_err(bad)?;
    let evaluators: Mutex<Vec<Evaluator>> = Mutex::new(Vec::new());
    let mut all = Vec::new();
    loop {
        if progress.is_cancelled() {
            return Err(Error::interrupted());
        }
        let mut waiting = Vec::new();
        while waiting.len() < 2 * pool.width() {
            match blocks.next() {
                Some(block) => waiting.push(Mutex::new(Some(block.map_err(bad)?))),
                None => break,
            }
        }
        if waiting.is_empty() {
            break;
        }
        let done: Vec<Mutex<Option<Result<Columns, Error>>>> = waiting.iter().map(|_| Mutex::new(None)).collect();
        pool.run(waiting.len(), &|i| {
            let Some(block) = locked(&waiting[i]).take() else { return };
            let kept = locked(&evaluators).pop();
            let evaluator = match kept {
                Some(evaluator) => Ok(evaluator),
                None => job.evaluator(),
            };
            let result = evaluator.and_then(|mut evaluator| {
                let made = job.process(&mut evaluator, block)?;
                locked(&evaluators).push(evaluator);
                Ok((made.rows, made.columns))
            });
            *locked(&done[i]) = Some(result);
        });
        for slot in done {
            let result = slot.into_inner().unwrap_or_else(PoisonError::into_inner);
            all.push(result.unwrap_or_else(|| Err(Error::internal("a block was not processed")))?);
        }
    }
    if all.is_empty() {
        let made = job.process(&mut job.evaluator()?, blocks.empty(job, chosen, pool).map_err(bad)?)?;
        all.push((made.rows, made.columns));
    }
    Ok(all)
}

/// The table of one point over all blocks.
fn table_of(blocks: &[Columns], range: Range<usize>) -> Result<Object, Error> {
    let parts: Vec<Object> =
        blocks.iter().map(|(rows, columns)| written::table(*rows, columns[range.clone()].iter().cloned().collect())).collect();
    match &parts[..] {
        [one] => Ok(one.clone()),
        all => Object::concatenate(&all.iter().collect::<Vec<_>>()).map_err(|e| Error::input(vec![file_diagnostic(&e)])),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
