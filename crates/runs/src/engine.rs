//! Runs the partitions of plans on threads: cached partials are taken, missing ones computed and stored.

use crate::cache::Cache;
use crate::catalogue;
use crate::content_key::{Key, leaf_key};
use crate::error::Error;
use crate::inputs::{BadFiles, Excluded, excluded};
use crate::partial::{Origin, Partial};
use crate::partition::cut;
use crate::pass::{self, Failure, Products};
use crate::plan::{DatasetPlan, KERNELS};
use crate::progress::Progress;
use germane_texts::Diagnostic;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// What the engine is given.
#[derive(Clone, Copy)]
pub(crate) struct Engine<'a> {
    /// partials, where a cache is used
    pub cache: Option<&'a Cache>,
    /// counters and the wish to stop
    pub progress: &'a Progress,
    /// what happens to bad files
    pub bad_files: BadFiles,
    /// compressed bytes of a partition
    pub partition_size: u64,
    /// number of threads
    pub threads: usize,
}

/// Merged products of one dataset.
pub(crate) struct Merged {
    /// what was found in all good files
    pub products: Products,
    /// files left out
    pub excluded: Vec<Excluded>,
    /// entries of the good files
    pub entries: u64,
    /// compressed bytes of the partitions that were computed
    pub read: Vec<u64>,
}

/// One partition: file by index, range of entries.
struct Task {
    dataset: usize,
    input: usize,
    range: Range<u64>,
    key: Key,
}

