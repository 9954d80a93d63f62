//! fills.json: what is in the cells after filling.

use crate::axes;
use crate::tally::{Outcome, Tally, compare, number, numbers, read, sha256, uniform};
use germane_histograms::{Axis, Histogram, StorageKind, Values};
use serde_json::Value;

/// A column as the file has it.
enum Column {
    Floats(Vec<f64>),
    Singles(Vec<f32>),
    Whole(Vec<i64>),
    Texts(Vec<String>),
    Number(f64),
    Label(String),
}

fn column(d: &Value) -> Column {
    let values = &d["values"];
    match (d["dtype"].as_str().unwrap(), values) {
        ("str", Value::String(label)) => Column::Label(label.clone()),
        ("str", _) => Column::Texts(values.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()),
        ("f64" | "bool", Value::Array(_)) => Column::Floats(numbers(values)),
        ("f32", Value::Array(_)) => Column::Singles(numbers(values).iter().map(|&x| x as f32).collect()),
        ("i64" | "u8", Value::Array(list)) => Column::Whole(list.iter().map(|v| v.as_i64().unwrap()).collect()),
        _ => Column::Number(number(values)),
    }
}

fn filled(case: &Value) -> Result<Result<Histogram, String>, &'static str> {
    let kind = axes::storage(&case["storage"])?;
    let made = case["axes"].as_array().unwrap().iter().map(axes::made).collect::<Result<Vec<_>, _>>()?;
    let axes: Vec<Axis> = match made.into_iter().collect() {
        Ok(axes) => axes,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut histogram = Histogram::new(axes, kind);
    for fill in case["fills"].as_array().unwrap() {
        if !fill["sample"].is_null() {
            return Err("samples");
        }
        let columns: Vec<Column> = fill["args"].as_array().unwrap().iter().map(column).collect();
        let texts: Vec<Vec<&str>> = columns
            .iter()
            .map(|column| match column {
                Column::Texts(texts) => texts.iter().map(String::as_str).collect(),
                _ => Vec::new(),
            })
            .collect();
        let values: Vec<Values<'_>> = (columns.iter().zip(&texts))
            .map(|(column, texts)| match column {
                Column::Floats(values) => Values::F64(values),
                Column::Singles(values) => Values::F32(values),
                Column::Whole(values) => Values::I64(values),
                Column::Texts(_) => Values::Text(texts),
                Column::Number(value) => Values::Number(*value),
                Column::Label(label) => Values::Label(label),
            })
            .collect();
        let entries = columns.iter().find_map(|column| match column {
            Column::Floats(values) => Some(values.len()),
            Column::Singles(values) => Some(values.len()),
            Column::Whole(values) => Some(values.len()),
            Column::Texts(values) => Some(values.len()),
            _ => None,
        });
        let weights = match &fill["weight"] {
            Value::Null => None,
            weight if weight["values"].is_array() => Some(numbers(&weight["values"])),
            weight => Some(vec![number(&weight["values"]); entries.unwrap_or(1)]),
        };
        if let Err(error) = histogram.fill(&values, weights.as_deref()) {
            return Ok(Err(error.to_string()));
        }
    }
    Ok(Ok(histogram))
}

fn outcome(case: &Value) -> Outcome {
    let expect = &case["expect"];
    let histogram = match filled(case) {
        Err(feature) => return Outcome::Pending(feature),
        Ok(Err(_)) if !expect["error"].is_null() => return Outcome::Passed(0.0),
        Ok(Err(error)) => return Outcome::Failed(format!("refused: {error}")),
        Ok(Ok(_)) if !expect["error"].is_null() => return Outcome::Failed("not refused".into()),
        Ok(Ok(histogram)) => histogram,
    };
    let storage = &expect["storage"];
    let shape: Vec<usize> = storage["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    if histogram.shape(true) != shape {
        return Outcome::Failed(format!("shape {:?}, truth {shape:?}", histogram.shape(true)));
    }
    for (axis, shown) in histogram.axes().iter().zip(expect["axes"].as_array().unwrap()) {
        let labels: Option<Vec<&str>> =
            shown["categories"].as_array().map(|list| list.iter().filter_map(Value::as_str).collect());
        if labels.is_some_and(|labels| axis.labels().is_none_or(|own| own != labels)) {
            return Outcome::Failed(format!("labels {:?}", axis.labels()));
        }
    }
    let mut worst = 0.0f64;
    let mut pairs = vec![("value", histogram.values(true), numbers(&storage["value"]))];
    if histogram.storage_kind() == StorageKind::Weight {
        pairs.push(("variance", histogram.variances(true).unwrap(), numbers(&storage["variance"])));
    } else if expect["variances"].is_array() != histogram.variances(true).is_some() {
        return Outcome::Failed("variances are known in one, and not in the other".into());
    }
    for (what, ours, truth) in pairs {
        match compare(what, &ours, &truth, 1e-13) {
            Outcome::Passed(deviation) => worst = worst.max(deviation),
            Outcome::Failed(_) if is_decided_by_edges(&histogram, case) => {}
            other => return other,
        }
    }
    Outcome::Passed(worst)
}

