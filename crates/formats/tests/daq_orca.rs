//! ORCA, CoMPASS and llamaDAQ streams against the references: what tables hold, and what is left of damaged files.

#[path = "shared/raw_groups.rs"]
mod raw_groups;
#[path = "shared/raw_tables.rs"]
mod raw_tables;
#[path = "shared/mod.rs"]
mod references;

use germane_formats::daq::{self, Options};
use germane_formats::hdf5::ValueData;
use germane_formats::lh5::{Content, Object};
use germane_formats::source::ByteStream;
use raw_groups::{Groups, apply};
use raw_tables::{Listed, difference, list};
use references::{Score, load, shared};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;

const FORMATS: [&str; 4] = ["orca/", "compass/", "llama/", "made_raw/"];

/// So many hex digits of SHA-256.
fn hex(bytes: &[u8], digits: usize) -> String {
    digest(Sha256::new_with_prefix(bytes))[..digits].to_owned()
}

fn digest(hash: Sha256) -> String {
    let text = |mut text: String, byte: &u8| {
        text.push_str(&format!("{byte:02x}"));
        text
    };
    hash.finalize().iter().fold(String::new(), text)
}

/// Texts, by path: they have digests of their own in the references.
fn texts(path: &str, object: &Object, into: &mut BTreeMap<String, String>) {
    match &object.content {
        Content::Scalar(values) => {
            if let ValueData::Texts { bytes, .. } = &values.data {
                into.insert(path.to_owned(), String::from_utf8(bytes.to_vec()).unwrap());
            }
        }
        Content::Struct(members) => members.iter().for_each(|(name, member)| texts(&format!("{path}/{name}"), member, into)),
        _ => {}
    }
}

/// `raw.json`, conversions without an output specification.
#[test]
fn default_tables_equal_the_reference() {
    let Some(shared) = shared() else { return };
    let (cases, mut score) = (load(&shared.join("refs/legend-io/raw.json")), Score::default());
    for (name, case) in cases.as_object().unwrap() {
        let (file, data) = (case["file"].as_str().unwrap(), shared.join("data/legend-io"));
        let is_default = name.ends_with("_default") || name == "compass_settings" || name.ends_with("_buffer_200");
        if !FORMATS.iter().any(|format| file.starts_with(format)) || !is_default {
            continue;
        }
        let mut options = Options::default();
        options.compass_settings = case["args"]["compass_config_file"].as_str().map(|path| data.join(path));
        let mut reader = daq::open(data.join(file).to_str().unwrap(), &options).unwrap();
        let groups = Groups::of(&mut *reader);
        let (mut ours, mut ours_texts) = (BTreeMap::new(), BTreeMap::new());
        for (name, object) in groups.named(reader.decoders()) {
            list(&name, &object, &mut ours);
            texts(&name, &object, &mut ours_texts);
        }
        let due = case["outputs"]["out.lh5"].as_object().unwrap();
        for (path, reference) in due {
            // A key with a slash makes a folder.
            let folder = format!("{path}/");
            if !ours.contains_key(path) && ours.keys().any(|ours| ours.starts_with(&folder)) {
                continue;
            }
            let Some(found) = ours.get(path) else {
                score.check(false, || format!("{name} {path}: is not there"));
                continue;
            };
            if let Some(text) = ours_texts.get(path) {
                let same = (hex(text.as_bytes(), 32).as_str(), text.len() as u64)
                    == (reference["string_sha256"].as_str().unwrap(), reference["length"].as_u64().unwrap());
                score.check(same, || format!("{name} {path}: {} bytes, {:.200}", text.len(), text));
                continue;
            }
            if path.ends_with("fpga_time_nsec") {
                continue;
            }
            let problem = difference(found, reference).filter(|_| reference.get("unstable").is_none());
            score.check(problem.is_none(), || format!("{name} {path}: {}", problem.unwrap()));
        }
        for path in ours.keys() {
            score.check(due.contains_key(path), || format!("{name} {path}: is too much"));
        }
        score.check(reader.gaps().is_empty(), || format!("{name} {:?}", reader.gaps()));
    }
    score.report("legend-io/raw.json (ORCA, CoMPASS, LLAMA, default output)");
    assert!(score.failed.is_empty() && score.passed > 0);
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
        "|u1" => at!(u8),
        "<u2" => at!(u16),
        "<u4" => at!(u32),
        "<u8" => at!(u64),
        "<i8" => at!(i64),
        "<f8" => at!(f64),
        other => panic!("{other}"),
    }
}

