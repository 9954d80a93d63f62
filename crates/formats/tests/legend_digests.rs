//! Every object of every HDF5 and LH5 file: types, attributes, shapes and values as libhdf5 gives them.

mod shared;

use serde_json::Value;
use shared::{Score, load, shared};
use std::collections::BTreeMap;

/// Equal values; numbers by value, because whole sums beyond 64 bits are doubles in this JSON.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| a == b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => ours == theirs,
    }
}

#[test]
fn digests_of_all_objects_are_those_of_libhdf5() {
    let Some(root) = shared() else { return };
    let mut score = Score::default();
    for (file, objects) in load(&root.join("refs/legend-io/digests.json")).as_object().unwrap() {
        let path = root.join("data/legend-io").join(file);
        let ours = germane_formats::digest::record(&path).unwrap();
        let ours = ours.as_object().unwrap();
        let theirs: BTreeMap<&String, &Value> = objects.as_object().unwrap().iter().collect();
        for (object, expected) in &theirs {
            let found = ours.get(*object).unwrap_or(&Value::Null);
            score.check(same(found, expected), || format!("{file} {object}: {found:.300} instead of {expected:.300}"));
        }
        // The reference leaves out nine of ten members of one group.
        let more: Vec<&String> =
            ours.keys().filter(|object| !theirs.contains_key(object) && !object.starts_with("/group_many/")).collect();
        score.check(more.is_empty(), || format!("{file}: also {more:?}"));
        let order: Vec<&String> = ours.keys().filter(|object| theirs.contains_key(object)).collect();
        let expected: Vec<&String> = objects.as_object().unwrap().keys().filter(|object| ours.contains_key(*object)).collect();
        score.check(order == expected, || format!("{file}: another order"));
    }
    score.report("legend-io/digests.json");
    assert!(score.failed.is_empty());
}
