//! Damaged files: every one is refused by name and place, nothing panics, memory stays bounded.

mod shared;

use germane_formats::{Error, File, Kind, PayloadDigest, Table};
use serde_json::Value;
use shared::{Score, load, shared};
use std::{
    env, fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Everything that can be read, with the first error.
fn read_all(file: &File) -> Result<(), Error> {
    for object in file.objects()?.into_iter().filter(|o| o.is_table) {
        let table = file.table(&format!("{};{}", object.path, object.cycle))?;
        read_columns(&*table)?;
    }
    Ok(())
}

fn read_columns(table: &dyn Table) -> Result<(), Error> {
    let schema = table.schema();
    for column in (0..schema.columns.len()).filter(|&i| schema.columns[i].problem.is_none()) {
        table.read(&[column], 0..schema.entries)?;
    }
    Ok(())
}

fn digests(path: &Path) -> Vec<PayloadDigest> {
    let table = germane_formats::open(path).unwrap().table("events").unwrap();
    let columns: Vec<usize> = (0..table.schema().columns.len()).collect();
    table.payload_digests(&columns, 0..table.schema().entries).unwrap()
}

fn names_all(error: &Error, wanted: &Value) -> bool {
    let line = error.to_string();
    !line.contains('\n') && wanted.as_array().unwrap().iter().all(|text| line.contains(text.as_str().unwrap()))
}

#[test]
fn every_bad_file_is_named_with_the_place_of_its_damage() {
    let Some(root) = shared() else { return };
    let (reference, data) = (load(&root.join("refs/scale/bad_files.json")), root.join("data/scale"));
    let mut score = Score::default();
    for (name, wanted) in reference["files"].as_object().unwrap() {
        let path = data.join("bad").join(name);
        let plain = germane_formats::open(&path).and_then(|file| read_all(&file));
        if wanted["must"] == "error" {
            match &plain {
                Ok(()) => score.check(false, || format!("{name} is read without a word")),
                Err(error) => score.check(names_all(error, &wanted["message_names"]), || error.to_string()),
            }
        } else {
            // No sum inside: only the digests of the good copy tell.
            let expected = digests(&data.join("good").join(wanted["good"].as_str().unwrap()));
            let table = germane_formats::open(&path).unwrap().table("events").unwrap();
            let error = table.verify_payloads(&expected).unwrap_err();
            score.check(names_all(&error, &wanted["message_names"]), || error.to_string());
            score.check(plain.as_ref().err().is_none_or(|e| names_all(e, &wanted["message_names"])), || format!("{plain:?}"));
        }
    }
    score.report("scale/bad_files.json");
    assert!(score.failed.is_empty());
}

#[test]
fn good_files_have_the_digests_of_their_own_bytes() {
    let Some(root) = shared() else { return };
    for name in ["lz4", "lzma", "uncompressed", "zlib", "zstd"] {
        let path = root.join("data/scale/good").join(format!("uproot-Zmumu-{name}.root"));
        let table = germane_formats::open(&path).unwrap().table("events").unwrap();
        table.verify_payloads(&digests(&path)).unwrap();
    }
}

#[test]
fn edits_of_a_good_tree_are_found_and_leave_other_columns_readable() {
    let Some(root) = shared() else { return };
    let reference = load(&root.join("refs/event-files/damage.json"));
    let mut score = Score::default();
    for case in reference["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        if case["source"].as_str().unwrap().contains("rntuple") {
            score.wait("RNTuple");
            continue;
        }
        let bytes = edited(&root.join("data/event-files").join(case["source"].as_str().unwrap()), case);
        let read = germane_formats::open_bytes("edited.root", bytes.into()).and_then(|file| {
            let table = file.table("t")?;
            let outcome = read_columns(&*table);
            let readable = (0..table.schema().columns.len()).filter(|&i| table.read(&[i], 0..table.schema().entries).is_ok());
            if outcome.is_err() && readable.count() + 3 < table.schema().columns.len() {
                return Err(Error::new("edited.root", Kind::Unsupported, "one edit made other columns unreadable"));
            }
            outcome
        });
        match read {
            // The 18 bytes end before fSeekKey: only the cycle changes. ROOT leaves the cycles of merged files as they were
            // (data/scale/events/a.root: 21 of 28 differ from the basket's number), so it can be no check; the values are right.
            Ok(()) if name.ends_with("points at another basket's bytes") => score.wait("cycle of a basket"),
            Ok(()) => score.check(case["must"] != "error", || format!("{name}: read without a word")),
            Err(error) => {
                let place = error.byte.is_none_or(|byte| near(case, byte)) && !error.message.contains("unreadable");
                score.check(place, || format!("{name} (at {}): {error}", case["at"]));
            }
        }
    }
    score.report("event-files/damage.json");
    assert!(score.failed.is_empty());
}

fn edited(source: &Path, case: &Value) -> Vec<u8> {
    let mut bytes = fs::read(source).unwrap();
    if let Some(len) = case["truncate"].as_u64() {
        bytes.truncate(len as usize);
    }
    for edit in case["edits"].as_array().into_iter().flatten() {
        let (at, hex) = (edit[0].as_u64().unwrap() as usize, edit[1].as_str().unwrap());
        for (k, pair) in hex.as_bytes().chunks(2).enumerate() {
            bytes[at + k] = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        }
    }
    bytes
}

