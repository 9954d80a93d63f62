//! Record lists of raw files against `records.json`.

#[path = "shared/raw_tables.rs"]
mod raw_tables;
#[path = "shared/mod.rs"]
mod references;

use germane_formats::daq::{self, Gap, Options, Record};
use germane_formats::{Error, Kind};
use references::{Score, load, shared};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// One record with the keys of the reference.
fn shown(record: &Record) -> Value {
    let mut shown = record.details.clone();
    shown.insert("offset".to_owned(), json!(record.offset));
    shown.insert("size".to_owned(), json!(record.size));
    shown.insert("kind".to_owned(), json!(record.kind));
    shown.insert("sha".to_owned(), json!(record.sha));
    Value::Object(shown)
}

fn check(file: &str, found: &(Vec<Record>, Vec<Gap>), due: &Value, score: &mut Score) {
    let (records, gaps) = found;
    score.check(due["n"] == records.len(), || format!("{file}: {} records of {}", records.len(), due["n"]));
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    let mut sum = Sha256::new();
    for record in records {
        *kinds.entry(&record.kind).or_default() += 1;
        sum.update(format!("{},{},{},{};", record.offset, record.size, record.kind, record.sha));
    }
    score.check(json!(kinds) == due["kinds"], || format!("{file}: {kinds:?}"));
    let sum = raw_tables::hex(&sum.finalize());
    score.check(sum == due["all_sha"], || format!("{file}: all_sha"));
    let damage = due["damage"].get(0).and_then(Value::as_u64);
    score.check(gaps.first().map(|gap| gap.offset) == damage, || format!("{file}: {gaps:?}"));
    let list = due["list"].as_array().unwrap();
    let shown_first = if due["records"] == "all" { list.len() } else { 25 };
    for (i, due) in list.iter().enumerate() {
        let at = if i < shown_first { Some(i) } else { (records.len() + i).checked_sub(list.len()) };
        let record = at.and_then(|at| records.get(at)).map(shown);
        score.check(record.as_ref() == Some(due), || format!("{file} record {i}: {record:?} {due}"));
    }
}

#[test]
fn record_lists_equal_the_reference() {
    let Some(shared) = shared() else { return };
    let (files, mut score) = (load(&shared.join("refs/legend-io/records.json")), Score::default());
    for (file, due) in files.as_object().unwrap() {
        let path = shared.join("data/legend-io").join(file);
        match daq::records(path.to_str().unwrap(), &Options::default()) {
            Ok(found) => check(file, &found, due, &mut score),
            Err(error) if error.kind == Kind::Unsupported => score.wait("formats that are not read yet"),
            Err(error) => score.check(false, || format!("{file}: {error}")),
        }
    }
    score.report("legend-io/records.json");
    assert!(score.failed.is_empty() && score.passed > 0);
}

#[test]
fn a_missing_file_has_no_records() {
    let error: Error = daq::records("/nowhere/run1.fcio", &Options::default()).unwrap_err();
    assert_eq!(error.kind, Kind::Gone);
}
