//! What must hold of processors on any waveform: linear filters are linear and shift with the waveform, both forms of a
//! trapezoid agree, and lanes do not know each other.

mod one_processor;

use germane_signals::processors;
use one_processor::{Value, run};
use proptest::prelude::*;

/// Linear filters with constants for waveforms of at least 60 samples, and how far their memory reaches (0: to the start).
const LINEAR: &[(&str, &[f64], usize)] = &[
    ("trap_filter", &[8.0, 4.0], 20),
    ("trap_norm", &[8.0, 4.0], 20),
    ("asym_trap_filter", &[3.0, 2.0, 11.0], 16),
    ("pole_zero", &[300.0], 0),
    ("double_pole_zero", &[300.0, 30.0, 0.02], 0),
    ("rc_cr2", &[3.0], 0),
    ("convolve_exp", &[30.0], 0),
    ("convolve_damped_oscillator", &[30.0, 0.4, 0.2], 0),
    ("moving_window_left", &[7.0], 7),
    ("moving_window_right", &[7.0], 7),
    ("moving_window_multi", &[5.0, 3.0, 0.0], 15),
    ("soft_pileup_corr", &[40.0, 100.0], 0),
];

fn filtered(name: &str, constants: &[f64], w: &[f64]) -> Vec<f64> {
    let mut arguments = vec![Value::Rows(vec![w.to_vec()])];
    arguments.extend(constants.iter().map(|x| Value::Number(*x)));
    let made = run(processors::named(name).unwrap(), true, &[], &arguments, &[w.len()]);
    made.unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"))[0][0].clone()
}

fn close(x: f64, y: f64, size: f64) -> bool {
    // 240 steps of double precision, each an ulp of running sums, which are at most 240 times samples and results.
    (x - y).abs() <= size * 240.0 * 240.0 * f64::EPSILON
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn linear_filters_are_linear(
        u in proptest::collection::vec(-1e4..1e4, 60..240),
        v in proptest::collection::vec(-1e4..1e4, 240),
        factor in -3.0..3.0,
    ) {
        let v = &v[..u.len()];
        let sum: Vec<f64> = u.iter().zip(v).map(|(u, v)| u + factor * v).collect();
        for (name, constants, _) in LINEAR {
            let (a, b, c) = (filtered(name, constants, &u), filtered(name, constants, v), filtered(name, constants, &sum));
            let size = c.iter().fold(4e4, |most: f64, y| most.max(y.abs()));
            for i in 0..u.len() {
                prop_assert!(close(c[i], a[i] + factor * b[i], size), "{name} at {i}: {} {}", c[i], a[i] + factor * b[i]);
            }
        }
    }

    #[test]
    fn finite_filters_shift_with_the_waveform(w in proptest::collection::vec(-1e4..1e4, 120), shift in 1..30_usize) {
        for (name, constants, reach) in LINEAR.iter().filter(|(_, _, reach)| *reach > 0) {
            let (long, short) = (filtered(name, constants, &w), filtered(name, constants, &w[shift..]));
            for i in *reach..short.len() - reach {
                prop_assert!(close(long[i + shift], short[i], 2e4), "{name} at {i}: {} {}", long[i + shift], short[i]);
            }
        }
    }

    #[test]
    fn recursions_that_start_in_silence_shift_with_the_waveform(w in proptest::collection::vec(-1e4..1e4, 120), shift in 4..30_usize) {
        let late: Vec<f64> = std::iter::repeat_n(0.0, shift).chain(w.iter().copied()).collect();
        let early: Vec<f64> = std::iter::repeat_n(0.0, 4).chain(w.iter().copied()).collect();
        for name in ["pole_zero", "double_pole_zero", "rc_cr2", "convolve_exp", "convolve_damped_oscillator"] {
            let constants = LINEAR.iter().find(|(other, _, _)| *other == name).unwrap().1;
            let (late, early) = (filtered(name, constants, &late), filtered(name, constants, &early));
            prop_assert_eq!(&late[shift - 4..], &early[..], "{}", name);
        }
    }

    #[test]
    fn a_trapezoid_picked_off_at_a_sample_is_that_of_the_whole_waveform(
        w in proptest::collection::vec(-1e4..1e4, 120), rise in 1..40_usize, flat in 0..30_usize, at in 0..120_usize,
    ) {
        let whole = filtered("trap_norm", &[rise as f64, flat as f64], &w);
        let constants = [rise as f64, flat as f64, at as f64].map(Value::Number);
        let arguments: Vec<Value> = std::iter::once(Value::Rows(vec![w])).chain(constants).collect();
        let picked = run(processors::named("trap_pickoff").unwrap(), true, &[], &arguments, &[0]).unwrap()[0][0][0];
        if at < 2 * rise + flat {
            prop_assert!(picked.is_nan());
        } else {
            prop_assert!(close(picked, whole[at], 2e4), "{} {}", picked, whole[at]);
        }
    }

    #[test]
    fn waveforms_side_by_side_do_not_know_each_other(
        w in proptest::collection::vec(proptest::collection::vec(-1e4..1e4, 60), 5), t in proptest::collection::vec(-5.0..70.0, 5),
    ) {
        let mut calls: Vec<(&str, Vec<Value>, Vec<usize>)> = LINEAR
            .iter()
            .map(|(name, constants, _)| (*name, constants.iter().map(|x| Value::Number(*x)).collect(), vec![60]))
            .collect();
        let times = Value::Rows(t.iter().map(|t| vec![*t]).collect());
        calls.push(("trap_pickoff", vec![Value::Number(8.0), Value::Number(4.0), times.clone()], vec![0]));
        calls.push(("windower", vec![times.clone()], vec![20]));
        calls.push(("bl_subtract", vec![times.clone()], vec![60]));
        calls.push(("mean_below_threshold", vec![times.clone()], vec![0]));
        calls.push(("saturation_runs", vec![Value::Number(-100.0), times], vec![0; 4]));
        calls.push(("min_max", Vec::new(), vec![0; 4]));
        calls.push(("linear_slope_fit", Vec::new(), vec![0; 4]));
        calls.push(("histogram", Vec::new(), vec![10, 11]));
        calls.push(("threshold_mad", vec![Value::Number(-5e3), Value::Number(5e3)], vec![0]));
        calls.push(("interpolating_upsampler", vec![Value::Text("s".into())], vec![240]));
        for (name, arguments, outputs) in calls {
            let processor = processors::named(name).unwrap();
            let with = |rows: &[usize]| {
                let pick = |value: &Value| match value {
                    Value::Rows(all) => Value::Rows(rows.iter().map(|row| all[*row].clone()).collect()),
                    other => other.clone(),
                };
                let waveforms = Value::Rows(rows.iter().map(|row| w[*row].clone()).collect());
                let arguments: Vec<Value> = std::iter::once(waveforms).chain(arguments.iter().map(pick)).collect();
                run(processor, false, &[], &arguments, &outputs).unwrap()
            };
            let together = with(&[0, 1, 2, 3, 4]);
            for row in 0..5 {
                for (output, alone) in with(&[row]).iter().enumerate() {
                    let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    prop_assert_eq!(bits(&alone[0]), bits(&together[output][row]), "{}", name);
                }
            }
        }
    }
}

