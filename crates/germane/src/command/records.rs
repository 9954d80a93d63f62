//! `germane records`: what lies in a raw stream, record by record, without decoding it.

use super::options::RecordsArguments;
use super::print::{Console, Stop};
use germane_formats::daq::{self, Gap, Record};
use germane_reports::Table;
use germane_runs::{Error, exit, file_diagnostic};
use serde_json::{Map, Value, json};

pub(super) fn records(console: &Console, arguments: &RecordsArguments) -> Result<i32, Stop> {
    let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
    let (records, gaps) = daq::records(&arguments.input, &daq::Options::default()).map_err(bad)?;
    if console.json {
        console.document(&document(&arguments.input, &records, &gaps))?;
    } else {
        console.out(&table(&records).text(Console::width()))?;
    }
    for gap in &gaps {
        let end = if gap.fatal { "; nothing behind it was read" } else { "" };
        console.note(&format!("skipped: at byte {}: {} ({} bytes){end}", gap.offset, gap.reason, gap.bytes));
    }
    Ok(if gaps.iter().any(|gap| gap.fatal) {
        exit::INPUT
    } else if gaps.is_empty() {
        0
    } else {
        exit::EXCLUDED
    })
}

fn table(records: &[Record]) -> Table {
    let mut table = Table::new(&["byte", "size", "kind", "sha256", "details"]);
    for record in records {
        let details: Vec<String> = record.details.iter().map(|(name, value)| format!("{name} {}", short(value))).collect();
        table.row(vec![
            record.offset.into(),
            record.size.into(),
            record.kind.as_str().into(),
            record.sha.as_str().into(),
            details.join(", ").as_str().into(),
        ]);
    }
    table
}

/// A value in a cell: the first items of a long list.
fn short(value: &Value) -> String {
    match value {
        Value::Array(items) if items.len() > 6 => {
            let first: Vec<String> = items.iter().take(4).map(Value::to_string).collect();
            format!("[{}, … {} in all]", first.join(","), items.len())
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn document(input: &str, records: &[Record], gaps: &[Gap]) -> Value {
    let mut kinds: Map<String, Value> = Map::new();
    let mut list = Vec::new();
    for record in records {
        let n = kinds.get(&record.kind).and_then(Value::as_u64).unwrap_or(0);
        kinds.insert(record.kind.clone(), (n + 1).into());
        let mut entry = Map::new();
        entry.insert("offset".into(), record.offset.into());
        entry.insert("size".into(), record.size.into());
        entry.insert("kind".into(), record.kind.as_str().into());
        entry.extend(record.details.clone());
        entry.insert("sha".into(), record.sha.as_str().into());
        list.push(Value::Object(entry));
    }
    let gaps: Vec<Value> =
        gaps.iter().map(|g| json!({"byte": g.offset, "bytes": g.bytes, "reason": g.reason, "fatal": g.fatal})).collect();
    json!({"germane_records": 1, "file": input, "n": records.len(), "kinds": kinds, "skipped": gaps, "list": list})
}
