//! Damage inside one object of an HDF5 file: it is reported with object and byte, the others equal their digests.

mod shared;

use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::{Score, load, shared};
use std::{fs, path::Path};

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|k| u8::from_str_radix(&hex[2 * k..2 * k + 2], 16).unwrap()).collect()
}

/// Carries out the steps of a recipe.
fn damaged(mut bytes: Vec<u8>, steps: &Value) -> Vec<u8> {
    for step in steps.as_array().unwrap() {
        let number = |k: usize| step[k].as_u64().unwrap() as usize;
        match step[0].as_str().unwrap() {
            "cut" => bytes.truncate(number(1)),
            "flip" => bytes[number(1)] ^= number(2) as u8,
            "set" => {
                let new = bytes_of(step[2].as_str().unwrap());
                bytes[number(1)..number(1) + new.len()].copy_from_slice(&new);
            }
            other => panic!("step {other}"),
        }
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Whether a reading agrees with a digest: equal, or a name whose first target cannot be reached is now the first itself.
fn agrees(ours: &Value, digests: &Value, expected: &Value) -> bool {
    ours == expected
        || expected["hard_link_to"].as_str().is_some_and(|first| ours == &digests[first] || ours["hard_link_to"].is_string())
}

fn check(name: &str, case: &Value, folder: &Path, data: &Path, digests: &Value, score: &mut Score) {
    let base = case["base"].as_str().unwrap();
    let bytes = damaged(fs::read(data.join(base)).unwrap(), &case["do"]);
    assert_eq!(hex(&Sha256::digest(&bytes)), case["sha256"].as_str().unwrap(), "{name}: another damage than meant");
    let path = folder.join(format!("{name}.h5"));
    fs::write(&path, &bytes).unwrap();
    let record = germane_formats::digest::record(&path).unwrap();
    let digests = &digests[base];
    let objects = record.as_object().unwrap();
    if let Some(object) = case["report"]["object"].as_str() {
        let error = record[object]["error"].as_str().unwrap_or_default();
        let place = format!("{object} at byte {}:", case["report"]["offset"]);
        score.check(error.contains(&place), || format!("{name}: {error:?} does not name {place:?}"));
        for (path, expected) in digests.as_object().unwrap().iter().filter(|(path, _)| *path != object) {
            score.check(&record[path] == expected, || format!("{name}: {path} differs"));
        }
        return;
    }
    // Cut files: said so, and nothing that is read differs.
    let size = bytes.len() as u64;
    let told = record["truncated"][1].as_u64() == Some(size) || record["error"].as_str().is_some_and(|e| e.contains("truncated"));
    score.check(told, || format!("{name}: the cut is not told"));
    let mut equal = 0;
    for (path, found) in objects.iter().filter(|(path, found)| path.starts_with('/') && found.get("error").is_none()) {
        let Some(expected) = digests.get(path) else { continue };
        equal += 1;
        score.check(agrees(found, digests, expected), || format!("{name}: {path} differs: {found:.200} {expected:.200}"));
    }
    // Without its last byte a file is almost whole; in half of one the names are lost when they were written last.
    let almost = size + 1 == fs::metadata(data.join(base)).unwrap().len();
    let enough = if almost { equal > 100 } else { case["exit"] == 3 || equal <= 1 };
    score.check(enough, || format!("{name}: {equal} objects are read, the root is {:.300}", record["/"]));
}

#[test]
fn damage_is_reported_and_the_rest_is_read() {
    let Some(root) = shared() else { return };
    let data = root.join("data/legend-io");
    let digests = load(&root.join("refs/legend-io/digests.json"));
    let folder = tempfile::tempdir().unwrap();
    let mut score = Score::default();
    for case in load(&root.join("refs/legend-io/damaged.json")).as_array().unwrap() {
        let base = case["base"].as_str().unwrap();
        if (base.ends_with("h5")) && case.get("do").is_some() {
            check(case["name"].as_str().unwrap(), case, folder.path(), &data, &digests, &mut score);
        }
    }
    score.report("legend-io/damaged.json");
    assert!(score.failed.is_empty());
}