/// Counted by hand.
#[test]
fn runs_beyond_limits_are_counted() {
    let w = vec![0.0, 0.0, 5.0, 65535.0, 65520.0, 65520.0, 7.0, -1.0, 65521.0];
    let arguments = [Value::Rows(vec![w]), Value::Number(0.0), Value::Number(65520.0)];
    let made = run(processors::named("saturation_runs").unwrap(), false, &[], &arguments, &[0; 4]).unwrap();
    let counts: Vec<f64> = made.iter().map(|output| output[0][0]).collect();
    assert_eq!(counts, [3.0, 4.0, 2.0, 3.0]);
}

/// An exponential has its own decay time; a tail that reaches zero has none.
#[test]
fn decay_time_of_a_tail_is_that_of_its_exponential() {
    let tail: Vec<f64> = (0..200).map(|i| 500.0 * germane_numerics::maths::exp(-f64::from(i) / 70.0)).collect();
    let mut spoilt = tail.clone();
    spoilt[100] = 0.0;
    let arguments = [Value::Rows(vec![tail, spoilt]), Value::Number(20.0), Value::Number(180.0)];
    let made = run(processors::named("tail_tau").unwrap(), true, &[], &arguments, &[0]).unwrap();
    assert!((made[0][0][0] - 70.0).abs() < 1e-9, "{made:?}");
    assert!(made[0][1][0].is_nan());
}

/// Of 1, 2, 3, 4, 100 within [0, 50]: median 2.5, distances 1.5, 0.5, 0.5, 1.5, median 1.
#[test]
fn noise_is_taken_from_samples_within_limits() {
    let arguments = [Value::Rows(vec![vec![1.0, 4.0, 100.0, 2.0, 3.0]]), Value::Number(0.0), Value::Number(50.0)];
    let made = run(processors::named("threshold_mad").unwrap(), true, &[], &arguments, &[0]).unwrap();
    assert_eq!(made[0][0], [1.4826]);
}

/// A million samples: the sum over all of them, and the bound of 2^-30 of the largest. Truth: exact integers.
#[test]
fn sums_over_a_million_samples_keep_their_bound() {
    let n = 1 << 20;
    let w: Vec<f64> = (0..n).map(|i: u64| (i.wrapping_mul(2_654_435_761) % 65_536) as f64 + 1.0 / 3.0).collect();
    let codes: Vec<u64> = (0..n).map(|i: u64| i.wrapping_mul(2_654_435_761) % 65_536).collect();
    let bound = 65_536.0 / f64::from(1 << 30);
    let half = (n / 2) as usize;
    let trapezoid = filtered("trap_filter", &[half as f64, 0.0], &w);
    let below: u64 = codes[..half].iter().sum();
    let above: u64 = codes[half..].iter().sum();
    let last = *trapezoid.last().unwrap();
    assert!((last - (above as f64 - below as f64)).abs() <= bound, "{last}");
    let tau = 1.0 / std::f64::consts::LN_2;
    let corrected = filtered("pole_zero", &[tau], &w);
    // y[n-1] = w[n-1] + (1 - 1/2) of all before; the third of each is exact to a rounding.
    let before: u64 = codes[..n as usize - 1].iter().sum();
    let truth = codes[n as usize - 1] as f64 + 1.0 / 3.0 + 0.5 * (before as f64 + (n - 1) as f64 / 3.0);
    assert!((corrected[n as usize - 1] - truth).abs() <= bound + truth * f64::EPSILON, "{} {truth}", corrected[n as usize - 1]);
}
