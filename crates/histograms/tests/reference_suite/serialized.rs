//! serialized/uhi.json: read, and written again.

use crate::tally::{Outcome, Tally, compare, numbers, read};
use germane_histograms::Histogram;
use serde_json::Value;

/// Numbers of lists in lists.
fn flat(value: &Value, out: &mut Vec<f64>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| flat(value, out)),
        _ => out.extend(numbers(&Value::Array(vec![value.clone()]))),
    }
}

fn outcome(document: &Value) -> Outcome {
    let histogram = match Histogram::from_uhi(document) {
        Ok(histogram) => histogram,
        Err(error) if error.to_string().contains("cannot be read yet") => {
            let text = error.to_string();
            let known = ["circular", "growing", "boolean", "category_int", "mean", "weighted_mean"];
            return match known.into_iter().find(|feature| text.contains(feature)) {
                Some(feature) => Outcome::Pending(feature),
                None => Outcome::Failed(text),
            };
        }
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let again = match Histogram::from_uhi(&histogram.to_uhi()) {
        Ok(again) => again,
        Err(error) => return Outcome::Failed(format!("our own document is refused: {error}")),
    };
    if again != histogram {
        return Outcome::Failed("changed by writing and reading".into());
    }
    let storage = &document["storage"];
    if !storage["index"].is_null() {
        let total: f64 = storage["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).sum();
        return compare("total", &[histogram.sum(true)], &[total], 1e-13);
    }
    for (key, ours) in [("values", Some(histogram.values(true))), ("variances", histogram.variances(true))] {
        let mut truth = Vec::new();
        if storage[key].is_null() {
            continue;
        }
        flat(&storage[key], &mut truth);
        if let Outcome::Failed(reason) = compare(key, &ours.unwrap_or_default(), &truth, 0.0) {
            return Outcome::Failed(reason);
        }
    }
    Outcome::Passed(0.0)
}

#[test]
fn documents_of_other_libraries_are_read() {
    let Some(truth) = read("histograms/serialized/uhi.json") else { return };
    let mut tally = Tally::new("histograms/serialized/uhi.json");
    for (name, document) in truth.as_object().unwrap() {
        tally.add(name, outcome(document));
    }
    tally.finish();
}
