//! Digests of HDF5 and LH5 files: every object with its attributes, type, shape and the SHA-256 of its values.
//!
//! A record maps paths to objects, in the order of names, depth first:
//! ```text
//! {"soft_link": path} | {"external_link": [file, path]} | {"hard_link_to": path of the same object}
//! group:   attrs, members, (decoded)
//! dataset: attrs, dtype, shape, layout, (chunks, max, stored_chunks), filters, sha256, first, (last), (sum)
//! ```
//! Values are digested as little-endian bytes in C order; each text of any length is followed by a zero byte, each list by `|`.
//! An object that cannot be read has `error` in the place of what is missing.

use super::hex;
use crate::{
    Error, Kind,
    hdf5::{Attribute, Dataset, Element, Group, Hdf5File, Link, Node, Rows, StoredAttribute, ValueData, Values},
};
use germane_codecs::{OutOfRange, radware_sigcompress, uleb128_zigzag_diff};
use germane_columns::NumberType;
use germane_numerics::Inline;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};

/// The record of an open file. `truncated` holds the end that it says and its size, where it is cut.
pub(super) fn record(file: &Hdf5File) -> Value {
    let mut record = Map::new();
    let root = file.root();
    record.insert("/".to_owned(), group(&root));
    let mut seen = HashMap::from([(root.address(), "/".to_owned())]);
    let mut open = vec![(root.clone(), members(&root).into_iter())];
    while let Some((parent, names)) = open.last_mut() {
        let Some((name, link)) = names.next() else {
            open.pop();
            continue;
        };
        let path = if parent.path() == "/" { format!("/{name}") } else { format!("{}/{name}", parent.path()) };
        let address = match link {
            Link::Soft(target) => {
                record.insert(path, json!({"soft_link": target}));
                continue;
            }
            Link::External { file, path: target } => {
                record.insert(path, json!({"external_link": [file, target]}));
                continue;
            }
            Link::Hard(address) => address,
        };
        if let Some(first) = seen.get(&address) {
            record.insert(path, json!({"hard_link_to": first}));
            continue;
        }
        seen.insert(address, path.clone());
        match file.node(address, &path) {
            Ok(Node::Group(inner)) => {
                record.insert(path, group(&inner));
                let names = members(&inner).into_iter();
                open.push((inner, names));
            }
            Ok(Node::Dataset(inner)) => {
                record.insert(path, dataset(&inner));
            }
            Ok(Node::Datatype(inner)) => {
                let mut object = attributes(&Node::Datatype(inner.clone()));
                object["dtype"] = inner.datatype().name().into();
                record.insert(path, object);
            }
            Err(error) => {
                record.insert(path, json!({"error": error.to_string()}));
            }
        }
    }
    if let Some((said, there)) = file.is_truncated() {
        record.insert("truncated".to_owned(), json!([said, there]));
    }
    record.into()
}

/// Links in the order of names, as many as can be read: the record of the group says what is lost.
fn members(group: &Group) -> Vec<(String, Link)> {
    let mut links = group.known_links().map(|(known, _)| known).unwrap_or_default();
    links.sort_by(|(a, _), (b, _)| a.cmp(b));
    links
}

fn group(group: &Group) -> Value {
    let mut object = attributes(&Node::Group(group.clone()));
    match group.links() {
        Ok(links) => object["members"] = links.len().into(),
        Err(error) => object["error"] = error.to_string().into(),
    }
    let datatype = object["attrs"]["datatype"].as_str().unwrap_or_default();
    if ["encoded_arrays", "encoded_equalsized", "encoded_array<"].iter().any(|part| datatype.contains(part)) {
        match decoded(group) {
            Ok(decoded) => object["decoded"] = decoded,
            Err(error) => object["error"] = error.to_string().into(),
        }
    }
    object
}

fn attributes(node: &Node) -> Value {
    let read = || -> Result<Map<String, Value>, Error> {
        let mut stored = node.object().stored_attributes()?;
        stored.sort_by(|a, b| a.name.cmp(&b.name));
        stored.iter().map(|a| Ok((a.name.clone(), attribute(node, a)?))).collect()
    };
    match read() {
        Ok(attributes) => json!({"attrs": attributes}),
        Err(error) => json!({"attrs": {}, "error": error.to_string()}),
    }
}

