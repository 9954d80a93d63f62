//! The plan as a document: what `germane plan` prints and `plan.json` holds.

use super::Plan;
use crate::content_key::{canonical, key};
use serde_json::{Map, Value, json};

/// `{"germane_plan": 1, "datasets": {NAME: {nodes, products, reads}}}`; the same for equal analyses, wherever their files lie.
pub fn document(plan: &Plan) -> Value {
    let analysis = &plan.analysis;
    let mut datasets = Map::new();
    for dataset in &plan.datasets {
        let mut products = Map::new();
        for selection in &dataset.selections {
            let name = format!("cutflow.{}.{}", analysis.regions[selection.region].name.text, selection.variation);
            products.insert(name, selection.key.to_string().into());
        }
        for fill in &dataset.fills {
            let region = &analysis.regions[dataset.selections[fill.selection].region].name.text;
            let name = format!("histograms.{}.{region}.{}", analysis.histograms[fill.histogram].name.text, fill.variation);
            products.insert(name, fill.key.to_string().into());
        }
        for (index, rows) in dataset.rows.iter().enumerate() {
            products.insert(format!("rows.{index}"), rows.key.to_string().into());
        }
        let reads: Vec<&str> = dataset.reads.iter().map(|r| dataset.bound.columns[r.column].name.as_str()).collect();
        let name = analysis.datasets[dataset.bound.dataset].name.text.clone();
        datasets.insert(
            name,
            json!({
                "pass": dataset.pass.to_string(), "tree": dataset.bound.tree, "reads": reads,
                "columns": dataset.bound.columns.len(), "nodes": dataset.nodes, "products": products,
            }),
        );
        // Files of a dataset share the texts of their tiers.
        if let Some(tiers) = dataset.bound.inputs.iter().find_map(|input| input.tiers.as_ref())
            && let Some(Value::Object(last)) = datasets.values_mut().last()
        {
            last.insert("tiers".to_owned(), tiers.document());
        }
    }
    let mut document = json!({"germane_plan": 1, "datasets": datasets});
    if !analysis.calibrations.is_empty() {
        let one = |c: &crate::analysis::Calibration| {
            json!({
                "name": c.name.text, "of": c.of.text, "on": c.on.as_ref().map(|on| &on.text), "where": c.condition.as_ref().map(|w| &w.text),
                "shape": c.shape, "lines": c.lines.iter().map(|(line, _)| *line).collect::<Vec<_>>(), "degree": c.degree,
                "window": c.window, "quadratic": c.quadratic, "report_at": c.report_at,
            })
        };
        document["calibrations"] = analysis.calibrations.iter().map(one).collect();
    }
    document
}

/// Name of a plan: a digest of its canonical document.
pub fn hash(plan: &Plan) -> String {
    key("germane plan 1", &[&canonical(&document(plan))]).to_string()
}

/// The plan as a person reads it.
pub fn text(plan: &Plan) -> String {
    use std::fmt::Write;
    let analysis = &plan.analysis;
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("writing to a String");
    for dataset in &plan.datasets {
        let entries: u64 = dataset.bound.inputs.iter().map(|i| i.table.schema().entries).sum();
        let name = &analysis.datasets[dataset.bound.dataset].name.text;
        line(format!("dataset {name}: {} files, {entries} entries, tree `{}`", dataset.bound.files, dataset.bound.tree));
        let reads: Vec<&str> = dataset.reads.iter().map(|r| dataset.bound.columns[r.column].name.as_str()).collect();
        line(format!("  reads {} of {} columns: {}", reads.len(), dataset.bound.columns.len(), reads.join(", ")));
        for tiers in dataset.bound.inputs.iter().filter_map(|input| input.tiers.as_ref()) {
            tiers.lines().into_iter().for_each(&mut line);
        }
        for calibration in &analysis.calibrations {
            let lines: Vec<String> = calibration.lines.iter().map(|(energy, _)| energy.to_string()).collect();
            line(format!(
                "  calibration {} of {}: lines at {} keV",
                calibration.name.text,
                calibration.of.text,
                lines.join(", ")
            ));
        }
        for selection in &dataset.selections {
            let region = &analysis.regions[selection.region].name.text;
            line(format!("  region {region} ({}): {}", selection.variation, selection.steps.join("; ")));
        }
        for fill in &dataset.fills {
            let histogram = &analysis.histograms[fill.histogram];
            let region = &analysis.regions[dataset.selections[fill.selection].region].name.text;
            let filled: Vec<&str> = histogram.fill.iter().map(|w| w.text.as_str()).collect();
            line(format!("  histogram {} in {region} ({}): {}", histogram.name.text, fill.variation, filled.join(", ")));
        }
        for node in &dataset.nodes {
            line(format!("    {node}"));
        }
    }
    line(format!("plan {}", hash(plan)));
    out
}
