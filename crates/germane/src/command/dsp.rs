//! `germane dsp`: raw tables through processing chains; `germane plan CHAIN --on RAW`; `germane show RAW --entry N --chain CHAIN`.

use super::figure;
use super::options::{DspArguments, ShowArguments, TableArguments};
use super::print::{Console, Stop};
use super::progress::ProgressLine;
use super::run::stop_on_interrupt;
use germane_reports::Table;
use germane_reports::recipes::Place;
use germane_runs::dsp::{Chains, Database, Input, Options, Trace, WriteMode, build, listings, trace};
use germane_runs::{Error, Progress};
use germane_texts::{Diagnostic, Source};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn dsp(console: &Console, arguments: &DspArguments) -> Result<i32, Stop> {
    let mut options = tables(&arguments.tables)?;
    let mut chains = match arguments.config.as_slice() {
        [] => Chains::default(),
        paths => Chains::one(texts(paths)?).map_err(Error::text)?,
    };
    if let Some(path) = &arguments.chan_config {
        chains.read_patterns(&text(path)?, &text)?;
    }
    options.chains = chains;
    options.outputs = (!arguments.outputs.is_empty()).then(|| arguments.outputs.clone());
    options.count = arguments.rows;
    options.threads = arguments.threads.unwrap_or(0);
    options.command = std::env::args().skip(1).collect();
    options.mode = match (arguments.overwrite, arguments.update, arguments.append) {
        (true, ..) => WriteMode::Replace,
        (_, true, _) => WriteMode::Update,
        (.., true) => WriteMode::Append,
        _ => WriteMode::New,
    };
    let inputs: Vec<Input> = arguments.inputs.iter().cloned().map(Input::File).collect();
    if arguments.list {
        return list(console, &inputs, &options);
    }
    options.output = Some(outputs(arguments));
    let progress = Arc::new(Progress::default());
    stop_on_interrupt(&progress)?;
    let line = console.shows_progress().then(|| ProgressLine::start(Arc::clone(&progress), "tables"));
    let outcome = build(&inputs, &options, &progress);
    drop(line);
    let outcome = outcome?;
    if console.json {
        console.document(&outcome.report)?;
    } else {
        console.out(&outcome.summary)?;
    }
    warn(console, &outcome.warnings);
    for note in &outcome.notes {
        console.note(&format!("note: {note}"));
    }
    Ok(outcome.exit)
}

pub(super) fn plan(console: &Console, chain: &Path, raw: &Path, arguments: &TableArguments) -> Result<i32, Stop> {
    let mut options = tables(arguments)?;
    options.chains = Chains::one(texts(std::slice::from_ref(&chain.to_owned()))?).map_err(Error::text)?;
    let (planned, warnings) = listings(&[Input::File(raw.to_owned())], &options)?;
    if console.json {
        let tables: Vec<Value> =
            planned.iter().map(|one| json!({"file": one.file, "table": one.table, "plan": one.listing})).collect();
        console.document(&json!({"germane_chain_plan": 1, "tables": tables}))?;
    } else {
        let mut told: Vec<&str> = Vec::new();
        for one in &planned {
            // Tables of the same form and parameters have the same plan.
            let same = told.iter().position(|listing| *listing == one.listing);
            let shown = same.map_or_else(|| one.listing.clone(), |i| format!("  as {}\n", planned[i].table));
            told.push(&one.listing);
            console.out(&format!("{}:{}\n{shown}", one.file, one.table))?;
        }
    }
    warn(console, &warnings);
    Ok(0)
}

/// One entry with every step of its chain: a picture, the figure as a document, or a table of what was found.
pub(super) fn show(
    console: &Console,
    file: &str,
    table: Option<&str>,
    entry: u64,
    arguments: &ShowArguments,
) -> Result<i32, Stop> {
    let database = arguments.database.as_deref().map(text).transpose()?;
    let options = Options {
        tables: table.map(|name| vec![name.to_owned()]),
        chains: Chains::one(texts(&arguments.chain)?).map_err(Error::text)?,
        database: database.map(|source| Database::read(&source)).transpose().map_err(Error::text)?,
        ..Options::default()
    };
    let traced = trace(&Input::File(file.into()), &options, entry)?;
    warn(console, &traced.warnings);
    let drawn = traced.figure();
    if let Some(path) = &arguments.output {
        figure::write(&drawn, path)?;
    }
    if console.json {
        console.out(&drawn.to_json())?;
    } else if arguments.output.is_none() {
        console.out(&found(&traced).text(Console::width()))?;
    }
    Ok(0)
}

