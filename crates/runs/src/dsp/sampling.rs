//! Tables whose rows are sampled in several ways: the chain is typed for each `dt`, and every row runs the one that is its own.

use super::description;
use super::job::{Block, Chosen, Job, Rows};
use super::planning;
use super::run::Options;
use crate::error::Error;
use crate::inputs::file_diagnostic;
use germane_formats::lh5::{Content, Fields, Lh5File, ReadOptions};
use germane_numerics::Executor;
use germane_signals::graph::{Graph, Kind, Part, Shape, Written};
use germane_texts::Diagnostic;
use std::ops::Range;

/// Ways of sampling that one table may have: more are no settings of a digitizer, but damage.
const MOST: usize = 16;

/// Rows that are sampled in another way than the job was typed for.
#[derive(Debug)]
pub(super) struct Samplings {
    /// for each row of the table 0, or one more than the position among the others
    of_row: Vec<u8>,
    /// the same table and chain, typed for other times of a sample
    others: Vec<Job>,
}

impl Job {
    /// Types the chain for every `dt` of the chosen rows that it is not typed for.
    ///
    /// # Errors
    /// A `dt` that is no time; a chain that is wrong with one (6), or makes columns of another form with it (4).
    pub(super) fn split(&mut self, options: &Options, chosen: &Chosen, executor: &dyn Executor) -> Result<(), Error> {
        let typed: Vec<f64> = self.sampled().into_iter().map(|(_, period)| period).collect();
        if typed.is_empty() || self.other_sampling(chosen, executor)?.is_none() {
            return Ok(());
        }
        let whole = Chosen::default();
        let mut times = Vec::new();
        for (column, _) in self.sampled() {
            times.push((self.times(&column, &whole, executor)?, column));
        }
        let rows = self.described.rows;
        let picked = chosen.rows.of(rows, chosen.start, chosen.count);
        let picked = picked.map_err(|why| Error::input(vec![Diagnostic::new("rows", why).file(&self.file)]))?;
        let mut of_row = vec![0; rows as usize];
        let (mut known, mut others) = (vec![typed], Vec::new());
        for row in picked.ranges.into_iter().flatten() {
            let own: Vec<f64> = times.iter().map(|(times, _)| times.get(row as usize).copied().unwrap_or(f64::NAN)).collect();
            if let Some((dt, (_, column))) = own.iter().zip(&times).find(|(dt, _)| !(dt.is_finite() && **dt > 0.0)) {
                let message = format!("{}: `{}/{column}`: row {row} has dt = {dt}, which is no time", self.file, self.table);
                return Err(self.bad_sampling(column, message));
            }
            let position = match known.iter().position(|known| *known == own) {
                Some(position) => position,
                None => {
                    if known.len() == MOST {
                        let message = format!("{}: `{}` is sampled in more than {MOST} ways", self.file, self.table);
                        return Err(self.bad_sampling(&times[0].1, message));
                    }
                    others.push(self.typed_for(&own, row, options, executor)?);
                    known.push(own);
                    known.len() - 1
                }
            };
            of_row[row as usize] = position as u8;
        }
        self.samplings = Some(Box::new(Samplings { of_row, others }));
        Ok(())
    }

    /// Checks that each waveform that is read has the `dt` that the chain is typed for in all chosen rows.
    ///
    /// # Errors
    /// The first row with another one.
    pub(super) fn check_sampling(&self, chosen: &Chosen, executor: &dyn Executor) -> Result<(), Error> {
        match self.other_sampling(chosen, executor)? {
            Some((column, row, dt, typed)) => Err(self.refuse_sampling(&column, row, dt, typed)),
            None => Ok(()),
        }
    }

