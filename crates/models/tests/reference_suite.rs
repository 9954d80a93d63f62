//! Interpolation codes against the truth file of ../shared; says "not run" where it is absent. One line a file.
#![allow(clippy::print_stdout)] // the tallies are the output of this suite

use std::path::PathBuf;

use germane_models::interpolation::{Factor, FactorCode, TemplateCode, log_normal, template_weights, vertical_weights};
use germane_models::templates::{Symmetry, Thresholds, prune, smooth_353qh_twice, smoothed, split, symmetrise};
use germane_numerics::maths;
use serde_json::Value;

#[allow(clippy::disallowed_methods)]
fn text_of(file: &str) -> Option<String> {
    let root = std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = root.join("refs").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not run: {} is absent", path.display());
        return None;
    };
    Some(text)
}

fn reference(file: &str) -> Option<Value> {
    text_of(file).map(|text| serde_json::from_str(&text).unwrap())
}

/// Value, first and second derivative of a code.
fn interpolate(code: &str, nominal: f64, low: f64, high: f64, x: f64) -> [f64; 3] {
    let change = |[up, down]: [f64; 2]| up * (high - nominal) + down * (nominal - low);
    match code {
        "vertical" => vertical_weights(1.0, x).map(change),
        "asym_lognormal" => {
            let [ln, slope, curve] = log_normal(maths::ln(low / nominal), maths::ln(high / nominal), x);
            let value = maths::exp(ln);
            [value, value * slope, value * (curve + slope * slope)]
        }
        "code0" => template_weights(TemplateCode::Code0, x).map(change),
        "code2" => template_weights(TemplateCode::Code2, x).map(change),
        "code4p" => template_weights(TemplateCode::Code4p, x).map(change),
        "code1" => Factor::new(low / nominal, high / nominal, FactorCode::Code1).at(x),
        "code4" => Factor::new(low / nominal, high / nominal, FactorCode::Code4).at(x),
        other => panic!("no code {other}"),
    }
}

#[test]
fn interpolation_codes_are_those_of_the_formulas() {
    let file = "statistics/interpolation.json";
    let Some(truth) = reference(file) else { return };
    let (mut passed, mut worst, mut failures) = (0, 0.0f64, Vec::new());
    for (code, rows) in truth["codes"].as_object().unwrap() {
        let rows = rows.as_array().unwrap();
        for row in rows {
            let row: Vec<Option<f64>> = row.as_array().unwrap().iter().map(Value::as_f64).collect();
            let [Some(nominal), Some(low), Some(high), Some(x)] = row[..4] else { panic!("a row has four numbers") };
            let ours = interpolate(code, nominal, low, high, x);
            let mut good = true;
            for (order, truth) in row[4..].iter().enumerate() {
                let Some(truth) = truth else { continue };
                // The templates' own rounding, high/nominal - 1, is a few units in the last place of 1: it limits differences.
                let (relative, absolute) = if order == 0 { (1e-13, 1e-15) } else { (1e-11, 1e-14) };
                let error = (ours[order] - truth).abs() / (relative * truth.abs() + absolute * high.abs().max(1.0));
                worst = worst.max(error);
                good &= error <= 1.0;
            }
            if good { passed += 1 } else { failures.push(format!("{code} {row:?}: {ours:?}")) }
        }
    }
    let failed = failures.len();
    println!("refs/{file}  {passed} passed  {failed} failed  0 pending  worst {worst:.1e}");
    assert!(failures.is_empty(), "{:#?}", &failures[..failed.min(10)]);
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// Largest distance relative to the truth's size.
fn distance(ours: &[f64], truth: &[f64]) -> f64 {
    assert_eq!(ours.len(), truth.len());
    ours.iter().zip(truth).map(|(ours, truth)| (ours - truth).abs() / truth.abs().max(1e-300)).fold(0.0, f64::max)
}

#[test]
fn template_rules_are_those_of_rational_arithmetic() {
    let file = "statistics/templates.json";
    let Some(truth) = reference(file) else { return };
    let (mut passed, mut worst, mut failures) = (0, 0.0f64, Vec::new());
    for (case, truth) in truth["cases"].as_array().unwrap().iter().enumerate() {
        let [nominal, up, down] = ["nominal", "up", "down"].map(|key| numbers(&truth[key]));
        let mut check = |what: String, good: bool| if good { passed += 1 } else { failures.push(format!("{case} {what}")) };
        for (name, rule) in [
            ("one_sided", Symmetry::OneSided),
            ("two_sided", Symmetry::TwoSided),
            ("max", Symmetry::Max),
            ("absmean", Symmetry::AbsMean),
        ] {
            let (upper, lower) = symmetrise(rule, &nominal, &up, &down);
            let pair = &truth["symmetrise"][name];
            let error = distance(&upper, &numbers(&pair[0])).max(distance(&lower, &numbers(&pair[1])));
            worst = worst.max(error);
            check(format!("{name} {error:e}"), error <= 1e-14);
        }
        for (template, norm, shape) in [(&up, "norm_up", "shape_up"), (&down, "norm_down", "shape_down")] {
            let part = split(&nominal, template);
            let truth = &truth["split"];
            let error =
                distance(&[part.norm], &[truth[norm].as_f64().unwrap()]).max(distance(&part.shape, &numbers(&truth[shape])));
            worst = worst.max(error);
            check(format!("{norm} {error:e}"), error <= 1e-14);
        }
        for (key, kept) in truth["prune"].as_object().unwrap() {
            let limits: Vec<f64> = key.split('/').map(|text| text.parse().unwrap()).collect();
            let ours = prune(&nominal, &up, &down, Thresholds { norm: limits[0], shape: limits[1], large: limits[2] });
            let truth = ["keep_norm", "keep_shape", "too_large"].map(|key| kept[key].as_bool().unwrap());
            check(format!("prune {key}"), [ours.norm, ours.shape, ours.large] == truth);
        }
        let ratio: Vec<f64> = up.iter().zip(&nominal).map(|(up, nominal)| up / nominal).collect();
        // The ratio is rounded before the smoother sees it, and the residuals once more: a few units in the last place.
        let error = distance(&smooth_353qh_twice(&ratio), &numbers(&truth["ratio_smoothed_353qh_twice"]));
        let other = distance(&smoothed(&nominal, &up), &numbers(&truth["up_smoothed"]));
        worst = worst.max(error).max(other);
        check(format!("353QH {error:e}"), error <= 1e-14);
        check(format!("smoothed {other:e}"), other <= 1e-14);
    }
    println!("refs/{file}  {passed} passed  {} failed  0 pending  worst {worst:.1e}", failures.len());
    assert!(failures.is_empty(), "{failures:#?}");
}