/// The named byte lies in the damaged record: all records edited there are shorter than 4096 bytes.
fn near(case: &Value, byte: u64) -> bool {
    let at = case["at"].as_u64().unwrap();
    byte.abs_diff(at) < 4096 || case.get("truncate").is_some()
}

#[test]
fn a_branch_without_baskets_is_listed_and_refused_while_others_are_read() {
    // scikit-hep/uproot5#1243
    let Some(root) = shared() else { return };
    let file = germane_formats::open(&root.join("cases/inputs/short_branch.root")).unwrap();
    let table = file.table("ntuple").unwrap();
    let schema = table.schema();
    let short = schema.columns.iter().position(|c| c.problem.is_some()).unwrap();
    assert_eq!(schema.columns[short].problem.as_deref(), Some("branch ends at entry 0 of 18"));
    let error = table.read(&[short], 0..18).unwrap_err();
    assert_eq!(error.kind, Kind::Short);
    assert!(error.to_string().contains(&format!("ntuple/{}", schema.columns[short].field.name)), "{error}");
    let x = schema.find("x").unwrap();
    assert_eq!(table.read(&[x], 0..18).unwrap()[0].len(), 18);
}

#[test]
fn unknown_objects_come_with_the_names_that_exist() {
    let Some(root) = shared() else { return };
    let file = germane_formats::open(&root.join("data/scale/good/uproot-Zmumu-zstd.root")).unwrap();
    let error = file.table("event").err().unwrap();
    assert_eq!((error.kind, error.candidates.as_slice()), (Kind::Unknown, ["events".to_owned()].as_slice()));
}

/// A small generator of the noise: xorshift, so that a failing case can be made again from its number.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// Ten thousand cases, or as many as fit into `GERMANE_FUZZ_SECONDS` from the seed `GERMANE_FUZZ_SEED` on.
#[allow(clippy::disallowed_methods, reason = "how long to run is asked for by whoever runs the test")]
fn wanted() -> (u64, Option<Duration>) {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    (number("GERMANE_FUZZ_SEED").unwrap_or(0x9e37_79b9_7f4a_7c15).max(1), number("GERMANE_FUZZ_SECONDS").map(Duration::from_secs))
}

#[test]
fn flipped_and_cut_files_never_panic() {
    let Some(root) = shared() else { return };
    let data = root.join("data");
    // Most are stored plain, so that flipped bytes reach the readers of trees and objects and not only checksums.
    let sources = [
        "event-files/trees/uproot-simple.root",
        "event-files/generated/tree-cycles.root",
        "event-files/trees/uproot-issue21.root",
        "event-files/generated/chain-0.root",
        "event-files/trees/uproot-vectorVectorDouble.root",
        "event-files/trees/Jagged_TLorentzVector.root",
        "event-files/trees/std-map-split0.root",
        "event-files/trees/uproot-issue413.root",
        "event-files/trees/chain.1.root",
        "event-files/trees/embedded-std-vector.root",
        "event-files/trees/stdvec-bool-nosplit-6.10.08.root",
        "event-files/trees/uproot-issue38b.root",
        "event-files/trees/uproot-leaflist.root",
        "event-files/trees/treeCharExample.root",
        "event-files/trees/uproot-issue31.root",
        "event-files/trees/uproot-issue33.root",
        "event-files/trees/uproot-issue30.root",
        "event-files/trees/root_numpy_struct.root",
        "event-files/trees/uproot-stl_containers.root",
        "histograms/uproot-histograms.root",
    ];
    let good: Vec<Vec<u8>> = sources.iter().map(|name| fs::read(data.join(name)).unwrap()).collect();
    let (seed, time) = wanted();
    let (mut noise, start) = (Noise(seed), Instant::now());
    let go_on = |case: usize| time.map_or(case < 10_000, |time| start.elapsed() < time);
    let mut case = 0;
    while go_on(case) {
        let mut bytes = good[case % good.len()].clone();
        for _ in 0..=noise.below(4) {
            let at = noise.below(bytes.len());
            bytes[at] = match noise.below(4) {
                0 => 0,
                1 => 255,
                2 => bytes[at] ^ 1 << noise.below(8),
                _ => noise.next() as u8,
            };
        }
        if noise.below(8) == 0 {
            bytes.truncate(noise.below(bytes.len()));
        }
        let (bytes, before): (Arc<[u8]>, _) = (bytes.into(), Instant::now());
        if let Ok(file) = germane_formats::open_bytes("noise.root", bytes) {
            let _ = read_all(&file);
            for object in file.objects().unwrap_or_default() {
                let _ = file.histogram(&object.path);
                let _ = file.object(&object.path);
            }
        }
        let taken = before.elapsed();
        assert!(taken < Duration::from_secs(10), "case {case} of {} took {taken:?}", sources[case % good.len()]);
        case += 1;
    }
    shared::say(&format!("{case} damaged files from seed {seed}"));
}
