//! One entry through its chain, with every waveform and number on the way: what `germane show --chain` draws.

use super::job::{Chosen, Job};
use super::planning::{self, Planned};
use super::run::{Input, Options};
use crate::error::Error;
use crate::inputs::{file_diagnostic, list};
use crate::pool::Pool;
use germane_columns::{Array, Data, Numbers, Unit};
use germane_reports::figure::Figure;
use germane_reports::recipes::{Chain, Mark, Place, Quantity, Recipe, Stage};
use germane_signals::evaluate::Made;
use germane_signals::graph::{Graph, Kind, Output, Shape, VariableId, Written};
use germane_texts::Diagnostic;
use indexmap::IndexMap;
use std::sync::Arc;

/// An entry with all that its chain makes of it.
#[derive(Clone, Debug)]
pub struct Trace {
    /// name of the input
    pub file: String,
    /// path of the table
    pub table: String,
    /// number of the row
    pub entry: u64,
    /// waveforms in the order in which they are made, with what was found on them
    pub stages: Vec<Stage>,
    /// unit of all times
    pub time_unit: String,
    /// numbers that stand on no waveform
    pub others: Vec<Number>,
    /// what is odd in the chain
    pub warnings: Vec<Diagnostic>,
}

/// A number that an entry has.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// its name in the chain
    pub name: String,
    /// the number
    pub value: f64,
    /// its unit
    pub unit: Option<String>,
    /// the samples without a time that it was found on
    pub on: Option<String>,
}

impl Trace {
    /// The figure: a panel a waveform, all on one time axis.
    pub fn figure(&self) -> Figure {
        let title = format!("{}, entry {}", self.table, self.entry);
        Chain { title, stages: self.stages.clone(), time: Quantity::new("Time", Some(&self.time_unit)) }.figure()
    }
}

/// Runs the chain of one table over one entry and keeps every variable that has a name.
///
/// # Errors
/// More than one table, an entry that is not there (2); a wrong chain (6); what [`super::build`] says of values and files (4).
pub fn trace(input: &Input, options: &Options, entry: u64) -> Result<Trace, Error> {
    let usage =
        |message: String, advice: &str| Error { exit: 2, diagnostics: vec![Diagnostic::new("usage", message).advice(advice)] };
    let pool = Pool::new(1)?;
    let Planned { mut jobs, warnings, .. } = planning::plan_all(std::slice::from_ref(input), options, &pool)?;
    let mut job = match jobs.len() {
        1 => jobs.remove(0),
        0 => return Err(usage("no table is there that the chain could run on".into(), "name one: FILE OBJECT")),
        _ => {
            let tables: Vec<String> = jobs.into_iter().map(|job| job.table).collect();
            return Err(usage(format!("an entry is one of one table; there are {}", list(&tables)), "name one: FILE OBJECT"));
        }
    };
    if entry >= job.described.rows {
        let message = format!("{}: `{}` has {} entries, there is no entry {entry}", job.file, job.table, job.described.rows);
        return Err(usage(message, "entries count from 0"));
    }
    job.split(options, &one(entry), &pool)?;
    job = job.into_row(entry);
    write_all(&mut job)?;
    let values = values(&job, entry, &pool)?;
    let traced = Traced { job: &job, graph: &job.graph, values };
    let time_unit = traced.time_unit();
    let (stages, others) = traced.stages(&time_unit);
    let (file, table) = (job.file.clone(), job.table.clone());
    let time_unit = time_unit.map_or(String::new(), |unit| unit.to_string());
    Ok(Trace { file, table, entry, stages, time_unit, others, warnings })
}

/// The row of one entry.
fn one(entry: u64) -> Chosen {
    Chosen { start: entry, count: Some(1), ..Chosen::default() }
}

/// Makes every variable an output.
fn write_all(job: &mut Job) -> Result<(), Error> {
    let graph = Arc::get_mut(&mut job.graph).ok_or_else(|| Error::internal("the graph is in use"))?;
    let output = |(id, variable): (usize, &germane_signals::graph::Variable)| Output {
        name: variable.name.clone(),
        what: Written::Variable(VariableId(id)),
        attributes: IndexMap::new(),
    };
    graph.outputs = graph.variables.iter().enumerate().map(output).collect();
    Ok(())
}

/// What each variable is in one row.
fn values(job: &Job, entry: u64, pool: &Pool) -> Result<Vec<Value>, Error> {
    let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
    let block = job.blocks(&one(entry), 1, pool).map_err(bad)?.next();
    let mut block = block.ok_or_else(|| Error::internal("the entry was not read"))?.map_err(bad)?;
    let made = job.evaluate(&mut job.evaluator()?, &mut block)?;
    Ok(made.into_iter().map(|made| made.map_or_else(Value::default, Value::of)).collect())
}

/// Numbers of one row, and the time of the first of them where they are samples.
#[derive(Clone, Debug, Default)]
struct Value {
    numbers: Vec<f64>,
    start: f64,
}

impl Value {
    fn of(made: Made) -> Self {
        match made {
            Made::Column(array) => Self { numbers: numbers(&array), start: 0.0 },
            Made::Waveform { t0, values } => {
                Self { numbers: numbers(&values), start: numbers(&t0).first().copied().unwrap_or(0.0) }
            }
        }
    }
}

/// All numbers of an array, conditions as 0 and 1.
fn numbers(array: &Array) -> Vec<f64> {
    match &array.data {
        Data::Number(numbers) => Numbers::to_f64(numbers),
        Data::Bool(bits) => bits.iter().map(|bit| f64::from(u8::from(bit))).collect(),
        Data::FixedList { items, .. } | Data::List { items, .. } => numbers(items),
        _ => Vec::new(),
    }
}

