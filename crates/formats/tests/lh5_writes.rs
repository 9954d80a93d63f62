//! Sequences of writes compared with the files of the peer; round trips; prints one line a reference file.

mod objects;
mod shared;

use germane_columns::buffer::Buffer;
use germane_columns::{NumberType, buffer};
use germane_formats::hdf5::{Attribute, Element, Filter, Node, ValueData, Values};
use germane_formats::lh5::{
    Attributes, Codec, Compression, Content, Lh5File, Mode, Object, ReadOptions, Selection, Storage, Vectors, WriteOptions,
    Writer,
};
use germane_formats::source::Memory;
use germane_formats::{Kind, lh5};
use germane_numerics::Inline;
use indexmap::IndexMap;
use objects::{dtype, list, nested};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use shared::{Score, load, shared};
use std::ops::Range;
use std::sync::Arc;

/// Numbers in the type that NumPy names.
fn numbers(values: &[f64], name: &str) -> Values {
    match name {
        "<i4" => values.iter().map(|v| *v as i32).collect::<Vec<_>>().into(),
        "<i8" => values.iter().map(|v| *v as i64).collect::<Vec<_>>().into(),
        "<u2" => values.iter().map(|v| *v as u16).collect::<Vec<_>>().into(),
        "<f4" => values.iter().map(|v| *v as f32).collect::<Vec<_>>().into(),
        _ => values.to_vec().into(),
    }
}

fn array(values: Values) -> Object {
    Object { datatype: None, attributes: Attributes::new(), content: Content::Array(values) }
}

fn scalar(mut values: Values) -> Object {
    values.shape.clear();
    Object { datatype: None, attributes: Attributes::new(), content: Content::Scalar(values) }
}

fn truth(values: &[bool]) -> Values {
    let bytes: Vec<u8> = values.iter().map(|v| u8::from(*v)).collect();
    Values::fixed(Element::Bool, vec![values.len()], Buffer::from_vec(bytes))
}

fn text(text: &str) -> Values {
    let data =
        ValueData::Texts { offsets: vec![0, text.len() as i64], bytes: buffer::Buffer::from_vec(text.as_bytes().to_vec()) };
    Values { element: Element::Text { utf8: true }, shape: vec![1], data }
}

fn members(map: &Value) -> IndexMap<String, Object> {
    map.as_object().unwrap().iter().map(|(name, spec)| (name.clone(), build(spec))).collect()
}

/// The objects of the generator of the references.
fn build(spec: &Value) -> Object {
    let (args, named) = (&spec[1], &spec[2]);
    let argument = |i: usize, name: &str| args.get(i).or_else(|| named.get(name)).cloned().unwrap_or(Value::Null);
    let mut object = match spec[0].as_str().unwrap() {
        "arange" => {
            let (n, start) = (argument(0, "n").as_u64().unwrap(), argument(2, "start").as_u64().unwrap_or(0));
            let values: Vec<f64> = (start..start + n).map(|v| v as f64).collect();
            array(numbers(&values, argument(1, "dtype").as_str().unwrap_or("<i4")))
        }
        "vov" => {
            let (n, start) = (argument(0, "n").as_u64().unwrap(), argument(1, "start").as_u64().unwrap_or(0));
            let (mut sums, mut items) = (Vec::new(), Vec::new());
            for row in 0..n {
                items.extend((0..(row * 7 + start) % 4).map(|k| (start + 100 * row + k) as f64));
                sums.push(items.len() as u32);
            }
            let flattened_data = Box::new(array(numbers(&items, argument(2, "dtype").as_str().unwrap_or("<f4"))));
            let content = Content::Vectors(Vectors { cumulative_length: sums.into(), flattened_data });
            Object { datatype: None, attributes: Attributes::new(), content }
        }
        "scalar" => match argument(0, "v") {
            Value::String(word) => scalar(text(&word)),
            Value::Bool(value) => scalar(truth(&[value])),
            value if value.is_i64() => scalar(vec![value.as_i64().unwrap()].into()),
            value => scalar(vec![value.as_f64().unwrap()].into()),
        },
        "bool" => array(truth(&(0..argument(0, "n").as_u64().unwrap()).map(|i| i % 3 == 0).collect::<Vec<_>>())),
        "table" => {
            let columns = members(named);
            let rows = columns.values().next().and_then(Object::rows).unwrap_or(0);
            Object { datatype: None, attributes: Attributes::new(), content: Content::Table { rows, columns } }
        }
        "struct" => Object { datatype: None, attributes: Attributes::new(), content: Content::Struct(members(named)) },
        "hist" => {
            let weights: Vec<f64> = argument(0, "v").as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
            // The peer's ranges are integers there.
            let number = |n: usize| scalar(vec![n as i64].into());
            let structure = |members: Vec<(&str, Object)>| Object {
                datatype: None,
                attributes: Attributes::new(),
                content: Content::Struct(members.into_iter().map(|(name, object)| (name.to_owned(), object)).collect()),
            };
            let edges = structure(vec![("first", number(0)), ("last", number(weights.len())), ("step", number(1))]);
            let axis = structure(vec![("binedges", edges), ("closedleft", scalar(truth(&[true])))]);
            structure(vec![
                ("binning", structure(vec![("axis_0", axis)])),
                ("isdensity", scalar(truth(&[false]))),
                ("weights", array(weights.into())),
            ])
        }
        other => panic!("no object {other}"),
    };
    for (name, value) in spec.get(3).and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        object.attributes.insert(name.clone(), Attribute::Text(value));
    }
    object
}

