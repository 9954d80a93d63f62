//! Products → documents and files of the output folder.

use crate::analysis::Written;
use crate::assemble::{self, Assembled};
use crate::engine::Merged;
use crate::error::Error;
use crate::figures::Drawn;
use crate::fits::Fitted;
use crate::output::Output;
use crate::plan::{Plan, Purpose};
use crate::report;
use crate::rows::{concatenate, to_json};
use crate::run::Outcome;
use crate::tiers::Tiered;
use germane_columns::Array;
use serde_json::{Map, Value, json};

/// All documents of a run.
///
/// # Errors
/// If a document cannot be made (our own fault).
pub(crate) fn documents(
    plan: &Plan,
    merged: &[Merged],
    histograms: &[Assembled],
    fitted: &Fitted,
    tiered: &Tiered,
    drawn: &[Drawn],
) -> Result<Outcome, Error> {
    let analysis = &plan.analysis;
    let mut warnings = fitted.warnings.clone();
    warnings.extend(tiered.failures(plan));
    let mut inputs = Map::new();
    for (dataset, of) in plan.datasets.iter().zip(merged) {
        let name = &analysis.datasets[dataset.bound.dataset].name.text;
        let read: Vec<usize> = dataset.reads.iter().map(|read| read.column).collect();
        warnings.extend(dataset.bound.conversion_notes(&read).into_iter().map(|note| format!("dataset `{name}`: {note}")));
        let excluded: Vec<&str> = of.excluded.iter().map(|e| e.url.as_str()).collect();
        let mut document = json!({"files": dataset.bound.files - excluded.len(), "entries": of.entries});
        if !excluded.is_empty() {
            document["excluded"] = excluded.into();
        }
        inputs.insert(name.clone(), document);
    }
    let cutflow = assemble::cutflows(plan, merged);
    let (mut histogram_summary, mut histogram_documents) = (Map::new(), Vec::new());
    for assembled in histograms {
        let name = &analysis.histograms[assembled.index].name.text;
        let file = format!("histograms/{name}.json");
        histogram_summary.insert(
            name.clone(),
            json!({"file": file, "entries": assembled.entries, "nan": assembled.nan, "nulls": assembled.nulls}),
        );
        histogram_documents.push((name.clone(), assembled.document()?));
        if assembled.entries == 0 {
            let regions = &analysis.histograms[assembled.index].regions;
            warnings.push(match emptied(&cutflow, regions) {
                Some(lost) => format!("histogram `{name}` is empty: {lost}"),
                None => format!("histogram `{name}` is empty: all its values are missing"),
            });
        }
    }
    let tables = tables(plan, merged)?;
    let table_summary: Map<String, Value> = (tables.iter())
        .map(|(name, to, document)| (name.clone(), json!({"file": format!("tables/{to}"), "rows": document["stop"]})))
        .collect();
    let models: Vec<(String, Value)> = fitted.model.iter().map(|m| ("model".to_owned(), m.clone())).collect();
    let named = |folder: &str, names: Vec<&String>| -> Map<String, Value> {
        names.into_iter().map(|n| (n.clone(), format!("{folder}/{n}.json").into())).collect()
    };
    let mut result = json!({
        "germane_result": 1, "plan": crate::plan::hash(plan), "inputs": inputs, "cutflow": cutflow,
        "histograms": histogram_summary, "tables": table_summary, "models": named("models", models.iter().map(|(n, _)| n).collect()),
        "figures": named("figures", drawn.iter().map(|d| &d.name).collect()),
        "fits": fitted.fits.iter().map(|f| (f.name.clone(), f.document())).collect::<Map<_, _>>(),
        "calibrations": tiered.document(plan),
    });
    if !tiered.files.is_empty() {
        result["tiers"] = Value::Object(tiered.files.clone());
    }
    let summary = report::summary(plan, &result, fitted);
    Ok(Outcome {
        exit: 0,
        result,
        report: Value::Null,
        histograms: histogram_documents,
        tables: tables.into_iter().map(|(name, _, document)| (name, document)).collect(),
        models,
        calibrations: tiered.hit_blocks(plan),
        figures: drawn.iter().map(|d| (d.name.clone(), figure_document(d))).collect(),
        summary,
        warnings,
    })
}

