//! Histogram objects in real files, as ROOT 6.40 reads them.

mod shared;

use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::{Score, load, shared};

fn sha(values: &[f64]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// Cells with flow in ROOT's order; category axes get back the underflow that they do not have.
fn root_order(histogram: &germane_histograms::Histogram, values: &[f64]) -> Vec<f64> {
    let axes = histogram.axes();
    let shape: Vec<usize> = axes.iter().map(germane_histograms::Axis::extent).collect();
    let skipped: Vec<usize> = axes.iter().map(|axis| usize::from(!axis.underflow())).collect();
    let slots: Vec<usize> = axes.iter().map(|axis| axis.size() + 2).collect();
    let mut out = vec![0.0; slots.iter().product()];
    for (flat, &value) in values.iter().enumerate() {
        let (mut rest, mut at) = (flat, 0);
        for k in (0..shape.len()).rev() {
            at += (rest % shape[k] + skipped[k]) * slots[..k].iter().product::<usize>();
            rest /= shape[k];
        }
        out[at] = value;
    }
    out
}

#[test]
fn real_histograms_have_the_cells_errors_and_axes_that_root_reads() {
    let Some(root) = shared() else { return };
    let reference = load(&root.join("refs/histograms/real.json"));
    let mut score = Score::default();
    for wanted in reference["objects"].as_array().unwrap() {
        let (name, key) = (wanted["file"].as_str().unwrap(), wanted["key"].as_str().unwrap());
        let file = germane_formats::open(&root.join("data/histograms").join(name)).unwrap();
        let histogram = match file.histogram(key) {
            Ok(histogram) => histogram,
            Err(error) => {
                score.check(false, || error.to_string());
                continue;
            }
        };
        let values = root_order(&histogram, &histogram.values(true));
        let variances = histogram.variances(true).unwrap();
        let errors: Vec<f64> = root_order(&histogram, &variances).iter().map(|v| v.sqrt()).collect();
        if wanted["class"] == "TProfile" {
            // Quotients: ROOT rounds in another order, so 4 ulp instead of equal bits.
            let first: Vec<f64> = wanted["first"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
            let close = values.iter().zip(&first).all(|(a, b)| (a - b).abs() <= 4.0 * f64::EPSILON * b.abs());
            score.check(close, || format!("{key}: {:?}", &values[..3]));
        } else {
            score.check(wanted["contents_sha256"] == sha(&values).as_str(), || {
                format!("{name} {key} contents {:?}", &values[..3])
            });
            score.check(wanted["errors_sha256"] == sha(&errors).as_str(), || format!("{name} {key} errors {:?}", &errors[..3]));
        }
        check_axes(&mut score, key, wanted, &histogram);
    }
    score.report("histograms/real.json");
    assert!(score.failed.is_empty());
}

fn check_axes(score: &mut Score, key: &str, wanted: &Value, histogram: &germane_histograms::Histogram) {
    for (axis, wanted) in histogram.axes().iter().zip(wanted["axes"].as_array().unwrap()) {
        let labels: Vec<&str> = wanted["labels"].as_array().unwrap().iter().map(|l| l.as_str().unwrap()).collect();
        let own: Vec<&str> = axis.labels().unwrap_or_default().iter().map(String::as_str).collect();
        let unique: std::collections::BTreeSet<&str> = labels.iter().copied().collect();
        if unique.len() < labels.len() {
            score.wait("labels given twice");
            continue;
        }
        score.check(labels == own, || format!("{key} labels {own:?} for {labels:?}"));
        score.check(wanted["bins"] == axis.size() && wanted["title"] == axis.label(), || format!("{key}: {}", axis.describe()));
        if own.is_empty() {
            let edges = axis.edges();
            let ends =
                edges[0] == wanted["lower"].as_f64().unwrap() && edges[edges.len() - 1] == wanted["upper"].as_f64().unwrap();
            score.check(ends, || format!("{key} edges {edges:?}"));
        }
    }
}

#[test]
fn other_objects_are_no_histograms_and_the_names_of_histograms_come_along() {
    let Some(root) = shared() else { return };
    let file = germane_formats::open(&root.join("data/histograms/uproot-hepdata-example.root")).unwrap();
    let error = file.histogram("ntuple").unwrap_err();
    assert_eq!(error.candidates, ["hpx", "hpxpy", "hprof"]);
}
