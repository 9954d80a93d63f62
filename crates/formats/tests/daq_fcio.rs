//! FCIO streams against the references: what tables hold, and what is left of damaged files.

#[path = "shared/raw_tables.rs"]
mod raw_tables;
#[path = "shared/mod.rs"]
mod references;

use germane_formats::daq::{self, Options};
use germane_formats::lh5::{Content, Object};
use germane_formats::source::ByteStream;
use raw_tables::{Listed, Tables, difference, hex, list, open};
use references::{Score, load, shared};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::{fs, path::Path};

fn listed(name: &str, object: &Object) -> BTreeMap<String, Listed> {
    let mut all = BTreeMap::new();
    list(name, object, &mut all);
    all
}

/// `raw.json`, conversions of plain FCIO without an output specification.
#[test]
fn default_tables_of_fcio_files_equal_the_reference() {
    let Some(shared) = shared() else { return };
    let (cases, mut score) = (load(&shared.join("refs/legend-io/raw.json")), Score::default());
    for (name, case) in cases.as_object().unwrap() {
        let file = case["file"].as_str().unwrap();
        if !file.starts_with("fcio") || !name.ends_with("_default") {
            continue;
        }
        let mut reader = open(&shared.join("data/legend-io").join(file)).unwrap();
        let mut tables = Tables::of(&mut *reader);
        let due = case["outputs"]["out.lh5"].as_object().unwrap();
        let mut ours = BTreeMap::new();
        for decoder in tables.decoders() {
            let object = tables.take(decoder, "").unwrap();
            ours.append(&mut listed(decoder.trim_end_matches("Decoder"), &object));
        }
        for (path, reference) in due {
            let Some(found) = ours.get(path) else {
                score.check(false, || format!("{name} {path}: is not there"));
                continue;
            };
            let unstable = reference.get("unstable").is_some();
            if path.ends_with("fpga_time_nsec") {
                // u8, because the peer's u4 is over after 4.3 s: the low words are the peer's.
                let (dtype, _, bytes) = found.values.as_ref().unwrap();
                let low: Vec<u8> = bytes.chunks(8).flat_map(|b| b[..4].to_vec()).collect();
                let low = hex(&Sha256::digest(low)[..16]);
                let same = dtype == "<u8" && reference["sha256"].as_str() == Some(&low);
                score.check(same, || format!("{name} {path}"));
                continue;
            }
            let problem = difference(found, reference).filter(|_| !unstable);
            score.check(problem.is_none(), || format!("{name} {path}: {}", problem.unwrap()));
        }
        for path in ours.keys() {
            score.check(due.contains_key(path), || format!("{name} {path}: is too much"));
        }
        check_config(name, &tables.objects["FCConfigDecoder"], &case["FCConfig_truth"], &mut score);
    }
    score.report("legend-io/raw.json (FCIO, default output)");
    assert!(score.failed.is_empty() && score.passed > 0);
}

/// The configuration is one struct of i4 scalars and the trace map.
fn check_config(case: &str, object: &Object, truth: &Value, score: &mut Score) {
    let Content::Struct(members) = &object.content else { panic!("a struct") };
    let truth = truth.as_object().unwrap();
    score.check(members.len() == truth.len(), || format!("{case} FCConfig has {} members", members.len()));
    for (name, due) in truth {
        let (Content::Scalar(values) | Content::Array(values)) = &members[name].content else { panic!("values") };
        let bytes = values.bytes().unwrap().as_slice();
        let numbers: Vec<i64> = bytes.chunks(4).map(|b| i64::from(u32::from_le_bytes(b.try_into().unwrap()))).collect();
        let due: Vec<i64> =
            due.as_array().map_or_else(|| vec![due.as_i64().unwrap()], |a| a.iter().map(|n| n.as_i64().unwrap()).collect());
        score.check(numbers == due, || format!("{case} FCConfig/{name}: {numbers:?}"));
    }
}

fn number(listed: &Listed, row: usize) -> f64 {
    let (dtype, _, bytes) = listed.values.as_ref().unwrap();
    macro_rules! at {
        ($ty:ty) => {{
            let size = size_of::<$ty>();
            <$ty>::from_le_bytes(bytes[row * size..(row + 1) * size].try_into().unwrap()) as f64
        }};
    }
    match dtype.as_str() {
        "<u2" => at!(u16),
        "<u4" => at!(u32),
        "<i4" => at!(i32),
        "<i8" => at!(i64),
        "<f8" => at!(f64),
        other => panic!("{other}"),
    }
}

