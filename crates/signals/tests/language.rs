//! The chain language against dspeed and against the truth where dspeed is wrong: what is deduced of small chains, or refused.
//! Says "not run" where the reference files of ../shared are absent. One line a file.
#![allow(clippy::print_stdout)] // the tallies are the output of this suite

use germane_columns::{Array, Data, Numbers, Unit};
use germane_signals::evaluate::{Evaluator, Made, Problem};
use germane_signals::graph::{
    ColumnShape, Input, Kind, Part, Period, Shape, Table, TableColumn, Variable, WaveformColumn, Written,
};
use germane_signals::plan::{Plan, PlanOptions, plan};
use germane_signals::{Element, chain, processors};
use germane_texts::{Diagnostic, Source, parse_json};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

#[allow(clippy::disallowed_methods)]
fn reference(file: &str) -> Option<Value> {
    let root = std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = root.join("refs/signals").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not run: {} is absent", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// The table of the generator: make_language.py.
fn table() -> Table {
    let plain = |name: &str, element, shape, units: Option<&str>| TableColumn {
        name: name.to_owned(),
        element,
        shape,
        units: units.map(str::to_owned),
        waveform: None,
    };
    let waveform = |name: &str, element, samples, period| TableColumn {
        name: name.to_owned(),
        element,
        shape: ColumnShape::Samples(samples),
        units: None,
        waveform: Some(WaveformColumn {
            period: Period { value: period, unit: Unit::parse("ns").unwrap() },
            t0_units: Some("ns".to_owned()),
        }),
    };
    Table {
        columns: vec![
            waveform("waveform", Element::U16, 200, 16.0),
            waveform("wf2", Element::F32, 100, 8.0),
            plain("colf", Element::F32, ColumnShape::Scalar, Some("keV")),
            plain("cold", Element::F64, ColumnShape::Scalar, None),
            plain("coli", Element::I32, ColumnShape::Scalar, None),
            plain("colu", Element::U16, ColumnShape::Scalar, None),
            plain("tpos", Element::F32, ColumnShape::Scalar, Some("ns")),
            plain("arr", Element::F32, ColumnShape::Samples(3), None),
            plain("vov", Element::F32, ColumnShape::Ragged(3), None),
        ],
    }
}

fn planned(case: &Value) -> Result<Plan, Vec<Diagnostic>> {
    let text = json!({"outputs": case["outputs"], "processors": case["processors"]}).to_string();
    let chain = chain::read(&[Source::new("chain.json", text)])?;
    let parameters = case.get("db").map(|db| parse_json(&Source::new("db.json", db.to_string())).unwrap());
    plan(&chain, &table(), &PlanOptions { parameters: parameters.as_ref(), ..PlanOptions::default() })
}

const ROWS: usize = 4;

/// Rows of the table, by the formulas of the generator.
fn column(input: &Input) -> Array {
    let samples = |n: usize, value: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
        (0..ROWS).flat_map(|i| (0..n).map(move |s| (i, s))).map(|(i, s)| value(i, s)).collect()
    };
    let fixed = |size: usize, items: Numbers| {
        Array::new(Data::FixedList { size, len: ROWS, items: Box::new(Array::new(Data::Number(items))) })
    };
    let f32s = |values: &[f64]| Numbers::F32(values.iter().map(|v| *v as f32).collect::<Vec<_>>().into());
    let f64s = |values: Vec<f64>| Array::new(Data::Number(Numbers::F64(values.into())));
    let nan = f64::NAN;
    match (input.column.as_str(), input.part) {
        ("waveform", Part::Values) => {
            let values = samples(200, &|i, s| {
                let pulse = if s >= 60 + 10 * i { 3000.0 + 100.0 * i as f64 - 4.0 * (s - 60 - 10 * i) as f64 } else { 0.0 };
                1000.0 + 50.0 * i as f64 + pulse + ((s * 7 + i * 3) % 5) as f64
            });
            fixed(200, Numbers::U16(values.iter().map(|v| *v as u16).collect::<Vec<_>>().into()))
        }
        ("waveform", Part::T0) => f64s((0..ROWS).map(|i| 32.0 * i as f64).collect()),
        ("wf2", Part::Values) => fixed(100, f32s(&samples(100, &|i, s| (s as f64 - 50.0) * (i + 1) as f64 / 8.0))),
        ("wf2", Part::T0) => f64s(vec![800.0; ROWS]),
        ("colf", _) => Array::new(Data::Number(f32s(&[1.5, -2.25, nan, 7.0]))),
        ("cold", _) => f64s(vec![2.0, 0.5, 3.0, -1.0]),
        ("coli", _) => Array::new(Data::Number(Numbers::I32(vec![0, 3, -7, 9].into()))),
        ("colu", _) => Array::new(Data::Number(Numbers::U16(vec![1, 2, 65535, 4].into()))),
        ("tpos", _) => Array::new(Data::Number(f32s(&[320.0, 480.5, 1000.0, nan]))),
        ("arr", _) => fixed(3, f32s(&(0..12).map(f64::from).collect::<Vec<_>>())),
        ("vov", _) => {
            let items = Array::new(Data::Number(f32s(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])));
            Array::list(&[3, 0, 1, 2], items)
        }
        (name, part) => panic!("the table has no {name} {part:?}"),
    }
}