/// `made_raw.json`: SIS3302, SIS3316 and every energy form of CoMPASS, row by row in the order of the file.
#[test]
fn made_files_hold_what_was_put_in() {
    let Some(shared) = shared() else { return };
    let (cases, mut score) = (load(&shared.join("refs/legend-io/made_raw.json")), Score::default());
    for (name, case) in cases.as_object().unwrap().iter().filter(|(name, _)| !name.ends_with(".fcio")) {
        let (file, part) = name.split_once(':').unwrap_or((name, ""));
        let path = shared.join("data/legend-io/made_raw").join(file);
        let mut reader = daq::open(path.to_str().unwrap(), &Options::default()).unwrap();
        let mut groups = Groups::of(&mut *reader);
        score.check(reader.gaps().is_empty(), || format!("{name} {:?}", reader.gaps()));
        score.check(reader.unclaimed().is_empty(), || format!("{name} {:?}", reader.unclaimed()));
        let wanted = |decoder: &str| !decoder.contains("Run") && decoder.contains(part);
        let order: Vec<(usize, usize)> =
            groups.order.iter().copied().filter(|(table, _)| wanted(groups.decoder(*table))).collect();
        let ours: Vec<BTreeMap<String, Listed>> = groups
            .take_all()
            .iter()
            .map(|object| {
                let mut all = BTreeMap::new();
                list("", object, &mut all);
                all
            })
            .collect();
        score.check(order.len() as u64 == case["rows"].as_u64().unwrap(), || format!("{name} {} rows", order.len()));
        for (column, due) in case["columns"].as_object().unwrap() {
            let due = due.as_array().unwrap();
            for (&(table, row), due) in order.iter().zip(due) {
                let found = ours[table].get(&format!("/{column}")).map(|listed| number(listed, row));
                // What is not in the file is no column, or not a number.
                let same = due.as_f64().map_or(found.is_none_or(f64::is_nan), |due| found == Some(due));
                score.check(same, || format!("{name} {column} row {row}: {found:?} where {due} is due"));
            }
        }
        let mut hash = Sha256::new();
        for &(table, row) in &order {
            let (_, shape, bytes) = ours[table]["/waveform/values"].values.as_ref().unwrap();
            hash.update(&bytes[2 * shape[1] * row..2 * shape[1] * (row + 1)]);
        }
        score.check(digest(hash) == case["waveform_values_sha256"], || format!("{name} samples"));
    }
    score.report("legend-io/made_raw.json (ORCA, CoMPASS)");
    assert!(score.failed.is_empty() && score.passed > 0);
}

/// `damaged.json`: what is delivered and what is reported.
#[test]
fn damaged_files_give_what_is_whole() {
    let Some(shared) = shared() else { return };
    let (cases, mut score) = (load(&shared.join("refs/legend-io/damaged.json")), Score::default());
    for case in cases.as_array().unwrap() {
        let (name, base) = (case["name"].as_str().unwrap(), case["base"].as_str().unwrap());
        if !FORMATS[..3].iter().any(|format| base.starts_with(format)) {
            continue;
        }
        let bytes = apply(fs::read(shared.join("data/legend-io").join(base)).unwrap(), &case["do"]);
        assert_eq!(hex(&bytes, 64), case["sha256"], "{name}");
        let report = &case["report"];
        let stream = ByteStream::new(base, Box::new(std::io::Cursor::new(bytes.clone())));
        let mut reader = match daq::open_stream(stream, &Options::default()) {
            Ok(reader) => reader,
            Err(error) => {
                score.check(case["exit"] == 4 && case["deliver"]["rows"] == 0, || format!("{name}: {error}"));
                score.check(error.byte == report["offset"].as_u64(), || format!("{name}: {error}"));
                continue;
            }
        };
        score.check(case["exit"] != 4, || format!("{name} opens"));
        let groups = Groups::of(&mut *reader);
        let kind = case["kind"].as_str().unwrap_or("Event");
        let rows = groups.order.iter().filter(|(table, _)| groups.decoder(*table).contains(kind)).count();
        score.check(case["deliver"]["rows"] == rows, || format!("{name}: {rows} rows"));
        let [gap] = reader.gaps() else {
            score.check(false, || format!("{name}: {:?}", reader.gaps()));
            continue;
        };
        score.check(gap.offset == report["offset"].as_u64().unwrap() && !gap.fatal, || format!("{name}: {gap:?}"));
        score.check(report["bytes"].as_u64().is_none_or(|bytes| bytes == gap.bytes), || format!("{name}: {gap:?}"));
        let stops = gap.offset + gap.bytes == bytes.len() as u64;
        score.check(gap.bytes > 0 && (stops || rows as u64 > 30), || format!("{name}: {gap:?}"));
        let said = report["what"].as_str().unwrap();
        let first = said.split([' ', ':', ',']).next().unwrap();
        let is_said = gap.reason.contains(first) || name.contains("garbage") || name.contains("length_zero");
        score.check(is_said, || format!("{name}: {} where {said} is due", gap.reason));
    }
    score.report("legend-io/damaged.json (ORCA, CoMPASS, LLAMA)");
    assert!(score.failed.is_empty() && score.passed > 0);
}

/// Two words make a long packet of a header without room for the length of its text.
#[test]
fn a_header_too_short_for_its_length_is_refused() {
    let mut bytes = vec![0_u8; 40];
    bytes[4] = 2;
    let stream = ByteStream::new("short.orca", Box::new(std::io::Cursor::new(bytes)));
    let mut options = Options::default();
    options.format = Some(daq::Format::Orca);
    let error = daq::open_stream(stream, &options).err().unwrap();
    assert_eq!((error.kind, error.byte), (germane_formats::Kind::Damaged, Some(0)), "{error}");
}