fn attribute(node: &Node, stored: &StoredAttribute) -> Result<Value, Error> {
    let object = node.object();
    Ok(match object.named(stored.attribute(&object.file.inner))? {
        Attribute::Empty => Value::Null,
        Attribute::Text(text) => text.into(),
        Attribute::Values(values) if values.shape.is_empty() => {
            json!({"value": plain(&values, 0, true), "dtype": stored.datatype.value_name()})
        }
        Attribute::Values(values) => json!({"array": nested(&values), "dtype": stored.datatype.array_name()}),
    })
}

/// All values as lists of lists.
fn nested(values: &Values) -> Value {
    let flat: Vec<Value> = (0..values.count()).map(|k| plain(values, k, true)).collect();
    values.shape[1..]
        .iter()
        .rev()
        .fold(flat, |flat, &axis| flat.chunks(axis.max(1)).map(|row| row.to_vec().into()).collect())
        .into()
}

fn dataset(dataset: &Dataset) -> Value {
    let mut object = attributes(&Node::Dataset(dataset.clone()));
    object["dtype"] = dataset.datatype().name().into();
    object["shape"] = dataset.shape().into();
    object["layout"] = dataset.layout().name().into();
    if let Some(chunk) = dataset.chunk_shape() {
        object["chunks"] = chunk.into();
        let longest = dataset.max_shape().into_iter().map(|most| most.map_or(json!(-1), Value::from));
        object["max"] = longest.collect();
        match dataset.chunks() {
            Ok(table) => object["stored_chunks"] = table.len().into(),
            Err(error) => object["error"] = error.to_string().into(),
        }
    }
    object["filters"] = dataset.filters().iter().map(|filter| filter_name(filter.id(), filter.name())).collect();
    if dataset.shape().is_none() {
        return object;
    }
    match dataset.read(&Rows::All, &Inline) {
        Ok(values) => contents(&values, &mut object),
        Err(error) => object["error"] = error.to_string().into(),
    }
    object
}

/// Known filters by name, others by number.
fn filter_name(id: u16, name: String) -> Value {
    if name == id.to_string() { id.into() } else { name.into() }
}

fn contents(values: &Values, object: &mut Value) {
    let values = &flattened(values);
    let mut sha = Sha256::new();
    hash(values, &mut |bytes| sha.update(bytes));
    object["sha256"] = hex(&sha.finalize()).into();
    let count = values.count();
    object["first"] = (0..count.min(4)).map(|k| plain(values, k, false)).collect();
    if count > 8 {
        object["last"] = (count - 2..count).map(|k| plain(values, k, false)).collect();
    }
    if count > 0
        && let Some(sum) = sum(values)
    {
        object["sum"] = sum;
    }
}

/// Small arrays in the place of elements become axes, as h5py gives them.
fn flattened(values: &Values) -> Values {
    match (&values.element, &values.data) {
        (Element::Repeated { shape, element }, ValueData::Fixed(bytes)) => {
            let shape = values.shape.iter().chain(shape).copied().collect();
            flattened(&Values { element: (**element).clone(), shape, data: ValueData::Fixed(bytes.clone()) })
        }
        _ => values.clone(),
    }
}

fn hash(values: &Values, take: &mut dyn FnMut(&[u8])) {
    match &values.data {
        ValueData::Fixed(bytes) => match &values.element {
            // A single text is an object to h5py.
            Element::FixedText { .. } if values.shape.is_empty() => {
                take(trimmed(bytes));
                take(&[0]);
            }
            _ => take(bytes),
        },
        ValueData::Texts { offsets, bytes } => offsets.windows(2).for_each(|pair| {
            take(&bytes[pair[0] as usize..pair[1] as usize]);
            take(&[0]);
        }),
        ValueData::Lists { offsets, items } => offsets.windows(2).for_each(|pair| {
            hash(&part(items, pair[0] as usize, pair[1] as usize), take);
            take(b"|");
        }),
    }
}

/// Values `from..to` of one axis.
fn part(values: &Values, from: usize, to: usize) -> Values {
    let data = match &values.data {
        ValueData::Fixed(bytes) => {
            let size = values.element.size().unwrap_or(0);
            ValueData::Fixed(bytes.slice_with_length(from * size, (to - from) * size))
        }
        ValueData::Texts { offsets, bytes } => ValueData::Texts { offsets: offsets[from..=to].to_vec(), bytes: bytes.clone() },
        ValueData::Lists { offsets, items } => ValueData::Lists { offsets: offsets[from..=to].to_vec(), items: items.clone() },
    };
    Values { element: values.element.clone(), shape: vec![to - from], data }
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1)]
}

