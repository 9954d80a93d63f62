//! What is said about a conversion: provenance beside its files, the report, lines for a terminal.

use super::conversion::Passed;
use super::run::{Bound, Options};
use super::stream;
use crate::cache::replace;
use crate::content_key::canonical;
use crate::error::Error;
use crate::pool::Pool;
use crate::report::{Clock, cpu_seconds, peak_mib, timestamp};
use germane_numerics::Executor;
use germane_reports::tables::{Cell, Table};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The file beside an output that says how it was made.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".provenance.json");
    file.with_file_name(name)
}

/// Whether provenance beside it says that this program has written the file.
pub(super) fn is_ours(file: &Path) -> bool {
    let text = std::fs::read(beside(file)).unwrap_or_default();
    serde_json::from_slice::<Value>(&text).is_ok_and(|document| document["germane_provenance"] == 1)
}

/// Writes `FILE.provenance.json` for every written file: no times, no paths of the machine.
pub(super) fn publish_provenance(
    bound: &[Bound],
    passed: &[Passed],
    options: &Options,
    written: &[PathBuf],
) -> Result<(), Error> {
    let name = |path: &Path| path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let inputs: Vec<Value> = (bound.iter().zip(passed))
        .map(|(b, p)| {
            let gaps: Vec<Value> = p.gaps.iter().map(|g| json!({"byte": g.offset, "bytes": g.bytes, "reason": g.reason, "fatal": g.fatal})).collect();
            json!({"url": name(Path::new(&b.url)), "identity": stream::identity(&b.url), "format": p.format, "packets": p.packets, "skipped": gaps})
        })
        .collect();
    let specification = options.specification.as_ref().map(|s| blake3::hash(s.source.text.as_bytes()).to_hex().to_string());
    for file in written {
        let mut products = Map::new();
        for filled in passed.iter().flat_map(|p| &p.filled).filter(|f| f.buffer.destination.file == *file) {
            let entry = products
                .entry(filled.buffer.destination.path())
                .or_insert_with(|| json!({"decoder": filled.buffer.decoder, "rows": null}));
            if let Some(rows) = filled.rows {
                entry["rows"] = (entry["rows"].as_u64().unwrap_or(0) + rows).into();
            }
        }
        let document = json!({
            "germane_provenance": 1, "command": "raw", "products": products, "inputs": inputs, "specification": {"blake3": specification},
            "words": options.words, "packets": options.packets, "rows_per_key": options.rows_per_key,
            "versions": {"germane": env!("CARGO_PKG_VERSION")},
        });
        let mut bytes = canonical(&document);
        bytes.push(b'\n');
        let path = beside(file);
        replace(file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")), &path, &bytes)?;
    }
    Ok(())
}

/// The `germane_report` of a conversion.
pub(super) fn report(bound: &[Bound], passed: &[Passed], options: &Options, pool: &Pool, exit: i32, clock: &Clock) -> Value {
    let (mut inputs, mut skipped, mut unclaimed, mut outputs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (b, p) in bound.iter().zip(passed) {
        inputs.push(json!({
            "url": b.url, "identity": stream::identity(&b.url), "format": p.format, "entries": p.packets, "bytes": stream::size(&b.url),
            "read": p.bytes,
        }));
        skipped.extend(
            p.gaps
                .iter()
                .map(|g| json!({"url": b.url, "byte": g.offset, "bytes": g.bytes, "reason": g.reason, "fatal": g.fatal})),
        );
        unclaimed.extend(p.unclaimed.iter().map(|(kind, n)| json!({"url": b.url, "kind": kind, "records": n})));
        for f in &p.filled {
            let destination = &f.buffer.destination;
            outputs.push(json!({
                "url": b.url, "file": destination.file.display().to_string(), "object": destination.path(), "decoder": f.buffer.decoder,
                "rows": f.rows,
            }));
        }
    }
    let warnings: Vec<&String> = passed.iter().flat_map(|p| &p.notes).collect();
    json!({
        "germane_report": 1, "command": options.command, "exit": exit, "started": timestamp(clock.started),
        "wall_s": clock.instant.elapsed().as_secs_f64(), "cpu_s": cpu_seconds(), "peak_mib": peak_mib(),
        "versions": {"germane": env!("CARGO_PKG_VERSION")}, "engine": "threads", "threads": pool.width(),
        "inputs": inputs, "outputs": outputs, "skipped": skipped, "unclaimed": unclaimed, "warnings": warnings, "excluded": [],
    })
}

/// Table of what was written.
pub(super) fn summary(passed: &[Passed]) -> String {
    let mut table = Table::new(&["file", "object", "decoder", "rows"]);
    for filled in passed.iter().flat_map(|p| &p.filled) {
        let destination = &filled.buffer.destination;
        table.row(vec![
            destination.file.display().to_string().as_str().into(),
            destination.path().as_str().into(),
            filled.buffer.decoder.into(),
            filled.rows.map_or(Cell::Empty, Cell::Count),
        ]);
    }
    table.text(100)
}

/// Lines about what was not written.
pub(super) fn notes(bound: &[Bound], passed: &[Passed]) -> Vec<String> {
    let mut lines = Vec::new();
    for (b, p) in bound.iter().zip(passed) {
        for gap in &p.gaps {
            let end = if gap.fatal { "; nothing behind it was read" } else { "" };
            lines.push(format!("skipped: {}: at byte {}: {} ({} bytes){end}", b.url, gap.offset, gap.reason, gap.bytes));
        }
        for (kind, n) in &p.unclaimed {
            lines.push(format!("note: {}: {n} record{} of {kind} without a buffer", b.url, if *n == 1 { "" } else { "s" }));
        }
        lines.extend(p.notes.iter().map(|note| format!("note: {note}")));
        if p.filled.is_empty() {
            lines.push(format!("note: {}: nothing to write", b.url));
        }
    }
    lines
}