/// Numbers of an entry with the waveforms on which they were found.
fn found(traced: &Trace) -> Table {
    let mut table = Table::new(&["name", "value", "unit", "found on"]);
    let mut row = |name: &str, value: f64, unit: Option<&str>, on: &str| {
        table.row(vec![name.into(), value.into(), unit.unwrap_or_default().into(), on.into()]);
    };
    for stage in &traced.stages {
        for mark in &stage.marks {
            match &mark.place {
                Place::Times(times) => {
                    times.iter().for_each(|time| row(&mark.name, *time, Some(&traced.time_unit), &stage.name));
                }
                Place::Point(_, value) | Place::Height(value) | Place::Number(value) => {
                    row(&mark.name, *value, mark.unit.as_deref(), &stage.name);
                }
            }
        }
    }
    for number in &traced.others {
        row(&number.name, number.value, number.unit.as_deref(), number.on.as_deref().unwrap_or_default());
    }
    table
}

fn list(console: &Console, inputs: &[Input], options: &Options) -> Result<i32, Stop> {
    let (planned, warnings) = listings(inputs, options)?;
    if console.json {
        let tables: Vec<Value> = (planned.iter())
            .map(|one| json!({"file": one.file, "table": one.table, "object": one.output, "rows": one.rows, "outputs": one.outputs}))
            .collect();
        console.document(&json!({"germane_dsp_list": 1, "tables": tables}))?;
    } else {
        let mut table = Table::new(&["file", "table", "object", "rows", "outputs"]);
        for one in &planned {
            let row = [&one.file, &one.table, &one.output].map(|text| text.as_str().into());
            table.row(row.into_iter().chain([one.rows.into(), one.outputs.join(" ").as_str().into()]).collect());
        }
        console.out(&table.text(Console::width()))?;
    }
    warn(console, &warnings);
    Ok(0)
}

fn warn(console: &Console, warnings: &[Diagnostic]) {
    if !warnings.is_empty() {
        console.note(germane_texts::render(warnings, false).trim_end());
    }
}

fn tables(arguments: &TableArguments) -> Result<Options, Error> {
    let database = arguments.database.as_deref().map(text).transpose()?;
    Ok(Options {
        tables: (!arguments.groups.is_empty()).then(|| arguments.groups.clone()),
        base_group: arguments.base_group.clone(),
        database: database.map(|source| Database::read(&source)).transpose().map_err(Error::text)?,
        allow_missing_outputs: arguments.allow_missing_outputs,
        ..Options::default()
    })
}

/// One file for each input: the one that was named, or `STEM_dsp.lh5` in the folder that was named.
fn outputs(arguments: &DspArguments) -> Vec<PathBuf> {
    let named = |folder: &Path, input: &Path| {
        let stem = input.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        folder.join(format!("{stem}_dsp.lh5"))
    };
    match (&arguments.output, arguments.inputs.as_slice()) {
        (Some(output), [input]) if output.is_dir() => vec![named(output, input)],
        (Some(output), [_]) => vec![output.clone()],
        (folder, inputs) => {
            let folder = folder.clone().unwrap_or_default();
            inputs.iter().map(|input| named(&folder, input)).collect()
        }
    }
}

fn texts(paths: &[PathBuf]) -> Result<Vec<Source>, Error> {
    paths.iter().map(|path| text(path)).collect()
}

fn text(path: &Path) -> Result<Source, Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let diagnostic = Diagnostic::new("file", format!("{name}: {error}"));
        Error::input(vec![diagnostic.advice("give the path of a JSON or YAML file")])
    })?;
    Ok(Source::new(name, text))
}
