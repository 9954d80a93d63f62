//! Cutting, keys, output names, canonical JSON and partial files against `refs/scale`: true by definition.

#![allow(clippy::print_stdout, reason = "a suite prints a line a file")]
#![allow(clippy::disallowed_methods, reason = "the shared folder is named by the environment")]

use germane_runs::content_key::{Key, canonical, leaf_key, node_key, pass_key};
use germane_runs::{output, partial::Partial, partition::cut};
use serde_json::Value;
use std::path::PathBuf;

fn reference(name: &str) -> Option<Value> {
    let shared =
        std::env::var("GERMANE_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into());
    let path = PathBuf::from(shared).join("refs/scale").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).expect("reference is JSON")),
        Err(_) => {
            println!("not run: {} is not there", path.display());
            None
        }
    }
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().map(|a| a.iter().filter_map(Value::as_u64).collect()).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn report(file: &str, failures: &[String], cases: usize, pending: usize) {
    let pending_text = if pending > 0 { format!("  {pending} pending (merge files {pending})") } else { "  0 pending".into() };
    println!("refs/scale/{file}  {} passed  {} failed{pending_text}  worst 0", cases - failures.len(), failures.len());
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn reference_suite_plan_vectors() {
    let Some(reference) = reference("plan_vectors.json") else { return };
    let (mut failures, mut cases) = (Vec::new(), 0);
    for case in reference["cuts"].as_array().into_iter().flatten() {
        cases += 1;
        let ranges = cut(&numbers(&case["ends"]), &numbers(&case["cost"]), case["target"].as_u64().unwrap_or(0));
        let got: Vec<Vec<u64>> = ranges.iter().map(|r| vec![r.start, r.end]).collect();
        if serde_json::json!(got) != case["partitions"] {
            failures.push(format!("cut {}: {got:?}", case["name"]));
        }
    }
    for case in reference["leaves"].as_array().into_iter().flatten() {
        cases += 1;
        let pass = Key::parse(text(case, "plan")).expect("a key");
        let (start, stop) = (case["start"].as_u64().unwrap_or(0), case["stop"].as_u64().unwrap_or(0));
        let got = leaf_key(pass, text(case, "kernels"), text(case, "identity"), start, stop);
        if got.to_string() != text(case, "key") {
            failures.push(format!("leaf {got}"));
        }
    }
    for name in reference["names"]["accept"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        cases += 1;
        if let Some(reason) = output::refusal(name) {
            failures.push(format!("`{name}` refused: {reason}"));
        }
    }
    for (name, reason) in reference["names"]["reject"].as_object().into_iter().flatten() {
        cases += 1;
        if output::refusal(name) != reason.as_str() {
            failures.push(format!("`{name}`: {:?}, not {reason}", output::refusal(name)));
        }
    }
    let nodes = reference["nodes"].as_array().map_or(0, Vec::len);
    report("plan_vectors.json", &failures, cases, nodes);
}

#[test]
fn reference_suite_partials() {
    let Some(reference) = reference("partials.json") else { return };
    let (mut failures, mut cases) = (Vec::new(), 0);
    let plan: Value = self::reference("plan_jets.json").unwrap_or_default();
    let mut keys: Vec<Key> = Vec::new();
    for node in plan["nodes"].as_array().into_iter().flatten() {
        let mut hashed = node.as_object().cloned().unwrap_or_default();
        for unhashed in ["places", "title", "doc"] {
            hashed.remove(unhashed);
        }
        let of: Vec<String> = numbers(&node["of"]).iter().map(|&i| keys[i as usize].to_string()).collect();
        hashed.insert("of".into(), of.into());
        keys.push(node_key(&Value::Object(hashed)));
    }
    for (got, want) in keys.iter().zip(reference["nodes"].as_array().into_iter().flatten()) {
        cases += 1;
        if Some(got.to_string().as_str()) != want.as_str() {
            failures.push(format!("node key {got}"));
        }
    }
    let products: Vec<Key> =
        reference["products"].as_object().into_iter().flatten().filter_map(|(_, v)| Key::parse(v.as_str()?)).collect();
    cases += 1;
    if pass_key(&products).to_string() != text(&reference, "pass") {
        failures.push("pass key".into());
    }
    for case in reference["canonical"].as_array().into_iter().flatten() {
        let written = text(case, "canonical");
        let Ok(value) = serde_json::from_str::<Value>(written) else { continue };
        cases += 1;
        if canonical(&value) != written.as_bytes() {
            failures.push(format!("canonical {written}"));
        }
    }
    for case in reference["broken"].as_array().into_iter().flatten() {
        cases += 1;
        let bytes = base64(text(case, "base64"));
        if Partial::from_bytes(&bytes, Key::parse(text(case, "key")).expect("a key")).is_ok() {
            failures.push(format!("accepted: {}", case["name"]));
        }
    }
    for case in reference["leaves"].as_array().into_iter().flatten().filter(|c| c.get("base64").is_some()) {
        cases += 1;
        let (bytes, own) = (base64(text(case, "base64")), Key::parse(text(case, "key")).expect("a key"));
        match Partial::from_bytes(&bytes, own) {
            Ok(partial) if partial.to_bytes(own) == bytes => {}
            other => failures.push(format!("leaf of {}: {:?}", case["file"], other.map(|_| "other bytes"))),
        }
    }
    report("partials.json", &failures, cases, 1);
}

fn base64(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for c in text.bytes().filter(|&c| c != b'=') {
        bits = (bits << 6) | u32::from(value(c));
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}

/// Mistakes of whole analysis files: line, column, what is underlined, code, advice of the first problem.
#[test]
fn reference_suite_yaml_errors() {
    use germane_runs::{BadFiles, Plan, analysis};
    use germane_texts::{Diagnostic, Source};
    let shared =
        std::env::var("GERMANE_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into());
    let (path, data) =
        (PathBuf::from(&shared).join("refs/analysis/yaml/yaml_errors.json"), PathBuf::from(&shared).join("data/analysis"));
    let Ok(bytes) = std::fs::read(&path) else {
        println!("not run: {} is not there", path.display());
        return;
    };
    let reference: Value = serde_json::from_slice(&bytes).expect("reference is JSON");
    let first = |source: &Source| -> Option<Diagnostic> {
        let found = match analysis::read(source) {
            Err(found) => found,
            Ok(analysis) => Plan::new(analysis, &data, BadFiles::Refuse).err()?.diagnostics,
        };
        found.into_iter().next()
    };
    let (mut failures, mut passed, mut pending) = (Vec::new(), 0, std::collections::BTreeMap::<&str, usize>::new());
    for case in reference["cases"].as_array().into_iter().flatten() {
        let (name, written) = (text(case, "name"), text(case, "text"));
        let later = match text(case, "code") {
            "correction" => Some("corrections"),
            "code" => Some("local code"),
            "unused" => Some("warnings of unused variations"),
            _ if written.contains("sum_of_weights") => Some("normalisation"),
            _ => None,
        };
        if let Some(feature) = later {
            *pending.entry(feature).or_default() += 1;
            continue;
        }
        let source = Source::new("analysis.yaml", written);
        let Some(found) = first(&source) else {
            failures.push(format!("{name}: accepted"));
            continue;
        };
        let place = found.place.map_or((0, 0), |p| (p.line as u64, p.column as u64));
        let underlined = found.span.map_or("", |s| source.slice(s));
        let advice = format!("{} {}", found.message, found.advice_text().unwrap_or_default());
        let want = (case["line"].as_u64().unwrap_or(0), case["column"].as_u64().unwrap_or(0));
        if place == want && underlined == text(case, "underlined") && advice.contains(text(case, "advice_contains")) {
            passed += 1;
        } else {
            failures.push(format!(
                "{name}: {place:?} {underlined:?} {} {advice} instead of {want:?} {}",
                found.code, case["underlined"]
            ));
        }
    }
    let later: Vec<String> = pending.iter().map(|(f, n)| format!("{f} {n}")).collect();
    let count: usize = pending.values().sum();
    println!(
        "refs/analysis/yaml/yaml_errors.json  {passed} passed  {} failed  {count} pending ({})  worst 0",
        failures.len(),
        later.join(", ")
    );
    assert!(failures.is_empty(), "{failures:#?}");
}

fn shared() -> PathBuf {
    std::env::var("GERMANE_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into()).into()
}

/// One weighted histogram of one column over these files, as an analysis.
fn weighted_histogram(
    reference: &Value,
    files: &[String],
    options: &germane_runs::Options,
) -> Result<germane_runs::Outcome, germane_runs::Error> {
    let axis = &reference["axis"];
    let document = serde_json::json!({
        "germane": 1, "datasets": {"d": {"files": files, "tree": reference["tree"]}}, "weights": {"w": reference["weight"]},
        "regions": {"all": []},
        "histograms": {"h": {"fill": axis["column"], "axis": [axis["bins"], axis["low"], axis["high"]], "regions": ["all"]}},
    });
    let source = germane_texts::Source::new("analysis.json", document.to_string());
    let analysis = germane_runs::analysis::read(&source).map_err(germane_runs::Error::text)?;
    germane_runs::run(analysis, &shared().join("data/scale"), options, &germane_runs::Progress::default())
}

fn doubles(values: &Value) -> Vec<f64> {
    values.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

fn hex_doubles(values: &Value) -> Vec<f64> {
    let read = |text: &str| u64::from_str_radix(text, 16).map(f64::from_bits).ok();
    values.as_array().into_iter().flatten().filter_map(|v| read(v.as_str()?)).collect()
}

/// Sums of the good files to the last bit, for any partition size and number of threads.
#[test]
fn reference_suite_dataset_sums() {
    let Some(reference) = reference("dataset.json") else { return };
    let (mut failures, mut cases) = (Vec::new(), 0);
    for set in reference["sets"].as_array().into_iter().flatten() {
        let files: Vec<String> =
            set["files"].as_array().into_iter().flatten().filter_map(Value::as_str).map(|f| format!("good/{f}")).collect();
        for (partition_size, threads) in [(64 << 20, 1), (20_000, 2), (1, 3)] {
            cases += 1;
            let options = germane_runs::Options { partition_size, threads, ..Default::default() };
            let outcome = match weighted_histogram(&reference, &files, &options) {
                Ok(outcome) => outcome,
                Err(error) => {
                    failures.push(error.to_string());
                    continue;
                }
            };
            let storage = &outcome.histograms[0].1["storage"];
            // One process, region and variation in front of the axis; the category axes have no flow.
            let (values, variances) = (flatten(&storage["values"]), flatten(&storage["variances"]));
            let entries = &outcome.result["inputs"]["d"]["entries"];
            if entries != &set["entries"] || values != hex_doubles(&set["sumw"]) || variances != hex_doubles(&set["sumw2"]) {
                failures.push(format!("{files:?}: {entries} entries, other sums with partitions of {partition_size} bytes"));
            }
        }
    }
    report("dataset.json", &failures, cases, 0);
}

/// Numbers of nested lists, in order.
fn flatten(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) if items.iter().all(Value::is_number) => doubles(value),
        Value::Array(items) => items.iter().flat_map(flatten).collect(),
        _ => Vec::new(),
    }
}

/// A run stops at each bad file with its place; one without a checksum of its own is found out by what is remembered of its
/// good copy.
#[test]
fn reference_suite_bad_files() {
    let (Some(bad), Some(reference)) = (reference("bad_files.json"), reference("dataset.json")) else { return };
    let (mut failures, mut cases) = (Vec::new(), 0);
    for (name, of) in bad["files"].as_object().into_iter().flatten() {
        cases += 1;
        let column = of["branch"].as_str().unwrap_or("M");
        let reference = serde_json::json!({
            "tree": reference["tree"], "weight": "1", "axis": {"column": column, "bins": 60, "low": 0, "high": 200},
        });
        let cache = tempfile::tempdir().expect("a folder");
        let options = germane_runs::Options { cache: Some(cache.path().to_owned()), ..Default::default() };
        if let Some(good) = of["good"].as_str()
            && let Err(error) = weighted_histogram(&reference, &[format!("good/{good}")], &options)
        {
            failures.push(format!("{good}: {error}"));
        }
        let files = [format!("bad/{name}")];
        match weighted_histogram(&reference, &files, &options) {
            Ok(_) => failures.push(format!("{name}: accepted")),
            Err(error) => {
                let line = error.diagnostics[0].message.clone();
                let missing: Vec<&str> = of["message_names"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .filter(|t| !line.contains(t))
                    .collect();
                if error.exit != germane_runs::exit::INPUT || !missing.is_empty() {
                    failures.push(format!("{name}: exit {} {line} lacks {missing:?}", error.exit));
                }
            }
        }
        // Left out on request, beside a good file: listed, and the good one's numbers stay.
        let both = ["good/uproot-Zmumu-lz4.root".to_owned(), files[0].clone()];
        let allowed = germane_runs::Options { bad_files: germane_runs::BadFiles::Allow(1), ..options };
        match weighted_histogram(&reference, &both, &allowed) {
            Ok(outcome)
                if outcome.exit == germane_runs::exit::EXCLUDED && outcome.report["excluded"][0]["url"] == files[0].as_str() => {}
            Ok(outcome) => failures.push(format!("{name} allowed: exit {} {}", outcome.exit, outcome.report["excluded"])),
            Err(error) => failures.push(format!("{name} allowed: {error}")),
        }
    }
    report("bad_files.json", &failures, cases, 0);
}