/// A graph with the values of one row.
struct Traced<'a> {
    job: &'a Job,
    graph: &'a Graph,
    values: Vec<Value>,
}

impl Traced<'_> {
    /// Unit of the first waveform's time, in which all are told.
    fn time_unit(&self) -> Option<Unit> {
        self.graph.variables.iter().find_map(|variable| match &variable.kind {
            Kind::Waveform(grid) => Some(grid.period.unit.clone()),
            _ => None,
        })
    }

    /// Whether a variable is a column or the last one of a name that the chain gives: stored in another type, it has the name
    /// twice.
    fn is_shown(&self, id: VariableId) -> bool {
        let name = &self.graph.variable(id).name;
        let is_named = self.job.chain.makes(name) || self.graph.inputs.iter().any(|input| input.column == *name);
        is_named && !self.graph.variables[id.0 + 1..].iter().any(|later| later.name == *name)
    }

    /// Waveforms with their marks, and the numbers that are on none of them.
    fn stages(&self, time_unit: &Option<Unit>) -> (Vec<Stage>, Vec<Number>) {
        let mut stages: Vec<(VariableId, Stage)> = Vec::new();
        let mut others = Vec::new();
        let made: Vec<VariableId> = self.graph.nodes.iter().flat_map(|node| node.makes.iter().copied()).collect();
        for id in made.iter().copied().filter(|id| self.is_shown(*id)) {
            let variable = self.graph.variable(id);
            if let (Kind::Waveform(grid), Shape::Samples(_)) = (&variable.kind, variable.shape) {
                let factor = factor(&grid.period.unit, time_unit);
                let Value { numbers, start } = &self.values[id.0];
                let x = (0..numbers.len()).map(|i| (start + grid.period.value * i as f64) * factor).collect();
                let (name, unit, y) = (variable.name.clone(), unit_of(&variable.label), numbers.clone());
                stages.push((id, Stage { name, unit, x, y, marks: Vec::new() }));
            }
        }
        for id in made.into_iter().filter(|id| self.is_shown(*id)) {
            let variable = self.graph.variable(id);
            let is_point = matches!(variable.kind, Kind::Point { .. });
            if matches!(variable.kind, Kind::Waveform(_)) || (variable.shape != Shape::Scalar && !is_point) {
                continue;
            }
            let on = self.graph.found_on(id, &|id| self.is_shown(id));
            match stages.iter_mut().find(|(stage, _)| Some(*stage) == on) {
                Some((on, stage)) => {
                    let mark = self.mark(id, *on, stage, time_unit);
                    stage.marks.push(mark);
                }
                None => {
                    let unit = match &variable.kind {
                        Kind::Point { unit, .. } | Kind::Duration { unit, .. } => Some(unit.to_string()),
                        _ => unit_of(&variable.label),
                    };
                    let on = on.map(|on| self.graph.variable(on).name.clone());
                    let (name, unit, on) = (|| variable.name.clone(), || unit.clone(), || on.clone());
                    let number = |value: &f64| Number { name: name(), value: *value, unit: unit(), on: on() };
                    others.extend(self.values[id.0].numbers.iter().map(number));
                }
            }
        }
        (stages.into_iter().map(|(_, stage)| stage).collect(), others)
    }

    /// Where a number stands on the waveform on which it was found.
    fn mark(&self, id: VariableId, on: VariableId, stage: &Stage, time_unit: &Option<Unit>) -> Mark {
        let variable = self.graph.variable(id);
        let name = variable.name.clone();
        if let Some(times) = self.times(id, time_unit) {
            return Mark { name, place: Place::Times(times), unit: None };
        }
        let value = self.values[id.0].numbers.first().copied().unwrap_or(f64::NAN);
        let (unit, axis) = (unit_of(&variable.label), unit_of(&self.graph.variable(on).label));
        // Raw samples often have no unit; what has one is meant in theirs.
        if unit.is_none() || !(axis.is_none() || axis == unit) {
            return Mark { name, place: Place::Number(value), unit };
        }
        let place = match self.time_of(id, value, stage, time_unit) {
            Some(time) => Place::Point(time, value),
            None => Place::Height(value),
        };
        Mark { name, place, unit }
    }

    /// Times of time points.
    fn times(&self, id: VariableId, time_unit: &Option<Unit>) -> Option<Vec<f64>> {
        let Kind::Point { unit, .. } = &self.graph.variable(id).kind else { return None };
        let factor = factor(unit, time_unit);
        Some(self.values[id.0].numbers.iter().map(|time| time * factor).collect())
    }

    /// The time of a height: the time point at which it was taken, or one that was found together with it and at which the
    /// waveform has it.
    fn time_of(&self, id: VariableId, value: f64, stage: &Stage, time_unit: &Option<Unit>) -> Option<f64> {
        let first = |id: VariableId| self.times(id, time_unit)?.first().copied();
        if let [taken_at] = self.graph.points_of(id)[..] {
            return first(taken_at);
        }
        let together = self.graph.maker(id).map(|node| node.makes.as_slice()).unwrap_or_default();
        let has_it = |time: &f64| {
            let at = stage.x.partition_point(|x| x < time);
            // Times are rounded to single precision where they are written.
            let near = at.saturating_sub(1)..(at + 1).min(stage.y.len());
            stage.y[near].iter().any(|y| *y as f32 == value as f32)
        };
        together.iter().filter_map(|point| first(*point)).find(has_it)
    }
}

/// A unit that says something: chains write `none` where there is none.
fn unit_of(label: &Option<String>) -> Option<String> {
    label.clone().filter(|label| label != "none")
}

/// From one unit of time to another; 1 where there is none.
fn factor(from: &Unit, to: &Option<Unit>) -> f64 {
    to.as_ref().and_then(|to| from.factor_to(to)).unwrap_or(1.0)
}
