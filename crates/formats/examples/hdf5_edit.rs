//! Carries out a list of changes of an HDF5 file, for tests beside other writers: `hdf5_edit CHANGES.json`.
//!
//! ```text
//! {"create": "new.h5", "version": 0}      or      {"open": "old.h5"}
//! {"group": PATH}                         {"unlink": PATH}                {"link": PATH, "soft": TARGET}
//! {"dataset": PATH, "type": TYPE, "shape": […], "max": […], "chunk": […], "filters": [[NAME, VALUE…]…], "fill": NUMBER}
//! {"rows": PATH, "start": ROW, "values": […], "shape": […]}            {"resize": PATH, "rows": N}
//! {"attribute": PATH, "name": NAME, "value": TEXT, NUMBER, [NUMBER…] or null}          {"look": true}
//! ```
//! Types: `int8` … `float64`, `float16`, `bool`, `complex128`, `text`, `S8`, `list` (of int32).

use germane_columns::{NumberType, buffer::Buffer};
use germane_formats::{
    Error,
    hdf5::{Attribute, DatasetSpec, Element, FileWriter, Filter, FormatVersion, Link, ValueData, Values},
};
use germane_numerics::Inline;
use serde_json::Value;
use std::path::Path;

const NUMBERS: [NumberType; 10] = [
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
];

fn element(name: &str) -> Element {
    if let Some(number) = NUMBERS.into_iter().find(|number| number.name() == name) {
        return Element::Number(number);
    }
    match name {
        "float16" => Element::Half,
        "bool" => Element::Bool,
        "complex128" => Element::Complex(NumberType::F64),
        "text" => Element::Text { utf8: true },
        "list" => Element::List(Box::new(Element::Number(NumberType::I32))),
        "enum" => Element::Enumeration { base: NumberType::I32, members: vec![("A".to_owned(), 1), ("B".to_owned(), 2)] },
        _ => Element::FixedText { size: name[1..].parse().expect("a type"), utf8: false },
    }
}

fn number(value: &Value, number: NumberType) -> Vec<u8> {
    let whole = value.as_i64().unwrap_or_else(|| value.as_u64().unwrap_or(0) as i64);
    match number {
        NumberType::F32 => (value.as_f64().expect("a number") as f32).to_le_bytes().to_vec(),
        NumberType::F64 => value.as_f64().expect("a number").to_le_bytes().to_vec(),
        other => whole.to_le_bytes()[..other.size()].to_vec(),
    }
}

fn values(element: &Element, list: &[Value], shape: Vec<usize>) -> Values {
    let mut offsets = vec![0_i64];
    let data = match element {
        Element::Text { .. } => {
            let mut bytes = Vec::new();
            for text in list {
                bytes.extend_from_slice(text.as_str().expect("a text").as_bytes());
                offsets.push(bytes.len() as i64);
            }
            ValueData::Texts { offsets, bytes: Buffer::from(bytes) }
        }
        Element::List(inner) => {
            let mut items = Vec::new();
            for list in list {
                items.extend(list.as_array().expect("a list").iter().cloned());
                offsets.push(items.len() as i64);
            }
            let count = items.len();
            ValueData::Lists { offsets, items: Box::new(values(inner, &items, vec![count])) }
        }
        element => {
            let bytes = list.iter().flat_map(|value| match element {
                Element::Number(kind) => number(value, *kind),
                Element::Bool => vec![u8::from(value.as_bool().expect("true or false"))],
                Element::Enumeration { base, .. } => number(value, *base),
                // Bits of the number.
                Element::Half => number(value, NumberType::U16),
                Element::Complex(part) => {
                    let parts = value.as_array().expect("two parts");
                    parts.iter().flat_map(|value| number(value, *part)).collect()
                }
                Element::FixedText { size, .. } => {
                    let mut bytes = value.as_str().expect("a text").as_bytes().to_vec();
                    bytes.resize(*size, 0);
                    bytes
                }
                other => panic!("no values of {other:?}"),
            });
            ValueData::Fixed(Buffer::from(bytes.collect::<Vec<u8>>()))
        }
    };
    Values { element: element.clone(), shape, data }
}

fn lengths(value: &Value) -> Vec<u64> {
    value.as_array().map(|axes| axes.iter().map(|axis| axis.as_u64().expect("a length")).collect()).unwrap_or_default()
}

