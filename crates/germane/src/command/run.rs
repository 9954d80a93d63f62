//! `germane run` and `germane plan`.

use super::options::{PlanArguments, RunArguments};
use super::print::{Console, Stop};
use super::progress::ProgressLine;
use germane_runs::{BadFiles, Error, Options, Plan, Progress};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn run(console: &Console, arguments: &RunArguments) -> Result<i32, Stop> {
    let bad_files = arguments.allow_bad_files.as_deref().map(bad_files).transpose()?.unwrap_or_default();
    let partition_size = size(&arguments.partition_size)?;
    let (analysis, folder) = germane_runs::load(&arguments.analysis)?;
    let output = arguments.output.clone().unwrap_or_else(|| default_output(&arguments.analysis));
    let cache = arguments.cache.clone().or_else(default_cache);
    let command = std::env::args().skip(1).collect();
    let options = Options {
        output: Some(output.clone()),
        threads: arguments.threads.unwrap_or(0),
        cache,
        bad_files,
        partition_size,
        command,
    };
    let progress = Arc::new(Progress::default());
    stop_on_interrupt(&progress)?;
    let line = console.shows_progress().then(|| ProgressLine::start(Arc::clone(&progress), "partitions"));
    let outcome = germane_runs::run(analysis, &folder, &options, &progress);
    drop(line);
    let outcome = outcome?;
    if console.json {
        console.document(&outcome.result)?;
    } else {
        console.out(&outcome.summary)?;
    }
    for excluded in outcome.report["excluded"].as_array().into_iter().flatten() {
        console.note(&format!("left out: {}", excluded["reason"].as_str().unwrap_or("")));
    }
    for warning in &outcome.warnings {
        console.note(&format!("note: {warning}"));
    }
    let partitions = &outcome.report["partitions"];
    console.note(&format!(
        "{} partition{} ({} from the cache), {:.2} s; report: {}",
        partitions["total"],
        if partitions["total"] == 1 { "" } else { "s" },
        partitions["cached"],
        outcome.report["wall_s"].as_f64().unwrap_or(0.0),
        output.join("report.html").display()
    ));
    Ok(outcome.exit)
}

pub(super) fn plan(console: &Console, arguments: &PlanArguments) -> Result<i32, Stop> {
    if let Some(raw) = &arguments.on {
        return super::dsp::plan(console, &arguments.analysis, raw, &arguments.tables);
    }
    let (analysis, folder) = germane_runs::load(&arguments.analysis)?;
    let plan = Plan::new(analysis, &folder, BadFiles::Refuse)?;
    if console.json {
        console.document(&germane_runs::plan::document(&plan))?;
    } else {
        console.out(&germane_runs::plan::text(&plan))?;
    }
    Ok(0)
}

/// `N` or `P%`.
fn bad_files(text: &str) -> Result<BadFiles, Error> {
    let wrong = || {
        super::usage(
            format!("`{text}` is no number of files and no percentage"),
            "write --allow-bad-files=3 or --allow-bad-files=1%",
        )
    };
    match text.strip_suffix('%') {
        Some(percent) => match percent.parse::<f64>() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(BadFiles::AllowPercent(percent)),
            _ => Err(wrong()),
        },
        None => text.parse().map(BadFiles::Allow).map_err(|_| wrong()),
    }
}

/// `64MiB`, `4GiB`, `1000`
fn size(text: &str) -> Result<u64, Error> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let factor = match &text[digits..] {
        "" | "B" => Some(1),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        _ => None,
    };
    let bytes = text[..digits].parse::<u64>().ok().zip(factor).and_then(|(n, f)| n.checked_mul(f)).filter(|&n| n > 0);
    bytes.ok_or_else(|| super::usage(format!("`{text}` is no size"), "write 64MiB, 4GiB or a number of bytes"))
}

/// `STEM-out` beside where the command was called.
fn default_output(analysis: &Path) -> PathBuf {
    let stem = analysis.file_stem().and_then(|s| s.to_str()).unwrap_or("analysis");
    analysis.with_file_name(format!("{stem}-out"))
}

/// The XDG cache folder.
fn default_cache() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache"))).map(|base| base.join("germane"))
}

/// Ctrl-C asks to stop; a second one stops at once.
pub(super) fn stop_on_interrupt(progress: &Arc<Progress>) -> Result<(), Error> {
    let internal = |e: std::io::Error| Error::internal(e.to_string());
    let mut signals =
        signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM]).map_err(internal)?;
    let progress = Arc::clone(progress);
    std::thread::spawn(move || {
        for _ in signals.forever() {
            if progress.is_cancelled() {
                std::process::exit(germane_runs::exit::INTERRUPTED);
            }
            progress.cancel();
        }
    });
    Ok(())
}