fn figure_document(drawn: &Drawn) -> Value {
    serde_json::to_value(&drawn.figure).unwrap_or(Value::Null)
}

/// The first cut of a region of the list that no entry passes.
fn emptied(cutflow: &Value, regions: &[Written]) -> Option<String> {
    let of = |region: &Written| {
        let flow = cutflow.as_array()?.iter().find(|f| f["region"] == region.text.as_str())?;
        let steps = flow["steps"].as_array()?;
        let lost = steps.iter().position(|step| step["entries"] == 0)?;
        let before = lost.checked_sub(1).map_or(0, |k| steps[k]["entries"].as_u64().unwrap_or(0));
        Some(format!("none of {before} entries passes `{}` of region `{}`", steps[lost]["cut"].as_str()?, region.text))
    };
    regions.iter().find_map(of)
}

/// (name, file, document) of every table: rows of all datasets in order.
fn tables(plan: &Plan, merged: &[Merged]) -> Result<Vec<(String, String, Value)>, Error> {
    let mut out = Vec::new();
    for (index, table) in plan.analysis.tables.iter().enumerate() {
        let mut columns = Map::new();
        let mut rows = 0;
        for (k, written) in table.columns.iter().enumerate() {
            let parts: Vec<Array> =
                kept(plan, merged, Purpose::Table(index)).into_iter().map(|columns| columns[k].clone()).collect();
            rows = parts.iter().map(Array::len).sum();
            let values: Vec<Value> = match concatenate(&parts) {
                Some(array) => (0..array.len()).map(|i| to_json(&array, i)).collect(),
                None if parts.is_empty() => Vec::new(),
                None => return Err(Error::internal("the datasets of a table have other column types")),
            };
            let ty = parts.first().map_or_else(String::new, |a| a.ty().to_string());
            columns.insert(written.text.clone(), json!({"type": ty, "values": values}));
        }
        let document = json!({"germane_rows": 1, "object": table.name.text, "start": 0, "stop": rows, "columns": columns});
        out.push((table.name.text.clone(), table.to.text.clone(), document));
    }
    Ok(out)
}

/// Kept columns of all datasets, files and partitions, in order.
pub(crate) fn kept(plan: &Plan, merged: &[Merged], purpose: Purpose) -> Vec<Vec<Array>> {
    let mut out = Vec::new();
    for (dataset, of) in plan.datasets.iter().zip(merged) {
        for (k, _) in dataset.rows.iter().enumerate().filter(|(_, r)| r.purpose == purpose) {
            out.extend(of.products.rows[k].iter().map(|columns| columns.0.clone()));
        }
    }
    out
}

/// Publishes everything; `result.json` comes last, so that it never names what is not there.
///
/// # Errors
/// If the folder cannot be written (exit 5); published files stay.
pub(crate) fn write(output: &Output, plan: &Plan, outcome: &Outcome, drawn: &[Drawn], merged: &[Merged]) -> Result<(), Error> {
    for (name, document) in &outcome.histograms {
        output.publish_json(&format!("histograms/{name}.json"), document)?;
    }
    for (table, (_, document)) in plan.analysis.tables.iter().zip(&outcome.tables) {
        output.publish_json(&format!("tables/{}", table.to.text), document)?;
    }
    for (name, document) in &outcome.models {
        output.publish_json(&format!("models/{name}.json"), document)?;
    }
    for (name, document) in &outcome.calibrations {
        output.publish_json(&format!("calibrations/{name}.json"), document)?;
    }
    for figure in drawn {
        output.publish_json(&format!("figures/{}.json", figure.name), &figure_document(figure))?;
        output.publish(&format!("figures/{}.svg", figure.name), figure.svg.as_bytes())?;
        output.publish(&format!("figures/{}.png", figure.name), &figure.png)?;
    }
    output.publish_json("plan.json", &crate::plan::document(plan))?;
    output.publish_json("provenance.json", &report::provenance(plan, merged, outcome))?;
    output.publish_json("report.json", &outcome.report)?;
    output.publish("report.html", report::html(plan, outcome, drawn).as_bytes())?;
    output.publish_json("result.json", &outcome.result)
}
