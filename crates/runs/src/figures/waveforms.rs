//! Figures of waveforms: some entries of a channel as they were read, with the time points that the chain found.

use crate::analysis::Figure as Wanted;
use crate::plan::Plan;
use crate::tiers::FilePlan;
use germane_columns::{Array, Data, Numbers};
use germane_formats::Table;
use germane_reports::figure::Figure;
use germane_reports::recipes::{self, Quantity, Recipe, Trace};
use std::sync::Arc;

/// Waveforms that are drawn where none are named.
const FIRST: u64 = 3;

/// The figure; none where the channel or its waveforms are not there.
pub(super) fn waveforms(plan: &Plan, wanted: &Wanted) -> Option<Figure> {
    let named = wanted.channel.as_ref().map(|c| c.text.as_str());
    let inputs = plan.datasets.iter().flat_map(|d| &d.bound.inputs);
    inputs.filter_map(|input| Some((input.tiers.as_ref()?, &input.table))).find_map(|(file, table)| {
        let number = file.tables.iter().position(|(name, _)| named.is_none_or(|n| n == name))?;
        of_channel(file, table, number, wanted)
    })
}

fn of_channel(file: &FilePlan, made: &Arc<dyn Table>, number: usize, wanted: &Wanted) -> Option<Figure> {
    let (channel, path) = &file.tables[number];
    let raw = germane_formats::open(&file.path).ok()?.table(path).ok()?;
    let schema = raw.schema();
    let values = schema.columns.iter().position(|c| c.field.name.ends_with("/values"))?;
    let waveform = schema.columns[values].field.name.strip_suffix("values")?;
    let part = |name: &str| schema.columns.iter().position(|c| c.field.name == format!("{waveform}{name}"));
    let (dt, t0) = (part("dt")?, part("t0")?);
    let unit = schema.columns[dt].field.unit.as_ref().map_or("ns".to_owned(), ToString::to_string);
    let amplitude = schema.columns[values].field.unit.as_ref().map_or("ADC".to_owned(), ToString::to_string);
    let entries: Vec<u64> = if wanted.entries.is_empty() { (0..FIRST).collect() } else { wanted.entries.clone() };
    let mut traces = Vec::new();
    for entry in entries.iter().copied().filter(|entry| *entry < schema.entries) {
        let read = raw.read(&[values, dt, t0], entry..entry + 1).ok()?;
        let y = samples(&read[0])?;
        let (step, start) = (number_of(&read[1])?, number_of(&read[2])?);
        traces.push(Trace { name: format!("entry {entry}"), x: (0..y.len()).map(|i| start + step * i as f64).collect(), y });
    }
    // Rows of all detectors are one behind the other in the table that was made.
    let before: u64 = (file.tables[..number].iter()).map(|(_, path)| rows(file, path)).sum::<Option<u64>>()?;
    let mut marks = Vec::new();
    if let Some(entry) = entries.iter().find(|entry| **entry < schema.entries) {
        let row = before + entry;
        for (at, column) in made.schema().columns.iter().enumerate() {
            let is_time = column.field.unit.as_ref().is_some_and(|u| u.to_string() == unit);
            if !(is_time && column.field.name.starts_with("tp_")) {
                continue;
            }
            let value = made.read(&[at], row..row + 1).ok().and_then(|read| number_of(&read[0]));
            marks.extend(value.filter(|v| v.is_finite()).map(|v| (column.field.name.clone(), v)));
        }
        marks.sort_by(|a, b| a.1.total_cmp(&b.1));
    }
    let label = format!("{}, {channel}", wanted.label.as_deref().unwrap_or("Time"));
    let (time, amplitude) = (Quantity::new(&label, Some(&unit)), Quantity::new("Amplitude", Some(&amplitude)));
    Some(recipes::Waveforms { traces, marks, time, amplitude }.figure())
}

fn rows(file: &FilePlan, path: &str) -> Option<u64> {
    Some(germane_formats::open(&file.path).ok()?.table(path).ok()?.schema().entries)
}

fn number_of(array: &Array) -> Option<f64> {
    (array.len() == 1 && array.is_valid(0)).then(|| array.as_numbers().map(|n| n.get_f64(0)))?
}

/// The samples of the one row that was read.
fn samples(array: &Array) -> Option<Vec<f64>> {
    let items = match &array.data {
        Data::FixedList { items, .. } => items,
        Data::List { items, .. } => items,
        _ => return None,
    };
    items.as_numbers().map(Numbers::to_f64)
}
