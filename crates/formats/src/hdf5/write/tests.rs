//! Files that are written here are read by our reader.

use super::*;
use crate::hdf5::{Filter, Node, Rows, ValueData};
use germane_columns::{NumberType, buffer::Buffer};
use indexmap::IndexMap;

const VERSIONS: [FormatVersion; 3] = [FormatVersion::Earliest, FormatVersion::V2, FormatVersion::V3];

fn reopen(bytes: &[u8]) -> Hdf5File {
    Hdf5File::open(Arc::new(Memory::new("test.h5", Arc::from(bytes)))).unwrap()
}

fn read(file: &Hdf5File, path: &str) -> Values {
    let Node::Dataset(dataset) = file.get(path).unwrap() else { panic!("{path}") };
    dataset.read(&Rows::All, &Inline).unwrap()
}

/// `rows` elements of a type, with bytes that repeat enough to be compressed.
fn sample(element: &Element, shape: &[usize]) -> Values {
    let count: usize = shape.iter().product();
    let data = match element {
        Element::Text { .. } => {
            let texts: Vec<String> = (0..count).map(|k| "ab".repeat(k % 5)).collect();
            let ends = texts.iter().scan(0, |end, text| {
                *end += text.len() as i64;
                Some(*end)
            });
            let offsets = std::iter::once(0).chain(ends).collect();
            ValueData::Texts { offsets, bytes: Buffer::from(texts.concat().into_bytes()) }
        }
        Element::List(inner) => {
            let lengths = (0..count).map(|k| (k * 7 % 4) as i64);
            let ends = lengths.scan(0, |end, n| {
                *end += n;
                Some(*end)
            });
            let offsets: Vec<i64> = std::iter::once(0).chain(ends).collect();
            let items = sample(inner, &[*offsets.last().unwrap() as usize]);
            ValueData::Lists { offsets, items: Box::new(items) }
        }
        Element::Bool => ValueData::Fixed(Buffer::from((0..count).map(|k| (k % 3 == 0) as u8).collect::<Vec<u8>>())),
        // Zero bytes end a text.
        Element::FixedText { size, .. } => {
            let text = |k: usize| (0..*size).map(move |n| if n < k % (size + 1) { b'a' + n as u8 } else { 0 });
            ValueData::Fixed(Buffer::from((0..count).flat_map(text).collect::<Vec<u8>>()))
        }
        Element::Record { size, fields } => {
            let used = |at: usize| fields.iter().any(|(_, from, field)| (*from..from + field.size().unwrap()).contains(&at));
            let byte = |k: usize| (0..*size).map(move |n| if used(n) { (k % 9 + n) as u8 } else { 0 });
            ValueData::Fixed(Buffer::from((0..count).flat_map(byte).collect::<Vec<u8>>()))
        }
        element => {
            let size = element.size().unwrap();
            let bytes: Vec<u8> = (0..count * size).map(|k| if k % size == 0 { (k / size % 11) as u8 } else { 0 }).collect();
            ValueData::Fixed(Buffer::from(bytes))
        }
    };
    Values { element: element.clone(), shape: shape.to_vec(), data }
}

fn elements() -> Vec<Element> {
    let mut all: Vec<Element> = [
        NumberType::I8,
        NumberType::I16,
        NumberType::I32,
        NumberType::I64,
        NumberType::U8,
        NumberType::U16,
        NumberType::U32,
        NumberType::U64,
        NumberType::F32,
        NumberType::F64,
    ]
    .map(Element::Number)
    .to_vec();
    let number = Element::Number(NumberType::I16);
    all.extend([
        Element::Half,
        Element::Bool,
        Element::Complex(NumberType::F32),
        Element::Complex(NumberType::F64),
        Element::FixedText { size: 7, utf8: true },
        Element::FixedText { size: 3, utf8: false },
        Element::Text { utf8: true },
        Element::Text { utf8: false },
        Element::Enumeration {
            base: NumberType::I16,
            members: vec![("low".into(), 0), ("high".into(), 10), ("none".into(), -1)],
        },
        Element::Record {
            size: 12,
            fields: vec![("n".into(), 0, number.clone()), ("x".into(), 4, Element::Number(NumberType::F64))],
        },
        Element::Repeated { shape: vec![2, 3], element: Box::new(number.clone()) },
        Element::List(Box::new(number)),
        Element::List(Box::new(Element::Text { utf8: true })),
        Element::Opaque { size: 5 },
    ]);
    all
}

