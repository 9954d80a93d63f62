//! What became of the cases of one file, printed as one line; and how the files encode numbers.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Cases that passed, failed or wait for a feature.
pub(crate) struct Tally {
    file: &'static str,
    passed: usize,
    failures: Vec<String>,
    pending: BTreeMap<String, usize>,
    worst: f64,
}

/// What came of one case.
pub(crate) enum Outcome {
    /// Equal within the tolerance; the deviation.
    Passed(f64),
    /// Not equal: what is wrong.
    Failed(String),
    /// The feature that is missing.
    Pending(&'static str),
}

impl Tally {
    pub(crate) fn new(file: &'static str) -> Self {
        Self { file, passed: 0, failures: Vec::new(), pending: BTreeMap::new(), worst: 0.0 }
    }

    pub(crate) fn add(&mut self, name: &str, outcome: Outcome) {
        match outcome {
            Outcome::Passed(deviation) => {
                self.passed += 1;
                self.worst = self.worst.max(deviation);
            }
            Outcome::Failed(reason) => self.failures.push(format!("{name}: {reason}")),
            Outcome::Pending(feature) => *self.pending.entry(feature.to_owned()).or_default() += 1,
        }
    }

    pub(crate) fn check(&mut self, name: &str, good: bool) {
        self.add(name, if good { Outcome::Passed(0.0) } else { Outcome::Failed("differs".into()) });
    }

    pub(crate) fn finish(self) {
        let pending: usize = self.pending.values().sum();
        let names: Vec<String> = self.pending.iter().map(|(feature, count)| format!("{feature} {count}")).collect();
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let (passed, failed) = (self.passed, self.failures.len());
        println!("\nrefs/{}  {passed} passed  {failed} failed  {pending} pending{names}  worst {:.1e}", self.file, self.worst);
        assert!(self.failures.is_empty(), "{}:\n{}", self.file, self.failures.join("\n"));
    }
}

#[allow(clippy::disallowed_methods)]
pub(crate) fn read(file: &str) -> Option<Value> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let root = std::env::var("GERMANE_SHARED").map_or_else(|_| beside(), PathBuf::from);
    let path = root.join("refs").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not run: {} is absent", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// A number; non-finite ones are texts.
pub(crate) fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => match text.as_str() {
            "nan" => f64::NAN,
            "inf" => f64::INFINITY,
            "-inf" => f64::NEG_INFINITY,
            _ => panic!("{text} is no number"),
        },
        Value::Bool(value) => f64::from(u8::from(*value)),
        _ => value.as_f64().unwrap(),
    }
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// Largest deviation relative to the value, or why there is none.
pub(crate) fn compare(what: &str, ours: &[f64], truth: &[f64], tolerance: f64) -> Outcome {
    if ours.len() != truth.len() {
        return Outcome::Failed(format!("{} {what} for {}", ours.len(), truth.len()));
    }
    let mut worst = 0.0f64;
    for (index, (&our, &value)) in ours.iter().zip(truth).enumerate() {
        let same = our == value || (our.is_nan() && value.is_nan());
        let deviation = if same { 0.0 } else { (our - value).abs() / value.abs() };
        if deviation.is_nan() || deviation > tolerance {
            return Outcome::Failed(format!("{what} {index} is {our}, truth {value}"));
        }
        worst = worst.max(deviation);
    }
    Outcome::Passed(worst)
}

pub(crate) fn sha256<const N: usize>(parts: impl Iterator<Item = [u8; N]>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    let digits = digest.finalize().iter().flat_map(|byte| [byte >> 4, byte & 15]).collect::<Vec<_>>();
    digits.into_iter().filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

/// Uniform numbers of splitmix64 started at a state.
pub(crate) fn uniform(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * (0.5 * f64::EPSILON)
    };
    (0..count).map(|_| next()).collect()
}