    /// The same for one block in memory, the first row of which has the number `first_row`.
    ///
    /// # Errors
    /// The first row with another one.
    pub(super) fn check_block_sampling(&self, block: &germane_formats::lh5::Object, first_row: u64) -> Result<(), Error> {
        for (column, typed) in self.sampled() {
            let Some(Content::Array(values)) = block.at(&format!("{column}/dt")).map(|dt| &dt.content) else { continue };
            let times = description::numbers(values).unwrap_or_default();
            if let Some(row) = times.iter().position(|dt| *dt != typed) {
                return Err(self.refuse_sampling(&column, first_row + row as u64, times[row], typed));
            }
        }
        Ok(())
    }

    /// The job of rows sampled as the number says.
    pub(super) fn sampled_as(&self, sampling: usize) -> &Self {
        match (&self.samplings, sampling.checked_sub(1)) {
            (Some(samplings), Some(other)) => &samplings.others[other],
            _ => self,
        }
    }

    /// The job of one row.
    pub(super) fn into_row(mut self, row: u64) -> Self {
        match self.samplings.take() {
            Some(mut samplings) => match samplings.of_row.get(row as usize) {
                Some(&other) if other > 0 => samplings.others.swap_remove(usize::from(other) - 1),
                _ => self,
            },
            None => self,
        }
    }

    /// The parts of a block that are sampled in the same way, in order.
    ///
    /// # Errors
    /// Damage of the block.
    pub(super) fn by_sampling(&self, block: Block) -> Result<Vec<(usize, Block)>, germane_formats::Error> {
        let Some(samplings) = &self.samplings else { return Ok(vec![(0, block)]) };
        let of = |row: u64| usize::from(samplings.of_row.get(row as usize).copied().unwrap_or(0));
        let mut runs: Vec<(usize, Range<usize>, Vec<Range<u64>>)> = Vec::new();
        for (position, row) in block.ranges.iter().cloned().flatten().enumerate() {
            match runs.last_mut() {
                Some((sampling, positions, ranges)) if *sampling == of(row) => {
                    positions.end = position + 1;
                    match ranges.last_mut() {
                        Some(last) if last.end == row => last.end = row + 1,
                        _ => ranges.push(row..row + 1),
                    }
                }
                _ => runs.push((of(row), position..position + 1, std::iter::once(row..row + 1).collect())),
            }
        }
        if let [(sampling, ..)] = runs[..] {
            return Ok(vec![(sampling, block)]);
        }
        let part = |(sampling, positions, ranges): (usize, Range<usize>, Vec<Range<u64>>)| {
            let object = block.object.select(std::slice::from_ref(&positions))?;
            Ok((sampling, Block { object, ranges }))
        };
        runs.into_iter().map(part).collect()
    }

    /// Waveforms that are read, with the time of a sample that the chain is typed for.
    fn sampled(&self) -> Vec<(String, f64)> {
        let of = |(column, parts): (String, Vec<Part>)| {
            let waveform = self.described.table.column(&column)?.waveform.as_ref()?;
            parts.iter().any(|part| *part != Part::All).then_some((column, waveform.period.value))
        };
        self.needed().into_iter().filter_map(of).collect()
    }

    /// The first chosen row with another `dt` than the chain is typed for: column, number among the chosen rows, both times.
    fn other_sampling(&self, chosen: &Chosen, executor: &dyn Executor) -> Result<Option<(String, u64, f64, f64)>, Error> {
        for (column, typed) in self.sampled() {
            let times = self.times(&column, chosen, executor)?;
            if let Some(row) = times.iter().position(|dt| *dt != typed) {
                return Ok(Some((column, row as u64, times[row], typed)));
            }
        }
        Ok(None)
    }

