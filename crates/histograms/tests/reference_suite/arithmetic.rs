//! arithmetic.json: sums, scaling, projection, density, merging.

use crate::axes;
use crate::tally::{Outcome, Tally, compare, number, numbers, read};
use germane_histograms::{Axis, Histogram, Index, Indexed, StorageKind, Values};
use serde_json::Value;

/// h1 or h2, filled from the file's columns as its `build` says.
fn built(data: &Value, which: &str, kind: StorageKind, dimensions: usize) -> Histogram {
    let mut axes = vec![Axis::regular(4, 0.0, 1.0).unwrap().named("x", "", "")];
    if dimensions == 2 {
        axes.push(Axis::variable(vec![0.0, 0.2, 0.7, 1.0]).unwrap().named("y", "", ""));
    }
    let column = |name: &str| numbers(&data[format!("{name}{which}")]);
    let (x, y, w) = (column("x"), column("y"), column("w"));
    let mut histogram = Histogram::new(axes, kind);
    let values = [Values::F64(&x), Values::F64(&y)];
    histogram.fill(&values[..dimensions], (kind == StorageKind::Weight).then_some(w.as_slice())).unwrap();
    histogram
}

fn same(histogram: &Histogram, expect: &Value) -> Outcome {
    let storage = &expect["storage"];
    match compare("value", &histogram.values(true), &numbers(&storage["value"]), 1e-13) {
        Outcome::Passed(worst) if storage["variance"].is_array() => {
            match compare("variance", &histogram.variances(true).unwrap_or_default(), &numbers(&storage["variance"]), 1e-13) {
                Outcome::Passed(other) => Outcome::Passed(worst.max(other)),
                other => other,
            }
        }
        other => other,
    }
}

fn outcome(h1: &Histogram, h2: &Histogram, expression: &str, expect: &Value) -> Outcome {
    let scaled = |factor: f64| {
        let mut copy = h1.clone();
        copy.scale(factor);
        same(&copy, expect)
    };
    let array = |values: &[f64]| compare("entry", values, &numbers(&expect["value"]), 1e-13);
    let scalar = |value: f64| match &expect["value"] {
        Value::Bool(truth) if *truth == (value != 0.0) => Outcome::Passed(0.0),
        Value::Bool(truth) => Outcome::Failed(format!("is {value}, truth {truth}")),
        truth => compare("value", &[value], &[number(truth)], 1e-13),
    };
    let total = |flow: bool| {
        let all: Vec<usize> = Vec::new();
        let sum = if flow { h1.project(&all).unwrap() } else { h1.clone() };
        let values: f64 = if flow { sum.values(true)[0] } else { h1.sum(false) };
        let variance = sum.variances(flow).map(|variances| variances.iter().sum::<f64>());
        match variance.filter(|_| expect["type"] == "accumulator") {
            Some(variance) => {
                compare("sum", &[values, variance], &[number(&expect["value"]), number(&expect["variance"])], 1e-13)
            }
            None => scalar(values),
        }
    };
    match expression {
        "h1 + h2" | "sum([h1, h2])" => {
            let mut sum = h1.clone();
            sum.merge(h2).unwrap();
            same(&sum, expect)
        }
        "h1 * 2" | "2 * h1" => scaled(2.0),
        "h1 * 3" => scaled(3.0),
        "h1 * 0.5" | "h1 / 2" => scaled(0.5),
        "h1 == h2" => scalar(f64::from(u8::from(h1 == h2))),
        "h1 == h1.copy()" => scalar(f64::from(u8::from(*h1 == h1.clone()))),
        "h1.sum()" => total(false),
        "h1.sum(flow=True)" | "h1.integrate(0)" => total(true),
        "h1.density()" => array(&h1.density().unwrap()),
        "h1.values()" | "h1.to_numpy()[0]" => array(&h1.values(false)),
        "h1.variances()" => array(&h1.variances(false).unwrap()),
        // The peer gives the sum of weights; the protocol asks for the effective number of entries (fault 9).
        "h1.counts()" if h1.storage_kind() == StorageKind::Weight => {
            let expected: Vec<f64> = h1.values(false).iter().zip(h1.variances(false).unwrap()).map(|(v, e)| v * v / e).collect();
            compare("count", &h1.counts(false).unwrap(), &expected, 1e-13)
        }
        "h1.counts()" => array(&h1.counts(false).unwrap()),
        "h1.copy().reset()" => {
            let mut copy = h1.clone();
            copy.reset();
            same(&copy, expect)
        }
        "h1 + other_axis" => {
            let mut sum = h1.clone();
            let other = Histogram::new(vec![Axis::regular(5, 0.0, 1.0).unwrap()], h1.storage_kind());
            refused(sum.merge(&other).is_err() && sum == *h1)
        }
        "h1 + other_storage" => {
            let mut sum = h1.clone();
            let other = match h1.storage_kind() {
                StorageKind::Weight => StorageKind::Double,
                _ => StorageKind::Weight,
            };
            refused(sum.merge(&Histogram::new(h1.axes().to_vec(), other)).is_err() && sum == *h1)
        }
        "h1.project(0)" | "h1.project('x')" => same(&h1.project(&[0]).unwrap(), expect),
        "h1.project('y')" => same(&h1.project(&[1]).unwrap(), expect),
        "h1.project('y', 'x')" | "h1.T" => same(&h1.project(&[1, 0]).unwrap(), expect),
        "h1.project()" => same(&h1.project(&[]).unwrap(), expect),
        "h1[::2j, ::sum]" => {
            let coarse = Index::Slice { start: None, stop: None, step: germane_histograms::Step::Rebin(2) };
            match h1.index(&[coarse, Index::sum()]).unwrap() {
                Indexed::Histogram(histogram) => same(&histogram, expect),
                Indexed::Cell(_) => Outcome::Failed("a cell".into()),
            }
        }
        "h1.empty()" => scalar(f64::from(u8::from(h1.values(false).iter().all(|&value| value == 0.0)))),
        _ if expression.contains("profile") => Outcome::Pending("profile"),
        _ if expression.contains("integrate") || expression.contains("flow=False") => Outcome::Pending("integrate"),
        _ => Outcome::Pending("arithmetic of cells"),
    }
}

