//! All tiers and calibrations of a plan, in order; afterwards its tables hold what was made.

use super::calibrate::{Calibrations, calibrate, calibrated};
use super::detectors::DetectorTable;
use super::making::{clear_left_over, make};
use super::planning::damaged;
use crate::converted::Converted;
use crate::error::Error;
use crate::plan::Plan;
use crate::pool::Pool;
use crate::progress::Progress;
use crate::run::Options;
use germane_columns::Field;
use germane_expressions::ColumnType;
use germane_formats::Table;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What was made before the pass.
#[derive(Default)]
pub(crate) struct Tiered {
    /// files by dataset
    pub files: Map<String, Value>,
    /// calibrations in the order of the analysis
    pub calibrations: Vec<Calibrations>,
    /// where the files are, until the run ends
    #[allow(dead_code, reason = "it is removed when it is dropped")]
    folder: Option<Temporary>,
}

/// Makes the tiers of all files, fits the calibrations, and puts the tables that were made into the plan.
///
/// # Errors
/// Those of processing (4, 6), of the disk (5), interruption (130). A calibration that fails is a result.
pub(crate) fn run(plan: &mut Plan, options: &Options, threads: usize, progress: &Progress) -> Result<Tiered, Error> {
    let mut tiered = Tiered::default();
    if plan.datasets.iter().all(|d| d.bound.inputs.iter().all(|i| i.tiers.is_none())) {
        return Ok(tiered);
    }
    let folder = match (&options.output, &options.cache) {
        (Some(output), _) => output.join("tiers"),
        (None, Some(cache)) => cache.join("tiers"),
        (None, None) => {
            let temporary = Temporary::new();
            let folder = temporary.0.clone();
            tiered.folder = Some(temporary);
            folder
        }
    };
    if options.output.is_some() {
        clear_left_over(&folder);
    }
    let mut tables: Vec<Vec<Option<DetectorTable>>> = Vec::new();
    let mut names = BTreeSet::new();
    for dataset in &plan.datasets {
        let (mut made, mut written) = (Vec::new(), Vec::new());
        for input in &dataset.bound.inputs {
            let Some(file) = &input.tiers else {
                made.push(None);
                continue;
            };
            if file.dsp.is_some() || file.hits.is_some() {
                std::fs::create_dir_all(&folder).map_err(|e| Error::resources(&folder, &e))?;
            }
            let files = make(file, &folder, &mut names, threads, progress)?;
            made.push(Some(file.made(files.dsp.as_ref(), files.hit.as_ref()).map_err(|e| damaged(&e))?));
            written.extend(files.written);
        }
        if !written.is_empty() {
            tiered.files.insert(plan.analysis.datasets[dataset.bound.dataset].name.text.clone(), written.into());
        }
        tables.push(made);
    }
    let pool = Pool::new(threads)?;
    for (index, calibration) in plan.analysis.calibrations.iter().enumerate() {
        let mut of = Vec::new();
        for (dataset, made) in plan.datasets.iter().zip(&tables) {
            let name = &plan.analysis.datasets[dataset.bound.dataset].name.text;
            if calibration.on.as_ref().is_some_and(|on| on.text != *name) {
                continue;
            }
            for (input, table) in dataset.bound.inputs.iter().zip(made) {
                if let (Some(file), Some(table)) = (&input.tiers, table)
                    && let Some(compiled) = file.calibrations.get(index)
                {
                    of.push((table, compiled));
                }
            }
        }
        tiered.calibrations.push(calibrate(calibration, index, &of, &pool)?);
    }
    for (dataset, made) in plan.datasets.iter_mut().zip(tables) {
        for (input, table) in dataset.bound.inputs.iter_mut().zip(made) {
            let (Some(file), Some(table)) = (&input.tiers, table) else { continue };
            let table = table.with(calibrated(&file.calibrations, &tiered.calibrations, &table)).map_err(|e| damaged(&e))?;
            input.columns = as_planned(&dataset.bound.columns, &table)?;
            let columns = &dataset.bound.columns;
            let units = &plan.analysis.datasets[dataset.bound.dataset].units;
            let is_declared = |name: &str| units.iter().any(|(of, _)| crate::pattern::matches(&of.text, name));
            let first = |name: &str| if is_declared(name) { None } else { columns.iter().find(|field| field.name == name) };
            (input.table, _) = Converted::to_units_of(Arc::new(table), first);
        }
    }
    Ok(tiered)
}

/// Where the planned columns are in the table that was made. Waveforms and what else has no values of a row were not planned.
fn as_planned(planned: &[Field], made: &DetectorTable) -> Result<Vec<Option<usize>>, Error> {
    let columns = &made.schema().columns;
    let kind = |field: &Field| ColumnType::from_field(field).map(|column| column.kind);
    let place = |field: &Field| match columns.iter().position(|column| column.field.name == field.name) {
        Some(at) if kind(&columns[at].field) != kind(field) => {
            let (there, wanted) = (&columns[at].field.ty, &field.ty);
            Err(Error::internal(format!("a tier holds `{}` as {there}, planned was {wanted}", field.name)))
        }
        // A column that other files of the dataset have may be absent here.
        found => Ok(found),
    };
    planned.iter().map(place).collect()
}

impl Tiered {
    /// The `calibrations` of `result.json`.
    pub(crate) fn document(&self, plan: &Plan) -> Map<String, Value> {
        (self.calibrations.iter())
            .map(|c| {
                let channels: Map<String, Value> = (c.channels.iter())
                    .map(|channel| (channel.name.clone(), serde_json::to_value(&channel.result).unwrap_or(Value::Null)))
                    .collect();
                (plan.analysis.calibrations[c.index].name.text.clone(), Value::Object(channels))
            })
            .collect()
    }

    /// The calibrations as blocks of a hit configuration, by name.
    pub(crate) fn hit_blocks(&self, plan: &Plan) -> Vec<(String, Value)> {
        (self.calibrations.iter())
            .map(|c| {
                let calibration = &plan.analysis.calibrations[c.index];
                let name = &calibration.name.text;
                let blocks: Map<String, Value> = (c.channels.iter())
                    .filter_map(|channel| {
                        let operation = channel.operation()?;
                        Some((channel.name.clone(), json!({"operations": {name.as_str(): operation}})))
                    })
                    .collect();
                (name.clone(), Value::Object(blocks))
            })
            .collect()
    }

    /// Whether the calibration of some channel failed.
    pub(crate) fn any_failed(&self) -> bool {
        self.calibrations.iter().flat_map(|c| &c.channels).any(|channel| channel.failure().is_some())
    }

    /// Channels whose calibration failed, with the reason.
    pub(crate) fn failures(&self, plan: &Plan) -> Vec<String> {
        let mut lines = Vec::new();
        for c in &self.calibrations {
            for channel in &c.channels {
                if let Some(reason) = channel.failure() {
                    let name = &plan.analysis.calibrations[c.index].name.text;
                    lines.push(format!("calibration `{name}` of {}: {reason}; its rows have no value", channel.name));
                }
            }
        }
        lines
    }
}

/// A folder that is removed at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("germane-{}-{number}", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(Path::new(&self.0)));
    }
}
