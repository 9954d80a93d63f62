//! How a run went: `report.json`, `provenance.json`, the HTML page, and the tables for a terminal.

use crate::engine::Merged;
use crate::figures::Drawn;
use crate::fits::Fitted;
use crate::inputs::Excluded;
use crate::plan::{self, KERNELS, Plan};
use crate::progress::Progress;
use crate::run::{Options, Outcome};
use germane_reports::html::{Report, Section};
use germane_reports::tables::{Cell, Table};
use serde_json::{Value, json};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// When a run began.
pub(crate) struct Clock {
    pub(crate) instant: Instant,
    pub(crate) started: u64,
}

impl Clock {
    /// Now. Times go to `report.json` only, never into a product.
    #[allow(clippy::disallowed_methods)]
    pub(crate) fn start() -> Self {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Self { instant: Instant::now(), started }
    }
}

/// `report.json`.
pub(crate) fn document(
    plan: &Plan,
    merged: &[Merged],
    outcome: &Outcome,
    options: &Options,
    threads: usize,
    progress: &Progress,
    clock: &Clock,
) -> Value {
    let (total, cached) = (Progress::get(&progress.partitions), Progress::get(&progress.cached));
    let done = Progress::get(&progress.done);
    let mut inputs = Vec::new();
    for (dataset, of) in plan.datasets.iter().zip(merged) {
        for (input, read) in dataset.bound.inputs.iter().zip(&of.read) {
            if of.excluded.iter().any(|e| e.url == input.url) {
                continue;
            }
            let schema = input.table.schema();
            let bytes: u64 = schema.columns.iter().map(|c| c.compressed_bytes).sum();
            inputs.push(json!({"url": input.url, "identity": input.table.identity(), "entries": schema.entries, "bytes": bytes, "read": read}));
        }
    }
    let excluded: Vec<Value> = (plan.datasets.iter().zip(merged))
        .flat_map(|(d, m)| m.excluded.iter().map(|e| excluded_document(e, d.bound.files)).collect::<Vec<_>>())
        .collect();
    // Which blocks carry no checksum of their own is not gathered yet: null says so, an empty list would claim there are none.
    let unverifiable = Value::Null;
    json!({
        "germane_report": 1, "command": options.command, "exit": outcome.exit, "started": timestamp(clock.started),
        "wall_s": clock.instant.elapsed().as_secs_f64(), "cpu_s": cpu_seconds(), "peak_mib": peak_mib(),
        "versions": {"germane": env!("CARGO_PKG_VERSION")}, "kernels": KERNELS, "engine": "threads", "threads": threads,
        "partitions": {"total": total, "computed": done - cached, "cached": cached, "retried": 0},
        "inputs": inputs, "skipped": [], "unverifiable": unverifiable, "warnings": outcome.warnings, "excluded": excluded,
    })
}

fn excluded_document(excluded: &Excluded, files: usize) -> Value {
    json!({
        "url": excluded.url, "object": excluded.object, "branch": excluded.branch, "basket": excluded.basket,
        "byte": excluded.diagnostic.byte, "reason": excluded.diagnostic.message, "entries": excluded.entries,
        "share": 1.0 / files as f64,
    })
}

/// Seconds since 1970 as `2026-11-28T19:00:00Z`.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
pub(crate) fn timestamp(seconds: u64) -> String {
    let (days, rest) = ((seconds / 86_400) as i64, seconds % 86_400);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// User and system time of this process; 0 where the system does not tell.
pub(crate) fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is a name in brackets that may hold blanks; fields 14 and 15 are ticks of 1/100 s.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Largest resident size so far.
pub(crate) fn peak_mib() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse::<f64>().ok()).map_or(0.0, |kib| kib / 1024.0)
}

/// `provenance.json`: for every product its nodes and inputs, so that it can be made again.
pub(crate) fn provenance(plan: &Plan, merged: &[Merged], outcome: &Outcome) -> Value {
    let inputs: Vec<Value> = (plan.datasets.iter().zip(merged))
        .flat_map(|(d, m)| {
            d.bound
                .inputs
                .iter()
                .filter(|i| !m.excluded.iter().any(|e| e.url == i.url))
                .map(|i| json!({"url": i.url, "identity": i.table.identity(), "entries": i.table.schema().entries}))
        })
        .collect();
    let excluded: Vec<&str> = merged.iter().flat_map(|m| m.excluded.iter().map(|e| e.url.as_str())).collect();
    let source = &plan.analysis.source;
    json!({
        "germane_provenance": 1, "plan": outcome.result["plan"], "products": plan::document(plan)["datasets"],
        "inputs": inputs, "excluded": excluded, "kernels": KERNELS, "versions": {"germane": env!("CARGO_PKG_VERSION")},
        "analysis": {"blake3": blake3::hash(source.text.as_bytes()).to_hex().to_string()},
    })
}

