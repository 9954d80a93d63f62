//! Reading the reference files: schemas, events as arrays, results as JSON, comparison, the line of a file.

use germane_columns::buffer::NullBuffer;
use germane_columns::{Array, Data, Unit};
use germane_expressions::{ColumnType, Kind, Many, Program, Reference, Schema};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The folder of shared material.
pub(crate) struct Shared;

impl Shared {
    pub(crate) fn path(name: &str) -> Option<PathBuf> {
        #[allow(clippy::disallowed_methods)] // tests are told by the environment where the references are
        let root = std::env::var("GERMANE_SHARED").unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").to_owned());
        let path = PathBuf::from(root).join(name);
        if path.exists() {
            return Some(path);
        }
        eprintln!("not run: {name} is not there");
        None
    }

    pub(crate) fn json(name: &str) -> Option<Value> {
        Some(serde_json::from_slice(&std::fs::read(Self::path(name)?).unwrap()).unwrap())
    }
}

fn column(field: &Value) -> ColumnType {
    let kind = match field["kind"].as_str().unwrap() {
        "bool" => Kind::Bool,
        "int" => Kind::Int,
        "string" => Kind::Text,
        _ => Kind::Float,
    };
    let mut column = ColumnType::new(kind);
    column.unit = field["unit"].as_str().map(|unit| Unit::parse(unit).unwrap());
    column.nullable = field["null"].as_bool().unwrap_or(false);
    column
}

/// The schema of a reference file; positions that references go by become columns too.
pub(crate) fn schema_of(schema: &Value) -> Schema {
    let mut out = Schema::default();
    for (name, field) in schema["event"].as_object().unwrap() {
        out.event.insert(name.clone(), column(field));
    }
    for (name, table) in schema["collections"].as_object().unwrap() {
        let mut fields = indexmap::IndexMap::new();
        for (field, entry) in table["fields"].as_object().unwrap() {
            if let Some(to) = entry["to"].as_str() {
                let many = match entry["many"].as_str() {
                    None => Many::One,
                    Some("children") => Many::Children,
                    Some(_) => Many::List,
                };
                let via = entry["via"].as_str().unwrap().to_owned();
                if many == Many::List {
                    fields.insert(via.clone(), ColumnType::new(Kind::List(Box::new(Kind::Int))));
                }
                let reference = Reference { to: to.to_owned(), via, many };
                out.references.entry(name.clone()).or_default().insert(field.clone(), reference);
            } else {
                fields.insert(field.clone(), column(entry));
            }
        }
        let single = table["single"].as_bool().unwrap_or(false);
        if single { &mut out.objects } else { &mut out.collections }.insert(name.clone(), fields);
    }
    out
}

fn float(value: &Value) -> f64 {
    match value.as_str() {
        Some("nan") => f64::NAN,
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        _ => value.as_f64().unwrap_or(0.0),
    }
}

fn flat(kind: &Kind, values: &[Value]) -> Array {
    let array = match kind {
        Kind::Bool => Array::from(values.iter().map(|value| value.as_bool().unwrap_or(false)).collect::<Vec<_>>()),
        Kind::Int => Array::from(values.iter().map(|value| value.as_i64().unwrap_or(0)).collect::<Vec<_>>()),
        Kind::Text => values.iter().map(|value| value.as_str().unwrap_or("")).collect(),
        Kind::List(of) => {
            let lists: Vec<&Vec<Value>> = values.iter().map(|value| value.as_array().unwrap()).collect();
            let items: Vec<Value> = lists.iter().flat_map(|list| list.iter().cloned()).collect();
            let lengths: Vec<usize> = lists.iter().map(|list| list.len()).collect();
            Array::list(&lengths, flat(of, &items))
        }
        _ => Array::from(values.iter().map(float).collect::<Vec<_>>()),
    };
    let there: Vec<bool> = values.iter().map(|value| !value.is_null()).collect();
    array.with_validity(Some(NullBuffer::from(there)))
}