    /// The `dt` of a waveform in the chosen rows.
    fn times(&self, column: &str, chosen: &Chosen, executor: &dyn Executor) -> Result<Vec<f64>, Error> {
        let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
        match (self.beside.iter().find_map(|one| Some((one, one.own(column)?))), &self.rows) {
            (Some((one, name)), _) => read_times(&one.file, &one.group, &name, chosen, executor).map_err(bad),
            (None, Rows::File(file)) => read_times(file, &self.table, column, chosen, executor).map_err(bad),
            (None, Rows::Memory(object)) => {
                let Some(Content::Array(values)) = object.at(&format!("{column}/dt")).map(|dt| &dt.content) else {
                    return Ok(Vec::new());
                };
                let all = description::numbers(values).unwrap_or_default();
                let picked = chosen.rows.of(all.len() as u64, chosen.start, chosen.count);
                let picked = picked.map_err(|why| Error::input(vec![Diagnostic::new("rows", why).file(&self.file)]))?;
                Ok(picked.ranges.into_iter().flatten().filter_map(|row| all.get(row as usize).copied()).collect())
            }
        }
    }

    /// The job typed for other times of a sample, in the order of [`Job::sampled`].
    fn typed_for(&self, times: &[f64], row: u64, options: &Options, executor: &dyn Executor) -> Result<Self, Error> {
        let mut described = self.described.clone();
        for ((name, _), dt) in self.sampled().iter().zip(times) {
            let column = described.table.columns.iter_mut().find(|column| column.name == *name);
            if let Some(waveform) = column.and_then(|column| column.waveform.as_mut()) {
                waveform.period.value = *dt;
            }
        }
        let other = planning::retyped(self, described, options, executor)?;
        for (own, others) in self.graph.outputs.iter().zip(&other.graph.outputs) {
            let (own_form, other_form) = (form(&self.graph, &own.what), form(&other.graph, &others.what));
            if own.name != others.name || own_form != other_form {
                let message = format!(
                    "{}: `{}`: row {row} has dt = {}, with which `{}` is {other_form}, not {own_form}",
                    self.file, self.table, times[0], others.name
                );
                return Err(self.bad_sampling(&self.sampled()[0].0, message));
            }
        }
        Ok(other)
    }

    fn refuse_sampling(&self, column: &str, row: u64, dt: f64, typed: f64) -> Error {
        let message = format!(
            "{}: `{}/{column}`: row {row} has dt = {dt}, the chain is typed for {typed}: times would be wrong",
            self.file, self.table
        );
        self.bad_sampling(column, message)
    }

    fn bad_sampling(&self, column: &str, message: String) -> Error {
        let diagnostic = Diagnostic::new("sampling", message).file(&self.file).object(format!("{}/{column}/dt", self.table));
        Error::input(vec![diagnostic.advice("process rows of one dt at a time, by their entries")])
    }
}

fn read_times(
    file: &Lh5File,
    group: &str,
    column: &str,
    chosen: &Chosen,
    executor: &dyn Executor,
) -> Result<Vec<f64>, germane_formats::Error> {
    let fields = Fields::only([format!("{column}/dt")]);
    let options =
        ReadOptions { rows: chosen.rows.clone(), start: chosen.start, count: chosen.count, fields, ..ReadOptions::default() };
    let read = file.read(group, &options, executor)?;
    Ok(match read.object.at(&format!("{column}/dt")).map(|dt| &dt.content) {
        Some(Content::Array(values)) => description::numbers(values).unwrap_or_default(),
        _ => Vec::new(),
    })
}

/// What of an output all rows of a column must share.
fn form(graph: &Graph, what: &Written) -> String {
    let Written::Variable(id) = what else { return "a copy".to_owned() };
    let variable = graph.variable(*id);
    let unit = match &variable.kind {
        Kind::Point { unit, .. } | Kind::Duration { unit, .. } => unit.to_string(),
        Kind::Waveform(grid) => format!("{}, every {}", variable.label.as_deref().unwrap_or("no unit"), grid.period.unit),
        Kind::Plain => variable.label.clone().unwrap_or_else(|| "no unit".to_owned()),
    };
    let shape = match variable.shape {
        Shape::Samples(count) => format!("[{count}]"),
        Shape::Ragged { .. } => "[…]".to_owned(),
        Shape::Scalar => String::new(),
    };
    format!("{}{shape} ({unit})", variable.element)
}