fn write_options(step: &Value, rows: Option<usize>) -> WriteOptions {
    let mut options = WriteOptions {
        mode: match step["wo_mode"].as_str().unwrap_or("append") {
            "append" | "a" => Mode::Append,
            "write_safe" | "w" => Mode::WriteSafe,
            "overwrite" | "o" => Mode::Overwrite { start: step["write_start"].as_u64().unwrap_or(0) },
            "append_column" | "ac" => Mode::AppendColumn,
            _ => Mode::Append,
        },
        ..WriteOptions::default()
    };
    if step.get("start_row").is_some() || step.get("n_rows").is_some() {
        let start = step["start_row"].as_u64().unwrap_or(0) as usize;
        options.rows = Some(start..step["n_rows"].as_u64().map_or(rows.unwrap_or(0), |n| start + n as usize));
    }
    if step["compression"] == "lzf" {
        options.storage.compression = Some(Compression::Lzf);
    }
    options.storage.shuffle = step["shuffle"].as_bool();
    options.storage.chunks = step["chunks"].as_array().map(|axes| axes.iter().map(|axis| axis.as_u64().unwrap()).collect());
    options
}

/// A file as the references show it.
fn shown(file: &Lh5File) -> Map<String, Value> {
    fn walk(node: &Node, name: &str, out: &mut Map<String, Value>) {
        let attributes = match node {
            Node::Group(group) => group.attributes().unwrap(),
            Node::Dataset(dataset) => dataset.attributes().unwrap(),
            Node::Datatype(_) => return,
        };
        let mut made = Map::new();
        for (key, attribute) in &attributes {
            let value = match attribute {
                Attribute::Text(text) => json!(text),
                Attribute::Values(values) => list(values).first().cloned().unwrap_or(Value::Null),
                Attribute::Empty => Value::Null,
            };
            made.insert(key.clone(), value);
        }
        if let Node::Dataset(dataset) = node {
            let values = dataset.read(&germane_formats::hdf5::Rows::All, &Inline).unwrap();
            made.insert("dtype".into(), dtype(&values.element).into());
            made.insert("shape".into(), json!(values.shape));
            if values.count() <= 40 {
                made.insert("values".into(), nested(&list(&values), &values.shape));
            } else {
                let mut digest = String::new();
                for byte in <sha2::Sha256 as sha2::Digest>::digest(values.bytes().unwrap().as_slice()) {
                    digest.push_str(&format!("{byte:02x}"));
                }
                made.insert("sha256".into(), digest.into());
            }
            made.insert("filters".into(), dataset.filters().iter().map(Filter::id).collect());
            made.insert("chunks".into(), json!(dataset.chunk_shape()));
        }
        out.insert(name.to_owned(), made.into());
        if let Node::Group(group) = node {
            for (member, _) in group.links().unwrap() {
                let inside = if name == "/" { member.clone() } else { format!("{name}/{member}") };
                walk(&group.get(&member).unwrap(), &inside, out);
            }
        }
    }
    let mut out = Map::new();
    walk(&file.hdf5().get("/").unwrap(), "/", &mut out);
    out
}