/// `made_raw.json`: 12 bits, gps, dead intervals, an unknown record.
#[test]
fn made_fcio_files_hold_what_was_put_in() {
    let Some(shared) = shared() else { return };
    let (cases, mut score) = (load(&shared.join("refs/legend-io/made_raw.json")), Score::default());
    for (file, case) in cases.as_object().unwrap().iter().filter(|(file, _)| file.ends_with(".fcio")) {
        let mut reader = open(&shared.join("data/legend-io/made_raw").join(file)).unwrap();
        let mut tables = Tables::of(&mut *reader);
        let ours = listed("t", &tables.take("FCEventDecoder", "").unwrap());
        for (column, due) in case["columns"].as_object().unwrap() {
            let due: Vec<f64> = due.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
            let found = &ours[&format!("t/{column}")];
            let found: Vec<f64> = (0..due.len()).map(|row| number(found, row)).collect();
            score.check(found == due, || format!("{file} {column}: {found:?} {due:?}"));
        }
        let (_, shape, bytes) = ours["t/waveform/values"].values.as_ref().unwrap();
        let sha = hex(&Sha256::digest(bytes));
        score.check(sha == case["waveform_values_sha256"] && shape[0] as u64 == case["rows"], || format!("{file} samples"));
        // 250 MHz.
        score.check(f32::from_le_bytes(ours["t/waveform/dt"].values.as_ref().unwrap().2[..4].try_into().unwrap()) == 4.0, || {
            format!("{file} dt")
        });
        score.check(
            reader.gaps().is_empty() && reader.unclaimed().iter().any(|(kind, n)| kind == "unknown_77" && *n == 1),
            || format!("{file} {:?} {:?}", reader.gaps(), reader.unclaimed()),
        );
    }
    score.report("legend-io/made_raw.json (FCIO)");
    assert!(score.failed.is_empty() && score.passed > 0);
}

/// Bytes after the operations of a recipe.
pub(crate) fn damaged(mut bytes: Vec<u8>, recipe: &Value) -> Vec<u8> {
    let hex = |text: &Value| -> Vec<u8> {
        let text = text.as_str().unwrap();
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
    };
    for step in recipe.as_array().unwrap() {
        let at = step[1].as_u64().unwrap() as usize;
        match step[0].as_str().unwrap() {
            "cut" => bytes.truncate(at),
            "flip" => bytes[at] ^= step[2].as_u64().unwrap() as u8,
            "set" => {
                let new = hex(&step[2]);
                bytes[at..at + new.len()].copy_from_slice(&new);
            }
            "drop" => drop(bytes.drain(at..at + step[2].as_u64().unwrap() as usize)),
            "insert" => drop(bytes.splice(at..at, hex(&step[2]))),
            other => panic!("{other}"),
        }
    }
    bytes
}

/// Events of a table, by number, with all bytes of their rows.
fn events(tables: &mut Tables) -> BTreeMap<i64, Vec<Vec<u8>>> {
    let Some(object) = tables.take("FCEventDecoder", "") else { return BTreeMap::new() };
    let ours = listed("t", &object);
    let numbers = &ours["t/eventnumber"];
    let rows = numbers.values.as_ref().unwrap().1[0];
    let mut events: BTreeMap<i64, Vec<Vec<u8>>> = BTreeMap::new();
    for row in 0..rows {
        let mut all = Vec::new();
        // Numbers of packets move where a record was lost.
        for (path, column) in &ours {
            if let Some((_, _, bytes)) = column.values.as_ref().filter(|_| !path.ends_with("packet_id")) {
                let size = bytes.len() / rows;
                all.extend_from_slice(&bytes[row * size..(row + 1) * size]);
            }
        }
        events.entry(number(numbers, row) as i64).or_default().push(all);
    }
    events
}

fn stream(name: &str, bytes: &[u8]) -> ByteStream {
    ByteStream::unpacking(name, Box::new(std::io::Cursor::new(bytes.to_vec())))
}

fn whole_events(path: &Path) -> BTreeMap<i64, Vec<Vec<u8>>> {
    events(&mut Tables::of(&mut *open(path).unwrap()))
}

/// `damaged.json`, FCIO.
#[test]
fn damaged_fcio_files_give_whole_events_and_say_what_is_lost() {
    let Some(shared) = shared() else { return };
    let (cases, mut score) = (load(&shared.join("refs/legend-io/damaged.json")), Score::default());
    for case in cases.as_array().unwrap() {
        let (name, base) = (case["name"].as_str().unwrap(), case["base"].as_str().unwrap());
        if !name.starts_with("fcio") {
            continue;
        }
        let path = shared.join("data/legend-io").join(base);
        let whole = whole_events(&path);
        let bytes = damaged(fs::read(&path).unwrap(), &case["do"]);
        let sha = hex(&Sha256::digest(&bytes));
        assert_eq!(sha, case["sha256"].as_str().unwrap(), "{name}");
        let due = case["deliver"]["events"].as_u64().unwrap() as usize;
        let at = case["report"].get("offset").and_then(Value::as_u64);
        let fatal = case.get("exit").is_some();
        match daq::open_stream(stream(base, &bytes), &Options::default()) {
            Err(error) => score.check(due == 0 && fatal && error.byte == at, || format!("{name}: {error}")),
            Ok(mut reader) => {
                let mut tables = Tables::of(&mut *reader);
                let found = events(&mut tables);
                let right = found.iter().all(|(event, rows)| whole.get(event) == Some(rows));
                score.check(right, || format!("{name}: rows of an event are not its own"));
                // Where the recipe allows it, records behind the damage are found again.
                let enough = if case.get("note").is_some() { found.len() >= due } else { found.len() == due };
                score.check(enough, || format!("{name}: {} events of {due}", found.len()));
                let gaps = reader.gaps();
                score.check(gaps.first().map(|gap| gap.offset) == at, || format!("{name}: {gaps:?}"));
                score.check(gaps.iter().any(|gap| gap.fatal) == fatal, || format!("{name}: {gaps:?}"));
                let lost = gaps.iter().map(|gap| gap.bytes).sum::<u64>();
                score.check(at.is_none() == (lost == 0), || format!("{name}: {gaps:?}"));
            }
        }
    }
    score.report("legend-io/damaged.json (FCIO)");
    assert!(score.failed.is_empty() && score.passed > 0);
}