fn pipelines() -> Vec<Vec<Filter>> {
    let shuffle = Filter::Shuffle { size: 0 };
    vec![
        vec![],
        vec![shuffle.clone()],
        vec![Filter::Deflate { level: 4 }],
        vec![shuffle.clone(), Filter::Deflate { level: 9 }],
        vec![Filter::Fletcher32],
        vec![shuffle.clone(), Filter::Deflate { level: 1 }, Filter::Fletcher32],
        vec![Filter::Zstd { level: None }],
        vec![shuffle.clone(), Filter::Zstd { level: Some(9) }],
        vec![shuffle, Filter::Lzf { values: vec![] }],
        vec![Filter::Lz4 { block: None }],
        vec![Filter::Bitshuffle { values: vec![] }],
        vec![Filter::Bitshuffle { values: vec![0, 2] }],
        vec![Filter::Bitshuffle { values: vec![0, 3, 5] }],
    ]
}

fn growing(element: &Element, inner: &[u64], chunk: &[u64], filters: &[Filter]) -> DatasetSpec {
    DatasetSpec {
        element: element.clone(),
        shape: std::iter::once(0).chain(inner.iter().copied()).collect(),
        max_shape: std::iter::once(None).chain(inner.iter().map(|&n| Some(n))).collect(),
        chunk: Some(chunk.to_vec()),
        filters: filters.to_vec(),
        fill: None,
    }
}

#[test]
fn every_type_under_every_filter_in_every_version_is_read_back() {
    for version in VERSIONS {
        let mut file = FileWriter::create_memory_as("test.h5", version);
        let mut expected = Vec::new();
        for (e, element) in elements().iter().enumerate() {
            for (p, filters) in pipelines().iter().enumerate() {
                let path = format!("/type{e}/filters{p}");
                file.create_dataset(&path, &growing(element, &[3], &[10, 3], filters)).unwrap();
                let values = sample(element, &[25, 3]);
                file.write_rows(&path, 0, &values, &Inline).unwrap();
                expected.push((path, values));
            }
            let path = format!("/type{e}/plain");
            let values = sample(element, &[300]);
            let spec = DatasetSpec { shape: vec![300], chunk: None, ..growing(element, &[], &[1], &[]) };
            file.create_dataset(&path, &DatasetSpec { max_shape: Vec::new(), ..spec }).unwrap();
            file.write_rows(&path, 0, &values, &Inline).unwrap();
            expected.push((path, values));
            let path = format!("/type{e}/scalar");
            let values = Values { shape: Vec::new(), ..sample(element, &[1]) };
            file.write_scalar(&path, &values).unwrap();
            expected.push((path, values));
        }
        let bytes = file.finish_bytes().unwrap();
        let file = reopen(&bytes);
        assert_eq!(u64::from(file.version()), [0, 2, 3][version as usize]);
        for (path, values) in expected {
            let same = |found: Values| match (&found.data, &values.data) {
                (ValueData::Fixed(a), ValueData::Fixed(b)) => a.as_slice() == b.as_slice() && found.shape == values.shape,
                _ => found == values,
            };
            assert!(same(read(&file, &path)), "{version:?} {path}");
        }
    }
}

