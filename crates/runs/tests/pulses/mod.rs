//! Tables of pulses in memory: steps of known height at a known sample on a flat baseline.

use germane_formats::lh5::{Content, Object};
use germane_runs::dsp::Input;
use indexmap::IndexMap;
use std::sync::Arc;

/// Baseline of all pulses, in ADC.
pub(crate) const BASELINE: u16 = 1000;
/// Samples of a pulse.
pub(crate) const SAMPLES: usize = 400;

/// First sample above the baseline.
pub(crate) fn start(row: usize) -> usize {
    150 + 7 * (row % 13)
}

/// Height above the baseline in ADC.
pub(crate) fn height(row: usize) -> u16 {
    500 + 131 * (row % 29) as u16
}

fn column(object: Object, units: &str) -> Object {
    object.units(units)
}

/// A raw table with the time of a sample of each row in ns, `t0` = 32 ns.
pub(crate) fn table(dt: &[f32]) -> Object {
    let rows = dt.len();
    let sample = |row: usize, i: usize| BASELINE + if i >= start(row) { height(row) } else { 0 };
    let samples: Vec<u16> = (0..rows).flat_map(|row| (0..SAMPLES).map(move |i| sample(row, i))).collect();
    let mut values = germane_formats::hdf5::Values::from(samples);
    values.shape = vec![rows, SAMPLES];
    let times = |times: Vec<f32>| column(Object::new("array<1>{real}", Content::Array(times.into())), "ns");
    let columns = IndexMap::from([
        ("dt".to_owned(), times(dt.to_vec())),
        ("t0".to_owned(), times(vec![32.0; rows])),
        ("values".to_owned(), column(Object::new("array_of_equalsized_arrays<1,1>{real}", Content::Array(values)), "ADC")),
    ]);
    let waveform = Object::new("table{dt,t0,values}", Content::Table { rows, columns });
    let numbers: Vec<u32> = (0..rows as u32).collect();
    let columns = IndexMap::from([
        ("eventnumber".to_owned(), Object::new("array<1>{real}", Content::Array(numbers.into()))),
        ("waveform".to_owned(), waveform),
    ]);
    Object::new("table{eventnumber,waveform}", Content::Table { rows, columns })
}

/// The table as an input.
pub(crate) fn input(dt: &[f32]) -> Input {
    Input::Table { name: "memory".into(), table: "ch1/raw".into(), object: Arc::new(table(dt)) }
}
