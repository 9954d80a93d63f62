//! Raw conversions against `refs/legend-io/raw.json`: names, datatypes, element types, units, values, filters where a case sets
//! them. What the peer leaves uninitialised counts by name, type and shape only; where it is wrong, the truth beside it counts.

#[path = "../../formats/tests/shared/mod.rs"]
mod shared;

use germane_runs::Progress;
use germane_runs::raw::{Options, Specification, convert};
use germane_texts::Source;
use serde_json::{Map, Value, json};
use shared::{Score, load, shared};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Objects of a file as `germane digest` gives them, without the root, names without the first slash.
fn objects(file: &Path) -> Map<String, Value> {
    let record = germane_formats::digest::record(file).unwrap();
    let trimmed = record.as_object().unwrap().iter().filter(|(path, _)| *path != "/");
    trimmed.map(|(path, object)| (path.trim_start_matches('/').to_owned(), object.clone())).collect()
}

/// Options of a case: the peer's arguments as ours.
fn options(case: &Value, folder: &Path, data: &Path) -> Result<Options, String> {
    let arguments = &case["args"];
    let mut options = Options::new(folder.join("out.lh5"));
    options.threads = 2;
    if case["out_spec"].is_object() {
        let source = Source::new("spec.json", case["out_spec"].to_string());
        let problems = |p: Vec<germane_texts::Diagnostic>| p.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        options.specification = Some(Specification::read(&source).map_err(problems)?);
    }
    for (name, value) in arguments.as_object().into_iter().flatten() {
        match name.as_str() {
            "buffer_size" => options.block_rows = value.as_u64().unwrap() as usize,
            "n_max" => options.rows_per_key = value.as_u64(),
            "compass_config_file" => options.compass_settings = Some(data.join(value.as_str().unwrap())),
            "hdf5_settings" => options.storage = storage(value),
            // The format shows in the bytes.
            "in_stream_type" => {}
            word => {
                options.words.insert(word.to_owned(), value.as_str().unwrap().to_owned());
            }
        }
    }
    Ok(options)
}

fn storage(value: &Value) -> germane_formats::lh5::Storage {
    germane_runs::raw::read_storage(&Source::new("settings.json", value.to_string())).unwrap()
}

/// The peer casts this counter to 32 bits, where it wraps after 4.3 s; ours has all of them (fault D8).
fn unwrapped(expected: &Value, found: &Value) -> Result<(), String> {
    let low = |value: &Value| value.as_u64().map(|n| n & 0xffff_ffff);
    let first = |object: &Value| object["first"].as_array().into_iter().flatten().take(3).map(low).collect::<Vec<_>>();
    let same = found["dtype"] == "<u8" && found["shape"] == expected["shape"] && first(found) == first(expected);
    if same { Ok(()) } else { Err(format!("{found} where {expected} is due, modulo 2^32")) }
}

