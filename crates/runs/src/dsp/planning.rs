//! Tables and chains → jobs: every mistake of every chain on every table at once, before rows are read.

use super::chains::Merged;
use super::database;
use super::description::{self, Described};
use super::job::{Beside, Job, Rows, Typed};
use super::run::{Input, Options};
use super::tables;
use crate::error::Error;
use crate::inputs::file_diagnostic;
use germane_formats::lh5::{self, Content, Object, ReadOptions};
use germane_numerics::Executor;
use germane_signals::Element;
use germane_signals::chain::ChainInput;
use germane_signals::graph::{Graph, Period};
use germane_signals::plan::{LoadArray, PlanOptions, plan, plan_grid};
use germane_texts::{Diagnostic, Node};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be done, and what was noticed.
#[derive(Debug, Default)]
pub(super) struct Planned {
    pub(super) jobs: Vec<Job>,
    /// the typed chain of each job as text
    pub(super) listings: Vec<String>,
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) notes: Vec<String>,
}

/// One table before its chain is typed.
struct Candidate {
    input: usize,
    file: String,
    table: String,
    described: Described,
    rows: Rows,
}

/// What typing a chain told.
struct Found {
    listing: String,
    warnings: Vec<Diagnostic>,
}

/// Plans all inputs.
///
/// # Errors
/// All mistakes in chains (6), else all files that are missing or damaged (4).
pub(super) fn plan_all(inputs: &[Input], options: &Options, executor: &dyn Executor) -> Result<Planned, Error> {
    let mut planned = Planned::default();
    let (mut wrong, mut bad): (Vec<Diagnostic>, Vec<Diagnostic>) = (Vec::new(), Vec::new());
    let mut candidates = Vec::new();
    for (number, input) in inputs.iter().enumerate() {
        match candidates_of(number, input, options, executor, &mut planned.notes) {
            Ok(found) => candidates.extend(found),
            Err(error) if error.exit == crate::error::exit::TEXT => wrong.extend(error.diagnostics),
            Err(error) => bad.extend(error.diagnostics),
        }
    }
    let known = known_sampling(&candidates);
    let (mut warned, mut without_chain) = (Vec::new(), Vec::new());
    for mut candidate in candidates {
        let Some(merged) = options.chains.of(&candidate.table) else {
            without_chain.push(candidate.table);
            continue;
        };
        candidate.described.sample_as(&known);
        let parameters = options.database.as_ref().and_then(|database| database.of(&candidate.table));
        match job(candidate, merged, parameters, options, executor) {
            Ok((job, found)) => {
                for warning in &found.warnings {
                    if !warned.contains(warning) {
                        warned.push(warning.clone());
                    }
                }
                planned.listings.push(found.listing);
                planned.jobs.push(job);
            }
            Err(error) if error.exit == crate::error::exit::TEXT => {
                // What is wrong for all channels is told once.
                wrong.extend(error.diagnostics.into_iter().filter(|one| !wrong.contains(one)).collect::<Vec<_>>());
            }
            Err(error) => bad.extend(error.diagnostics.into_iter().filter(|one| !bad.contains(one)).collect::<Vec<_>>()),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::text(wrong));
    }
    if !bad.is_empty() {
        return Err(Error::input(bad));
    }
    if !without_chain.is_empty() {
        planned.notes.push(format!("no chain for {}; left out", crate::inputs::list(&without_chain)));
    }
    planned.warnings = warned;
    about_parameters(options, &mut planned);
    Ok(planned)
}

/// The job of one table in memory.
///
/// # Errors
/// All mistakes of the chain (6).
pub(super) fn memory_job(
    name: &str,
    object: &Object,
    merged: &Merged,
    options: &Options,
    executor: &dyn Executor,
) -> Result<Job, Error> {
    let candidate = Candidate {
        input: 0,
        file: "memory".to_owned(),
        table: name.to_owned(),
        described: description::of_object(object),
        rows: Rows::Memory(Arc::new(object.clone())),
    };
    job(candidate, merged, None, options, executor).map(|(job, _)| job)
}

