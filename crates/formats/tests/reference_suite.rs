//! Compares what this room reads with the references; prints one line a reference file.

mod links;
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
                None if own["digest"] == *digest => score.check(true, String::new),
                None => match peer_fault(own, peer) {
                    Some(reason) => score.wait(reason),
                    None => score.check(false, || {
                        format!("{name}:{key} {branch} ({}): {} for {digest}", peer["type"].as_str().unwrap_or(""), own["digest"])
                    }),
                },
            }
        }
    }
}

/// Where the peer is known to be wrong, by kind of column; the truth of each is in kinds.json or kinds_root.json, or follows from
/// the layout that the specification gives.
fn peer_fault(own: &Value, peer: &Value) -> Option<&'static str> {
    let (digest, truth) = (&own["digest"], &peer["digest"]);
    let (own_type, type_name) = (own["type"].as_str().unwrap_or(""), peer["type"].as_str().unwrap_or(""));
    let same_make = make(digest) == make(truth);
    if same_make && (low_precision(own_type) || low_precision(type_name) || type_name == "Low") {
        return Some("peer: last bit of packed floats");
    }
    // A number of the same bytes: counters (kCounter) and ids of references have another sign there.
    if digest.to_string().replace("<u4", "<i4") == truth.to_string().replace("<u4", "<i4") {
        return Some("peer: sign of 32-bit integers");
    }
    let bits = type_name.starts_with("std::bitset") && digest[2] == truth[3];
    if bits {
        return Some("peer: bitsets as lists");
    }
    // A split collection by its own name: lists of records here, their numbers there.
    if digest[0] == "l" && truth[0] == "n" && truth[1] == "<i4" && truth[2] == digest[1] {
        return Some("peer: counts in the place of a collection");
    }
    if type_name == "TString" && digest[0] == "l" && truth[0] == "s" {
        return Some("peer: one string for all of a collection");
    }
    // Objects of classes without version begin with a checksum, which the peer takes for the first member.
    if same_make && type_name.contains("DisplacementVector3D") {
        return Some("peer: checksum read as a member");
    }
    if same_make && type_name.starts_with("std::vector<ElementLink<") {
        return Some("peer: memberwise read as objects");
    }
    // Sizes in the place of starts (kGenerateOffsetMap).
    (type_name == "char*" && same_make).then_some("peer: offset map")
}

/// Whether a list of records here is the record of lists there, with the same numbers in it.
fn same_members(own: &Value, peer: &Value) -> bool {
    let (Some(own_fields), Some(peer_fields)) = (own[3][2].as_object(), peer[2].as_object()) else { return false };
    own_fields.len() == peer_fields.len()
        && own_fields.values().zip(peer_fields.values()).all(|(own_field, peer_field)| {
            peer_field[0] == "l" && peer_field[1] == own[1] && peer_field[2] == own[2] && peer_field[3] == *own_field
        })
}

fn low_precision(type_name: &str) -> bool {
    type_name.contains("Double32_t") || type_name.contains("Float16_t")
}

/// A digest without its sums and, for lists, without the number of items below.
fn make(digest: &Value) -> String {
    match digest {
        Value::Array(parts) if parts[0] == "n" => parts[1].to_string(),
        Value::Array(parts) if parts[0] == "l" => format!("l{}", make(&parts[3])),
        Value::Array(parts) if parts[0] == "s" => "s".to_owned(),
        Value::Array(parts) if parts[0] == "a" => format!("a{}{}", parts[1], make(&parts[2])),
        Value::Array(parts) if parts[0] == "r" => {
            let fields: Vec<String> =
                parts[2].as_object().unwrap().iter().map(|(name, node)| name.clone() + &make(node)).collect();
            fields.join(",")
        }
        _ => String::new(),
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
        links::nanoaod(&mut score, name, wanted, &*table, &found);
    }
    for (name, wanted) in reference["edm4hep"].as_object().unwrap() {
        links::edm4hep(&mut score, &root.join("data/event-files/edm4hep").join(name), wanted);
    }
    for (name, wanted) in reference["physlite"].as_object().unwrap() {
        links::physlite(&mut score, &root.join("data/event-files/physlite").join(name), wanted);
    }
    (0..reference["lumi"].as_object().unwrap().len()).for_each(|_| score.wait("luminosity masks"));
    score.report("event-files/schemas.json");
    assert!(score.failed.is_empty(), "{} differ", score.failed.len());
}

