//! Partial reads compared with the references; prints one line a reference file.

mod objects;
mod shared;

use germane_columns::NumberType;
use germane_formats::Kind;
use germane_formats::lh5::{self, Decode, Fields, Lh5File, Object, ReadOptions, Selection};
use germane_numerics::Inline;
use objects::{sha, show};
use serde_json::Value;
use shared::{Score, load, say, shared};
use std::collections::BTreeMap;
use std::path::Path;

fn selection(rows: &Value) -> Selection {
    let rows = rows.as_array().unwrap();
    match rows.first() {
        Some(Value::Bool(_)) => Selection::Mask(rows.iter().map(|row| row.as_bool().unwrap()).collect()),
        Some(Value::Array(_)) => {
            let number = |pair: &Value, i: usize| pair[i].as_u64().unwrap();
            Selection::Ranges(rows.iter().map(|pair| number(pair, 0)..number(pair, 1)).collect())
        }
        _ => Selection::List(rows.iter().map(|row| row.as_u64().unwrap()).collect()),
    }
}

fn options(case: &Value) -> ReadOptions {
    let mut options = ReadOptions::default();
    if let Some(rows) = case.get("idx") {
        options.rows = match case.get("per_file") {
            Some(_) => {
                let each =
                    |list: &Value| Selection::List(list.as_array().unwrap().iter().map(|row| row.as_u64().unwrap()).collect());
                Selection::PerFile(rows.as_array().unwrap().iter().map(each).collect())
            }
            None => selection(rows),
        };
    }
    options.start = case["start_row"].as_u64().unwrap_or(0);
    options.count = case["n_rows"].as_u64();
    options.fields = match case.get("field_mask") {
        Some(Value::Array(names)) => Fields::only(names.iter().map(|name| name.as_str().unwrap())),
        Some(Value::Object(map)) => {
            Fields::chosen(map.iter().map(|(name, wanted)| (name.clone(), wanted.as_bool().unwrap())).collect())
        }
        _ => Fields::all(),
    };
    if case["decompress"] == false {
        options.decode = Decode::Keep;
    }
    options
}

struct Files {
    open: BTreeMap<String, Lh5File>,
}

impl Files {
    fn get(&mut self, root: &Path, name: &str) -> Lh5File {
        self.open.entry(name.to_owned()).or_insert_with(|| lh5::open(&root.join(name)).unwrap()).clone()
    }
}