impl Engine<'_> {
    /// Fills all products of all datasets.
    ///
    /// # Errors
    /// Bad inputs that may not be left out (4), values that must not be filled (4), full disks (5), interruption (130).
    pub(crate) fn run(&self, datasets: &[DatasetPlan]) -> Result<Vec<Merged>, Error> {
        let tasks = self.tasks(datasets);
        self.progress.partitions.store(tasks.len() as u64, Ordering::Relaxed);
        let stop = AtomicBool::new(false);
        let bad: Mutex<BTreeMap<(usize, usize), Excluded>> = Mutex::default();
        let failed: Mutex<Vec<Error>> = Mutex::default();
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(self.threads).build().map_err(|e| Error::internal(e.to_string()))?;
        let partials: Vec<Option<(Partial, u64)>> = pool.install(|| {
            tasks
                .par_iter()
                .with_max_len(1)
                .map(|task| {
                    if stop.load(Ordering::Relaxed) || self.progress.is_cancelled() {
                        return None;
                    }
                    match self.partial(datasets, task) {
                        Ok(partial) => Some(partial),
                        Err(Outcome::Bad(excluded)) => {
                            let mut bad = bad.lock().unwrap_or_else(PoisonError::into_inner);
                            bad.entry((task.dataset, task.input)).or_insert(*excluded);
                            let count = bad.keys().filter(|(d, _)| *d == task.dataset).count()
                                + datasets[task.dataset].bound.excluded.len();
                            if !self.bad_files.allows(count, datasets[task.dataset].bound.files) {
                                stop.store(true, Ordering::Relaxed);
                            }
                            None
                        }
                        Err(Outcome::Failed(error)) => {
                            failed.lock().unwrap_or_else(PoisonError::into_inner).push(error);
                            stop.store(true, Ordering::Relaxed);
                            None
                        }
                    }
                })
                .collect()
        });
        if self.progress.is_cancelled() {
            return Err(Error::interrupted());
        }
        let bad = bad.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().next() {
            return Err(error);
        }
        self.merge(datasets, &tasks, partials, bad)
    }

    fn tasks(&self, datasets: &[DatasetPlan]) -> Vec<Task> {
        let mut tasks = Vec::new();
        for (dataset, of) in datasets.iter().enumerate() {
            for (input, file) in of.bound.inputs.iter().enumerate() {
                let schema = file.table.schema();
                let mut cost = vec![0_u64; schema.clusters.len()];
                for column in &schema.columns {
                    for (sum, bytes) in cost.iter_mut().zip(&column.bytes_per_cluster) {
                        *sum += bytes;
                    }
                }
                for range in cut(&schema.clusters, &cost, self.partition_size) {
                    let key = leaf_key(of.pass, KERNELS, file.table.identity(), range.start, range.end);
                    tasks.push(Task { dataset, input, range, key });
                }
            }
        }
        tasks
    }

    fn partial(&self, datasets: &[DatasetPlan], task: &Task) -> Result<(Partial, u64), Outcome> {
        let dataset = &datasets[task.dataset];
        let input = &dataset.bound.inputs[task.input];
        let entries = task.range.end - task.range.start;
        let columns = physical_columns(dataset, task);
        let bad = |error: germane_formats::Error| {
            let mut bad = excluded(&input.url, &error);
            bad.entries = Some(input.table.schema().entries);
            Outcome::Bad(Box::new(bad))
        };
        if let Some(cache) = self.cache {
            catalogue::verify(cache, &*input.table, &input.path, &columns, &task.range).map_err(bad)?;
            if let Some(partial) = cache.get(task.key) {
                Progress::add(&self.progress.cached, 1);
                Progress::add(&self.progress.done, 1);
                Progress::add(&self.progress.entries, entries);
                return Ok((partial, 0));
            }
        }
        let cancelled = || self.progress.is_cancelled();
        let products = pass::run(dataset, input, task.range.clone(), &cancelled).map_err(|failure| match failure {
            Failure::File(error) => bad(error),
            Failure::Value(message, entry) => Outcome::Failed(wrong_value(dataset, &input.url, &message, entry)),
            Failure::Cancelled => Outcome::Failed(Error::interrupted()),
        })?;
        let origin = Origin {
            pass: dataset.pass,
            kernels: KERNELS.into(),
            identity: input.table.identity().to_owned(),
            start: task.range.start,
            stop: task.range.end,
        };
        let partial = Partial { origin, sections: products.pack(dataset) };
        if let Some(cache) = self.cache {
            catalogue::remember(cache, &*input.table, &input.path, &columns, &task.range).map_err(|failure| match failure {
                catalogue::Failure::File(error) => bad(error),
                catalogue::Failure::Cache(error) => Outcome::Failed(error),
            })?;
            cache.put(task.key, &partial).map_err(Outcome::Failed)?;
        }
        let read = bytes_read(dataset, task);
        Progress::add(&self.progress.bytes, read);
        Progress::add(&self.progress.done, 1);
        Progress::add(&self.progress.entries, entries);
        Ok((partial, read))
    }

    /// Merges in the order of datasets, files and entries; whole files are in or out.
    fn merge(
        &self,
        datasets: &[DatasetPlan],
        tasks: &[Task],
        partials: Vec<Option<(Partial, u64)>>,
        mut bad: BTreeMap<(usize, usize), Excluded>,
    ) -> Result<Vec<Merged>, Error> {
        let mut refused = Vec::new();
        for (dataset, of) in datasets.iter().enumerate() {
            let count = bad.keys().filter(|(d, _)| *d == dataset).count() + of.bound.excluded.len();
            if !self.bad_files.allows(count, of.bound.files) || (count > 0 && count == of.bound.files) {
                refused.extend(bad.iter().filter(|((d, _), _)| *d == dataset).map(|(_, e)| e.diagnostic.clone()));
            }
        }
        if !refused.is_empty() {
            return Err(Error::input(refused));
        }
        let mut merged: Vec<Merged> = (datasets.iter())
            .map(|d| Merged {
                products: Products::new(d),
                excluded: d.bound.excluded.clone(),
                entries: 0,
                read: vec![0; d.bound.inputs.len()],
            })
            .collect();
        for (task, partial) in tasks.iter().zip(partials) {
            if bad.contains_key(&(task.dataset, task.input)) {
                continue;
            }
            let (partial, read) = partial.ok_or_else(|| Error::internal("a partition has no partial"))?;
            let into = &mut merged[task.dataset];
            into.entries += task.range.end - task.range.start;
            into.read[task.input] += read;
            into.products
                .add(&datasets[task.dataset], &partial)
                .ok_or_else(|| Error::internal("a partial does not fit its plan"))?;
        }
        while let Some(((dataset, _), excluded)) = bad.pop_first() {
            merged[dataset].excluded.push(excluded);
        }
        Ok(merged)
    }
}

enum Outcome {
    Bad(Box<Excluded>),
    Failed(Error),
}

/// Columns of the file that the plan reads.
fn physical_columns(dataset: &DatasetPlan, task: &Task) -> Vec<usize> {
    let input = &dataset.bound.inputs[task.input];
    let mut columns: Vec<usize> = dataset.reads.iter().filter_map(|r| input.columns[r.column]).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// Compressed bytes of the columns that the plan reads, by cluster of the range.
fn bytes_read(dataset: &DatasetPlan, task: &Task) -> u64 {
    let schema = dataset.bound.inputs[task.input].table.schema();
    let columns = physical_columns(dataset, task);
    let inside = |end: u64| task.range.start < end && end <= task.range.end;
    let clusters = schema.clusters.iter().enumerate().filter(|(_, end)| inside(**end));
    clusters.map(|(i, _)| columns.iter().filter_map(|&c| schema.columns[c].bytes_per_cluster.get(i)).sum::<u64>()).sum()
}

fn wrong_value(dataset: &DatasetPlan, url: &str, message: &str, entry: u64) -> Error {
    let text = format!("{url}: {message}, entry {entry}");
    Error::input(vec![
        Diagnostic::new("value", text).object(&dataset.bound.tree).advice("define it with `?? value`, or cut such entries"),
    ])
}
