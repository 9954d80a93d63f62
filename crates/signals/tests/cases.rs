//! What users of pygama ran into: crossings of samples that equal the threshold, and heights outside of the waveform.
#![allow(clippy::print_stdout)]

mod calls;
mod references;

use calls::{array, number, text};
use germane_signals::processors;
use serde_json::Value;

/// The waveforms of cases/inputs/waveforms.lh5, as its makers describe them: a step, a ramp, zero, full and down, up and down.
fn waveforms() -> [Vec<f64>; 5] {
    let of = |height: &dyn Fn(usize) -> f64| (0..64).map(height).collect::<Vec<f64>>();
    [
        of(&|i| if i < 30 { 100.0 } else { 200.0 }),
        of(&|i| 4.0 * i as f64),
        of(&|_| 0.0),
        of(&|i| if i < 32 { 65535.0 } else { 0.0 }),
        of(&|i| if i % 2 == 0 { 65535.0 } else { 0.0 }),
    ]
}

fn expected(case: &str, key: &str) -> Option<Vec<f64>> {
    let cases: Value = references::read("../../cases/expected.json")?;
    Some(references::numbers(&cases[case][key]))
}

/// pygama#141
#[test]
fn a_sample_that_equals_the_threshold_is_found_and_none_is_nan() {
    let Some(truth) = expected("D01", "threshold 200, from sample 63 backwards") else { return };
    for (w, truth) in waveforms().iter().zip(truth) {
        for wide in [false, true] {
            let inputs = [array(w), number(200.0), number(63.0)];
            let t = calls::run(processors::named("leading_edge").unwrap(), &inputs, &[0], wide).unwrap()[0][0];
            assert!(t == truth || (t.is_nan() && truth.is_nan()), "{t} for {truth}");
        }
    }
    // A search that takes falls too agrees where there are none.
    for (w, truth) in waveforms().iter().zip([30.0, 50.0, f64::NAN, 32.0, 63.0]) {
        let inputs = [array(w), number(200.0), number(63.0), number(0.0)];
        let t = calls::run(processors::named("time_point_thresh").unwrap(), &inputs, &[0], true).unwrap()[0][0];
        assert!(t == truth || (t.is_nan() && truth.is_nan()), "{t} for {truth}");
    }
}

/// pygama#163
#[test]
fn heights_outside_of_the_waveform_are_nan() {
    let Some(truth) = expected("D02", "sample 30") else { return };
    for (w, truth) in waveforms().iter().zip(truth) {
        for (mode, wide) in [("i", false), ("l", true), ("s", false), ("h", true)] {
            let at = |t: f64| {
                calls::run(processors::named("fixed_time_pickoff").unwrap(), &[array(w), number(t), text(mode)], &[0], wide)
                    .unwrap()[0][0]
            };
            assert_eq!(at(30.0), truth);
            for outside in [-1.0, 64.0, f64::NAN] {
                assert!(at(outside).is_nan(), "{outside}");
            }
        }
    }
}
