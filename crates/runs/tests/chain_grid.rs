//! A grid of parameters in one run gives the bits of separate runs.

mod pulses;

use germane_formats::lh5::Object;
use germane_runs::Progress;
use germane_runs::dsp::{Chains, Database, Options, build, run_grid};
use germane_texts::Source;
use pulses::input;

/// Baseline and decay are the same at all points; trapezoid, maximum and time of the pick-off are not.
const CHAIN: &str = "\
outputs: [trapEmax, trapEftp, tp_0, bl_mean, eventnumber]
processors:
  'bl_mean, bl_std, bl_slope, bl_icpt':
    {function: linear_slope_fit, module: dspeed.processors, args: ['waveform[0:100]', bl_mean, bl_std, bl_slope, bl_icpt], unit: ADC}
  wf_bl: {function: bl_subtract, module: dspeed.processors, args: [waveform, bl_mean, wf_bl], unit: ADC}
  wf_pz: {function: pole_zero, module: dspeed.processors, args: [wf_bl, 450*us, wf_pz], unit: ADC}
  tp_0: {function: time_point_thresh, module: dspeed.processors, args: [wf_pz, 50, 0, 1, tp_0], unit: ns}
  wf_etrap: {function: trap_norm, module: dspeed.processors, args: [wf_pz, db.etrap.rise, db.etrap.flat, wf_etrap], unit: ADC}
  trapEmax: {function: amax, module: numpy, args: [wf_etrap, 1, trapEmax], kwargs: {signature: '(n),()->()', types: ['fi->f']}, unit: ADC}
  trapEftp:
    {function: fixed_time_pickoff, module: dspeed.processors, args: [wf_etrap, tp_0 + db.etrap.rise + 0.8*db.etrap.flat, \"'l'\", trapEftp], unit: ADC}
";

fn options() -> Options {
    Options { chains: Chains::one(vec![Source::new("chain.yaml", CHAIN)]).unwrap(), block_rows: Some(32), ..Options::default() }
}

/// The table of one set of parameters, alone.
fn alone(dt: &[f32], parameters: &str) -> Object {
    let database = Database::read(&Source::new("database.json", format!("{{\"ch1\": {parameters}}}"))).unwrap();
    let options = Options { database: Some(database), ..options() };
    let mut outcome = build(&[input(dt)], &options, &Progress::default()).unwrap_or_else(|error| panic!("{error:?}"));
    outcome.tables.remove(0).1
}

#[test]
fn ten_rises_by_ten_flats_have_the_bits_of_a_hundred_runs() {
    let dt = [16.0; 75];
    let parameters: Vec<String> = (0..100)
        .map(|point| {
            let (rise, flat) = (0.32 + 0.08 * f64::from(point / 10), 0.016 * f64::from(1 + point % 10));
            format!("{{\"etrap\": {{\"rise\": \"{rise:.3}*us\", \"flat\": \"{flat:.3}*us\"}}}}")
        })
        .collect();
    let points: Vec<Source> = parameters.iter().map(|text| Source::new("point", text.as_str())).collect();
    for threads in [1, 3] {
        let options = Options { threads, ..options() };
        let outcome = run_grid(&input(&dt), &options, &points, &Progress::default()).unwrap();
        assert_eq!(outcome.points.len(), 100);
        for (made, parameters) in outcome.points.into_iter().zip(&parameters) {
            let made = made.unwrap_or_else(|wrong| panic!("{parameters}: {wrong:?}"));
            assert_eq!(made, alone(&dt, parameters), "{parameters}, {threads} threads");
        }
    }
}
