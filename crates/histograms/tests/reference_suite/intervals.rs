//! intervals.json: Garwood and Clopper-Pearson against mpmath.

use crate::tally::{Outcome, Tally, compare, number, numbers, read};
use germane_histograms::intervals::{ONE_SIGMA, clopper_pearson, garwood, garwood_weighted};
use serde_json::Value;

fn level(case: &Value) -> f64 {
    match case["coverage"].as_str() {
        None | Some("1 sigma") => ONE_SIGMA,
        Some(text) => text.parse().unwrap(),
    }
}

#[test]
fn intervals_equal_those_of_mpmath() {
    let Some(truth) = read("histograms/intervals.json") else { return };
    let mut tally = Tally::new("histograms/intervals.json");
    for case in truth["garwood"].as_array().unwrap() {
        let (lower, upper) = garwood(number(&case["n"]), level(case));
        tally.add(&format!("n {}", case["n"]), compare("limit", &[lower, upper], &numbers(&case["interval"]), 1e-12));
    }
    for case in truth["garwood_weighted"].as_array().unwrap() {
        let (sum, squares) = (number(&case["sumw"]), number(&case["sumw2"]));
        let (lower, upper) = garwood_weighted(sum, squares, f64::NAN, level(case));
        tally.add(&format!("sum {sum}"), compare("limit", &[lower, upper], &numbers(&case["interval"]), 1e-12));
    }
    for case in truth["clopper_pearson"].as_array().unwrap() {
        let (lower, upper) = clopper_pearson(number(&case["k"]), number(&case["n"]), level(case));
        let name = format!("{} of {}", case["k"], case["n"]);
        tally.add(&name, compare("limit", &[lower, upper], &numbers(&case["interval"]), 1e-12));
    }
    for (file_part, feature) in [("ratio", "errors of ratios"), ("comparison", "comparison panels")] {
        let part = &truth[file_part];
        let cases = part.as_array().map_or_else(|| part.as_object().unwrap().len(), Vec::len);
        for _ in 0..cases {
            tally.add(file_part, Outcome::Pending(feature));
        }
    }
    tally.finish();
}

#[test]
fn empty_and_negative_sums_have_intervals() {
    // The scale of the whole histogram for an empty bin; Σw ± √Σw² where Garwood has no meaning.
    let (lower, upper) = garwood_weighted(0.0, 0.0, 0.5, ONE_SIGMA);
    assert_eq!((lower, upper), (0.0, 0.5 * garwood(0.0, ONE_SIGMA).1));
    assert_eq!(garwood_weighted(-1.0, 4.0, 0.5, ONE_SIGMA), (-3.0, 1.0));
}