/// The columns of `kinds_tree.h` as its formulas give them; a group of branches is compared as the record that it holds.
#[test]
fn generated_columns_have_the_digests_of_their_formulas() {
    let Some(root) = shared() else { return };
    let reference = load(&root.join("refs/event-files/kinds.json"));
    let mut score = Score::default();
    for (key, columns) in reference["tables"].as_object().unwrap() {
        let (name, tree) = key.split_once(':').unwrap();
        if name.starts_with("rntuple") {
            (0..columns.as_object().unwrap().len()).for_each(|_| score.wait("RNTuple"));
            continue;
        }
        let got = digest::record(&root.join("data/event-files/generated").join(name)).unwrap();
        let branches = &got["trees"][format!("{tree};1")]["branches"];
        for (column, wanted) in columns.as_object().unwrap() {
            let own = branches.get(column).or_else(|| branches.get(format!("{column}."))).unwrap_or(&Value::Null);
            match own["problem"].as_str() {
                Some(problem) => score.wait(&feature(problem)),
                None if own.is_null() => score.wait("groups as records"),
                None if wanted["truth"].is_null() => score.wait("no truth given"),
                // The formulas leave out the packed floats in `low`.
                None if column == "ev" => {
                    let mut shown = own["digest"].clone();
                    shown[2].as_object_mut().unwrap().shift_remove("low");
                    score.check(shown == wanted["truth"], || format!("{key} ev: {shown}"));
                }
                None => score.check(own["digest"] == wanted["truth"], || {
                    format!("{key} {column}: {} for {}", own["digest"], wanted["truth"])
                }),
            }
        }
    }
    let truncated = load(&root.join("refs/event-files/kinds_root.json"));
    let got = digest::record(&root.join("data/event-files/generated/tree-leaves.root")).unwrap();
    for (column, sha) in truncated["values"].as_object().unwrap() {
        let mut node = &got["trees"]["t;1"]["branches"][column]["digest"];
        if node[0] == "l" {
            node = &node[3];
        }
        score.check(node[3] == *sha, || format!("{column}: {node}"));
    }
    score.report("event-files/kinds.json");
    assert!(score.failed.is_empty(), "{} differ", score.failed.len());
}

#[test]
fn references_between_objects_lead_where_the_formulas_say() {
    let Some(root) = shared() else { return };
    let reference = load(&root.join("refs/event-files/references.json"));
    let mut score = Score::default();
    links::delphes(&mut score, &root.join("data/event-files/generated/delphes-like.root"), &reference["events"]);
    score.report("event-files/references.json");
    assert!(score.failed.is_empty(), "{} differ", score.failed.len());
}

#[test]
fn ranges_of_entries_equal_slices_of_the_whole() {
    let Some(root) = shared() else { return };
    let reference = load(&root.join("refs/event-files/ranges.json"));
    let mut score = Score::default();
    for case in reference["cases"].as_array().unwrap() {
        let (name, object) = (case["file"].as_str().unwrap(), case["object"].as_str().unwrap());
        if name.contains("rntuple") {
            score.wait("RNTuple");
            continue;
        }
        let file = germane_formats::open(&root.join("data/event-files").join(name)).unwrap();
        let table = file.table(object).unwrap();
        let column = case["column"].as_str().unwrap();
        let Ok(index) = table.schema().find(column) else {
            score.wait("groups as records");
            continue;
        };
        let (start, stop) = (case["start"].as_u64().unwrap(), case["stop"].as_u64().unwrap());
        let got = table.read(&[index], start..stop).map(|arrays| digest::array(&arrays[0]));
        match got {
            Err(error) => score.wait(&feature(&error.message)),
            Ok(got) if got == case["digest"] || same_members(&got, &case["digest"]) => score.check(true, String::new),
            Ok(got) => {
                let (own, peer) = (serde_json::json!({"digest": got, "type": table.schema().columns[index].type_name}), case);
                match peer_fault(&own, peer) {
                    Some(reason) => score.wait(reason),
                    None => score.check(false, || format!("{name}:{object} {column} {start}..{stop}: {got}")),
                }
            }
        }
        if table.schema().names().any(|name| name.starts_with(&format!("{column}/"))) {
            continue;
        }
        let touched = table.payload_digests(&[index], start..stop).unwrap();
        let wanted: Vec<u64> = case["baskets"].as_array().unwrap().iter().map(|b| b[0].as_u64().unwrap()).collect();
        let touched: Vec<u64> = touched.iter().map(|d| d.basket as u64).collect();
        // Baskets inside the tree's own record have no bytes of their own.
        score.check(wanted.starts_with(&touched), || format!("{name} {column}: baskets {touched:?} for {wanted:?}"));
    }
    score.report("event-files/ranges.json");
    assert!(score.failed.is_empty(), "{} differ", score.failed.len());
}

