//! Merged products of all datasets → histograms by process, region and variation, and cutflows.

use crate::engine::Merged;
use crate::error::Error;
use crate::plan::{NOMINAL, Plan};
use germane_histograms::Histogram;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One histogram of the analysis with all its cells.
pub(crate) struct Assembled {
    /// index in the analysis
    pub index: usize,
    /// in the order of the datasets
    pub processes: Vec<String>,
    /// as listed by the histogram
    pub regions: Vec<String>,
    /// nominal first, then those that reach it
    pub variations: Vec<String>,
    cells: BTreeMap<(usize, usize, usize), Histogram>,
    /// filled nominal entries
    pub entries: u64,
    /// NaN among them
    pub nan: u64,
    /// nulls that were not filled
    pub nulls: u64,
}

impl Assembled {
    /// The histogram of a process in a region; a variation that does not reach it is its nominal.
    pub(crate) fn get(&self, process: &str, region: &str, variation: &str) -> Option<&Histogram> {
        let position = |names: &[String], name: &str| names.iter().position(|n| n == name);
        let (p, r) = (position(&self.processes, process)?, position(&self.regions, region)?);
        let v = position(&self.variations, variation).unwrap_or(0);
        self.cells.get(&(p, r, v))
    }

    /// Sum over all processes; `None` where the region is not filled.
    pub(crate) fn total(&self, region: &str, variation: &str) -> Option<Histogram> {
        let mut parts = self.processes.iter().filter_map(|p| self.get(p, region, variation));
        let mut sum = parts.next()?.clone();
        for part in parts {
            sum.merge(part).ok()?;
        }
        Some(sum)
    }

    /// UHI document with the category axes process, region, variation in front.
    ///
    /// # Errors
    /// If the cells do not go together (our own fault).
    pub(crate) fn document(&self) -> Result<Value, Error> {
        let categories = [("process", &self.processes), ("region", &self.regions), ("variation", &self.variations)];
        let categories: Vec<(&str, Vec<String>)> = categories.into_iter().map(|(name, labels)| (name, labels.clone())).collect();
        let mut cells = Vec::new();
        for process in &self.processes {
            for region in &self.regions {
                for variation in &self.variations {
                    cells
                        .push(self.get(process, region, variation).cloned().ok_or_else(|| Error::internal("a cell is missing"))?);
                }
            }
        }
        Ok(Histogram::stack(&categories, &cells).map_err(|e| Error::internal(e.to_string()))?.to_uhi())
    }
}

/// All histograms of the analysis.
///
/// # Errors
/// If histograms of one name do not merge (our own fault: they share their axes).
pub(crate) fn histograms(plan: &Plan, merged: &[Merged]) -> Result<Vec<Assembled>, Error> {
    let analysis = &plan.analysis;
    let mut processes: Vec<String> = Vec::new();
    for dataset in &plan.datasets {
        let process = analysis.datasets[dataset.bound.dataset].process().to_owned();
        if !processes.contains(&process) {
            processes.push(process);
        }
    }
    let mut out = Vec::new();
    for (index, histogram) in analysis.histograms.iter().enumerate() {
        let regions: Vec<String> = histogram.regions.iter().map(|r| r.text.clone()).collect();
        let mut variations = vec![NOMINAL.to_owned()];
        for fill in plan.datasets.iter().flat_map(|d| &d.fills).filter(|f| f.histogram == index) {
            if !variations.contains(&fill.variation) {
                variations.push(fill.variation.clone());
            }
        }
        let mut assembled = Assembled {
            index,
            processes: processes.clone(),
            regions,
            variations,
            cells: BTreeMap::new(),
            entries: 0,
            nan: 0,
            nulls: 0,
        };
        for (dataset, of) in plan.datasets.iter().zip(merged) {
            let process = analysis.datasets[dataset.bound.dataset].process();
            let p = processes.iter().position(|n| n == process).unwrap_or(0);
            for (r, region) in assembled.regions.iter().enumerate() {
                for (v, variation) in assembled.variations.iter().enumerate() {
                    let find = |name: &str| {
                        dataset.fills.iter().position(|f| {
                            f.histogram == index
                                && f.variation == name
                                && analysis.regions[dataset.selections[f.selection].region].name.text == *region
                        })
                    };
                    let Some(fill) = find(variation).or_else(|| find(NOMINAL)) else { continue };
                    let part = &of.products.histograms[fill];
                    if v == 0 {
                        assembled.entries += part.entries();
                        assembled.nan += part.nan();
                        assembled.nulls += of.products.nulls[fill];
                    }
                    match assembled.cells.get_mut(&(p, r, v)) {
                        Some(sum) => sum.merge(part).map_err(|e| Error::internal(e.to_string()))?,
                        None => drop(assembled.cells.insert((p, r, v), part.clone())),
                    }
                }
            }
        }
        out.push(assembled);
    }
    Ok(out)
}

/// Cutflows as `result.json` shows them: by region, process and variation.
pub(crate) fn cutflows(plan: &Plan, merged: &[Merged]) -> Value {
    let analysis = &plan.analysis;
    let mut sums: BTreeMap<(usize, usize, usize), (String, String, crate::cutflow::Cutflow, Vec<String>)> = BTreeMap::new();
    let mut variations: Vec<String> = vec![NOMINAL.to_owned()];
    for (d, (dataset, of)) in plan.datasets.iter().zip(merged).enumerate() {
        let process = analysis.datasets[dataset.bound.dataset].process();
        let p = plan.datasets[..d].iter().position(|o| analysis.datasets[o.bound.dataset].process() == process).unwrap_or(d);
        for (selection, cutflow) in dataset.selections.iter().zip(&of.products.cutflows) {
            if !variations.contains(&selection.variation) {
                variations.push(selection.variation.clone());
            }
            let v = variations.iter().position(|n| *n == selection.variation).unwrap_or(0);
            let new = || {
                (
                    process.to_owned(),
                    selection.variation.clone(),
                    crate::cutflow::Cutflow::new(selection.cuts.len()),
                    selection.steps.clone(),
                )
            };
            sums.entry((selection.region, p, v)).or_insert_with(new).2.merge(cutflow);
        }
    }
    (sums.iter())
        .map(|((region, _, _), (process, variation, cutflow, steps))| {
            json!({"region": analysis.regions[*region].name.text, "process": process, "variation": variation, "steps": cutflow.document(steps)})
        })
        .collect()
}
