//! Reference files of the shared folder, and the numbers in them.

use serde_json::Value;
use std::path::PathBuf;

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