#[test]
fn rows_that_wait_survive_growing_and_cutting() {
    let mut file = FileWriter::create_memory("test.h5");
    file.create_dataset("x", &growing(&Element::Number(NumberType::I32), &[], &[10], &[])).unwrap();
    let values: Values = (1..16).collect::<Vec<i32>>().into();
    file.write_rows("x", 0, &values, &Inline).unwrap();
    file.resize("x", 45).unwrap();
    file.resize("x", 33).unwrap();
    let expected: Vec<i32> = (1..16).chain(std::iter::repeat_n(0, 18)).collect();
    assert_eq!(read(&file.file().unwrap(), "x"), expected.clone().into());
    assert_eq!(read(&reopen(&file.finish_bytes().unwrap()), "x"), expected.into());
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_changes() {
    let mut file = FileWriter::create_memory("test.h5");
    let number = Element::Number(NumberType::I32);
    file.create_dataset("/a/x", &growing(&number, &[3], &[10, 3], &[])).unwrap();
    let rows = sample(&number, &[4, 3]);
    file.write_rows("a/x", 0, &rows, &Inline).unwrap();
    let before = file.finish_bytes().unwrap();
    let mut file = FileWriter::open_bytes("test.h5", before.clone()).unwrap();
    let fixed = DatasetSpec { max_shape: Vec::new(), ..growing(&number, &[3], &[10, 3], &[]) };
    let other = Filter::Other { id: 307, name: "bzip2".to_owned(), values: vec![9] };
    let attempts: Vec<(Result<(), Error>, Kind, &str)> = vec![
        (file.write_rows("a/y", 0, &rows, &Inline), Kind::Unknown, "no object `y` in group `/a`"),
        (file.write_rows("a", 0, &rows, &Inline), Kind::Unsupported, "is no dataset"),
        (file.write_rows("a/x", 0, &sample(&number, &[4, 2]), &Inline), Kind::Unsupported, "shape [4, 2]"),
        (file.write_rows("a/x", 0, &sample(&Element::Half, &[4, 3]), &Inline), Kind::Unsupported, "values of the type"),
        (file.write_rows("a/x", u64::MAX, &rows, &Inline), Kind::Unsupported, "more than can be counted"),
        (file.create_dataset("a/x", &fixed), Kind::Unsupported, "is there already"),
        (file.create_dataset("a/x/z", &fixed), Kind::Unsupported, "is no group"),
        (file.create_dataset("z", &DatasetSpec { filters: vec![other], ..fixed.clone() }), Kind::Unsupported, "bzip2"),
        (
            file.create_dataset("z", &DatasetSpec { chunk: Some(vec![0, 3]), ..fixed.clone() }),
            Kind::Unsupported,
            "chunks of [0, 3]",
        ),
        (file.create_dataset("z", &DatasetSpec { shape: vec![u64::MAX, 3], ..fixed.clone() }), Kind::Unsupported, "counted"),
        (
            file.create_dataset("z", &DatasetSpec { chunk: None, max_shape: vec![None, None], ..fixed }),
            Kind::Unsupported,
            "in chunks can grow",
        ),
        (file.create_group("a/../b"), Kind::Unsupported, "`..`"),
        (file.unlink("a/y"), Kind::Unknown, "no object `y`"),
        (file.unlink("/"), Kind::Unsupported, "the root"),
        (file.resize("a/z", 5), Kind::Unknown, "no object `z`"),
        (file.remove_attribute("a", "b"), Kind::Unknown, "no attribute `b`"),
        (file.link("a/x", &Link::Soft("/b".to_owned())), Kind::Unsupported, "is there already"),
        (file.set_attribute("a", "b", &Attribute::Values(sample(&number, &[20_000]))), Kind::Unsupported, "64 kB at most"),
    ];
    for (attempt, kind, reason) in attempts {
        let error = attempt.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(reason), "{error}");
    }
    assert_eq!(file.finish_bytes().unwrap(), before, "nothing was written");
}

#[test]
fn a_table_of_a_file_may_not_lead_beyond_it() {
    let mut file = FileWriter::create_memory("test.h5");
    file.create_group("a").unwrap();
    let bytes = file.finish_bytes().unwrap();
    for cut in [10, 95, bytes.len() - 1] {
        assert!(FileWriter::open_bytes("test.h5", bytes[..cut].to_vec()).is_err());
    }
}

/// Bytes of a file as they are when writing stops after some of the patches.
fn interrupted(bytes: &[u8], patches: usize, change: &dyn Fn(&mut FileWriter)) -> (Vec<u8>, usize) {
    let mut file = FileWriter::open_bytes("test.h5", bytes.to_vec()).unwrap();
    change(&mut file);
    let all = file.prepare(&Inline).unwrap();
    file.output.flush().unwrap();
    for patch in &all[..patches.min(all.len())] {
        file.output.write(patch.address, &patch.bytes).unwrap();
    }
    (file.output.memory().unwrap().unwrap().to_vec(), all.len())
}