/// Bytes as characters of the same number.
fn latin1(bytes: &[u8]) -> Value {
    bytes.iter().map(|&b| char::from(b)).collect::<String>().into()
}

fn number(bytes: &[u8], number: NumberType) -> Value {
    macro_rules! read {
        ($ty:ty) => {
            <$ty>::from_ne_bytes(bytes.try_into().expect("invariant: an element has its size"))
        };
    }
    match number {
        NumberType::I8 => read!(i8).into(),
        NumberType::U8 => read!(u8).into(),
        NumberType::I16 => read!(i16).into(),
        NumberType::U16 => read!(u16).into(),
        NumberType::I32 => read!(i32).into(),
        NumberType::U32 => read!(u32).into(),
        NumberType::I64 => read!(i64).into(),
        NumberType::U64 => read!(u64).into(),
        NumberType::F32 => float(read!(f32).into()),
        NumberType::F64 => float(read!(f64)),
    }
}

fn float(value: f64) -> Value {
    if value.is_finite() {
        value.into()
    } else if value.is_nan() {
        "nan".into()
    } else if value > 0.0 {
        "inf".into()
    } else {
        "-inf".into()
    }
}

/// Value of a binary16 number.
fn half(bits: u16) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    let power = |n: i32| f64::from_bits(((1023 + n) as u64) << 52);
    let value = match exponent {
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        0 => mantissa * power(-24),
        _ => (1024.0 + mantissa) * power(exponent - 25),
    };
    if bits >> 15 == 1 { -value } else { value }
}

/// One value as JSON. Texts of attributes (`text`) are decoded, those of datasets stay bytes.
fn plain(values: &Values, k: usize, text: bool) -> Value {
    match &values.data {
        ValueData::Fixed(bytes) => {
            let size = values.element.size().unwrap_or(0);
            element(&values.element, &bytes[k * size..(k + 1) * size])
        }
        ValueData::Texts { offsets, bytes } => {
            let bytes = &bytes[offsets[k] as usize..offsets[k + 1] as usize];
            if text { String::from_utf8_lossy(bytes).into() } else { latin1(bytes) }
        }
        ValueData::Lists { offsets, items } => {
            (offsets[k] as usize..offsets[k + 1] as usize).map(|item| plain(items, item, text)).collect()
        }
    }
}

fn element(element: &Element, bytes: &[u8]) -> Value {
    match element {
        Element::Number(of) | Element::Enumeration { base: of, .. } => number(bytes, *of),
        Element::Half => float(half(u16::from_ne_bytes([bytes[0], bytes[1]]))),
        Element::Bool => (bytes[0] != 0).into(),
        Element::Complex(part) => bytes.chunks(part.size()).map(|bytes| number(bytes, *part)).collect(),
        Element::FixedText { .. } => latin1(trimmed(bytes)),
        Element::Record { fields, .. } => {
            fields.iter().map(|(_, at, of)| self::element(of, &bytes[*at..*at + of.size().unwrap_or(0)])).collect()
        }
        Element::Repeated { element: of, .. } => {
            bytes.chunks(of.size().unwrap_or(1).max(1)).map(|b| self::element(of, b)).collect()
        }
        _ => latin1(bytes),
    }
}

/// Sum of whole numbers; of 200 000 and more modulo 2^64, as NumPy.
fn sum(values: &Values) -> Option<Value> {
    let (Element::Number(of) | Element::Enumeration { base: of, .. }, ValueData::Fixed(bytes)) = (&values.element, &values.data)
    else {
        return None;
    };
    macro_rules! sum {
        ($ty:ty) => {
            bytes
                .chunks_exact(size_of::<$ty>())
                .map(|b| i128::from(<$ty>::from_ne_bytes(b.try_into().expect("invariant: exact"))))
                .sum()
        };
    }
    let sum: i128 = match of {
        NumberType::I8 => sum!(i8),
        NumberType::U8 => sum!(u8),
        NumberType::I16 => sum!(i16),
        NumberType::U16 => sum!(u16),
        NumberType::I32 => sum!(i32),
        NumberType::U32 => sum!(u32),
        NumberType::I64 => sum!(i64),
        NumberType::U64 => sum!(u64),
        NumberType::F32 | NumberType::F64 => return None,
    };
    let sum = if values.count() < 200_000 { sum } else { i128::from(sum as i64) };
    Some(i64::try_from(sum).map_or_else(|_| u64::try_from(sum).map_or_else(|_| json!(sum as f64), Value::from), Value::from))
}