#[test]
fn sequences_of_writes_give_the_content_of_the_peer() {
    let Some(root) = shared() else { return };
    let reference = load(&root.join("refs/legend-io/writes.json"));
    let folder = tempfile::tempdir().unwrap();
    let mut score = Score::default();
    for (name, case) in reference.as_object().unwrap() {
        let path = folder.path().join(format!("{name}.lh5"));
        let (mut refused, mut settings) = (None, false);
        for (number, step) in case["steps"].as_array().unwrap().iter().enumerate() {
            let (object, at, how) = (build(&step[0]), step[1].as_str().unwrap(), &step[2]);
            settings |= how.get("compression").is_some() || object.attributes.contains_key("compression");
            let fresh = !path.exists() || how["wo_mode"] == "overwrite_file" || how["wo_mode"] == "of";
            let mut writer =
                if fresh { Writer::create(&path, germane_formats::hdf5::FormatVersion::Earliest) } else { Writer::open(&path) }
                    .unwrap();
            let result =
                writer.write(how["group"].as_str().unwrap_or("/"), at, &object, &write_options(how, object.rows()), &Inline);
            writer.finish().unwrap();
            if let Err(error) = result {
                refused = Some((number as u64, error));
                break;
            }
        }
        let wanted_error = if name == "append_other_type" { Some(1) } else { case["error_at_step"].as_u64() };
        let told = refused.as_ref().map_or_else(|| "no error".to_owned(), |(_, error)| error.to_string());
        score.check(refused.as_ref().map(|(number, _)| *number) == wanted_error, || format!("{name}: {told}"));
        if name == "append_other_type" {
            let (_, error) = refused.as_ref().unwrap();
            score.check(error.kind == Kind::Unsupported && told.contains("float64 to int32"), || format!("{name}: {told}"));
            let file = lh5::open(&path).unwrap();
            score.check(shown(&file)["x"]["values"] == json!([0, 1, 2, 3]), || format!("{name}: {:?}", shown(&file)));
            continue;
        }
        let ours = shown(&lh5::open(&path).unwrap());
        let theirs = case["file"].as_object().unwrap();
        let paths: Vec<&String> = theirs.keys().collect();
        score.check(ours.len() == paths.len(), || format!("{name}: {:?} for {paths:?}", ours.keys().collect::<Vec<_>>()));
        for (at, wanted) in theirs {
            let mut wanted = wanted.as_object().unwrap().clone();
            let mut got = ours.get(at).and_then(Value::as_object).cloned().unwrap_or_default();
            wanted.remove("max");
            if !settings {
                for key in ["filters", "chunks"] {
                    wanted.remove(key);
                    got.remove(key);
                }
            }
            score.check(got == wanted, || format!("{name} {at}: {got:?} for {wanted:?}"));
        }
    }
    score.report("legend-io/writes.json");
    assert!(score.failed.is_empty(), "{} differ", score.failed.len());
}

fn reopened(writer: Writer) -> Lh5File {
    Lh5File::open(Arc::new(Memory::new("memory.lh5", writer.finish_bytes().unwrap().into()))).unwrap()
}

fn whole(file: &Lh5File, object: &str) -> Object {
    file.read(object, &ReadOptions { decode: lh5::Decode::Keep, ..ReadOptions::default() }, &Inline).unwrap().object
}

/// Any object with so many rows.
fn any_column(rows: usize) -> impl Strategy<Value = Object> {
    let number = prop_oneof![
        prop::collection::vec(any::<u16>(), rows).prop_map(|v| array(v.into()).units("ADC")),
        prop::collection::vec(-1e9..1e9_f64, rows).prop_map(|v| array(v.into()).units("keV")),
        prop::collection::vec(any::<bool>(), rows).prop_map(|v| array(truth(&v))),
        prop::collection::vec(any::<i32>(), 3 * rows).prop_map(move |v| {
            let values: Values = v.into();
            let mut object = array(Values { shape: vec![rows, 3], ..values });
            object.datatype = Some("array_of_equalsized_arrays<1,1>{real}".to_owned());
            object
        }),
    ];
    let leaf = prop_oneof![3 => number, 2 => any_vectors(rows, 2)];
    leaf.prop_map(|mut object| {
        object.datatype = Some(object.datatype.clone().unwrap_or_else(|| match &object.content {
            Content::Array(values) if values.element == Element::Bool => "array<1>{bool}".to_owned(),
            _ => "array<1>{real}".to_owned(),
        }));
        object
    })
}