#[test]
fn an_interrupted_change_leaves_old_or_new_contents() {
    let number = Element::Number(NumberType::I64);
    for version in VERSIONS {
        let mut file = FileWriter::create_memory_as("test.h5", version);
        let mut old: Vec<Vec<i64>> = Vec::new();
        for n in 0..40_i64 {
            let values: Vec<i64> = (0..n * 9).collect();
            file.create_dataset(&format!("g/d{n}"), &growing(&number, &[], &[4], &[Filter::Deflate { level: 1 }])).unwrap();
            file.write_rows(&format!("g/d{n}"), 0, &values.clone().into(), &Inline).unwrap();
            old.push(values);
        }
        file.set_attribute("g", "units", &Attribute::Text("old".to_owned())).unwrap();
        let bytes = file.finish_bytes().unwrap();
        let change = |file: &mut FileWriter| {
            for n in 0..40_u64 {
                let more: Vec<i64> = (0..300).map(|k| -k).collect();
                file.write_rows(&format!("g/d{n}"), n * 9, &more.into(), &Inline).unwrap();
                file.create_dataset(&format!("g/e{n}"), &growing(&number, &[], &[4], &[])).unwrap();
            }
            file.set_attribute("g", "units", &Attribute::Text("new and longer".to_owned())).unwrap();
            file.set_attribute("g/d7", "units", &Attribute::Text("new".to_owned())).unwrap();
        };
        let (_, count) = interrupted(&bytes, 0, &change);
        for patches in 0..=count {
            let (bytes, _) = interrupted(&bytes, patches, &change);
            let file = reopen(&bytes);
            for (n, values) in old.iter().enumerate() {
                let found = read(&file, &format!("g/d{n}"));
                let new: Vec<i64> = values.iter().copied().chain((0..300).map(|k| -k)).collect();
                assert!(found == values.clone().into() || found == new.into(), "{version:?} {patches} of {count}: d{n}");
            }
            let Node::Group(group) = file.get("g").unwrap() else { panic!() };
            assert!([40, 80].contains(&group.links().unwrap().len()));
            let Attribute::Text(units) = &group.attributes().unwrap()["units"] else { panic!() };
            assert!(["old", "new and longer"].contains(&units.as_str()));
        }
    }
}

#[test]
fn adding_rows_again_and_again_does_not_make_the_file_longer_than_once() {
    let number = Element::Number(NumberType::F64);
    let all: Vec<f64> = (0..20_000).map(f64::from).collect();
    let spec = growing(&number, &[], &[1000], &[Filter::Shuffle { size: 8 }, Filter::Deflate { level: 4 }]);
    let once = {
        let mut file = FileWriter::create_memory("test.h5");
        file.create_dataset("x", &spec).unwrap();
        file.write_rows("x", 0, &all.clone().into(), &Inline).unwrap();
        file.finish_bytes().unwrap().len()
    };
    let mut file = FileWriter::create_memory("test.h5");
    file.create_dataset("x", &spec).unwrap();
    for (k, part) in all.chunks(7).enumerate() {
        file.write_rows("x", 7 * k as u64, &part.to_vec().into(), &Inline).unwrap();
        if k % 50 == 0 {
            // A look writes what waits; its room is used again.
            file.file().unwrap();
        }
    }
    let bytes = file.finish_bytes().unwrap();
    assert_eq!(read(&reopen(&bytes), "x"), all.into());
    assert!(bytes.len() < once + 8192, "{} {once}", bytes.len());
}

/// What a file should hold: rows by path, attributes by path and name.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    rows: IndexMap<String, Vec<i32>>,
    attributes: IndexMap<(String, String), String>,
}

impl Model {
    fn check(&self, file: &Hdf5File) {
        let mut count = 0;
        for (name, _) in file.root().links().unwrap() {
            let Node::Group(group) = file.get(&name).unwrap() else { panic!("{name}") };
            count += group.links().unwrap().len();
        }
        assert_eq!(count, self.rows.len());
        for (path, rows) in &self.rows {
            assert_eq!(read(file, path), rows.clone().into(), "{path}");
            let found = file.get(path).unwrap().attributes().unwrap();
            let expected = self.attributes.iter().filter(|((owner, _), _)| owner == path);
            assert_eq!(found.len(), expected.clone().count(), "{path}");
            for ((_, name), text) in expected {
                assert_eq!(found[name], Attribute::Text(text.clone()), "{path} {name}");
            }
        }
    }
}

/// One change: what, of which object, two numbers.
type Step = (u8, u8, u16, u16);

