//! `germane raw` and `germane records` as they are called.

#[path = "../../formats/tests/shared/mod.rs"]
mod shared;

use serde_json::Value;
use shared::shared;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn germane(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_germane")).args(arguments).current_dir(folder).output().unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// A small FlashCam stream of the shared folder.
fn stream() -> Option<PathBuf> {
    let data = shared()?.join("data/legend-io/fcio");
    let mut names: Vec<PathBuf> = std::fs::read_dir(data).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    names.into_iter().find(|p| p.to_string_lossy().contains("spms"))
}

#[test]
fn a_stream_becomes_a_file_with_provenance_beside() {
    let Some(stream) = stream() else { return };
    let folder = tempfile::tempdir().unwrap();
    let input = stream.to_str().unwrap();
    let output = germane(&["raw", input, "-o", "out.lh5", "--json"], folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report = document(&output);
    assert_eq!(report["germane_report"], 1);
    assert!(report["outputs"].as_array().unwrap().iter().any(|o| o["object"] == "FCEvent" && o["rows"].as_u64() > Some(0)));
    let text = std::fs::read(folder.path().join("out.lh5.provenance.json")).unwrap();
    let provenance: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(provenance["products"]["FCEvent"]["decoder"], "FCEventDecoder");
    assert!(!provenance.to_string().contains(folder.path().to_str().unwrap()));
    // Written by us, it may be replaced; another file only by force.
    assert_eq!(germane(&["raw", input, "-o", "out.lh5"], folder.path()).status.code(), Some(0));
    std::fs::write(folder.path().join("notes.lh5"), "mine").unwrap();
    assert_eq!(germane(&["raw", input, "-o", "notes.lh5"], folder.path()).status.code(), Some(2));
    assert_eq!(std::fs::read(folder.path().join("notes.lh5")).unwrap(), b"mine");
    assert_eq!(germane(&["raw", input, "-o", "notes.lh5", "--force"], folder.path()).status.code(), Some(0));
}

#[test]
fn a_wrong_specification_is_exit_6_and_leaves_nothing() {
    let Some(stream) = stream() else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("spec.yaml"), "FCEventDecodr: {a: {key_list: ['*']}}\n").unwrap();
    let output = germane(&["raw", stream.to_str().unwrap(), "-o", "out.lh5", "-c", "spec.yaml", "--json"], folder.path());
    assert_eq!(output.status.code(), Some(6));
    let error = &document(&output)["errors"][0];
    assert_eq!((&error["nearest"], &error["line"], &error["column"]), (&"FCEventDecoder".into(), &1.into(), &1.into()));
    assert!(!folder.path().join("out.lh5").exists());
    let missing = germane(&["raw", "absent.fcio", "-o", "out.lh5"], folder.path());
    assert_eq!(missing.status.code(), Some(4));
    assert_eq!(germane(&["raw", "a.fcio", "b.fcio"], folder.path()).status.code(), Some(2));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
