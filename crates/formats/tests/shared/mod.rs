//! Where the references are, and the line that each of them ends in.
#![allow(dead_code, reason = "each test file uses a part")]

use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

/// The folder of references and data; `None`, said once, where it is absent.
#[allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a test reads where the references are")]
pub(crate) fn shared() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let root = env::var("GERMANE_SHARED").map_or_else(|_| beside(), PathBuf::from);
    if root.is_dir() {
        return Some(root);
    }
    println!("not run: {} is not there", root.display());
    None
}

/// Prints a line of a test.
#[allow(clippy::print_stdout, reason = "asked for")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// A JSON file.
pub(crate) fn load(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Counts of one reference file.
#[derive(Default)]
pub(crate) struct Score {
    /// Comparisons that hold.
    pub(crate) passed: usize,
    /// One line for each that does not.
    pub(crate) failed: Vec<String>,
    /// Comparisons that wait, by feature.
    pub(crate) pending: BTreeMap<String, usize>,
}

impl Score {
    /// Counts one comparison.
    pub(crate) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if holds {
            self.passed += 1;
        } else {
            self.failed.push(what());
        }
    }

    /// Counts one that waits.
    pub(crate) fn wait(&mut self, feature: &str) {
        *self.pending.entry(feature.to_owned()).or_default() += 1;
    }

    /// Prints the line of a reference file. All comparisons are of equal bits, so the worst difference is 0.
    #[allow(clippy::print_stdout, reason = "the line is what the suite is for")]
    pub(crate) fn report(&self, file: &str) {
        let waiting: Vec<String> = self.pending.iter().map(|(feature, n)| format!("{feature} {n}")).collect();
        let total: usize = self.pending.values().sum();
        let list = if waiting.is_empty() { String::new() } else { format!(" ({})", waiting.join(", ")) };
        println!("refs/{file}  {} passed  {} failed  {total} pending{list}  worst 0", self.passed, self.failed.len());
        for line in self.failed.iter().take(400) {
            println!("    {line}");
        }
    }
}
