//! Time of single processors per waveform of 5592 samples in `f32`, 16 side by side: `cargo run --release --example processor_speed`.
#![allow(clippy::print_stdout, reason = "the table is what the program is for")]

use germane_signals::{Argument, Call, Given, Io, LANES, Lane, Processor, Role, Scratch, processors};
use std::time::Instant;

const SAMPLES: usize = 5592;

/// Name, arguments after the waveform (outputs left out), length of the output samples.
const CALLS: &[(&str, &[f64], usize)] = &[
    ("min_max", &[], 0),
    ("saturation", &[16.0], 0),
    ("linear_slope_fit", &[], 0),
    ("bl_subtract", &[13_000.0], SAMPLES),
    ("log_check", &[], SAMPLES),
    ("pole_zero", &[28_125.0], SAMPLES),
    ("double_pole_zero", &[28_125.0, 156.0, 0.015], SAMPLES),
    ("trap_filter", &[625.0, 188.0], SAMPLES),
    ("trap_norm", &[625.0, 188.0], SAMPLES),
    ("asym_trap_filter", &[8.0, 4.0, 125.0], SAMPLES),
    ("trap_pickoff", &[625.0, 188.0, 3500.5], 0),
    ("windower", &[2500.0], 301),
    ("avg_current", &[1.0], SAMPLES - 1),
    ("upsampler", &[16.0], 16 * (SAMPLES - 1)),
    ("moving_window_left", &[48.0], SAMPLES),
    ("moving_window_multi", &[48.0, 3.0, 0.0], SAMPLES),
    ("presum", &[1.0], SAMPLES / 8),
    ("saturation_runs", &[0.0, 65_520.0], 0),
];

fn microseconds(processor: &Processor, constants: &[f64], output: usize) -> f64 {
    let pulse = |i: usize, lane: usize| {
        let tail = if i < 2600 { 0.0 } else { 4000.0 - (i - 2600) as f32 * 0.2 };
        13_000.0 + tail + ((i * 7919 + lane * 104_729) % 23) as f32
    };
    let w: Vec<Lane<f32>> = (0..SAMPLES).map(|i| std::array::from_fn(|lane| pulse(i, lane))).collect();
    let (mut given, mut lengths, mut inputs) = (Vec::new(), Vec::new(), constants.iter());
    for parameter in processor.parameters {
        let (what, length) = match parameter.role {
            Role::Samples(_) => (Given::Varying, SAMPLES),
            Role::SamplesOut(_) => (Given::Varying, output),
            role if role.is_output() => (Given::Varying, 1),
            _ => (Given::Number(*inputs.next().expect("a constant for each argument")), 1),
        };
        given.push(what);
        lengths.push(length);
    }
    let kernel =
        (processor.bind)(&Call { wide: false, given: &given, init: &[], lengths: &lengths }).expect("a call that can be");
    let mut out = vec![[0.0_f32; LANES]; output];
    let mut numbers = [[0.0; LANES]; 4];
    let mut scratch = Scratch::default();
    let mut best = f64::INFINITY;
    for _ in 0..60 {
        let mut free = numbers.iter_mut();
        let mut samples_out = Some(&mut out);
        let mut arguments: Vec<Argument<'_>> = Vec::new();
        for (parameter, given) in processor.parameters.iter().zip(&given) {
            arguments.push(match (parameter.role, given) {
                (Role::Samples(_), _) => Argument::F32(&w),
                (Role::SamplesOut(_), _) => Argument::F32Out(samples_out.take().expect("one output of samples")),
                (Role::Scalar, Given::Number(value)) => Argument::Scalar([*value; LANES]),
                (role, _) if role.is_output() => Argument::ScalarOut(free.next().expect("four output numbers")),
                _ => Argument::Gone,
            });
        }
        let start = Instant::now();
        kernel.run(&mut Io { arguments: &mut arguments, scratch: &mut scratch }).expect("no waveform is refused");
        best = best.min(start.elapsed().as_secs_f64());
    }
    best * 1e6 / LANES as f64
}

fn main() {
    for (name, constants, output) in CALLS {
        let processor = processors::named(name).expect("a processor of this name");
        println!("{name:22} {:7.2} us", microseconds(processor, constants, *output));
    }
}