fn whole_numbers(group: &Group, path: &str) -> Result<Vec<i64>, Error> {
    let Node::Dataset(dataset) = group.get(path)? else {
        return Err(Error::new(group.file().name(), Kind::Damaged, format!("{path} is no dataset")).object(group.path()));
    };
    let values = dataset.read(&Rows::All, &Inline)?;
    let numbers = (0..values.count()).map(|k| plain(&values, k, false)).map(|v| v.as_i64());
    let numbers: Option<Vec<i64>> = numbers.collect();
    numbers.ok_or_else(|| Error::new(group.file().name(), Kind::Damaged, "not whole numbers").object(dataset.path()))
}

/// Encoded waveforms as int32, rows one after the other.
fn decoded(group: &Group) -> Result<Value, Error> {
    let damaged = |message: String| Error::new(group.file().name(), Kind::Damaged, message).object(group.path());
    let attributes = group.attributes()?;
    let codec = match attributes.get("codec") {
        Some(Attribute::Text(codec)) => codec.as_str(),
        _ => return Err(damaged("encoded arrays without the attribute `codec`".to_owned())),
    };
    let shift = match attributes.get("codec_shift") {
        Some(Attribute::Values(values)) => plain(values, 0, false).as_f64().unwrap_or(0.0) as i32,
        _ => 0,
    };
    let ends = whole_numbers(group, "encoded_data/cumulative_length")?;
    let sizes = whole_numbers(group, "decoded_size")?;
    let Node::Dataset(flat) = group.get("encoded_data/flattened_data")? else {
        return Err(damaged("encoded_data/flattened_data is no dataset".to_owned()));
    };
    let flat = flat.read(&Rows::All, &Inline)?;
    let bytes = flat.bytes().ok_or_else(|| damaged("encoded_data/flattened_data are no bytes".to_owned()))?;
    let (mut sha, mut lengths, mut first, mut total) = (Sha256::new(), BTreeSet::new(), Vec::<i32>::new(), 0_i64);
    let mut start = 0;
    let mut row = Vec::new();
    for (k, &end) in ends.iter().enumerate() {
        let end = usize::try_from(end).ok().filter(|end| (start..=bytes.len()).contains(end));
        let Some(end) = end else {
            return Err(damaged(format!("row {k} ends at {} of {} bytes, after {start}", ends[k], bytes.len())));
        };
        let encoded = &bytes[start..end];
        start = end;
        let uleb = match codec {
            "uleb128_zigzag_diff" => true,
            "radware_sigcompress" => false,
            other => return Err(damaged(format!("codec `{other}` is not known"))),
        };
        let samples = if uleb { Ok(uleb128_zigzag_diff::samples(encoded)) } else { radware_sigcompress::samples(encoded) };
        let samples = samples.map_err(|fault| damaged(format!("row {k}: {fault}")))?;
        let promised = if sizes.len() == ends.len() && sizes.len() != 1 { sizes.get(k) } else { sizes.first() };
        if promised.is_none_or(|&n| n != samples as i64) {
            return Err(damaged(format!("row {k}: {samples} samples where decoded_size promises {promised:?}")));
        }
        row.clear();
        row.resize(samples, 0_i32);
        let done = if uleb {
            uleb128_zigzag_diff::decode_into(encoded, &mut row, OutOfRange::Wrap)
        } else {
            radware_sigcompress::decode_into(encoded, shift, &mut row, OutOfRange::Wrap)
        };
        done.map_err(|fault| damaged(format!("row {k}: {fault}")))?;
        lengths.insert(samples);
        total = row.iter().fold(total, |total, &sample| total.wrapping_add(sample.into()));
        first.extend(row.iter().take(4 - first.len()));
        for sample in &row {
            sha.update(sample.to_le_bytes());
        }
    }
    let lengths = if lengths.len() < 9 { json!(lengths) } else { "many".into() };
    let digest = hex(&sha.finalize());
    Ok(
        json!({"as": "int32, rows one after the other", "rows": ends.len(), "lengths": lengths, "sha256": digest, "first": first, "sum": total}),
    )
}
