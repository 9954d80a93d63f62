//! Calls of processors with one waveform, and tallies of the cases of a reference file.

#![allow(dead_code)] // each suite uses its part

use germane_signals::{Call, Fault, Given, Processor, Role, constant_outputs};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

/// What became of the cases of one file, printed as one line.
pub(crate) struct Tally {
    file: &'static str,
    passed: usize,
    pending: Vec<String>,
    failures: Vec<String>,
    worst: f64,
}

impl Tally {
    pub(crate) fn new(file: &'static str) -> Self {
        Self { file, passed: 0, pending: Vec::new(), failures: Vec::new(), worst: 0.0 }
    }

    pub(crate) fn pending(&mut self, feature: &str) {
        self.pending.push(feature.to_owned());
    }

    /// A case passes if its deviation is at most 1 (in units of what is allowed).
    pub(crate) fn judge(&mut self, name: &str, deviation: Result<f64, String>) {
        match deviation {
            Ok(deviation) if deviation <= 1.0 => {
                self.passed += 1;
                self.worst = self.worst.max(deviation);
            }
            Ok(deviation) => self.failures.push(format!("{name}: {deviation:.3} of what is allowed")),
            Err(reason) => self.failures.push(format!("{name}: {reason}")),
        }
    }

    pub(crate) fn finish(self) {
        let mut features: Vec<(String, usize)> = Vec::new();
        for feature in &self.pending {
            match features.iter_mut().find(|(name, _)| name == feature) {
                Some((_, count)) => *count += 1,
                None => features.push((feature.clone(), 1)),
            }
        }
        let features: Vec<String> = features.iter().map(|(name, count)| format!("{name} {count}")).collect();
        println!(
            "\nrefs/{}  {} passed  {} failed  {} pending{}  worst {:.3} of what is allowed",
            self.file,
            self.passed,
            self.failures.len(),
            self.pending.len(),
            if features.is_empty() { String::new() } else { format!(" ({})", features.join(", ")) },
            self.worst
        );
        assert!(self.failures.is_empty(), "{}:\n{}", self.file, self.failures.join("\n"));
    }
}

/// A file of the reference folder, `None` where there is none.
#[allow(clippy::disallowed_methods)]
pub(crate) fn read(file: &str) -> Option<Value> {
    let root = std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = root.join("refs/signals").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not run: {} is absent", path.display());
        return None;
    };
    // NumPy's writer leaves NaN as a bare word; each value has its own line.
    Some(serde_json::from_str(&text.replace("\nNaN", "\nnull").replace(": NaN", ": null")).unwrap())
}

/// Numbers of nested lists, row by row; null is NaN.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        Value::Null => vec![f64::NAN],
        other => vec![other.as_f64().expect("a number")],
    }
}

pub(crate) fn array(values: &[f64]) -> Given {
    Given::Array(Arc::from(values))
}

pub(crate) fn number(value: f64) -> Given {
    Given::Number(value)
}

pub(crate) fn text(value: &str) -> Given {
    Given::Text(Arc::from(value))
}

/// An argument as the file has it: a list, a number, or a letter.
pub(crate) fn given(value: &Value) -> Given {
    match value {
        Value::Array(_) => array(&numbers(value)),
        Value::String(letters) => text(letters),
        other => number(other.as_f64().unwrap_or(f64::NAN)),
    }
}

/// The waveform comes first where the processor takes one; `outputs` are lengths of what comes out (0 for a number).
///
/// Rule N is applied as it is for events: NaN in an argument that is not made for it gives NaN, and counts of 0.
pub(crate) fn run(
    processor: &'static Processor,
    inputs: &[Given],
    outputs: &[usize],
    wide: bool,
) -> Result<Vec<Vec<f64>>, Fault> {
    let (mut inputs, mut outputs) = (inputs.iter(), outputs.iter());
    let (mut given, mut lengths, mut nan) = (Vec::new(), Vec::new(), false);
    for parameter in processor.parameters {
        if parameter.role.is_output() {
            given.push(Given::Varying);
            lengths.push((*outputs.next().expect("a length for each output")).max(1));
            continue;
        }
        let argument = match (inputs.next().expect("an argument for each parameter"), parameter.role) {
            (Given::Array(values), Role::Samples(_) | Role::Array(_) | Role::Matrix(..)) if !wide => {
                Given::Array(values.iter().map(|&x| f64::from(x as f32)).collect())
            }
            (argument, _) => argument.clone(),
        };
        let varying = matches!(parameter.role, Role::Samples(_) | Role::Scalar | Role::ComplexSamples(_));
        nan |= varying && !parameter.nan_ok && has_nan(&argument);
        lengths.push(match (&argument, parameter.role) {
            (Given::Array(values), Role::ComplexSamples(_)) => values.len() / 2,
            (Given::Array(values), _) => values.len(),
            _ => 1,
        });
        given.push(argument);
    }
    let call = Call { wide, given: &given, init: &[], lengths: &lengths };
    let mut all: Vec<Vec<f64>> = constant_outputs(processor, &call)?.iter().map(|values| values.to_vec()).collect();
    if nan {
        for (values, parameter) in all.iter_mut().zip(processor.parameters.iter().filter(|parameter| parameter.role.is_output()))
        {
            values.fill(if parameter.role == Role::CountOut { 0.0 } else { f64::NAN });
        }
    }
    Ok(all)
}

fn has_nan(argument: &Given) -> bool {
    match argument {
        Given::Number(value) => value.is_nan(),
        Given::Array(values) => values.iter().any(|value| value.is_nan()),
        _ => false,
    }
}

/// Largest deviation of `ours` from `truth` in units of what is allowed: `ulp` relative, and `floor`.
pub(crate) fn deviation(ours: &[f64], truth: &[f64], ulp: f64, floor: f64) -> Result<f64, String> {
    if ours.len() != truth.len() {
        return Err(format!("{} values for {}", ours.len(), truth.len()));
    }
    let mut worst: f64 = 0.0;
    for (i, (a, b)) in ours.iter().zip(truth).enumerate() {
        if a.is_nan() != b.is_nan() {
            return Err(format!("{a} for {b} at {i}"));
        }
        if a != b && !a.is_nan() {
            worst = worst.max((a - b).abs() / (ulp * b.abs() + floor));
        }
    }
    Ok(worst)
}