fn candidates_of(
    number: usize,
    input: &Input,
    options: &Options,
    executor: &dyn Executor,
    notes: &mut Vec<String>,
) -> Result<Vec<Candidate>, Error> {
    let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
    match input {
        Input::Table { name, table, object } => Ok(vec![Candidate {
            input: number,
            file: name.clone(),
            table: table.clone(),
            described: description::of_object(object),
            rows: Rows::Memory(Arc::clone(object)),
        }]),
        Input::File(path) => {
            let file = lh5::open(path).map_err(bad)?;
            let found = tables::find(&file, options.base_group.as_deref(), options.tables.as_deref(), notes);
            // A name that no table has is a wrong text, all else a bad file.
            let found = found.map_err(|problem| match problem.code.as_str() {
                "object" => Error::text(vec![problem]),
                _ => Error::input(vec![problem]),
            })?;
            let mut candidates = Vec::new();
            for table in found {
                // Tables without a chain are not looked at.
                let described = match options.chains.of(&table) {
                    Some(_) => description::of_file(&file, &table, executor).map_err(bad)?,
                    None => Described::default(),
                };
                let name = path.display().to_string();
                candidates.push(Candidate { input: number, file: name, table, described, rows: Rows::File(file.clone()) });
            }
            Ok(candidates)
        }
    }
}

/// Sampling of waveforms by name, where all tables that have rows agree.
fn known_sampling(candidates: &[Candidate]) -> HashMap<String, Period> {
    let mut known: HashMap<String, Option<Period>> = HashMap::new();
    for Candidate { described, .. } in candidates {
        for column in described.table.columns.iter().filter(|column| !described.unsampled.contains(&column.name)) {
            let Some(waveform) = &column.waveform else { continue };
            let entry = known.entry(column.name.clone()).or_insert_with(|| Some(waveform.period.clone()));
            if entry.as_ref() != Some(&waveform.period) {
                *entry = None;
            }
        }
    }
    known.into_iter().filter_map(|(name, period)| Some((name, period?))).collect()
}

fn job(
    candidate: Candidate,
    merged: &Merged,
    parameters: Option<&Node>,
    options: &Options,
    executor: &dyn Executor,
) -> Result<(Job, Found), Error> {
    let (Candidate { input, file, table, described, rows }, beside) = with_friends(candidate, merged, parameters, executor)?;
    let load = Arrays { executor, folders: folders(merged) };
    let planning = PlanOptions {
        outputs: options.outputs.as_deref(),
        allow_missing_outputs: options.allow_missing_outputs,
        parameters,
        load: Some(&load),
    };
    let mut planned = plan(&merged.chain, &described.table, &planning).map_err(Error::text)?;
    let output = tables::output_path(&table);
    let found = Found { listing: planned.listing(), warnings: std::mem::take(&mut planned.warnings) };
    let graph = Arc::new(std::mem::replace(&mut planned.graph, nothing()));
    let chain = Arc::clone(&merged.chain);
    Ok((
        Job { input, file, table, output, described, rows, beside, graph, chain, typed: Typed::One(planned), samplings: None },
        found,
    ))
}

/// The same table and chain, typed for another description.
///
/// # Errors
/// All mistakes of the chain (6).
pub(super) fn retyped(job: &Job, described: Described, options: &Options, executor: &dyn Executor) -> Result<Job, Error> {
    let folders = options.chains.of(&job.table).map(folders).unwrap_or_default();
    let load = Arrays { executor, folders };
    let planning = PlanOptions {
        outputs: options.outputs.as_deref(),
        allow_missing_outputs: options.allow_missing_outputs,
        parameters: options.database.as_ref().and_then(|database| database.of(&job.table)),
        load: Some(&load),
    };
    let mut planned = plan(&job.chain, &described.table, &planning).map_err(Error::text)?;
    let graph = Arc::new(std::mem::replace(&mut planned.graph, nothing()));
    Ok(Job {
        input: job.input,
        file: job.file.clone(),
        table: job.table.clone(),
        output: job.output.clone(),
        described,
        rows: job.rows.clone(),
        beside: job.beside.clone(),
        graph,
        chain: Arc::clone(&job.chain),
        typed: Typed::One(planned),
        samplings: None,
    })
}