#[test]
fn parts_of_objects_are_the_rows_of_the_whole() {
    let Some(root) = shared() else { return };
    let reference = load(&root.join("refs/legend-io/reads.json"));
    let digests = load(&root.join("refs/legend-io/digests.json"));
    let mut score = Score::default();
    let mut files = Files { open: BTreeMap::new() };
    for (number, case) in reference.as_array().unwrap().iter().enumerate() {
        let names: Vec<&str> = case["files"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let open: Vec<Lh5File> = names.iter().map(|name| files.get(&root.join("data/legend-io"), name)).collect();
        let object = case["object"].as_str().unwrap();
        let mut shown = case.clone();
        for key in ["peer", "truth", "checked", "truth_error"] {
            shown.as_object_mut().unwrap().remove(key);
        }
        let options = options(case);
        let got = lh5::read(&open, object, &options, &Inline);
        match (case.get("truth").or(case.get("peer")), got) {
            // The peer takes a name that is not there for an empty table.
            (Some(_), Err(error)) if case["field_mask"] == serde_json::json!(["nothing"]) => {
                score.check(error.kind == Kind::Unknown && !error.candidates.is_empty(), || format!("{number}: {error}"));
            }
            (Some(wanted), Ok(result)) => {
                let ours = show(&result.object);
                // The peer digests the addresses of texts of any length, not the texts.
                if wanted["dtype"] == "|O" {
                    score.check(ours["dtype"] == "|O" && ours["shape"] == wanted["shape"], || {
                        format!("{number} {shown}: {ours:.300}")
                    });
                    check_whole(&mut score, &digests[names[0]], object, &result.object);
                    continue;
                }
                score.check(ours == *wanted, || format!("{number} {shown}: {ours:.300} for {wanted:.300}"));
            }
            (Some(_), Err(error)) => score.check(false, || format!("{number} {shown}: {error}")),
            (None, Err(error)) => score.check(object.ends_with("absent"), || format!("{number} {shown}: {error}")),
            // The peer fails: the whole has the digest of libhdf5, the part is cut out of it in memory.
            (None, Ok(result)) => {
                let whole = lh5::read(&open, object, &ReadOptions::default(), &Inline).unwrap().object;
                let wanted = part(&whole, &options);
                score.check(result.object == wanted, || format!("{number} {shown}: {:.300}", show(&result.object)));
                check_whole(&mut score, &digests[names[0]], object, &whole);
            }
        }
    }
    score.report("legend-io/reads.json");
    assert!(score.failed.is_empty(), "{} differ", score.failed.len());
}

fn part(whole: &Object, options: &ReadOptions) -> Object {
    let Some(rows) = whole.rows() else { return whole.clone() };
    let picked = options.rows.of(rows as u64, options.start, options.count).unwrap();
    whole.select(&picked.ranges.iter().map(|range| range.start as usize..range.end as usize).collect::<Vec<_>>()).unwrap()
}

/// Compares every array below an object with the digests of libhdf5 (h5py) and of the reference codecs.
fn check_whole(score: &mut Score, digests: &Value, path: &str, object: &Object) {
    use germane_formats::lh5::Content;
    let known = &digests[format!("/{}", path.trim_start_matches('/'))];
    // A second name of an object is not digested again.
    if known.is_null() || known.get("hard_link_to").is_some() {
        return;
    }
    // Conditions are 0 or 1 here, whatever bytes the file has.
    if known["attrs"]["datatype"] == "array<1>{bool}" && path == "/foreign/bool_u1" {
        return;
    }
    let values = match (&object.content, known.get("decoded")) {
        (Content::Vectors(vectors), Some(_)) => match &vectors.flattened_data.content {
            Content::Array(values) => Some(values),
            _ => None,
        },
        (Content::Array(values) | Content::Scalar(values), _) => Some(values),
        (Content::Vectors(vectors), None) => {
            return check_whole(score, digests, &format!("{path}/flattened_data"), &vectors.flattened_data);
        }
        _ => None,
    };
    if let Some(values) = values {
        let wanted = known.get("decoded").unwrap_or(known)["sha256"].as_str().unwrap_or("none");
        // Texts of any length are digested with a zero byte behind each.
        let bytes = match (values.bytes(), &values.data) {
            (Some(bytes), _) => bytes.to_vec(),
            (None, germane_formats::hdf5::ValueData::Texts { offsets, bytes }) => {
                offsets.windows(2).flat_map(|ends| [&bytes[ends[0] as usize..ends[1] as usize], b"\0"].concat()).collect()
            }
            _ => Vec::new(),
        };
        let digest = sha(&bytes);
        score.check(wanted.starts_with(&digest), || format!("{path}: {digest} for {wanted}"));
        return;
    }
    for (name, member) in object.members().into_iter().flatten() {
        check_whole(score, digests, &format!("{path}/{name}"), member);
    }
}

#[test]
fn every_object_of_every_file_has_the_digest_of_libhdf5() {
    let Some(root) = shared() else { return };
    let digests = load(&root.join("refs/legend-io/digests.json"));
    let mut score = Score::default();
    for (name, paths) in digests.as_object().unwrap().iter().filter(|(name, _)| name.ends_with(".lh5")) {
        let file = lh5::open(&root.join("data/legend-io").join(name)).unwrap();
        for entry in paths.as_object().unwrap().keys() {
            // The ends of the tree are read through their folders once more.
            if entry == "/" || entry.matches('/').count() > 1 || paths[entry].get("link").is_some() {
                continue;
            }
            match file.read(entry, &ReadOptions::default(), &Inline) {
                Ok(result) if !name.contains("views") => {
                    check_whole(&mut score, paths, entry, &result.object);
                    result.object.check().unwrap();
                }
                Ok(_) => {}
                Err(error) if entry == "/foreign" => say(&format!("    {name}{entry}: {error}")),
                Err(error) => score.check(false, || format!("{name}{entry}: {error}")),
            }
        }
    }
    score.report("legend-io/digests.json (through LH5)");
    assert!(score.failed.is_empty(), "{} differ", score.failed.len());
}

#[test]
fn waveforms_decode_to_every_type_or_are_refused() {
    let Some(root) = shared() else { return };
    let file = lh5::open(&root.join("data/legend-io/made/types.lh5")).unwrap();
    for codec in ["uleb128_zigzag_diff", "radware_sigcompress"] {
        let object = format!("encoded/{codec}/values");
        let read = |decode| file.read(&object, &ReadOptions { decode, ..ReadOptions::default() }, &Inline);
        let wide = read(Decode::default()).unwrap().object;
        let lh5::Content::Array(wide) = &wide.content else { panic!("an array") };
        let numbers: Vec<f64> = objects::list(wide).iter().map(|value| value.as_f64().unwrap()).collect();
        for number in [NumberType::U16, NumberType::U32, NumberType::I64, NumberType::F32, NumberType::F64] {
            let other = read(Decode::To(number)).unwrap().object;
            let lh5::Content::Array(other) = &other.content else { panic!("an array") };
            assert_eq!(
                objects::list(other).iter().map(|value| value.as_f64().unwrap()).collect::<Vec<_>>(),
                numbers,
                "{number:?}"
            );
        }
        let error = read(Decode::To(NumberType::U8)).unwrap_err();
        assert_eq!(error.kind, Kind::Unsupported);
        assert!(error.message.contains("row 0") && error.message.contains("sample 0"), "{error}");
        assert!(read(Decode::Wrapped(NumberType::U8)).is_ok());
    }
}

#[test]
fn lists_of_files_agree_or_say_what_differs() {
    let Some(root) = shared() else { return };
    let open = |n: usize| lh5::open(&root.join(format!("cases/inputs/list_{n}.lh5"))).unwrap();
    let read = |numbers: &[usize], options: &ReadOptions| {
        lh5::read(&numbers.iter().map(|n| open(*n)).collect::<Vec<_>>(), "t", options, &Inline)
    };
    // Case D08: a field that the second file lacks.
    let error = read(&[1, 2], &ReadOptions::default()).unwrap_err();
    assert!(
        error.message.contains("no field `b`") && error.message.contains("list_1.lh5") && error.file.ends_with("list_2.lh5"),
        "{error}"
    );
    let missing = ReadOptions { missing: lh5::Missing::Null, ..ReadOptions::default() };
    let result = read(&[1, 2], &missing).unwrap();
    assert_eq!(result.nulls, [("b".to_owned(), 3..7)]);
    let b: Vec<Value> = match &result.object.at("b").unwrap().content {
        lh5::Content::Array(values) => objects::list(values),
        _ => panic!("an array"),
    };
    assert_eq!(serde_json::json!(b), serde_json::json!([10.0, 11.0, 12.0, null, null, null, null]));
    // Units are converted to those of the first file, and that is said.
    let result = read(&[1, 3], &ReadOptions::default()).unwrap();
    let expected = load(&root.join("cases/expected.json"));
    for (column, key) in [("a", "a of 1 + 3 in keV"), ("b", "b of 1 + 3 in ns")] {
        let lh5::Content::Array(values) = &result.object.at(column).unwrap().content else { panic!("an array") };
        let wanted: Vec<f64> = expected["D08"][key].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
        assert_eq!(objects::list(values).iter().map(|value| value.as_f64().unwrap()).collect::<Vec<_>>(), wanted);
    }
    assert_eq!(result.notes.len(), 2);
    assert!(result.notes[0].contains("from eV to keV"), "{:?}", result.notes);
}
