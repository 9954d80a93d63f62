//! Compares what this room reads with the references; prints one line a reference file.

mod shared;

use germane_formats::digest;
use serde_json::Value;
use shared::{Score, load, shared};

#[test]
fn columns_have_the_digests_of_the_peer() {
    let Some(root) = shared() else { return };
    let reference = load(&root.join("refs/event-files/digests.json"));
    let mut score = Score::default();
    for (name, wanted) in reference["files"].as_object().unwrap() {
        if !name.ends_with(".root") {
            score.wait("Parquet");
            continue;
        }
        if wanted.get("rntuples").is_some() {
            score.wait("RNTuple");
        }
        let got = digest::record(&root.join("data/event-files").join(name)).unwrap();
        compare_file(&mut score, name, wanted, &got);
    }
    score.report("event-files/digests.json");
    assert!(score.failed.is_empty(), "{} differ", score.failed.len());
}

fn compare_file(score: &mut Score, name: &str, wanted: &Value, got: &Value) {
    for key in ["bytes", "sha256", "compression", "objects"] {
        if let Some(value) = wanted.get(key) {
            // Settings below 100 (files of old writers) mean the global default, zlib; uproot calls them none.
            if key == "compression" && *value == "None" && got[key].as_str().is_some_and(|s| s.starts_with("ZLIB(")) {
                continue;
            }
            score.check(got[key] == *value, || format!("{name} {key}: {} for {value}", got[key]));
        }
    }
    let Some(trees) = wanted.get("trees") else { return };
    for (key, tree) in trees.as_object().unwrap() {
        let ours = &got["trees"][key];
        score.check(ours["entries"] == tree["entries"], || format!("{name}:{key} entries: {ours:.200}"));
        if tree["clusters"].is_array() {
            score.check(ours["clusters"] == tree["clusters"], || {
                format!("{name}:{key} clusters {} for {}", ours["clusters"], tree["clusters"])
            });
        }
        for (branch, peer) in tree["branches"].as_object().unwrap() {
            let Some(digest) = peer.get("digest") else { continue };
            let own = &ours["branches"][branch];
            match own["problem"].as_str() {
                Some(problem) => score.wait(&feature(problem)),
                None => score.check(own["digest"] == *digest, || {
                    format!("{name}:{key} {branch} ({}): {} for {digest}", peer["type"].as_str().unwrap_or(""), own["digest"])
                }),
            }
        }
    }
}

fn feature(problem: &str) -> String {
    problem.split([':', ';']).next().unwrap_or(problem).to_owned()
}

#[test]
fn nanoaod_collections_have_the_items_and_fields_that_loops_counted() {
    use germane_formats::schema::{Rules, collections};
    let Some(root) = shared() else { return };
    let reference = load(&root.join("refs/event-files/schemas.json"));
    let mut score = Score::default();
    for (name, wanted) in reference["nanoaod"].as_object().unwrap() {
        let file = germane_formats::open(&root.join("data/event-files/nanoaod").join(name)).unwrap();
        let table = file.table("Events").unwrap();
        let schema = table.schema();
        score.check(wanted["entries"] == schema.entries, || format!("{name} entries"));
        let found = collections(schema, Rules::Auto);
        for (collection, counts) in wanted["collections"].as_object().unwrap() {
            let group = found.collections.iter().find(|g| g.name == *collection);
            if counts["fields"] == 0 {
                score.check(group.is_none_or(|g| g.counter.is_some()), || format!("{name} {collection} without fields"));
                continue;
            }
            let Some(group) = group else {
                let spare = found.spare_counters.iter().any(|&i| schema.columns[i].field.name == format!("n{collection}"));
                score.check(spare, || format!("{name} {collection} is missing"));
                continue;
            };
            let counter = table.read(&[group.counter.unwrap()], 0..schema.entries).unwrap();
            let items: f64 = counter[0].as_numbers().unwrap().to_f64().iter().sum();
            score.check(counts["items"].as_f64() == Some(items), || format!("{name} {collection} items {items}"));
            let own = group.fields.iter().filter(|f| schema.columns[f.1].counter == Some(format!("n{collection}"))).count();
            score.check(counts["fields"] == own, || format!("{name} {collection} fields {own} for {}", counts["fields"]));
        }
        (0..wanted["links"].as_object().unwrap().len()).for_each(|_| score.wait("links"));
    }
    for feature in ["edm4hep", "physlite", "lumi"] {
        (0..reference[feature].as_object().unwrap().len()).for_each(|_| score.wait(feature));
    }
    score.report("event-files/schemas.json");
    assert!(score.failed.is_empty(), "{} differ", score.failed.len());
}
