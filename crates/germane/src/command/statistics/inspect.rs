//! `germane inspect`.

use super::super::options::InspectArguments;
use super::super::print::{Console, Stop};
use super::workspace;
use germane_reports::Table;
use germane_reports::tables::Cell;
use serde_json::Value;

pub(in super::super) fn inspect(console: &Console, arguments: &InspectArguments) -> Result<i32, Stop> {
    let (source, opened) = workspace::opened(&arguments.model)?;
    let document = germane_runs::inspect_model(Some(&source), &opened)?;
    if console.json {
        console.document(&document)?;
        return Ok(0);
    }
    let list = |key: &str| document[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let counts = ["channels", "samples", "modifiers", "parameters"].map(|key| format!("{} {key}", list(key).len()));
    console.out(&format!("{}: {}, {}\n\n", source.name, text(&document["format"]), counts.join(", ")))?;
    let mut table = Table::new(&["channel", "bins", "observed", "sample", "expected", "modifiers"]);
    for channel in list("channels") {
        let mut cells = vec![text(&channel["name"]).into(), cell(&channel["bins"]), cell(&channel["observed"])];
        let samples = channel["samples"].as_array().cloned().unwrap_or_default();
        if samples.is_empty() {
            cells.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
            table.row(cells);
            continue;
        }
        for sample in samples {
            let modifiers = sample["modifiers"].as_array().cloned().unwrap_or_default();
            let names = modifiers.iter().map(|one| format!("{} ({})", text(&one["name"]), text(&one["type"])));
            let names: Vec<String> = names.collect();
            cells.extend([text(&sample["name"]).into(), cell(&sample["expected"]), shortened(&names).into()]);
            table.row(std::mem::replace(&mut cells, vec![Cell::Empty, Cell::Empty, Cell::Empty]));
        }
    }
    console.out(&table.text(Console::room()))?;
    let mut table = Table::new(&["parameter", "start", "lower", "upper", "constraint", ""]);
    for parameter in list("parameters") {
        let constraint = &parameter["constraint"];
        let described = constraint.as_object().map(|entries| {
            let numbers =
                entries.iter().filter(|(key, _)| *key != "type").map(|(key, value)| format!("{key} {}", cell(value).text()));
            format!("{} ({})", text(&constraint["type"]), numbers.collect::<Vec<_>>().join(", "))
        });
        let note = match (parameter["fixed"].as_bool(), parameter["name"] == document["poi"]) {
            (Some(true), _) => "fixed",
            (_, true) => "of interest",
            _ => "",
        };
        table.row(vec![
            text(&parameter["name"]).into(),
            cell(&parameter["start"]),
            cell(&parameter["lower"]),
            cell(&parameter["upper"]),
            described.unwrap_or_default().into(),
            note.into(),
        ]);
    }
    console.out("\n")?;
    console.out(&table.text(Console::room()))?;
    let measurements = list("measurements");
    if !measurements.is_empty() {
        let mut table = Table::new(&["measurement", "of interest"]);
        for one in measurements {
            let interest: Vec<String> = one["poi"].as_array().into_iter().flatten().map(text).collect();
            table.row(vec![text(&one["name"]).into(), interest.join(", ").into()]);
        }
        console.out("\n")?;
        console.out(&table.text(Console::room()))?;
    }
    for warning in &opened.warnings {
        console.note(&format!("note: {warning}"));
    }
    Ok(0)
}

fn cell(value: &Value) -> Cell {
    match (value.as_u64(), value.as_f64(), value.as_str()) {
        (Some(count), ..) => count.into(),
        (_, Some(number), _) => number.into(),
        (_, _, Some(word)) => word.into(),
        _ => Cell::Empty,
    }
}

/// The first of many names, and how many there are.
fn shortened(names: &[String]) -> String {
    const MOST: usize = 6;
    if names.len() <= MOST {
        return names.join(", ");
    }
    format!("{}, … ({} in all)", names[..MOST].join(", "), names.len())
}