fn filter(value: &Value) -> Filter {
    let parts = value.as_array().expect("a list");
    let numbers: Vec<u32> = parts[1..].iter().map(|value| value.as_i64().expect("a number") as u32).collect();
    match parts[0].as_str().expect("a name") {
        "shuffle" => Filter::Shuffle { size: 0 },
        "deflate" => Filter::Deflate { level: numbers[0] },
        "fletcher32" => Filter::Fletcher32,
        "lzf" => Filter::Lzf { values: numbers },
        "zstd" => Filter::Zstd { level: numbers.first().map(|&level| level as i32) },
        "lz4" => Filter::Lz4 { block: numbers.first().copied() },
        "bitshuffle" => Filter::Bitshuffle { values: numbers },
        other => panic!("no filter {other}"),
    }
}

fn attribute(value: &Value) -> Attribute {
    match value {
        Value::Null => Attribute::Empty,
        Value::String(text) => Attribute::Text(text.clone()),
        Value::Array(list) if list.first().is_some_and(Value::is_string) => {
            Attribute::Values(values(&Element::Text { utf8: true }, list, vec![list.len()]))
        }
        Value::Array(list) => Attribute::Values(values(&Element::Number(NumberType::F64), list, vec![list.len()])),
        value if value.is_i64() => {
            Attribute::Values(values(&Element::Number(NumberType::I64), std::slice::from_ref(value), Vec::new()))
        }
        value => Attribute::Values(values(&Element::Number(NumberType::F64), std::slice::from_ref(value), Vec::new())),
    }
}

fn change(file: &mut FileWriter, change: &Value) -> Result<(), Error> {
    let text = |key: &str| change[key].as_str().unwrap_or_default();
    if change["group"].is_string() {
        return file.create_group(text("group"));
    }
    if change["unlink"].is_string() {
        return file.unlink(text("unlink"));
    }
    if change["link"].is_string() {
        if change["hard"].is_string() {
            return file.hard_link(text("link"), text("hard"));
        }
        let link = match change["external"].as_str() {
            Some(other) => Link::External { file: other.to_owned(), path: text("path").to_owned() },
            None => Link::Soft(text("soft").to_owned()),
        };
        return file.link(text("link"), &link);
    }
    if change["dataset"].is_string() {
        let element = element(text("type"));
        let max = change["max"].as_array().map(|axes| axes.iter().map(Value::as_u64).collect()).unwrap_or_default();
        let fill = (!change["fill"].is_null()).then(|| values(&element, std::slice::from_ref(&change["fill"]), Vec::new()));
        let spec = DatasetSpec {
            element,
            shape: lengths(&change["shape"]),
            max_shape: max,
            chunk: change["chunk"].is_array().then(|| lengths(&change["chunk"])),
            filters: change["filters"].as_array().map(|all| all.iter().map(filter).collect()).unwrap_or_default(),
            fill,
        };
        return file.create_dataset(text("dataset"), &spec);
    }
    if change["rows"].is_string() {
        let path = text("rows");
        let element = file.element(path)?.clone();
        let list = change["values"].as_array().expect("values");
        let shape: Vec<usize> = match change["shape"].is_array() {
            true => lengths(&change["shape"]).into_iter().map(|n| n as usize).collect(),
            false => vec![list.len()],
        };
        let start = match change["start"].as_u64() {
            Some(start) => start,
            None => file.shape(path)?.first().copied().unwrap_or(0),
        };
        return file.write_rows(path, start, &values(&element, list, shape), &Inline);
    }
    if change["scalar"].is_string() {
        let element = element(text("type"));
        return file.write_scalar(text("scalar"), &values(&element, std::slice::from_ref(&change["value"]), Vec::new()));
    }
    if change["resize"].is_string() {
        return file.resize(text("resize"), change["rows_left"].as_u64().expect("a length"));
    }
    if change["attribute"].is_string() {
        return file.set_attribute(text("attribute"), text("name"), &attribute(&change["value"]));
    }
    if change["remove_attribute"].is_string() {
        return file.remove_attribute(text("remove_attribute"), text("name"));
    }
    if change["look"].is_boolean() {
        return file.file().map(|_| ());
    }
    panic!("no such change: {change}")
}

fn main() {
    let path = std::env::args().nth(1).expect("a list of changes");
    let changes: Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    let changes = changes.as_array().expect("a list");
    let versions = [FormatVersion::Earliest, FormatVersion::Earliest, FormatVersion::V2, FormatVersion::V3];
    let done = (|| -> Result<(), Error> {
        let first = &changes[0];
        let mut file = match first["create"].as_str() {
            Some(path) => FileWriter::create(Path::new(path), versions[first["version"].as_u64().unwrap_or(0) as usize])?,
            None => FileWriter::open(Path::new(first["open"].as_str().expect("create or open")))?,
        };
        for one in &changes[1..] {
            change(&mut file, one)?;
        }
        file.finish()
    })();
    if let Err(error) = done {
        eprintln!("{error}");
        std::process::exit(1);
    }
}
