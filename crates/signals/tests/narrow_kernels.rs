//! Kernels for narrow registers give the bits of those for wide ones.

mod one_processor;

use germane_numerics::simd::use_narrow_kernels;
use germane_signals::{Role, processors};
use one_processor::{Value, run};

/// Calls with numbers only, on waveforms of 240 samples: constants, and lengths of the outputs that are samples.
const CALLS: &[(&str, &[f64], &[usize])] = &[
    ("bl_subtract", &[12.5], &[240]),
    ("linear_slope_fit", &[], &[]),
    ("linear_slope_diff", &[0.5, 3.0], &[]),
    ("min_max", &[], &[]),
    ("min_max_norm", &[-3.0, 8.0], &[240]),
    ("mean_below_threshold", &[10.0], &[]),
    ("time_over_threshold", &[10.0], &[]),
    ("saturation", &[14.0], &[]),
    ("saturation_runs", &[-50.0, 50.0], &[]),
    ("threshold_mad", &[-50.0, 50.0], &[]),
    ("tail_tau", &[100.0, 200.0], &[]),
    ("sort", &[], &[240]),
    ("log_check", &[], &[240]),
    ("histogram", &[], &[20, 21]),
    ("histogram_around_mode", &[f64::NAN, 2.0], &[20, 21]),
    ("pole_zero", &[300.0], &[240]),
    ("double_pole_zero", &[300.0, 30.0, 0.02], &[240]),
    ("rc_cr2", &[20.0], &[240]),
    ("convolve_exp", &[30.0], &[240]),
    ("convolve_damped_oscillator", &[30.0, 0.4, 0.2], &[240]),
    ("inject_damped_oscillation", &[30.0, 0.4, 0.2, 0.3], &[240]),
    ("soft_pileup_corr", &[40.0, 100.0], &[240]),
    ("soft_pileup_corr_bl", &[40.0, 100.0, 2.0], &[240]),
    ("optimize_1pz", &[0.0, 100.0, 240.0, 300.0], &[]),
    ("optimize_2pz", &[0.0, 100.0, 240.0, 1000.0, 1.0, 280.0, 25.0, 0.04], &[]),
    ("trap_filter", &[8.0, 4.0], &[240]),
    ("trap_norm", &[8.0, 4.0], &[240]),
    ("asym_trap_filter", &[4.0, 4.0, 30.0], &[240]),
    ("trap_pickoff", &[8.0, 4.0, 150.37], &[]),
    ("moving_window_left", &[7.0], &[240]),
    ("moving_window_right", &[7.0], &[240]),
    ("moving_window_multi", &[7.0, 3.0, 0.0], &[240]),
    ("avg_current", &[5.0], &[235]),
    ("windower", &[-10.0], &[60]),
    ("wf_alignment", &[5.0, 10.0, 30.0], &[30]),
    ("get_wf_centroid", &[3.0], &[]),
    ("pad", &[20.0, 4.0, -1.0, 9.0], &[40]),
    ("presum", &[1.0], &[30]),
    ("upsampler", &[2.5], &[600]),
];

#[test]
fn narrow_registers_give_the_same_bits() {
    // An odd walk with positive and negative parts, and one that is positive everywhere.
    let walk = |row: u64| -> Vec<f64> {
        let mut state = row.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut level = 0.0;
        let step = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            level += (state >> 40) as f64 / f64::from(1 << 20) - 8.0;
            if row % 2 == 1 { level.abs() + 0.25 } else { level }
        };
        (0..240).map(step).collect()
    };
    let w = Value::Rows((0..7).map(walk).collect());
    let all = || -> Vec<(&str, bool, Vec<u64>)> {
        let mut results = Vec::new();
        for (name, constants, samples) in CALLS {
            let processor = processors::named(name).unwrap();
            let arguments: Vec<Value> = std::iter::once(w.clone()).chain(constants.iter().map(|x| Value::Number(*x))).collect();
            let mut samples = samples.iter();
            let outputs = processor.parameters.iter().filter(|parameter| parameter.role.is_output());
            let lengths: Vec<usize> = outputs
                .map(|parameter| if matches!(parameter.role, Role::SamplesOut(_)) { *samples.next().unwrap() } else { 1 })
                .collect();
            for wide in [false, true] {
                let made =
                    run(processor, wide, &[], &arguments, &lengths).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
                results.push((*name, wide, made.iter().flatten().flatten().map(|x| x.to_bits()).collect()));
            }
        }
        results
    };
    let with_wide = all();
    use_narrow_kernels();
    for ((name, wide, narrow), (_, _, before)) in all().into_iter().zip(with_wide) {
        assert!(narrow == before, "{name}, double precision: {wide}");
    }
}