/// The candidate with the columns of its friends beside its own.
fn with_friends(
    mut candidate: Candidate,
    merged: &Merged,
    parameters: Option<&Node>,
    executor: &dyn Executor,
) -> Result<(Candidate, Vec<Beside>), Error> {
    let mut beside = Vec::new();
    for friend in merged.chain.inputs() {
        let one = friend_of(friend, merged, parameters, &candidate.table, candidate.described.rows, executor)?;
        candidate.described.join(&one.described, &one.prefix, &one.suffix);
        beside.push(one);
    }
    Ok((candidate, beside))
}

/// What a point of a grid makes: positions of its outputs, or what is wrong with it.
pub(super) type Points = Vec<Result<Range<usize>, Vec<Diagnostic>>>;

/// One table with its chain for many sets of parameters.
///
/// # Errors
/// Not one table (2), a chain that is wrong at every point (6), a file that is missing or damaged (4).
pub(super) fn grid_job(
    input: &Input,
    options: &Options,
    points: &[&Node],
    executor: &dyn Executor,
) -> Result<(Job, Points, Vec<Diagnostic>), Error> {
    let candidates = candidates_of(0, input, options, executor, &mut Vec::new())?;
    let mut found = candidates.into_iter().filter_map(|one| options.chains.of(&one.table).map(|merged| (one, merged)));
    let (Some((candidate, merged)), None) = (found.next(), found.next()) else {
        let problem = Diagnostic::new("usage", "a grid runs over one table").advice("name it with lh5_tables");
        return Err(Error { exit: 2, diagnostics: vec![problem] });
    };
    let (candidate, beside) = with_friends(candidate, merged, points.first().copied(), executor)?;
    let Candidate { input, file, table, described, rows } = candidate;
    let load = Arrays { executor, folders: folders(merged) };
    let planning = PlanOptions {
        outputs: options.outputs.as_deref(),
        allow_missing_outputs: options.allow_missing_outputs,
        load: Some(&load),
        ..PlanOptions::default()
    };
    let mut planned = plan_grid(&merged.chain, &described.table, &planning, points).map_err(Error::text)?;
    let (ranges, warnings) = (std::mem::take(&mut planned.points), std::mem::take(&mut planned.warnings));
    let graph = Arc::new(std::mem::replace(&mut planned.graph, nothing()));
    let (output, chain) = (tables::output_path(&table), Arc::clone(&merged.chain));
    let typed = Typed::Grid(planned);
    Ok((Job { input, file, table, output, described, rows, beside, graph, chain, typed, samplings: None }, ranges, warnings))
}

fn nothing() -> Graph {
    Graph { variables: Vec::new(), nodes: Vec::new(), inputs: Vec::new(), outputs: Vec::new() }
}

fn friend_of(
    friend: &ChainInput,
    merged: &Merged,
    parameters: Option<&Node>,
    table: &str,
    rows: u64,
    executor: &dyn Executor,
) -> Result<Beside, Error> {
    let (file, group) = friend.resolved(&merged.chain, parameters).map_err(|problem| Error::text(vec![problem]))?;
    let path = folders(merged).iter().map(|folder| folder.join(&file)).find(|path| path.exists());
    let path = path.unwrap_or_else(|| PathBuf::from(&file));
    let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
    let opened = lh5::open(&path).map_err(bad)?;
    let described = description::of_file(&opened, &group, executor).map_err(bad)?;
    if described.rows != rows {
        let message = format!("`{group}` of {} has {} rows, `{table}` has {rows}", path.display(), described.rows);
        return Err(Error::input(vec![Diagnostic::new("rows", message).file(path.display().to_string()).object(group)]));
    }
    Ok(Beside { file: opened, path, group, prefix: friend.prefix.clone(), suffix: friend.suffix.clone(), described })
}

