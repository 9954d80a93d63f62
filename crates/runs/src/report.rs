//! How a run went: `report.json`, `provenance.json`, the HTML page, and the tables for a terminal.

use crate::engine::Merged;
use crate::figures::Drawn;
use crate::fits::Fitted;
use crate::inputs::Excluded;
use crate::plan::{self, KERNELS, Plan};
use crate::progress::Progress;
use crate::run::{Options, Outcome};
use germane_reports::html::{Report, Section};
use germane_reports::tables;
use serde_json::{Value, json};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// When a run began.
pub struct Clock {
    instant: Instant,
    started: u64,
}

impl Clock {
    /// Now. Times go to `report.json` only, never into a product.
    #[allow(clippy::disallowed_methods)]
    pub fn start() -> Self {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Self { instant: Instant::now(), started }
    }
}

/// `report.json`.
pub fn document(
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
    json!({
        "germane_report": 1, "command": options.command, "exit": outcome.exit, "started": timestamp(clock.started),
        "wall_s": clock.instant.elapsed().as_secs_f64(), "cpu_s": cpu_seconds(), "peak_mib": peak_mib(),
        "versions": {"germane": env!("CARGO_PKG_VERSION")}, "kernels": KERNELS, "engine": "threads", "threads": threads,
        "partitions": {"total": total, "computed": done - cached, "cached": cached, "retried": 0},
        "inputs": inputs, "skipped": [], "unverifiable": [], "warnings": outcome.warnings, "excluded": excluded,
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
fn timestamp(seconds: u64) -> String {
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
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is a name in brackets that may hold blanks; fields 14 and 15 are ticks of 1/100 s.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Largest resident size so far.
fn peak_mib() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse::<f64>().ok()).map_or(0.0, |kib| kib / 1024.0)
}

/// `provenance.json`: for every product its nodes and inputs, so that it can be made again.
pub fn provenance(plan: &Plan, merged: &[Merged], outcome: &Outcome) -> Value {
    let inputs: Vec<Value> = (plan.datasets.iter().zip(merged))
        .flat_map(|(d, m)| {
            d.bound.inputs.iter().filter(|i| !m.excluded.iter().any(|e| e.url == i.url)).map(|i| {
                json!({"url": i.url, "identity": i.table.identity(), "entries": i.table.schema().entries})
            })
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
pub fn summary(result: &Value, fitted: &Fitted) -> String {
    let mut out = String::new();
    for flow in result["cutflow"].as_array().into_iter().flatten().filter(|f| f["variation"] == "nominal") {
        let (columns, rows) = cutflow_rows(flow);
        let title = format!("region {} ({})", text(&flow["region"]), text(&flow["process"]));
        out.push_str(&format!("{title}\n{}\n", tables::text(&columns, &rows, 100)));
    }
    for fit in &fitted.fits {
        out.push_str(&format!("fit {}\n{}\n", fit.name, germane_inference::table(&fit.fit)));
    }
    out
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn cutflow_rows(flow: &Value) -> (Vec<String>, Vec<Vec<String>>) {
    let columns = ["cut", "entries", "sum of weights", "± ", "nulls"].map(str::to_owned).to_vec();
    let number = |v: &Value| v.as_f64().map_or_else(String::new, |x| format!("{x:.6}").trim_end_matches('0').trim_end_matches('.').to_owned());
    let rows = (flow["steps"].as_array().into_iter().flatten())
        .map(|s| {
            let error = json!(s["sumw2"].as_f64().unwrap_or(0.0).sqrt());
            vec![text(&s["cut"]).to_owned(), s["entries"].to_string(), number(&s["sumw"]), number(&error), s["nulls"].to_string()]
        })
        .collect();
    (columns, rows)
}

/// The page made from result and report.
pub fn html(plan: &Plan, outcome: &Outcome, drawn: &[Drawn]) -> String {
    let mut sections = Vec::new();
    let report = &outcome.report;
    for warning in &outcome.warnings {
        sections.push(Section::Notice(warning.clone()));
    }
    for excluded in report["excluded"].as_array().into_iter().flatten() {
        sections.push(Section::Notice(format!("left out: {}: {}", text(&excluded["url"]), text(&excluded["reason"]))));
    }
    for figure in drawn {
        sections.push(Section::Heading(format!("Figure: {}", figure.name)));
        sections.push(Section::Figure(Box::new(figure.figure.clone())));
    }
    for (name, fit) in outcome.result["fits"].as_object().into_iter().flatten() {
        sections.push(Section::Heading(format!("Fit: {name}")));
        sections.push(fit_section(fit));
        let state = format!("{}; −ln L = {}; EDM {}", text(&fit["state"]), fit["nll"], fit["edm"]);
        sections.push(Section::Text(if fit["reason"] == "" { state } else { format!("{state}; {}", text(&fit["reason"])) }));
    }
    for flow in outcome.result["cutflow"].as_array().into_iter().flatten() {
        let (columns, rows) = cutflow_rows(flow);
        sections.push(Section::Heading(format!("Cutflow: {}, {}, {}", text(&flow["region"]), text(&flow["process"]), text(&flow["variation"]))));
        sections.push(Section::Table { columns, rows });
    }
    sections.push(Section::Heading("Inputs".into()));
    let rows = (report["inputs"].as_array().into_iter().flatten())
        .map(|i| vec![text(&i["url"]).to_owned(), i["entries"].to_string(), i["bytes"].to_string(), text(&i["identity"]).to_owned()])
        .collect();
    sections.push(Section::Table { columns: ["file", "entries", "bytes", "identity"].map(str::to_owned).to_vec(), rows });
    let command: Vec<&str> = report["command"].as_array().into_iter().flatten().map(text).collect();
    sections.push(Section::Text(format!("plan {}", text(&outcome.result["plan"]))));
    let title = plan.analysis.source.name.to_string();
    let versions = vec![("germane".to_owned(), env!("CARGO_PKG_VERSION").to_owned()), ("kernels".to_owned(), KERNELS.to_owned())];
    germane_reports::html::page(&Report { title, command: command.join(" "), versions, sections })
}

fn fit_section(fit: &Value) -> Section {
    let columns = ["parameter", "value", "error", "unit", "range", "note"].map(str::to_owned).to_vec();
    let rows = (fit["parameters"].as_array().into_iter().flatten())
        .map(|p| {
            let note = if p["fixed"] == true { "fixed".to_owned() } else { p["at_bound"].as_str().map_or_else(String::new, |b| format!("at {b} bound")) };
            let short = |v: &Value| v.as_f64().map_or_else(|| "–".to_owned(), |x| format!("{x:.6}"));
            let range = format!("{} … {}", p["lower"], p["upper"]);
            vec![text(&p["name"]).to_owned(), short(&p["value"]), short(&p["error"]), text(&p["unit"]).to_owned(), range, note]
        })
        .collect();
    Section::Table { columns, rows }
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
