//! Files that are written here are read by our reader.

use super::*;
use crate::hdf5::{Filter, Node, Rows, ValueData};
use germane_columns::{NumberType, buffer::Buffer};

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