#[test]
fn every_cut_of_every_column_equals_the_whole() {
    let Some(root) = shared() else { return };
    for name in [
        "generated/tree-leaves.root",
        "generated/tree-leaves-offsetmap.root",
        "generated/tree-stl.root",
        "generated/tree-objects.root",
    ] {
        let file = germane_formats::open(&root.join("data/event-files").join(name)).unwrap();
        for object in file.objects().unwrap().into_iter().filter(|o| o.is_table) {
            let table = file.table(&object.path).unwrap();
            for (i, column) in table.schema().columns.iter().enumerate().filter(|(_, c)| c.problem.is_none()) {
                let whole = table.read(&[i], 0..60).unwrap().remove(0);
                for (start, stop) in [(0, 1), (5, 5), (19, 21), (20, 40), (33, 60), (59, 60), (60, 60)] {
                    let part = table.read(&[i], start..stop).unwrap().remove(0);
                    let cut = whole.slice(start as usize, (stop - start) as usize);
                    assert_eq!(digest::array(&part), digest::array(&cut), "{name} {} {start}..{stop}", column.field.name);
                }
            }
        }
    }
}

#[test]
fn identities_clusters_and_their_bytes_are_those_of_the_reference_engine() {
    let Some(root) = shared() else { return };
    let reference = load(&root.join("refs/scale/partials.json"));
    let mut score = Score::default();
    for (name, wanted) in reference["identities"].as_object().unwrap() {
        let file = germane_formats::open(&root.join("data/scale/events").join(name)).unwrap();
        let identity = file.table("Events").unwrap().identity().to_owned();
        score.check(*wanted == identity.as_str(), || format!("{name}: {identity} for {wanted}"));
    }
    for (name, wanted) in reference["clusters"].as_object().unwrap() {
        let file = germane_formats::open(&root.join("data/scale/events").join(name)).unwrap();
        let table = file.table("Events").unwrap();
        let schema = table.schema();
        let mut cost = vec![0; schema.clusters.len()];
        schema.columns.iter().for_each(|c| cost.iter_mut().zip(&c.bytes_per_cluster).for_each(|(sum, n)| *sum += n));
        let own = serde_json::json!([schema.clusters, cost]);
        let same = *wanted == own || (wanted["ends"] == own[0] && wanted["cost"] == own[1]);
        score.check(same, || format!("{name}: {own} for {wanted}"));
    }
    score.report("scale/partials.json");
    assert!(score.failed.is_empty());
}

#[test]
fn counts_of_the_good_files_are_exact() {
    let Some(root) = shared() else { return };
    let reference = load(&root.join("refs/scale/dataset.json"));
    let (low, high) = (reference["axis"]["low"].as_f64().unwrap(), reference["axis"]["high"].as_f64().unwrap());
    let mut score = Score::default();
    for set in reference["sets"].as_array().unwrap() {
        let (mut counts, mut entries) = (vec![0_u64; 62], 0);
        for name in set["files"].as_array().unwrap() {
            let path = root.join("data/scale/good").join(name.as_str().unwrap());
            let table = germane_formats::open(&path).unwrap().table(reference["tree"].as_str().unwrap()).unwrap();
            let column = table.schema().find(reference["axis"]["column"].as_str().unwrap()).unwrap();
            entries += table.schema().entries;
            for mass in table.read(&[column], 0..table.schema().entries).unwrap()[0].as_f64().unwrap() {
                let cell = if *mass < low {
                    0
                } else if *mass >= high {
                    61
                } else {
                    (mass - low) as usize + 1
                };
                counts[cell] += 1;
            }
        }
        score.check(set["entries"] == entries, || format!("{} entries {entries}", set["files"]));
        score.check(set["counts"] == serde_json::json!(counts), || format!("{}: {counts:?}", set["files"]));
    }
    score.report("scale/dataset.json");
    assert!(score.failed.is_empty());
}