/// The peer decides bins of regular axes by a formula, we by the printed edges (section 2.1): where they differ, contents must be
/// those of counting edges.
fn is_decided_by_edges(histogram: &Histogram, case: &Value) -> bool {
    let ([Axis::Regular(_)], [fill]) = (histogram.axes(), case["fills"].as_array().unwrap().as_slice()) else { return false };
    let (axis, Column::Floats(x)) = (&histogram.axes()[0], column(&fill["args"][0])) else { return false };
    if !fill["weight"].is_null() {
        return false;
    }
    let edges = axis.edges();
    let mut counts = vec![0.0; axis.extent()];
    for x in x {
        let above = edges.iter().filter(|&&edge| edge <= x).count();
        let slot = match above {
            _ if x.is_nan() => edges.len(),
            above if above == edges.len() && !axis.overflow() && x == edges[above - 1] => above - 1,
            above => above,
        };
        if (slot > 0 || axis.underflow()) && (slot < edges.len() || axis.overflow()) {
            counts[slot - usize::from(!axis.underflow())] += 1.0;
        }
    }
    histogram.values(true) == counts
}

#[test]
fn cells_hold_what_was_filled() {
    let Some(truth) = read("histograms/fills.json") else { return };
    let mut tally = Tally::new("histograms/fills.json");
    for case in truth["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        tally.add(name, outcome(case));
    }
    for case in truth["bulk"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let entries = case["n"].as_u64().unwrap() as usize;
        let made = |d: &Value| -> Vec<f64> {
            let (offset, scale) = (number(&d["offset"]), number(&d["scale"]));
            uniform(d["seed"].as_u64().unwrap(), entries).iter().map(|u| offset + scale * u).collect()
        };
        let columns: Vec<Vec<f64>> = case["columns"].as_array().unwrap().iter().map(made).collect();
        let weights = made(&case["weight"]);
        let axes: Vec<Axis> = case["axes"].as_array().unwrap().iter().map(|d| axes::made(d).unwrap().unwrap()).collect();
        let mut counts = Histogram::new(axes.clone(), StorageKind::Double);
        let values: Vec<Values<'_>> = columns.iter().map(|column| Values::F64(column)).collect();
        counts.fill(&values, None).unwrap();
        let hash = sha256(counts.values(true).into_iter().map(|count| (count as i64).to_le_bytes()));
        tally.check(&format!("{name}, counts"), case["counts_sha256_i64"].as_str() == Some(&hash));
        // Five parts, merged from the last to the first.
        let mut total = Histogram::new(axes.clone(), StorageKind::Weight);
        for part in (0..5).rev() {
            let rows = part * entries / 5..(part + 1) * entries / 5;
            let mut histogram = Histogram::new(axes.clone(), StorageKind::Weight);
            let values: Vec<Values<'_>> = columns.iter().map(|column| Values::F64(&column[rows.clone()])).collect();
            histogram.fill(&values, Some(&weights[rows.clone()])).unwrap();
            total.merge(&histogram).unwrap();
        }
        let bits = |values: Vec<f64>| sha256(values.into_iter().map(f64::to_le_bytes));
        let sums = case["sumw_exact_sha256_f64"].as_str() == Some(&bits(total.values(true)));
        tally.check(&format!("{name}, sums"), sums);
        let squares = case["sumw2_exact_sha256_f64"].as_str() == Some(&bits(total.variances(true).unwrap()));
        tally.check(&format!("{name}, sums of squares"), squares);
    }
    tally.finish();
}
