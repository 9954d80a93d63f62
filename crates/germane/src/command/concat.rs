//! `germane concat`.

use super::options::ConcatArguments;
use super::print::{Console, Stop};
use super::progress::ProgressLine;
use super::run::stop_on_interrupt;
use germane_reports::Table;
use germane_runs::Progress;
use germane_runs::concat::{Options, concatenate};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn concat(console: &Console, arguments: &ConcatArguments) -> Result<i32, Stop> {
    if arguments.output.exists() && !arguments.force {
        let message = format!("{} is there", arguments.output.display());
        return Err(super::usage(message, "replace it with `--force`").into());
    }
    if arguments.inputs.contains(&arguments.output) {
        return Err(super::usage(format!("{} is an input", arguments.output.display()), "give another output").into());
    }
    let options = Options {
        include: arguments.include.clone(),
        exclude: arguments.exclude.clone(),
        threads: arguments.threads.unwrap_or(0),
    };
    let progress = Arc::new(Progress::default());
    stop_on_interrupt(&progress)?;
    let line = console.shows_progress().then(|| ProgressLine::start(Arc::clone(&progress), "objects"));
    let outcome = concatenate(&arguments.inputs, &arguments.output, &options, &progress);
    drop(line);
    let outcome = outcome?;
    if console.json {
        let objects: Vec<Value> = outcome.objects.iter().map(|(object, rows)| json!({"object": object, "rows": rows})).collect();
        let file = arguments.output.display().to_string();
        console.document(&json!({"germane_concat": 1, "file": file, "objects": objects, "warnings": outcome.notes}))?;
    } else {
        let mut table = Table::new(&["object", "rows"]);
        outcome.objects.iter().for_each(|(object, rows)| table.row(vec![object.as_str().into(), (*rows).into()]));
        console.out(&table.text(Console::width()))?;
    }
    for note in &outcome.notes {
        console.note(&format!("note: {note}"));
    }
    Ok(0)
}