/// Outputs of all rows, in the order of the plan.
fn run(plan: Plan) -> Result<Vec<Option<Made>>, Problem> {
    let graph = Arc::new(plan.graph);
    let columns: Vec<Array> = graph.inputs.iter().map(column).collect();
    let mut evaluator = Evaluator::new(graph)?;
    evaluator.process(&columns, ROWS, 0)?;
    Ok(evaluator.take())
}

fn flat(array: &Array) -> Vec<f64> {
    match &array.data {
        Data::Bool(bits) => bits.iter().map(|bit| f64::from(u8::from(bit))).collect(),
        Data::Number(numbers) => numbers.to_f64(),
        Data::List { items, .. } | Data::FixedList { items, .. } => flat(items),
        _ => panic!("no numbers"),
    }
}

/// The first six of each row, as the references have samples of waveforms and of large arrays.
fn shown(array: &Array, is_waveform: bool) -> Vec<f64> {
    match &array.data {
        Data::FixedList { size, items, len } if is_waveform || size * len >= 64 => {
            flat(items).chunks((*size).max(1)).flat_map(|row| row.iter().take(6).copied().collect::<Vec<_>>()).collect()
        }
        _ => flat(array),
    }
}

/// Compares values with a reference; NaN is null there.
fn same_values(name: &str, made: &Made, result: &Value, samples: f64) -> Result<(), String> {
    let (values, t0) = match made {
        Made::Column(values) => (values, None),
        Made::Waveform { t0, values } => (values, Some(t0)),
    };
    let close = |what: &str, ours: &[f64], theirs: &Value, scale: f64| {
        let theirs: Vec<f64> = theirs.as_array().unwrap().iter().map(number).collect();
        let same = |a: f64, b: f64| {
            (a.is_nan() && b.is_nan()) || a == b || (a - b).abs() <= scale * f64::from(f32::EPSILON) * b.abs().max(1.0)
        };
        if ours.len() != theirs.len() || ours.iter().zip(&theirs).any(|(a, b)| !same(*a, *b)) {
            return Err(format!("{name}: {what} {ours:?}, expected {theirs:?}"));
        }
        Ok(())
    };
    // An ulp of f32; sums of single precision of the peer lose as many as there are samples.
    close("values", &shown(values, result.get("kind").is_some_and(|kind| kind == "waveform")), &result["values"], samples)?;
    if let Some(cumulative) = result.get("cumulative_length") {
        let Some((offsets, _)) = values.as_list() else { return Err(format!("{name}: no vectors")) };
        let ours: Vec<f64> = offsets.iter().skip(1).map(|offset| *offset as f64).collect();
        close("lengths", &ours, cumulative, 0.0)?;
    }
    match (t0, result.get("t0")) {
        (Some(t0), Some(expected)) => close("t0", &flat(t0), expected, 0.0),
        _ => Ok(()),
    }
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Null => f64::NAN,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::String(text) => text.parse().unwrap(),
        value => value.as_f64().unwrap(),
    }
}

