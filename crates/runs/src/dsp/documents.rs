//! What is said about processed tables: provenance beside their files, the report, a table for a terminal.

use super::planning::Planned;
use super::run::{Counted, Input, Options};
use crate::cache::replace;
use crate::content_key::canonical;
use crate::error::Error;
use crate::pool::Pool;
use crate::raw::beside;
use crate::raw::identity;
use crate::report::{Clock, cpu_seconds, peak_mib, timestamp};
use germane_numerics::Executor;
use germane_reports::tables::{Cell, Table};
use germane_texts::Source;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

fn hashed(source: &Source) -> Value {
    let name = Path::new(source.name.as_ref()).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    json!({"name": name, "blake3": blake3::hash(source.text.as_bytes()).to_hex().to_string()})
}

fn name_of(input: &Input) -> String {
    match input {
        Input::File(path) => path.display().to_string(),
        Input::Table { name, .. } => name.clone(),
    }
}

fn identity_of(input: &Input) -> Option<String> {
    match input {
        Input::File(path) => identity(&path.display().to_string()),
        Input::Table { .. } => None,
    }
}

/// Writes `FILE.provenance.json` for every written file: no times, no paths of the machine.
pub(super) fn publish_provenance(
    inputs: &[Input],
    planned: &Planned,
    counted: &[Counted],
    options: &Options,
    written: &[(usize, PathBuf)],
) -> Result<(), Error> {
    let file_name = |path: &str| Path::new(path).file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let chains: Vec<Value> = options.chains.sources().into_iter().map(hashed).collect();
    for (input, path) in written {
        let mut products = Map::new();
        for (job, count) in planned.jobs.iter().zip(counted).filter(|(job, _)| job.input == *input) {
            let beside: Vec<Value> = (job.beside.iter())
                .map(|one| json!({"url": file_name(&one.path.display().to_string()), "object": one.group}))
                .collect();
            let made = json!({"table": job.table, "rows": count.rows, "defaults": job.defaults(), "beside": beside});
            products.insert(job.output.clone(), made);
        }
        let document = json!({
            "germane_provenance": 1, "command": "dsp", "products": products,
            "inputs": [{"url": file_name(&name_of(&inputs[*input])), "identity": identity_of(&inputs[*input])}],
            "chains": chains, "database": options.database.as_ref().map(|database| hashed(&database.source)),
            "outputs": options.outputs, "start": options.start, "rows": options.count,
            "versions": {"germane": env!("CARGO_PKG_VERSION")},
        });
        let mut bytes = canonical(&document);
        bytes.push(b'\n');
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        replace(folder, &beside(path), &bytes)?;
    }
    Ok(())
}

/// The `germane_report`.
pub(super) fn report(
    inputs: &[Input],
    planned: &Planned,
    counted: &[Counted],
    options: &Options,
    pool: &Pool,
    clock: &Clock,
) -> Value {
    let of = |input: usize| planned.jobs.iter().zip(counted).filter(move |(job, _)| job.input == input);
    let read: Vec<Value> = (inputs.iter().enumerate())
        .map(|(number, input)| {
            let entries: u64 = of(number).map(|(_, count)| count.rows).sum();
            let bytes = match input {
                Input::File(path) => std::fs::metadata(path).ok().map(|about| about.len()),
                Input::Table { .. } => None,
            };
            json!({"url": name_of(input), "identity": identity_of(input), "entries": entries, "bytes": bytes})
        })
        .collect();
    let outputs: Vec<Value> = (planned.jobs.iter().zip(counted))
        .map(|(job, count)| {
            let nan: Map<String, Value> =
                count.nan.iter().filter(|(_, n)| *n > 0).map(|(name, n)| (name.clone(), (*n).into())).collect();
            json!({
                "url": job.file, "table": job.table, "object": job.output, "rows": count.rows, "rows_with_nan": count.rows_with_nan,
                "nan": nan, "defaults": job.defaults(),
                "file": options.output.as_ref().map(|outputs| outputs[job.input].display().to_string()),
            })
        })
        .collect();
    let warnings: Vec<String> = planned.warnings.iter().map(ToString::to_string).chain(planned.notes.iter().cloned()).collect();
    json!({
        "germane_report": 1, "command": options.command, "exit": 0, "started": timestamp(clock.started),
        "wall_s": clock.instant.elapsed().as_secs_f64(), "cpu_s": cpu_seconds(), "peak_mib": peak_mib(),
        "versions": {"germane": env!("CARGO_PKG_VERSION")}, "engine": "threads", "threads": pool.width(),
        "inputs": read, "outputs": outputs, "skipped": [], "warnings": warnings, "excluded": [],
    })
}

/// Table of what was made.
pub(super) fn summary(planned: &Planned, counted: &[Counted], options: &Options) -> String {
    let mut table = Table::new(&["file", "object", "rows", "with NaN"]);
    for (job, count) in planned.jobs.iter().zip(counted) {
        let file = options.output.as_ref().map_or_else(String::new, |outputs| outputs[job.input].display().to_string());
        table.row(vec![
            file.as_str().into(),
            job.output.as_str().into(),
            Cell::Count(count.rows),
            Cell::Count(count.rows_with_nan),
        ]);
    }
    table.text(100)
}
