//! Rows of one table that are sampled in several ways: each has its own times.

mod pulses;

use germane_formats::lh5::{Content, Object};
use germane_runs::Progress;
use germane_runs::dsp::{Chains, Options, build, trace};
use germane_texts::Source;
use pulses::{input, start};

const CHAIN: &str = "\
outputs: [tp_max, early, cut]
processors:
  'tp_min, tp_max, wf_min, wf_max':
    {function: min_max, module: dspeed.processors, args: [waveform, tp_min, tp_max, wf_min, wf_max], unit: [ns, ns, ADC, ADC]}
  early: {function: mean_below_threshold, module: dspeed.processors, args: [waveform, 1100, early], unit: ADC}
  cut: waveform[10:20]
";

fn options(chain: &str) -> Options {
    Options { chains: Chains::one(vec![Source::new("chain.yaml", chain)]).unwrap(), ..Options::default() }
}

fn numbers(table: &Object, path: &str) -> Vec<f64> {
    let object = table.at(path).unwrap_or_else(|| panic!("no {path}"));
    let Content::Array(_) = &object.content else { panic!("{path} is no array") };
    object.to_column(path).unwrap().1.as_numbers().unwrap().to_f64()
}

#[test]
fn times_count_in_the_samples_of_their_row() {
    // Settings that change in the table, and change from row to row.
    let dt: Vec<f32> = (0..60).map(|row| if row < 20 { 16.0 } else { [16.0, 8.0, 4.0][row % 3] }).collect();
    for (block, threads) in [(1, 1), (7, 2), (64, 2)] {
        let options = Options { block_rows: Some(block), threads, ..options(CHAIN) };
        let made = build(&[input(&dt)], &options, &Progress::default()).unwrap_or_else(|error| panic!("{error:?}"));
        let table = &made.tables[0].1;
        let due: Vec<f64> = dt.iter().enumerate().map(|(row, dt)| 32.0 + f64::from(*dt) * start(row) as f64).collect();
        assert_eq!(numbers(table, "tp_max"), due, "blocks of {block}");
        assert_eq!(numbers(table, "cut/dt"), dt.iter().copied().map(f64::from).collect::<Vec<_>>());
        let starts: Vec<f64> = dt.iter().map(|dt| 32.0 + 10.0 * f64::from(*dt)).collect();
        assert_eq!(numbers(table, "cut/t0"), starts);
    }
}

#[test]
fn rows_are_typed_for_their_own_time_even_if_the_first_row_has_another() {
    let dt = [16.0, 8.0, 8.0, 8.0];
    let options = Options { start: 1, ..options(CHAIN) };
    let made = build(&[input(&dt)], &options, &Progress::default()).unwrap();
    let due: Vec<f64> = (1..4).map(|row| 32.0 + 8.0 * start(row) as f64).collect();
    assert_eq!(numbers(&made.tables[0].1, "tp_max"), due);
    let traced = trace(&input(&dt), &options, 2).unwrap();
    assert_eq!(traced.stages[0].x[1] - traced.stages[0].x[0], 8.0);
}

#[test]
fn columns_that_would_change_their_form_and_times_that_are_none_are_refused() {
    let chain = CHAIN.replace("waveform[10:20]", "waveform[160*ns:320*ns]");
    let refused = |chain: &str, dt: &[f32]| {
        let error = build(&[input(dt)], &options(chain), &Progress::default()).unwrap_err();
        (error.exit, error.diagnostics[0].message.clone())
    };
    let (exit, message) = refused(&chain, &[16.0, 16.0, 8.0]);
    assert_eq!(exit, 4);
    assert!(message.contains("row 2 has dt = 8, with which `cut` is uint16[20]"), "{message}");
    let (exit, message) = refused(CHAIN, &[16.0, 0.0]);
    assert_eq!(exit, 4);
    assert!(message.contains("row 1 has dt = 0, which is no time"), "{message}");
    let many: Vec<f32> = (1..40).map(|dt| dt as f32).collect();
    let (exit, message) = refused(CHAIN, &many);
    assert_eq!(exit, 4);
    assert!(message.contains("more than 16 ways"), "{message}");
}