/// What a variable is when it is written.
fn described(plan: &Plan, variable: &Variable) -> Value {
    let units = match &variable.kind {
        Kind::Point { unit, .. } | Kind::Duration { unit, .. } => Some(unit.to_string()),
        _ => variable.label.clone(),
    };
    let kind = match (&variable.kind, variable.shape) {
        (_, Shape::Ragged { .. }) => "ragged",
        (Kind::Waveform(_), _) => "waveform",
        _ => "array",
    };
    let shape = match variable.shape {
        Shape::Scalar => json!([4]),
        Shape::Samples(length) => json!([4, length]),
        Shape::Ragged { .. } => Value::Null,
    };
    let mut out = json!({"kind": kind, "dtype": variable.element.name(), "shape": shape, "units": units});
    if let Kind::Waveform(grid) = &variable.kind {
        out["dt"] = json!([grid.period.value, grid.period.unit.to_string()]);
        let first = match grid.offset.variable {
            // The columns of the table begin at 0 and at 800 ns.
            Some(id) if plan.graph.variable(id).name.starts_with("wf2") => 800.0,
            _ => 0.0,
        };
        out["t0"] = json!(first + grid.offset.constant);
    }
    out
}

/// The same of a result of the reference.
fn expected(result: &Value) -> Value {
    let units = result.get("units").or_else(|| result.get("attrs").and_then(|attributes| attributes.get("units")));
    let units = units.filter(|units| *units != "").cloned().unwrap_or(Value::Null);
    let kind = result.get("kind").cloned().unwrap_or(json!("array"));
    let shape = if kind == "ragged" { Value::Null } else { result["shape"].clone() };
    let mut out = json!({"kind": kind, "dtype": result["dtype"], "shape": shape, "units": units});
    if let Some(dt) = result.get("dt") {
        out["dt"] = json!([dt[0], result["dt_units"]]);
        out["t0"] = result["t0"][0].clone();
    }
    out
}

/// Cases whose spec differs from what the peer wrote, beside those of language_truth.json: name, key, value.
const SPEC: [(&str, &str, f64); 1] = [
    // 2.3: the grid of a slice starts at `lo`, also where `lo` counts from the end: 180 samples of 16 ns.
    ("slice_neg", "t0", 2880.0),
];

/// Compares a plan with results; `Err` says what differs.
fn agrees(name: &str, plan: &Plan, results: &Map<String, Value>) -> Result<(), String> {
    for (output, result) in results {
        let Some(found) = plan.graph.outputs.iter().find(|found| found.name == *output) else {
            return Err(format!("no output {output}"));
        };
        let Written::Variable(id) = found.what else { continue };
        let ours = described(plan, plan.graph.variable(id));
        let mut theirs = expected(result);
        for (case, key, value) in SPEC {
            if case == name {
                theirs[key] = json!(value);
            }
        }
        if theirs["kind"] != "waveform" && result.get("kind").is_none() && ours["kind"] == "waveform" {
            // The truth lists only the values of waveforms.
            theirs["kind"] = json!("waveform");
            theirs["dt"] = ours["dt"].clone();
            theirs["t0"] = ours["t0"].clone();
        }
        if ours != theirs {
            return Err(format!("{output}: {ours}, expected {theirs}"));
        }
        let attributes = result.get("attrs").and_then(Value::as_object).into_iter().flatten();
        for (key, value) in attributes.filter(|(key, _)| *key != "units") {
            if found.attributes.get(key).map(String::as_str) != value.as_str() {
                return Err(format!("{output}: attribute {key} is {:?}, expected {value}", found.attributes.get(key)));
            }
        }
    }
    Ok(())
}

/// Compares what is computed; copies are made by whoever reads the file.
fn values_agree(name: &str, plan: Plan, results: &Map<String, Value>) -> Result<(), String> {
    let names: Vec<String> = plan.graph.outputs.iter().map(|output| output.name.clone()).collect();
    let made = run(plan).map_err(|problem| problem.to_string())?;
    for (output, made) in names.iter().zip(&made) {
        let (Some(made), Some(result)) = (made, results.get(output)) else { continue };
        let mut result = result.clone();
        for (case, key, value) in SPEC {
            if case == name {
                let moved = result[key].as_array().unwrap().iter().map(|first| json!(first.as_f64().unwrap() + value));
                result[key] = moved.collect();
            }
        }
        // The peer adds samples in single precision: windows of a trapezoid drift.
        let samples = if name.starts_with("trap") || name.starts_with("call_form") { 50.0 } else { 1.0 };
        same_values(output, made, &result, samples)?;
    }
    Ok(())
}

