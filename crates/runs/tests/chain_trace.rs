//! One entry with every step of its chain, against what is known of the pulse.

mod pulses;

use germane_reports::recipes::Place;
use germane_runs::dsp::{Chains, Options, trace};
use germane_texts::Source;
use pulses::{BASELINE, SAMPLES, height, input, start};

const CHAIN: &str = "\
outputs: [bl_mean, tp, top, late, scaled, n_high]
processors:
  'bl_mean, bl_std, bl_slope, bl_icpt':
    {function: linear_slope_fit, module: dspeed.processors, args: ['waveform[0:100]', bl_mean, bl_std, bl_slope, bl_icpt], unit: ADC}
  'tp_min, tp_max, wf_min, wf_max':
    {function: min_max, module: dspeed.processors, args: [waveform, tp_min, tp_max, wf_min, wf_max], unit: [ns, ns, ADC, ADC]}
  wf_bl: {function: bl_subtract, module: dspeed.processors, args: [waveform, bl_mean, wf_bl], unit: ADC}
  tp: {function: time_point_thresh, module: dspeed.processors, args: [wf_bl, 100, 0, 1, tp], unit: ns}
  wf_trap: {function: trap_norm, module: dspeed.processors, args: [wf_bl, 20, 10, wf_trap], unit: ADC}
  top: {function: fixed_time_pickoff, module: dspeed.processors, args: [wf_trap, tp + 0.4*us, \"'l'\", top], unit: ADC}
  late: {function: 'tp_max - tp', unit: ns}
  scaled: 2*top + 0*wf_max
  n_high: {function: time_over_threshold, module: dspeed.processors, args: [wf_bl, 100, n_high]}
  never: no + thing
";

fn options(chain: &str) -> Options {
    Options { chains: Chains::one(vec![Source::new("chain.yaml", chain)]).unwrap(), ..Options::default() }
}

#[test]
fn every_waveform_has_what_was_found_on_it() {
    let row = 5;
    let traced = trace(&input(&[16.0; 8]), &options(CHAIN), row as u64).unwrap_or_else(|error| panic!("{error:?}"));
    let names: Vec<&str> = traced.stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["waveform", "wf_bl", "wf_trap"]);
    assert_eq!((traced.table.as_str(), traced.entry, traced.time_unit.as_str()), ("ch1/raw", 5, "ns"));
    let waveform = &traced.stages[0];
    assert_eq!((waveform.x.len(), waveform.x[0], waveform.x[1]), (SAMPLES, 32.0, 48.0));
    let full = f64::from(BASELINE + height(row));
    assert_eq!((waveform.y[start(row) - 1], waveform.y[start(row)]), (f64::from(BASELINE), full));
    let mark = |stage: usize, name: &str| {
        let marks = &traced.stages[stage].marks;
        marks.iter().find(|mark| mark.name == name).unwrap_or_else(|| panic!("{name}: {marks:?}")).clone()
    };
    // Sample i lies at 32 ns + 16 ns i.
    let time = |sample: usize| 32.0 + 16.0 * sample as f64;
    assert_eq!(mark(0, "bl_mean").place, Place::Height(f64::from(BASELINE)));
    assert_eq!(mark(0, "tp_max").place, Place::Times(vec![time(start(row))]));
    assert_eq!(mark(0, "wf_max").place, Place::Point(time(start(row)), full));
    // The last sample below a threshold that is crossed upwards.
    assert_eq!(mark(1, "tp").place, Place::Times(vec![time(start(row) - 1)]));
    assert_eq!(mark(1, "n_high").place, Place::Number((SAMPLES - start(row)) as f64));
    let taken_at = time(start(row) - 1) + 400.0;
    assert_eq!(mark(2, "top").place, Place::Point(taken_at, f64::from(height(row))));
    let others: Vec<(&str, f64, Option<&str>)> =
        traced.others.iter().map(|one| (one.name.as_str(), one.value, one.unit.as_deref())).collect();
    assert!(others.contains(&("late", 16.0, Some("ns"))), "{others:?}");
    assert!(others.iter().any(|one| (one.0, one.1) == ("scaled", 2.0 * f64::from(height(row)))), "{others:?}");
    let figure = traced.figure();
    assert_eq!((figure.kind.as_str(), figure.panels.len()), ("chain", 3));
    assert!(germane_reports::warnings(&figure).is_empty(), "{:?}", germane_reports::warnings(&figure));
}

#[test]
fn an_entry_that_is_not_there_and_a_wrong_chain_are_told() {
    let error = trace(&input(&[16.0; 8]), &options(CHAIN), 8).unwrap_err();
    assert_eq!(error.exit, 2);
    assert!(error.diagnostics[0].message.contains("8 entries"), "{error:?}");
    let wrong = CHAIN.replace("trap_norm", "trap_nrm");
    assert_eq!(trace(&input(&[16.0; 8]), &options(&wrong), 0).unwrap_err().exit, 6);
}