fn carry_out(file: &mut FileWriter, model: &mut Model, (what, object, a, b): Step) {
    let path = format!("/g{}/d{}", object % 3, object % 40);
    let Some(rows) = model.rows.get_mut(&path) else {
        let filters = if object % 2 == 0 { vec![] } else { vec![Filter::Shuffle { size: 4 }, Filter::Deflate { level: 1 }] };
        let chunk = u64::from(a % 20) + 1;
        file.create_dataset(&path, &growing(&Element::Number(NumberType::I32), &[], &[chunk], &filters)).unwrap();
        model.rows.insert(path, Vec::new());
        return;
    };
    match what {
        0..110 => {
            let start = if what < 70 { rows.len() } else { usize::from(a) % (rows.len() + 10) };
            let values: Vec<i32> = (0..i32::from(b) % 90).map(|k| k * k % 13).collect();
            if rows.len() < start && !values.is_empty() {
                rows.resize(start, 0);
            }
            file.write_rows(&path, start as u64, &values.clone().into(), &Inline).unwrap();
            let end = (start + values.len()).min(rows.len());
            if !values.is_empty() {
                rows.splice(start..end.max(start), values);
            }
        }
        110..140 => {
            let length = usize::from(a) % (rows.len() + 30);
            rows.resize(length, 0);
            file.resize(&path, length as u64).unwrap();
        }
        140..200 => {
            let (name, text) = (format!("a{}", a % 12), "text".repeat(usize::from(b % 30)));
            file.set_attribute(&path, &name, &Attribute::Text(text.clone())).unwrap();
            model.attributes.insert((path, name), text);
        }
        200..215 => {
            let key = (path.clone(), format!("a{}", a % 12));
            let there = model.attributes.shift_remove(&key).is_some();
            assert_eq!(file.remove_attribute(&path, &key.1).is_ok(), there);
        }
        215..235 => {
            model.rows.shift_remove(&path);
            model.attributes.retain(|(owner, _), _| *owner != path);
            file.unlink(&path).unwrap();
        }
        _ => model.check(&file.file().unwrap()),
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]

    #[test]
    fn random_changes_give_what_a_model_in_memory_has(
        sessions in proptest::collection::vec(proptest::collection::vec(proptest::prelude::any::<Step>(), 0..60), 1..5),
        version in 0_usize..3,
    ) {
        let mut model = Model::default();
        let mut bytes: Option<Vec<u8>> = None;
        for session in sessions {
            let mut file = match bytes {
                Some(bytes) => FileWriter::open_bytes("test.h5", bytes).unwrap(),
                None => FileWriter::create_memory_as("test.h5", VERSIONS[version]),
            };
            for step in session {
                carry_out(&mut file, &mut model, step);
            }
            let written = file.finish_bytes().unwrap();
            model.check(&reopen(&written));
            bytes = Some(written);
        }
    }
}

#[test]
fn rows_that_wait_survive_when_others_before_them_are_replaced() {
    let mut file = FileWriter::create_memory("test.h5");
    file.create_dataset("x", &growing(&Element::Number(NumberType::I32), &[], &[20], &[])).unwrap();
    let values: Vec<i32> = (0..50).collect();
    file.write_rows("x", 0, &values.clone().into(), &Inline).unwrap();
    file.write_rows("x", 6, &vec![7; 37].into(), &Inline).unwrap();
    let expected: Vec<i32> = values.iter().map(|&k| if (6..43).contains(&k) { 7 } else { k }).collect();
    assert_eq!(read(&reopen(&file.finish_bytes().unwrap()), "x"), expected.into());
}

#[test]
fn damaged_files_are_changed_or_refused_without_a_panic() {
    let number = Element::Number(NumberType::I32);
    for version in VERSIONS {
        let mut file = FileWriter::create_memory_as("test.h5", version);
        let spec = growing(&number, &[2], &[4, 1], &[Filter::Shuffle { size: 4 }, Filter::Deflate { level: 1 }]);
        file.create_dataset("g/x", &spec).unwrap();
        file.write_rows("g/x", 0, &sample(&number, &[10, 2]), &Inline).unwrap();
        file.create_dataset("g/text", &growing(&Element::Text { utf8: true }, &[], &[4], &[])).unwrap();
        file.write_rows("g/text", 0, &sample(&Element::Text { utf8: true }, &[3]), &Inline).unwrap();
        file.write_scalar("g/scalar", &Values { shape: Vec::new(), ..vec![1_i32].into() }).unwrap();
        file.set_attribute("g", "units", &Attribute::Text("keV".to_owned())).unwrap();
        (0..10).for_each(|n| file.create_group(&format!("g/more{n}")).unwrap());
        let bytes = file.finish_bytes().unwrap();
        for at in 0..bytes.len() {
            for flip in [1, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let Ok(mut file) = FileWriter::open_bytes("test.h5", damaged) else { continue };
                let _ = file.write_rows("g/x", 9, &sample(&number, &[5, 2]), &Inline);
                let _ = file.write_rows("g/text", 3, &sample(&Element::Text { utf8: true }, &[3]), &Inline);
                let _ = file.resize("g/x", 3);
                let _ = file.set_attribute("g", "units", &Attribute::Text("other".to_owned()));
                let _ = file.write_scalar("g/scalar", &Values { shape: Vec::new(), ..vec![2_i32].into() });
                let _ = file.unlink("g/more3");
                let _ = file.create_group("g/new");
                let _ = file.finish_bytes();
            }
        }
    }
}