fn any_vectors(rows: usize, depth: usize) -> BoxedStrategy<Object> {
    prop::collection::vec(0..4_usize, rows)
        .prop_flat_map(move |lengths| {
            let mut sum = 0_u32;
            let sums: Vec<u32> = lengths
                .iter()
                .map(|n| {
                    sum += *n as u32;
                    sum
                })
                .collect();
            let items = if depth > 1 {
                prop_oneof![any_vectors(sum as usize, depth - 1), any_items(sum as usize)].boxed()
            } else {
                any_items(sum as usize)
            };
            items.prop_map(move |items| {
                let datatype = format!("array<1>{{{}}}", items.datatype.clone().unwrap());
                Object::new(
                    &datatype,
                    Content::Vectors(Vectors { cumulative_length: sums.clone().into(), flattened_data: Box::new(items) }),
                )
            })
        })
        .boxed()
}

fn any_items(count: usize) -> BoxedStrategy<Object> {
    prop::collection::vec(any::<i16>(), count).prop_map(|v| Object::new("array<1>{real}", Content::Array(v.into()))).boxed()
}

fn any_table() -> impl Strategy<Value = Object> {
    (0..20_usize).prop_flat_map(|rows| {
        prop::collection::btree_map("[a-z]{1,3}", any_column(rows), 1..5).prop_map(move |columns| {
            let names: Vec<&str> = columns.keys().map(String::as_str).collect();
            let datatype = format!("table{{{}}}", names.join(","));
            Object::new(&datatype, Content::Table { rows, columns: columns.into_iter().collect() })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn tables_come_back_whole_and_in_parts(table in any_table(), cuts in prop::collection::vec(0..21_usize, 0..4), mask in prop::collection::vec(any::<bool>(), 20)) {
        let rows = table.rows().unwrap();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows)).chain([0, rows]).collect();
        cuts.sort_unstable();
        let mut writer = Writer::create_memory("memory.lh5");
        for pair in cuts.windows(2) {
            let options = WriteOptions { rows: Some(pair[0]..pair[1]), ..WriteOptions::default() };
            writer.write("ch1", "hit", &table, &options, &Inline).unwrap();
        }
        let file = reopened(writer);
        prop_assert_eq!(whole(&file, "ch1/hit"), table.clone());
        prop_assert_eq!(file.datatype("/").unwrap(), Some("struct{ch1}".to_owned()));
        let picked: Vec<Range<usize>> = (0..rows).filter(|row| mask[*row]).map(|row| row..row + 1).collect();
        let options = ReadOptions { rows: Selection::Mask(mask), decode: lh5::Decode::Keep, ..ReadOptions::default() };
        prop_assert_eq!(file.read("ch1/hit", &options, &Inline).unwrap().object, table.select(&picked).unwrap());
    }

    #[test]
    fn overwritten_rows_are_the_last(table in any_table(), start in 0..21_u64, count in 0..21_usize) {
        let rows = table.rows().unwrap() as u64;
        let (start, count) = (start.min(rows), count.min(rows as usize));
        let mut writer = Writer::create_memory("memory.lh5");
        writer.write("", "t", &table, &WriteOptions::default(), &Inline).unwrap();
        let options = WriteOptions { mode: Mode::Overwrite { start }, rows: Some(0..count), ..WriteOptions::default() };
        writer.write("", "t", &table, &options, &Inline).unwrap();
        let (kept, new) = (0..start as usize, 0..count);
        let kept = table.select(std::slice::from_ref(&kept)).unwrap();
        let new = table.select(std::slice::from_ref(&new)).unwrap();
        let wanted = if start == 0 { new } else { Object::concatenate(&[&kept, &new]).unwrap() };
        prop_assert_eq!(whole(&reopened(writer), "t"), wanted);
    }
}

#[test]
fn waveforms_are_encoded_where_the_settings_say_so() {
    let samples: Vec<u16> = (0..40 * 100_u32).map(|i| (14000 + i * i % 37) as u16).collect();
    let values: Values = samples.into();
    let values = Object::new("array_of_equalsized_arrays<1,1>{real}", Content::Array(Values { shape: vec![40, 100], ..values }));
    let t0 = array(vec![0.0_f32; 40].into()).units("ns");
    let columns: IndexMap<String, Object> =
        [("t0".to_owned(), t0.clone()), ("dt".to_owned(), t0), ("values".to_owned(), values)].into();
    let table = Object { datatype: None, attributes: Attributes::new(), content: Content::Table { rows: 40, columns } };
    for codec in [Codec::Uleb128ZigzagDiff, Codec::RadwareSigcompress { shift: -32768 }] {
        let storage = Storage { codec: Some(codec), ..Storage::default() };
        let options = WriteOptions { fields: [("values".to_owned(), storage)].into(), ..WriteOptions::default() };
        let mut writer = Writer::create_memory("memory.lh5");
        writer.write("ch1", "waveform", &table, &options, &Inline).unwrap();
        // Rows that are appended take the codec of the file.
        writer.write("ch1", "waveform", &table, &WriteOptions::default(), &Inline).unwrap();
        let file = reopened(writer);
        assert_eq!(file.datatype("ch1/waveform/values").unwrap().unwrap(), "array_of_encoded_equalsized_arrays<1,1>{real}");
        let options = ReadOptions { decode: lh5::Decode::To(NumberType::U16), ..ReadOptions::default() };
        let read = file.read("ch1/waveform", &options, &Inline).unwrap().object;
        let once = table.at("values").unwrap();
        assert_eq!(read.at("values").unwrap(), &Object::concatenate(&[once, once]).unwrap());
        let node = file.hdf5().get("ch1/waveform/values/encoded_data/flattened_data").unwrap();
        let Node::Dataset(bytes) = node else { panic!("a dataset") };
        assert!(bytes.filters().is_empty());
    }
}

#[test]
fn views_are_written_and_read() {
    let mut writer = Writer::create_memory("memory.lh5");
    writer.write("", "t", &array(vec![0_i32, 10, 20, 30, 40].into()), &WriteOptions::default(), &Inline).unwrap();
    writer.write_view("", "some", "t", None, &Selection::List(vec![1, 3]), &Inline).unwrap();
    writer.write_view("", "parts", "/t", None, &Selection::Ranges(vec![0..2, 4..5]), &Inline).unwrap();
    let error = writer.write_view("", "some", "t", None, &Selection::List(vec![0]), &Inline).unwrap_err();
    assert!(error.message.contains("is there already"));
    let file = reopened(writer);
    let read = |name: &str| match whole(&file, name).content {
        Content::Array(values) => values,
        _ => panic!("an array"),
    };
    assert_eq!(read("some"), vec![10_i32, 30].into());
    assert_eq!(read("parts"), vec![0_i32, 10, 40].into());
    assert_eq!(file.rows("parts").unwrap(), Some(3));
}

#[test]
fn what_would_spoil_a_file_is_refused_before_it_is_written() {
    let table = build(&json!(["table", [], {"a": ["arange", [3], {}, {"units": "ns"}], "v": ["vov", [3]]}]));
    let attempt = |object: Value, options: WriteOptions| {
        let mut writer = Writer::create_memory("memory.lh5");
        writer.write("", "t", &table, &WriteOptions::default(), &Inline).unwrap();
        let error = writer.write("", "t", &build(&object), &options, &Inline).unwrap_err();
        let file = reopened(writer);
        assert_eq!(file.rows("t").unwrap(), Some(3));
        error.to_string()
    };
    for (object, reason) in [
        (json!(["table", [], {"a": ["arange", [2], {}, {"units": "us"}], "v": ["vov", [2]]}]), "values in us to values in ns"),
        (json!(["table", [], {"a": ["arange", [2]]}]), "column `v` of the file is not among the new ones"),
        (json!(["table", [], {"a": ["arange", [2]], "b": ["arange", [2]], "v": ["vov", [2]]}]), "the file has no column `b`"),
        (json!(["table", [], {"a": ["arange", [2]], "v": ["vov", [2, 0, "<i4"]]}]), "int32 to float32"),
        (json!(["arange", [2]]), "an array cannot be written into a table"),
    ] {
        let error = attempt(object, WriteOptions::default());
        assert!(error.contains(reason), "{error}");
    }
    let late = WriteOptions { mode: Mode::Overwrite { start: 5 }, ..WriteOptions::default() };
    assert!(attempt(json!(["table", [], {"a": ["arange", [2]], "v": ["vov", [2]]}]), late).contains("would leave a gap"));
}