/// Result tables for a terminal.
pub(crate) fn summary(plan: &Plan, result: &Value, fitted: &Fitted) -> String {
    let mut out = String::new();
    for (name, table) in calibrations(plan, result) {
        out.push_str(&format!("calibration {name}\n{}\n", table.text(100)));
    }
    for flow in result["cutflow"].as_array().into_iter().flatten().filter(|f| f["variation"] == "nominal") {
        out.push_str(&format!("region {} ({})\n{}\n", text(&flow["region"]), text(&flow["process"]), cutflow(flow).text(100)));
    }
    for fit in &fitted.fits {
        out.push_str(&format!("fit {}\n{}\n", fit.name, germane_inference::table(&fit.fit)));
    }
    out
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// A table for each calibration: the scale and resolution of every channel, or why there is none.
fn calibrations(plan: &Plan, result: &Value) -> Vec<(String, Table)> {
    let mut tables = Vec::new();
    for (name, channels) in result["calibrations"].as_object().into_iter().flatten() {
        let wanted = plan.analysis.calibrations.iter().find(|c| c.name.text == *name);
        let kind = if wanted.is_some_and(|c| c.quadratic) { "quadratic" } else { "linear" };
        let at: Vec<f64> = wanted.map(|c| c.report_at.clone()).unwrap_or_default();
        let coefficients = wanted.map_or(2, |c| c.degree.max(1) as usize + 1);
        let names = ["a [keV]", "b", "c", "d", "e"];
        let mut heads: Vec<String> = vec!["channel".into(), "energies".into(), "lines".into()];
        heads.extend(names.iter().take(coefficients).map(|n| (*n).to_owned()));
        heads.extend(at.iter().map(|energy| format!("FWHM at {energy} keV")));
        heads.push("state".into());
        let mut table = Table::new(&heads.iter().map(String::as_str).collect::<Vec<_>>());
        for (channel, of) in channels.as_object().into_iter().flatten() {
            let peaks = of["peaks"].as_array().map_or(&[][..], Vec::as_slice);
            let fitted = peaks.iter().filter(|p| p["state"] == "fitted").count();
            let mut row: Vec<Cell> = vec![
                channel.as_str().into(),
                Cell::Count(of["entries"].as_u64().unwrap_or(0)),
                Cell::Text(format!("{fitted} of {}", peaks.len())),
            ];
            for k in 0..coefficients {
                let error = of["scale"]["covariance"][k][k].as_f64().map(f64::sqrt);
                row.push(match (of["scale"]["coefficients"][k].as_f64(), error) {
                    (Some(value), Some(error)) if error > 0.0 => Cell::Measured(value, error),
                    (Some(value), _) => Cell::Number(value),
                    _ => Cell::Empty,
                });
            }
            let curve = of["resolution"].as_array().into_iter().flatten().find(|c| c["kind"] == kind);
            for energy in &at {
                let point = curve.and_then(|c| c["at"].as_array()?.iter().find(|p| p["energy"].as_f64() == Some(*energy)));
                let fwhm = point.map(|p| (p["fwhm"]["value"].as_f64(), p["fwhm"]["error"].as_f64()));
                row.push(match fwhm {
                    Some((Some(value), Some(error))) => Cell::Measured(value, error),
                    _ => Cell::Empty,
                });
            }
            row.push(match text(&of["reason"]) {
                "" => text(&of["state"]).into(),
                reason => Cell::Text(format!("{}: {reason}", text(&of["state"]))),
            });
            table.row(row);
        }
        tables.push((name.clone(), table));
    }
    tables
}

fn cutflow(flow: &Value) -> Table {
    let mut table = Table::new(&["cut", "entries", "sum of weights", "nulls"]);
    for step in flow["steps"].as_array().into_iter().flatten() {
        let number = |name: &str| step[name].as_f64().unwrap_or(f64::NAN);
        let count = |name: &str| Cell::Count(step[name].as_u64().unwrap_or(0));
        let sum = Cell::Measured(number("sumw"), number("sumw2").sqrt());
        table.row(vec![text(&step["cut"]).into(), count("entries"), sum, count("nulls")]);
    }
    table
}

/// The page made from result and report.
pub(crate) fn html(plan: &Plan, outcome: &Outcome, drawn: &[Drawn]) -> String {
    let (report, result) = (&outcome.report, &outcome.result);
    let mut sections: Vec<Section> = outcome.warnings.iter().cloned().map(Section::Notice).collect();
    for excluded in report["excluded"].as_array().into_iter().flatten() {
        sections.push(Section::Notice(format!("left out: {}: {}", text(&excluded["url"]), text(&excluded["reason"]))));
    }
    if !drawn.is_empty() {
        sections.push(Section::Heading("Figures".into()));
    }
    for figure in drawn {
        let product = figure.figure.provenance.as_ref().map_or("", |p| p.product.as_str());
        sections.push(Section::Figure(format!("{} ({product})", figure.name), Box::new(figure.figure.clone())));
    }
    let calibrated = calibrations(plan, result);
    if !calibrated.is_empty() {
        sections.push(Section::Heading("Calibrations".into()));
    }
    sections.extend(calibrated.into_iter().map(|(name, table)| Section::Table(name, table)));
    let fits = result["fits"].as_object();
    if fits.is_some_and(|f| !f.is_empty()) {
        sections.push(Section::Heading("Fits".into()));
    }
    for (name, fit) in fits.into_iter().flatten() {
        sections.push(Section::Table(name.clone(), fit_table(fit)));
        let state = format!("{}; −ln L = {}; EDM = {}", text(&fit["state"]), fit["nll"], fit["edm"]);
        match text(&fit["reason"]) {
            "" => sections.push(Section::Text(state)),
            reason => sections.push(Section::Notice(format!("{state}; {reason}"))),
        }
    }
    sections.push(Section::Heading("Cutflow".into()));
    for flow in result["cutflow"].as_array().into_iter().flatten() {
        let caption = format!("{}, {}, {}", text(&flow["region"]), text(&flow["process"]), text(&flow["variation"]));
        sections.push(Section::Table(caption, cutflow(flow)));
    }
    sections.push(Section::Heading("Inputs".into()));
    let mut inputs = Table::new(&["file", "entries", "bytes", "identity"]);
    for input in report["inputs"].as_array().into_iter().flatten() {
        let count = |name: &str| Cell::Count(input[name].as_u64().unwrap_or(0));
        inputs.row(vec![text(&input["url"]).into(), count("entries"), count("bytes"), text(&input["identity"]).into()]);
    }
    sections.push(Section::Table(String::new(), inputs));
    let versions = format!("germane {}\nkernels {KERNELS}\nplan {}", env!("CARGO_PKG_VERSION"), text(&result["plan"]));
    sections.push(Section::Code(versions));
    let command: Vec<&str> = report["command"].as_array().into_iter().flatten().map(text).collect();
    let title = plan.analysis.source.name.to_string();
    germane_reports::html(&Report { title, command: format!("germane {}", command.join(" ")), sections })
}

fn fit_table(fit: &Value) -> Table {
    let mut table = Table::new(&["parameter", "value", "unit", "lower", "upper", "note"]);
    for parameter in fit["parameters"].as_array().into_iter().flatten() {
        let number = |name: &str| parameter[name].as_f64();
        let value = match (number("value"), number("error")) {
            (Some(value), Some(error)) => Cell::Measured(value, error),
            (Some(value), None) => Cell::Number(value),
            _ => Cell::Empty,
        };
        let bound = |name: &str| number(name).map_or(Cell::Empty, Cell::Number);
        let note = match (parameter["fixed"] == true, parameter["at_bound"].as_str()) {
            (true, _) => "fixed".into(),
            (false, Some(end)) => Cell::Text(format!("at {end} bound")),
            (false, None) => Cell::Empty,
        };
        table.row(vec![
            text(&parameter["name"]).into(),
            value,
            text(&parameter["unit"]).into(),
            bound("lower"),
            bound("upper"),
            note,
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_follow_the_calendar() {
        // `date -u -d @N`
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(timestamp(4_102_444_800), "2100-01-01T00:00:00Z");
    }
}