/// A folder names exactly what is in it, and all that the peer's names.
fn names_all(expected: &Value, object: &str, found: &Map<String, Value>) -> Result<(), String> {
    let names = |text: &Value| -> BTreeSet<String> {
        let inner = text.as_str().and_then(|t| t.strip_prefix("struct{")).and_then(|t| t.strip_suffix('}')).unwrap_or("");
        inner.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let below =
        |path: &String| path.strip_prefix(object)?.strip_prefix('/').filter(|rest| !rest.contains('/')).map(str::to_owned);
    let (ours, inside) = (names(&found[object]["attrs"]["datatype"]), found.keys().filter_map(below).collect::<BTreeSet<_>>());
    if ours == inside && names(&expected["datatype"]).is_subset(&ours) {
        Ok(())
    } else {
        Err(format!("names {ours:?}, holds {inside:?}"))
    }
}

/// Compares one object of the reference with ours.
fn compare(expected: &Value, found: &Value, sets_filters: bool) -> Result<(), String> {
    let attribute = |name: &str| match &found["attrs"][name] {
        Value::Object(number) => number["value"].clone(),
        other => other.clone(),
    };
    let same = |name: &str, ours: Value| {
        let theirs = expected[name].clone();
        let equal = ours == theirs || ours.as_f64().is_some_and(|a| Some(a) == theirs.as_f64());
        if equal { Ok(()) } else { Err(format!("{name}: {ours} where {theirs} is due")) }
    };
    for name in ["units", "codec", "codec_shift"] {
        same(name, attribute(name))?;
    }
    // The peer does not tell a folder of members that come later; ours must name them all, which is checked with the members.
    if !expected["datatype"].as_str().is_some_and(|text| text.starts_with("struct{")) {
        same("datatype", attribute("datatype"))?;
    }
    if expected.get("dtype").is_some() {
        let ours = found["dtype"].as_str().unwrap_or("");
        let text = ours.strip_prefix("string[").and_then(|rest| rest.split_once(',')).map(|(size, _)| format!("|S{size}"));
        same("dtype", text.map_or_else(|| found["dtype"].clone(), Value::String))?;
        same("shape", found["shape"].clone())?;
    }
    if expected.get("unstable").is_some() {
        return Ok(());
    }
    if sets_filters && expected.get("filters").is_some() {
        let number = |name: &Value| match name.as_str() {
            Some("deflate") => json!(1),
            Some("shuffle") => json!(2),
            Some("fletcher32") => json!(3),
            Some("lzf") => json!(32000),
            _ => name.clone(),
        };
        let ours: Vec<Value> = found["filters"].as_array().into_iter().flatten().map(number).collect();
        same("filters", ours.into())?;
    }
    if let Some(sha) = expected["sha256"].as_str() {
        let ours = found["sha256"].as_str().unwrap_or("");
        if !ours.starts_with(sha) {
            return Err(format!("values {ours}, first {} where {sha}, first {} are due", found["first"], expected["first"]));
        }
    }
    if let (Some(length), Some(due)) = (expected["length"].as_u64(), expected["string_sha256"].as_str()) {
        let text = found["first"][0].as_str().unwrap_or("");
        let sha = sha256(text.as_bytes());
        if text.len() as u64 != length || !sha.starts_with(due) {
            return Err(format!("text of {} bytes where {length} are due, or another one", text.len()));
        }
    }
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn run_case(score: &mut Score, name: &str, case: &Value, all: &Value, data: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let file = case["file"].as_str().unwrap();
    let options = match options(case, folder.path(), data) {
        Ok(options) => options,
        Err(problem) => return score.check(false, || format!("{name}: {problem}")),
    };
    let result = convert(&[data.join(file).display().to_string()], &options, &Progress::default());
    if name.ends_with("unknown_decoder_and_key") {
        // The peer logs a line and goes on; ours refuses before reading, and names both.
        let text = result.map(|_| String::new()).map_err(|e| (e.exit == 6).then(|| e.to_string()));
        let told = matches!(&text, Err(Some(t)) if t.contains("NoSuchDecoder") && t.contains("key 1"));
        return score.check(told, || format!("{name}: {text:?}"));
    }
    match result {
        // The trailing bytes of a trimmed file are reported.
        Ok(outcome) => score
            .check(outcome.exit == 0 || outcome.exit == 3 && file.ends_with(".gz"), || format!("{name}: exit {}", outcome.exit)),
        Err(error) => return score.check(false, || format!("{name}: {error}")),
    }
    // Where the peer fails, ours gives what the same file gives by itself.
    let mut outputs = case["outputs"].clone();
    if case.get("error").is_some() {
        let sibling = name.rsplit_once('_').map(|(stem, _)| stem.trim_end_matches("_buffer").to_owned() + "_default");
        outputs = all[sibling.unwrap_or_default()]["outputs"].clone();
        assert!(outputs.as_object().is_some_and(|o| !o.is_empty()), "{name} has no sibling");
    }
    let sets = case["args"].get("hdf5_settings").is_some() || case["out_spec"].to_string().contains("hdf5_settings");
    for (output, expected) in outputs.as_object().unwrap() {
        let path = folder.path().join(output);
        if !path.exists() {
            score.check(expected.as_object().is_none_or(Map::is_empty), || format!("{name}: no {output}"));
            continue;
        }
        let found = objects(&path);
        for (object, expected) in expected.as_object().unwrap() {
            match found.get(object) {
                Some(one) => {
                    let is_folder = expected["datatype"].as_str().is_some_and(|text| text.starts_with("struct{"));
                    let compared = if has_chain(case) && object == "ged" {
                        Ok(())
                    } else if object.ends_with("/fpga_time_nsec") {
                        unwrapped(expected, one)
                    } else {
                        let named = if is_folder { names_all(expected, object, &found) } else { Ok(()) };
                        named.and_then(|()| compare(expected, one, sets && !object.contains("/encoded_data")))
                    };
                    score.check(compared.is_ok(), || format!("{name}: {output}:{object}: {}", compared.unwrap_err()));
                }
                None => score.check(false, || format!("{name}: {output} has no {object}")),
            }
        }
        let is_config = |name: &str| name.split('/').any(|part| part == "FCConfig");
        let is_made = |name: &str| has_chain(case) && name.starts_with("ged/presum");
        let is_known = |name: &&String| expected.get(name.as_str()).is_some() || is_config(name) || is_made(name);
        let extra: BTreeSet<&String> = found.keys().filter(|name| !is_known(name)).collect();
        score.check(extra.is_empty(), || format!("{name}: {output} has {extra:?}, too"));
        if let (Some(truth), Some(_)) = (case["FCConfig_truth"].as_object(), found.get("FCConfig")) {
            for (member, value) in truth {
                let found = &found[&format!("FCConfig/{member}")];
                let (dtype, first) = if member == "tracemap" { ("<u4", value.clone()) } else { ("<i4", json!([value])) };
                let few: Vec<&Value> = first.as_array().unwrap().iter().take(4).collect();
                score.check(found["dtype"] == dtype && found["first"] == json!(few), || {
                    format!("{name}: FCConfig/{member}: {found}")
                });
                let length = first.as_array().unwrap().len();
                let shape = if member == "tracemap" { json!([length]) } else { json!([]) };
                score.check(found["shape"] == shape, || format!("{name}: FCConfig/{member} has shape {}", found["shape"]));
            }
        }
    }
    if has_chain(case) {
        let summed = presummed(case, folder.path(), data);
        score.check(summed.is_ok(), || format!("{name}: {}", summed.clone().unwrap_err()));
    }
    let made: BTreeSet<PathBuf> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
    for path in &made {
        let file = path.file_name().unwrap().to_str().unwrap();
        let known = outputs.get(file).is_some()
            || file.ends_with(".provenance.json")
                && made.contains(&path.with_file_name(file.trim_end_matches(".provenance.json")));
        score.check(known, || format!("{name}: {file} was made, too"));
    }
}

fn has_chain(case: &Value) -> bool {
    case["out_spec"].to_string().contains("\"dsp_config\"")
}

/// The peer refuses the chain in its log, and loses the waveforms; ours makes what is asked for. The truth: sums of 16 samples of
/// the same file converted without processing, on a grid of 16 times the period.
fn presummed(case: &Value, folder: &Path, data: &Path) -> Result<(), String> {
    let plain = tempfile::tempdir().unwrap();
    let mut whole = case.clone();
    whole["out_spec"]["FCEventDecoder"]["ged"].as_object_mut().unwrap().remove("proc_spec");
    let options = options(&whole, plain.path(), data)?;
    let file = data.join(case["file"].as_str().unwrap()).display().to_string();
    convert(&[file], &options, &Progress::default()).map_err(|error| error.to_string())?;
    let read = |folder: &Path, object: &str| {
        let file = germane_formats::lh5::open(&folder.join("out.lh5")).unwrap();
        let read = file.read(object, &germane_formats::lh5::ReadOptions::default(), &germane_numerics::Inline);
        let object = read.map_err(|error| error.to_string())?.object;
        let germane_formats::lh5::Content::Array(values) = object.content else { return Err("no array".to_owned()) };
        Ok((values.element.clone(), values.shape.clone(), values.bytes().unwrap().to_vec()))
    };
    let (_, shape, samples) = read(plain.path(), "ged/waveform/values")?;
    let (element, made_shape, made) = read(folder, "ged/presummed/values")?;
    let samples: Vec<u32> = samples.chunks_exact(2).map(|two| u16::from_ne_bytes([two[0], two[1]]).into()).collect();
    let rows = samples.chunks_exact(shape[1]);
    let due: Vec<u8> = rows
        .flat_map(|row| row.chunks_exact(16).map(|sixteen| sixteen.iter().sum::<u32>()).collect::<Vec<_>>())
        .flat_map(u32::to_ne_bytes)
        .collect();
    let is_u32 = element == germane_formats::hdf5::Element::Number(germane_columns::NumberType::U32);
    if !is_u32 || made_shape != [shape[0], shape[1] / 16] || made != due {
        return Err(format!("presummed: {element:?} {made_shape:?}, or other sums"));
    }
    let (_, _, dt) = read(folder, "ged/presummed/dt")?;
    let dt: Vec<f32> = dt.chunks_exact(4).map(|four| f32::from_ne_bytes([four[0], four[1], four[2], four[3]])).collect();
    if dt.iter().any(|dt| *dt != 256.0) { Err(format!("dt {:?}", dt[0])) } else { Ok(()) }
}

#[test]
fn conversions_equal_the_references() {
    let Some(root) = shared() else { return };
    let cases = load(&root.join("refs/legend-io/raw.json"));
    let mut score = Score::default();
    for (name, case) in cases.as_object().unwrap() {
        run_case(&mut score, name, case, &cases, &root.join("data/legend-io"));
    }
    score.report("legend-io/raw.json");
    assert!(score.failed.is_empty());
}