/// The inputs of a program from events written as JSON.
pub(crate) fn arrays_of(program: &Program, schema: &Value, events: &[Value]) -> Vec<Array> {
    let known = schema_of(schema);
    program
        .inputs()
        .iter()
        .map(|input| {
            let field = input.field.as_str();
            let Some(name) = &input.collection else {
                let values: Vec<Value> = events.iter().map(|event| event[field].clone()).collect();
                return flat(&known.event[field].kind, &values);
            };
            if let Some(fields) = known.objects.get(name) {
                let values: Vec<Value> = events.iter().map(|event| event[name][field].clone()).collect();
                return flat(&fields[field].kind, &values);
            }
            let lists: Vec<&Vec<Value>> = events.iter().map(|event| event[name].as_array().unwrap()).collect();
            let values: Vec<Value> = lists.iter().flat_map(|list| list.iter().map(|item| item[field].clone())).collect();
            let lengths: Vec<usize> = lists.iter().map(|list| list.len()).collect();
            Array::list(&lengths, flat(&known.collections[name][field].kind, &values))
        })
        .collect()
}

/// Values of an array as JSON. Of items only the place is there.
pub(crate) fn values_of(array: &Array) -> Vec<Value> {
    (0..array.len()).map(|i| value_at(array, i)).collect()
}

fn value_at(array: &Array, i: usize) -> Value {
    if !array.is_valid(i) {
        return Value::Null;
    }
    match &array.data {
        Data::Bool(bits) => json!(bits.value(i)),
        Data::Number(numbers) => match numbers.to_i64() {
            Some(values) => json!(values[i]),
            None => {
                let value = numbers.get_f64(i);
                if value.is_nan() {
                    json!("nan")
                } else if value.is_infinite() {
                    json!(if value > 0.0 { "inf" } else { "-inf" })
                } else {
                    json!(value)
                }
            }
        },
        Data::Text { .. } => json!(array.text(i)),
        Data::List { offsets, items } => {
            (offsets[i]..offsets[i + 1]).map(|k| value_at(items, k as usize)).collect::<Vec<_>>().into()
        }
        Data::Struct { fields, .. } => {
            let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
            if names == ["kind", "index"] {
                let (kind_of, place) = (value_at(&fields[0].1, i), value_at(&fields[1].1, i));
                return json!(format!("{}#{place}", kind_of.as_str().unwrap_or("")));
            }
            fields.iter().map(|(_, field)| value_at(field, i)).collect::<Vec<_>>().into()
        }
        _ => Value::Null,
    }
}

/// Relative difference of two values, or why they differ.
pub(crate) fn agree(ours: &Value, theirs: &Value, tolerance: f64) -> Result<f64, String> {
    match (ours, theirs) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).try_fold(0.0_f64, |worst, (a, b)| Ok(agree(a, b, tolerance)?.max(worst)))
        }
        // an item is written as collection and place; ours is the place
        (Value::Number(place), Value::String(item)) if item.split('#').nth(1) == Some(&place.to_string()) => Ok(0.0),
        (Value::Number(a), Value::Number(b)) => {
            if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
                return if a == b { Ok(0.0) } else { Err(format!("{a}, not {b}")) };
            }
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            // near zero the size of the inputs (about 1) decides, not that of the difference
            let error = if a == b { 0.0 } else { (a - b).abs() / b.abs().max(1e-3) };
            if error <= tolerance { Ok(error) } else { Err(format!("{a}, not {b}")) }
        }
        _ if ours == theirs => Ok(0.0),
        _ => Err(format!("{ours}, not {theirs}")),
    }
}

/// What became of a case.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed(f64),
    Failed(String),
    Pending(String),
}

/// Prints the line of a file and fails if a case failed.
#[allow(clippy::print_stdout)] // `make refs` reads this line
pub(crate) fn line(file: &str, outcomes: &[Outcome]) {
    let (mut passed, mut worst, mut failed) = (0, 0.0_f64, Vec::new());
    let mut pending: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in outcomes {
        match outcome {
            Outcome::Passed(error) => {
                passed += 1;
                worst = worst.max(*error);
            }
            Outcome::Failed(message) => failed.push(message),
            Outcome::Pending(feature) => *pending.entry(feature).or_default() += 1,
        }
    }
    let features: Vec<String> = pending.iter().map(|(feature, count)| format!("{feature} {count}")).collect();
    let waiting: usize = pending.values().sum();
    let features = if features.is_empty() { String::new() } else { format!(" ({})", features.join(", ")) };
    println!("{file}  {passed} passed  {} failed  {waiting} pending{features}  worst {worst:.1e}", failed.len());
    for message in &failed {
        eprintln!("  {message}");
    }
    assert!(failed.is_empty(), "{} cases failed", failed.len());
}
