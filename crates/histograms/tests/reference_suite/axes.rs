//! Axes as the files describe them.

use crate::tally::{number, numbers};
use germane_histograms::{Axis, Error, StorageKind};
use serde_json::Value;

/// An axis by its arguments, or the feature that it needs.
pub(crate) fn made(d: &Value) -> Result<Result<Axis, Error>, &'static str> {
    let on = |key: &str, default: bool| d[key].as_bool().unwrap_or(default);
    if on("circular", false) {
        return Err("circular");
    }
    if !d["transform"].is_null() {
        return Err("transform");
    }
    let growth = on("growth", false);
    let axis = match d["type"].as_str().unwrap() {
        "category_str" => {
            let labels = d["categories"].as_array().unwrap().iter().map(|label| label.as_str().unwrap().to_owned()).collect();
            return Ok(Axis::category(labels, growth).map(|axis| axis.with_flow(false, on("overflow", true))));
        }
        "category_int" => return Err("integer categories"),
        "boolean" => return Err("boolean"),
        _ if growth => return Err("growth of numbers"),
        "regular" => {
            let bins = d["bins"].as_u64().unwrap() as usize;
            Axis::regular(bins, number(&d["lower"]), number(&d["upper"]))
        }
        "variable" => Axis::variable(numbers(&d["edges"])),
        "integer" => Axis::integer(d["lower"].as_i64().unwrap(), d["upper"].as_i64().unwrap()),
        other => panic!("axis {other}"),
    };
    Ok(axis.map(|axis| axis.with_flow(on("underflow", true), on("overflow", true))))
}

/// An axis as a peer's histogram shows it, or the feature that it needs.
pub(crate) fn shown(d: &Value, name: &str) -> Result<Axis, &'static str> {
    let on = |key: &str| d[key].as_bool().unwrap();
    if on("circular") {
        return Err("circular");
    }
    let kind = d["kind"].as_str().unwrap();
    if on("growth") && kind != "StrCategory" {
        return Err("growth of numbers");
    }
    let axis = match kind {
        "StrCategory" => {
            let labels = d["categories"].as_array().unwrap().iter().map(|label| label.as_str().unwrap().to_owned()).collect();
            Axis::category(labels, on("growth")).unwrap()
        }
        "IntCategory" => return Err("integer categories"),
        "Boolean" => return Err("boolean"),
        "Integer" => {
            let edges = numbers(&d["edges"]);
            Axis::integer(edges[0] as i64, edges[edges.len() - 1] as i64).unwrap()
        }
        "Variable" => Axis::variable(numbers(&d["edges"])).unwrap(),
        "Regular" => {
            let edges = numbers(&d["edges"]);
            let bins = edges.len() - 1;
            let axis = Axis::regular(bins, edges[0], edges[bins]).unwrap();
            let width = (edges[bins] - edges[0]).abs() / bins as f64;
            // The peer's edges are off by a few units in the last place; those of a transform by far more.
            if axis.edges().iter().zip(&edges).any(|(a, b)| (a - b).abs() > 1e-9 * width) {
                return Err("transform");
            }
            axis
        }
        other => panic!("axis {other}"),
    };
    Ok(axis.with_flow(on("underflow"), on("overflow")).named(name, "", ""))
}

/// The storage of a name, or the feature that it needs.
pub(crate) fn storage(d: &Value) -> Result<StorageKind, &'static str> {
    match d.as_str() {
        Some("Double") => Ok(StorageKind::Double),
        Some("Weight") => Ok(StorageKind::Weight),
        Some("Int64" | "AtomicInt64") => Err("integer storage"),
        Some("Unlimited") => Err("unlimited storage"),
        Some("Mean" | "WeightedMean") => Err("mean storage"),
        _ => Err("multi-cell storage"),
    }
}
