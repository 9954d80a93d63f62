//! Conversions of damaged raw files against `refs/legend-io/damaged.json`: what is whole is delivered, what is not is named, and
//! the exit code is that of the interface.

#[path = "../../formats/tests/shared/mod.rs"]
mod shared;

use germane_runs::Progress;
use germane_runs::raw::{Options, convert};
use serde_json::Value;
use shared::{Score, load, shared};
use std::path::Path;

/// Exit code, report, bytes that errors name.
fn converted(file: &Path) -> (i32, Value, Vec<u64>) {
    let options = Options { threads: 1, ..Options::new(file.with_file_name("out.lh5")) };
    match convert(&[file.display().to_string()], &options, &Progress::default()) {
        Ok(outcome) => {
            let skipped = outcome.report["skipped"].as_array().into_iter().flatten();
            let places = skipped.filter_map(|s| s["byte"].as_u64()).collect();
            (outcome.exit, outcome.report, places)
        }
        Err(error) => (error.exit, Value::Null, error.diagnostics.iter().filter_map(|d| d.byte).collect()),
    }
}

/// The bytes of a recipe: cuts, flips, replacements, removals, insertions.
fn damaged(mut bytes: Vec<u8>, operations: &Value) -> Vec<u8> {
    let hex =
        |text: &str| (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect::<Vec<u8>>();
    for operation in operations.as_array().unwrap() {
        let number = |i: usize| operation[i].as_u64().unwrap() as usize;
        match operation[0].as_str().unwrap() {
            "cut" => bytes.truncate(number(1)),
            "flip" => bytes[number(1)] ^= number(2) as u8,
            "set" => {
                let new = hex(operation[2].as_str().unwrap());
                bytes[number(1)..number(1) + new.len()].copy_from_slice(&new);
            }
            "drop" => drop(bytes.drain(number(1)..number(1) + number(2))),
            "insert" => drop(bytes.splice(number(1)..number(1), hex(operation[2].as_str().unwrap()))),
            other => panic!("operation {other}"),
        }
    }
    bytes
}

/// Rows that a report says were written of the decoders of waveforms.
fn rows(report: &Value, kind: Option<&str>) -> u64 {
    let outputs = report["outputs"].as_array().into_iter().flatten();
    let wanted = |decoder: &str| kind.map_or(decoder.contains("Event"), |kind| decoder == kind);
    outputs.filter(|o| wanted(o["decoder"].as_str().unwrap())).filter_map(|o| o["rows"].as_u64()).sum()
}

#[test]
fn damaged_streams_give_what_is_whole() {
    let Some(root) = shared() else { return };
    let data = root.join("data/legend-io");
    let mut score = Score::default();
    for case in load(&root.join("refs/legend-io/damaged.json")).as_array().unwrap() {
        let (name, base) = (case["name"].as_str().unwrap(), case["base"].as_str().unwrap());
        if base.ends_with(".h5") || base.ends_with(".lh5") {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = Path::new(base).file_name().unwrap().to_str().unwrap();
        std::fs::write(folder.path().join(file), damaged(std::fs::read(data.join(base)).unwrap(), &case["do"])).unwrap();
        let (exit, report, places) = converted(&folder.path().join(file));
        let due = if case["report"].is_null() { 0 } else { case["exit"].as_i64().unwrap_or(3) as i32 };
        score.check(exit == due, || format!("{name}: exit {exit} where {due} is due: {report}"));
        // Traces of an event are rows; the first config says how many there are.
        let per_event = if base.contains("spms") { 6 } else { 1 };
        let delivered = case["deliver"]["events"].as_u64().map(|n| n * per_event).or(case["deliver"]["rows"].as_u64()).unwrap();
        let got = rows(&report, case["kind"].as_str());
        let resynchronised = case["note"].as_str().is_some_and(|n| n.contains("may be delivered"));
        let enough = got == delivered || resynchronised && got > delivered;
        score.check(enough, || format!("{name}: {got} rows where {delivered} are due"));
        if let Some(offset) = case["report"]["offset"].as_u64() {
            score.check(places.contains(&offset), || format!("{name}: {places:?} do not name byte {offset}"));
        }
        score
            .check(case["report"].is_null() || due != 3 || folder.path().join("out.lh5").exists(), || format!("{name}: no file"));
    }
    score.report("legend-io/damaged.json");
    assert!(score.failed.is_empty());
}