fn refused(good: bool) -> Outcome {
    if good { Outcome::Passed(0.0) } else { Outcome::Failed("not refused".into()) }
}

/// Two fills of a growing axis, merged.
fn merged(case: &Value) -> Outcome {
    if case["axis"].as_str() != Some("str") {
        return Outcome::Pending("growth of numbers");
    }
    let filled = |key: &str| {
        let labels: Vec<&str> = case[key].as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
        let mut histogram = Histogram::new(vec![Axis::category(Vec::new(), true).unwrap()], StorageKind::Double);
        histogram.fill(&[Values::Text(&labels)], None).unwrap();
        histogram
    };
    let mut sum = filled("first");
    sum.merge(&filled("second")).unwrap();
    let truth: Vec<&str> =
        case["expect"]["axes"][0]["categories"].as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
    if sum.axes()[0].labels().unwrap() != truth {
        return Outcome::Failed(format!("labels {:?}", sum.axes()[0].labels()));
    }
    same(&sum, &case["expect"])
}

#[test]
fn arithmetic_gives_what_users_are_used_to() {
    let Some(truth) = read("histograms/arithmetic.json") else { return };
    let mut tally = Tally::new("histograms/arithmetic.json");
    for case in truth["cases"].as_array().unwrap() {
        let expression = case["expr"].as_str().unwrap();
        let dimensions = case["dims"].as_u64().unwrap() as usize;
        let outcome = match axes::storage(&case["storage"]) {
            Err(feature) => Outcome::Pending(feature),
            Ok(kind) => {
                let [h1, h2] = ["1", "2"].map(|which| built(&truth["data"], which, kind, dimensions));
                outcome(&h1, &h2, expression, &case["expect"])
            }
        };
        tally.add(&format!("{} {dimensions} {expression}", case["storage"]), outcome);
    }
    for case in truth["merge"].as_array().unwrap() {
        tally.add(&case.to_string(), merged(case));
    }
    tally.finish();
}