/// Processors that a case names and that are not there yet.
fn missing_processors(case: &Value) -> Vec<String> {
    let mut out = Vec::new();
    for node in case["processors"].as_object().into_iter().flat_map(Map::values) {
        let module = node["module"].as_str().unwrap_or_default();
        let Some(function) = node["function"].as_str() else { continue };
        let known = ["upsampler", "min_max", "windower", "avg_current", "get_multi_local_extrema", "iir_filter", "poly_fit"];
        if module == "dspeed.processors" && known.contains(&function) && processors::named(function).is_none() {
            out.push(function.to_owned());
        }
    }
    out
}

#[test]
fn a_column_of_times_is_a_position_on_the_grid_of_a_processor() {
    let node =
        json!({"function": "fixed_time_pickoff", "module": "dspeed.processors", "args": ["waveform", "tpos", "'l'", "picked"]});
    let plan = planned(&json!({"outputs": ["picked"], "processors": {"picked": node}})).unwrap();
    let made = run(plan).unwrap();
    let Some(Made::Column(values)) = &made[0] else { panic!("a column") };
    // (t - t0) / 16 ns is 20, 28.03125, 58.5 and NaN: between samples of make_language.py on a straight line.
    let values = flat(values);
    assert_eq!(values[..3], [1000.0, 1053.90625, 1103.0]);
    assert!(values[3].is_nan());
}

/// What came of the cases of one file.
#[derive(Default)]
struct Tally {
    passed: usize,
    pending: BTreeMap<String, usize>,
    failures: Vec<String>,
}

#[test]
fn chains_of_the_references_are_planned_or_refused() {
    let (Some(cases), Some(truth)) = (reference("language.json"), reference("language_truth.json")) else { return };
    let mut tallies: [Tally; 2] = Default::default();
    for case in cases.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let over = truth.get(name);
        let ours = over.and_then(|over| over["ours"].as_str());
        let stage = match (ours, case.get("error")) {
            (Some("error at plan"), _) => "plan",
            (Some("error at run"), _) => "run",
            (Some("either"), _) => "either",
            (Some(_), _) | (None, None) => "value",
            // What the peer refuses while running is known while planning unless the truth says otherwise.
            (None, Some(_)) => "plan",
        };
        let tally = &mut tallies[usize::from(over.is_some())];
        let missing = missing_processors(case);
        if stage != "plan" && !missing.is_empty() {
            *tally.pending.entry(missing.join(" ")).or_default() += 1;
            continue;
        }
        let verdict = match (planned(case), stage) {
            (_, "either") => Ok(()),
            (Err(_), "plan") => Ok(()),
            (Ok(_), "plan") => Err("is planned, an error is expected".to_owned()),
            (Err(problems), _) => Err(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
            (Ok(plan), "run") => match run(plan) {
                Ok(_) => Err("runs, an error is expected".to_owned()),
                Err(problem) if problem.entry.is_some() => Ok(()),
                Err(problem) => Err(format!("the row is not named: {problem}")),
            },
            (Ok(plan), _) => {
                let results = over.map_or(&case["result"], |over| &over["result"]).as_object().unwrap();
                agrees(name, &plan, results).and_then(|()| values_agree(name, plan, results))
            }
        };
        match verdict {
            Ok(()) => tally.passed += 1,
            Err(why) => tally.failures.push(format!("{name}: {why}")),
        }
    }
    for (tally, file) in tallies.iter().zip(["language.json", "language_truth.json"]) {
        let count: usize = tally.pending.values().sum();
        let features: Vec<String> = tally.pending.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let (passed, failed) = (tally.passed, tally.failures.len());
        println!("refs/signals/{file}  {passed} passed  {failed} failed  {count} pending ({})", features.join(", "));
    }
    let failures: Vec<&String> = tallies.iter().flat_map(|tally| &tally.failures).collect();
    assert!(failures.is_empty(), "{failures:#?}");
}
