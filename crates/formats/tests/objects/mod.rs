//! LH5 objects in the words of the references.
#![allow(dead_code, reason = "each test file uses a part")]

use germane_columns::NumberType;
use germane_formats::hdf5::{Element, ValueData, Values};
use germane_formats::lh5::{Content, Object};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The name that NumPy gives a type.
pub(crate) fn dtype(element: &Element) -> String {
    let number = |number: &NumberType| {
        let letter = match number {
            NumberType::F32 | NumberType::F64 => 'f',
            NumberType::U8 | NumberType::U16 | NumberType::U32 | NumberType::U64 => 'u',
            _ => 'i',
        };
        format!("{}{letter}{}", if number.size() == 1 { '|' } else { '<' }, number.size())
    };
    match element {
        Element::Number(n) | Element::Enumeration { base: n, .. } => number(n),
        Element::Bool => "|b1".to_owned(),
        Element::Complex(part) => format!("<c{}", 2 * part.size()),
        Element::FixedText { size, .. } => format!("|S{size}"),
        Element::Text { .. } => "|O".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Elements as JSON.
pub(crate) fn list(values: &Values) -> Vec<Value> {
    if let ValueData::Texts { offsets, bytes } = &values.data {
        let text = |ends: &[i64]| String::from_utf8_lossy(&bytes[ends[0] as usize..ends[1] as usize]).into_owned();
        return offsets.windows(2).map(|ends| text(ends).into()).collect();
    }
    let Some(bytes) = values.bytes() else { return Vec::new() };
    macro_rules! numbers {
        ($ty:ty) => {
            bytes.chunks_exact(size_of::<$ty>()).map(|one| json!(bytemuck::pod_read_unaligned::<$ty>(one))).collect()
        };
    }
    match &values.element {
        Element::Number(n) | Element::Enumeration { base: n, .. } => match n {
            NumberType::I8 => numbers!(i8),
            NumberType::I16 => numbers!(i16),
            NumberType::I32 => numbers!(i32),
            NumberType::I64 => numbers!(i64),
            NumberType::U8 => numbers!(u8),
            NumberType::U16 => numbers!(u16),
            NumberType::U32 => numbers!(u32),
            NumberType::U64 => numbers!(u64),
            NumberType::F32 => {
                bytes.chunks_exact(4).map(|one| json!(f64::from(bytemuck::pod_read_unaligned::<f32>(one)))).collect()
            }
            NumberType::F64 => numbers!(f64),
        },
        Element::Bool => bytes.iter().map(|byte| json!(*byte != 0)).collect(),
        Element::Complex(NumberType::F64) => {
            bytes.chunks_exact(8).map(|one| json!(bytemuck::pod_read_unaligned::<f64>(one))).collect()
        }
        Element::FixedText { size, .. } => {
            bytes.chunks_exact(*size).map(|text| String::from_utf8_lossy(text).trim_end_matches('\0').into()).collect()
        }
        _ => Vec::new(),
    }
}

/// First 32 hexadecimal digits of the SHA-256.
pub(crate) fn sha(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in &Sha256::digest(bytes)[..16] {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Type, shape, digest, and values where they are few.
pub(crate) fn leaf(values: &Values) -> Value {
    let mut made = json!({"dtype": dtype(&values.element), "shape": values.shape, "sha256": sha(values.bytes().map_or(&[], |b| b.as_slice()))});
    let few = matches!(values.element, Element::Number(_) | Element::Bool | Element::Enumeration { .. }) && values.count() <= 8;
    let all = list(values);
    if few && all.iter().all(|value| !value.is_null()) {
        made["values"] = nested(&all, &values.shape);
    }
    made
}

/// A list of lists, as many as there are axes.
pub(crate) fn nested(all: &[Value], shape: &[usize]) -> Value {
    match shape {
        [] => all.first().cloned().unwrap_or(Value::Null),
        [_] => all.into(),
        [rows, inner @ ..] => {
            let step = inner.iter().product::<usize>();
            (0..*rows).map(|row| nested(&all[row * step..(row + 1) * step], inner)).collect()
        }
    }
}

/// An object as the references of reads show it.
pub(crate) fn show(object: &Object) -> Value {
    match &object.content {
        Content::Scalar(values) => match &values.element {
            Element::Complex(_) => list(values).into(),
            _ => list(values).first().cloned().unwrap_or(Value::Null),
        },
        Content::Array(values) => leaf(values),
        Content::Vectors(vectors) => {
            let sums: Vec<i64> = list(&vectors.cumulative_length).iter().map(|sum| sum.as_i64().unwrap()).collect();
            json!({
                "cumulative_length": &sums[..sums.len().min(12)], "cl_sha256": sha(bytemuck::cast_slice(&sums)),
                "flattened_data": show(&vectors.flattened_data),
            })
        }
        Content::Encoded { encoded_data, decoded_size } => {
            json!({"encoded_data": show(encoded_data), "decoded_size": show(decoded_size)})
        }
        Content::Struct(members) | Content::Table { columns: members, .. } => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            Value::Object(names.into_iter().map(|name| (name.clone(), show(&members[name]))).collect::<Map<_, _>>())
        }
    }
}