/// Where relative names of a chain are looked for: here, as the peer does, then beside the chain.
fn folders(merged: &Merged) -> Vec<PathBuf> {
    let beside = merged.sources.iter().filter_map(|source| Path::new(source.name.as_ref()).parent());
    std::iter::once(PathBuf::new()).chain(beside.map(Path::to_owned)).collect()
}

/// Arrays of LH5 files that chains name.
struct Arrays<'a> {
    executor: &'a dyn Executor,
    folders: Vec<PathBuf>,
}

impl LoadArray for Arrays<'_> {
    fn load(&self, file: &str, path: &str) -> Result<(Element, Vec<usize>, Vec<f64>), String> {
        let at = self.folders.iter().map(|folder| folder.join(file)).find(|at| at.exists());
        let at = at.ok_or_else(|| format!("there is no file {file}"))?;
        let opened = lh5::open(&at).map_err(|error| error.to_string())?;
        let read = opened.read(path, &ReadOptions::default(), self.executor).map_err(|error| error.to_string())?;
        let (Content::Array(values) | Content::Scalar(values)) = &read.object.content else {
            return Err(format!("`{path}` of {file} is no array of numbers"));
        };
        let element = match &values.element {
            germane_formats::hdf5::Element::Number(number) => Element::from(*number),
            germane_formats::hdf5::Element::Bool => Element::Bool,
            _ => return Err(format!("`{path}` of {file} holds no numbers")),
        };
        let numbers = match (&values.element, values.bytes()) {
            (germane_formats::hdf5::Element::Bool, Some(bytes)) => bytes.iter().map(|byte| f64::from(*byte)).collect(),
            _ => description::numbers(values).ok_or_else(|| format!("`{path}` of {file} holds no numbers"))?,
        };
        Ok((element, values.shape.clone(), numbers))
    }
}

/// Channels by the names of parameters.
type ByNames<'a> = BTreeMap<Vec<String>, BTreeSet<&'a str>>;

fn add<'a>(to: &mut ByNames<'a>, channel: &'a str, names: Vec<String>) {
    if !names.is_empty() {
        to.entry(names).or_default().insert(channel);
    }
}

/// Which channels got defaults, and what of the database nobody asked for.
fn about_parameters(options: &Options, planned: &mut Planned) {
    let (mut defaulted, mut ignored): (ByNames<'_>, ByNames<'_>) = (BTreeMap::new(), BTreeMap::new());
    for job in &planned.jobs {
        let channel = tables::channel(&job.table).unwrap_or(&job.table);
        add(&mut defaulted, channel, job.defaults().to_vec());
        let parameters = options.database.as_ref().and_then(|database| database.of(&job.table));
        let unasked = match (parameters, &job.typed) {
            (Some(node), Typed::One(plan)) => database::unused(node, plan.parameters.keys()),
            _ => Vec::new(),
        };
        add(&mut ignored, channel, unasked);
    }
    let channels = |channels: BTreeSet<&str>| crate::inputs::list(&channels.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let mut notes = Vec::new();
    if let Some(database) = &options.database {
        for (names, of) in defaulted {
            notes.push(format!("defaults of the chain for {} of {}", crate::inputs::list(&names), channels(of)));
        }
        for (names, of) in ignored {
            notes.push(format!("no chain asks for {} of {}", crate::inputs::list(&names), channels(of)));
        }
        let unused = database.unused_channels(planned.jobs.iter().map(|job| job.table.as_str()));
        if !unused.is_empty() {
            notes.push(format!("the database has {}, which no table is called", crate::inputs::list(&unused)));
        }
    }
    planned.notes.extend(notes);
}
